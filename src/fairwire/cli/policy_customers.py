"""`fairwire policy notices`, `accept`, `acceptances`, `schedule`: what customers are told of a version, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairwire.cli.policy import policy_app
from fairwire.cli.policy_versions import (
    ByOption,
    ConfigOption,
    CustomersOption,
    DataOption,
    FromOption,
    JsonOption,
    PackName,
    SmtpOption,
    instant,
    mail_settings,
    many,
    opened,
    print_json,
    read_config,
    read_customers,
    send_notices,
    show_sending,
    who,
)

if TYPE_CHECKING:
    from fairwire.model.versions import CustomerAcceptance, PolicyNotice

_BAR = 40


@policy_app.command("notices")
def notices(
    pack: PackName,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only what this customer is told.")] = None,
    text: Annotated[bool, typer.Option("--text", help="Print each notice as it is sent.")] = False,
    send: Annotated[bool, typer.Option("--send", help="Send what waits.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Queue those that failed or had no address anew, for the addresses of --customers.")
    ] = False,
    customers: CustomersOption = None,
    by: ByOption = None,
    smtp: SmtpOption = None,
    sender: FromOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what customers are told of a version, as it is sent, and what became of it. `--send` sends what waits.

    Exit status: 0 shown, 1 a notice was refused for good or its customer cannot be reached, 2 there is no such version.
    """
    from fairwire.model.errors import BadUse

    settings = read_config(config, data=data, customers=customers)
    with opened(settings.data, settings.store) as versions:
        name, number = versions.named(pack)
        versions.version(name, number)
        if again:
            people = read_customers(settings.customers)
            if people is None:
                raise BadUse("nothing says which addresses customers have now", help_="give --customers FILE")
            queued = versions.queue_again(name, number, people, by=who(by))
            if not as_json:
                typer.echo(f"{many(queued, 'notice')} queued again")
        if send:
            mail = mail_settings(settings, smtp, sender)
            if mail is None:
                raise BadUse("no mail server is named", help_="give --smtp HOST:PORT, or --config FILE with a section [smtp]")
            sending = send_notices(versions, mail, name, number or None, now=True)
            if not as_json:
                show_sending(sending)
        found = [
            each
            for each in versions.store.notices(pack=name, version=number or None)
            if customer is None or each.customer == customer
        ]
        if as_json:
            print_json([_notice_facts(each) for each in found])
        else:
            _show_notices(found, customer, text=text)
        if any(each.state in ("failed", "unreachable") for each in found):
            raise typer.Exit(1)


