"""What customers have in common: counted as by hand, and the same however it is cut, spread, ordered or fed."""

from __future__ import annotations

import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from expressions import tree, values
from expressions import truths as texts
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.engines.local import InProcess
from fairwire.expr.evaluate import Value, evaluate
from fairwire.expr.vector import truths
from fairwire.kernel.intake import O_SOURCE, O_TIME
from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, parse_us
from fairwire.ports.events import CALL_SCHEMA
from fairwire.runtime import merger
from fairwire.runtime.across import Adder, Sums, shared_last
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import Checkpoint, Hit, Partition, kernel_rows, shared_hits
from fairwire.runtime.feed import Feed
from fairwire.runtime.intake import read_events
from fairwire.runtime.judged import Judged
from fairwire.runtime.merger import Merger, Together
from fairwire.runtime.partitions import load_checkpoint, save_checkpoint
from fairwire.runtime.passing import judge_passing
from fairwire.runtime.plans import Plan
from fairwire.runtime.spread import Reading, judge_spread, plan_splits
from fairwire.runtime.stream import Stream
from traces import (
    BEGIN_US,
    NUMBERS,
    Row,
    Told,
    destinations,
    detector_text,
    ended,
    event_json,
    feed_of,
    in_phases,
    probe_plan,
    rows_of,
    run,
    table_for,
    write_lines,
)

PEOPLE = (
    Customer(id="acme", country="US", opened="2026-02-20"),
    Customer(id="bolt", country="US", opened="2026-03-02", timezone="Asia/Kathmandu"),
    Customer(id="crest", country="US", features=("left_alone",)),
)
_NUMBER = """across:
  every: 10m
  over: 30m
  floor: {floor}
  minimum: 2
  features:
    calls: {{count: call.attempt, meaning: calls}}
    lines: {{distinct: line, of: call.attempt, meaning: lines}}
    talked: {{mean: talk_s, of: call.ended, where: talk_s > 0, meaning: mean talk time}}
    refused: {{share: 'disposition != "answered"', of: call.ended, at_least: 2, meaning: share that nobody takes}}
    own: {{count: call.attempt, per: pair, meaning: own calls}}
    own_lines: {{distinct: line, of: call.attempt, per: pair, meaning: own lines}}
    whole: {{count: call.attempt, per: customer, meaning: all own calls}}
    whole_talk: {{sum: talk_s, of: call.ended, per: customer, meaning: all own talk time}}
"""
_LENGTH = """across:
  every: 1h
  over: 4h
  grain: 10
  floor: 1
  minimum: 2
  among: age_days <= 30
  features:
    calls: {count: call.ended, meaning: calls}
    numbers: {distinct: callee, of: call.ended, meaning: numbers}
    common: {common: callee, of: call.ended, meaning: numbers in common}
"""


@cache
def plan(floor: int = 2, quiet_after: str = "1s") -> Plan:
    """Two rules that hold for all that two customers have in common; with a second of quiet, each tick is a finding."""
    outbound = 'where: direction == "outbound"\n'
    return probe_plan(
        detector_text(
            "probe.number",
            subject="[callee]",
            on="[tick]",
            more=outbound + _NUMBER.format(floor=floor) + "entitlements: [nobody_has_it]\n",
            when="calls >= 2",
            quiet_after=quiet_after,
            because="{calls} calls of {customers} customers",
        ),
        detector_text(
            "probe.length",
            subject="[talk_s]",
            on="[tick]",
            more='where: direction == "outbound" and disposition == "answered"\n' + _LENGTH,
            when="calls >= 2",
            quiet_after=quiet_after,
            because="{calls} calls of {talk_s} s",
        ),
    )


