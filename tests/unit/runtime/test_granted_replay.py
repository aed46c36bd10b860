"""History with the grants of then: the findings of the running service, and who kept a rule quiet by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from fairwire.cli.main import build
from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse
from fairwire.model.grants import Grant
from fairwire.model.instants import parse_us
from fairwire.runtime.feed import read_feed
from fairwire.runtime.grant_book import GrantBook, load_book
from fairwire.runtime.intake import read_events
from fairwire.runtime.judged import Judged, judge_feed
from fairwire.runtime.passing import judge_passing
from fairwire.runtime.replay import Replay, replay
from fairwire.runtime.why_not import Question, Quiet, why_not
from granted import CLINIC, COURIER, EVERYBODY, STUDIO, House, small_plan
from traces import destinations, table_for

START, END = "2026-03-16T14:00:00Z", "2026-03-16T16:00:00Z"
INSIDE = [f"192.0.2.{64 + i}" for i in range(8)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House.opened(tmp_path / "house", "2026-03-02T15:00:00Z")
    yield opened
    opened.close()


def test_history_with_the_grants_of_then_gives_what_the_running_service_found(house: House, tmp_path: Path) -> None:
    scan = house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.granted(COURIER, "gsm_gateway", "2026-03-16", "2026-03-17", sites=["Depot"], numbers=["+442079460110"], papers=True)
    house.granted(STUDIO, "guaranteed_bandwidth", "2026-03-15T00:00:00Z", "2026-03-17T00:00:00Z")
    lines = [
        *house.alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE),
        *house.alerts(CLINIC, "2026-03-16T14:40:00Z", ["192.0.2.200"], count=3),
        *house.flows(CLINIC, "2026-03-16T15:00:00Z", "192.0.2.65"),
        *house.alerts(CLINIC, "2026-03-16T17:30:00Z", INSIDE),
        *gateway_calls(house, "+442079460110", "2026-03-16T09:00:00Z"),
        *gateway_calls(house, "+442079460150", "2026-03-16T12:00:00Z"),
        *constant(house, "2026-03-16T01:00:00Z", 60),
    ]
    lines.sort(key=lambda line: json.loads(line)["time"])
    for first in range(0, len(lines), 97):
        house.take(lines[first : first + 97])
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    judged = judged_with(load_book(house.folder), file)
    replayed = [finding for finding, _ in judged.found]
    assert sorted(each.finding_id for each in replayed) == sorted(each.finding_id for each in house.store.findings())
    assert {each.detector for each in replayed} >= {"network.scan_alerts", "fraud.sim_box", "resources.constant_throughput"}
    by_scan = [(line.finding.finding_id, line.finding.detector) for line in judged.covered if scan.grant_id in line.grants]
    assert by_scan == [(line.finding.finding_id, line.finding.detector) for line in house.covered(scan)]
    assert [name for _, name in by_scan] == ["network.scan_alerts", "network.port_scan"]


def judged_with(book: GrantBook, file: Path, customers: Sequence[Customer] = EVERYBODY) -> Judged:
    """A file judged with grants."""
    table = table_for(small_plan(), list(customers))
    table.grant(book)
    return judge_feed(small_plan(), table, read_feed(read_events([str(file)], now_us=None), table, destinations()))


def gateway_calls(house: House, line: str, at: str) -> list[bytes]:
    """Thirty calls of a gateway."""
    told = []
    for i in range(30):
        plain = {
            "call_id": f"{line}-{i}", "customer": COURIER.id, "direction": "outbound", "line": line, "from": line,
            "to": f"+447400{i * 7919 % 1_000_000:06d}", "user_agent": "GoIP-8", "duration_s": 40, "disposition": "answered",
        }  # fmt: skip
        start_us = parse_us(at) + i * 60_000_000
        begun, answered, ended = (json.loads(house.event("x", start_us + s * 1_000_000, {}))["time"] for s in (0, 5, 45))
        told.append(house.event("call.ended", start_us + 45_000_000, plain | {"start": begun, "answer": answered, "end": ended}))
    return told


def constant(house: House, at: str, count: int) -> list[bytes]:
    plain = {"customer": STUDIO.id, "interval_s": 1800.0, "throughput_bps": 40_000_000}
    return [house.event("usage.sample", parse_us(at) + i * 1_800_000_000, plain) for i in range(count)]


def test_what_a_customer_has_as_a_whole_is_judged_while_the_feed_is_read(house: House, tmp_path: Path) -> None:
    held = house.granted(STUDIO, "guaranteed_bandwidth", "2026-03-15T00:00:00Z", "2026-03-17T00:00:00Z")
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(constant(house, "2026-03-16T01:00:00Z", 60)) + b"\n")
    table = table_for(small_plan(), list(EVERYBODY))
    table.grant(GrantBook([held]))
    chunks = read_events([str(file)], now_us=None, rows=4096)
    passed = judge_passing(small_plan(), table, destinations(), chunks)
    held_ = judged_with(GrantBook([held]), file)
    assert [finding.time for finding, _ in passed.found] == ["2026-03-17T00:00:00Z"]
    assert [finding for finding, _ in passed.found] == [finding for finding, _ in held_.found]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events of a scan that was allowed for its first part, customers, and the grant."""
    folder = tmp_path_factory.mktemp("granted")
    house = House.opened(folder / "house", "2026-03-02T15:00:00Z")
    scan = house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    first, rest = house.alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE), house.alerts(CLINIC, "2026-03-16T17:30:00Z", INSIDE)
    quiet = house.granted(STUDIO, "guaranteed_bandwidth", "2026-03-15T00:00:00Z", "2026-03-18T00:00:00Z")
    stream = constant(house, "2026-03-16T01:00:00Z", 20)
    house.close()
    (folder / "inside.jsonl").write_bytes(b"\n".join([*first, *stream]) + b"\n")
    (folder / "all.jsonl").write_bytes(b"\n".join([*stream, *first, *rest]) + b"\n")
    (folder / "customers.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, EVERYBODY)) + b"\n")
    (folder / "grants.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, (scan, quiet))) + b"\n")
    return folder


def the_grant(files: Path, kind: str) -> Grant:
    return next(each for each in load_book(files / "grants.jsonl").by_id.values() if each.kind == kind)


def asked(files: Path, events: str, detector: str, customer: Customer = CLINIC, grants: str = "grants.jsonl") -> Quiet:
    told = why_not(
        Question(
            customer=customer.id,
            events=[str(files / events)],
            customers=files / "customers.jsonl",
            detector=detector,
            grants=files / grants,
        )
    )
    return told.detectors[0]


def test_why_not_names_the_grant_that_covered_it_its_scope_and_until_when(files: Path) -> None:
    told = asked(files, "inside.jsonl", "network.scan_alerts")
    assert told.outcome == "silenced"
    (because,) = told.kept_quiet
    assert because == (
        f"covered by {the_grant(files, 'penetration_test').grant_id} (a security test: address 192.0.2.64/29, "
        "type of test network scan; until 2026-03-16T16:00:00Z): 31 hits"
    )


def test_why_not_says_what_was_covered_beside_what_was_found(files: Path) -> None:
    told = asked(files, "all.jsonl", "network.scan_alerts")
    assert told.outcome == "found"
    assert any("covered by g-" in because for because in told.kept_quiet)


def test_why_not_names_the_grant_behind_an_entitlement(files: Path) -> None:
    told = asked(files, "inside.jsonl", "resources.constant_throughput", STUDIO)
    assert told.outcome == "silenced"
    held = the_grant(files, "guaranteed_bandwidth")
    assert told.kept_quiet[0].startswith(
        f"the entitlement `guaranteed_bandwidth` by {held.grant_id} "
        "(guaranteed bandwidth; until 2026-03-18T00:00:00Z) silenced it"
    )


def test_why_not_takes_the_grants_of_a_data_folder(files: Path) -> None:
    told = asked(files, "inside.jsonl", "network.scan_alerts", grants="house")
    assert told.outcome == "silenced"


def test_a_replay_says_what_was_seen_and_is_covered(files: Path) -> None:
    words = ["replay", str(files / "all.jsonl"), "--customers", str(files / "customers.jsonl"), "--policy", "clearspan"]
    done = CliRunner().invoke(
        build(), [*words, "--grants", str(files / "grants.jsonl"), "--data", str(files / "data")], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    grant_id = the_grant(files, "penetration_test").grant_id
    assert (
        f"seen, covered by {grant_id}: 31 hits of network.scan_alerts at bramble-clinic from 2026-03-16T14:08:00Z" in done.output
    )
    assert "1 at 1" in done.output, "what came after the window is found"


def test_an_engine_that_does_not_look_at_single_events_refuses_such_grants(files: Path) -> None:
    work = Replay(
        events=[str(files / "all.jsonl")],
        customers=files / "customers.jsonl",
        grants=files / "grants.jsonl",
        policies=("clearspan",),
        engine="spark",
        rejects=files / "rejects.jsonl",
    )
    with pytest.raises(BadUse, match="`--grants` does not go with `--engine spark`"):
        replay(work, lambda *_: None)
