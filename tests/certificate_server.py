"""A server of certificates on this machine, over TLS, that behaves as it is told to."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from fairwire.model.instants import DAY_US
from fairwire.net.connecting import GoneIsClosed
from fairwire.runtime.certificate_fetch import Allowance
from stir_authority import Holder, holder

HOST = "certificates.example"
FOREVER_S = 20.0
"""For a server that never answers: until the test ends, or it hangs."""

Answer = Callable[[ssl.SSLSocket], None]


@dataclass
class Server:
    """What is answered, and what was asked."""

    authority: Holder
    port: int = 0
    answer: Answer = lambda _connection: None
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    """Set when the test ends: whoever holds an answer back lets go."""
    reset: bool = False
    """End connections with a reset, in the middle of the handshake."""

    @property
    def allowance(self) -> Allowance:
        return Allowance(addresses=frozenset({"127.0.0.1"}), port=self.port, authority_pem=self.authority.pem.decode())


def here(_host: str, _port: int) -> list[str]:
    """A look-up that leads to this machine."""
    return ["127.0.0.1"]


def text(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> Answer:
    """An ordinary answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return lambda connection: connection.sendall("\r\n".join(lines).encode() + body)


@contextmanager
def certificate_server(folder: Path, name: str = HOST) -> Iterator[Server]:
    """Serve until the end of the block; `name` is whom the server's own certificate is for."""
    now_us = 1_790_000_000_000_000  # TLS looks at the machine's clock: years around it
    times = {"from_us": now_us - 4000 * DAY_US, "until_us": now_us + 20_000 * DAY_US}
    key = ec.generate_private_key(ec.SECP256R1())
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issues = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    authority = holder(
        "Example Web Authority", key=key, authority=True, usage=issues, from_us=times["from_us"], until_us=times["until_us"],
        extensions=[(own_id, False)],
    )  # fmt: skip
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    keys = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    own = holder(
        name, authority, from_us=times["from_us"], until_us=times["until_us"],
        extensions=[(names, False), (usage, False), (keys, False)],
    )  # fmt: skip
    (folder / "server.pem").write_bytes(own.pem + own.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.sslsocket_class = GoneIsClosed
    server = Server(authority)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, listening, context), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
            thread.join(5)


def _serve(server: Server, listening: socket.socket, context: ssl.SSLContext) -> None:
    threads = []
    while True:
        plain, _ = listening.accept()
        if server.over.is_set():
            plain.close()
            break
        server.connections += 1
        threads.append(threading.Thread(target=_one, args=(server, plain, context), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(5)


def _one(server: Server, plain: socket.socket, context: ssl.SSLContext) -> None:
    with plain:
        plain.settimeout(5)
        if server.reset:
            plain.recv(1)  # in the middle of the handshake
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
            request = b""
            while not request.endswith(b"\r\n\r\n") and (piece := connection.recv(4096)):
                request += piece
            server.requests.append(request)
            server.answer(connection)
