"""Where an instant stands in the calendar of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.instants import HOUR_US, format_us, parse_us
from fairwire.runtime.calendar import day_number, today

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "ends", "month_ends"),
    [
        ("UTC", "2026-03-02T14:00:00Z", "2026-03-03T00:00:00Z", "2026-04-01T00:00:00Z"),
        ("America/New_York", "2026-03-02T04:59:59Z", "2026-03-02T05:00:00Z", "2026-04-01T04:00:00Z"),
        # The day on which clocks go forward has 23 hours, the one on which they go back 25.
        ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "2026-04-01T04:00:00Z"),
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "2026-12-01T05:00:00Z"),
        ("Europe/London", "2026-12-31T23:59:59.999999Z", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        # In Beirut clocks go forward at midnight: that day begins at one.
        ("Asia/Beirut", "2024-03-30T12:00:00Z", "2024-03-30T22:00:00Z", "2024-03-31T21:00:00Z"),
        ("Asia/Kathmandu", "2026-02-28T18:14:59Z", "2026-02-28T18:15:00Z", "2026-02-28T18:15:00Z"),
    ],
)
def test_L01_a_day_and_a_month_end_by_the_customers_own_clock(zone: str, at: str, ends: str, month_ends: str) -> None:
    found = today(zone, parse_us(at))
    assert (format_us(found.ends_us), format_us(found.month_ends_us)) == (ends, month_ends)


@given(
    st.sampled_from(["UTC", "America/New_York", "Europe/London", "Asia/Beirut", "Australia/Lord_Howe", "America/Sao_Paulo"]),
    st.integers(parse_us("1996-01-01T00:00:00Z"), parse_us("2045-01-01T00:00:00Z")),
)
def test_L01_a_day_ends_where_the_date_changes(zone: str, at_us: int) -> None:
    def there(us: int) -> date:
        return (_EPOCH + timedelta(microseconds=us)).astimezone(ZoneInfo(zone)).date()

    found = today(zone, at_us)
    assert found.day == (there(at_us) - date(1970, 1, 1)).days
    assert at_us < found.ends_us <= at_us + 25 * HOUR_US
    assert there(found.ends_us) > there(at_us)
    assert there(found.ends_us - 1) == there(at_us)
    assert there(found.month_ends_us).day == 1
    assert there(found.month_ends_us - 1).month == there(at_us).month


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1970-01-01", 0),
        ("2026-03-02", 20514),
        ("2026-03-02T10:00:00Z", 20514),
        ("2026-02-30", None),
        ("2026-13-01", None),
        ("", None),
        ("yesterday", None),
        ("2026-٣-01", None),
    ],
)
def test_a_date_is_read_or_it_is_none(text: str, number: int | None) -> None:
    assert day_number(text) == number
