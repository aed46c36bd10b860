"""A connection to a name: looked up once, and the very address that was looked at is connected to."""

from __future__ import annotations

import errno
import io
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

MOST_ADDRESSES: Final = 4
"""Of one name, how many are tried."""

Resolve = Callable[[str, int], Sequence[str]]
"""Addresses of a host, in the order to try them. Raises OSError when there are none."""
MayConnect = Callable[[str], bool]
"""Whether an address may be connected to."""


class Forbidden(OSError):
    """A name leads to addresses that may not be connected to."""


class Deadline:
    """The instant by which something must be over."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = clock() + seconds

    def left(self) -> float:
        """Seconds that are left, more than none.

        Raises
        ------
        TimeoutError
            None are.
        """
        left = self._until - self._clock()
        if left <= 0:
            raise TimeoutError
        return left


def resolve(host: str, port: int) -> Sequence[str]:
    """By the machine's own resolver. It cannot be cut short: what is left of the time afterwards is for the rest."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def resolve_within(host: str, port: int, deadline: Deadline, resolver: Resolve = resolve) -> Sequence[str]:
    """The same, given up at the deadline; a thread goes on to wait for the answer that nobody needs any more.

    Raises
    ------
    OSError
        There are none, among others as TimeoutError because it took too long.
    """
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    except OSError:
        pass
    else:
        return [host]
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(host, port))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, name="fairwire-resolve", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, UnicodeError):
        raise OSError("the name has no form that can be looked up") from found
    if isinstance(found, Exception):
        raise found
    return found


def connect(addresses: Sequence[str], port: int, deadline: Deadline, may_connect: MayConnect) -> socket.socket:
    """A connection to the first address that may be connected to and answers.

    Raises
    ------
    Forbidden
        None of them may be.
    OSError
        None answers, among others as TimeoutError.
    """
    tried = [address for address in addresses if may_connect(address)][:MOST_ADDRESSES]
    if not tried:
        raise Forbidden("no address that may be connected to")
    for place, address in enumerate(tried, start=1):
        try:
            # A number and no name: nothing is looked up a second time.
            connection = socket.create_connection((address, port), timeout=deadline.left())
        except OSError:
            if place == len(tried):
                raise
            continue
        try:
            if not may_connect(str(connection.getpeername()[0])):
                raise Forbidden("no address that may be connected to")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(deadline.left())
        except OSError:
            connection.close()
            raise
        return connection
    raise AssertionError


class GoneIsClosed(ssl.SSLSocket):
    """A TLS socket that is also closed where the other side has gone before TLS began: the library's own leaves it open."""

    def getpeername(self) -> Any:
        """The other side's address.

        Raises
        ------
        ConnectionResetError
            There is none any more; the socket is closed.
        """
        try:
            return super().getpeername()
        except OSError as error:
            self.close()
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)) from error


def secured(plain: socket.socket, host: str, deadline: Deadline, context: ssl.SSLContext) -> ssl.SSLSocket:
    """TLS on a connection, with a certificate for the host. The plain connection is closed when it fails.

    Raises
    ------
    OSError
        It failed, among others as ssl.SSLCertVerificationError or TimeoutError.
    """
    secure = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    try:
        # By our own hand: the other way it is left out where the connection has just gone.
        secure.settimeout(deadline.left())
        secure.do_handshake()
    except (OSError, ValueError):
        secure.close()
        raise
    return secure


def tls_context(authorities: str | None = None) -> ssl.SSLContext:
    """What a server's certificate is checked with; `authorities` are PEM, in the place of the machine's own list."""
    context = ssl.create_default_context(cadata=authorities)
    context.sslsocket_class = GoneIsClosed
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Answer(io.RawIOBase):
    """What the other side sends, cut off in time and in bytes: before each piece the time that is left is set anew."""

    def __init__(self, connection: socket.socket, deadline: Deadline, room: int) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self._room = room

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What the reader of the standard library asks its socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands over
        """The next piece; 0 at the end."""
        if self._room <= 0:
            raise OSError("more than what was asked for can have")
        self._connection.settimeout(self._deadline.left())
        count = self._connection.recv_into(buffer[: self._room])
        self._room -= count
        return count
