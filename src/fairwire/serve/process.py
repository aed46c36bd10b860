"""The server process: says when it is ready, drains on SIGTERM, stops at once on SIGINT or on a second signal."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

import uvicorn
from starlette.types import ASGIApp

from fairwire.serve.app import Readiness


class Beside(Protocol):
    """What listens beside HTTP, on the same loop."""

    async def start(self) -> None:
        """Begin to listen."""

    async def close(self) -> None:
        """Stop, and let go of all sockets."""


class Drainable(uvicorn.Server):
    """uvicorn, ending with status 0 after a signal, and with a time between "send no more" and closing the port."""

    def __init__(
        self,
        app: ASGIApp,
        readiness: Readiness,
        ready: Callable[[], None],
        *,
        drain_s: float,
        beside: Sequence[Beside] = (),
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                loop="auto",  # uvloop where it is installed
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=10,
            )
        )
        self._readiness = readiness
        self._ready = ready
        self._drain_s = drain_s
        self._beside = beside
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        for one in self._beside:
            await one.start()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the ports, those beside HTTP first: whoever asks there asks again elsewhere."""
        for one in self._beside:
            await one.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does, but without raising the signal again at the end: a drained server has succeeded."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._readiness.draining or number == signal.SIGINT or self._loop is None or self._drain_s <= 0:
            self._readiness.draining = True
            self.should_exit = True
            return
        self._readiness.draining = True
        self._loop.call_soon_threadsafe(self._loop.call_later, self._drain_s, self._stop)

    def _stop(self) -> None:
        self.should_exit = True
