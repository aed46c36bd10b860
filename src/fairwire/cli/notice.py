"""`fairwire notice`: what customers were told of what was found and done, word for word, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened, print_json, who
from fairwire.cli.policy_versions import ConfigOption, CustomersOption, FromOption, SmtpOption

if TYPE_CHECKING:
    from fairwire.model.customers import Customer
    from fairwire.model.notices import Notice
    from fairwire.ports.control import ControlStore
    from fairwire.runtime.letters import Letters

NoticeId = Annotated[str, typer.Argument(metavar="NOTICE_ID", help="The id, or its beginning.")]
_BAD = ("failed", "unreachable")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What customers are told of what was found and done.", no_args_is_help=True)
    group.command("list")(list_notices)
    group.command("show")(show)
    group.command("resend")(resend)
    group.command("send")(send)
    app.add_typer(group, name="notice")


def list_notices(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only what this customer is told.")] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="Only those in this state, such as `failed`; give it once for each."),
    ] = None,
    about: Annotated[str | None, typer.Option(metavar="ID", help="Only those about one order or deadline.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show notices, the oldest first: to whom, about what, and what became of them.

    Exit status: 0 shown, 1 one of them was refused for good, or its customer cannot be reached.
    """
    from typing import get_args

    from fairwire.model.errors import BadUse
    from fairwire.model.notices import LetterState
    from fairwire.runtime.clock_registers import NOTICES

    unknown = next((one for one in state or [] if one not in get_args(LetterState)), None)
    if unknown is not None:
        raise BadUse(f"`{unknown[:40]}` is no state of a notice", help_=f"one of {', '.join(get_args(LetterState))}")
    with opened(data) as store:
        found = [kept.noun for kept in NOTICES.find(store.records, customer=customer, states=state or None)]
    if about is not None:
        found = [notice for notice in found if about in notice.fact]
    found.sort(key=lambda notice: (notice.queued_us, notice.notice_id))
    if as_json:
        print_json([facts_of(notice) for notice in found])
    else:
        for notice in found:
            typer.echo(line_of(notice))
        if not found:
            typer.echo("there are no such notices", err=True)
    if any(notice.state in _BAD for notice in found):
        raise typer.Exit(1)


