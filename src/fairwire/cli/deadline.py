"""`fairwire deadline`: what customers were asked to do, until when, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened, print_json, who

if TYPE_CHECKING:
    from fairwire.model.deadlines import Deadline

DeadlineId = Annotated[str, typer.Argument(metavar="DEADLINE_ID", help="The id, or its beginning.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What customers were asked to do, and until when.", no_args_is_help=True)
    group.command("list")(list_deadlines)
    group.command("extend")(extend)
    group.command("withdraw")(withdraw)
    app.add_typer(group, name="deadline")


def list_deadlines(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those of one customer.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that are settled or withdrawn, too.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show deadlines, the next one first: who has to do what until when, by which calendar, and what came of it.

    Exit status: 0.
    """
    from fairwire.runtime.clock_registers import DEADLINES

    with opened(data) as store:
        found = [kept.noun for kept in DEADLINES.find(store.records, customer=customer)]
    shown = sorted((each for each in found if every or each.is_live), key=lambda each: (each.due_us, each.deadline_id))
    if as_json:
        print_json([facts_of(deadline) for deadline in shown])
        return
    for deadline in shown:
        _show(deadline)
    if not shown:
        typer.echo("no deadline runs" if not every else "there are no such deadlines", err=True)


def extend(
    deadline_id: DeadlineId,
    until: Annotated[
        str, typer.Option(metavar="INSTANT", help="When the time is up then, such as 2027-01-08T17:00:00Z; a day ends in UTC.")
    ],
    why: WhyOption,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a customer more time. It is told of the new date by mail.

    Exit status: 0 extended, 2 there is none, its time is up, or that would be less time.
    """
    from fairwire.model.errors import BadUse
    from fairwire.model.instants import DAY_US, parse_us
    from fairwire.runtime import deadlines
    from fairwire.runtime.replay import now_us

    try:
        to_us = parse_us(f"{until}T00:00:00Z") + DAY_US if len(until) == 10 else parse_us(until)
    except ValueError as error:
        raise BadUse(f"`--until`: {error}") from None
    with opened(data) as store:
        made = deadlines.extend(store.records, deadline_id, by=who(by), to_us=to_us, why=why, at_us=now_us())
    _tell(made, as_json)


def withdraw(
    deadline_id: DeadlineId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Take a deadline back, also one that was missed: what followed is lifted, what was charged credited, the customer told.

    Exit status: 0 withdrawn, 2 there is none, or it is settled already.
    """
    from fairwire.runtime import deadlines
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        made = deadlines.withdraw(store.records, deadline_id, by=who(by), why=why, at_us=now_us())
    _tell(made, as_json)


def facts_of(deadline: Deadline) -> dict[str, Any]:
    """A deadline for programs."""
    import msgspec

    from fairwire.model.instants import format_us

    facts: dict[str, Any] = msgspec.to_builtins(deadline)
    facts["from"], facts["due"] = format_us(facts.pop("from_us")), format_us(facts.pop("due_us"))
    facts["reminders"] = [{"when": one.when, "at": format_us(one.at_us), "done": one.done} for one in deadline.reminders]
    facts["extensions"] = [
        {"by": one.by, "at": one.at, "from": format_us(one.from_us), "to": format_us(one.to_us), "why": one.why}
        for one in deadline.extensions
    ]
    return {name: value for name, value in facts.items() if name not in ("above", "told")}


def _tell(deadline: Deadline, as_json: bool) -> None:
    if as_json:
        print_json(facts_of(deadline))
    else:
        _show(deadline)


def _show(deadline: Deadline) -> None:
    from fairwire.model.instants import format_us

    state = "settled" if deadline.settled else deadline.state
    due = format_us(deadline.due_us // 1_000_000 * 1_000_000)
    late = ", late" if deadline.late else ""
    typer.echo(f"{deadline.deadline_id}  {state + late:<12}due {due}  {deadline.customer}  {', '.join(deadline.clauses)}")
    typer.echo(f"    asked     {deadline.asks}")
    typer.echo(
        f"    counted   {deadline.opens.period} from {format_us(deadline.from_us // 1_000_000 * 1_000_000)}, by the calendar "
        f"{deadline.calendar} ({deadline.library or 'no holidays'}), {deadline.zone}"
    )
    for one in deadline.extensions:
        typer.echo(f"    extended  to {format_us(one.to_us)} by {one.by.removeprefix('person:')}: {one.why}")
    if deadline.outcome:
        typer.echo(f"    outcome   {deadline.outcome}")
    if deadline.unpriced:
        typer.echo("    charges   none: neither the customer's order nor the policy says what a user costs")
