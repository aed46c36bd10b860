"""The sockets of the redirect point: UDP read in bursts, TCP and TLS cut into messages."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import structlog

from fairwire.serve.redirect.batches import MOST, Batches, possible
from fairwire.serve.redirect.pace import Pace, memory_waiting
from fairwire.serve.redirect.point import RedirectPoint, Source
from fairwire.sip import PING, BrokenStream, Frames

log = structlog.get_logger()

_VIA = re.compile(
    rb"SIP/2\.0 [^\r]*\r\nVia: *SIP/2\.0/[A-Za-z]+ +(?:\[[^\]\r]*\]|[^ :;,\r]+) *(?::([0-9]{1,5}))?(?![0-9])[^,\r]*"
).match
"""The first Via value of an answer that we wrote."""
BURST = MOST
"""Datagrams that are answered in one go; then whoever else waits on the loop gets a turn."""
TOGETHER = 24
"""Questions of these that are answered together, and whose answers are sent in one go: the first shall not wait for the last."""
ENOUGH = 24 << 10
"""Bytes of memory that some ten questions take while they wait, or six with the ACKs of as many answers."""
PRESSED_S = 0.3
"""Seconds that a question may have waited; then calls are shed. Where the system does not say how long one has waited, it is the
seconds without an empty socket. A proxy that waits half a second (RFC 3261 T1) asks again by then:
answers that come later are answers to nobody, and each makes the next one later still."""
EASED_S = 0.1
"""Seconds of waiting below which shedding ends."""
BUFFER = 4 * 1024 * 1024
"""Bytes of the receive and send buffers that are asked for: a burst must not be lost while the process is busy elsewhere."""
MOST_CONNECTIONS = 1024
IDLE_S = 3600.0
"""Seconds after which a silent connection is closed."""
UNSENT = 1 << 20
"""Bytes that a peer may leave unread before its connection is closed."""


def udp_socket(host: str, port: int) -> socket.socket:
    """A bound UDP socket. Raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)[0]
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            bound.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        bound.setblocking(False)
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound


def answered_at(answer: bytes, source: tuple[Any, ...]) -> tuple[Any, ...]:
    """Where an answer goes: to the address that asked, and to the port that it asked from where it wants that (RFC 3581), else to
    the port that it names in its Via (RFC 3261 18.2.2)."""
    first = answer.find(b"\r\n") + 2
    line = answer[first : answer.find(b"\r\n", first)]
    if line.startswith(b"Via: ") and b";rport=" in line and b"," not in line and b'"' not in line:
        return source  # nearly all are so
    via = _VIA(answer)
    if via is None or b";rport=" in via[0].lower():
        return source
    port = int(via[1] or 5060)
    return (source[0], port, *source[2:]) if 0 < port < 65536 else source


def _together(come: Sequence[tuple[bytes, Source]]) -> Iterator[tuple[int, int]]:
    """Cut a burst into parts of so many questions each; an ACK, which every answer brings, is none. First, and behind last."""
    first = asked = 0
    for place, (data, _) in enumerate(come):
        if data[:4] == b"ACK ":
            continue
        if asked == TOGETHER:
            yield first, place
            first, asked = place, 0
        asked += 1
    if come:
        yield first, len(come)


class UdpListener:
    """Answers datagrams of one socket on the running loop."""

    def __init__(self, point: RedirectPoint, bound: socket.socket) -> None:
        self._point = point
        self._socket = bound
        self._batches = Batches(bound) if possible() else None
        self._pressed = False
        self._pace = Pace(memory_waiting(bound), ENOUGH)
        self._busy_since: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._ready if self._batches is None else self._burst)

    def close(self) -> None:
        """Stop listening and close the socket."""
        if self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def _burst(self) -> None:
        """Answer a burst, some datagrams at a time."""
        batches = self._batches
        assert batches is not None
        self._pace.wait()
        come = batches.receive()
        waited = batches.waited_s() if come else 0.0
        pressed = self._pressed = waited > (EASED_S if self._pressed else PRESSED_S)
        for first, last in _together(come):
            for place, answered in enumerate(self._point.answer_burst(come[first:last], pressed=pressed), start=first):
                if answered is not None:
                    source = come[place][1]
                    port = answered_at(answered, source)[1]
                    batches.answer(place, answered, None if port == source[1] else port)
            batches.flush()
        if batches.unsent:
            self._point.counts["unsent"] += batches.unsent
            batches.unsent = 0
        self._pace.answered()

    def _ready(self) -> None:
        receive, send, answer = self._socket.recvfrom, self._socket.sendto, self._point.answer
        pressed = self._busy_since is not None and time.monotonic() - self._busy_since > PRESSED_S
        for _ in range(BURST):
            try:
                data, source = receive(65535)
            except (BlockingIOError, InterruptedError):
                self._busy_since = None
                return
            except OSError:
                continue  # an ICMP error of an answer that nobody took
            answered = answer(data, source[:2], pressed=pressed)
            if answered is not None:
                try:
                    send(answered, answered_at(answered, source))
                except OSError:
                    # No room, or nobody there: the question comes again.
                    self._point.counts["unsent"] += 1
        if self._busy_since is None:
            self._busy_since = time.monotonic()


class Connection(asyncio.Protocol):
    """One peer's stream."""

    def __init__(self, listener: StreamListener) -> None:
        self._listener = listener
        self._frames = Frames()
        self._transport: Any = None
        self._source: Source = ("", 0)
        self._heard = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A stranger's connection is closed at once."""
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._source = (peer[0], peer[1]) if peer else ("", 0)
        self._heard = time.monotonic()
        if not self._listener.takes(self, self._source[0]):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer what has become whole."""
        self._heard = time.monotonic()
        try:
            frames, broken = self._frames.feed(data), None
        except BrokenStream as error:
            frames, broken = error.frames, error
        answers = []
        for frame in frames:
            answer = self._listener.point.answer(PING if frame == PING else frame, self._source, self._listener.name)
            if answer is not None:
                answers.append(answer)
        if answers:
            self._transport.write(b"".join(answers))
        if broken is not None:
            self._listener.point.counts["broken_stream"] += 1
            self._transport.close()
        elif self._transport.get_write_buffer_size() > UNSENT:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another."""
        self._listener.gone(self)

    def close_if_idle(self, now: float) -> None:
        """Close a connection on which nothing came for long."""
        if now - self._heard > IDLE_S:
            self._transport.close()

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


class StreamListener:
    """Answers on the connections of one TCP or TLS port."""

    def __init__(self, point: RedirectPoint, bound: socket.socket, *, knows: Any, tls: ssl.SSLContext | None = None) -> None:
        self.point = point
        self.name = "TCP" if tls is None else "TLS"
        self._socket = bound
        self._knows = knows
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), sock=self._socket, ssl=self._tls)
        self._sweeper = loop.create_task(self._sweep())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(60)
            now = time.monotonic()
            for connection in list(self._connections):
                connection.close_if_idle(now)

    def takes(self, connection: Connection, address: str) -> bool:
        """Whether a new connection may stay."""
        if len(self._connections) >= MOST_CONNECTIONS or not self._knows(address):
            self.point.counts["connection_refused"] += 1
            return False
        self._connections.add(connection)
        return True

    def gone(self, connection: Connection) -> None:
        """A connection is closed."""
        self._connections.discard(connection)

    async def close(self) -> None:
        """Stop listening and close all connections."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()
