"""When the offset of a zone changes: found at the instants that the zone's file names, and checked against `zoneinfo`."""

from __future__ import annotations

import re
import struct
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_FIRST_DAY, _LAST_DAY = 9131, 29220  # 1995-01-01 to 2050-01-01
_FIRST_S, _LAST_S = _FIRST_DAY * 86400, _LAST_DAY * 86400
_STEP_S = 3 * 86400
"""Less than any summer time has lasted: that of Boa Vista, in 2000, a week less an hour."""
_YEARS = range(1995, 2051)
_EPOCH = date(1970, 1, 1).toordinal()
_HEADER = struct.Struct(">4sc15x6l")
_TURN = re.compile(r",M(\d+)\.(\d)\.(\d)(?:/([+-]?)(\d+)(?::(\d+))?(?::(\d+))?)?")

Offset = Callable[[int], int]
Changes = list[tuple[int, int]]
"""(second from which on, offset in seconds), ascending."""
Turn = tuple[int, int, int, int]
"""Month, week, weekday, second of the local day."""


@cache
def zone_table(name: str) -> tuple[tuple[int, int], ...]:
    """(from this instant on, offset) in microseconds for a zone, 1995 to 2050.

    Raises
    ------
    ZoneInfoNotFoundError
        There is no such zone.
    """
    try:
        zone = ZoneInfo(name)
    except (ValueError, OSError):  # a name that is a path, or empty
        raise ZoneInfoNotFoundError(name) from None

    def offset(second: int) -> int:
        moment = datetime.fromtimestamp(second, zone).utcoffset()
        assert moment is not None
        return moment.days * 86400 + moment.seconds

    first = offset(_FIRST_S)
    changes = _named_changes(name, offset, first)
    if changes is None:
        changes = _searched_changes(offset, first)
    return ((-(2**62), first * 1_000_000), *((second * 1_000_000, after * 1_000_000) for second, after in changes))


def _named_changes(name: str, offset: Offset, first: int) -> Changes | None:
    """At instants that the zone's file names; None when it cannot be read, or says another thing than `offset`.

    To search, as below, costs ten milliseconds a zone, and numbers lead to more than fifty zones.
    """
    data = _zone_file(name)
    if data is None:
        return None
    try:
        listed, turns = _parts(data)
    except (struct.error, ValueError):
        return None
    changes: Changes = [(_FIRST_S, first)]
    for second in _instants(listed, turns, lambda: changes[-1][1]):
        if not _FIRST_S < second <= _LAST_S:
            continue
        if offset(second - 1) != changes[-1][1]:
            return None
        after = offset(second)
        if after != changes[-1][1]:
            changes.append((second, after))
    return changes[1:] if offset(_LAST_S) == changes[-1][1] else None


def _zone_file(name: str) -> bytes | None:
    """The file that `zoneinfo` reads for a zone."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / name
        if path.is_file():
            return path.read_bytes()
    try:
        return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    except (ImportError, OSError):
        return None


def _parts(data: bytes) -> tuple[tuple[int, ...], list[Turn]]:
    """The instants that a file lists, and the turns of each year after them (RFC 9636, 3.1 to 3.3).

    Raises
    ------
    struct.error, ValueError
        It is no such file, one of the first version, or its rule is written as none of today's is.
    """
    at = 0
    for width in (4, 8):  # all is there twice: short for old readers, and long
        magic, version, is_utc, is_std, leaps, times, types, chars = _HEADER.unpack_from(data, at)
        if magic != b"TZif" or version < b"2":
            raise ValueError("not a file of the second version")
        at += _HEADER.size
        body = at
        at += times * (width + 1) + types * 6 + chars + leaps * (width + 4) + is_std + is_utc
    rule = data[at:].decode("ascii").strip("\n")
    turns = [(int(month), int(week), int(weekday), _seconds(*time)) for month, week, weekday, *time in _TURN.findall(rule)]
    if len(turns) != rule.count(","):
        raise ValueError(f"`{rule}` is not understood")
    return struct.unpack_from(f">{times}q", data, body), sorted(turns)


def _instants(listed: tuple[int, ...], turns: list[Turn], offset_now: Callable[[], int]) -> Iterator[int]:
    """Every second at which the offset may change, ascending. Turns are in local time: they ask for the offset until then."""
    yield from listed
    begun = max(listed, default=_FIRST_S)
    for year in _YEARS if turns else ():
        for month, week, weekday, seconds in turns:
            second = _day(year, month, week, weekday) * 86400 + seconds - offset_now()
            if second > begun:
                yield second


def _seconds(sign: str, hours: str, minutes: str, seconds: str) -> int:
    whole = int(hours or 2) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return -whole if sign == "-" else whole


def _day(year: int, month: int, week: int, weekday: int) -> int:
    """Days since 1970 of a weekday (0: Sunday) of a month: the first to the fourth, and 5 for the last."""
    first = date(year, month, 1).toordinal()
    day = first + (weekday - first) % 7 + 7 * (week - 1)  # ordinal 7 is a Sunday
    following = date(year + month // 12, month % 12 + 1, 1).toordinal()
    return (day - 7 if day >= following else day) - _EPOCH


def _searched_changes(offset: Offset, first: int) -> Changes:
    """Without a file. Offsets change some twice a year: look now and then, and close in on the second."""
    changes: Changes = []
    now, low = first, _FIRST_S
    while low < _LAST_S:
        high = low + _STEP_S
        if offset(high) == now:
            low = high
            continue
        left, right = low, high
        while right - left > 1:
            middle = (left + right) // 2
            if offset(middle) == now:
                left = middle
            else:
                right = middle
        now = offset(right)
        changes.append((right, now))
        low = right
    return changes
