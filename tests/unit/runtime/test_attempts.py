"""A decision's quick way of reading an attempt gives the very row that the columns give."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.model.customers import Customer
from fairwire.model.instants import format_us, parse_us
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.lists import Lists
from fairwire.runtime.attempts import encode_attempt, encode_refused, read_attempt, refused_end
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.encode import encode
from fairwire.runtime.stream import Stream
from fairwire.sources.jsonl.decoding import decode_lines
from fairwire.testkit.cases import case_plan
from traces import CUSTOMERS, table_for, touchy_plan

NOW_US = parse_us("2026-03-02T14:00:00Z")
NUMBERS = (
    "+12025550123",
    "12025550123",
    "911",
    "+447700900123",
    "1002",
    "+8821234567",
    "sip:+12025550123@example.net",
    "",
    "011442079460123",
    "+12025550199",
    "+493012345678",
    "+1202555",
    "+19115550100",
    "2025550123",
    "anonymous",
    "+15552345678",
    "+18002738255",
)
LISTED = "+12025550123\n+447700900123,2026-03-02,c-gb\n+447700900123,2026-03-03,c-us\n"
NUMBERING = Destinations(lists=Lists({"do_not_call.txt": LISTED}))


@pytest.fixture(scope="module")
def customers() -> CustomerTable:
    detectors, words = load_detectors()
    plan = case_plan(detectors, words)
    table = CustomerTable.of(plan.program, plan.everyone)
    british = Customer(id="c-gb", country="GB", timezone="Europe/London")
    rupees = Customer(id="c-inr", country="US", currency="inr")
    lost = Customer(id="c-lost", monthly_charge_limit="500")
    others = Customer(id="c-?"), Customer(id="c-in", country="IN"), rupees, lost
    table.extend([Customer(id="c-us", country="US", numbers=("+12025550*",)), british, *others])
    return table


def line_of(data: dict[str, object], time: str = "2026-03-02T13:00:00.000001Z") -> bytes:
    event = {"specversion": "1.0", "id": "e1", "source": "s", "type": "call.attempt", "time": time, "data": data}
    return msgspec.json.encode(event)


optional = st.fixed_dictionaries(
    {},
    optional={
        "user": st.sampled_from(["u1", "", "ü"]),
        "line": st.sampled_from(NUMBERS),
        "credential": st.text(max_size=8),
        "src_ip": st.just("192.0.2.7"),
        "automated": st.booleans(),
        "rate_per_min": st.sampled_from(["0.40", "12", "0.000001", "999999999.999999"]),
        "diversion": st.lists(st.sampled_from(NUMBERS), max_size=4),
        "currency": st.sampled_from(["USD", "INR", "inr", "KWD", "VND", "XYZ", "", "₹"]),
        "unheard_of": st.just(1),
        "display_name": st.sampled_from(["Ann", "Internal Revenue Service", ""]),
        "pai": st.sampled_from(NUMBERS),
        "user_agent": st.sampled_from(["friendly-scanner", "Phone 1.0", ""]),
        "transport": st.sampled_from(["tls", "udp", "wss"]),
        "srtp": st.booleans(),
        "attestation": st.sampled_from(["A", "B", "C", "none"]),
    },
)


@given(
    customer=st.sampled_from(["c-us", "c-gb", "c-?", "c-in", "c-inr", "c-lost"]),
    direction=st.sampled_from(["outbound", "inbound", "internal"]),
    caller=st.sampled_from(NUMBERS),
    called=st.sampled_from(NUMBERS),
    more=optional,
)
def test_every_column_is_the_same(
    customers: CustomerTable, customer: str, direction: str, caller: str, called: str, more: dict[str, object]
) -> None:
    line = line_of({"call_id": "k", "customer": customer, "direction": direction, "from": caller, "to": called, **more})
    destinations = NUMBERING
    slow = encode(decode_lines([line], [1], file="", now_us=NOW_US).calls, customers, destinations)
    attempt = read_attempt(line, NOW_US)
    assert attempt is not None
    raw, intake = encode_attempt(attempt, customers.rows[customer], customers, destinations)
    np.testing.assert_array_equal(raw, slow.raw)
    np.testing.assert_array_equal(intake, slow.intake)


@pytest.mark.parametrize(
    ("change", "time"),
    [
        ({"customer": ""}, "2026-03-02T13:00:00Z"),
        ({"call_id": ""}, "2026-03-02T13:00:00Z"),
        ({"rate_per_min": "cheap"}, "2026-03-02T13:00:00Z"),
        ({"direction": "sideways"}, "2026-03-02T13:00:00Z"),
        ({}, "2026-03-02T13:00:00"),
        ({}, "2031-01-01T00:00:00Z"),
    ],
)
def test_what_the_columns_refuse_is_not_read_quickly_either(change: dict[str, object], time: str) -> None:
    data = {"call_id": "k", "customer": "c-us", "direction": "outbound", "from": "1", "to": "2", **change}
    line = line_of(data, time)
    assert decode_lines([line], [1], file="", now_us=NOW_US).rejected
    assert read_attempt(line, NOW_US) is None


@given(
    direction=st.sampled_from(["outbound", "inbound"]),
    caller=st.sampled_from(NUMBERS),
    called=st.sampled_from(NUMBERS),
    more=optional,
)
def test_the_end_of_a_refused_call_is_the_same_too(
    customers: CustomerTable, direction: str, caller: str, called: str, more: dict[str, object]
) -> None:
    line = line_of({"call_id": "k", "customer": "c-us", "direction": direction, "from": caller, "to": called, **more})
    destinations = Destinations()
    attempt = read_attempt(line, NOW_US)
    assert attempt is not None
    raw, _ = encode_attempt(attempt, customers.rows["c-us"], customers, destinations)
    slow = encode(decode_lines([refused_end(attempt.record)], [1], file="", now_us=NOW_US).calls, customers, destinations)
    quick = encode_refused(raw, attempt, "e1-refused", "decision")
    np.testing.assert_array_equal(quick[0], slow.raw)
    np.testing.assert_array_equal(quick[1], slow.intake)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4_000), st.integers(0, 3)), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_one_at_a_time_finds_what_a_batch_of_one_finds(calls: list[tuple[int, int, int]]) -> None:
    """Through midnight, with retransmissions, by the quick way and by the columns."""
    plan, now = touchy_plan(), parse_us("2026-03-02T23:30:00Z")
    streams = []
    for _ in range(2):
        table = table_for(plan, CUSTOMERS)
        streams.append(Stream(plan, table, Destinations()))
    for call, gap_s, other in calls:
        now += gap_s * 1_000_000
        data = {"customer": "acme", "call_id": f"k{call}", "direction": "outbound", "from": "+12025550100"}
        data |= {"to": f"+1312555010{other}", "user": "ann", "line": "+12025550100"}
        event = {
            "specversion": "1.0",
            "id": f"e{call}",
            "source": "s",
            "type": "call.attempt",
            "time": format_us(now),
            "data": data,
        }
        line = msgspec.json.encode(event)
        attempt = read_attempt(line, now)
        assert attempt is not None
        taken = []
        for number, stream in enumerate(streams):
            row = stream.customers.rows["acme"]
            raw, intake = encode_attempt(attempt, row, stream.customers, Destinations())
            taken.append(stream.take_rows(raw, intake, [line])[0] if number else stream.take_one(raw, intake, line))
        quick, slow = taken
        assert (quick.fresh, quick.duplicates, quick.touched) == (slow.fresh, slow.duplicates, slow.touched)
        assert (quick.held, quick.calls_by_hour, quick.new_callee) == (slow.held, slow.calls_by_hour, slow.new_callee)
    first, second = ({key: known.finding for key, known in stream.known.items()} for stream in streams)
    assert first == second
    left, right = (stream.arrays() for stream in streams)
    for name, array in left.items():
        np.testing.assert_array_equal(array, right[name], err_msg=name)
