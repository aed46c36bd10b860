"""What people do to orders and guards: each act reads, decides and writes in one transaction, and is in the audit trail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import msgspec

from fairwire.enforcement import lifecycle
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.errors import BadUse
from fairwire.model.guards import Critical, Guard, Snooze
from fairwire.model.instants import format_us
from fairwire.model.order import Order, State
from fairwire.model.records import RecordChange
from fairwire.ports.control import ControlStore
from fairwire.ports.records import RecordStore
from fairwire.runtime.register import Kept
from fairwire.runtime.registers import CRITICAL, GUARDS, ORDERS, SITE, SNOOZES

PREFIX = 6
"""The least number of characters behind `o-` that may stand for a whole order id."""


class NoSuchOrder(BadUse):
    """There is no order of that id, or more than one begins so."""

    code = "FW-ENF-004"


def find_order(store: RecordStore, given: str) -> Kept[Order]:
    """The order of an id, or of the beginning of one.

    Raises
    ------
    NoSuchOrder
        There is none, or several begin so.
    """
    found = ORDERS.get(store, given)
    if found is not None:
        return found
    if len(given) >= PREFIX + 2:
        near = ORDERS.find(store, after=given, limit=2)
        alike = [kept for kept in near if kept.noun.order_id.startswith(given)]
        if len(alike) == 1:
            return alike[0]
        if alike:
            raise NoSuchOrder(f"several orders begin with `{given[:80]}`", help_="give more of the id")
    raise NoSuchOrder(f"there is no order `{given[:80]}`", help_="`fairwire order list` shows those there are")


def find_orders(
    store: RecordStore, *, customer: str | None = None, finding_id: str | None = None, states: Sequence[State] | None = None
) -> list[Order]:
    """Orders on record, the oldest first."""
    found = [kept.noun for kept in ORDERS.find(store, customer=customer, subject=finding_id, states=states)]
    return sorted(found, key=lambda order: (order.created, order.order_id))


def as_they_are(store: ControlStore, planned: Sequence[Order]) -> list[Order]:
    """Orders as a run wrote them, each as it is on record now where it was put there; and after them what people ordered for the
    same findings."""
    found: dict[str, Order] = {order.order_id: order for order in planned}
    if planned:
        for finding_id in {order.finding_id for order in planned}:
            found |= {kept.noun.order_id: kept.noun for kept in ORDERS.find(store.records, subject=finding_id)}
    return list(found.values())


def put_on_record(store: RecordStore, order: Order, at_us: int) -> Order:
    """Have an order that a person gave take effect, or wait for those who must agree. Given twice, it is the first."""

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        if ORDERS.get(inside, order.order_id) is not None:
            return ()
        started = lifecycle.start(order, at_us)
        return [ORDERS.change(None, started, at_us=at_us, by=order.author, action="order", why=order.reason)]

    store.act(decide)
    kept = ORDERS.get(store, order.order_id)
    assert kept is not None
    return kept.noun


def agree(store: RecordStore, order_id: str, by: str, at_us: int, why: str = "") -> Order:
    """One person's word for an order that waits."""
    return _move(store, order_id, by, at_us, "agree", why, lambda order: lifecycle.agree(order, by, at_us, why))


def refuse(store: RecordStore, order_id: str, by: str, at_us: int, why: str) -> Order:
    """One person's word against an order that waits."""
    return _move(store, order_id, by, at_us, "refuse", why, lambda order: lifecycle.refuse(order, by, at_us, why))


def lift(store: RecordStore, order_id: str, by: str, at_us: int, why: str) -> Order:
    """End an order, and give back what it took."""
    return _move(store, order_id, by, at_us, "lift", why, lambda order: lifecycle.lift(order, by, at_us, why))


def overturn(store: RecordStore, order_id: str, by: str, at_us: int, why: str) -> Order:
    """Undo an order that should never have been."""
    return _move(store, order_id, by, at_us, "overturn", why, lambda order: lifecycle.overturn(order, by, at_us, why))


def extend(store: RecordStore, order_id: str, by: str, at_us: int, until_us: int, why: str) -> Order:
    """Give an order in force another end."""
    return _move(store, order_id, by, at_us, "extend", why, lambda order: lifecycle.extend(order, by, at_us, until_us, why))


