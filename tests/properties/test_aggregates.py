"""Aggregates over keys, gaps and fading totals, each against a count by hand over all events so far."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.kernel.bags import CROWD
from fairwire.kernel.windows import EXACT
from fairwire.model.columns import ATTEMPT, ENDED
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from fairwire.runtime.plans import Plan
from traces import BEGIN_US, Probe, detector_text, kernel_row, probe_plan

SPAN_US = 10 * MINUTE_US
PANE_US = SPAN_US // 20
HALF_US = 5 * MINUTE_US


@cache
def plan() -> Plan:
    return probe_plan(
        detector_text(
            "probe.shapes",
            features="""
            spread: {spread: talk_s, of: call.ended, over: 10m, meaning: spread of talk time}
            regular: {regularity: call.ended, over: 10m, at_least: 2, meaning: regularity of ends}
            top: {top: callee, of: call.ended, over: 10m, at_least: 2, meaning: most frequent number}
            top3: {top: callee, of: call.ended, over: 10m, at_least: 2, first: 3, meaning: three most frequent numbers}
            mode: {top: talk_s, of: call.ended, grain: 10, over: 10m, at_least: 1, meaning: most common duration}
            bits: {entropy: callee, of: call.ended, over: 10m, at_least: 1, meaning: entropy of numbers}
            median: {quantile: talk_s, of: call.ended, at: 0.5, over: 10m, at_least: 1, meaning: median talk time}
            long: {quantile: talk_s, of: call.ended, at: 0.9, over: 10m, at_least: 1, meaning: long talk time}
            faded: {count: call.ended, decayed: 5m, meaning: fading calls}
            faded_talk: {mean: talk_s, of: call.ended, decayed: 5m, meaning: fading mean talk time}
            short: {share: talk_s < 6, of: call.ended, over: 10m, meaning: short, prior: {mean: 0.25, weight: 8, evidence: NONE}}
            rate: {rate: call.ended, over: 10m, meaning: calls a day, prior: {mean: 50, weight: 0.5, evidence: NONE}}
            """.replace("NONE", "made up for a test"),
            on="[call.ended]",
            when="mode < -1",
        )
    )


@dataclass(frozen=True, slots=True)
class End:
    at_us: int
    callee: int
    talk_ms: int


@st.composite
def ends(draw: st.DrawFn) -> list[End]:
    at = BEGIN_US + draw(st.integers(0, SPAN_US))
    trace: list[End] = []
    for gap, callee, talk in draw(
        st.lists(
            st.tuples(
                st.one_of(st.integers(0, 90 * SECOND_US), st.integers(0, 25 * MINUTE_US)),
                st.integers(1, 6),
                st.one_of(st.integers(0, 40_000), st.integers(0, 90_000_000)),
            ),
            min_size=1,
            max_size=60,
        )
    ):
        at += gap
        trace.append(End(at, callee, talk))
    return trace


def gap_pairs(trace: list[End], since_us: int) -> list[int]:
    return [(b.at_us - a.at_us) // 1000 for a, b in pairwise(trace) if b.at_us >= since_us and b.at_us - a.at_us <= SPAN_US]


def by_hand(trace: list[End]) -> dict[str, float]:
    now = trace[-1].at_us
    since = (now // PANE_US - 19) * PANE_US
    seen = [end for end in trace if end.at_us >= since]
    talk = [end.talk_ms / 1000 for end in seen]
    gaps = gap_pairs(trace, since)
    keys = Counter(end.callee for end in seen)
    grains = Counter(end.talk_ms // 10_000 for end in seen)
    weights = [2 ** ((end.at_us - now) / HALF_US) for end in trace]
    mean_gap, gap_spread = (float(np.mean(gaps)), float(np.std(gaps))) if gaps else (0.0, 0.0)
    exposure = min(now - trace[0].at_us, SPAN_US) / DAY_US
    return {
        "spread": float(np.std(talk)) if len(seen) >= 2 else math.nan,
        "regular": (mean_gap - gap_spread) / (mean_gap + gap_spread) if len(gaps) >= 2 and any(gaps) else math.nan,
        "top": keys.most_common(1)[0][1] / len(seen) if len(seen) >= 2 else math.nan,
        "top3": sum(times for _, times in keys.most_common(3)) / len(seen) if len(seen) >= 2 else math.nan,
        "mode": grains.most_common(1)[0][1] / len(seen),
        "bits": -sum(times / len(seen) * math.log2(times / len(seen)) for times in keys.values()),
        "median": sorted(talk)[math.ceil(0.5 * len(talk)) - 1],
        "long": sorted(talk)[math.ceil(0.9 * len(talk) - 1e-9) - 1],
        "faded": sum(weights),
        "faded_talk": sum(w * end.talk_ms / 1000 for w, end in zip(weights, trace, strict=True)) / sum(weights)
        if sum(weights) >= 0.999
        else math.nan,
        "short": (sum(end.talk_ms < 6000 for end in seen) + 0.25 * 8) / (len(seen) + 8),
        "rate": (len(seen) + 50 * 0.5) / (exposure + 0.5),
    }


TOLERANCE = {"median": 1 / 31, "long": 1 / 31, "faded": 1e-3, "faded_talk": 2e-3, "spread": 1e-6}


def alike(name: str, found: float, wanted: float) -> bool:
    if math.isnan(wanted) or math.isnan(found):
        return math.isnan(wanted) and math.isnan(found)
    within = TOLERANCE.get(name, 1e-9)
    return abs(found - wanted) <= max(within * abs(wanted), 0.002 if name in TOLERANCE else 1e-9)


@given(ends())
@settings(max_examples=60, deadline=None)
def test_every_aggregate_equals_a_count_by_hand(trace: list[End]) -> None:
    probe = Probe.of(plan())
    for at in range(len(trace)):
        end = trace[at]
        found = probe.see(kernel_row(ENDED, end.at_us, callee=end.callee, talk_s=end.talk_ms, disposition=1))
        wanted = by_hand(trace[: at + 1])
        for name, value in wanted.items():
            if name.startswith("faded") and value and sum(2 ** ((e.at_us - end.at_us) / HALF_US) for e in trace[: at + 1]) < 1:
                continue
            assert alike(name, found[name], value), (name, found[name], value)


@given(ends(), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_what_has_left_the_window_leaves_no_trace(trace: list[End], callee: int) -> None:
    probe = Probe.of(plan())
    for end in trace:
        probe.see(kernel_row(ENDED, end.at_us, callee=end.callee, talk_s=end.talk_ms, disposition=1))
    later = trace[-1].at_us + 3 * DAY_US
    fresh = Probe.of(plan()).see(kernel_row(ENDED, later, callee=callee, talk_s=7000, disposition=1))
    found = probe.see(kernel_row(ENDED, later, callee=callee, talk_s=7000, disposition=1))
    for name in ("spread", "top", "top3", "mode", "bits", "median", "long", "short"):
        assert alike(name, found[name], fresh[name]), name


def test_memory_is_given_back_when_panes_leave() -> None:
    probe = Probe.of(plan())
    sizes = []
    for hour in range(30):
        for call in range(200):
            at = BEGIN_US + hour * HOUR_US + call * SECOND_US
            probe.see(kernel_row(ENDED, at, callee=1 + (hour * 7919 + call * 31) % 997, talk_s=call * 100, disposition=1))
        sizes.append(int(probe.kernel.state.meta[0]))
    assert sizes[-1] <= sizes[4] * 1.1


@pytest.fixture
def crowd() -> Probe:
    return Probe.of(
        probe_plan(
            detector_text(
                "probe.crowd",
                features="""
                callees: {distinct: callee, of: call.attempt, over: 1h, meaning: numbers}
                top: {top: callee, of: call.attempt, over: 1h, meaning: most frequent number}
                bits: {entropy: callee, of: call.attempt, over: 1h, meaning: entropy of numbers}
                """,
            )
        )
    )


def many(probe: Probe, keys: np.ndarray[tuple[int, ...], np.dtype[np.int64]], at_us: int) -> dict[str, float]:
    """Run a batch of attempts in one instant; the features after the last."""
    rows = np.stack([kernel_row(ATTEMPT, at_us, callee=int(key)) for key in keys])
    probe.kernel.apply(rows[:-1], np.arange(len(rows) - 1), np.zeros((1, 1)))
    return probe.see(rows[-1])


def test_a_distinct_count_is_exact_up_to_its_limit_and_close_beyond(crowd: Probe) -> None:
    dice = np.random.default_rng(5)
    keys = dice.integers(1, 2**62, 60_000)
    assert many(crowd, keys[:EXACT], BEGIN_US)["callees"] == EXACT
    again = many(crowd, np.concatenate([keys[:EXACT], keys[:EXACT]]), BEGIN_US + SECOND_US)
    assert again["callees"] == EXACT
    found = many(crowd, keys, BEGIN_US + 2 * SECOND_US)
    assert found["callees"] == pytest.approx(60_000, rel=0.04)
    later = many(crowd, keys[:50], BEGIN_US + 2 * HOUR_US)
    assert later["callees"] == 50


def test_a_crowd_of_keys_hides_the_rest_but_never_the_most_frequent(crowd: Probe) -> None:
    dice = np.random.default_rng(6)
    few = np.full(3000, 12345)
    keys = dice.permutation(np.concatenate([few, dice.integers(1, 2**62, 7000)]))
    found = many(crowd, keys, BEGIN_US)
    assert found["top"] == pytest.approx(0.3, abs=0.02)
    true_bits = -(0.3 * math.log2(0.3)) + 0.7 * math.log2(10_000)
    assert math.log2(CROWD) * 0.7 < found["bits"] <= true_bits
    blocks = int(crowd.kernel.state.meta[0])
    many(crowd, dice.integers(1, 2**62, 7000), BEGIN_US + SECOND_US)
    assert int(crowd.kernel.state.meta[0]) < blocks * 1.6


def test_a_late_event_finds_its_pane_in_a_bag_and_one_too_late_is_counted() -> None:
    probe = Probe.of(plan())
    for minute, callee in ((0, 1), (4, 2), (8, 2)):
        probe.see(kernel_row(ENDED, BEGIN_US + minute * MINUTE_US, callee=callee, talk_s=1000, disposition=1))
    found = probe.see(kernel_row(ENDED, BEGIN_US + 2 * MINUTE_US, callee=1, talk_s=1000, disposition=1))
    assert found["top"] == 0.5
    late = probe.kernel.late
    found = probe.see(kernel_row(ENDED, BEGIN_US - 30 * MINUTE_US, callee=1, talk_s=1000, disposition=1))
    assert found["top"] == 0.5
    assert probe.kernel.late > late
    found = probe.see(kernel_row(ENDED, BEGIN_US + 11 * MINUTE_US, callee=2, talk_s=1000, disposition=1))
    assert found["top"] == pytest.approx(3 / 4)
