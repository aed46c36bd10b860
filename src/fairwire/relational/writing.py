"""Rows into tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
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
    # PostgreSQL refuses a statement that would replace what it has inserted itself.
    latest = {tuple(row[key] for key in _keys(table)): row for row in rows}
    connection.execute(_replacing(connection.dialect.name, table), list(latest.values()))


@cache
def _replacing(dialect: str, table: Table) -> Any:
    """The statement of `put`: it is made once, for that takes longer than a row."""
    statement = _INSERT[dialect](table)
    keys = _keys(table)
    fresh = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=fresh)
    # What gives something back is sent as few statements of many rows; else each row would be one, and waited for.
    return statement.returning(table.c[keys[0]]) if dialect == "postgresql" else statement


@cache
def _keys(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key)


def as_json(value: object) -> str:
    """A record as its column `body` holds it."""
    return msgspec.json.encode(value).decode()
