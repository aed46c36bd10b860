"""One event through the windows, and the findings that open."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import Words, allocate, find, mix, release, size_class
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import (
    BUMP,
    C_STREAM,
    E_COUNT,
    E_FIRST,
    E_HEAD,
    E_LAST,
    E_RULE,
    EPISODE_TABLE,
    EPISODES,
    EVIDENCE_FIRST,
    F_AT_LEAST,
    F_CELL,
    F_INDEX,
    F_ON,
    F_OTHER,
    F_READ,
    FULL_TENTHS,
    G_ADDS,
    G_AT,
    G_CELLS,
    G_CLOCK,
    G_COUNT,
    G_FEATURE_END,
    G_FEATURES,
    G_ON,
    G_PANE_US,
    G_PANES,
    G_SUMS,
    LAST_COUNT,
    P_PANES,
    PAIRS_COUNT,
    R_AT,
    R_EVIDENCE,
    R_KINDS,
    R_QUIET_US,
    R_STREAM,
    R_STREAM_END,
    R_SUBJECT,
    S_GROUP,
    S_GROUP_END,
    S_IDLE,
    S_KEY_A,
    S_KEY_B,
    S_ON,
    S_RULE,
    S_RULE_END,
    S_STREAM,
    S_STREAM_END,
    S_WORDS,
    SEEN_COUNT,
    TABLE_COUNT,
    V_COUNT,
    V_EVENTS,
    V_PLACES,
    W_PANE,
    W_TOTALS,
)
from fairwire.kernel.windows import extreme, fold, put_elsewhere, turn
from fairwire.model.columns import COLUMN_INDEX, UNKNOWN
from fairwire.model.program import (
    CLOCK_GAUGE,
    CLOCK_LOCAL_DAY,
    CLOCK_LOCAL_MONTH,
    READ_MAX,
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
def read(heap: Words, at: int, groups: Words, g: int, feature_table: Words, scales: Floats, bit: int, values: Floats) -> None:
    """Write the group's features that some rule reads on this kind of event."""
    for f in range(groups[g, G_FEATURES], groups[g, G_FEATURE_END]):
        if not feature_table[f, F_ON] & bit:
            continue
        how = feature_table[f, F_READ]
        cell = feature_table[f, F_CELL]
        value = np.nan
        if how == READ_TOTAL:
            value = float(heap[at + W_TOTALS + cell])
            if scales[f] != 1.0:
                value /= scales[f]
        elif how == READ_RATIO:
            below = heap[at + W_TOTALS + feature_table[f, F_OTHER]]
            if below > 0 and below >= feature_table[f, F_AT_LEAST]:
                value = heap[at + W_TOTALS + cell] / (scales[f] * below)
        else:
            value = extreme(heap, at, groups[g, G_COUNT], groups[g, G_SUMS], cell, how == READ_MAX) / scales[f]
        values[feature_table[f, F_INDEX]] = value


