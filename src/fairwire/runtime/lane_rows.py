"""Compiled loops over calls that may be usual ones: their rows, and what the log has of them.

What calls of one lane and of one caller have in common is kept in tables; of a call itself only three texts and some numbers are
handed over. Rows are the very same as `sides.usual_row` makes of each by itself, and texts what JSON's encoder writes.
"""

from __future__ import annotations

from fairwire.kernel.compiled import njit
from fairwire.kernel.texts import put
from fairwire.runtime.gather import Bytes, States, Words
from fairwire.runtime.sides import usual_row

# A row of the table of lanes: place of the row that theirs is like is the lane's own place.
L_REGION, L_FIRST, L_LAST, L_OF, L_LINE, L_LINE_STOP, L_ANSWER, L_ANSWER_STOP = range(8)
LANE_WIDTH = 8
# A row of the table of callers. Caller's number, line, name and number asserted stand one behind another, from `C_FROM` on.
C_LANE, C_BRAND, C_ASSERTED, C_FROM, C_LINE, C_NAME, C_PAI, C_STOP = range(8)
CALLER_WIDTH = 8
# What is told of a call; of its second, which of those of the burst it is.
T_CALLER, T_TIME, T_SECOND, T_HOUR, T_LISTED, T_TO, T_EVENT, T_CALL = range(8)
"""The last three: sizes of its texts."""
TOLD_WIDTH = 8
_LIKE = 14
"""Words of what `usual_row` is told and tells."""
ROOM = 4096
"""Bytes that the texts of a call may have."""
F_EVENT, F_SOURCE, F_TIME, F_CALL, F_FROM, F_TO, F_LINE, F_NAME = range(1, 9)
F_PAI = 11
"""Bytes that stand in a form for what is filled in; JSON writes none of them."""
SECOND = 19
"""Characters of a second as the log writes it, without its end."""
_MICRO = 1_000_000


@njit
def lane_rows(
    count: int,
    texts: Bytes,
    at: int,
    told: Words,
    source_key: int,
    ways: Words,
    lanes: Words,
    callers: Words,
    said: Bytes,
    scratch: Bytes,
    like: Words,
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
    rows: Words,
    intake: Words,
    found: Words,
    codes: Words,
) -> None:
    """`usual_row` of some calls. `texts`: from `at` on number called, event and call id of each, one behind another.

    `found` is what `usual_row` returns: below 0 where a call is not for this loop. `codes` tells calls apart by all that a usual
    decision asks for: their customer, whether the caller's number is its own, whether they go abroad, and the row of `facts`.
    """
    for i in range(count):
        to, event, call = told[i, T_TO], told[i, T_EVENT], told[i, T_CALL]
        caller = callers[told[i, T_CALLER]]
        lane = lanes[caller[C_LANE]]
        first, at = at, at + to + event + call
        found[i] = -1
        codes[i] = -1
        shown, line = caller[C_LINE] - caller[C_FROM], caller[C_NAME] - caller[C_LINE]
        if to + shown + line + event + call > scratch.shape[0]:
            continue
        as_it_is = True
        for k in range(at - call, at):
            as_it_is &= texts[k] != 34 and texts[k] != 92  # quotation mark and backslash
        if not as_it_is:
            continue
        end = put(texts, first, first + to, scratch, 0)
        end = put(said, caller[C_FROM], caller[C_NAME], scratch, end)
        put(texts, first + to, at, scratch, end)
        like[0], like[1], like[2], like[3] = source_key, told[i, T_TIME], -(2**63), lane[L_REGION]
        like[4], like[5], like[6], like[7] = told[i, T_HOUR], told[i, T_LISTED], caller[C_BRAND], caller[C_ASSERTED]
        like[8] = -(2**63)
        own_first, own_last = lane[L_FIRST], lane[L_LAST]
        found[i] = usual_row(
            ways[caller[C_LANE]], scratch, to, to + shown, end, end + event, end + event + call, like,
            states, answers, facts, country_keys, rules, barred_line, barred_lows, barred_highs,
            own_lows[own_first:own_last], own_highs[own_first:own_last], widths, by_code, by_area, unplaced,
            rows[i : i + 1], intake[i : i + 1],
        )  # fmt: skip
        if found[i] >= 0:
            abroad = like[9] + 1 if like[9] >= 0 else 0
            codes[i] = ((lane[L_OF] << 24 | found[i]) * 3 + abroad) * 2 + like[8]


