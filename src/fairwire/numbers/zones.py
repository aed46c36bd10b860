"""Which hour it is where a number is: by its first seven digits, and only where all its possible zones agree."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import phonenumbers
from phonenumbers import NumberParseException
from phonenumbers import timezone as zones_of_numbers
from phonenumbers.tzdata import TIMEZONE_DATA

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
_MOST_BLOCKS: Final = 20_000
QUARTER_US: Final = 900_000_000
"""Offsets of zones are whole quarters of an hour."""
_A_DAY: Final = 96
_QUARTERS: Final = np.arange(_A_DAY, dtype=np.int64) * QUARTER_US


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
        self._hours: dict[tuple[int, int], int] = {}
        """Set of zones and quarter of an hour since 1970 -> the hour there: offsets are whole quarters since long ago."""
        self._quarter = 0
        self._now: dict[str, int] = {}
        """Block of numbers -> the hour there in that quarter of an hour."""
        self._tables: dict[str, tuple[list[int], list[int]]] = {}
        self._rows: list[Words] = []
        self._low, self._high, self._at = 0, 0, 0
        self._made: Words | None = None
        self._made_at = 0

    def place(self, digits: str) -> int:
        """Number of the set of zones of E.164 digits: the same for all numbers that share their first seven. 0: not known."""
        block = _block(digits)
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
        hour = self.hour_there(self.place(digits), at_us)
        return None if hour == UNKNOWN else hour

    def hour_there(self, place: int, at_us: int) -> int:
        """The same for a set of zones that `place` gave; `UNKNOWN` when it cannot be told."""
        quarter = at_us // QUARTER_US
        known = self._hours.get((place, quarter))
        if known is None:
            if len(self._hours) >= 100_000:
                self._hours.clear()
            known = self._hours[place, quarter] = _agreed(self._offsets(place, at_us), at_us)
        return known

    def hour_now(self, digits: str, at_us: int) -> int:
        """The same for E.164 digits, for calls that come one after the other."""
        quarter = at_us // QUARTER_US
        if quarter != self._quarter or len(self._now) > _MOST_BLOCKS:
            self._quarter, self._now = quarter, {}
        block = _block(digits)
        found = self._now.get(block)
        if found is None:
            found = self._now[block] = self.hour_there(self.place(digits), at_us)
        return found

    def table(self, at_us: int) -> tuple[Words, int, int]:
        """Hours of all sets at all times of day, and the instants from which and before which the table holds.

        Row: number of the set; column: which of the 96 quarters of the day it is in UTC. `UNKNOWN` where it cannot be told.
        """
        if not self._low <= at_us < self._high:
            self._rows, self._low, self._high = [], -(2**62), 2**62
            self._at = at_us
        for names in self._sets[len(self._rows) :]:
            for name in names:
                starts = self._zone(name)[0]
                turn = bisect_right(starts, self._at)
                self._low = max(self._low, starts[turn - 1] if turn else self._low)
                self._high = min(self._high, starts[turn] if turn < len(starts) else self._high)
            offsets = self._offsets(len(self._rows), self._at)
            self._rows.append(_agreed_many(offsets, _QUARTERS) if offsets else np.full(_A_DAY, UNKNOWN, dtype=np.int64))
        if self._made is None or len(self._made) != len(self._rows) or self._made_at != self._at:
            self._made, self._made_at = np.stack(self._rows), self._at
        return self._made, self._low, self._high

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


DIVIDED: Final = frozenset(prefix[:4] for prefix in TIMEZONE_DATA if prefix[:1] == "1" and len(prefix) > 4)
"""Area codes of the North American plan, with its country code, whose numbers are not all in the same zones."""


def _block(digits: str) -> str:
    # In the North American plan an area code is in the same zones throughout, but for those that the tables divide.
    area = digits[:4]
    return area if area[:1] == "1" and area not in DIVIDED else digits[:BLOCK_DIGITS]


def _zones(digits: str) -> tuple[str, ...]:
    if digits[:4] in TIMEZONE_DATA and digits[:1] == "1" and digits[:4] not in DIVIDED:
        return tuple(TIMEZONE_DATA[digits[:4]])
    try:
        number = phonenumbers.parse(f"+{digits}")
    except NumberParseException:
        return ()
    names = tuple(zones_of_numbers.time_zones_for_number(number))
    return () if zones_of_numbers.UNKNOWN_TIMEZONE in names or len(names) > _MOST_ZONES else names


def _agreed(offsets: tuple[int, ...], at_us: int) -> int:
    """`_agreed_many` for one instant, for a caller that waits."""
    hours = [(at_us + offset) // _HOUR_US % 24 for offset in offsets]
    within = sum(LAWFUL[0] <= hour < LAWFUL[1] for hour in hours)
    if not hours or 0 < within < len(hours):
        return UNKNOWN
    return min(hours, key=lambda hour: abs(2 * hour - sum(LAWFUL) + 1))


def _agreed_many(offsets: tuple[int, ...], times: Words) -> Words:
    """The hour nearest to noon, which accuses the caller least, where all zones are within the lawful hours or all outside."""
    hours = np.stack([(times + offset) // _HOUR_US % 24 for offset in offsets])
    lawful = (hours >= LAWFUL[0]) & (hours < LAWFUL[1])
    kindest = np.take_along_axis(hours, np.abs(2 * hours - sum(LAWFUL) + 1).argmin(axis=0)[None], axis=0)[0]
    found: Words = np.where(lawful.all(axis=0) | ~lawful.any(axis=0), kindest, UNKNOWN)
    return found
