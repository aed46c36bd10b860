"""Parquet: the same events and the same refusals as JSON Lines, column by column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fairwire.model.errors import BadInput
from fairwire.model.instants import parse_us
from fairwire.ports.events import EventChunk
from fairwire.sources.jsonl import SOURCE as JSON_LINES
from fairwire.sources.parquet import SOURCE

NOW_US = parse_us("2026-03-10T12:00:00Z")
ENVELOPE = ("specversion", "id", "source", "type", "time")


def row(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A sound event, flattened, but for what is given; a value of `...` takes a field away."""
    made = {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "edge/1",
        "type": "call.ended",
        "time": "2026-03-02T14:08:12.5Z",
        "call_id": f"c-{number}",
        "customer": "willow-dental",
        "direction": "outbound",
        "from": "+12025550117",
        "to": "+442079460321",
        "start": "2026-03-02T14:07:00.25Z",
        "answer": "2026-03-02T14:07:12Z",
        "end": "2026-03-02T14:08:12.5Z",
        "duration_s": 60.5,
        "disposition": "answered",
        "charge": "0.125",
        **fields,
    }
    return {name: value for name, value in made.items() if value is not ...}


def table(*rows: Mapping[str, Any]) -> pa.Table:
    names = list(dict.fromkeys(name for found in rows for name in found))
    return pa.table({name: [found.get(name) for found in rows] for name in names})


def read(tmp_path: Path, content: pa.Table, *, rows: int = 65536, now_us: int | None = NOW_US) -> list[EventChunk]:
    path = tmp_path / "events.parquet"
    pq.write_table(content, path)
    return list(SOURCE.read(str(path), rows=rows, now_us=now_us))


def refusals(chunks: list[EventChunk]) -> list[tuple[int, str, str]]:
    return [(entry.line, entry.field, entry.reason) for chunk in chunks for entry in chunk.rejected]


def ids(chunks: list[EventChunk]) -> list[str]:
    return [found for chunk in chunks for found in chunk.calls["id"].to_pylist()]


def test_it_gives_the_same_table_as_json_lines(tmp_path: Path) -> None:
    rows = [
        row(1, user="desk-7", diversion=["+12025550177"], automated=True, sip_code=200, rate_per_min="0.01", silence_ratio=0.5),
        row(2, type="call.attempt", start=..., answer=..., end=..., duration_s=..., disposition=..., charge=...),
        row(3, answer=None, disposition="busy", duration_s=0.0),
    ]
    lines = []
    for found in rows:
        envelope = {name: found[name] for name in ENVELOPE}
        lines.append(json.dumps({**envelope, "data": {name: v for name, v in found.items() if name not in ENVELOPE}}))
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(lines) + "\n")
    (expected,) = JSON_LINES.read(str(path), now_us=NOW_US)
    (found_chunk,) = read(tmp_path, table(*rows))
    assert found_chunk.rejected == []
    assert found_chunk.calls.drop_columns(["file"]).equals(expected.calls.drop_columns(["file"]))


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_instants_may_be_timestamps_of_any_unit_and_zone(tmp_path: Path, unit: str, zone: str) -> None:
    content = table(row(1), row(2, answer=None, disposition="busy"))
    for name in ("time", "start", "answer", "end"):
        moments = pc.cast(content[name], pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, zone))
        content = content.set_column(content.schema.get_field_index(name), name, moments)
    (chunk,) = read(tmp_path, content)
    assert chunk.calls["start_us"].to_pylist() == [parse_us("2026-03-02T14:07:00.25Z")] * 2
    assert chunk.calls["answer_us"].to_pylist() == [parse_us("2026-03-02T14:07:12Z"), None]


@pytest.mark.parametrize("kind", [pa.decimal128(6, 2), pa.decimal128(38, 6), pa.decimal256(40, 4)])
def test_money_may_be_a_decimal_column(tmp_path: Path, kind: pa.DataType) -> None:
    amounts = ["0.12", None, "-1.50", "9999.99", "0.00"]
    charges = pa.array([None if amount is None else Decimal(amount) for amount in amounts]).cast(kind)
    content = table(*(row(number) for number in range(1, 6)))
    content = content.set_column(content.schema.get_field_index("charge"), "charge", charges)
    chunks = read(tmp_path, content, rows=2)
    found = [charge for chunk in chunks for charge in chunk.calls["charge_micros"].to_pylist()]
    assert found == [120_000, None, -1_500_000, 9_999_990_000, 0]


