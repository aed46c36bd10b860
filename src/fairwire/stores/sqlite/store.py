"""The control store on SQLite: write-ahead logging, readers never wait for the writer."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, func
from sqlalchemy.sql.elements import ColumnElement

from fairwire.ports.control import StoreError, StoreFacts
from fairwire.relational import ledger
from fairwire.relational.database import Database
from fairwire.relational.store import RelationalStore
from fairwire.stores.sqlite.errors import explain, make_private

BUSY_MS = 5000
"""How long a writer waits for another writer before it gives up."""


class SqliteDatabase(Database):
    """One file."""

    def __init__(self, path: Path, *, busy_ms: int = BUSY_MS) -> None:
        engine = create_engine(
            URL.create("sqlite", database=str(path)), connect_args={"timeout": busy_ms / 1000}, pool_size=8, max_overflow=32
        )
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        super().__init__(str(path), engine)
        self._path = path

    def explain(self, error: BaseException) -> StoreError:
        """By SQLite's result codes."""
        return explain(error, self._path)

    def driver_errors(self) -> tuple[type[BaseException], ...]:
        """Raised where a connection is made ready."""
        return (sqlite3.Error,)

    def begin_writing(self, connection: Connection) -> None:
        """`BEGIN IMMEDIATE` has the write lock already."""

    def begin_snapshot(self, connection: Connection) -> None:
        """With a write-ahead log, a transaction sees what was there at its first statement."""

    def text_in(self, body: ColumnElement[str], name: str) -> ColumnElement[str]:
        """By a path."""
        text: ColumnElement[Any] = func.json_extract(body, f"$.{name}")
        return text


class SqliteStore(RelationalStore):
    """One file. Safe to use from several threads: each call takes a connection of its own from the pool."""

    def __init__(self, path: Path, *, busy_ms: int = BUSY_MS) -> None:
        self.path = path
        make_private(path)
        super().__init__(SqliteDatabase(path, busy_ms=busy_ms))


def look_at(path: Path) -> StoreFacts:
    """What is in the file; nothing where there is none."""
    revision = None
    if path.exists():
        database = SqliteDatabase(path)
        try:
            with database.translated(), database.engine.connect() as connection, connection.begin():
                revision = ledger.current_revision(connection, database.place)
        finally:
            database.engine.dispose()
    return StoreFacts(place=str(path), software=f"SQLite {sqlite3.sqlite_version}", revision=revision, head=ledger.HEAD)


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are opened by `_on_begin`, not by guesses of the driver
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("fairwire_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
