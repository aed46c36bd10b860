"""What SQLite and the disk say is wrong with the file, in our words."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError

from fairwire.ports.control import StoreError
from fairwire.relational.errors import (
    ForeignStore,
    IncompleteSave,
    StoreBusy,
    StoreCorrupt,
    StoreTooNew,
    StoreUnwritable,
)

__all__ = [
    "ForeignStore",
    "IncompleteSave",
    "StoreBusy",
    "StoreCorrupt",
    "StoreTooNew",
    "StoreUnwritable",
    "explain",
    "make_private",
]


def make_private(path: Path) -> None:
    """Make the file, readable by its owner only, when it is not there: SQLite gives its side files the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnwritable(
            f"the store cannot be opened for writing ({(error.strerror or 'unknown reason').lower()})",
            at=str(path),
            help_="check that its directory exists and that this user may write there",
        ) from error


def explain(error: BaseException, path: Path) -> StoreError:
    """The store's own error for one of SQLite's, by its primary result code."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    number = getattr(cause, "sqlite_errorcode", None)
    primary = None if number is None else number & 0xFF
    place = str(path)
    if isinstance(error, IntegrityError) or isinstance(cause, sqlite3.IntegrityError):
        return IncompleteSave(
            "evidence or an order was saved for a finding that the store does not have",
            at=place,
            help_="nothing of this save was kept; save the finding in the same call",
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(
            "the store is locked by another process", at=place, help_="nothing was changed; end that process or try again"
        )
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return StoreUnwritable(
            "the store cannot be opened for writing",
            at=place,
            help_="check that its directory exists and that this user may write there",
        )
    if primary in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return StoreUnwritable(
            "the disk of the store is full or failing", at=place, help_="nothing of this save was kept; free space and try again"
        )
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreCorrupt(
            "the file is damaged or is not a SQLite file", at=place, help_="move it away or restore it from a backup"
        )
    return StoreError(f"the store failed: {str(cause).lower().rstrip('.')}", at=place)
