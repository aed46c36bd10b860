"""Bags: how often each key came in a window, with the keys ranked by it.

    key -> [level, newest entry, key]        one block a key
    levels: 1 <-> 2 <-> 5                    one block for each number of times, with how many keys came that often
    panes: oldest -> ... -> newest           one block a pane, with the entries (key block, how often) of that pane

A key moves up a level when it comes and down again when a pane leaves the window, so that the most frequent keys are at
hand without a search. A bag of numbers that is read as a quantile keeps them in buckets of 1/16 of an octave, and a pointer
to the bucket that was asked for last.

Merge law: bags of the same window add up key by key and pane by pane. Error: none up to `CROWD` different keys at a time;
beyond that a new key shares one of `CROWD` places with others. Memory: 32 bytes a key, 32 an entry, 24 in the table of keys.
"""

from __future__ import annotations

import math

import numpy as np

from fairwire.kernel.arena import Words, allocate, find, mix, release
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import LATE, PAIRS_COUNT

CROWD = 1024
"""Different keys that are told apart."""
SUB_BUCKETS = 16
"""Buckets an octave: a value is known to 1/32 of itself."""
_BUCKETS = SUB_BUCKETS * 61
BLOCK = 4
"""Words of every block."""
NEEDED = 6 * BLOCK
"""Words of the heap that one event can take."""
# head of a bag
B_PANE, B_OLDEST, B_NEWEST, B_COUNT, B_KEYS, B_LOW, B_TOP, B_PLACES, B_POINTER, B_BELOW = range(10)
BAG_WORDS = 10
# block of a key; of a level; of a pane; of an entry
K_LEVEL, K_ENTRY, K_KEY = 0, 1, 2
_L_TIMES, _L_KEYS, _L_LOWER, _L_HIGHER = 0, 1, 2, 3
P_NEXT, P_PANE, P_ENTRIES = 0, 1, 2
E_NEXT, E_KEY, E_TIMES, E_PANE = 0, 1, 2, 3
_PLACE_TAG = 5_021


@njit
def bucket_of(value: int) -> int:
    """Bucket of a number from 0; the first `SUB_BUCKETS` have one each."""
    if value < SUB_BUCKETS:
        return value
    octave = 0
    while value >> octave >= 2 * SUB_BUCKETS:
        octave += 1
    return SUB_BUCKETS * octave + (value >> octave)


@njit
def value_of(bucket: int) -> float:
    """The middle of a bucket."""
    if bucket < 2 * SUB_BUCKETS:
        return float(bucket)
    octave = bucket // SUB_BUCKETS - 1
    low = (bucket - SUB_BUCKETS * octave) << octave
    return low + ((1 << octave) - 1) / 2.0


@njit
def times_of(heap: Words, block: int) -> int:
    """How often the key of a block is in the window."""
    level = heap[block + K_LEVEL]
    return 0 if level == 0 else heap[level + _L_TIMES]


@njit
def leave_level(heap: Words, free: Words, at: int, level: int) -> None:
    """One key fewer on a level; an empty level goes."""
    heap[level + _L_KEYS] -= 1
    if heap[level + _L_KEYS] > 0:
        return
    lower, higher = heap[level + _L_LOWER], heap[level + _L_HIGHER]
    if lower != 0:
        heap[lower + _L_HIGHER] = higher
    else:
        heap[at + B_LOW] = higher
    if higher != 0:
        heap[higher + _L_LOWER] = lower
    else:
        heap[at + B_TOP] = lower
    release(heap, free, level, BLOCK)


@njit
def level_between(heap: Words, free: Words, meta: Words, at: int, lower: int, higher: int, times: int) -> int:
    """The level of keys that came `times` times, which is one of two neighbours or stands between them; 0 is no neighbour."""
    if lower != 0 and heap[lower + _L_TIMES] == times:
        return lower
    if higher != 0 and heap[higher + _L_TIMES] == times:
        return higher
    level = allocate(heap, free, meta, BLOCK)
    heap[level + _L_TIMES] = times
    heap[level + _L_LOWER] = lower
    heap[level + _L_HIGHER] = higher
    if lower != 0:
        heap[lower + _L_HIGHER] = level
    else:
        heap[at + B_LOW] = level
    if higher != 0:
        heap[higher + _L_LOWER] = level
    else:
        heap[at + B_TOP] = level
    return level


@njit
def lift(heap: Words, free: Words, meta: Words, at: int, block: int) -> None:
    """The key of a block came once more."""
    level = heap[block + K_LEVEL]
    if level == 0:
        target = level_between(heap, free, meta, at, 0, heap[at + B_LOW], 1)
    else:
        target = level_between(heap, free, meta, at, level, heap[level + _L_HIGHER], heap[level + _L_TIMES] + 1)
    heap[target + _L_KEYS] += 1
    heap[block + K_LEVEL] = target
    if level != 0:
        leave_level(heap, free, at, level)


