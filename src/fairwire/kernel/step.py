"""One event through the windows, and the findings that open."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import Words, allocate, find, mix, release
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import (
    BUMP,
    E_COUNT,
    E_FIRST,
    E_LAST,
    E_RULE,
    E_SUBJECT,
    EPISODE_TABLE,
    EPISODES,
    EVIDENCE_FIRST,
    FULL_TENTHS,
    H_FIRST,
    H_KEY,
    H_KIND,
    H_LAST,
    LAST_COUNT,
    NEW_LAST,
    NEW_SEEN,
    PAIRS_COUNT,
    R_AT,
    R_OWNER,
    R_PLACES,
    R_QUIET_US,
    R_STOPS,
    R_SUBJECT,
    SEEN_COUNT,
    TABLE_COUNT,
)
from fairwire.model.columns import COLUMN_INDEX, UNKNOWN

Floats = npt.NDArray[np.float64]

_KIND = COLUMN_INDEX["kind"]
_TIME = COLUMN_INDEX["time"]
_START = COLUMN_INDEX["start"]
_ORDINAL = COLUMN_INDEX["ordinal"]
_DAY = COLUMN_INDEX["local_day"]
_MONTH = COLUMN_INDEX["local_month"]


@njit
def subject_key(row: Words, subject: int, a: int, b: int) -> int:
    """64-bit key of the subject an event belongs to; 0 when a part of it is unknown. `subject`: number of its kind."""
    if row[a] == UNKNOWN:
        return 0
    key = mix(subject, row[a])
    if b >= 0:
        if row[b] == UNKNOWN:
            return 0
        key = mix(key, row[b])
    return key


@njit
def head_of(
    row: Words,
    subject: int,
    a: int,
    b: int,
    kind: int,
    words: int,
    made: bool,
    heap: Words,
    meta: Words,
    table_keys: Words,
    table: Words,
) -> int:
    """Address of the head of an event's subject, laid out if need be and `made` allows it; 0 when there is none.

    Most pairs of customer and number never do anything that a rule counts: they are not worth a head, and no rule holds for them.
    """
    key = subject_key(row, subject, a, b)
    if key == 0:
        return 0
    place = find(table_keys, key)
    if table_keys[place] == 0:
        if not made:
            return 0
        table_keys[place] = key
        head = meta[BUMP]
        table[place, 0] = head
        meta[BUMP] = head + words
        meta[TABLE_COUNT] += 1
        heap[head + H_FIRST] = row[_TIME]
        heap[head + H_KEY] = key
        heap[head + H_KIND] = kind
    head = table[place, 0]
    heap[head + H_LAST] = max(heap[head + H_LAST], row[_TIME])
    return head


@njit
def shelved_place(row: Words, subject: int, a: int, b: int, table_keys: Words, table: Words) -> int:
    """Place in the table of an event's subject when it is on the shelf, else -1."""
    key = subject_key(row, subject, a, b)
    if key == 0:
        return -1
    place = find(table_keys, key)
    return place if table_keys[place] != 0 and table[place, 0] < 0 else -1


@njit
def gap_since(heap: Words, slot: int, amount: int, time: int, within_us: int, amounts: Words, first: int) -> None:
    """The gap between an event and the one before it of the same subject, into four streams from `first` on.

    `slot` holds the time of the last one, or 0. An event that comes late ends no gap.
    """
    for j in range(4):
        amounts[first + j] = 0
    if amount == 0:
        return
    last = heap[slot]
    gap_us = time - last
    if last != 0 and 0 <= gap_us <= within_us:
        gap_ms = gap_us // 1000
        amounts[first] = 1
        amounts[first + 1] = gap_ms
        amounts[first + 2] = (gap_ms * gap_ms) & 4294967295
        amounts[first + 3] = (gap_ms * gap_ms) >> 32
    heap[slot] = max(last, time)


@njit
def noted(heap: Words, slot: int, most: int, ordinal: int) -> bool:
    """Remember an event as evidence, where there is room. It is short, so that the compiler puts it where it is asked for."""
    count = heap[slot + 1]
    if count < most and (count == 0 or (count >= EVIDENCE_FIRST and count & (count - 1) == 0)):
        return False
    heap[heap[slot] + (count if count < most else count % most)] = ordinal
    heap[slot + 1] = count + 1
    return True


@njit
def note(heap: Words, free: Words, meta: Words, slot: int, most: int, ordinal: int) -> None:
    """Make room for evidence and remember an event.

    `slot` holds the block's address, then how many came ever; it grows up to `most` places.
    """
    count = heap[slot + 1]
    wider = allocate(heap, free, meta, EVIDENCE_FIRST if count == 0 else min(2 * count, most))
    for k in range(count):
        heap[wider + k] = heap[heap[slot] + k]
    if count != 0:
        release(heap, free, heap[slot], count)
    heap[slot] = wider
    heap[wider + count] = ordinal
    heap[slot + 1] = count + 1


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
        or full(seen_keys, meta[SEEN_COUNT], NEW_SEEN)
        or full(last_keys, meta[LAST_COUNT], NEW_LAST)
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

    `cursor` counts the rows used in `hit_list` and `opened`, and the hits of rules that stop a burst. The last of `hits` says
    that there is one.
    """
    for r in range(hits.shape[0] - 1):
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
        key = mix(heap[head + H_KEY], rules[r, R_OWNER])
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
            episodes[e, E_SUBJECT] = heap[head + H_KEY]
        else:
            e = episode_table[place, 0]
            episodes[e, E_LAST] = max(now, episodes[e, E_LAST])
            episodes[e, E_COUNT] += 1
        hit_list[cursor[0], 0] = position
        hit_list[cursor[0], 1] = r
        hit_list[cursor[0], 2] = e
        cursor[0] += 1
        cursor[2] += rules[r, R_STOPS]
        if fresh:
            o = cursor[1]
            opened[o, 0] = position
            opened[o, 1] = r
            opened[o, 2] = e
            for f in range(values.shape[0]):
                opened_values[o, f] = values[f]
            for k in range(opened_evidence.shape[1]):
                opened_evidence[o, k] = UNKNOWN
            slot, most = head + rules[r, R_AT], rules[r, R_PLACES]
            count = heap[slot + 1]
            for k in range(min(count, most)):
                which = k if count <= most else (count + k) % most
                opened_evidence[o, k] = heap[heap[slot] + which]
            cursor[1] = o + 1
