"""What is done with a state between runs leaves no trace in what is found: shelves, merges, other plans, snapshots."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.kernel.kernel import Kernel, Outcome
from fairwire.kernel.state import State
from fairwire.model.columns import ANSWERED, ATTEMPT, ENDED
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from traces import BEGIN_US, Words, detector_text, kernel_row, one_customer, probe_plan

WINDOWS = """
attempts: {count: call.attempt, over: 10m, meaning: attempts}
talk: {sum: talk_s, of: call.ended, over: 24h, meaning: talk time}
asr: {asr: calls, over: 1h, meaning: answered share}
callees: {distinct: callee, of: call.attempt, over: 1h, meaning: numbers}
longest: {max: talk_s, of: call.ended, over: 1h, meaning: longest call}
active: {gauge: calls, over: 4h, meaning: calls in progress}
today: {count: call.attempt, over: day, meaning: attempts today}
regular: {regularity: call.attempt, over: 1h, at_least: 1, meaning: regularity}
"""
SHAPES = """
top: {top: callee, of: call.attempt, over: 1h, at_least: 1, meaning: most frequent number}
bits: {entropy: callee, of: call.attempt, over: 24h, at_least: 1, meaning: entropy}
median: {quantile: talk_s, of: call.ended, at: 0.5, over: 24h, at_least: 1, meaning: median talk time}
faded: {count: call.attempt, decayed: 6h, meaning: fading attempts}
usual: {usual: call.attempt, at_least: 1, meaning: usual attempts}
drift: {drift: call.attempt, at_least: 1, meaning: drift}
"""
MORE = """
attempts: {count: call.attempt, over: 10m, meaning: attempts}
busy: {count: call.ended, over: 10m, meaning: ends in a window that only this one has}
talk: {sum: talk_s, of: call.ended, over: 24h, meaning: talk time}
"""


def detectors() -> list[str]:
    return [
        detector_text("probe.windows", features=WINDOWS, when="attempts >= 4 or talk > 900", quiet_after="30m"),
        detector_text("probe.shapes", features=SHAPES, when="top >= 0.6 and bits > 1 or faded > 6"),
        detector_text("probe.lines", subject="[line]", features=WINDOWS, when="callees >= 3"),
    ]


@cache
def plan() -> Plan:
    return probe_plan(*detectors())


@cache
def later_plan() -> Plan:
    """Another rule, one rule fewer, and a window more in a group that the first plan has."""
    return probe_plan(*detectors()[:2], detector_text("probe.more", features=MORE, when="busy >= 3"))


@st.composite
def traces(draw: st.DrawFn) -> Words:
    """Kernel events of a few customers over days, with long silences."""
    at = BEGIN_US
    rows: list[Words] = []
    for number, (gap, customer, callee, talk) in enumerate(
        draw(
            st.lists(
                st.tuples(
                    st.sampled_from([SECOND_US, 20 * SECOND_US, MINUTE_US, HOUR_US, 5 * HOUR_US, 3 * DAY_US]),
                    st.integers(1, 4),
                    st.integers(1, 5),
                    st.integers(0, 900),
                ),
                min_size=1,
                max_size=60,
            )
        )
    ):
        at += gap
        day = at // DAY_US
        known = {
            "customer": 1000 + customer, "line": 50 + callee % 2, "callee": callee, "local_day": day,
            "hour": at % DAY_US // HOUR_US, "weekday": (day + 3) % 7, "ordinal": number,
        }  # fmt: skip
        rows.append(kernel_row(ATTEMPT, at, **known))
        if talk % 3:
            rows.append(kernel_row(ANSWERED, at, **known))
            rows.append(kernel_row(ENDED, at, talk_s=talk * 1000, disposition=1, **known))
    return np.array(rows)


def kernel(of: Plan, state: State | None = None, *, budget: int | None = None) -> Kernel:
    return Kernel(of.program, load_run(of.program), state, budget_bytes=budget)


def apply(machine: Kernel, of: Plan, rows: Words, first: int = 0) -> Outcome:
    return machine.apply(rows.copy(), np.arange(first, first + len(rows)), one_customer(of))


def seen(outcomes: list[Outcome], of: Plan) -> list[tuple[object, ...]]:
    """What was found, without what only says where it is kept."""
    names = [rule.detector for rule in of.program.rules]
    opened = [
        (found.position, names[found.rule], np.nan_to_num(found.values, nan=-7.0).tolist(), found.evidence.tolist())
        for outcome in outcomes
        for found in outcome.opened
    ]
    hits = [(int(position), names[rule]) for outcome in outcomes for position, rule, _ in outcome.hits.tolist()]
    return [*opened, *hits]


def put_all_away(machine: Kernel) -> None:
    machine._keeper.put_away(machine.state, 1 << 62)


@given(traces(), st.lists(st.integers(0, 180), max_size=6))
@settings(max_examples=60, deadline=None)
def test_subjects_may_go_to_the_shelf_at_any_time_and_come_back_as_they_were(rows: Words, cuts: list[int]) -> None:
    whole = kernel(plan())
    wanted = seen([apply(whole, plan(), rows)], plan())
    machine = kernel(plan())
    outcomes: list[Outcome] = []
    bounds = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    for first, last in pairwise(bounds):
        outcomes.append(apply(machine, plan(), rows[first:last], first))
        put_all_away(machine)
        assert machine.shelved == np.count_nonzero(machine.state.keys["table"])
        assert int(machine.state.meta[0]) == 1
    assert seen(outcomes, plan()) == wanted


@given(traces(), st.integers(0, 180))
@settings(max_examples=40, deadline=None)
def test_a_snapshot_with_subjects_on_the_shelf_goes_on_as_if_nothing_had_been(rows: Words, cut: int) -> None:
    wanted = seen([apply(kernel(plan()), plan(), rows)], plan())
    machine = kernel(plan())
    first = apply(machine, plan(), rows[:cut])
    put_all_away(machine)
    kept = {name: array.copy() for name, array in machine.state.snapshot().items()}
    again = kernel(plan(), State.restore(plan().program.fingerprint, len(plan().program.rules), kept))
    assert seen([first, apply(again, plan(), rows[cut:], cut)], plan()) == wanted


@given(traces(), st.integers(0, 180))
@settings(max_examples=60, deadline=None)
def test_merged_partitions_go_on_as_the_whole(rows: Words, cut: int) -> None:
    wanted = seen([apply(kernel(plan()), plan(), rows)], plan())
    odd = rows[:, 4] % 2 == 1
    early = np.arange(len(rows)) < cut
    parts = [kernel(plan()), kernel(plan())]
    outcomes: list[Outcome] = []
    for machine, mine in zip(parts, (odd & early, ~odd & early), strict=True):
        places = np.flatnonzero(mine)
        outcomes.append(machine.apply(rows[mine].copy(), places, one_customer(plan())))
    parts[0].merge(parts[1].state)
    outcomes.append(apply(parts[0], plan(), rows[cut:], cut))
    assert sorted(map(repr, seen(outcomes, plan()))) == sorted(map(repr, wanted))


def test_a_subject_that_is_in_both_states_is_not_merged() -> None:
    row = kernel_row(ATTEMPT, BEGIN_US, customer=5, line=1, callee=1, local_day=1, hour=1).reshape(1, -1)
    one, other = kernel(plan()), kernel(plan())
    apply(one, plan(), row)
    apply(other, plan(), row)
    with pytest.raises(ValueError, match="a subject is in both states"):
        one.merge(other.state)


@given(traces(), st.integers(0, 180))
@settings(max_examples=60, deadline=None)
def test_a_new_plan_goes_on_with_every_window_that_it_still_has(rows: Words, cut: int) -> None:
    """What both plans count is as if the new plan had run from the beginning; findings that are open stay open."""
    old = kernel(plan())
    apply(old, plan(), rows[:cut])
    fresh = kernel(later_plan())
    moved = kernel(later_plan(), fresh.carried_over(old.state, plan().program))
    whole = kernel(later_plan())
    apply(whole, later_plan(), rows[:cut])
    names = [feature.name for feature in later_plan().program.features]
    kept = [index for index, name in enumerate(names) if not name.endswith(".busy")]
    for at in range(cut, len(rows)):
        mine = apply(moved, later_plan(), rows[at : at + 1], at)
        theirs = apply(whole, later_plan(), rows[at : at + 1], at)
        assert np.array_equal(moved.values[kept], whole.values[kept], equal_nan=True)
        shared = {1, 2}  # `probe.shapes` and `probe.windows`; what `probe.more` asks for is counted from here on
        assert {f.rule for f in mine.opened} & shared == {f.rule for f in theirs.opened} & shared


def test_a_window_that_is_new_starts_afresh_beside_those_that_are_kept() -> None:
    rows = np.array(
        [
            kernel_row(ENDED, BEGIN_US + i, customer=5, line=1, callee=1, talk_s=60_000, disposition=1, local_day=1, hour=1)
            for i in range(3)
        ]
    )
    old = kernel(plan())
    apply(old, plan(), rows)
    moved = kernel(later_plan(), kernel(later_plan()).carried_over(old.state, plan().program))
    apply(moved, later_plan(), rows[:1] + 0)
    names = {feature.name.split(".")[-1]: index for index, feature in enumerate(later_plan().program.features)}
    assert moved.values[names["busy"]] == 1
    assert moved.values[names["talk"]] == 240


def test_memory_follows_the_busy_ones() -> None:
    """Thousands of customers, each busy for some seconds: with a budget the heap stays small, and what is found is the same."""
    rows = np.array(
        [
            kernel_row(
                ATTEMPT, BEGIN_US + customer * 20 * SECOND_US + call * SECOND_US, customer=100_000 + customer, line=1,
                callee=call, local_day=20_000 + customer // 4320, hour=customer // 180 % 24, ordinal=customer,
            )
            for customer in range(6000)
            for call in range(5)
        ]
    )  # fmt: skip
    free, tight = kernel(plan()), kernel(plan(), budget=1 << 21)
    wanted = seen([apply(free, plan(), rows)], plan())
    assert seen([apply(tight, plan(), rows)], plan()) == wanted
    assert tight.shelved > 4000
    assert tight.state.heap.nbytes <= free.state.heap.nbytes / 4