def test_money_finer_than_a_millionth_is_refused_row_by_row(tmp_path: Path) -> None:
    charges = pa.array([Decimal("0.12500000"), None, Decimal("0.12345678"), Decimal("0")], pa.decimal128(20, 8))
    content = table(row(1), row(2), row(3), row(4))
    content = content.set_column(content.schema.get_field_index("charge"), "charge", charges)
    chunks = read(tmp_path, content)
    assert chunks[0].calls["charge_micros"].to_pylist() == [125000, None, 0]
    assert refusals(chunks) == [(3, "charge", "`charge`: `0.12345678` is finer than a millionth")]


def test_texts_may_be_large_or_coded_and_numbers_of_any_width(tmp_path: Path) -> None:
    content = table(row(1, sip_code=200), row(2, sip_code=486))
    kinds = {"customer": pa.large_string(), "disposition": pa.dictionary(pa.int8(), pa.string()), "sip_code": pa.int16()}
    for name, kind in kinds.items():
        content = content.set_column(content.schema.get_field_index(name), name, content[name].cast(kind))
    (chunk,) = read(tmp_path, content)
    assert chunk.calls["customer"].to_pylist() == ["willow-dental"] * 2
    assert chunk.calls["disposition"].to_pylist() == ["answered"] * 2
    assert chunk.calls["sip_code"].to_pylist() == [200, 486]


