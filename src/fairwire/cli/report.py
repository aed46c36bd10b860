"""`fairwire report`: abuse that people report, by hand, by mail (ARF) or as XARF."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened, who
from fairwire.cli.typed import print_json, print_rows

if TYPE_CHECKING:
    from fairwire.model.cases import Case
    from fairwire.model.customers import Customer
    from fairwire.model.policy import Pack
    from fairwire.model.reports import Report
    from fairwire.ports.control import ControlStore
    from fairwire.runtime.report_desk import ReportDesk

ReportId = Annotated[str, typer.Argument(metavar="REPORT_ID", help="The id, or its beginning.")]
CustomersOption = Annotated[
    Path | None,
    typer.Option(
        envvar="FAIRWIRE_CUSTOMERS", help="Customer records: whose number or address it is.", metavar="FILE", show_default=False
    ),
]
PolicyOption = Annotated[
    list[str] | None, typer.Option(metavar="ID|DIR", help="Policies in force, for customers whose record names none.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Abuse that people report, and who reported it.", no_args_is_help=True)
    for name, command in (
        ("add", add),
        ("read", read),
        ("list", list_all),
        ("show", show),
        ("reporter", reporter),
        ("exhibit", exhibit),
    ):
        group.command(name)(command)
    app.add_typer(group, name="report")


def add(
    category: Annotated[str, typer.Option(metavar="WORD", help="A category of the policy, or spam, robocall, fraud, minors ...")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="What happened.")],
    customer: Annotated[str, typer.Option(metavar="ID", help="Whom it is about, where that is known.")] = "",
    number: Annotated[str, typer.Option(metavar="NUMBER", help="The number that called, wrote or was shown.")] = "",
    address: Annotated[str, typer.Option(metavar="IP", help="The network address.")] = "",
    happened: Annotated[str, typer.Option(metavar="INSTANT", help="When.")] = "",
    name: Annotated[str, typer.Option(metavar="TEXT", help="Who reports; kept apart, and never shown to the customer.")] = "",
    email: Annotated[str, typer.Option(metavar="ADDRESS", help="Where the answer goes.")] = "",
    phone: Annotated[str, typer.Option(metavar="NUMBER")] = "",
    customers: CustomersOption = None,
    policy: PolicyOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down what somebody reports. It opens a case, or joins one about the same.

    Exit status: 0 on record, 2 it says nothing, or nobody knows its category or customer.
    """
    from fairwire.runtime.report_shapes import Form, read_form

    form = Form(
        category=category, text=text, customer=customer, number=number, address=address, happened=happened, name=name,
        email=email, phone=phone,
    )  # fmt: skip
    with opened(data, made=True) as store:
        desk = _desk(store, customers, policy)
        report, case = desk.receive(read_form(form), who(by))
        _tell(desk, report, case, as_json)


def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mail, ARF, XARF or the fields of a form; `-`: standard input.")],
    customers: CustomersOption = None,
    policy: PolicyOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in a report as it was received: mail with a feedback report (ARF), XARF, or what somebody wrote.

    A mail server can hand mail for the abuse address to `fairwire report read -`.

    Exit status: 0 on record, 2 it cannot be read, or says nothing.
    """
    from fairwire.model.errors import BadInput
    from fairwire.runtime.report_reading import read_bytes
    from fairwire.runtime.report_shapes import LARGEST

    try:
        if str(file) == "-":
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with file.open("rb") as opened_file:
                content = opened_file.read(LARGEST + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", at=str(file)) from None
    with opened(data, made=True) as store:
        desk = _desk(store, customers, policy)
        report, case = desk.receive(read_bytes(content), who(by))
        _tell(desk, report, case, as_json)


def list_all(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those about one customer.")] = None,
    case: Annotated[str | None, typer.Option(metavar="CASE", help="Only those of one case.")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show reports, the oldest first, without who reported.

    Exit status: 0.
    """
    from fairwire.cli.case import viewer_of
    from fairwire.runtime.report_files import list_reports

    with opened(data) as store:
        found = list_reports(store.records, viewer_of(by, data), customer=customer, case_id=case)
    if as_json:
        print_json(found)
        return
    for each in found:
        about = each.customer or each.number or each.address or "nobody known"
        typer.echo(f"{each.report_id}  {each.received[:16]}  {each.format:<5}  {each.category:<16}  {about:<24}  {each.case_id}")
    if not found:
        typer.echo("there are no such reports", err=True)


