"""`fairwire takedown`: notices of holders of rights, from the notice to the content's way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.case import pack_named, viewer_of
from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened
from fairwire.cli.typed import one_of, print_json, print_rows

if TYPE_CHECKING:
    from fairwire.enforcement.takedowns import BusinessDays
    from fairwire.model.takedowns import Takedown

TakedownId = Annotated[str, typer.Argument(metavar="TAKEDOWN", help="The id, or its beginning.")]
WithOption = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="NAME=TEXT", help="A particular; give it once for each. `fairwire takedown elements` lists them."
    ),
]
CustomersOption = Annotated[
    Path | None,
    typer.Option(
        envvar="FAIRWIRE_CUSTOMERS", help="Customer records, for the customer's time zone.", metavar="FILE", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Notices of holders of rights: removal, the customer's answer, and the way back.", no_args_is_help=True
    )
    for name, command in (
        ("elements", elements),
        ("receive", receive),
        ("list", list_all),
        ("show", show),
        ("add", add),
        ("remove", remove),
        ("tell", tell),
        ("counter", counter),
        ("suit", suit),
        ("restore", restore),
        ("withdraw", withdraw),
        ("reject", reject),
    ):
        group.command(name)(command)
    app.add_typer(group, name="takedown")


def elements(as_json: JsonOption = False) -> None:
    """Show the particulars that a notice and an answer must have, and where the law says so.

    Exit status: 0.
    """
    from fairwire.enforcement.takedowns import COUNTER, NOTICE

    if as_json:
        print_json({"notice": NOTICE, "answer": COUNTER})
        return
    for title, listed in (("a notice", NOTICE), ("the customer's answer", COUNTER)):
        typer.echo(title)
        for element in listed:
            typer.echo(f"  {element.id:<12}{element.asks} ({element.source})")


def receive(
    given: WithOption = None,
    customer: Annotated[str, typer.Option(metavar="ID", help="Whose content it is, where that is known.")] = "",
    policy: Annotated[str | None, typer.Option(metavar="ID", help="The customer's policy.")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a notice on record, with its case. What it lacks is listed, to be asked for.

    Exit status: 0 on record, 2 it says nothing, or a particular is not known.
    """
    from fairwire.runtime import takedown_acts
    from fairwire.runtime.replay import now_us

    with opened(data, made=True) as store:
        made = takedown_acts.receive(
            store.records, _pairs(given), viewer_of(by, data), now_us(), customer=customer, pack=pack_named(store, policy)
        )
    _tell(made, as_json)