close_calls = st.builds(
    Told,
    gap_s=st.sampled_from([0, 1, 5, 30, 90, 300, 1100, 4000]),
    callee=st.integers(0, 2),
    line=st.integers(0, 2),
    outcome=st.sampled_from(["answered", "answered", "no_answer", "busy"]),
    talk_s=st.sampled_from([1, 8, 12, 30, 400]),
    inbound=st.sampled_from([False, False, False, True]),
    customer=st.integers(0, 2),
)
close_traces = st.lists(close_calls, min_size=1, max_size=60)


def a_busy_trace() -> list[Told]:
    """One in which both rules do hold, many times."""
    dice = random.Random(5)
    return [
        Told(
            gap_s=dice.choice([1, 20, 60, 200]),
            callee=dice.randrange(3),
            line=dice.randrange(3),
            outcome=dice.choice(["answered", "no_answer"]),
            talk_s=dice.choice([1, 8, 12, 30, 400]),
            customer=dice.randrange(3),
        )
        for _ in range(300)
    ]


# By hand ---------------------------------------------------------------------------------------------------------------------

Event = tuple[int, str, Row]


def events_of(rows: Sequence[Row]) -> list[Event]:
    """Attempts and ends, in order of time."""
    attempts = [(row["start_us"], "attempt", row) for row in rows]
    ends = [(max(row["end_us"], row["start_us"]), "end", row) for row in rows]
    return sorted([*attempts, *ends], key=lambda event: event[0])


@dataclass(frozen=True, slots=True)
class ByHand:
    """A rule, as plain Python reads it."""

    every: int
    over: int
    floor: int
    key: Callable[[Event], Any]
    counts: Callable[[Event], bool]

    def parts(self, rows: Sequence[Row]) -> dict[tuple[int, Any, str], list[Event]]:
        """By tick, key and customer, for those that take part: the events that count."""
        found: dict[tuple[int, Any, str], list[Event]] = defaultdict(list)
        for event in events_of(rows):
            if event[2]["direction"] == "outbound" and self.counts(event):
                tick = event[0] // self.every * self.every + self.every
                found[tick, self.key(event), event[2]["customer"]].append(event)
        return {where: seen for where, seen in sorted(found.items(), key=lambda one: one[0][0]) if len(seen) >= self.floor}

    def around(self, parts: Mapping[tuple[int, Any, str], list[Event]], tick: int, key: Any, customer: str = "") -> list[Event]:
        """Events of the window that ends at a tick, of everybody or of one customer."""
        return [
            event
            for (other, same, whose), seen in parts.items()
            if same == key and customer in ("", whose) and tick - self.over < other <= tick
            for event in seen
        ]


def by_number(floor: int) -> ByHand:
    return ByHand(10 * MINUTE_US, 30 * MINUTE_US, floor, lambda event: str(event[2]["to"]), lambda event: True)


def expected_numbers(rows: Sequence[Row], floor: int) -> dict[tuple[int, str, str], dict[str, float | None]]:
    """What `probe.number` must see, by tick, number and customer."""
    rule = by_number(floor)
    parts = rule.parts(rows)
    found: dict[tuple[int, str, str], dict[str, float | None]] = {}
    for tick, name, customer in parts:
        own, everybody = rule.around(parts, tick, name, customer), rule.around(parts, tick, name)
        if len({event[2]["customer"] for event in everybody}) < 2:
            continue
        attempts = [event for event in everybody if event[1] == "attempt"]
        if len(attempts) < 2:
            continue
        ends = [event[2] for event in everybody if event[1] == "end"]
        talks = [row["duration_ms"] for row in ends if row["duration_ms"] > 0]
        mine = [event for event in events_of(rows) if event[2]["customer"] == customer and event[2]["direction"] == "outbound"]
        inside = [event for event in mine if tick - rule.over <= event[0] < tick]
        found[tick, name, customer] = {
            "customers": len({event[2]["customer"] for event in everybody}),
            "calls": len(attempts),
            "lines": len({(event[2]["customer"], event[2]["line"]) for event in attempts}),
            "talked": sum(talks) / 1000 / len(talks) if talks else None,
            "refused": sum(row["disposition"] != "answered" for row in ends) / len(ends) if len(ends) >= 2 else None,
            "own": sum(event[1] == "attempt" for event in own),
            "own_lines": len({event[2]["line"] for event in own if event[1] == "attempt"}),
            "whole": sum(event[1] == "attempt" for event in inside),
            "whole_talk": sum(event[2]["duration_ms"] for event in inside if event[1] == "end") / 1000,
        }
    return found


