"""One event through the windows, and the findings that open."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import Words, allocate, find, mix
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import (
    BLOCK_COUNT,
    BLOCK_TOTALS,
    BUMP,
    C_STREAM,
    E_COUNT,
    E_FIRST,
    E_HEAD,
    E_LAST,
    E_RULE,
    EPISODE_TABLE,
    EPISODES,
    F_AT_LEAST,
    F_CELL,
    F_INDEX,
    F_ON,
    F_OTHER,
    F_READ,
    G_CELL_END,
    G_CELLS,
    G_CLOCK,
    G_FEATURE_END,
    G_FEATURES,
    G_ON,
    G_PANE_US,
    G_PANES,
    HEAD_EVENTS,
    HEAD_LAST,
    HEAD_POINTERS,
    R_QUIET_US,
    R_SUBJECT,
    S_EVIDENCE,
    S_EVIDENCE_KINDS,
    S_GROUP,
    S_GROUP_END,
    S_IDLE,
    S_KEY_A,
    S_KEY_B,
    S_ON,
    S_STREAM,
    S_STREAM_END,
    TABLE_COUNT,
)
from fairwire.kernel.windows import expire, extreme, put
from fairwire.model.columns import COLUMN_INDEX, UNKNOWN
from fairwire.model.instants import DAY_US
from fairwire.model.program import (
    CLOCK_GAUGE,
    CLOCK_LOCAL_DAY,
    CLOCK_LOCAL_MONTH,
    READ_EXTERNAL,
    READ_MAX,
    READ_MIN,
    READ_RATIO,
    READ_TOTAL,
)

Floats = npt.NDArray[np.float64]

_KIND = COLUMN_INDEX["kind"]
_TIME = COLUMN_INDEX["time"]
_START = COLUMN_INDEX["start"]
_ORDINAL = COLUMN_INDEX["ordinal"]
_DAY = COLUMN_INDEX["local_day"]
_MONTH = COLUMN_INDEX["local_month"]


@njit
def subject_key(row: Words, subject: int, a: int, b: int) -> int:
    """64-bit key of the subject an event belongs to; 0 when a part of it is unknown."""
    if row[a] == UNKNOWN:
        return 0
    key = mix(subject + 101, row[a])
    if b >= 0:
        if row[b] == UNKNOWN:
            return 0
        key = mix(key, row[b])
    return key


@njit
def pane_of(row: Words, clock: int, pane_us: int) -> int:
    """Number of the pane that is now for this event."""
    if clock == CLOCK_LOCAL_DAY:
        return row[_DAY]
    if clock == CLOCK_LOCAL_MONTH:
        return row[_MONTH]
    return row[_TIME] // pane_us


@njit
def read(
    heap: Words,
    block: int,
    group: Words,
    cell_table: Words,
    feature_table: Words,
    scales: Floats,
    bit: int,
    now: int,
    values: Floats,
) -> None:
    """Write the group's features that some rule reads on this kind of event."""
    cells = group[G_CELL_END] - group[G_CELLS]
    if block != 0:
        expire(heap, block, cells, cell_table, group[G_CELLS], now - group[G_PANES] + 1)
    for f in range(group[G_FEATURES], group[G_FEATURE_END]):
        if not feature_table[f, F_ON] & bit:
            continue
        how = feature_table[f, F_READ]
        cell = feature_table[f, F_CELL]
        value = np.nan
        if block == 0:
            if how == READ_TOTAL:
                value = 0.0
        elif how == READ_TOTAL:
            value = heap[block + BLOCK_TOTALS + cell] / scales[f]
        elif how == READ_RATIO:
            below = heap[block + BLOCK_TOTALS + feature_table[f, F_OTHER]]
            if below > 0 and below >= feature_table[f, F_AT_LEAST]:
                value = heap[block + BLOCK_TOTALS + cell] / (scales[f] * below)
        elif how == READ_MAX or how == READ_MIN:
            if heap[block + BLOCK_COUNT] > 0:
                value = extreme(heap, block, cells, cell, how == READ_MAX) / scales[f]
        if how != READ_EXTERNAL:
            values[feature_table[f, F_INDEX]] = value


