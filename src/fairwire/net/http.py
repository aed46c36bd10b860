"""One request to one address over HTTP/1.1: no redirects, no proxies, no kept connections; bounded in time and in bytes."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import Final, cast
from urllib.parse import urlsplit

from fairwire.net.connecting import (
    Answer,
    Deadline,
    Forbidden,
    MayConnect,
    Resolve,
    connect,
    resolve,
    resolve_within,
    secured,
    tls_context,
)

LARGEST_HEAD: Final = 65_536
_TARGET = re.compile(r"[!-~]*\Z")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}\Z|[0-9A-Fa-f:.]{2,45}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a request goes."""

    secure: bool
    host: str
    port: int
    target: str
    """Path and query, as they stand in the request."""

    @property
    def shown(self) -> str:
        """Host and port: what may be told to people. A path can hold a secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_address(url: str) -> Address:
    """Take a URL apart.

    Raises
    ------
    ValueError
        It is none that can be asked; the message says why, and quotes nothing of it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("it cannot be read as a URL") from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https"):
        raise ValueError("it does not begin with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError("it has a user name or a password in it")
    if "#" in url:
        raise ValueError("it has a fragment")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if _HOST.match(host) is None or port == 0:
        raise ValueError("it names no host that can be connected to")
    if _TARGET.match(url) is None or _TARGET.match(target) is None:
        raise ValueError("it has characters that must be escaped with %")
    secure = parts.scheme == "https"
    return Address(secure=secure, host=host, port=port or (443 if secure else 80), target=target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What was answered."""

    status: int
    headers: HTTPMessage
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """Why there is no answer."""

    why: str
    sent: bool
    """Whether the request may have been read: what it asks for may have happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How requests are made."""

    may_connect: MayConnect
    largest: int
    """Bytes of a body that are read."""
    context: ssl.SSLContext | None = None
    resolver: Resolve = resolve

    def ask(
        self, method: str, address: Address, deadline: Deadline, *, headers: Mapping[str, str], body: bytes = b""
    ) -> Reply | NoReply:
        """Make one request. Never raises for what the other side or the network does."""
        sent = False
        try:
            request = _request(method, address, headers, body)
        except ValueError as error:
            return NoReply(why=str(error), sent=False)
        try:
            addresses = resolve_within(address.host, address.port, deadline, self.resolver)
        except TimeoutError:
            return NoReply(why=f"nobody says in time where {address.host} is", sent=False)
        except OSError:
            return NoReply(why=f"{address.host} has no address", sent=False)
        try:
            with closing(self._connected(address, addresses, deadline)) as connection:
                connection.settimeout(deadline.left())
                sent = True
                connection.sendall(request)
                return self._read(connection, deadline, method)
        except Forbidden:
            return NoReply(why=f"{address.host} leads to an address that may not be connected to", sent=False)
        except ssl.SSLCertVerificationError:
            return NoReply(why=f"the certificate of {address.shown} is not for it, or not trusted", sent=False)
        except TimeoutError:
            return NoReply(why=f"{address.shown} did not answer in time", sent=sent)
        except ssl.SSLError:
            return NoReply(why=f"TLS with {address.shown} failed", sent=sent)
        except HTTPException:
            return NoReply(why=f"what {address.shown} answered is no HTTP that can be read", sent=sent)
        except (OSError, ValueError) as error:
            why = (getattr(error, "strerror", None) or "it broke").lower()
            return NoReply(why=f"the connection to {address.shown} failed: {why}", sent=sent)

    def reach(self, address: Address, deadline: Deadline) -> str:
        """Connect and ask for nothing; why it cannot be done, or empty."""
        try:
            addresses = resolve_within(address.host, address.port, deadline, self.resolver)
            self._connected(address, addresses, deadline).close()
        except Forbidden:
            return f"{address.host} leads to an address that may not be connected to"
        except ssl.SSLCertVerificationError:
            return f"the certificate of {address.shown} is not for it, or not trusted"
        except TimeoutError:
            return f"{address.shown} did not answer in time"
        except (OSError, ValueError) as error:
            return f"{address.shown} cannot be reached: {(getattr(error, 'strerror', None) or 'it failed').lower()}"
        return ""

    def _connected(self, address: Address, addresses: Sequence[str], deadline: Deadline) -> socket.socket:
        plain = connect(addresses, address.port, deadline, self.may_connect)
        return secured(plain, address.host, deadline, self.context or tls_context()) if address.secure else plain

    def _read(self, connection: socket.socket, deadline: Deadline, method: str) -> Reply | NoReply:
        answer = Answer(connection, deadline, LARGEST_HEAD + self.largest + 1)
        with closing(HTTPResponse(cast(socket.socket, answer), method=method)) as response:
            response.begin()
            body = response.read(self.largest + 1)
            if len(body) > self.largest:
                return NoReply(why=f"the answer has more than {self.largest} bytes", sent=True)
            if response.length:
                return NoReply(why="the answer was cut off", sent=True)
            return Reply(status=response.status, headers=response.msg, body=body)


def _request(method: str, address: Address, headers: Mapping[str, str], body: bytes) -> bytes:
    usual = address.port == (443 if address.secure else 80)
    host = f"[{address.host}]" if ":" in address.host else address.host
    lines = [
        f"{method} {address.target} HTTP/1.1",
        f"Host: {host}" if usual else f"Host: {address.shown}",
        "User-Agent: fairwire",
        "Accept-Encoding: identity",
        "Connection: close",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header has a line end in it")
    try:
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
    except UnicodeEncodeError:
        raise ValueError("a header has signs that cannot stand in it") from None
