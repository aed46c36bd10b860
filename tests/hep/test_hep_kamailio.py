"""A real proxy mirrors real calls: as many attempts, answers and ends as there were calls, however often each message is seen."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from free_ports import free_port

HERE = Path(__file__).parent / "proxy"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("kamailio") and shutil.which("sipp")),
        reason="Kamailio and SIPp are not installed; Debian has them as kamailio, kamailio-extra-modules and sip-tester",
    ),
]
CUSTOMERS = [
    {"id": "willow", "policy": "clearspan", "country": "US", "numbers": ["+12125550100"]},
    {"id": "gone", "policy": "clearspan", "country": "US", "state": "suspended", "numbers": ["+12125550101"]},
]
KEY = "a key of the tests"
READY = re.compile(r"fairwire ready: .* at (http://\S+), SIP at \S+, HEP at \S+, token in (\S+)\n")


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """Fairwire, the proxy, and who is called."""

    folder: Path
    proxy: int
    address: str
    token: str

    def counts(self) -> dict[str, int]:
        """What Fairwire's metrics say of mirrored messages."""
        page = httpx.get(f"{self.address}/metrics", headers={"Authorization": f"Bearer {self.token}"}, timeout=10).text
        found = re.findall(r'^fairwire_hep_total\{outcome="(\w+)"\} (\S+)$', page, re.MULTILINE)
        return {name: int(float(value)) for name, value in found}

    def until(self, **wanted: int) -> dict[str, int]:
        """The counts, once they are these; as they are when that takes too long."""
        counts: dict[str, int] = {}
        for _ in range(2_000):
            counts = self.counts()
            if all(counts.get(name) == value for name, value in wanted.items()):
                return counts
        return counts

    def call(self, scenario: str, calls: int, *, caller: str, called: str, code: int = 200) -> None:
        """Have SIPp make calls; all must go as the scenario says."""
        file = self.folder / f"{scenario}-{called}-{caller}.xml"
        text = (HERE / f"{scenario}.xml").read_text()
        file.write_text(text.replace("@CALLER@", caller).replace("@CALLED@", called).replace("@CODE@", str(code)))
        port = free_port()
        done = subprocess.run(
            ["sipp", "-sf", file, "-i", "127.0.0.1", "-p", str(port), "-m", str(calls), "-r", "20", "-l", "200", "-nostdin",
             "-timeout", "40", "-timeout_error", f"127.0.0.1:{self.proxy}"],
            capture_output=True, text=True, timeout=60, cwd=self.folder, env=os.environ | {"TERM": "dumb"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-500:]


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    folder = tmp_path_factory.mktemp("laboratory")
    proxy, fairwire, hep, called, busy = (free_port() for _ in range(5))
    (folder / "customers.jsonl").write_text("".join(json.dumps(one) + "\n" for one in CUSTOMERS))
    (folder / "key").write_text(KEY)
    (folder / "fairwire.toml").write_text(
        f'data = "data"\nhttp = "127.0.0.1:0"\ncustomers = "customers.jsonl"\n[sip]\nlisten = "127.0.0.1:{fairwire}"\n'
        f'[hep]\nlisten = "127.0.0.1:{hep}"\nkey_file = "key"\n'
    )
    config = (HERE / "kamailio.cfg").read_text()
    for name, value in (("PROXY", proxy), ("FAIRWIRE", fairwire), ("HEP", hep), ("CALLED", called), ("BUSY", busy), ("KEY", KEY)):
        config = config.replace(f"@{name}@", str(value))
    (folder / "kamailio.cfg").write_text(config)
    with ExitStack() as running:

        def run(*command: str | Path, **more: object) -> subprocess.Popen[str]:
            process = subprocess.Popen(command, text=True, cwd=folder, env=os.environ | {"TERM": "dumb"}, **more)  # type: ignore[call-overload]
            running.callback(process.communicate)
            running.callback(process.terminate)
            return process  # type: ignore[no-any-return]

        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = run(
            sys.executable, "-c", "from fairwire.cli.main import main; main()", "serve", "--config", "fairwire.toml",
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert server.stdout is not None
        ready = READY.fullmatch(server.stdout.readline())
        assert ready is not None
        run(
            "kamailio",
            "-DD",
            "-E",
            "-n",
            "1",
            "-m",
            "64",
            "-M",
            "8",
            "-f",
            "kamailio.cfg",
            "-P",
            folder / "kamailio.pid",
            **quiet,
        )
        for scenario, port in (("called", called), ("busy", busy)):
            run("sipp", "-sf", HERE / f"{scenario}.xml", "-i", "127.0.0.1", "-p", str(port), "-nostdin", **quiet)
        answers(proxy)
        yield Laboratory(folder=folder, proxy=proxy, address=ready[1], token=(folder / ready[2]).read_text().strip())


def answers(port: int) -> None:
    """Wait until the proxy answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind(("127.0.0.1", 0))
        asking.settimeout(0.2)
        here = f"127.0.0.1:{asking.getsockname()[1]}"
        options = (
            f"OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bKready\r\n"
            f"From: <sip:a@{here}>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: ready\r\nCSeq: 1 OPTIONS\r\n"
            f"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        for _ in range(100):
            asking.sendto(options.encode(), ("127.0.0.1", port))
            try:
                asking.recv(4096)
            except OSError:
                continue
            return
    pytest.fail("the proxy does not answer")


def test_calls_through_a_proxy_are_told_once_each(laboratory: Laboratory) -> None:
    laboratory.call("caller", 40, caller="+12125550100", called="+12125550150")
    counts = laboratory.until(attempt=40, answered=40, ended=40)
    assert (counts["attempt"], counts["answered"], counts["ended"]) == (40, 40, 40)
    # The redirect point has told the attempts already.
    counts = laboratory.until(known=40, taken=80)
    assert (counts["known"], counts["taken"], counts["not_taken"]) == (40, 80, 0)
    assert counts["packets"] >= 14 * 40

    laboratory.call("refused", 10, caller="+12125550100", called="+12125550186", code=486)
    counts = laboratory.until(attempt=50, ended=50)
    assert (counts["attempt"], counts["answered"], counts["ended"]) == (50, 40, 50)

    laboratory.call("refused", 10, caller="+12125550101", called="+12125550150", code=403)
    counts = laboratory.until(refused_here=10)
    assert (counts["refused_here"], counts["attempt"], counts["answered"], counts["ended"]) == (10, 50, 40, 50)
    assert counts["not_taken"] == 0
