"""JSON Lines: what is read, what is refused with which sentence, and that neither memory nor a neighbour suffers."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.errors import BadInput
from fairwire.model.instants import parse_us
from fairwire.ports.events import CALL_SCHEMA, EventChunk, Rejected
from fairwire.sources.jsonl import SOURCE, decoding
from fairwire.sources.jsonl.decoding import decode_block, decode_lines

NOW_US = parse_us("2026-03-10T12:00:00Z")


def line(number: int = 1, kind: str = "call.ended", /, *, attributes: dict[str, Any] | None = None, **data: Any) -> bytes:
    """A sound event but for what is given; a value of `...` takes a field away."""
    fields: dict[str, Any] = {
        "call_id": f"c-{number}",
        "customer": "willow-dental",
        "direction": "outbound",
        "from": "+12025550117",
        "to": "+442079460321",
        "start": "2026-03-02T14:07:00.250Z",
        "answer": "2026-03-02T14:07:12Z",
        "end": "2026-03-02T14:08:12.5Z",
        "duration_s": 60.5,
        "disposition": "answered",
        **data,
    }
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "edge/1",
        "type": kind,
        "time": "2026-03-02T14:08:12.5Z",
        "data": {name: value for name, value in fields.items() if value is not ...},
        **(attributes or {}),
    }
    return json.dumps({name: value for name, value in event.items() if value is not ...}).encode()


LOGIN = {"customer": "willow-dental", "credential": "desk-7", "ok": False, "src_ip": "192.0.2.44"}


def read(path: Path, *, rows: int = 65536, now_us: int | None = NOW_US) -> list[EventChunk]:
    return list(SOURCE.read(str(path), rows=rows, now_us=now_us))


def written(tmp_path: Path, content: bytes, name: str = "events.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def refusals(chunks: list[EventChunk]) -> list[tuple[int, str, str]]:
    return [(entry.line, entry.field, entry.reason) for chunk in chunks for entry in chunk.rejected]


def ids(chunks: list[EventChunk]) -> list[str]:
    return [found for chunk in chunks for found in chunk.calls["id"].to_pylist()]


def test_every_field_of_a_call_comes_out_in_its_unit(tmp_path: Path) -> None:
    full = line(
        1,
        user="desk-7",
        line="+12025550117",
        credential="desk-7",
        display_name="Front Desk",
        diversion=["+12025550177"],
        src_ip="192.0.2.44",
        user_agent="Deskphone",
        attestation="A",
        trunk="west",
        campaign="recall",
        automated=True,
        rate_per_min="0.0125",
        sip_code=200,
        charge="1.234567",
        currency="USD",
        tariff="standard",
        released_by="caller",
        forwarded=False,
        recorded=True,
        recording_consent="all",
        kind="voice",
        silence_ratio=0.25,
        pai="+12025550118",
        transport="tls",
        srtp=True,
        mos=4.1,
        jitter_ms=2.5,
        loss_pct=0.5,
        transcript="good morning",
        not_in_any_contract={"deep": [1, 2]},
    )
    (chunk,) = read(written(tmp_path, full + b"\n"))
    assert chunk.calls.schema.equals(CALL_SCHEMA)
    row = chunk.calls.to_pylist()[0]
    assert [name for name, value in row.items() if value is None] == ["data"], "calls have columns of their own"
    assert row["time_us"] == parse_us("2026-03-02T14:08:12.5Z")
    assert (row["start_us"], row["answer_us"], row["end_us"]) == (
        parse_us("2026-03-02T14:07:00.25Z"),
        parse_us("2026-03-02T14:07:12Z"),
        parse_us("2026-03-02T14:08:12.5Z"),
    )
    assert (row["duration_ms"], row["rate_micros"], row["charge_micros"]) == (60500, 12500, 1234567)
    assert (row["from"], row["diversion"], row["silence_ratio"]) == ("+12025550117", ["+12025550177"], 0.25)
    assert (row["file"], row["line_number"]) == (str(tmp_path / "events.jsonl"), 1)


def test_events_of_all_types_stand_in_one_table_and_types_that_are_not_ours_are_counted(tmp_path: Path) -> None:
    lines = [
        line(1, "call.attempt"),
        line(2, "call.answered", to=...),
        line(3),
        line(4, "auth.login", attributes={"data": LOGIN}),
        line(5, "auth.login", attributes={"data": LOGIN}),
        line(6, "tea.ready", attributes={"data": ...}),
    ]
    (chunk,) = read(written(tmp_path, b"\n".join(lines) + b"\n"))
    assert chunk.calls["type"].to_pylist() == ["call.attempt", "call.answered", "call.ended", "auth.login", "auth.login"]
    assert chunk.calls["to"].to_pylist() == ["+442079460321", None, "+442079460321", None, None]
    assert chunk.calls["start_us"].null_count == 4
    assert chunk.calls["line_number"].to_pylist() == [1, 2, 3, 4, 5]
    assert json.loads(chunk.calls["data"][3].as_py()) == LOGIN
    assert chunk.other == {"tea.ready": 1}
    assert chunk.rejected == []


REFUSED = [
    ("end before start", line(end="2026-03-02T14:00:00Z"), "end",
     "the call ends before it starts: `end` 2026-03-02T14:00:00Z, `start` 2026-03-02T14:07:00.250000Z"),
    ("answer before start", line(answer="2026-03-02T14:06:59Z"), "answer",
     "the call is answered before it starts: `answer` 2026-03-02T14:06:59Z, `start` 2026-03-02T14:07:00.250000Z"),
    ("answer after end", line(answer="2026-03-02T14:08:13Z"), "answer",
     "the call is answered after it ends: `answer` 2026-03-02T14:08:13Z, `end` 2026-03-02T14:08:12.500000Z"),
    ("negative duration", line(duration_s=-5), "duration_s", "`duration_s` is negative: -5"),
    ("endless duration", line(duration_s=1e300), "duration_s", "`duration_s` is not a duration of a call: 1e+300"),
    ("time without zone", line(attributes={"time": "2026-03-02T14:08:12"}), "time",
     "`time` has no zone: `2026-03-02T14:08:12`; write 2026-03-02T14:07:12Z or 2026-03-02T14:07:12+01:00"),
    ("start without zone", line(start="2026-03-02T14:07:00"), "start",
     "`start` has no zone: `2026-03-02T14:07:00`; write 2026-03-02T14:07:12Z or 2026-03-02T14:07:12+01:00"),
    ("no such day", line(start="2026-02-30T14:07:00Z"), "start",
     "`start`: `2026-02-30T14:07:00Z` names a day that does not exist"),
    ("no time at all", line(attributes={"time": "yesterday"}), "time",
     "`time`: `yesterday` is not an RFC 3339 time with a zone, such as 2026-03-02T14:07:12Z"),
    ("from the future", line(attributes={"time": "2026-03-11T12:00:01Z"}), "time",
     "`time` lies in the future: 2026-03-11T12:00:01Z is more than 24 h after now, 2026-03-10T12:00:00Z"),
    ("ends in the future", line(end="2031-01-01T00:00:00Z"), "end",
     "`end` lies in the future: 2031-01-01T00:00:00Z is more than 24 h after now, 2026-03-10T12:00:00Z"),
    ("empty customer", line(customer=""), "customer", "`customer` is empty"),
    ("no customer", line(customer=...), "customer", "`customer` is missing"),
    ("empty call id", line(call_id=""), "call_id", "`call_id` is empty"),
    ("empty id", line(attributes={"id": ""}), "id", "`id` is empty"),
    ("no id", line(attributes={"id": ...}), "id", "`id` is missing"),
    ("id is a number", line(attributes={"id": 7}), "id", "`id` must be text, not a number"),
    ("old specversion", line(attributes={"specversion": "0.3"}), "specversion", "`specversion` is `0.3`; only `1.0` is read"),
    ("no data", line(attributes={"data": ...}), "data", "`data` is missing"),
    ("data is a list", line(attributes={"data": [1]}), "data", "`data` must be an object, not a list"),
    ("no start", line(start=...), "start", "`start` is missing"),
    ("strange direction", line(direction="sideways"), "direction",
     "`direction` is `sideways`; it must be one of `outbound`, `inbound`, `internal`"),
    ("user is a number", line(user=7), "user", "`user` must be text, not a number"),
    ("code is text", line(sip_code="200"), "sip_code", "`sip_code` must be a whole number, not text"),
    ("code is a fraction", line(sip_code=200.5), "sip_code", "`sip_code` must be a whole number, not a fraction"),
    ("code is beyond all", line(sip_code=2**70), "sip_code", "`sip_code` is out of range"),
    ("charge with a comma", line(charge="12,50"), "charge", "`charge`: `12,50` is not a decimal amount such as 12.50"),
    ("charge is a float", line(charge=12.5), "charge", "`charge` must be text, not a fraction"),
    ("charge too fine", line(charge="0.1234567"), "charge", "`charge`: `0.1234567` is finer than a millionth"),
    ("a rate that is none", line(rate_per_min="cheap"), "rate_per_min",
     "`rate_per_min`: `cheap` is not a decimal amount such as 12.50"),
    ("a list", b"[1, 2]", "", "not an event: a list where an object belongs"),
    ("cut off", b'{"specversion": "1.0", "id"', "", "not JSON: the record is cut off"),
    ("two on a line", b"{} {}", "", "not JSON: trailing characters (byte 4)"),
    ("Latin-1", line(display_name="Zo?").replace(b"?", b"\xeb"), "", "not UTF-8: byte 0xeb at column 411"),
    ("Latin-1 in a field nobody knows", line(nickname="Zo?").replace(b"?", b"\xeb"), "", "not UTF-8: byte 0xeb at column 407"),
    ("nested without end", b"[" * 100_000, "", "not an event: brackets are nested too deep"),
    ("an alert without its sensor", line(1, "net.alert"), "sensor", "`sensor` is missing"),
    ("a login of nobody", line(1, "auth.login", attributes={"data": {**LOGIN, "customer": ""}}),
     "customer", "`customer` is empty"),
    ("a stranger from the future", line(1, "tea.ready", attributes={"time": "2031-01-01T00:00:00Z"}), "time",
     "`time` lies in the future: 2031-01-01T00:00:00Z is more than 24 h after now, 2026-03-10T12:00:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "field", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_bad_line_is_refused_with_one_sentence_and_its_neighbours_are_read(
    tmp_path: Path, content: bytes, field: str, reason: str
) -> None:
    chunks = read(written(tmp_path, line(1) + b"\n" + content + b"\n" + line(3) + b"\n"))
    assert refusals(chunks) == [(2, field, reason)]
    assert ids(chunks) == ["e-1", "e-3"]
    assert chunks[0].rejected[0].record == content.decode("utf-8", "backslashreplace")[:2000]


def test_the_same_bad_lines_are_refused_alike_one_by_one_and_in_a_block() -> None:
    lines = [case[1] for case in REFUSED]
    alone = [decode_lines([bad], [1], file="f", now_us=NOW_US).rejected[0].reason for bad in lines]
    block = decode_block(b"\n".join(lines) + b"\n", len(lines), file="f", first_line=1, now_us=NOW_US)
    assert [entry.reason for entry in block.rejected] == alone
    assert [entry.line for entry in block.rejected] == list(range(1, len(lines) + 1))


@given(st.lists(st.sampled_from(["call.attempt", "call.answered", "call.ended", "auth.attempt", "bad", "late"]), max_size=30))
def test_types_that_take_turns_come_out_line_by_line_and_in_pieces_alike(kinds: list[str]) -> None:
    made = {"bad": "call.ended", "late": "call.ended"}
    said: dict[str, dict[str, Any]] = {
        "bad": {"answer": "noon"},
        "late": {"end": "2999-01-01T00:00:00Z"},
        "auth.attempt": LOGIN,
    }
    lines = []
    for number, kind in enumerate(kinds, 1):
        more = said.get(kind, {})
        lines.append(line(number, made.get(kind, kind), user=f"u-{number}" if number % 3 else None, **more))
    alone = [decode_lines([text], [number], file="f", now_us=NOW_US) for number, text in enumerate(lines, 1)]
    calls = pa.concat_tables([batch.calls for batch in alone] or [CALL_SCHEMA.empty_table()])
    refused = [entry for batch in alone for entry in batch.rejected]
    assert [entry.line for entry in refused] == [number for number, kind in enumerate(kinds, 1) if kind in made]
    for piece in (1, 700, 1 << 18):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(decoding, "_PIECE", piece)
            block = b"".join(text + b"\n" for text in lines)
            found = decode_block(block, len(lines), file="f", first_line=1, now_us=NOW_US)
        assert found.calls.to_pylist() == calls.to_pylist()
        assert found.rejected == refused


@pytest.mark.parametrize(
    "start", ["2026-03-02T14:07:0x.250Z", "2026-03-02T14:07:00.250+", "2026-03-02T14:07:61.250Z", "2026-02-30T14:07:00.250Z"]
)
def test_an_instant_that_is_as_long_as_the_others_is_still_looked_at(start: str) -> None:
    lines = [line(1), line(2, start=start), line(3)]
    batch = decode_lines(lines, [1, 2, 3], file="f", now_us=NOW_US)
    assert [(entry.line, entry.field) for entry in batch.rejected] == [(2, "start")]
    assert batch.calls["start_us"].to_pylist() == [parse_us("2026-03-02T14:07:00.250Z")] * 2


def test_without_a_clock_nothing_is_too_late(tmp_path: Path) -> None:
    path = written(tmp_path, line(attributes={"time": "2999-01-01T00:00:00Z"}, end="2999-01-01T00:00:00Z") + b"\n")
    assert ids(read(path, now_us=None)) == ["e-1"]


def test_a_day_ahead_of_the_clock_is_still_taken(tmp_path: Path) -> None:
    assert ids(read(written(tmp_path, line(attributes={"time": "2026-03-11T12:00:00Z"}) + b"\n"))) == ["e-1"]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-03-02T15:07:00.25+01:00", "2026-03-02T14:07:00.25Z"),
        ("2026-03-02t14:07:00.250000999z", "2026-03-02T14:07:00.25Z"),
        ("2026-03-02 14:07:00.25Z", "2026-03-02T14:07:00.25Z"),
        ("2026-03-02T09:07:00-0500", "2026-03-02T14:07:00Z"),
    ],
)
def test_all_ways_to_write_an_instant_mean_the_same(tmp_path: Path, text: str, same: str) -> None:
    (chunk,) = read(written(tmp_path, line(start=text) + b"\n"))
    assert chunk.calls["start_us"].to_pylist() == [parse_us(same)]


def test_an_optional_field_may_be_null_or_absent(tmp_path: Path) -> None:
    chunks = read(written(tmp_path, line(1, user=None, answer=None, charge=None) + b"\n" + line(2, answer=...) + b"\n"))
    assert refusals(chunks) == []
    assert chunks[0].calls["user"].to_pylist() == [None, None]


def test_blank_lines_carriage_returns_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + line(1) + b"\r\n\r\n  \n" + line(4) + b"\r\n"
    chunks = read(written(tmp_path, content))
    assert chunks[0].calls["line_number"].to_pylist() == [1, 4]
    assert refusals(chunks) == []


def test_a_last_line_without_its_end_is_read_when_it_is_whole(tmp_path: Path) -> None:
    assert ids(read(written(tmp_path, line(1) + b"\n" + line(2)))) == ["e-1", "e-2"]


def test_a_truncated_file_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    content = line(1) + b"\n" + line(2) + b"\n" + line(3)[:80]
    chunks = read(written(tmp_path, content))
    assert ids(chunks) == ["e-1", "e-2"]
    assert refusals(chunks) == [(3, "", "the file is cut off in the middle of this record")]


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_compressed_file_is_read_whatever_its_name(tmp_path: Path, kind: str) -> None:
    content = b"".join(line(number) + b"\n" for number in range(1, 2001))
    packed = gzip.compress(content) if kind == "gz" else zstandard.compress(content)
    path = written(tmp_path, packed, "events.jsonl")
    chunks = read(path)
    assert ids(chunks) == [f"e-{number}" for number in range(1, 2001)]
    assert chunks[-1].bytes_read == len(packed)


def test_gzip_members_and_zstd_frames_one_after_the_other_are_one_file(tmp_path: Path) -> None:
    gz = gzip.compress(line(1) + b"\n") + gzip.compress(line(2) + b"\n") + b"\0" * 300
    zst = zstandard.compress(line(1) + b"\n") + zstandard.compress(line(2) + b"\n")
    assert ids(read(written(tmp_path, gz, "a.jsonl.gz"))) == ["e-1", "e-2"]
    assert ids(read(written(tmp_path, zst, "a.jsonl.zst"))) == ["e-1", "e-2"]


@pytest.mark.parametrize(("kind", "said"), [("gz", "the gzip stream is cut off"), ("zst", "the zstd stream is cut off")])
def test_a_truncated_stream_is_reported_and_what_could_be_read_is_kept(tmp_path: Path, kind: str, said: str) -> None:
    content = b"".join(line(number, display_name=f"{number * 7919 % 10007:x}" * 9) + b"\n" for number in range(1, 20001))
    packed = gzip.compress(content) if kind == "gz" else zstandard.compress(content)
    chunks = read(written(tmp_path, packed[: len(packed) // 2], f"events.jsonl.{kind}"))
    kept = ids(chunks)
    assert kept == [f"e-{number}" for number in range(1, len(kept) + 1)]
    assert 5_000 < len(kept) < 15_000
    assert refusals(chunks) == [(len(kept) + 1, "", f"{said}; the events before this line were read")]


def test_a_stream_without_its_last_bytes_keeps_every_event_and_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(line(1) + b"\n" + line(2) + b"\n")
    chunks = read(written(tmp_path, packed[:-4]))
    assert ids(chunks) == ["e-1", "e-2"]
    assert refusals(chunks) == [(3, "", "the gzip stream is cut off; the events before this line were read")]


def test_a_damaged_checksum_is_reported_and_the_events_are_kept(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(line(1) + b"\n" + line(2) + b"\n"))
    packed[-7] ^= 0xFF
    chunks = read(written(tmp_path, bytes(packed)))
    assert ids(chunks) == ["e-1", "e-2"]
    assert refusals(chunks) == [
        (3, "", "the gzip stream is damaged: incorrect data check; the events before this line were read")
    ]


def test_ten_megabytes_on_one_line_are_refused_with_their_size_and_the_rest_is_read(tmp_path: Path) -> None:
    long = b'{"specversion": "1.0", "pad": "' + b"x" * 10_485_760 + b'"}'
    chunks = read(written(tmp_path, line(1) + b"\n" + long + b"\n" + line(3) + b"\n"))
    assert ids(chunks) == ["e-1", "e-3"]
    assert refusals(chunks) == [(2, "", f"the line is {len(long):,} bytes long; the limit is 1,048,576")]
    assert [entry.record for chunk in chunks for entry in chunk.rejected] == [long[:2000].decode()]


def test_lines_that_are_too_long_are_found_wherever_they_stand(tmp_path: Path) -> None:
    long = b"y" * 1_048_577
    fits = line(2, pad="z" * (1_048_576 - len(line(2, pad=""))))
    assert len(fits) == 1_048_576
    chunks = read(written(tmp_path, long + b"\n" + fits + b"\n" + long + b"\n" + long + b"\n" + line(5) + b"\n" + long))
    assert ids(chunks) == ["e-2", "e-5"]
    assert [found[0] for found in refusals(chunks)] == [1, 3, 4, 6]


def test_a_bomb_does_not_fill_the_memory(tmp_path: Path) -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(b"\0" * (256 << 20) + b"\n")
    path = written(tmp_path, line(1) + b"\n", "first.jsonl")
    path.write_bytes(zstandard.compress(line(1) + b"\n") + bomb + zstandard.compress(line(3) + b"\n"))
    tracemalloc.start()
    chunks = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ids(chunks) == ["e-1", "e-3"]
    assert refusals(chunks) == [(2, "", "the line is 268,435,456 bytes long; the limit is 1,048,576")]
    assert peak < 200 << 20


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_named_as_such(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, line(1).decode().encode(encoding))
    with pytest.raises(BadInput) as caught:
        read(path)
    assert caught.value.sentence() == f"{path}: the file is UTF-16, not UTF-8; save it as UTF-8 and read it again"


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path / "none.jsonl")
    assert caught.value.sentence() == f"{tmp_path / 'none.jsonl'}: no such file"


def test_an_empty_file_is_no_events(tmp_path: Path) -> None:
    assert ids(read(written(tmp_path, b""))) == []


def made(kind: str, number: int) -> bytes:
    """One line of a kind, for files of mixed lines."""
    if kind == "good":
        return line(number)
    if kind == "bad":
        return line(number, duration_s=-1)
    return line(number, "auth.login", attributes={"data": LOGIN}) if kind == "login" else b""


@given(st.integers(1, 7), st.lists(st.sampled_from(["good", "bad", "blank", "login"]), max_size=25), st.booleans())
def test_the_size_of_a_chunk_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: int, kinds: list[str], ended: bool
) -> None:
    content = b"\n".join(made(kind, number) for number, kind in enumerate(kinds, 1)) + b"\n" * ended
    path = written(tmp_path_factory.mktemp("rows"), content)
    small, large = read(path, rows=rows), read(path)
    assert all(chunk.calls.num_rows <= rows for chunk in small)
    assert ids(small) == ids(large) == [f"e-{number}" for number, kind in enumerate(kinds, 1) if kind in ("good", "login")]
    assert refusals(small) == refusals(large)
    assert [chunk.other for chunk in small if chunk.other] == []


@given(st.binary(max_size=4000))
def test_no_bytes_make_it_stumble(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = written(tmp_path_factory.mktemp("noise"), line(1) + b"\n" + noise + b"\n" + line(2) + b"\n")
    found = ids(read(path))
    assert found[0] == "e-1"
    assert found[-1] == "e-2"


def test_a_rejected_record_is_cut_and_its_bytes_escaped() -> None:
    entry = Rejected.of("f", 1, "", "why", b"\xff\xfe" + b"a" * 5000)
    assert entry.record.startswith("\\xff\\xfeaaa")
    assert len(entry.record) == 2000
