"""Paths of any kind become events; what was set aside is counted, told and kept."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairwire.model.errors import BadInput, BadUse
from fairwire.model.instants import parse_us
from fairwire.ports.events import EventChunk, Rejected
from fairwire.runtime.intake import RejectLog, convert, event_files, read_events, source_of, total_bytes, write_rejects

NOW_US = parse_us("2026-03-10T12:00:00Z")

ANSWERED = {
    "specversion": "1.0",
    "source": "edge/1",
    "type": "call.answered",
    "time": "2026-03-02T14:07:12Z",
}
ROW = (
    '"willow-dental","201","204","internal","","PJSIP/willow-201-00000013","","Dial","",'
    '"{start}","","{end}",{seconds},0,"BUSY","DOCUMENTATION","{uid}",""\n'
)


def answered(number: int) -> str:
    return json.dumps({**ANSWERED, "id": f"e-{number}", "data": {"call_id": f"c-{number}", "customer": "willow-dental"}}) + "\n"


def busy(uid: str, start: str = "2026-03-02 14:10:00", end: str = "2026-03-02 14:10:04", seconds: int = 4) -> str:
    return ROW.format(uid=uid, start=start, end=end, seconds=seconds)


def write(path: Path, *numbers: int) -> str:
    content = "".join(map(answered, numbers))
    if path.suffix == ".parquet":
        rows = [{**ANSWERED, "id": f"e-{n}", "call_id": f"c-{n}", "customer": "willow-dental"} for n in numbers]
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(content.encode()))
    else:
        path.write_text(content)
    return str(path)


def ids(chunks: list[EventChunk]) -> list[str]:
    return [found for chunk in chunks for found in chunk.calls["id"].to_pylist()]


def read(*paths: str) -> list[EventChunk]:
    return list(read_events(paths, now_us=NOW_US))


def test_files_of_all_kinds_are_read_in_the_order_given(tmp_path: Path) -> None:
    paths = [write(tmp_path / "b.jsonl", 1), write(tmp_path / "a.parquet", 2), write(tmp_path / "c.jsonl.gz", 3)]
    assert ids(read(*paths)) == ["e-1", "e-2", "e-3"]


def test_the_first_bytes_tell_what_the_name_does_not(tmp_path: Path) -> None:
    for name in ("day.parquet", "day.gz", "day.jsonl"):
        write(tmp_path / name, 1)
        place = (tmp_path / name).rename(tmp_path / "unnamed")
        assert ids(read(str(place))) == ["e-1"]


def test_a_folder_is_read_to_the_bottom_in_the_order_of_names_without_what_is_no_events(tmp_path: Path) -> None:
    (tmp_path / "day=02").mkdir()
    (tmp_path / "day=01").mkdir()
    (tmp_path / ".hidden").mkdir()
    write(tmp_path / "day=02" / "events.jsonl", 2)
    write(tmp_path / "day=01" / "events.parquet", 1)
    write(tmp_path / ".hidden" / "events.jsonl", 9)
    for name in ("customers.jsonl", "labels.jsonl", "findings.jsonl", "events.jsonl.rejects.jsonl", "notes.txt"):
        (tmp_path / name).write_text('{"id": "not an event"}\n')
    chunks = read(str(tmp_path))
    assert ids(chunks) == ["e-1", "e-2"]
    assert [entry for chunk in chunks for entry in chunk.rejected] == []


def test_a_folder_without_events_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(str(tmp_path))
    assert caught.value.sentence().startswith(f"{tmp_path}: the folder has no event files in it; they end in .jsonl, .jsonl.gz, ")


def test_a_missing_file_is_one_sentence_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        next(read_events([write(tmp_path / "a.jsonl", 1), str(tmp_path / "b.jsonl")]))
    assert caught.value.sentence() == f"{tmp_path / 'b.jsonl'}: no such file"


def test_an_empty_file_is_no_events(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert read(str(tmp_path / "empty")) == []


def test_a_file_nobody_knows_is_refused_and_the_formats_are_named(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(busy("1772460600.19"))
    with pytest.raises(BadInput) as caught:
        read(str(path))
    assert caught.value.sentence() == (
        f"{path}: cannot tell what kind of file this is; "
        "for foreign records name a format, one of: asterisk_csv, asterisk_log, "
        "broadworks_csv, freeswitch_json, freeswitch_log, kamailio_acc, suricata_eve"
    )


def test_a_pipe_can_be_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(answered(1),))
    writer.start()
    assert ids(read(str(pipe))) == ["e-1"]
    writer.join()


def test_foreign_records_become_the_same_columns_with_their_own_places(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(busy("1.1") + "\n" + busy("1.2", end="2026-03-02 14:09:00") + busy("1.3") + busy("1.1"))
    (chunk,) = read_events([str(path)], format_name="asterisk_csv", now_us=NOW_US)
    assert chunk.calls["call_id"].to_pylist() == ["1.3", "1.1"]
    assert chunk.calls["line_number"].to_pylist() == [4, 1]
    assert chunk.calls["file"].to_pylist() == [str(path)] * 2
    assert [(entry.line, entry.field) for entry in chunk.rejected] == [(3, "end")]
    assert chunk.skipped == {"duplicate": 1}
    assert chunk.bytes_read == path.stat().st_size


def test_records_of_the_future_are_refused_at_their_own_line(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    late = busy("1.2", start="2031-03-02 14:10:00", end="2031-03-02 14:10:04")
    path.write_text(busy("1.1") + late)
    said = "`time` lies in the future: 2031-03-02T14:10:04Z is more than 24 h after now, 2026-03-10T12:00:00Z"
    (chunk,) = read_events([str(path)], format_name="asterisk_csv", now_us=NOW_US)
    assert chunk.calls["call_id"].to_pylist() == ["1.1"]
    assert [(entry.file, entry.line, entry.reason) for entry in chunk.rejected] == [(str(path), 2, said)]
    (part,) = convert([str(path)], format_name="asterisk_csv", now_us=NOW_US)
    assert [json.loads(line)["data"]["call_id"] for line in part.lines] == ["1.1"]
    assert [(entry.file, entry.line, entry.reason) for entry in part.rejected] == [(str(path), 2, said)]


def test_legs_in_files_of_their_own_are_one_call(tmp_path: Path) -> None:
    def leg(uuid: str, direction: str) -> str:
        variables = {"uuid": uuid, "call_uuid": "aaa", "accountcode": "willow-dental", "start_uepoch": "1772460432000000"}
        variables |= {"end_uepoch": "1772460442000000", "hangup_cause": "USER_BUSY"}
        profile = {"destination_number": "+442079460321", "caller_id_number": "+12025550117", "uuid": uuid}
        return json.dumps(
            {"channel_data": {"direction": direction}, "variables": variables, "callflow": [{"caller_profile": profile}]}
        )

    (tmp_path / "bbb.cdr.json").write_text(leg("bbb", "outbound"))
    (tmp_path / "a_aaa.cdr.json").write_text(leg("aaa", "inbound"))
    (chunk,) = read_events([str(tmp_path)], format_name="freeswitch_json", now_us=NOW_US)
    assert chunk.calls["call_id"].to_pylist() == ["aaa"]
    assert chunk.calls["file"].to_pylist() == [str(tmp_path / "a_aaa.cdr.json")]
    assert chunk.skipped == {"part of the call of another record": 1}


def test_the_log_of_each_account_beside_the_master_log_counts_nothing_twice(tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_text(busy("1.1") + busy("1.2"))
    (tmp_path / "willow-dental.csv.gz").write_bytes(gzip.compress(busy("1.2").encode()))
    chunks = list(read_events([str(tmp_path)], format_name="asterisk_csv", now_us=NOW_US))
    assert sorted(found for chunk in chunks for found in chunk.calls["call_id"].to_pylist()) == ["1.1", "1.2"]
    assert chunks[-1].skipped == {"duplicate": 1}


def test_a_truncated_stream_of_foreign_records_is_reported_and_what_could_be_read_is_kept(tmp_path: Path) -> None:
    packed = gzip.compress("".join(busy(f"{number}.{number * 7919 % 10007}") for number in range(5000)).encode())
    path = tmp_path / "Master.csv.gz"
    path.write_bytes(packed[: len(packed) // 2])
    chunks = list(read_events([str(path)], format_name="asterisk_csv", now_us=NOW_US))
    kept = sum(chunk.calls.num_rows for chunk in chunks)
    assert 1000 < kept < 4000
    reasons = [entry.reason for chunk in chunks for entry in chunk.rejected]
    assert "the gzip stream is cut off; the events before this line were read" in reasons
    assert {entry.line for chunk in chunks for entry in chunk.rejected} == {kept + 1}


def test_foreign_records_come_in_chunks_of_the_size_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text("".join(busy(f"1.{number}") for number in range(10)))
    chunks = list(read_events([str(path)], format_name="asterisk_csv", now_us=NOW_US, rows=4))
    assert [chunk.calls.num_rows for chunk in chunks] == [4, 4, 2]


def test_options_without_a_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadUse) as caught:
        next(read_events([write(tmp_path / "a.jsonl", 1)], format_options={"zone": "UTC"}))
    assert caught.value.sentence() == "options are given, but no format they could belong to; name it with --format"


def test_an_unknown_zone_is_refused_with_the_likely_one(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(busy("1.1"))
    with pytest.raises(BadUse) as caught:
        list(read_events([str(path)], format_name="asterisk_csv", format_options={"zone": "Europe/Lodnon"}))
    assert caught.value.sentence() == (
        "option zone: `Europe/Lodnon` is not a time zone; did you mean `Europe/London`?; "
        "write an IANA name such as Europe/London or UTC"
    )


def test_sources_and_sizes_can_be_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", 1, 2)
    assert source_of(path).name == "jsonl"
    assert event_files([str(tmp_path)]) == [path]
    assert total_bytes([path]) == len(answered(1) + answered(2))


def refused(line: int, reason: str, field: str = "") -> Rejected:
    return Rejected(file="day.jsonl", line=line, field=field, reason=reason, record="{}")


def test_rejects_are_counted_by_reason_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "day.rejects.jsonl"
    path.write_text("of an earlier run\n")
    log = RejectLog(path)
    log.add([refused(n, f"`duration_s` is negative: -{n}", "duration_s") for n in range(1, 7)])
    log.add([refused(9, f"`start`: `{text}` names a day that does not exist", "start") for text in ("2026-02-30", "soon")])
    assert log.count == 8
    assert log.by_reason == {"`duration_s` is negative: …": 6, "`start`: … names a day that does not exist": 2}
    assert log.summary() == [
        *(f"day.jsonl:{n}: `duration_s` is negative: -{n}" for n in range(1, 6)),
        "and 3 more",
        f"8 records set aside in {path}",
    ]
    kept = [json.loads(text) for text in path.read_text().splitlines()]
    assert [entry["line"] for entry in kept] == [1, 2, 3, 4, 5, 6, 9, 9]
    assert set(kept[0]) == {"file", "line", "field", "reason", "record"}


def test_a_run_without_rejects_writes_no_file_and_says_nothing(tmp_path: Path) -> None:
    log = RejectLog(tmp_path / "none.rejects.jsonl")
    log.add([])
    assert log.summary() == []
    assert list(tmp_path.iterdir()) == []


def test_a_strict_log_stops_at_the_first(tmp_path: Path) -> None:
    log = RejectLog(tmp_path / "r.jsonl", strict=True)
    with pytest.raises(BadInput) as caught:
        log.add([refused(7, "`customer` is empty"), refused(8, "`customer` is empty")])
    assert caught.value.sentence() == (
        "day.jsonl:7: `customer` is empty; stopped there, because refused records are not tolerated in this run"
    )
    assert list(tmp_path.iterdir()) == []


def test_rejects_can_be_appended_to_a_file_and_never_overwrite_an_input(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    write_rejects(str(path), [refused(1, "a")])
    write_rejects(str(path), [refused(2, "b")])
    assert [json.loads(text)["line"] for text in path.read_text().splitlines()] == [1, 2]
    with pytest.raises(BadUse) as caught:
        RejectLog(path, inputs=[str(tmp_path / "." / "r.jsonl")])
    assert caught.value.sentence() == f"{path}: this file is one of the inputs and would be overwritten"
    with pytest.raises(BadUse) as caught:
        write_rejects(str(tmp_path / "no" / "r.jsonl"), [refused(1, "a")])
    assert caught.value.sentence() == f"{tmp_path / 'no' / 'r.jsonl'}: cannot write the rejects: no such file or directory"


def test_rejects_are_named_after_the_first_input_and_stay_in_the_working_folder() -> None:
    assert RejectLog.default_path("/var/log/cdr/Master.csv") == "Master.csv.rejects.jsonl"
    assert RejectLog.default_path("events/") == "events.rejects.jsonl"
