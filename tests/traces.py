"""Made-up calls, small plans and ways to run them: what the tests of the kernel, the plan and the engine share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import COLUMN_INDEX, UNKNOWN, WIDTH
from fairwire.model.customers import Customer
from fairwire.model.finding import Finding
from fairwire.model.instants import SECOND_US, format_us, parse_us
from fairwire.numbers.destinations import Destinations
from fairwire.plan.compile import compile_program, customer_words
from fairwire.plan.detector import Detector, load_detector
from fairwire.ports.events import CALL_SCHEMA, EventChunk
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import Result, run_feed
from fairwire.runtime.feed import Feed, read_feed
from fairwire.runtime.findings import make_findings
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan, load_plan
from fairwire.testkit.cases import case_plan, one_clause_pack

BEGIN_US = parse_us("2026-03-02T14:00:00Z")
Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Row = dict[str, Any]

_QUIET_AND_FIRING = """
innocent: [Nobody; it exists for a test]
evidence: none, it exists for a test
cases:
  - {name: it may fire, given: [{calls: 1}], expect: {fires: true}}
  - {name: it may be quiet, given: [{calls: 1}], expect: quiet}
"""


@cache
def destinations() -> Destinations:
    """Reading the numbering plans of the world takes a moment; once is enough."""
    return Destinations()


def detector_text(
    name: str,
    *,
    subject: str = "[customer]",
    on: str = "[call.attempt, call.answered, call.ended]",
    features: str = "",
    when: str = "False",
    quiet_after: str = "24h",
    more: str = "",
    because: str = "it held",
) -> str:
    """The YAML of a detector with the parts that a test is about; `features` has one feature a line."""
    lines = "".join(f"  {line.strip()}\n" for line in features.strip().splitlines() if line.strip())
    written = f"features:\n{lines}" if lines else ""
    return (
        f"detector: {name}\nrevision: 1\ntitle: A probe\nwhy: To look at the kernel.\ntopics: [probes]\nmode: alert\n"
        f"certainty: soft\nnarrowest: customer\nseverity: low\nsubject: {subject}\non: {on}\n{more}{written}"
        f"when: {json.dumps(when)}\nbecause: {json.dumps(because)}\nquiet_after: {quiet_after}\n{_QUIET_AND_FIRING.lstrip()}"
    )


def probe_plan(*texts: str) -> Plan:
    """A plan of detectors written in a test, under one pack that serves them all."""
    words = customer_words(texts)
    detectors: dict[str, Detector] = {}
    for text in texts:
        detector = load_detector(text, "probe.yaml", customer_words=words)
        detectors[detector.id] = detector
    return case_plan(detectors, words)


@cache
def shipped_plan() -> Plan:
    """All detectors of the package under one made-up pack."""
    from fairwire.runtime.detectors import load_detectors

    detectors, words = load_detectors()
    return case_plan(detectors, words)


@cache
def real_plan() -> Plan:
    """All packs and detectors of the package."""
    return load_plan(())


def without(plan: Plan, detectors: Iterable[str]) -> Plan:
    """The same plan without some detectors."""
    kept = {name: detector for name, detector in plan.detectors.items() if name not in set(detectors)}
    pack = one_clause_pack(kept)
    program = compile_program(list(kept.values()), {pack.id: pack}, plan.program.customer_words)
    return replace(plan, packs={pack.id: pack}, detectors=kept, program=program, versions={pack.id: "0"}, everyone=pack.id)


# Kernel events, written directly -------------------------------------------------------------------------------------------


def kernel_row(kind: int, time_us: int, **columns: int) -> Words:
    """One kernel event; what is not named is unknown."""
    row = np.full(WIDTH, UNKNOWN, dtype=np.int64)
    named = {"kind": kind, "time": time_us, "start": time_us, "customer_row": 0, "customer": 77, "ordinal": 0, **columns}
    for name, value in named.items():
        row[COLUMN_INDEX[name]] = value
    return row


def one_customer(plan: Plan, count: int = 1) -> Floats:
    """A customers table of `count` rows of which nothing is known but the pack."""
    values = np.full((count, 1 + len(plan.program.customer_attributes)), np.nan)
    values[:, 0] = 0
    return values


@dataclass(slots=True)
class Probe:
    """A kernel that is asked after each event what it sees."""

    plan: Plan
    kernel: Kernel

    @classmethod
    def of(cls, plan: Plan) -> Probe:
        """A fresh one."""
        return cls(plan, Kernel(plan.program, load_run(plan.program)))

    def see(self, row: Words) -> dict[str, float]:
        """Run one event; returns the features by their local name."""
        self.kernel.apply(row.reshape(1, -1).copy(), np.zeros(1, dtype=np.int64), one_customer(self.plan))
        names: dict[str, int] = {}
        for rule in self.plan.program.rules:
            names |= rule.features
        return {name: float(self.kernel.values[index]) for name, index in names.items()}


# Events as they come in ----------------------------------------------------------------------------------------------------


def ended(number: int, start_us: int, *, talk_s: float = 0, ring_s: float = 10, **fields: Any) -> Row:
    """One record of a call that is over, as a row of `CALL_SCHEMA`. Talk time 0 and no other word: nobody answered."""
    disposition = fields.pop("disposition", "answered" if talk_s else "no_answer")
    answered = disposition == "answered"
    answer_us = start_us + round(ring_s * SECOND_US)
    end_us = answer_us + round(talk_s * SECOND_US)
    row: Row = {
        "id": f"e{number}",
        "source": "test",
        "type": "call.ended",
        "time_us": end_us,
        "customer": "acme",
        "call_id": f"c{number}",
        "direction": "outbound",
        "from": "+12025550100",
        "line": "+12025550100",
        "to": "+13125550101",
        "start_us": start_us,
        "answer_us": answer_us if answered else None,
        "end_us": end_us,
        "duration_ms": round(talk_s * 1000) if answered else 0,
        "disposition": disposition,
    }
    return row | fields


_OF_THE_END = {
    "answer_us",
    "end_us",
    "start_us",
    "duration_ms",
    "disposition",
    "sip_code",
    "charge_micros",
    "tariff",
    "released_by",
}


def in_phases(row: Row) -> list[Row]:
    """The same call told as it happened: its attempt, its answer, its end."""
    attempt = {key: value for key, value in row.items() if key not in _OF_THE_END}
    attempt |= {"id": row["id"] + "-a", "type": "call.attempt", "time_us": row["start_us"]}
    phases = [attempt]
    if row["answer_us"] is not None:
        phases.append(
            {
                "id": row["id"] + "-b",
                "source": row["source"],
                "type": "call.answered",
                "time_us": row["answer_us"],
                "customer": row["customer"],
                "call_id": row["call_id"],
            }
        )
    return [*phases, row]


def table_for(plan: Plan, customers: Sequence[Customer] = ()) -> CustomerTable:
    """A customers table for a plan; `acme` when nobody else is named."""
    table = CustomerTable(
        program=plan.program, packs={pack: i for i, pack in enumerate(plan.program.packs)}, everyone=plan.everyone
    )
    table.extend(customers or [Customer(id="acme", country="US")])
    return table


def feed_of(rows: Sequence[Row], customers: CustomerTable, *, chunks: int = 1) -> Feed:
    """A feed from rows of `CALL_SCHEMA`, in `chunks` pieces."""
    size = max(1, -(-len(rows) // chunks))
    pieces = [rows[at : at + size] for at in range(0, len(rows), size)]
    tables = [pa.Table.from_pylist(list(piece), schema=CALL_SCHEMA) for piece in pieces]
    return read_feed(
        [EventChunk(calls=table, other={}, rejected=[], bytes_read=0) for table in tables], customers, destinations()
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run gave."""

    feed: Feed
    result: Result
    findings: list[Finding]

    @property
    def lines(self) -> bytes:
        """The findings file."""
        return b"".join(msgspec.json.encode(finding) + b"\n" for finding in self.findings)


