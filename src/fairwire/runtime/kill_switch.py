"""A customer's own means to stop use at once: a user, a line, a destination, everything abroad, or all calls out.

Each is an order that the customer gives about itself, so the next call is refused by it, edges are told, and it stands in the
audit trail. Only the customer, or the provider for it, ends it; calls for help connect all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from fairwire.enforcement.lifecycle import NotPossible, from_person
from fairwire.model.errors import BadUse
from fairwire.model.order import OPEN, Order, Step, Target
from fairwire.model.policy import Pack
from fairwire.ports.records import RecordStore
from fairwire.runtime import order_acts

Stop = Literal["all", "international", "destination", "user", "line", "credential"]
STOPS: tuple[Stop, ...] = get_args(Stop)
_ORDERS: dict[Stop, tuple[Step, Target]] = {
    "all": ("suspend_outbound", "customer"),
    "international": ("block", "destination_class"),
    "destination": ("block", "destination_class"),
    "user": ("suspend_outbound", "user"),
    "line": ("suspend_outbound", "line"),
    "credential": ("suspend_outbound", "credential"),
}
_TOPICS = ("kill_switch", "destination_permissions", "customer_responsibility", "account_state")


class UnknownStop(BadUse):
    """Nobody can tell what is to be stopped."""

    code = "FW-CUS-002"


def stop_use(
    store: RecordStore, customer: str, pack: Pack, what: Stop, value: str, why: str, at_us: int, *, by: str = ""
) -> Order:
    """Stop use from the next call attempt on.

    Parameters
    ----------
    what, value
        `user`, `line`, `credential`: which one. `destination`: a kind of number (`premium`), a country (`CU`) or a prefix
        (`+1900`). `all` and `international` need no value.
    by
        Who presses the switch; empty: the customer itself.

    Raises
    ------
    UnknownStop
        `what` is none of these, or has no value where it needs one.
    """
    if what not in _ORDERS:
        raise UnknownStop(f"`{what[:40]}` is nothing that can be stopped", help_=f"one of {', '.join(STOPS)}")
    if what not in ("all", "international") and not value.strip():
        raise UnknownStop(f"nobody can tell which {what} is to be stopped", help_="give its number or name")
    step, target = _ORDERS[what]
    named = "international" if what == "international" else value.strip() or None
    author = f"customer:{customer}"
    words = {"all": "All calls to the outside are", "international": "Calls to other countries are"}
    said = f"{words.get(what, f'Calls of the {what} {named} are' if what != 'destination' else f'Calls to {named} are')} stopped"
    order = from_person(
        by=by or author,
        at_us=at_us,
        customer=customer,
        policy=f"{pack.id}@{pack.version}",
        clauses=_clauses(pack),
        step=step,
        target=target,
        value=None if what == "all" else named,
        user=named if what == "user" else None,
        line=named if what == "line" else None,
        reason=f"{said} by the customer itself{f': {why.strip()}' if why.strip() else ''}",
        evidence=[author],
    )
    return order_acts.put_on_record(store, order, at_us)


def stops_of(store: RecordStore, customer: str) -> list[Order]:
    """What a customer has stopped, the oldest first."""
    author = f"customer:{customer}"
    return [order for order in order_acts.find_orders(store, customer=customer, states=OPEN) if author in order.evidence]


def allow_again(store: RecordStore, customer: str, order_id: str, why: str, at_us: int, *, by: str = "") -> Order:
    """End one of a customer's own stops.

    Raises
    ------
    NotPossible
        It is no stop of this customer's own: what the provider has ordered, the customer appeals against.
    """
    if all(order.order_id != order_id for order in stops_of(store, customer)):
        raise NotPossible(
            f"`{order_id[:80]}` is nothing that {customer} has stopped itself",
            help_="what the provider has ordered is appealed against",
        )
    author = by or f"customer:{customer}"
    return order_acts.lift(store, order_id, author, at_us, why.strip() or "the customer lets it go on")


def _clauses(pack: Pack) -> Sequence[str]:
    for topic in _TOPICS:
        if found := pack.clauses_of(topic):
            return found[:1]
    return tuple(pack.clauses)[:1]
