"""Windows over event time, kept as panes.

    |<--------- panes x pane_us --------->|
    [ pane ][ pane ][      ][ pane ][ now ..> event time

A sliding window of `n` panes reads the pane of now and the `n - 1` before it: between `span - pane_us` and `span` of
history, never more than the span. A count over it is therefore never more than the exact count: the error is on the
customer's side. Calendar windows have one pane, the day or month of the customer's zone, and are exact. Gauges put +1
into the pane in which a call began and -1 into that same pane when it ends; a call whose end is lost leaves with its
pane, and an end without a beginning finds no pane, so that a gauge never falls below zero.

Only panes in which something happened are kept, in order, in a ring that doubles when it is full: a quiet subject costs
a few words, a busy one at most `panes` entries. Sums are integers, so that any order gives the same bytes.

Merge law of a pane: ADD adds, MAX and MIN keep the greater and the lesser, DISTINCT counts keys by the pane in which
they were last seen. Cost: one word a cell and pane; DISTINCT another 24 bytes a key in the window (exact).
"""

from __future__ import annotations

import numpy as np

from fairwire.kernel.arena import Words, allocate, find, mix, release
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import (
    BLOCK_CAPACITY,
    BLOCK_COUNT,
    BLOCK_FIRST,
    BLOCK_TOTALS,
    C_OP,
    C_STREAM,
    LATE,
    ORPHANS,
    PAIRS_COUNT,
)
from fairwire.model.program import ADD, DISTINCT, EXTREME_SHIFT, MAX, MIN


@njit
def entry(heap: Words, block: int, cells: int, index: int) -> int:
    """Address of the pane at `index` of the ring, 0 being the oldest."""
    place = heap[block + BLOCK_FIRST] + index
    if place >= heap[block + BLOCK_CAPACITY]:
        place -= heap[block + BLOCK_CAPACITY]
    return block + BLOCK_TOTALS + cells + place * (1 + cells)


@njit
def expire(heap: Words, block: int, cells: int, cell_table: Words, first_cell: int, oldest: int) -> None:
    """Drop panes before `oldest` and take them out of the totals."""
    while heap[block + BLOCK_COUNT] > 0:
        at = entry(heap, block, cells, 0)
        if heap[at] >= oldest:
            return
        for j in range(cells):
            op = cell_table[first_cell + j, C_OP]
            if op == ADD or op == DISTINCT:
                heap[block + BLOCK_TOTALS + j] -= heap[at + 1 + j]
        heap[block + BLOCK_COUNT] -= 1
        first = heap[block + BLOCK_FIRST] + 1
        heap[block + BLOCK_FIRST] = 0 if first == heap[block + BLOCK_CAPACITY] else first


@njit
def grow(heap: Words, free: Words, meta: Words, block: int, cells: int) -> int:
    """A block of twice the panes with the same content; the old one is released."""
    capacity = heap[block + BLOCK_CAPACITY]
    wider = allocate(heap, free, meta, BLOCK_TOTALS + cells + 2 * capacity * (1 + cells))
    heap[wider + BLOCK_CAPACITY] = 2 * capacity
    heap[wider + BLOCK_COUNT] = heap[block + BLOCK_COUNT]
    for j in range(cells):
        heap[wider + BLOCK_TOTALS + j] = heap[block + BLOCK_TOTALS + j]
    for index in range(heap[block + BLOCK_COUNT]):
        source, target = entry(heap, block, cells, index), entry(heap, wider, cells, index)
        for j in range(1 + cells):
            heap[target + j] = heap[source + j]
    release(heap, free, block, BLOCK_TOTALS + cells + capacity * (1 + cells))
    return wider


@njit
def pane_index(heap: Words, block: int, cells: int, pane: int) -> int:
    """Index of the pane in the ring, newest first searched; -1 when it holds nothing."""
    index = heap[block + BLOCK_COUNT] - 1
    while index >= 0:
        number = heap[entry(heap, block, cells, index)]
        if number == pane:
            return index
        if number < pane:
            return -1
        index -= 1
    return -1


