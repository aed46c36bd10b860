"""Which control stores there are, and a fresh place for each: what the suites of all of them are run over."""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import fairwire.stores
from fairwire.ports.control import ControlStore

if TYPE_CHECKING:
    from postgres_lab import Database, Server

STORES = sorted({path.parent.name for path in Path(fairwire.stores.__path__[0]).glob("*/__init__.py")} - {"log"})
"""All that keep control data; `log` keeps events, and `test_logs` asks it other questions."""


class Place:
    """Where a store of one kind is, in one test: to open it, and to get at its tables behind its back."""

    def __init__(self, request: pytest.FixtureRequest, name: str) -> None:
        self.name = name
        self._request = request
        self._module = importlib.import_module(f"fairwire.stores.{name}")
        self._file: Path = request.getfixturevalue("tmp_path") / "store"
        self._database: Database | None = None
        if name == "postgresql":
            server: Server = request.getfixturevalue("postgres")
            self._database = used = server.with_tables()
            request.addfinalizer(lambda: server.empty(used))

    def open(self) -> ControlStore:
        """The store; opening it twice opens the same data twice. All are closed when the test ends."""
        store: ControlStore = self._module.STORE(self._file if self._database is None else self._database.url)
        self._request.addfinalizer(store.close)
        return store

    def sql(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Run a statement on its tables."""
        if self._database is not None:
            return [tuple(row) for row in self._database.sql(statement, **values)]
        with closing(sqlite3.connect(self._file)) as connection:
            found = connection.execute(statement, values).fetchall()
            connection.commit()
            return found


def opener(request: pytest.FixtureRequest, name: str) -> Callable[[], ControlStore]:
    """Opens a store of this kind; calling it twice opens the same data twice."""
    return Place(request, name).open