def run(plan: Plan, rows: Sequence[Row], customers: Sequence[Customer] = (), **options: Any) -> Ran:
    """Rows through everything: encoding, intake, kernel, findings."""
    table = table_for(plan, customers)
    feed = feed_of(rows, table, chunks=options.pop("chunks", 1))
    result = run_feed(plan, table, feed, **options)
    return Ran(feed, result, [finding for finding, _ in make_findings(plan, table, feed, result)])


def told(findings: Sequence[Finding], *, shift_us: int | None = None) -> list[tuple[Any, ...]]:
    """What of findings must be the same however the same calls were told: all but the names of the events.

    With `shift_us`, all times move by it, and the ids, which name a time, are left out.
    """
    by_us = shift_us or 0
    return [
        (
            finding.finding_id if shift_us is None else "",
            format_us(parse_us(finding.time) + by_us),
            finding.detector,
            finding.customer,
            finding.callee,
            finding.reason,
            finding.count,
            format_us(parse_us(finding.last_seen) + by_us),
            tuple((name, measured.value, measured.threshold) for name, measured in finding.features.items()),
        )
        for finding in findings
    ]


# Files ---------------------------------------------------------------------------------------------------------------------

_RENAMED = {"time_us": "time", "start_us": "start", "answer_us": "answer", "end_us": "end"}
_ATTRIBUTES = ("id", "source", "type")


