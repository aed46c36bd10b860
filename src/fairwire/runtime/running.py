"""Calls in progress that cost money: what they have run up so far, and what they run up a minute.

Charges come with the ends of calls, which is too late for one that runs for hours. A call is entered when it is asked for, begins
to cost when it is answered, and leaves when it ends; one whose end was lost leaves after some hours. All amounts are whole
micro-units.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.model.instants import HOUR_US, MINUTE_US

Words = npt.NDArray[np.int64]
LOST_US = 4 * HOUR_US
"""After this a call has ended and nobody told us: the span of `limits.concurrent_calls`, so that both forget it together."""
_RINGING = 0


class RunningCalls:
    """The calls in progress of all customers, by their key in the intake. Each event is handed in once, in any order."""

    def __init__(self) -> None:
        self._calls: dict[int, tuple[int, int, int, int]] = {}
        """Call -> customer's key, micro-units a minute, asked for at, answered at (0: it rings). Oldest first."""
        self._of: dict[int, set[int]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def asked(self, call: int, customer: int, rate_micros: int, at_us: int) -> None:
        """A call that will cost `rate_micros` a minute was asked for."""
        if call not in self._calls:
            self._calls[call] = (customer, rate_micros, at_us, _RINGING)
            self._of.setdefault(customer, set()).add(call)
            self._forget(at_us)

    def answered(self, call: int, at_us: int) -> None:
        """It was answered; not told of a call that is not known."""
        known = self._calls.get(call)
        if known is not None and known[3] == _RINGING:
            self._calls[call] = (*known[:3], at_us)

    def ended(self, call: int) -> None:
        """It is over; what it cost comes with the event that said so."""
        known = self._calls.pop(call, None)
        if known is not None:
            mine = self._of[known[0]]
            mine.discard(call)
            if not mine:
                del self._of[known[0]]

    def cost(self, customer: int, now_us: int) -> tuple[int, int]:
        """Micro-units that a customer's calls have run up by now, and those they all run up in one more minute."""
        mine = self._of.get(customer)
        if not mine:
            return 0, 0
        charged = a_minute = 0
        for call in mine:
            _, rate, asked, answered = self._calls[call]
            if now_us - asked > LOST_US:
                continue
            a_minute += rate
            if answered != _RINGING and now_us > answered:
                charged += rate * (now_us - answered)
        return charged // MINUTE_US, a_minute

    def rate_of(self, call: int) -> int:
        """Micro-units a minute of one call; 0 when it is not in progress, or free."""
        known = self._calls.get(call)
        return 0 if known is None else known[1]

    def _forget(self, now_us: int) -> None:
        """Let go of the oldest ones when they are lost: two at a time keep up with one that comes."""
        for _ in range(2):
            oldest = next(iter(self._calls), None)
            if oldest is None or now_us - self._calls[oldest][2] <= LOST_US:
                return
            self.ended(oldest)

    def array(self) -> Words:
        """All of it, shape (calls, 5): call, customer's key, micro-units a minute, asked at, answered at; oldest first."""
        rows = [(call, *told) for call, told in self._calls.items()]
        return np.array(rows, dtype=np.int64).reshape(-1, 5)

    def restore(self, rows: Words) -> None:
        """Go on from what `array` gave."""
        self._calls = {call: (customer, rate, asked, answered) for call, customer, rate, asked, answered in rows.tolist()}
        self._of = {}
        for call, (customer, *_) in self._calls.items():
            self._of.setdefault(customer, set()).add(call)
