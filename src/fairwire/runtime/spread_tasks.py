"""What the tasks of an engine do with a replay: read a split, settle ids, run a partition, look up what was counted.

Each is a callable that can be pickled. A partition goes the way of every replay: `read_feed`, `Partition`, findings; here
are only the ways in and out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.kernel.intake import O_TIME
from fairwire.kernel.layout import LATE, ORPHANS
from fairwire.model.columns import COLUMN_INDEX, KIND_NAMES, KINDS, TICK
from fairwire.model.instants import DAY_US
from fairwire.numbers.destinations import Destinations
from fairwire.ports.engines import TO_DRIVER, Piece
from fairwire.ports.events import CALL_SCHEMA, EventChunk, Rejected
from fairwire.runtime.across import Sums, shared_last
from fairwire.runtime.columnar import keys_of, numbers_of
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode import event_ids
from fairwire.runtime.engine import Hit, Partition, counted_last, hits_of
from fairwire.runtime.feed import Contested, read_feed
from fairwire.runtime.findings import Series, calls_by_hour, calls_round
from fairwire.runtime.intake import read_events
from fairwire.runtime.numbering import site_destinations
from fairwire.runtime.owners import Owners
from fairwire.runtime.plans import Plan
from fairwire.runtime.unnamed import with_named
from fairwire.sources.jsonl import Tail, TooLong, cut_into_lines, too_long, unended
from fairwire.sources.jsonl.decoding import decode_block

Words = npt.NDArray[np.int64]
ROWS = 1 << 16
"""Events that are encoded together."""
BLOCK = 8 << 20
"""Bytes of lines that are decoded together."""
_KINDS = pa.array([KIND_NAMES.get(code, "") for code in range(1, KINDS)])
_CHUNKS = 1 << 32
"""More chunks than a split has: order is split x this + chunk."""


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """What one task reads."""

    number: int
    paths: list[str]
    format_name: str | None
    format_options: dict[str, str]
    part: tuple[int, int, int] | None = None
    """Of one plain file of lines: the first byte, the byte behind the last, and the number of the first line; None: all."""


class ReadNotes(msgspec.Struct, kw_only=True):
    """What a split tells the driver of itself."""

    rejected: list[Rejected] = []
    other: dict[str, int] = {}
    skipped: dict[str, int] = {}
    names: list[str] = []
    """Customers that nobody has given a record; only where no customers are known at all."""
    days: list[int] = []
    """Every day, numbered since 1970, that some instant of a call falls on."""


class PartNotes(msgspec.Struct, kw_only=True):
    """What a partition tells the driver of itself."""

    events: int
    duplicates: int
    late: int
    orphans: int
    kernel_events: int
    silenced: list[int]
    customers: list[int]
    days: list[int]
    """Every day on which something happened."""
    calls: dict[int, int]
    """Attempts in each hour, by its start in microseconds."""
    rejected: list[Rejected]


def packed(**columns: npt.NDArray[Any] | Sequence[int]) -> bytes:
    """Named columns, of any lengths, as bytes."""
    return as_bytes(pa.table({name: pa.array([np.asarray(values)]) for name, values in columns.items()}))


def unpacked(content: bytes) -> dict[str, npt.NDArray[Any]]:
    """What `packed` was given."""
    table = as_table(content)
    return {name: table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False) for name in table.column_names}


def packed_sums(sums: Sums) -> bytes:
    """What customers of a partition have in common with others, of some ticks."""
    width = [sums.rows.shape[1]]
    return packed(place=[sums.place], width=width, rows=sums.rows.ravel(), different=sums.different.ravel())


def unpacked_sums(content: bytes) -> Sums:
    """What `packed_sums` was given."""
    found = unpacked(content)
    return Sums(
        place=int(found["place"][0]),
        rows=found["rows"].reshape(-1, int(found["width"][0])),
        different=found["different"].reshape(-1, 5),
        shown=np.zeros((0, 4), dtype=np.int64),
    )


def as_bytes(table: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def as_table(content: bytes) -> pa.Table:
    """What `as_bytes` was given."""
    with pa.ipc.open_stream(content) as reader:
        return reader.read_all()


@cache
def destinations() -> Destinations:
    """One for all tasks of a process: it remembers the numbers that it has classified."""
    return site_destinations()


@dataclass(frozen=True, slots=True)
class ReadSplit:
    """Reads events and sends them to their customers' partitions, and their ids to those of the ids.

    `known`: ids of the customers there are; None when everybody is one. `owners`: whose a number or an address is.
    """

    partitions: int
    known: frozenset[str] | None
    now_us: int
    owners: Owners

    def __call__(self, content: bytes) -> Iterator[Piece]:
        """Read one `Split`."""
        split = msgspec.json.decode(content, type=Split)
        notes = ReadNotes(rejected=[], other={}, skipped={})
        names: set[str] = set()
        days: set[int] = set()
        for number, read in enumerate(chunks_in(split, self.now_us)):
            chunk = with_named(read, self.owners)
            order = split.number * _CHUNKS + number
            for totals, found in ((notes.other, chunk.other), (notes.skipped, chunk.skipped)):
                for name, count in found.items():
                    totals[name] = totals.get(name, 0) + count
            if chunk.rejected:
                yield _told(ReadNotes(rejected=chunk.rejected), order)
            if chunk.calls.num_rows:
                days.update(days_of(chunk.calls))
                if self.known is None:
                    names.update(pc.unique(chunk.calls["customer"]).to_pylist())
                yield from self._ids(chunk.calls, order)
                yield from self._rows(chunk.calls, order)
        notes.names, notes.days = sorted(names), sorted(days)
        yield _told(notes, split.number * _CHUNKS)

    def _rows(self, table: pa.Table, order: int) -> Iterator[Piece]:
        owners = keys_of(table["customer"]) % self.partitions
        by_owner = np.argsort(owners, kind="stable")
        bounds = np.searchsorted(owners[by_owner], np.arange(self.partitions + 1))
        sorted_table = table.take(by_owner).combine_chunks()
        for number in range(self.partitions):
            first, last = int(bounds[number]), int(bounds[number + 1])
            if last > first:
                yield Piece(
                    topic="rows", partition=number, order=order, content=as_bytes(sorted_table.slice(first, last - first))
                )

    def _ids(self, table: pa.Table, order: int) -> Iterator[Piece]:
        """Of each event: its id, whose it is, and what puts it in order."""
        if self.known is not None:
            table = table.filter(pc.is_in(table["customer"], pa.array(sorted(self.known), pa.string())))
        kinds = numbers_of(pc.add(pc.index_in(table["type"], value_set=_KINDS), 1))
        rows: Words = np.empty((table.num_rows, 3), dtype=np.int64)
        rows[:, 0] = event_ids(table)
        rows[:, 1] = keys_of(table["customer"])
        rows[:, 2] = numbers_of(table["time_us"]) * KINDS + kinds
        owners = rows[:, 0] % self.partitions
        for number in np.unique(owners):
            mine = rows[owners == number]
            yield Piece(topic="ids", partition=int(number), order=order, content=mine.tobytes())


def chunks_in(split: Split, now_us: int) -> Iterator[EventChunk]:
    """The events of a split."""
    if split.part is None:
        yield from read_events(
            split.paths, format_name=split.format_name, format_options=split.format_options, now_us=now_us, rows=ROWS
        )
        return
    path, (first, last, line) = split.paths[0], split.part
    with Path(path).open("rb") as stream:
        stream.seek(first)
        for found in cut_into_lines(_blocks(stream, last - first)):
            if isinstance(found, TooLong):
                yield _chunk([], [too_long(path, line, found)])
                line += 1
                continue
            if isinstance(found, Tail):
                batch = unended(found.line, path, line, now_us)
            else:
                count = found.count(b"\n")
                batch = decode_block(found, count, file=path, first_line=line, now_us=now_us)
                line += count
            yield EventChunk(calls=batch.calls, other=batch.other, rejected=batch.rejected, bytes_read=0, unnamed=batch.unnamed)


def _blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (block := stream.read(min(BLOCK, size))):
        size -= len(block)
        yield block


def _told(notes: ReadNotes, order: int) -> Piece:
    return Piece(topic="read", partition=TO_DRIVER, order=order, content=msgspec.json.encode(notes))


def days_of(table: pa.Table) -> set[int]:
    """Days since 1970 that some instant of these calls falls on."""
    found: set[int] = set()
    for name in ("time_us", "start_us", "answer_us", "end_us"):
        values = table[name].drop_null()
        if len(values):
            found.update(np.unique(np.asarray(values) // DAY_US).tolist())
    return found


def settle_ids(number: int, pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Which ids came with more than one customer, and whose came first."""
    parts = sorted(pieces, key=lambda piece: piece.order)
    if not parts:
        return
    rows = np.concatenate([np.frombuffer(piece.content, dtype=np.int64).reshape(-1, 3) for piece in parts])
    rows = rows[np.lexsort((np.arange(len(rows)), rows[:, 2], rows[:, 0]))]
    starts = np.flatnonzero(np.concatenate([[True], rows[1:, 0] != rows[:-1, 0]]))
    first = np.repeat(rows[starts, 1], np.diff(np.append(starts, len(rows))))
    torn = np.unique(rows[rows[:, 1] != first, 0])
    if len(torn):
        place = starts[np.searchsorted(rows[starts, 0], torn)]
        yield Piece(topic="contested", partition=number, content=packed(id=torn, customer=rows[place, 1]))