@njit
def lower(heap: Words, free: Words, meta: Words, at: int, block: int) -> None:
    """The key of a block is in the window once less."""
    level = heap[block + K_LEVEL]
    times = heap[level + _L_TIMES] - 1
    target = 0
    if times > 0:
        target = level_between(heap, free, meta, at, heap[level + _L_LOWER], level, times)
        heap[target + _L_KEYS] += 1
    heap[block + K_LEVEL] = target
    leave_level(heap, free, at, level)


@njit
def drop_pane(heap: Words, free: Words, meta: Words, at: int, owner: int, pair_keys: Words, pairs: Words) -> None:
    """The oldest pane leaves the window, with all that came in it."""
    pane = heap[at + B_OLDEST]
    entry = heap[pane + P_ENTRIES]
    while entry != 0:
        block = heap[entry + E_KEY]
        times = heap[entry + E_TIMES]
        if heap[at + B_POINTER] > 0 and heap[block + K_KEY] < heap[at + B_POINTER]:
            heap[at + B_BELOW] -= times
        heap[at + B_COUNT] -= times
        for _ in range(times):
            lower(heap, free, meta, at, block)
        if heap[block + K_ENTRY] == entry:
            heap[block + K_ENTRY] = 0
        if heap[block + K_LEVEL] == 0:
            place = find(pair_keys, mix(owner, heap[block + K_KEY]))
            if pair_keys[place] != 0 and pairs[place, 1] == block:
                pairs[place, 1] = 0
            if 0 > heap[block + K_KEY] >= -CROWD:
                heap[at + B_PLACES] -= 1
            heap[at + B_KEYS] -= 1
            release(heap, free, block, BLOCK)
        following = heap[entry + E_NEXT]
        release(heap, free, entry, BLOCK)
        entry = following
    heap[at + B_OLDEST] = heap[pane + P_NEXT]
    if heap[at + B_OLDEST] == 0:
        heap[at + B_NEWEST] = 0
    release(heap, free, pane, BLOCK)


@njit
def turn_bag(
    heap: Words, free: Words, meta: Words, at: int, now: int, oldest: int, owner: int, pair_keys: Words, pairs: Words
) -> None:
    """Time has moved on to the pane `now`; panes before `oldest` go."""
    while heap[at + B_OLDEST] != 0 and heap[heap[at + B_OLDEST] + P_PANE] < oldest:
        drop_pane(heap, free, meta, at, owner, pair_keys, pairs)
    heap[at + B_PANE] = now


@njit
def pane_block(heap: Words, free: Words, meta: Words, at: int, pane: int) -> int:
    """The block of a pane, in its place among the others."""
    newest = heap[at + B_NEWEST]
    if newest != 0 and heap[newest + P_PANE] == pane:
        return newest
    before = newest if newest != 0 and heap[newest + P_PANE] < pane else 0
    if before == 0:
        after = heap[at + B_OLDEST]
        while after != 0 and heap[after + P_PANE] <= pane:
            if heap[after + P_PANE] == pane:
                return after
            before = after
            after = heap[after + P_NEXT]
    block = allocate(heap, free, meta, BLOCK)
    heap[block + P_PANE] = pane
    if before == 0:
        heap[block + P_NEXT] = heap[at + B_OLDEST]
        heap[at + B_OLDEST] = block
    else:
        heap[block + P_NEXT] = heap[before + P_NEXT]
        heap[before + P_NEXT] = block
    if heap[block + P_NEXT] == 0:
        heap[at + B_NEWEST] = block
    return block


@njit
def key_block(
    heap: Words, free: Words, meta: Words, at: int, owner: int, key: int, until: int, pair_keys: Words, pairs: Words
) -> int:
    """The block of a key, or of the place that it shares with others."""
    place = find(pair_keys, mix(owner, key))
    if pair_keys[place] != 0 and pairs[place, 1] != 0:
        pairs[place, 0] = max(pairs[place, 0], until)
        return pairs[place, 1]
    if -CROWD <= key < 0:
        # A place itself, from a bag that was put away.
        heap[at + B_PLACES] += 1
    elif heap[at + B_PLACES] > 0 or heap[at + B_KEYS] >= CROWD:
        shared = -1 - (mix(key, _PLACE_TAG) & (CROWD - 1))
        crowded = find(pair_keys, mix(owner, shared))
        if pair_keys[crowded] != 0 and pairs[crowded, 1] != 0:
            pairs[crowded, 0] = max(pairs[crowded, 0], until)
            return pairs[crowded, 1]
        if heap[at + B_KEYS] >= CROWD:
            key, place = shared, crowded
            heap[at + B_PLACES] += 1
    block = allocate(heap, free, meta, BLOCK)
    heap[block + K_KEY] = key
    heap[at + B_KEYS] += 1
    if pair_keys[place] == 0:
        pair_keys[place] = mix(owner, key)
        meta[PAIRS_COUNT] += 1
    pairs[place, 0] = until
    pairs[place, 1] = block
    return block


