"""The connection to an event socket of Kamailio: kept up, cut into netstrings, answered many at a time."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog

from fairwire.serve.redirect.evapi import EvapiPoint
from fairwire.serve.redirect.listeners import PRESSED_S, TOGETHER, UNSENT
from fairwire.serve.redirect.pace import Pace, bytes_waiting

log = structlog.get_logger()

LONGEST_MESSAGE = 64 * 1024
"""Bytes of one message; a longer one ends the connection, for where the next one begins cannot be known."""
_READ = 32 * 1024
"""Bytes read in one go. A read that fills them says that more was waiting."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 5.0
SOUND_S = 5.0
"""A connection that lasted so long was a good one: the next attempt does not wait longer than the first."""
ENOUGH = 4 << 10
"""Bytes of some six questions, beside those that have been read."""
TAKE_IN_S = 0.01
"""Events of so many seconds are taken in together: each batch costs about as much as one event."""


class BrokenNetstring(ValueError):
    """Bytes that are no netstring. Those before it were good."""

    def __init__(self, whole: list[bytes]) -> None:
        super().__init__("no netstring")
        self.whole = whole


class Netstrings:
    """Cuts a stream into messages. The last bytes of one that is not whole are kept."""

    def __init__(self, longest: int = LONGEST_MESSAGE) -> None:
        self._longest = longest
        self._digits = len(str(longest))
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that have become whole.

        Raises
        ------
        BrokenNetstring
            What follows the messages that it carries is no netstring, or one that is too long.
        """
        data = self._rest + data
        whole: list[bytes] = []
        at = 0
        while at < len(data):
            colon = data.find(b":", at, at + self._digits + 1)
            digits = data[at:colon] if colon >= 0 else data[at : at + self._digits + 1]
            if (digits and not digits.isdigit()) or colon == at or (colon < 0 and len(digits) > self._digits):
                raise BrokenNetstring(whole)
            if colon < 0:
                break
            length = int(digits)
            if length > self._longest:
                raise BrokenNetstring(whole)
            end = colon + 1 + length
            if end >= len(data):
                break
            if data[end : end + 1] != b",":
                raise BrokenNetstring(whole)
            whole.append(data[colon + 1 : end])
            at = end + 1
        self._rest = data[at:]
        return whole


def netstring(message: bytes) -> bytes:
    """One message as it is sent."""
    return b"%d:%b," % (len(message), message)


class _Wire(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(self, point: EvapiPoint) -> None:
        self._point = point
        self._frames = Netstrings()
        self._buffer = bytearray(_READ)
        self._transport: Any = None
        self._full_since: float | None = None
        self._taking_in: asyncio.TimerHandle | None = None
        self._messages: list[bytes] = []
        self._pace: Pace | None = None
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        connected = transport.get_extra_info("socket")
        self._pace = None if connected is None else Pace(bytes_waiting(connected.fileno()), ENOUGH)
        self._point.counts["connected"] += 1

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Keep what has become whole, to be answered with what comes at once behind it."""
        now = time.monotonic()
        if nbytes < _READ:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = now
        try:
            messages, broken = self._frames.feed(bytes(memoryview(self._buffer)[:nbytes])), False
        except BrokenNetstring as error:
            messages, broken = error.whole, True
        if messages and not self._messages:
            asyncio.get_running_loop().call_soon(self._wait_a_little)
        self._messages += messages
        if broken:
            self._answer()
            self._point.counts["broken_stream"] += 1
            self._transport.abort()

    def _wait_a_little(self) -> None:
        """As the UDP socket does while much comes; then the loop looks at its sockets once more."""
        if self._pace is not None:
            self._pace.wait()
        asyncio.get_running_loop().call_soon(self._answer)

    def _answer(self) -> None:
        """Answer what has come, some at a time."""
        pressed = self._full_since is not None and time.monotonic() - self._full_since > PRESSED_S
        messages, self._messages = self._messages, []
        for first in range(0, len(messages), TOGETHER):
            some = self._point.answer_each(messages[first : first + TOGETHER], pressed=pressed)
            answers = [netstring(answer) for answer in some if answer is not None]
            if answers:
                self._transport.write(b"".join(answers))
        if self._pace is not None:
            self._pace.answered()
        if self._point.waiting and self._taking_in is None and not self.lost.done():
            self._taking_in = asyncio.get_running_loop().call_later(TAKE_IN_S, self._take_in)
        if self._transport.get_write_buffer_size() > UNSENT:
            self._transport.abort()

    def _take_in(self) -> None:
        self._taking_in = None
        self._point.take_in()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the client connect again; what has come is taken in all the same."""
        if self._messages:
            self._answer()
        if self._taking_in is not None:
            self._taking_in.cancel()
        self._point.take_in()
        if not self.lost.done():
            self.lost.set_result(None)

    def close(self) -> None:
        """End the connection when what was answered is sent."""
        if self._transport is not None:
            self._transport.close()


class EvapiClient:
    """Keeps a connection to one event socket. A `serve.process.Beside`."""

    def __init__(self, point: EvapiPoint, host: str, port: int, *, rand: Callable[[], float] = random.random) -> None:
        self.point = point
        self._host = host
        self._port = port
        self._random = rand
        self._task: asyncio.Task[None] | None = None
        self._wire: _Wire | None = None

    async def start(self) -> None:
        """Begin to connect; calls are decided from when it succeeds."""
        self._task = asyncio.get_running_loop().create_task(self._keep_connected())

    async def close(self) -> None:
        """End the connection."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._wire is not None:
            self._wire.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._wire.lost), 1)
        self.point.take_in()

    async def _keep_connected(self) -> None:
        wait_s, told = FIRST_WAIT_S, False
        loop = asyncio.get_running_loop()
        while True:
            try:
                transport, wire = await asyncio.wait_for(
                    loop.create_connection(lambda: _Wire(self.point), self._host, self._port), LONGEST_WAIT_S
                )
            except (OSError, TimeoutError) as error:
                self.point.counts["not_connected"] += 1
                if not told:
                    log.warning("event socket cannot be reached; trying on", address=f"{self._host}:{self._port}", why=str(error))
                    told = True
            else:
                told = False
                self._wire = wire
                _notice_silence(transport.get_extra_info("socket"))
                since = loop.time()
                await asyncio.shield(wire.lost)
                if loop.time() - since > SOUND_S:
                    wait_s = FIRST_WAIT_S
            await asyncio.sleep(wait_s * (0.5 + self._random() / 2))
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def _notice_silence(connection: Any) -> None:
    """Have the system notice a machine that is gone: nothing is sent on this connection while nobody asks."""
    if connection is None:
        return
    options: Sequence[tuple[int, str, int]] = (
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 10),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 5),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
        (socket.IPPROTO_TCP, "TCP_NODELAY", 1),
    )
    for level, name, value in options:
        if hasattr(socket, name):
            with suppress(OSError):
                connection.setsockopt(level, getattr(socket, name), value)
