"""Events as Parquet: the fields of an event flattened into columns named like them.

`id`, `source`, `type`, `time` and the data fields of a call are columns. Instants are timestamps with a zone, or
RFC 3339 text; money is decimal text or a decimal column, never a float. An optional column that is absent is null for
every row. Rows that fail a check are rejected one by one, with the number of the row (from 1) as their line; a column
that is missing or of the wrong kind is an error of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.model.errors import BadInput
from fairwire.model.events import Direction, Disposition
from fairwire.ports.events import CALL_SCHEMA, EventChunk, Rejected
from fairwire.sources import checks
from fairwire.sources.compressed import open_input
from fairwire.sources.jsonl.decoding import Batch, decode_lines, in_order
from fairwire.sources.parquet.flattened import FIELDS, as_line
from fairwire.sources.parquet.told import told_columns, with_told

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MAGIC = b"PAR1"

_ALWAYS = ("id", "source", "type", "time", "customer")
_CALLS = ("call.attempt", "call.answered", "call.ended")
_KINDS = pa.array(_CALLS)
_TELLING = ("id", "time")
"""These are always read: a file is no events without them."""
_REQUIRED = {
    "call.answered": ("call_id",),
    "call.attempt": ("call_id", "direction", "from", "to"),
    "call.ended": ("call_id", "direction", "from", "to", "start", "end", "duration_s", "disposition"),
}
_INSTANTS = {"time": "time_us", "start": "start_us", "answer": "answer_us", "end": "end_us"}
_MONEY = {"charge": "charge_micros", "rate_per_min": "rate_micros"}
_PLAIN = tuple(
    name
    for name in CALL_SCHEMA.names
    if name not in {*_INSTANTS.values(), *_MONEY.values(), "duration_ms", "file", "line_number", "data"}
)
_READ = (*_PLAIN, *_INSTANTS, *_MONEY, "duration_s", "specversion", *FIELDS)
_MICRO = pa.decimal128(18, 6)


class ParquetEvents:
    """Reads `.parquet` files."""

    name: str = "parquet"
    suffixes: tuple[str, ...] = (".parquet",)

    def read(self, path: str, *, rows: int = 65536, now_us: int | None = None) -> Iterator[EventChunk]:
        """Yield the events of one file in row order, at most `rows` rows a chunk.

        Raises
        ------
        BadInput
            The file is not Parquet or has been cut off (its index stands at its end), lacks a column that some row
            needs, or has a column of a kind that cannot hold the field.
        """
        import pyarrow.parquet as pq

        with open_input(path) as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            head = stream.read(4)
            if size == 0:
                return
            stream.seek(0)
            try:
                file = pq.ParquetFile(stream)
            except (pa.ArrowException, OSError):
                raise BadInput(
                    "the Parquet file is cut off or damaged: its index cannot be read"
                    if head == MAGIC
                    else "not a Parquet file: it does not begin with PAR1",
                    at=path,
                ) from None
            present = set(file.schema_arrow.names)
            for name in _ALWAYS:
                if name not in present:
                    raise BadInput(f"the column `{name}` is missing", at=path)
            total = max(1, file.metadata.num_rows)
            done = 0
            names = [name for name in dict.fromkeys(_READ) if name in present]
            told = told_columns(file, [name for name in names if name not in _TELLING])
            read = [name for name in names if name not in told]
            batches = file.iter_batches(batch_size=rows, columns=read, use_threads=False)
            while True:
                try:
                    batch = next(batches, None)
                except (pa.ArrowException, OSError) as error:
                    reason = f"the Parquet file is damaged from here on: {str(error)[:200]}; the rows before it were read"
                    yield EventChunk(
                        calls=CALL_SCHEMA.empty_table(),
                        other={},
                        rejected=[Rejected.of(path, done + 1, "", reason, b"")],
                        bytes_read=size,
                    )
                    return
                if batch is None:
                    return
                yield _Rows(with_told(batch, told, names), path, done + 1, now_us).chunk(size * (done + batch.num_rows) // total)
                done += batch.num_rows

    def again(self, path: str, lines: Sequence[int]) -> pa.Table:
        """The calls at these rows, ascending. Row groups without any of them are not read."""
        import pyarrow.parquet as pq

        found = CALL_SCHEMA.empty_table()
        with open_input(path) as stream:
            try:
                raw = _rows_at(pq.ParquetFile(stream), np.asarray(lines, dtype=np.int64) - 1)
                if raw is not None:
                    chunk = _Rows(raw, path, 1, None).chunk(0)
                    found = in_order(chunk.calls, chunk.unnamed)
            except (pa.ArrowException, OSError):
                pass
        if found.num_rows != len(lines):
            raise BadInput("the file has changed while it was read", at=path)
        place = CALL_SCHEMA.get_field_index("line_number")
        return found.set_column(place, CALL_SCHEMA.field(place), pa.array(lines, pa.int64()))


def _rows_at(file: pq.ParquetFile, rows: npt.NDArray[np.int64]) -> pa.RecordBatch | None:
    """These rows, ascending, put together from the row groups that have any; None where there is none."""
    names = [name for name in dict.fromkeys(_READ) if name in file.schema_arrow.names]
    told = told_columns(file, [name for name in names if name not in _TELLING])
    read = [name for name in names if name not in told]
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    behind = np.cumsum([0, *sizes])
    cuts = np.searchsorted(rows, behind)
    groups = np.flatnonzero(np.diff(cuts))
    # Places in the row groups that are read, one after the other.
    starts = np.cumsum([0, *(sizes[group] for group in groups)])
    mine = np.concatenate(
        [np.zeros(0, np.int64)]
        + [rows[cuts[group] : cuts[group + 1]] - behind[group] + start for group, start in zip(groups, starts, strict=False)]
    )
    found: list[pa.RecordBatch] = []
    at = 0
    if len(groups):
        for batch in file.iter_batches(65536, row_groups=groups.tolist(), columns=read, use_threads=False):
            here = mine[np.searchsorted(mine, at) : np.searchsorted(mine, at + batch.num_rows)] - at
            if len(here):
                found.append(with_told(batch.take(pa.array(here)), told, names))
            at += batch.num_rows
    return pa.concat_batches(found) if found else None


class _Rows:
    """One batch of rows on its way to a chunk."""

    def __init__(self, batch: pa.RecordBatch, path: str, first_row: int, now_us: int | None) -> None:
        self.path = path
        self.first_row = first_row
        self.now_us = now_us
        self.raw = batch
        self.names = frozenset(batch.schema.names)
        self.problems: checks.Problems = {}
        """By row of the batch."""

    def chunk(self, bytes_read: int) -> EventChunk:
        """Check all rows and give the sound ones."""
        columns = {name: self._column(name) for name in (*_PLAIN, *_INSTANTS, *_MONEY, "duration_s")}
        kinds = pc.index_in(columns["type"], _KINDS)
        self._check_required(columns, kinds)
        checks.check_filled(columns, ("id", "source", "type", "customer", "call_id"), self.problems)
        self._check_words(columns)
        calls: dict[str, pa.Array] = {name: columns[name] for name in _PLAIN}
        for name, target in _INSTANTS.items():
            calls[target] = self._instants(name, columns[name])
        for name, target in _MONEY.items():
            calls[target] = self._micros(name, columns[name])
        calls["duration_ms"] = checks.milliseconds("duration_s", columns["duration_s"], self.problems)
        checks.check_order(calls, self.problems)
        checks.check_future("time", calls["time_us"], self.now_us, self.problems)
        checks.check_future("end", calls["end_us"], self.now_us, self.problems)
        count = self.raw.num_rows
        calls["file"] = pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(count, dtype=np.int32)), pa.array([self.path], pa.string())
        )
        calls["line_number"] = pa.array(np.arange(self.first_row, self.first_row + count))
        calls["data"] = pa.nulls(count, pa.string())
        table = pa.table([calls[name] for name in CALL_SCHEMA.names], schema=CALL_SCHEMA)
        sound = checks.sound_rows(table, self.problems)
        if not kinds.null_count:
            return EventChunk(calls=sound, other={}, rejected=self._rejected(), bytes_read=bytes_read)
        is_call = pc.is_in(sound["type"], _KINDS)
        if pc.all(is_call).as_py() is not False:
            return EventChunk(calls=sound, other={}, rejected=self._rejected(), bytes_read=bytes_read)
        rest = sound.filter(pc.invert(is_call))["line_number"].to_pylist()
        batch = self._others(rest)
        both = pa.concat_tables([sound.filter(is_call), batch.calls]).unify_dictionaries().combine_chunks()
        rejected = sorted([*self._rejected(), *batch.rejected], key=lambda entry: entry.line)
        calls_and_others = both.take(pc.sort_indices(both["line_number"]))
        return EventChunk(
            calls=calls_and_others, other=batch.other, rejected=rejected, bytes_read=bytes_read, unnamed=batch.unnamed
        )

    def _others(self, numbers: list[int]) -> Batch:
        """The events at these rows, which are no calls, through the same checks as lines of JSON."""
        rows = self.raw.take(pa.array([number - self.first_row for number in numbers])).to_pylist()
        return decode_lines([as_line(row) for row in rows], numbers, file=self.path, now_us=self.now_us)

    def _column(self, name: str) -> pa.Array:
        """One column as the kind the field has; texts and instants as they are stored when they may be of two kinds."""
        wanted = _kind(name)
        if name not in self.names:
            return pa.nulls(self.raw.num_rows, wanted or pa.string())
        column = self.raw.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_null(column.type):
            return pa.nulls(len(column), wanted or pa.string())
        if name == "to" and _is_list_of_text(column.type):
            # Messages have several recipients, a call has one number.
            column = pa.array([None if not several else several[0] for several in column.to_pylist()], pa.string())
        if wanted is None:
            return column
        fits = (
            (pa.types.is_string(wanted) and _is_text(column.type))
            or (pa.types.is_integer(wanted) and pa.types.is_integer(column.type))
            or (pa.types.is_floating(wanted) and (_is_number(column.type)))
            or (pa.types.is_boolean(wanted) and pa.types.is_boolean(column.type))
            or (pa.types.is_list(wanted) and _is_list_of_text(column.type))
        )
        if not fits:
            raise BadInput(f"the column `{name}` holds {column.type}, where {_said(wanted)} belongs", at=self.path)
        try:
            column = column if column.type == wanted else pc.cast(column, wanted)
        except pa.ArrowInvalid:
            raise BadInput(f"the column `{name}` holds numbers that are out of range", at=self.path) from None
        return self._readable(name, column) if pa.types.is_string(wanted) else column

    def _readable(self, name: str, column: pa.Array) -> pa.Array:
        """A column of texts without those that are not UTF-8: Parquet promises that they are, some writers do not care."""
        if _is_ascii(column):
            return column
        try:
            column.validate(full=True)
            return column
        except pa.ArrowInvalid:
            pass
        texts: list[str | None] = []
        for row, content in enumerate(pc.cast(column, pa.binary()).to_pylist()):
            try:
                texts.append(None if content is None else content.decode())
            except UnicodeDecodeError as error:
                self.problems.setdefault(row, (name, f"`{name}` is not UTF-8: byte 0x{content[error.start]:02x}"))
                texts.append(None)
        return pa.array(texts, pa.string())

    def _check_required(self, columns: dict[str, pa.Array], kinds: pa.Array) -> None:
        """`kinds` says which of `_CALLS` each row is, null for what is no call."""
        for name in _ALWAYS:
            # What is no call goes through the checks of lines: a report may be about nobody yet.
            self._missing(name, columns[name], pc.is_valid(kinds) if name == "customer" else None)
        if "specversion" in self.names:
            column = self._column("specversion")
            self._missing("specversion", column, None)
            strange = pc.not_equal(column, "1.0")
            if pc.any(strange).as_py():
                for row in checks.true_rows(strange):
                    said = f"`specversion` is `{column[row].as_py()[:40]}`; only `1.0` is read"
                    self.problems.setdefault(row, ("specversion", said))
        for kind, names in _REQUIRED.items():
            rows = pc.equal(kinds, _CALLS.index(kind))
            if not pc.any(rows).as_py():
                continue
            for name in names:
                if name not in self.names:
                    raise BadInput(f"the column `{name}` is missing, and `{kind}` needs it", at=self.path)
                self._missing(name, columns[name], rows)

    def _missing(self, name: str, column: pa.Array, rows: pa.Array | None) -> None:
        """A column must not be null, in all rows or in some."""
        if not column.null_count:
            return
        absent = pc.is_null(column) if rows is None else pc.and_(rows, pc.is_null(column))
        if not pc.any(absent).as_py():
            return
        for row in checks.true_rows(absent):
            self.problems.setdefault(row, (name, f"`{name}` is missing"))

    def _check_words(self, columns: dict[str, pa.Array]) -> None:
        for name, words in (("direction", get_args(Direction)), ("disposition", get_args(Disposition))):
            column = columns[name]
            if not pc.all(pc.is_in(column, pa.array([*words, None], pa.string()))).as_py():
                strange = pc.and_(pc.is_valid(column), pc.invert(pc.is_in(column, pa.array(words))))
                allowed = ", ".join(f"`{word}`" for word in words)
                for row in checks.true_rows(strange):
                    said = f"`{name}` is `{column[row].as_py()[:40]}`; it must be one of {allowed}"
                    self.problems.setdefault(row, (name, said))

    def _instants(self, name: str, column: pa.Array) -> pa.Array:
        if _is_text(column.type):
            return checks.instants(name, self._readable(name, pc.cast(column, pa.string())), self.problems)
        if not pa.types.is_timestamp(column.type):
            said = f"the column `{name}` holds {column.type}, where a timestamp with a zone or RFC 3339 text belongs"
            raise BadInput(said, at=self.path)
        if column.type.tz is None:
            raise BadInput(
                f"the column `{name}` has no zone", at=self.path, help_="write it as a timestamp in UTC, or as RFC 3339 text"
            )
        return pc.cast(column, pa.timestamp("us", "UTC"), safe=False).cast(pa.int64())

    def _micros(self, name: str, column: pa.Array) -> pa.Array:
        if _is_text(column.type):
            return checks.micros(name, self._readable(name, pc.cast(column, pa.string())), self.problems)
        if not pa.types.is_decimal(column.type):
            raise BadInput(f"the column `{name}` holds {column.type}; money is a decimal or decimal text", at=self.path)
        try:
            exact = pc.cast(column, _MICRO)
        except pa.ArrowInvalid:  # too fine or too large: find out which rows
            texts = [None if value is None else format(value, "f") for value in column.to_pylist()]
            return checks.micros(name, pa.array(texts, pa.string()), self.problems)
        # A decimal of 6 places is stored as its micro-units in 128 bits, low half first; 18 digits fit in that half.
        halves = np.frombuffer(exact.buffers()[1], dtype="<i8")[2 * exact.offset : 2 * (exact.offset + len(exact)) : 2]
        return pa.array(halves, pa.int64(), mask=pc.is_null(exact).to_numpy(zero_copy_only=False))

    def _rejected(self) -> list[Rejected]:
        rejected = []
        for row in sorted(self.problems):
            field, reason = self.problems[row]
            rejected.append(Rejected.of(self.path, self.first_row + row, field, reason, self._raw_row(row).encode()))
        return rejected

    def _raw_row(self, row: int) -> str:
        """A row for people: its columns that are not null."""
        found: dict[str, Any] = {}
        for name, column in zip(self.raw.schema.names, self.raw.columns, strict=True):
            try:
                value = column[row].as_py()
            except (ValueError, OverflowError) as error:  # texts that are none, instants no calendar has
                value = f"({error})"
            if value is not None:
                found[name] = value
        return str(found)


def _kind(name: str) -> pa.DataType | None:
    """What a column must hold; None when it may hold one of several kinds."""
    if name == "duration_s":
        return pa.float64()
    if name == "specversion":
        return pa.string()
    return CALL_SCHEMA.field(name).type if name in _PLAIN else None


def _is_ascii(texts: pa.Array) -> bool:
    """Whether texts are UTF-8 for certain: nearly all are, and each byte is looked at far quicker than each text."""
    _, offsets, data = texts.buffers()
    if offsets is None or data is None or not len(texts):
        return True
    first, behind = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return bool(first == behind or np.frombuffer(data, np.int8)[first:behind].min() >= 0)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _is_list_of_text(kind: pa.DataType) -> bool:
    return bool((pa.types.is_list(kind) or pa.types.is_large_list(kind)) and _is_text(kind.value_type))


def _said(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return "a list of texts"
    if pa.types.is_string(kind):
        return "text"
    return {"int64": "a whole number", "double": "a number", "bool": "true or false"}[str(kind)]


SOURCE = ParquetEvents()
