"""The events that show a finding of a running service: lines as they came, and a table of them once somebody looks.

Whoever waits for an answer waits for no table; pages, evidence and snapshots are made behind the answer, on other threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from fairwire.ports.events import CALL_SCHEMA
from fairwire.runtime.resting import rest
from fairwire.sources.jsonl.decoding import decode_lines

_AT_ONCE = 512
"""Lines that are read together: some milliseconds."""


class KnownEvents:
    """Sound events of known types.

    Parameters
    ----------
    events
        Lines, or rows of `CALL_SCHEMA`.
    """

    __slots__ = ("_events", "count")

    def __init__(self, events: Sequence[bytes] | pa.Table) -> None:
        self._events = events
        self.count = events.num_rows if isinstance(events, pa.Table) else len(events)
        """How many there are."""

    @property
    def table(self) -> pa.Table:
        """Rows of `CALL_SCHEMA`."""
        if not isinstance(self._events, pa.Table):
            self._events = _table(self._events)
        return self._events

    @property
    def lines(self) -> Sequence[bytes]:
        """Those that nobody has looked at yet; empty once there is a table."""
        return () if isinstance(self._events, pa.Table) else self._events


def tables_of(known: Sequence[KnownEvents]) -> pa.Table:
    """The rows of all, one behind another. Lines are read together, which costs a tenth of reading each by itself."""
    parts: list[pa.Table] = []
    lines: list[bytes] = []
    for events in known:
        mine = events.lines
        if mine or not events.count:
            lines += mine
            continue
        parts += _tables(lines)
        lines = []
        parts.append(events.table)
    parts += _tables(lines)
    together = pa.concat_tables(parts or [_table([])]).unify_dictionaries()
    # Each has its own numbers from nought, as if it had been read by itself.
    numbers = np.concatenate([np.arange(events.count, dtype=np.int64) for events in known] or [np.zeros(0, dtype=np.int64)])
    place = CALL_SCHEMA.get_field_index("line_number")
    return together.set_column(place, CALL_SCHEMA.field(place), pa.array(numbers))


def tables_each(known: Sequence[KnownEvents]) -> list[pa.Table]:
    """The rows of each, read together as far as nobody has looked at them yet."""
    together, first = tables_of(known), 0
    found: list[pa.Table] = []
    for events in known:
        found.append(together.slice(first, events.count))
        first += events.count
    return found


def _tables(lines: Sequence[bytes]) -> Iterator[pa.Table]:
    """Tables of lines, some at a time: whoever waits for the interpreter has it in between."""
    for first in range(0, len(lines), _AT_ONCE):
        if first:
            rest()
        yield _table(lines[first : first + _AT_ONCE])


def _table(lines: Sequence[bytes]) -> pa.Table:
    return decode_lines(lines, range(len(lines)), file="", now_us=None).calls
