"""`fairwire order`, `stop`, `resume`, `snooze` and `critical`: what people do about what is ordered, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from fairwire.model.order import Order
    from fairwire.ports.control import ControlStore

DataOption = Annotated[
    Path | None, typer.Option(envvar="FAIRWIRE_DATA", help="Data folder. [default: .fairwire]", show_default=False)
]
ByOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who does this. [default: the user of the operating system]", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WhyOption = Annotated[str, typer.Option(metavar="TEXT", help="Why; it stays on record.")]
OrderId = Annotated[str, typer.Argument(metavar="ORDER_ID", help="The id, or its beginning.")]
_PAST = {
    "agree": "agreed to",
    "refuse": "refused",
    "lift": "lifted",
    "overturn": "overturned",
    "carry_out": "carried out",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    orders = typer.Typer(help="What is done, or waits to be done, about what was found.", no_args_is_help=True)
    for name, command in (
        ("list", list_orders),
        ("show", show),
        ("make", make),
        ("agree", agree),
        ("refuse", refuse),
        ("lift", lift),
        ("overturn", overturn),
        ("act", carry_out),
        ("extend", extend),
    ):
        orders.command(name)(command)
    app.add_typer(orders, name="order")
    app.command("stop")(stop)
    app.command("resume")(resume)
    snoozes = typer.Typer(help="Rules, clauses and customers that lead to no action for a time.", no_args_is_help=True)
    snoozes.command("list")(list_snoozes)
    snoozes.command("add")(snooze)
    snoozes.command("end")(wake)
    app.add_typer(snoozes, name="snooze")
    critical = typer.Typer(help="Customers whose calls no rule touches by itself.", no_args_is_help=True)
    critical.command("list")(list_critical)
    critical.command("add")(add_critical)
    critical.command("remove")(remove_critical)
    app.add_typer(critical, name="critical")


def list_orders(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those about one customer.")] = None,
    finding: Annotated[str | None, typer.Option(metavar="ID", help="Only those for one finding.")] = None,
    state: Annotated[
        list[str] | None, typer.Option(metavar="STATE", help="Only those in this state; give it once for each.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show orders, the oldest first. With `--state dry_run`, `refused` or `overturned`: what was seen and not acted on.

    Exit status: 0.
    """
    from typing import cast, get_args

    from fairwire.model.errors import BadUse
    from fairwire.model.order import State
    from fairwire.runtime.order_acts import find_orders

    unknown = next((one for one in state or [] if one not in get_args(State)), None)
    if unknown is not None:
        raise BadUse(f"`{unknown[:40]}` is no state of an order", help_=f"one of {', '.join(get_args(State))}")
    with opened(data) as store:
        found = find_orders(
            store.records, customer=customer, finding_id=finding, states=cast("list[State] | None", state or None)
        )
    if as_json:
        print_json(found)
        return
    for order in found:
        typer.echo(line_of(order))
    if not found:
        typer.echo("there are no such orders", err=True)


