"""However an engine's tasks cut a feed up, and however a stream is cut into batches, the findings are those of one process."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import told_traces

from fairwire.engines.local import InProcess
from fairwire.model.customers import Customer
from fairwire.model.instants import HOUR_US, format_us
from fairwire.ports.engines import Piece
from fairwire.runtime.feed import read_feed
from fairwire.runtime.intake import read_events
from fairwire.runtime.judged import Judged, judge_feed
from fairwire.runtime.plans import Plan
from fairwire.runtime.spread import Reading, judge_spread, plan_splits
from fairwire.runtime.stream_part import CLOSED, CutLines, StepPart
from fairwire.runtime.streamed import Out
from traces import (
    BEGIN_US,
    CUSTOMERS,
    Row,
    Told,
    destinations,
    detector_text,
    event_json,
    probe_plan,
    rows_of,
    table_for,
    write_lines,
)

PEERS = (*CUSTOMERS, Customer(id="dale", country="US"))


@cache
def plan() -> Plan:
    """Windows, a subject narrower than the customer, and a comparison with peers, all of which trip at nearly nothing."""
    return probe_plan(
        detector_text(
            "probe.calls",
            features="""
            day_calls: {count: call.attempt, over: day, meaning: calls of the day}
            new: {share: new_callee, of: call.attempt, over: 7d, meaning: share of new numbers}
            active: {gauge: calls, over: 4h, meaning: calls in progress}
            """,
            when="day_calls >= 3 and new > 0.3 or active >= 2",
            quiet_after="1h",
            because="{day_calls} today",
        ),
        detector_text(
            "probe.callee",
            subject="[customer, callee]",
            on="[call.ended]",
            features="talk: {sum: talk_s, of: call.ended, over: 24h, meaning: talk time}",
            when="talk > 300",
            quiet_after="30m",
            because="{talk} seconds with {callee}",
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
        detector_text(
            "probe.common",
            subject="[callee]",
            on="[tick]",
            more=ACROSS,
            when="calls >= 2",
            quiet_after="1s",
            because="{calls} calls of {customers} customers to {callee}, {own} of its own over {lines} lines",
        ),
    )


ACROSS = """across:
  every: 30m
  over: 2h
  floor: 1
  minimum: 2
  features:
    calls: {count: call.attempt, meaning: calls}
    lines: {distinct: line, of: call.attempt, meaning: lines}
    own: {count: call.attempt, per: pair, meaning: own calls}
