"""A replay whose feed no single process holds: an engine's tasks read it and run it, and this process puts findings together.

    splits --read--> events by customer --run--> hits, sums at midnights, notes --> findings
                     ids by id --settle--> ids that two customers share ^

This process holds the customers, the findings with the events that show them, what was set aside, and for each midnight the
sums of the members of each cohort.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US
from fairwire.ports.control import Evidence
from fairwire.ports.engines import Piece, Session, Told
from fairwire.ports.events import CALL_SCHEMA, Rejected
from fairwire.runtime.across import Sums
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import Hit, cohort_hits, cohort_members, midnight_of, shared_hits
from fairwire.runtime.feed import Contested
from fairwire.runtime.findings import Series, evidence_of, make_finding
from fairwire.runtime.intake import event_files
from fairwire.runtime.judged import Found, Judged
from fairwire.runtime.merger import Merger
from fairwire.runtime.owners import Owners
from fairwire.runtime.plans import Plan
from fairwire.runtime.sealed import Sealed
from fairwire.runtime.spread_tasks import (
    CountedPart,
    PartNotes,
    ReadNotes,
    ReadSplit,
    RunPart,
    Split,
    as_table,
    settle_ids,
    unpacked,
    unpacked_sums,
)

Words = npt.NDArray[np.int64]
PART_BYTES = 64 << 20
"""Bytes of input that one partition should have at most: a task holds its partition in memory, at some ten times that."""
LEAST_PART_BYTES = 4 << 20
PARTS_A_WORKER = 4
"""Partitions for each worker at least: customers are not alike, and the last task to end is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is to be read."""

    paths: Sequence[str]
    format_name: str | None = None
    format_options: Mapping[str, str] = field(default_factory=dict)
    now_us: int
    part_bytes: int = PART_BYTES
    """A plain file of lines that is larger is read in parts of about this size."""


_PLAIN = (".jsonl", ".ndjson")


def plan_splits(reading: Reading) -> list[Split]:
    """What tasks can read on their own: a file of events, or a part of one; of foreign records all, for they may belong together.

    Raises
    ------
    BadInput
        A path is not there, or a folder has no events in it.
    """
    options = dict(reading.format_options)
    if reading.format_name is not None:
        return [Split(number=0, paths=list(reading.paths), format_name=reading.format_name, format_options=options)]
    splits: list[Split] = []
    for path in event_files(reading.paths):
        for part in parts_of(path, reading.part_bytes):
            splits.append(Split(number=len(splits), paths=[path], format_name=None, format_options=options, part=part))
    return splits


def parts_of(path: str, size: int) -> list[tuple[int, int, int] | None]:
    """Where a plain file of lines may be cut, in parts of about `size` bytes; one that cannot be cut is one part, None."""
    place = Path(path)
    if not path.endswith(_PLAIN) or not place.is_file() or place.stat().st_size <= size:
        return [None]
    parts: list[tuple[int, int, int] | None] = []
    with place.open("rb") as stream:
        if stream.read(1) != b"{":  # a mark of an encoding, or no lines of JSON: for the reader of whole files to say
            return [None]
        stream.seek(0)
        first, line = 0, 1
        at, count = 0, 0
        while block := stream.read(size):
            end = block.rfind(b"\n") + 1
            if end:
                parts.append((first, at + end, line))
                line += count + block.count(b"\n", 0, end)
                first, count = at + end, 0
            at += len(block)
        if first < at:
            parts.append((first, at, line))
    return parts


def part_bytes_for(paths: Sequence[str], workers: int) -> int:
    """Parts of files so large that there are some for each worker, and none larger than a task should take."""
    size = sum(Path(path).stat().st_size for path in paths if Path(path).is_file())
    return min(PART_BYTES, max(LEAST_PART_BYTES, -(-size // (PARTS_A_WORKER * workers))))


def partitions_for(splits: Sequence[Split], workers: int) -> int:
    """How many partitions a feed is run in. Findings are the same for any number."""
    paths = {path for split in splits for path in split.paths}
    size = sum(Path(path).stat().st_size for path in paths if Path(path).is_file())
    return max(PARTS_A_WORKER * workers, -(-size // PART_BYTES))


def judge_spread(
    session: Session,
    plan: Plan,
    customers: CustomerTable,
    splits: Sequence[Split],
    *,
    partitions: int,
    everybody: bool,
    now_us: int,
    told: Callable[[str, int, int], None],
) -> tuple[Judged, Counter[str], int]:
    """Judge a feed by an engine's tasks.

    Parameters
    ----------
    everybody
        There are no customer records: whoever has an event is a customer, and is added to `customers`.
    told
        (what is going on, tasks that are done, of how many).

    Returns
    -------
    What was found, records of foreign formats that gave no event of their own, and how many customers were added.
    """
    known = None if everybody else frozenset(customers.rows)
    read = Sealed(ReadSplit(partitions, known, now_us, Owners(customers.customers)))
    texts = [msgspec.json.encode(split) for split in splits]
    notes = _Read.of(session.scatter(read, texts, _as(told, "reading")))
    made = 0
    if everybody:
        names = [name for name in sorted(notes.names) if name and name not in customers.rows]
        customers.extend([Customer(id=name) for name in names])
        made = len(names)
    contested = _contested(session.gather("ids", Sealed(settle_ids), partitions, _as(told, "settling ids")))
    days = np.array(sorted(notes.days), dtype=np.int64)
    run = Sealed(RunPart(plan, customers, contested, days, partitions))
    parts = _Parts.of(session.gather("rows", run, partitions, _as(told, "judging")))
    found = _Shown()
    found.add(parts.pieces)
    merger = Merger(plan, customers)
    hits = [*cohort_hits(plan, customers, _sums(plan, customers, parts)), *shared_hits(merger, parts.shared)]
    if hits:
        opened: dict[int, list[tuple[Hit, int]]] = {}
        for hit in hits:
            owner = int(customers.keys[hit.customer_row] % partitions)
            opened.setdefault(owner, []).append((hit, midnight_of(hit)))
        counted = Sealed(CountedPart(plan, customers, contested, opened))
        found.add(session.gather("rows", counted, partitions, _as(told, "looking up what was counted")))
    place: dict[str, int] = {}
    for path in (path for split in splits for path in split.paths):
        place.setdefault(path, len(place))
    judged = _judged(plan, customers, notes, parts, found, place)
    judged = replace(judged, silenced=judged.silenced + merger.silenced[: len(judged.silenced)])
    return judged, notes.skipped, made


def _as(told: Callable[[str, int, int], None], what: str) -> Told:
    told(what, 0, 0)
    return lambda done, total: told(what, done, total)


@dataclass(slots=True)
class _Read:
    """What all splits told of themselves."""

    rejected: list[Rejected] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    days: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> _Read:
        """Add up, in the order of the input."""
        total = cls()
        for piece in sorted(pieces, key=lambda piece: piece.order):
            notes = msgspec.json.decode(piece.content, type=ReadNotes)
            total.rejected += notes.rejected
            total.other.update(notes.other)
            total.skipped.update(notes.skipped)
            total.names.update(notes.names)
            total.days.update(notes.days)
        return total


def _contested(pieces: Iterable[Piece]) -> Contested:
    found = [unpacked(piece.content) for piece in pieces]
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    ids = np.concatenate([part["id"] for part in found])
    owners = np.concatenate([part["customer"] for part in found])
    order = np.argsort(ids)
    return ids[order], owners[order]


@dataclass(slots=True)
class _Parts:
    """What all partitions told."""

    notes: list[PartNotes] = field(default_factory=list)
    sums: list[tuple[int, int, Words, Words]] = field(default_factory=list)
    """(midnight, cohort, members, their totals)."""
    shared: list[Sums] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    """Hits and what shows them."""

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> _Parts:
        """Sort by topic."""
        parts = cls()
        for piece in pieces:
            if piece.topic == "part":
                parts.notes.append(msgspec.json.decode(piece.content, type=PartNotes))
            elif piece.topic == "cohort":
                found = unpacked(piece.content)
                parts.sums.append((piece.order, int(found["index"][0]), found["member"], found["total"]))
            elif piece.topic == "across":
                parts.shared.append(unpacked_sums(piece.content))
            else:
                parts.pieces.append(piece)
        return parts


def _sums(plan: Plan, customers: CustomerTable, parts: _Parts) -> dict[tuple[int, int], Words]:
    """By (midnight, cohort): totals of all members, at the midnights that close a day on which anything happened."""
    midnights = sorted({(day + 1) * DAY_US for notes in parts.notes for day in notes.days})
    merged: dict[tuple[int, int], Words] = {}
    for index, spec in enumerate(plan.program.cohorts):
        members = cohort_members(plan, customers, spec)
        if len(members):
            for midnight in midnights:
                merged[(midnight, index)] = np.zeros(len(members), dtype=np.int64)
            for midnight, cohort, rows, totals in parts.sums:
                if cohort == index and (midnight, index) in merged:
                    merged[(midnight, index)][np.searchsorted(members, rows)] += totals
    return merged


class _Shown:
    """Hits from the partitions, and one table of the events that show them."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []
        self.hits: list[Hit] = []
        self.series: list[Series] = []
        self._rows = 0

    def add(self, pieces: Iterable[Piece]) -> None:
        """Take pieces in; a partition's `shown` and `hits` belong together."""
        by_partition: dict[int, dict[str, bytes]] = {}
        for piece in pieces:
            by_partition.setdefault(piece.partition, {})[piece.topic] = piece.content
        for number in sorted(by_partition):
            table = as_table(by_partition[number]["shown"])
            base = self._rows
            for one in as_table(by_partition[number]["hits"]).to_pylist():
                self.hits.append(
                    Hit(
                        rule=one["rule"],
                        customer_row=one["customer_row"],
                        time_us=one["time_us"],
                        last_us=one["last_us"],
                        count=one["count"],
                        event_row=-1 if one["event_row"] < 0 else base + one["event_row"],
                        row=np.frombuffer(one["row"], dtype=np.int64),
                        values=np.frombuffer(one["values"], dtype=np.float64),
                        evidence=[base + row for row in one["evidence"]],
                    )
                )
                self.series.append((one["bucket_us"], tuple(zip(one["calls_us"], one["calls"], strict=True))))
            self.tables.append(table)
            self._rows += table.num_rows

    def table(self) -> pa.Table:
        """All events that show anything."""
        return pa.concat_tables(self.tables).unify_dictionaries().combine_chunks() if self.tables else CALL_SCHEMA.empty_table()


