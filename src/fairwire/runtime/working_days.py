"""How long before it begins something must be asked for, by the customer's own days."""

from __future__ import annotations

from collections.abc import Callable

from fairwire.model.customers import Customer
from fairwire.runtime.calendar import day_begins, today

DaysBefore = Callable[[int, int, Customer | None], int]
"""(begins, working days, customer) -> the last instant at which it may be asked for; instants in microseconds."""


def weekdays_before(begins_us: int, count: int, customer: Customer | None) -> int:
    """The last instant that leaves `count` whole working days, Monday to Friday in the customer's zone, before the day on which
    something begins. Public holidays are worked on."""
    zone = customer.timezone if customer else "UTC"
    day = today(zone, begins_us).day
    left = count
    while left > 0:
        day -= 1
        left -= _works(day)
    return day_begins(zone, day) - 1


def _works(day: int) -> bool:
    return (day + 3) % 7 < 5  # 1970-01-01 was a Thursday
