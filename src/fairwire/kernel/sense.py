"""What was seen before: fills the columns of `model.columns.SENSED`.

`seen` keeps the last time of (customer, number called or written to), (customer, number that called or wrote), (customer, number
that was talked to when it called, or wrote) and (customer, country called), and of what each credential logged in from; `last`
keeps the number that a line called before, where and when a credential last logged in or hung up, and when a user was added or
removed and a device lost or found. Rows of `seen` older than 90 days are left behind when it grows.
"""

from __future__ import annotations

import math

from fairwire.kernel.arena import Words, find, mix
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import LAST_COUNT, SEEN_COUNT
from fairwire.model.columns import (
    ANSWERED,
    ATTEMPT,
    CALLS,
    COLUMN_INDEX,
    DEVICE_FOUND,
    DEVICE_LOST,
    ENDED,
    FLOW,
    LOGIN,
    MAILED,
    RECEIVED,
    REGISTER,
    REQUEST,
    SENT,
    UNKNOWN,
    USER_ADDED,
    USER_REMOVED,
)
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
_SOURCE = COLUMN_INDEX["source"]
_COUNTRY = COLUMN_INDEX["country"]
_NUMBER = COLUMN_INDEX["number"]
_TALK = COLUMN_INDEX["talk_s"]
_DIRECTION = COLUMN_INDEX["direction"]
_NEW_CALLEE = COLUMN_INDEX["new_callee"]
_SOLICITED = COLUMN_INDEX["solicited"]
_RECIPROCAL = COLUMN_INDEX["reciprocal"]
_NEW_COUNTRY = COLUMN_INDEX["new_country"]
_STEP = COLUMN_INDEX["step"]
_USER = COLUMN_INDEX["user"]
_CREDENTIAL = COLUMN_INDEX["credential"]
_REMOVED_USER = COLUMN_INDEX["removed_user"]
_UNPROVISIONED = COLUMN_INDEX["unprovisioned"]
_OK = COLUMN_INDEX["ok"]
_ASN = COLUMN_INDEX["asn"]
_DEVICE = COLUMN_INDEX["device"]
_NEW_DEVICE = COLUMN_INDEX["new_device"]
_NEW_ASN = COLUMN_INDEX["new_asn"]
_NEW_ADDRESS = COLUMN_INDEX["new_address"]
_SPEED = COLUMN_INDEX["speed_kmh"]
_DISTANCE = COLUMN_INDEX["distance_km"]
_LOST_DEVICE = COLUMN_INDEX["lost_device"]
_SPOT = COLUMN_INDEX["spot"]
_ELSEWHERE = COLUMN_INDEX["elsewhere"]
_OUT, _IN, _LAND, _WALK = 11, 12, 13, 14
_PERSON, _FROM, _WHEN, _WHERE, _LOST, _SINCE, _SPOKE = 15, 16, 17, 18, 19, 20, 21
_HUNG_UP, _TALKED_AT = 22, 23
"""Tags that keep the kinds of key apart."""
EARTH_KM = 6371.0
SETTLED_US = 4 * DAY_US
TOGETHER_MS = 60_000
"""A minute of talk at the same time; whoever takes a call on another telephone is done with the first one by then."""
HANDED_OVER_US = HOUR_US
"""A name that goes to a successor is removed and added again within the hour."""


_LOGIN_KINDS = (LOGIN, REGISTER)
_DEVICE_KINDS = (DEVICE_LOST, DEVICE_FOUND)
_USER_KINDS = (USER_ADDED, USER_REMOVED)
_REMOTE_KINDS = (*CALLS, SENT, RECEIVED, MAILED, FLOW)
_SOLICITED_KINDS = (*CALLS, SENT)
_FIRST_KINDS = (ATTEMPT, SENT, RECEIVED, MAILED, FLOW)


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


_NEW_CALLEES, _CALLED_BY, _NEW_COUNTRIES, _STEPS, _LOGINS, _PEOPLE, _TWICE = 1, 2, 4, 8, 16, 32, 64
"""What is to be remembered, as bits."""


def wanted(program: Program) -> int:
    """What a program needs remembered: which sensed columns it reads, or an action of its rules asks for."""
    bits = 0
    for column, bit in (
        ("new_callee", _NEW_CALLEES),
        ("solicited", _CALLED_BY),
        ("reciprocal", _CALLED_BY),
        ("new_country", _NEW_COUNTRIES | _LOGINS),
        ("step", _STEPS),
        ("elsewhere", _TWICE),
        *((name, _LOGINS) for name in ("new_device", "new_asn", "new_address", "speed_kmh", "distance_km", "lost_device")),
        *((name, _PEOPLE) for name in ("removed_user", "unprovisioned")),
    ):
        if column in program.reads:
            bits |= bit
    if any(rule.narrowest == "new_callees" for rule in program.rules):
        bits |= _NEW_CALLEES
    return bits