def _judged(plan: Plan, customers: CustomerTable, notes: _Read, parts: _Parts, shown: _Shown, place: Mapping[str, int]) -> Judged:
    table = shown.table()
    made = [(make_finding(plan, customers, table, hit), hit, calls) for hit, calls in zip(shown.hits, shown.series, strict=True)]
    made.sort(key=lambda one: (one[1].time_us, one[0].finding_id))
    found: Found = [(finding, hit) for finding, hit, _ in made]

    def evidence(reproduce: str) -> list[Evidence]:
        return [evidence_of(plan, customers, table, finding, hit, calls, reproduce) for finding, hit, calls in made]

    # As they stand in the input: strangers first, then what contradicts, as where one process reads it all.
    aside = [entry for part in parts.notes for entry in part.rejected]
    aside.sort(key=lambda entry: (entry.field != "customer", place.get(entry.file, len(place)), entry.line))
    calls: Counter[int] = Counter()
    for part in parts.notes:
        calls.update(part.calls)
    silenced = [np.array(part.silenced, dtype=np.int64) for part in parts.notes]
    return Judged(
        found=found,
        events=sum(part.events for part in parts.notes) + sum(notes.other.values()),
        duplicates=sum(part.duplicates for part in parts.notes),
        late=sum(part.late for part in parts.notes),
        rejected=[*notes.rejected, *aside],
        customers=sorted({row for part in parts.notes for row in part.customers}),
        other=dict(notes.other),
        silenced=np.sum(silenced, axis=0) if silenced else np.zeros(max(1, len(plan.program.rules)), dtype=np.int64),
        calls=dict(calls),
        evidence=evidence,
        decide=None,
    )