"""


seeds = st.randoms(use_true_random=False)
meddled = st.lists(st.tuples(st.integers(0, 39), st.sampled_from(["again", "taken", "earlier", "other", "stranger"])), max_size=8)


def with_meddling(rows: Sequence[Row], meddling: Sequence[tuple[int, str]]) -> list[Row]:
    """Events told twice, ids that another customer takes before or after, contradictions, and strangers with known ids."""
    out = list(rows)
    for number, (which, how) in enumerate(meddling):
        row = dict(rows[which % len(rows)])
        if how in ("taken", "earlier"):
            row["customer"] = {"acme": "bolt", "bolt": "crest", "crest": "acme"}[row["customer"]]
            row["call_id"] = f"m{number}"
        if how == "earlier":
            for name in ("time_us", "start_us", "answer_us", "end_us"):
                row[name] = row[name] and row[name] - HOUR_US
        if how == "other":
            row["released_by"] = "callee"
        if how == "stranger":
            row["customer"] = "nobody"
            row["time_us"] -= HOUR_US
        out.append(row)
    return out


def told_by(judged: Judged) -> dict[str, Any]:
    """Everything that a replay tells."""
    return {
        "findings": [msgspec.json.encode(finding) for finding, _ in judged.found],
        "evidence": [msgspec.json.encode(evidence) for evidence in judged.evidence("again")],
        "counts": (judged.events, judged.duplicates, judged.late, judged.other, judged.calls, list(judged.customers)),
        "silenced": judged.silenced.tolist(),
        "rejected": [(Path(entry.file).name, entry.line, entry.reason) for entry in judged.rejected],
    }


def in_files(rows: Sequence[Row], count: int, folder: Path) -> list[str]:
    size = max(1, -(-len(rows) // count))
    cuts = [rows[at : at + size] for at in range(0, len(rows), size)]
    return [str(write_lines(folder / f"part-{n}.jsonl", map(event_json, cut))) for n, cut in enumerate(cuts)]


def by_one(paths: Sequence[str]) -> Judged:
    customers = table_for(plan(), PEERS)
    return judge_feed(plan(), customers, read_feed(read_events(paths), customers, destinations()))


def by_tasks(paths: Sequence[str], partitions: int, part_bytes: int = 3000) -> Judged:
    splits = plan_splits(Reading(paths=paths, now_us=BEGIN_US * 2, part_bytes=part_bytes))
    judged, _, _ = judge_spread(
        InProcess(),
        plan(),
        table_for(plan(), PEERS),
        splits,
        partitions=partitions,
        everybody=False,
        now_us=BEGIN_US * 2,
        told=lambda _what, _done, _total: None,
    )
    return judged


@given(told_traces, meddled, st.integers(1, 4), st.integers(1, 5), seeds)
@settings(max_examples=60)
def test_tasks_that_read_and_run_parts_of_a_feed_tell_what_one_process_tells(
    trace: list[Told], meddling: list[tuple[int, str]], files: int, partitions: int, random: Any
) -> None:
    rows = with_meddling(rows_of(trace), meddling)
    random.shuffle(rows)
    with tempfile.TemporaryDirectory() as folder:
        paths = in_files(rows, files, Path(folder))
        assert told_by(by_tasks(paths, partitions)) == told_by(by_one(paths))


def test_an_id_that_two_customers_share_counts_for_the_one_whose_event_came_first(tmp_path: Path) -> None:
    """In one process and in parts alike: each partition for itself would count both."""
    rows = rows_of([Told(60, n, 0, "answered", 30, customer=n % 2) for n in range(6)])
    stolen = [row | {"customer": "crest", "call_id": f"stolen-{row['id']}"} for row in rows[:3]]
    paths = in_files([*stolen, *rows], 3, tmp_path)
    one, parts = by_one(paths), by_tasks(paths, 4)
    assert (one.events, len(one.rejected)) == (6, 3)
    assert told_by(parts) == told_by(one)
    assert {entry.field for entry in parts.rejected} == {"id"}


def test_without_customer_records_whoever_calls_is_a_customer(tmp_path: Path) -> None:
    paths = in_files(rows_of([Told(60, n % 3, 0, "answered", 400, customer=n % 3) for n in range(30)]), 3, tmp_path)
    own = replace(plan(), everyone=next(iter(plan().packs)))
    judged, _, made = judge_spread(
        InProcess(),
        own,
        table_for(own, [Customer(id="dale")]),
        plan_splits(Reading(paths=paths, now_us=0)),
        partitions=3,
        everybody=True,
        now_us=BEGIN_US * 2,
        told=lambda _what, _done, _total: None,
    )
    assert made == 3
    assert {finding.customer for finding, _ in judged.found} == {"acme", "bolt", "crest"}


@pytest.mark.parametrize("ending", [b"", b"\n", b'{"specversion":"1.0","id":"cut of', b"\n\n", b"x" * (1 << 20) + b"y\n"])
@pytest.mark.parametrize("part_bytes", [400, 1000, 1 << 30])
def test_a_file_read_in_parts_is_read_as_a_whole(tmp_path: Path, ending: bytes, part_bytes: int) -> None:
    """Line numbers of what is set aside are those of the file, wherever it is cut; lines may be longer than a part."""
    rows = rows_of([Told(60, n % 3, 0, "answered", 400, customer=n % 3) for n in range(20)])
    path = in_files(with_meddling(rows, [(3, "taken"), (5, "stranger")]), 1, tmp_path)[0]
    with Path(path).open("ab") as out:
        out.write(b"no event\n" + ending)
    one, parts = by_one([path]), by_tasks([path], 2, part_bytes)
    assert len(one.rejected) >= 3
    assert told_by(parts) == told_by(one)


# A stream -------------------------------------------------------------------------------------------------------------------


class Drawer(dict[str, bytes]):
    """A `Keeper` in memory."""

    def put(self, name: str, content: bytes) -> None:
        self[name] = content

    def drop(self, name: str) -> None:
        del self[name]


def closing(at_us: int) -> bytes:
    event = {"specversion": "1.0", "id": "closing", "source": "test", "type": CLOSED, "time": format_us(at_us), "data": {}}
    return msgspec.json.encode(event)


def streamed(batches: Sequence[Sequence[bytes]], folder: Path, partitions: int, *, hold_us: int, again: int = -1) -> bytes:
    """The findings file of a stream; batch `again` comes a second time, to a process that has started anew."""
    customers = table_for(plan(), PEERS)
    step = StepPart(plan(), customers, partitions, hold_us, HOUR_US)
    cut = CutLines(partitions)
    drawers = [Drawer() for _ in range(partitions)]
    out = Out(folder, plan(), customers, lambda _: None)
    for number, lines in enumerate(batches):
        cuts = list(cut(iter([list(lines)])))
        told: list[Piece] = []
        for part in range(partitions):
            told += step(part, iter([piece for piece in cuts if piece.partition == part]), drawers[part])
        out.take(number, told)
        if number == again:
            out = Out(folder, plan(), customers, lambda _: None)
            out.take(number, told)
    return (folder / "findings.jsonl").read_bytes()


@given(
    told_traces, st.lists(st.integers(0, 40), max_size=5), st.integers(1, 4), st.integers(0, 5), st.randoms(use_true_random=False)
)
@settings(max_examples=60)
def test_a_stream_cut_into_batches_anywhere_finds_what_a_replay_of_the_whole_finds(
    trace: list[Told], cuts: list[int], partitions: int, again: int, random: Any
) -> None:
    """Events come in any order inside the time that the stream holds them; calls are shorter than the longest it allows for."""
    rows = rows_of(trace)
    late = {row["id"]: row["time_us"] + random.randrange(0, HOUR_US) for row in rows}
    rows.sort(key=lambda row: late[row["id"]])
    lines = [msgspec.json.encode(event_json(row)) for row in rows]
    bounds = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    batches = [lines[first:last] for first, last in pairwise(bounds)]
    batches.append([closing(max(row["time_us"] for row in rows) + 48 * HOUR_US)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = by_one(in_files(rows, 1, folder))
        found = streamed(batches, folder, partitions, hold_us=HOUR_US, again=again)
    assert found.splitlines() == [msgspec.json.encode(finding) for finding, _ in one.found]


def test_what_is_younger_than_the_stream_waits_is_not_judged_yet(tmp_path: Path) -> None:
    rows = rows_of([Told(60, n, 0, "answered", 30) for n in range(6)])
    lines = [msgspec.json.encode(event_json(row)) for row in rows]
    assert streamed([lines], tmp_path / "open", 2, hold_us=HOUR_US) == b""
    assert (
        streamed([lines, [closing(rows[-1]["time_us"] + 1)]], tmp_path / "closed", 2, hold_us=HOUR_US).count(b"probe.calls") == 1
    )
