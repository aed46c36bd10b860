"""A laboratory on loopback: Kamailio as we ship its configuration, SIPp as callers and carrier, and Fairwire as a process.

Every part has a directory of its own and ports that were free; what was started is stopped by its id, and nothing else is.
Trunks are told apart by their addresses in 127.0.0.0/8.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from free_ports import free_port

HERE = Path(__file__).parent
SCENARIOS = HERE / "sip_scenarios"
KAMAILIO_CFG = HERE.parent / "docs" / "how-to" / "kamailio" / "kamailio.cfg"
READY = re.compile(r"fairwire ready: console and API at (http://[^,\s]+).*, token in (\S+)\n")
_WARM = {"id": "warm-up", "name": "Warm-up", "policy": "natterbox", "country": "US", "numbers": ["+12125550101"]}
_PAUSE = threading.Event()
"""Is never set: to wait on it is to let others have the processor."""


def missing() -> str:
    """Why the laboratory cannot be set up here, in one sentence; empty when it can."""
    wanted = [name for name in ("kamailio", "sipp") if shutil.which(name, path=_path()) is None]
    modules = Path("/usr/lib").glob("*/kamailio/modules/*.so")
    wanted += [f"kamailio's module {name}" for name in sorted({"evapi", "http_client"} - {file.stem for file in modules})]
    return f"{' and '.join(wanted)} must be installed to place calls for real" if wanted else ""


def _path() -> str:
    return os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"


def until(true: Callable[[], bool], what: str, *, seconds: float = 20) -> None:
    """Ask again and again; AssertionError when it has not become true in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        _PAUSE.wait(0.02)


