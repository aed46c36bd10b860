"""What one database does differently from another: how it is read, written and locked, and what its errors mean."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Select, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.sql.elements import ColumnElement

from fairwire.ports.control import StoreError
from fairwire.relational.errors import StoreBusy

_REST_S = 0.0002


def _rest(*_: object) -> None:
    """Behind a statement, let whoever waits for the interpreter have it: each costs most of a millisecond of Python, and calls
    are answered on the main thread meanwhile."""
    if threading.get_ident() != threading.main_thread().ident:
        time.sleep(_REST_S)


class Database(ABC):
    """An engine, and the ways of its dialect. Safe to use from several threads: each call takes a connection from the pool.

    Parameters
    ----------
    place
        Where it is, as an error shows it: a file, or an address without its password.
    engine
        Its engine.
    """

    def __init__(self, place: str, engine: Engine) -> None:
        self.place = place
        self.engine = engine
        event.listen(engine, "after_cursor_execute", _rest)

    @abstractmethod
    def explain(self, error: BaseException) -> StoreError:
        """Our error for one of the driver's: one sentence."""

    @abstractmethod
    def begin_writing(self, connection: Connection) -> None:
        """Let nobody else write until the transaction of `connection`, which has just begun, ends; what it reads stays true."""

    @abstractmethod
    def begin_snapshot(self, connection: Connection) -> None:
        """Let every statement of the transaction of `connection`, which has just begun, see the data of one moment."""

    @abstractmethod
    def text_in(self, body: ColumnElement[str], name: str) -> ColumnElement[str]:
        """The text under a name of the JSON object in a column."""

    def driver_errors(self) -> tuple[type[BaseException], ...]:
        """What the driver raises that SQLAlchemy does not wrap."""
        return ()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn the database's errors into ours."""
        theirs: tuple[type[BaseException], ...] = (DBAPIError, *self.driver_errors())
        try:
            yield
        except NoConnection as error:
            raise StoreBusy(
                "every connection to the store is taken", at=self.place, help_="nothing was changed; try again"
            ) from error
        except theirs as error:
            raise self.explain(error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that nobody else writes in."""
        with self.engine.connect().execution_options(fairwire_write=True) as connection, connection.begin():
            self.begin_writing(connection)
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A transaction that reads the data of one moment."""
        with self.engine.connect() as connection, connection.begin():
            self.begin_snapshot(connection)
            yield connection

    def rows(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """What one statement finds, with values for its places."""
        with self.translated(), self.engine.connect() as connection, connection.begin():
            return connection.execute(query, values).all()