@njit
def update(
    row: Words,
    amounts: Words,
    values: Floats,
    heads: Words,
    heap: Words,
    free: Words,
    meta: Words,
    table_keys: Words,
    table: Words,
    pair_keys: Words,
    pairs: Words,
    subjects: Words,
    subject_streams: Words,
    groups: Words,
    cell_table: Words,
    feature_table: Words,
    scales: Floats,
) -> None:
    """Fold one event into every subject it belongs to and read what rules will ask."""
    bit = 1 << row[_KIND]
    for s in range(subjects.shape[0]):
        heads[s] = 0
        reads = (subjects[s, S_ON] & bit) != 0
        active = False
        for k in range(subjects[s, S_STREAM], subjects[s, S_STREAM_END]):
            if amounts[subject_streams[k]] != 0:
                active = True
                break
        if not active and not reads:
            continue
        key = subject_key(row, s, subjects[s, S_KEY_A], subjects[s, S_KEY_B])
        if key == 0:
            continue
        first = subjects[s, S_GROUP]
        count = subjects[s, S_GROUP_END] - first
        place = find(table_keys, key)
        if table_keys[place] == 0:
            if not active and subjects[s, S_IDLE] == 0:
                # Most pairs never do anything that a rule counts: they are not worth a block, and no rule holds for them.
                continue
            table_keys[place] = key
            meta[TABLE_COUNT] += 1
            table[place, 0] = allocate(heap, free, meta, HEAD_POINTERS + count + subjects[s, S_EVIDENCE])
        head = table[place, 0]
        heads[s] = head
        if active and subjects[s, S_EVIDENCE_KINDS] & bit:
            ring = HEAD_POINTERS + count + heap[head + HEAD_EVENTS] % subjects[s, S_EVIDENCE]
            heap[head + ring] = row[_ORDINAL]
            heap[head + HEAD_EVENTS] += 1
        heap[head + HEAD_LAST] = max(heap[head + HEAD_LAST], row[_TIME])
        for g in range(first, subjects[s, S_GROUP_END]):
            group = groups[g]
            slot = head + HEAD_POINTERS + g - first
            now = pane_of(row, group[G_CLOCK], group[G_PANE_US])
            if active:
                some = False
                for c in range(group[G_CELLS], group[G_CELL_END]):
                    if amounts[cell_table[c, C_STREAM]] != 0:
                        some = True
                        break
                if some:
                    gauge = group[G_CLOCK] == CLOCK_GAUGE
                    pane = row[_START] // group[G_PANE_US] if gauge else now
                    until = row[_TIME] + max(group[G_PANE_US] * (group[G_PANES] + 1), 32 * DAY_US if group[G_PANES] == 1 else 0)
                    put(
                        heap,
                        free,
                        meta,
                        slot,
                        group[G_CELL_END] - group[G_CELLS],
                        group[G_CELLS],
                        cell_table,
                        amounts,
                        now,
                        pane,
                        group[G_PANES],
                        until,
                        gauge,
                        head,
                        pair_keys,
                        pairs,
                    )
            if reads and group[G_ON] & bit:
                read(heap, heap[slot], group, cell_table, feature_table, scales, bit, now, values)


@njit
def worst_case(subjects: Words, groups: Words) -> int:
    """Words that one event can need at the most."""
    words = 0
    for s in range(subjects.shape[0]):
        words += 2 * (HEAD_POINTERS + subjects[s, S_GROUP_END] - subjects[s, S_GROUP] + subjects[s, S_EVIDENCE])
    for g in range(groups.shape[0]):
        cells = groups[g, G_CELL_END] - groups[g, G_CELLS]
        words += 2 * (BLOCK_TOTALS + cells + 2 * (groups[g, G_PANES] + 1) * (1 + cells))
    return words


@njit
def has_room(heap: Words, meta: Words, needed: int) -> bool:
    """Whether the heap can take one more event."""
    return meta[BUMP] + needed <= heap.shape[0]


@njit
def collect(
    row: Words,
    position: int,
    hits: npt.NDArray[np.int8],
    heads: Words,
    values: Floats,
    heap: Words,
    meta: Words,
    subjects: Words,
    rules: Words,
    episode_keys: Words,
    episode_table: Words,
    episodes: Words,
    silenced: Words,
    hit_list: Words,
    opened: Words,
    opened_values: Floats,
    opened_evidence: Words,
    cursor: Words,
) -> None:
    """Join hits of one rule on one subject to an episode; note the hits, and the episodes that this event opens.

    `cursor` counts the rows used in `hit_list` and `opened`.
    """
    for r in range(hits.shape[0]):
        if hits[r] == 0:
            continue
        s = rules[r, R_SUBJECT]
        head = heads[s]
        if head == 0:
            # The event has no such subject: what was judged were the values of another one.
            continue
        if hits[r] == 2:
            silenced[r] += 1
            continue
        now = row[_TIME]
        key = mix(head, r + 1)
        place = find(episode_keys, key)
        fresh = False
        if episode_keys[place] == 0:
            episode_keys[place] = key
            meta[EPISODE_TABLE] += 1
            fresh = True
        elif now - episodes[episode_table[place, 0], E_LAST] > rules[r, R_QUIET_US]:
            fresh = True
        if fresh:
            e = meta[EPISODES]
            meta[EPISODES] += 1
            episode_table[place, 0] = e
            episodes[e, E_FIRST] = now
            episodes[e, E_LAST] = now
            episodes[e, E_COUNT] = 1
            episodes[e, E_RULE] = r
            episodes[e, E_HEAD] = head
        else:
            e = episode_table[place, 0]
            episodes[e, E_LAST] = max(now, episodes[e, E_LAST])
            episodes[e, E_COUNT] += 1
        if cursor[0] < hit_list.shape[0]:
            hit_list[cursor[0], 0] = position
            hit_list[cursor[0], 1] = r
            hit_list[cursor[0], 2] = e
            cursor[0] += 1
        if fresh:
            o = cursor[1]
            opened[o, 0] = position
            opened[o, 1] = r
            opened[o, 2] = e
            for f in range(values.shape[0]):
                opened_values[o, f] = values[f]
            ring = head + HEAD_POINTERS + subjects[s, S_GROUP_END] - subjects[s, S_GROUP]
            kept = min(heap[head + HEAD_EVENTS], subjects[s, S_EVIDENCE])
            for k in range(opened_evidence.shape[1]):
                opened_evidence[o, k] = UNKNOWN
            for k in range(kept):
                which = (heap[head + HEAD_EVENTS] - kept + k) % subjects[s, S_EVIDENCE]
                opened_evidence[o, k] = heap[ring + which]
            cursor[1] = o + 1