def event_json(row: Row) -> dict[str, Any]:
    """A row of `CALL_SCHEMA` as a CloudEvents object."""
    data: dict[str, Any] = {}
    for key, value in row.items():
        if value is None or key in _ATTRIBUTES or key == "time_us":
            continue
        if key.endswith("_us"):
            data[_RENAMED[key]] = format_us(value)
        elif key.endswith("_micros"):
            data[key.removesuffix("_micros").replace("rate", "rate_per_min")] = f"{value / 1e6:.6f}"
        elif key == "duration_ms":
            data["duration_s"] = value / 1000
        else:
            data[key] = value
    named = {key: row[key] for key in _ATTRIBUTES}
    return {"specversion": "1.0", **named, "time": format_us(row["time_us"]), "data": data}


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """A JSON Lines file."""
    path.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    return path


# A plan that fires at the least thing ---------------------------------------------------------------------------------------


@cache
def touchy_plan() -> Plan:
    """Detectors of every kind of subject and window with thresholds so low that a few calls trip them. No calendar in it."""
    return probe_plan(
        detector_text(
            "touchy.bursts",
            features="""
            attempts: {count: call.attempt, over: 10m, meaning: attempts}
            new: {share: new_callee, of: call.attempt, over: 10m, at_least: 2, meaning: share to new numbers}
            stepping: {share: step == 1 or step == -1, of: call.attempt, over: 1h, at_least: 2, meaning: share of steps}
            asr: {asr: calls, over: 1h, at_least: 2, meaning: share of answered calls}
            before: {count: call.attempt, over: 7d, meaning: attempts in a week}
            """,
            when="attempts >= 3 and (new >= 0.5 or stepping >= 0.5) and not asr >= 0.9 or before >= 12",
            quiet_after="1h",
            because="{attempts} attempts, {new:.0%} new, {asr:.2f} answered, {before} in a week",
        ),
        detector_text(
            "touchy.callee",
            subject="[customer, callee]",
            on="[call.ended]",
            features="""
            refused: {count: call.ended, where: 'disposition != "answered" and not reciprocal', over: 15m, meaning: refused calls}
            talk: {sum: talk_s, of: call.ended, over: 24h, meaning: talk time}
            """,
            when="refused >= 2 or talk > 600",
            quiet_after="30m",
            because="{refused} refused, {talk} seconds with {callee}",
        ),
        detector_text(
            "touchy.line",
            subject="[line]",
            features="""
            active: {gauge: calls, over: 4h, meaning: calls in progress}
            callees: {distinct: callee, of: call.attempt, over: 24h, meaning: different numbers}
            longest: {max: talk_s, of: call.ended, over: 1h, meaning: longest call}
            mean_talk: {mean: talk_s, of: call.ended, where: 'disposition == "answered"', over: 1h, meaning: mean talk time}
            """,
            when="active >= 2 or callees >= 4 or longest > 900 and mean_talk < 600",
            quiet_after="2h",
            because="{active} at once, {callees} numbers, longest {longest}",
        ),
        detector_text(
            "touchy.user",
            subject="[user]",
            on="[call.attempt]",
            more="entitlements: [left_alone]\n",
            features="countries: {distinct: country, of: call.attempt, over: 28d, meaning: countries}",
            when="countries >= 2 or loop",
            because="{countries} countries",
        ),
    )


NUMBERS = ("+13125550101", "+13125550102", "+13125550103", "+14155550104", "+442079460105", "+442079460106", "+33142685300")


@dataclass(frozen=True, slots=True)
class Told:
    """One call of a random trace: seconds since the one before, and what became of it."""

    gap_s: int
    callee: int
    line: int
    outcome: str
    talk_s: int
    inbound: bool = False
    customer: int = 0


def rows_of(trace: Sequence[Told], *, begin_us: int = BEGIN_US) -> list[Row]:
    """A random trace as rows of `CALL_SCHEMA`."""
    rows: list[Row] = []
    now = begin_us
    for number, call in enumerate(trace):
        now += call.gap_s * SECOND_US
        line = f"+1202555010{call.line}"
        other = NUMBERS[call.callee]
        rows.append(
            ended(
                number,
                now,
                talk_s=call.talk_s if call.outcome == "answered" else 0,
                disposition=call.outcome,
                ring_s=5,
                customer=("acme", "bolt", "crest")[call.customer],
                user=("ann", "ben", None)[call.line],
                line=line,
                to=line if call.inbound else other,
                direction="inbound" if call.inbound else "outbound",
                **{"from": other if call.inbound else line},
            )
        )
    return rows


CUSTOMERS = (
    Customer(id="acme", country="US", timezone="America/New_York"),
    Customer(id="bolt", country="GB", timezone="Europe/London"),
    Customer(id="crest", country="US", features=("left_alone",)),
)
"""Whom the random traces belong to."""
