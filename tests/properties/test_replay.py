"""Replaying simulated traffic: the same findings to the byte, however the events are told, ordered, split, spread or cut off."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.model.errors import BadInput
from fairwire.model.finding import Finding
from fairwire.model.instants import parse_us
from fairwire.runtime import partitions
from fairwire.runtime.replay import Replay, Replayed, replay
from fairwire.testkit.simulate import Order, simulate
from traces import told

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Traffic:
    """One simulation, told in two ways."""

    records: Path
    """One event a call: its record."""
    whole: Path
    """Attempts, answers and ends."""
    customers: Path
    folder: Path


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    folder = tmp_path_factory.mktemp("simulated")
    for feed in ("cdr", "full"):
        simulate(msgspec.convert({"scenario": "demo", "seed": 1, "days": 12, "feed": feed}, Order), folder / feed)
    return Traffic(folder / "cdr" / "events.jsonl", folder / "full" / "events.jsonl", folder / "cdr" / "customers.jsonl", folder)


def silent(_what: str, _done: int, _of: int) -> None:
    """Nobody looks."""


def ran(traffic: Traffic, events: Sequence[Path], out: Path, **options: Any) -> Replayed:
    work = Replay(
        events=[str(path) for path in events],
        customers=traffic.customers,
        findings=out,
        rejects=out.with_suffix(".rejects.jsonl"),
        **options,
    )
    return replay(work, silent)


@pytest.fixture(scope="module")
def reference(traffic: Traffic) -> bytes:
    """The findings file of the records alone, run in one go by one process."""
    out = traffic.folder / "reference.findings.jsonl"
    done = ran(traffic, [traffic.records], out)
    assert done.summary["findings"] >= 15
    assert len({finding.detector for finding in done.findings}) >= 9
    return out.read_bytes()


def findings_of(content: bytes) -> list[Finding]:
    return [msgspec.json.decode(line, type=Finding) for line in content.splitlines()]


def test_records_alone_and_a_full_feed_give_the_same_findings_for_the_same_calls(
    traffic: Traffic, reference: bytes, tmp_path: Path
) -> None:
    done = ran(traffic, [traffic.whole], tmp_path / "full.jsonl")
    alone = findings_of(reference)
    assert told(alone) == told(done.findings)
    assert [(finding.user, finding.line) for finding in alone] == [(finding.user, finding.line) for finding in done.findings]
    assert done.summary["events"] > 2 * len(traffic.records.read_bytes().splitlines())


def test_shuffled_split_and_doubled_events_give_the_same_file(traffic: Traffic, reference: bytes, tmp_path: Path) -> None:
    lines = traffic.records.read_bytes().splitlines(keepends=True)
    twice = lines + lines
    random.Random(7).shuffle(twice)
    folder = tmp_path / "pieces"
    folder.mkdir()
    for number in range(5):
        (folder / f"part-{number}.jsonl").write_bytes(b"".join(twice[number::5]))
    done = ran(traffic, [folder], tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == reference
    assert (done.summary["duplicates"], done.summary["rejected"], done.summary["late"]) == (len(lines), 0, 0)
    assert done.summary["events"] == len(lines)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_same_input_and_policy_give_the_same_bytes_for_any_number_of_workers(
    traffic: Traffic, reference: bytes, tmp_path: Path, workers: int
) -> None:
    done = ran(traffic, [traffic.records], tmp_path / "out.jsonl", workers=workers)
    assert (tmp_path / "out.jsonl").read_bytes() == reference
    assert done.summary["findings"] == len(reference.splitlines())


class CutOff(Exception):
    """The run stops here."""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(
    traffic: Traffic, reference: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(partitions, "STRETCH", 20_000)
    saved = 0
    save = partitions.save_checkpoint

    def and_stop(file: Path, done: Any) -> None:
        nonlocal saved
        save(file, done)
        saved += 1
        if saved == 3:
            raise CutOff

    monkeypatch.setattr(partitions, "save_checkpoint", and_stop)
    folder = tmp_path / "progress"
    if workers == 1:
        with pytest.raises(CutOff):
            ran(traffic, [traffic.records], tmp_path / "out.jsonl", checkpoint=folder)
        assert not (tmp_path / "out.jsonl").exists()
        assert len(list(folder.glob("*.npz"))) == 1
    monkeypatch.setattr(partitions, "save_checkpoint", save)
    ran(traffic, [traffic.records], tmp_path / "out.jsonl", checkpoint=folder, workers=workers)
    assert (tmp_path / "out.jsonl").read_bytes() == reference
    ran(traffic, [traffic.records], tmp_path / "once-more.jsonl", checkpoint=folder, workers=workers)
    assert (tmp_path / "once-more.jsonl").read_bytes() == reference


DIES = """
import os, signal, sys
import numpy as np
from fairwire.runtime.machine import prepare
prepare()
from fairwire.runtime import partitions
partitions.STRETCH = 20_000
written = 0
savez = np.savez
def dying(file, **arrays):
    global written
    written += 1
    if written == 3 and sys.argv[1] == "while":
        file.write_bytes(b"PK half a checkpoint")
        os.kill(os.getpid(), signal.SIGKILL)
    savez(file, **arrays)
    if written == 3:
        os.kill(os.getpid(), signal.SIGKILL)
