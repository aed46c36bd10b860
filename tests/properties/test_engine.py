"""A partition may stop and go on anywhere, on disk and in another process, and the whole is the sum of its partitions."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import told_traces

from fairwire.kernel.intake import O_SOURCE, O_TIME
from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US
from fairwire.runtime import partitions
from fairwire.runtime.engine import Checkpoint, Partition
from fairwire.runtime.partitions import load_checkpoint, save_checkpoint
from fairwire.runtime.plans import Plan
from traces import CUSTOMERS, Told, detector_text, feed_of, probe_plan, rows_of, run, table_for

PEERS = (*CUSTOMERS, Customer(id="dale", country="US"))


@cache
def plan() -> Plan:
    """Windows of all kinds, and a comparison with peers that trips at nearly nothing."""
    return probe_plan(
        detector_text(
            "probe.calls",
            features="""
            day_calls: {count: call.attempt, over: day, meaning: calls of the day}
            numbers: {distinct: callee, of: call.attempt, over: 24h, meaning: numbers}
            new: {share: new_callee, of: call.attempt, over: 7d, meaning: share of new numbers}
            active: {gauge: calls, over: 4h, meaning: calls in progress}
            """,
            when="day_calls >= 3 or numbers >= 3 and new > 0.5 or active >= 2",
            quiet_after="1h",
        ),
        detector_text(
            "probe.peers",
            on="[day]",
            features="talk: {sum: talk_s, of: call.ended, over: month, meaning: talk time of the month}",
            more="cohort: {of: talk, among: customer.seats > 0, minimum: 3}\n",
            when="use > others_mean and use > 0",
            quiet_after="24h",
            because="{use:.3f} minutes where others average {others_mean:.3f}",
        ),
    )


def outcome_of(done: Checkpoint) -> dict[str, Any]:
    """Everything in a checkpoint, comparable."""
    inline = np.concatenate(done.inline).tolist() if done.inline else []
    return {
        "at": (done.at, done.midnights),
        "opened": [(*found[:3], found[3].tobytes(), found[4].tobytes(), list(found[5])) for found in done.opened],
        "summaries": [(index, midnight, totals.tolist()) for index, midnight, totals in done.summaries],
        "inline": inline,
        "state": {name: array.tobytes() for name, array in done.state.items()},
    }


def partition(trace: list[Told]) -> Partition:
    customers = table_for(plan(), PEERS)
    feed = feed_of(rows_of(trace), customers)
    midnights = np.unique(feed.emitted[:, O_TIME] // DAY_US + 1) * DAY_US
    return Partition(plan(), customers, feed.emitted, feed.raw, None, midnights)


@given(told_traces, st.lists(st.integers(0, 120), max_size=5))
def test_a_partition_cut_anywhere_and_kept_on_disk_goes_on_as_if_never_cut(trace: list[Told], cuts: list[int]) -> None:
    part = partition(trace)
    whole = part.run(None)
    done: Checkpoint | None = None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "progress.npz"
        for cut in sorted(cuts):
            save_checkpoint(file, part.run(done, stop_at=cut))
            done = load_checkpoint(file)
    assert outcome_of(part.run(done)) == outcome_of(whole)


@given(told_traces, st.integers(2, 4))
@settings(max_examples=50)
def test_partitions_together_find_what_one_finds(trace: list[Told], count: int) -> None:
    customers = table_for(plan(), PEERS)
    feed = feed_of(rows_of(trace), customers)
    midnights = np.unique(feed.emitted[:, O_TIME] // DAY_US + 1) * DAY_US
    owners = feed.raw[feed.emitted[:, O_SOURCE], COLUMN_INDEX["customer"]] % count
    whole = Partition(plan(), customers, feed.emitted, feed.raw, None, midnights).run(None)
    parts = [
        Partition(plan(), customers, feed.emitted, feed.raw, np.flatnonzero(owners == number), midnights).run(None)
        for number in range(count)
    ]
    opened = sorted((rule, row.tobytes(), values[~np.isnan(values)].tobytes()) for rule, _, _, row, values, _ in whole.opened)
    found = sorted(
        (rule, row.tobytes(), values[~np.isnan(values)].tobytes()) for part in parts for rule, _, _, row, values, _ in part.opened
    )
    assert [item[:2] for item in opened] == [item[:2] for item in found]
    for place, (index, midnight, totals) in enumerate(whole.summaries):
        mine = [part.summaries[place] for part in parts]
        assert {item[:2] for item in mine} == {(index, midnight)}
        assert np.sum([item[2] for item in mine], axis=0).tolist() == totals.tolist()


def test_the_comparison_with_peers_does_trip_in_these_traces() -> None:
    trace = [Told(4000, i % 7, 0, "answered", 30 + 400 * (i % 4 == 0), customer=i % 3) for i in range(60)]
    found = {finding.detector for finding in run(plan(), rows_of(trace), PEERS).findings}
    assert found == {"probe.calls", "probe.peers"}


def test_a_run_by_several_processes_writes_what_one_process_writes() -> None:
    trace = [Told(4000, i % 7, i % 3, "answered", 30 + 400 * (i % 4 == 0), customer=i % 3) for i in range(90)]
    one = run(plan(), rows_of(trace), PEERS)
    three = run(plan(), rows_of(trace), PEERS, workers=3)
    assert one.lines == three.lines
    assert one.lines.count(b"\n") >= 5
    assert sorted(map(tuple, one.result.inline[:, :2].tolist())) == sorted(map(tuple, three.result.inline[:, :2].tolist()))


def test_a_customer_that_is_given_another_limit_gets_a_checkpoint_of_its_own() -> None:
    rows = rows_of([Told(60, 0, 0, "answered", 5) for _ in range(9)])
    names: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for customer in (Customer(id="acme"), Customer(id="acme", user_limit=7), Customer(id="acme", timezone="Asia/Kathmandu")):
            run(plan(), rows, [customer], checkpoint=Path(folder))
            names |= {file.name for file in Path(folder).glob("*.npz")}
    assert len(names) == 3
    assert partitions.STRETCH > 0
