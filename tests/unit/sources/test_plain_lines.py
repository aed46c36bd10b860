"""Compiled code reads a block of lines exactly as the way through objects does: the same calls, the same sentences."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.model.instants import format_us, parse_us
from fairwire.sources.jsonl.decoding import Batch, decode_block
from fairwire.sources.jsonl.plain import read_plain

NOW_US = parse_us("2026-03-05T00:00:00Z")
ATTEMPT: dict[str, Any] = {
    "customer": "alder-cafe", "call_id": "c-1", "direction": "outbound", "from": "+12025550142", "to": "+442079460018",
    "user": "ann", "line": "+12025550142", "credential": "ann@alder", "display_name": "Alder Café", "pai": "+12025550142",
    "src_ip": "192.0.2.7", "user_agent": "Phone/1.0", "transport": "udp", "srtp": False, "attestation": "A", "trunk": "t1",
    "campaign": "spring", "automated": True, "rate_per_min": "0.0125", "currency": "USD",
}  # fmt: skip
ENDED: dict[str, Any] = {
    **ATTEMPT, "start": "2026-03-02T14:07:12Z", "answer": "2026-03-02T14:07:15.25Z", "end": "2026-03-02T14:08:00.123456Z",
    "duration_s": 44.873, "disposition": "answered", "sip_code": 200, "charge": "0.93", "tariff": "premium",
    "released_by": "caller", "forwarded": False, "recorded": True, "recording_consent": "given", "kind": "voice",
    "silence_ratio": 0.25, "mos": 4.1, "jitter_ms": 3, "loss_pct": 0.5, "transcript": "hello",
}  # fmt: skip
BY_TYPE = {
    "call.attempt": ATTEMPT,
    "call.answered": {"customer": "alder-cafe", "call_id": "c-1"},
    "call.ended": ENDED,
}


def event(kind: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = {"specversion": "1.0", "id": f"e-{kind}", "source": "pbx/1", "type": kind, "time": "2026-03-02T14:07:12.5Z"}
    return {**named, "data": data, **more}


def both(block: bytes, now_us: int | None = NOW_US) -> tuple[Batch, Batch]:
    count = block.count(b"\n")
    fast, slow = (
        decode_block(block, count, file="events.jsonl", first_line=7, now_us=now_us, plainly=plainly) for plainly in (True, False)
    )
    return fast, slow


def assert_alike(block: bytes, now_us: int | None = NOW_US) -> Batch:
    fast, slow = both(block, now_us)
    assert fast.calls.schema.equals(slow.calls.schema)
    for name in slow.calls.column_names:
        assert fast.calls[name].to_pylist() == slow.calls[name].to_pylist(), name
    assert fast.rejected == slow.rejected
    assert fast.other == slow.other
    fast.calls.validate(full=True)
    return fast


def written(one: object) -> bytes:
    return one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode()


def block_of(*events: object) -> bytes:
    return b"".join(written(each) + b"\n" for each in events)


def plain_share(block: bytes) -> float:
    found = read_plain(block, block.count(b"\n"), file="f", first_line=1, now_us=NOW_US)
    assert found is not None
    return float(found.calls.num_rows / block.count(b"\n"))


def test_usual_lines_are_plain_whatever_their_spaces_order_and_extras() -> None:
    lines: list[object] = []
    for kind, data in BY_TYPE.items():
        one = event(kind, data)
        lines += [
            one,
            json.dumps(one, separators=(",", ":")).replace("\\u00e9", "e").encode(),
            dict(reversed(one.items())),
            {**one, "datacontenttype": "application/json", "weight": -1.5e3, "test": None},
            event(kind, {**data, "note": "none", "user": None, "seen": True}),
            json.dumps(one, ensure_ascii=False).encode() + b" \r",
        ]
    block = block_of(*lines)
    assert plain_share(block) == 1
    assert assert_alike(block).calls.num_rows == len(lines)


ODD_VALUES: list[Any] = [
    None, "", " ", "a", "a\\b", 'say "hi"', "tab\there", "é", "\u2028", 0, -0.0, 1, -1, 200, 10**17, 10**19, 0.1, 1e-7, 1e3, 1e30,
    4.35, 123456789.987654321, True, False, [], ["+12025550100"], {}, {"a": 1}, "1.0", "0.000001", "0.0000001", "-3", "+4", "1e3",
    "999999999.999999", "1000000000.01", "1.", ".5", "outbound", "answered", "sideways", "2026-03-02T14:07:12Z",
    "2026-03-02T14:07:12.1234567Z", "2026-03-02T14:07:12+01:00", "2026-03-02T14:07:12-05:30", "2026-02-29T00:00:00Z",
    "2024-02-29T23:59:59.999999Z", "2026-03-02t14:07:12z", "2026-03-02 14:07:12Z", "2026-03-02T24:00:00Z", "2026-03-02T23:59:60Z",
    "2026-13-01T00:00:00Z", "2026-03-02T14:07Z", "2026-03-02T14:07:12", "2030-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-02T14:07:12+24:00", "2026-03-02T14:07:12.Z",
]  # fmt: skip


@pytest.mark.parametrize("kind", BY_TYPE)
@pytest.mark.parametrize("field", [*ENDED, "diversion", "id", "source", "time", "specversion", "type", "data", "other"])
def test_any_value_of_any_field_is_taken_or_refused_alike(kind: str, field: str) -> None:
    lines: list[object] = [*[event(kind, BY_TYPE[kind])] * 2 * len(ODD_VALUES)]
    for value in ODD_VALUES:
        if field in ("id", "source", "time", "specversion", "type", "data", "other"):
            lines.append(event(kind, BY_TYPE[kind]) | {field: value})
        if field not in ("specversion", "type"):
            lines.append(event(kind, BY_TYPE[kind] | {field: value}))
    assert_alike(block_of(*lines))


@pytest.mark.parametrize("field", [*ENDED, "id", "source", "time", "specversion", "type", "data"])
def test_a_field_that_is_missing_or_there_twice_is_taken_or_refused_alike(field: str) -> None:
    lines: list[object] = []
    for kind, data in BY_TYPE.items():
        lines += [event(kind, data)] * 4
        lines.append(event(kind, {name: value for name, value in data.items() if name != field}))
        lines.append({name: value for name, value in event(kind, data).items() if name != field})
        plain = json.dumps(event(kind, data))
        for value in ("7", '"x"', "null", '"outbound"', '"1.0"', '"call.ended"'):
            lines.append(plain[:-1].encode() + f', "{field}": {value}}}'.encode())
            lines.append(plain.replace('"data": {', f'"data": {{"{field}": {value}, ').encode())
    assert_alike(block_of(*lines))


ROWS = (
    b"", b"   ", b"{}", b"[]", b"null", b"7", b'"text"', b"{", b'{"a', b'{"a":', b'{"a":1', b'{"a":1,', b'{"a":1,}', b'{"a" 1}',
    b"\xff", b'{"specversion":"1.0"}',
    b'{"type":"call.rung","specversion":"1.0","id":"1","source":"s","time":"2026-03-02T14:07:12Z","data":{}}',
)  # fmt: skip


def test_what_is_no_event_is_refused_alike() -> None:
    usual = [event(kind, data) for kind, data in BY_TYPE.items()] * len(ROWS)
    assert_alike(block_of(*usual, *ROWS))
    assert_alike(block_of(*usual[:6], *[row for row in ROWS if row != b"\xff"], *usual[6:]))


def test_order_of_instants_and_the_future_are_looked_at_alike() -> None:
    usual = [event("call.ended", ENDED)] * 40
    changed: list[dict[str, Any]] = [
        {"answer": "2026-03-02T14:07:11Z"}, {"answer": "2026-03-02T14:09:00Z"}, {"end": "2026-03-02T14:07:00Z"}, {"answer": None},
        {"start": "2026-03-02T15:00:00Z"}, {"end": "2026-03-09T14:08:00Z"}, {"end": "2026-03-02T15:08:00+01:00"},
    ]  # fmt: skip
    late = event("call.ended", ENDED) | {"time": "2026-03-06T00:00:00.000001Z"}
    block = block_of(*usual, *(event("call.ended", ENDED | each) for each in changed), late)
    assert len(assert_alike(block).rejected) > 3
    assert len(assert_alike(block, None).rejected) < len(assert_alike(block).rejected)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_any_bytes_changed_are_taken_or_refused_alike(seed: int) -> None:
    chance = random.Random(seed)
    lines = []
    for number in range(60):
        kind = chance.choice(list(BY_TYPE))
        text = bytearray(json.dumps(event(kind, BY_TYPE[kind]) | {"id": f"e-{number}"}, ensure_ascii=False).encode())
        if chance.random() < 0.4:
            for _ in range(chance.randint(1, 3)):
                place = chance.randrange(len(text))
                what = chance.choice([b"", *(bytes([byte]) for byte in b'"\\,:{}[0-. \t\x00eZn')])
                text[place : place + chance.randint(0, 2)] = what
        lines.append(bytes(text).replace(b"\n", b" "))
    assert_alike(block_of(*lines))


@given(st.integers(parse_us("1900-01-01T00:00:00Z"), parse_us("2200-12-31T23:59:59Z")))
def test_every_instant_is_read_to_the_microsecond(at_us: int) -> None:
    block = block_of(event("call.answered", BY_TYPE["call.answered"]) | {"time": format_us(at_us)})
    found = read_plain(block, 1, file="f", first_line=1, now_us=None)
    assert found is not None
    assert found.calls["time_us"].to_pylist() == [at_us]
    assert_alike(block, None)


@given(st.decimals(0, 10**9, places=3).map(str) | st.floats(0, 1e9, allow_nan=False).map(repr) | st.integers(0, 10**9).map(str))
def test_every_number_is_the_one_that_it_was_written_as(text: str) -> None:
    plain = json.dumps(event("call.ended", ENDED)).replace("44.873", text).replace("4.1", text).encode()
    assert_alike(block_of(plain, event("call.ended", ENDED)))
