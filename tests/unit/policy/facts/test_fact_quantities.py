"""Quantities: what counts as one, what it is called, and the many numbers that count nothing."""

from __future__ import annotations

import pytest

from fairwire.policy.facts import quantities

SAID = [
    (
        "You must tell us at least seven (7) working days before.",
        [(7, "business_day", "at_least", None, "seven (7) working days")],
    ),
    ("Pay within ten (10) Business Days of the bill.", [(10, "business_day", "within", None, "ten (10) Business Days")]),
    ("We answer within 48 hours.", [(48, "hour", "within", None, "48 hours")]),
    ("Forty-eight hours later the line is closed.", [(48, "hour", None, None, "Forty-eight hours")]),
    ("We give 30 days’ written notice.", [(30, "day", None, None, "30 days")]),
    ("A campaign of two hundred and fifty calls a day", [(250, "call", None, "day", "two hundred and fifty calls a day")]),
    ("no more than 4 calls per second", [(4, "call", "at_most", "second", "4 calls per second")]),
    ("calls shorter than 6 seconds", [(6, "second", "less_than", None, "6 seconds")]),
    (
        "with more than 15% of calls under 9 seconds",
        [(15, "percent", "more_than", None, "15%"), (9, "second", "less_than", None, "9 seconds")],
    ),
    ("up to 80 per cent of the traffic", [(80, "percent", "at_most", None, "80 per cent")]),
    ("half of the messages", [(50, "percent", None, None, "half")]),
    ("limited to 3,000 minutes per month per extension", [(3000, "minute_of_calls", "at_most", "month per extension", None)]),
    ("2,500 outbound minutes", [(2500, "minute_of_calls", None, None, "2,500 outbound minutes")]),
    ("A call may last no longer than 60 minutes.", [(60, "minute", "at_most", None, "60 minutes")]),
    ("The maximum length of a call is four hours.", [(4, "hour", "at_most", None, "four hours")]),
    ("a daily limit of 500 messages", [(500, "message", "at_most", "day", "500 messages")]),
    ("over 300 e-mail messages in any 1-hour period", [(300, "message", "more_than", "hour", None)]),
    ("100 recipients in a 24-hour period", [(100, "recipient", None, "24_hours", None)]),
    (
        "no more than 3 messages per second and 2,000 per day",
        [(3, "message", "at_most", "second", "3 messages per second"), (2000, "message", "at_most", "day", "2,000 per day")],
    ),
    ("5 calls to the same number per hour", [(5, "call", None, "hour", "5 calls to the same number per hour")]),
    ("two or more accounts", [(2, "account", "at_least", None, "two or more accounts")]),
    ("10 calls or more per minute", [(10, "call", "at_least", "minute", None)]),
    ("$0.05 per minute", [(0.05, "USD", None, "minute", "$0.05 per minute")]),
    ("a fee of £25", [(25, "GBP", None, None, "£25")]),
    ("USD 100 or 25 euros", [(100, "USD", None, None, "USD 100"), (25, "EUR", None, None, "25 euros")]),
    ("AU$5 each month, 5p per minute", [(5, "AUD", None, "month", None), (0.05, "GBP", None, "minute", "5p per minute")]),
    ("Rs. 1,00,000 at most", [(100000, "INR", "at_most", None, "Rs. 1,00,000")]),
    ("a file larger than 500 MB", [(500, "MB", "more_than", None, "500 MB")]),
    ("2GB per month", [(2, "GB", None, "month", "2GB per month")]),
    ("more than 10 Mbps", [(10, "Mbit_per_second", "more_than", None, "10 Mbps")]),
    ("5 simultaneous calls", [(5, "concurrent_call", None, None, "5 simultaneous calls")]),
    ("more than 25 repetitive messages", [(25, "message", "more_than", None, "25 repetitive messages")]),
    ("more than 12 widgets", [(12, "widget", "more_than", None, "12 widgets")]),
    ("within an hour", [(1, "hour", "within", None, "an hour")]),
    ("half an hour", [(30, "minute", None, None, "half an hour")]),
    ("1.500 calls were too many already", [(1500, "call", None, None, "1.500 calls")]),
    ("it cost 1.500,00 EUR", [(1500, "EUR", None, None, "1.500,00 EUR")]),
    ("one licence per user", [(1, "licence", None, "user", "one licence per user")]),
    ("at most 5,000 minutes per calendar month per endpoint", [(5000, "minute_of_calls", "at_most", "month per endpoint", None)]),
    ("a rate of < 0.1%", [(0.1, "percent", "less_than", None, "0.1%")]),
    ("at most 3 per cent of calls over a 24 hour period", [(3, "percent", "at_most", "24_hours", None)]),
    ("more than an average of 10 calls per hour", [(10, "call", "more_than", "hour", None)]),
    ("200 e-mails in any period of 24 hours", [(200, "email", None, "24_hours", None)]),
    ("more than five or six recipients", [(6, "recipient", "more_than", None, "six recipients")]),
    ("no later than 14 days after the notice", [(14, "day", "within", None, "14 days")]),
]


