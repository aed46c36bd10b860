"""N06: a call for help is counted against nobody, whatever the volume, however it is dialled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import told_traces

from fairwire.kernel.kernel import Kernel
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, SECOND_US, parse_us
from fairwire.runtime.engine import kernel_rows, run_feed
from fairwire.runtime.findings import make_evidence, make_findings
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from fairwire.runtime.replay import Replay, replay
from traces import (
    BEGIN_US,
    CUSTOMERS,
    Row,
    Told,
    ended,
    event_json,
    feed_of,
    in_phases,
    rows_of,
    run,
    shipped_plan,
    table_for,
    told,
    touchy_plan,
    without,
    write_lines,
)

DIALLED = ("911", "112", "999", "+1911", "urn:service:sos", "urn:service:sos.police", "sip:911@192.0.2.1", "933")
OVER_CALLS_FOR_HELP = "emergency.hoax_calls"
"""The one rule that looks at them: it can only open a case for a person."""
OFFICES = (
    Customer(id="acme", country="US", max_active_connections=2, monthly_charge_limit="1.00", user_limit=1),
    Customer(id="bolt", country="GB", max_active_connections=2, monthly_charge_limit="1.00", user_limit=1),
)


def for_help(count: int, *, every_s: int = 1, customer: str = "acme", **fields: object) -> list[Row]:
    """Calls for help in a burst: short, unanswered, answered, dear, forwarded, by machine: all that else would be found."""
    return [
        ended(
            50_000 + number, BEGIN_US + number * every_s * SECOND_US, customer=customer, to=DIALLED[number % len(DIALLED)],
            ring_s=2, talk_s=(0, 3, 900)[number % 3], disposition=("cancelled", "answered", "answered")[number % 3],
            charge_micros=5_000_000, rate_micros=3_000_000, automated=True, diversion=["+12025550111", "+12025550111"], **fields,
        )
        for number in range(count)
    ]  # fmt: skip


def state_after(plan: Plan, rows: Sequence[Row], customers: Sequence[Customer]) -> dict[str, bytes]:
    table = table_for(plan, customers)
    feed = feed_of(rows, table)
    kernel = Kernel(plan.program, load_run(plan.program))
    events = kernel_rows(feed.emitted, feed.raw, table)
    outcome = kernel.apply(events, np.arange(len(events)), table.values)
    assert outcome.opened == []
    assert len(outcome.hits) == 0
    return {name: array.tobytes() for name, array in kernel.state.snapshot().items()}


@pytest.mark.parametrize("customer", ["acme", "bolt"])
def test_N06_a_thousand_calls_for_help_leave_no_trace_in_any_window(customer: str) -> None:
    for plan in (without(shipped_plan(), [OVER_CALLS_FOR_HELP]), touchy_plan()):
        assert state_after(plan, for_help(1000, customer=customer), OFFICES) == state_after(plan, [], OFFICES)


@given(told_traces, st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(DIALLED)), max_size=20), st.booleans())
@settings(max_examples=60)
def test_N06_calls_for_help_among_others_change_no_finding(trace: list[Told], asked: list[tuple[int, str]], whole: bool) -> None:
    others = rows_of(trace)
    help_rows = [
        ended(90_000 + number, BEGIN_US + at_s * SECOND_US, talk_s=5, to=to, user="ann", line="+12025550100")
        for number, (at_s, to) in enumerate(asked)
    ]
    both = [*others, *help_rows]
    if whole:
        others, both = ([phase for row in rows for phase in in_phases(row)] for rows in (others, both))
    alone, among = run(touchy_plan(), others, CUSTOMERS), run(touchy_plan(), both, CUSTOMERS)
    assert alone.lines == among.lines
    assert len(alone.result.inline) == len(among.result.inline)
    assert alone.result.silenced.tolist() == among.result.silenced.tolist()


def test_N06_a_call_for_help_is_never_shown_as_evidence() -> None:
    """A month of heavy use on an unlimited plan with calls for help in it: the finding shows the use, not the calls for help."""
    first = parse_us("2026-03-01T12:00:00Z")
    peers = [Customer(id=f"peer-{i}", plan="unlimited_voice", country="US", user_limit=1) for i in range(30)]
    heavy = Customer(id="heavy", plan="unlimited_voice", country="US", user_limit=1)
    rows: list[Row] = []
    for day in range(28):
        at = first + day * DAY_US
        for i in range(30):
            rows.append(ended(1000 * day + i, at, talk_s=1200, customer=f"peer-{i}"))
        rows.append(ended(1000 * day + 500, at, talk_s=40_000, customer="heavy"))
        rows.append(ended(1000 * day + 501, at + 45_000 * SECOND_US, talk_s=60, customer="heavy", to="911"))
        rows.append(ended(1000 * day + 502, at, talk_s=90, customer="heavy", direction="inbound"))
    plan, customers = shipped_plan(), [*peers, heavy]
    table = table_for(plan, customers)
    feed = feed_of(rows, table)
    found = make_findings(plan, table, feed, run_feed(plan, table, feed))
    by_id = {row["id"]: row for row in rows}
    assert [finding.customer for finding, _ in found if finding.detector == "plan.fair_use"] == ["heavy"]
    for finding, _ in found:
        assert all(by_id[name]["to"] != "911" and by_id[name]["direction"] == "outbound" for name in finding.events)
    for evidence in make_evidence(plan, table, feed, found, "again"):
        assert all(event["to"] != "911" for event in evidence.events)


def test_N06_the_same_calls_to_anybody_else_would_have_been_found() -> None:
    """The test above would show nothing if these calls were harmless."""
    rows = [row | {"to": "+12025550144"} for row in for_help(1000)]
    findings = run(shipped_plan(), rows, OFFICES).findings
    assert {"limits.concurrent_calls", "limits.monthly_charges", "routing.forwarding_loop"} <= {
        found.detector for found in findings
    }
    assert told(findings)


def test_N06_a_replay_decides_every_call_for_help_with_allow(tmp_path: Path) -> None:
    suspended = {"id": "acme", "policy": "natterbox", "country": "US", "max_active_connections": 1, "state": "suspended"}
    work = Replay(
        events=[str(write_lines(tmp_path / "events.jsonl", map(event_json, for_help(200))))],
        customers=write_lines(tmp_path / "customers.jsonl", [suspended]),
        decisions=tmp_path / "decisions.jsonl",
    )
    done = replay(work, lambda _what, _done, _of: None)
    decided = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_bytes().splitlines()]
    assert len(decided) == 200
    assert {decision["decision"] for decision in decided} == {"allow"}
    assert {finding.detector for finding in done.findings} <= {OVER_CALLS_FOR_HELP}
    assert {order.step for order in done.orders} <= {"log", "notify"}, "a person is told, and nothing is taken from anybody"
