"""A stored run, small and believable: twenty findings over three days, for tests of stores, of the API and of pages.

Everything is computed from constants, so two calls give the same run. The companies do not exist; the numbers are from the ranges
set aside for examples.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from fairwire.model.finding import Finding, Measured, Mode, PolicyRef, Severity
from fairwire.model.instants import HOUR_US, MINUTE_US, SECOND_US, format_us, parse_us
from fairwire.model.order import Order, Step, Target
from fairwire.ports.control import ControlStore, Evidence, Run, SeriesPoint

START_US = parse_us("2026-03-02T00:00:00Z")
HOURS = 72
POLICY = PolicyRef(id="acme", version="7c1e9a40d2b36f58")
RUN_ID = "run-20260305-0001"

GISTS = {
    "A02": ("no automatic diallers", "section 2, first list, second item"),
    "A03": ("no abuse and no fraud", "section 2, first list, third item"),
    "A06": ("no harassment of the people called", "section 3, second sentence"),
    "A07": ("no caller id that is not the customer's own", "section 3, fourth sentence"),
    "A08": ("no mass recorded calls", "section 4, first item"),
    "A11": ("calls in progress stay within the order", "section 6, table, third row"),
    "A12": ("unusual volumes are reported promptly", "section 7, last sentence"),
}
_CLOCK_SHARE = (2, 1, 1, 1, 1, 2, 6, 18, 44, 62, 66, 60, 48, 58, 64, 62, 56, 40, 22, 12, 8, 6, 4, 3)
"""Calls in each hour of the day, in fifths of what one hour of a small provider sees."""


class _Sign(msgspec.Struct, frozen=True):
    """One comparison of a rule: the feature, what it means, its value and what that is held against."""

    feature: str
    meaning: str
    value: float | None
    comparison: str
    threshold: float
    unit: str = ""


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, as written down here."""

    at: str
    """Day and time after 2026-03, such as `03T14:07`."""
    severity: Severity
    detector: str
    clauses: tuple[str, ...]
    customer: str
    reason: str
    signs: tuple[_Sign, ...]
    line: str | None = None
    user: str | None = None
    callee: str | None = None
    mode: Mode = "enforce"
    count: int = 1
    minutes: int = 20
    hard: bool = False
    steps: tuple[tuple[Step, Target, str | None, int | None, int], ...] = ()
    """Step, target, value, seconds until it ends, approvals."""
    tariff: str = "standard"
    disposition: str = "no_answer"
    talk_s: int = 0
    charge: str | None = None
    innocent: tuple[str, ...] = ()
    entitlements: tuple[tuple[str, bool], ...] = ()


def _spend(value: float, calls: float) -> tuple[_Sign, ...]:
    return (
        _Sign("risk_charge", "charge to high-risk destinations in 1 hour", value, ">=", 25, "USD"),
        _Sign("risk_calls", "calls to high-risk destinations in 1 hour", calls, ">=", 12),
    )


def _paced(attempts: float, answered: float, spread: float | None) -> tuple[_Sign, ...]:
    return (
        _Sign("attempts", "call attempts in 10 minutes", attempts, ">=", 60),
        _Sign("answered_share", "share of them answered", answered, "<", 0.25, "share"),
        _Sign("gap_spread", "spread of the gaps between calls", spread, "<", 0.35),
    )


def _repeat(calls: float) -> tuple[_Sign, ...]:
    return (
        _Sign("to_one", "calls to this number in 24 hours", calls, ">=", 15),
        _Sign("refused_share", "share rejected or unanswered", 0.94, ">=", 0.8, "share"),
    )


