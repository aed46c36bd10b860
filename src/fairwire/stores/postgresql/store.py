"""The control store on PostgreSQL: readers never wait, and writers wait for one another, as they do in a file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Connection, Engine, cast, create_engine, func
from sqlalchemy.sql.elements import ColumnElement

from fairwire.ports.control import StoreError, StoreFacts
from fairwire.relational import ledger
from fairwire.relational.database import Database
from fairwire.relational.errors import StoreUnsuitable
from fairwire.relational.store import RelationalStore
from fairwire.stores.postgresql.address import Address
from fairwire.stores.postgresql.connecting import connect, driver
from fairwire.stores.postgresql.errors import explain

BUSY_MS = 5000
"""How long a writer waits for another writer before it gives up."""

OLDEST = 14
"""The oldest server that the tests' statements and migrations are written for."""

_WRITERS = 0x46574354
"""The lock that writers take is this number and the schema: two stores in one database do not wait for each other."""


class PostgresqlDatabase(Database):
    """One schema of one database: the first of the user's search path."""

    def __init__(self, address: Address, *, password: str = "", busy_ms: int = BUSY_MS) -> None:
        self.address = address
        driver()  # said before anything else when it is not there

        def creator() -> Any:
            return connect(address, password)

        engine = create_engine(
            "postgresql+pg8000://", creator=creator, pool_size=8, max_overflow=12, pool_pre_ping=True, pool_recycle=1800
        )
        _many_rows_a_statement(engine)
        super().__init__(str(address), engine)
        self._busy_ms = busy_ms

    def explain(self, error: BaseException) -> StoreError:
        """By SQLSTATE."""
        return explain(error, self.address)

    def driver_errors(self) -> tuple[type[BaseException], ...]:
        """Raised where a connection is made."""
        return (driver().Error,)

    def begin_writing(self, connection: Connection) -> None:
        """Take the writers' lock, until the transaction ends. Each later statement sees all that was committed before it."""
        wait = func.set_config("lock_timeout", str(self._busy_ms), True)
        lock = func.pg_advisory_xact_lock(_WRITERS, func.hashtext(func.current_schema()))
        connection.execute(wait.select())
        connection.execute(lock.select())

    def begin_snapshot(self, connection: Connection) -> None:
        """All statements see what the first one sees."""
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def text_in(self, body: ColumnElement[str], name: str) -> ColumnElement[str]:
        """By an operator. It refuses the whole object where any text in it has an escaped NUL, so such a one is another there."""
        text: ColumnElement[Any] = cast(func.replace(body, r"\u0000", r"\u0001"), JSON)[name].as_string()
        return text


class PostgresqlStore(RelationalStore):
    """One schema. Safe to use from several threads and processes."""

    def __init__(self, address: Address, *, password: str = "", busy_ms: int = BUSY_MS) -> None:
        database = PostgresqlDatabase(address, password=password, busy_ms=busy_ms)
        try:
            with database.translated(), database.engine.connect() as connection:
                check_server(connection, database.place)
        except BaseException:
            database.engine.dispose()
            raise
        super().__init__(database)


def look_at(address: Address, *, password: str = "") -> StoreFacts:
    """What is in the database."""
    database = PostgresqlDatabase(address, password=password)
    try:
        with database.translated(), database.engine.connect() as connection, connection.begin():
            software = check_server(connection, database.place)
            revision = ledger.current_revision(connection, database.place)
    finally:
        database.engine.dispose()
    unsafe = not address.local and address.sslmode in ("disable", "prefer")
    told = "the database is on another machine, and nothing asks it for TLS; add `?sslmode=verify-full` to its address"
    return StoreFacts(
        place=database.place,
        software=software,
        revision=revision,
        head=ledger.HEAD,
        warnings=(told,) if unsafe else (),
    )


def check_server(connection: Connection, place: str) -> str:
    """What the server is.

    Raises
    ------
    StoreUnsuitable
        It is too old, or the database keeps text in another encoding than UTF-8.
    """
    number, version, encoding = connection.exec_driver_sql(
        "SELECT current_setting('server_version_num'), current_setting('server_version'), current_setting('server_encoding')"
    ).one()
    if int(number) < OLDEST * 10_000:
        raise StoreUnsuitable(
            f"the server is PostgreSQL {version}, which is too old", at=place, help_=f"use PostgreSQL {OLDEST} or later"
        )
    if encoding != "UTF8":
        raise StoreUnsuitable(
            f"the database keeps text as {encoding}, which has no room for every name",
            at=place,
            help_="make one with `createdb --encoding UTF8 --template template0`",
        )
    return f"PostgreSQL {version}"


def _many_rows_a_statement(engine: Engine) -> None:
    """Let inserts of many rows be few statements: the driver would send one for each row, and wait for it."""
    engine.dialect.use_insertmanyvalues_wo_returning = True
