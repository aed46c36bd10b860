"""`fairwire decide` as a program on the other end of a pipe sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest

from fairwire.cli.decide import decide_lines
from fairwire.testkit.services import BarredPrefixes

ATTEMPT = {
    "call_id": "c-1",
    "customer": "hobnail-freight",
    "direction": "outbound",
    "from": "+12025550117",
    "to": "+12025550144",
}
CUSTOMERS = (
    {
        "id": "hobnail-freight",
        "name": "Hobnail Freight",
        "policy": "natterbox",
        "numbers": ["+12025550100-+12025550119"],
        "timezone": "America/New_York",
        "country": "US",
        "opened": "2024-05-01",
        "contacts": [{"role": "admin", "email": "admin@hobnail.example"}],
        "international": False,
    },
    {
        "id": "closed-shop",
        "name": "Closed Shop",
        "policy": "natterbox",
        "numbers": ["+12025550130"],
        "timezone": "UTC",
        "country": "US",
        "opened": "2024-05-01",
        "contacts": [],
        "state": "suspended",
    },
)


def event(name: str, **changed: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": name,
        "source": "/sbc/1",
        "type": "call.attempt",
        "time": "2026-03-02T14:07:12.000001Z",
        "data": ATTEMPT | {"call_id": name} | changed,
    }


def test_each_line_is_answered_by_one_line_in_order(tmp_path: Path) -> None:
    lines = [
        json.dumps(event("e-1")).encode() + b"\n",
        b"\n",
        b"not json\n",
        json.dumps(ATTEMPT | {"to": "+442079460018"}).encode(),
    ]
    out, errors = BytesIO(), StringIO()
    with closing(BarredPrefixes(tmp_path / "events.log", ["+44"])) as service:
        bad = decide_lines(service, lines, out, errors)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert bad == 1
    assert [answer.get("decision") for answer in answers] == ["allow", None, "deny"]
    assert answers[1]["line"] == 3
    assert errors.getvalue().startswith("error: line 3: ")
    assert errors.getvalue().count("\n") == 1


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    """The real command with its real rules, started once."""
    folder = tmp_path_factory.mktemp("decide")
    records = folder / "customers.jsonl"
    records.write_text("".join(json.dumps(customer) + "\n" for customer in CUSTOMERS), encoding="utf-8")
    command = [sys.executable, "-c", "from fairwire.cli.main import main; main()"]
    arguments = ["decide", "--customers", str(records), "--policy", "natterbox", "--data", str(folder / "data")]
    with subprocess.Popen(
        [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield process
        process.kill()


def ask(process: subprocess.Popen[bytes], line: bytes) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + b"\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "verdict", "code"),
    [
        ({}, "allow", 302),
        ({"to": "911"}, "allow", 302),
        ({"to": "9911", "customer": "closed-shop"}, "allow", 302),
        ({"to": "urn:service:sos", "customer": "nobody-knows"}, "allow", 302),
        ({"customer": "nobody-knows"}, "deny", 403),
        ({"customer": "closed-shop", "from": "+12025550130"}, "deny", 403),
        ({"from": "+12025550199"}, "deny", 403),
        ({"from": "+12025550199", "diversion": ["+12025550101"]}, "allow", 302),
        ({"to": "+442079460018"}, "deny", 403),
        ({"to": "+12115550123"}, "deny", 404),
    ],
)
def test_a_call_is_decided_while_the_pipe_stays_open(
    conversation: subprocess.Popen[bytes], changed: dict[str, Any], verdict: str, code: int
) -> None:
    answer = ask(conversation, json.dumps(event("-".join(["e", *map(str, changed.values())]), **changed)).encode())
    assert (answer["decision"], answer["sip"]["code"]) == (verdict, code)
    assert verdict == "allow" or all(reason["clause"] and reason["text"] for reason in answer["reasons"])


@pytest.mark.slow
def test_bare_data_is_decided_too_and_a_bad_line_does_not_end_the_conversation(conversation: subprocess.Popen[bytes]) -> None:
    assert ask(conversation, json.dumps(ATTEMPT | {"call_id": "bare-1"}).encode())["decision"] == "allow"
    broken = ask(conversation, b'{"call_id": 7}')
    assert broken["error"]
    assert ask(conversation, json.dumps(ATTEMPT | {"call_id": "bare-2", "to": "112"}).encode())["decision"] == "allow"


@pytest.mark.slow
def test_the_exit_status_tells_whether_a_line_was_bad(tmp_path: Path) -> None:
    records = tmp_path / "customers.jsonl"
    records.write_text("".join(json.dumps(customer) + "\n" for customer in CUSTOMERS), encoding="utf-8")
    program = "from fairwire.cli.main import main; main()"
    arguments = ["decide", "--customers", str(records), "--policy", "natterbox", "--data", str(tmp_path / "data")]
    good = json.dumps(event("e-1")).encode()
    done = subprocess.run([sys.executable, "-c", program, *arguments], input=good, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 1
    done = subprocess.run([sys.executable, "-c", program, *arguments], input=b"{\n" + good, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: line 1: ")
    assert b"Traceback" not in done.stderr
    assert done.stdout.count(b"\n") == 2
