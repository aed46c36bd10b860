"""A feed that is run while it is read gives what it gives when it is held, or says that it cannot be run that way."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import told_traces

from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from fairwire.numbers.destinations import Destinations
from fairwire.runtime import passing
from fairwire.runtime.findings import calls_by_hour, make_evidence, make_findings
from fairwire.runtime.intake import read_events
from fairwire.runtime.judged import Judged
from fairwire.runtime.passing import OutOfOrder, judge_passing, may_pass
from fairwire.runtime.replay import Replay, replay
from traces import BEGIN_US, CUSTOMERS, Row, Told, ended, event_json, in_phases, rows_of, run, table_for, touchy_plan, write_lines

NUMBERS = Destinations()
small = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few events, and nothing that was read stays at hand: what a month does, forty calls do."""
    monkeypatch.setattr(passing, "ROWS", 8)
    monkeypatch.setattr(passing, "SHELF_BYTES", 1)


def passed(rows: Sequence[Row]) -> Judged:
    """Judged while it is read, from a file."""
    with tempfile.TemporaryDirectory() as name:
        path = write_lines(Path(name) / "events.jsonl", map(event_json, rows))
        plan = touchy_plan()
        judged = judge_passing(plan, table_for(plan, CUSTOMERS), NUMBERS, read_events([str(path)], rows=8))
        judged.evidence("again")
        return judged


def same(judged: Judged, rows: Sequence[Row]) -> None:
    """All that is told of the feed, as by holding it."""
    plan = touchy_plan()
    held = run(plan, rows, CUSTOMERS)
    assert b"".join(msgspec.json.encode(finding) + b"\n" for finding, _ in judged.found) == held.lines
    assert (judged.events, judged.duplicates, judged.late) == (held.feed.events, held.feed.duplicates, held.result.late)
    assert tuple(judged.customers) == held.feed.customers
    assert judged.silenced.tolist() == held.result.silenced.tolist()
    assert judged.calls == calls_by_hour(held.feed)
    assert [entry.reason for entry in judged.rejected] == [entry.reason for entry in held.feed.rejected]
    table = table_for(plan, CUSTOMERS)
    shown = make_evidence(plan, table, held.feed, make_findings(plan, table, held.feed, held.result), "again")
    assert judged.evidence("again") == shown


@given(told_traces)
@small
def test_a_feed_in_order_of_its_events_is_judged_while_it_is_read(trace: list[Told]) -> None:
    phases = sorted((phase for row in rows_of(trace) for phase in in_phases(row)), key=lambda row: row["time_us"])
    same(passed(phases), phases)


@given(told_traces)
@small
def test_records_in_order_of_the_ends_of_their_calls_are_judged_while_they_are_read(trace: list[Told]) -> None:
    records = sorted(rows_of(trace), key=lambda row: row["time_us"])
    same(passed(records), records)


@given(told_traces, st.integers(0, 50 * 60), st.randoms(use_true_random=False))
@small
def test_events_that_come_up_to_an_hour_late_or_twice_change_nothing(trace: list[Told], late_s: int, dice: random.Random) -> None:
    phases = [phase for row in rows_of(trace) for phase in in_phases(row)]
    phases += dice.sample(phases, len(phases) // 3)
    phases.sort(key=lambda row: row["time_us"] + dice.randint(0, late_s) * SECOND_US)
    same(passed(phases), phases)


@given(told_traces, st.randoms(use_true_random=False), st.integers(0, 2), st.sampled_from([HOUR_US, DAY_US, 60 * DAY_US]))
@small
def test_in_any_other_order_it_is_the_same_or_it_is_said_that_it_cannot_be(
    trace: list[Told], dice: random.Random, contradicting: int, spread_us: int
) -> None:
    phases = [phase for row in rows_of(trace) for phase in in_phases(row)]
    for row in dice.sample(phases, min(contradicting, len(phases))):
        # An answer says nothing but when it was.
        phases.append(row | {"time_us": row["time_us"] + dice.randrange(1, spread_us), "src_ip": "192.0.2.99"})
    phases.sort(key=lambda row: row["time_us"] + dice.randrange(spread_us))
    try:
        judged = passed(phases)
    except OutOfOrder:
        return
    same(judged, phases)


def quiet_calls(count: int, apart_us: int = MINUTE_US) -> list[Row]:
    return [ended(number, BEGIN_US + number * apart_us, talk_s=30) for number in range(count)]


def test_a_record_older_than_what_has_run_is_noticed() -> None:
    rows = quiet_calls(300)
    with pytest.raises(OutOfOrder):
        passed([*rows[:5], *rows[70:], rows[6]])


def test_a_call_that_lasted_longer_than_is_held_back_is_noticed() -> None:
    long = ended(999, BEGIN_US - 60 * HOUR_US, talk_s=61 * 3600)
    rows = sorted([*quiet_calls(200), long], key=lambda row: row["time_us"])
    with pytest.raises(OutOfOrder):
        passed([*quiet_calls(40, -HOUR_US)[::-1], *rows])


def test_an_id_that_comes_again_after_days_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = quiet_calls(9000, apart_us=2 * MINUTE_US)
    with pytest.raises(OutOfOrder):
        passed([*rows, rows[0] | {"time_us": rows[-1]["time_us"] + SECOND_US, "call_id": "another"}])


def test_strangers_and_contradictions_are_told_with_their_lines(tmp_path: Path) -> None:
    rows = [*quiet_calls(20), ended(50, BEGIN_US + 30 * MINUTE_US, talk_s=1, customer="nobody")]
    rows.append(rows[3] | {"src_ip": "192.0.2.1"})
    judged = passed(rows)
    assert [(entry.line, entry.field) for entry in judged.rejected] == [(21, "customer"), (22, "id")]
    same(judged, rows)


def test_evidence_is_read_again_from_parquet_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [ended(n, BEGIN_US + n * SECOND_US, talk_s=2, to=f"+1312555{1000 + n}", customer="acme") for n in range(400)]
    write_lines(tmp_path / "events.jsonl", map(event_json, rows))
    columns = {name: [row.get(name) for row in rows] for name in ("id", "source", "type", "customer", "call_id", "direction")}
    columns |= {name: [row.get(name) for row in rows] for name in ("from", "to", "user", "line", "disposition", "sip_code")}
    for name in ("time", "start", "answer", "end"):
        columns[name] = pa.array([row.get(f"{name}_us") for row in rows], pa.timestamp("us", "UTC"))
    columns["duration_s"] = [(row["duration_ms"] or 0) / 1000 for row in rows]
    pq.write_table(pa.table(columns), tmp_path / "events.parquet", row_group_size=50)
    customers = write_lines(tmp_path / "customers.jsonl", [{"id": "acme", "policy": "jns", "country": "US"}])

    def findings(name: str, **options: Any) -> list[Any]:
        work = Replay(events=[str(tmp_path / name)], customers=customers, rejects=tmp_path / "rejects.jsonl", **options)
        return replay(work, lambda _what, _done, _of: None).findings

    held = findings("events.parquet", decisions=tmp_path / "decisions.jsonl")
    assert held
    assert findings("events.parquet") == findings("events.jsonl") == held


def test_files_that_do_not_follow_one_another_are_not_tried(tmp_path: Path) -> None:
    rows = quiet_calls(30)
    first = str(write_lines(tmp_path / "a.jsonl", map(event_json, rows[:15])))
    second = str(write_lines(tmp_path / "b.jsonl", map(event_json, rows[15:])))
    assert may_pass([first, second])
    assert may_pass([str(tmp_path)])
    assert not may_pass([second, first])