def chunks_of(pieces: Iterable[Piece], wanted: frozenset[str] | None = None) -> Iterator[EventChunk]:
    """A partition's events in the order they came, some ten thousand at a time; with `wanted`, of these customers only."""
    waiting: list[pa.Table] = []
    rows = 0
    for piece in sorted(pieces, key=lambda piece: piece.order):
        table = as_table(piece.content)
        if wanted is not None:
            table = table.filter(pc.is_in(table["customer"], pa.array(sorted(wanted), pa.string())))
        waiting.append(table)
        rows += table.num_rows
        if rows >= ROWS:
            yield _chunk(waiting)
            waiting, rows = [], 0
    if rows:
        yield _chunk(waiting)


def _chunk(tables: list[pa.Table], rejected: Sequence[Rejected] = ()) -> EventChunk:
    calls = pa.concat_tables(tables).unify_dictionaries() if tables else CALL_SCHEMA.empty_table()
    return EventChunk(calls=calls, other={}, rejected=list(rejected), bytes_read=0)


@dataclass(frozen=True, slots=True)
class RunPart:
    """Runs a partition through the kernel."""

    plan: Plan
    customers: CustomerTable
    contested: Contested
    days: Words
    partitions: int

    def __call__(self, number: int, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """Findings, sums at midnights, notes."""
        feed = read_feed(chunks_of(pieces), self.customers, destinations(), self.contested)
        mine = np.flatnonzero(self.customers.keys % self.partitions == number)
        part = Partition(self.plan, self.customers, feed.emitted, feed.raw, None, (self.days + 1) * DAY_US, members=mine)
        done = part.run(None)
        hits = hits_of(done, feed, None)
        yield from found_pieces(number, hits, feed.table, calls_round(self.customers, feed, hits))
        for index, midnight, totals in done.summaries:
            there = np.flatnonzero(totals)
            yield Piece(
                topic="cohort",
                partition=number,
                order=midnight,
                content=packed(index=[index], member=part.members[index][there], total=totals[there]),
            )
        for sums in done.shared:
            yield Piece(topic="across", partition=number, content=packed_sums(sums))
        notes = PartNotes(
            events=feed.events,
            duplicates=feed.duplicates,
            late=int(done.state["meta"][LATE]),
            orphans=int(done.state["meta"][ORPHANS]),
            kernel_events=len(feed.emitted),
            silenced=done.state["silenced"].tolist(),
            customers=list(feed.customers),
            days=np.unique(feed.emitted[:, O_TIME] // DAY_US).tolist(),
            calls=calls_by_hour(feed),
            rejected=feed.rejected,
        )
        yield Piece(topic="part", partition=number, content=msgspec.json.encode(notes))


@dataclass(frozen=True, slots=True)
class CountedPart:
    """Looks up, for comparisons with peers and what customers have in common, which events were counted."""

    plan: Plan
    customers: CustomerTable
    contested: Contested
    opened: dict[int, list[tuple[Hit, int]]]
    """By partition: the hit, and the midnight it came from."""

    def __call__(self, number: int, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The same hits with their evidence."""
        opened = self.opened.get(number)
        if not opened:
            return
        names = frozenset(self.customers.customers[hit.customer_row].id for hit, _ in opened)
        feed = read_feed(chunks_of(pieces, names), self.customers, destinations(), self.contested)
        for hit, midnight in opened:
            if hit.row[COLUMN_INDEX["kind"]] == TICK:
                hit.evidence = shared_last(self.plan, self.customers, feed, hit.rule, hit.row)
            else:
                hit.evidence = counted_last(self.plan, feed, hit.rule, hit.customer_row, midnight)
        hits = [hit for hit, _ in opened]
        yield from found_pieces(number, hits, feed.table, calls_round(self.customers, feed, hits))


def found_pieces(
    number: int,
    hits: Sequence[Hit],
    events: pa.Table,
    calls: Sequence[Series] | None = None,
    episodes: Sequence[int] | None = None,
) -> Iterator[Piece]:
    """Hits, and the events that show them: rows of `events`. A replay tells the calls round each, a stream its episode."""
    if not hits:
        return
    wanted = sorted({row for hit in hits for row in shown_rows(hit)})
    place = {row: i for i, row in enumerate(wanted)}
    records = [
        {
            "rule": hit.rule,
            "customer_row": hit.customer_row,
            "time_us": hit.time_us,
            "last_us": hit.last_us,
            "count": hit.count,
            "event_row": place.get(hit.event_row, -1),
            "row": hit.row.tobytes(),
            "values": hit.values.tobytes(),
            "evidence": [place[row] for row in hit.evidence],
        }
        for hit in hits
    ]
    for record, (bucket, buckets) in zip(records, calls or (), strict=False):
        record |= {"bucket_us": bucket, "calls_us": [at for at, _ in buckets], "calls": [count for _, count in buckets]}
    for record, episode in zip(records, episodes or (), strict=False):
        record["episode"] = episode
    yield Piece(topic="shown", partition=number, content=as_bytes(events.take(pa.array(wanted, pa.int64())).combine_chunks()))
    yield Piece(topic="hits", partition=number, content=as_bytes(pa.Table.from_pylist(records, HITS)))


def shown_rows(hit: Hit) -> list[int]:
    """Rows of the table that a finding is made from."""
    return [*hit.evidence, *([hit.event_row] if hit.event_row >= 0 else [])]


HITS = pa.schema(
    [
        ("rule", pa.int64()),
        ("customer_row", pa.int64()),
        ("time_us", pa.int64()),
        ("last_us", pa.int64()),
        ("count", pa.int64()),
        ("event_row", pa.int64()),
        ("row", pa.binary()),
        ("values", pa.binary()),
        ("evidence", pa.list_(pa.int64())),
        ("bucket_us", pa.int64()),
        ("calls_us", pa.list_(pa.int64())),
        ("calls", pa.list_(pa.float64())),
        ("episode", pa.int64()),
    ]
)
"""Hits as Arrow rows; `event_row` and `evidence` are rows of the `shown` table beside them."""
