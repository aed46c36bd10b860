"""Reducing the use to what was ordered: the newest users are blocked, each by an order of its own, so that exactly as many are
left as the order names. When there is room again they are let in, the newest last. What a person decided stays so."""

from __future__ import annotations

from fairwire.enforcement.excess import reducing_order
from fairwire.enforcement.lifecycle import lift
from fairwire.model.instants import day_of
from fairwire.model.order import OPEN, Order
from fairwire.model.records import RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.clock_registers import NOTICES, PEOPLE
from fairwire.runtime.deadlines import SELF
from fairwire.runtime.letters import Letters
from fairwire.runtime.limit_case import LimitCase
from fairwire.runtime.people import person_id
from fairwire.runtime.registers import ORDERS


def wanted_blocks(case: LimitCase) -> list[Order]:
    """Orders for those above the limit who have none, the newest first."""
    deadline, pack = case.deadline, case.pack
    if pack is None or not _reduces(case):
        return []
    lead = pack.clauses.get(deadline.clauses[0])
    ladder = None if lead is None else pack.ladders.get(lead.ladder)
    approvals = next((rung.approvals for rung in (ladder.rungs if ladder else ()) if rung.step == "block"), 0)
    made: list[Order] = []
    for place, user in enumerate(case.users):
        mine = [kept.noun for kept in case.orders if kept.noun.value == user]
        if any(order.state in (*OPEN, "dry_run") or _by_person(order) for order in mine):
            continue
        made.append(
            reducing_order(
                user,
                turn=len(mine),
                customer=case.customer.id,
                policy=deadline.policy,
                clauses=deadline.clauses,
                detector=deadline.opens.detector,
                finding_id=deadline.opens.finding_id,
                deadline_id=deadline.deadline_id,
                notice_id=deadline.notice_id,
                reason=(
                    f"The order names {case.customer.user_limit} users, and {user} is number {len(case.users) - place} above it; "
                    f"the written notice {deadline.notice_id} gave time until {day_of(deadline.due_us - 1)}"
                ),
                approvals=approvals,
                at_us=case.at_us,
            )
        )
    return made


def freed(store: RecordStore, case: LimitCase, letters: Letters) -> list[RecordChange]:
    """Blocks of those for whom there is room again, lifted, the newest last."""
    still = set(case.users)
    free = [kept for kept in case.orders if kept.noun.state in OPEN and kept.noun.value not in still]
    since = {kept.noun.order_id: _since(store, case.customer.id, kept.noun.value or "") for kept in free}
    free.sort(key=lambda kept: (since[kept.noun.order_id], kept.noun.order_id))
    limit = case.customer.user_limit
    why = "the order names no number of users any more" if limit is None else f"the order names {limit} users, and there is room"
    changes = [
        ORDERS.change(kept, lift(kept.noun, SELF, case.at_us, why), at_us=case.at_us, by=SELF, action="lift", why=why)
        for kept in free
    ]
    stood = [kept.noun for kept in free if kept.noun.state == "in_force"]
    if stood and case.over:  # where nobody is above it any more, the letter of thanks says so
        names = tuple(order.value or "" for order in stood)
        said = f"{', '.join(names)} can use the service again"
        which = f"lifted:{min(order.order_id for order in stood)}"
        occasion = case.occasion(which, "lifted", action=said, outcome=why, lines=names, covers=[each.order_id for each in stood])
        changes += letters.write(store, occasion, case.at_us)
    return changes


def told_of_blocks(store: RecordStore, case: LimitCase, letters: Letters) -> list[RecordChange]:
    """One letter for all that were blocked together."""
    rank = {user: place for place, user in enumerate(case.users)}
    standing = [kept.noun for kept in case.orders if kept.noun.state == "in_force" and kept.noun.value in rank]
    if not standing:
        return []
    told = {covered for kept in NOTICES.find(store, customer=case.customer.id) for covered in kept.noun.covers}
    new = sorted((order for order in standing if order.order_id not in told), key=lambda order: rank[order.value or ""])
    if not new:
        return []
    names = tuple(order.value or "" for order in new)
    many = "1 user are" if len(names) == 1 else f"{len(names)} users are"
    occasion = case.occasion(
        f"blocked:{min(order.order_id for order in new)}",
        "block",
        step="block",
        covers=[order.order_id for order in new],
        action=f"calls of {many} blocked, the newest first",
        lines=names,
        until="",
    )
    return letters.write(store, occasion, case.at_us)


def _reduces(case: LimitCase) -> bool:
    """Whether users above the limit are blocked now."""
    limits = [] if case.pack is None else [each for each in case.pack.limits.values() if each.topic == "user_limit"]
    on_limit = limits[0].on_limit if limits else "notify"
    if on_limit == "as_ordered":
        on_limit = "reduce" if case.customer.on_limit == "refuse" else "bill"
    return on_limit == "refuse" or (on_limit == "reduce" and case.deadline.state == "missed")


def _by_person(order: Order) -> bool:
    """Whether a person has decided that this user is not blocked."""
    return order.state in ("refused", "overturned") or (order.state == "lifted" and (order.ended_by or "").startswith("person:"))


def _since(store: RecordStore, customer: str, user: str) -> int:
    kept = PEOPLE.get(store, person_id(customer, user))
    return 0 if kept is None else kept.noun.since_us
