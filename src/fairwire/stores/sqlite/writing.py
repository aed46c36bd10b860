"""Rows into tables."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite


def put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert, or replace the columns of the rows whose key is there already. PostgreSQL has the same statement."""
    if not rows:
        return
    statement = sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    fresh = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), rows)


def as_json(value: object) -> str:
    """A record as its column `body` holds it."""
    return msgspec.json.encode(value).decode()