def is_bound(port: int, host: str = "127.0.0.1") -> bool:
    """Somebody has the UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.bind((host, port))
        except OSError:
            return True
    return False


class Process:
    """A program in a directory of its own, with its output in a file."""

    def __init__(self, name: str, command: Sequence[str], place: Path, **environment: str) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.place = place
        self.log = place / f"{name}.log"
        with self.log.open("ab") as log:
            # A group of its own, so that what it has started ends with it.
            self.process = subprocess.Popen(
                command,
                cwd=place,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PATH": _path(), **environment},
            )

    def send(self, number: int) -> None:
        """Send a signal to the program alone."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, *, seconds: float = 10) -> None:
        """End it, by force when it does not end by itself."""
        self.send(number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)

    def text(self) -> str:
        """What it has written so far."""
        return self.log.read_text(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one SIPp saw."""

    sent: Counter[str]
    """Message -> how many: `INVITE`, `200` ..."""
    received: Counter[str]
    finals: tuple[str, ...] = ()
    """The final answers to INVITE as they came, with their headers; of a carrier, the INVITEs that came."""
    complaints: str = ""

    @property
    def codes(self) -> dict[int, int]:
        """How many calls ended with which final answer to the INVITE."""
        counted = Counter(int(one.split(" ", 2)[1]) for one in self.finals)
        return dict(sorted(counted.items()))

    def header(self, name: str, code: int | None = None) -> set[str]:
        """The values of a header in the messages kept, those with `code` only where it is given."""
        chosen = [one for one in self.finals if code is None or one.startswith(f"SIP/2.0 {code} ")]
        return {value.strip() for one in chosen for value in re.findall(rf"(?mi)^{re.escape(name)}\s*:(.*)$", one)}


def _counted(place: Path) -> tuple[Counter[str], Counter[str]]:
    sent: Counter[str] = Counter()
    received: Counter[str] = Counter()
    for file in place.glob("*_counts.csv"):
        rows = list(csv.reader(file.read_text().splitlines(), delimiter=";"))
        for name, value in zip(rows[0], rows[-1], strict=False):
            parts = name.split("_")
            if len(parts) == 3 and value.strip().isdigit():
                if parts[2] == "Sent":
                    sent[parts[1]] += int(value)
                elif parts[2] == "Recv":
                    received[parts[1]] += int(value)
    return sent, received


def _messages(file: Path, kept: Callable[[str], bool]) -> tuple[str, ...]:
    """The received messages of a SIPp message log, each once however often it was repeated."""
    if not file.exists():
        return ()
    text = file.read_text(errors="replace").replace("\r\n", "\n")
    found: dict[tuple[str, str, str], str] = {}
    for part in re.split(r"-{20,} [^\n]*\n", text):
        head, _, message = part.partition("\n\n")
        if "received" in head and kept(message):
            named = (message.partition("\n")[0], _only(message, "Call-ID"), _only(message, "CSeq"))
            found.setdefault(named, message)
    return tuple(found.values())


def _only(message: str, name: str) -> str:
    match = re.search(rf"(?mi)^{name}\s*:\s*(.*)$", message)
    return str(match[1]) if match else ""


def _is_final(message: str) -> bool:
    return message.startswith("SIP/2.0 ") and message[8] != "1" and "INVITE" in _only(message, "CSeq")


class Carrier:
    """SIPp as the carrier behind Kamailio."""

    def __init__(self, place: Path, port: int, scenario: str = "carrier") -> None:
        self._place = place
        self._process = Process(
            "carrier",
            [
                "sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-fd", "1",
                "-trace_counts", "-trace_msg", "-message_file", "messages.log", "-deadcall_wait", "0", "-skip_rlimit",
            ],
            place,
        )  # fmt: skip
        until(lambda: is_bound(port), "the carrier listens")

    def invites(self) -> tuple[str, ...]:
        """The INVITEs that have come so far, each call's once."""
        return _messages(self._place / "messages.log", lambda message: message.startswith("INVITE "))

    def stop(self) -> Seen:
        """End it, and say what it saw."""
        self._process.stop(signal.SIGUSR1, seconds=3)
        sent, received = _counted(self._place)
        return Seen(sent=sent, received=received, finals=self.invites())


@dataclass(slots=True, kw_only=True)
class Lab:
    """The parts, and where they are. Use `close` at the end."""

    place: Path
    kamailio: int = field(default_factory=free_port)
    carrier_port: int = field(default_factory=free_port)
    sip: int = field(default_factory=free_port)
    http: int = field(default_factory=free_port)
    evapi: int = field(default_factory=free_port)
    address: str = ""
    token: str = ""
    key: str = ""
    """The proxy's own."""
    _running: list[Process | Carrier] = field(default_factory=list)
    _callers: int = 0
    fairwire: Process | None = None
    proxy: Process | None = None

    def start_fairwire(self, customers: str, config: str = "", *, evapi: bool = False) -> Process:
        """Start the service, or start it again, and wait until it is ready."""
        (self.place / "customers.jsonl").write_text(customers.rstrip() + "\n" + json.dumps(_WARM) + "\n")
        way = f'evapi = ["127.0.0.1:{self.evapi}"]' if evapi else f'listen = "127.0.0.1:{self.sip}"'
        (self.place / "fairwire.toml").write_text(f"drain = 0\n[sip]\n{way}\n{config}")
        command = [
            sys.executable, "-c", "from fairwire.cli.main import main; main()", "serve", "--data", str(self.place / "data"),
            "--customers", str(self.place / "customers.jsonl"), "--config", str(self.place / "fairwire.toml"),
            "--http", f"127.0.0.1:{self.http}",
        ]  # fmt: skip
        (self.place / "fairwire.log").unlink(missing_ok=True)
        process = Process("fairwire", command, self.place, PYTHONUNBUFFERED="1")
        self._running.append(process)
        until(lambda: READY.search(process.text()) is not None or process.process.poll() is not None, "fairwire", seconds=90)
        match = READY.search(process.text())
        assert match is not None, process.text()
        self.address, self.token = match[1], Path(match[2]).read_text().strip()
        if not self.key:
            made = [*command[:3], "key", "make", "kamailio", "--data", str(self.place / "data")]
            made += ["--right", "decide", "--right", "events", "--json"]
            self.key = json.loads(subprocess.run(made, check=True, capture_output=True, text=True).stdout)["key"]
        self.fairwire = process
        self._warm_up()
        return process

    def _warm_up(self) -> None:
        """Have done what only the first calls and the first events cause: compiling, or loading what was compiled before."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        calls: list[dict[str, object]] = [
            {
                "customer": _WARM["id"], "call_id": f"warm-{place}-{time.monotonic_ns()}", "direction": "outbound",
                "from": "+12125550101", "to": f"+1{area}5550102",
            }
            for place, area in enumerate((201, 205, 206, 208))
        ]  # fmt: skip
        ended: dict[str, object] = {"start": now, "end": now, "duration_s": 1, "disposition": "answered"}
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.address, headers=headers, timeout=60) as http:
            for call in calls:
                assert http.post("/v1/decisions", json=call).json()["decision"] == "allow"
            for some in (calls[:1], calls[1:]):
                for kind, more in (("call.answered", {}), ("call.ended", ended)):
                    events = [
                        {
                            "specversion": "1.0", "id": f"{kind}-{call['call_id']}", "source": "lab", "type": kind, "time": now,
                            "data": call | more,
                        }
                        for call in some
                    ]  # fmt: skip
                    assert http.post("/v1/events", json=events).json()["accepted"] == len(some)

    def start_kamailio(
        self,
        *defines: str,
        trunks: dict[str, str],
        rates: dict[str, str] | None = None,
        local: str = "",
        rows: Sequence[str] = (),
    ) -> Process:
        """Start the proxy with the configuration that we ship and what is ours in its local file; wait until it answers.

        `local` is more of that file, `rows` more of its tables.
        """
        place = self.place / "kamailio"
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(KAMAILIO_CFG, place)
        tables = [f'$sht(fwtrunk=>{address}) = "{customer}";' for address, customer in trunks.items()]
        tables += [f'$sht(fwrate=>{prefix}) = "{rate}";' for prefix, rate in (rates or {}).items()]
        way = ";transport=tcp" if "OVER_TCP" in defines else ""
        (place / "fairwire-local.cfg").write_text(
            f"""
#!define FWK_LISTEN udp:127.0.0.1:{self.kamailio}
#!define FWK_LISTEN_TCP tcp:127.0.0.1:{self.kamailio}
#!define FWK_SIP "sip:127.0.0.1:{self.sip}{way}"
#!define FWK_HTTP "fairwire=>http://kamailio:{self.key}@127.0.0.1:{self.http}"
#!define FWK_EVAPI "127.0.0.1:{self.evapi}"
#!define FWK_CARRIER "sip:127.0.0.1:{self.carrier_port}"
#!define FWK_FOLLOWED "^sip:[^@]+@127\\.0\\.0\\.1:{self.carrier_port}(;|$)"
{local}"""
        )
        (place / "fairwire-trunks.cfg").write_text("\n".join(["event_route[htable:mod-init] {", *tables, *rows, "}"]) + "\n")
        # The machine may be busy with other tests; that a call is given up in time is for tests that say so.
        waits = [] if any(define.startswith("FWK_WAIT_MS") for define in defines) else ["-A", "FWK_WAIT_MS=2500"]
        told = waits + [word for define in defines if define != "OVER_TCP" for word in ("-A", define)]
        command = ["kamailio", "-DD", "-E", "-x", "tlsf", "-X", "tlsf", "-m", "64", "-M", "8", "-Y", str(place)]
        process = Process("kamailio", [*command, "-f", str(place / "kamailio.cfg"), *told], place)
        self._running.append(process)
        until(lambda: self.answers_options(process), "kamailio answers OPTIONS")
        self.proxy = process
        return process

    def answers_options(self, process: Process) -> bool:
        """Kamailio answers; AssertionError when it has ended."""
        assert process.process.poll() is None, process.text()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.bind(("127.0.0.1", 0))
            asking.settimeout(0.1)
            port = asking.getsockname()[1]
            asking.sendto(options(port, self.kamailio), ("127.0.0.1", self.kamailio))
            try:
                return asking.recv(4096).startswith(b"SIP/2.0 200")
            except OSError:
                return False

    def start_carrier(self, scenario: str = "carrier") -> Carrier:
        """Start a carrier with counts that begin at nothing."""
        self._callers += 1
        carrier = Carrier(self.place / f"carrier-{self._callers}", self.carrier_port, scenario)
        self._running.append(carrier)
        return carrier

    def call(
        self,
        calls: Sequence[tuple[str, str]],
        *,
        trunk: str,
        rate: float = 20,
        talk_ms: int = 50,
        name: str = "Reception",
        target: int | None = None,
        more: Sequence[str] = (),
        seconds: float = 40,
    ) -> Seen:
        """Place calls, (caller, called) each, from the address of a trunk; returns when all are over.

        `target` is the port to call, Kamailio's when it is left out; `rate` is in calls a second.
        """
        assert rate < 200, "the machine is shared"
        self._callers += 1
        place = self.place / f"caller-{self._callers}"
        place.mkdir()
        lines = [f"{caller};{called};{name}" for caller, called in calls]
        (place / "calls.csv").write_text("\n".join(["SEQUENTIAL", *lines]) + "\n")
        process = Process(
            "caller",
            [
                "sipp", "-sf", str(SCENARIOS / "caller.xml"), "-inf", "calls.csv", "-i", trunk, "-p", str(free_port(trunk)),
                "-m", str(len(calls)), "-r", f"{rate:g}", "-l", "200", "-d", str(talk_ms), "-nostdin", "-fd", "1",
                "-trace_counts", "-trace_msg", "-message_file", "messages.log", "-trace_err", "-error_file", "errors.log",
                "-skip_rlimit", "-deadcall_wait", "0", "-pause_msg_ign", *more, f"127.0.0.1:{target or self.kamailio}",
            ],
            place,
        )  # fmt: skip
        self._running.append(process)
        try:
            process.process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.stop(signal.SIGKILL)
        sent, received = _counted(place)
        errors = place / "errors.log"
        complaints = errors.read_text(errors="replace") if errors.exists() else ""
        return Seen(sent=sent, received=received, finals=_messages(place / "messages.log", _is_final), complaints=complaints)

    def metrics(self) -> dict[str, float]:
        """The figures of the service."""
        page = httpx.get(self.address + "/metrics", timeout=10).text
        rows = (line.rpartition(" ") for line in page.splitlines() if line and line[0] != "#")
        return {name: float(value) for name, _, value in rows}

    def outcome(self, name: str, kind: str = "sip") -> float:
        """How many messages had this outcome."""
        return self.metrics().get(f'fairwire_{kind}_messages_total{{outcome="{name}"}}', 0.0)

    def close(self) -> None:
        """Stop all that was started and still runs."""
        for one in reversed(self._running):
            if isinstance(one, Carrier):
                one._process.stop(signal.SIGKILL)
            else:
                if one.process.poll() is None and one is self.fairwire:
                    one.send(signal.SIGCONT)
                one.stop(seconds=5)


def options(port: int, target: int) -> bytes:
    """OPTIONS from a local port."""
    return (
        f"OPTIONS sip:127.0.0.1:{target} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{time.monotonic_ns():x}\r\n"
        f"From: <sip:lab@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {time.monotonic_ns():x}\r\nCSeq: 1 OPTIONS\r\n"
        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    ).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """One INVITE, for what SIPp cannot write."""

    caller: str = "+12125550110"
    called: str = "+12125550177"
    shown: str = ""
    """The name in From, quoted and escaped as it goes out."""
    more: Sequence[str] = ()
    """Further header lines."""
    call_id: str = field(default_factory=lambda: f"{time.monotonic_ns():x}@lab")

    def written(self, port: int, target: int, host: str, branch: str = "") -> bytes:
        """As a datagram from a local port."""
        lines = [
            f"INVITE sip:{self.called}@127.0.0.1:{target} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{branch or self.call_id[:12]}",
            "Max-Forwards: 70",
            f"From: {self.shown}<sip:{self.caller}@{host}>;tag=raw",
            f"To: <sip:{self.called}@127.0.0.1:{target}>",
            f"Call-ID: {self.call_id}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:raw@{host}:{port}>",
            *self.more,
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""]).encode()


class Phone:
    """A socket that sends datagrams as they are, and gives the answers."""

    def __init__(self, target: int, host: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._target = target
        self._host = host

    def send(self, invite: Invite, branch: str = "") -> None:
        """Send an INVITE; the same one again when it is asked again."""
        written = invite.written(self._socket.getsockname()[1], self._target, self._host, branch)
        self._socket.sendto(written, ("127.0.0.1", self._target))

    def answer(self, *, seconds: float = 5, final: bool = True) -> str:
        """The next answer, past provisional ones where `final`; empty when none comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                text = self._socket.recv(65535).decode(errors="replace")
            except OSError:
                return ""
            if not final or text[8:9] != "1":
                return text
        return ""

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
