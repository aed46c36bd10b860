"""Instants: integer microseconds since 1970-01-01T00:00:00Z, and RFC 3339 text. Plain arithmetic, no clock, no zone data."""

from __future__ import annotations

import re
from functools import lru_cache

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2}))\Z"
)
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar."""
    year -= month <= 2
    era = year // 400
    yoe = year - era * 400
    doy = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month, day of a day number. Inverse of `days_from_civil`."""
    days += 719468
    era = days // 146097
    doe = days - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + (3 if mp < 10 else -9)
    return yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) // 5 + 1


def day_of(us: int) -> str:
    """The day of an instant in UTC, `2026-03-01`."""
    return "{:04d}-{:02d}-{:02d}".format(*civil_from_days(us // DAY_US))


def parse_us(text: str) -> int:
    """Microseconds of an RFC 3339 instant with zone.

    Raises
    ------
    ValueError
        It is not RFC 3339, has no zone, or names a day that does not exist.
    """
    # Calls come many a second, in UTC: all but the fraction has been read before.
    fraction = text[20:-1]
    if text[19:20] == "." and text[-1:] == "Z" and 0 < len(fraction) <= 9 and fraction.isdecimal() and fraction.isascii():
        return _second_us(text[:19]) + int(fraction[:6].ljust(6, "0"))
    return _parse_us(text)


@lru_cache(maxsize=1024)
def _second_us(text: str) -> int:
    hour, minute, second = text[11:13], text[14:16], text[17:]
    plain = text[10] == "T" and text[13] == text[16] == ":" and (hour + minute + second).isdecimal() and text.isascii()
    if plain and hour < "24" and minute < "60" and second < "60":
        return _day_us(text[:10]) + int(hour) * HOUR_US + int(minute) * MINUTE_US + int(second) * SECOND_US
    return _parse_us(f"{text}Z")


@lru_cache(maxsize=256)
def _day_us(day: str) -> int:
    return _parse_us(f"{day}T00:00:00Z")


def _parse_us(text: str) -> int:
    match = _RFC3339.match(text)
    if match is None:
        raise ValueError(f"`{text[:40]}` is not an RFC 3339 time with a zone, such as 2026-03-02T14:07:12Z")
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= month <= 12 or not 1 <= day <= _MONTH_DAYS[month - 1] + (month == 2 and leap):
        raise ValueError(f"`{text[:40]}` names a day that does not exist")
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError(f"`{text[:40]}` names an hour, minute or second that does not exist")
    us = days_from_civil(year, month, day) * DAY_US + hour * HOUR_US + minute * MINUTE_US + min(second, 59) * SECOND_US
    if match[7]:
        us += int(match[7][:6].ljust(6, "0"))
    if match[9]:
        offset_us = int(match[10]) * HOUR_US + int(match[11]) * MINUTE_US
        us += -offset_us if match[9] == "+" else offset_us
    return us


def format_us(us: int) -> str:
    """RFC 3339 in UTC; the fraction is left out when it is zero."""
    days, rest = divmod(us, DAY_US)
    year, month, day = civil_from_days(days)
    seconds, micros = divmod(rest, SECOND_US)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    fraction = f".{micros:06d}" if micros else ""
    return f"{year:04d}-{month:02d}-{day:02d}T{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}Z"
