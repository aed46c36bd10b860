"""Where a database is: an address as PostgreSQL's own tools take it, read without a library, and shown without a secret."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import msgspec

from fairwire.model.errors import BadUse

SslMode = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]
MODES: tuple[SslMode, ...] = get_args(SslMode)
PORT = 5432
SOCKETS = "/var/run/postgresql"
"""Folder of the server's socket where an address names no host."""
PARAMETERS = ("sslmode", "sslrootcert", "host")
_FORM = "postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full"


class BadAddress(BadUse):
    """The address of a database cannot be used as it is written."""

    code = "FW-STO-013"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a database is, and how to get there."""

    user: str
    host: str
    """A name or an address; or, with `/` in front, the folder of the server's socket."""
    port: int = PORT
    database: str
    sslmode: SslMode = "prefer"
    sslrootcert: str = ""
    """PEM file of the authorities that may vouch for the server; empty: those of this machine."""

    @property
    def socket(self) -> str | None:
        """The server's socket, where it is reached by one."""
        return f"{self.host.rstrip('/')}/.s.PGSQL.{self.port}" if self.host.startswith("/") else None

    @property
    def local(self) -> bool:
        """Whether nothing of it leaves this machine."""
        return self.socket is not None or self.host in ("localhost", "::1") or self.host.startswith("127.")

    def __str__(self) -> str:
        user, database = quote(self.user, safe=""), quote(self.database, safe="")
        if self.socket is not None:
            return f"postgresql://{user}@/{database}?host={self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{user}@{host}:{self.port}/{database}"


def read_address(url: str) -> Address:
    """Read `postgresql://user@host:port/database`, with `sslmode`, `sslrootcert` and `host` (a socket's folder) behind a `?`.

    A user that is not named is the one of the operating system.

    Raises
    ------
    BadAddress
        It is another scheme, has no database, has a password in it, or says what is not known here. The sentence shows nothing
        that may be secret.
    """
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise _bad("the address of the database cannot be read") from None
    if split.scheme not in ("postgresql", "postgres"):
        raise _bad("this is no address of a PostgreSQL database")
    if split.password is not None:
        raise BadAddress(
            "a password in the address of the database would be seen by others",
            help_="take it out, put it into a file that only you can read, and name the file with `store_password_file`",
        )
    if "," in split.netloc:
        raise _bad("the address names several hosts, and one is taken")
    database = unquote(split.path.removeprefix("/"))
    if not database or "/" in database or "\0" in database:
        raise _bad("the address names no database")
    given = _parameters(split.query)
    host = given.get("host") or unquote(split.hostname or "") or SOCKETS
    mode = given.get("sslmode", "prefer")
    if mode not in MODES:
        raise BadAddress(f"`sslmode` cannot be `{mode[:40]}`", help_=f"give one of {', '.join(MODES)}")
    root = given.get("sslrootcert", "")
    if root and not Path(root).is_file():
        raise BadAddress(
            "the file that `sslrootcert` names is not there", at=root, help_="name the PEM file of the server's authority"
        )
    user = unquote(split.username or "") or getpass.getuser()
    if "\0" in user or "\0" in host:
        raise _bad("the address of the database cannot be read")
    return Address(user=user, host=host, port=PORT if port is None else port, database=database, sslmode=mode, sslrootcert=root)


def _parameters(query: str) -> dict[str, str]:
    given = dict(parse_qsl(query, keep_blank_values=True))
    for name in given:
        if name == "password":
            raise BadAddress(
                "a password in the address of the database would be seen by others",
                help_="take it out, put it into a file that only you can read, and name the file with `store_password_file`",
            )
        if name not in PARAMETERS:
            raise BadAddress(f"`{name[:40]}` is not known behind the `?` of a database's address", help_=f"known: {_known()}")
    return given


def _known() -> str:
    return ", ".join(PARAMETERS)


def _bad(message: str) -> BadAddress:
    return BadAddress(message, help_=f"write it as {_FORM}")
