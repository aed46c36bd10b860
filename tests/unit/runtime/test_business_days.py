"""Business days: by the calendars of places, across changes of clocks, and for a customer of whom little is known."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, day_of, format_us, parse_us
from fairwire.runtime.business_days import (
    BadPeriod,
    Period,
    calendar_in,
    calendar_of,
    day_at,
    earliest,
    latest,
    read_period,
    reminder_at,
    within,
)
from fairwire.runtime.calendar import day_number

# Received on -> the fifth working day after it -> the sixth. From the library's data of 2026; see docs/adr/0036.
VECTORS = [
    ("US", "", "2026-12-22", "2026-12-30", "2026-12-31"),
    ("US", "", "2027-07-01", "2027-07-09", "2027-07-12"),
    ("GB", "ENG", "2026-12-23", "2027-01-04", "2027-01-05"),
    ("GB", "ENG", "2026-12-29", "2027-01-06", "2027-01-07"),
    ("GB", "SCT", "2026-12-29", "2027-01-07", "2027-01-08"),  # 2 January is a bank holiday there
    ("CA", "ON", "2026-12-22", "2026-12-31", "2027-01-04"),
    ("CA", "QC", "2027-06-21", "2027-06-29", "2027-06-30"),
    ("DE", "BY", "2026-12-30", "2027-01-08", "2027-01-11"),
    ("DE", "BE", "2026-12-30", "2027-01-07", "2027-01-08"),
    ("IL", "", "2026-12-03", "2026-12-10", "2026-12-13"),  # Friday and Saturday are its weekend
    ("AE", "", "2026-11-27", "2026-12-08", "2026-12-09"),
    ("FR", "", "2027-05-03", "2027-05-11", "2027-05-12"),
    ("US", "", "2027-07-03", "2027-07-12", "2027-07-13"),  # received on a Saturday
]
FIVE = Period(5, "bd")


def number(day: str) -> int:
    found = day_number(day)
    assert found is not None
    return found


def text(day: int) -> str:
    return day_of(day * DAY_US)


@pytest.mark.parametrize(("country", "region", "received", "fifth", "sixth"), VECTORS)
def test_U02_five_business_days_end_where_the_calendar_of_the_place_says(
    country: str, region: str, received: str, fifth: str, sixth: str
) -> None:
    calendar = calendar_in(country, region, "UTC")
    assert text(calendar.after(number(received), 5)) == fifth
    assert text(calendar.after(number(received), 6)) == sixth
    at_us = parse_us(f"{received}T10:00:00Z")
    assert day_of(within(at_us, FIVE, calendar) - 1) == fifth
    assert day_of(earliest(at_us, FIVE, calendar)) == sixth, "at least five working days' notice: five clear days"
    assert day_of(earliest(at_us, FIVE, calendar, clear_days=False)) == fifth


def test_counting_back_skips_the_same_days() -> None:
    calendar = calendar_in("US", "", "America/New_York")
    assert text(calendar.before(number("2027-07-12"), 5)) == "2027-07-02"
    begins = parse_us("2027-07-12T13:00:00Z")
    assert format_us(latest(begins, FIVE, calendar, clear_days=False)) == "2027-07-06T03:59:59.999999Z", (
        "the Fourth is kept on the 5th"
    )
    assert format_us(latest(begins, FIVE, calendar)) == "2027-07-02T03:59:59.999999Z"


@pytest.mark.parametrize(
    ("period", "due"),
    [
        # Clocks in New York go forward on Sunday 8 March 2026, and back on Sunday 1 November.
        ("5bd", "2026-03-13T04:00:00Z"),
        ("30d", "2026-04-05T04:00:00Z"),
        ("24h", "2026-03-06T15:00:00Z"),
        ("96h", "2026-03-09T15:00:00Z"),
    ],
)
def test_a_deadline_over_a_change_of_clocks_ends_by_the_customers_own_clock(period: str, due: str) -> None:
    calendar = calendar_in("US", "NY", "America/New_York")
    assert format_us(within(parse_us("2026-03-05T15:00:00Z"), read_period(period), calendar)) == due


def test_the_notice_day_is_the_customers_and_not_ours() -> None:
    late = parse_us("2026-03-03T02:00:00Z")  # Monday evening in New York, Tuesday morning in London
    assert day_of(within(late, FIVE, calendar_in("US", "", "America/New_York")) - DAY_US) == "2026-03-09"
    assert day_of(within(late, FIVE, calendar_in("GB", "ENG", "Europe/London")) - 1) == "2026-03-10"


def test_a_cut_off_hour_ends_the_last_day_earlier() -> None:
    calendar = calendar_in("GB", "ENG", "Europe/London")
    at_us = parse_us("2026-03-24T10:00:00Z")  # summer time begins on Sunday 29 March
    assert format_us(within(at_us, FIVE, calendar, 17 * 60)) == "2026-03-31T16:00:00Z"
    assert format_us(within(at_us, FIVE, calendar)) == "2026-03-31T23:00:00Z"


def test_a_cut_off_that_no_clock_shows_or_that_comes_twice_is_never_too_early() -> None:
    calendar = calendar_in("IL", "", "Asia/Jerusalem")  # forward on Friday 27 March 2026 at two, back on 25 October at two
    before = parse_us("2026-03-26T08:00:00Z")
    assert format_us(within(before, Period(1, "d"), calendar, 150)) == "2026-03-27T00:00:00Z"
    before = parse_us("2026-10-24T08:00:00Z")
    assert format_us(within(before, Period(1, "d"), calendar, 90)) == "2026-10-24T23:30:00Z", "the second time"


def test_a_customer_whose_country_nobody_knows_has_the_calendar_of_its_policy() -> None:
    customer = Customer(id="hobnail", timezone="Europe/London")
    calendar = calendar_of(customer, "GB")
    assert (calendar.name, calendar.zone) == ("GB", "Europe/London")
    assert calendar.version.startswith("holidays 0.")
    assert not calendar.is_working(number("2026-12-25"))
    nowhere = calendar_of(customer, "")
    assert (nowhere.name, nowhere.version) == ("Monday to Friday", "")
    assert nowhere.is_working(number("2026-12-25"))
    assert not nowhere.is_working(number("2026-12-26"))


@pytest.mark.parametrize(
    ("country", "region", "name"),
    [
        ("GB", "ENG", "GB-ENG"),
        ("GB", "GB-SCT", "GB-SCT"),
        ("US", "ny", "US-NY"),
        ("GB", "Wessex", "GB without Wessex"),
        ("XX", "", "Monday to Friday"),
    ],
)
def test_the_name_says_which_calendar_it_is_and_what_was_left_out(country: str, region: str, name: str) -> None:
    assert calendar_in(country, region, "UTC").name == name


@pytest.mark.parametrize("wrong", ["", "5", "bd", "0bd", "-5bd", "5 bd", "five days", "5bd ", "5w"])
def test_what_is_no_period_is_refused_in_one_sentence(wrong: str) -> None:
    with pytest.raises(BadPeriod) as caught:
        read_period(wrong)
    assert caught.value.sentence().startswith(f"`{wrong}` is no period; write business days such as `5bd`")


def test_a_period_says_what_it_is() -> None:
    assert [read_period(each).words for each in ("5bd", "1bd", "30d", "24h")] == [
        "5 business days",
        "1 business day",
        "30 days",
        "24 hours",
    ]


def test_reminders_go_out_on_working_days_in_the_morning() -> None:
    calendar = calendar_in("GB", "ENG", "Europe/London")
    at_us = parse_us("2026-12-23T10:00:00Z")
    due = within(at_us, FIVE, calendar)
    half, last = (reminder_at(when, at_us, due, FIVE, calendar) for when in ("half", "last_morning"))
    assert half is not None
    assert last is not None
    assert (format_us(half), format_us(last)) == ("2026-12-30T09:00:00Z", "2027-01-04T09:00:00Z")
    day = Period(24, "h")
    assert reminder_at("half", at_us, at_us + DAY_US, day, calendar) == at_us + DAY_US // 2
    monday = parse_us("2026-03-02T10:00:00Z")
    assert reminder_at("last_morning", monday, within(monday, Period(30, "s"), calendar), Period(30, "s"), calendar) is None


PLACES = st.sampled_from(
    [
        ("US", "", "America/New_York"),
        ("GB", "ENG", "Europe/London"),
        ("AE", "", "Asia/Dubai"),
        ("IL", "", "Asia/Jerusalem"),
        ("NP", "", "Asia/Kathmandu"),  # a weekend of one day
        ("LB", "", "Asia/Beirut"),
        ("BR", "SP", "America/Sao_Paulo"),
        ("", "", "Australia/Lord_Howe"),
    ]
)
INSTANTS = st.integers(parse_us("2024-01-01T00:00:00Z"), parse_us("2030-01-01T00:00:00Z"))
COUNTS = st.integers(1, 15)


@given(PLACES, INSTANTS, COUNTS)
def test_business_days_skip_nothing_but_days_on_which_nobody_works(place: tuple[str, str, str], at_us: int, count: int) -> None:
    calendar = calendar_in(*place)
    day = day_at(calendar, at_us)
    found = calendar.after(day, count)
    assert calendar.is_working(found)
    assert sum(calendar.is_working(each) for each in range(day + 1, found + 1)) == count


@given(PLACES, INSTANTS, INSTANTS, COUNTS)
def test_whoever_is_told_later_never_has_less_time(place: tuple[str, str, str], first: int, second: int, count: int) -> None:
    calendar, period = calendar_in(*place), Period(count, "bd")
    first, second = sorted((first, second))
    assert within(first, period, calendar) <= within(second, period, calendar)
    assert within(first, period, calendar) < within(first, Period(count + 1, "bd"), calendar)
    assert within(first, period, calendar) >= first + count * (DAY_US - DAY_US // 24) - DAY_US // 24


@given(PLACES, INSTANTS, COUNTS)
def test_forward_then_backward_leads_to_the_same_working_day(place: tuple[str, str, str], at_us: int, count: int) -> None:
    calendar = calendar_in(*place)
    day = calendar.on_or_after(day_at(calendar, at_us))
    assert calendar.before(calendar.after(day, count), count) == day
    assert calendar.after(calendar.before(day, count), count) == day


@given(PLACES, INSTANTS, COUNTS, st.booleans(), st.sampled_from(["bd", "d", "h"]))
def test_what_was_asked_for_at_the_last_instant_may_begin_then_and_a_moment_later_not(
    place: tuple[str, str, str], begins_us: int, count: int, clear: bool, unit: str
) -> None:
    calendar, period = calendar_in(*place), read_period(f"{count}{unit}")
    asked = latest(begins_us, period, calendar, clear_days=clear)
    assert earliest(asked, period, calendar, clear_days=clear) <= begins_us
    assert earliest(asked + 1, period, calendar, clear_days=clear) > begins_us


@given(PLACES, INSTANTS, COUNTS, st.sampled_from([1440, 1020, 0, 90]), st.sampled_from(["bd", "d"]))
def test_a_deadline_ends_on_the_day_that_it_names_there(
    place: tuple[str, str, str], at_us: int, count: int, cut_off: int, unit: str
) -> None:
    calendar, period = calendar_in(*place), read_period(f"{count}{unit}")
    due = within(at_us, period, calendar, cut_off)
    day = day_at(calendar, at_us)
    named = calendar.after(day, count) if unit == "bd" else day + count
    assert day_at(calendar, due - 1 if cut_off == 1440 else due) == named
    reminders = [reminder_at(when, at_us, due, period, calendar) for when in ("half", "last_morning")]
    assert all(at_us < each < due for each in reminders if each is not None)


def test_counting_days_costs_a_command_nothing_that_counts_none() -> None:
    code = "import sys, fairwire.cli.main as m; m.build(); print('holidays' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
