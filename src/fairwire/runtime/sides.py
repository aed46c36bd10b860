"""Compiled loops over the numbers of both sides: whose the caller's is, whether it is from next door, where law asks all.

Each says the same as `numbers.book.NumberBook` of the same numbers, for E.164 numbers as they stand in Arrow's buffers; what is
anything else is left to that.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import find
from fairwire.kernel.compiled import njit
from fairwire.kernel.hashing import hash_bytes
from fairwire.model.columns import CALLER_STATES, COLUMN_INDEX, UNKNOWN
from fairwire.numbers.book import LEAST, MOST
from fairwire.numbers.destination import BLOCK_DIGITS
from fairwire.numbers.destinations import F_ELSEWHERE, F_HIGH_RISK, F_KIND, F_REGION, F_USE, F_WIDTH, IMPOSSIBLE, IN_USE
from fairwire.numbers.nanp import APART as AREA_APART
from fairwire.numbers.nanp import NO_AREA, NO_EXCHANGE, SERVICE
from fairwire.numbers.spans import APART
from fairwire.numbers.zones import QUARTER_US
from fairwire.runtime.gather import LATER, READ, UNSEEN, Bounds, Bytes, States, Words, fill_one, walk

_OWN, _OTHER, _INVALID, _UNALLOCATED, _BARRED = (
    CALLER_STATES.index(word) + 1 for word in ("own", "other", "invalid", "unallocated", "do_not_originate")
)
_STEM = 6  # national digits that neighbours share
_ALL_PARTY, _ASSERTED, _BLOCK, _BRAND, _CALLEE, _CALLEE_HOUR, _CALLER, _CALLER_STATE = (
    COLUMN_INDEX[name] for name in ("all_party", "asserted", "block", "brand", "callee", "callee_hour", "caller", "caller_state")
)
_COUNTRY, _DESTINATION, _DO_NOT_CALL, _HIGH_RISK, _INTERNATIONAL, _LINE = (
    COLUMN_INDEX[name] for name in ("country", "destination", "do_not_call", "high_risk", "international", "line")
)
_NEIGHBOUR, _NUMBER, _PRICE, _RATE, _REMOTE, _START, _TIME = (
    COLUMN_INDEX[name] for name in ("neighbour", "number", "price", "rate", "remote", "start", "time")
)
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
        first, last = own_starts[owners[i]], own_starts[owners[i] + 1]
        use = facts[answer, F_USE]
        out[i] = _state(
            size, whole, data[start + 1], use, rules, barred_line, barred_lows, barred_highs, own_lows, own_highs, first, last
        )
    return unseen


@njit
def _state(
    size: int,
    whole: int,
    begins: int,
    use: int,
    rules: Words,
    barred_line: int,
    barred_lows: Words,
    barred_highs: Words,
    own_lows: Words,
    own_highs: Words,
    first: int,
    last: int,
) -> int:
    """State of one number of so many digits that a customer shows, whose spans are `first` to `last`, without the last."""
    key = int(size) * APART + whole
    if (size == 11 and whole // 10_000_000_000 == 1 and whole % 10_000_000 == barred_line) or within(
        barred_lows, barred_highs, 0, barred_lows.shape[0], key
    ):
        return _BARRED
    if within(own_lows, own_highs, first, last, key):
        return _OWN
    if use == IMPOSSIBLE or (begins == 49 and _ruled_out(rules, whole, size)):
        return _INVALID
    if use != IN_USE:
        return _UNALLOCATED
    return _OTHER if first < last else UNKNOWN


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


@njit
def usual_row(
    like: Words,
    data: Bytes,
    to_stop: int,
    from_stop: int,
    line_stop: int,
    id_stop: int,
    call_stop: int,
    told: Words,
    states: States,
    answers: States,
    facts: Words,
    country_keys: Words,
    rules: Words,
    barred_line: int,
    barred_lows: Words,
    barred_highs: Words,
    own_lows: Words,
    own_highs: Words,
    widths: Words,
    by_code: Words,
    by_area: Words,
    unplaced: Words,
    row: Words,
    intake: Words,
) -> int:
    """Row and intake row, each of shape (1, columns), of an attempt that goes out, like an earlier one of the same customer.

    `data` is the number called, the caller's, the line, the event's id and the call's, one behind another; `told` what else is
    its own: key of its source, time, price, region of the customer, hour and listing of the number called, brand, asserted, and
    the price in dollars. The last place and five behind it are filled here, with what it is like: whether the caller's number is
    the customer's, whether the call goes abroad, and country, kind, risk and use of the number called.
    Returns the row of `facts` of the number called; below 0 where it is not for this loop to say, and then nothing is filled.
    """
    price = told[8]
    answer, whole = walk(data, 0, to_stop - 1, states, answers)
    shown, number = walk(data, to_stop, from_stop - to_stop - 1, states, answers)
    if answer < 0 or shown < 0:
        return -1
    state = _state(
        from_stop - to_stop - 1, number, data[to_stop + 1], facts[shown, F_USE],
        rules, barred_line, barred_lows, barred_highs, own_lows, own_highs, 0, own_lows.shape[0],
    )  # fmt: skip
    next_door = 0
    if state != _OWN and _share(data, to_stop, from_stop, data, 0, to_stop, widths):
        next_door = 1
        if line_stop > from_stop:
            if not _plain(data, from_stop, line_stop):
                return -1
            next_door = 0 if _share(data, from_stop, line_stop, data, 0, to_stop, widths) else 1
    key = int(from_stop - to_stop - 1) * APART + number
    told[8] = 1 if within(own_lows, own_highs, 0, own_lows.shape[0], key) else 0
    out = row[0]
    for c in range(out.shape[0]):
        out[c] = like[c]
    out[_TIME] = out[_START] = told[1]
    out[_RATE] = told[2]
    out[_PRICE] = price
    out[_BRAND] = told[6]
    out[_ASSERTED] = told[7]
    out[_CALLER] = hash_bytes(data, to_stop, from_stop)
    if line_stop > from_stop:
        out[_LINE] = hash_bytes(data, from_stop, line_stop)
    else:
        out[_LINE] = out[_CALLER] if state in (_OWN, UNKNOWN) else UNKNOWN
    out[_CALLER_STATE] = state
    key = hash_bytes(data, 0, to_stop)
    out[_REMOTE] = key
    out[_CALLEE] = key
    out[_BLOCK] = hash_bytes(data, 1, 1 + BLOCK_DIGITS)
    out[_COUNTRY] = country_keys[answer]
    kind = facts[answer, F_KIND]
    out[_DESTINATION] = kind
    out[_HIGH_RISK] = facts[answer, F_HIGH_RISK]
    below = 1
    for _ in range(to_stop - 1 - facts[answer, F_WIDTH]):
        below *= 10
    out[_NUMBER] = whole % below
    out[_INTERNATIONAL] = UNKNOWN
    if told[3] != 0 and facts[answer, F_ELSEWHERE] != 0:
        out[_INTERNATIONAL] = 1 if facts[answer, F_REGION] != told[3] else 0
    told[9] = out[_INTERNATIONAL]
    told[10] = country_keys[answer]
    told[11] = kind
    told[12] = facts[answer, F_HIGH_RISK]
    told[13] = facts[answer, F_USE]
    one = _side(data, to_stop, from_stop, widths, by_code, by_area)
    other = _side(data, 0, to_stop, widths, by_code, by_area)
    out[_ALL_PARTY] = 1 if one == 1 or other == 1 else (0 if one == 0 and other == 0 else UNKNOWN)
    out[_NEIGHBOUR] = next_door
    out[_CALLEE_HOUR] = told[4] if unplaced[kind] == 0 else UNKNOWN
    out[_DO_NOT_CALL] = told[5]
    event, call = hash_bytes(data, line_stop, id_stop), hash_bytes(data, id_stop, call_stop)
    fill_one(row, told[0], event, call, UNKNOWN, UNKNOWN, intake)
    return answer
