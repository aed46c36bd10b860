"""Events come customer by customer and leave in time order, with bounded memory: a spill file for each hour in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.testkit.simulate.calls import CALL, HOUR_MS, Calls, Ints, blank, joined
from fairwire.testkit.simulate.rows import LINE, NO_LINES, Lines, from_blob

Feed = Literal["cdr", "full"]
FEEDS: tuple[str, ...] = get_args(Feed)
ATTEMPT, ANSWERED, ENDED = 0, 1, 2
ROWS_IN_MEMORY = 1_000_000
BYTES_IN_MEMORY = 128_000_000
SLOT_MS = HOUR_MS
"""What happens in so long is in memory at once when it is written."""


class Spool:
    """Calls sorted into the hour in which they start.

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
        slot = calls["start"] // SLOT_MS
        order = np.argsort(slot, kind="stable")
        slots, begins = np.unique(slot[order], return_index=True)
        for this, part in zip(slots.tolist(), np.split(calls[order], begins[1:]), strict=True):
            self._held.setdefault(this, []).append(part)
        self._rows += len(calls)
        if self._rows > self._limit:
            self._spill()

    def _spill(self) -> None:
        for slot, parts in self._held.items():
            with (self._folder / f"{slot}.calls").open("ab") as out:
                joined(parts).tofile(out)
            self._spilled.add(slot)
        self._held.clear()
        self._rows = 0

    def slots(self) -> set[int]:
        """The slots that have calls."""
        return self._spilled | set(self._held)

    def slot(self, slot: int) -> Calls:
        """All calls of one slot; what was spilled is deleted behind."""
        parts = self._held.pop(slot, [])
        if slot in self._spilled:
            self._spilled.remove(slot)
            path = self._folder / f"{slot}.calls"
            parts = [np.fromfile(path, dtype=CALL), *parts]
            path.unlink()
        return joined(parts)


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


class LineSpool:
    """Lines sorted into the hour in which they are, as `Spool` sorts calls.

    Parameters
    ----------
    folder
        Where to spill when more than `bytes_in_memory` are held. It must exist.
    bytes_in_memory
        Bytes of text to hold before the first spill.
    """

    def __init__(self, folder: Path, *, bytes_in_memory: int = BYTES_IN_MEMORY) -> None:
        self._folder = folder
        self._limit = bytes_in_memory
        self._held: dict[int, list[Lines]] = {}
        self._bytes = 0
        self._spilled: set[int] = set()

    def add(self, lines: Lines) -> None:
        """Take the lines of one customer, in the order of time."""
        if not len(lines):
            return
        slots, begins = np.unique(lines.index["time"] // SLOT_MS, return_index=True)
        for this, begin, end in zip(slots.tolist(), begins.tolist(), [*begins.tolist()[1:], len(lines)], strict=True):
            self._held.setdefault(this, []).append(lines.part(begin, end))
        self._bytes += int(lines.index["length"].sum())
        if self._bytes > self._limit:
            self._spill()

    def _spill(self) -> None:
        for slot, parts in self._held.items():
            with (self._folder / f"{slot}.index").open("ab") as index, (self._folder / f"{slot}.lines").open("ab") as texts:
                for part in parts:
                    part.index.tofile(index)
                    texts.write(part.blob())
            self._spilled.add(slot)
        self._held.clear()
        self._bytes = 0

    def slots(self) -> set[int]:
        """The slots that have lines."""
        return self._spilled | set(self._held)

    def slot(self, slot: int) -> Lines:
        """All lines of one slot in order; what was spilled is deleted behind."""
        parts = self._held.pop(slot, [])
        if slot in self._spilled:
            self._spilled.remove(slot)
            parts = [self._read(slot), *parts]
        if not parts:
            return NO_LINES
        return Lines(np.concatenate([part.index for part in parts]), pa.concat_arrays([part.texts for part in parts])).in_order()

    def _read(self, slot: int) -> Lines:
        index_path, text_path = self._folder / f"{slot}.index", self._folder / f"{slot}.lines"
        index = np.fromfile(index_path, dtype=LINE)
        lines = from_blob(index, text_path.read_bytes())
        index_path.unlink()
        text_path.unlink()
        return lines


class Stretch:
    """What happens in one stretch of time: events of calls, and lines of everything else, each in order."""

    __slots__ = ("batch", "lines")

    def __init__(self, batch: Batch, lines: Lines) -> None:
        self.batch, self.lines = batch, lines

    def __len__(self) -> int:
        return len(self.batch) + len(self.lines)

    def order(self) -> Ints:
        """Where each event stands among all: places in the calls followed by the lines. Calls come first in a tie."""
        return np.argsort(np.concatenate((self.batch.time(), self.lines.index["time"])), kind="stable")

    def pieces(self, most: int) -> Iterator[Stretch]:
        """The same in stretches of at most `most` events."""
        order, calls = self.order(), len(self.batch)
        done = np.zeros(2, dtype=np.int64)
        for begin in range(0, len(order), most):
            chosen = order[begin : begin + most]
            of_calls = int((chosen < calls).sum())
            upto = done + np.array((of_calls, len(chosen) - of_calls))
            yield Stretch(self.batch.part(slice(int(done[0]), int(upto[0]))), self.lines.part(int(done[1]), int(upto[1])))
            done = upto


def in_time_order(spool: Spool, lines: LineSpool, feed: Feed) -> Iterator[Stretch]:
    """Everything slot after slot, each in its place: what ends later waits for its slot. Ties: by customer, call and phase."""
    waiting = Batch(blank(0), np.zeros(0, dtype=np.uint8))
    for slot in sorted(spool.slots() | lines.slots()):
        fresh = _events(spool.slot(slot), feed)
        batch = Batch(joined([waiting.calls, fresh.calls]), np.concatenate((waiting.phase, fresh.phase)))
        due = batch.time() < (slot + 1) * SLOT_MS
        waiting = batch.part(~due)
        yield Stretch(_sorted(batch.part(due)), lines.slot(slot))
    if len(waiting):
        yield Stretch(_sorted(waiting), NO_LINES)


def _sorted(batch: Batch) -> Batch:
    return batch.part(np.lexsort((batch.phase, batch.calls["seq"], batch.calls["customer"], batch.time())))
