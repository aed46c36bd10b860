"""The thirty windowed features that all contenders compute, and the calls they compute them on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Trace = dict[str, Words]
"""Columns of events in order of time; no two at the same instant, so that a window means the same to everyone."""

What = Literal["attempts", "answers", "international", "talk", "charge", "answered", "short", "callees", "active"]
Subject = Literal["customer", "line"]

SPANS = {"10m": (600, 20), "1h": (3600, 20), "4h": (14_400, 48), "24h": (86_400, 24), "7d": (604_800, 28), "28d": (2_419_200, 28)}
"""Seconds of each window, and the panes in which the kernel keeps it."""
SHORT_MS = 6000
"""An answered call of at most so many milliseconds is a short one."""
DAY_S = 86_400
BEGIN_US = 1_770_000_000_000_000 // 86_400_000_000 * 86_400_000_000
ATTEMPT, ANSWERED, ENDED = 1, 2, 3
SCALES = {"talk": 1000.0, "charge": 1e6}
"""What a trace counts in milliseconds and in millionths, a feature tells in seconds and in units of currency."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: what is counted, of whom, over which window up to now, both ends included."""

    name: str
    subject: Subject
    what: What
    span: str

    @property
    def seconds(self) -> int:
        """Length of the window."""
        return SPANS[self.span][0]

    @property
    def pane_us(self) -> int:
        """What the kernel may miss of the oldest part of the window."""
        return SPANS[self.span][0] * 1_000_000 // SPANS[self.span][1]

    @property
    def scale(self) -> float:
        """What a total is divided by."""
        return SCALES.get(self.what, 1.0)

    @property
    def full_name(self) -> str:
        """`customer.talk_1h`."""
        return f"{self.subject}.{self.name}"


def _features() -> tuple[Feature, ...]:
    both: list[tuple[What, str]] = [
        ("attempts", "10m"),
        ("attempts", "1h"),
        ("attempts", "24h"),
        ("attempts", "7d"),
        ("international", "24h"),
        ("talk", "1h"),
        ("charge", "24h"),
        ("answered", "1h"),
        ("short", "24h"),
        ("callees", "24h"),
        ("active", "4h"),
    ]
    of_customers: list[tuple[What, str]] = [("attempts", "28d"), ("talk", "28d"), ("charge", "28d"), ("callees", "10m")]
    of_lines: list[tuple[What, str]] = [("answers", "24h"), ("talk", "7d"), ("charge", "7d"), ("callees", "7d")]
    plan: list[tuple[Subject, list[tuple[What, str]]]] = [("customer", both + of_customers), ("line", both + of_lines)]
    return tuple(
        Feature("active" if what == "active" else f"{what}_{span}", subject, what, span)
        for subject, chosen in plan
        for what, span in chosen
    )


FEATURES = _features()
"""In the order of the columns that every contender gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOrder:
    """How many events of how many customers in how many days; the same order gives the same trace."""

    events: int
    customers: int
    days: int = 30
    seed: int = 7

    def part(self, share: float) -> TraceOrder:
        """Fewer events of as many fewer customers: each window is as full as before, and an event costs what it did."""
        if share >= 1:
            return self
        customers = max(1, round(self.customers * share))
        return TraceOrder(
            events=max(1, round(self.events * customers / self.customers)), customers=customers, days=self.days, seed=self.seed
        )


def make_trace(order: TraceOrder) -> Trace:
    """Calls of busy and quiet customers in working hours, to numbers that recur."""
    dice = np.random.default_rng(order.seed)
    # A call gives 2.6 events on average and two at the least; some are too many, and the last events are cut off.
    calls = min((order.events + 1) // 2, int(order.events / 2.6 + math.sqrt(order.events)) + 1)
    weight = dice.lognormal(0, 1.2, order.customers)
    customer = dice.choice(order.customers, calls, p=weight / weight.sum())
    lines = 1 + dice.poisson(6, order.customers)
    line = customer * 100 + (dice.random(calls) * lines[customer]).astype(np.int64)
    busy = np.array([1] * 7 + [6, 12, 14, 14, 12, 10, 13, 14, 13, 12, 8] + [3] * 6)
    hour = dice.choice(24, calls, p=busy / busy.sum())
    second = dice.integers(0, order.days, calls) * DAY_S + hour * 3600
    start = BEGIN_US + second * 1_000_000 + dice.integers(0, 3_600_000_000, calls)
    answered = dice.random(calls) < 0.6
    ring = dice.integers(1_000_000, 25_000_000, calls)
    talk_ms = np.where(answered, dice.lognormal(11, 1.2, calls).astype(np.int64) % 7_200_000, 0)
    end = start + ring + talk_ms * 1000
    callee = 1 + customer * 1000 + np.minimum(dice.zipf(1.5, calls), 400)
    international = (dice.random(calls) < 0.05).astype(np.int64)
    charge = np.where(answered, talk_ms * 10 // 60, 0)
    which = np.concatenate([np.arange(calls), np.flatnonzero(answered), np.arange(calls)])
    kind = np.concatenate([np.full(calls, ATTEMPT), np.full(int(answered.sum()), ANSWERED), np.full(calls, ENDED)])
    at = np.concatenate([start, (start + ring)[answered], end])
    sequence = np.lexsort((kind, which, at))[: order.events]
    which, kind, at = which[sequence], kind[sequence], at[sequence]
    # One event at each microsecond: "up to now" then leaves nothing open.
    step = np.arange(len(at))
    at = np.maximum.accumulate(at - step) + step
    begun = np.zeros(calls, dtype=np.int64)
    begun[which[kind == ATTEMPT]] = at[kind == ATTEMPT]
    ended = kind == ENDED
    return {
        "at": at,
        "kind": kind,
        "call": which,
        "customer": customer[which],
        "line": line[which],
        "callee": callee[which],
        "international": international[which],
        "answered": np.where(ended, answered[which], 0),
        "talk_ms": np.where(ended, talk_ms[which], 0),
        "charge": np.where(ended, charge[which], 0),
        "start": begun[which],
    }
