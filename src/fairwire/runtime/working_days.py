"""Deadlines and notice in business days, by the customer's own business days."""

from __future__ import annotations

from collections.abc import Callable

from fairwire.model.customers import Customer
from fairwire.runtime.business_days import Period, calendar_of, day_at, within
from fairwire.runtime.calendar import day_begins

DaysBefore = Callable[[int, int, Customer | None], int]
"""(begins, business days, customer) -> the last instant at which it may be asked for; instants in microseconds."""


def business_days_before(begins_us: int, count: int, customer: Customer | None) -> int:
    """The last instant that leaves `count` whole business days, by the calendar of the customer's place, before the day on which
    something begins."""
    calendar = calendar_of(customer)
    return day_begins(calendar.zone, calendar.before(day_at(calendar, begins_us), count)) - 1


def business_days_of(customer: Customer | None) -> Callable[[int, int], int]:
    """(instant, n) -> the end of the nth business day behind the day of the instant, by the calendar of the customer's place."""
    calendar = calendar_of(customer)
    return lambda at_us, count: within(at_us, Period(count, "bd"), calendar)
