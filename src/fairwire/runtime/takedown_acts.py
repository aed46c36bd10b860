"""What people do about takedowns. Each act is one transaction: the takedown, its case, and the order that it gives or ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from fairwire.enforcement import cases, lifecycle, takedowns
from fairwire.enforcement.report_words import category_of
from fairwire.enforcement.takedowns import STRIKES, BusinessDays
from fairwire.model.instants import SECOND_US, parse_us
from fairwire.model.order import OPEN, Order, Step
from fairwire.model.policy import Ladder, Pack
from fairwire.model.records import RecordChange
from fairwire.model.takedowns import COUNTING, Takedown
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_access import Viewer, find_case
from fairwire.runtime.case_acts import general_clause, made_case, opening
from fairwire.runtime.case_registers import CASES, TAKEDOWNS
from fairwire.runtime.lookup import look_up
from fairwire.runtime.register import Kept
from fairwire.runtime.registers import ORDERS

Step_ = Callable[[Takedown], Takedown]


def find_takedown(store: RecordStore, given: str) -> Kept[Takedown]:
    """A takedown by its id, or the beginning of it. Raises NotThere."""
    return look_up(TAKEDOWNS, store, given, prefix="td-", what="takedown", list_with="fairwire takedown list")


def receive(
    store: RecordStore, elements: Mapping[str, str], viewer: Viewer, at_us: int, *, customer: str = "", pack: Pack | None = None
) -> Takedown:
    """Put a notice on record, with its case. What it lacks stands in `missing`, and is to be asked for."""
    kind = category_of(pack, "copyright")
    assert kind is not None
    clauses = _clauses(pack) if pack is not None and customer else []
    policy = f"{pack.id}@{pack.version}" if pack is not None and customer else ""
    made = takedowns.receive(elements, customer=customer, policy=policy, clauses=clauses, case_id="", via=viewer.by, at_us=at_us)
    case = made_case(
        named=(made.takedown_id,),
        title=f"Takedown of {made.content[:80]}" if made.content else "Takedown",
        kind=kind,
        customer=customer,
        pack=pack,
        clauses=clauses,
        by=viewer.by,
        at_us=at_us,
    )
    made = msgspec.structs.replace(made, case_id=case.case_id)

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        if TAKEDOWNS.get(inside, made.takedown_id) is not None:
            return ()
        linked = msgspec.structs.replace(case, related=(made.takedown_id,))
        _, changes = opening(inside, linked, kind, pack, viewer.by, at_us)
        return [TAKEDOWNS.change(None, made, at_us=at_us, by=viewer.by, action="receive", why=made.content), *changes]

    store.act(decide)
    return find_takedown(store, made.takedown_id).noun


def complete(store: RecordStore, given: str, elements: Mapping[str, str], viewer: Viewer, at_us: int) -> Takedown:
    """Particulars that were asked for."""
    return _move(store, given, viewer, at_us, "complete", ", ".join(elements), lambda each: takedowns.complete(each, elements))


def remove(
    store: RecordStore, given: str, viewer: Viewer, at_us: int, pack: Pack, *, why: str = "", strikes: int = STRIKES
) -> Takedown:
    """Have the content removed, by this person's order. At a number of takedowns within the policy's period, its next step is
    proposed, and waits for whoever must agree."""
    done: list[Takedown] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept, changes = find_takedown(inside, given), list[RecordChange]()
        takedown = _attributed(inside, kept.noun, pack)
        ladder = _ladder(pack, takedown)
        strike = 1 + _strikes(inside, takedown.customer, at_us, ladder.memory_s * SECOND_US)
        reason = why.strip() or f"A holder of rights has given notice of {takedown.content or 'it'} ({takedown.takedown_id})"
        # Whether it may be removed is asked before any order is made of it.
        takedowns.remove(takedown, viewer.by, at_us, order_id="-", strike=strike)
        made = [_order(takedown, pack, viewer.by, at_us, "remove_content", reason)]
        step = takedowns.next_step(ladder)
        if strike >= strikes and step is not None:
            again = f"Takedown {strike} within {ladder.memory_s // 86400} days"
            made.append(_order(takedown, pack, viewer.by, at_us, step, again))
        after = takedowns.remove(
            takedown,
            viewer.by,
            at_us,
            order_id=made[0].order_id,
            strike=strike,
            step_order=made[1].order_id if len(made) > 1 else "",
        )
        done.append(after)
        for order in made:
            changes.append(ORDERS.change(None, order, at_us=at_us, by=viewer.by, action="order", why=order.reason))
        case = find_case(inside, takedown.case_id)
        linked = cases.link(case.noun, viewer.by, at_us, orders=[order.order_id for order in made])
        changes.append(CASES.change(case, linked, at_us=at_us, by=viewer.by, action="takedown", why=reason))
        return [TAKEDOWNS.change(kept, after, at_us=at_us, by=viewer.by, action="remove", why=reason), *changes]

    store.act(decide)
    return done[0]


def tell(store: RecordStore, given: str, viewer: Viewer, at_us: int) -> Takedown:
    """The customer was told."""
    return _move(store, given, viewer, at_us, "tell", "", lambda each: takedowns.tell(each, at_us))


def counter(
    store: RecordStore, given: str, elements: Mapping[str, str], viewer: Viewer, at_us: int, days: BusinessDays
) -> Takedown:
    """The customer's answer, complete."""
    return _move(store, given, viewer, at_us, "counter", "", lambda each: takedowns.counter(each, elements, at_us, days))


