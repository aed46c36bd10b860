"""`fairwire case`: matters that people look into, and what they judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened, who
from fairwire.cli.typed import instant_us, one_of, print_json, print_rows

if TYPE_CHECKING:
    from fairwire.model.cases import Case
    from fairwire.model.policy import Pack
    from fairwire.ports.control import ControlStore
    from fairwire.runtime.case_access import Viewer

case_app = typer.Typer(help="Matters that people look into: cases, judgements, and what was let pass.", no_args_is_help=True)
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="The case's number, or its beginning.")]


def register(app: typer.Typer) -> None:
    """Add the group; other modules put their commands into it."""
    app.add_typer(case_app, name="case")


def viewer_of(by: str | None, data: Path | None) -> Viewer:
    """Who looks: restricted matters are for those whose key has the right `severe`.

    Whoever may read the data folder can read its files; this keeps people from seeing by mistake, and puts on record who saw.
    """
    from fairwire.runtime.case_access import Viewer
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.keys import kept_keys

    person = who(by)
    name = person.removeprefix("person:")
    keys, _ = kept_keys(data_folder(data))
    return Viewer(by=person, severe=any(key.name == name and "severe" in key.rights for key in keys))


def pack_named(store: ControlStore, policy: str | None) -> Pack | None:
    """The policy in force of that name; None where none is named."""
    from fairwire.runtime.plans import load_plan

    return None if policy is None else load_plan([policy], store=store.policies).packs[policy]


@case_app.command("list")
def list_all(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those about one customer.")] = None,
    category: Annotated[str | None, typer.Option(metavar="ID", help="Only those of one category.")] = None,
    state: Annotated[list[str] | None, typer.Option(metavar="STATE", help="open, investigating, waiting, decided ...")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show cases, the oldest first. Of restricted ones others than named people see only that they are there.

    Exit status: 0.
    """
    from typing import get_args

    from fairwire.model.cases import CaseState
    from fairwire.runtime.case_access import list_cases

    states = [one_of(each, get_args(CaseState), "state of a case") for each in state or ()] or None
    with opened(data) as store:
        found = list_cases(store.records, viewer_of(by, data), customer=customer, category=category, states=states)
    if as_json:
        print_json(found)
        return
    for case in found:
        typer.echo(line_of(case))
    if not found:
        typer.echo("there are no such cases", err=True)


