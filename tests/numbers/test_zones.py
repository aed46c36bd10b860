"""The hour where a number is, and where all must agree to a recording."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.columns import UNKNOWN
from fairwire.model.instants import parse_us
from fairwire.numbers.consent import Consent
from fairwire.numbers.lists import Lists
from fairwire.numbers.nanp import Nanp
from fairwire.numbers.zones import QUARTER_US, Zones
from fairwire.runtime.zone_tables import zone_table

ZONES = Zones(zone_table)
CONSENT = Consent(Lists(), Nanp(Lists()))


@pytest.mark.parametrize(
    ("digits", "time", "hour"),
    [
        ("12025550123", "2026-03-02T13:00:00Z", 8),
        ("12025550123", "2026-03-02T12:59:59Z", 7),
        ("13105550123", "2026-03-02T13:00:00Z", 5),
        ("12025550123", "2026-07-01T13:00:00Z", 9),  # in summer
        ("442079460018", "2026-07-01T07:30:00Z", 8),
        ("919812345678", "2026-07-01T02:29:00Z", 7),  # half an hour apart
        ("919812345678", "2026-07-01T02:30:00Z", 8),
        ("4915123456789", "2026-07-01T22:00:00Z", 0),  # a mobile in a country of one zone
        ("18005550199", "2026-07-01T13:00:00Z", None),  # may be anywhere in North America
        ("18005550199", "2026-07-01T18:00:00Z", None),  # Guam sleeps
        ("79161234567", "2026-07-01T09:00:00Z", None),
        ("61491570156", "2026-07-01T02:00:00Z", 12),  # anywhere in Australia it is day
        ("8821234567890", "2026-07-01T09:00:00Z", None),
        ("9991234567", "2026-07-01T09:00:00Z", None),
    ],
)
def test_the_hour_where_a_number_is(digits: str, time: str, hour: int | None) -> None:
    assert ZONES.hour(digits, parse_us(time)) == hour


@given(
    st.sampled_from(
        ["12025550123", "442079460018", "919812345678", "61212345678", "61491570156", "18005550199", "5511912345678"]
    ),
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_one_and_many_and_the_zones_themselves_say_the_same_hour(digits: str, moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    at_us = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    place = ZONES.place(digits)
    table, low, high = ZONES.table(at_us)
    assert low <= at_us < high
    many = int(table[place, at_us // QUARTER_US % 96])
    assert (None if many == UNKNOWN else many) == ZONES.hour(digits, at_us)
    hours = [at.astimezone(ZoneInfo(name)).hour for name in ZONES._sets[place]]
    if many == UNKNOWN:
        assert len({8 <= hour < 21 for hour in hours}) == 2
    else:
        assert many in hours
        assert len({8 <= hour < 21 for hour in hours}) == 1
        assert abs(many - 14) == min(abs(hour - 14) for hour in hours)


def test_a_table_holds_until_some_clock_changes() -> None:
    before = parse_us("2026-03-08T06:59:00Z")  # the last minute of winter in New York
    place = ZONES.place("12025550123")
    table, _, high = ZONES.table(before)
    assert table[place, before // QUARTER_US % 96] == 1
    assert high <= parse_us("2026-03-08T07:00:00Z")
    after, _, _ = ZONES.table(parse_us("2026-03-08T07:00:00Z"))
    assert after[place, parse_us("2026-03-08T07:00:00Z") // QUARTER_US % 96] == 3
    assert np.shares_memory(after, ZONES.table(parse_us("2026-03-08T07:01:00Z"))[0])


@pytest.mark.parametrize(
    ("caller", "callee", "answer"),
    [
        ("12025550123", "14155550123", True),  # California
        ("14155550123", "12025550123", True),
        ("12025550123", "12125550123", False),  # Washington D.C. and New York
        ("12065550123", "12125550123", True),  # Washington State
        ("12125550123", "4930123456", True),
        ("12125550123", "41446681800", True),
        ("442079460018", "12125550123", False),
        ("18005550199", "12125550123", None),
        ("18005550199", "14155550123", True),
        ("12125550123", None, None),
        (None, "14155550123", True),
        ("9991234567", "12125550123", None),
    ],
)
def test_where_all_parties_must_agree(caller: str | None, callee: str | None, answer: bool | None) -> None:
    assert CONSENT.all_party(caller, callee) is answer


def test_area_codes_are_in_their_states() -> None:
    nanp = Nanp(Lists())
    for digits, state in (
        ("12125550123", "NY"),
        ("12065550123", "WA"),
        ("19075550123", "AK"),
        ("14165550123", ""),
        ("1212555", ""),
    ):
        assert nanp.state(digits) == state
    assert len(set(nanp.states.values())) == 51
    assert 300 < len(nanp.states) < 450
