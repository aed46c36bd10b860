"""From what the kernel found to findings: who, which clause, the sentence, the numbers, the evidence."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.expr.evaluate import Value
from fairwire.kernel.intake import O_PHASE, O_SOURCE, O_TIME
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX
from fairwire.model.finding import Finding, Measured, PolicyRef
from fairwire.model.instants import HOUR_US, MINUTE_US, format_us
from fairwire.plan.explain import explanation, held, score, sentence
from fairwire.ports.control import Evidence, SeriesPoint
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import Hit, Result
from fairwire.runtime.evidence import SHOWN, column_values
from fairwire.runtime.feed import Feed, event_records
from fairwire.runtime.grant_seen import flat_row, seen_of
from fairwire.runtime.named import InTable, Shown, line_of, shared_name
from fairwire.runtime.plans import Plan

_NARROW = ("user", "line", "credential", "device")
_WITHIN = ("callee", "user", "line", "credential", "remote", "caller", "source", "device", "template", "path")
"""Whom or what of a customer's a finding may be about."""


def rule_values(plan: Plan, customers: CustomerTable, hit: Hit) -> dict[str, Value]:
    """Everything that the rule could name, with the value it had."""
    rule = plan.program.rules[hit.rule]
    pack = customers.packs[customers.pack_of(hit.customer_row, hit.time_us)]
    values: dict[str, Value] = {name: float(hit.values[index]) for name, index in rule.features.items()}
    values |= {name: plan.program.parameters[pack][index] for name, index in rule.parameters.items()}
    for name in plan.program.customer_attributes:
        values[f"customer.{name}"] = customers.attribute(hit.customer_row, name, hit.time_us)
    return column_values(hit.row) | values


def _number(value: Value) -> float | None:
    if value is None or math.isnan(value):
        return None
    rounded = round(float(value), 6)
    return int(rounded) if rounded.is_integer() else rounded


def make_finding(plan: Plan, customers: CustomerTable, table: pa.Table, hit: Hit) -> Finding:
    """The finding of one hit. `table` has the events that `hit` names by their rows."""
    return finding_shown(plan, customers, InTable(table), hit)


def finding_shown(plan: Plan, customers: CustomerTable, shown: Shown, hit: Hit) -> Finding:
    """The same, wherever its events are."""
    rule = plan.program.rules[hit.rule]
    detector = plan.detectors[rule.detector]
    customer = customers.customers[hit.customer_row]
    pack = customers.pack_of(hit.customer_row, hit.time_us)
    policy = plan.packs[pack].id
    values = rule_values(plan, customers, hit)
    rows = hit.evidence or ([hit.event_row] if hit.event_row >= 0 else [])
    named = {field: shared_name(shown, field, rows) for field in _NARROW}
    if named["line"] is None and "line" in detector.spec.subject:
        named["line"] = line_of(shown, rows)
    named["address"] = shared_name(shown, "source", rows)
    callee = next((shared_name(shown, field, rows) for field in ("callee", "remote") if field in detector.spec.subject), None)
    spoken: dict[str, Any] = {**values, "customer": customer.id, "callee": callee, **named}
    features: dict[str, Measured] = {}
    for item in held(detector, values):
        if item.left not in features or item.holds:
            features[item.left] = Measured(
                value=_number(item.value), threshold=_number(item.threshold), comparison=item.comparison, unit=item.unit
            )
    for name in rule.features:
        unit = detector.features[name].unit if name in detector.features else ""
        features.setdefault(name, Measured(value=_number(values[name]), unit=unit))
    within = (detector.across.key,) if detector.across is not None else _WITHIN
    own = [str(hit.row[COLUMN_INDEX[field]]) for field in within if field in detector.spec.subject]
    subject = "|".join([customer.id, *(own or [""])])
    seed = f"{policy}|{plan.versions[pack]}|{rule.detector}|{rule.revision}|{subject}|{hit.time_us}"
    return Finding(
        finding_id="f-" + hashlib.sha256(seed.encode()).hexdigest()[:16],
        time=format_us(hit.time_us),
        policy=PolicyRef(id=policy, version=plan.versions[pack]),
        clauses=plan.clauses(pack, rule.detector),
        detector=rule.detector,
        mode=plan.mode(pack, rule.detector),
        severity=rule.severity,
        customer=customer.id,
        user=named["user"],
        line=named["line"],
        callee=callee,
        credential=named["credential"],
        address=named["address"],
        device=named["device"],
        score=_number(score(detector, values)),
        reason=sentence(detector, spoken),
        features=features,
        events=tuple(shown.id(row) for row in rows[-SHOWN:]),
        first_seen=format_us(hit.time_us),
        last_seen=format_us(hit.last_us),
        count=hit.count,
    )


def make_findings(plan: Plan, customers: CustomerTable, feed: Feed, result: Result) -> list[tuple[Finding, Hit]]:
    """All findings in order of time, then id: the same bytes whatever found them."""
    made = [(make_finding(plan, customers, feed.table, hit), hit) for hit in result.hits]
    return sorted(made, key=lambda pair: (pair[1].time_us, pair[0].finding_id))


Series = tuple[int, tuple[tuple[int, float], ...]]
"""Width of a bucket in microseconds, and (start, calls) of each."""


def make_evidence(
    plan: Plan, customers: CustomerTable, feed: Feed, found: Sequence[tuple[Finding, Hit]], reproduce: str
) -> list[Evidence]:
    """What a page shows beside each finding."""
    series = calls_round(customers, feed, [hit for _, hit in found])
    return [
        evidence_of(plan, customers, feed.table, finding, hit, calls, reproduce)
        for (finding, hit), calls in zip(found, series, strict=True)
    ]