@njit
def _fill_in(form: Bytes, form_at: int, form_stop: int, texts: Bytes, spans: Words, micros: int, out: Bytes, at: int) -> int:
    """Write a form with what a call says for itself: `spans[byte]` of `texts` for a byte below 32. The place behind it."""
    for k in range(form_at, form_stop):
        byte = form[k]
        if byte >= 32:
            out[at] = byte
            at += 1
            continue
        at = put(texts, spans[byte, 0], spans[byte, 1], out, at)
        if byte == F_TIME:
            out[at] = 46
            digit = 100_000
            for d in range(1, 7):
                out[at + d] = 48 + micros // digit % 10
                digit //= 10
            out[at + 7] = 90
            at += 8
    return at


@njit
def lane_texts(
    first: int,
    last: int,
    texts: Bytes,
    begin: int,
    stamps: int,
    told: Words,
    lanes: Words,
    callers: Words,
    said: Bytes,
    forms: Bytes,
    tails: Bytes,
    tail_ends: Words,
    policies: Words,
    spans: Words,
    out: Bytes,
    ends: Words,
) -> int:
    """What the log has of the calls `first` to `last`, without the last: the line of each and what it was answered, in turn.

    `texts`: the source's name; from `begin` on those of all calls; from `stamps` on seconds. `policies`: place of each one's tail
    among `tails`, counted from `first`. `ends`: where each text ends. `spans` has two words for each byte below 32. Returns how
    much was written, or -1 where `out` has too little room.
    """
    spans[F_SOURCE, 0], spans[F_SOURCE, 1] = 0, begin
    at = begin
    for i in range(first):
        at += told[i, T_TO] + told[i, T_EVENT] + told[i, T_CALL]
    wrote = 0
    for i in range(first, last):
        caller = callers[told[i, T_CALLER]]
        lane = lanes[caller[C_LANE]]
        tail = policies[i - first]
        second, micros = stamps + SECOND * told[i, T_SECOND], told[i, T_TIME] % _MICRO
        spans[F_TO, 0] = at
        spans[F_TO, 1] = spans[F_EVENT, 0] = at = at + told[i, T_TO]
        spans[F_EVENT, 1] = spans[F_CALL, 0] = at = at + told[i, T_EVENT]
        spans[F_CALL, 1] = at = at + told[i, T_CALL]
        spans[F_TIME, 0], spans[F_TIME, 1] = second, second + SECOND
        room = 2 * (at - spans[F_TO, 0] + caller[C_STOP] - caller[C_FROM] + begin + SECOND) + 64
        room += lane[L_LINE_STOP] - lane[L_LINE] + lane[L_ANSWER_STOP] - lane[L_ANSWER] + tail_ends[tail + 1] - tail_ends[tail]
        if wrote + room > out.shape[0]:
            return -1
        # What the caller says stands elsewhere: it is written behind the texts, where the forms find it.
        end = texts.shape[0] - (caller[C_STOP] - caller[C_FROM])
        put(said, caller[C_FROM], caller[C_STOP], texts, end)
        end -= caller[C_FROM]
        spans[F_FROM, 0], spans[F_FROM, 1] = end + caller[C_FROM], end + caller[C_LINE]
        spans[F_LINE, 0], spans[F_LINE, 1] = end + caller[C_LINE], end + caller[C_NAME]
        spans[F_NAME, 0], spans[F_NAME, 1] = end + caller[C_NAME], end + caller[C_PAI]
        spans[F_PAI, 0], spans[F_PAI, 1] = end + caller[C_PAI], end + caller[C_STOP]
        wrote = _fill_in(forms, lane[L_LINE], lane[L_LINE_STOP], texts, spans, micros, out, wrote)
        ends[2 * (i - first)] = wrote
        wrote = _fill_in(forms, lane[L_ANSWER], lane[L_ANSWER_STOP], texts, spans, micros, out, wrote)
        wrote = _fill_in(tails, tail_ends[tail], tail_ends[tail + 1], texts, spans, micros, out, wrote)
        ends[2 * (i - first) + 1] = wrote
    return wrote