def show(report_id: ReportId, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one report, without who reported.

    Exit status: 0 shown, 2 there is no such report, or it is restricted.
    """
    from fairwire.cli.case import viewer_of
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.report_files import see_report

    with opened(data) as store:
        found = see_report(store.records, report_id, viewer_of(by, data), now_us())
    if as_json:
        print_json(found)
        return
    print_rows(
        [
            ("report", f"{found.report_id}, {found.format}, handed in by {found.via.replace(':', ' ', 1)}"),
            ("case", found.case_id),
            ("category", found.category),
            ("about", " ".join(filter(None, (found.customer, found.number, found.address))) or "nobody known"),
            ("received", found.received),
            ("happened", found.happened),
            ("says", found.text),
            *(
                ("exhibit", f"{each.sha256[:16]}  {each.content_type}, {each.bytes:,} bytes  {each.name}")
                for each in found.exhibits
            ),
            *((name[:11], value) for name, value in found.facts.items()),
        ]
    )


def reporter(
    report_id: ReportId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Show who reported. That it was asked, by whom and why, stays on record.

    Exit status: 0 shown, 2 there is no such report, or it is restricted.
    """
    from fairwire.cli.case import viewer_of
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.report_files import see_reporter

    with opened(data) as store:
        found = see_reporter(store.records, report_id, viewer_of(by, data), now_us(), why)
    if as_json:
        print_json(found)
        return
    print_rows(
        [
            ("name", found.name),
            ("from", found.organisation),
            ("email", found.email),
            ("phone", found.phone),
            ("answer", "wanted" if found.answer else "not wanted"),
        ]
    )


def exhibit(
    report_id: ReportId,
    sha256: Annotated[str, typer.Argument(metavar="HASH", help="Its SHA-256, or the beginning of it.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")],
    by: ByOption = None,
    data: DataOption = None,
) -> None:
    """Write out something that was handed in with a report. That it was read stays on record.

    Exit status: 0 written, 2 there is no such exhibit, or it is restricted.
    """
    from fairwire.cli.case import viewer_of
    from fairwire.model.errors import BadInput
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.report_files import see_exhibit

    with opened(data) as store:
        kind, content = see_exhibit(store.records, report_id, sha256, viewer_of(by, data), now_us())
    try:
        output.write_bytes(content)
    except OSError as error:
        raise BadInput(f"this file cannot be written: {error.strerror}", at=str(output), help_="name another one") from None
    typer.echo(f"{len(content):,} bytes of {kind} written to {output}", err=True)


def _desk(store: ControlStore, customers: Path | None, policies: list[str] | None) -> ReportDesk:
    from fairwire.runtime.owners import Owners
    from fairwire.runtime.plans import packs_in_force
    from fairwire.runtime.report_desk import ReportDesk

    records = load(customers)
    packs = {pack.id: pack for pack in packs_in_force(policies or (), store.policies)}
    owners = Owners(list(records.values()))
    alone = next(iter(packs.values())) if len(packs) == 1 else None

    def policy_of(customer: str) -> Pack | None:
        record = records.get(customer)
        return None if record is None else packs.get(record.policy, alone)

    return ReportDesk(
        store.records,
        policy_of=policy_of,
        owner_of=lambda what: owners.of_number(what) or owners.of_address(what),
        packs=packs.values,
    )


def load(customers: Path | None) -> dict[str, Customer]:
    """Customer records by id; none where no file is named."""
    from fairwire.runtime.customers import load_customers

    return {} if customers is None else {record.id: record for record in load_customers(customers)}


def _tell(desk: ReportDesk, report: Report, case: Case, as_json: bool) -> None:
    told = desk.acknowledgement(case)
    if as_json:
        print_json({"report": report.report_id, "case": case.case_id, "acknowledgement": told})
        return
    typer.echo(told)
    typer.echo(f"report {report.report_id}, {report.category}, about {report.customer or 'nobody known yet'}", err=True)
