"""What goes wrong in OpenSIPS `fraud_detection`, defect by defect: each is a test here, named for it, that must pass.

Read from its code and from what its users reported (OpenSIPS/opensips issues #888, #949, #1897, #2079, #2712, #3411, pull
requests #3021 and #3031). Events go through the real intake and kernel; decisions through the real live session.
"""

from __future__ import annotations

import io
import itertools
import json
import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import ANSWERED, ATTEMPT, ENDED, UNKNOWN
from fairwire.model.customers import Customer
from fairwire.model.decision import Decision
from fairwire.model.errors import FairwireError
from fairwire.model.finding import Finding
from fairwire.model.instants import SECOND_US, format_us, parse_us
from fairwire.plan.detector import load_detector
from fairwire.plan.errors import NoProof
from fairwire.runtime.data import open_control
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.live import Live
from fairwire.runtime.log_files import read_log
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from traces import (
    BEGIN_US,
    NUMBERS,
    Probe,
    Row,
    detector_text,
    ended,
    in_phases,
    kernel_row,
    one_customer,
    probe_plan,
    real_plan,
    run,
    table_for,
)

MIDNIGHT_US = parse_us("2026-03-03T00:00:00Z")
DAY_US = 86_400 * SECOND_US


@cache
def plan() -> Plan:
    """The five counters of the module, and what it lacks; one program, so that the compiler runs once."""

    def of_user(name: str, features: str, when: str, on: str = "[call.attempt]", because: str = "it held") -> str:
        return detector_text(f"frd.{name}", subject="[user]", on=on, features=features, when=when, because=because)

    return probe_plan(
        of_user("total", "total: {count: call.attempt, over: 24h, meaning: calls}", "total >= 6", because="{total} calls"),
        of_user("minute", "cpm: {count: call.attempt, over: 1m, meaning: calls a minute}", "cpm >= 5"),
        of_user("second", "cps: {count: call.attempt, over: 1s, panes: 1, meaning: calls a second}", "cps >= 4"),
        of_user("active", "active: {gauge: calls, over: 4h, meaning: calls at once}", "active >= 3", because="{active} at once"),
        of_user(
            "long", "longest: {max: talk_s, of: call.ended, over: 24h, meaning: talk time}", "longest > 3600", "[call.ended]"
        ),
        of_user(
            "ratio",
            "made: {count: call.attempt, over: 1h, meaning: calls}\nends: {count: call.ended, over: 1h, meaning: ended calls}",
            "made / ends > 3 or ends / (made - made) > 1",
            "[call.attempt, call.ended]",
        ),
        detector_text(
            "frd.sequential",
            subject="[customer, callee]",
            on="[call.attempt]",
            features="again: {count: call.attempt, over: 24h, meaning: calls to one number}",
            when="again >= 4",
        ),
    )


def call(number: int, at_us: int, *, user: str = "ann", to: str = NUMBERS[0], **fields: Any) -> Row:
    return ended(number, at_us, user=user, to=to, ring_s=1, **fields)


def attempts(rows: list[Row]) -> list[Row]:
    """Only the beginnings: the calls are still in progress."""
    return [in_phases(row)[0] for row in rows]


def found(rows: list[Row], detector: str) -> list[Finding]:
    return [finding for finding in run(plan(), rows).findings if finding.detector == f"frd.{detector}"]


# -- counters that are lost --------------------------------------------------------------------------------------------------


def test_counters_reset_when_the_day_of_year_changes() -> None:
    rows = [call(i, MIDNIGHT_US + (i - 3) * 60 * SECOND_US) for i in range(6)]
    assert [finding.reason for finding in found(rows, "total")] == ["6 calls"]


def test_counters_reset_when_the_day_of_year_changes__the_calls_in_progress_too() -> None:
    rows = attempts([call(i, MIDNIGHT_US + (i - 2) * 60 * SECOND_US) for i in range(3)])
    assert [finding.reason for finding in found(rows, "active")] == ["3 at once"]


