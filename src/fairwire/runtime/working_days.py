"""Working days from Monday to Friday where a customer is. Holidays are for whoever knows the calendar of the place."""

from __future__ import annotations

from fairwire.enforcement.takedowns import BusinessDays
from fairwire.runtime.calendar import today


def weekdays_in(zone: str) -> BusinessDays:
    """(instant, n) -> the end of the nth working day behind the day of the instant, by the clock of `zone`."""

    def end(at_us: int, count: int) -> int:
        day = today(zone, at_us)
        while count > 0:
            day = today(zone, day.ends_us)
            count -= (day.day + 3) % 7 < 5  # 1970-01-01 was a Thursday
        return day.ends_us

    return end