def calls_round(customers: CustomerTable, feed: Feed, hits: Sequence[Hit]) -> list[Series]:
    """Calls of the customer round each hit."""
    attempts = feed.emitted[feed.emitted[:, O_PHASE] == ATTEMPT]
    owners = feed.raw[attempts[:, O_SOURCE], COLUMN_INDEX["customer_row"]]
    order = np.argsort(owners, kind="stable")
    times = attempts[order, O_TIME]
    bounds = np.searchsorted(owners[order], np.arange(len(customers.customers) + 1))
    return [series_round(times[bounds[hit.customer_row] : bounds[hit.customer_row + 1]], hit) for hit in hits]


def live_evidence(plan: Plan, customers: CustomerTable, table: pa.Table, finding: Finding, hit: Hit, reproduce: str) -> Evidence:
    """The same from the finding's own events only: a running service keeps no others at hand."""
    times = np.sort(np.asarray(table["time_us"], dtype=np.int64))
    return evidence_of(plan, customers, table, finding, hit, series_round(times, hit), reproduce)


def evidence_of(
    plan: Plan,
    customers: CustomerTable,
    table: pa.Table,
    finding: Finding,
    hit: Hit,
    calls: Series,
    reproduce: str,
) -> Evidence:
    """What a page shows beside one finding; `calls` as `calls_round` gives them."""
    rule = plan.program.rules[hit.rule]
    spoken = explanation(plan.detectors[rule.detector], rule_values(plan, customers, hit), entitled(plan, customers, hit))
    named = f"{finding.policy.id}@{finding.policy.version}"
    pack = plan.by_ref().get(named) or plan.packs[customers.pack_of(hit.customer_row, hit.time_us)]
    spoken["clauses"] = [
        {"id": clause, "policy": pack.id, "gist": pack.clauses[clause].gist, "place": pack.clauses[clause].place}
        for clause in finding.clauses
        if clause in pack.clauses
    ]
    if customers.grants is not None and (partly := partly_covered(plan, customers, table, hit)):
        spoken["grants"] = partly
    bucket, series = calls
    return Evidence(
        finding_id=finding.finding_id,
        events=event_records(table, hit.evidence[-SHOWN:]),
        series=series,
        bucket_us=bucket,
        reproduce=reproduce,
        explanation=spoken,
    )


def entitled(plan: Plan, customers: CustomerTable, hit: Hit) -> dict[str, bool]:
    """Which of the rule's entitlements the customer holds."""
    names = plan.program.rules[hit.rule].entitlements
    return {name: customers.has_word(hit.customer_row, name, hit.time_us) for name in names}


def partly_covered(plan: Plan, customers: CustomerTable, table: pa.Table, hit: Hit) -> list[str]:
    """Of a finding that grants cover in part, how much of what shows it each covers."""
    customer, rule = customers.customers[hit.customer_row], plan.program.rules[hit.rule]
    covers = [] if customers.grants is None else customers.grants.narrow.get(customer.id, ())
    told: list[str] = []
    for cover in covers:
        if cover.words.isdisjoint(rule.entitlements):
            continue
        rows = table.take(pa.array(hit.evidence[-SHOWN:], pa.int64())).to_pylist()
        seen = [seen_of(flat_row(row), customer, _as_it_came) for row in rows]
        inside = sum(cover.verdict(each) == "inside" for each in seen)
        if inside:
            told.append(f"{cover.grant_id} covers {inside} of the {len(seen)} events shown, and not the others")
    return told


def _as_it_came(number: str, _country: str) -> str | None:
    return number[1:] if number.startswith("+") and number[1:].isdecimal() else None


def series_round(times: npt.NDArray[np.int64], hit: Hit) -> Series:
    """Calls of the customer in 48 to 96 buckets round the finding."""
    span = max(hit.last_us - hit.time_us, 2 * HOUR_US)
    span = min(span, 14 * 24 * HOUR_US)
    choices = (MINUTE_US, 5 * MINUTE_US, 15 * MINUTE_US, HOUR_US, 6 * HOUR_US, 24 * HOUR_US)
    bucket = next((size for size in choices if 2 * span / size <= 72), choices[-1])
    first = (hit.time_us - span) // bucket * bucket
    count = int((hit.time_us + span - first) // bucket + 1)
    inside = times[(times >= first) & (times < first + count * bucket)]
    counted = np.bincount((inside - first) // bucket, minlength=count)
    return bucket, tuple((first + i * bucket, float(counted[i])) for i in range(count))


def make_series(calls: Mapping[int, int], findings: Sequence[Finding], hits: Sequence[Hit]) -> list[SeriesPoint]:
    """Calls an hour, and findings an hour by detector, for the chart of the first page; `calls` as `calls_by_hour` gives them."""
    points = [SeriesPoint(name="calls", hour_us=hour, value=float(calls[hour])) for hour in sorted(calls)]
    for detector in sorted({finding.detector for finding in findings}):
        mine = [hit.time_us // HOUR_US for finding, hit in zip(findings, hits, strict=True) if finding.detector == detector]
        hours, counts = np.unique(np.array(mine, dtype=np.int64), return_counts=True)
        points += [
            SeriesPoint(name=f"finding:{detector}", hour_us=int(hour) * HOUR_US, value=float(count))
            for hour, count in zip(hours, counts, strict=True)
        ]
    return points


def calls_by_hour(feed: Feed) -> dict[int, int]:
    """Attempts in each hour that has any, by its start in microseconds."""
    hours, counts = np.unique(feed.emitted[feed.emitted[:, O_PHASE] == ATTEMPT, O_TIME] // HOUR_US, return_counts=True)
    return {int(hour) * HOUR_US: int(count) for hour, count in zip(hours, counts, strict=True)}
