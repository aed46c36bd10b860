"""Which schema a store has, and bringing it to ours."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect

from fairwire.relational.errors import ForeignStore, StoreMissing, StoreTooNew

HEAD = "0004"
"""The revision that this code reads and writes; a test compares it with the migrations' own head."""

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every revision that this code can start from, oldest first."""

MIGRATIONS = Path(__file__).with_name("migrations")
"""The same steps for every database."""

VERSION_TABLE = "alembic_version"


def prepare(connection: Connection, place: str) -> None:
    """Bring the store to `HEAD` inside the transaction of `connection`; almost free when it is there already.

    Raises
    ------
    StoreTooNew
        The store has a revision that this version has never heard of.
    ForeignStore
        There are tables, and none of them is ours.
    """
    revision = current_revision(connection, place)
    if revision == HEAD:
        return
    if revision is not None and revision not in REVISIONS:
        raise StoreTooNew(
            f"the store was written by a newer version of Fairwire: its schema is `{revision}`, this version knows `{HEAD}`",
            at=place,
            help_="nothing was changed; install that version or give another data directory",
        )
    upgrade(connection)


def current_revision(connection: Connection, place: str) -> str | None:
    """The store's revision, None for an empty one.

    Raises
    ------
    ForeignStore
        There are tables, and none of them is ours.
    StoreMissing
        The database has no schema that tables would be made in.
    """
    # Tables of other schemas may be in sight; ours are in the first schema of the search path, and nowhere else.
    schema = connection.dialect.default_schema_name
    if schema is None:
        raise StoreMissing(
            "the database has no schema for this user to make tables in",
            at=place,
            help_="make one of the user's name: CREATE SCHEMA fairwire AUTHORIZATION fairwire",
        )
    tables = set(inspect(connection).get_table_names(schema=schema))
    revision = None
    if VERSION_TABLE in tables:
        row = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").first()  # noqa: S608  (a name of ours)
        revision = None if row is None else str(row[0])
    if tables - {VERSION_TABLE} and "finding" not in tables:
        raise ForeignStore(
            "this is a database of another program", at=place, help_="nothing was changed; name another place for the store"
        )
    return revision


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the missing migrations. Alembic is loaded here, so that an up-to-date store opens without it."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