@pytest.mark.parametrize(("sentence", "expected"), SAID)
def test_a_quantity_is_found_with_its_unit_comparator_and_what_it_is_for(
    sentence: str, expected: list[tuple[object, ...]]
) -> None:
    sentence = "Here " + sentence if sentence[0].isdecimal() else sentence
    found = quantities(sentence)
    assert [(one.value, one.unit, one.comparator, one.per) for one in found] == [row[:4] for row in expected]
    for one, row in zip(found, expected, strict=True):
        assert row[4] is None or one.text == row[4]


RANGES = [
    ("between 5 and 10 minutes", "minute", [(5, "at_least"), (10, "at_most")]),
    ("from 5 to 10 calls", "call", [(5, "at_least"), (10, "at_most")]),
    ("some 5-10 minutes", "minute", [(5, "at_least"), (10, "at_most")]),
    ("between 8 a.m. and 9 p.m.", "hour_of_day", [(8, "at_least"), (21, "at_most")]),
    ("from 08:30 to 21:00", "hour_of_day", [(8.5, "at_least"), (21, "at_most")]),
    ("only 9am-5pm", "hour_of_day", [(9, "at_least"), (17, "at_most")]),
    ("before 8am or after 9:30 pm", "hour_of_day", [(8, "less_than"), (21.5, "more_than")]),
]


@pytest.mark.parametrize(("sentence", "unit", "expected"), RANGES)
def test_each_end_of_a_range_is_a_quantity(sentence: str, unit: str, expected: list[tuple[float, str]]) -> None:
    found = quantities(sentence)
    assert {one.unit for one in found} == {unit}
    assert [(one.value, one.comparator) for one in found] == expected


COMPARED = [
    ("use that substantially exceeds the average use of all other customers", None, "substantially_more_than"),
    ("significantly higher than the average usage of similar users", None, "substantially_more_than"),
    ("calls far above normal levels", None, "substantially_more_than"),
    ("more than the typical customer", None, "more_than"),
    ("usage in excess of ordinary business use", None, "more_than"),
    ("more than three times the average", 3, "more_than"),
    ("twice the average of other subscribers", 2, None),
    ("150% of the average usage", 1.5, None),
    ("50% more than the average customer", 1.5, "more_than"),
    ("a far higher volume of mail than a normal user sends", None, "substantially_more_than"),
    ("must not be more than 20% above the median", 1.2, "at_most"),
    ("less than double the average usage of all our clients", 2, "less_than"),
]


@pytest.mark.parametrize(("sentence", "value", "comparator"), COMPARED)
def test_a_comparison_with_others_is_a_quantity_of_their_average(
    sentence: str, value: float | None, comparator: str | None
) -> None:
    (found,) = quantities(sentence)
    assert (found.value, found.unit, found.comparator) == (value, "average_of_others", comparator)


NOTHING = [
    "Excessive use of the service is not allowed.",
    "As said in section 4.2 and clause 7 of this policy",
    "Users read Schedule 3 calls first",
    "See 47 CFR 64.1200 and the CAN-SPAM Act of 2003.",
    "The Spam Act 2003 and the Telecommunications Act 1997 apply.",
    "An E911 call or a 911 call is never blocked; dial 999 calls only in need.",
    "Our desk is staffed 24/7, 24 hours a day, 7 days a week.",
    "Call +1 202 555 0100 or 1-800-555-0100 days and nights.",
    "Last updated January 13, 2023",
    "Effective 14/12/2023 users must accept.",
    "Version 2.1 users",
    "Windows 10 users and Office 365 accounts",
    "TLS 1.2 connections are needed.",
    "4 minutes to read",
    "3. Users must behave.",
    "2.1 Users must behave.",
    "(3) calls of nuisance",
    "2.1.4 calls",
    "In 2023 users complained.",
    "a 1:1 ratio of sent and received",
    "third-party two-factor first-time one-way",
    "at any one time, one of the users, no one user",
    "1.500 GB",
    "more than one of the following",
    "Without limitation, including but not limited to spam",
    "port 25 connections",
    "the 4th call and the 21st day",
    "0800 numbers",
    "on behalf of a third party",
    "",
]


@pytest.mark.parametrize("sentence", NOTHING)
def test_numbers_that_count_nothing_are_left_out(sentence: str) -> None:
    assert quantities(sentence) == ()


def test_offsets_count_from_the_start_of_the_document() -> None:
    before = "Some first part.\n"
    clause = "Send at most 20 e-mails per hour."
    (found,) = quantities(clause, offset=len(before))
    assert (before + clause)[found.start : found.end] == found.text == "20 e-mails per hour"


def test_a_clause_number_before_a_quantity_is_no_part_of_it() -> None:
    (found,) = quantities("4.2 Customers may send 12 messages per minute.")
    assert (found.value, found.unit) == (12, "message")