@policy_app.command("accept")
def accept(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Its id.")],
    pack: PackName,
    by: Annotated[str, typer.Option(metavar="PERSON", help="Who says so for the customer.")],
    evidence: Annotated[
        str, typer.Option(metavar="TEXT", help="Where the word came from: an order's number, a message's id.")
    ] = "command line",
    customers: CustomersOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put on record that a customer agrees to a version: the one in force, unless another is named.

    Exit status: 0 on record, 2 no such customer or version, or another policy binds the customer.
    """
    from fairwire.runtime.versions import find_customer

    settings = read_config(config, data=data, customers=customers)
    with opened(settings.data, settings.store) as versions:
        name, number = versions.named(pack)
        record = find_customer(read_customers(settings.customers), customer)
        stands, new = versions.accept(record, name, number, by=by, evidence=evidence)
        if as_json:
            print_json(acceptance_facts(stands) | {"new": new})
            return
        said = "accepts" if new else "had accepted already"
        typer.echo(f"{customer} {said} {stands.pack}@{stands.version}: {stands.by}, {instant(stands.at_us)}")


@policy_app.command("acceptances")
def acceptances(
    pack: PackName,
    customers: CustomersOption = None,
    from_events: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Derive acceptance by use from these events first.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who has accepted a version, how and when, and who has not yet.

    Exit status: 0 listed, 2 there is no such version.
    """
    settings = read_config(config, data=data, customers=customers)
    with opened(settings.data, settings.store) as versions:
        name, number = versions.named(pack)
        version = versions.version(name, number)
        people = read_customers(settings.customers)
        derived = 0
        if from_events:
            from fairwire.model.errors import BadUse
            from fairwire.runtime.uses import derive_acceptances

            if people is None:
                raise BadUse("nothing says whose events these are", help_="give --customers FILE")
            derived, unusable = derive_acceptances(versions.store, name, people, from_events)
            if unusable:
                typer.echo(f"{many(unusable, 'record')} could not be used", err=True)
        found = versions.store.acceptances(name, version=version.version)
        bound = [each.id for each in people or () if each.policy == name]
        accepted = {each.customer for each in found}
        open_ = [each for each in bound if each not in accepted]
        if as_json:
            facts = {
                "pack": name,
                "version": version.version,
                "derived": derived,
                "accepted": [acceptance_facts(e) for e in found],
            }
            print_json(facts | {"open": open_ if people is not None else None})
            return
        if from_events:
            typer.echo(f"{many(derived, 'acceptance')} by use found in the events")
        _show_acceptances(version.name, found, bound, open_, told=people is not None)


@policy_app.command("schedule")
def schedule(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Its id.")],
    pack: Annotated[str, typer.Argument(metavar="PACK", help="Id of the pack.")],
    on: Annotated[str, typer.Option(metavar="DAY", help="The day on which the new version begins for it, such as 2026-12-24.")],
    by: Annotated[str, typer.Option(metavar="PERSON", help="Who chooses for the customer.")],
    customers: CustomersOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a customer choose its day of change-over, within the window that the policy grants.

    Until that day begins, in the customer's time zone, it is judged by the version before.

    Exit status: 0 on record, 2 the policy grants no choice, or not that day.
    """
    from fairwire.model.errors import BadUse
    from fairwire.runtime.versions import find_customer

    settings = read_config(config, data=data, customers=customers)
    with opened(settings.data, settings.store) as versions:
        record = find_customer(read_customers(settings.customers), customer)
        name, number = versions.named(pack)
        if number:
            raise BadUse(
                f"a customer chooses the day of the newest version, and `{pack}` names one", help_=f"write `{name}` alone"
            )
        version, on_us = versions.change_over(record, pack, on=on, by=by)
        if as_json:
            facts = {"customer": customer, "pack": pack, "version": version.version, "on": on, "begins": instant(on_us)}
            print_json(facts | {"until_then": version.previous, "by": by})
            return
        typer.echo(f"{version.name} begins for {customer} on {on} ({instant(on_us)}); until then {pack}@{version.previous} holds")


def acceptance_facts(record: CustomerAcceptance) -> dict[str, Any]:
    """An acceptance for programs."""
    return {
        "customer": record.customer,
        "pack": record.pack,
        "version": record.version,
        "how": record.how,
        "at": instant(record.at_us),
        "by": record.by,
        "evidence": record.evidence,
    }


def _notice_facts(notice: PolicyNotice) -> dict[str, Any]:
    return {
        "notice": notice.notice_id,
        "pack": notice.pack,
        "version": notice.version,
        "customer": notice.customer,
        "recipient": notice.recipient or None,
        "role": notice.role or None,
        "state": notice.state,
        "attempts": notice.attempts,
        "queued": instant(notice.queued_us),
        "attempted": instant(notice.attempted_us),
        "sent": instant(notice.sent_us),
        "answer": notice.answer,
        "message_id": notice.message_id,
        "subject": notice.subject,
        "text": notice.text,
    }


def _show_notices(found: Sequence[PolicyNotice], customer: str | None, *, text: bool) -> None:
    if not found:
        typer.echo("no notice is on record" + (f" for `{customer}`" if customer else ": nobody was told"))
        return
    for notice in found:
        whom = notice.recipient or "nobody"
        sent = f" at {instant(notice.sent_us)}" if notice.sent_us else ""
        tries = f", {many(notice.attempts, 'attempt')}" if notice.attempts else ""
        answer = f": {notice.answer}" if notice.answer else ""
        typer.echo(f"{notice.pack}@{notice.version}  {notice.customer} <{whom}>  {notice.state}{sent}{tries}{answer}")
        if text:
            typer.echo(f"\n    Message-ID: {notice.message_id}\n    Subject: {notice.subject}\n")
            typer.echo("".join(f"    {line}".rstrip() + "\n" for line in notice.text.splitlines()))


def _show_acceptances(
    name: str, found: Sequence[CustomerAcceptance], bound: Sequence[str], open_: Sequence[str], *, told: bool
) -> None:
    if told and bound:
        done = len(bound) - len(open_)
        marks = round(_BAR * done / len(bound))
        typer.echo(f"{name}  {'#' * marks}{'.' * (_BAR - marks)}  {done} of {many(len(bound), 'customer')} accepted")
    else:
        typer.echo(f"{name}  {many(len(found), 'acceptance')}" + ("" if told else "; give --customers FILE to see who has not"))
    for each in found:
        typer.echo(f"  {each.customer}  {each.how}  {instant(each.at_us)}  {each.by} ({each.evidence})")
    for each_open in open_:
        typer.echo(f"  {each_open}  not yet")
