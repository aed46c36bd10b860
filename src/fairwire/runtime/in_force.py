"""Orders in force, at hand for each call, and how many calls of a throttled target were let through."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from fairwire.decisions.orders import bites
from fairwire.model.decision import CallFacts
from fairwire.model.instants import MINUTE_US
from fairwire.model.order import Order
from fairwire.ports.records import RecordStore
from fairwire.runtime.registers import ORDERS

STEPS = frozenset({"step_up", "throttle", "block", "suspend_outbound", "suspend", "terminate"})
"""Steps that change what a call is answered."""


class InForce:
    """Orders of each customer that may touch a call. `read` may run on another thread than everything else."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._mark = -1
        self._of: Mapping[str, Sequence[Order]] = {}
        self._let: dict[tuple[str, str], deque[int]] = {}

    def read(self) -> None:
        """Read them again if anything was saved since.

        Raises
        ------
        StoreError
            The store cannot be read; what was read before stays.
        """
        mark = self._records.mark("order")
        if mark == self._mark:
            return
        found: dict[str, list[Order]] = {}
        for kept in ORDERS.find(self._records, states=["in_force"]):
            if kept.noun.step in STEPS:
                found.setdefault(kept.noun.customer, []).append(kept.noun)
        self._of, self._mark = found, mark

    def of(self, customer: str) -> Sequence[Order]:
        """The orders about a customer, in force or not yet over."""
        return self._of.get(customer, ())

    def recent(self, orders: Sequence[Order], now_us: int) -> dict[str, int]:
        """Target -> calls that were let through in the last minute, for each target that an order throttles."""
        told: dict[str, int] = {}
        for order in orders:
            if order.step == "throttle" and bites(order, now_us, dry_run=False):
                let = self._let.setdefault((order.customer, order.target), deque())
                while let and let[0] <= now_us - MINUTE_US:
                    let.popleft()
                told[order.target] = len(let)
        return told

    def connected(self, call: CallFacts, now_us: int) -> None:
        """A call went through: it counts for the throttles that it is under."""
        for target in call.recent_calls:
            self._let[call.customer, target].append(now_us)