_TOLL: dict[str, Any] = {
    "detector": "toll_fraud.high_risk_spend", "clauses": ("A03",), "severity": "critical", "hard": True, "tariff": "premium",
    "disposition": "answered", "talk_s": 148, "charge": "3.94",
    "steps": (("block", "destination_class", "satellite", 86400, 0), ("notify", "customer", None, None, 0),
              ("suspend_outbound", "line", None, 14400, 1)),
    "innocent": ("A freight office that calls ships at sea", "A traveller's desk in the week of an evacuation"),
    "entitlements": (("high_risk_destinations", False), ("authorised_test", False)),
}  # fmt: skip
_DIALLER: dict[str, Any] = {
    "detector": "dialler.machine_paced", "clauses": ("A02", "A08"), "severity": "high",
    "steps": (("throttle", "line", None, 3600, 0), ("notify", "customer", None, None, 0)),
    "innocent": ("A school that pages parents when it snows", "A pharmacy that reminds people to collect"),
    "entitlements": (("automated_calls_consent", False),),
}  # fmt: skip
_HARASS: dict[str, Any] = {
    "detector": "harassment.repeat_callee", "clauses": ("A06",), "severity": "medium", "disposition": "rejected",
    "steps": (("block", "callee", None, 604800, 0),),
    "innocent": ("Two colleagues who keep missing each other",),
}  # fmt: skip
_CALLER_ID: dict[str, Any] = {
    "detector": "caller_id.not_owned", "clauses": ("A07",), "severity": "critical", "hard": True, "disposition": "blocked",
    "steps": (("block", "new_calls", None, 3600, 0),),
    "innocent": ("A number that is being ported in today",),
}  # fmt: skip
_LIMIT: dict[str, Any] = {
    "detector": "limits.calls_in_progress", "clauses": ("A11",), "severity": "low", "hard": True, "mode": "alert",
    "disposition": "answered", "talk_s": 212, "steps": (("notify", "customer", None, None, 0),),
}  # fmt: skip
_JUMP: dict[str, Any] = {
    "detector": "volume.above_own_baseline", "clauses": ("A12",), "severity": "info", "mode": "shadow", "disposition": "answered",
    "talk_s": 95, "steps": (("log", "customer", None, None, 0),),
    "innocent": ("A campaign that the customer has announced", "The first working day after a holiday"),
}  # fmt: skip


def _toll(at: str, customer: str, line: str, charge: float, calls: int, **more: Any) -> _Case:
    reason = f"{calls} calls to satellite and premium numbers in one hour cost {charge:.2f} USD; 25.00 USD is the limit"
    return _Case(at=at, customer=customer, line=line, reason=reason, signs=_spend(charge, calls), count=calls, **(_TOLL | more))


def _dialler(at: str, customer: str, line: str, attempts: int, answered: float, spread: float | None, **more: Any) -> _Case:
    reason = f"{attempts} call attempts in 10 minutes at an even pace, {answered:.0%} of them answered"
    signs = _paced(attempts, answered, spread)
    return _Case(at=at, customer=customer, line=line, reason=reason, signs=signs, count=attempts, **(_DIALLER | more))


def _harass(at: str, customer: str, callee: str, calls: int, **more: Any) -> _Case:
    reason = f"{callee} was called {calls} times in 24 hours and rejected or ignored nearly all of them"
    return _Case(at=at, customer=customer, callee=callee, reason=reason, signs=_repeat(calls), count=calls, **(_HARASS | more))


def _limit(at: str, customer: str, calls: int, limit: int) -> _Case:
    reason = f"{calls} calls in progress, {limit} in the order"
    signs = (_Sign("calls_in_progress", "calls in progress", calls, ">", limit),)
    return _Case(at=at, customer=customer, reason=reason, signs=signs, count=calls - limit, **_LIMIT)


def _jump(at: str, customer: str, calls: int, usual: int) -> _Case:
    reason = f"{calls} calls in one hour, {usual} is usual for this hour of the week"
    signs = (_Sign("times_usual", "calls against the usual for the hour", round(calls / usual, 1), ">=", 3.0, "x"),)
    return _Case(at=at, customer=customer, reason=reason, signs=signs, **_JUMP)


def _caller_id(at: str, customer: str, line: str, shown: str, calls: int) -> _Case:
    reason = f"{calls} calls showed {shown}, which is not a number of this customer"
    signs = (
        _Sign(
            feature="foreign_ids", meaning="calls with a caller id of somebody else", value=calls, comparison=">=", threshold=1
        ),
    )
    return _Case(at=at, customer=customer, line=line, reason=reason, signs=signs, count=calls, **_CALLER_ID)


