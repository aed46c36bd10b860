"""Rows of events that are no calls, as lines of JSON: the fields of `data` stand beside the envelope in a Parquet file."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from fairwire.model.events import DATA_BY_TYPE

_ENVELOPE = ("specversion", "id", "source", "type", "time")
_LISTS = {
    field.encode_name
    for data in DATA_BY_TYPE.values()
    for field in msgspec.structs.fields(data)
    if "list[str]" in str(field.type)
}
FIELDS = tuple(sorted({field.encode_name for data in DATA_BY_TYPE.values() for field in msgspec.structs.fields(data)}))
"""Every field that the data of some event has."""
_OF_TYPE = {kind: frozenset(field.encode_name for field in msgspec.structs.fields(data)) for kind, data in DATA_BY_TYPE.items()}


def as_line(row: dict[str, Any]) -> bytes:
    """One event as JSON. Instants become RFC 3339 texts, decimals texts, and one text where a list belongs a list of one."""
    wanted = _OF_TYPE.get(row["type"], frozenset(FIELDS))
    data = {name: _plain(name, value) for name, value in row.items() if name in wanted and value is not None}
    if row["type"] == "api.request" and str(data.get("status", "")).isdecimal():
        data["status"] = int(data["status"])  # a number of HTTP, in one column with the words of messages
    envelope = {name: _plain(name, row[name]) for name in _ENVELOPE if row.get(name) is not None}
    return msgspec.json.encode({"specversion": "1.0", **envelope, "data": data})


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if name in _LISTS and isinstance(value, str):
        return [value]
    return value
