"""Whom events name, in their own words: what stands behind the keys of a finding's subject."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Protocol

import msgspec
import pyarrow as pa

from fairwire.ports.events import CALL_SCHEMA
from fairwire.runtime.called_lines import line_of_call
from fairwire.runtime.encode_other import is_from_own_side
from fairwire.sources.jsonl.wire import ANY_LINE, CALL_LINES, TYPE_OF

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


class Shown(Protocol):
    """Events that show a finding, by their rows."""

    def id(self, row: int) -> str:
        """What its source calls the event."""

    def kind(self, row: int) -> str:
        """Type of the event."""

    def fields(self, row: int) -> dict[str, Any]:
        """The data of an event that is no call; empty for a call."""

    def of_call(self, row: int, field: str) -> Any:
        """A field of a call; None where it has none."""


class InTable:
    """Events of `CALL_SCHEMA`."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def id(self, row: int) -> str:
        """As `Shown` says."""
        return str(self._table["id"][row].as_py())

    def kind(self, row: int) -> str:
        """As `Shown` says."""
        return str(self._table["type"][row].as_py())

    def fields(self, row: int) -> dict[str, Any]:
        """As `Shown` says."""
        data = self._table["data"][row].as_py()
        return {} if data is None else _decoded(data)

    def of_call(self, row: int, field: str) -> Any:
        """As `Shown` says."""
        return self._table[field][row].as_py() if field in CALL_SCHEMA.names else None


class InLines:
    """The same of events as they came, for a caller that waits: a table of a few takes longer to make than to read.

    Parameters
    ----------
    lines
        Sound events of known types, each of a customer.
    """

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._events = [ANY_LINE.decode(line) for line in lines]

    def id(self, row: int) -> str:
        """As `Shown` says."""
        return str(self._events[row].id)

    def kind(self, row: int) -> str:
        """As `Shown` says."""
        return TYPE_OF[type(self._events[row])]

    def fields(self, row: int) -> dict[str, Any]:
        """As `Shown` says."""
        event = self._events[row]
        return {} if type(event) in CALL_LINES else _decoded(msgspec.json.encode(event.data).decode())

    def of_call(self, row: int, field: str) -> Any:
        """As `Shown` says."""
        return getattr(self._events[row].data, _ATTRIBUTES[field], None) if field in _ATTRIBUTES else None


_SAID = ("user", "line", "credential", "to", "from", "src_ip", "direction", "diversion")
_ATTRIBUTES = {name: f"{name}_" if name == "from" else name for name in _SAID}
"""The fields of `_FIELDS` that a call has -> attribute of its data."""


def name_of(shown: Shown, row: int, column: str) -> str | None:
    """What one event calls its user, line, credential ...; None when it names none."""
    data = shown.fields(row)
    kind = shown.kind(row)
    fields = _FIELDS[column]
    if kind == "message.received":
        fields = {"line": ("to",), "remote": ("from",)}.get(column, fields)
    elif not data:
        fields = {"line": ("line",), "remote": ("to",), "caller": ("from",)}.get(column, fields)
    elif kind == "net.flow" and not is_from_own_side(SimpleNamespace(**{"served": False, **data}), ()):
        fields = {"source": ("dst_ip",), "remote": ("src_ip",)}.get(column, fields)
    for field in fields:
        value = data.get(field) if data else shown.of_call(row, field)
        if isinstance(value, list):
            value = value[0] if value else None
        if value is not None:
            return str(value)
    return None


def line_of(shown: Shown, rows: Sequence[int]) -> str | None:
    """The line of calls that are counted for one, where they do not say it: their rows have the same line."""
    seen = {_line_of_call(shown, row) for row in rows if shown.kind(row) in ("call.attempt", "call.ended")}
    return seen.pop() if len(seen) == 1 else None


def _line_of_call(shown: Shown, row: int) -> str | None:
    said = shown.of_call(row, "line")
    if said:
        return str(said)
    direction, chain = shown.of_call(row, "direction"), shown.of_call(row, "diversion")
    return line_of_call(direction, shown.of_call(row, "from"), shown.of_call(row, "to"), chain)


def shared_name(shown: Shown, column: str, rows: Sequence[int]) -> str | None:
    """The name that all of the events share: a finding names the narrowest party that it can. An answer names nobody."""
    seen = {name_of(shown, row, column) for row in rows if shown.kind(row) != "call.answered"}
    return seen.pop() if len(seen) == 1 and None not in seen else None