@njit
def note(heap: Words, free: Words, meta: Words, slot: int, most: int, ordinal: int) -> None:
    """Remember an event as evidence. `slot` holds the block's address; there are more and more places up to `most`."""
    block = heap[slot]
    count = 0
    if block != 0:
        count = heap[block + V_COUNT]
    if block == 0 or (count == heap[block + V_PLACES] and count < most):
        words = V_EVENTS + (EVIDENCE_FIRST if block == 0 else count + 1)
        wider = allocate(heap, free, meta, words)
        heap[wider + V_PLACES] = min((1 << size_class(words)) - V_EVENTS, most)
        for k in range(count):
            heap[wider + V_EVENTS + k] = heap[block + V_EVENTS + k]
        if block != 0:
            release(heap, free, block, V_EVENTS + count)
        block = wider
        heap[slot] = block
    heap[block + V_EVENTS + count % heap[block + V_PLACES]] = ordinal
    heap[block + V_COUNT] = count + 1


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
    subject_rules: Words,
    groups: Words,
    cell_table: Words,
    feature_table: Words,
    scales: Floats,
    rules: Words,
    rule_streams: Words,
) -> None:
    """Fold one event into every subject it belongs to and read what rules will ask."""
    bit = 1 << row[_KIND]
    time = row[_TIME]
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
        place = find(table_keys, key)
        if table_keys[place] == 0:
            if not active and subjects[s, S_IDLE] == 0:
                # Most pairs never do anything that a rule counts: they are not worth a block, and no rule holds for them.
                continue
            table_keys[place] = key
            table[place, 0] = meta[BUMP]
            meta[BUMP] += subjects[s, S_WORDS]
            meta[TABLE_COUNT] += 1
        head = table[place, 0]
        heads[s] = head
        if active:
            for k in range(subjects[s, S_RULE], subjects[s, S_RULE_END]):
                r = subject_rules[k]
                if rules[r, R_KINDS] & bit:
                    for m in range(rules[r, R_STREAM], rules[r, R_STREAM_END]):
                        if amounts[rule_streams[m]] != 0:
                            note(heap, free, meta, head + rules[r, R_AT], rules[r, R_EVIDENCE], row[_ORDINAL])
                            break
        for g in range(subjects[s, S_GROUP], subjects[s, S_GROUP_END]):
            first = groups[g, G_CELLS]
            cells = groups[g, G_COUNT]
            some = False
            if active:
                for c in range(first, first + cells):
                    if amounts[cell_table[c, C_STREAM]] != 0:
                        some = True
                        break
            asked = reads and (groups[g, G_ON] & bit) != 0
            if not some and not asked:
                continue
            at = head + groups[g, G_AT]
            clock = groups[g, G_CLOCK]
            sums = groups[g, G_SUMS]
            now = heap[at + W_PANE]
            if clock == CLOCK_LOCAL_DAY:
                now = row[_DAY]
            elif clock == CLOCK_LOCAL_MONTH:
                now = row[_MONTH]
            else:
                passed = time - now * groups[g, G_PANE_US]
                if passed < 0 or passed >= groups[g, G_PANE_US]:
                    now = time // groups[g, G_PANE_US]
            if now > heap[at + W_PANE]:
                turn(heap, free, meta, at, cells, sums, groups[g, G_PANES], now)
            if some:
                gauge = clock == CLOCK_GAUGE
                pane = now
                if gauge:
                    pane = min(row[_START] // groups[g, G_PANE_US], heap[at + W_PANE])
                if gauge or pane < heap[at + W_PANE]:
                    put_elsewhere(heap, free, meta, at, groups, g, cell_table, amounts, pane, time, gauge, head, pair_keys, pairs)
                else:
                    adds = groups[g, G_ADDS]
                    for j in range(adds):
                        amount = amounts[cell_table[first + j, C_STREAM]]
                        heap[at + W_TOTALS + j] += amount
                        heap[at + W_TOTALS + sums + j] += amount
                    if adds < cells:
                        here = at + W_TOTALS + sums
                        fold(heap, meta, at, here, groups, g, adds, cell_table, amounts, now, time, gauge, head, pair_keys, pairs)
            if asked:
                read(heap, at, groups, g, feature_table, scales, bit, values)


@njit
def worst_case(subjects: Words, groups: Words, rules: Words) -> int:
    """Words that one event can need at the most. A block of n words takes less than 2 n."""
    words = 0
    for s in range(subjects.shape[0]):
        words += subjects[s, S_WORDS]
    for g in range(groups.shape[0]):
        words += 4 * (P_PANES + (groups[g, G_PANES] + 1) * (1 + groups[g, G_COUNT]))
    for r in range(rules.shape[0]):
        words += 4 * (V_EVENTS + rules[r, R_EVIDENCE])
    return words


@njit
def has_room(heap: Words, meta: Words, needed: int) -> bool:
    """Whether the heap can take one more event."""
    return meta[BUMP] + needed <= heap.shape[0]


@njit
def full(keys: Words, count: int, more: int) -> bool:
    """Whether a hash table would be too full with `more` entries."""
    return 10 * (count + more) > FULL_TENTHS * keys.shape[0]


@njit
def tables_full(
    meta: Words,
    table_keys: Words,
    pair_keys: Words,
    seen_keys: Words,
    last_keys: Words,
    episode_keys: Words,
    episodes: Words,
    subjects: int,
    distinct: int,
    rules: int,
) -> bool:
    """Whether some table must make room before the next event."""
    return (
        full(table_keys, meta[TABLE_COUNT], subjects)
        or full(pair_keys, meta[PAIRS_COUNT], distinct)
        or full(seen_keys, meta[SEEN_COUNT], 2)
        or full(last_keys, meta[LAST_COUNT], 1)
        or full(episode_keys, meta[EPISODE_TABLE], rules)
        or meta[EPISODES] + rules > episodes.shape[0]
    )


@njit
def collect(
    row: Words,
    position: int,
    hits: npt.NDArray[np.int8],
    heads: Words,
    values: Floats,
    heap: Words,
    meta: Words,
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
        head = heads[rules[r, R_SUBJECT]]
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
            for k in range(opened_evidence.shape[1]):
                opened_evidence[o, k] = UNKNOWN
            block = heap[head + rules[r, R_AT]]
            if block != 0:
                kept = min(heap[block + V_COUNT], heap[block + V_PLACES])
                for k in range(kept):
                    which = (heap[block + V_COUNT] - kept + k) % heap[block + V_PLACES]
                    opened_evidence[o, k] = heap[block + V_EVENTS + which]
            cursor[1] = o + 1
