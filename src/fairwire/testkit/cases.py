"""Runs the cases that detectors carry: traffic described in a few words, and what must be seen.

A case's `given` is a list of groups of calls:

    {calls: 100, every: 12s, to: fresh, outcome: [no_answer, answered], ring_s: 14, talk_s: 5}

`to` is a number, `fresh` (each call another one), `{walk: first}` (the next one up each time) or `{pool: n, first: ...}`
(n numbers in turn). `outcome` is taken in turn. `start` moves the group; `lines` spreads it over that many lines.
A group may be spread over `customers: n`, in turn: the first is the one that the case is about, the others have the record
`others`. `customer: other-2` names one of them. `talk_s` may be a list, which is taken in turn. With `phases: true` each call
comes as its attempt and its end, and the attempt says only what was known then.
`expect` is `quiet`, `{fires: true}`, or `{by_call: n}`: it has fired when the n-th call of the last group was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from fairwire.expr.errors import UnknownName
from fairwire.model.customers import Customer
from fairwire.model.errors import Span
from fairwire.model.finding import Finding, Mode
from fairwire.model.instants import DAY_US, HOUR_US, parse_us
from fairwire.model.money import parse_micros
from fairwire.model.policy import Clause, Pack
from fairwire.numbers.destinations import Destinations
from fairwire.plan.compile import compile_program
from fairwire.plan.detector import Detector
from fairwire.plan.spec import CaseSpec
from fairwire.plan.windows import span_us
from fairwire.ports.events import CALL_SCHEMA, EventChunk
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import Hit, Result, run_feed
from fairwire.runtime.feed import Feed, read_feed
from fairwire.runtime.findings import make_findings
from fairwire.runtime.plans import Plan
from fairwire.testkit.case_events import case_events

BEGIN_US = parse_us("2026-03-02T14:00:00Z")
"""A Monday, nine in the morning in New York; early in the month, so that a month's use can build up."""
_KEYS = {
    "calls", "every", "start", "to", "from", "direction", "outcome", "ring_s", "talk_s", "rate", "charge", "tariff",
    "diversion", "lines", "user", "line", "sip_code", "customers", "customer", "src_ip", "with", "phases",
}  # fmt: skip
_AT = Span(file="case", line=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a case gave: all findings of its detector, and when each call of the last group was asked for."""

    findings: list[Finding]
    last_group_us: list[int]


def one_clause_pack(detectors: dict[str, Detector], *, pack: str = "example") -> Pack:
    """A pack with one clause that every detector serves."""
    topics = tuple(sorted({topic for detector in detectors.values() for topic in detector.spec.topics}))
    clause = Clause(
        id="X01", gist="everything", place="item 1", controls=("stream",), topics=topics, ladder="example", status="working"
    )
    # A draft judges nobody, and its cases run all the same.
    modes: dict[str, Mode] = {name: "shadow" for name, detector in detectors.items() if detector.spec.stage == "draft"}
    return Pack(
        id=pack, title="Example", version="0", document="", clauses={"X01": clause}, ladders={}, modes=modes, parameters={}
    )


def case_plan(detectors: dict[str, Detector], words: dict[str, tuple[str, ...]]) -> Plan:
    """A plan of all detectors under one pack."""
    pack = one_clause_pack(detectors)
    program = compile_program(list(detectors.values()), {pack.id: pack}, words)
    return Plan(packs={pack.id: pack}, detectors=detectors, program=program, versions={pack.id: "0"}, everyone=pack.id)


def case_calls(case: CaseSpec) -> tuple[list[dict[str, Any]], list[int]]:
    """The case's calls as rows of `CALL_SCHEMA`, and the attempts of its last group."""
    rows: list[dict[str, Any]] = []
    attempts: list[int] = []
    for number, group in enumerate(case.given):
        if "events" in group:
            made = case_events(group, number, BEGIN_US, _turns(group))
            attempts = [row["time_us"] for row in made]
            rows += made
            continue
        unknown = set(group) - _KEYS
        if unknown:
            raise UnknownName(unknown.pop(), _AT, defined=_KEYS, what="key of a case")
        made = list(_group(group, number))
        attempts = [row["start_us"] for row in made]
        if group.get("phases"):
            rows += [_asked(row) for row in made]
        rows += made
    if case.peers:
        rows += _peer_calls(case.peers)
    return rows, attempts


def _turns(group: dict[str, Any]) -> list[str]:
    """The customers that take turns in a group of events."""
    if "customer" in group:
        return [str(group["customer"])]
    return [_named(who) for who in range(int(group.get("customers", 1)))]


def _more(group: dict[str, Any], i: int) -> dict[str, Any]:
    """Further fields of a call, by the names of `CALL_SCHEMA`; a list is gone through again and again."""
    found: dict[str, Any] = {}
    for name, value in group.get("with", {}).items():
        if name not in CALL_SCHEMA.names:
            raise UnknownName(name, _AT, defined=tuple(CALL_SCHEMA.names), what="field of a call")
        told = value[i % len(value)] if isinstance(value, list) and name != "diversion" else value
        found[name] = told.replace("{n}", str(i)) if isinstance(told, str) else told
    return found


def _group(group: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    every = group.get("every", "1s")
    gap_us = round(float(every[:-1]) * span_us(f"1{every[-1]}", _AT))
    start_us = BEGIN_US + (span_us(group["start"], _AT) if "start" in group else 0)
    outcomes = group.get("outcome", ["answered"])
    inbound = group.get("direction", "outbound") == "inbound"
    spread = int(group.get("customers", 1))
    talks = group.get("talk_s", 60)
    for i in range(group["calls"]):
        at = start_us + i * gap_us
        outcome = outcomes[i % len(outcomes)]
        turn = i // spread
        seconds = talks[turn % len(talks)] if isinstance(talks, list) else talks
        talk = int(seconds) if outcome == "answered" else 0
        who = int(str(group["customer"]).rpartition("-")[2]) if "customer" in group else i % spread
        ring = int(group.get("ring_s", 10))
        line = group.get("line", f"+1{202 + who}555{100 + turn % int(group.get('lines', 1)):04d}")
        to = group.get("to", "fresh")
        # Who take turns call the same pool; all other numbers go on from call to call.
        other = _number(to, turn if isinstance(to, dict) and "pool" in to else i, number)
        diversion = group.get("diversion")
        yield {
            "id": f"e-{number}-{i}",
            "source": "case",
            "type": "call.ended",
            "time_us": at + (ring + talk) * 1_000_000,
            "customer": _named(who),
            "src_ip": group.get("src_ip"),
            "call_id": f"c-{number}-{i}",
            "direction": "inbound" if inbound else "outbound",
            "from": other if inbound else group.get("from", line),
            "to": line if inbound else other,
            "user": group.get("user"),
            "line": line,
            "diversion": diversion,
            "forwarded": True if diversion else None,
            "start_us": at,
            "answer_us": at + ring * 1_000_000 if outcome == "answered" else None,
            "end_us": at + (ring + talk) * 1_000_000,
            "duration_ms": talk * 1000,
            "disposition": outcome,
            "rate_micros": parse_micros(group["rate"]) if "rate" in group else None,
            "charge_micros": parse_micros(group["charge"]) if "charge" in group and outcome == "answered" else None,
            "tariff": group.get("tariff"),
            **_more(group, i),
        }


_AT_THE_END = ("start_us", "answer_us", "end_us", "duration_ms", "disposition", "charge_micros", "tariff", "kind", "sip_code")


def _asked(row: dict[str, Any]) -> dict[str, Any]:
    """The attempt of a call of which `row` is the end."""
    kept = {name: value for name, value in row.items() if name not in _AT_THE_END}
    return kept | {"id": f"{row['id']}-a", "type": "call.attempt", "time_us": row["start_us"]}


def _named(who: int) -> str:
    """Name of one of the customers of a case; the first is the one it is about."""
    return f"other-{who}" if who else "subject"


def _number(to: Any, i: int, group: int) -> str:
    if isinstance(to, str) and to != "fresh":
        return to
    if isinstance(to, dict) and "walk" in to:
        return f"+{int(to['walk'].lstrip('+')) + i}"
    if isinstance(to, dict):
        first = to.get("first", "+13125550000")
        return f"+{int(first.lstrip('+')) + 7 * (i % int(to['pool']))}"
    # A stride that visits ten thousand numbers without ever taking the next one up.
    return f"+1415{2_000_000 + (i * 7919 + group * 31) % 7_000_000:07d}"


def _peer_calls(peers: dict[str, Any]) -> list[dict[str, Any]]:
    low, high = peers["minutes_a_day"]
    rows: list[dict[str, Any]] = []
    count = int(peers["customers"])
    heavy = int(peers.get("heavy", 0))
    for peer in range(count):
        minutes = low + (high - low) * peer / max(1, count - 1)
        if peer >= count - heavy:
            minutes = float(peers["heavy_minutes_a_day"])
        for day in range(28):
            at = BEGIN_US + day * DAY_US + HOUR_US
            talk_ms = int(minutes * 60_000)
            rows.append(
                {
                    "id": f"p-{peer}-{day}",
                    "source": "case",
                    "type": "call.ended",
                    "time_us": at + talk_ms * 1000,
                    "customer": f"peer-{peer}",
                    "call_id": f"p-{peer}-{day}",
                    "direction": "outbound",
                    "from": "+12025550199",
                    "to": "+13125550000",
                    "start_us": at,
                    "answer_us": at,
                    "end_us": at + talk_ms * 1000,
                    "duration_ms": talk_ms,
                    "disposition": "answered",
                }
            )
    return rows


def case_customers(case: CaseSpec) -> list[Customer]:
    """The case's customer, the others that its calls name, and its peers."""
    peers = case.peers or {}
    most = max([int(group.get("customers", 1)) for group in case.given], default=1)
    named = {str(group["customer"]) for group in case.given if "customer" in group}
    others = sorted({_named(who) for who in range(1, most)} | (named - {"subject"}))
    return [
        _customer("subject", case.customer),
        *(_customer(name, case.others) for name in others),
        *(
            Customer(
                id=f"peer-{i}", plan=str(peers.get("plan", "metered")), timezone="America/New_York", country="US", user_limit=1
            )
            for i in range(int(peers.get("customers", 0)))
        ),
    ]


def _customer(name: str, record: dict[str, Any]) -> Customer:
    return Customer(
        id=name,
        timezone="America/New_York",
        country=str(record.get("country", "US")),
        plan=str(record.get("plan", "metered")),
        user_limit=record.get("seats"),
        features=tuple(record.get("features", ())),
        max_active_connections=record.get("max_active_connections"),
        max_calls_per_second=record.get("max_calls_per_second"),
        max_calls_per_day=record.get("max_calls_per_day"),
        monthly_charge_limit=record.get("monthly_charge_limit"),
        daily_charge_limit=record.get("daily_charge_limit"),
        currency=record.get("currency"),
        kind=record.get("kind"),
        opened=str(record.get("opened", "")),
        numbers=tuple(record.get("numbers", ())),
        addresses=tuple(record.get("addresses", ())),
        parent=record.get("parent"),
        region=record.get("region"),
        allowed_countries=None if (allowed := record.get("allowed_countries")) is None else tuple(allowed),
        international=record.get("international"),
        on_limit=record.get("on_limit", "bill"),
        barred_countries=tuple(record.get("barred_countries", ())),
        barred_destinations=tuple(record.get("barred_destinations", ())),
        outbound=record.get("outbound", True),
        state=record.get("state", "active"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Everything that a case's traffic gave, of whichever detector."""

    customers: CustomerTable
    feed: Feed
    result: Result
    found: list[tuple[Finding, Hit]]
    last_group_us: list[int]


def judge_case(plan: Plan, case: CaseSpec, destinations: Destinations) -> Judged:
    """Run the traffic of one case through the whole path: encoding, intake, kernel, findings."""
    rows, attempts = case_calls(case)
    customers = CustomerTable(
        program=plan.program, packs={pack: i for i, pack in enumerate(plan.program.packs)}, everyone=plan.everyone
    )
    customers.extend(case_customers(case))
    table = pa.Table.from_pylist(rows, schema=CALL_SCHEMA)
    chunk = EventChunk(calls=table, other={}, rejected=[], bytes_read=0)
    feed = read_feed([chunk], customers, destinations)
    result = run_feed(plan, customers, feed)
    found = list(make_findings(plan, customers, feed, result))
    return Judged(customers=customers, feed=feed, result=result, found=found, last_group_us=attempts)


def run_case(plan: Plan, detector: str, case: CaseSpec, destinations: Destinations) -> Outcome:
    """What one detector finds in one case, at the customer that the case is about."""
    judged = judge_case(plan, case, destinations)
    mine = [finding for finding, _ in judged.found if finding.detector == detector and finding.customer == "subject"]
    return Outcome(findings=mine, last_group_us=judged.last_group_us)


def check_case(case: CaseSpec, outcome: Outcome) -> str:
    """An empty text when the case holds, else one sentence that says what was seen."""
    if case.expect == "quiet":
        return "" if not outcome.findings else f"it fired: {outcome.findings[0].reason}"
    if not outcome.findings:
        return "it stayed quiet"
    by_call = case.expect.by_call if case.expect.by_call is not None else case.expect.by_event
    if by_call is not None:
        first = parse_us(outcome.findings[0].time)
        asked = sum(at <= first for at in outcome.last_group_us)
        if asked > by_call:
            return f"it fired only at {asked}, not by {by_call}"
    return ""