CASES = (
    _toll("04T03:41", "hobnail-freight", "+12025550117", 188.4, 47),
    _toll("04T02:12", "larkspur-clinic", "+12025550140", 61.25, 19, user="m.ravel"),
    _caller_id("04T10:20", "quillfeather-sales", "+12025550162", "+442079460991", 212),
    _dialler("04T09:35", "quillfeather-sales", "+12025550162", 240, 0.08, 0.04),
    _dialler("03T15:10", "quillfeather-sales", "+12025550163", 188, 0.11, 0.06),
    _dialler("03T11:02", "tinplate-callcentre", "+12025550171", 96, 0.21, 0.31, mode="alert"),
    _dialler("02T16:44", "bluebottle-motors", "+12025550125", 71, 0.19, None, mode="alert", severity="medium"),
    _dialler("04T14:05", "marrow-lane-school", "+12025550133", 132, 0.24, 0.02, severity="medium", mode="alert",
             entitlements=(("automated_calls_consent", True),)),
    _harass("03T20:18", "bluebottle-motors", "+442079460018", 34),
    _harass("04T08:55", "larkspur-clinic", "+12025550188", 17),
    _harass("02T19:27", "hobnail-freight", "+442079460733", 22, mode="alert"),
    _toll("03T04:30", "hobnail-freight", "+12025550118", 27.1, 14, severity="high", mode="alert"),
    _limit("02T10:14", "tinplate-callcentre", 63, 60),
    _limit("03T10:31", "tinplate-callcentre", 71, 60),
    _limit("04T10:08", "tinplate-callcentre", 66, 60),
    _limit("04T11:46", "bluebottle-motors", 13, 12),
    _jump("02T09:00", "marrow-lane-school", 148, 40),
    _jump("03T09:00", "quillfeather-sales", 410, 96),
    _jump("04T09:00", "quillfeather-sales", 655, 98),
    _jump("04T13:00", "marrow-lane-school", 201, 44),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRun:
    """Everything that one `save_run` takes."""

    run: Run
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    orders: tuple[Order, ...]
    series: tuple[SeriesPoint, ...]

    def save(self, store: ControlStore) -> None:
        """Put it into a store."""
        store.save_run(self.run, self.findings, self.evidence, self.orders, self.series)


def sample_run(*, run_id: str = RUN_ID) -> SampleRun:
    """The run of the three days from 2026-03-02."""
    findings = tuple(_finding(case) for case in CASES)
    series = _series(findings)
    calls = round(sum(point.value for point in series if point.name == "calls"))
    run = Run(
        run_id=run_id,
        command="fairwire replay week-10.jsonl --customers customers.yaml --policy acme",
        started="2026-03-05T06:30:00Z",
        policies=(f"{POLICY.id}@{POLICY.version}",),
        summary={"events": calls, "rejected": 3, "duplicates": 12, "late": 0, "customers": 6, "findings": len(findings)},
    )
    return SampleRun(
        run=run,
        findings=findings,
        evidence=tuple(_evidence(case, finding) for case, finding in zip(CASES, findings, strict=True)),
        orders=tuple(order for case, finding in zip(CASES, findings, strict=True) for order in _orders(case, finding)),
        series=series,
    )


def _id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _at_us(case: _Case) -> int:
    return parse_us(f"2026-03-{case.at}:00Z")


def _finding(case: _Case) -> Finding:
    at_us = _at_us(case)
    subject = case.callee or case.line or case.customer
    return Finding(
        finding_id=_id(case.detector, case.customer, subject, case.at),
        time=format_us(at_us),
        policy=POLICY,
        clauses=case.clauses,
        detector=case.detector,
        mode=case.mode,
        severity=case.severity,
        customer=case.customer,
        user=case.user,
        line=case.line,
        callee=case.callee,
        score=None if case.hard else 82.0,
        reason=case.reason,
        features={
            sign.feature: Measured(value=sign.value, threshold=sign.threshold, comparison=sign.comparison, unit=sign.unit)
            for sign in case.signs
        },
        events=tuple(f"cdr-{_id(case.at, subject, str(index))}" for index in range(min(20, max(3, case.count)))),
        first_seen=format_us(at_us - case.minutes * MINUTE_US),
        last_seen=format_us(at_us + 3 * case.minutes * MINUTE_US),
        count=case.count,
    )


def _evidence(case: _Case, finding: Finding) -> Evidence:
    at_us = _at_us(case)
    bucket_us = 30 * MINUTE_US
    first_us = at_us - at_us % bucket_us - 30 * bucket_us
    usual = [max(0, _CLOCK_SHARE[(first_us // HOUR_US + index // 2) % 24] // 6) for index in range(40)]
    shape = [0] * 29 + [case.count // 4, case.count, case.count // 2, case.count // 5] + [0] * 7
    return Evidence(
        finding_id=finding.finding_id,
        events=tuple(_event(case, finding, index) for index in range(len(finding.events))),
        series=tuple((first_us + index * bucket_us, float(usual[index] + shape[index])) for index in range(40)),
        bucket_us=bucket_us,
        reproduce=f"fairwire explain {finding.finding_id} --events week-10.jsonl --customers customers.yaml --policy {POLICY.id}",
        explanation={
            "rule": " and ".join(f"{sign.feature} {sign.comparison} {sign.threshold:g}" for sign in case.signs),
            "clauses": [
                {"id": clause, "policy": POLICY.id, "gist": GISTS[clause][0], "place": GISTS[clause][1]}
                for clause in case.clauses
            ],
            "comparisons": [
                {
                    **msgspec.to_builtins(sign),
                    "holds": None if sign.value is None else _holds(sign.value, sign.comparison, sign.threshold),
                }
                for sign in case.signs
            ],
            "innocent": list(case.innocent),
            "entitlements": [{"name": name, "held": held} for name, held in case.entitlements],
            "windows": ["1 hour, sliding in panes of 1 minute" if case.hard else "10 minutes, sliding in panes of 10 seconds"],
            "hard": case.hard,
        },
    )


def _holds(value: float, comparison: str, threshold: float) -> bool:
    return {">=": value >= threshold, ">": value > threshold, "<": value < threshold, "<=": value <= threshold}[comparison]


def _event(case: _Case, finding: Finding, index: int) -> dict[str, Any]:
    at_us = _at_us(case) - (len(finding.events) - 1 - index) * 25 * SECOND_US
    event: dict[str, Any] = {
        "id": finding.events[index],
        "type": "call.ended",
        "time": format_us(at_us),
        "customer": case.customer,
        "from": case.line or "+12025550100",
        "to": case.callee or f"+1202555{100 + (index * 7 + case.count) % 100:04d}",
        "disposition": case.disposition,
        "duration_s": case.talk_s + index * 3 if case.talk_s else 0,
        "tariff": case.tariff,
    }
    if case.charge:
        event |= {"charge": case.charge, "currency": "USD"}
    return event


_UNDO = {
    "log": "Nothing to restore: nothing was changed.",
    "notify": "A correction is sent to the same contacts.",
    "throttle": "The line's usual rate is restored at the next call attempt.",
    "block": "Calls of this kind are connected again at the next attempt.",
    "suspend_outbound": "Outbound calls of the line are connected again at the next attempt.",
}


def _orders(case: _Case, finding: Finding) -> list[Order]:
    created_us = _at_us(case)
    return [
        Order(
            order_id="o-" + _id(finding.finding_id, step, target),
            key=_id("key", finding.finding_id, step, target),
            finding_id=finding.finding_id,
            customer=case.customer,
            user=case.user,
            line=case.line,
            policy=POLICY.id,
            clauses=case.clauses,
            detector=case.detector,
            step=step,
            target=target,
            value=case.callee if target == "callee" else value,
            reason=finding.reason,
            author=f"rule:{case.detector}",
            created=format_us(created_us + index),
            expires=None if seconds is None else format_us(created_us + seconds * SECOND_US),
            owner="abuse desk" if seconds is None else None,
            approvals=approvals,
            undo=_UNDO[step],
        )
        for index, (step, target, value, seconds, approvals) in enumerate(case.steps)
    ]


def _series(findings: tuple[Finding, ...]) -> tuple[SeriesPoint, ...]:
    counts: dict[tuple[str, int], float] = {}
    for hour in range(HOURS):
        hour_us = START_US + hour * HOUR_US
        counts["calls", hour_us] = 5.0 * _CLOCK_SHARE[hour % 24] + 7 * (hour % 5)
        counts["refused", hour_us] = float(_CLOCK_SHARE[hour % 24] // 20 + (hour % 7 == 3))
    for finding in findings:
        at_us = parse_us(finding.time)
        hour_us = at_us - at_us % HOUR_US
        counts["calls", hour_us] += finding.count
        if finding.mode == "enforce":
            counts["refused", hour_us] += finding.count // 3
        key = (f"finding:{finding.detector}", hour_us)
        counts[key] = counts.get(key, 0) + 1
    return tuple(SeriesPoint(name=name, hour_us=hour_us, value=value) for (name, hour_us), value in sorted(counts.items()))
