"""Business days: which days people work on where a customer is, and the clocks that follow.

Two questions are asked of the same calendar. *Within five business days of the notice*: the day of the notice does not count, and
the time is up at the end of the fifth working day, by the customer's own clock. *At least five working days' notice*: unless the
policy says otherwise these are clear days, so that five whole working days lie between the day of asking and the day on which it
may begin.

Public holidays come from the library `holidays`, whose data change: a moon is sighted, a day is proclaimed. So a clock keeps the
name of its calendar and the version of the library, and is only ever worked out anew to a later instant.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import metadata
from typing import Any, Literal, NamedTuple

from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse
from fairwire.model.instants import HOUR_US, MINUTE_US, SECOND_US
from fairwire.runtime.calendar import clock_shows, day_begins, today

END_OF_DAY = 1440
"""Minutes after midnight at which a day's clock stops, unless a policy sets an earlier hour."""
MORNING = 9 * 60
"""When reminders go out, in minutes after midnight."""
_PERIOD = re.compile(r"([1-9][0-9]{0,4})(bd|d|h|m|s)\Z")
_UNIT_US = {"h": HOUR_US, "m": MINUTE_US, "s": SECOND_US}
_UNIT_WORDS = {"bd": "business day", "d": "day", "h": "hour", "m": "minute", "s": "second"}
_EPOCH = date(1970, 1, 1)
_PLAIN_WEEK = "Monday to Friday"
_reading = threading.Lock()
"""The library makes the holidays of a year when it is first asked for one."""

Unit = Literal["bd", "d", "h", "m", "s"]


class BadPeriod(BadUse):
    """A text is no span of time."""

    code = "FW-DAY-001"


class Period(NamedTuple):
    """A span of time as policies give it: `5bd`, `30d`, `24h`."""

    length: int
    unit: Unit

    @property
    def words(self) -> str:
        """`5 business days`."""
        return f"{self.length} {_UNIT_WORDS[self.unit]}{'' if self.length == 1 else 's'}"


def read_period(text: str) -> Period:
    """A period from its text.

    Raises
    ------
    BadPeriod
        It is none.
    """
    match = _PERIOD.match(text)
    if match is None:
        raise BadPeriod(f"`{text[:40]}` is no period", help_="write business days such as `5bd`, days such as `30d`, or `24h`")
    return Period(int(match[1]), match[2])  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """The working days of a place. Days are numbers since 1970-01-01, by the calendar of `zone`."""

    name: str
    """`GB-ENG`, `US`, or `Monday to Friday` where no country is known."""
    version: str
    """Of the library: `holidays 0.109`; empty where none was asked."""
    zone: str
    _works: Callable[[int], bool]

    def is_working(self, day: int) -> bool:
        """Whether people work on that day."""
        return self._works(day)

    def after(self, day: int, count: int) -> int:
        """The `count`th working day behind a day; the day itself when `count` is 0."""
        return self._step(day, count, 1)

    def before(self, day: int, count: int) -> int:
        """The `count`th working day ahead of a day; the day itself when `count` is 0."""
        return self._step(day, count, -1)

    def on_or_after(self, day: int) -> int:
        """The day itself where it is a working day, else the next one."""
        return day if self._works(day) else self.after(day, 1)

    def _step(self, day: int, count: int, direction: int) -> int:
        while count > 0:
            day += direction
            count -= self._works(day)
        return day


def calendar_of(customer: Customer | None, pack_country: str = "") -> BusinessCalendar:
    """The calendar of a customer: its country and region, else the country of its policy, in its own time zone."""
    country = (customer.country if customer else "") or pack_country
    region = (customer.region if customer else None) or ""
    return calendar_in(country, region, customer.timezone if customer else "UTC")


@lru_cache(maxsize=4096)
def calendar_in(country: str, region: str, zone: str) -> BusinessCalendar:
    """The calendar of a place. A region that the library does not know is left out, and the name says so."""
    found = _holidays(country, region)
    if found is None:
        return BusinessCalendar(_PLAIN_WEEK, "", zone, _weekday)
    name, version, known = found

    def works(day: int) -> bool:
        with _reading:
            return bool(known.is_working_day(_EPOCH + timedelta(days=day)))

    return BusinessCalendar(name, version, zone, lru_cache(maxsize=4096)(works))


