"""Compiled loops over what customers have in common: most events belong to a customer and key that do too little to count."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import mix
from fairwire.kernel.compiled import njit
from fairwire.model.columns import UNKNOWN

Words = npt.NDArray[np.int64]
Buckets = npt.NDArray[np.int32]
P_TICK, P_ORDINAL, P_KEY, P_CUSTOMER = range(4)
PENDING_HEAD = 4
"""First columns of an event that waits; cells follow."""


@njit
def code_pairs(
    about: npt.NDArray[np.bool_],
    times: Words,
    keys: Words,
    owners: Words,
    every_us: int,
    closed_us: int,
    grain: int,
    places: Words,
    ticks: Words,
    codes: Words,
) -> int:
    """Place, tick and a code of tick, key and customer of each event that is meant and has a key; returns how many there are.

    An event that is older than the last tick told counts in the one that is open.
    """
    n = 0
    for i in range(about.shape[0]):
        if about[i] and keys[i] != UNKNOWN:
            tick = max((times[i] // every_us + 1) * every_us, closed_us + every_us)
            places[n] = i
            ticks[n] = tick
            codes[n] = mix(mix(tick, keys[i] // grain * grain), owners[i])
            n += 1
    return n


@njit
def count_codes(codes: Words, buckets: Buckets) -> None:
    """Count codes by their last bits; there is a power of two of buckets."""
    for i in range(codes.shape[0]):
        buckets[codes[i] & (buckets.shape[0] - 1)] += 1


@njit
def keep_likely(codes: Words, ticks: Words, buckets: Buckets, floor: int, done_us: int, places: Words) -> int:
    """Move up places and ticks of the events that may be of a pair with `floor` events, or whose tick is not over."""
    n = 0
    for i in range(codes.shape[0]):
        if ticks[i] > done_us or buckets[codes[i] & (buckets.shape[0] - 1)] >= floor:
            places[n] = places[i]
            ticks[n] = ticks[i]
            n += 1
    return n


@njit
def count_rows(block: Words, buckets: Buckets) -> None:
    """`count_codes` of events that wait."""
    for i in range(block.shape[0]):
        code = mix(mix(block[i, P_TICK], block[i, P_KEY]), block[i, P_CUSTOMER])
        buckets[code & (buckets.shape[0] - 1)] += 1


@njit
def part_rows(block: Words, upto_us: int, buckets: Buckets, floor: int, over: Words, later: Words) -> tuple[int, int]:
    """Places of the events that wait for a tick up to an instant, and of those that wait for a later one; how many of each.

    Of the former only those that may be of a pair with `floor` events, by what was counted. One bucket: nothing was.
    """
    n = m = 0
    for i in range(block.shape[0]):
        if block[i, P_TICK] > upto_us:
            later[m] = i
            m += 1
            continue
        if buckets.shape[0] > 1:
            code = mix(mix(block[i, P_TICK], block[i, P_KEY]), block[i, P_CUSTOMER])
            if buckets[code & (buckets.shape[0] - 1)] < floor:
                continue
        over[n] = i
        n += 1
    return n, m


def warm() -> None:
    """Load the compiled code now, so that no call waits for it."""
    row: Words = np.zeros((1, PENDING_HEAD), dtype=np.int64)
    place, tick, code = (np.zeros(1, dtype=np.int64) for _ in range(3))
    buckets: Buckets = np.zeros(2, dtype=np.int32)
    code_pairs(np.full(1, True), tick, code, place, 1, 0, 1, place, tick, code)
    count_codes(code, buckets)
    count_rows(row, buckets)
    keep_likely(code, tick, buckets, 1, 0, place)
    part_rows(row, 0, buckets, 1, place, tick)
