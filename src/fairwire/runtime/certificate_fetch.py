"""One certificate from one address, where the address was chosen by whoever sends a call: nothing it says is trusted.

https alone, on two ports; the name is looked up once, and the very address that was looked at is connected to, so that a
second answer of a name server leads nowhere else. The server's certificate has to be for the name. Redirects are not
followed, the answer is bounded in bytes and the whole in time.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Final, cast
from urllib.parse import urlsplit

from fairwire.net.addresses import is_public
from fairwire.net.connecting import Answer, Deadline, Forbidden, Resolve, connect, resolve, secured, tls_context
from fairwire.stir.causes import Refusal
from fairwire.stir.certificates import LARGEST_PEM, Chain, FetchFailure, read_chain
from fairwire.stir.passport import x5u_fault

TIMEOUT_S: Final = 2.0
_LARGEST_HEAD: Final = 16_384
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|[\s,])no-(?:store|cache)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """For tests alone: servers on this machine. Nothing that an operator can set makes one."""

    addresses: frozenset[str]
    port: int
    """Connected to in the place of 443 and 8443, which a test may not open."""
    authority_pem: str
    """Who vouches for the names of these servers."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave."""

    chain: Chain
    max_age_s: int | None
    """How long the server says that it stays; None when it does not say."""


def fetch(
    url: str,
    *,
    timeout_s: float = TIMEOUT_S,
    resolver: Resolve = resolve,
    clock: Callable[[], float] = time.monotonic,
    allowance: Allowance | None = None,
) -> Fetched | FetchFailure:
    """Fetch a chain of certificates. Never raises for what a server or the network does.

    The look-up of a name cannot be cut short from here; what is left of the time afterwards is for the rest.
    """
    fault = x5u_fault(url)
    if fault is not None:
        return FetchFailure(f"its address {fault}")
    deadline = Deadline(timeout_s, clock)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        addresses = resolver(host, port)
    except (OSError, UnicodeError):
        return FetchFailure("its host has no address")

    def may_connect(address: str) -> bool:
        return is_public(address) or (allowance is not None and address in allowance.addresses)

    try:
        with closing(connect(addresses, port if allowance is None else allowance.port, deadline, may_connect)) as plain:
            context = tls_context(None if allowance is None else allowance.authority_pem)
            with secured(plain, host, deadline, context) as secure:
                return _asked(secure, deadline, parts.path or "/", parts.netloc)
    except Forbidden:
        return FetchFailure("its host is in no public network")
    except ssl.SSLCertVerificationError:
        return FetchFailure("the server's own certificate is not for its host, or not trusted")
    except TimeoutError:
        return FetchFailure(f"the server took longer than {timeout_s:g} s")
    except (OSError, HTTPException, ValueError, UnicodeError):
        # Names of errors differ from machine to machine, and some quote what the server sent.
        return FetchFailure("the connection failed")


def _asked(secure: ssl.SSLSocket, deadline: Deadline, path: str, host: str) -> Fetched | FetchFailure:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: fairwire\r\n"
        "Accept: application/pem-certificate-chain, application/x-pem-file, */*;q=0.1\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    secure.settimeout(deadline.left())
    secure.sendall(request.encode("ascii"))
    answer = Answer(secure, deadline, _LARGEST_HEAD + LARGEST_PEM + 1)
    # The reader of the standard library asks its socket for one thing: a file to read from.
    with closing(HTTPResponse(cast(socket.socket, answer), method="GET")) as response:
        response.begin()
        if response.status != 200:
            return FetchFailure(f"the server answered {response.status}")
        body = response.read(LARGEST_PEM + 1)
        if len(body) > LARGEST_PEM:
            return FetchFailure(f"the answer has more than {LARGEST_PEM} bytes")
        if response.length:
            # A chain without its end would be kept for a day, and lead nowhere.
            return FetchFailure("the answer was cut off")
        chain = read_chain(body)
        if isinstance(chain, Refusal):
            return FetchFailure(chain.sentence)
        return Fetched(chain, _max_age(response.getheader("Cache-Control", "") or ""))


def _max_age(control: str) -> int | None:
    if _NOT_KEPT.search(control):
        return 0
    match = _MAX_AGE.search(control)
    return None if match is None else int(match[1])
