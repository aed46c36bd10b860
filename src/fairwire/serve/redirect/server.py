"""The redirect point as a whole: its sockets bound before anything starts, so that a mistake is told in one sentence."""

from __future__ import annotations

import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from fairwire.model.errors import BadInput, BadUse
from fairwire.serve.redirect.evapi import EvapiPoint, Took
from fairwire.serve.redirect.evapi_client import EvapiClient
from fairwire.serve.redirect.listeners import StreamListener, UdpListener, udp_socket
from fairwire.serve.redirect.peers import Paces, Peer, Peers
from fairwire.serve.redirect.point import RedirectPoint, Told
from fairwire.serve.redirect.settings import SipSettings, StirSettings
from fairwire.serve.redirect.vouching import Vouching
from fairwire.stir.certificates import Roots
from fairwire.stir.sign import Signer

if TYPE_CHECKING:
    from fairwire.ports.certificates import CertificateSource
    from fairwire.ports.service import CallService, CallSession

Address = tuple[str, int]


class SipSockets:
    """The bound sockets: UDP and TCP of one port, and TLS of another."""

    def __init__(self, settings: SipSettings, plain: Address | None, tls: Address | None) -> None:
        """Bind.

        Raises
        ------
        OSError
            An address cannot be listened on.
        BadUse
            Others than this machine could ask, and no peers are set.
        BadInput
            Certificate or key cannot be used.
        """
        if any(address is not None and not is_loopback(address[0]) for address in (plain, tls)) and settings.only_loopback:
            raise BadUse(
                "the redirect point would listen to everybody, and nobody but this machine may ask it",
                help_="say who may ask in sections [[sip.peers]] of --config, or listen on 127.0.0.1",
            )
        self.context = load_certificate(settings.tls_certificate, settings.tls_key) if tls is not None else None
        self.udp: socket.socket | None = None
        self.tcp: socket.socket | None = None
        self.tls: socket.socket | None = None
        try:
            if plain is not None:
                self.udp, self.tcp = udp_and_tcp(*plain)
            if tls is not None:
                self.tls = _stream_socket(*tls)
        except BaseException:
            self.close()
            raise

    @property
    def address(self) -> str:
        """For people: `127.0.0.1:5060`."""
        bound = self.udp or self.tls
        assert bound is not None
        host, port = bound.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def close(self) -> None:
        """Let go of all."""
        for bound in (self.udp, self.tcp, self.tls):
            if bound is not None:
                bound.close()


class SipServer:
    """Listens on these sockets. A `serve.process.Beside`."""

    def __init__(
        self,
        service: CallService,
        sockets: SipSockets,
        settings: SipSettings,
        secret: bytes,
        *,
        told: Told | None = None,
        draining: Callable[[], bool] = lambda: False,
        vouching: Vouching | None = None,
        paces: Paces | None = None,
    ) -> None:
        peers = Peers(settings.peers)
        self.point = RedirectPoint(
            service, peers, secret, told=told, draining=draining, shed=settings.overload, vouching=vouching, paces=paces
        )
        self._sockets = sockets
        self._udp = UdpListener(self.point, sockets.udp) if sockets.udp is not None else None
        self._streams: list[StreamListener] = []

        def knows(address: str) -> bool:
            return peers.of(address) is not None

        if sockets.tcp is not None:
            self._streams.append(StreamListener(self.point, sockets.tcp, knows=knows))
        if sockets.tls is not None:
            self._streams.append(StreamListener(self.point, sockets.tls, knows=knows, tls=sockets.context))

    async def start(self) -> None:
        """Begin to listen."""
        if self._udp is not None:
            self._udp.start()
        for stream in self._streams:
            await stream.start()

    async def close(self) -> None:
        """Stop."""
        if self._udp is not None:
            self._udp.close()
        for stream in self._streams:
            await stream.close()
        self._sockets.close()


def vouching_of(
    settings: StirSettings, secret: bytes, now_us: Callable[[], int], certificates: CertificateSource | None
) -> Vouching:
    """Read the roots and the key.

    Raises
    ------
    BadInput
        A file cannot be read, or holds no certificate.
    CannotSign
        The key or the address of its certificate cannot be used.
    """
    trust = signer = None
    if settings.trust is not None:
        try:
            trust = Roots(x509.load_pem_x509_certificates(_read(settings.trust)))
        except ValueError:
            raise BadInput("the list of trusted roots holds no certificate", at=str(settings.trust), help_="give PEM") from None
    if settings.signing_key is not None:
        signer = Signer(_read(settings.signing_key), settings.certificate_url)
    return Vouching(
        secret=secret,
        now_us=now_us,
        trust=trust,
        certificates=certificates,
        signer=signer,
        freshness_s=settings.freshness_s,
    )


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise BadInput(f"the file cannot be read: {why}", at=str(file)) from None


def evapi_clients(
    service: CallSession,
    addresses: Iterable[Address],
    settings: SipSettings,
    *,
    told: Told | None = None,
    took: Took | None = None,
    paces: Paces | None = None,
    counts: Counter[str] | None = None,
) -> list[EvapiClient]:
    """One client for each event socket, which is believed what the peer with its address is: the proxy that asks."""
    peers = Peers(settings.peers)
    clients = []
    for host, port in dict.fromkeys(addresses):
        place = f"{host}:{port}"
        peer = peers.of(host) or Peer(name=f"evapi {place}", networks=())
        point = EvapiPoint(
            service, service, place, peer, told=told, took=took, paces=paces, counts=counts, shed=settings.overload
        )
        clients.append(EvapiClient(point, host, port))
    return clients


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host that is listened on."""
    with suppress(OSError):
        return all(
            found[4][0] == "::1" or str(found[4][0]).startswith("127.")
            for found in socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        )
    return False


def udp_and_tcp(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """UDP and TCP on one port; where the system chooses it, one that is free for both."""
    for attempt in range(20):
        udp = udp_socket(host, port)
        try:
            return udp, _stream_socket(host, udp.getsockname()[1])
        except OSError:
            udp.close()
            if port or attempt == 19:
                raise
    raise AssertionError


def _stream_socket(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(address[:2], family=family, backlog=256)


def load_certificate(certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """What TLS is spoken with. Raises `BadInput` when certificate and key cannot be used."""
    assert certificate is not None
    assert key is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(
            f"certificate and key cannot be used: {error}", at=str(certificate), help_="both must be PEM, and belong together"
        ) from None
    return context