@njit
def put_many(
    heap: Words,
    free: Words,
    meta: Words,
    at: int,
    pane: int,
    until: int,
    owner: int,
    key: int,
    times: int,
    pair_keys: Words,
    pairs: Words,
) -> None:
    """Count a key in a pane of the window, `times` times."""
    block = key_block(heap, free, meta, at, owner, key, until, pair_keys, pairs)
    for _ in range(times):
        lift(heap, free, meta, at, block)
    heap[at + B_COUNT] += times
    if heap[at + B_POINTER] > 0 and heap[block + K_KEY] < heap[at + B_POINTER]:
        heap[at + B_BELOW] += times
    entry = heap[block + K_ENTRY]
    if entry != 0 and heap[entry + E_PANE] == pane:
        heap[entry + E_TIMES] += times
        return
    holder = pane_block(heap, free, meta, at, pane)
    fresh = allocate(heap, free, meta, BLOCK)
    heap[fresh + E_NEXT] = heap[holder + P_ENTRIES]
    heap[fresh + E_KEY] = block
    heap[fresh + E_TIMES] = times
    heap[fresh + E_PANE] = pane
    heap[holder + P_ENTRIES] = fresh
    if entry == 0 or heap[entry + E_PANE] < pane:
        heap[block + K_ENTRY] = fresh


@njit
def put_bag(
    heap: Words,
    free: Words,
    meta: Words,
    at: int,
    now: int,
    oldest: int,
    until: int,
    owner: int,
    amount: int,
    as_number: bool,
    pair_keys: Words,
    pairs: Words,
) -> None:
    """Count one event. `amount`: its key; of a bag of numbers, the number and 1, so that 0 means none."""
    if now < oldest:
        meta[LATE] += 1
        return
    # Keys of places are below zero: a key that is below zero itself is told from them by its hash.
    key = 1 + bucket_of(amount - 1) if as_number else amount
    if 0 > key >= -CROWD:
        key = mix(key, _PLACE_TAG)
    put_many(heap, free, meta, at, now, until, owner, key, 1, pair_keys, pairs)


@njit
def top_share(heap: Words, at: int, first: int, least: int) -> float:
    """Share of the events that the `first` most frequent keys hold; NaN below `least` events."""
    count = heap[at + B_COUNT]
    if count < least:
        return np.nan
    level, held = heap[at + B_TOP], 0
    while level != 0 and first > 0:
        keys = min(first, heap[level + _L_KEYS])
        held += keys * heap[level + _L_TIMES]
        first -= keys
        level = heap[level + _L_LOWER]
    return held / count


@njit
def entropy_bits(heap: Words, at: int, least: int) -> float:
    """Shannon entropy of the keys in bits; NaN below `least` events."""
    count = heap[at + B_COUNT]
    if count < least:
        return np.nan
    level, total = heap[at + B_LOW], 0.0
    while level != 0:
        times = heap[level + _L_TIMES]
        total += heap[level + _L_KEYS] * times * math.log2(times)
        level = heap[level + _L_HIGHER]
    return max(0.0, math.log2(count) - total / count)


@njit
def bucket_times(heap: Words, owner: int, bucket: int, pair_keys: Words, pairs: Words) -> int:
    """How many numbers are in a bucket."""
    place = find(pair_keys, mix(owner, bucket))
    if pair_keys[place] == 0 or pairs[place, 1] == 0:
        return 0
    return times_of(heap, pairs[place, 1])


@njit
def quantile_of(heap: Words, at: int, thousandth: int, least: int, owner: int, pair_keys: Words, pairs: Words) -> float:
    """The least number such that `thousandth` in a thousand are not above it, as the middle of its bucket; NaN below `least`."""
    count = heap[at + B_COUNT]
    if count < least:
        return np.nan
    rank = max(1, (thousandth * count + 999) // 1000)
    if heap[at + B_POINTER] == 0:
        heap[at + B_POINTER] = 1
        heap[at + B_BELOW] = 0
    while heap[at + B_BELOW] >= rank:
        heap[at + B_POINTER] -= 1
        heap[at + B_BELOW] -= bucket_times(heap, owner, heap[at + B_POINTER], pair_keys, pairs)
    here = bucket_times(heap, owner, heap[at + B_POINTER], pair_keys, pairs)
    while heap[at + B_BELOW] + here < rank:
        if heap[at + B_POINTER] > _BUCKETS:
            # An event came so late that the table of keys had let go of what it belongs to.
            heap[at + B_POINTER] = 0
            return np.nan
        heap[at + B_BELOW] += here
        heap[at + B_POINTER] += 1
        here = bucket_times(heap, owner, heap[at + B_POINTER], pair_keys, pairs)
    return value_of(heap[at + B_POINTER] - 1)
