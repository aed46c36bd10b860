"""From events as they came to kernel events: each counted once, each call with its three phases.

An event is known by (source, id): the same again is a duplicate, the same with other content contradicts. A call is
known by (customer, call id): a record of its end implies its attempt and its answer, unless they came by themselves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import Words, find
from fairwire.kernel.compiled import njit
from fairwire.model.columns import ANSWERED, ATTEMPT, CALLS, COLUMN_INDEX, COLUMNS_OF, ENDED, UNKNOWN, WIDTH
from fairwire.model.instants import DAY_US, HOUR_US

NEW, DUPLICATE, CONTRADICTS = 0, 1, 2
"""What `admit` says of an event."""

# columns of the intake table
I_KIND, I_TIME, I_ID, I_CONTENT, I_CALL, I_START, I_ANSWER, I_END, I_ANSWERED = range(9)
INTAKE_WIDTH = 9
# columns of an emitted row: where its values come from, its phase, its time, when its call began, which event shows it
O_SOURCE, O_PHASE, O_TIME, O_START, O_CALL, O_EVENT = range(6)
EMITTED_WIDTH = 6
# words of a call's row
_C_TIME, _C_PHASES, _C_ATTEMPT_AT, _C_SOURCE, _C_CONTENT = range(5)
CALL_WIDTH = 5
_IMPLIED = 1 << 4
"""Beside the bit of a phase in `_C_PHASES`: it is known from the record of the end only."""
ID_WIDTH = 2

_KIND = COLUMN_INDEX["kind"]
_TIME = COLUMN_INDEX["time"]
_ORDINAL = COLUMN_INDEX["ordinal"]
_START = COLUMN_INDEX["start"]
_HOUR = COLUMN_INDEX["hour"]
_WEEKDAY = COLUMN_INDEX["weekday"]
_DAY = COLUMN_INDEX["local_day"]
_MONTH = COLUMN_INDEX["local_month"]
_CUSTOMER_ROW = COLUMN_INDEX["customer_row"]

KNOWN_AT = np.full(WIDTH, ATTEMPT, dtype=np.int64)
"""For each place in a row, the phase of a call from which on it is known."""
for _phase in sorted(CALLS, reverse=True):
    KNOWN_AT[[COLUMN_INDEX[column.name] for column in COLUMNS_OF[_phase]]] = _phase


@njit
def emit(out: Words, at: int, source: int, phase: int, time: int, start: int, call: int, event: int) -> int:
    """Write one row; returns the next free place."""
    out[at, O_SOURCE] = source
    out[at, O_PHASE] = phase
    out[at, O_TIME] = time
    out[at, O_START] = start
    out[at, O_CALL] = call
    out[at, O_EVENT] = event
    return at + 1


@njit
def admit(
    rows: Words,
    order: Words,
    base: int,
    id_keys: Words,
    ids: Words,
    call_keys: Words,
    calls: Words,
    counts: Words,
    verdicts: npt.NDArray[np.int8],
    out: Words,
) -> int:
    """`admit_round` for rows that stand one behind another, from row number `base` on."""
    return admit_round(rows, order, base, -1, id_keys, ids, call_keys, calls, counts, verdicts, out)


@njit
def admit_round(
    rows: Words,
    order: Words,
    base: int,
    mask: int,
    id_keys: Words,
    ids: Words,
    call_keys: Words,
    calls: Words,
    counts: Words,
    verdicts: npt.NDArray[np.int8],
    out: Words,
) -> int:
    """Judge events in `order` and write the kernel rows that they give; returns how many.

    `base` is added to row numbers, so that they stay unique from batch to batch. Row number i and its verdict stand at place
    `i & mask`. `counts`: entries in the two tables. `out` needs three rows an event.
    """
    n = 0
    ahead = 0
    for k in range(order.shape[0]):
        if k & 15 == 0:
            # The tables are larger than any cache: sixteen places asked for at once cost little more than one.
            for j in range(k, min(k + 16, order.shape[0])):
                near = rows[order[j] & mask]
                ahead ^= id_keys[near[I_ID] & (id_keys.shape[0] - 1)] ^ call_keys[near[I_CALL] & (call_keys.shape[0] - 1)]
            out[out.shape[0] - 1, O_SOURCE] = ahead  # overwritten if that row is ever needed; unused, the loads would be left out
        i = order[k]
        row = rows[i & mask]
        i_at = i & mask
        place = find(id_keys, row[I_ID])
        if id_keys[place] != 0:
            verdicts[i_at] = DUPLICATE if ids[place, 1] == row[I_CONTENT] else CONTRADICTS
            continue
        id_keys[place] = row[I_ID]
        counts[0] += 1
        ids[place, 0] = row[I_TIME]
        ids[place, 1] = row[I_CONTENT]
        kind = row[I_KIND]
        if kind > ENDED:
            verdicts[i_at] = NEW
            n = emit(out, n, base + i, kind, row[I_TIME], row[I_TIME], row[I_CALL], base + i)
            continue
        call = find(call_keys, row[I_CALL])
        if call_keys[call] == 0:
            call_keys[call] = row[I_CALL]
            counts[1] += 1
            calls[call, _C_PHASES] = 0
            calls[call, _C_SOURCE] = -1
            calls[call, _C_ATTEMPT_AT] = UNKNOWN
        calls[call, _C_TIME] = row[I_TIME]
        phases = calls[call, _C_PHASES]
        if phases & (_IMPLIED << kind):
            # The record of the end has told this phase already; now it comes by itself, and adds nothing.
            verdicts[i_at] = NEW
            calls[call, _C_PHASES] = phases & ~(_IMPLIED << kind)
            continue
        if phases & (1 << kind):
            same = kind != ENDED or calls[call, _C_CONTENT] == row[I_CONTENT] or calls[call, _C_CONTENT] == 0
            verdicts[i_at] = DUPLICATE if same else CONTRADICTS
            continue
        verdicts[i_at] = NEW
        if kind == ATTEMPT:
            n = emit(out, n, base + i, ATTEMPT, row[I_TIME], row[I_TIME], row[I_CALL], base + i)
            calls[call, _C_ATTEMPT_AT] = row[I_TIME]
            calls[call, _C_SOURCE] = base + i
        elif kind == ANSWERED:
            if calls[call, _C_SOURCE] >= 0:
                start = calls[call, _C_ATTEMPT_AT]
                n = emit(out, n, calls[call, _C_SOURCE], ANSWERED, row[I_TIME], start, row[I_CALL], base + i)
            else:
                # The attempt never came: wait for the end, which tells all.
                calls[call, _C_PHASES] = phases
                continue
        else:
            calls[call, _C_CONTENT] = row[I_CONTENT]
            start = row[I_START]
            if phases & (1 << ATTEMPT):
                start = calls[call, _C_ATTEMPT_AT]
            else:
                n = emit(out, n, base + i, ATTEMPT, start, start, row[I_CALL], base + i)
                phases |= 1 << ATTEMPT | _IMPLIED << ATTEMPT
            if row[I_ANSWERED] == 1 and not phases & (1 << ANSWERED):
                answer = row[I_ANSWER] if row[I_ANSWER] != UNKNOWN else row[I_END]
                n = emit(out, n, base + i, ANSWERED, max(answer, start), start, row[I_CALL], base + i)
                phases |= 1 << ANSWERED | _IMPLIED << ANSWERED
            n = emit(out, n, base + i, ENDED, max(row[I_END], start), start, row[I_CALL], base + i)
        calls[call, _C_PHASES] = phases | (1 << kind)
    return n


@njit
def settle(emitted: Words, order: Words) -> None:
    """Bring rows that are in order of time into order of call, then phase, where times are equal."""
    for k in range(1, order.shape[0]):
        here = order[k]
        at = k
        while at > 0:
            there = order[at - 1]
            if emitted[there, O_TIME] != emitted[here, O_TIME]:
                break
            if emitted[there, O_CALL] < emitted[here, O_CALL]:
                break
            if emitted[there, O_CALL] == emitted[here, O_CALL] and emitted[there, O_PHASE] <= emitted[here, O_PHASE]:
                break
            order[at] = there
            at -= 1
        order[at] = here


@njit
def renumber(new: Words, place: Words, rows: Words, base: int, call_keys: Words, calls: Words, emitted: Words) -> None:
    """Give the new events of a batch row numbers without gaps: the k-th of `new` becomes row `base + k`, wherever it is named.

    `place` needs one word for each row of the batch; what is in it does not matter.
    """
    for k in range(new.shape[0]):
        i = new[k]
        place[i] = k
        call = find(call_keys, rows[i, I_CALL])
        if rows[i, I_KIND] == ATTEMPT and calls[call, _C_SOURCE] == base + i:
            calls[call, _C_SOURCE] = base + k
    for k in range(emitted.shape[0]):
        if emitted[k, O_SOURCE] >= base:
            emitted[k, O_SOURCE] = base + place[emitted[k, O_SOURCE] - base]
        emitted[k, O_EVENT] = base + place[emitted[k, O_EVENT] - base]


@njit
def local_offset(zone: int, now: int, zone_starts: Words, zone_from: Words, zone_offsets: Words) -> int:
    """Offset from UTC in microseconds of a zone at an instant. Zone z owns entries `zone_starts[z]` to `zone_starts[z + 1]`."""
    low = zone_starts[zone]
    high = zone_starts[zone + 1]
    while high - low > 1:
        middle = (low + high) // 2
        if zone_from[middle] <= now:
            low = middle
        else:
            high = middle
    return zone_offsets[low]


@njit
def fill(
    emitted: Words,
    first: int,
    count: int,
    raw: Words,
    raw_base: int,
    rows: Words,
    known_at: Words,
    customer_zone: Words,
    zone_starts: Words,
    zone_from: Words,
    zone_offsets: Words,
    months: Words,
) -> None:
    """`fill_round` for raw rows that stand one behind another, from row number `raw_base` on."""
    fill_round(
        emitted, first, count, raw, raw_base, -1, rows, known_at, customer_zone, zone_starts, zone_from, zone_offsets, months
    )


@njit
def fill_round(
    emitted: Words,
    first: int,
    count: int,
    raw: Words,
    raw_base: int,
    mask: int,
    rows: Words,
    known_at: Words,
    customer_zone: Words,
    zone_starts: Words,
    zone_from: Words,
    zone_offsets: Words,
    months: Words,
) -> None:
    """Kernel rows of `emitted[first:first + count]`: the raw values of their call, without what their phase cannot know yet.

    Raw row i stands at place `(i - raw_base) & mask`. `months[d]` is the calendar month of day d since 1970.
    """
    for k in range(count):
        entry = emitted[first + k]
        source = raw[(entry[O_SOURCE] - raw_base) & mask]
        row = rows[k]
        phase = entry[O_PHASE]
        for c in range(row.shape[0]):
            row[c] = source[c] if known_at[c] <= phase else UNKNOWN  # beyond the phases of a call, all is known at once
        now = entry[O_TIME]
        row[_KIND] = phase
        row[_TIME] = now
        row[_START] = entry[O_START]
        row[_ORDINAL] = entry[O_EVENT]
        zone = customer_zone[row[_CUSTOMER_ROW]]
        local = now + local_offset(zone, now, zone_starts, zone_from, zone_offsets)
        day = local // DAY_US
        row[_DAY] = day
        row[_HOUR] = (local - day * DAY_US) // HOUR_US
        row[_WEEKDAY] = (day + 3) % 7
        row[_MONTH] = months[min(max(day, 0), months.shape[0] - 1)]
