"""What waits for somebody, and what waits too long: tracebacks, reviews, takedowns, cases and orders, the most urgent first."""

from __future__ import annotations

import msgspec

from fairwire.model.instants import format_us, parse_us
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_access import Viewer
from fairwire.runtime.case_registers import CASES, INSTRUCTIONS, REVIEWS, TAKEDOWNS, TERMINATIONS, TRACES
from fairwire.runtime.ledger import LATE_US
from fairwire.runtime.registers import ORDERS


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody must do."""

    kind: str
    """`traceback`, `review`, `takedown`, `case`, `order`, `end of service` or `instruction`."""
    id: str
    customer: str
    due: str
    overdue: bool
    what: str
    """A sentence for people."""


def due(records: RecordStore, now_us: int, viewer: Viewer) -> list[Due]:
    """Everything with a clock that runs, by when it is due."""
    found = [
        _due("traceback", each.trace_id, each.customer, each.due, f"answer {each.asked_by}: {each.called}", now_us)
        for each in (kept.noun for kept in TRACES.find(records, states=["open"]))
    ]
    for kept in REVIEWS.find(records, states=["open"]):
        review = kept.noun
        if review.due:
            what = f"decide about {review.about} {review.about_id}"
            found.append(_due("review", review.review_id, review.customer, review.due, what, now_us))
    for taken in TAKEDOWNS.find(records, states=["countered"]):
        takedown = taken.noun
        assert takedown.restore_by is not None
        what = f"put back {takedown.content[:60]}, from {takedown.restore_from} on"
        found.append(_due("takedown", takedown.takedown_id, takedown.customer, takedown.restore_by, what, now_us))
    for held in CASES.find(records, states=["waiting"]):
        case = held.noun
        if case.due and (viewer.severe or not case.restricted):
            found.append(_due("case", case.case_id, case.customer, case.due, f"look again: waits for {case.waiting_for}", now_us))
    for waiting in ORDERS.find(records, states=["waiting"]):
        order = waiting.noun
        late = format_us(parse_us(order.created) + LATE_US)
        what = f"agree to or refuse: {order.step.replace('_', ' ')}"
        found.append(_due("order", order.order_id, order.customer, late, what, now_us))
    for begun in TERMINATIONS.find(records, states=["open"]):
        for item in begun.noun.items:
            if not item.done:
                found.append(
                    _due("end of service", begun.noun.order_id, begun.noun.customer, item.due, f"{item.id}: {item.what}", now_us)
                )
    for given in INSTRUCTIONS.find(records, states=["issued", "acknowledged"]):
        if given.noun.due:
            what = f"look whether it was kept: {given.noun.text[:60]}"
            found.append(_due("instruction", given.noun.instruction_id, given.noun.customer, given.noun.due, what, now_us))
    return sorted(found, key=lambda each: (parse_us(each.due), each.id))


def _due(kind: str, id_: str, customer: str, at: str, what: str, now_us: int) -> Due:
    return Due(kind=kind, id=id_, customer=customer, due=at, overdue=now_us > parse_us(at), what=what)
