"""Subjects on the move: out of a state into a flat array, and from there into a state of the same or of another plan.

Three things are one here: a state that lets go of quiet subjects and takes them back, two states that become one, and a state
that goes on under a new plan. Cells are known by what they count (`model.program.Cell.meaning`), so a feature that both plans
have is carried over as it stands, and one that has changed starts afresh.

A flat subject has its head as it was, with addresses inside the array; a bag, whose keys are known to the table of pairs by
their address, is a list of (pane, key, times).
"""

from __future__ import annotations

from fairwire.kernel.arena import Words, allocate, class_words, find, mix, size_class
from fairwire.kernel.bags import (
    B_COUNT,
    B_OLDEST,
    B_PANE,
    E_KEY,
    E_NEXT,
    E_TIMES,
    K_KEY,
    P_ENTRIES,
    P_NEXT,
    P_PANE,
    put_many,
)
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import (
    BUMP,
    EVIDENCE_FIRST,
    H_FIRST,
    H_KEY,
    H_KIND,
    H_LAST,
    P_CAPACITY,
    P_COUNT,
    P_PANES,
    TABLE_COUNT,
    W_OLDEST,
    W_PANE,
    W_RING,
    W_TOTALS,
)
from fairwire.kernel.profiles import DAY_WORDS, F_DAYS
from fairwire.kernel.routes import (
    R_FROM,
    R_FROM_CELLS,
    R_FROM_SUMS,
    R_MAP,
    R_N_PANES,
    R_OWNER,
    R_PANE_US,
    R_STRUCTURE,
    R_TO,
    R_TO_CELLS,
    R_TO_SUMS,
    Routes,
)
from fairwire.kernel.windows import NO_PANE, entry, until_us
from fairwire.model.aggregates import BAG, DECAYED, PANES, PROFILE
from fairwire.model.instants import DAY_US

SIZE = -1
"""Where, before the head of a flat subject, the number of its words stands."""


@njit
def move_panes(source: Words, here: int, heap: Words, free: Words, meta: Words, there: int, row: Words, cells: Words) -> None:
    """A window: its panes in order, each cell to its new place; totals are made from what was moved."""
    from_cells, from_sums = row[R_FROM_CELLS], row[R_FROM_SUMS]
    to_cells, to_sums = row[R_TO_CELLS], row[R_TO_SUMS]
    heap[there + W_PANE] = source[here + W_PANE]
    heap[there + W_OLDEST] = NO_PANE
    for j in range(to_cells):
        place = cells[row[R_MAP] + j]
        if place >= 0:
            heap[there + W_TOTALS + to_sums + j] = source[here + W_TOTALS + from_sums + place]
            if j < to_sums:
                heap[there + W_TOTALS + j] = source[here + W_TOTALS + place]
    ring = source[here + W_RING]
    count = 0 if ring == 0 else source[ring + P_COUNT]
    if count == 0:
        return
    words = P_PANES + count * (1 + to_cells)
    wider = allocate(heap, free, meta, words)
    heap[wider + P_CAPACITY] = (class_words(size_class(words)) - P_PANES) // (1 + to_cells)
    heap[wider + P_COUNT] = count
    heap[there + W_RING] = wider
    for index in range(count):
        pane, target = entry(source, ring, from_cells, index), entry(heap, wider, to_cells, index)
        heap[target] = source[pane]
        if index == 0:
            heap[there + W_OLDEST] = source[pane]
        for j in range(to_cells):
            place = cells[row[R_MAP] + j]
            if place >= 0:
                heap[target + 1 + j] = source[pane + 1 + place]


@njit
def move_fading(source: Words, here: int, heap: Words, there: int, row: Words, cells: Words) -> None:
    """Fading totals, as of the same epoch."""
    heap[there] = source[here]
    for j in range(row[R_TO_CELLS]):
        place = cells[row[R_MAP] + j]
        if place >= 0:
            heap[there + 1 + j] = source[here + 1 + place]


@njit
def move_profile(source: Words, here: int, heap: Words, free: Words, meta: Words, there: int) -> None:
    """A profile, with the blocks of its days."""
    for j in range(F_DAYS):
        heap[there + j] = source[here + j]
    for day in range(7):
        block = source[here + F_DAYS + day]
        if block != 0:
            copy = allocate(heap, free, meta, DAY_WORDS)
            for j in range(DAY_WORDS):
                heap[copy + j] = source[block + j]
            heap[there + F_DAYS + day] = copy


