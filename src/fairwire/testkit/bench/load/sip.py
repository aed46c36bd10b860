"""A session border controller in a process of its own: asks about call after call over UDP and acknowledges each answer."""

from __future__ import annotations

import secrets
import select
import socket
import time
from collections import Counter

import numpy as np

from fairwire.testkit.bench.load.callers import Letters, calls

LOST_S = 0.5
"""An answer that has not come after this long is lost; a proxy would have asked again."""
_BUFFER = 8 << 20


class Sender:
    """Sends the INVITEs of `calls` to one address.

    Parameters
    ----------
    host, port
        Who is asked.
    customers
        How many customers call.
    refused
        Some of the calls have to be refused.
    """

    def __init__(self, host: str, port: int, customers: int, *, refused: bool = True) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.connect((host, port))
        self._socket.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._letters = Letters(secrets.token_hex(4).encode(), self._socket.getsockname()[1])
        self._calls = calls(customers, secrets.randbits(32), refused=refused)
        self._next = 0
        self._open: dict[int, tuple[float, dict[bytes, object]]] = {}
        self._took: list[float] = []
        self._codes: Counter[str] = Counter()

    def closed(self, window: int, seconds: float) -> dict[str, float]:
        """A new call for each answer, with so many under way: calls a second, and how long each took."""
        self._begin()
        began = time.perf_counter()
        end = began + seconds
        lost = 0
        for _ in range(window):
            self._ask()
        while (now := time.perf_counter()) < end:
            if not self._poll.poll(LOST_S * 1000):
                lost += len(self._open)
                self._open.clear()
                for _ in range(window):
                    self._ask()
            for _ in range(self._hear()):
                self._ask()
        answered = len(self._took)
        lost += self._rest()
        return {"per_s": answered / (now - began), "answered": answered, **self._told(lost)}

    def open(self, rate: float, seconds: float) -> dict[str, float]:
        """Calls at a rate, whether answers come or not: how long each took."""
        self._begin()
        late: list[float] = []
        began = time.perf_counter()
        for place in range(int(rate * seconds)):
            due = began + place / rate
            while (now := time.perf_counter()) < due:
                if self._poll.poll(max(0.0, (due - now) * 1000 - 0.1)):
                    self._hear()
            late.append(now - due)
            self._ask()
            if place % 8 == 0:
                self._hear()
        sent_in = time.perf_counter() - began
        lost = self._rest()
        found = self._told(lost)
        return {**found, "answered": len(self._took), "late_p99": _share(late, 99), "sent_per_s": len(late) / sent_in}

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _begin(self) -> None:
        self._open.clear()
        self._took = []
        self._codes.clear()

    def _ask(self) -> None:
        number = self._next
        self._next += 1
        text, told = self._letters.invite(number, next(self._calls))
        self._open[number] = (time.perf_counter(), told)
        self._send(text)

    def _send(self, text: bytes) -> None:
        try:
            self._socket.send(text)
        except OSError:  # no room, or nobody there: it counts as lost
            self._codes["unsent"] += 1

    def _hear(self) -> int:
        """Take all that has come, and acknowledge it; how many calls were answered."""
        heard = 0
        while True:
            try:
                answer = self._socket.recv(4096)
            except BlockingIOError:
                return heard
            except OSError:
                continue
            if answer[8:9] == b"1":  # a provisional answer
                continue
            found = self._open.pop(self._letters.number(answer), None)
            if found is None:
                continue
            self._took.append(time.perf_counter() - found[0])
            self._codes[answer[8:11].decode("ascii", "replace")] += 1
            self._send(self._letters.ack(answer, found[1]))
            heard += 1

    def _rest(self) -> int:
        """Hear what is still to come; how many calls stay without an answer."""
        end = time.perf_counter() + LOST_S
        while self._open and (left := end - time.perf_counter()) > 0:
            if self._poll.poll(left * 1000):
                self._hear()
        return len(self._open)

    def _told(self, lost: int) -> dict[str, float]:
        redirected = self._codes["302"]
        refused = sum(count for code, count in self._codes.items() if code.isdigit()) - redirected
        spans = {name: _share(self._took, share) for name, share in (("p50", 50), ("p99", 99), ("p999", 99.9))}
        return {**spans, "lost": lost, "redirected": redirected, "refused": refused, "busy": self._codes["503"]}


def _share(spans: list[float], share: float) -> float:
    """Microseconds below which a share of the spans is; 0 when there is none."""
    return float(np.percentile(np.array(spans), share)) * 1e6 if spans else 0.0


class Responder:
    """Answers every INVITE with the same 302, in a plain loop round one socket: what Python and the system cost alone."""

    def __init__(self) -> None:
        import threading

        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.bind(("127.0.0.1", 0))
        threading.Thread(target=self._run, daemon=True).start()

    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def cpu_s(self) -> float:
        """Seconds of processor that it has used."""
        return time.process_time()

    def close(self) -> None:
        """Nothing: the thread ends with the process."""

    def _run(self) -> None:
        receive, send = self._socket.recvfrom, self._socket.sendto
        while True:
            data, source = receive(65535)
            if data[:3] != b"ACK":
                send(_redirected(data), source)


def _redirected(data: bytes) -> bytes:
    """The 302 with what has to be copied, without a look at what it means."""
    copied = [
        line + (b";tag=1" if line[:3] == b"To:" else b"")
        for line in data[: data.find(b"\r\n\r\n")].split(b"\r\n")
        if line[:4] in (b"Via:", b"From", b"Call", b"CSeq") or line[:3] == b"To:"
    ]
    head = [b"SIP/2.0 302 Moved Temporarily", *copied, b"Contact: <sip:192.0.2.60>", b"Content-Length: 0\r\n\r\n"]
    return b"\r\n".join(head)