@njit
def open_pane(heap: Words, free: Words, meta: Words, slot: int, cells: int, pane: int) -> int:
    """Address of the pane, made if need be, in order. `slot` holds the block's address and may be changed."""
    block = heap[slot]
    index = pane_index(heap, block, cells, pane)
    if index >= 0:
        return entry(heap, block, cells, index)
    if heap[block + BLOCK_COUNT] == heap[block + BLOCK_CAPACITY]:
        block = grow(heap, free, meta, block, cells)
        heap[slot] = block
    index = heap[block + BLOCK_COUNT]
    heap[block + BLOCK_COUNT] = index + 1
    while index > 0:
        before = entry(heap, block, cells, index - 1)
        if heap[before] < pane:
            break
        here = entry(heap, block, cells, index)
        for j in range(1 + cells):
            heap[here + j] = heap[before + j]
        index -= 1
    here = entry(heap, block, cells, index)
    heap[here] = pane
    for j in range(cells):
        heap[here + 1 + j] = 0
    return here


@njit
def put_distinct(
    heap: Words,
    meta: Words,
    block: int,
    here: int,
    cells: int,
    j: int,
    pane: int,
    oldest: int,
    until: int,
    owner: int,
    key: int,
    pair_keys: Words,
    pair_values: Words,
) -> None:
    """Count `key` once in the window, under the pane in which it was last seen."""
    pair = mix(owner, key)
    place = find(pair_keys, pair)
    if pair_keys[place] == 0:
        pair_keys[place] = pair
        meta[PAIRS_COUNT] += 1
        pair_values[place, 1] = oldest - 1
    seen = pair_values[place, 1]
    if seen >= oldest:
        if seen >= pane:
            return
        index = pane_index(heap, block, cells, seen)
        if index >= 0:
            heap[entry(heap, block, cells, index) + 1 + j] -= 1
            heap[block + BLOCK_TOTALS + j] -= 1
    heap[here + 1 + j] += 1
    heap[block + BLOCK_TOTALS + j] += 1
    pair_values[place, 0] = until
    pair_values[place, 1] = pane


@njit
def put(
    heap: Words,
    free: Words,
    meta: Words,
    slot: int,
    cells: int,
    first_cell: int,
    cell_table: Words,
    amounts: Words,
    now: int,
    pane: int,
    panes: int,
    until: int,
    gauge: bool,
    owner: int,
    pair_keys: Words,
    pair_values: Words,
) -> None:
    """Fold one event's amounts into the pane it belongs to.

    `now` is the pane of the event's own time; `pane` the one to change (an ended call changes the pane it began in).
    """
    if heap[slot] == 0:
        block = allocate(heap, free, meta, BLOCK_TOTALS + cells + (1 + cells))
        heap[block + BLOCK_CAPACITY] = 1
        heap[slot] = block
    block = heap[slot]
    count = heap[block + BLOCK_COUNT]
    newest = now
    if count > 0:
        newest = max(now, heap[entry(heap, block, cells, count - 1)])
        expire(heap, block, cells, cell_table, first_cell, newest - panes + 1)
    oldest = newest - panes + 1
    if pane < oldest:
        meta[ORPHANS if gauge else LATE] += 1
        return
    if gauge and pane_index(heap, block, cells, pane) < 0:
        begins = False
        for j in range(cells):
            begins = begins or amounts[cell_table[first_cell + j, C_STREAM]] > 0
        if not begins:
            meta[ORPHANS] += 1
            return
    here = open_pane(heap, free, meta, slot, cells, pane)
    block = heap[slot]
    for j in range(cells):
        amount = amounts[cell_table[first_cell + j, C_STREAM]]
        if amount == 0:
            continue
        op = cell_table[first_cell + j, C_OP]
        if op == ADD:
            if not (gauge and amount < 0 and heap[here + 1 + j] <= 0):
                heap[here + 1 + j] += amount
                heap[block + BLOCK_TOTALS + j] += amount
        elif op == DISTINCT:
            put_distinct(
                heap, meta, block, here, cells, j, pane, oldest, until, mix(owner, first_cell + j), amount, pair_keys, pair_values
            )
        elif op == MAX:
            heap[here + 1 + j] = max(heap[here + 1 + j], amount)
        elif op == MIN:
            # Amounts of MAX and MIN come shifted, so that 0 means nothing yet.
            heap[here + 1 + j] = amount if heap[here + 1 + j] == 0 else min(heap[here + 1 + j], amount)


@njit
def extreme(heap: Words, block: int, cells: int, j: int, greatest: bool) -> float:
    """Greatest or least over the panes; NaN when there is none."""
    found = 0
    for index in range(heap[block + BLOCK_COUNT]):
        amount = heap[entry(heap, block, cells, index) + 1 + j]
        if amount != 0 and (found == 0 or (amount > found) == greatest):
            found = amount
    return np.nan if found == 0 else float(found - EXTREME_SHIFT)
