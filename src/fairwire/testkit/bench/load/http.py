"""An enforcement point in a process of its own: asks over keep-alive connections. And a server that has nothing to decide."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import time
from typing import Any

import msgspec
import numpy as np

from fairwire.testkit.bench.load.callers import calls, customer_id


class Asker:
    """Posts decision after decision on some connections, each waiting for its answer.

    Parameters
    ----------
    port, token
        Of the server on this machine.
    customers
        How many customers call.
    path
        Where to.
    """

    def __init__(self, port: int, token: str, customers: int, path: str = "/v1/decisions") -> None:
        self.port = port
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._calls = calls(customers, secrets.randbits(32))
        self._run = secrets.token_hex(4)
        self._next = 0
        self._encode = msgspec.json.Encoder().encode

    def question(self) -> bytes:
        """The bytes of the next request."""
        call = next(self._calls)
        self._next += 1
        body = self._encode(
            {
                "customer": customer_id(call.customer),
                "call_id": f"{self._next}-{self._run}@192.0.2.10",
                "direction": "outbound",
                "from": f"+{call.caller}",
                "to": f"+{call.callee}",
                "line": f"+{call.caller}",
                "src_ip": "192.0.2.30",
                "user_agent": "SBC/7.4",
                "transport": "tls",
            }
        )
        return self._head + b"%d\r\n\r\n" % len(body) + body

    def ask(self, connections: int, seconds: float) -> dict[str, float]:
        """Decisions a second, and microseconds that each took."""
        return asyncio.run(self._ask(connections, seconds))

    async def _ask(self, connections: int, seconds: float) -> dict[str, float]:
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        asking = [_Connection(self, began + seconds) for _ in range(connections)]
        for one in asking:
            await loop.create_connection(lambda one=one: one, "127.0.0.1", self.port)  # type: ignore[misc]
        await asyncio.wait_for(asyncio.gather(*(one.done for one in asking)), seconds + 30)
        spent = time.perf_counter() - began
        took = np.array([span for one in asking for span in one.took]) * 1e6
        found: dict[str, float] = {"answered": len(took), "failed": sum(one.failed for one in asking)}
        if len(took):
            found |= {"per_s": len(took) / spent, "p50": float(np.percentile(took, 50)), "p99": float(np.percentile(took, 99))}
        return found


class _Connection(asyncio.Protocol):
    """One connection: the next question as soon as the last was answered."""

    def __init__(self, asker: Asker, end: float) -> None:
        self._asker = asker
        self._end = end
        self._transport: Any = None
        self._got = b""
        self._sent = 0.0
        self.took: list[float] = []
        self.failed = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Ask again once the answer is whole."""
        self._got += data
        head = self._got.find(b"\r\n\r\n")
        at = self._got.lower().find(b"content-length:", 0, head)
        if head < 0 or at < 0:
            return
        if len(self._got) < head + 4 + int(self._got[at + 15 : self._got.find(b"\r\n", at)]):
            return
        now = time.perf_counter()
        if self._got.startswith(b"HTTP/1.1 200"):
            self.took.append(now - self._sent)
        else:
            self.failed += 1
        self._got = b""
        if now < self._end:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        if not self.done.done():
            self.done.set_result(None)

    def _ask(self) -> None:
        question = self._asker.question()
        self._sent = time.perf_counter()
        self._transport.write(question)


class EmptyAnswer:
    """An application that reads the body and always says the same, under the server and the settings of `serve.process`."""

    def __init__(self) -> None:
        import uvicorn

        # It listens from here on: who connects early waits for the server.
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        settings = uvicorn.Config(
            _nothing,
            http="httptools",
            loop="auto",
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
        )
        server = uvicorn.Server(settings)
        threading.Thread(target=server.run, kwargs={"sockets": [self._listener]}, daemon=True).start()

    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def cpu_s(self) -> float:
        """Seconds of processor that it has used."""
        return time.process_time()


_BODY = b'{"decision":"allow"}'
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))],
}


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send(_START)
    await send({"type": "http.response.body", "body": _BODY})
