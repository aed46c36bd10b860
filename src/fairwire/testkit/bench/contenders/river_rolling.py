"""river: a `TimeRolling` sum for each window of each subject, updated event by event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any

import numpy as np

from fairwire.testkit.bench.contender import Ready, missing_packages
from fairwire.testkit.bench.features import ANSWERED, ATTEMPT, ENDED, FEATURES, SHORT_MS, Floats, Subject, Trace, What

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_SUMMED: tuple[What, ...] = ("attempts", "answers", "international", "talk", "charge")
_SHARES: dict[What, tuple[str, str]] = {"answered": ("answered", "ended"), "short": ("short", "answered")}


class _Subjects:
    """The windows of every customer, or of every line."""

    def __init__(self, subject: Subject) -> None:
        from river import stats, utils

        self._rolling: Any = utils.TimeRolling
        self._sum: Any = stats.Sum
        mine = [(column, feature) for column, feature in enumerate(FEATURES) if feature.subject == subject]
        # One window for each amount and span: two features may read the same.
        wanted: dict[tuple[str, int], int] = {}

        def window(amount: str, seconds: int) -> int:
            return wanted.setdefault((amount, seconds), len(wanted))

        self._sums = [(column, window(one.what, one.seconds), one.scale) for column, one in mine if one.what in _SUMMED]
        self._shares = [
            (column, *(window(amount, one.seconds) for amount in _SHARES[one.what]))
            for column, one in mine
            if one.what in _SHARES
        ]
        self._active = next(column for column, one in mine if one.what == "active")
        # river leaves out what happened exactly one window ago; the others count it.
        self._windows = [(amount, timedelta(seconds=seconds, microseconds=1)) for amount, seconds in wanted]
        self._of: dict[int, tuple[list[tuple[str, Any]], Any]] = {}

    def step(self, key: int, t: datetime, amounts: dict[str, int], step: int, found: list[float]) -> None:
        """Update the windows of a subject, and read its features."""
        mine = self._of.get(key)
        if mine is None:
            windows = [(amount, self._rolling(self._sum, period=period)) for amount, period in self._windows]
            mine = self._of[key] = (windows, self._sum())
        windows, active = mine
        for amount, window in windows:
            window.update(amounts[amount], t=t)
        active.update(step)
        for column, place, scale in self._sums:
            found[column] = windows[place][1].get() / scale
        for column, above, below in self._shares:
            total = windows[below][1].get()
            found[column] = windows[above][1].get() / total if total else nan
        found[self._active] = active.get()


class _Loop:
    def __init__(self, trace: Trace) -> None:
        self._times = [_EPOCH + timedelta(microseconds=at) for at in trace["at"].tolist()]
        kind = trace["kind"]
        ended = kind == ENDED
        amounts = {
            "attempts": kind == ATTEMPT,
            "answers": kind == ANSWERED,
            "international": (kind == ATTEMPT) & (trace["international"] == 1),
            "talk": trace["talk_ms"],
            "charge": trace["charge"],
            "ended": ended,
            "answered": ended & (trace["answered"] == 1),
            "short": ended & (trace["answered"] == 1) & (trace["talk_ms"] <= SHORT_MS),
        }
        columns = [column.astype(np.int64).tolist() for column in amounts.values()]
        self._amounts = [dict(zip(amounts, values, strict=True)) for values in zip(*columns, strict=True)]
        self._steps = ((kind == ATTEMPT).astype(np.int64) - ended).tolist()
        self._customers, self._lines = trace["customer"].tolist(), trace["line"].tolist()

    def run(self) -> None:
        self._loop(None)

    def values(self) -> Floats:
        out: Floats = np.empty((len(self._times), len(FEATURES)))
        self._loop(out)
        return out

    def _loop(self, out: Floats | None) -> None:
        customers, lines = _Subjects("customer"), _Subjects("line")
        found = [nan] * len(FEATURES)
        events = zip(self._times, self._customers, self._lines, self._amounts, self._steps, strict=True)
        for row, (t, customer, line, amounts, step) in enumerate(events):
            customers.step(customer, t, amounts, step, found)
            lines.step(line, t, amounts, step, found)
            if out is not None:
                out[row] = found


class RiverRolling:
    """A library for learning from streams: event by event, in Python."""

    name = "river TimeRolling"
    packages: tuple[str, ...] = ("river",)
    threads: tuple[int, ...] = (1,)
    share = 0.02
    elsewhere = False
    cannot: Mapping[str, str] = {
        "callees": "river has no statistic of different values that can forget, so none over a window of time",
    }

    def missing(self) -> str:
        return missing_packages(self.name, self.packages)

    def open(self, trace: Trace, threads: int) -> Ready:
        return _Loop(trace)


CONTENDER = RiverRolling()
