"""Above the user limit, from the sixth user to the invoice and to the order that settles it, by the calendars of two
countries; the letters as a mail server received them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from limit_office import AMERICAN, BRITISH, Desk, body, desk, subjects
from policy_office import Postbox, mail_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Postbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def box(server: Postbox) -> Postbox:
    server.taken.clear()
    server.refuse.clear()
    return server


@pytest.fixture
def british(tmp_path: Path, box: Postbox) -> Iterator[Desk]:
    with desk(tmp_path, box, "2026-12-01T09:00:00Z", BRITISH) as made:
        yield made


@pytest.fixture
def american(tmp_path: Path, box: Postbox) -> Iterator[Desk]:
    with desk(tmp_path, box, "2026-11-02T14:00:00Z", AMERICAN) as made:
        yield made


def test_U02_in_britain_the_sixth_user_leads_to_a_notice_over_the_holidays_an_invoice_and_a_block_until_more_are_ordered(
    british: Desk,
) -> None:
    british.add("2026-12-01T09:00:00Z", "ann", "ben", "cat", "dan")
    british.add("2026-12-14T09:00:00Z", "eve")
    british.round()
    assert british.box.taken == [], "five of five"
    british.add("2026-12-23T09:00:00Z", "fay")
    british.at("2026-12-23T09:05:00Z")

    # The written notice, as it came: Christmas Day, the substitute for Boxing Day and New Year's Day do not count.
    (letter,) = british.letters("it@hobnail.example")
    assert letter["From"] == "aup-review@natterbox.example"
    assert letter["Date"] == "Wed, 23 Dec 2026 09:05:00 -0000"
    text, page = body(letter), body(letter, "html")
    assert "6 individual users use the service, and the order names 5; the newest: fay" in text
    assert "by 4 January 2027, end of the day (Europe/London) (5 business days from the date of this notice)" in text
    assert "order 1 user more, or take 1 user away" in text
    assert "12.50 GBP a month" in text
    assert "<p>Dear Hobnail Freight,</p>" in page
    deadline = british.deadline()
    assert (deadline.calendar, deadline.zone, deadline.state) == ("GB-ENG", "Europe/London", "open")
    assert deadline.library.startswith("holidays 0.")

    # Reminders on working mornings, and on no holiday.
    british.at("2026-12-28T12:00:00Z")
    assert len(british.letters("it@hobnail.example")) == 1
    british.at("2026-12-30T09:00:00Z")
    british.at("2027-01-01T09:00:00Z")
    british.at("2027-01-04T09:00:00Z")
    assert (
        subjects(british.letters("it@hobnail.example"))[1:]
        == ["Reminder: users above your order, please act by 4 January 2027, end of the day (Europe/London)"] * 2
    )

    # The time is up at the end of the fifth business day there.
    british.at("2027-01-04T23:59:59Z")
    assert british.deadline().state == "open"
    british.at("2027-01-05T00:00:00Z")
    assert british.deadline().state == "missed"
    assert [
        (line.subject, line.from_day, line.to_day, line.days, line.of_days, line.amount, line.currency)
        for line in british.lines()
    ] == [
        ("fay", "2026-12-23", "2026-12-31", 9, 31, "3.63", "GBP"),
        ("fay", "2027-01-01", "2027-01-04", 4, 31, "1.61", "GBP"),
    ]
    assert subjects(british.letters("it@hobnail.example"))[3] == "Invoice lines for use above your order: 5.24 GBP"
    assert "9 of 31 days of 12.50 GBP a month, 3.63 GBP" in body(british.letters("it@hobnail.example")[3])

    # The ladder of this policy asks a person before anybody is blocked.
    assert british.orders() == {"fay": "waiting"}
    british.clock.set("2027-01-05T10:00:00Z")
    british.agree()
    british.round()
    assert british.blocked() == ["fay"]
    # Two letters of one moment: which of them is sent first does not matter.
    last = british.letters("it@hobnail.example")[4:]
    told = dict(zip(subjects(last), last, strict=True))
    assert set(told) == {"Users above your order are blocked", "Invoice lines for use above your order: 0.40 GBP"}
    assert "- fay" in body(told["Users above your order are blocked"])
    assert british.lines()[-1].to_day == "2027-01-05", "the day on which fay was blocked is the last one"

    # More users are ordered: fay calls again, and nothing more is charged.
    british.clock.set("2027-01-07T11:00:00Z")
    british.event("order.changed", user_limit=6)
    british.round()
    assert british.orders() == {"fay": "lifted"}
    assert subjects(british.letters("it@hobnail.example"))[6:] == ["Your users and your order agree again, thank you"]
    assert "6 users are ordered since 2027-01-07, and 6 use the service" in body(british.letters("it@hobnail.example")[6])
    assert british.deadline().settled is not None
    before = len(british.lines()), len(british.box.taken)
    for day in ("2027-01-08", "2027-02-01", "2027-03-01"):
        british.at(f"{day}T09:00:00Z")
    assert (len(british.lines()), len(british.box.taken)) == before


def test_U02_in_america_the_notice_skips_thanksgiving_and_the_order_within_its_time_settles_it(american: Desk) -> None:
    american.add("2026-11-02T14:00:00Z", "ann", "ben", "cat", "dan", "eve")
    american.add("2026-11-24T15:00:00Z", "fay")
    american.at("2026-11-24T15:05:00Z")
    (letter,) = american.letters("abuse@larkspur.example")
    assert american.letters("it@larkspur.example") == [], "who looks after abuse is told before the administrator"
    assert "2 December 2026, end of the day (America/New_York)" in body(letter), "Thursday 26 November is a holiday"
    american.at("2026-11-30T14:00:00Z")
    assert len(american.box.taken) == 2, "a reminder in the morning of the third business day, a Monday"
    american.clock.set("2026-12-01T20:00:00Z")
    american.event("order.changed", user_limit=6)
    american.round()
    assert subjects(american.letters("abuse@larkspur.example"))[2:] == ["Your users and your order agree again, thank you"]
    deadline = american.deadline()
    assert (deadline.state, deadline.late, deadline.outcome) == (
        "met", False, "6 users are ordered since 2026-12-01, and 6 use the service",
    )  # fmt: skip
    for instant in ("2026-12-02T14:00:00Z", "2026-12-03T05:00:00Z", "2027-01-01T05:00:00Z"):
        american.at(instant)
    assert len(american.box.taken) == 3
    assert (american.lines(), american.orders()) == ([], {})


def test_U02_in_america_the_time_is_up_by_the_customers_clock_and_users_taken_away_late_still_count(american: Desk) -> None:
    american.add("2026-11-02T14:00:00Z", "ann", "ben", "cat", "dan", "eve")
    american.add("2026-11-24T15:00:00Z", "fay")
    american.at("2026-11-24T15:05:00Z")
    american.at("2026-12-03T04:59:59Z")
    assert american.deadline().state == "open", "it is still Wednesday in New York"
    american.at("2026-12-03T05:00:00Z")
    assert american.deadline().state == "missed"
    # 24 to 30 November and the first two days of December, at 20 dollars.
    assert [(line.from_day, line.to_day, line.amount) for line in american.lines()] == [
        ("2026-11-24", "2026-11-30", "4.67"),
        ("2026-12-01", "2026-12-02", "1.29"),
    ]
    assert american.orders() == {"fay": "waiting"}
    american.clock.set("2026-12-03T15:00:00Z")
    american.event("user.removed", user="fay")
    american.round()
    deadline = american.deadline()
    assert (deadline.state, deadline.late) == ("met", True)
    assert american.orders() == {"fay": "lifted"}, "nobody was blocked"
    # Beside it comes the invoice of the last day: which of the two is written first does not matter.
    thanks = [each for each in american.letters("abuse@larkspur.example") if each["Subject"].startswith("Your users and your")]
    assert "5 users are left, and your order names 5; it came after the time was up" in body(thanks[-1])
    assert american.lines()[-1].to_day == "2026-12-03"


def test_U01_the_newest_above_the_limit_are_blocked_and_let_in_again_the_newest_last(british: Desk, box: Postbox) -> None:
    british.add("2026-12-01T09:00:00Z", "ann", "ben", "cat", "dan", "eve")
    british.add("2026-12-02T09:00:00Z", "fay")
    british.at("2026-12-02T10:00:00Z")
    british.add("2026-12-03T09:00:00Z", "gus")
    british.add("2026-12-04T09:00:00Z", "hal")
    british.at("2026-12-10T00:00:00Z")
    british.agree()
    british.round()
    assert british.blocked() == ["fay", "gus", "hal"], "exactly five are left"
    assert [british.ask(user).decision for user in ("eve", "hal")] == ["allow", "deny"]
    british.clock.set("2026-12-11T09:00:00Z")
    british.event("order.changed", user_limit=6)
    british.round()
    assert british.blocked() == ["gus", "hal"]
    british.clock.set("2026-12-12T09:00:00Z")
    british.event("user.removed", user="ben")
    british.round()
    assert british.blocked() == ["hal"]
    british.clock.set("2026-12-14T09:00:00Z")
    british.event("order.changed", user_limit=8)
    british.round()
    assert british.blocked() == []
    told = subjects(british.letters("it@hobnail.example"))
    assert told.count("Users above your order are blocked") == 1
    assert sorted(told[-3:]) == [*["Lifted: the users of your account"] * 2, "Your users and your order agree again, thank you"]


def test_U03_individual_people_are_counted_and_not_seats_in_use(british: Desk) -> None:
    """Six people who are never on at once are six; one person with two names is one; who was replaced does not count twice."""
    for day, user in enumerate(("ann", "ben", "cat", "dan", "eve"), start=1):
        british.clock.set(f"2026-12-{day:02d}T09:00:00Z")
        british.event("user.added", user=user, person=f"person-{user}")
    british.clock.set("2026-12-07T09:00:00Z")
    british.event("user.removed", user="ben")
    british.event("user.added", user="bea", person="person-bea", replaces="ben")
    british.round()
    assert british.notices() == []
    british.clock.set("2026-12-08T09:00:00Z")
    british.event("user.added", user="fay", person="person-fay")
    british.round()
    (notice,) = british.notices()
    assert notice.facts["reason"] == "6 individual users use the service, and the order names 5; the newest: person-fay"
    british.event("user.added", user="fay-2", person="person-fay")
    british.round()
    assert british.deadline().state == "open"
    british.at("2026-12-16T00:00:00Z")
    british.agree()
    british.round()
    assert british.blocked() == ["fay", "fay-2"], "one person, by both names"
    assert {line.subject for line in british.lines()} == {"person-fay"}
