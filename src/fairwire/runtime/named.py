"""Whom events name, in their own words: what stands behind the keys of a finding's subject."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import msgspec
import pyarrow as pa

from fairwire.runtime.encode_other import is_from_own_side

_FIELDS = {
    "user": ("user",),
    "line": ("line", "from"),
    "callee": ("to",),
    "remote": ("to", "dst_ip", "number"),
    "caller": ("header_from", "from"),
    "credential": ("credential",),
    "source": ("src_ip",),
    "device": ("device",),
    "path": ("path",),
}
"""Column of a kernel event -> fields of an event that may hold it, the first that does."""


@lru_cache(maxsize=4096)
def _decoded(data: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(data)
    return found


def fields_of(table: pa.Table, row: int) -> dict[str, Any]:
    """The data of an event that is no call; empty for a call."""
    data = table["data"][row].as_py()
    return {} if data is None else _decoded(data)


def name_of(table: pa.Table, row: int, column: str) -> str | None:
    """What one event calls its user, line, credential ...; None when it names none."""
    data = fields_of(table, row)
    kind = table["type"][row].as_py()
    fields = _FIELDS[column]
    if kind == "message.received":
        fields = {"line": ("to",), "remote": ("from",)}.get(column, fields)
    elif not data:
        fields = {"line": ("line",), "remote": ("to",), "caller": ("from",)}.get(column, fields)
    elif kind == "net.flow" and not is_from_own_side(SimpleNamespace(**{"served": False, **data}), ()):
        fields = {"source": ("dst_ip",), "remote": ("src_ip",)}.get(column, fields)
    for field in fields:
        value = data.get(field) if data else (table[field][row].as_py() if field in table.column_names else None)
        if isinstance(value, list):
            value = value[0] if value else None
        if value is not None:
            return str(value)
    return None


def shared_name(table: pa.Table, column: str, rows: Sequence[int]) -> str | None:
    """The name that all of the events share: a finding names the narrowest party that it can. An answer names nobody."""
    seen = {name_of(table, row, column) for row in rows if table["type"][row].as_py() != "call.answered"}
    return seen.pop() if len(seen) == 1 and None not in seen else None