@njit
def sense(row: Words, meta: Words, seen_keys: Words, seen: Words, last_keys: Words, last: Words, bits: int) -> None:
    """Fill those sensed columns of one event that `bits` asks for, and remember it."""
    kind = row[_KIND]
    if bits & _PEOPLE:
        _sense_user(row, meta, last_keys, last)
    if kind in _LOGIN_KINDS:
        if bits & _LOGINS:
            _sense_login(row, meta, seen_keys, seen, last_keys, last)
        return
    if kind in _DEVICE_KINDS:
        if bits & _LOGINS and row[_DEVICE] != UNKNOWN:
            told = row[_TIME] if kind == DEVICE_LOST else -row[_TIME]
            touch(last_keys, last, meta, LAST_COUNT, mix(mix(row[_CUSTOMER], _LOST), row[_DEVICE]), told)
        return
    if kind == REQUEST:
        if bits & _STEPS and row[_NUMBER] != UNKNOWN:
            _sense_step(row, meta, last_keys, last, row[_CREDENTIAL])
        return
    if bits & _TWICE and kind == ENDED and row[_DIRECTION] == 1 and row[_CREDENTIAL] != UNKNOWN and row[_SOURCE] != UNKNOWN:
        _sense_elsewhere(row, meta, last_keys, last)
    if kind not in _REMOTE_KINDS or row[_REMOTE] == UNKNOWN:
        return
    now = row[_TIME]
    customer = row[_CUSTOMER]
    remote = row[_REMOTE]
    outward = row[_DIRECTION] == 1
    if bits & _CALLED_BY and outward and kind in _SOLICITED_KINDS:
        place = find(seen_keys, mix(mix(customer, _IN), remote))
        called_us = seen[place, 0] if seen_keys[place] != 0 else UNKNOWN
        row[_SOLICITED] = 1 if called_us != UNKNOWN and now - called_us <= SOLICITED_SPAN_US else 0
        spoke_us = UNKNOWN
        if called_us != UNKNOWN:
            place = find(seen_keys, mix(mix(customer, _SPOKE), remote))
            spoke_us = seen[place, 0] if seen_keys[place] != 0 else UNKNOWN
        # A missed call makes nobody known: whoever earns by being called rings first.
        row[_RECIPROCAL] = 1 if spoke_us != UNKNOWN and now - spoke_us <= RECIPROCAL_SPAN_US else 0
    talked = kind == ANSWERED or kind == RECEIVED or (kind == ENDED and row[_TALK] > 0)
    if talked and bits & _CALLED_BY and row[_DIRECTION] == 2:
        touch(seen_keys, seen, meta, SEEN_COUNT, mix(mix(customer, _SPOKE), remote), now)
    if kind not in _FIRST_KINDS:
        return
    if bits & _CALLED_BY and row[_DIRECTION] == 2 and kind != FLOW:
        touch(seen_keys, seen, meta, SEEN_COUNT, mix(mix(customer, _IN), remote), now)
        return
    if not outward:
        if bits & _STEPS and kind == ATTEMPT and row[_DIRECTION] == 3 and row[_NUMBER] != UNKNOWN:
            _sense_step(row, meta, last_keys, last, row[_LINE])
        return
    if bits & _NEW_CALLEES:
        before = touch(seen_keys, seen, meta, SEEN_COUNT, mix(mix(customer, _OUT), remote), now)
        row[_NEW_CALLEE] = 1 if before == UNKNOWN or now - before > SEEN_SPAN_US else 0
    if kind == FLOW:
        if bits & _STEPS and row[_NUMBER] != UNKNOWN:
            _sense_step(row, meta, last_keys, last, row[_SOURCE])
        return
    if kind != ATTEMPT:
        return
    if bits & _NEW_COUNTRIES and row[_COUNTRY] != UNKNOWN:
        before = touch(seen_keys, seen, meta, SEEN_COUNT, mix(mix(customer, _LAND), row[_COUNTRY]), now)
        row[_NEW_COUNTRY] = 1 if before == UNKNOWN or now - before > SEEN_SPAN_US else 0
    if bits & _STEPS and row[_NUMBER] != UNKNOWN:
        _sense_step(row, meta, last_keys, last, row[_LINE])


@njit
def _sense_elsewhere(row: Words, meta: Words, last_keys: Words, last: Words) -> None:
    """Whether the call of this login that ended last was talked on elsewhere for a minute of this one."""
    row[_ELSEWHERE] = 0
    if row[_TALK] < TOGETHER_MS:
        return
    owner = mix(row[_CUSTOMER], row[_CREDENTIAL])
    where = touch(last_keys, last, meta, LAST_COUNT, mix(owner, _TALKED_AT), row[_SOURCE])
    until = touch(last_keys, last, meta, LAST_COUNT, mix(owner, _HUNG_UP), row[_TIME])
    if where != UNKNOWN and where != row[_SOURCE] and until - (row[_TIME] - row[_TALK] * 1000) >= TOGETHER_MS * 1000:
        row[_ELSEWHERE] = 1


