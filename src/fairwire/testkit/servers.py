"""An ASGI application on a real loopback port, in a thread of the test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


class _Announcing(uvicorn.Server):
    """Says when it listens, so that nobody has to poll for it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def running(app: Callable[..., Any], *, timeout_s: float = 20) -> Iterator[str]:
    """Serve `app` until the block ends; yields its address, such as `http://127.0.0.1:40123`."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Announcing(uvicorn.Config(app, log_level="warning", access_log=False, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        if not server.listening.wait(timeout_s):
            raise TimeoutError("the server did not start")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout_s)
