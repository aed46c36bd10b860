"""One certificate from one address, where the address was chosen by whoever sends a call: nothing it says is trusted.

https alone, on two ports; the name is looked up once, and the very address that was looked at is connected to, so that a
second answer of a name server leads nowhere else. The server's certificate has to be for the name. Redirects are not
followed, the answer is bounded in bytes and the whole in time.
"""

from __future__ import annotations

import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Final, cast
from urllib.parse import urlsplit

from fairwire.runtime.addresses import is_public
from fairwire.stir.causes import Refusal
from fairwire.stir.certificates import LARGEST_PEM, Chain, FetchFailure, read_chain
from fairwire.stir.passport import x5u_fault

TIMEOUT_S: Final = 2.0
_LARGEST_HEAD: Final = 16_384
_MOST_ADDRESSES: Final = 4
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|[\s,])no-(?:store|cache)\b", re.IGNORECASE)

Resolve = Callable[[str, int], Sequence[str]]
"""Addresses of a host, in the order to try them. Raises OSError when there are none."""


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


def resolve(host: str, port: int) -> Sequence[str]:
    """By the machine's own resolver."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


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
    until = clock() + timeout_s
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        found = resolver(host, port)
    except (OSError, UnicodeError):
        return FetchFailure("its host has no address")
    addresses = [address for address in found if _may_connect(address, allowance)]
    if not addresses:
        return FetchFailure("its host is in no public network")
    try:
        with closing(_connected(addresses, port if allowance is None else allowance.port, until, clock)) as plain:
            peer = str(plain.getpeername()[0])
            if not _may_connect(peer, allowance):
                return FetchFailure("its host is in no public network")
            context = ssl.create_default_context(cadata=None if allowance is None else allowance.authority_pem)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            with context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False) as secure:
                # By our own hand: the other way it is left out where the connection has just gone.
                secure.settimeout(_left(until, clock))
                secure.do_handshake()
                return _asked(secure, _Answer(secure, until, clock), parts.path or "/", parts.netloc)
    except ssl.SSLCertVerificationError:
        return FetchFailure("the server's own certificate is not for its host, or not trusted")
    except TimeoutError:
        return FetchFailure(f"the server took longer than {timeout_s:g} s")
    except (OSError, HTTPException, ValueError, UnicodeError):
        # Names of errors differ from machine to machine, and some quote what the server sent.
        return FetchFailure("the connection failed")


def _may_connect(address: str, allowance: Allowance | None) -> bool:
    return is_public(address) or (allowance is not None and address in allowance.addresses)


def _connected(addresses: Sequence[str], port: int, until: float, clock: Callable[[], float]) -> socket.socket:
    """A connection to the first address that answers."""
    for place, address in enumerate(tried := addresses[:_MOST_ADDRESSES], start=1):
        try:
            # A number and no name: nothing is looked up a second time.
            connection = socket.create_connection((address, port), timeout=_left(until, clock))
        except OSError:
            if place == len(tried):
                raise
            continue
        connection.settimeout(_left(until, clock))
        return connection
    raise OSError("there is no address")


def _left(until: float, clock: Callable[[], float]) -> float:
    left = until - clock()
    if left <= 0:
        raise TimeoutError
    return left


def _asked(secure: ssl.SSLSocket, answer: _Answer, path: str, host: str) -> Fetched | FetchFailure:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: fairwire\r\n"
        "Accept: application/pem-certificate-chain, application/x-pem-file, */*;q=0.1\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    answer.hurry()
    secure.sendall(request.encode("ascii"))
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


class _Answer(io.RawIOBase):
    """What a server sends, cut off in time and in bytes: before each piece the time that is left is set anew."""

    def __init__(self, secure: ssl.SSLSocket, until: float, clock: Callable[[], float]) -> None:
        super().__init__()
        self._secure = secure
        self._until = until
        self._clock = clock
        self._room = _LARGEST_HEAD + LARGEST_PEM + 1

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def hurry(self) -> None:
        """What is done next may take what is left of the time."""
        self._secure.settimeout(_left(self._until, self._clock))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands over
        if self._room <= 0:
            raise OSError("more than a certificate has")
        self.hurry()
        count = self._secure.recv_into(buffer[: self._room])
        self._room -= count
        return count
