"""What `simulate` writes: reproducible, readable by the real decoders, and the same calls in every feed and file kind."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
import zstandard

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, BadUse
from fairwire.model.events import DATA_BY_TYPE, CallAttempt, CallEnded, Envelope
from fairwire.model.instants import parse_us
from fairwire.testkit.labels import read_customers, read_labels
from fairwire.testkit.simulate import Order, simulate
from fairwire.testkit.simulate.spool import Spool
from fairwire.testkit.simulate.tables import attacks, scenario

END_FIELDS = {"start", "answer", "end", "duration_s", "disposition", "sip_code", "charge", "released_by", "forwarded", "kind"}
SMALL = Order(scenario="demo", seed=5, customers=15, days=8)


def ordered(**changes: Any) -> Order:
    return replace(SMALL, **changes)


def written(folder: Path, **changes: Any) -> Path:
    order = ordered(**changes)
    simulate(order, folder)
    return folder / f"events.{order.write}"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def cdr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("cdr"))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("full"), feed="full")


@pytest.mark.parametrize("how", ["jsonl", "jsonl.gz", "jsonl.zst", "parquet"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, how: str) -> None:
    first, second = written(tmp_path / "a", write=how, customers=6), written(tmp_path / "b", write=how, customers=6)
    assert first.read_bytes() == second.read_bytes()
    for name in ("labels.jsonl", "customers.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_another_seed_gives_other_calls(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a", customers=3), written(tmp_path / "b", customers=3, seed=6)
    assert first.read_bytes() != second.read_bytes()


def test_more_customers_leave_the_calls_of_a_customer_as_they_were(tmp_path: Path, cdr: Path) -> None:
    fewer = written(tmp_path, customers=8)

    def calls_of_seven(path: Path) -> list[bytes]:
        return [line for line in path.read_bytes().splitlines() if b'"customer":"c-00007"' in line]

    assert calls_of_seven(fewer) == calls_of_seven(cdr)
    assert len(calls_of_seven(cdr)) > 20
    assert (tmp_path / "labels.jsonl").read_bytes().splitlines() == (cdr.parent / "labels.jsonl").read_bytes().splitlines()[:8]


def test_spilling_to_disk_changes_nothing(tmp_path: Path, cdr: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Spool.__init__, "__kwdefaults__", {"rows_in_memory": 500})
    spilled = written(tmp_path)
    assert spilled.read_bytes() == cdr.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.jsonl", "events.jsonl", "labels.jsonl"]


def decoded(path: Path) -> Iterator[tuple[Envelope, Any]]:
    for line in path.read_bytes().splitlines():
        envelope = msgspec.json.decode(line, type=Envelope)
        yield envelope, msgspec.json.decode(envelope.data, type=DATA_BY_TYPE[envelope.type])


@pytest.mark.parametrize("feed", ["cdr", "full"])
def test_every_event_is_read_by_the_real_decoders_and_stands_in_time_order(feed: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(feed)
    seen: set[str] = set()
    last_us = 0
    for envelope, data in decoded(path):
        assert envelope.specversion == "1.0"
        assert envelope.source == "simulate/demo/5"
        assert envelope.id not in seen
        seen.add(envelope.id)
        at_us = parse_us(envelope.time)
        assert at_us >= last_us
        last_us = at_us
        if isinstance(data, CallEnded):
            start_us, end_us = parse_us(data.start), parse_us(data.end)
            assert at_us == end_us
            assert start_us <= end_us
            if data.disposition == "answered":
                assert isinstance(data.answer, str)
                assert round(data.duration_s * 1_000_000) == end_us - parse_us(data.answer)
            else:
                assert data.duration_s == 0
                assert not isinstance(data.answer, str)
        if isinstance(data, CallAttempt):
            assert data.direction == "inbound" or isinstance(data.rate_per_min, str)
    assert len(seen) > 1000


def test_both_feeds_tell_of_the_very_same_calls(cdr: Path, full: Path) -> None:
    ended = {event["data"]["call_id"]: event for event in lines(cdr)}
    by_type: dict[str, dict[str, Any]] = {"call.attempt": {}, "call.answered": {}, "call.ended": {}}
    for event in lines(full):
        by_type[event["type"]][event["data"]["call_id"]] = event
    assert by_type["call.ended"] == ended
    assert by_type["call.attempt"].keys() == ended.keys()
    assert by_type["call.answered"].keys() == {call for call, event in ended.items() if "answer" in event["data"]}
    for call, event in by_type["call.attempt"].items():
        assert event["time"] == ended[call]["data"]["start"]
        assert event["data"] == {name: ended[call]["data"][name] for name in event["data"]}
        only_known_at_the_end = ended[call]["data"].keys() - event["data"].keys()
        assert only_known_at_the_end <= END_FIELDS
    for call, event in by_type["call.answered"].items():
        assert event["time"] == ended[call]["data"]["answer"]
        assert event["data"] == {"call_id": call, "customer": ended[call]["data"]["customer"]}


def test_parquet_holds_the_fields_of_the_lines(tmp_path: Path, full: Path) -> None:
    table = pq.read_table(written(tmp_path, feed="full", write="parquet"))
    assert str(table.schema.field("time").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("customer").type) == "string"
    assert str(table.schema.field("charge").type) == "string"
    instants = ("time", "start", "answer", "end")
    columns = {
        name: table.column(name).cast("int64").to_pylist() if name in instants else table.column(name).to_pylist()
        for name in table.column_names
    }
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    expected = lines(full)
    assert len(rows) == len(expected)
    for row, event in zip(rows, expected, strict=True):
        flat = {**{name: value for name, value in event.items() if name != "data"}, **event["data"]}
        shown = {name: value for name, value in row.items() if value is not None}
        for name in instants:
            if name in flat:
                flat[name] = parse_us(flat[name])
        assert shown == flat


def test_compressed_lines_are_the_plain_ones(tmp_path: Path, cdr: Path) -> None:
    assert gzip.decompress(written(tmp_path / "gz", write="jsonl.gz").read_bytes()) == cdr.read_bytes()
    with zstandard.open(written(tmp_path / "zst", write="jsonl.zst"), "rb") as stream:
        assert stream.read() == cdr.read_bytes()


def test_a_second_run_in_the_folder_leaves_no_events_of_the_first(tmp_path: Path) -> None:
    written(tmp_path, customers=2, write="parquet")
    written(tmp_path, customers=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.jsonl", "events.jsonl", "labels.jsonl"]


def test_customers_and_labels_can_be_read_and_fit_each_other(cdr: Path) -> None:
    customers = {customer.id: customer for customer in read_customers(cdr.parent / "customers.jsonl")}
    labels = list(read_labels(cdr.parent / "labels.jsonl"))
    assert [label.customer for label in labels] == list(customers)
    abuses = Counter(label.abuse for label in labels)
    assert abuses == {"none": 12, "toll_fraud": 1, "auto_dialler": 1, "fair_use": 1}
    for label in labels:
        assert bool(label.clauses) == (label.abuse != "none")
        assert (label.loss is not None) == (label.abuse == "toll_fraud")
    for customer in customers.values():
        assert isinstance(customer, Customer)
        assert customer.country == ("GB" if customer.policy == "natterbox" else "US")
        assert date.fromisoformat(customer.opened)


def test_callers_present_numbers_of_their_own_unless_they_forward(cdr: Path) -> None:
    ranges = {}
    for customer in read_customers(cdr.parent / "customers.jsonl"):
        first, last = customer.numbers[0].split("-")
        ranges[customer.id] = (int(first), int(last))
    for event in lines(cdr):
        data = event["data"]
        low, high = ranges[data["customer"]]
        assert low <= int(data["line"]) <= high
        if data["direction"] == "outbound" and "diversion" not in data:
            assert data["from"] == data["line"]
        if data["direction"] == "inbound":
            assert data["to"] == data["line"]


def test_no_two_customers_own_the_same_number(tmp_path: Path) -> None:
    simulate(Order(scenario="quiet", seed=0, customers=400, days=1), tmp_path)
    blocks = [customer.numbers[0].split("-")[0] for customer in read_customers(tmp_path / "customers.jsonl")]
    starts = sorted(int(block) for block in blocks)
    assert all(later - earlier >= 200 for earlier, later in pairwise(starts))


def test_the_quiet_scenario_has_no_abuser(tmp_path: Path) -> None:
    simulate(Order(scenario="quiet", seed=1, customers=40, days=2), tmp_path)
    assert {label.abuse for label in read_labels(tmp_path / "labels.jsonl")} == {"none"}


@pytest.mark.parametrize("name", list(attacks().variants))
def test_a_scenario_of_one_abuse_runs_on_a_single_day_too(tmp_path: Path, name: str) -> None:
    summary = simulate(Order(scenario=name, seed=2, customers=2 * scenario(name).block, days=1), tmp_path)
    assert sum(summary.abuses.values()) >= 2
    for label in read_labels(tmp_path / "labels.jsonl"):
        assert parse_us(label.start) < parse_us(label.end)


def test_the_first_day_can_be_chosen_and_clock_changes_keep_office_hours(tmp_path: Path) -> None:
    path = written(tmp_path, start=date(2026, 3, 7), customers=12, days=4)
    times = [event["time"] for event in lines(path)]
    assert min(times) >= "2026-03-07"
    honest = [label for label in read_labels(tmp_path / "labels.jsonl") if label.abuse == "none"]
    hours = {(parse_us(label.end) - parse_us(label.start)) // 3_600_000_000 for label in honest}
    assert hours == {95, 96}  # the United States lose an hour on the 8th, London later in the month


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scenario": "mayhem"}, "unknown scenario `mayhem`"),
        ({"customers": 0}, "`--customers 0` is not from 1"),
        ({"days": 400}, "`--days 400` is not from 1"),
        ({"seed": -1}, "`--seed -1` is below zero"),
    ],
)
def test_an_impossible_order_is_refused_before_anything_is_written(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadUse, match=said):
        simulate(ordered(**changes), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(BadInput, match="cannot be written"):
        simulate(SMALL, tmp_path / "taken")