def test_counters_reset_when_the_year_changes() -> None:
    new_year = parse_us("2027-01-01T00:00:00Z")
    rows = [call(i, new_year + (i - 3) * 60 * SECOND_US) for i in range(6)]
    assert len(found(rows, "total")) == 1


def test_counters_reset_when_the_matched_rule_changes() -> None:
    # Every call matches another prefix than the one before it.
    rows = [call(i, BEGIN_US + i * 60 * SECOND_US, to=NUMBERS[i % 2 * 4]) for i in range(6)]
    assert len(found(rows, "total")) == 1


def test_counters_reset_when_the_matched_rule_changes__the_calls_in_progress_too() -> None:
    rows = attempts([call(i, BEGIN_US + i * SECOND_US, to=NUMBERS[i % 2 * 4]) for i in range(3)])
    assert [finding.reason for finding in found(rows, "active")] == ["3 at once"]


def test_calls_sprayed_over_many_prefixes_are_never_summed() -> None:
    assert len({number[:4] for number in NUMBERS[:6]}) == 3
    rows = [call(i, BEGIN_US + i * 60 * SECOND_US, to=NUMBERS[i]) for i in range(6)]
    assert len(found(rows, "total")) == 1


def test_the_last_number_is_one_for_all_users() -> None:
    # Issue 888: between two calls of a user, somebody else's call reset the count of the first.
    rows: list[Row] = []
    for i in range(4):
        rows.append(call(2 * i, BEGIN_US + 2 * i * SECOND_US, user="ann", to=NUMBERS[0]))
        rows.append(call(2 * i + 1, BEGIN_US + (2 * i + 1) * SECOND_US, user="ben", to=NUMBERS[4 + i % 2]))
    findings = found(rows, "sequential")
    assert [(finding.user, finding.callee) for finding in findings] == [("ann", NUMBERS[0])]


# -- counters that are wrong -------------------------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(st.sampled_from([ATTEMPT, ANSWERED, ENDED, ENDED]), st.integers(0, 4), st.integers(0, 9_000)), max_size=30
)


@given(steps)
@settings(max_examples=100)
def test_concurrent_calls_4294967295(told: list[tuple[int, int, int]]) -> None:
    # Issue 2079: ends without beginnings, ends told twice, answers of nobody's call.
    probe = Probe.of(plan())
    now = BEGIN_US
    for kind, began_s, gap_s in told:
        now += gap_s * SECOND_US
        values = probe.see(kernel_row(kind, now, user=5, start=now - began_s * 1000 * SECOND_US))
        if kind == ATTEMPT:  # where the rules look
            assert 0 <= values["active"] <= len(told)
            assert 0 <= values["cpm"] <= len(told)


@pytest.mark.parametrize("outcome", ["cancelled", "busy", "no_answer", "failed", "rejected", "blocked"])
def test_a_call_that_ends_without_bye_is_in_progress_for_ever(outcome: str) -> None:
    # Issue 949: only an answered call left the count again.
    over = [row for i in range(6) for row in in_phases(call(i, BEGIN_US + i * 60 * SECOND_US, disposition=outcome))]
    assert not found(over, "active")


def test_doubled_counts_because_the_check_ran_twice_for_a_call() -> None:
    five = [call(i, BEGIN_US + i * 60 * SECOND_US) for i in range(5)]
    every_phase = [phase for row in five for phase in in_phases(row)]
    retransmitted = [row | {"id": f"{row['id']}-again"} for row in attempts(five)]
    assert not found([*every_phase, *every_phase, *retransmitted, *five], "total")


def test_only_the_first_broken_limit_is_named() -> None:
    rows = attempts([call(i, BEGIN_US + i * 100_000) for i in range(6)])
    broken = {finding.detector for finding in run(plan(), rows).findings}
    assert {"frd.total", "frd.minute", "frd.second", "frd.active", "frd.sequential"} <= broken