REFUSED = [
    (row(2, end="2026-03-02T14:00:00Z"), "end",
     "the call ends before it starts: `end` 2026-03-02T14:00:00Z, `start` 2026-03-02T14:07:00.250000Z"),
    (row(2, answer="2026-03-02T14:09:00Z"), "answer",
     "the call is answered after it ends: `answer` 2026-03-02T14:09:00Z, `end` 2026-03-02T14:08:12.500000Z"),
    (row(2, duration_s=-5.0), "duration_s", "`duration_s` is negative: -5"),
    (row(2, time="2026-03-02T14:08:12"), "time",
     "`time` has no zone: `2026-03-02T14:08:12`; write 2026-03-02T14:07:12Z or 2026-03-02T14:07:12+01:00"),
    (row(2, time="2031-01-01T00:00:00Z"), "time",
     "`time` lies in the future: 2031-01-01T00:00:00Z is more than 24 h after now, 2026-03-10T12:00:00Z"),
    (row(2, customer=""), "customer", "`customer` is empty"),
    (row(2, customer=None), "customer", "`customer` is missing"),
    (row(2, call_id=""), "call_id", "`call_id` is empty"),
    (row(2, to=None), "to", "`to` is missing"),
    (row(2, end=None), "end", "`end` is missing"),
    (row(2, direction="sideways"), "direction", "`direction` is `sideways`; it must be one of `outbound`, `inbound`, `internal`"),
    (row(2, charge="12,50"), "charge", "`charge`: `12,50` is not a decimal amount such as 12.50"),
    (row(2, specversion="0.3"), "specversion", "`specversion` is `0.3`; only `1.0` is read"),
    (row(2, specversion=None), "specversion", "`specversion` is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "field", "reason"), REFUSED, ids=[f"{case[1]} {case[2][:30]}" for case in REFUSED])
def test_a_bad_row_is_refused_with_one_sentence_and_its_neighbours_are_read(
    tmp_path: Path, bad: dict[str, Any], field: str, reason: str
) -> None:
    chunks = read(tmp_path, table(row(1), bad, row(3)))
    assert refusals(chunks) == [(2, field, reason)]
    assert ids(chunks) == ["e-1", "e-3"]
    assert "'call_id': " in chunks[0].rejected[0].record


def test_a_text_that_is_not_utf8_is_refused_and_its_neighbours_are_read(tmp_path: Path) -> None:
    content = table(row(1), row(2), row(3))
    for name in ("user", "start"):
        texts = (
            [b"desk-7", b"caf\xe9", b"desk-9"] if name == "user" else [row()["start"].encode(), b"\xff", row()["start"].encode()]
        )
        raw = pa.array(texts, pa.binary())
        forged = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
        column = pa.chunked_array([forged])
        at = content.schema.get_field_index(name)
        changed = content.append_column(name, column) if at < 0 else content.set_column(at, name, column)
        chunks = read(tmp_path, changed)
        assert [(line, field) for line, field, _ in refusals(chunks)] == [(2, name)]
        assert "is not UTF-8: byte 0x" in refusals(chunks)[0][2]
        assert ids(chunks) == ["e-1", "e-3"]


def test_rows_keep_their_numbers_however_large_the_chunks_are(tmp_path: Path) -> None:
    content = table(*(row(number, duration_s=-1.0 if number == 5 else 1.0) for number in range(1, 9)))
    chunks = read(tmp_path, content, rows=3)
    assert [chunk.calls.num_rows for chunk in chunks] == [3, 2, 2]
    assert refusals(chunks) == [(5, "duration_s", "`duration_s` is negative: -1")]
    assert [number for chunk in chunks for number in chunk.calls["line_number"].to_pylist()] == [1, 2, 3, 4, 6, 7, 8]
    assert chunks[-1].bytes_read == (tmp_path / "events.parquet").stat().st_size


def test_other_types_need_no_call_columns_and_pass_the_checks_of_lines(tmp_path: Path) -> None:
    names = ("id", "source", "type", "time", "customer")
    told = {"credential": "desk-7", "ok": False, "src_ip": "192.0.2.44"}
    logins = [{**{name: row(number, type="auth.login")[name] for name in names}, **told} for number in (1, 2)]
    (chunk,) = read(tmp_path, table(*logins, {**logins[0], "customer": None}, {**logins[0], "ok": None}))
    assert chunk.other == {}
    assert chunk.calls["type"].to_pylist() == ["auth.login", "auth.login"]
    assert json.loads(chunk.calls["data"][0].as_py()) == {"customer": logins[0]["customer"], **told}
    assert refusals([chunk]) == [(3, "customer", "`customer` is missing"), (4, "ok", "`ok` is missing")]


def test_messages_with_several_recipients_stand_beside_calls(tmp_path: Path) -> None:
    names = ("specversion", "id", "source", "type", "time", "customer", "from")
    text = {name: row(1, type="message.sent")[name] for name in names} | {"message_id": "m", "channel": "sms"}
    call = row(2, type="call.attempt")
    (chunk,) = read(tmp_path, table({**text, "to": [call["to"], "+13125550144"]}, {**call, "to": [call["to"]]}))
    assert refusals([chunk]) == []
    assert chunk.calls["type"].to_pylist() == ["message.sent", "call.attempt"]
    assert json.loads(chunk.calls["data"][0].as_py())["to"] == [call["to"], "+13125550144"]
    assert chunk.calls["to"].to_pylist() == [None, call["to"]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (table(row(1)).drop_columns(["customer"]), "the column `customer` is missing"),
        (table(row(1)).drop_columns(["end"]), "the column `end` is missing, and `call.ended` needs it"),
        (table({**row(1), "charge": 0.5}), "the column `charge` holds double; money is a decimal or decimal text"),
        (table({**row(1), "customer": 7}), "the column `customer` holds int64, where text belongs"),
        (
            table({**row(1), "sip_code": None}).set_column(16, "sip_code", pa.array([2**63], pa.uint64())),
            "the column `sip_code` holds numbers that are out of range",
        ),
        (table({**row(1), "sip_code": "200"}), "the column `sip_code` holds string, where a whole number belongs"),
        (table({**row(1), "diversion": "x"}), "the column `diversion` holds string, where a list of texts belongs"),
        (table({**row(1), "start": 5}), "the column `start` holds int64, where a timestamp with a zone or RFC 3339 text belongs"),
        (
            table({**row(1), "start": None}).set_column(10, "start", pa.array([5], pa.timestamp("us"))),
            "the column `start` has no zone; write it as a timestamp in UTC, or as RFC 3339 text",
        ),
    ],
)
def test_a_column_that_cannot_be_used_is_one_sentence(tmp_path: Path, content: pa.Table, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, content)
    assert caught.value.sentence() == f"{tmp_path / 'events.parquet'}: {sentence}"


def test_a_file_that_is_not_parquet_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    path.write_text("id,customer\n")
    with pytest.raises(BadInput) as caught:
        list(SOURCE.read(str(path)))
    assert caught.value.sentence() == f"{path}: not a Parquet file: it does not begin with PAR1"


def test_a_truncated_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    pq.write_table(table(row(1)), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadInput) as caught:
        list(SOURCE.read(str(path)))
    assert caught.value.sentence() == f"{path}: the Parquet file is cut off or damaged: its index cannot be read"


def test_damage_in_the_middle_keeps_the_rows_before_it(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    content = table(*(row(number, user=f"u{number * 7919 % 10007}") for number in range(1, 4001)))
    pq.write_table(content, path, row_group_size=1000, compression="zstd")
    second = pq.ParquetFile(path).metadata.row_group(2).column(content.schema.get_field_index("id"))
    damaged = bytearray(path.read_bytes())
    begin = second.dictionary_page_offset or second.data_page_offset
    damaged[begin : begin + second.total_compressed_size] = b"\xff" * second.total_compressed_size
    path.write_bytes(bytes(damaged))
    chunks = list(SOURCE.read(str(path), rows=1000))
    assert ids(chunks) == [f"e-{number}" for number in range(1, 2001)]
    (line, _, reason) = refusals(chunks)[0]
    assert line == 2001
    assert reason.startswith("the Parquet file is damaged from here on: ")
    assert reason.endswith("; the rows before it were read")


def test_an_empty_file_and_a_table_without_rows_are_no_events(tmp_path: Path) -> None:
    empty = tmp_path / "nothing.parquet"
    empty.write_bytes(b"")
    assert list(SOURCE.read(str(empty))) == []
    assert ids(read(tmp_path, table(row(1)).slice(0, 0))) == []


@pytest.mark.parametrize("statistics", [True, False])
def test_what_the_statistics_tell_is_as_if_it_had_been_read(tmp_path: Path, statistics: bool) -> None:
    path = tmp_path / "events.parquet"
    rows = [row(1, kind="voice"), row(2, kind="voice"), row(3, source="edge/2", user=None, kind=None), row(4, charge="x")]
    content = table(*rows).append_column("trunk", pa.nulls(4, pa.string()))
    pq.write_table(content, path, row_group_size=2, write_statistics=statistics)
    (chunk,) = SOURCE.read(str(path), now_us=NOW_US)
    assert chunk.calls["source"].to_pylist() == ["edge/1", "edge/1", "edge/2"]
    assert chunk.calls["kind"].to_pylist() == ["voice", "voice", None]
    assert chunk.calls["trunk"].to_pylist() == [None] * 3
    assert [entry.line for entry in chunk.rejected] == [4]
    assert "'specversion': '1.0'" in chunk.rejected[0].record
    assert "trunk" not in chunk.rejected[0].record


def test_a_version_that_all_rows_have_is_refused_even_when_only_the_statistics_were_read(tmp_path: Path) -> None:
    chunks = read(tmp_path, table(row(1, specversion="0.3"), row(2, specversion="0.3")))
    assert refusals(chunks) == [(line, "specversion", "`specversion` is `0.3`; only `1.0` is read") for line in (1, 2)]


def test_rows_that_are_read_again_say_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    pq.write_table(table(*map(row, range(1, 11))), path, row_group_size=3)
    whole = pa.concat_tables(chunk.calls for chunk in SOURCE.read(str(path)))
    for lines in ([], [1], [3, 4, 10], list(range(1, 11))):
        found = SOURCE.again(str(path), lines)
        assert found.to_pylist() == whole.take(pa.array([line - 1 for line in lines], pa.int64())).to_pylist()
    with pytest.raises(BadInput, match="the file has changed while it was read"):
        SOURCE.again(str(path), [2, 11])
