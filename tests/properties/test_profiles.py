"""The hour-of-week profile: what it learns, what it does not, and that nobody teaches it an attack."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.kernel.profiles import FREEZE_Z, THAW_HOURS
from fairwire.model.columns import ATTEMPT
from fairwire.model.instants import DAY_US, HOUR_US, parse_us
from fairwire.runtime.plans import Plan
from traces import Probe, Words, detector_text, kernel_row, one_customer, probe_plan

MONDAY_US = parse_us("2026-03-02T00:00:00Z")
WEEK = 168


@cache
def plan() -> Plan:
    return probe_plan(
        detector_text(
            "probe.profile",
            features="""
            usual: {usual: call.attempt, meaning: usual calls in this hour}
            surprise: {surprise: call.attempt, meaning: how far this hour exceeds it}
            drift: {drift: call.attempt, meaning: how far the hours before have}
            trend: {trend: call.attempt, meaning: their weighted mean}
            """,
            on="[call.attempt]",
        )
    )


def hour_rows(hour: int, calls: int) -> Words:
    """`calls` attempts in one hour after Monday midnight UTC, in a zone that is UTC."""
    rows: list[Words] = []
    for call in range(calls):
        at = MONDAY_US + hour * HOUR_US + call * (HOUR_US // max(1, calls))
        day = at // DAY_US
        rows.append(kernel_row(ATTEMPT, at, local_day=day, hour=at % DAY_US // HOUR_US, weekday=(day + 3) % 7))
    return np.array(rows)


def office(hour: int) -> int:
    """Calls of an office: 20 an hour from 9 to 17, Monday to Friday."""
    return 20 if hour % WEEK // 24 < 5 and 9 <= hour % 24 < 17 else 0


def live(probe: Probe, hours: range, calls: dict[int, int] | None = None) -> dict[str, float]:
    """Some hours of an office, with other numbers of calls in some of them; the features after the last call."""
    parts = [hour_rows(hour, (calls or {}).get(hour, office(hour))) for hour in hours]
    rows = np.concatenate([part for part in parts if len(part)])
    probe.kernel.apply(rows[:-1].copy(), np.arange(len(rows) - 1), one_customer(probe.plan))
    return probe.see(rows[-1])


def test_nothing_is_usual_before_three_weeks_and_then_the_hour_of_the_week_is() -> None:
    probe = Probe.of(plan())
    early = live(probe, range(2 * WEEK + 15))
    assert math.isnan(early["usual"])
    assert math.isnan(early["surprise"])
    late = live(probe, range(2 * WEEK + 15, 5 * WEEK + 15))
    assert late["usual"] == pytest.approx(20, abs=0.5)
    assert abs(late["surprise"]) < 0.5


def test_a_call_in_an_hour_that_was_always_silent_stands_out_though_nothing_was_ever_stored_for_its_day() -> None:
    probe = Probe.of(plan())
    live(probe, range(6 * WEEK))
    saturday = 6 * WEEK + 5 * 24 + 3
    found = live(probe, range(6 * WEEK, saturday + 1), {saturday: 40})
    assert found["usual"] == 0
    assert found["surprise"] > 20


def test_the_hour_so_far_is_compared_with_the_whole_hour_so_that_it_stands_out_late_rather_than_falsely() -> None:
    probe = Probe.of(plan())
    live(probe, range(6 * WEEK + 10))
    ten = hour_rows(6 * WEEK + 10, 120)
    seen = [probe.see(row)["surprise"] for row in ten]
    assert max(seen[:19]) < 0
    assert seen == sorted(seen)
    assert seen[-1] > FREEZE_Z


def test_an_attack_does_not_become_usual_while_it_is_open() -> None:
    probe = Probe.of(plan())
    live(probe, range(6 * WEEK))
    # A week of three times as many calls, then the same hour of the week after.
    attack = {hour: 3 * office(hour) for hour in range(6 * WEEK, 7 * WEEK)}
    during = live(probe, range(6 * WEEK, 7 * WEEK), attack)
    assert during["drift"] > 5
    after = live(probe, range(7 * WEEK, 7 * WEEK + 12))
    assert after["usual"] == pytest.approx(20, abs=1)


def test_what_lasts_longer_than_two_weeks_is_the_new_usual() -> None:
    probe = Probe.of(plan())
    live(probe, range(6 * WEEK))
    last = 6 * WEEK + THAW_HOURS + 8 * WEEK
    found = live(probe, range(6 * WEEK, last), {hour: 3 * office(hour) for hour in range(6 * WEEK, last)})
    assert found["usual"] > 40
    assert found["surprise"] < FREEZE_Z


def test_a_small_rise_that_lasts_shows_as_drift_before_any_hour_stands_out() -> None:
    probe = Probe.of(plan())
    live(probe, range(8 * WEEK))
    calm = live(probe, range(8 * WEEK, 8 * WEEK + 16))
    risen = {hour: office(hour) + 8 for hour in range(8 * WEEK + 16, 9 * WEEK) if office(hour)}
    found = live(probe, range(8 * WEEK + 16, 9 * WEEK), risen)
    assert calm["drift"] < 1
    assert found["drift"] > 5
    assert found["trend"] > calm["trend"]
    assert found["surprise"] < FREEZE_Z


@given(st.lists(st.tuples(st.integers(0, 60 * 24), st.integers(1, 30)), min_size=1, max_size=25), st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_a_profile_moves_with_the_week_and_with_nothing_else(spells: list[tuple[int, int]], weeks: int) -> None:
    """The same calls some whole weeks later give the same values."""

    def ran(first: int) -> list[float]:
        probe = Probe.of(plan())
        hour, found = first, []
        for gap, calls in spells:
            hour += gap
            rows = hour_rows(hour, calls)
            probe.kernel.apply(rows[:-1].copy(), np.arange(len(rows) - 1), one_customer(probe.plan))
            found += list(probe.see(rows[-1]).values())
        return found

    assert np.array_equal(ran(0), ran(weeks * WEEK), equal_nan=True)


def test_an_event_of_an_hour_that_is_over_is_counted_as_late_and_changes_no_profile() -> None:
    probe = Probe.of(plan())
    live(probe, range(30))
    before = probe.kernel.late
    probe.see(hour_rows(5, 1)[0])
    assert probe.kernel.late == before + 1
