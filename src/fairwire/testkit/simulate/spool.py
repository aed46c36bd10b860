"""Calls come customer by customer and leave in time order, with bounded memory: a spill file for each day in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from fairwire.testkit.simulate.calls import CALL, DAY_MS, Calls, Ints, blank, joined

Feed = Literal["cdr", "full"]
FEEDS: tuple[str, ...] = get_args(Feed)
ATTEMPT, ANSWERED, ENDED = 0, 1, 2
ROWS_IN_MEMORY = 2_000_000


class Spool:
    """Calls sorted into the UTC day of their start.

    Parameters
    ----------
    folder
        Where to spill when more than `rows_in_memory` calls are held. It must exist.
    rows_in_memory
        Calls to hold before the first spill.
    """

    def __init__(self, folder: Path, *, rows_in_memory: int = ROWS_IN_MEMORY) -> None:
        self._folder = folder
        self._limit = rows_in_memory
        self._held: dict[int, list[Calls]] = {}
        self._rows = 0
        self._spilled: set[int] = set()

    def add(self, calls: Calls) -> None:
        """Take the calls of one customer."""
        if not len(calls):
            return
        day = calls["start"] // DAY_MS
        order = np.argsort(day, kind="stable")
        days, begins = np.unique(day[order], return_index=True)
        for this, part in zip(days.tolist(), np.split(calls[order], begins[1:]), strict=True):
            self._held.setdefault(this, []).append(part)
        self._rows += len(calls)
        if self._rows > self._limit:
            self._spill()

    def _spill(self) -> None:
        for day, parts in self._held.items():
            with (self._folder / f"{day}.calls").open("ab") as out:
                joined(parts).tofile(out)
            self._spilled.add(day)
        self._held.clear()
        self._rows = 0

    def days(self) -> Iterator[tuple[int, Calls]]:
        """Every day that has calls, in order, with all of them; what was spilled is deleted behind."""
        for day in sorted(self._spilled | set(self._held)):
            parts = self._held.pop(day, [])
            if day in self._spilled:
                path = self._folder / f"{day}.calls"
                parts = [np.fromfile(path, dtype=CALL), *parts]
                path.unlink()
            yield day, joined(parts)


class Batch:
    """Events of one stretch of time in order: a call and a phase (attempt, answered, ended) for each."""

    __slots__ = ("calls", "phase")

    def __init__(self, calls: Calls, phase: npt.NDArray[np.uint8]) -> None:
        self.calls, self.phase = calls, phase

    def __len__(self) -> int:
        return len(self.calls)

    def time(self) -> Ints:
        """When each event happens, milliseconds."""
        time: Ints = np.where(
            self.phase == ENDED, self.calls["end"], np.where(self.phase == ANSWERED, self.calls["answer"], self.calls["start"])
        )
        return time

    def part(self, which: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> Batch:
        """Some of the events."""
        return Batch(self.calls[which], self.phase[which])


def _events(calls: Calls, feed: Feed) -> Batch:
    if feed == "cdr":
        return Batch(calls, np.full(len(calls), ENDED, dtype=np.uint8))
    talked = calls[calls["answer"] >= 0]
    phases = (np.full(len(calls), ATTEMPT), np.full(len(talked), ANSWERED), np.full(len(calls), ENDED))
    return Batch(joined([calls, talked, calls]), np.concatenate(phases).astype(np.uint8))


def in_time_order(spool: Spool, feed: Feed) -> Iterator[Batch]:
    """Events day by day, each in its place: what ends after midnight waits for its day. Ties go by customer, call and phase."""
    waiting = Batch(blank(0), np.zeros(0, dtype=np.uint8))
    for day, calls in spool.days():
        fresh = _events(calls, feed)
        batch = Batch(joined([waiting.calls, fresh.calls]), np.concatenate((waiting.phase, fresh.phase)))
        due = batch.time() < (day + 1) * DAY_MS
        waiting = batch.part(~due)
        yield _sorted(batch.part(due))
    if len(waiting):
        yield _sorted(waiting)


def _sorted(batch: Batch) -> Batch:
    return batch.part(np.lexsort((batch.phase, batch.calls["seq"], batch.calls["customer"], batch.time())))
