"""Compiled loops over the numbers of both sides: whose the caller's is, whether it is from next door, where law asks all.

Each says the same as `numbers.book.NumberBook` of the same numbers, for E.164 numbers as they stand in Arrow's buffers; what is
anything else is left to that.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import find
from fairwire.kernel.compiled import njit
from fairwire.model.columns import CALLER_STATES, UNKNOWN
from fairwire.numbers.book import LEAST, MOST
from fairwire.numbers.destinations import F_USE, IMPOSSIBLE, IN_USE
from fairwire.numbers.nanp import APART as AREA_APART
from fairwire.numbers.nanp import NO_AREA, NO_EXCHANGE, SERVICE
from fairwire.numbers.spans import APART
from fairwire.numbers.zones import QUARTER_US
from fairwire.runtime.gather import LATER, READ, UNSEEN, Bounds, Bytes, States, Words, walk

_OWN, _OTHER, _INVALID, _UNALLOCATED, _BARRED = (
    CALLER_STATES.index(word) + 1 for word in ("own", "other", "invalid", "unallocated", "do_not_originate")
)
_STEM = 6  # national digits that neighbours share
Verdicts = npt.NDArray[np.int8]


@njit
def within(lows: Words, highs: Words, first: int, last: int, key: int) -> bool:
    """Whether a key is in one of the spans `first` to `last`, without the last, ascending."""
    begin = first
    while first < last:
        middle = (first + last) // 2
        if lows[middle] <= key:
            first = middle + 1
        else:
            last = middle
    place = first - 1
    return place >= begin and key <= highs[place]


@njit
def caller_states(
    which: Words,
    data: Bytes,
    bounds: Bounds,
    owners: Words,
    states: States,
    answers: States,
    facts: Words,
    rules: Words,
    barred_line: int,
    barred_lows: Words,
    barred_highs: Words,
    own_starts: Words,
    own_lows: Words,
    own_highs: Words,
    directions: Words,
    stretches: States,
    out: Words,
    verdicts: Verdicts,
) -> int:
    """State of the numbers that the calls `which` show; returns how many the automaton has not seen yet.

    `own_lows[own_starts[r]:own_starts[r + 1]]` are the spans of the customer in row `r`; `barred_line` is the exchange and
    line number from which nobody calls in any area of country code 1.
    """
    unseen = 0
    for k in range(which.shape[0]):
        i = which[k]
        start = bounds[i]
        size = bounds[i + 1] - start - 1
        if directions[i] == 2 and stretches[i] >= 0:  # it is the other side, and has been read
            answer, whole = int(stretches[i]), 0
            for d in range(start + 1, start + 1 + size):
                whole = 10 * whole + int(data[d]) - 48
        else:
            answer, whole = walk(data, start, size, states, answers)
        if answer < 0:
            verdicts[i] = UNSEEN if answer == -1 else LATER
            unseen += verdicts[i] == UNSEEN
            continue
        verdicts[i] = READ
        key = int(size) * APART + whole
        first, last = own_starts[owners[i]], own_starts[owners[i] + 1]
        use = facts[answer, F_USE]
        if (size == 11 and whole // 10_000_000_000 == 1 and whole % 10_000_000 == barred_line) or within(
            barred_lows, barred_highs, 0, barred_lows.shape[0], key
        ):
            out[i] = _BARRED
        elif within(own_lows, own_highs, first, last, key):
            out[i] = _OWN
        elif use == IMPOSSIBLE or (data[start + 1] == 49 and _ruled_out(rules, whole, size)):
            out[i] = _INVALID
        elif use != IN_USE:
            out[i] = _UNALLOCATED
        else:
            out[i] = _OTHER if first < last else UNKNOWN
    return unseen


@njit
def _ruled_out(rules: Words, whole: int, size: int) -> bool:
    """`Nanp.ruled_out` of an E.164 number of country code 1."""
    if size != 11:
        return True
    area, exchange = rules[whole // 10_000_000 % 1000], rules[whole // 10_000 % 1000]
    return bool(area & NO_AREA or exchange & NO_EXCHANGE or (exchange & SERVICE and not area & AREA_APART))


@njit
def _plain(data: Bytes, start: int, stop: int) -> bool:
    """Whether a text is a plus and as many digits as a subscriber number has."""
    size = stop - start - 1
    if size < LEAST or size > MOST or data[start] != 43:
        return False
    digits = 0
    for d in range(start + 1, stop):
        digits += data[d] >= 48 and data[d] <= 57
    return digits == size


@njit
def _code(data: Bytes, start: int) -> int:
    """First three digits of a plain number."""
    return 100 * (int(data[start + 1]) - 48) + 10 * (int(data[start + 2]) - 48) + int(data[start + 3]) - 48


@njit
def _side(data: Bytes, start: int, stop: int, widths: Words, by_code: Words, by_area: Words) -> int:
    """`Consent.side` of a plain number: 1, 0, or -1 for not known."""
    code = _code(data, start)
    width = widths[code]
    if width == 0:
        return -1
    if width == 1:
        code //= 100
    elif width == 2:
        code //= 10
    if code != 1:
        return int(by_code[code])
    return int(by_area[_code(data, start + 1)]) if stop - start == 12 else -1


@njit
def _share(a: Bytes, a_start: int, a_stop: int, b: Bytes, b_start: int, b_stop: int, widths: Words) -> bool:
    """`consent.neighbour` of two plain numbers."""
    width = widths[_code(a, a_start)]
    stem = 1 + width + _STEM
    if width == 0 or a_stop - a_start <= stem or b_stop - b_start <= stem:
        return False
    d = 1
    while d < stem and a[a_start + d] == b[b_start + d]:
        d += 1
    return bool(d == stem)


@njit
def both_sides(
    from_data: Bytes,
    from_bounds: Bounds,
    to_data: Bytes,
    to_bounds: Bounds,
    line_data: Bytes,
    line_bounds: Bounds,
    widths: Words,
    by_code: Words,
    by_area: Words,
    directions: Words,
    stretches: States,
    read: Verdicts,
    states: Words,
    neighbour: Words,
    all_party: Words,
    verdicts: Verdicts,
) -> None:
    """Fill `neighbour` and `all_party` of every call whose numbers are plain; the verdict of the others is `LATER`.

    Nothing is said of a call inside the house, nor of what is no call: their state is forgotten as well. `stretches` says of
    the other side, `read` of the caller, whether an automaton has read the number.
    """
    for i in range(states.shape[0]):
        if directions[i] != 1 and directions[i] != 2:
            states[i] = UNKNOWN
            continue
        a, a_stop = from_bounds[i], from_bounds[i + 1]
        b, b_stop = to_bounds[i], to_bounds[i + 1]
        # What an automaton has read is a plain number: it need not be looked at again.
        from_plain = read[i] == READ or _plain(from_data, a, a_stop)
        if not from_plain or not ((directions[i] == 1 and stretches[i] >= 0) or _plain(to_data, b, b_stop)):
            verdicts[i] = LATER
            continue
        verdicts[i] = READ
        one = _side(from_data, a, a_stop, widths, by_code, by_area)
        other = _side(to_data, b, b_stop, widths, by_code, by_area)
        all_party[i] = 1 if one == 1 or other == 1 else (0 if one == 0 and other == 0 else UNKNOWN)
        neighbour[i] = 0
        if states[i] != _OWN and _share(from_data, a, a_stop, to_data, b, b_stop, widths):
            c, c_stop = line_bounds[i], line_bounds[i + 1]
            if _plain(line_data, c, c_stop):
                neighbour[i] = 0 if _share(line_data, c, c_stop, to_data, b, b_stop, widths) else 1
            elif c_stop > c:
                verdicts[i] = LATER
            else:
                neighbour[i] = 1


@njit
def callee_hours(
    blocks: Words,
    destinations: Words,
    times: Words,
    known: Words,
    rows: Words,
    places: Words,
    table: Words,
    low: int,
    high: int,
    unplaced: Words,
    out: Words,
    verdicts: Verdicts,
) -> int:
    """Hour where each number called is, of the calls between two instants; returns how many are of blocks not learnt yet.

    `known` and `rows` are a hash table of blocks, `places` the set of zones of each of its rows, `table` that of
    `Zones.table`; `unplaced` says of each kind of number called whether its block may be none.
    """
    unseen = 0
    for i in range(out.shape[0]):
        if blocks[i] == UNKNOWN or unplaced[destinations[i]] != 0 or times[i] < low or times[i] >= high:
            continue
        place = find(known, blocks[i])
        verdicts[i] = UNSEEN if known[place] == 0 else READ
        if known[place] == 0:
            unseen += 1
        else:
            out[i] = table[places[rows[place]], times[i] // QUARTER_US % 96]
    return unseen


@njit
def values_of(data: Bytes, bounds: Bounds, out: Words) -> None:
    """Plain numbers as whole numbers, without the plus; 0 for everything else."""
    for i in range(out.shape[0]):
        out[i] = 0
        if _plain(data, bounds[i], bounds[i + 1]):
            for d in range(bounds[i] + 1, bounds[i + 1]):
                out[i] = 10 * out[i] + int(data[d]) - 48