def show(order_id: OrderId, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one order: what, whom, why, who agreed, until when, what stands at the edges, and all that became of it.

    Exit status: 0 shown, 2 there is no such order.
    """
    import msgspec

    from fairwire.model.instants import format_us
    from fairwire.runtime.order_acts import find_order
    from fairwire.runtime.registers import EFFECTS, ORDERS

    with opened(data) as store:
        order = find_order(store.records, order_id).noun
        trail = list(store.records.trail(kind=ORDERS.kind, id_=order.order_id))
        effects = [
            kept.noun
            for kept in EFFECTS.find(store.records, customer=order.customer)
            if any(want.order_id == order.order_id for want in kept.noun.wants)
        ]
    if as_json:
        steps = [{"at": format_us(one.at_us), "by": one.by, "action": one.action, "why": one.why} for one in trail]
        print_json(msgspec.to_builtins(order) | {"effects": msgspec.to_builtins(effects), "trail": steps})
        return
    rows = [
        ("order", f"{order.order_id}, {order.state.replace('_', ' ')}"),
        ("does", _does(order)),
        ("to", order.customer),
        ("under", f"{', '.join(order.clauses)} of {order.policy}"),
        ("because", order.reason),
        ("shown by", ", ".join(filter(None, (order.finding_id, *order.evidence)))),
        ("given by", order.author.replace(":", " ", 1)),
        ("ends", order.expires or f"when {(order.owner or 'a person').removeprefix('person:')} ends it"),
        ("undo", order.undo),
    ]
    if order.ended:
        ended_by = (order.ended_by or "").removeprefix("person:")
        rows.append(("ended", f"{order.ended} by {ended_by}: {order.ended_why}".rstrip(": ")))
    for name, text in rows:
        typer.echo(f"{name:<10}{text}")
    for effect in effects:
        typer.echo(f"{'edge':<10}{effect.edge} {effect.key}: {effect.state}{f' ({effect.answer})' if effect.answer else ''}")
    for entry in trail:
        said = f": {entry.why}" if entry.why and entry.action != "order" else ""
        typer.echo(f"{'trail':<10}{format_us(entry.at_us)}  {entry.action} by {entry.by.partition(':')[2] or entry.by}{said}")


def make(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Whom it is about.")],
    step: Annotated[str, typer.Option(metavar="STEP", help="notify, throttle, block, suspend_outbound, suspend, terminate ...")],
    clause: Annotated[list[str], typer.Option(metavar="ID", help="The clause that it rests on; give it once for each.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="The sentence that the customer is told.")],
    policy: Annotated[str, typer.Option(metavar="ID", help="The customer's policy.")],
    evidence: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="What shows it: a case, a report; give it once for each.")
    ] = None,
    finding: Annotated[str, typer.Option(metavar="ID", help="The finding it follows from.")] = "",
    target: Annotated[str, typer.Option(metavar="TARGET", help="customer, user, line, callee, address ...")] = "customer",
    value: Annotated[str | None, typer.Option(metavar="TEXT", help="Which one.")] = None,
    lasts: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long, such as 24h or 7d. [default: until a person lifts it]")
    ] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an order, with or without a rule behind it. A running server carries it out within a second.

    Exit status: 0 given, 2 something is missing or does not fit.
    """
    from typing import cast, get_args

    from fairwire.enforcement.lifecycle import from_person
    from fairwire.model.errors import BadUse
    from fairwire.model.order import STEPS, Target
    from fairwire.runtime.order_acts import put_on_record
    from fairwire.runtime.plans import load_plan
    from fairwire.runtime.replay import now_us

    if step not in STEPS:
        raise BadUse(f"`{step[:40]}` is no step", help_=f"one of {', '.join(STEPS)}")
    if target not in get_args(Target):
        raise BadUse(f"`{target[:40]}` is no target", help_=f"one of {', '.join(get_args(Target))}")
    now = now_us()
    with opened(data, made=True) as store:
        pack = load_plan([policy], store=store.policies).packs[policy]
        wrong = next((one for one in clause if one not in pack.clauses), None)
        if wrong is not None:
            raise BadUse(
                f"policy `{policy}` has no clause `{wrong[:40]}`", help_=f"`fairwire policy coverage {policy}` lists them"
            )
        order = put_on_record(
            store.records,
            from_person(
                by=who(by),
                at_us=now,
                customer=customer,
                policy=f"{pack.id}@{pack.version}",
                clauses=clause,
                step=step,
                target=cast("Target", target),
                value=value,
                reason=why,
                lasts_us=None if lasts is None else _time_us(lasts),
                finding_id=finding,
                evidence=evidence or (),
                user=value if target == "user" else None,
                line=value if target == "line" else None,
            ),
            now,
        )
    _tell(order, as_json)


def agree(
    order_id: OrderId, why: WhyOption = "", by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Agree to an order that waits for people. Whoever gave it cannot, and nobody can twice.

    Exit status: 0 done, 2 it cannot be done; the sentence says why.
    """
    _act("agree", order_id, why, by, data, as_json)


def refuse(order_id: OrderId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Refuse an order that waits for people. What it came from stays on record.

    Exit status: 0 done, 2 it cannot be done; the sentence says why.
    """
    _act("refuse", order_id, why, by, data, as_json)


def lift(order_id: OrderId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """End an order now, and give back what it took.

    Exit status: 0 done, 2 it cannot be done; the sentence says why.
    """
    _act("lift", order_id, why, by, data, as_json)


def overturn(
    order_id: OrderId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Undo an order that should never have been: what it took is given back, and its ladder forgets it.

    Exit status: 0 done, 2 it cannot be done; the sentence says why.
    """
    _act("overturn", order_id, why, by, data, as_json)


def carry_out(
    order_id: OrderId, why: WhyOption = "", by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Carry out an order that stayed in dry run: what was seen and not acted on is not waived.

    Exit status: 0 done, 2 it cannot be done; the sentence says why.
    """
    _act("carry_out", order_id, why, by, data, as_json)


def extend(
    order_id: OrderId,
    until: Annotated[str, typer.Option(metavar="INSTANT", help="When it ends, such as 2027-01-01T00:00:00Z.")],
    why: WhyOption,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an order in force another end.

    Exit status: 0 done, 2 it cannot be done; the sentence says why.
    """
    from fairwire.runtime import order_acts
    from fairwire.runtime.replay import now_us

    until_us = _instant_us(until)
    with opened(data) as store:
        _tell(order_acts.extend(store.records, order_id, who(by), now_us(), until_us, why), as_json)


def stop(
    why: WhyOption,
    suspensions: Annotated[bool, typer.Option("--suspensions", help="Only suspensions; the rest goes on.")] = False,
    by: ByOption = None,
    data: DataOption = None,
) -> None:
    """Stop all automatic action: whatever rules order waits for a person. What is in force stays in force.

    Exit status: 0 stopped, 2 no reason was given.
    """
    from fairwire.runtime.order_acts import set_guard
    from fairwire.runtime.replay import now_us

    with opened(data, made=True) as store:
        which: dict[str, bool] = {"suspensions": False} if suspensions else {"automatic": False}
        set_guard(store.records, who(by), now_us(), why, **which)
    what = "automatic suspensions are" if suspensions else "all automatic action is"
    typer.echo(f"{what} stopped; `fairwire resume --why TEXT` lets it go on")


def resume(why: WhyOption, by: ByOption = None, data: DataOption = None) -> None:
    """Let automatic action go on, suspensions included. Orders that wait go on waiting for people.

    Exit status: 0 it goes on, 2 no reason was given.
    """
    from fairwire.runtime.order_acts import find_orders, set_guard
    from fairwire.runtime.replay import now_us

    with opened(data, made=True) as store:
        set_guard(store.records, who(by), now_us(), why, automatic=True, suspensions=True)
        waiting = len(find_orders(store.records, states=["waiting"]))
    still = f"{waiting:,} order still waits" if waiting == 1 else f"{waiting:,} orders still wait"
    typer.echo(f"automatic action goes on; {still} for people")


def list_snoozes(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show what rests, until when and why.

    Exit status: 0.
    """
    from fairwire.runtime.registers import SNOOZES

    with opened(data) as store:
        found = [kept.noun for kept in SNOOZES.find(store.records, states=["holds"])]
    if as_json:
        print_json(found)
        return
    for one in found:
        what = ", ".join(filter(None, (one.customer, one.detector, one.clause)))
        typer.echo(f"{one.snooze_id}  {what}  until {one.until}  by {one.by.removeprefix('person:')}: {one.why}")
    if not found:
        typer.echo("nothing rests", err=True)


def snooze(
    until: Annotated[str, typer.Option(metavar="INSTANT", help="When it ends, such as 2027-01-01T00:00:00Z; 90 days at most.")],
    why: WhyOption,
    customer: Annotated[str, typer.Option(metavar="ID")] = "",
    detector: Annotated[str, typer.Option(metavar="ID")] = "",
    clause: Annotated[str, typer.Option(metavar="ID")] = "",
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a rule, a clause or a customer rest: what is found stays on record, and leads to no action until the end.

    Exit status: 0 it rests, 2 something is missing.
    """
    from fairwire.runtime import order_acts
    from fairwire.runtime.replay import now_us

    until_us = _instant_us(until)
    with opened(data, made=True) as store:
        made = order_acts.snooze(
            store.records, who(by), now_us(), until_us, why, customer=customer, detector=detector, clause=clause
        )
    if as_json:
        print_json(made)
        return
    typer.echo(f"{made.snooze_id} holds until {made.until}")


def wake(
    snooze_id: Annotated[str, typer.Argument(metavar="SNOOZE_ID")],
    why: WhyOption = "",
    by: ByOption = None,
    data: DataOption = None,
) -> None:
    """End a snooze before its time.

    Exit status: 0 ended, 2 there is no such snooze.
    """
    from fairwire.runtime import order_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        order_acts.wake(store.records, snooze_id, who(by), now_us(), why)
    typer.echo(f"{snooze_id} is over")


def list_critical(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show the customers whose calls no rule touches by itself.

    Exit status: 0.
    """
    from fairwire.runtime.registers import CRITICAL

    with opened(data) as store:
        found = [kept.noun for kept in CRITICAL.find(store.records, states=["critical"])]
    if as_json:
        print_json(found)
        return
    for one in found:
        typer.echo(f"{one.customer}  by {one.by.removeprefix('person:')}: {one.why}")
    if not found:
        typer.echo("no customer is on the list", err=True)


def add_critical(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER")], why: WhyOption, by: ByOption = None, data: DataOption = None
) -> None:
    """Put a customer on the list: a hospital, an alarm centre. Whatever rules order about it waits for a person.

    Exit status: 0 on the list, 2 no reason was given.
    """
    _mark(customer, why, by, data, critical=True)


def remove_critical(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER")], why: WhyOption, by: ByOption = None, data: DataOption = None
) -> None:
    """Take a customer off the list.

    Exit status: 0 off the list, 2 no reason was given.
    """
    _mark(customer, why, by, data, critical=False)


def _mark(customer: str, why: str, by: str | None, data: Path | None, *, critical: bool) -> None:
    from fairwire.runtime.order_acts import mark_critical
    from fairwire.runtime.replay import now_us

    with opened(data, made=True) as store:
        mark_critical(store.records, customer, who(by), now_us(), why, critical=critical)
    typer.echo(f"{customer} is {'on' if critical else 'off'} the list of critical services")


def _act(name: str, order_id: str, why: str, by: str | None, data: Path | None, as_json: bool) -> None:
    from fairwire.runtime import order_acts
    from fairwire.runtime.replay import now_us

    act: Callable[..., Order] = getattr(order_acts, name)
    with opened(data) as store:
        order = act(store.records, order_id, who(by), now_us(), why)
    if not as_json:
        typer.echo(f"{order.order_id} is {_PAST[name]} by {who(by).removeprefix('person:')}")
    _tell(order, as_json)


def line_of(order: Order) -> str:
    """One order in a list."""
    until = f"until {order.expires}" if order.expires else ""
    needs = f"needs {order.approvals - sum(word.agrees for word in order.words)} more" if order.state == "waiting" else until
    state = order.state.replace("_", " ")
    said = f"{state:<10}  {order.customer:<24}  {_does(order):<44}  {','.join(order.clauses):<12}  {needs}"
    return f"{order.order_id}  {said}".rstrip()


def _does(order: Order) -> str:
    from fairwire.enforcement.targets import place

    return f"{order.step.replace('_', ' ')}: {place(order.target, order.value)}"


def _tell(order: Order, as_json: bool) -> None:
    if as_json:
        print_json(order)
        return
    typer.echo(line_of(order))
    if order.state == "waiting":
        typer.echo(f"next  fairwire order agree {order.order_id} --by SOMEBODY_ELSE")


@contextmanager
def opened(data: Path | None, *, made: bool = False) -> Iterator[ControlStore]:
    """The control store of a data folder; `made`: it may be new."""
    from contextlib import closing

    from fairwire.model.errors import BadInput
    from fairwire.runtime.data import data_folder, open_control

    folder = data_folder(data)
    if not made and not folder.exists():
        raise BadInput("there is no such data folder, so nothing is on record", at=str(folder), help_="name one with --data")
    with closing(open_control(folder)) as store:
        yield store


def who(by: str | None) -> str:
    """Who acts: as given, else the user of the operating system."""
    from fairwire.cli.policy_versions import who as named

    return f"person:{named(by) or 'unknown'}"


def _instant_us(text: str) -> int:
    from fairwire.model.errors import BadUse
    from fairwire.model.instants import parse_us

    try:
        return parse_us(f"{text}T00:00:00Z" if len(text) == 10 else text)
    except ValueError as error:
        raise BadUse(f"`--until`: {error}") from None


def _time_us(text: str) -> int:
    from fairwire.model.errors import BadUse

    units = {"m": 60, "h": 3600, "d": 86400}
    if text[-1:] not in units or not text[:-1].isdecimal() or not 0 < len(text) <= 6:
        raise BadUse(f"`--lasts`: `{text[:20]}` is no time", help_="write one such as 30m, 24h or 7d")
    return int(text[:-1]) * units[text[-1]] * 1_000_000


def print_json(value: Any) -> None:
    """Any noun, as one line of JSON."""
    import msgspec

    typer.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))
