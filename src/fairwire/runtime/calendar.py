"""Where an instant stands in the calendar of a zone: which day it is there, and when that day and its month are over."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, civil_from_days, days_from_civil
from fairwire.runtime.zone_tables import zone_table

_REACH_US = 36 * HOUR_US
"""No offset moves a midnight further than this."""


class Today(NamedTuple):
    """A day of a zone, around an instant."""

    day: int
    """Days since 1970-01-01, by the calendar there."""
    ends_us: int
    """First instant of the next day."""
    month_ends_us: int
    """First instant of the next month."""


_NONE = 0, Today(0, 0, 0)
_latest: dict[str, tuple[int, Today]] = {}
"""Zone -> an instant, and its day: whatever is between it and the day's end is of that day."""


def today(zone: str, at_us: int) -> Today:
    """The day that an instant belongs to in a zone of `zoneinfo`."""
    # Calls come in about the order of time: nearly all are of the day that the last one was.
    since, latest = _latest.get(zone, _NONE)
    if since <= at_us < latest.ends_us:
        return latest
    table = zone_table(zone)
    offset = table[bisect_right(table, at_us, key=_start) - 1][1]
    day = (at_us + offset) // DAY_US
    found = Today(day, *_ends(zone, day))
    _latest[zone] = at_us, found
    return found


def _start(change: tuple[int, int]) -> int:
    return change[0]


@lru_cache(maxsize=4096)
def _ends(zone: str, day: int) -> tuple[int, int]:
    return day_begins(zone, day + 1), day_begins(zone, next_month(day))


def next_month(day: int) -> int:
    """First day of the month after that of a day, both as days since 1970-01-01."""
    year, month, _ = civil_from_days(day)
    return days_from_civil(year + month // 12, month % 12 + 1, 1)


def day_begins(zone: str, day: int) -> int:
    """First instant of a day: a day may have 23 or 25 hours, and where clocks go forward at midnight it begins at one."""
    table = zone_table(zone)
    low, high = day * DAY_US - _REACH_US, day * DAY_US + _REACH_US
    found = high
    for place in range(max(0, bisect_right(table, low, key=_start) - 1), len(table)):
        since, offset = table[place]
        if since > high:
            break
        until = table[place + 1][0] if place + 1 < len(table) else high
        at = max(since, day * DAY_US - offset)
        if at < until:
            found = min(found, at)
    return found


def clock_shows(zone: str, day: int, minute: int) -> int:
    """The instant at which a clock of the zone shows so many minutes after midnight; 1440: the end of the day.

    Where clocks are put forward over that time, the first instant after it; where it comes twice, the second time.
    """
    if minute >= DAY_US // MINUTE_US:
        return day_begins(zone, day + 1)
    table = zone_table(zone)
    wall = day * DAY_US + minute * MINUTE_US
    found: int | None = None
    for place in range(max(0, bisect_right(table, wall - _REACH_US, key=_start) - 1), len(table)):
        since, offset = table[place]
        if since > wall + _REACH_US:
            break
        until = table[place + 1][0] if place + 1 < len(table) else wall + 2 * _REACH_US
        if since <= wall - offset < until:
            found = wall - offset
        elif found is None and wall - offset < since:
            return since  # clocks were put forward over it
    assert found is not None
    return found


def day_number(text: str) -> int | None:
    """Days since 1970-01-01 of a date such as `2026-03-02`; None when it is none."""
    parts = text[:10].split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    year, month, day = (int(part) for part in parts)
    number = days_from_civil(year, month, day)
    return number if civil_from_days(number) == (year, month, day) else None
