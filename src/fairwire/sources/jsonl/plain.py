"""Blocks of plain lines as columns, without an object for each value: `scanning` reads them, and says which lines it leaves."""

from __future__ import annotations

import threading
from typing import Any, Literal, NamedTuple, get_args, get_origin

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.ports.events import CALL_SCHEMA
from fairwire.sources import checks
from fairwire.sources.jsonl.columns import CODED_TYPES, ENVELOPE, FILLED, INSTANTS, KINDS, MONEY_OF, file_column
from fairwire.sources.jsonl.scanning import (
    DATA,
    FLAG,
    INSTANT,
    MONEY,
    MOST_FIELDS,
    NEVER,
    REAL,
    SECONDS,
    TEXT,
    TYPE,
    UNTOLD,
    VERSION,
    WHOLE,
    WORD,
    compiles,
    gather,
    index_of,
    scan_lines,
    sizes_of,
)
from fairwire.sources.jsonl.wire import TYPE_OF

Rows = npt.NDArray[np.int64]
_NEVER_US = 2**62


class PlainLines(NamedTuple):
    """What a block holds."""

    calls: pa.Table
    """`CALL_SCHEMA`, of the lines that are plain."""
    left: list[tuple[int, bytes]]
    """The others: each with its place in the block, lines counted from 0."""


def _data_of(line: type[msgspec.Struct]) -> Any:
    return next(field.type for field in msgspec.structs.fields(line) if field.name == "data")


class _Layout:
    """Where each field of a line goes."""

    def __init__(self) -> None:
        self.words: list[bytes] = []
        self.names: dict[int, list[str]] = {TEXT: [], INSTANT: [], FLAG: [], REAL: []}
        """Columns of texts, of integers, of truths and of numbers, by place."""
        all_fields = {field.encode_name: field.type for line in KINDS for field in msgspec.structs.fields(_data_of(line))}
        assert len(all_fields) <= MOST_FIELDS
        self.types = np.array(self._words(tuple(TYPE_OF[line] for line in KINDS)), dtype=np.int64)
        envelope = {"type": TYPE, "data": DATA, "specversion": VERSION, "time": INSTANT}
        outer = dict.fromkeys(("type", *ENVELOPE))
        self.outer = np.array([self._row(name, envelope.get(name, TEXT), ()) for name in outer], dtype=np.int64)
        self.inner = np.array([self._row(name, *_what(name, all_fields[name])) for name in all_fields], dtype=np.int64)
        self.outer_names, self.inner_names = _packed(outer), _packed(all_fields)
        place = {name: number for number, name in enumerate(all_fields)}
        bits = [self._bits(_data_of(line), place) for line in KINDS]
        at = {name: number for number, name in enumerate(outer)}
        whole = (1 << len(outer)) - 1
        self.meant = np.array([*(each[0] for each in bits), whole], dtype=np.int64)
        self.required = np.array([*(each[1] for each in bits), whole], dtype=np.int64)
        self.filled = np.array([*(each[2] for each in bits), _bits(at, FILLED)], dtype=np.int64)
        behind = (place["start"], place["answer"], place["end"], at["type"], at["specversion"])
        self.order = np.array([at["time"], *behind], dtype=np.int64)
        self.said = len(outer) + len(all_fields)
        self.packed_words = np.frombuffer(b"".join(self.words), dtype=np.uint8)
        self.word_ends = np.cumsum([0, *map(len, self.words)]).astype(np.int64)

    def _row(self, name: str, what: int, words: tuple[str, ...]) -> tuple[int, int, int, int]:
        first, count = self._words(words) if words else (0, 0)
        kind = {WORD: TEXT, MONEY: INSTANT, SECONDS: INSTANT, WHOLE: INSTANT}.get(what, what)
        names = self.names.get(kind)
        if names is None:
            return what, 0, first, count
        names.append({**INSTANTS, **MONEY_OF, "duration_s": "duration_ms"}.get(name, name))
        return what, len(names) - 1, first, count

    def _words(self, words: tuple[str, ...]) -> tuple[int, int]:
        first = len(self.words)
        self.words += [word.encode() for word in words]
        return first, len(words)

    def _bits(self, data: Any, place: dict[str, int]) -> tuple[int, int, int]:
        fields = msgspec.structs.fields(data)
        required = [field.encode_name for field in fields if field.required]
        return _bits(place, [field.encode_name for field in fields]), _bits(place, required), _bits(place, FILLED)


def _bits(place: dict[str, int], names: Any) -> int:
    return sum(1 << place[name] for name in names if name in place)


def _packed(names: Any) -> tuple[npt.NDArray[np.uint8], Rows, Rows]:
    """Names one behind another, where each ends, and their hash table."""
    written = tuple(name.encode() for name in names)
    ends = np.cumsum([0, *map(len, written)]).astype(np.int64)
    return np.frombuffer(b"".join(written), dtype=np.uint8), ends, index_of(written)


