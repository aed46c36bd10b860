"""`fairwire serve` as a process: what it prints, what it leaves on disk, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

READY = re.compile(r"fairwire ready: console and API at (http://\S+), token in (\S+)\n")
CUSTOMER = {
    "id": "hobnail-freight",
    "name": "Hobnail Freight",
    "policy": "clearspan",
    "country": "US",
    "numbers": ["+12025550117"],
}
ATTEMPT = {"call_id": "c-1", "customer": "hobnail-freight", "direction": "outbound", "from": "+12025550117", "to": "+12025550118"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One server process."""

    process: subprocess.Popen[str]
    address: str
    token: str

    def post(self, path: str, body: Any) -> httpx.Response:
        return httpx.post(self.address + path, json=body, headers={"Authorization": f"Bearer {self.token}"}, timeout=60)


Start = Callable[..., Running]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from fairwire.cli.main import main; main()", "serve", *arguments]


def environment(**more: str) -> dict[str, str]:
    # Nothing that the suite is set to but where machine code is: each server would have it made anew.
    ours = ("FAIRWIRE_CACHE", "FAIRWIRE_COMPILE")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FAIRWIRE_") or name in ours}
    return clean | more


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "customers.jsonl").write_text(json.dumps(CUSTOMER) + "\n")
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    """Starts a server and waits for its ready line; whatever still runs at the end is killed."""
    processes: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **env: str) -> Running:
        given = arguments or ("--data", str(data), "--customers", str(data.parent / "customers.jsonl"), "--http", "127.0.0.1:0")
        process = subprocess.Popen(
            command(*given), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**env)
        )
        processes.append(process)
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        assert process.stdout is not None
        line = process.stdout.readline()
        watchdog.cancel()
        match = READY.fullmatch(line)
        if match is None:
            process.kill()
            pytest.fail(f"no ready line but {line!r}, and {process.communicate()[1]!r}")
        return Running(process=process, address=match[1], token=Path(match[2]).read_text().strip())

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def refused(*arguments: str, **env: str) -> str:
    """The one sentence of a start that fails."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, env=environment(**env), timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error[FW-")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_the_first_start_makes_its_own_secrets_for_the_owner_only(start: Start, data: Path) -> None:
    server = start()
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for name in ("token", "session.key", "fairwire.db"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600, name
    assert len(server.token) >= 40
    assert httpx.get(server.address + "/readyz").json() == {"status": "ready"}
    assert httpx.get(server.address + "/").headers["location"] == "/login?next=%2F"


def test_a_key_made_while_it_runs_works_at_once_and_a_revoked_one_no_longer(start: Start, data: Path) -> None:
    server = start()

    def cli(*arguments: str) -> str:
        program = [sys.executable, "-c", "from fairwire.cli.main import main; main()"]
        done = subprocess.run(
            [*program, "key", *arguments, "--data", str(data)], capture_output=True, text=True, env=environment(), timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def becomes(key: str, status: int) -> bool:
        until = time.monotonic() + 20  # a second on a machine that is not busy
        while time.monotonic() < until:
            headers = {"Authorization": f"Bearer {key}"}
            if httpx.post(server.address + "/v1/decisions", json=ATTEMPT, headers=headers, timeout=60).status_code == status:
                return True
        return False

    httpx.post(server.address + "/v1/decisions", json=ATTEMPT, headers={"Authorization": "Bearer x"}, timeout=60)
    key = cli("make", "sbc-east", "--on-failure", "open").strip()
    assert becomes(key, 200)
    (listed,) = json.loads(cli("list", "--json"))
    assert (listed["name"], listed["rights"], listed["on_failure"]) == ("sbc-east", ["decide"], "open")
    assert key not in cli("list")
    assert "revoked" in cli("revoke", "sbc-east")
    assert becomes(key, 401)


def test_the_token_stays_the_same_after_a_restart(start: Start) -> None:
    first = start()
    first.process.send_signal(signal.SIGTERM)
    first.process.communicate(timeout=30)
    assert start().token == first.token


def test_sigterm_drains_and_ends_with_success(start: Start) -> None:
    server = start()
    with httpx.Client(base_url=server.address) as http:
        assert http.get("/readyz").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        statuses = set()
        while 503 not in statuses:  # the signal needs a moment; the port stays open for a second meanwhile
            statuses.add(http.get("/readyz").status_code)
        assert http.get("/healthz").status_code == 200, "what still comes is answered"
    _, errors = server.process.communicate(timeout=30)
    assert server.process.returncode == 0
    assert errors == ""


def test_a_decision_comes_from_the_policy_in_force(start: Start) -> None:
    server = start()
    decision = server.post("/v1/decisions", ATTEMPT).json()
    assert decision["decision"] == "allow"
    assert decision["policy"].startswith("clearspan")
    emergency = server.post("/v1/decisions", ATTEMPT | {"to": "911", "customer": "nobody-we-know"}).json()
    assert emergency["decision"] == "allow", "an emergency call is always allowed"


def test_an_acknowledged_event_survives_being_killed(start: Start) -> None:
    events = [
        {
            "specversion": "1.0",
            "id": f"e-{number}",
            "source": "test",
            "type": "call.attempt",
            "time": "2026-03-04T10:00:00Z",
            "data": ATTEMPT | {"call_id": f"c-{number}"},
        }
        for number in range(25)
    ]
    first = start()
    assert first.post("/v1/events", events).json() == {"accepted": 25, "duplicates": 0, "rejected": 0}
    first.process.kill()
    first.process.communicate()
    assert start().post("/v1/events", events).json() == {"accepted": 0, "duplicates": 25, "rejected": 0}


def test_settings_come_from_the_flag_then_the_environment_then_the_file(start: Start, tmp_path: Path) -> None:
    for name in ("from-file", "from-env", "from-flag"):
        (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / "customers.jsonl").write_text(json.dumps(CUSTOMER) + "\n")
    config = tmp_path / "fairwire.toml"
    config.write_text(
        'data = "from-file"\nhttp = "127.0.0.1:0"\ncustomers = "customers.jsonl"\npolicy = ["clearspan"]\ndrain = 0\n'
    )
    start("--config", str(config))
    assert (tmp_path / "from-file" / "token").exists()
    start("--config", str(config), FAIRWIRE_DATA=str(tmp_path / "from-env"))
    assert (tmp_path / "from-env" / "token").exists()
    start("--config", str(config), "--data", str(tmp_path / "from-flag"), FAIRWIRE_DATA=str(tmp_path / "elsewhere"))
    assert (tmp_path / "from-flag" / "token").exists()
    assert not (tmp_path / "elsewhere").exists()


def test_a_busy_port_is_one_sentence(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        sentence = refused("--data", str(data), "--http", f"127.0.0.1:{port}")
    assert f"the address 127.0.0.1:{port} is in use by another process" in sentence
    assert "`--http`" in sentence


@pytest.mark.parametrize("address", ["8080", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:70000", "::1:8080", ":8080", ""])
def test_an_address_that_is_none_is_one_sentence(data: Path, address: str) -> None:
    assert "is not an address; give HOST:PORT" in refused("--data", str(data), "--http", address or " ")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('dta = "x"', "the setting `dta` does not exist; did you mean `data`?"),
        ("data = 5", "the setting `data` must be a text"),
        ("drain = -1", "the setting `drain` must be a number of seconds"),
        ("policy = [1]", "the setting `policy` must be a text or a list of texts"),
        ("data = ", "the file is not TOML"),
        ("\x00", "the file is not TOML"),
    ],
)
def test_a_bad_settings_file_is_one_sentence_with_its_name(tmp_path: Path, text: str, says: str) -> None:
    config = tmp_path / "fairwire.toml"
    config.write_text(text)
    sentence = refused("--config", str(config))
    assert says in sentence
    assert str(config) in sentence


def test_a_data_directory_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "the data directory cannot be used" in refused("--data", str(tmp_path / "file" / "data"), "--http", "127.0.0.1:0")


def test_a_store_that_is_no_store_is_one_sentence(data: Path) -> None:
    data.mkdir(mode=0o700)
    (data / "fairwire.db").write_bytes(b"not a database, not at all" * 40)
    assert "damaged or is not a SQLite file" in refused("--data", str(data), "--http", "127.0.0.1:0")


def test_every_way_in_is_offered() -> None:
    help_ = subprocess.run(command("--help"), capture_output=True, text=True, check=True).stdout
    assert all(option in help_ for option in ("--http", "--sip", "--hep"))
