"""The end of a service as a checklist with dates: notice with reasons, data to take away, final statement, deletion."""

from __future__ import annotations

import msgspec

from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.instants import DAY_US, format_us, parse_us
from fairwire.model.order import OPEN, Order
from fairwire.model.terminations import Item, Termination

EXPORT_DAYS, STATEMENT_DAYS = 30, 14
"""Days after the end until which data can be taken away, and by which the final statement is drawn up, where nobody says."""
DELETION = "deletion"


def begin(
    order: Order,
    by: str,
    at_us: int,
    *,
    ends_us: int | None = None,
    export_days: int = EXPORT_DAYS,
    statement_days: int = STATEMENT_DAYS,
) -> Termination:
    """The checklist of an order that ends a service.

    Raises
    ------
    NotPossible
        The order ends no service or is over, or a date lies before another that it follows.
    """
    if order.step != "terminate" or order.state not in OPEN:
        raise NotPossible(
            f"the order `{order.order_id}` ends no service", help_="name an order `terminate` that waits or is in force"
        )
    if export_days < 0 or statement_days < 0 or export_days > 3650 or statement_days > 3650:
        raise NotPossible("a period is some days, ten years at most", help_="give days from 0 on")
    end_us = at_us if ends_us is None else ends_us
    if end_us < at_us:
        raise NotPossible("the service ended before anybody said so", help_="give an instant from now on")
    export_us = end_us + export_days * DAY_US
    items = (
        _item("notice", "Tell the customer in writing that the service ends, when and why", at_us),
        _item("end", "End the service; calls for help connect until then", end_us),
        _item("statement", "Draw up the final statement: `fairwire customer statement`", end_us + statement_days * DAY_US),
        _item("export", "Let the customer take its data away", export_us),
        _item(DELETION, "Delete what no hold keeps", export_us + DAY_US),
    )
    return Termination(
        order_id=order.order_id,
        customer=order.customer,
        policy=order.policy,
        clauses=order.clauses,
        reasons=order.reason,
        opened=format_us(at_us),
        opened_by=by,
        ends=format_us(end_us),
        export_until=format_us(export_us),
        items=items,
    )


def tick(termination: Termination, item_id: str, by: str, at_us: int, note: str, *, held: bool) -> Termination:
    """One item is done.

    Parameters
    ----------
    held
        Whether a hold keeps what the customer left.

    Raises
    ------
    NotPossible
        There is no such item, it is done, its time has not come, or a hold forbids it.
    """
    _must_be_open(termination)
    item = next((each for each in termination.items if each.id == item_id), None)
    if item is None:
        raise NotPossible(
            f"there is no item `{item_id[:40]}`", help_=f"one of {', '.join(each.id for each in termination.items)}"
        )
    if item.done:
        raise NotPossible(f"`{item_id}` was done on {item.done}", help_="nothing is left to do there")
    if item_id in ("export", DELETION) and at_us < parse_us(termination.export_until):
        raise NotPossible(f"the customer can take its data away until {termination.export_until}", help_="wait until then")
    if item_id == DELETION and held:
        raise NotPossible(
            "a hold keeps what this customer left", help_="`fairwire hold list` shows it; nothing is deleted before"
        )
    if item_id != "notice" and not next(each for each in termination.items if each.id == "notice").done:
        raise NotPossible("the customer was not told yet", help_="send the notice first, and put it on record")
    done = msgspec.structs.replace(item, done=format_us(at_us), by=by, note=note.strip())
    items = tuple(done if each.id == item_id else each for each in termination.items)
    finished = all(each.done for each in items)
    return msgspec.structs.replace(
        termination, items=items, state="finished" if finished else "open", ended=format_us(at_us) if finished else None
    )


def withdraw(termination: Termination, at_us: int, why: str) -> Termination:
    """The service goes on after all."""
    _must_be_open(termination)
    if not why.strip():
        raise NotPossible("an end of service is withdrawn for a reason", help_="say why")
    return msgspec.structs.replace(termination, state="withdrawn", ended=format_us(at_us), why=why.strip())


def next_due_us(termination: Termination) -> int | None:
    """When the next item is due; None when nothing is left."""
    left = [parse_us(item.due) for item in termination.items if not item.done]
    return min(left, default=None) if termination.state == "open" else None


def _item(name: str, what: str, due_us: int) -> Item:
    return Item(id=name, what=what, due=format_us(due_us))


def _must_be_open(termination: Termination) -> None:
    if termination.state != "open":
        raise NotPossible(f"this end of service is {termination.state} since {termination.ended}", help_="look at it again")