@njit
def _sense_step(row: Words, meta: Words, last_keys: Words, last: Words, walker: int) -> None:
    """How far the number is from the one before it, of one line, address or credential."""
    customer = row[_CUSTOMER]
    who = walker if walker != UNKNOWN else customer
    before = touch(last_keys, last, meta, LAST_COUNT, mix(mix(mix(customer, _WALK), who), walk_of(row[_KIND])), row[_NUMBER])
    row[_STEP] = row[_NUMBER] - before if before != UNKNOWN else UNKNOWN


@njit
def walk_of(kind: int) -> int:
    """What keeps the walks of calls, flows and requests apart."""
    return 0 if kind == ATTEMPT else kind


@njit
def _sense_user(row: Words, meta: Words, last_keys: Words, last: Words) -> None:
    """Whether the user is still one. A user of whom nothing was told is not called removed."""
    if row[_USER] == UNKNOWN:
        row[_UNPROVISIONED] = UNKNOWN
        return
    key = mix(mix(row[_CUSTOMER], _PERSON), row[_USER])
    if row[_KIND] in _USER_KINDS:
        touch(last_keys, last, meta, LAST_COUNT, key, row[_TIME] if row[_KIND] == USER_ADDED else -row[_TIME])
        since = mix(row[_CUSTOMER], _SINCE)
        if row[_KIND] == USER_ADDED and last_keys[find(last_keys, since)] == 0:
            touch(last_keys, last, meta, LAST_COUNT, since, row[_TIME])
        row[_UNPROVISIONED] = UNKNOWN
        return
    place = find(last_keys, key)
    told = last_keys[place] != 0
    row[_REMOVED_USER] = 1 if told and last[place, 0] < 0 and row[_TIME] >= -last[place, 0] + HANDED_OVER_US else 0
    if told:
        row[_UNPROVISIONED] = 0
    elif row[_UNPROVISIONED] != UNKNOWN:
        row[_UNPROVISIONED] = 1
    else:
        row[_UNPROVISIONED] = _is_stranger(row, meta, last_keys, last)


@njit
def _is_stranger(row: Words, meta: Words, last_keys: Words, last: Words) -> int:
    """Whether a user of whom nothing was told is none, although nobody said that all users are told.

    It is when some users were told, and everybody who was seen in the first four days was one of them: then the customer tells
    all. Otherwise it is not known. `last` keeps when the customer was first seen, below zero once somebody came untold in time.
    """
    customer, now = row[_CUSTOMER], row[_TIME]
    since = find(last_keys, mix(customer, _SINCE))
    if last_keys[since] == 0 or last[since, 0] < 0:
        return UNKNOWN
    if now - last[since, 0] < SETTLED_US:
        last[since, 0] = -1
        return UNKNOWN
    return 1


@njit
def _sense_login(row: Words, meta: Words, seen_keys: Words, seen: Words, last_keys: Words, last: Words) -> None:
    """What is new about a login, of its credential. Only good ones are remembered."""
    now = row[_TIME]
    owner = mix(row[_CUSTOMER], row[_CREDENTIAL])
    good = row[_OK] == 1
    if row[_DEVICE] != UNKNOWN:
        place = find(last_keys, mix(mix(row[_CUSTOMER], _LOST), row[_DEVICE]))
        row[_LOST_DEVICE] = 1 if last_keys[place] != 0 and 0 < last[place, 0] <= now else 0
    place = find(last_keys, mix(owner, _WHEN))
    first = last_keys[place] == 0
    when = UNKNOWN if first else last[place, 0]
    for column, target in ((_COUNTRY, _NEW_COUNTRY), (_DEVICE, _NEW_DEVICE), (_ASN, _NEW_ASN), (_SOURCE, _NEW_ADDRESS)):
        if row[column] == UNKNOWN:
            continue
        key = mix(mix(mix(owner, _FROM), column), row[column])
        at = find(seen_keys, key)
        if not first:
            row[target] = 1 if seen_keys[at] == 0 or now - seen[at, 0] > SEEN_SPAN_US else 0
        if good:
            touch(seen_keys, seen, meta, SEEN_COUNT, key, now)
    if row[_SPOT] != UNKNOWN and not first:
        place = find(last_keys, mix(owner, _WHERE))
        if last_keys[place] != 0:
            km = distance_km(last[place, 0], row[_SPOT])
            row[_DISTANCE] = round(km)
            row[_SPEED] = round(km * HOUR_US / max(now - when, 1_000_000))
    if good:
        touch(last_keys, last, meta, LAST_COUNT, mix(owner, _WHEN), now)
        if row[_SPOT] != UNKNOWN:
            touch(last_keys, last, meta, LAST_COUNT, mix(owner, _WHERE), row[_SPOT])


@njit
def distance_km(a: int, b: int) -> float:
    """Great-circle distance of two packed places (haversine; mean radius of the earth 6,371 km)."""
    lat_a, lon_a = math.radians(a // 4_000_000 / 1e4 - 90), math.radians(a % 4_000_000 / 1e4 - 180)
    lat_b, lon_b = math.radians(b // 4_000_000 / 1e4 - 90), math.radians(b % 4_000_000 / 1e4 - 180)
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, h)))
