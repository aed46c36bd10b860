"""`fairwire serve` as a process with its control store in PostgreSQL, also while that goes away and comes again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from fairwire.runtime.anchor import FILE as MARK
from fairwire.runtime.audit import verify
from fairwire.runtime.backup import back_up
from fairwire.runtime.data import open_control
from fairwire.runtime.log_files import read_log
from fairwire.runtime.restoring import restore
from fairwire.runtime.secrets import audit_key
from postgres_lab import PASSWORD, Database, Server

pytestmark = pytest.mark.slow

PROGRAM = [sys.executable, "-c", "from fairwire.cli.main import main; main()"]
CUSTOMER = {
    "id": "hobnail-freight",
    "name": "Hobnail Freight",
    "policy": "clearspan",
    "country": "US",
    "numbers": ["+12025550117"],
}


def environment() -> dict[str, str]:
    ours = ("FAIRWIRE_CACHE", "FAIRWIRE_COMPILE")
    return {name: value for name, value in os.environ.items() if not name.startswith("FAIRWIRE_") or name in ours}


class Running:
    """One server process."""

    def __init__(self, data: Path, *more: str) -> None:
        given = [
            "--data",
            str(data),
            "--customers",
            str(data.parent / "customers.jsonl"),
            "--http",
            "127.0.0.1:0",
            "--drain",
            "0",
        ]
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", *given, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
        )
        watchdog = threading.Timer(60, self.process.kill)
        watchdog.start()
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        watchdog.cancel()
        assert words, self.process.communicate()[1]
        self.address = words[words.index("at") + 1].rstrip(",")
        self.head = {"Authorization": f"Bearer {(data / 'token').read_text().strip()}"}

    def decide(self, call: str, from_: str) -> str:
        """What a call is answered."""
        attempt = {"call_id": call, "customer": CUSTOMER["id"], "direction": "outbound", "from": from_, "to": "+12025550118"}
        answer = httpx.post(self.address + "/v1/decisions", json=attempt, headers=self.head, timeout=60)
        assert answer.status_code == 200, answer.text
        decision: str = answer.json()["decision"]
        return decision

    def end(self) -> str:
        """SIGTERM; what it said on standard error."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, said
        return said


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *map(str, arguments)], capture_output=True, text=True, env=environment(), timeout=120)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "customers.jsonl").write_text(json.dumps(CUSTOMER) + "\n")
    (tmp_path / "db.password").write_text(PASSWORD + "\n")
    (tmp_path / "db.password").chmod(0o600)
    return tmp_path / "data"


@pytest.fixture
def running() -> Iterator[list[Running]]:
    """Servers put here are killed at the end, if they still run."""
    servers: list[Running] = []
    yield servers
    for server in servers:
        server.process.kill()
        server.process.communicate()


def test_a_service_keeps_what_it_finds_there_and_calls_are_answered_while_it_is_away(
    data: Path, running: list[Running], postgres: Server, database: Database
) -> None:
    first = Running(data, "--store", database.tcp(), "--store-password-file", str(data.parent / "db.password"))
    running.append(first)
    assert not (data / "fairwire.db").exists()
    assert PASSWORD.encode() not in Path(f"/proc/{first.process.pid}/cmdline").read_bytes()
    assert first.decide("c-1", "+12025550117") == "allow"
    assert first.decide("c-2", "+442079460991") == "deny"
    made = command("key", "make", "sbc-east", "--data", data)
    assert made.returncode == 0, made.stderr
    out, back = data.parent / "backup.tar.zst", data.parent / "back"
    saved = back_up(data, out, secrets=False, now_us=0)
    assert saved.store == f"postgresql://fairwire@127.0.0.1:{postgres.port}/{database.name}"
    restore(out, back)
    kept = read_log(back)
    assert (kept.damage, kept.events >= 2) == ([], True), "a log that is being written is backed up whole"
    postgres.stop("immediate")
    try:
        assert first.decide("c-3", "+442079460992") == "deny"
        shown = httpx.get(first.address + "/v1/findings", headers=first.head, timeout=60)
        assert (shown.status_code, "cannot be reached" in shown.text) == (503, True)
        away = command("audit", "verify", "--data", data)
        assert away.returncode == 2
        assert "cannot be reached (connection refused)" in away.stderr
        assert away.stderr.count("\n") == 1
    finally:
        postgres.start()
    assert first.decide("c-4", "+12025550117") == "allow"
    said = first.end()
    assert PASSWORD not in said + made.stderr + away.stderr
    assert "Traceback" not in said
    counted = dict(map(tuple, database.sql("SELECT name, sum(value) FROM series GROUP BY name")))
    assert (counted["calls"], counted["refused"]) == (4, 2), "also what came while the server was away"

    verified = command("audit", "verify", "--data", data, "--json")
    assert verified.returncode == 0, verified.stderr
    told = json.loads(verified.stdout)
    assert (told["entries"], told["anchor"]) == (1, told["head"]), "the service had moved the mark on"
    assert (data / MARK).read_text().startswith(f"1 {told['head']['hash']} ")

    database.sql("DELETE FROM audit")
    with closing(open_control(data)) as store:
        cut = verify(store, data, audit_key(data))
    assert "the trail ends at entry 0, and it had come to entry 1: its end was cut off" in cut.problems
