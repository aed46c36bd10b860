"""`fairwire traceback` and `fairwire redress`: where a call came from, and why a caller was refused. Both have a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.case import case_app, viewer_of
from fairwire.cli.order import ByOption, DataOption, JsonOption, opened, who
from fairwire.cli.typed import instant_us, one_of, print_json, print_rows

if TYPE_CHECKING:
    from fairwire.model.traces import Trace
    from fairwire.runtime.redress import RedressStatus

TraceId = Annotated[str, typer.Argument(metavar="TRACEBACK", help="The id, or its beginning.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Where a call came from: asked for, and answered within a day.", no_args_is_help=True)
    for name, command in (("receive", receive), ("list", list_all), ("show", show), ("answer", answer)):
        group.command(name)(command)
    app.add_typer(group, name="traceback")
    redress = typer.Typer(help="Callers who were refused by analytics, and ask why.", no_args_is_help=True)
    redress.command("ask")(ask)
    redress.command("status")(status)
    app.add_typer(redress, name="redress")


def receive(
    asked_by: Annotated[str, typer.Option("--from", metavar="TEXT", help="Who asks.")],
    contact: Annotated[str, typer.Option(metavar="TEXT", help="Where the answer goes.")],
    at: Annotated[str, typer.Option(metavar="INSTANT", help="When the call was, such as 2026-03-04T10:15:00-05:00.")],
    called: Annotated[str, typer.Option(metavar="NUMBER", help="The number that was called.")] = "",
    calling: Annotated[str, typer.Option(metavar="NUMBER", help="The number that was shown.")] = "",
    call_id: Annotated[str, typer.Option(metavar="ID", help="The call's own id, where it is known.")] = "",
    within: Annotated[int, typer.Option(metavar="SECONDS", help="How far the call may lie from that instant.")] = 300,
    reference: Annotated[str, typer.Option(metavar="TEXT", help="What they call it.")] = "",
    text: Annotated[str, typer.Option(metavar="TEXT", help="What else they say.")] = "",
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a request in, and look the call up in the log.

    Exit status: 0 on record, 2 it lacks what a call is found by.
    """
    from fairwire.enforcement import traces
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.trace_acts import receive as put

    now, call_at_us = now_us(), instant_us(at, "--at")
    assert call_at_us is not None
    asked = traces.ask(
        asked_by=asked_by,
        contact=contact,
        calling=calling,
        called=called,
        call_at_us=call_at_us,
        by=who(by),
        at_us=now,
        reference=reference,
        within_s=within,
        call_id=call_id,
        text=text,
    )
    with opened(data, made=True) as store:
        _tell(put(store.records, data_folder(data), asked, now), now, as_json)


