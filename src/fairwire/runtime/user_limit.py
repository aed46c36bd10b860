"""The user limit: what the written notice asks for, when that is done, and what follows when it is not.

In time, an order for more users or fewer of them settle it, and nothing is charged. Else each individual above the limit is
charged by the day, and where the policy says so the use is reduced to what the order names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from fairwire.enforcement.excess import Individual, above
from fairwire.model.customers import Customer
from fairwire.model.deadlines import Deadline
from fairwire.model.declared import Workflow
from fairwire.model.finding import Finding
from fairwire.model.instants import day_of
from fairwire.model.money import format_micros
from fairwire.model.order import Order
from fairwire.model.records import RecordChange
from fairwire.policy import NoticeFacts
from fairwire.ports.records import RecordStore
from fairwire.runtime.clock_registers import DEADLINES, ORDER_CHANGES, PEOPLE
from fairwire.runtime.deadlines import SELF, met, orders_of, settled
from fairwire.runtime.letters import Letters
from fairwire.runtime.limit_case import LimitCase
from fairwire.runtime.people import present
from fairwire.runtime.register import Kept
from fairwire.runtime.registers import ORDERS
from fairwire.runtime.user_blocks import freed, told_of_blocks, wanted_blocks
from fairwire.runtime.user_charges import billed, price_of

_COUNTED = ("callers", "logged_in", "added")
"""Features of a finding that count people, each in its own way."""
_NAMED = 10
"""Users that a letter names."""


class UserLimit:
    """A `Cure` of `clockwork`, for workflows of the kind `user_limit_cure`.

    Parameters
    ----------
    finding_of
        A finding by its id.
    """

    def __init__(self, letters: Letters, finding_of: Callable[[str], Finding | None]) -> None:
        self._letters = letters
        self._finding_of = finding_of

    def asked(self, store: RecordStore, order: Order, workflow: Workflow, facts: NoticeFacts, at_us: int) -> NoticeFacts:
        """The facts of the written notice."""
        customer = self._letters.customer(order.customer)
        if customer is None or customer.user_limit is None:
            return facts
        people = present(store, customer, at_us)
        counted = self._count(store, customer, people, order)
        over = users(max(counted - customer.user_limit, 1))
        newest = [each.name for each in above(people, customer.user_limit)][:_NAMED]
        price = price_of(customer, workflow)
        return dataclasses.replace(
            facts,
            subject="the users of your account",
            reason=(
                f"{counted} individual users use the service, and the order names {customer.user_limit}"
                + (f"; the newest: {', '.join(newest)}" if newest else "")
            ),
            asks=f"order {over} more, or take {over} away",
            amount="" if price is None else f"{format_micros(price.micros)} {price.currency}".strip(),
        )

    def _count(self, store: RecordStore, customer: Customer, people: Sequence[Individual], order: Order | None) -> int:
        """How many there are: by the record of people, else as the finding counted them."""
        found = self._finding_of(order.finding_id) if order is not None else None
        if people or found is None or PEOPLE.find(store, customer=customer.id, limit=1):
            return len(people)
        values = {name: measured.value for name, measured in found.features.items()}
        counts = [value for name in _COUNTED if isinstance(value := values.get(name), int | float)]
        left = values.get("left")
        return round(max(counts, default=0) - (left if isinstance(left, int | float) else 0))

    def cured(self, store: RecordStore, deadline: Deadline, at_us: int) -> str:
        """How the customer has settled it, as half a sentence; empty while it has not."""
        customer = self._letters.customer(deadline.customer)
        if customer is None:
            return ""
        if customer.user_limit is None:
            return "your order names no number of users any more"
        order = ORDERS.get(store, deadline.fact.partition(":")[2])
        people = present(store, customer, at_us, deadline.from_us)
        count = self._count(store, customer, people, None if order is None else order.noun)
        if count > customer.user_limit:
            return ""
        ordered = [kept.noun for kept in ORDER_CHANGES.find(store, customer=customer.id) if "user_limit" in kept.noun.fields]
        newer = [change for change in ordered if change.at_us >= deadline.from_us]
        if newer:
            last = max(newer, key=lambda change: change.at_us)
            return f"{users(customer.user_limit)} are ordered since {day_of(last.at_us)}, and {count} use the service"
        return f"{users(count)} are left, and your order names {customer.user_limit}"

    def work(self, store: RecordStore, kept: Kept[Deadline], at_us: int) -> tuple[list[RecordChange], list[Order]]:
        """What is to be written for a deadline now, and the orders that are wanted and not on record.

        Called again and again while the matter is not settled: nothing happens twice.
        """
        case = self._case(store, kept.noun, at_us)
        if case is None:
            return [], []
        changes = [*freed(store, case, self._letters), *told_of_blocks(store, case, self._letters)]
        after = case.deadline
        if after.state == "missed":
            after, lines = billed(store, case, self._letters)
            changes += lines
            outcome = self.cured(store, case.deadline, at_us)
            if outcome:
                # Late, and before anything was done: it counts.
                untouched = not any(each.noun.began for each in case.orders)
                after = met(after, outcome, at_us, late=True) if untouched else settled(after, outcome, at_us)
                changes += self.thank(store, after, f"{outcome}; it came after the time was up", at_us)
        if after != case.deadline:
            action = "settle" if after.settled else "meet" if after.state == "met" else "charge"
            changes.insert(0, DEADLINES.change(kept, after, at_us=at_us, by=SELF, action=action, why=after.outcome))
        return changes, wanted_blocks(case)

    def released(self, store: RecordStore, deadline: Deadline, at_us: int) -> list[RecordChange]:
        """Of a deadline that was met: blocks that are not needed any more."""
        case = self._case(store, deadline, at_us)
        return [] if case is None else freed(store, case, self._letters)

    def thank(self, store: RecordStore, deadline: Deadline, outcome: str, at_us: int) -> list[RecordChange]:
        """The letter that says that it is settled."""
        case = self._case(store, deadline, at_us)
        return [] if case is None else self._letters.write(store, case.occasion("", "cured", outcome=outcome), at_us)

    def _case(self, store: RecordStore, deadline: Deadline, at_us: int) -> LimitCase | None:
        customer = self._letters.customer(deadline.customer)
        if customer is None:
            return None
        people = present(store, customer, at_us, deadline.from_us)
        return LimitCase(
            deadline=deadline,
            customer=customer,
            pack=self._letters.pack(deadline.policy),
            over=[] if customer.user_limit is None else above(people, customer.user_limit),
            orders=orders_of(store, deadline),
            at_us=at_us,
        )


def users(count: int) -> str:
    """`1 user`, `2 users`."""
    return f"{count} user{'' if count == 1 else 's'}"