def _what(name: str, declared: Any) -> tuple[int, tuple[str, ...]]:
    """What a field of the data may hold, and which words."""
    if get_origin(declared) is Literal:
        return WORD, get_args(declared)
    if name in INSTANTS:
        return INSTANT, ()
    if name in MONEY_OF:
        return MONEY, ()
    if name == "duration_s":
        return SECONDS, ()
    kinds = {pa.string(): TEXT, pa.bool_(): FLAG, pa.int64(): WHOLE, pa.float64(): REAL}
    return kinds.get(CALL_SCHEMA.field(name).type, NEVER), ()


_LAYOUT = _Layout()


class _Room(threading.local):
    """Memory that is used again, a thread."""

    def __init__(self) -> None:
        self.lines = 0

    def make(self, lines: int) -> None:
        if lines <= self.lines:
            return
        self.lines = lines
        names = _LAYOUT.names
        self.spans = np.empty((len(names[TEXT]), 2, lines), dtype=np.int32)
        self.wholes = np.empty((len(names[INSTANT]), lines), dtype=np.int64)
        self.floats = np.empty((len(names[REAL]), lines), dtype=np.float64)
        self.flags = np.empty((len(names[FLAG]), lines), dtype=np.int8)
        self.codes = np.empty(lines, dtype=np.uint8)
        self.rows = np.empty(lines, dtype=np.int64)
        self.left = np.empty((lines, 3), dtype=np.int64)
        self.sizes = np.empty((len(names[TEXT]), 2), dtype=np.int64)
        said = _LAYOUT.said
        self.firsts, self.stops = np.zeros(said, dtype=np.int32), np.zeros(said, dtype=np.int32)
        self.values, self.reals, self.seen = np.zeros(said, dtype=np.int64), np.zeros(said), np.zeros(2, dtype=np.int64)


_ROOM = _Room()


def read_plain(block: bytes, count: int, *, file: str, first_line: int, now_us: int | None) -> PlainLines | None:
    """The plain lines of a block that ends with a line feed; None where it is not UTF-8, or nothing is compiled.

    Parameters as in `decoding.decode_block`.
    """
    if not compiles():
        return None
    if not block.isascii():
        try:
            block.decode()
        except UnicodeDecodeError:
            return None
    room, layout = _ROOM, _LAYOUT
    room.make(count)
    data = np.frombuffer(block, dtype=np.uint8)
    plain, left, lines = scan_lines(
        data, _NEVER_US if now_us is None else now_us + checks.LEAD_US, *layout.outer_names, layout.outer, *layout.inner_names,
        layout.inner, layout.packed_words, layout.word_ends, layout.types, layout.meant, layout.required, layout.filled,
        layout.order, room.firsts, room.stops, room.values, room.reals, room.seen, room.spans, room.wholes, room.floats,
        room.flags, room.codes, room.rows, room.left,
    )  # fmt: skip
    assert lines == count
    others = [(line, block[first:stop]) for first, stop, line in room.left[:left].tolist()]
    return PlainLines(_table(data, plain, file, first_line), others)


def _table(data: npt.NDArray[np.uint8], count: int, file: str, first_line: int) -> pa.Table:
    room, names = _ROOM, _LAYOUT.names
    sizes_of(room.spans, count, room.sizes)
    columns: dict[str, pa.Array] = {}
    for place, (name, (told, size)) in enumerate(zip(names[TEXT], room.sizes.tolist(), strict=True)):
        if told:
            columns[name] = _texts(data, room.spans[place], count, told, size)
    for place, name in enumerate(names[INSTANT]):
        values = room.wholes[place, :count]
        untold = values == UNTOLD
        if not untold.all():
            columns[name] = pa.array(values.copy(), mask=untold if untold.any() else None)
    for place, name in enumerate(names[REAL]):
        reals = room.floats[place, :count]
        untold = np.isnan(reals)
        if not untold.all():
            columns[name] = pa.array(reals.copy(), mask=untold if untold.any() else None)
    for place, name in enumerate(names[FLAG]):
        flags = room.flags[place, :count]
        untold = flags < 0
        if not untold.all():
            columns[name] = pa.array(flags > 0, mask=untold if untold.any() else None)
    columns["type"] = CODED_TYPES.take(pa.array(room.codes[:count]))
    columns["line_number"] = pa.array(room.rows[:count] + first_line)
    columns["file"] = file_column(file, count)
    filled = [columns[field.name] if field.name in columns else pa.nulls(count, field.type) for field in CALL_SCHEMA]
    return pa.table(filled, schema=CALL_SCHEMA)


def _texts(data: npt.NDArray[np.uint8], spans: npt.NDArray[np.int32], count: int, told: int, size: int) -> pa.Array:
    bounds, text = np.empty(count + 1, dtype=np.int32), np.empty(size, dtype=np.uint8)
    valid = np.zeros((count + 7) // 8, dtype=np.uint8)
    gather(data, spans, count, bounds, text, valid)
    buffers = (None if told == count else pa.py_buffer(valid), pa.py_buffer(bounds), pa.py_buffer(text))
    return pa.StringArray.from_buffers(count, buffers[1], buffers[2], buffers[0], count - told)