def expected_lengths(rows: Sequence[Row]) -> dict[tuple[int, int, str], dict[str, float | None]]:
    """What `probe.length` must see, by tick, length and customer; only two customers say how old they are."""
    rule = ByHand(
        HOUR_US,
        4 * HOUR_US,
        1,
        lambda event: int(event[2]["duration_ms"]) // 10_000 * 10_000,
        lambda event: event[1] == "end" and event[2]["disposition"] == "answered",
    )
    parts = rule.parts([row for row in rows if row["customer"] in ("acme", "bolt")])
    found: dict[tuple[int, int, str], dict[str, float | None]] = {}
    for tick, name, customer in parts:
        everybody = [event[2] for event in rule.around(parts, tick, name)]
        whose: dict[str, set[str]] = defaultdict(set)
        for row in everybody:
            whose[row["to"]].add(row["customer"])
        if len({row["customer"] for row in everybody}) == 2 and len(everybody) >= 2:
            found[tick, name, customer] = {
                "customers": 2,
                "calls": len(everybody),
                "numbers": len(whose),
                "common": sum(len(who) == 2 for who in whose.values()),
                "talk_s": name / 1000,
                "age_days": (tick - 1 - parse_us({"acme": "2026-02-20T00:00:00Z", "bolt": "2026-03-02T00:00:00Z"}[customer]))
                // DAY_US,
            }
    return found


Seen = dict[tuple[int, int, str], dict[str, float | None]]


def seen_of(used: Plan, table: CustomerTable, hits: Sequence[Hit], detector: str) -> Seen:
    """What was found, in the same form, with the stored key in place of its name."""
    out: Seen = {}
    for hit in hits:
        rule = used.program.rules[hit.rule]
        if rule.detector == detector:
            across = used.detectors[detector].across
            assert across is not None
            known = {name: float(hit.values[index]) for name, index in rule.features.items()}
            where = (hit.time_us, int(hit.row[across.column]), table.customers[hit.customer_row].id)
            assert where not in out, "one finding for a tick, a key and a customer"
            out[where] = {name: None if value != value else value for name, value in known.items()}
    return out


@given(close_traces, st.integers(1, 3))
@settings(max_examples=150)
def test_every_value_is_what_a_count_by_hand_gives(trace: list[Told], floor: int) -> None:
    rows = rows_of(trace)
    used = plan(floor)
    found = run(used, rows, PEOPLE)
    table = table_for(used, PEOPLE)
    stored = found.feed.raw[:, COLUMN_INDEX["callee"]].tolist()
    key_of = dict(zip(found.feed.table["to"].to_pylist(), stored, strict=True))
    numbers = {(tick, key_of[name], customer): seen for (tick, name, customer), seen in expected_numbers(rows, floor).items()}
    assert seen_of(used, table, found.result.hits, "probe.number") == numbers
    assert seen_of(used, table, found.result.hits, "probe.length") == expected_lengths(rows)


@given(close_traces)
@settings(max_examples=60)
def test_the_events_shown_are_the_last_by_which_the_customer_took_part(trace: list[Told]) -> None:
    rows = rows_of(trace)
    found = run(plan(), rows, PEOPLE)
    rule = by_number(2)
    parts = rule.parts(rows)
    for finding in found.findings:
        if finding.detector == "probe.number":
            assert finding.callee is not None
            mine = [event[2]["id"] for event in rule.around(parts, parse_us(finding.time), finding.callee, finding.customer)]
            last = list(dict.fromkeys(reversed(mine)))[:20]
            assert set(finding.events) == set(last)


