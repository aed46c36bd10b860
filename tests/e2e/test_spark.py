"""Weeks of simulated traffic through Spark: the findings of the local engine, to the byte, in batch and as a stream."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.testkit.simulate import Order, simulate

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from fairwire.cli.main import main; main()"]
START = 20_000
"""Events of the first days."""
CLOSING = b'{"specversion":"1.0","id":"end","source":"test","type":"feed.closed","time":"2027-01-01T00:00:00Z","data":{}}\n'


@dataclass(frozen=True, slots=True)
class Month:
    """Simulated traffic, told badly."""

    events: Path
    """A folder of files: events in no order, some twice, some that contradict others, ids that two customers share."""
    customers: Path
    folder: Path
    lines: list[bytes]
    """The events as they were simulated, in order of time."""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    folder = tmp_path_factory.mktemp("month")
    simulate(msgspec.convert({"scenario": "demo", "seed": 1, "days": 9}, Order), folder)
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    dice = random.Random(11)
    names = sorted(json.loads(line)["id"] for line in (folder / "customers.jsonl").read_bytes().splitlines())
    told = lines + dice.sample(lines, 500)
    for line in dice.sample(lines, 200):
        event = json.loads(line)
        other = dice.choice([name for name in names if name != event["data"]["customer"]])
        told.append(json.dumps(event | {"data": event["data"] | {"customer": other}}).encode() + b"\n")
        told.append(json.dumps(event | {"data": event["data"] | {"user_agent": "x", "charge": "9.99"}}).encode() + b"\n")
    (number, *_), *_ = (json.loads(line)["numbers"] for line in (folder / "customers.jsonl").read_bytes().splitlines())
    for called, name in ((number[:12], "known"), ("+12025550199", "nobody")):  # the first of a range
        about = {"report_id": name, "category": "spam", "format": "form", "number": called}
        told.append(json.dumps(json.loads(lines[0]) | {"id": name, "type": "report.received", "data": about}).encode() + b"\n")
    told += [b"no event\n", lines[0].replace(b'"customer":"', b'"customer":"nobody-')]
    dice.shuffle(told)
    events = folder / "told"
    events.mkdir()
    for number in range(5):
        (events / f"{number}.jsonl").write_bytes(b"".join(told[number::5]))
    return Month(events, folder / "customers.jsonl", folder, lines)


def fairwire(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, as a user calls it."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        env={**os.environ, **environment},
    )


def replayed(month: Month, out: Path, *arguments: str, events: Path | None = None) -> dict[str, Any]:
    out.mkdir()
    written = ("--findings", out / "findings.jsonl", "--rejects", out / "rejects.jsonl", "--data", out / "data", "--json")
    done = fairwire("replay", events or month.events, "--customers", month.customers, *written, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


@pytest.fixture(scope="module")
def local(month: Month) -> dict[str, Any]:
    """What the local engine says of them."""
    return replayed(month, month.folder / "local")


def test_a_month_through_spark_gives_the_findings_of_the_local_engine(
    month: Month, local: dict[str, Any], tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary)
    try:
        spark = replayed(month, tmp_path / "out", "--engine", "spark", "--workers", "2")
    finally:
        del os.environ["TMPDIR"]
    timed = ("seconds", "events_per_s")
    assert {name: value for name, value in spark.items() if name not in timed} == {
        name: value for name, value in local.items() if name not in timed
    }
    assert spark["findings"] >= 15
    assert spark["rejected"] >= 200
    assert spark["duplicates"] >= 400
    assert spark["other_events"] == {"report.received": 1}
    for name in ("findings.jsonl", "rejects.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == (month.folder / "local" / name).read_bytes()
    assert list(temporary.iterdir()) == [], "nothing is left behind"
    first = json.loads((tmp_path / "out" / "findings.jsonl").read_bytes().splitlines()[0])
    shown = []
    for folder in (month.folder / "local", tmp_path / "out"):
        told = fairwire("explain", first["finding_id"], "--data", folder / "data", "--json")
        assert told.returncode == 0, told.stderr
        shown.append(json.loads(told.stdout))
    assert shown[0] == shown[1], "a finding from workers of Spark is explained as a local one"


@pytest.fixture(scope="module")
def start(month: Month) -> tuple[Path, dict[str, Any]]:
    """The first days of the month, and what the local engine says of them."""
    events = month.folder / "start.jsonl"
    events.write_bytes(b"".join(month.lines[:START]))
    return events, replayed(month, month.folder / "start", events=events)


def streamed(folder: Path, month: Month, out: Path, *, until: int | None = None) -> dict[str, Any]:
    """The last word of a stream that reads what is there, or that is ended from outside when it has counted `until` events."""
    command = [*COMMAND, "stream", folder, "--customers", month.customers, "--out", out, "--partitions", "3", "--json"]
    command += ["--once"] if until is None else []
    summary: dict[str, Any] = {}
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            summary = json.loads(line)
            if summary["events"] == until:
                process.terminate()
                until = None
        said = process.stderr.read()
    assert (process.returncode, said) == (0, f"reading {folder}\n")
    return summary


def test_a_stream_that_is_stopped_and_taken_up_again_finds_what_a_replay_finds(
    month: Month, start: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Some files, an end of the process, the other files: as one replay of all of them."""
    dropped, out = tmp_path / "dropped", tmp_path / "out"
    dropped.mkdir()
    lines = month.lines[:START]
    parts = [lines[at : at + START // 5] for at in range(0, START, START // 5)]
    for number, part in enumerate(parts[:3]):
        (dropped / f"{number}.jsonl").write_bytes(b"".join(part))
    half = streamed(dropped, month, out)
    for number, part in enumerate(parts[3:], start=3):
        (dropped / f"{number}.jsonl").write_bytes(b"".join(part))
    (dropped / "end.jsonl").write_bytes(CLOSING)
    whole = streamed(dropped, month, out, until=START)
    assert whole["findings_sha256"] == start[1]["findings_sha256"]
    assert (out / "findings.jsonl").read_bytes() == (month.folder / "start" / "findings.jsonl").read_bytes()
    assert whole["events"] == START
    assert half["findings"] < whole["findings"]
    assert whole["findings"] >= 5


def test_a_stream_is_not_taken_up_with_other_customers(month: Month, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    dropped = tmp_path / "dropped"
    dropped.mkdir()
    begun = {"partitions": 8, "hold_us": 1, "longest_us": 1, "fingerprint": "-", "customers_sha256": "-"}
    (out / "stream.json").write_text(json.dumps(begun))
    done = fairwire("stream", dropped, "--customers", month.customers, "--out", out, "--once")
    assert done.returncode == 2
    assert "begun with other --hold, --longest-call, policies or detectors, customers" in done.stderr


def test_what_only_the_local_engine_does_is_refused_before_anything_starts(month: Month, tmp_path: Path) -> None:
    for given in (("--checkpoint", tmp_path / "progress"), ("--decisions", tmp_path / "decisions.jsonl")):
        done = fairwire(
            "replay", month.events, "--customers", month.customers, "--data", tmp_path / "data", "--engine", "spark", *given
        )
        assert done.returncode == 2
        assert f"`{given[0]}` does not go with `--engine spark`" in done.stderr


def test_without_java_the_command_ends_with_one_sentence(month: Month, tmp_path: Path) -> None:
    done = fairwire(
        "replay",
        month.events,
        "--customers",
        month.customers,
        "--engine",
        "spark",
        "--data",
        tmp_path / "data",
        PATH=str(tmp_path),
        JAVA_HOME="",
    )
    assert done.returncode == 2
    assert "needs Java 17 or later, and none is here" in done.stderr
    assert "Traceback" not in done.stderr
