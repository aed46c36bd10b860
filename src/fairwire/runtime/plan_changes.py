"""Changes of plan that orders ask for: the customer is on another plan while the order is in force, and back on its own after.

Worked out from the orders again and again, so it does not matter where one began or ended, and a crash in between changes
nothing. What the customer has ordered for itself meanwhile stays: the way back holds only where the plan is still the one that
we set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from fairwire.model.customers import Customer
from fairwire.model.errors import FairwireError
from fairwire.model.order import Order
from fairwire.model.records import RecordChange
from fairwire.ports.records import Conflict, RecordStore
from fairwire.runtime.clock_registers import ORDER_CHANGES
from fairwire.runtime.ordered import Ordered, order_change
from fairwire.runtime.registers import ORDERS

notices = structlog.get_logger()

SELF = "fairwire"


class PlanChanges:
    """Keeps plans as orders want them.

    Parameters
    ----------
    records
        Where orders, and what customers ordered, are on record.
    ordered
        Customer records as they are now.
    """

    def __init__(self, records: RecordStore, ordered: Ordered) -> None:
        self._records = records
        self._ordered = ordered
        self._mark = -1

    def run_due(self, now_us: int) -> None:
        """Do what is due. From one thread at a time."""
        mark = self._records.mark(ORDERS.kind)
        if mark == self._mark:
            return
        for kept in ORDERS.find(self._records, states=["in_force", "lifted", "expired", "overturned"]):
            if kept.noun.step == "change_plan" and kept.noun.value:
                self._settle(kept.noun, now_us)
        self._mark = mark

    def _settle(self, order: Order, now_us: int) -> None:
        customer = self._ordered.customer(order.customer)
        if customer is None or order.value is None:
            return
        there = self._made(customer, order.value, order, f"order {order.order_id}", now_us)
        if order.state == "in_force":
            self._write(there)
            return
        # The way back has a name of its own, and goes only where the way there was taken.
        made = [kept.noun for kept in ORDER_CHANGES.find(self._records, customer=order.customer)]
        changed = next((one for one in made if one.evidence == f"order {order.order_id}"), None)
        if changed is not None and customer.plan == order.value:
            before = bytes(changed.before["plan"]).decode().strip('"')
            self._write(self._made(customer, before, order, f"end of order {order.order_id}", now_us))

    def _made(
        self, customer: Customer, plan: str, order: Order, evidence: str, now_us: int
    ) -> Callable[[RecordStore], Sequence[RecordChange]]:
        def decide(inside: RecordStore) -> Sequence[RecordChange]:
            change, made = order_change(customer, {"plan": plan}, by=order.author, evidence=evidence, at_us=now_us)
            return () if ORDER_CHANGES.get(inside, made.change_id) is not None else [change]

        return decide

    def _write(self, decide: Callable[[RecordStore], Sequence[RecordChange]]) -> None:
        try:
            self._records.act(decide)
        except Conflict:
            pass
        except FairwireError as error:
            notices.error("a plan is not changed", reason=error.sentence())
