"""Decoded calls as columns.

Calls of one type are put side by side first: most fields belong to one type only, and most of those are empty in all of
its events. What is left to be made into columns is a fourth of it. The rows are put into their order at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from msgspec.structs import astuple

from fairwire.ports.events import CALL_SCHEMA
from fairwire.sources import checks
from fairwire.sources.jsonl.wire import CALL_LINES, TYPE_OF

Rows = npt.NDArray[np.int64]

KINDS = sorted(CALL_LINES, key=lambda line: TYPE_OF[line])
_CODES = {line: code for code, line in enumerate(KINDS)}
CODED_TYPES = pa.array([TYPE_OF[line] for line in KINDS], pa.string())
ENVELOPE = tuple(field.name for field in msgspec.structs.fields(KINDS[0]))
_COLUMN_OF = {"from_": "from"}
_FIELDS = [
    tuple(
        _COLUMN_OF.get(field.name, field.name)
        for field in msgspec.structs.fields(next(part.type for part in msgspec.structs.fields(line) if part.name == "data"))
    )
    for line in KINDS
]
"""By type, the columns its data become, in the order of `astuple`."""
_HELD = tuple(dict.fromkeys(("id", "source", "time", *(name for names in _FIELDS for name in names))))
INSTANTS = {"time": "time_us", "start": "start_us", "answer": "answer_us", "end": "end_us"}
MONEY_OF = {"rate_per_min": "rate_micros", "charge": "charge_micros"}
FILLED = ("id", "source", "customer", "call_id")
_NUMBERS = {"duration_s": pa.float64()}


_TEXT = pa.string()


def _kind(name: str) -> pa.DataType:
    """What a column holds before it is in the unit of `CALL_SCHEMA`."""
    return CALL_SCHEMA.field(name).type if name in CALL_SCHEMA.names else _NUMBERS.get(name, _TEXT)


_TYPE_OF_COLUMN = {name: _kind(name) for name in _HELD}
_TEXTS = frozenset(name for name in _HELD if _TYPE_OF_COLUMN[name] == _TEXT)


class CallColumns:
    """Calls on their way to one table, some hundred at a time."""

    def __init__(self) -> None:
        self.count = 0
        self._parts: dict[str, list[pa.Array]] = {}
        self._held: dict[str, int] = {}
        """By column, how many rows its parts have."""
        self._codes: list[npt.NDArray[np.uint8]] = []
        self._orders: list[Rows] = []

    def add(self, events: Sequence[Any]) -> None:
        """Take over the values of decoded events, all of them calls."""
        codes = np.frombuffer(bytes(map(_CODES.__getitem__, map(type, events))), np.uint8)
        order = np.argsort(codes, kind="stable")
        by_kind = [list(compress(events, (codes == code).tobytes())) for code in range(len(KINDS))]
        columns: dict[str, tuple[int, list[Any]]] = {}
        first = 0
        for names, mine in zip(_FIELDS, by_kind, strict=True):
            if not mine:
                continue
            envelope = dict(zip(ENVELOPE, zip(*map(astuple, mine), strict=True), strict=True))
            for name in ("id", "source", "time"):
                _extend(columns, name, first, envelope[name])
            for name, values in zip(names, zip(*map(astuple, envelope["data"]), strict=True), strict=True):
                # Equality with None is asked of each value, and that is dear when it is not None itself.
                if values[0] is not None or values.count(None) < len(values):
                    _extend(columns, name, first, values)
            first += len(mine)
        # To make an array costs as much as a hundred texts in it: all columns of texts are cut from one.
        texts: list[str | None] = []
        for name, (_, column) in columns.items():
            if name in _TEXTS:
                texts += column
        all_texts = pa.array(texts, _TEXT)
        cut = 0
        for name, (first, column) in columns.items():
            self._pad(name, self.count + first)
            if name in _TEXTS:
                part = all_texts.slice(cut, len(column))
                cut += len(column)
            else:
                part = pa.array(column, _TYPE_OF_COLUMN[name])
            self._parts[name].append(part)
            self._held[name] += len(column)
        self._codes.append(codes)
        self._orders.append(order + self.count)
        self.count += len(events)

    def _pad(self, name: str, count: int) -> None:
        """Nothing is in a column up to row `count` but what it has."""
        parts = self._parts.setdefault(name, [])
        behind = count - self._held.setdefault(name, 0)
        if behind:
            parts.append(pa.nulls(behind, _TYPE_OF_COLUMN[name]))
            self._held[name] += behind

    def _column(self, name: str) -> pa.Array:
        if name not in self._parts:
            return pa.nulls(self.count, _TYPE_OF_COLUMN[name])
        self._pad(name, self.count)
        parts = self._parts[name]
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)

    def table(self, numbers: Rows, file: str, now_us: int | None) -> tuple[pa.Table, checks.Problems]:
        """The calls without a problem in the order they came, and the problems of the others by row in that order.

        `numbers` says on which line of `file` each stood.
        """
        problems: checks.Problems = {}
        columns = {name: self._column(name) for name in _HELD}
        checks.check_filled(columns, FILLED, problems)
        for name, target in INSTANTS.items():
            columns[target] = checks.instants(name, columns[name], problems)
        columns["duration_ms"] = checks.milliseconds("duration_s", columns["duration_s"], problems)
        for name, target in MONEY_OF.items():
            columns[target] = checks.micros(name, columns[name], problems)
        checks.check_order(columns, problems)
        checks.check_future("time", columns["time_us"], now_us, problems)
        checks.check_future("end", columns["end_us"], now_us, problems)
        order = np.concatenate([np.zeros(0, np.int64), *self._orders])
        place = np.empty(self.count, np.int64)
        place[order] = np.arange(self.count)
        codes = np.concatenate([np.zeros(0, np.uint8), *self._codes])
        if problems:
            problems = {int(order[row]): found for row, found in problems.items()}
            sound = np.ones(self.count, dtype=np.bool_)
            sound[list(problems)] = False
            place, codes, numbers = place[sound], codes[sound], numbers[sound]
        if len(place) < self.count or bool((place[1:] < place[:-1]).any()):
            _put_in_order(columns, place)
        columns["type"] = CODED_TYPES.take(pa.array(codes))
        columns["line_number"] = pa.array(numbers)
        columns["file"] = file_column(file, len(place))
        columns["data"] = pa.nulls(len(place), pa.string())
        return pa.table([columns[name] for name in CALL_SCHEMA.names], schema=CALL_SCHEMA), problems


def _extend(columns: dict[str, tuple[int, list[Any]]], name: str, row: int, values: tuple[Any, ...]) -> None:
    """Put the values of one type from `row` on; a column begins with the first that is in it."""
    first, column = columns.setdefault(name, (row, []))
    if len(column) < row - first:
        column += [None] * (row - first - len(column))
    column += values


def _put_in_order(columns: dict[str, pa.Array], place: Rows) -> None:
    """Take the rows `place` of the columns that are in a table; one call for all, as each costs a few microseconds."""
    names = [name for name in CALL_SCHEMA.names if name in columns]
    told = [name for name in names if columns[name].null_count < len(columns[name])]
    taken = pa.RecordBatch.from_arrays([columns[name] for name in told], told).take(pa.array(place))
    columns.update(zip(told, taken.columns, strict=True))
    columns.update((name, pa.nulls(len(place), columns[name].type)) for name in set(names).difference(told))


def file_column(file: str, count: int) -> pa.Array:
    """The name of one file for all rows."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([file], pa.string()))
