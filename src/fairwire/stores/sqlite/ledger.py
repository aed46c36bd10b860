"""Which schema a file has, and bringing it to ours."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect

from fairwire.stores.sqlite.errors import ForeignStore, StoreTooNew

HEAD = "0003"
"""The revision that this code reads and writes; a test compares it with the migrations' own head."""

REVISIONS = ("0001", "0002", "0003")
"""Every revision that this code can start from, oldest first."""


def prepare(connection: Connection, path: Path) -> None:
    """Bring the file to `HEAD` inside the transaction of `connection`; almost free when it is there already.

    Raises
    ------
    StoreTooNew
        The file has a revision that this version has never heard of.
    ForeignStore
        The file has tables, none of them our version table.
    """
    revision = current_revision(connection, path)
    if revision == HEAD:
        return
    if revision is not None and revision not in REVISIONS:
        raise StoreTooNew(
            f"the store was written by a newer version of Fairwire: its schema is `{revision}`, this version knows `{HEAD}`",
            at=str(path),
            help_="nothing was changed; install that version or give another data directory",
        )
    upgrade(connection)


def current_revision(connection: Connection, path: Path) -> str | None:
    """The file's revision, None for an empty file."""
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if tables:
            raise ForeignStore(
                "the file is a database of another program",
                at=str(path),
                help_="nothing was changed; give another data directory",
            )
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def upgrade(connection: Connection) -> None:
    """Run the missing migrations. Alembic is loaded here, so that an up-to-date store opens without it."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
