"""What was seen before: fills the columns of `model.columns.SENSED` for each outbound attempt.

`seen` keeps the last time of (customer, number called), (customer, number that called) and (customer, country called);
`last` keeps the number that a line called before. Rows older than 90 days are left behind when a table grows.
"""

from __future__ import annotations

from fairwire.kernel.arena import Words, find, mix
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import LAST_COUNT, SEEN_COUNT
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, UNKNOWN
from fairwire.model.instants import DAY_US, HOUR_US
from fairwire.model.program import Program

SEEN_SPAN_US = 90 * DAY_US
SOLICITED_SPAN_US = 72 * HOUR_US
RECIPROCAL_SPAN_US = 28 * DAY_US

_KIND = COLUMN_INDEX["kind"]
_TIME = COLUMN_INDEX["time"]
_CUSTOMER = COLUMN_INDEX["customer"]
_LINE = COLUMN_INDEX["line"]
_REMOTE = COLUMN_INDEX["remote"]
_COUNTRY = COLUMN_INDEX["country"]
_NUMBER = COLUMN_INDEX["number"]
_DIRECTION = COLUMN_INDEX["direction"]
_NEW_CALLEE = COLUMN_INDEX["new_callee"]
_SOLICITED = COLUMN_INDEX["solicited"]
_RECIPROCAL = COLUMN_INDEX["reciprocal"]
_NEW_COUNTRY = COLUMN_INDEX["new_country"]
_STEP = COLUMN_INDEX["step"]
_OUT, _IN, _LAND, _WALK = 11, 12, 13, 14
"""Tags that keep the four kinds of key apart."""


@njit
def touch(keys: Words, values: Words, meta: Words, counter: int, key: int, value: int) -> int:
    """Store `value` under `key`; returns what stood there, or `UNKNOWN`."""
    place = find(keys, key)
    before = UNKNOWN
    if keys[place] == 0:
        keys[place] = key
        meta[counter] += 1
    else:
        before = values[place, 0]
    if before == UNKNOWN or counter == LAST_COUNT or value > before:
        values[place, 0] = value
    return before


_NEW_CALLEES, _CALLED_BY, _NEW_COUNTRIES, _STEPS = 1, 2, 4, 8
"""What is to be remembered, as bits."""


def wanted(program: Program) -> int:
    """What a program needs remembered: which sensed columns it reads, or an action of its rules asks for."""
    text = program.derive_source + program.judge_source
    bits = 0
    for column, bit in (
        (_NEW_CALLEE, _NEW_CALLEES),
        (_SOLICITED, _CALLED_BY),
        (_RECIPROCAL, _CALLED_BY),
        (_NEW_COUNTRY, _NEW_COUNTRIES),
        (_STEP, _STEPS),
    ):
        if f"row[{column}]" in text:
            bits |= bit
    if any(rule.narrowest == "new_callees" for rule in program.rules):
        bits |= _NEW_CALLEES
    return bits


@njit
def sense(row: Words, meta: Words, seen_keys: Words, seen: Words, last_keys: Words, last: Words, bits: int) -> None:
    """Fill those sensed columns of one event that `bits` asks for and, when it is an attempt, remember it."""
    if row[_REMOTE] == UNKNOWN:
        return
    now = row[_TIME]
    customer = row[_CUSTOMER]
    remote = row[_REMOTE]
    if bits & _CALLED_BY and row[_DIRECTION] == 1:
        place = find(seen_keys, mix(mix(customer, _IN), remote))
        called_us = seen[place, 0] if seen_keys[place] != 0 else UNKNOWN
        row[_SOLICITED] = 1 if called_us != UNKNOWN and now - called_us <= SOLICITED_SPAN_US else 0
        row[_RECIPROCAL] = 1 if called_us != UNKNOWN and now - called_us <= RECIPROCAL_SPAN_US else 0
    if row[_KIND] != ATTEMPT:
        return
    if bits & _CALLED_BY and row[_DIRECTION] == 2:
        touch(seen_keys, seen, meta, SEEN_COUNT, mix(mix(customer, _IN), remote), now)
        return
    if row[_DIRECTION] != 1:
        return
    if bits & _NEW_CALLEES:
        before = touch(seen_keys, seen, meta, SEEN_COUNT, mix(mix(customer, _OUT), remote), now)
        row[_NEW_CALLEE] = 1 if before == UNKNOWN or now - before > SEEN_SPAN_US else 0
    if bits & _NEW_COUNTRIES and row[_COUNTRY] != UNKNOWN:
        before = touch(seen_keys, seen, meta, SEEN_COUNT, mix(mix(customer, _LAND), row[_COUNTRY]), now)
        row[_NEW_COUNTRY] = 1 if before == UNKNOWN or now - before > SEEN_SPAN_US else 0
    if bits & _STEPS and row[_NUMBER] != UNKNOWN:
        line = row[_LINE] if row[_LINE] != UNKNOWN else customer
        before = touch(last_keys, last, meta, LAST_COUNT, mix(mix(customer, _WALK), line), row[_NUMBER])
        row[_STEP] = row[_NUMBER] - before if before != UNKNOWN else UNKNOWN
