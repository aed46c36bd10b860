"""A real server killed at random points under load, again and again: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from fairwire.model.frames import DECISION, EVENTS, Frame, read_frames, read_header
from fairwire.runtime.detectors import load_detectors

pytestmark = pytest.mark.slow

READY = re.compile(r"fairwire ready: console and API at (http://\S+), token in (\S+)\n")
KILLS = 8
CLIENTS = 6
BATCH = 25
SNAPSHOT_EVERY = 700
"""Events; low, so that kills also fall into the writing of snapshots."""
START = "2026-03-02T09:00:00Z"


def event(client: int, number: int) -> dict[str, Any]:
    """One call of one customer, over when it is told. Some callers step through numbers, so that there are findings."""
    minute, second = divmod(number * 7, 60)
    hour, minute = divmod(minute, 60)
    at = f"2026-03-02T{9 + hour:02d}:{minute:02d}:{second:02d}Z"
    step = number if client % 2 else number % 9
    return {
        "specversion": "1.0",
        "id": f"c{client}-{number}",
        "source": "test/kill",
        "type": "call.ended",
        "time": at,
        "data": {
            "customer": f"customer-{client}",
            "call_id": f"call-{client}-{number}",
            "direction": "outbound",
            "from": f"+1202555010{client}",
            "line": f"+1202555010{client}",
            "to": f"+131255{10000 + step}",
            "start": at,
            "answer": at,
            "end": at,
            "duration_s": 0,
            "disposition": "answered",
        },
    }


@dataclass(slots=True)
class Site:
    """A data folder, and the server that runs on it now."""

    folder: Path
    process: subprocess.Popen[str] | None = None
    address: str = ""
    token: str = ""
    errors: list[str] = field(default_factory=list)

    def start(self) -> None:
        command = [sys.executable, "-c", "from fairwire.cli.main import main; main()", "serve", "--http", "127.0.0.1:0"]
        command += ["--data", str(self.folder / "data"), "--customers", str(self.folder / "customers.jsonl")]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("FAIRWIRE_")}
        cache = {name: os.environ[name] for name in ("FAIRWIRE_CACHE", "FAIRWIRE_COMPILE") if name in os.environ}
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean | cache | {"FAIRWIRE_SNAPSHOT_EVERY": str(SNAPSHOT_EVERY)},
        )
        watchdog = threading.Timer(60, self.process.kill)
        watchdog.start()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        watchdog.cancel()
        match = READY.fullmatch(line)
        if match is None:
            self.process.kill()
            pytest.fail(f"no ready line but {line!r}, and {self.process.communicate()[1]!r}")
        self.address, self.token = match[1], Path(match[2]).read_text().strip()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    def end(self) -> None:
        assert self.process is not None
        self.errors.append(self.process.communicate()[1])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class Load:
    """Clients that post batches and send what was not acknowledged again, until the server is gone."""

    def __init__(self) -> None:
        self.next = [0] * CLIENTS
        """Number of the first event of each client that is not acknowledged yet."""
        self.answers: Counter[str] = Counter()
        self.decided = 0
        self._progress = threading.Condition()

    def drive(self, site: Site, enough: int) -> list[threading.Thread]:
        """Start all clients; returns when `enough` batches were acknowledged, with the clients still at it."""
        goal = self.answers["batches"] + enough
        threads = [threading.Thread(target=self._client, args=(site, client)) for client in range(CLIENTS)]
        threads.append(threading.Thread(target=self._proxy, args=(site,)))
        for thread in threads:
            thread.start()
        with self._progress:
            reached = self._progress.wait_for(lambda: self.answers["batches"] >= goal, timeout=60)
        assert reached, self.answers
        return threads

    def _client(self, site: Site, client: int) -> None:
        with httpx.Client(base_url=site.address, headers=site.headers, timeout=30) as http:
            while True:
                first = self.next[client]
                batch = [event(client, number) for number in range(first, first + BATCH)]
                try:
                    answer = http.post("/v1/events", json=batch)
                except httpx.TransportError:
                    return
                assert answer.status_code == 202, answer.text
                told = answer.json()
                assert told["accepted"] + told["duplicates"] == BATCH, told
                with self._progress:
                    self.next[client] += BATCH
                    self.answers["batches"] += 1
                    self.answers["accepted"] += told["accepted"]
                    self.answers["known"] += told["duplicates"]
                    self._progress.notify_all()

    def _proxy(self, site: Site) -> None:
        """Asks for decisions meanwhile, for calls of a customer of its own."""
        with httpx.Client(base_url=site.address, headers=site.headers, timeout=30) as http:
            while True:
                data = event(CLIENTS, self.decided)["data"]
                data = {name: data[name] for name in ("customer", "direction", "from", "to", "line", "call_id")}
                try:
                    answer = http.post("/v1/decisions", json=data)
                except httpx.TransportError:
                    return
                assert answer.status_code == 200, answer.text
                self.decided += 1


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with (tmp_path / "customers.jsonl").open("w") as file:
        for client in range(CLIENTS + 1):
            record = {"id": f"customer-{client}", "policy": "clearspan", "country": "US", "numbers": [f"+1202555010{client}"]}
            file.write(json.dumps(record) + "\n")
    site = Site(tmp_path)
    yield site
    if site.process is not None and site.process.poll() is None:
        site.process.kill()
        site.process.communicate()


def frames(data: Path) -> list[Frame]:
    """The whole log, read without the server's help."""
    found: list[Frame] = []
    for path in sorted((data / "events").glob("*.fwlog")):
        content = path.read_bytes()
        first = read_header(content)
        assert isinstance(first, int), first
        for frame in read_frames(content, first):
            assert isinstance(frame, Frame), frame
            found.append(frame)
    assert [frame.seq for frame in found] == list(range(1, len(found) + 1))
    return found