def list_all(
    state: Annotated[str | None, typer.Option(metavar="open|answered")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show tracebacks, what is due first.

    Exit status: 0.
    """
    from typing import get_args

    from fairwire.model.traces import TraceState
    from fairwire.runtime.case_registers import TRACES
    from fairwire.runtime.replay import now_us

    states = None if state is None else [one_of(state, get_args(TraceState), "state of a traceback")]
    with opened(data) as store:
        found = sorted(
            (kept.noun for kept in TRACES.find(store.records, states=states)), key=lambda each: (each.due, each.trace_id)
        )
    if as_json:
        print_json(found)
        return
    for each in found:
        typer.echo(line_of(each, now_us()))
    if not found:
        typer.echo("there are no such tracebacks", err=True)


def show(traceback: TraceId, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one traceback with the calls that it may mean.

    Exit status: 0 shown, 2 there is no such traceback.
    """
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.trace_acts import find_trace

    with opened(data) as store:
        _tell(find_trace(store.records, traceback).noun, now_us(), as_json)


def answer(
    traceback: TraceId,
    role: Annotated[str, typer.Option(metavar="ROLE", help="originating, intermediate, gateway, terminating or none.")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="The sentence that is sent.")],
    call: Annotated[str, typer.Option(metavar="EVENT_ID", help="Which of the calls it was.")] = "",
    customer: Annotated[str, typer.Option(metavar="ID", help="Whose it was, where the call does not say.")] = "",
    upstream: Annotated[str, typer.Option(metavar="TEXT", help="Who handed it over: name and contact.")] = "",
    action: Annotated[str, typer.Option(metavar="TEXT", help="What was done about it.")] = "",
    attestation: Annotated[str, typer.Option(metavar="A|B|C", help="Where the call does not say.")] = "",
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put the answer on record, and whether it came in time.

    Exit status: 0 on record, 2 it is answered, or lacks what the role must tell.
    """
    from typing import cast

    from fairwire.model.traces import ROLES, Role
    from fairwire.runtime import trace_acts
    from fairwire.runtime.replay import now_us

    now = now_us()
    with opened(data) as store:
        done = trace_acts.answer(
            store.records,
            traceback,
            viewer_of(by, data),
            now,
            role=cast("Role", one_of(role, ROLES, "role")),
            text=text,
            call=call,
            customer=customer,
            upstream=upstream,
            action=action,
            attestation=attestation,
        )
    _tell(done, now, as_json)


def ask(
    redress_id: Annotated[str, typer.Argument(metavar="ID", help="What stands behind `id=` in the Reason header of the 603.")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="What the caller says.")],
    contact: Annotated[str, typer.Option(metavar="TEXT", help="Where the answer goes.")] = "",
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a review for a caller who was refused. It is answered within 24 hours: `fairwire appeal decide`.

    Exit status: 0 on record, 2 no call was refused with that id.
    """
    from fairwire.runtime import redress
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        told = redress.ask(store, data_folder(data), redress_id, text=text, contact=contact, filed_by=who(by), at_us=now_us())
    _say(told, as_json)


def status(
    redress_id: Annotated[str, typer.Argument(metavar="ID", help="The id that was quoted.")],
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="The number that was given back.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show where a request stands: pending, rejected or redressed.

    Exit status: 0 shown, 2 there is no such request.
    """
    from fairwire.runtime import redress

    with opened(data) as store:
        _say(redress.look(store, request, redress_id), as_json)


@case_app.command("due")
def show_due(by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show what waits for somebody, the most urgent first: tracebacks, reviews, takedowns, cases, orders.

    Exit status: 0 nothing is overdue, 1 something is.
    """
    from fairwire.runtime.due import due
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        found = due(store.records, now_us(), viewer_of(by, data))
    if as_json:
        print_json(found)
    for each in [] if as_json else found:
        typer.echo(
            f"{'OVERDUE' if each.overdue else 'due':<7}  {each.due}  {each.kind:<9}  {each.id}  {each.customer}  {each.what}"
        )
    if any(each.overdue for each in found):
        raise typer.Exit(1)


def line_of(trace: Trace, now_us: int) -> str:
    """One traceback in a list."""
    from fairwire.model.instants import parse_us

    state = trace.state if trace.state == "answered" else "OVERDUE" if now_us > parse_us(trace.due) else "open"
    late = ", late" if trace.late else ""
    return (
        f"{trace.trace_id}  {state + late:<14}  due {trace.due}  {trace.asked_by} {trace.reference}  "
        f"{trace.calling or '?'} -> {trace.called}  {len(trace.candidates)} calls"
    )


def _tell(trace: Trace, now_us: int, as_json: bool) -> None:
    if as_json:
        print_json(trace)
        return
    typer.echo(line_of(trace, now_us))
    print_rows(
        [
            *(
                ("call", f"{each.event_id}  {each.time} ({each.off_s:+g} s)  {each.customer}  {each.calling} -> {each.called}"
                 f"  {each.attestation} {each.src_ip} {each.decision}".rstrip())
                for each in trace.candidates
            ),
            ("answered", f"{trace.answered} as {trace.role}: {trace.answer}" if trace.answered else ""),
            ("customer", trace.customer),
            ("upstream", trace.upstream),
            ("done", trace.action),
        ]
    )  # fmt: skip


def _say(told: RedressStatus, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    typer.echo(f"{told.request}  {told.status}  {told.answer or f'an answer comes by {told.due}'}")
