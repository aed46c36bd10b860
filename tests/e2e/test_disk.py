"""A running server and its disk: full, read back by people, held by one process at a time."""

from __future__ import annotations

import json
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

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


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from fairwire.cli.main import main; main()", *map(str, arguments)]


def fairwire(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, timeout=120)


def event(number: int, time: str = "2026-03-04T10:00:00Z", **more: Any) -> dict[str, Any]:
    """One call attempt."""
    data = ATTEMPT | {"call_id": f"c-{number}"}
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "test",
        "type": "call.attempt",
        "time": time,
        "data": data,
    } | more


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One server process."""

    process: subprocess.Popen[str]
    http: httpx.Client

    def post(self, body: Any) -> httpx.Response:
        return self.http.post("/v1/events", json=body)

    def metrics(self) -> dict[str, float]:
        text = self.http.get("/metrics").text
        families = text_string_to_metric_families(text)
        return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}

    def end(self, number: int = signal.SIGTERM) -> str:
        """Stop it; what it has written to standard error."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=60)[1]


Start = Callable[..., Running]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "customers.jsonl").write_text(json.dumps(CUSTOMER) + "\n")
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    """Starts a server and waits for its ready line; whatever still runs at the end is killed."""
    running: list[Running] = []

    def begin(*arguments: str) -> Running:
        given = ("serve", "--data", data, "--customers", data.parent / "customers.jsonl", "--http", "127.0.0.1:0", "--drain", "0")
        process = subprocess.Popen(command(*given, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        assert process.stdout is not None
        line = process.stdout.readline()
        watchdog.cancel()
        match = READY.fullmatch(line)
        if match is None:
            process.kill()
            pytest.fail(f"no ready line but {line!r}, and {process.communicate()[1]!r}")
        headers = {"Authorization": f"Bearer {Path(match[2]).read_text().strip()}"}
        running.append(Running(process=process, http=httpx.Client(base_url=match[1], headers=headers, timeout=60)))
        return running[-1]

    yield begin
    for server in running:
        server.http.close()
        server.process.kill()
        server.process.communicate()


def test_a_full_disk_is_told_nothing_is_acknowledged_and_service_goes_on_when_there_is_room(start: Start, data: Path) -> None:
    server = start()
    assert server.post([event(number) for number in range(10)]).status_code == 202
    (path,) = (data / "events").glob("*.fwlog")
    size = path.stat().st_size
    # No file of this process may grow past what the log has now, and a little: as if the disk had no more.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + 1000, resource.RLIM_INFINITY))
    batch = [event(number) for number in range(10, 60)]
    refused = server.post(batch)
    assert refused.status_code == 507
    error = refused.json()["error"]
    assert error["code"] == "FW-LOG-003"
    assert error["message"].startswith("the disk has no room for more events; nothing of this request was acknowledged")
    assert path.stat().st_size == size, "what was written of it is taken away"
    assert server.post(event(60)).status_code == 507
    assert server.http.get("/healthz").status_code == 200
    assert server.http.post("/v1/decisions", json=ATTEMPT).json()["decision"] == "allow", "calls are decided all the same"
    assert server.metrics()["fairwire_log_failures_total"] >= 1
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    while (answer := server.post(batch)).status_code == 507:  # until the log has tried again
        continue
    assert answer.status_code == 202
    told = answer.json()
    assert told["accepted"] + told["duplicates"] == 50
    assert server.metrics()["fairwire_engine_events"] == 60
    server.end(signal.SIGKILL)
    again = start()
    assert again.post([event(number) for number in range(60)]).json() == {"accepted": 0, "duplicates": 60, "rejected": 0}
    assert again.metrics()["fairwire_engine_events"] == 60


def test_the_log_is_read_back_as_json_lines_checked_and_replayed_while_the_server_runs(
    start: Start, data: Path, tmp_path: Path
) -> None:
    server = start()
    added = event(7, type="user.added", data={"customer": "hobnail-freight", "user": "ann"})
    sent = [event(1), event(2), added, event(3) | {"source": "über"}]
    for _ in range(2):
        assert server.post(sent).status_code == 202
    server.http.post("/v1/decisions", json=ATTEMPT | {"call_id": "asked"})
    with server.http.stream("GET", "/metrics") as page:
        page.read()
    while server.metrics()["fairwire_log_waiting_records"]:  # the decision is written right behind its answer
        continue
    exported = fairwire("log", "export", "--data", data)
    assert exported.returncode == 0, exported.stderr
    lines = [json.loads(line) for line in exported.stdout.splitlines()]
    assert sorted(lines[:4], key=lambda one: one["id"]) == sorted(sent, key=lambda one: one["id"])
    assert lines[4]["data"]["call_id"] == "asked"
    assert fairwire("log", "verify", "--data", data).stdout == "5 events in records 1 to 3: all sound\n"
    replayed = fairwire(
        "replay", data / "events", "--customers", tmp_path / "customers.jsonl", "--data", tmp_path / "other", "--json"
    )
    summary = json.loads(replayed.stdout)
    assert (summary["events"], summary["rejected"], summary["duplicates"]) == (5, 0, 0)
    figures = server.metrics()
    assert figures["fairwire_log_records_total"] == 3
    assert 2 <= figures["fairwire_log_sync_seconds_count"] == figures["fairwire_log_batch_records_count"] <= 3
    assert figures["fairwire_log_batch_records_sum"] == 3
    assert figures["fairwire_log_written_bytes_total"] > len(exported.stdout)
    server.end()

    (path,) = (data / "events").glob("*.fwlog")
    content = bytearray(path.read_bytes())
    content[content.index(b'"e-2"')] ^= 1
    path.write_bytes(content)
    verified = fairwire("log", "verify", "--data", data, "--json")
    assert verified.returncode == 1
    assert json.loads(verified.stdout)["damage"] == [
        f"{path}: the log is damaged at byte 32: the record does not match its checksum"
    ]
    stopped = fairwire("log", "export", "--data", data)
    assert (stopped.returncode, stopped.stdout) == (2, "")
    assert stopped.stderr.startswith(f"error[FW-LOG-002]: {path}: the log is damaged at byte 32")
    saved = fairwire("log", "export", "--data", data, "--skip-damaged", "-o", tmp_path / "saved.jsonl")
    assert saved.returncode == 0
    assert "the log is damaged at byte 32" in saved.stderr
    assert json.loads((tmp_path / "saved.jsonl").read_text())["data"]["call_id"] == "asked"
    # The snapshot of the shutdown has all that the damaged record held, but the end of the log must be sound to write behind it.
    refused = fairwire("serve", "--data", data, "--customers", tmp_path / "customers.jsonl", "--http", "127.0.0.1:0")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error[FW-LOG-002]")
    assert refused.stderr.count("\n") == 1
    nothing = fairwire("log", "export", "--data", tmp_path)
    assert nothing.returncode == 2
    assert "there is no event log here" in nothing.stderr


def test_a_second_server_on_the_same_folder_is_one_sentence(start: Start, data: Path) -> None:
    server = start()
    second = fairwire("serve", "--data", data, "--customers", data.parent / "customers.jsonl", "--http", "127.0.0.1:0")
    assert second.returncode == 2
    assert second.stderr == (
        f"error[FW-LOG-004]: {data}: another process ({server.process.pid}) serves from this data folder; "
        "end it, or choose another folder with `--data`\n"
    )
    assert server.post(event(1)).status_code == 202, "the first one has not noticed"