@njit
def flatten_bag(
    source: Words, here: int, heap: Words, free: Words, meta: Words, there: int, owner: int, pair_keys: Words, pairs: Words
) -> None:
    """A bag as a list of (pane, key, times), oldest first; the table of pairs forgets where its keys are."""
    heap[there + B_PANE] = source[here + B_PANE]
    entries = 0
    pane = source[here + B_OLDEST]
    while pane != 0:
        at = source[pane + P_ENTRIES]
        while at != 0:
            entries += 1
            at = source[at + E_NEXT]
        pane = source[pane + P_NEXT]
    heap[there + B_COUNT] = entries
    if entries == 0:
        return
    block = allocate(heap, free, meta, 3 * entries)
    heap[there + B_OLDEST] = block
    pane = source[here + B_OLDEST]
    while pane != 0:
        at = source[pane + P_ENTRIES]
        while at != 0:
            key = source[source[at + E_KEY] + K_KEY]
            heap[block] = source[pane + P_PANE]
            heap[block + 1] = key
            heap[block + 2] = source[at + E_TIMES]
            block += 3
            place = find(pair_keys, mix(owner, key))
            if pair_keys[place] != 0:
                pairs[place, 1] = 0
            at = source[at + E_NEXT]
        pane = source[pane + P_NEXT]


@njit
def fill_bag(
    source: Words,
    here: int,
    heap: Words,
    free: Words,
    meta: Words,
    there: int,
    row: Words,
    owner: int,
    pair_keys: Words,
    pairs: Words,
) -> None:
    """A bag again from its list."""
    heap[there + B_PANE] = source[here + B_PANE]
    block = source[here + B_OLDEST]
    for _ in range(source[here + B_COUNT]):
        pane, key, times = source[block], source[block + 1], source[block + 2]
        # An event of this pane would be gone by then.
        until = (pane + 1) * row[R_PANE_US] + until_us(row[R_PANE_US], row[R_N_PANES]) + DAY_US
        put_many(heap, free, meta, there, pane, until, owner, key, times, pair_keys, pairs)
        block += 3


@njit
def move_evidence(source: Words, slot: int, places: int, heap: Words, free: Words, meta: Words, to: int, most: int) -> None:
    """The ordinals that a rule remembers, the latest that there is room for."""
    count = source[slot + 1]
    kept = min(count, min(places, most))
    if kept == 0:
        return
    room = EVIDENCE_FIRST
    while room < kept:
        room *= 2  # as `note` has it
    block = allocate(heap, free, meta, min(room, most))
    for k in range(kept):
        heap[block + k] = source[source[slot] + (count - kept + k) % places]
    heap[to] = block
    heap[to + 1] = kept


@njit
def move_subject(
    source: Words,
    head: int,
    heap: Words,
    free: Words,
    meta: Words,
    subject: int,
    flat_from: bool,
    flat_to: bool,
    way: Routes,
    pair_keys: Words,
    pairs: Words,
) -> int:
    """One subject to the end of `heap`; returns its head there. `pair_keys`: of the state that has its bags, before or after."""
    there = meta[BUMP]
    meta[BUMP] = there + way.words[subject]
    for j in range(way.words[subject]):
        heap[there + j] = 0
    heap[there + H_FIRST] = source[head + H_FIRST]
    heap[there + H_KEY] = source[head + H_KEY]
    heap[there + H_LAST] = source[head + H_LAST]
    heap[there + H_KIND] = subject
    for i in range(way.gap_first[subject], way.gap_first[subject + 1]):
        heap[there + way.gaps[i, 1]] = source[head + way.gaps[i, 0]]
    for i in range(way.group_first[subject], way.group_first[subject + 1]):
        row = way.groups[i]
        here, to = head + row[R_FROM], there + row[R_TO]
        if row[R_STRUCTURE] == PANES:
            move_panes(source, here, heap, free, meta, to, row, way.cells)
        elif row[R_STRUCTURE] == DECAYED:
            move_fading(source, here, heap, to, row, way.cells)
        elif row[R_STRUCTURE] == PROFILE:
            move_profile(source, here, heap, free, meta, to)
        elif row[R_STRUCTURE] == BAG:
            owner = mix(source[head + H_KEY], row[R_OWNER])
            if flat_to:
                flatten_bag(source, here, heap, free, meta, to, owner, pair_keys, pairs)
            elif flat_from:
                fill_bag(source, here, heap, free, meta, to, row, owner, pair_keys, pairs)
    for i in range(way.rule_first[subject], way.rule_first[subject + 1]):
        move_evidence(source, head + way.rules[i, 0], way.rules[i, 1], heap, free, meta, there + way.rules[i, 2], way.rules[i, 3])
    return there