def list_all(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those about one customer.")] = None,
    state: Annotated[str | None, typer.Option(metavar="STATE", help="incomplete, complete, removed, countered ...")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show takedowns, the oldest first, with what is due.

    Exit status: 0.
    """
    from typing import get_args

    from fairwire.model.takedowns import TakedownState
    from fairwire.runtime.case_registers import TAKEDOWNS

    states = None if state is None else [one_of(state, get_args(TakedownState), "state of a takedown")]
    with opened(data) as store:
        found = [kept.noun for kept in TAKEDOWNS.find(store.records, customer=customer, states=states)]
    found.sort(key=lambda each: (each.received, each.takedown_id))
    if as_json:
        print_json(found)
        return
    for each in found:
        typer.echo(line_of(each))
    if not found:
        typer.echo("there are no such takedowns", err=True)


def show(takedown: TakedownId, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one takedown: what the notice says, what it lacks, and when the content comes back.

    Exit status: 0 shown, 2 there is no such takedown.
    """
    from fairwire.runtime.takedown_acts import find_takedown

    with opened(data) as store:
        found = find_takedown(store.records, takedown).noun
    if as_json:
        print_json(found)
        return
    print_rows(
        [
            ("takedown", f"{found.takedown_id}, {found.state}"),
            ("case", found.case_id),
            ("customer", found.customer or "nobody known yet"),
            *found.elements.items(),
            ("lacks", ", ".join(found.missing)),
            ("removed", f"{found.removed} by {(found.removed_by or '').removeprefix('person:')}" if found.removed else ""),
            ("order", " ".join(filter(None, (found.order_id, found.step_order)))),
            ("strike", str(found.strike) if found.strike else ""),
            ("told", found.told or ""),
            ("answered", found.countered or ""),
            ("back from", f"{found.restore_from}, by {found.restore_by}" if found.restore_from else ""),
            ("suit", found.suit),
            ("ended", f"{found.ended}: {found.why}{' (late)' if found.late else ''}" if found.ended else ""),
        ]
    )


def add(
    takedown: TakedownId, given: WithOption = None, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Add particulars that were asked for.

    Exit status: 0 on record, 2 there is no such takedown, or a particular is not known.
    """
    _act("complete", takedown, by, data, as_json, _pairs(given))


def remove(
    takedown: TakedownId,
    policy: Annotated[str, typer.Option(metavar="ID", help="The customer's policy.")],
    why: WhyOption = "",
    strikes: Annotated[int, typer.Option(min=1, help="At how many takedowns the policy's next step is proposed.")] = 3,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove the content. Only on a notice that is complete; the order can be lifted, and puts the content back.

    Exit status: 0 ordered, 2 particulars are missing, or nobody knows whose content it is.
    """
    from fairwire.runtime import takedown_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        pack = pack_named(store, policy)
        assert pack is not None
        _tell(
            takedown_acts.remove(store.records, takedown, viewer_of(by, data), now_us(), pack, why=why, strikes=strikes), as_json
        )


def tell(takedown: TakedownId, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Put it on record that the customer was told of the removal, and how to answer.

    Exit status: 0 on record, 2 nothing is removed.
    """
    _act("tell", takedown, by, data, as_json)


def counter(
    takedown: TakedownId,
    given: WithOption = None,
    customers: CustomersOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the customer's answer. With all its particulars, the content comes back after ten business days and by the
    fourteenth, unless the holder files an action.

    Exit status: 0 on record, 2 nothing is removed, or particulars are missing.
    """
    from fairwire.runtime.takedown_acts import find_takedown

    with opened(data) as store:
        whose = find_takedown(store.records, takedown).noun.customer
    _act("counter", takedown, by, data, as_json, _pairs(given), after=(_days(customers, whose),))


def suit(
    takedown: TakedownId,
    court: Annotated[str, typer.Option(metavar="TEXT", help="The court and its file number.")],
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The holder has filed an action: the content stays away until a court has decided.

    Exit status: 0 on record, 2 the customer has not answered, or it is over.
    """
    _act("sue", takedown, by, data, as_json, after=(court,))


def restore(
    takedown: TakedownId, why: WhyOption = "", by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Put the content back, when its time has come.

    Exit status: 0 ordered, 2 it is too early, nobody has answered, or a suit goes on.
    """
    _act("restore", takedown, by, data, as_json, after=(why,))


def withdraw(
    takedown: TakedownId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """The holder no longer asks: the content comes back, and nothing counts against the customer.

    Exit status: 0 withdrawn, 2 it is over, or no reason is given.
    """
    _act("withdraw", takedown, by, data, as_json, after=(why,))


def reject(
    takedown: TakedownId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """The notice is no reason to remove anything.

    Exit status: 0 rejected, 2 the content is removed already, or no reason is given.
    """
    _act("reject", takedown, by, data, as_json, after=(why,))


def _pairs(given: list[str] | None) -> dict[str, str]:
    from fairwire.model.errors import BadUse

    found: dict[str, str] = {}
    for each in given or ():
        name, sign, text = each.partition("=")
        if not sign:
            raise BadUse(f"`{each[:40]}` is no particular", help_="write NAME=TEXT, such as work='The song'")
        found[name.strip()] = text
    return found


def _days(customers: Path | None, customer: str) -> BusinessDays:
    from fairwire.cli.report import load
    from fairwire.runtime.working_days import business_days_of

    return business_days_of(load(customers).get(customer))


def _act(
    name: str, takedown: str, by: str | None, data: Path | None, as_json: bool, *before: object, after: tuple[object, ...] = ()
) -> None:
    from fairwire.runtime import takedown_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        act = getattr(takedown_acts, name)
        done: Takedown = act(store.records, takedown, *before, viewer_of(by, data), now_us(), *after)
    _tell(done, as_json)


def line_of(takedown: Takedown) -> str:
    """One takedown in a list."""
    more = f"lacks {', '.join(takedown.missing)}" if takedown.missing else ""
    if takedown.state == "countered":
        more = f"back from {takedown.restore_from} by {takedown.restore_by}"
    whom = takedown.customer or "nobody known"
    return f"{takedown.takedown_id}  {takedown.state:<10}  {whom:<24}  {takedown.content[:40]:<40}  {more}".rstrip()


def _tell(takedown: Takedown, as_json: bool) -> None:
    if as_json:
        print_json(takedown)
        return
    from fairwire.enforcement.takedowns import NOTICE

    typer.echo(line_of(takedown))
    for element in NOTICE:
        if element.id in takedown.missing:
            typer.echo(f"ask for  {element.id}: {element.asks} ({element.source})")
    if takedown.step_order:
        typer.echo(f"takedown {takedown.strike}: {takedown.step_order} is proposed, and waits for another person")
