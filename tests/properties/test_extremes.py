"""What no ordinary feed has: the ends of the calendar, clocks that jump, numbers that are none, one subject or ten million."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, WIDTH
from fairwire.model.instants import DAY_US, HOUR_US, SECOND_US, parse_us
from fairwire.ports.events import Rejected
from fairwire.runtime.intake import read_events
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from traces import (
    BEGIN_US,
    Probe,
    Row,
    detector_text,
    ended,
    event_json,
    feed_of,
    kernel_row,
    one_customer,
    probe_plan,
    run,
    table_for,
    told,
    touchy_plan,
    write_lines,
)

MILLION = 1_000_000


def bursts(begin_us: int) -> list[Row]:
    return [
        ended(i, begin_us + i * 20 * SECOND_US + i // 10 * HOUR_US, talk_s=i % 7 * 3, to=f"+1312555{i:04d}") for i in range(60)
    ]


@pytest.mark.parametrize("year", [1970, 2100, 2199])
def test_the_ends_of_the_calendar_find_what_today_finds(year: int) -> None:
    today = run(touchy_plan(), bursts(BEGIN_US)).findings
    away_us = (parse_us(f"{year}-01-05T00:00:00Z") - BEGIN_US) // DAY_US * DAY_US
    then = run(touchy_plan(), bursts(BEGIN_US + away_us)).findings
    assert today
    assert told(then, shift_us=0) == told(today, shift_us=away_us)


@pytest.mark.parametrize(
    ("instant", "month"), [("1970-01-31T23:59:59Z", 0), ("2100-02-28T12:00:00Z", 1561), ("2100-03-01T12:00:00Z", 1562)]
)
def test_months_are_told_apart_to_the_end_of_the_next_century(instant: str, month: int) -> None:
    from fairwire.runtime.engine import kernel_rows

    table = table_for(touchy_plan())
    feed = feed_of([ended(1, parse_us(instant), timezone="UTC") | {}], table)
    rows = kernel_rows(feed.emitted, feed.raw, table)
    assert rows[0, COLUMN_INDEX["local_month"]] == month


def test_a_clock_that_jumps_ahead_and_back_loses_no_count_of_the_present() -> None:
    """One event from the future moves a subject's windows there; what follows is late, counted as that, and harms nobody else."""
    plan = probe_plan(
        detector_text("probe.jump", features="calls: {count: call.attempt, over: 1h, meaning: calls}", when="calls >= 3")
    )
    probe = Probe.of(plan)
    for i in range(3):
        probe.see(kernel_row(ATTEMPT, BEGIN_US + i, customer=5))
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US + 3650 * DAY_US, customer=5))["calls"] == 1
    before = probe.kernel.late
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US + 10, customer=5))["calls"] == 1
    assert probe.kernel.late == before + 1
    for i in range(3):
        found = probe.see(kernel_row(ATTEMPT, BEGIN_US + 20 + i, customer=6))
    assert found["calls"] == 3


def rejected_of(path: Path) -> list[Rejected]:
    found: list[Rejected] = []
    for chunk in read_events([str(path)], now_us=None):
        found += chunk.rejected
        assert not chunk.calls.num_rows
    return found


NUMBERS = {
    "not_a_number": ("NaN", float("nan")),
    "endless": ("Infinity", float("inf")),
    "endless_below": ("-Infinity", float("-inf")),
    "too_large": ("1e300", 1e300),
    "negative": ("-1", -1.0),
}


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_a_duration_that_is_none_is_rejected_with_a_sentence_in_either_format(name: str, tmp_path: Path) -> None:
    text, number = NUMBERS[name]
    event = event_json(ended(1, BEGIN_US, talk_s=30))
    lines = tmp_path / "events.jsonl"
    lines.write_bytes(msgspec.json.encode(event).replace(b'"duration_s":30.0', b'"duration_s":' + text.encode()))
    flat = {**{key: value for key, value in event.items() if key != "data"}, **event["data"], "duration_s": number}
    pq.write_table(pa.Table.from_pylist([flat]), tmp_path / "events.parquet")
    for path in (lines, tmp_path / "events.parquet"):
        (found,) = rejected_of(path)
        assert found.reason
        assert "Traceback" not in found.reason


@pytest.mark.parametrize("charge", ["99999999999", "-99999999999", "1e99", "NaN", "0.0000001"])
def test_a_charge_that_no_call_has_is_rejected_so_that_sums_stay_whole(charge: str, tmp_path: Path) -> None:
    event = event_json(ended(1, BEGIN_US, talk_s=30))
    event["data"] |= {"charge": charge, "currency": "USD"}
    (found,) = rejected_of(write_lines(tmp_path / "events.jsonl", [event]))
    assert found.field == "charge"


@cache
def lean_plan() -> Plan:
    return probe_plan(
        detector_text("probe.lean", features="calls: {count: call.attempt, over: 24h, meaning: calls}", when="calls > 1000000000")
    )


@cache
def full_plan() -> Plan:
    return probe_plan(
        detector_text(
            "probe.full",
            features="""
            calls: {count: call.attempt, over: 28d, meaning: calls}
            callees: {distinct: callee, of: call.attempt, over: 24h, meaning: numbers}
            top: {top: callee, of: call.attempt, over: 1h, meaning: most frequent number}
            """,
            when="calls > 1000000000",
        )
    )


def in_chunks(plan: Plan, count: int, fill: Callable[[Any, int], None]) -> Kernel:
    kernel = Kernel(plan.program, load_run(plan.program))
    size = 100_000
    rows = np.repeat(kernel_row(ATTEMPT, BEGIN_US, callee=1).reshape(1, WIDTH), size, axis=0)
    for first in range(0, count, size):
        fill(rows, first)
        kernel.apply(rows, np.arange(size), one_customer(plan))
    return kernel


@pytest.mark.slow
def test_a_subject_with_four_million_events_stays_small_and_right() -> None:
    dice = np.random.default_rng(1)

    def fill(rows: Any, first: int) -> None:
        rows[:, COLUMN_INDEX["time"]] = BEGIN_US + (first + np.arange(len(rows))) * SECOND_US // 5
        rows[:, COLUMN_INDEX["callee"]] = dice.integers(1, 50_000, len(rows))

    kernel = in_chunks(full_plan(), 4 * MILLION, fill)
    values = {feature.name.split(".")[-1]: kernel.values[i] for i, feature in enumerate(full_plan().program.features)}
    assert values["calls"] == 4 * MILLION
    assert values["callees"] == pytest.approx(50_000, rel=0.03)
    assert kernel.state.bytes_used() < 64 * MILLION


@pytest.mark.slow
def test_four_million_subjects_with_one_event_each_cost_less_than_two_kib_each() -> None:
    def fill(rows: Any, first: int) -> None:
        rows[:, COLUMN_INDEX["customer"]] = 1 + (first + np.arange(len(rows))) * 2_654_435_761 % (1 << 61)

    kernel = in_chunks(lean_plan(), 4 * MILLION, fill)
    assert np.count_nonzero(kernel.state.keys["table"]) == 4 * MILLION
    assert kernel.state.bytes_used() < 4 * MILLION * 512
