"""What a customer has spent when a call of it is decided: what was charged, and what calls in progress have run up."""

from __future__ import annotations

import msgspec
import numpy as np

from fairwire.decisions.packs import PackDecision
from fairwire.decisions.spending import is_new, last_new_day
from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import day_rows
from fairwire.runtime.facts import opened_day
from fairwire.runtime.plans import Plan
from fairwire.runtime.stream import Stream, Taken


class Spent(msgspec.Struct, frozen=True, gc=False):
    """In micro-units. None where nobody asks for it."""

    month: int | None
    day: int | None
    a_minute: int
    """What the customer's other calls in progress run up in a minute."""


NOTHING = Spent(None, None, 0)
_NEVER, _ALWAYS = -(2**62), 2**62


class Spending:
    """Knows which features of a plan count the charges of calls."""

    def __init__(self, plan: Plan) -> None:
        features = {rule.detector: rule.features.get("charged") for rule in plan.program.rules}
        self._month = features.get("limits.monthly_charges")
        self._day = features.get("limits.daily_charges")

    def warm(self, kernel: Kernel) -> None:
        """Load compiled code now: the compiler's lock may be held when a call comes."""
        if self._month is not None:
            kernel.month_total(self._month, 0, 0)

    def month_of(self, stream: Stream, customers: CustomerTable, customer: str, at_us: int) -> int | None:
        """Charges of the month of a customer so far, and what its calls in progress have run up; None where nobody counts."""
        row = customers.rows.get(customer)
        if row is None or self._month is None:
            return None
        (at_home,) = day_rows(np.array([row], dtype=np.int64), customers, at_us)
        key = customers.of_row(row)[0]
        charged = stream.kernel.month_total(self._month, key, int(at_home[COLUMN_INDEX["local_month"]]))
        return charged + stream.running.cost(key, at_us)[0]

    def asks_until(self, customer: Customer, pack: PackDecision) -> int:
        """The last day, in the customer's zone, on which `of` counts anything for its calls; one before all days where it never
        does, and one behind them where it always does."""
        if customer.daily_charge_limit is not None and self._day is not None:
            return _ALWAYS
        if customer.monthly_charge_limit is not None and self._month is not None:
            return _ALWAYS
        if self._day is None:
            return _NEVER
        return last_new_day(opened_day(customer.opened), pack)

    def of(
        self, stream: Stream, customers: CustomerTable, row: int, at_us: int, taken: Taken, pack: PackDecision, call: int
    ) -> Spent:
        """Charges of the month and of the day of a customer.

        Parameters
        ----------
        taken
            What `stream.take_one` gave for the attempt that is decided.
        call
            Key of that call, which is reckoned by itself.
        """
        customer = customers.customers[row]
        in_month = self._month if customer.monthly_charge_limit is not None else None
        # The cap of a new account ends with a day: it is not asked about behind it, nor a day before, whatever the zones.
        today = taken.local_day if taken.local_day is not None else at_us // DAY_US - 1
        capped = customer.daily_charge_limit is not None or is_new(opened_day(customer.opened), today, pack)
        in_day = self._day if capped else None
        if in_month is None and in_day is None:
            return NOTHING
        month, day = taken.local_month, taken.local_day
        if month is None or day is None:
            (at_home,) = day_rows(np.array([row], dtype=np.int64), customers, at_us)
            month, day = int(at_home[COLUMN_INDEX["local_month"]]), int(at_home[COLUMN_INDEX["local_day"]])
        key = customers.of_row(row)[0]
        running, a_minute = stream.running.cost(key, at_us)
        total = stream.kernel.month_total
        return Spent(
            None if in_month is None else total(in_month, key, month) + running,
            None if in_day is None else total(in_day, key, day) + running,
            max(0, a_minute - stream.running.rate_of(call)),
        )
