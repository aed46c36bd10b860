"""One event or many, cut anywhere, moved by weeks, compiled or not: the same findings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import told_traces

from fairwire.kernel.kernel import Kernel, Opened
from fairwire.kernel.state import State
from fairwire.model.instants import DAY_US
from fairwire.runtime.engine import kernel_rows
from fairwire.runtime.machine import load_run
from traces import (
    CUSTOMERS,
    Told,
    Words,
    feed_of,
    rows_of,
    run,
    table_for,
    told,
    touchy_plan,
)

TESTS = Path(__file__).resolve().parent.parent


def prepared(trace: Sequence[Told]) -> tuple[Words, np.ndarray]:
    """Kernel events of a trace, and the customers table."""
    customers = table_for(touchy_plan(), CUSTOMERS)
    feed = feed_of(rows_of(trace), customers)
    return kernel_rows(feed.emitted, feed.raw, customers), customers.values


def fresh() -> Kernel:
    plan = touchy_plan()
    return Kernel(plan.program, load_run(plan.program))


def again(state: State) -> Kernel:
    """A kernel that goes on from a snapshot of `state`, as another process would."""
    plan = touchy_plan()
    arrays = {name: array.copy() for name, array in state.snapshot().items()}
    return Kernel(plan.program, load_run(plan.program), State.restore(plan.program.fingerprint, len(plan.program.rules), arrays))


def memory_of(state: State) -> dict[str, bytes]:
    """Every byte of a state."""
    return {name: array.tobytes() for name, array in state.snapshot().items()}


def seen(opened: Sequence[Opened]) -> list[tuple[object, ...]]:
    plan = touchy_plan()
    out: list[tuple[object, ...]] = []
    for found in opened:
        mine = [found.values[index] for index in plan.program.rules[found.rule].features.values()]
        out.append((found.position, found.rule, found.episode, np.array(mine).tobytes(), found.evidence.tolist()))
    return out


def in_pieces(
    rows: Words, values: np.ndarray, cuts: Sequence[int], *, restart: bool
) -> tuple[Kernel, list[Opened], list[list[int]]]:
    kernel = fresh()
    opened: list[Opened] = []
    hits: list[list[int]] = []
    bounds = [0, *sorted(cuts), len(rows)]
    for first, last in pairwise(bounds):
        outcome = kernel.apply(rows[first:last].copy(), np.arange(first, last), values)
        opened += outcome.opened
        hits += outcome.hits.tolist()
        if restart:
            kernel = again(kernel.state)
    return kernel, opened, hits


@given(told_traces)
def test_one_by_one_gives_what_a_batch_gives(trace: list[Told]) -> None:
    rows, values = prepared(trace)
    batch, opened, hits = in_pieces(rows, values, [], restart=False)
    single, opened_one, hits_one = in_pieces(rows, values, range(1, len(rows)), restart=False)
    assert seen(opened) == seen(opened_one)
    assert hits == hits_one
    assert memory_of(batch.state) == memory_of(single.state)


@given(told_traces, st.data())
def test_a_restart_anywhere_leaves_no_trace(trace: list[Told], data: st.DataObject) -> None:
    rows, values = prepared(trace)
    cuts = data.draw(st.lists(st.integers(0, len(rows)), min_size=1, max_size=4))
    whole, opened, hits = in_pieces(rows, values, [], restart=False)
    cut, opened_cut, hits_cut = in_pieces(rows, values, cuts, restart=True)
    assert seen(opened) == seen(opened_cut)
    assert hits == hits_cut
    assert memory_of(whole.state) == memory_of(cut.state)


def test_the_random_traces_do_trip_every_rule() -> None:
    tripped: set[str] = set()
    plan = touchy_plan()

    @given(told_traces)
    @settings(max_examples=60, derandomize=True, database=None)
    def collect(trace: list[Told]) -> None:
        rows, values = prepared(trace)
        tripped.update(plan.program.rules[found.rule].detector for found in in_pieces(rows, values, [], restart=False)[1])

    collect()
    assert tripped == set(plan.detectors)


@given(told_traces, st.sampled_from([1, 4, -3, 52, 500]))
def test_a_trace_moved_by_whole_weeks_moves_its_findings_and_nothing_else(trace: list[Told], weeks: int) -> None:
    shift_us = weeks * 7 * DAY_US
    here = run(touchy_plan(), rows_of(trace), CUSTOMERS)
    moved = rows_of(trace)
    for row in moved:
        for name in ("time_us", "start_us", "answer_us", "end_us"):
            row[name] = row[name] + shift_us if row[name] is not None else None
    there = run(touchy_plan(), moved, CUSTOMERS)
    assert sorted(told(here.findings, shift_us=shift_us), key=repr) == sorted(told(there.findings, shift_us=0), key=repr)


PLAIN = """
import json, sys
sys.path.insert(0, sys.argv[1])
from fairwire.runtime.machine import prepare
prepare()
from traces import CUSTOMERS, Told, rows_of, run, touchy_plan
import msgspec, numba
trace = [Told(**call) for call in json.load(sys.stdin)]
ran = run(touchy_plan(), rows_of(trace), CUSTOMERS)
assert numba.config.DISABLE_JIT == (sys.argv[2] == "plain")
sys.stdout.buffer.write(ran.lines)
print(ran.result.late, ran.result.orphans, ran.result.silenced.tolist(), ran.result.inline.tolist())
"""


def test_plain_python_finds_what_compiled_code_finds() -> None:
    trace = [
        {
            "gap_s": (7 * i) % 41,
            "callee": (i * i) % 7,
            "line": i % 3,
            "outcome": ("answered", "no_answer", "busy", "answered")[(i // 3) % 4],
            "talk_s": (1, 30, 950)[i % 3],
            "inbound": i % 11 == 0,
            "customer": (i // 5) % 3,
        }
        for i in range(120)
    ]
    said: list[bytes] = []
    for how in ("plain", "compiled"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": "1" if how == "plain" else "0"}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", PLAIN, str(TESTS), how],
            input=json.dumps(trace).encode(),
            capture_output=True,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        said.append(done.stdout)
    assert said[0].count(b"finding_id") >= 8
    assert said[0] == said[1]


def test_a_full_house_makes_room_while_it_runs() -> None:
    """Thousands of subjects and findings in one batch: tables, heap and lists all grow in the middle of it."""
    trace = [Told(0 if i % 50 else 1, i % 7, i % 3, "no_answer", 1, customer=i % 3) for i in range(6000)]
    rows, values = prepared(trace)
    many = np.concatenate([rows, rows])
    many[len(rows) :, 0] += 30 * DAY_US
    for name in range(many.shape[0]):
        many[name, 4] = 1 + name % 2500  # customers by the thousand
    whole, opened, hits = in_pieces(many, values, [], restart=False)
    pieces, opened_in, hits_in = in_pieces(many, values, range(500, len(many), 500), restart=True)
    assert len(opened) > 2000
    assert seen(opened) == seen(opened_in)
    assert hits == hits_in
    assert memory_of(whole.state) == memory_of(pieces.state)


def test_what_can_no_longer_matter_is_forgotten() -> None:
    """Three years of new numbers every day keep the memory of ninety days."""
    kernel = fresh()
    customers = table_for(touchy_plan(), CUSTOMERS)
    for day in range(0, 1080, 6):
        rows = rows_of([Told(60, 0, 0, "no_answer", 1) for _ in range(100)])
        for number, row in enumerate(rows):
            row["to"] = f"+1415{2_000_000 + day * 1000 + number * 3:07d}"
            for name in ("time_us", "start_us", "end_us"):
                row[name] += day * DAY_US
        feed = feed_of(rows, customers)
        events = kernel_rows(feed.emitted, feed.raw, customers)
        kernel.apply(events, np.arange(len(events)), customers.values)
    assert np.count_nonzero(kernel.state.keys["seen"]) >= 15 * 100
    for name in ("seen", "pairs"):
        assert kernel.state.keys[name].shape[0] <= 8192
