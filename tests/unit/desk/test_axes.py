"""Scales of charts: round, few, and never wrong about the span they show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.desk.axes import bucket_us, bucket_words, time_ticks, value_ticks
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, parse_us


@pytest.mark.parametrize(
    ("top", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (5, [0, 2, 4, 6]),
        (570, [0, 200, 400, 600]),
        (2000, [0, 1000, 2000]),
        (0.05, [0, 0.02, 0.04, 0.06]),
    ],
)
def test_value_ticks_are_round_and_reach_the_top(top: float, ticks: list[float]) -> None:
    assert value_ticks(top, 3) == ticks


@given(st.floats(1e-6, 1e12), st.integers(2, 6))
def test_value_ticks_start_at_nothing_and_cover_everything_in_few_steps(top: float, most: int) -> None:
    ticks = value_ticks(top, most)
    assert ticks[0] == 0
    assert ticks[-1] >= top * (1 - 1e-6)
    assert 2 <= len(ticks) <= most + 1
    assert ticks == sorted(set(ticks))


@given(st.integers(1, 10_000))
def test_counts_are_never_halved(top: int) -> None:
    assert all(tick == int(tick) for tick in value_ticks(top, 3))


@given(st.integers(0, 10**9), st.integers(0, 200_000), st.integers(10, 400))
def test_bars_always_fit(first_hour: int, hours: int, most: int) -> None:
    first, last = first_hour * HOUR_US, (first_hour + hours) * HOUR_US
    size = bucket_us(first, last, most)
    assert size % HOUR_US == 0
    assert (last - first // size * size) // size + 1 <= most


def test_three_days_are_shown_hour_by_hour_and_a_year_by_days_or_weeks() -> None:
    assert bucket_us(0, 71 * HOUR_US, 260) == HOUR_US
    assert bucket_us(0, 365 * DAY_US, 260) == 2 * DAY_US
    assert bucket_us(0, 365 * DAY_US, 90) == 7 * DAY_US


def test_a_day_shows_its_date_at_midnight_and_hours_between() -> None:
    start = parse_us("2026-03-02T00:00:00Z")
    assert [text for _, text in time_ticks(start, start + 3 * DAY_US, 9)] == [
        "2 Mar", "12:00", "3 Mar", "12:00", "4 Mar", "12:00", "5 Mar",
    ]  # fmt: skip
    assert [text for _, text in time_ticks(start + 10 * MINUTE_US, start + HOUR_US, 4)] == ["00:15", "00:30", "00:45", "01:00"]


@given(st.integers(0, 2 * 10**15), st.integers(1, 20_000), st.integers(3, 12))
def test_time_ticks_lie_inside_the_span(start: int, hours: int, most: int) -> None:
    end = start + hours * HOUR_US
    ticks = time_ticks(start, end, most)
    assert len(ticks) <= most
    assert all(start <= at <= end for at, _ in ticks)


@pytest.mark.parametrize(
    ("width", "words"),
    [(HOUR_US, "hour"), (6 * HOUR_US, "6 hours"), (DAY_US, "day"), (14 * DAY_US, "2 weeks"), (30 * MINUTE_US, "30 minutes")],
)
def test_a_bar_says_how_long_it_is(width: int, words: str) -> None:
    assert bucket_words(width) == words
