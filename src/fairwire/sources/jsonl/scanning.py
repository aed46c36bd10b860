"""Plain lines of call events, read by one compiled loop.

A line is plain when it says what a call event says in the way in which nearly everybody writes it: no escape in a text, no field
twice, instants as `2026-03-02T14:07:12.5Z` or with an offset, amounts and numbers as plain decimals, nothing within the data that
is an object or a list. Of such a line it takes exactly what `wire.ANY_LINE` and the checks take. Any other line, right or wrong,
is left to them: who reads a bad line here would have to say why it is bad.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from fairwire.kernel.compiled import njit, waits_for_code

Bytes = npt.NDArray[np.uint8]
Spans = npt.NDArray[np.int32]
Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# What a field may hold.
TEXT, WORD, INSTANT, MONEY, SECONDS, WHOLE, REAL, FLAG, NEVER = range(9)
"""`WORD`: a text of a closed list; `NEVER`: whatever it holds, the line is left."""
TYPE, DATA, VERSION = 100, 101, 102
"""Of the envelope: the type of the event, its data, and the version of CloudEvents."""
F_WHAT, F_PLACE, F_FIRST_WORD, F_WORDS = range(4)
"""Columns of the table of fields: what it holds, its place among those of its kind, and which words it may be."""
UNTOLD: Final = -(2**63)
MOST_FIELDS: Final = 63
LONGEST_REAL: Final = 15
"""Digits of a number that is exact in 53 bits, and so is its quotient by a power of ten."""
_LONGEST_WHOLE: Final = 18
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_DAY_US: Final = 86_400_000_000
_MINUTE_US: Final = 60_000_000


def compiles() -> bool:
    """Whether these functions are compiled where they are not yet: as plain Python they would take a hundred times as long as
    what they spare."""
    return not vars(numba.config).get("DISABLE_JIT") and not waits_for_code()


@njit
def _slot(size: int, first: int, middle: int, last: int) -> int:
    """Where a name is looked up, by as little of it as tells the names of a line apart."""
    return size * 7 + first * 31 + middle * 131 + last * 13


def index_of(names: tuple[bytes, ...]) -> Words:
    """A hash table of names, as `_find` looks them up: place of each name, -1 where there is none."""
    size = 64
    while size < 4 * len(names):
        size *= 2
    table: Words = np.full(size, -1, dtype=np.int64)
    for place, name in enumerate(names):
        slot = _slot(len(name), name[0], name[len(name) // 2], name[-1]) & (size - 1)
        while table[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        table[slot] = place
    return table


@njit
def _same(data: Bytes, first: int, stop: int, texts: Bytes, begin: int, end: int) -> bool:
    if stop - first != end - begin:
        return False
    k = 0
    while k < stop - first and data[first + k] == texts[begin + k]:
        k += 1
    return k == stop - first


@njit
def _find(data: Bytes, first: int, stop: int, names: Bytes, ends: Words, index: Words) -> int:
    """Place of a name; -1 for one that is not there."""
    size = stop - first
    if size == 0:
        return -1
    slot = _slot(size, data[first], data[first + size // 2], data[stop - 1]) & (index.shape[0] - 1)
    while index[slot] >= 0:
        place = index[slot]
        if _same(data, first, stop, names, ends[place], ends[place + 1]):
            return place  # type: ignore[no-any-return]
        slot = (slot + 1) & (index.shape[0] - 1)
    return -1


@njit
def _skip(data: Bytes, at: int) -> int:
    while data[at] == 32 or data[at] == 9 or data[at] == 13:
        at += 1
    return at


@njit
def _text_end(data: Bytes, at: int) -> int:
    """Where the text that begins at a place ends; -1 where it holds an escape or what no text may hold."""
    while data[at] != 34:
        if data[at] < 32 or data[at] == 92:
            return -1
        at += 1
    return at


@njit
def _number_end(data: Bytes, at: int) -> int:
    """Where a number of JSON ends; -1 where it is none."""
    if data[at] == 45:
        at += 1
    if data[at] == 48:
        at += 1
    elif 49 <= data[at] <= 57:
        while 48 <= data[at] <= 57:
            at += 1
    else:
        return -1
    if data[at] == 46:
        at += 1
        if not 48 <= data[at] <= 57:
            return -1
        while 48 <= data[at] <= 57:
            at += 1
    if data[at] == 69 or data[at] == 101:
        at += 1
        if data[at] == 43 or data[at] == 45:
            at += 1
        if not 48 <= data[at] <= 57:
            return -1
        while 48 <= data[at] <= 57:
            at += 1
    return at


@njit
def _literal_end(data: Bytes, at: int) -> int:
    """Where `true`, `false` or `null` ends; -1 where there is none of them."""
    if data[at] == 116 and data[at + 1] == 114 and data[at + 2] == 117 and data[at + 3] == 101:
        return at + 4
    if data[at] == 110 and data[at + 1] == 117 and data[at + 2] == 108 and data[at + 3] == 108:
        return at + 4
    if data[at] == 102 and data[at + 1] == 97 and data[at + 2] == 108 and data[at + 3] == 115 and data[at + 4] == 101:
        return at + 5
    return -1


@njit
def _digits(data: Bytes, first: int, stop: int) -> int:
    """The whole number that digits say; -1 where there is anything else among them, or nothing."""
    value = 0
    for k in range(first, stop):
        if not 48 <= data[k] <= 57:
            return -1
        value = value * 10 + (data[k] - 48)
    return value if stop > first else -1


@njit
def instant_of(data: Bytes, first: int, stop: int) -> int:
    """Microseconds since 1970 of a plain instant; `UNTOLD` for any other text."""
    size = stop - first
    if size < 20 or data[first + 4] != 45 or data[first + 7] != 45 or data[first + 10] != 84:
        return UNTOLD
    if data[first + 13] != 58 or data[first + 16] != 58:
        return UNTOLD
    year, month, day = _digits(data, first, first + 4), _digits(data, first + 5, first + 7), _digits(data, first + 8, first + 10)
    hour, minute = _digits(data, first + 11, first + 13), _digits(data, first + 14, first + 16)
    second = _digits(data, first + 17, first + 19)
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12 and day >= 1):
        return UNTOLD
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return UNTOLD
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 30 if month in (4, 6, 9, 11) else 31
    if month == 2:
        longest = 29 if leap else 28
    if day > longest:
        return UNTOLD
    at = first + 19
    micros = 0
    if data[at] == 46:
        begin = at + 1
        at = begin
        while at < stop and 48 <= data[at] <= 57:
            at += 1
        places = at - begin
        if not 1 <= places <= 6:
            return UNTOLD
        micros = _digits(data, begin, at)
        for _ in range(6 - places):
            micros *= 10
    offset = 0
    if stop - at == 6 and (data[at] == 43 or data[at] == 45) and data[at + 3] == 58:
        hours, minutes = _digits(data, at + 1, at + 3), _digits(data, at + 4, at + 6)
        if not (0 <= hours <= 23 and 0 <= minutes <= 59):
            return UNTOLD
        offset = hours * 60 + minutes
        if data[at] == 45:
            offset = -offset
    elif stop - at != 1 or data[at] != 90:
        return UNTOLD
    # Days since 1970: H. Hinnant, "chrono-compatible low-level date algorithms".
    of_year = year - (1 if month <= 2 else 0)
    era = of_year // 400
    in_era = of_year - era * 400
    in_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    days = era * 146_097 + in_era * 365 + in_era // 4 - in_era // 100 + in_year - 719_468
    return days * _DAY_US + ((hour * 60 + minute - offset) * 60 + second) * 1_000_000 + micros


@njit
def micros_of(data: Bytes, first: int, stop: int) -> int:
    """Micro-units of a plain amount of at most nine digits and six decimal places; `UNTOLD` for any other text."""
    point = first
    while point < stop and data[point] != 46:
        point += 1
    whole = _digits(data, first, point)
    if whole < 0 or point - first > 9:
        return UNTOLD
    micros = 0
    if point < stop:
        micros = _digits(data, point + 1, stop)
        places = stop - point - 1
        if micros < 0 or places > 6:
            return UNTOLD
        for _ in range(6 - places):
            micros *= 10
    return whole * 1_000_000 + micros


@njit
def _real_of(data: Bytes, first: int, stop: int) -> float:
    """A number of JSON that is a plain decimal of few digits, none below nought; below nought for any other."""
    value, places, digits = 0, 0, 0
    behind = False
    for k in range(first, stop):
        if data[k] == 46:
            behind = True
            continue
        if not 48 <= data[k] <= 57:
            return -1.0
        value = value * 10 + (data[k] - 48)
        digits += 1
        places += 1 if behind else 0
        if digits > LONGEST_REAL:
            return -1.0
    scale = 1.0
    for _ in range(places):
        scale *= 10.0
    return value / scale


@njit
def _take(
    data: Bytes, at: int, field: Words, words: Bytes, word_ends: Words, place: int, firsts: Spans, stops: Spans, values: Words,
    reals: Floats,
) -> int:  # fmt: skip
    """Read the value of a field into place `place` of what a line has said; the place behind it, -1 where the line is to be left,
    or -2 - that place where it is null."""
    what = field[F_WHAT]
    if data[at] == 110:
        end = _literal_end(data, at)
        return -2 - end if end > 0 else -1
    if what == FLAG:
        end = _literal_end(data, at)
        values[place] = 1 if data[at] == 116 else 0
        return end
    if what in (SECONDS, REAL, WHOLE):
        end = _number_end(data, at)
        if end < 0:
            return -1
        if what == WHOLE:
            values[place] = _digits(data, at, end)
            return end if values[place] >= 0 and end - at <= _LONGEST_WHOLE else -1
        real = _real_of(data, at, end)
        if not 0.0 <= real <= 1e9:
            return -1
        reals[place] = real
        values[place] = np.int64(np.rint(real * 1000.0))
        return end
    if what == NEVER or data[at] != 34:
        return -1
    first, stop = at + 1, _text_end(data, at + 1)
    if stop < 0:
        return -1
    firsts[place], stops[place] = first, stop
    if what == INSTANT:
        values[place] = instant_of(data, first, stop)
        return stop + 1 if values[place] != UNTOLD else -1
    if what == MONEY:
        values[place] = micros_of(data, first, stop)
        return stop + 1 if values[place] != UNTOLD else -1
    if what == WORD:
        for word in range(field[F_FIRST_WORD], field[F_FIRST_WORD] + field[F_WORDS]):
            if _same(data, first, stop, words, word_ends[word], word_ends[word + 1]):
                return stop + 1
        return -1
    return stop + 1


@njit
def _pass_over(data: Bytes, at: int) -> int:
    """The place behind a value that nobody asks for; -1 where it is no plain one."""
    if data[at] == 34:
        end = _text_end(data, at + 1)
        return end + 1 if end >= 0 else -1
    if data[at] == 45 or 48 <= data[at] <= 57:
        return _number_end(data, at)
    return _literal_end(data, at)


@njit
def _named(data: Bytes, at: int, names: Bytes, ends: Words, index: Words) -> tuple[int, int]:
    """The field whose name begins at a place, -1 for one that nobody asks for, and where its value begins; -1 twice where no name
    stands there, or one with an escape."""
    if data[at] != 34:
        return -1, -1
    stop = _text_end(data, at + 1)
    if stop < 0:
        return -1, -1
    field = _find(data, at + 1, stop, names, ends, index)
    at = _skip(data, stop + 1)
    if data[at] != 58:
        return -1, -1
    return field, _skip(data, at + 1)


@njit
def _onward(data: Bytes, at: int) -> int:
    """Where the next name of an object begins, behind a value; -2 - the place behind the object where that is over, and -1 where
    neither stands there, or there was no value."""
    if at < 0:
        return -1
    at = _skip(data, at)
    if data[at] == 125:
        return -3 - at
    return _skip(data, at + 1) if data[at] == 44 else -1


@njit
def _data(
    data: Bytes, at: int, names: Bytes, ends: Words, index: Words, fields: Words, base: int, words: Bytes, word_ends: Words,
    firsts: Spans, stops: Spans, values: Words, reals: Floats, seen: Words,
) -> int:  # fmt: skip
    """Read an object that holds no other, from its opening brace on; what its fields say goes to the places from `base` on.
    `seen` gets a bit for each field that says something. The place behind it, or -1."""
    there = says = 0
    at = _skip(data, at + 1)
    if data[at] == 125:
        return at + 1
    while True:
        field, at = _named(data, at, names, ends, index)
        if at < 0:
            return -1
        if field < 0:
            at = _pass_over(data, at)
        else:
            bit = 1 << field
            if there & bit:
                return -1
            there |= bit
            at = _take(data, at, fields[field], words, word_ends, base + field, firsts, stops, values, reals)
            if at < -1:
                at = -2 - at
            else:
                says |= bit
        at = _onward(data, at)
        if at < 0:
            seen[0] = says
            return -2 - at if at < -1 else -1


@njit
def _envelope(
    data: Bytes, at: int, outer_names: Bytes, outer_ends: Words, outer_index: Words, outer_fields: Words, names: Bytes,
    ends: Words, index: Words, fields: Words, words: Bytes, word_ends: Words, firsts: Spans, stops: Spans, values: Words,
    reals: Floats, seen: Words,
) -> int:  # fmt: skip
    """The same of a whole event, its data among it. `seen` gets the bits of the fields of the data, and of the envelope, that say
    something."""
    there = says = 0
    seen[0] = 0
    at = _skip(data, at + 1)
    while True:
        field, at = _named(data, at, outer_names, outer_ends, outer_index)
        if at < 0:
            return -1
        if field < 0:
            at = _pass_over(data, at)
        else:
            bit = 1 << field
            if there & bit:
                return -1
            there |= bit
            if outer_fields[field, F_WHAT] != DATA:
                at = _take(data, at, outer_fields[field], words, word_ends, field, firsts, stops, values, reals)
            elif data[at] == 123:
                base = outer_fields.shape[0]
                at = _data(
                    data, at, names, ends, index, fields, base, words, word_ends, firsts, stops, values, reals, seen
                )  # fmt: skip
            else:
                return -1
            if at < 0:
                return -1  # a null says too little here
            says |= bit
        at = _onward(data, at)
        if at < 0:
            seen[1] = says
            return -2 - at if at < -1 else -1


@njit
def _code(data: Bytes, firsts: Spans, stops: Spans, order: Words, words: Bytes, word_ends: Words, types: Words) -> int:
    """Which type of call an envelope says; -1 for another one, and for another version of CloudEvents."""
    version = firsts[order[5]]
    if stops[order[5]] - version != 3 or data[version] != 49 or data[version + 1] != 46 or data[version + 2] != 48:
        return -1
    for word in range(types[0], types[0] + types[1]):
        if _same(data, firsts[order[4]], stops[order[4]], words, word_ends[word], word_ends[word + 1]):
            return word - types[0]  # type: ignore[no-any-return]
    return -1


@njit
def scan_lines(
    data: Bytes,
    latest: int,
    outer_names: Bytes,
    outer_ends: Words,
    outer_index: Words,
    outer_fields: Words,
    names: Bytes,
    ends: Words,
    index: Words,
    fields: Words,
    words: Bytes,
    word_ends: Words,
    types: Words,
    meant: Words,
    required: Words,
    filled: Words,
    order: Words,
    firsts: Spans,
    stops: Spans,
    values: Words,
    reals: Floats,
    seen: Words,
    spans: Spans,
    wholes: Words,
    floats: Floats,
    flags: npt.NDArray[np.int8],
    codes: Bytes,
    rows: Words,
    left: Words,
) -> tuple[int, int, int]:
    """Read the plain lines of a block that ends with a line feed.

    Parameters
    ----------
    latest
        The last instant that `time` and `end` may say.
    outer_names, names
        Fields of the envelope and of the data, with where each ends, their hash tables, and what each holds.
    types
        Which words the types of calls are: the first, and how many.
    meant, required, filled
        By type: bits of the fields of the data that it has, of those that it must have, and of those that may not be empty.
        Behind them the same of the envelope, whatever the type.
    order
        Places of `time` in the envelope, of `start`, `answer` and `end` among the fields of the data, and of the type and the
        version in the envelope.
    firsts, stops, values, reals, seen
        Room for what a line has said.
    spans, wholes, floats, flags
        What the plain lines say, by field of each kind and row: where a text begins and ends (a beginning below 0: it says none),
        integers (`UNTOLD`), numbers (NaN), and truths (below 0).
    codes, rows
        Type and line of each row, lines counted from 0.
    left
        First byte, and the one behind the last, of each line that is left, and which line it is.

    Returns
    -------
    How many lines are plain, are left, and there are.
    """
    outer = outer_fields.shape[0]
    size = data.shape[0]
    at = count = gone = line = 0
    while at < size:
        begin = at
        code, says = -1, 0
        at = _skip(data, at)
        end = -1
        if data[at] == 123:
            end = _envelope(
                data, at, outer_names, outer_ends, outer_index, outer_fields, names, ends, index, fields, words, word_ends,
                firsts, stops, values, reals, seen,
            )  # fmt: skip
        if end >= 0:
            end = _skip(data, end)
            if data[end] == 10 and seen[1] == required[-1] and values[order[0]] <= latest:
                code = _code(data, firsts, stops, order, words, word_ends, types)
        if code >= 0:
            says = seen[0] & meant[code]
            if (says & required[code]) != required[code]:
                code = -1
            for field in range(outer):
                if filled[-1] >> field & 1 and stops[field] == firsts[field]:
                    code = -1
        if code >= 0:
            for field in range(fields.shape[0]):
                if (says & filled[code]) >> field & 1 and stops[outer + field] == firsts[outer + field]:
                    code = -1
            starts, answers, stopped = says >> order[1] & 1, says >> order[2] & 1, says >> order[3] & 1
            start, answer, over = values[outer + order[1]], values[outer + order[2]], values[outer + order[3]]
            if stopped and (over > latest or (starts and over < start)):
                code = -1
            if answers and ((starts and answer < start) or (stopped and answer > over)):
                code = -1
        if code < 0:
            at = begin
            while data[at] != 10:
                at += 1
            left[gone, 0], left[gone, 1], left[gone, 2] = begin, at, line
            gone += 1
            at += 1
            line += 1
            continue
        for k in range(spans.shape[0]):
            spans[k, 0, count] = -1
        for k in range(wholes.shape[0]):
            wholes[k, count] = UNTOLD
        for k in range(floats.shape[0]):
            floats[k, count] = np.nan
        for k in range(flags.shape[0]):
            flags[k, count] = -1
        for field in range(outer + fields.shape[0]):
            if field < outer:
                what, to = outer_fields[field, F_WHAT], outer_fields[field, F_PLACE]
            else:
                if not says >> (field - outer) & 1:
                    continue
                what, to = fields[field - outer, F_WHAT], fields[field - outer, F_PLACE]
            if what in (TEXT, WORD):
                spans[to, 0, count], spans[to, 1, count] = firsts[field], stops[field]
            elif what == REAL:
                floats[to, count] = reals[field]
            elif what == FLAG:
                flags[to, count] = values[field]
            elif what < TYPE:
                wholes[to, count] = values[field]
        codes[count] = code
        rows[count] = line
        count += 1
        line += 1
        at = end + 1
    return count, gone, line


@njit
def sizes_of(spans: Spans, count: int, sizes: Words) -> None:
    """By column of texts how many rows have one, and how many bytes they are."""
    for k in range(spans.shape[0]):
        told = total = 0
        for i in range(count):
            if spans[k, 0, i] >= 0:
                told += 1
                total += spans[k, 1, i] - spans[k, 0, i]
        sizes[k, 0], sizes[k, 1] = told, total


@njit
def gather(data: Bytes, spans: Spans, count: int, bounds: Spans, text: Bytes, valid: Bytes) -> None:
    """Put the texts of a column one behind another. `bounds`: where each begins, and the last one ends; `valid`: a bit a row."""
    at = 0
    for i in range(count):
        bounds[i] = at
        first = spans[0, i]
        if first >= 0:
            valid[i >> 3] |= 1 << (i & 7)
            for k in range(first, spans[1, i]):
                text[at] = data[k]
                at += 1
    bounds[count] = at