@case_app.command("show")
def show(case: CaseId, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one case with its history. That a restricted one was read stays on record.

    Exit status: 0 shown, 2 there is no such case, or it is restricted.
    """
    from fairwire.runtime.case_access import see_case
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        found = see_case(store.records, case, viewer_of(by, data), now_us())
    if as_json:
        print_json(found)
        return
    about = " ".join(filter(None, (found.customer, found.user, found.number, found.address))) or "nobody known yet"
    print_rows(
        [
            ("case", f"{found.case_id}, {found.state}{', restricted' if found.restricted else ''}"),
            ("title", found.title),
            ("category", f"{found.category}, {found.severity}"),
            ("about", about),
            ("under", f"{', '.join(found.clauses)} of {found.policy}" if found.policy else ""),
            ("opened", f"{found.opened} by {found.opened_by.removeprefix('person:')}"),
            ("owner", found.owner.removeprefix("person:")),
            ("waits for", f"{found.waiting_for}{f', until {found.due}' if found.due else ''}" if found.waiting_for else ""),
            ("findings", ", ".join(found.findings)),
            ("reports", ", ".join(found.reports)),
            ("orders", ", ".join(found.orders)),
            ("related", ", ".join(found.related)),
            *(("referred", f"{each.at} to {each.body} {each.reference}".rstrip()) for each in found.referrals),
            ("outcome", f"{found.outcome.replace('_', ' ')}: {found.why}" if found.outcome else ""),
            *(
                ("history", f"{each.at}  {each.what} by {each.by.removeprefix('person:')}{f': {each.text}' if each.text else ''}")
                for each in found.entries
            ),
        ]
    )


@case_app.command("open")
def open_(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What it is about.")],
    category: Annotated[str, typer.Option(metavar="ID", help="Of the policy's categories, or spam, fraud, other ...")] = "other",
    customer: Annotated[str, typer.Option(metavar="ID", help="Whom it is about.")] = "",
    policy: Annotated[str | None, typer.Option(metavar="ID", help="The customer's policy.")] = None,
    clause: Annotated[list[str] | None, typer.Option(metavar="ID", help="A clause; give it once for each.")] = None,
    finding: Annotated[list[str] | None, typer.Option(metavar="ID", help="A finding; give it once for each.")] = None,
    severity: Annotated[str | None, typer.Option(metavar="LEVEL", help="info, low, medium, high or critical.")] = None,
    user: Annotated[str, typer.Option(metavar="ID", help="One user whom it is about, such as an agent.")] = "",
    number: Annotated[str, typer.Option(metavar="NUMBER")] = "",
    address: Annotated[str, typer.Option(metavar="IP")] = "",
    restricted: Annotated[bool, typer.Option("--restricted", help="Only named people see it.")] = False,
    suspend: Annotated[bool, typer.Option("--suspend", help="Suspend the customer at once.")] = False,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a case from findings, or because somebody noticed something; no rule is needed.

    One of severe harm keeps the evidence, and the customer's suspension waits for one person (--suspend: it begins now).

    Exit status: 0 opened, 2 something is missing or not there.
    """
    from typing import cast

    from fairwire.model.finding import SEVERITIES, Severity
    from fairwire.runtime.case_acts import open_case
    from fairwire.runtime.replay import now_us

    with opened(data, made=True) as store:
        made = open_case(
            store,
            viewer=viewer_of(by, data),
            at_us=now_us(),
            title=title,
            category=category,
            customer=customer,
            pack=pack_named(store, policy),
            clauses=clause or (),
            severity=None if severity is None else cast("Severity", one_of(severity, SEVERITIES, "severity")),
            findings=finding or (),
            number=number,
            address=address,
            restricted=restricted or None,
            suspend=suspend,
            user=user,
        )
    _tell(made, as_json)


@case_app.command("note")
def note(
    case: CaseId,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was found out or done.")],
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write something down. The customer never sees it.

    Exit status: 0 on record, 2 there is no such case, or nothing is said.
    """
    _act("note", case, by, data, as_json, text)


@case_app.command("assign")
def assign(
    case: CaseId,
    owner: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="Who looks into it.  [default: whoever types this]")
    ] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Somebody looks into it from now on.

    Exit status: 0 done, 2 it is decided, or there is no such case.
    """
    _act("assign", case, by, data, as_json, who(owner or by))


@case_app.command("wait")
def wait(
    case: CaseId,
    for_whom: Annotated[str, typer.Option("--for", metavar="TEXT", help="For whom or what.")],
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="When to look at it again.")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """It waits for somebody outside.

    Exit status: 0 done, 2 it is decided, or there is no such case.
    """
    _act("wait", case, by, data, as_json, for_whom, instant_us(until, "--until"))


@case_app.command("resume")
def resume(case: CaseId, why: WhyOption = "", by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """It goes on.

    Exit status: 0 done, 2 it does not wait, or there is no such case.
    """
    _act("resume", case, by, data, as_json, why)


@case_app.command("link")
def link(
    case: CaseId,
    finding: Annotated[list[str] | None, typer.Option(metavar="ID", help="A finding; give it once for each.")] = None,
    order: Annotated[list[str] | None, typer.Option(metavar="ID", help="An order; give it once for each.")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what belongs to it.

    Exit status: 0 done, 2 something is not there, or is about another customer.
    """
    from fairwire.runtime import case_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        viewer = viewer_of(by, data)
        _tell(case_acts.link(store, case, viewer, now_us(), findings=finding or (), orders=order or ()), as_json)


@case_app.command("attribute")
def attribute(
    case: CaseId,
    customer: Annotated[str, typer.Option(metavar="ID", help="Whose case it is.")],
    policy: Annotated[str, typer.Option(metavar="ID", help="The customer's policy.")],
    why: WhyOption,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whose case it is. One of severe harm keeps the customer's evidence and asks for its suspension from then on.

    Exit status: 0 done, 2 it is decided, or there is no such case or policy.
    """
    from fairwire.runtime import case_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        pack = pack_named(store, policy)
        assert pack is not None
        _tell(case_acts.attribute(store.records, case, viewer_of(by, data), now_us(), customer, pack, why), as_json)


@case_app.command("categorise")
def categorise(
    case: CaseId,
    category: Annotated[str, typer.Option("--as", metavar="ID", help="Of the policy's categories, or spam, fraud, other ...")],
    why: WhyOption,
    policy: Annotated[str | None, typer.Option(metavar="ID", help="The customer's policy.")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what it is about, where whoever reported did not know or was wrong.

    Exit status: 0 done, 2 it is decided, or there is no such case or category.
    """
    from fairwire.runtime import case_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        viewer, pack = viewer_of(by, data), pack_named(store, policy)
        _tell(case_acts.categorise(store.records, case, viewer, now_us(), category, pack, why), as_json)


@case_app.command("decide")
def decide(
    case: CaseId,
    outcome: Annotated[
        str, typer.Option(metavar="OUTCOME", help="warning, content_removal, account_termination, no_breach or other.")
    ],
    why: WhyOption,
    policy: Annotated[str | None, typer.Option(metavar="ID", help="The customer's policy.")] = None,
    content: Annotated[str | None, typer.Option(metavar="TEXT", help="Which content is removed.")] = None,
    findings_are: Annotated[
        str | None, typer.Option("--findings-are", metavar="VERDICT", help="What is said of the case's findings.")
    ] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide it. A warning, a removal and an end of the account become orders, which wait for whoever must agree.

    Exit status: 0 decided, 2 it cannot be decided so; the sentence says why.
    """
    from typing import cast

    from fairwire.model.cases import OUTCOMES, CaseOutcome
    from fairwire.model.reviews import VERDICTS, Verdict
    from fairwire.runtime import case_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        done = case_acts.decide(
            store,
            case,
            viewer_of(by, data),
            now_us(),
            cast("CaseOutcome", one_of(outcome, OUTCOMES, "outcome")),
            why,
            pack=pack_named(store, policy),
            content=content,
            findings_are=None if findings_are is None else cast("Verdict", one_of(findings_are, VERDICTS, "verdict")),
        )
    _tell(done, as_json)


@case_app.command("close")
def close(case: CaseId, why: WhyOption = "", by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Nothing is left to do.

    Exit status: 0 closed, 2 it is not decided, or there is no such case.
    """
    _act("close", case, by, data, as_json, why)


@case_app.command("reopen")
def reopen(case: CaseId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """There is something new. What was decided stays in its history.

    Exit status: 0 open again, 2 it is not decided, or there is no such case.
    """
    _act("reopen", case, by, data, as_json, why)


@case_app.command("refer")
def refer(
    case: CaseId,
    body: Annotated[str, typer.Option("--to", metavar="TEXT", help="The authority that was told.")],
    reference: Annotated[str, typer.Option(metavar="TEXT", help="What it calls the matter.")] = "",
    what: Annotated[str, typer.Option(metavar="TEXT", help="What it was told.")] = "",
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put it on record that an authority was told; again, when it has given its reference.

    Exit status: 0 on record, 2 there is no such case, or it is restricted.
    """
    _act("refer", case, by, data, as_json, body, reference, what)


def _act(name: str, case: str, by: str | None, data: Path | None, as_json: bool, *words: object) -> None:
    from fairwire.runtime import case_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        done: Case = getattr(case_acts, name)(store.records, case, viewer_of(by, data), now_us(), *words)
    _tell(done, as_json)


def line_of(case: Case) -> str:
    """One case in a list."""
    about = case.customer or case.number or case.address
    owner = case.owner.removeprefix("person:")
    return f"{case.case_id}  {case.state:<13}  {case.severity:<8}  {case.category:<18}  {about:<24}  {owner:<10}  {case.title}"


def _tell(case: Case, as_json: bool) -> None:
    if as_json:
        print_json(case)
        return
    typer.echo(line_of(case))
