"""Reports that tell a number or an address instead of a customer count against whoever has it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairwire.model.customers import Customer
from fairwire.model.instants import format_us, parse_us
from fairwire.runtime.owners import Owners
from fairwire.runtime.replay import Replay, Replayed, replay
from fairwire.runtime.unnamed import with_named
from fairwire.sources import parquet
from fairwire.sources.jsonl import SOURCE as LINES

START_US = parse_us("2026-03-02T14:00:00Z")
HOUR_US = 3600 * 1_000_000
CUSTOMERS = [
    {"id": "caller", "policy": "caup", "user_limit": 8, "country": "US", "numbers": ["+12025550100-+12025550109"]},
    {
        "id": "quiet",
        "policy": "caup",
        "user_limit": 8,
        "country": "US",
        "numbers": ["+12025550110"],
        "addresses": ["192.0.2.0/25"],
    },
]


def event(name: str, kind: str, at_us: int, **data: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": name, "source": "test", "type": kind, "time": format_us(at_us), "data": data}


def report(name: str, at_us: int, **about: str) -> dict[str, Any]:
    return event(name, "report.received", at_us, report_id=name, category="spam", format="form", **about)


def calls() -> Iterator[dict[str, Any]]:
    """A week of patient calls to strangers from six lines."""
    for number in range(700):
        start_us = START_US + number * HOUR_US // 6
        talk_s = (0, 40, 90, 30, 150, 55)[number % 6]
        told: dict[str, Any] = {"call_id": f"k{number}", "customer": "caller", "direction": "outbound"}
        told |= {"from": f"+1202555010{number % 6}", "to": f"+1202556{number * 37 % 10_000:04}", "start": format_us(start_us)}
        told |= {"answer": format_us(start_us + 10_000_000)} if talk_s else {}
        told |= {"end": format_us(start_us + (10 + talk_s) * 1_000_000), "duration_s": talk_s}
        told |= {"disposition": "answered" if talk_s else "no_answer", "tariff": "standard"}
        yield event(f"call-{number}", "call.ended", start_us + (10 + talk_s) * 1_000_000, **told)


def replayed(folder: Path, events: list[dict[str, Any]]) -> Replayed:
    folder.mkdir()
    path, customers = folder / "events.jsonl", folder / "customers.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in events), encoding="utf-8")
    customers.write_text("".join(json.dumps(each) + "\n" for each in CUSTOMERS), encoding="utf-8")
    return replay(Replay(events=[str(path)], customers=customers), lambda _what, _done, _total: None)


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    about = [f"+1202555010{number}" for number in (0, 3, 5, 1, 4)]
    reports = [report(f"r{place}", START_US + (20 + 20 * place) * HOUR_US, number=number) for place, number in enumerate(about)]
    stray = [report("nobody", START_US + HOUR_US, number="+12025550199"), report("nothing", START_US + 2 * HOUR_US)]
    return sorted([*calls(), *reports, *stray], key=lambda each: str(each["time"]))


def test_reports_about_a_number_count_against_whoever_has_it(tmp_path: Path, told: list[dict[str, Any]]) -> None:
    found = replayed(tmp_path / "told", told)
    (finding,) = (each for each in found.findings if each.detector == "voice.reported_calling")
    assert finding.customer == "caller"
    assert "r2" in finding.events
    assert found.summary["other_events"] == {"report.received": 2}, "what names nobody that is a customer stays counted"


def test_it_makes_no_difference_in_what_order_they_come(tmp_path: Path, told: list[dict[str, Any]]) -> None:
    mixed = random.Random(5).sample(told, len(told))
    one, other = replayed(tmp_path / "told", told), replayed(tmp_path / "mixed", mixed)
    assert one.summary["findings_sha256"] == other.summary["findings_sha256"]
    assert one.summary["other_events"] == other.summary["other_events"]


def test_of_a_report_that_names_a_customer_nothing_is_looked_up(tmp_path: Path) -> None:
    customers = [Customer(id=str(each["id"]), numbers=tuple(each["numbers"])) for each in CUSTOMERS]  # type: ignore[arg-type]
    owners = Owners([*customers, Customer(id="net", addresses=("192.0.2.0/25",))])
    lines = [
        report("named", START_US, customer="quiet", number="+12025550100"),
        report("number", START_US, number="+12025550104"),
        report("address", START_US, address="192.0.2.77"),
        report("none", START_US, number="07700 900123"),
    ]
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    rows = tmp_path / "events.parquet"
    flat = [{**each, **each["data"], "data": None} for each in lines]
    columns = dict.fromkeys(name for each in flat for name in each if name != "data")
    pq.write_table(pa.table({name: [each.get(name) for each in flat] for name in columns}), rows)
    for source, file in ((LINES, path), (parquet.SOURCE, rows)):
        (chunk,) = source.read(str(file))
        assert chunk.other == {"report.received": 3}
        named = with_named(chunk, owners)
        assert named.calls["customer"].to_pylist() == ["quiet", "caller", "net"]
        assert named.calls["line_number"].to_pylist() == [1, 2, 3]
        assert named.other == {"report.received": 1}
        assert source.again(str(file), [2, 4])["id"].to_pylist() == ["number", "none"]
