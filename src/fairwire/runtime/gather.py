"""Compiled loops over Arrow's buffers: texts to codes, numbers called to facts, columns to rows. No Python object is touched."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import find, mix
from fairwire.kernel.compiled import njit
from fairwire.kernel.hashing import hash_bytes
from fairwire.kernel.intake import I_ANSWER, I_ANSWERED, I_CALL, I_CONTENT, I_END, I_ID, I_KIND, I_START, I_TIME
from fairwire.model.columns import COLUMN_INDEX, UNKNOWN
from fairwire.numbers.destination import BLOCK_DIGITS
from fairwire.numbers.destinations import F_ELSEWHERE, F_HIGH_RISK, F_KIND, F_REGION, F_WIDTH
from fairwire.numbers.emergency import LONGEST_EMERGENCY
from fairwire.numbers.states import LONGEST

Words = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Bounds = npt.NDArray[np.int32]
States = npt.NDArray[np.int32]

READ, LATER, UNSEEN = 0, 1, 2
"""What `place_numbers` says of a row: done; to be classified one by one; the automaton has not been there yet."""

_DIRECTION = COLUMN_INDEX["direction"]
_REMOTE = COLUMN_INDEX["remote"]
_CALLEE = COLUMN_INDEX["callee"]
_BLOCK = COLUMN_INDEX["block"]
_COUNTRY = COLUMN_INDEX["country"]
_DESTINATION = COLUMN_INDEX["destination"]
_INTERNATIONAL = COLUMN_INDEX["international"]
_HIGH_RISK = COLUMN_INDEX["high_risk"]
_NUMBER = COLUMN_INDEX["number"]
_KIND = COLUMN_INDEX["kind"]
_TIME = COLUMN_INDEX["time"]
_CUSTOMER = COLUMN_INDEX["customer"]
_DISPOSITION = COLUMN_INDEX["disposition"]
_BELOW = 9  # facts know numbers of more digits than any emergency number has
assert _BELOW == LONGEST_EMERGENCY


@njit
def code_words(data: Bytes, bounds: Bounds, words: Bytes, word_bounds: Bounds, out: Words) -> None:
    """Place of each text in a list of words, from 1; 0 for another. A text is most often the one before."""
    last = 0
    for i in range(out.shape[0]):
        start, size = bounds[i], bounds[i + 1] - bounds[i]
        out[i] = 0
        for turn in range(word_bounds.shape[0]):
            w = last if turn == 0 else turn - 1
            if word_bounds[w + 1] - word_bounds[w] != size:
                continue
            same = True
            for k in range(size):
                if data[start + k] != words[word_bounds[w] + k]:
                    same = False
                    break
            if same:
                out[i] = w + 1
                last = w
                break


@njit
def mix_many(a: Words, b: Words, out: Words) -> None:
    """Keys of two columns."""
    for i in range(out.shape[0]):
        out[i] = mix(a[i], b[i])


@njit
def put_rows(keys: Words, known: Words, rows: Words) -> None:
    """Make a hash table of keys and their places; of two equal keys the later counts."""
    for i in range(keys.shape[0]):
        place = find(known, keys[i])
        known[place] = keys[i]
        rows[place] = i


@njit
def rows_of_keys(keys: Words, known: Words, rows: Words, out: Words) -> None:
    """Row of each key in a hash table; -1 for one that is not there."""
    for i in range(keys.shape[0]):
        place = find(known, keys[i])
        out[i] = rows[place] if known[place] != 0 else -1


@njit
def walk(data: Bytes, start: int, size: int, states: States, answers: States) -> tuple[int, int]:
    """What the automaton says of the `size` digits behind the plus at `start`, and the digits as one number.

    A row of `facts`; -1 where the automaton has not been yet; -2 where the text is to be classified by itself.
    """
    if size <= _BELOW or size > LONGEST or data[start] != 43:
        return -2, 0
    state = 0
    whole = 0
    for d in range(start + 1, start + 1 + size):
        digit = int(data[d]) - 48
        if digit < 0 or digit > 9:
            return -2, 0
        whole = 10 * whole + digit
        state = int(states[state, digit])
        if state < 0:
            return -1, 0
    return int(answers[state, size]), whole


@njit
def place_numbers(
    which: Words,
    to_data: Bytes,
    to_bounds: Bounds,
    from_data: Bytes,
    from_bounds: Bounds,
    owners: Words,
    regions: Words,
    states: States,
    answers: States,
    facts: Words,
    country_keys: Words,
    columns: Words,
    verdicts: npt.NDArray[np.int8],
    stretches: States,
) -> int:
    """Facts about the other side of the calls `which`; returns how many are `UNSEEN`. `stretches` gets their rows of `facts`.

    `regions[row of the customer]` is the number of its country (`Destinations.region_number`).
    """
    unseen = 0
    for k in range(which.shape[0]):
        i = which[k]
        inbound = columns[_DIRECTION, i] == 2
        data = from_data if inbound else to_data
        start = from_bounds[i] if inbound else to_bounds[i]
        size = (from_bounds[i + 1] if inbound else to_bounds[i + 1]) - start - 1
        answer, whole = walk(data, start, size, states, answers)
        if answer < 0:
            verdicts[i] = UNSEEN if answer == -1 else LATER
            unseen += verdicts[i] == UNSEEN
            continue
        verdicts[i] = READ
        stretches[i] = answer
        key = hash_bytes(data, start, start + 1 + size)
        columns[_REMOTE, i] = key
        if inbound:
            continue
        columns[_CALLEE, i] = key
        columns[_BLOCK, i] = hash_bytes(data, start + 1, start + 1 + BLOCK_DIGITS)
        columns[_COUNTRY, i] = country_keys[answer]
        columns[_DESTINATION, i] = facts[answer, F_KIND]
        columns[_HIGH_RISK, i] = facts[answer, F_HIGH_RISK]
        below = 1
        for _ in range(size - facts[answer, F_WIDTH]):
            below *= 10
        columns[_NUMBER, i] = whole % below
        region = regions[owners[i]]
        if region != 0 and facts[answer, F_ELSEWHERE] != 0:
            columns[_INTERNATIONAL, i] = 1 if facts[answer, F_REGION] != region else 0
        else:
            columns[_INTERNATIONAL, i] = UNKNOWN
    return unseen


@njit
def to_rows(columns: Words, n: int, rows: Words, base: int, mask: int) -> None:
    """Turn the first `n` of columns into rows `(base + i) & mask`, some at a time so that both stay near the processor."""
    for first in range(0, n, 64):
        stop = min(n, first + 64)
        for c in range(rows.shape[1]):
            for i in range(first, stop):
                rows[(base + i) & mask, c] = columns[c, i]


@njit
def to_columns(rows: Words, chosen: Words, out: Words, at: int) -> None:
    """Turn the chosen columns of rows into the first rows of `out`, from its place `at` on; some at a time, as `to_rows`."""
    for first in range(0, rows.shape[0], 64):
        stop = min(rows.shape[0], first + 64)
        for c in range(chosen.shape[0]):
            column = chosen[c]
            for i in range(first, stop):
                out[c, at + i] = rows[i, column]


@njit
def scramble(value: int, place: int) -> int:
    """What one value at one place adds to a key of content: each place its own, so that sums tell places apart."""
    x = (np.int64(value) + np.int64(place) * np.int64(0x1E3779B97F4A7C15)) * np.int64(-4658895280553007687)
    return (x ^ ((x >> 32) & 0xFFFFFFFF)) * np.int64(-7723592293110705685)  # type: ignore[return-value]


@njit
def content_key(row: Words, told: Words) -> int:
    """A key of all that an event says: two of one id that differ in it contradict each other."""
    total = 0
    for c in range(row.shape[0]):
        total += scramble(row[c], c)
    for c in range(I_START, I_ANSWERED + 1):
        total += scramble(told[c], 1000 + c)
    return mix(told[I_CALL], total)


@njit
def fill_one(row: Words, source: int, event: int, call: int, start: int, end: int, out: Words) -> None:
    """`fill_intake` for one event that nobody answered."""
    told = out[0]
    told[I_KIND] = row[0, _KIND]
    told[I_TIME] = row[0, _TIME]
    told[I_ID] = mix(source, event)
    told[I_CALL] = mix(row[0, _CUSTOMER], call)
    told[I_START] = start
    told[I_ANSWER] = UNKNOWN
    told[I_END] = end
    told[I_ANSWERED] = 0
    told[I_CONTENT] = content_key(row[0], told)


@njit
def fill_intake(
    n: int,
    rows: Words,
    sources: Words,
    ids: Words,
    calls: Words,
    starts: Words,
    answers: Words,
    ends: Words,
    out: Words,
    base: int,
    mask: int,
) -> None:
    """The intake's row of each event: when, which, what it says. Of `rows` and `out`, those at places `(base + i) & mask`."""
    for i in range(n):
        row, told = rows[(base + i) & mask], out[(base + i) & mask]
        told[I_KIND] = row[_KIND]
        told[I_TIME] = row[_TIME]
        told[I_ID] = mix(sources[i], ids[i])
        call = mix(row[_CUSTOMER], calls[i])
        told[I_CALL] = call
        told[I_START] = starts[i]
        told[I_ANSWER] = answers[i]
        told[I_END] = ends[i]
        told[I_ANSWERED] = 1 if row[_DISPOSITION] == 1 else 0
        told[I_CONTENT] = content_key(row, told)
