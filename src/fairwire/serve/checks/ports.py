"""Addresses: free, in use by Fairwire, or in use by somebody else; and how long the certificates are good for."""

from __future__ import annotations

import errno
import http.client
import json
import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime

from fairwire.model.errors import FairwireError
from fairwire.serve.addresses import DEFAULT_HTTP, parse_address
from fairwire.serve.checks.results import Check, ok, problem, warning
from fairwire.serve.redirect.server import is_loopback, load_certificate, vouching_of
from fairwire.serve.redirect.settings import SipSettings

PATIENCE_S = 2.0
SOON_S = 30 * 86_400
"""A certificate that ends sooner should be renewed."""


def http_port(address: str | None) -> Iterator[Check]:
    """Whether HTTP can be listened on, or is."""
    text = address or DEFAULT_HTTP
    host, port = parse_address(text)
    why = _refusal(host, port, socket.SOCK_STREAM)
    if why is None:
        yield ok("http", f"{text} is free")
    elif why == errno.EADDRINUSE and _is_fairwire(host, port):
        yield ok("http", f"{text} is in use by a running fairwire")
    else:
        yield problem("http", f"{text} {_told(why)}", "choose another address with `--http`")


def sip_port(sip: SipSettings) -> Iterator[Check]:
    """Whether SIP can be listened on where it is asked for, and whether those who may ask can reach it."""
    for option, text, kinds in (
        ("listen", sip.listen, (socket.SOCK_DGRAM, socket.SOCK_STREAM)),
        ("tls", sip.tls, (socket.SOCK_STREAM,)),
    ):
        if text is None:
            continue
        name = f"sip {option}"
        host, port = parse_address(text)
        why = next(filter(None, (_refusal(host, port, kind) for kind in kinds)), None)
        if why == errno.EADDRINUSE:
            yield warning(
                name, f"{text} is in use", "fine while fairwire runs; else end the other process, or choose another address"
            )
        elif why is not None:
            yield problem(name, f"{text} {_told(why)}", f"give an address of this machine as `sip.{option}`")
        else:
            yield ok(name, f"{text} is free")
        yield from _reach(name, text, host, sip)


def _reach(name: str, text: str, host: str, sip: SipSettings) -> Iterator[Check]:
    if not is_loopback(host):
        if sip.only_loopback:
            yield problem(
                name, f"{text} listens to everybody, and no peer but this machine may ask", "add sections [[sip.peers]]"
            )
        return
    for peer in sip.peers:
        if not any(network.is_loopback for network in peer.networks):
            yield warning(
                name, f"the peer `{peer.name}` cannot reach {text}, which is this machine only", "listen on another address"
            )


def certificate(sip: SipSettings, now_s: float) -> Iterator[Check]:
    """Whether the certificate of TLS can be used, from when and until when."""
    if sip.tls is None:
        return
    name = "tls certificate"
    path, key = sip.tls_certificate, sip.tls_key
    assert path is not None
    assert key is not None
    try:
        load_certificate(path, key)
    except FairwireError as error:
        yield problem(name, error.sentence())
        return
    from cryptography import x509

    own = x509.load_pem_x509_certificates(path.read_bytes())[0]
    begins, ends = own.not_valid_before_utc, own.not_valid_after_utc
    now = datetime.fromtimestamp(now_s, UTC)
    told = f"{path} is good from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}"
    if now >= ends or now < begins:
        yield problem(name, f"{told}, and today is {now:%Y-%m-%d}", "renew it, or set the clock")
    elif (ends - now).total_seconds() < SOON_S:
        yield warning(name, f"{told}, {(ends - now).days} days more", "renew it, and start the server again")
    else:
        yield ok(name, told)
    if stat.S_IMODE(key.stat().st_mode) & stat.S_IRWXO:
        yield warning(name, f"everybody on this machine may read {key}", f"run `chmod 600 {key}`")


def identity(sip: SipSettings, now_s: float) -> Iterator[Check]:
    """Whether the roots that callers' identities are checked against can be used, and the key that ours are signed with."""
    if sip.stir is None:
        return
    from cryptography import x509

    name = "caller identity"
    now = datetime.fromtimestamp(now_s, UTC)
    try:
        vouching_of(sip.stir, b"-", lambda: int(now_s * 1_000_000), None)
    except FairwireError as error:
        yield problem(name, error.sentence())
        return
    if sip.stir.trust is None:
        yield warning(name, "no roots are trusted, so nobody's identity is verified", "name a file with `sip.stir.trust`")
    else:
        roots = x509.load_pem_x509_certificates(sip.stir.trust.read_bytes())
        over = [root for root in roots if not root.not_valid_before_utc <= now < root.not_valid_after_utc]
        told = f"{len(roots)} trusted roots in {sip.stir.trust}"
        if len(over) == len(roots):
            yield problem(name, f"{told}, none of them good today", "get the list anew, or set the clock")
        elif over:
            yield warning(name, f"{told}, {len(over)} of them not good today", "get the list anew")
        else:
            yield ok(name, told)
    if sip.stir.signing_key is not None:
        key = sip.stir.signing_key
        if stat.S_IMODE(key.stat().st_mode) & stat.S_IRWXO:
            yield warning(name, f"everybody on this machine may read {key}", f"run `chmod 600 {key}`")
        yield ok(name, f"calls are signed with {key}, its certificate at {sip.stir.certificate_url}")


def _refusal(host: str, port: int, kind: socket.SocketKind) -> int | None:
    """The error with which the system refuses the address; None: it can be had. Gives it back at once."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind) as bound:
            if kind == socket.SOCK_STREAM:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: what lingers does not count
            bound.bind(address)
            if kind == socket.SOCK_STREAM:
                bound.listen(1)
    except OSError as error:
        return error.errno or errno.EADDRNOTAVAIL
    return None


def _told(why: int) -> str:
    if why == errno.EADDRINUSE:
        return "is in use by another program"
    return "may not be used by this user" if why == errno.EACCES else "is no address of this machine"


def _is_fairwire(host: str, port: int) -> bool:
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    asked = http.client.HTTPConnection(anywhere.get(host, host), port, timeout=PATIENCE_S)
    try:
        asked.request("GET", "/openapi.json")
        found = json.loads(asked.getresponse().read(4 << 20))
        return bool(found["info"]["title"] == "Fairwire")
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return False
    finally:
        asked.close()