def test_both_rules_do_hold_in_such_traces() -> None:
    found = run(plan(), rows_of(a_busy_trace()), PEOPLE).findings
    assert {finding.detector for finding in found} == {"probe.number", "probe.length"}
    assert len(found) > 50


# However it is spread, cut, ordered or fed -------------------------------------------------------------------------------------


def parts_of(feed: Feed, table: CustomerTable, count: int) -> list[Partition]:
    """The same feed in partitions by customer."""
    midnights = np.unique(feed.emitted[:, O_TIME] // DAY_US + 1) * DAY_US
    owners = feed.raw[feed.emitted[:, O_SOURCE], COLUMN_INDEX["customer"]] % count
    return [
        Partition(plan(), table, feed.emitted, feed.raw, np.flatnonzero(owners == number), midnights) for number in range(count)
    ]


def told_of(table: CustomerTable, feed: Feed, sums: list[Sums]) -> list[Any]:
    """Everything about the findings that sums lead to, comparable."""
    merging = Merger(plan(), table)
    return sorted(
        (
            hit.rule,
            hit.time_us,
            hit.row.tobytes(),
            hit.values.tobytes(),
            (hit.last_us, hit.count),
            shared_last(plan(), table, feed, hit.rule, hit.row),
        )
        for hit in shared_hits(merging, sums)
    )


@given(close_traces, st.integers(2, 5), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_partitions_and_the_order_in_which_they_tell_do_not_show(trace: list[Told], count: int, dice: random.Random) -> None:
    table = table_for(plan(), PEOPLE)
    feed = feed_of(rows_of(trace), table)
    one = [sums for part in parts_of(feed, table, 1) for sums in part.run(None).shared]
    many = [sums for part in parts_of(feed, table, count) for sums in part.run(None).shared]
    dice.shuffle(many)
    assert told_of(table, feed, many) == told_of(table, feed, one)


@given(close_traces, st.integers(1, 40))
@settings(max_examples=30)
def test_ticks_judged_some_at_a_time_find_what_all_together_find(trace: list[Told], most: int) -> None:
    found = run(plan(), rows_of(trace), PEOPLE).findings
    with patch.object(merger, "ROWS_AT_ONCE", most):
        assert run(plan(), rows_of(trace), PEOPLE).findings == found


@given(close_traces, st.lists(st.integers(0, 180), max_size=5))
@settings(max_examples=60)
def test_a_partition_cut_anywhere_and_kept_on_disk_goes_on_as_if_never_cut(trace: list[Told], cuts: list[int]) -> None:
    table = table_for(plan(), PEOPLE)
    feed = feed_of(rows_of(trace), table)
    (part,) = parts_of(feed, table, 1)
    done: Checkpoint | None = None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "progress.npz"
        for cut in sorted(cuts):
            save_checkpoint(file, part.run(done, stop_at=cut))
            done = load_checkpoint(file)
    assert told_of(table, feed, part.run(done).shared) == told_of(table, feed, part.run(None).shared)


@given(close_traces, st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=40)
def test_the_order_of_the_feed_does_not_show(trace: list[Told], dice: random.Random, chunks: int) -> None:
    rows = rows_of(trace)
    mixed = rows.copy()
    dice.shuffle(mixed)
    assert run(plan(), mixed, PEOPLE, chunks=chunks).lines == run(plan(), rows, PEOPLE).lines


@given(close_traces, st.integers(0, 10_000))
@settings(max_examples=40)
def test_whole_days_later_the_same_happens(trace: list[Told], days: int) -> None:
    ageless = [msgspec.structs.replace(customer, opened="") for customer in PEOPLE]

    def seen(begin_us: int) -> list[tuple[Any, ...]]:
        found = run(plan(), rows_of(trace, begin_us=begin_us), ageless).findings
        return sorted((parse_us(one.time) - begin_us, one.detector, one.customer, one.reason, one.count) for one in found)

    assert seen(BEGIN_US + days * DAY_US) == seen(BEGIN_US)


@pytest.mark.slow
def test_three_processes_write_what_one_writes() -> None:
    rows = rows_of(a_busy_trace())
    one, three = run(plan(), rows, PEOPLE), run(plan(), rows, PEOPLE, workers=3)
    assert one.lines == three.lines
    assert one.lines.count(b"\n") > 50


def live_findings(used: Plan, batches: Sequence[Sequence[Row]]) -> list[dict[str, Any]]:
    """What a running service has found at the end, without what a replay of other events may change."""
    table = table_for(used, PEOPLE)
    stream = Stream(used, table, destinations())
    for batch in batches:
        lines = [json.dumps(event_json(row)).encode() for row in batch]
        stream.take(pa.Table.from_pylist(list(batch), schema=CALL_SCHEMA), lines)
    found = [msgspec.to_builtins(known.finding) for known in stream.known.values()]
    return sorted(found, key=lambda one: (one["time"], one["finding_id"]))


@given(close_traces, st.lists(st.integers(0, 180), max_size=6))
@settings(max_examples=40)
def test_a_running_service_finds_what_a_replay_finds(trace: list[Told], cuts: list[int]) -> None:
    """One event after another, in their order of time, until an event that comes a day later has closed every tick."""
    used = plan(2, "6h")
    rows = [phase for row in rows_of(trace) for phase in in_phases(row)]
    last = ended(9999, max(row["time_us"] for row in rows) + DAY_US, talk_s=1, customer="acme")
    rows = sorted([*rows, *in_phases(last)], key=lambda row: row["time_us"])
    # What is of one instant comes together: a replay puts it in an order of its own, as each batch does.
    ends = [i for i in range(1, len(rows)) if rows[i]["time_us"] > rows[i - 1]["time_us"]]
    edges = [0, *sorted({next((end for end in ends if end >= cut), len(rows)) for cut in cuts}), len(rows)]
    batches = [rows[first:after] for first, after in pairwise(edges)]
    replayed = [json.loads(line) for line in run(used, rows, PEOPLE).lines.splitlines()]
    live = [json.loads(msgspec.json.encode(one)) for one in live_findings(used, batches)]
    assert [one["finding_id"] for one in live] == [one["finding_id"] for one in replayed]
    assert live == replayed


@given(close_traces, st.integers(0, 200), st.permutations(PEOPLE))
@settings(max_examples=40)
def test_a_service_goes_on_from_a_snapshot_with_its_customers_in_another_order(
    trace: list[Told], cut: int, order: list[Customer]
) -> None:
    table, other = table_for(plan(), PEOPLE), table_for(plan(), order)
    rows = rows_of(trace)
    feed, moved = feed_of(rows, table), feed_of(rows, other)
    cut = min(cut, len(feed.emitted))
    early, late = kernel_rows(moved.emitted[:cut], moved.raw, other), kernel_rows(moved.emitted[cut:], moved.raw, other)
    whole = Together(plan(), other)
    expected = [*whole.take(early)[0], *whole.take(late)[0]]
    before, after = Together(plan(), table), Together(plan(), other)
    found = before.take(kernel_rows(feed.emitted[:cut], feed.raw, table))[0]
    after.restore(before.snapshot())
    found += after.take(late)[0]
    names = {customer.id for customer in PEOPLE}
    assert names == set(other.rows)

    def shown(shared: Any) -> Any:
        row = shared.row.copy()
        row[COLUMN_INDEX["customer_row"]] = 0
        return shared.rule, shared.episode, row.tobytes(), shared.values.tobytes(), shared.evidence

    assert [shown(one) for one in found] == [shown(one) for one in expected]


@given(close_traces, st.integers(0, 200))
@settings(max_examples=40)
def test_a_snapshot_that_is_put_together_later_is_of_its_moment(trace: list[Told], cut: int) -> None:
    table = table_for(plan(), PEOPLE)
    feed = feed_of(rows_of(trace), table)
    rows = kernel_rows(feed.emitted, feed.raw, table)
    together = Together(plan(), table)
    together.take(rows[:cut])
    then, later = together.snapshot(), together.snapshot_later()
    together.take(rows[cut:])
    together.finish()
    table.extend([])
    found = later()
    assert found.keys() == then.keys()
    assert [name for name, array in then.items() if not np.array_equal(found[name], array)] == []


@given(close_traces, st.lists(st.integers(0, 3), min_size=1, max_size=20))
@settings(max_examples=40)
def test_work_that_is_put_off_and_done_in_parts_between_events_finds_the_same(trace: list[Told], parts: list[int]) -> None:
    """Some parts after each event, as many as come next in `parts`; the rest at the end."""
    table = table_for(plan(), PEOPLE)
    feed = feed_of(rows_of(trace), table)
    rows = kernel_rows(feed.emitted, feed.raw, table)
    at_once, bit_by_bit = Together(plan(), table), Together(plan(), table)
    opened, grown = [], set()
    for place in range(len(rows)):
        bit_by_bit.take_later(rows[place : place + 1])
        for _ in range(parts[place % len(parts)]):
            bit_by_bit.catch_up_a_little()
        more, touched = bit_by_bit.came()
        opened += more
        grown |= touched
    more, touched = bit_by_bit.catch_up()
    opened, grown = [*opened, *more], grown | touched
    expected, all_grown = [], set()
    for place in range(len(rows)):
        found, touched = at_once.take(rows[place : place + 1])
        expected += found
        all_grown |= touched
    assert [told(one) for one in opened] == [told(one) for one in expected]
    assert grown == all_grown
    kept = bit_by_bit.snapshot()
    for name, array in at_once.snapshot().items():
        # Events that wait for their tick wait in any order.
        assert sorted(kept[name].tolist()) == sorted(array.tolist()), name


def told(shared: Any) -> Any:
    return shared.rule, shared.episode, shared.row.tobytes(), shared.values.tobytes(), shared.evidence


# What must never count, and the rest ------------------------------------------------------------------------------------------


def test_calls_for_help_are_never_counted() -> None:
    calls = [Told(5, 0, i % 3, "no_answer", 0, customer=i % 3) for i in range(60)]
    for number, there in (("911", False), (NUMBERS[0], True)):
        rows = [row | {"to": number} for row in rows_of(calls)]
        assert bool(run(plan(), rows, PEOPLE).findings) == there


def test_an_entitlement_silences_one_customer_and_takes_no_other_out_of_the_count() -> None:
    text = detector_text(
        "probe.number",
        subject="[callee]",
        on="[tick]",
        more=_NUMBER.format(floor=2) + "entitlements: [left_alone]\n",
        when="calls >= 2",
        because="{calls} calls of {customers} customers",
    )
    used = probe_plan(text)
    rows = rows_of([Told(5, 0, 0, "no_answer", 0, customer=i % 3) for i in range(30)])
    found = run(used, rows, PEOPLE)
    assert {finding.customer for finding in found.findings} == {"acme", "bolt"}
    assert {finding.features["customers"].value for finding in found.findings} == {3}
    assert found.result.silenced.tolist() == [1]


def test_no_word_of_a_finding_names_another_customer() -> None:
    found = run(plan(), rows_of(a_busy_trace()), PEOPLE).findings
    for finding in found:
        text = msgspec.json.encode(finding).decode()
        assert all(other.id not in text for other in PEOPLE if other.id != finding.customer)


def test_an_event_that_comes_after_its_tick_was_told_counts_in_the_open_one() -> None:
    table = table_for(plan(), PEOPLE)
    feed = feed_of(rows_of([Told(0, 0, 0, "no_answer", 0, customer=i % 2) for i in range(8)]), table)
    early = kernel_rows(feed.emitted, feed.raw, table)
    late = early.copy()
    early[:, COLUMN_INDEX["time"]] += HOUR_US
    adder = Adder(plan(), table)
    told = [*adder.take(early[:1]), *adder.take(late), *adder.finish()]
    ticks = {int(tick) for sums in told for tick in sums.rows[:, 0]}
    assert ticks == {int(early[0, COLUMN_INDEX["time"]]) // (10 * MINUTE_US) * 10 * MINUTE_US + 10 * MINUTE_US}


@given(st.lists(st.tuples(texts, st.lists(values, min_size=1, max_size=6)), min_size=1, max_size=3))
@settings(max_examples=200)
def test_a_condition_over_many_events_says_what_it_says_of_each(cases: list[tuple[str, list[dict[str, Value]]]]) -> None:
    for text, events in cases:
        node = tree(text)

        def column(name: str, events: list[dict[str, Value]] = events) -> Any:
            seen = [event[name] for event in events]
            return np.array([0.0 if one is None else one for one in seen]), np.array([one is not None for one in seen])

        yes, no = truths(node, column, len(events))
        for place, event in enumerate(events):
            one = evaluate(node, event)
            assert (bool(yes[place]), bool(no[place])) == (one == 1, one == 0), text


def test_a_scorecard_over_what_customers_have_in_common_weighs_signs_that_come_late() -> None:
    """Different values are counted last; a sign that waits for them must not be taken for one that does not hold."""
    card = """score:
  signs:
    - {when: lines >= 2, weight: 3, because: "{lines} lines", evidence: for the test}
    - {when: calls >= 2, weight: 1, because: "{calls} calls", evidence: for the test}
  fires_at: 4
"""
    text = detector_text("probe.number", subject="[callee]", on="[tick]", more=_NUMBER.format(floor=2) + card, because="{signs}")
    used = probe_plan(text.replace('when: "False"\n', ""))
    found = run(used, rows_of([Told(5, 0, 0, "no_answer", 0, customer=i % 3) for i in range(30)]), PEOPLE).findings
    assert {finding.score for finding in found} == {4}


def test_an_entitlement_covers_only_what_it_says() -> None:
    for least, silent in ((1, True), (1000, False)):
        covers = f"entitlements:\n  - {{name: left_alone, covers: calls >= {least}}}\n"
        text = detector_text(
            "probe.number", subject="[callee]", on="[tick]", more=_NUMBER.format(floor=2) + covers, when="calls >= 2"
        )
        found = run(probe_plan(text), rows_of([Told(5, 0, 0, "no_answer", 0, customer=i % 3) for i in range(30)]), PEOPLE)
        assert ("crest" not in {finding.customer for finding in found.findings}) == silent


def lines_of(judged: Judged) -> bytes:
    """The findings file."""
    return b"".join(msgspec.json.encode(finding) + b"\n" for finding, _ in judged.found)


@given(close_traces, st.integers(1, 4))
@settings(max_examples=25)
def test_a_feed_that_is_judged_while_it_is_read_or_by_the_tasks_of_an_engine_tells_the_same(
    trace: list[Told], partitions: int
) -> None:
    rows = rows_of(trace)
    held = run(plan(), rows, PEOPLE)
    with tempfile.TemporaryDirectory() as folder:
        path = str(write_lines(Path(folder) / "events.jsonl", map(event_json, sorted(rows, key=lambda row: row["time_us"]))))
        passing = judge_passing(plan(), table_for(plan(), PEOPLE), destinations(), read_events([path], rows=8))
        spread, _, _ = judge_spread(
            InProcess(),
            plan(),
            table_for(plan(), PEOPLE),
            plan_splits(Reading(paths=[path], now_us=BEGIN_US * 2, part_bytes=3000)),
            partitions=partitions,
            everybody=False,
            now_us=BEGIN_US * 2,
            told=lambda _what, _done, _total: None,
        )
    assert lines_of(passing) == held.lines
    assert lines_of(spread) == held.lines