np.savez = dying
from fairwire.cli.main import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("when", ["while", "after"])
def test_a_killed_run_goes_on_to_the_same_bytes(traffic: Traffic, reference: bytes, tmp_path: Path, when: str) -> None:
    out, folder = tmp_path / "out.jsonl", tmp_path / "progress"
    arguments = ["replay", str(traffic.records), "--customers", str(traffic.customers), "--findings", str(out)]
    arguments += [
        "--checkpoint",
        str(folder),
        "--data",
        str(tmp_path / "data"),
        "--rejects",
        str(tmp_path / "rejects.jsonl"),
        "--json",
    ]
    killed = subprocess.run([sys.executable, "-c", DIES, when, *arguments], capture_output=True, check=False, timeout=240)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not out.exists()
    code = "from fairwire.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr.decode()
    assert out.read_bytes() == reference
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["findings"] == len(reference.splitlines())


def test_progress_kept_for_other_customers_is_not_taken_up(traffic: Traffic, reference: bytes, tmp_path: Path) -> None:
    """A raised limit must show at once, although a finished checkpoint of the same events is there."""
    folder = tmp_path / "progress"
    ran(traffic, [traffic.records], tmp_path / "before.jsonl", checkpoint=folder)
    records = [json.loads(line) for line in traffic.customers.read_bytes().splitlines()]
    for record in records:
        record.pop("max_active_connections", None)
    raised = tmp_path / "customers.jsonl"
    raised.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    other = Traffic(traffic.records, traffic.whole, raised, traffic.folder)
    done = ran(other, [traffic.records], tmp_path / "after.jsonl", checkpoint=folder)
    before = Counter(finding.detector for finding in findings_of(reference))
    after = Counter(finding.detector for finding in done.findings)
    assert before["limits.concurrent_calls"] > 0
    assert after["limits.concurrent_calls"] == 0
    assert after == before - Counter({"limits.concurrent_calls": before["limits.concurrent_calls"]})


def test_a_damaged_checkpoint_is_named_with_what_to_do(traffic: Traffic, tmp_path: Path) -> None:
    folder = tmp_path / "progress"
    ran(traffic, [traffic.records], tmp_path / "out.jsonl", checkpoint=folder)
    (kept,) = folder.glob("*.npz")
    spoil: list[Callable[[bytes], bytes]] = [
        lambda content: content[: len(content) // 2],
        lambda _: b"",
        lambda _: b"PK\x03\x04 no zip",
    ]
    whole = kept.read_bytes()
    for how in spoil:
        kept.write_bytes(how(whole))
        with pytest.raises(BadInput, match=r"(?s)checkpoint cannot be read.*delete it"):
            ran(traffic, [traffic.records], tmp_path / "out.jsonl", checkpoint=folder)


def test_a_finding_shows_events_of_its_own_customer_from_its_own_past(traffic: Traffic, reference: bytes) -> None:
    events = {}
    for line in traffic.records.read_bytes().splitlines():
        event = json.loads(line)
        events[event["id"]] = event["data"]
    for finding in findings_of(reference):
        shown = [events[name] for name in finding.events]
        assert 1 <= len(shown) <= 20
        assert len(set(finding.events)) == len(finding.events)
        assert {event["customer"] for event in shown} == {finding.customer}
        assert all(parse_us(event["start"]) <= parse_us(finding.time) for event in shown)
        if finding.callee is not None:
            assert {event["to"] for event in shown} == {finding.callee}
        if finding.line is not None:
            assert {event["line"] for event in shown} == {finding.line}


def test_the_environment_of_a_run_does_not_show_in_its_findings(traffic: Traffic, reference: bytes, tmp_path: Path) -> None:
    """Another order of hashes and sets, another zone and language of the machine."""
    arguments = ["replay", str(traffic.records), "--customers", str(traffic.customers), "--findings", str(tmp_path / "out.jsonl")]
    arguments += ["--data", str(tmp_path / "data"), "--rejects", str(tmp_path / "rejects.jsonl")]
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    code = "from fairwire.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, env=environment, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "out.jsonl").read_bytes() == reference