def show(
    notice_id: NoticeId,
    html: Annotated[bool, typer.Option("--html", help="Print the page instead of the text.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one notice exactly as it was sent, with the server's answer and all that became of it.

    Exit status: 0 shown, 2 there is no such notice.
    """
    from fairwire.model.instants import format_us
    from fairwire.runtime.clock_registers import NOTICES
    from fairwire.runtime.letter_acts import find_notice

    with opened(data) as store:
        notice = find_notice(store.records, notice_id).noun
        trail = list(store.records.trail(kind=NOTICES.kind, id_=notice.notice_id))
    if as_json:
        steps = [{"at": format_us(one.at_us), "by": one.by, "action": one.action, "why": one.why} for one in trail]
        print_json(facts_of(notice) | {"trail": steps})
        return
    if html:
        typer.echo(notice.html, nl=False)
        return
    rows = [
        ("notice", f"{notice.notice_id}, {notice.state}"),
        ("to", f"{notice.customer} <{notice.recipient or 'nobody'}>{f' ({notice.role})' if notice.role else ''}"),
        ("about", f"{notice.fact}, {', '.join(notice.clauses)} of {notice.policy}"),
        ("kind", f"{notice.kind}{f', from {notice.template}' if notice.template else ''}"),
        ("answer", notice.answer),
        ("fault", notice.fault),
    ]
    for name, text in rows:
        if text:
            typer.echo(f"{name:<10}{text}")
    for entry in trail:
        said = f": {entry.why}" if entry.why and entry.action != "tell" else ""
        typer.echo(f"{'trail':<10}{format_us(entry.at_us)}  {entry.action} by {entry.by.partition(':')[2] or entry.by}{said}")
    if notice.text:
        typer.echo(f"\nMessage-ID: {notice.message_id}\nSubject: {notice.subject}\n\n{notice.text}", nl=False)


def resend(
    notice_id: NoticeId,
    why: WhyOption,
    customers: CustomersOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have a notice sent once more: one that failed as it is, one that was sent as a copy. No deadline begins anew.

    With --customers it goes to the address that the customer has by now. A running server sends it, or `fairwire notice send`.

    Exit status: 0 it waits to be sent, 2 there is none, or it cannot be sent again.
    """
    from fairwire.runtime import letter_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        letters = None if customers is None else letters_of(store, customers)
        made = letter_acts.resend(store.records, notice_id, by=who(by), why=why, at_us=now_us(), letters=letters)
    if as_json:
        print_json([facts_of(notice) for notice in made])
        return
    for notice in made:
        typer.echo(line_of(notice))


def send(
    customer: Annotated[str, typer.Option(metavar="ID", help="Only what this customer is told.")] = "",
    smtp: SmtpOption = None,
    sender: FromOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send what waits, now. A running server with a mail server does this by itself.

    Exit status: 0 sent, or it waits for another attempt, 1 one was refused for good, 2 no mail server is named.
    """
    from contextlib import closing

    from fairwire.cli.notices import to_standard_error
    from fairwire.cli.policy_versions import mail_settings, read_config, show_sending
    from fairwire.model.errors import BadUse
    from fairwire.runtime.letter_box import LetterBox
    from fairwire.runtime.posting import send_waiting
    from fairwire.runtime.replay import now_us

    settings = read_config(config, data=data, customers=None)
    mail = mail_settings(settings, smtp, sender)
    if mail is None:
        raise BadUse("no mail server is named", help_="give --smtp HOST:PORT, or --config FILE with a section [smtp]")
    to_standard_error()
    with opened(settings.data) as store, closing(mail.mailer()) as mailer:
        box = LetterBox(store.records, letters_of(store, settings.customers), mail.sender, customer)
        done = send_waiting(box, mailer, clock=now_us, now=True)
    if as_json:
        print_json({"sent": done.sent, "waiting": done.waiting, "failed": done.failed, "last_answer": done.last_answer})
    else:
        show_sending(done)
    if done.failed:
        raise typer.Exit(1)


def letters_of(store: ControlStore, customers: Path | None) -> Letters:
    """What writes letters: the packs in force, and the customers of a file."""
    from fairwire.runtime.letters import Letters
    from fairwire.runtime.ordered import Ordered
    from fairwire.runtime.plans import packs_in_force

    packs = {pack.id: pack for pack in packs_in_force((), store.policies)}
    known = customers_of(customers)
    return Letters(lambda: packs, Ordered(store.records, known.get).customer)


def customers_of(file: Path | None) -> dict[str, Customer]:
    """The customers of a file by id; none where no file is named."""
    from fairwire.cli.policy_versions import read_customers

    return {customer.id: customer for customer in read_customers(file) or ()}


def line_of(notice: Notice) -> str:
    """One notice in a list."""
    from fairwire.model.instants import format_us

    at = format_us((notice.sent_us or notice.queued_us) // 1_000_000 * 1_000_000)
    whom = f"{notice.customer} <{notice.recipient or 'nobody'}>"
    more = notice.fault or (notice.answer if notice.state != "sent" else "")
    said = f"{notice.state:<12}{at}  {notice.kind:<16}{whom:<44}  {notice.fact}{f'  {more}' if more else ''}"
    return f"{notice.notice_id}  {said}"


def facts_of(notice: Notice) -> dict[str, Any]:
    """A notice for programs."""
    import msgspec

    from fairwire.model.instants import format_us

    facts: dict[str, Any] = msgspec.to_builtins(notice)
    for name in ("queued_us", "next_us", "attempted_us", "sent_us"):
        at_us = facts.pop(name)
        facts[name.removesuffix("_us")] = None if not at_us else format_us(at_us)
    return facts
