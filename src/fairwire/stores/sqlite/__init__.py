"""The control store in one SQLite file: runs, findings, evidence, orders, hourly series.

Importing this costs nothing: SQLAlchemy is loaded when a store is opened, Alembic only when the file must be made or upgraded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore, StoreFacts

FILE_NAME = "fairwire.db"
"""The store's file inside a data directory."""


def open_store(path: Path | str, *, password: str = "") -> ControlStore:
    """Open the store, making or upgrading it first when needed.

    Parameters
    ----------
    path
        The file, or a directory in which the file `fairwire.db` is used.
    password
        Not looked at: whoever may read the file may use it.

    Raises
    ------
    StoreError
        It cannot be used: written by a newer version, locked, not writable, damaged, or no store of ours.
    """
    from fairwire.stores.sqlite.store import SqliteStore

    return SqliteStore(_file(path))


def look(path: Path | str, *, password: str = "") -> StoreFacts:
    """What is there, without changing it.

    Raises
    ------
    StoreError
        It cannot be read.
    """
    from fairwire.stores.sqlite.store import look_at

    return look_at(_file(path))


def _file(path: Path | str) -> Path:
    place = Path(path)
    return place / FILE_NAME if place.is_dir() else place


STORE = open_store
LOOK = look