def test_no_limit_of_calls_a_second() -> None:
    fast = [call(i, BEGIN_US + i * 200_000, to=NUMBERS[i]) for i in range(4)]
    slow = [call(i, BEGIN_US + i * SECOND_US, to=NUMBERS[i]) for i in range(6)]
    assert found(fast, "second")
    assert not found(slow, "second")


def test_duration_is_judged_only_when_the_dialog_ends() -> None:
    """Talk time itself is known when a call is over, here too. What a running call does show is judged while it runs: that it
    is one of many at once, from its attempt on, before anybody has hung up."""
    rows = [call(i, BEGIN_US + i * 60 * SECOND_US, talk_s=7200) for i in range(3)]
    running = [phase for row in rows for phase in in_phases(row) if phase["type"] != "call.ended"]
    findings = run(plan(), running).findings
    assert [finding.detector for finding in findings] == ["frd.active"]
    assert findings[0].time < format_us(rows[0]["end_us"])
    assert {finding.detector for finding in run(plan(), rows).findings} >= {"frd.long"}


# -- crashes -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_us", [0, 1, parse_us("2038-01-19T03:14:08Z"), parse_us("2099-12-31T23:59:59Z")])
def test_sigfpe_on_a_match(at_us: int) -> None:
    # Issue 2712: a time of 0 and a division by nothing took the whole proxy down.
    probe = Probe.of(plan())
    values = probe.see(kernel_row(ATTEMPT, at_us, user=5, start=at_us))
    assert values["made"] == 1
    assert values["ends"] == 0
    assert math.isnan(values["longest"])
    again = probe.see(kernel_row(ENDED, at_us, user=5, start=at_us, talk_s=UNKNOWN))
    assert again["ends"] == 1


@pytest.mark.parametrize("dialled", ["*55#", "anonymous", "sip:ann@example.net", "1a2b3c", "+", "", "０１２３", "x" * 5000])
def test_the_length_is_not_initialised_for_a_number_with_other_characters_than_digits(dialled: str) -> None:
    # Issue 3411: such a number got the name of whatever stood in memory, and with it another record each time.
    rows = [call(i, BEGIN_US + i * 60 * SECOND_US, to=dialled) for i in range(6)]
    first, second = run(plan(), rows), run(plan(), rows)
    assert [finding.reason for finding in first.findings if finding.detector == "frd.total"] == ["6 calls"]
    assert first.lines == second.lines
    others = [call(10 + i, BEGIN_US + i * 60 * SECOND_US, to=f"{dialled}{i}") for i in range(6)]
    assert not found(others, "sequential")


# -- memory ------------------------------------------------------------------------------------------------------------------


def test_the_record_of_a_user_is_never_freed() -> None:
    """A user who called once keeps a small head, so that a restart is exact; what was counted for them goes with its window."""
    kernel = Kernel(plan().program, load_run(plan().program))
    users = 20_000
    rows = np.array([kernel_row(ATTEMPT, BEGIN_US + i * 1000, user=1 + i, callee=7) for i in range(users)])
    kernel.apply(rows, np.arange(users), one_customer(plan()))
    first = kernel.state.bytes_used()
    assert first / users < 2048
    for day in range(1, 8):
        rows = np.array([kernel_row(ATTEMPT, BEGIN_US + day * DAY_US + i * 1000, user=1 + i, callee=7) for i in range(users)])
        kernel.apply(rows, np.arange(users), one_customer(plan()))
    assert kernel.state.bytes_used() < 1.5 * first


# -- the live service ---------------------------------------------------------------------------------------------------------

LIMITED = Customer(
    id="acme", policy="natterbox", country="US", numbers=("+12025550100",), max_active_connections=2, on_limit="refuse"
)


class Clock:
    """A time that only a test moves."""

    def __init__(self) -> None:
        self.now_us = BEGIN_US

    def __call__(self) -> int:
        return self.now_us


