"""Calls of a burst as they were read: what each says is laid where compiled loops read it, without an object for any of it.

Which hour it is where a number is follows from its block, and is the same for a quarter of an hour: it is kept in a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.kernel.compiled import njit
from fairwire.kernel.texts import put
from fairwire.model.columns import UNKNOWN
from fairwire.numbers.zones import DIVIDED, QUARTER_US, Zones
from fairwire.ports.plain_call import PlainCall, PlainCalls
from fairwire.runtime.lane_rows import T_CALL, T_CALLER, T_EVENT, T_HOUR, T_LISTED, T_SECOND, T_TIME, T_TO

if TYPE_CHECKING:
    from fairwire.runtime.lanes import Lane, Met

Words = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_BLOCK, _AREA = 7, 4
"""Digits that all numbers of a block share, and those of an area code of the North American plan with its country code."""
_PLACES = 1 << 15
_CODES, _UNTOLD = 64, 63
"""What stands for the hour of a block is below the first, and the second where it cannot be told."""


class Gathered(msgspec.Struct, frozen=True, gc=False):
    """A call that may be a usual one, as it was read: a `Ready` whose texts are made when somebody asks for them."""

    place: int
    """Among those that came together."""
    met: Met
    lane: Lane
    at_us: int
    of: PlainCalls

    @property
    def call(self) -> PlainCall:
        """What was read."""
        return self.of.call(self.place)

    @property
    def named(self) -> str:
        """`call_key` of it."""
        return self.lane.head + self.of.said(self.place, 2)

    @property
    def key(self) -> str:
        """`answer_key` of it."""
        return f"{self.named}\0{self.of.callers[self.place].from_}\0{self.of.said(self.place, 0)}"


class Hours:
    """The hour at all numbers in the quarter of an hour that runs. Used from one thread."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self._quarter = self._count = 0
        self.known: Words = np.zeros(_PLACES, dtype=np.int64)
        """A hash table of blocks: each times 64, and what stands for its hour."""
        self.divided = np.zeros(10**_AREA, dtype=np.bool_)
        """Area codes, with their country code, that are in several zones."""
        for area in DIVIDED:
            self.divided[int(area)] = True

    def turn(self, at_us: int) -> None:
        """What is asked next is about this instant."""
        quarter = at_us // QUARTER_US
        if quarter != self._quarter or self._count > _PLACES // 2:
            self._quarter, self._count = quarter, 0
            self.known[:] = 0

    def learn(self, digits: str, at_us: int) -> int:
        """The hour at E.164 digits at an instant in the quarter that runs. `UNKNOWN`: it cannot be told."""
        hour = self._zones.hour_now(digits, at_us)
        block = _block(np.frombuffer(digits.encode("ascii"), dtype=np.uint8), 0, self.divided)
        place = _place(self.known, block)
        self._count += not self.known.item(place)
        self.known[place] = block * _CODES + (_UNTOLD if hour == UNKNOWN else hour)
        return hour


@njit
def _block(data: Bytes, first: int, divided: npt.NDArray[np.bool_]) -> int:
    """The block of the digits at a place, of which there are enough and the first is none of 0, as a number."""
    block = 0
    for k in range(_BLOCK):
        block = 10 * block + int(data[first + k]) - 48
        if k == _AREA - 1 and data[first] == 49 and not divided[block]:
            break
    return block


@njit
def _place(known: Words, block: int) -> int:
    """Place of a block, or of the empty one where it belongs."""
    mask = known.shape[0] - 1
    place: int = (block * 40_503 >> 4) & mask
    while known[place] != 0 and known[place] // _CODES != block:
        place = (place + 1) & mask
    return place


@njit
def lay_calls(
    given: Words,
    text: Bytes,
    spans: Words,
    out: Bytes,
    at: int,
    limit: int,
    told: Words,
    known: Words,
    divided: npt.NDArray[np.bool_],
    unknown: Words,
) -> int:
    """Write the number called, the event id and the call id of some calls one behind another, from a place on; where they end, or
    -1 where that is behind the limit.

    `given`: place of the caller, time and second of each, one call behind another. `told`: what `lane_rows` is told. The hours of
    the calls that `unknown` counts and names are not known yet.
    """
    unknown[0] = 0
    for i in range(spans.shape[0]):
        span = spans[i]
        row = told[i]
        row[T_CALLER], row[T_TIME], row[T_SECOND] = given[3 * i], given[3 * i + 1], given[3 * i + 2]
        row[T_TO], row[T_EVENT], row[T_CALL] = span[1] - span[0], span[3] - span[2], span[5] - span[4]
        if at + row[T_TO] + row[T_EVENT] + row[T_CALL] > limit:
            return -1
        row[T_LISTED] = UNKNOWN
        row[T_HOUR] = UNKNOWN
        if row[T_TO] > _BLOCK + 1 and text[span[0]] == 43 and text[span[0] + 1] != 48:
            digits = True
            for k in range(span[0] + 1, span[1]):
                digits &= text[k] >= 48 and text[k] <= 57
            if digits:
                told_of = known[_place(known, _block(text, span[0] + 1, divided))]
                if told_of == 0:
                    unknown[0] += 1
                    unknown[unknown[0]] = i
                elif told_of % _CODES != _UNTOLD:
                    row[T_HOUR] = told_of % _CODES
        at = put(text, span[0], span[1], out, at)
        at = put(text, span[2], span[3], out, at)
        at = put(text, span[4], span[5], out, at)
    return at