def test_killed_at_random_points_under_load_nothing_acknowledged_is_lost_and_nothing_counts_twice(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(20260302)
    load = Load()
    for _ in range(KILLS):
        site.start()
        threads = load.drive(site, chance.randint(1, 20))
        # Somewhere between two answers: the clients are in the midst of theirs, and end when theirs does not come.
        threading.Timer(chance.random() * 0.05, site.kill).start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        site.end()
    site.start()
    metrics = {
        sample.name: sample.value
        for family in text_string_to_metric_families(httpx.get(site.address + "/metrics").text)
        for sample in family.samples
        if not sample.labels
    }
    with httpx.Client(base_url=site.address, headers=site.headers, timeout=60) as http:
        for client in range(CLIENTS):
            # All that was acknowledged, once more, and nothing of it is new.
            for first in range(0, load.next[client], 2500):
                last = min(first + 2500, load.next[client])
                told = http.post("/v1/events", json=[event(client, number) for number in range(first, last)]).json()
                assert told == {"accepted": 0, "duplicates": last - first, "rejected": 0}
        served = {one["finding_id"]: one for one in http.get("/v1/findings", params={"limit": 500}).json()["findings"]}
    assert site.process is not None
    site.process.terminate()
    _, errors = site.process.communicate(timeout=60)
    assert "Traceback" not in errors + "".join(site.errors)

    log = frames(site.folder / "data")
    counted = Counter(json.loads(line)["id"] for frame in log if frame.kind == EVENTS for line in frame.lines)
    acknowledged = {f"c{client}-{number}" for client in range(CLIENTS) for number in range(load.next[client])}
    lost = len(acknowledged - set(counted))
    twice = sum(count - 1 for count in counted.values())
    decisions = sum(frame.kind == DECISION for frame in log)
    with capsys.disabled():
        print(
            f"\nkills {KILLS}, acknowledged {len(acknowledged)} events in {load.answers['batches']} batches, lost {lost}, "
            f"counted twice {twice}; {load.answers['known']} were known when they were sent again; "
            f"decisions answered {load.decided}, in the log {decisions}"
        )
    assert lost == 0
    assert twice == 0
    assert metrics["fairwire_engine_events"] == len(counted), "what the service counts is what is in its log"
    # A call that was asked for again after a kill is answered again, and logged once.
    assert decisions <= metrics["fairwire_engine_decisions"] <= load.decided + KILLS

    replayed = site.folder / "findings.jsonl"
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from fairwire.cli.main import main; main()", "replay", site.folder / "data" / "events"),
            *("--customers", site.folder / "customers.jsonl", "--findings", replayed, "--data", site.folder / "again", "--json"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["rejected"] == 0
    # Decisions are of today, the events of months ago: what customers have in common was over for the service when these came.
    in_common = {name for name, detector in load_detectors()[0].items() if detector.across}
    served = {name: one for name, one in served.items() if one["detector"] not in in_common}
    found = [one for one in map(json.loads, replayed.read_text().splitlines()) if one["detector"] not in in_common]
    again = {one["finding_id"]: one for one in found}
    assert again, "there is something to find"
    assert served == again