@njit
def words_needed(source: Words, head: int, entries: int) -> int:
    """Words that a flat subject can need in a state: blocks are rounded up, and an entry of a bag may need four of its own."""
    return 2 * source[head + SIZE] + 16 * entries


@njit
def bag_entries(source: Words, head: int, subject: int, group_first: Words, groups: Words) -> int:
    """Entries of the bags of a flat subject: what it may add to the table of pairs."""
    total = 0
    for i in range(group_first[subject], group_first[subject + 1]):
        if groups[i, R_STRUCTURE] == BAG:
            total += source[head + groups[i, R_FROM] + B_COUNT]
    return total


@njit
def pack(
    table_keys: Words,
    table: Words,
    before_us: int,
    source: Words,
    heap: Words,
    free: Words,
    meta: Words,
    way: Routes,
    pair_keys: Words,
    pairs: Words,
) -> int:
    """All subjects last seen before an instant, flat, to the end of `heap`; the table has their heads there, below zero.

    Returns how many.
    """
    count = 0
    for place in range(table_keys.shape[0]):
        head = table[place, 0]
        if table_keys[place] == 0 or head <= 0 or source[head + H_LAST] >= before_us:
            continue
        meta[BUMP] += 1
        there = move_subject(
            source, head, heap, free, meta, source[head + H_KIND], False, True,
            way, pair_keys, pairs,
        )  # fmt: skip
        heap[there + SIZE] = meta[BUMP] - there
        table[place, 0] = -there
        count += 1
    return count


@njit
def last_seen(table_keys: Words, table: Words, heap: Words, out: Words) -> int:
    """When each subject of the heap was last seen; returns how many there are."""
    count = 0
    for place in range(table_keys.shape[0]):
        if table_keys[place] != 0 and table[place, 0] > 0:
            out[count] = heap[table[place, 0] + H_LAST]
            count += 1
    return count


@njit
def needed_for(table: Words, source: Words, group_first: Words, groups: Words, kinds: Words, totals: Words) -> None:
    """Words of the heap and entries of the table of pairs that flat subjects need, into `totals`."""
    for i in range(table.shape[0]):
        head = -table[i, 0]
        subject = kinds[source[head + H_KIND]]
        if subject >= 0:
            entries = bag_entries(source, head, subject, group_first, groups)
            totals[0] += words_needed(source, head, entries)
            totals[1] += entries


@njit
def unpack(
    old_keys: Words,
    old_table: Words,
    source: Words,
    kinds: Words,
    table_keys: Words,
    table: Words,
    heap: Words,
    free: Words,
    meta: Words,
    way: Routes,
    pair_keys: Words,
    pairs: Words,
) -> None:
    """Flat subjects into a heap: their keys and heads as the shelf has them. `kinds`: index here -> there, or -1."""
    for i in range(old_keys.shape[0]):
        head = -old_table[i, 0]
        subject = kinds[source[head + H_KIND]]
        if subject < 0:
            continue
        there = move_subject(
            source, head, heap, free, meta, subject, True, False,
            way, pair_keys, pairs,
        )  # fmt: skip
        place = find(table_keys, old_keys[i])
        if table_keys[place] == 0:
            table_keys[place] = old_keys[i]
            meta[TABLE_COUNT] += 1
        table[place, 0] = there


@njit
def unite(old_keys: Words, old: Words, keys: Words, values: Words, keep_after: int) -> int:
    """Add a table to another that has room; of a key that both have, the greater values stay. Returns how many are new."""
    fresh = 0
    for i in range(old_keys.shape[0]):
        if old_keys[i] == 0 or old[i, 0] < keep_after:
            continue
        place = find(keys, old_keys[i])
        if keys[place] == 0:
            keys[place] = old_keys[i]
            fresh += 1
            for j in range(old.shape[1]):
                values[place, j] = old[i, j]
        else:
            for j in range(old.shape[1]):
                values[place, j] = max(values[place, j], old[i, j])
    return fresh