@contextmanager
def service(folder: Path, clock: Clock, made: Plan | None = None) -> Iterator[Live]:
    with closing(open_control(folder)) as store:
        using = made or real_plan()
        with closing(Live(folder, using, table_for(using, [LIMITED]), store, clock)) as live:
            yield live


def asked(live: Live, number: int) -> Decision:
    data = {
        "call_id": f"c{number}",
        "customer": "acme",
        "direction": "outbound",
        "from": "+12025550100",
        "to": "+13125550101",
    }
    return live.decide(json.dumps(data).encode())


def logged(folder: Path) -> list[dict[str, Any]]:
    """Every event in the log of a data folder."""
    out = io.BytesIO()
    read_log(folder, out=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def verdicts(live: Live, numbers: range) -> list[str]:
    return [asked(live, number).decision for number in numbers]


def test_every_call_is_let_through_while_the_rules_load(tmp_path: Path) -> None:
    clock = Clock()
    with service(tmp_path, clock) as live:
        assert verdicts(live, range(2)) == ["allow", "allow"]
    with service(tmp_path, clock) as live:
        # The first question that is ever asked of this process.
        assert asked(live, 2).decision != "allow"


def test_a_service_whose_rules_do_not_load_does_not_answer_at_all() -> None:
    with pytest.raises(FairwireError):
        probe_plan(detector_text("frd.broken", when="no_such_feature > 1"))


def test_counts_live_in_memory_only_and_a_restart_forgets_them(tmp_path: Path) -> None:
    clock = Clock()
    with service(tmp_path, clock) as live:
        verdicts(live, range(2))
    for number in itertools.count(2):
        clock.now_us += 60 * SECOND_US
        with service(tmp_path, clock) as live:
            assert asked(live, number).decision != "allow"
        if number == 4:
            break


def test_a_call_judged_fraud_leaves_no_record(tmp_path: Path) -> None:
    # Issue 1897: no CDR was written for a call that the check had stopped.
    with service(tmp_path, Clock()) as live:
        verdicts(live, range(2))
        stopped = asked(live, 2)
    assert stopped.decision != "allow"
    assert stopped.reasons
    assert stopped.finding_ids
    mine = [event for event in logged(tmp_path) if event["data"]["call_id"] == "c2"]
    assert [event["type"] for event in mine] == ["call.attempt", "call.ended"]
    assert mine[1]["data"]["disposition"] == "blocked"
    with closing(open_control(tmp_path)) as store:
        finding = store.finding(stopped.finding_ids[0])
        assert finding is not None
        evidence = store.evidence(finding.finding_id)
    assert mine[0]["id"] in finding.events
    assert evidence is not None
    assert {event["call_id"] for event in evidence.events} >= {"c0", "c1", "c2"}


def test_asking_twice_for_one_call_counts_it_twice(tmp_path: Path) -> None:
    with service(tmp_path, Clock()) as live:
        twice = [asked(live, number).decision for number in (0, 0, 0, 1, 1, 0)]
        assert twice == ["allow"] * 6
        assert asked(live, 2).decision != "allow"
        assert asked(live, 2).decision != "allow"
    assert sum(event["data"]["call_id"] == "c0" for event in logged(tmp_path)) == 1


# -- what ships ---------------------------------------------------------------------------------------------------------------


def test_no_numbers_ship() -> None:
    detectors, _ = load_detectors()
    assert len(detectors) >= 10
    for detector in detectors.values():
        for name, parameter in detector.spec.parameters.items():
            assert math.isfinite(parameter.value)
            assert detector.limits[name].wrong(parameter.value) is None
            assert parameter.evidence


def test_no_tests_ship() -> None:
    detectors, _ = load_detectors()
    for detector in detectors.values():
        expected = [case.expect for case in detector.spec.cases]
        assert "quiet" in expected
        assert any(one != "quiet" for one in expected)
    untested = detector_text("frd.untested").replace("expect: quiet", "expect: {fires: true}")
    with pytest.raises(NoProof):
        load_detector(untested, "untested.yaml", customer_words={})
