"""`fairwire formats` and `fairwire ingest` as a person at a terminal meets them."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import zstandard

from fairwire.cli.main import main
from fairwire.runtime import discovery
from fairwire.runtime.intake import read_events

GOOD = (
    '"willow-dental","12025550117","+442079460321","outgoing","""Front Desk"" <12025550117>","PJSIP/willow-desk-00000011",'
    '"PJSIP/carrier-west-00000012","Dial","","2026-03-02 14:07:12","2026-03-02 14:07:19","2026-03-02 14:09:31",139,132,'
    '"ANSWERED","DOCUMENTATION","1772460432.17",""\n'
)
LATER = GOOD.replace("1772460432.17", "1772460432.99").replace("14:07", "15:07").replace("14:09", "15:09")
BACKWARDS = GOOD.replace("1772460432.17", "1772460432.18").replace("14:09:31", "14:01:31")


class Done(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def fairwire(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return Run(capfdbinary)


class Run:
    """Runs the command in this process, in a folder of its own."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str) -> Done:
        status = 0
        try:
            main(list(arguments))
        except SystemExit as stop:
            status = int(stop.code or 0)
        sys.stdout.flush()
        out, err = self._capture.readouterr()
        return Done(status, out.decode(), err.decode())


def test_records_become_events_on_standard_output_and_a_summary_on_standard_error(fairwire: Run, tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_text(GOOD + BACKWARDS + GOOD + LATER)
    done = fairwire("ingest", "--format", "asterisk_csv", "Master.csv")
    assert done.status == 0
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [event["data"]["call_id"] for event in events] == ["1772460432.17", "1772460432.99"]
    assert done.err.splitlines() == [
        "Master.csv:2: the call ends before it starts: `end` 2026-03-02T14:01:31Z, `start` 2026-03-02T14:07:12Z",
        "1 record set aside in Master.csv.rejects.jsonl",
        "read 4 records: events 2, joined to them 0, duplicates 1, rejected 1 (contradicting 0), no calls 0",
    ]
    (kept,) = (tmp_path / "Master.csv.rejects.jsonl").read_text().splitlines()
    assert json.loads(kept)["record"] == BACKWARDS.rstrip("\n")


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_what_ingest_writes_is_read_again(fairwire: Run, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "Master.csv").write_text(GOOD + LATER)
    done = fairwire("ingest", "--format", "asterisk_csv", "-o", f"events.jsonl{suffix}", "Master.csv")
    assert (done.status, done.out) == (0, "")
    chunks = list(read_events([str(tmp_path / f"events.jsonl{suffix}")]))
    assert [found for chunk in chunks for found in chunk.calls["customer"].to_pylist()] == ["willow-dental"] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Master.csv", f"events.jsonl{suffix}"]


def test_the_same_records_give_the_same_bytes(fairwire: Run, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "Master.csv").write_text(GOOD + LATER)
    (tmp_path / "elsewhere" / "Master.csv.gz").write_bytes(gzip.compress((GOOD + LATER).encode()))
    plain = fairwire("ingest", "--format", "asterisk_csv", "Master.csv").out
    packed = fairwire("ingest", "--format", "asterisk_csv", "elsewhere/Master.csv.gz").out
    assert plain.replace('"recordfile":"Master.csv"', "") == packed.replace('"recordfile":"Master.csv.gz"', "")
    for name in ("one.gz", "two.gz", "one.zst", "two.zst"):
        fairwire("ingest", "--format", "asterisk_csv", "-o", name, "Master.csv")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()
    assert (tmp_path / "one.zst").read_bytes() == (tmp_path / "two.zst").read_bytes()


def test_the_summary_as_json_goes_where_the_events_do_not(fairwire: Run, tmp_path: Path) -> None:
    contradicting = GOOD.replace('"1772460432.17",""', '"1772460432.17","","","1772460432.17","7"')
    other = contradicting.replace(",139,132,", ",139,131,")
    (tmp_path / "Master.csv").write_text(contradicting + other)
    to_file = fairwire("ingest", "--format", "asterisk_csv", "--json", "-o", "events.jsonl", "Master.csv")
    assert to_file.err == ""
    assert json.loads(to_file.out) == {
        "read": 2,
        "events": 1,
        "rejected": 1,
        "duplicates": 0,
        "contradicting": 1,
        "joined": 0,
        "skipped": 0,
        "rejects": "Master.csv.rejects.jsonl",
        "reasons": {"contradicts line …: the same uniqueid and sequence with other content": 1},
    }
    to_screen = fairwire("ingest", "--format", "asterisk_csv", "--json", "Master.csv")
    assert json.loads(to_screen.out)["data"]["call_id"] == "1772460432.17"
    assert json.loads(to_screen.err)["events"] == 1


def test_with_strict_the_first_refused_record_is_an_error_and_no_file_is_left(fairwire: Run, tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_text(GOOD + BACKWARDS)
    done = fairwire("ingest", "--format", "asterisk_csv", "--strict", "-o", "events.jsonl", "Master.csv")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "error[FW-IN-001]: Master.csv:2: the call ends before it starts: "
        "`end` 2026-03-02T14:01:31Z, `start` 2026-03-02T14:07:12Z; "
        "stopped there, because refused records are not tolerated in this run\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["Master.csv"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--format", "asterix_csv", "Master.csv"],
            (
                "error[FW-ADP-001]: unknown format `asterix_csv`; did you mean `asterisk_csv`?; "
                "there are: asterisk_csv, asterisk_log, broadworks_csv, freeswitch_json, freeswitch_log, kamailio_acc, "
                "suricata_eve"
            ),
        ),
        (["--format", "asterisk_csv", "none.csv"], "error[FW-IN-001]: none.csv: no such file"),
        (
            ["--format", "asterisk_csv", "--option", "zone", "Master.csv"],
            "error[FW-USE-001]: `zone` is not an option; write --option name=value",
        ),
        (
            ["--format", "asterisk_csv", "--option", "zone=Europe/Lodnon", "Master.csv"],
            (
                "error[FW-USE-001]: option zone: `Europe/Lodnon` is not a time zone; did you mean `Europe/London`?; "
                "write an IANA name such as Europe/London or UTC"
            ),
        ),
        (
            ["--format", "asterisk_csv", "--option", "columns=uniqeid", "Master.csv"],
            (
                "error[FW-USE-001]: `uniqeid` is not a value of the option `columns`; did you mean `uniqueid`?; "
                "its values are: `uniqueid`, `userfield`, `uniqueid,userfield`, `none`"
            ),
        ),
        (
            ["--format", "asterisk_csv", "-o", "Master.csv", "Master.csv"],
            "error[FW-USE-001]: Master.csv: this file is one of the inputs and would be overwritten",
        ),
        (
            ["--format", "asterisk_csv", "--rejects", "Master.csv", "Master.csv"],
            "error[FW-USE-001]: Master.csv: this file is one of the inputs and would be overwritten",
        ),
        (
            ["--format", "asterisk_csv", "-o", "no/such/folder.jsonl", "Master.csv"],
            "error[FW-USE-001]: no/such/folder.jsonl: cannot write: no such file or directory",
        ),
    ],
)
def test_bad_use_is_one_sentence_and_status_2(fairwire: Run, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    (tmp_path / "Master.csv").write_text(GOOD)
    done = fairwire("ingest", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err == sentence + "\n"
    assert (tmp_path / "Master.csv").read_text() == GOOD


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_text("".join(GOOD.replace("432.17", f"432.{number}") for number in range(20_000)))
    code = "import sys; from fairwire.cli.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "ingest", "--format", "asterisk_csv", "Master.csv"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith(b'{"specversion"')
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (0, b"")


def test_formats_are_listed_with_their_options(fairwire: Run) -> None:
    done = fairwire("formats")
    assert done.status == 0
    for name in discovery.names("formats"):
        assert name in done.out
        for option in discovery.load("formats", name).options:
            assert f"--option {option}=" in done.out


def test_formats_are_listed_as_json(fairwire: Run) -> None:
    rows = json.loads(fairwire("formats", "--json").out)
    assert [row["name"] for row in rows] == discovery.names("formats")
    for row in rows:
        assert set(row) == {"name", "title", "suffixes", "options"}
        assert row["options"]["customer"] == "the customer of records that name none; default: such records are refused"


def test_a_compressed_file_of_events_ends_properly(fairwire: Run, tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_text(GOOD)
    fairwire("ingest", "--format", "asterisk_csv", "-o", "e.jsonl.zst", "Master.csv")
    plain = zstandard.ZstdDecompressor().stream_reader(io.BytesIO((tmp_path / "e.jsonl.zst").read_bytes())).read()
    assert plain.count(b"\n") == 1
