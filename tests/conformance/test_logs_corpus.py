"""Logs of real attacks, line by line, where somebody else has said which of them tell an attempt, and from where.

The table in docs/explanation/detection_on_real_data.md is made of what is counted here; a test keeps the two the same.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from fairwire.ports.events import Format, Rejected, Skipped
from fairwire.runtime import discovery

CORPUS = os.environ.get("FAIRWIRE_CORPUS")
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "detection_on_real_data.md"

pytestmark = pytest.mark.skipif(
    CORPUS is None, reason="FAIRWIRE_CORPUS is not set: the real records are not part of the repository"
)


class Verdict(NamedTuple):
    """One line, and what somebody else says of it."""

    line: str
    tells: bool
    address: str | None
    time: str | None


class Log(NamedTuple):
    """Lines of one kind, and how they are read."""

    title: str
    format: str
    file: str
    options: dict[str, str]


_YEAR = {"year": "2005"}
LOGS = (
    Log("Asterisk, fail2ban", "asterisk_log", "sip_logs_fail2ban/asterisk.expected.jsonl", {**_YEAR, "undated": "previous"}),
    Log("FreeSWITCH, fail2ban", "freeswitch_log", "sip_logs_fail2ban/freeswitch.expected.jsonl", _YEAR),
    Log(
        "FreeSWITCH, fail2ban, challenges counted",
        "freeswitch_log",
        "sip_logs_fail2ban/freeswitch.expected.jsonl",
        {**_YEAR, "challenges": "failure"},
    ),
    Log("Asterisk, OSSEC", "asterisk_log", "sip_logs_ossec/asterisk.ini", _YEAR),
)
ADDRESS_IN_OSSEC = re.compile(r"(?:failed for '|Call from '' \()(?P<address>[0-9.]+)")


def verdicts(file: str) -> list[Verdict]:
    path = Path(CORPUS or "") / file
    if not path.exists():
        pytest.skip(f"{file} is not in the corpus")
    text = path.read_text("utf-8")
    if path.suffix == ".ini":
        lines = [line.partition(" = ")[2] for line in text.splitlines() if line.startswith("log ")]
        return [Verdict(line, True, _address(line), None) for line in lines]
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [
        Verdict(row["line"], row["expected"]["match"], row["expected"].get("host"), row["expected"].get("time")) for row in rows
    ]


def _address(line: str) -> str:
    found = ADDRESS_IN_OSSEC.search(line)
    assert found
    return found["address"]


def told(log: Log, line: str) -> list[dict[str, Any]]:
    """The events of one line, in a log whose line before has a time."""
    before = (
        "[2005-01-01 00:00:00] VERBOSE[1] pbx.c: begin" if log.format == "asterisk_log" else "2005-01-01 00:00:00 [DEBUG] begin"
    )
    adapter: Format = discovery.load("formats", log.format)
    found = adapter.read("log", io.BytesIO(f"{before}\n{line}\n".encode()), {"customer": "acme", **log.options})
    return [each for each in found if not isinstance(each, Rejected | Skipped)]


def confusion(log: Log) -> tuple[int, int, int, int]:
    """Lines that tell an attempt and are told with its address, are not, and those that tell none and are told, are not."""
    counts = [0, 0, 0, 0]
    for verdict in verdicts(log.file):
        events = told(log, verdict.line)
        right = bool(events) and events[0]["data"]["src_ip"] == verdict.address
        counts[(0 if right else 1) if verdict.tells else (2 if events else 3)] += 1
    return counts[0], counts[1], counts[2], counts[3]


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def row(log: Log) -> str:
    hit, missed, false, quiet = confusion(log)
    figures = f"{hit} | {missed} | {false} | {quiet} | {percent(hit, hit + false)} | {percent(hit, hit + missed)}"
    return f"| {log.title} | {figures} |"


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.title)
def test_the_table_of_sip_logs_says_what_is_counted(log: Log) -> None:
    assert row(log) in PAGE.read_text("utf-8")


@pytest.mark.parametrize("log", LOGS[:2], ids=lambda log: log.title)
def test_a_line_that_tells_an_attempt_has_its_time(log: Log) -> None:
    for verdict in verdicts(log.file):
        events = told(log, verdict.line)
        if verdict.tells and verdict.time and events:
            # Where a line names no year, the verdict's is a guess.
            compared = slice(0, 19) if verdict.time[:4] in verdict.line else slice(5, 19)
            assert events[0]["time"][compared] == verdict.time[compared], verdict.line


def test_a_failure_of_the_manager_interface_is_a_login_and_not_a_registration() -> None:
    lines = [verdict.line for verdict in verdicts(LOGS[0].file) if "manager.c" in verdict.line or 'Service="AMI"' in verdict.line]
    assert lines
    assert {event["type"] for line in lines for event in told(LOGS[0], line)} == {"auth.login"}


def eve_lines() -> Iterator[tuple[str, bytes]]:
    folder = Path(CORPUS or "") / "ids_suricata_eve"
    for path in sorted(folder.iterdir()):
        if path.suffix in (".log", ".eve", ".jsonl") or path.name.endswith("eve.json"):
            yield path.name, path.read_bytes()


def test_of_the_real_eve_lines_one_is_an_alert_and_none_is_refused() -> None:
    files = list(eve_lines())
    if not files:
        pytest.skip("no EVE file is in the corpus")
    for name, content in files:
        found = list(discovery.load("formats", "suricata_eve").read(name, io.BytesIO(content), {"customer": "acme"}))
        assert not [each for each in found if isinstance(each, Rejected)]
        alerts = [each["data"] for each in found if isinstance(each, dict) and each["type"] == "net.alert"]
        assert [(alert["signature"].split()[0], alert["severity"], alert["category"]) for alert in alerts] == [
            ("2024833", 1, "policy")
        ]
        assert len(found) == content.count(b"\n")


def test_the_examples_of_the_eve_documentation_are_read() -> None:
    page = Path(CORPUS or "") / "ids_suricata_eve" / "eve-json-format.rst"
    if not page.exists():
        pytest.skip("the page is not in the corpus")
    records = [record for record in _json_blocks(page.read_text("utf-8")) if record.get("event_type") in ("alert", "flow")]
    assert records
    for record in records:
        (found,) = discovery.load("formats", "suricata_eve").read(
            "page", io.BytesIO(msgspec.json.encode(record)), {"customer": "acme"}
        )
        assert isinstance(found, dict), found


def _json_blocks(text: str) -> Iterator[dict[str, Any]]:
    """The indented blocks of a page that are one whole JSON object."""
    for block in re.findall(r"(?:^(?: {2,}.*)?\n)+", text, re.MULTILINE):
        try:
            record = json.loads(block)
        except json.JSONDecodeError:
            continue
        if isinstance(record, dict):
            yield record
