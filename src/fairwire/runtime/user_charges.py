"""Charging for users above the limit: which days are due now, and the lines for them. `enforcement.excess` states the rule."""

from __future__ import annotations

import msgspec
import structlog

from fairwire.enforcement.excess import Individual, Price, excess_lines, total
from fairwire.model.customers import Customer
from fairwire.model.deadlines import Above, Deadline
from fairwire.model.declared import Workflow
from fairwire.model.instants import civil_from_days, days_from_civil, parse_us
from fairwire.model.invoicing import InvoiceLine
from fairwire.model.money import parse_micros
from fairwire.model.records import RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.clock_registers import LINES, PEOPLE
from fairwire.runtime.deadlines import SELF, named
from fairwire.runtime.letters import Letters
from fairwire.runtime.limit_case import LimitCase
from fairwire.runtime.people import person_id

notices = structlog.get_logger()


def price_of(customer: Customer, workflow: Workflow | None) -> Price | None:
    """What a user above the limit costs a calendar month: by the customer's order, else by the policy; None where nobody says."""
    if customer.user_price is not None:
        return Price(parse_micros(customer.user_price), customer.currency or "")
    if workflow is not None and workflow.excess is not None:
        return Price(parse_micros(workflow.excess.price), workflow.excess.currency)
    return None


def billed(store: RecordStore, case: LimitCase, letters: Letters) -> tuple[Deadline, list[RecordChange]]:
    """The deadline with whom it has been charged for until when; the lines for that, and the letter that names them."""
    deadline = case.deadline
    price = price_of(case.customer, case.pack.workflows.get(deadline.workflow) if case.pack else None)
    if price is None:
        if not deadline.unpriced:
            notices.warning("users above a limit are not charged: nobody says what one costs", customer=case.customer.id)
        return msgspec.structs.replace(deadline, unpriced=True), []
    there = {each.name: each for each in case.over}
    rows = {row.name: row for row in deadline.above}
    for person in case.over:
        first = max(case.day(person.since_us), case.day(deadline.opens.found_us))
        rows.setdefault(person.name, Above(name=person.name, from_day=first, billed_to=first - 1))
    lines: list[InvoiceLine] = []
    for name, row in rows.items():
        after = _charged(store, case, there.get(name), row)
        rows[name] = after
        if after.billed_to > row.billed_to and not (row.over and not after.over):
            lines += excess_lines(
                there.get(name) or Individual(name, 0, (name,)),
                price,
                row.billed_to + 1,
                after.billed_to,
                customer=case.customer.id,
                policy=deadline.policy,
                clause=deadline.clauses[0],
                source=named(deadline),
                at_us=case.at_us,
            )
    new = [line for line in lines if LINES.get(store, line.line_id) is None]
    changes = [LINES.change(None, line, at_us=case.at_us, by=SELF, action="charge", why=line.said) for line in new]
    if new:
        said = tuple(line.said for line in new)
        occasion = case.occasion(f"lines:{new[0].line_id}", "excess_invoice", amount=total(new), lines=said)
        changes += letters.write(store, occasion, case.at_us)
    return msgspec.structs.replace(deadline, above=tuple(rows.values()), unpriced=False), changes


def _charged(store: RecordStore, case: LimitCase, person: Individual | None, row: Above) -> Above:
    """How far somebody is charged now.

    Who is still above the limit is charged up to the day on which the time was up, and from then on at the end of each month; who
    is blocked, has gone or is within the limit again, up to that day.
    """
    now = case.day(case.at_us)
    if person is None:
        left = row.billed_to if row.over else _left_day(store, case, row.name, now)
        return msgspec.structs.replace(row, billed_to=max(row.billed_to, left), over=True)
    began = [
        case.day(parse_us(order.began))
        for user in person.users
        for order in (kept.noun for kept in case.orders)
        if order.value == user and order.state == "in_force" and order.began is not None
    ]
    if len(began) >= len(person.users):
        return msgspec.structs.replace(row, billed_to=row.billed_to if row.over else max(row.billed_to, *began), over=True)
    if row.over:  # it uses the service again: the days between are not charged
        return msgspec.structs.replace(row, billed_to=max(row.billed_to, now - 1), over=False)
    year, month, _ = civil_from_days(now)
    ended = case.day(parse_us(case.deadline.ended) - 1) if case.deadline.ended else now - 1
    due = max(days_from_civil(year, month, 1) - 1, min(ended, now))
    return msgspec.structs.replace(row, billed_to=max(row.billed_to, due))


def _left_day(store: RecordStore, case: LimitCase, name: str, now: int) -> int:
    """The day on which somebody ceased to be above the limit."""
    kept = PEOPLE.get(store, person_id(case.customer.id, name))
    return now if kept is None or kept.noun.left_us is None else min(now, case.day(kept.noun.left_us))
