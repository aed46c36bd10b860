"""Rows into tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: dict[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""By the name of the dialect: an insert that may replace."""


def put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert, or replace the columns of the rows whose key is there already. Of two rows with one key the later one counts."""
    if not rows:
        return
    statement = _INSERT[connection.dialect.name](table)
    keys = [column.name for column in table.primary_key]
    fresh = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    # PostgreSQL refuses a statement that would replace what it has inserted itself.
    latest = {tuple(row[key] for key in keys): row for row in rows}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=fresh)
    if connection.dialect.name == "postgresql":
        # What gives something back is sent as few statements of many rows; else each row would be one, and waited for.
        statement = statement.returning(table.c[keys[0]])
    connection.execute(statement, list(latest.values()))


def as_json(value: object) -> str:
    """A record as its column `body` holds it."""
    return msgspec.json.encode(value).decode()
