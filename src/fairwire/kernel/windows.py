"""Windows over event time, kept as panes.

    |<--------- panes x pane_us --------->|
    [ pane ][ pane ][      ][ pane ][ now ..> event time

A sliding window of `n` panes reads the pane of now and the `n - 1` before it: between `span - pane_us` and `span` of
history, never more than the span. A count over it is therefore never more than the exact count: the error is on the
customer's side. Calendar windows have one pane, the day or month of the customer's zone, and are exact. Gauges put +1
into the pane in which a call began and -1 into that same pane when it ends; a call whose end is lost leaves with its
pane, and an end without a beginning finds no pane, so that a gauge never falls below zero.

The current pane stands beside the totals in the head of its subject: most events touch nothing else. When time moves on
it is put into a ring of the panes before it, which holds only those in which something happened, in order, and grows when
it is full: a quiet subject costs a few words, a busy one at most `panes` entries. Sums are integers, so that any order
gives the same bytes.

Merge law of a pane: ADD adds, MAX and MIN keep the greater and the lesser, DISTINCT counts keys by the pane in which
they were last seen. Cost: a word or two a cell, one more for each pane; DISTINCT another 24 bytes a key in the window, of
which there are `EXACT` and `SHARED` at the most.
"""

from __future__ import annotations

import numpy as np

from fairwire.kernel.arena import Words, allocate, class_words, find, mix, release, size_class
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import (
    C_OP,
    C_OWNER,
    C_PARTNER,
    C_STREAM,
    G_CELLS,
    G_COUNT,
    G_PANE_US,
    G_PANES,
    G_SUMS,
    LATE,
    ORPHANS,
    P_CAPACITY,
    P_COUNT,
    P_FIRST,
    P_PANES,
    PAIRS_COUNT,
    W_OLDEST,
    W_PANE,
    W_RING,
    W_TOTALS,
)
from fairwire.model.aggregates import ADD, DISTINCT, MAX, MIN
from fairwire.model.instants import DAY_US
from fairwire.model.program import EXTREME_SHIFT

EXACT = 4096
"""Keys that a distinct count tells apart; beyond that it counts by places."""
SHARED = 1 << 14
"""Places that the other keys share, for linear counting."""
_PLACE_TAG = 9_176
NO_PANE = 1 << 62
"""Number of the oldest pane of an empty ring."""


@njit
def add(heap: Words, totals: int, cells: int, amounts: Words, stream: int, count: int) -> None:
    """Add amounts that follow one another to totals and cells of the current pane."""
    for j in range(count):
        heap[totals + j] += amounts[stream + j]
        heap[cells + j] += amounts[stream + j]


@njit
def wipe(amounts: Words, first: int, count: int) -> None:
    """Nothing is added to some streams."""
    for j in range(count):
        amounts[first + j] = 0


@njit
def pane_at(current: int, time: int, pane_us: int) -> int:
    """The pane of an event; most often it is the current one."""
    passed = time - current * pane_us
    return time // pane_us if passed < 0 or passed >= pane_us else current


@njit
def until_us(pane_us: int, panes: int) -> int:
    """How long a key that is seen now may matter. A day or month that began now is over in 32 days at the latest."""
    return max(pane_us * (panes + 1), 32 * DAY_US if panes == 1 else 0)


@njit
def entry(heap: Words, ring: int, cells: int, index: int) -> int:
    """Address of the pane at `index` of the ring, 0 being the oldest."""
    place = heap[ring + P_FIRST] + index
    if place >= heap[ring + P_CAPACITY]:
        place -= heap[ring + P_CAPACITY]
    return ring + P_PANES + place * (1 + cells)


@njit
def expire(heap: Words, at: int, cells: int, sums: int, oldest: int) -> None:
    """Drop panes of the ring before `oldest` and take them out of the totals."""
    ring = heap[at + W_RING]
    heap[at + W_OLDEST] = NO_PANE
    while ring != 0 and heap[ring + P_COUNT] > 0:
        pane = entry(heap, ring, cells, 0)
        if heap[pane] >= oldest:
            heap[at + W_OLDEST] = heap[pane]
            return
        for j in range(sums):
            heap[at + W_TOTALS + j] -= heap[pane + 1 + j]
        heap[ring + P_COUNT] -= 1
        first = heap[ring + P_FIRST] + 1
        heap[ring + P_FIRST] = 0 if first == heap[ring + P_CAPACITY] else first


