"""A Python loop over lists and dictionaries, as one would write it by hand to be quick and exact.

Each subject keeps its events once; every window is a pointer into them and running totals. The same loop with `panes` keeps
windows as the kernel does, and so tells what the kernel must say, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

import numpy as np

from fairwire.testkit.bench.contender import Ready
from fairwire.testkit.bench.features import ATTEMPT, ENDED, FEATURES, SHORT_MS, SPANS, Floats, Subject, Trace

# What a window sums up; the place in `_Window.totals` and in the amounts of an event.
_ATTEMPTS, _ANSWERS, _INTERNATIONAL, _TALK, _CHARGE, _ENDED, _ANSWERED, _SHORT = range(8)
_TOTALS = {
    "attempts": _ATTEMPTS,
    "answers": _ANSWERS,
    "international": _INTERNATIONAL,
    "talk": _TALK,
    "charge": _CHARGE,
}
_SHARES = {"answered": (_ANSWERED, _ENDED), "short": (_SHORT, _ANSWERED)}
_COMPACT = 4096
"""Events that have left every window are dropped when there are so many."""


class _Window:
    """A pointer to the oldest event inside, the totals of all inside, and how often each number was called."""

    __slots__ = ("callees", "counts_callees", "first", "pane_us", "panes", "span_us", "totals")

    def __init__(self, span: str, counts_callees: bool, shorter: bool) -> None:
        seconds, self.panes = SPANS[span]
        self.span_us = seconds * 1_000_000
        self.pane_us = self.span_us // self.panes
        if shorter:
            self.span_us -= self.pane_us
        self.first = 0
        self.totals = [0] * 8
        self.callees: dict[int, int] = {}
        self.counts_callees = counts_callees


class _Subject:
    """The events of one customer or line, its windows, and its calls in progress."""

    __slots__ = ("active", "events", "windows")

    def __init__(self, spans: tuple[tuple[str, bool], ...], shorter: bool) -> None:
        self.events: list[tuple[int, int, tuple[int, ...]]] = []
        self.windows = [_Window(span, counts, shorter) for span, counts in spans]
        self.active = 0

    def move(self, at: int, callee: int, amounts: tuple[int, ...], panes: bool) -> None:
        """Take an event in, and what is too old out of every window."""
        events = self.events
        events.append((at, callee, amounts))
        for window in self.windows:
            totals = window.totals
            for place, amount in enumerate(amounts):
                if amount:
                    totals[place] += amount
            if callee and window.counts_callees:
                window.callees[callee] = window.callees.get(callee, 0) + 1
            since = (at // window.pane_us - window.panes + 1) * window.pane_us if panes else at - window.span_us
            first = window.first
            while events[first][0] < since:
                _, gone, leaving = events[first]
                for place, amount in enumerate(leaving):
                    if amount:
                        totals[place] -= amount
                if gone and window.counts_callees:
                    left = window.callees[gone] - 1
                    if left:
                        window.callees[gone] = left
                    else:
                        del window.callees[gone]
                first += 1
            window.first = first
        oldest = min(window.first for window in self.windows)
        if oldest > _COMPACT:
            del events[:oldest]
            for window in self.windows:
                window.first -= oldest


def _spans(subject: Subject) -> tuple[tuple[str, bool], ...]:
    """The windows of a subject, and which of them count numbers."""
    counting = {feature.span for feature in FEATURES if feature.subject == subject and feature.what == "callees"}
    named = dict.fromkeys(feature.span for feature in FEATURES if feature.subject == subject and feature.what != "active")
    return tuple((span, span in counting) for span in named)


class _Reading:
    """Where the features of a subject stand in its windows, so that reading them is four comprehensions."""

    def __init__(self, subject: Subject, spans: tuple[tuple[str, bool], ...]) -> None:
        window = {span: place for place, (span, _) in enumerate(spans)}
        mine = [(column, feature) for column, feature in enumerate(FEATURES) if feature.subject == subject]
        sums = [(column, one) for column, one in mine if one.what in _TOTALS]
        shares = [(column, one) for column, one in mine if one.what in _SHARES]
        distinct = [(column, one) for column, one in mine if one.what == "callees"]
        active = [(column, one) for column, one in mine if one.what == "active"]
        self.columns = [column for column, _ in sums + shares + distinct + active]
        self._sums = [(window[one.span], _TOTALS[one.what], one.scale) for _, one in sums]
        self._shares = [(window[one.span], *_SHARES[one.what]) for _, one in shares]
        self._distinct = [window[one.span] for _, one in distinct]

    def read(self, subject: _Subject) -> list[float]:
        windows = subject.windows
        totals = [window.totals for window in windows]
        found = [totals[window][place] / scale for window, place, scale in self._sums]
        found += [totals[window][a] / totals[window][b] if totals[window][b] else nan for window, a, b in self._shares]
        found += [len(windows[window].callees) for window in self._distinct]
        found.append(subject.active)
        return found


class Loop:
    """The loop over a trace; `shorter` takes the oldest pane off every window."""

    def __init__(self, trace: Trace, *, panes: bool = False, shorter: bool = False) -> None:
        self._panes, self._shorter = panes, shorter
        self._spans = {subject: _spans(subject) for subject in ("customer", "line")}
        names = ("at", "kind", "customer", "line", "callee", "international", "answered", "talk_ms", "charge")
        self._events = list(zip(*(trace[name].tolist() for name in names), strict=True))

    def run(self) -> None:
        self._loop(None)

    def values(self) -> Floats:
        out: Floats = np.empty((len(self._events), len(FEATURES)))
        self._loop(out)
        return out

    def _loop(self, out: Floats | None) -> None:
        customers: dict[int, _Subject] = {}
        lines: dict[int, _Subject] = {}
        spans, panes = self._spans, self._panes
        of_customer, of_line = (_Reading(subject, spans[subject]) for subject in ("customer", "line"))
        columns = of_customer.columns + of_line.columns
        for row, (at, kind, customer, line, callee, abroad, answered, talk_ms, charge) in enumerate(self._events):
            ended = kind == ENDED
            attempt = kind == ATTEMPT
            short = answered if talk_ms <= SHORT_MS else 0
            amounts = (
                (1, 0, abroad, 0, 0, 0, 0, 0)
                if attempt
                else (0, 0, 0, talk_ms, charge, 1, answered, short)
                if ended
                else (0, 1, 0, 0, 0, 0, 0, 0)
            )
            called = callee if attempt else 0
            step = 1 if attempt else -1 if ended else 0
            by_customer = customers.get(customer)
            if by_customer is None:
                by_customer = customers[customer] = _Subject(spans["customer"], self._shorter)
            by_line = lines.get(line)
            if by_line is None:
                by_line = lines[line] = _Subject(spans["line"], self._shorter)
            by_customer.active += step
            by_customer.move(at, called, amounts, panes)
            by_line.active += step
            by_line.move(at, called, amounts, panes)
            found = of_customer.read(by_customer) + of_line.read(by_line)
            if out is not None:
                out[row, columns] = found


class PlainPython:
    """What one would write by hand. Exact to the microsecond."""

    name = "plain Python loop"
    packages: tuple[str, ...] = ()
    threads: tuple[int, ...] = (1,)
    share = 0.1
    elsewhere = False
    cannot: Mapping[str, str] = {}

    def missing(self) -> str:
        return ""

    def open(self, trace: Trace, threads: int) -> Ready:
        return Loop(trace)


CONTENDER = PlainPython()