def sue(store: RecordStore, given: str, viewer: Viewer, at_us: int, suit: str) -> Takedown:
    """The holder has filed an action."""
    return _move(store, given, viewer, at_us, "sue", suit, lambda each: takedowns.sue(each, at_us, suit))


def reject(store: RecordStore, given: str, viewer: Viewer, at_us: int, why: str) -> Takedown:
    """The notice is no reason to remove anything."""
    return _move(store, given, viewer, at_us, "reject", why, lambda each: takedowns.reject(each, viewer.by, at_us, why))


def restore(store: RecordStore, given: str, viewer: Viewer, at_us: int, why: str = "") -> Takedown:
    """The content comes back, and what its removal led to is proposed no more."""
    return _end(store, given, viewer, at_us, "restore", why, lambda each: takedowns.restore(each, viewer.by, at_us, why))


def withdraw(store: RecordStore, given: str, viewer: Viewer, at_us: int, why: str) -> Takedown:
    """The holder no longer asks: the content comes back, and nothing counts."""
    return _end(store, given, viewer, at_us, "withdraw", why, lambda each: takedowns.withdraw(each, viewer.by, at_us, why))


def strikes_of(store: RecordStore, customer: str, at_us: int, pack: Pack) -> int:
    """How many takedowns count against a customer within its policy's period."""
    ladder = pack.ladders[pack.clauses[_clauses(pack)[0]].ladder]
    return _strikes(store, customer, at_us, ladder.memory_s * SECOND_US)


def _strikes(store: RecordStore, customer: str, at_us: int, period_us: int) -> int:
    """Those that stand: what was withdrawn or restored counts no more, and what was overturned neither."""
    found = [kept.noun for kept in TAKEDOWNS.find(store, customer=customer, states=list(COUNTING))]
    recent = [each for each in found if each.removed and at_us - period_us <= parse_us(each.removed) <= at_us]
    return sum(1 for each in recent if (kept := ORDERS.get(store, each.order_id)) is None or kept.noun.state != "overturned")


def _order(takedown: Takedown, pack: Pack, by: str, at_us: int, step: Step, reason: str) -> Order:
    content = step == "remove_content"
    order = lifecycle.from_person(
        by=by,
        at_us=at_us,
        customer=takedown.customer,
        policy=f"{pack.id}@{pack.version}",
        clauses=[clause for clause in takedown.clauses if clause in pack.clauses] or _clauses(pack),
        step=step,
        target="content" if content else "customer",
        value=takedown.content or None if content else None,
        reason=reason,
        evidence=(takedown.takedown_id, takedown.case_id),
    )
    return lifecycle.start(order, at_us)


def _attributed(inside: RecordStore, takedown: Takedown, pack: Pack) -> Takedown:
    """The takedown with the customer that its case has been given meanwhile."""
    if takedown.customer:
        return takedown
    case = find_case(inside, takedown.case_id).noun
    if not case.customer:
        return takedown
    return msgspec.structs.replace(
        takedown, customer=case.customer, policy=f"{pack.id}@{pack.version}", clauses=tuple(_clauses(pack))
    )


def _ladder(pack: Pack, takedown: Takedown) -> Ladder:
    clauses = [clause for clause in takedown.clauses if clause in pack.clauses] or _clauses(pack)
    return pack.ladders[pack.clauses[clauses[0]].ladder]


def _clauses(pack: Pack) -> list[str]:
    """The clauses about rights of others; of a policy that has none, the general one."""
    return list(pack.clauses_of("copyright")) or general_clause(pack)


def _move(store: RecordStore, given: str, viewer: Viewer, at_us: int, action: str, why: str, step: Step_) -> Takedown:
    done: list[Takedown] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_takedown(inside, given)
        done.append(step(kept.noun))
        return [TAKEDOWNS.change(kept, done[0], at_us=at_us, by=viewer.by, action=action, why=why)]

    store.act(decide)
    return done[0]


def _end(store: RecordStore, given: str, viewer: Viewer, at_us: int, action: str, why: str, step: Step_) -> Takedown:
    """End a takedown, with the orders that rest on it: the removal, and what was proposed for its number and not begun."""
    done: list[Takedown] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_takedown(inside, given)
        after = step(kept.noun)
        done.append(after)
        changes = [TAKEDOWNS.change(kept, after, at_us=at_us, by=viewer.by, action=action, why=why)]
        for name, states in ((after.order_id, OPEN), (after.step_order, ("waiting",))):
            order = ORDERS.get(inside, name) if name else None
            if order is not None and order.noun.state in states:
                said = f"takedown {after.takedown_id} is {after.state}: {after.why}"
                lifted = lifecycle.lift(order.noun, viewer.by, at_us, said)
                changes.append(ORDERS.change(order, lifted, at_us=at_us, by=viewer.by, action="lift", why=said))
        return changes

    store.act(decide)
    return done[0]