@njit
def grow(heap: Words, free: Words, meta: Words, at: int, cells: int) -> int:
    """Address of the window's ring, larger than before; of its first ring if it had none."""
    ring = heap[at + W_RING]
    count = 0
    if ring != 0:
        count = heap[ring + P_COUNT]
    words = P_PANES + (count + 1) * (1 + cells)
    wider = allocate(heap, free, meta, words)
    # All of the block is used, whatever its size class left over.
    heap[wider + P_CAPACITY] = (class_words(size_class(words)) - P_PANES) // (1 + cells)
    heap[wider + P_COUNT] = count
    for index in range(count):
        source, target = entry(heap, ring, cells, index), entry(heap, wider, cells, index)
        for j in range(1 + cells):
            heap[target + j] = heap[source + j]
    if ring != 0:
        release(heap, free, ring, P_PANES + heap[ring + P_CAPACITY] * (1 + cells))
    heap[at + W_RING] = wider
    return wider


@njit
def insert_pane(heap: Words, free: Words, meta: Words, at: int, cells: int, pane: int) -> int:
    """Address of an empty pane put into the ring in order; the ring grows if need be."""
    ring = heap[at + W_RING]
    if ring == 0 or heap[ring + P_COUNT] == heap[ring + P_CAPACITY]:
        ring = grow(heap, free, meta, at, cells)
    count = heap[ring + P_COUNT]
    heap[ring + P_COUNT] = count + 1
    index = count
    while index > 0:
        before = entry(heap, ring, cells, index - 1)
        if heap[before] < pane:
            break
        here = entry(heap, ring, cells, index)
        for j in range(1 + cells):
            heap[here + j] = heap[before + j]
        index -= 1
    here = entry(heap, ring, cells, index)
    heap[here] = pane
    for j in range(cells):
        heap[here + 1 + j] = 0
    if index == 0:
        heap[at + W_OLDEST] = pane
    return here


@njit
def find_pane(heap: Words, at: int, cells: int, pane: int) -> int:
    """Address of the pane in the ring, newest first searched; 0 when it holds nothing."""
    ring = heap[at + W_RING]
    if ring == 0:
        return 0
    index = heap[ring + P_COUNT] - 1
    while index >= 0:
        here = entry(heap, ring, cells, index)
        if heap[here] == pane:
            return here
        if heap[here] < pane:
            return 0
        index -= 1
    return 0


@njit
def turn(heap: Words, free: Words, meta: Words, at: int, cells: int, sums: int, panes: int, now: int) -> None:
    """Time has moved on to the pane `now`: the current pane goes into the ring, and what has left the window goes."""
    oldest = now - panes + 1
    current = at + W_TOTALS + sums
    if heap[at + W_PANE] < oldest:
        # Nothing of the window is left.
        for j in range(sums + cells):
            heap[at + W_TOTALS + j] = 0
        ring = heap[at + W_RING]
        if ring != 0:
            heap[ring + P_COUNT] = 0
            heap[ring + P_FIRST] = 0
        heap[at + W_OLDEST] = NO_PANE
    else:
        some = False
        for j in range(cells):
            some = some or heap[current + j] != 0
        if heap[at + W_OLDEST] < oldest:
            expire(heap, at, cells, sums, oldest)
        if some:
            # It is newer than all of the ring.
            ring = heap[at + W_RING]
            if ring == 0 or heap[ring + P_COUNT] == heap[ring + P_CAPACITY]:
                ring = grow(heap, free, meta, at, cells)
            count = heap[ring + P_COUNT]
            here = entry(heap, ring, cells, count)
            heap[here] = heap[at + W_PANE]
            for j in range(cells):
                heap[here + 1 + j] = heap[current + j]
                heap[current + j] = 0
            heap[ring + P_COUNT] = count + 1
            if count == 0:
                heap[at + W_OLDEST] = heap[at + W_PANE]
    heap[at + W_PANE] = now


@njit
def cells_of(heap: Words, at: int, cells: int, sums: int, pane: int) -> int:
    """Address of the cells of a pane; 0 when it holds nothing."""
    if pane == heap[at + W_PANE]:
        return at + W_TOTALS + sums
    here = find_pane(heap, at, cells, pane)
    return 0 if here == 0 else here + 1


