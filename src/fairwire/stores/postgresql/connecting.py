"""A connection to the server: the socket, TLS as the address asks for it, and then the driver."""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from functools import cache
from typing import Any

from fairwire.model.errors import BadUse
from fairwire.relational.errors import StoreRefused, StoreUnreachable
from fairwire.stores.postgresql.address import Address

CONNECT_S = 10.0
"""How long a server may take to answer."""

STALL_S = 300.0
"""How long a statement may take before we call the server gone: long enough for a migration of a large table."""

_ASK_FOR_TLS = struct.pack("!ii", 8, 80877103)
_KEEP_ALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 60_000))
"""A machine that is gone is noticed within a minute."""


class NoDriver(BadUse):
    """The library that speaks to PostgreSQL is not installed."""

    code = "FW-STO-014"


def driver() -> Any:
    """The driver's module.

    Raises
    ------
    NoDriver
        It is not installed.
    """
    try:
        import pg8000
    except ImportError:
        raise NoDriver(
            "the driver for PostgreSQL is not installed", help_='install it with `pip install "fairwire[postgres]"`'
        ) from None
    return pg8000


def connect(address: Address, password: str) -> Any:
    """A connection of the driver's.

    Raises
    ------
    StoreUnreachable
        Nobody answers.
    StoreRefused
        The server does not speak TLS although it must, or is not who it should be.
    """
    module = driver()
    plain = _open(address)
    try:
        ready = _secured(plain, address)
        made = _careful(module.Connection)(
            user=address.user,
            database=address.database,
            password=password,  # an empty one, where none is given: the server then says that it is wrong
            sock=ready,
            host=address.host,
            ssl_context=False,  # done
            application_name="fairwire",
        )
        ready.settimeout(STALL_S)
    except OSError as error:
        plain.close()
        raise unreachable(address, error) from error
    except BaseException:
        plain.close()
        raise
    return made


@cache
def _careful(kind: type[Any]) -> type[Any]:
    """The driver's connection, where a network that fails is always the same error, and nothing at all when it is closed anyway:
    the pool would log a traceback."""
    module = driver()

    class Careful(kind):  # type: ignore[misc]
        def handle_messages(self, context: Any) -> None:
            try:
                super().handle_messages(context)
            except OSError as error:
                raise module.InterfaceError("network error") from error

        def close(self) -> None:
            with suppress(module.Error, OSError):
                super().close()

    return Careful


def _open(address: Address) -> socket.socket:
    try:
        if address.socket is not None:
            unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                unix.settimeout(CONNECT_S)
                unix.connect(address.socket)
            except BaseException:
                unix.close()
                raise
            return unix
        opened = socket.create_connection((address.host, address.port), CONNECT_S)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE:
            if hasattr(socket, name):
                opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        return opened
    except (OSError, UnicodeError) as error:
        raise unreachable(address, error) from error


def unreachable(address: Address, error: BaseException) -> StoreUnreachable:
    """Nobody answers, and why."""
    told = "no answer in time" if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or str(error)
    return StoreUnreachable(
        f"the database server cannot be reached ({told.lower().rstrip('.')})",
        at=str(address),
        help_="start it, or correct the address with `--store`",
    )


def _secured(plain: socket.socket, address: Address) -> socket.socket:
    """The same socket, with TLS on it where the address and the server want that."""
    if address.socket is not None or address.sslmode == "disable":
        return plain
    try:
        plain.sendall(_ASK_FOR_TLS)
        answer = plain.recv(1)
    except OSError as error:
        raise unreachable(address, error) from error
    if answer != b"S":
        if answer == b"N" and address.sslmode == "prefer":
            return plain
        offers = "offers no TLS" if answer in (b"N", b"E") else "does not answer as PostgreSQL does"
        raise StoreRefused(
            f"the server {offers}",
            at=str(address),
            help_="set `ssl = on` in its postgresql.conf; `?sslmode=disable` goes without, where nobody can listen",
        )
    try:
        return _context(address).wrap_socket(plain, server_hostname=address.host)
    except ssl.SSLCertVerificationError as error:
        raise StoreRefused(
            f"the server's certificate is not to be trusted: {error.verify_message.lower().rstrip('.')}",
            at=str(address),
            help_="name its authority's file with `?sslrootcert=FILE`, and the host as the certificate does",
        ) from error
    except OSError as error:  # ssl.SSLError among them
        raise StoreRefused(
            f"TLS with the server failed: {(error.strerror or str(error)).lower()}",
            at=str(address),
            help_="look at the server's log",
        ) from error


def _context(address: Address) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=address.sslrootcert or None)
    except OSError as error:
        raise StoreRefused(
            "the file that `sslrootcert` names has no certificate in it", at=address.sslrootcert, help_="name a PEM file"
        ) from error
    # As libpq has it: a root certificate that is named is asked, whatever the mode.
    context.check_hostname = address.sslmode == "verify-full"
    if address.sslmode in ("prefer", "require") and not address.sslrootcert:
        context.verify_mode = ssl.CERT_NONE
    return context
