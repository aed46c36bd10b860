"""The listener for mirrored messages as a whole: UDP read in bursts, TCP cut into packets."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwire.model.errors import BadUse
from fairwire.serve.hep.attempts import Attempts
from fairwire.serve.hep.calls import Calls
from fairwire.serve.hep.feed import Feed
from fairwire.serve.hep.kept import KeptCalls
from fairwire.serve.hep.point import HepPoint
from fairwire.serve.hep.settings import HepSettings, read_key
from fairwire.serve.redirect.peers import Peer, Peers
from fairwire.serve.redirect.server import Address, is_loopback, udp_and_tcp
from fairwire.sip.hep import BrokenHepStream, HepFrames

if TYPE_CHECKING:
    from fairwire.ports.service import Accepted, CallSession

BURST = 32
"""Datagrams that are read in one go; a call that waits for a decision must not wait for more."""
MOST_CONNECTIONS = 256


class HepSockets:
    """The bound sockets."""

    def __init__(self, settings: HepSettings, address: Address) -> None:
        """Bind, and read the key.

        Raises
        ------
        OSError
            The address cannot be listened on.
        BadUse
            Others than this machine could send, and no addresses are set.
        BadInput
            The key cannot be read.
        """
        if not is_loopback(address[0]) and settings.only_loopback:
            raise BadUse(
                "HEP would be listened for from everybody, and only this machine's is taken",
                help_="name the proxies with `addresses` in the section [hep] of --config, or listen on 127.0.0.1",
            )
        self.key = read_key(settings.key_file)
        self.udp, self.tcp = udp_and_tcp(*address)

    @property
    def address(self) -> str:
        """For people: `127.0.0.1:9060`."""
        host, port = self.udp.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def close(self) -> None:
        """Let go of both."""
        self.udp.close()
        self.tcp.close()


class _Connection(asyncio.Protocol):
    """One capture agent's stream."""

    def __init__(self, point: HepPoint, open_ones: set[asyncio.BaseTransport]) -> None:
        self._point = point
        self._open = open_ones
        self._frames = HepFrames()
        self._transport: Any = None
        self._source = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A stranger's connection is closed at once."""
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._source = peer[0] if peer else ""
        if len(self._open) >= MOST_CONNECTIONS or not self._point.knows(self._source):
            self._point.counts["connection_refused"] += 1
            self._transport.abort()
            return
        self._open.add(transport)

    def data_received(self, data: bytes) -> None:
        """Take what has become whole."""
        try:
            frames, broken = self._frames.feed(data), False
        except BrokenHepStream as error:
            frames, broken = error.frames, True
        for frame in frames:
            self._point.take(frame, self._source)
        if broken:
            self._point.counts["broken_stream"] += 1
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another."""
        self._open.discard(self._transport)


class HepServer:
    """Listens on these sockets. A `serve.process.Beside`."""

    def __init__(
        self,
        service: CallSession,
        sockets: HepSockets,
        settings: HepSettings,
        now_us: Callable[[], int],
        *,
        peers: Sequence[Peer],
        own: Collection[Address] = (),
        folder: Path | None = None,
        took: Callable[[Accepted], None] | None = None,
    ) -> None:
        """`peers` and `own`: of the redirect point; `folder`: where open calls are kept."""
        calls = Calls(ends=settings.ends)
        attempts = Attempts(service, Peers(peers), {*own, *settings.decision_points})
        self.point = HepPoint(calls, attempts, now_us, key=sockets.key, addresses=settings.addresses)
        self._feed = Feed(service, calls, None if folder is None else KeptCalls(folder), now_us, took)
        self._sockets = sockets
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.BaseTransport] = set()

    @property
    def counts(self) -> Counter[str]:
        """What came, by what became of it."""
        return self.point.counts

    async def start(self) -> None:
        """Begin to listen."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._sockets.udp.fileno(), self._ready)
        self._server = await self._loop.create_server(lambda: _Connection(self.point, self._open), sock=self._sockets.tcp)
        self._feed.start()

    def _ready(self) -> None:
        receive, take = self._sockets.udp.recvfrom, self.point.take
        for _ in range(BURST):
            try:
                data, source = receive(65535)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue
            take(data, source[0])

    async def close(self) -> None:
        """Stop, and hand over what there is."""
        if self._loop is not None:
            self._loop.remove_reader(self._sockets.udp.fileno())
        if self._server is not None:
            self._server.close()
        for transport in list(self._open):
            transport.close()
        await self._feed.close()
        self._sockets.close()


def own_addresses(sockets: Sequence[socket.socket | None]) -> set[Address]:
    """Where a redirect point with these sockets is reached; nothing of one that listens on every address."""
    bound = {sock.getsockname()[:2] for sock in sockets if sock is not None}
    return {(host, port) for host, port in bound if not ip_address(host).is_unspecified}
