"""Charts as geometry: what is drawn adds up to what was counted, and stays inside the drawing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.desk.charts import Chart, bullet, subject_chart, timeline
from fairwire.model.finding import SEVERITIES
from fairwire.model.instants import HOUR_US, parse_us

START = parse_us("2026-03-02T00:00:00Z")
HOURS = st.integers(0, 24 * 400)
MOMENTS = HOURS.map(lambda hour: START + hour * HOUR_US)
COUNTS = st.dictionaries(MOMENTS, st.integers(0, 5000).map(float), max_size=60)
FOUND = st.lists(st.tuples(MOMENTS, st.sampled_from(SEVERITIES), st.integers(1, 30)), max_size=40)


def inside(chart: Chart) -> None:
    """Nothing is drawn outside the drawing."""
    for panel in chart.panels:
        for bar in panel.bars:
            assert panel.left - 0.01 <= bar.x <= bar.x + bar.width <= panel.left + panel.width + 0.5
            assert panel.top - 0.1 <= bar.y <= bar.y + bar.height <= panel.top + panel.height + 0.1
    assert all(0 <= label.x <= chart.width for label in chart.times)


def test_without_anything_to_show_there_is_no_chart() -> None:
    assert timeline({}, {}, [], width=760, most=260, ticks=9) is None
    assert subject_chart([], HOUR_US, START, width=760, ticks=9) is None


@given(COUNTS, COUNTS, FOUND, st.sampled_from([(760, 260, 9), (360, 90, 4)]))
def test_a_timeline_shows_every_finding_inside_its_frame(
    calls: dict[int, float], refused: dict[int, float], found: list[tuple[int, str, int]], shape: tuple[int, int, int]
) -> None:
    width, most, ticks = shape
    chart = timeline(calls, refused, found, width=width, most=most, ticks=ticks)
    if not (calls or refused or found):
        assert chart is None
        return
    assert chart is not None
    inside(chart)
    assert len(chart.hits) <= most
    lower = chart.panels[-1]
    tallest = float(lower.labels[-1].text.replace("k", "e3"))
    drawn = sum(bar.height for bar in lower.bars) / lower.height * tallest
    assert drawn == pytest.approx(sum(number for _, _, number in found), rel=0.02, abs=0.05)


def test_the_worst_stands_at_the_foot_of_a_bar() -> None:
    found = [(START, "info", 1), (START, "critical", 1), (START, "medium", 2)]
    chart = timeline({START: 10.0}, {}, found, width=760, most=260, ticks=9)
    assert chart is not None
    assert [bar.kind for bar in sorted(chart.panels[1].bars, key=lambda bar: -bar.y)] == ["critical", "medium", "info"]
    assert "10 calls, 0 refused; findings: 1 critical, 2 medium, 1 info" in chart.hits[0].text


def test_a_run_that_did_not_count_its_calls_shows_findings_only_and_no_zero() -> None:
    chart = timeline({}, {}, [(START, "high", 2)], width=760, most=260, ticks=9)
    assert chart is not None
    assert [panel.title for panel in chart.panels] == ["Findings per hour"]
    assert "calls" not in chart.describe + chart.hits[0].text


def test_months_are_added_up_and_the_axis_says_so() -> None:
    calls = {START + hour * HOUR_US: 2.0 for hour in range(24 * 60)}
    chart = timeline(calls, {}, [], width=360, most=90, ticks=4)
    assert chart is not None
    assert chart.panels[0].title == "Calls per day"
    assert ": 48 calls" in chart.hits[1].text
    assert "2,880 calls" in chart.describe


def test_the_moment_of_the_finding_is_marked_and_its_bar_stands_out() -> None:
    series = [(START + hour * HOUR_US, float(hour)) for hour in range(12)]
    moment = START + 7 * HOUR_US + HOUR_US // 2
    chart = subject_chart(series, HOUR_US, moment, width=760, ticks=9)
    assert chart is not None
    inside(chart)
    assert chart.mark is not None
    assert chart.mark.text == "rule true 07:30"
    marked = [bar for bar in chart.panels[0].bars if bar.kind == "at-moment"]
    assert len(marked) == 1
    assert marked[0].x <= chart.mark.x <= marked[0].x + marked[0].width
    assert "most in the hour from 2 Mar 11:00: 11 calls" in chart.describe


def test_a_moment_outside_the_series_is_not_drawn_in_the_wrong_place() -> None:
    chart = subject_chart([(START, 1.0)], HOUR_US, START + 9 * HOUR_US, width=340, ticks=4)
    assert chart is not None
    assert chart.mark is None


@pytest.mark.parametrize(
    ("value", "comparison", "threshold"),
    [(240, ">=", 60), (0.04, "<", 0.35), (60, ">=", 60), (-5, "<", 2), (0, ">=", 0), (3, "==", 3)],
)
def test_a_bullet_puts_value_and_threshold_in_their_order(value: float, comparison: str, threshold: float) -> None:
    drawn = bullet(value, comparison, threshold)
    assert drawn is not None
    assert drawn.value is not None
    assert drawn.threshold is not None
    assert 0 <= drawn.value <= 100
    assert 0 <= drawn.threshold <= 100
    assert (drawn.value > drawn.threshold) == (value > threshold)
    assert (drawn.value < drawn.threshold) == (value < threshold)


def test_a_share_is_drawn_on_the_whole() -> None:
    drawn = bullet(0.5, "<", 0.25, share=True)
    assert drawn is not None
    assert (drawn.value, drawn.threshold, drawn.zone) == (50, 25, (0, 25))


@pytest.mark.parametrize(
    ("value", "threshold"), [("premium", "premium"), (1, None), (float("nan"), 1), (1, float("inf")), (True, 1)]
)
def test_what_cannot_be_drawn_is_not_drawn(value: object, threshold: object) -> None:
    assert bullet(value, ">=", threshold) is None


def test_an_unknown_value_leaves_the_threshold_and_no_bar() -> None:
    drawn = bullet(None, ">=", 60)
    assert drawn is not None
    assert drawn.value is None
    assert drawn.threshold is not None