def carry_out(store: RecordStore, order_id: str, by: str, at_us: int, why: str) -> Order:
    """Have an order that stayed in dry run take effect after all: what was not acted on was never waived.

    The person's word is one of those that it needs.
    """

    def now(order: Order) -> Order:
        started = lifecycle.start(order, at_us)
        return lifecycle.agree(started, by, at_us, why) if started.state == "waiting" else started

    return _move(store, order_id, by, at_us, "carry out", why, now)


def _move(store: RecordStore, order_id: str, by: str, at_us: int, action: str, why: str, step: Callable[[Order], Order]) -> Order:
    moved: list[Order] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_order(inside, order_id)
        moved.append(step(kept.noun))
        return [ORDERS.change(kept, moved[0], at_us=at_us, by=by, action=action, why=why)]

    store.act(decide)
    return moved[0]


def guard_of(store: RecordStore) -> Guard:
    """What holds for the site."""
    kept = GUARDS.get(store, SITE)
    return Guard() if kept is None else kept.noun


def set_guard(
    store: RecordStore, by: str, at_us: int, why: str, *, automatic: bool | None = None, suspensions: bool | None = None
) -> Guard:
    """Stop or resume automatic action, or automatic suspensions. None leaves it as it is."""
    if not why.strip():
        raise NotPossible("automatic action is stopped or resumed for a reason", help_="say why, in a sentence: it is kept")
    set_to: list[Guard] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = GUARDS.get(inside, SITE)
        old = Guard() if kept is None else kept.noun
        new = Guard(
            automatic=old.automatic if automatic is None else automatic,
            suspensions=old.suspensions if suspensions is None else suspensions,
            by=by,
            at=format_us(at_us),
            why=why.strip(),
        )
        set_to.append(new)
        action = "resume" if (new.automatic, new.suspensions) == (True, True) else "stop"
        return [GUARDS.change(kept, new, at_us=at_us, by=by, action=action, why=why)]

    store.act(decide)
    return set_to[0]


def snooze(
    store: RecordStore,
    by: str,
    at_us: int,
    until_us: int,
    why: str,
    *,
    customer: str = "",
    detector: str = "",
    clause: str = "",
) -> Snooze:
    """Let a rule, a clause or a customer rest until an instant."""
    if not (customer or detector or clause):
        raise NotPossible("a snooze names a rule, a clause or a customer", help_="to hold everything, stop automatic action")
    if not why.strip():
        raise NotPossible("a snooze has a reason", help_="say why, in a sentence: it is kept")
    if not at_us < until_us <= at_us + 90 * 86_400_000_000:
        raise NotPossible("a snooze ends within 90 days", help_="give an instant between now and then")
    named = hashlib.sha256("\n".join((by, str(at_us), customer, detector, clause)).encode()).hexdigest()
    made = Snooze(
        snooze_id=f"s-{named[:12]}",
        until=format_us(until_us),
        by=by,
        why=why.strip(),
        customer=customer,
        detector=detector,
        clause=clause,
    )
    store.write([SNOOZES.change(None, made, at_us=at_us, by=by, action="snooze", why=why)])
    return made


def wake(store: RecordStore, snooze_id: str, by: str, at_us: int, why: str) -> Snooze:
    """End a snooze before its time."""
    kept = SNOOZES.get(store, snooze_id)
    if kept is None or kept.noun.ended:
        raise NotPossible(f"there is no snooze `{snooze_id[:80]}` that holds", help_="`fairwire snooze list` shows them")
    ended = msgspec.structs.replace(kept.noun, ended=format_us(at_us))
    store.write([SNOOZES.change(kept, ended, at_us=at_us, by=by, action="wake", why=why)])
    return ended


def mark_critical(store: RecordStore, customer: str, by: str, at_us: int, why: str, *, critical: bool) -> Critical:
    """Put a customer on the list of those whose calls no rule touches by itself, or take it off."""
    if not why.strip():
        raise NotPossible("the list of critical services is changed for a reason", help_="say why, in a sentence: it is kept")
    kept = CRITICAL.get(store, customer)
    made = Critical(customer=customer, why=why.strip(), by=by, state="critical" if critical else "ordinary")
    action = "mark critical" if critical else "mark ordinary"
    store.write([CRITICAL.change(kept, made, at_us=at_us, by=by, action=action, why=why)])
    return made
