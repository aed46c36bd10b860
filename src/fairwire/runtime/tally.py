"""Compiled loops over what customers have in common: most events belong to a customer and key that do too little to count."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import mix
from fairwire.kernel.compiled import njit
from fairwire.model.columns import UNKNOWN
from fairwire.runtime.condition_steps import TRUE, UNSURE

Words = npt.NDArray[np.int64]
Buckets = npt.NDArray[np.int32]
Truths = npt.NDArray[np.uint8]
P_TICK, P_ORDINAL, P_KEY, P_CUSTOMER = range(4)
PENDING_HEAD = 4
"""First columns of an event that waits; cells follow."""


# A row of the table of features: how one counts, which line of truths says that it is about an event (below 0: it always is) and
# which that the event has what it looks for, where its column stands among those at hand, its first place in a row that is
# made, and whether its values are told apart by customer.
F_WAY, F_WHERE, F_SHARE, F_COLUMN, F_AT, F_INSIDE = range(6)
FEATURE_WIDTH = 6
COUNT, SUM, MEAN, SHARE, APART = range(5)
"""Ways of counting: one more; the value; the value, and one; whether, and one; the value by itself."""
H_TIME, H_ORDINAL, H_KEY, H_OWNER, H_CUSTOMER, H_EVERY, H_CLOSED, H_GRAIN, H_CELLS = range(9)
"""What a rule says of itself: where columns stand, its ticks and the last one that was told, how fine its key is, its cells."""


@njit
def _is_meant(features: Words, truths: Truths, i: int) -> bool:
    """Whether any feature is about an event."""
    for f in range(features.shape[0]):
        where = features[f, F_WHERE]
        if where < 0 or truths[where, i] == TRUE:
            return True
    return False


@njit
def _tick_of(time: int, every_us: int, closed_us: int) -> int:
    """An event that is older than the last tick told counts in the one that is open."""
    return max((time // every_us + 1) * every_us, closed_us + every_us)


@njit
def code_pairs(
    laid: Words, picked: Words, truths: Truths, features: Words, head: Words, places: Words, ticks: Words, codes: Words
) -> int:
    """Place, tick and a code of tick, key and customer of each event that is meant and has a key; returns how many there are.

    `picked`: places of the events of a kind in `laid`, whose shape is (columns, events); `truths`, shape (lines, events of the
    kind), says of each what `condition_steps.work_out` found.
    """
    n = 0
    for i in range(picked.shape[0]):
        key = laid[head[H_KEY], picked[i]]
        if key != UNKNOWN and _is_meant(features, truths, i):
            tick = _tick_of(laid[head[H_TIME], picked[i]], head[H_EVERY], head[H_CLOSED])
            places[n] = i
            ticks[n] = tick
            codes[n] = mix(mix(tick, key // head[H_GRAIN] * head[H_GRAIN]), laid[head[H_OWNER], picked[i]])
            n += 1
    return n


@njit
def lay_pairs(
    laid: Words, picked: Words, truths: Truths, features: Words, head: Words, places: Words, ticks: Words, out: Words
) -> None:
    """The events at `places` as they wait for their tick: tick, ordinal, key, customer row, cells, values that are told apart."""
    for k in range(out.shape[0]):
        i = places[k]
        at = picked[i]
        row = out[k]
        row[P_TICK] = ticks[k]
        row[P_ORDINAL] = laid[head[H_ORDINAL], at]
        row[P_KEY] = laid[head[H_KEY], at] // head[H_GRAIN] * head[H_GRAIN]
        row[P_CUSTOMER] = laid[head[H_OWNER], at]
        for c in range(PENDING_HEAD, row.shape[0]):
            row[c] = 0 if c < PENDING_HEAD + head[H_CELLS] else UNKNOWN
        _fill(laid, at, i, truths, features, head, row)


@njit
def lay_whole(laid: Words, picked: Words, truths: Truths, features: Words, head: Words, out: Words) -> int:
    """Tick, customer row and cells of each event that any feature is about; returns how many there are."""
    n = 0
    for i in range(picked.shape[0]):
        if not _is_meant(features, truths, i):
            continue
        at = picked[i]
        row = out[n]
        row[0] = _tick_of(laid[head[H_TIME], at], head[H_EVERY], head[H_CLOSED])
        row[1] = laid[head[H_OWNER], at]
        for c in range(2, row.shape[0]):
            row[c] = 0
        _fill(laid, at, i, truths, features, head, row)
        n += 1
    return n


@njit
def _fill(laid: Words, at: int, i: int, truths: Truths, features: Words, head: Words, row: Words) -> None:
    """What one event adds to the cells of the features that are about it."""
    for f in range(features.shape[0]):
        feature = features[f]
        if feature[F_WHERE] >= 0 and truths[feature[F_WHERE], i] != TRUE:
            continue
        way, to = feature[F_WAY], feature[F_AT]
        if way == COUNT:
            row[to] = 1
        elif way == SHARE:
            said = truths[feature[F_SHARE], i]
            row[to] = 1 if said == TRUE else 0
            row[to + 1] = 1 if said != UNSURE else 0
        else:
            value = laid[feature[F_COLUMN], at]
            if way == APART:
                inside = feature[F_INSIDE] != 0 and value != UNKNOWN
                row[to] = mix(laid[head[H_CUSTOMER], at], value) if inside else value
            else:
                row[to] = value if value != UNKNOWN else 0
                if way == MEAN:
                    row[to + 1] = 1 if value != UNKNOWN else 0


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
    laid: Words = np.zeros((1, 1), dtype=np.int64)
    place, tick, code = (np.zeros(1, dtype=np.int64) for _ in range(3))
    truths, features = np.zeros((1, 1), dtype=np.uint8), np.zeros((0, FEATURE_WIDTH), dtype=np.int64)
    head: Words = np.ones(H_CELLS + 1, dtype=np.int64)
    head[: H_CUSTOMER + 1] = 0
    buckets: Buckets = np.zeros(2, dtype=np.int32)
    code_pairs(laid, place, truths, features, head, place, tick, code)
    lay_pairs(laid, place, truths, features, head, place, tick, row)
    lay_whole(laid, place, truths, features, head, row)
    count_codes(code, buckets)
    count_rows(row, buckets)
    keep_likely(code, tick, buckets, 1, 0, place)
    part_rows(row, 0, buckets, 1, place, tick)
