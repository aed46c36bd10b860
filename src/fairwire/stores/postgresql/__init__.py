"""The control store in a PostgreSQL database: the same tables and migrations as in one file.

Importing this costs nothing: SQLAlchemy and the driver are loaded when a store is opened, Alembic only when its tables must be
made or upgraded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore, StoreFacts


def open_store(url: str, *, password: str = "") -> ControlStore:
    """Open the store, making or upgrading its tables first when needed.

    Parameters
    ----------
    url
        `postgresql://user@host:port/database?sslmode=...`; never with the password in it.
    password
        Of the user; empty where the server asks for none.

    Raises
    ------
    BadAddress
        The address cannot be one.
    StoreError
        It cannot be used: no server, no such database or user, no right, written by a newer version, or no store of ours.
    """
    from fairwire.stores.postgresql.address import read_address
    from fairwire.stores.postgresql.store import PostgresqlStore

    return PostgresqlStore(read_address(url), password=password)


def look(url: str, *, password: str = "") -> StoreFacts:
    """What is there, without changing it. Raises as `open_store` does."""
    from fairwire.stores.postgresql.address import read_address
    from fairwire.stores.postgresql.store import look_at

    return look_at(read_address(url), password=password)


STORE = open_store
LOOK = look
