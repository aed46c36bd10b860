"""From lines to columns: a batch of JSON lines becomes a table of calls, counts of the rest, and what was refused.

The batch is decoded at once where it can be, and line by line where something in it is wrong; both ways give the
same answer. Nothing here knows where the lines came from, so events made from foreign records pass the very same
checks as a file of events.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.ports.events import CALL_SCHEMA, Rejected
from fairwire.sources import checks
from fairwire.sources.jsonl.columns import CallColumns, Rows, file_column
from fairwire.sources.jsonl.sentences import UNKNOWN_TYPE, explain
from fairwire.sources.jsonl.wire import ANY_LINE, CALL_LINES, TYPE_OF

_PIECE = 1 << 18
"""Bytes decoded at once: what is made of them stays near the processor."""
_LINE_FEED = 10
_TOGETHER = 1024
"""Lines that become columns at once."""
_FEW = 0.5
"""Up to this share of lines may be left where plain ones are read by themselves."""
_GROUPS = (256, 16, 1)
"""Lines decoded at once; what holds something that is wrong is decoded by fewer, so that only its own few lines are slow."""


class Batch(msgspec.Struct, kw_only=True):
    """What a batch of lines held."""

    calls: pa.Table
    other: dict[str, int]
    rejected: list[Rejected]
    unnamed: pa.Table | None = None
    """As `EventChunk` has it."""


def decode_block(block: bytes, count: int, *, file: str, first_line: int, now_us: int | None, plainly: bool = False) -> Batch:
    """Decode whole lines, the last one ended by a line feed too.

    Parameters
    ----------
    count
        How many line feeds are in the block.
    first_line
        Number of the first line of the block.
    now_us
        The caller's clock, or None for no check of the future.
    plainly
        Read plain lines by compiled code, which gives the same sooner; to make it takes some seconds, once.
    """
    read = _read_plainly(block, count, file, first_line, now_us) if plainly else None
    if read is not None:
        return read
    reading = _Reading(range(first_line, first_line + count), file, now_us)
    at = row = 0
    while at < len(block):
        behind = block.find(b"\n", at + _PIECE) + 1 or len(block)
        piece = block[at:behind]
        lines = count_lines(piece)
        events = _decode_all(piece, lines)
        if events is None:
            reading.add_lines(piece.split(b"\n")[:-1], row)
        else:
            reading.add(events, range(row, row + lines))
        at = behind
        row += lines
    return reading.batch(block)


def _read_plainly(block: bytes, count: int, file: str, first_line: int, now_us: int | None) -> Batch | None:
    """The same with plain lines read by compiled code; None where few are plain."""
    from fairwire.sources.jsonl.plain import read_plain  # with it comes Numba, and most commands read few lines

    plain = read_plain(block, count, file=file, first_line=first_line, now_us=now_us)
    if plain is None or len(plain.left) > _FEW * count:
        return None
    if not plain.left:
        return Batch(calls=plain.calls, other={}, rejected=[])
    numbers = [first_line + line for line, _ in plain.left]
    rest = decode_lines([line for _, line in plain.left], numbers, file=file, now_us=now_us)
    return Batch(calls=in_order(plain.calls, rest.calls), other=rest.other, rejected=rest.rejected, unnamed=rest.unnamed)


def decode_lines(lines: Sequence[bytes], numbers: Sequence[int], *, file: str, now_us: int | None) -> Batch:
    """Decode lines one by one; `numbers` says where each stood. Blank lines are nothing."""
    reading = _Reading(numbers, file, now_us)
    reading.add_lines(lines, 0)
    return reading.batch(lines)


class _Reading:
    """A batch of lines on its way to columns. A row is the place of a line in the batch, from 0."""

    def __init__(self, numbers: Sequence[int], file: str, now_us: int | None) -> None:
        self._numbers = numbers
        self._file = file
        self._now_us = now_us
        self._calls = CallColumns()
        self._rows: list[Sequence[int]] = []
        """Of the calls."""
        self._others: list[tuple[int, Any]] = []
        """Row and event."""
        self._rejected: list[Rejected] = []
        self._unknown: dict[str, int] = {}

    def add(self, events: list[Any], rows: Sequence[int]) -> None:
        """Take decoded events over."""
        kinds = list(map(type, events))
        if not CALL_LINES.issuperset(kinds):
            is_call = [kind in CALL_LINES for kind in kinds]
            self._others += [(row, event) for row, event, call in zip(rows, events, is_call, strict=True) if not call]
            events, rows = list(compress(events, is_call)), list(compress(rows, is_call))
        if events:
            self._calls.add(events)
            self._rows.append(rows)

    def add_lines(self, lines: Sequence[bytes], first: int) -> None:
        """Decode lines, of which the first is the row `first`."""
        for begin in range(0, len(lines), _TOGETHER):
            events: list[Any] = []
            rows: list[int] = []
            self._decode(lines[begin : begin + _TOGETHER], first + begin, events, rows)
            self.add(events, rows)

    def _decode(self, lines: Sequence[bytes], first: int, events: list[Any], rows: list[int]) -> None:
        size = next((size for size in _GROUPS if size < len(lines)), 1)
        for begin in range(0, len(lines), size):
            group = lines[begin : begin + size]
            decoded = _decode_all(b"\n".join(group), len(group))
            if decoded is not None:
                events += decoded
                rows += range(first + begin, first + begin + len(group))
            elif len(group) > 1:
                self._decode(group, first + begin, events, rows)
            elif group[0].strip():
                self._refuse(group[0], first + begin)

    def _refuse(self, line: bytes, row: int) -> None:
        """Say what is wrong with a line that cannot be decoded; one that is only of a type that is not ours is counted."""
        field, reason = explain(line)
        if (field, reason) == UNKNOWN_TYPE:
            field, reason = _count_unknown(line, self._unknown, self._now_us)
        if reason:
            self._rejected.append(Rejected.of(self._file, self._numbers[row], field, reason, line))

    def batch(self, raw: bytes | Sequence[bytes]) -> Batch:
        """All of it; `raw` is the lines it came from, or the block still to be split."""
        other: dict[str, int] = {}
        rows = np.concatenate([np.zeros(0, np.int64), *map(_array, self._rows)])
        table, wrong = self._calls.table(_array(self._numbers)[rows], self._file, self._now_us)
        problems = {int(rows[row]): found for row, found in wrong.items()}
        unnamed = None
        if self._others:
            others, unnamed = _other_tables(self._others, self._numbers, self._file, self._now_us, problems, other)
            table = in_order(table, others)
        rejected: list[Rejected] = []
        if problems:
            lines = raw.split(b"\n") if isinstance(raw, bytes) else raw
            for row in sorted(problems):
                field, reason = problems[row]
                rejected.append(Rejected.of(self._file, self._numbers[row], field, reason, lines[row]))
        other.update(self._unknown)
        if self._rejected:
            rejected.extend(self._rejected)
            rejected.sort(key=lambda entry: entry.line)
        return Batch(calls=table, other=other, rejected=rejected, unnamed=unnamed)


def count_lines(block: bytes) -> int:
    """How many line feeds there are: in a third of the time that `bytes.count` takes."""
    letters = np.frombuffer(block, np.uint8)
    return sum(int(np.count_nonzero(letters[at : at + _PIECE] == _LINE_FEED)) for at in range(0, len(letters), _PIECE))


def _array(numbers: Sequence[int]) -> Rows:
    return np.arange(numbers.start, numbers.stop, numbers.step) if isinstance(numbers, range) else np.array(numbers, np.int64)


def _decode_all(text: bytes, count: int) -> list[Any] | None:
    """The events of `count` lines, or None when any of them is not one event of a known type."""
    try:
        if not text.isascii():
            text.decode()  # fields that are skipped must be UTF-8 too
        events: list[Any] = ANY_LINE.decode_lines(text)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    return events if len(events) == count else None


def _count_unknown(line: bytes, unknown: dict[str, int], now_us: int | None) -> tuple[str, str]:
    """Count an event of a type that is not ours; its time must still be one."""
    event = msgspec.json.decode(line)
    problem = _time_problem(event["time"], now_us)
    if problem:
        return "time", problem
    unknown[event["type"]] = unknown.get(event["type"], 0) + 1
    return "", ""


def _time_problem(text: str, now_us: int | None) -> str:
    try:
        at_us = checks.instant_us(text)
    except ValueError:
        return checks.instant_problem("time", text)
    if now_us is not None and at_us > now_us + checks.LEAD_US:
        return checks.future_problem("time", at_us, now_us)
    return ""


def _other_tables(
    events: list[tuple[int, Any]],
    numbers: Sequence[int],
    file: str,
    now_us: int | None,
    problems: dict[int, tuple[str, str]],
    other: dict[str, int],
) -> tuple[pa.Table, pa.Table | None]:
    """Columns of the events that are no calls: of those that name a customer, and of those that are about somebody's number or
    address; what names nobody is counted."""
    named, unnamed = _columns(), _columns()
    for row, event in events:
        found = _problem_of_other(event, now_us)
        if found is not None:
            problems[row] = found
            continue
        kind = TYPE_OF[type(event)]
        records = named
        if event.data.customer is None:
            other[kind] = other.get(kind, 0) + 1
            records = unnamed
            if not event.data.number and not event.data.address:
                continue
        user = getattr(event.data, "user", None)
        told = msgspec.json.encode(event.data).decode()
        at_us = checks.instant_us(event.time)
        for name, value in zip(_OTHER_COLUMNS, (event.id, event.source, kind, at_us, event.data.customer, user, told,
                                                numbers[row]), strict=True):  # fmt: skip
            records[name].append(value)
    return _table_of(named, file), _table_of(unnamed, file) if unnamed["id"] else None


def _columns() -> dict[str, list[Any]]:
    return {name: [] for name in _OTHER_COLUMNS}


def _table_of(records: dict[str, list[Any]], file: str) -> pa.Table:
    count = len(records["id"])
    columns = {name: pa.array(records[name], CALL_SCHEMA.field(name).type) for name in _OTHER_COLUMNS}
    columns["file"] = file_column(file, count)
    filled = [columns.get(field.name, pa.nulls(count, field.type)) for field in CALL_SCHEMA]
    return pa.table(filled, schema=CALL_SCHEMA)


_OTHER_COLUMNS = ("id", "source", "type", "time_us", "customer", "user", "data", "line_number")


def in_order(calls: pa.Table, others: pa.Table | None) -> pa.Table:
    """Both in the order in which they stood in the file."""
    if others is None:
        return calls
    if not calls.num_rows or not others.num_rows:
        return calls if calls.num_rows else others
    both = pa.concat_tables([calls, others]).combine_chunks()
    return both.take(pc.sort_indices(both["line_number"]))


def _problem_of_other(event: Any, now_us: int | None) -> tuple[str, str] | None:
    for name in ("id", "source"):
        if not getattr(event, name):
            return name, f"`{name}` is empty"
    if event.data.customer == "":
        return "customer", "`customer` is empty"
    problem = _time_problem(event.time, now_us)
    return ("time", problem) if problem else None
