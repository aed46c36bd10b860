"""Which hour it is where a number is: by its first seven digits, and only where all its possible zones agree."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import phonenumbers
from phonenumbers import NumberParseException
from phonenumbers import timezone as zones_of_numbers

from fairwire.model.columns import UNKNOWN
from fairwire.numbers.destination import BLOCK_DIGITS

Words = npt.NDArray[np.int64]
ZoneTable = Callable[[str], Sequence[tuple[int, int]]]
"""Zone -> (from this instant on, offset), both in microseconds, ascending."""

LAWFUL: Final = (8, 21)
"""Hours within which calls to people are lawful where the law is broadest: 47 CFR 64.1200(c)(1). Where a number may be in several
zones, its hour is said only when all are on one side of these bounds."""
_HOUR_US: Final = 3_600_000_000
_MOST_ZONES: Final = 64


class Zones:
    """Answers for numbers what libphonenumber and the zones' own tables say.

    Parameters
    ----------
    table
        Where the offsets of a zone come from; this package reads no files of zones.
    """

    def __init__(self, table: ZoneTable) -> None:
        self._table = table
        self._places: dict[tuple[str, ...], int] = {(): 0}
        self._sets: list[tuple[str, ...]] = [()]
        self._blocks: dict[str, int] = {}
        self._tables: dict[str, tuple[list[int], list[int]]] = {}

    def place(self, digits: str) -> int:
        """Number of the set of zones of E.164 digits: the same for all numbers that share their first seven. 0: not known."""
        block = digits[:BLOCK_DIGITS]
        found = self._blocks.get(block)
        if found is None:
            names = _zones(digits)
            found = self._places.get(names)
            if found is None:
                found = self._places[names] = len(self._sets)
                self._sets.append(names)
            if len(self._blocks) >= 1_000_000:
                self._blocks.clear()
            self._blocks[block] = found
        return found

    def hour(self, digits: str, at_us: int) -> int | None:
        """Hour, 0 to 23, where E.164 digits are at an instant; None when it cannot be told."""
        hour = _agreed(self._offsets(self.place(digits), at_us), at_us)
        return None if hour == UNKNOWN else hour

    def hours(self, places: Words, times: Words) -> Words:
        """`hour` for many: the sets of zones (`place`), and the instants. `UNKNOWN` where it cannot be told."""
        out: Words = np.full(len(places), UNKNOWN, dtype=np.int64)
        if not len(places):
            return out
        used = np.flatnonzero(np.bincount(places, minlength=1))
        first, last = int(times.min()), int(times.max())
        turns = {turn for place in used for turn in self._turns(int(place), first, last)}
        bounds = [first, *sorted(turns), last + 1]
        for low, high in pairwise(bounds):
            within = slice(None) if len(bounds) == 2 else np.flatnonzero((times >= low) & (times < high))
            out[within] = self._constant(places[within], times[within], low)
        return out

    def _constant(self, places: Words, times: Words, at_us: int) -> Words:
        """`hours` while no offset changes: one set of offsets is made for each set of zones."""
        offsets = np.full(len(self._sets), UNKNOWN, dtype=np.int64)
        several: list[int] = []
        for place in np.flatnonzero(np.bincount(places, minlength=1)).tolist():
            each = self._offsets(place, at_us)
            if len(each) == 1:
                offsets[place] = each[0]
            elif each:
                several.append(place)
        mine = offsets[places]
        out: Words = np.where(mine == UNKNOWN, UNKNOWN, (times + np.where(mine == UNKNOWN, 0, mine)) // _HOUR_US % 24)
        for place in several:
            rows = np.flatnonzero(places == place)
            out[rows] = _agreed_many(self._offsets(place, at_us), times[rows])
        return out

    def _turns(self, place: int, first: int, last: int) -> list[int]:
        """Instants behind `first`, up to `last`, at which an offset of the set changes."""
        found = []
        for name in self._sets[place]:
            starts = self._zone(name)[0]
            found.extend(starts[bisect_right(starts, first) : bisect_right(starts, last)])
        return found

    def _offsets(self, place: int, at_us: int) -> tuple[int, ...]:
        """The different offsets of a set at an instant."""
        found = set()
        for name in self._sets[place]:
            starts, offsets = self._zone(name)
            found.add(offsets[max(0, bisect_right(starts, at_us) - 1)])
        return tuple(sorted(found))

    def _zone(self, name: str) -> tuple[list[int], list[int]]:
        known = self._tables.get(name)
        if known is None:
            table = self._table(name)
            known = self._tables[name] = ([start for start, _ in table], [offset for _, offset in table])
        return known


def _zones(digits: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(f"+{digits}")
    except NumberParseException:
        return ()
    names = tuple(zones_of_numbers.time_zones_for_number(number))
    return () if zones_of_numbers.UNKNOWN_TIMEZONE in names or len(names) > _MOST_ZONES else names


def _agreed(offsets: tuple[int, ...], at_us: int) -> int:
    return int(_agreed_many(offsets, np.array([at_us], dtype=np.int64))[0]) if offsets else UNKNOWN


def _agreed_many(offsets: tuple[int, ...], times: Words) -> Words:
    """The hour nearest to noon, which accuses the caller least, where all zones are within the lawful hours or all outside."""
    hours = np.stack([(times + offset) // _HOUR_US % 24 for offset in offsets])
    lawful = (hours >= LAWFUL[0]) & (hours < LAWFUL[1])
    kindest = np.take_along_axis(hours, np.abs(2 * hours - sum(LAWFUL) + 1).argmin(axis=0)[None], axis=0)[0]
    found: Words = np.where(lawful.all(axis=0) | ~lawful.any(axis=0), kindest, UNKNOWN)
    return found