def _weekday(day: int) -> bool:
    return (day + 3) % 7 < 5  # 1970-01-01 was a Thursday


def _holidays(country: str, region: str) -> tuple[str, str, Any] | None:
    """Name, version and the library's own object; None where it knows no such country."""
    import holidays  # takes a tenth of a second, and most commands count no days

    version = f"holidays {metadata.version('holidays')}"
    part = region.strip().removeprefix(f"{country}-")
    for wanted in filter(None, dict.fromkeys((part, part.upper()))):
        try:
            return f"{country}-{wanted}", version, holidays.country_holidays(country, subdiv=wanted)
        except RuntimeError:  # it knows no such part
            continue
    try:
        return f"{country}{f' without {part}' if part else ''}", version, holidays.country_holidays(country)
    except (RuntimeError, TypeError):  # nor such a country
        return None


# -- clocks


def day_at(calendar: BusinessCalendar, at_us: int) -> int:
    """The day of an instant, there."""
    return today(calendar.zone, at_us).day


def within(at_us: int, period: Period, calendar: BusinessCalendar, cut_off: int = END_OF_DAY) -> int:
    """When the time is up of what must be done within a period of an instant.

    Business days and days end at `cut_off` of the last one (minutes after midnight there), and the day of the instant does not
    count. Hours, minutes and seconds run as a stop watch does, whatever clocks are put to meanwhile.
    """
    if period.unit in _UNIT_US:
        return at_us + period.length * _UNIT_US[period.unit]
    return clock_shows(calendar.zone, last_day(at_us, period, calendar), cut_off)


def last_day(at_us: int, period: Period, calendar: BusinessCalendar) -> int:
    """The day on which such a time is up."""
    day = day_at(calendar, at_us)
    if period.unit in _UNIT_US:
        return day_at(calendar, at_us + period.length * _UNIT_US[period.unit])
    return calendar.after(day, period.length) if period.unit == "bd" else day + period.length


def earliest(at_us: int, period: Period, calendar: BusinessCalendar, *, clear_days: bool = True) -> int:
    """When something may begin at the earliest that was asked for at an instant, with at least a period's notice.

    Clear days: the whole period lies between the day of asking and the day of beginning; else the day of asking is its first.
    """
    if period.unit in _UNIT_US:
        return at_us + period.length * _UNIT_US[period.unit]
    day, count = day_at(calendar, at_us), period.length + clear_days
    return day_begins(calendar.zone, calendar.after(day, count) if period.unit == "bd" else day + count)


def latest(begins_us: int, period: Period, calendar: BusinessCalendar, *, clear_days: bool = True) -> int:
    """The last instant at which something may be asked for that is to begin then: `earliest`, the other way round."""
    if period.unit in _UNIT_US:
        return begins_us - period.length * _UNIT_US[period.unit]
    day, count = day_at(calendar, begins_us), period.length + clear_days
    if period.unit == "d":
        return day_begins(calendar.zone, day - count + 1) - 1
    # Asked for on a day on which nobody works, it counts from the working day before.
    asked = calendar.before(day if calendar.is_working(day) else calendar.before(day, 1), count)
    return day_begins(calendar.zone, calendar.after(asked, 1)) - 1


def reminder_at(when: str, at_us: int, due_us: int, period: Period, calendar: BusinessCalendar) -> int | None:
    """When to remind of a deadline; None where that would not lie between its beginning and its end.

    `half`: in the morning of the working day on which half of the business days are over; for other periods, half way.
    `last_morning`: in the morning of its last business day.
    """
    if when == "half":
        if period.unit == "bd":
            half = calendar.after(day_at(calendar, at_us), (period.length + 1) // 2)
            found = clock_shows(calendar.zone, half, MORNING)
        else:
            found = at_us + (due_us - at_us) // 2
    else:
        day = day_at(calendar, due_us - 1)
        found = clock_shows(calendar.zone, day if calendar.is_working(day) else calendar.before(day, 1), MORNING)
    return found if at_us < found < due_us else None