@njit
def put_distinct(
    heap: Words,
    meta: Words,
    at: int,
    here: int,
    cells: int,
    sums: int,
    j: int,
    k: int,
    pane: int,
    oldest: int,
    until: int,
    owner: int,
    key: int,
    pair_keys: Words,
    pairs: Words,
) -> None:
    """Count `key` once in the window, under the pane in which it was last seen.

    `j` and `k`: the cells of keys told apart, and of places that keys share once there are `EXACT` of the first.
    """
    pair = mix(owner, key)
    place = find(pair_keys, pair)
    if (pair_keys[place] == 0 or pairs[place, 1] < oldest) and (heap[at + W_TOTALS + j] >= EXACT or heap[at + W_TOTALS + k] > 0):
        # Once some keys share places, all new ones do, until the last place is free: were a new key told apart whenever its
        # place is not taken, the places would say too little of how many share them.
        pair = mix(owner, -1 - (mix(key, _PLACE_TAG) & (SHARED - 1)))
        j, place = k, find(pair_keys, pair)
    seen = oldest - 1
    if pair_keys[place] == 0:
        pair_keys[place] = pair
        meta[PAIRS_COUNT] += 1
    else:
        seen = pairs[place, 1]
    if seen >= pane:
        return
    if seen >= oldest:
        before = cells_of(heap, at, cells, sums, seen)
        if before != 0:
            heap[before + j] -= 1
            heap[at + W_TOTALS + j] -= 1
    heap[here + j] += 1
    heap[at + W_TOTALS + j] += 1
    pairs[place, 0] = until
    pairs[place, 1] = pane


@njit
def fold(
    heap: Words,
    meta: Words,
    at: int,
    here: int,
    groups: Words,
    g: int,
    cell_table: Words,
    amounts: Words,
    pane: int,
    time: int,
    gauge: bool,
    subject: int,
    pair_keys: Words,
    pairs: Words,
) -> None:
    """Fold one event's amounts into the cells of a pane. `here`: address of its cells; `subject`: key of whose they are."""
    cells = groups[g, G_COUNT]
    sums = groups[g, G_SUMS]
    lost = False
    for j in range(cells):
        c = groups[g, G_CELLS] + j
        amount = amounts[cell_table[c, C_STREAM]]
        if amount == 0:
            continue
        op = cell_table[c, C_OP]
        if op == ADD:
            if gauge and amount < 0 and heap[here + j] <= 0:
                lost = True
            else:
                heap[here + j] += amount
                heap[at + W_TOTALS + j] += amount
        elif op == DISTINCT:
            panes = groups[g, G_PANES]
            oldest = heap[at + W_PANE] - panes + 1
            until = time + until_us(groups[g, G_PANE_US], panes)
            owner = mix(subject, cell_table[c, C_OWNER])
            k = cell_table[c, C_PARTNER]
            put_distinct(heap, meta, at, here, cells, sums, j, k, pane, oldest, until, owner, amount, pair_keys, pairs)
        elif op == MAX:
            # Amounts of MAX and MIN come shifted, so that 0 means nothing yet.
            heap[here + j] = max(heap[here + j], amount)
        elif op == MIN:
            heap[here + j] = amount if heap[here + j] == 0 else min(heap[here + j], amount)
    if lost:
        meta[ORPHANS] += 1


@njit
def put_elsewhere(
    heap: Words,
    free: Words,
    meta: Words,
    at: int,
    groups: Words,
    g: int,
    cell_table: Words,
    amounts: Words,
    pane: int,
    time: int,
    gauge: bool,
    subject: int,
    pair_keys: Words,
    pairs: Words,
) -> None:
    """Fold an event's amounts into a pane that may not be the current one: a late event, or a call that began earlier."""
    cells = groups[g, G_COUNT]
    if pane <= heap[at + W_PANE] - groups[g, G_PANES]:
        meta[ORPHANS if gauge else LATE] += 1
        return
    here = cells_of(heap, at, cells, groups[g, G_SUMS], pane)
    if here == 0:
        begins = not gauge
        for c in range(groups[g, G_CELLS], groups[g, G_CELLS] + cells):
            begins = begins or amounts[cell_table[c, C_STREAM]] > 0
        if not begins:
            meta[ORPHANS] += 1
            return
        here = insert_pane(heap, free, meta, at, cells, pane) + 1
    fold(heap, meta, at, here, groups, g, cell_table, amounts, pane, time, gauge, subject, pair_keys, pairs)


@njit
def extreme(heap: Words, at: int, cells: int, sums: int, j: int, greatest: bool) -> float:
    """Greatest or least over the panes; NaN when there is none."""
    found = heap[at + W_TOTALS + sums + j]
    ring = heap[at + W_RING]
    if ring != 0:
        for index in range(heap[ring + P_COUNT]):
            amount = heap[entry(heap, ring, cells, index) + 1 + j]
            if amount != 0 and (found == 0 or (amount > found) == greatest):
                found = amount
    return np.nan if found == 0 else float(found - EXTREME_SHIFT)
