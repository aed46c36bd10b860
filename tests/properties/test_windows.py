"""Every window against a count by hand over all events so far.

The rule that `kernel/windows.py` states: a window of n panes reads the pane of now and the n - 1 before it. So it may miss the
oldest pane of the span, and never sees more than the span.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import ANSWERED, ATTEMPT, COLUMN_INDEX, ENDED, UNKNOWN
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, MINUTE_US, SECOND_US
from fairwire.runtime.engine import kernel_rows
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from traces import BEGIN_US, Probe, Words, detector_text, feed_of, kernel_row, one_customer, probe_plan, table_for
from traces import ended as ended_call

SPAN_US = 10 * MINUTE_US
PANE_US = SPAN_US // 20
GAUGE_SPAN_US = 40 * MINUTE_US
GAUGE_PANE_US = GAUGE_SPAN_US // 48


@cache
def sliding_plan() -> Plan:
    return probe_plan(
        detector_text(
            "probe.sliding",
            features="""
            attempts: {count: call.attempt, over: 10m, meaning: attempts}
            machine: {count: call.attempt, where: automated, over: 10m, meaning: attempts by machine}
            talk: {sum: talk_s, of: call.ended, over: 10m, meaning: talk time}
            spent: {sum: charge, of: call.ended, over: 10m, meaning: charges}
            mean_talk: {mean: talk_s, of: call.ended, over: 10m, at_least: 2, meaning: mean talk time}
            short: {share: talk_s < 6, of: call.ended, over: 10m, at_least: 3, meaning: share of short calls}
            callees: {distinct: callee, of: call.attempt, over: 10m, meaning: different numbers}
            longest: {max: talk_s, of: call.ended, over: 10m, meaning: longest call}
            shortest: {min: talk_s, of: call.ended, over: 10m, meaning: shortest call}
            up: {max: number, of: call.attempt, over: 10m, meaning: greatest number}
            down: {min: number, of: call.attempt, over: 10m, meaning: least number}
            asr: {asr: calls, over: 10m, at_least: 2, meaning: share of answered calls}
            """,
            when="attempts < 1",  # it may hold where nothing was counted, so values are read there too
        )
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """One kernel event of the trace."""

    kind: int
    time_us: int
    callee: int = 0
    automated: int = UNKNOWN
    number: int = UNKNOWN
    talk_ms: int = UNKNOWN
    charge: int = UNKNOWN
    disposition: int = UNKNOWN


gaps = st.sampled_from([0, 1, 7, 29, 30, 31, 60, 200, 569, 570, 571, 599, 600, 601, 4000]).map(lambda s: s * SECOND_US)
events = st.one_of(
    st.builds(
        Seen,
        kind=st.just(ATTEMPT),
        time_us=gaps,
        callee=st.integers(1, 6),
        automated=st.sampled_from([0, 1, UNKNOWN]),
        number=st.sampled_from([UNKNOWN, -5, -1, 0, 1, 5_550_100]),
    ),
    st.builds(Seen, kind=st.just(ANSWERED), time_us=gaps),
    st.builds(
        Seen,
        kind=st.just(ENDED),
        time_us=gaps,
        talk_ms=st.sampled_from([UNKNOWN, 0, 1, 5999, 6000, 60_000, 3_600_000]),
        charge=st.sampled_from([UNKNOWN, 0, 10_000, 70_000, 290_000, 1_000_001]),
        disposition=st.sampled_from([UNKNOWN, 1, 3]),
    ),
)


def in_time(gapped: list[Seen]) -> list[Seen]:
    """The gaps added up to instants."""
    out: list[Seen] = []
    now = BEGIN_US
    for event in gapped:
        now += event.time_us
        out.append(replace(event, time_us=now))
    return out


traces = st.lists(events, min_size=1, max_size=40).map(in_time)


def row_of(event: Seen) -> Words:
    return kernel_row(
        event.kind,
        event.time_us,
        callee=event.callee or UNKNOWN,
        automated=event.automated,
        number=event.number,
        talk_s=event.talk_ms,
        charge=event.charge,
        disposition=event.disposition,
    )


def by_hand(events: list[Seen], since_us: int) -> dict[str, float]:
    """Every feature of `sliding_plan` over the events from `since_us` on."""
    attempts = [event for event in events if event.kind == ATTEMPT and event.time_us >= since_us]
    answers = [event for event in events if event.kind == ANSWERED and event.time_us >= since_us]
    ends = [event for event in events if event.kind == ENDED and event.time_us >= since_us]
    talks = [event.talk_ms for event in ends if event.talk_ms != UNKNOWN]
    refused = [event for event in ends if event.disposition not in (UNKNOWN, 1)]
    numbers = [event.number for event in attempts if event.number != UNKNOWN]
    fates = len(answers) + len(refused)
    return {
        "attempts": len(attempts),
        "machine": sum(event.automated == 1 for event in attempts),
        "talk": sum(talks) / 1000,
        "spent": sum(event.charge for event in ends if event.charge != UNKNOWN) / 1e6,
        "mean_talk": sum(talks) / (1000 * len(talks)) if len(talks) >= 2 else math.nan,
        "short": sum(talk < 6000 for talk in talks) / len(talks) if len(talks) >= 3 else math.nan,
        "callees": len({event.callee for event in attempts}),
        "longest": max(talks) / 1000 if talks else math.nan,
        "shortest": min(talks) / 1000 if talks else math.nan,
        "up": max(numbers) if numbers else math.nan,
        "down": min(numbers) if numbers else math.nan,
        "asr": len(answers) / fates if fates >= 2 else math.nan,
    }


def alike(found: float, wanted: float) -> bool:
    return found == wanted or (math.isnan(found) and math.isnan(wanted))


@given(traces)
@settings(max_examples=300)
@example(in_time([Seen(ENDED, 0, charge=70_000, talk_ms=0)]))
@example(in_time([Seen(ATTEMPT, 0, callee=1, number=-1), Seen(ATTEMPT, 0, callee=1)]))
def test_a_sliding_window_reads_the_pane_of_now_and_those_before_it(trace: list[Seen]) -> None:
    probe = Probe.of(sliding_plan())
    for index, event in enumerate(trace):
        found = probe.see(row_of(event))
        first_pane = event.time_us // PANE_US - 19
        wanted = by_hand(trace[: index + 1], first_pane * PANE_US)
        assert set(found) == set(wanted)
        for name, value in wanted.items():
            assert alike(found[name], value), f"{name} after event {index}: {found[name]}, by hand {value}"


@given(traces)
def test_a_count_is_never_more_than_the_exact_count_and_misses_one_pane_at_the_most(trace: list[Seen]) -> None:
    probe = Probe.of(sliding_plan())
    for index, event in enumerate(trace):
        found = probe.see(row_of(event))
        whole = by_hand(trace[: index + 1], event.time_us - SPAN_US + 1)
        least = by_hand(trace[: index + 1], event.time_us - SPAN_US + PANE_US)
        for name in ("attempts", "machine", "talk", "spent", "callees"):
            assert least[name] <= found[name] <= whole[name]


@given(st.lists(st.tuples(gaps, st.sampled_from([0, 0, 0, 45, 400, 900])), min_size=1, max_size=40))
def test_a_late_event_counts_where_it_belongs_or_is_counted_as_late(gapped: list[tuple[int, int]]) -> None:
    probe = Probe.of(sliding_plan())
    newest, late = 0, 0
    taken: list[int] = []
    now = BEGIN_US
    for gap_us, behind_s in gapped:
        now += gap_us
        at = now - behind_s * SECOND_US
        pane = at // PANE_US
        newest = max(newest, pane)
        if pane <= newest - 20:
            late += 1
        else:
            taken.append(pane)
        found = probe.see(kernel_row(ATTEMPT, at, callee=1))
        if pane == newest:
            assert found["attempts"] == sum(pane > newest - 20 for pane in taken)
    assert probe.kernel.late == late


# Gauges --------------------------------------------------------------------------------------------------------------------


@cache
def gauge_plan() -> Plan:
    return probe_plan(
        detector_text(
            "probe.gauge",
            features="""
            active: {gauge: calls, over: 40m, meaning: calls in progress}
            machines: {gauge: calls, where: automated, over: 40m, meaning: calls in progress that a machine placed}
            """,
        )
    )


@dataclass(frozen=True, slots=True)
class Call:
    """A call of which parts may be lost."""

    gap_us: int
    lasts_us: int
    begins: bool = True
    ends: bool = True
    automated: int = 0


calls = st.lists(
    st.builds(
        Call,
        gap_us=st.sampled_from([0, 1, 30, 50, 51, 100, 700, 2400, 3000]).map(lambda s: s * SECOND_US),
        lasts_us=st.sampled_from([0, 1, 49, 50, 51, 600, 2349, 2350, 2351, 2400, 5000]).map(lambda s: s * SECOND_US),
        begins=st.sampled_from([True, True, True, False]),
        ends=st.sampled_from([True, True, True, False]),
        automated=st.sampled_from([0, 1]),
    ),
    min_size=1,
    max_size=25,
)


@given(calls)
@settings(max_examples=300)
def test_a_gauge_counts_calls_in_progress_and_never_falls_below_zero(trace: list[Call]) -> None:
    rows = []
    now = BEGIN_US
    for number, call in enumerate(trace):
        now += call.gap_us
        named = {"automated": call.automated, "start": now}
        if call.begins:
            rows.append((now, 0, number, kernel_row(ATTEMPT, now, **named)))
        if call.ends:
            rows.append((now + call.lasts_us, 1, number, kernel_row(ENDED, now + call.lasts_us, **named)))
    rows.sort(key=lambda item: item[:3])
    probe = Probe.of(gauge_plan())
    begun: dict[int, int] = {}
    orphaned_panes: set[int] = set()
    for at, phase, number, row in rows:
        found = probe.see(row)
        start = int(row[COLUMN_INDEX["start"]])
        if phase == 0:
            begun[number] = start
        elif begun.pop(number, None) is None:
            orphaned_panes.add(start // GAUGE_PANE_US)
        alive = {number: start for number, start in begun.items() if start // GAUGE_PANE_US > at // GAUGE_PANE_US - 48}
        assert 0 <= found["machines"] <= found["active"] or orphaned_panes
        assert found["active"] >= 0
        assert found["active"] <= len(alive)
        # An end without its beginning may take the place of another call that began in the same pane, never of any other.
        sure = sum(start // GAUGE_PANE_US not in orphaned_panes for start in alive.values())
        assert found["active"] >= sure


def test_a_call_whose_end_is_lost_is_let_go_after_the_span() -> None:
    probe = Probe.of(gauge_plan())
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US))["active"] == 1
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US + GAUGE_SPAN_US - GAUGE_PANE_US))["active"] == 2
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US + GAUGE_SPAN_US + GAUGE_PANE_US))["active"] == 2


def test_an_end_without_a_beginning_is_counted_and_changes_nothing() -> None:
    probe = Probe.of(gauge_plan())
    assert probe.see(kernel_row(ENDED, BEGIN_US, start=BEGIN_US - 3 * MINUTE_US))["active"] == 0
    assert probe.kernel.orphans == 1
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US))["active"] == 1


def test_an_end_without_a_beginning_is_counted_whichever_gauge_it_belongs_to() -> None:
    probe = Probe.of(gauge_plan())
    probe.see(kernel_row(ENDED, BEGIN_US, start=BEGIN_US - 3 * MINUTE_US, automated=1))
    assert probe.kernel.orphans == 1
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US + 1, automated=1))["machines"] == 1


# Calendar ------------------------------------------------------------------------------------------------------------------

ZONES = (
    "UTC", "America/New_York", "Europe/London", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu",
    "America/Havana", "Pacific/Apia", "Africa/Cairo", "America/St_Johns", "Antarctica/Troll",
)  # fmt: skip


@cache
def calendar_plan() -> Plan:
    return probe_plan(
        detector_text(
            "probe.calendar",
            features="""
            today: {count: call.attempt, over: day, meaning: attempts today}
            this_month: {count: call.attempt, over: month, meaning: attempts this month}
            spent: {sum: charge, of: call.ended, over: month, meaning: charges this month}
            numbers: {distinct: callee, of: call.attempt, over: month, meaning: different numbers this month}
            """,
        )
    )


@given(
    st.sampled_from(ZONES),
    st.integers(0, 11 * 365 * 24 * 60).map(lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.lists(st.tuples(st.integers(0, 60 * 24 * 40), st.integers(0, 3)), min_size=1, max_size=30),
)
@settings(max_examples=150)
@example("America/New_York", datetime(2026, 3, 8, 6, 59, tzinfo=UTC), [(0, 1), (1, 1), (60 * 21 - 1, 2), (60, 2)])
@example("America/New_York", datetime(2026, 11, 1, 3, 59, tzinfo=UTC), [(1, 1), (60, 1), (60, 1), (60 * 22, 2)])
@example("Europe/London", datetime(2026, 3, 31, 22, 59, tzinfo=UTC), [(1, 1), (59, 1), (1, 2)])
def test_L01_a_calendar_window_is_exact_in_the_customers_zone_whatever_the_clocks_do(
    zone: str, first: datetime, gapped: list[tuple[int, int]]
) -> None:
    plan = calendar_plan()
    customers = table_for(plan, [Customer(id="acme", timezone=zone, country="US")])
    at = first
    rows = []
    for number, (minutes, callee) in enumerate(gapped):
        at += timedelta(minutes=minutes)
        us = round(at.timestamp()) * SECOND_US
        rows.append(ended_call(number, us, to=f"+1312555010{callee}", charge_micros=10_000, ring_s=0))
    feed = feed_of(rows, customers)
    kernel = Kernel(plan.program, load_run(plan.program))
    rule = plan.program.rules[0]
    seen: list[tuple[datetime, int]] = []
    ends = 0
    for row in kernel_rows(feed.emitted, feed.raw, customers):
        us = int(row[COLUMN_INDEX["time"]])
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).astimezone(ZoneInfo(zone))
        if row[COLUMN_INDEX["kind"]] == ATTEMPT:
            seen.append((local, int(row[COLUMN_INDEX["callee"]])))
        else:
            ends += 1
        kernel.apply(row.reshape(1, -1).copy(), np.zeros(1, dtype=np.int64), one_customer(plan))
        month = [callee for when, callee in seen if (when.year, when.month) == (local.year, local.month)]
        found = {name: float(kernel.values[index]) for name, index in rule.features.items()}
        assert found["today"] == sum(when.date() == local.date() for when, _ in seen)
        assert found["this_month"] == len(month)
        assert found["numbers"] == len(set(month))
        assert found["spent"] == (len(month) if row[COLUMN_INDEX["kind"]] == ENDED else len(month) - 1) * 10_000 / 1e6
        assert row[COLUMN_INDEX["hour"]] == local.hour
        assert row[COLUMN_INDEX["weekday"]] == local.weekday()
    assert kernel.late == 0
    assert ends == len(rows)


@pytest.mark.parametrize("span", ["10m", "24h", "28d"])
def test_every_number_seen_in_a_window_counts_once_however_often_it_comes(span: str) -> None:
    plan = probe_plan(
        detector_text(
            "probe.distinct", features=f"callees: {{distinct: callee, of: call.attempt, over: {span}, meaning: numbers}}"
        )
    )
    probe = Probe.of(plan)
    for call in range(300):
        found = probe.see(kernel_row(ATTEMPT, BEGIN_US + call, callee=1 + call % 100))
        assert found["callees"] == min(call + 1, 100)
    gone = probe.see(kernel_row(ATTEMPT, BEGIN_US + 29 * DAY_US, callee=5))
    assert gone["callees"] == 1
