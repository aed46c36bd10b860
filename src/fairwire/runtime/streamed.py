"""What comes of a stream: its partitions' batches on disk, put together to findings.

OUT/stream.json      how it was begun; later runs of the stream must be the same
OUT/checkpoint/      the engine's own
OUT/batches/         what the partitions told, one file a batch
OUT/rejects/         what was set aside, one file a batch that had any
OUT/findings.jsonl   all findings so far, written anew after every batch
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.model.errors import BadInput, BadUse
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, format_us
from fairwire.ports.engines import PIECES, Piece, StreamingEngine, as_batch, from_batch
from fairwire.ports.events import CALL_SCHEMA
from fairwire.runtime import discovery
from fairwire.runtime.across import R_CUSTOMER, SHOWN_ORDINAL, Sums
from fairwire.runtime.customers import CustomerTable, load_customers
from fairwire.runtime.engine import Cohorts, Hit, cohort_members, shared_hit
from fairwire.runtime.evidence import SHOWN
from fairwire.runtime.findings import make_finding
from fairwire.runtime.machine import load_run, prepare
from fairwire.runtime.merger import Merger
from fairwire.runtime.plans import Plan, load_plan
from fairwire.runtime.sealed import Sealed
from fairwire.runtime.spread_tasks import PartNotes, ReadNotes, as_table, unpacked, unpacked_sums
from fairwire.runtime.stream_part import CutLines, StepPart

Words = npt.NDArray[np.int64]
Key = tuple[int, int]
"""Partition and episode; partition -1 for comparisons with peers, -2 for what customers have in common."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """How a stream was begun."""

    partitions: int
    hold_us: int
    longest_us: int
    fingerprint: str
    customers_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """What to stream, and where what comes of it goes."""

    folder: Path
    out: Path
    customers: Path
    policies: Sequence[str] = ()
    engine: str = "spark"
    workers: int = 2
    partitions: int = 8
    hold_us: int
    longest_us: int
    once: bool = False


class Out:
    """The folder of a stream, and all findings so far."""

    def __init__(self, folder: Path, plan: Plan, customers: CustomerTable, told: Callable[[dict[str, Any]], None]) -> None:
        self._folder = folder
        self._plan = plan
        self._customers = customers
        self._told = told
        self._hits: dict[Key, tuple[Finding, Hit]] = {}
        self._cohorts = Cohorts(plan, customers)
        self._merger = Merger(plan, customers)
        self._home: dict[int, int] = {}
        """Row of a customer -> its partition, for those that have something in common with others."""
        self._members = [cohort_members(plan, customers, spec) for spec in plan.program.cohorts]
        self._days: set[int] = set()
        self._counts: Counter[str] = Counter()
        self._last = -1
        for name in ("batches", "rejects"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for file in self._files():
            self._take(list(_read(file)))
            self._last = int(file.stem)
        if self._last >= 0:
            self._write()

    def _files(self) -> list[Path]:
        return sorted((self._folder / "batches").glob("*.arrow"))

    def take(self, number: int, pieces: list[Piece]) -> None:
        """A `Sink`: what all partitions told in a batch. One that was written before is not taken twice."""
        if number <= self._last:
            return
        if number > self._last + 1:
            raise BadInput(
                f"the stream goes on at batch {number}, and here the last one is {self._last}",
                at=str(self._folder / "batches"),
                help_="a file is missing; put it back, or begin anew in another --out folder",
            )
        file = self._folder / "batches" / f"{number:09d}.arrow"
        part = file.with_suffix(".part")
        with pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, PIECES) as writer:
            writer.write_batch(as_batch(pieces))
        part.replace(file)
        self._last = number
        self._take(pieces)
        self._write()

    def summary(self) -> dict[str, Any]:
        """Counts so far, and the hash of the findings."""
        lines = self._lines()
        counted = {name: self._counts[name] for name in ("events", "duplicates", "rejected", "late")}
        return {
            **counted,
            "batches": self._last + 1,
            "findings": len(self._hits),
            "findings_sha256": hashlib.sha256(lines).hexdigest(),
        }

    def _lines(self) -> bytes:
        found = sorted(self._hits.values(), key=lambda pair: (pair[1].time_us, pair[0].finding_id))
        return b"".join(msgspec.json.encode(finding) + b"\n" for finding, _ in found)

    def _write(self) -> None:
        part = self._folder / "findings.part"
        part.write_bytes(self._lines())
        part.replace(self._folder / "findings.jsonl")
        self._told(self.summary())

    def _take(self, pieces: list[Piece]) -> None:
        tables = {piece.partition: as_table(piece.content) for piece in pieces if piece.topic == "shown"}
        sums: dict[int, list[Piece]] = {}
        rejected: list[bytes] = []
        for piece in pieces:
            if piece.topic == "hits":
                self._open(piece, tables[piece.partition])
            elif piece.topic == "grown":
                found = unpacked(piece.content)
                for episode, last, count in zip(found["episode"], found["last_us"], found["count"], strict=True):
                    self._grow((piece.partition, int(episode)), int(last), int(count))
            elif piece.topic == "cohort":
                sums.setdefault(piece.order, []).append(piece)
            elif piece.topic == "part":
                notes = msgspec.json.decode(piece.content, type=PartNotes)
                self._days.update(notes.days)
                self._counts.update({"events": notes.events, "duplicates": notes.duplicates, "late": notes.late})
                rejected += [msgspec.json.encode(entry) for entry in notes.rejected]
            elif piece.topic == "read":
                read = msgspec.json.decode(piece.content, type=ReadNotes)
                rejected += [msgspec.json.encode(entry) for entry in read.rejected]
        self._counts["rejected"] += len(rejected)
        if rejected:
            (self._folder / "rejects" / f"{self._last:09d}.jsonl").write_bytes(b"\n".join(rejected) + b"\n")
        self._judge_common([piece for piece in pieces if piece.topic == "common"])
        for midnight in sorted(sums):
            if midnight // DAY_US - 1 in self._days:
                self._judge(midnight, sums[midnight])

    def _open(self, piece: Piece, table: pa.Table) -> None:
        for one in as_table(piece.content).to_pylist():
            hit = Hit(
                rule=one["rule"],
                customer_row=one["customer_row"],
                time_us=one["time_us"],
                last_us=one["last_us"],
                count=one["count"],
                event_row=one["event_row"],
                row=np.frombuffer(one["row"], dtype=np.int64),
                values=np.frombuffer(one["values"], dtype=np.float64),
                evidence=one["evidence"],
            )
            self._hits[(piece.partition, one["episode"])] = (make_finding(self._plan, self._customers, table, hit), hit)

    def _grow(self, key: Key, last_us: int, count: int) -> None:
        finding, hit = self._hits[key]
        hit.last_us, hit.count = last_us, count
        self._hits[key] = (msgspec.structs.replace(finding, last_seen=format_us(last_us), count=count), hit)

    def _judge(self, midnight: int, pieces: Sequence[Piece]) -> None:
        """Compare with peers, by the sums of all partitions."""
        for index, members in enumerate(self._members):
            if not len(members):
                continue
            totals: Words = np.zeros(len(members), dtype=np.int64)
            for piece in pieces:
                found = unpacked(piece.content)
                if int(found["index"][0]) == index:
                    totals[np.searchsorted(members, found["member"])] += found["total"]
            opened = self._cohorts.judge(index, midnight, totals)
            counted = self._counted(index, {member for _, _, member, _, _ in opened}, midnight)
            for rule, episode, member, row, values in opened:
                first, last, count = self._cohorts.kernel.episode(episode)
                table = counted.get(member, CALL_SCHEMA.empty_table())
                hit = Hit(
                    rule=rule,
                    customer_row=member,
                    time_us=first,
                    last_us=last,
                    count=count,
                    event_row=-1,
                    row=row,
                    values=values,
                    evidence=list(range(table.num_rows)),
                )
                self._hits[(-1, episode)] = (make_finding(self._plan, self._customers, table, hit), hit)
        for key in [key for key in self._hits if key[0] == -1]:
            _, last, count = self._cohorts.kernel.episode(key[1])
            self._grow(key, last, count)

    def _judge_common(self, pieces: Sequence[Piece]) -> None:
        """Judge the ticks that all partitions have told, by what they told together."""
        told: list[Sums] = []
        for piece in sorted(pieces, key=lambda piece: piece.partition):
            packed_rows, packed_shown, _ = msgspec.msgpack.decode(piece.content)
            sums = unpacked_sums(packed_rows)
            sums.shown = unpacked(packed_shown)["shown"].reshape(-1, SHOWN_ORDINAL + 1)
            self._home |= dict.fromkeys(sums.rows[:, R_CUSTOMER].tolist(), piece.partition)
            told.append(sums)
        self._merger.touched = set()
        for shared in self._merger.take(told):
            hit = shared_hit(self._merger, shared)
            table = self._lent(self._home[hit.customer_row], hit.evidence)
            hit.evidence = list(range(table.num_rows))
            self._hits[(-2, shared.episode)] = (make_finding(self._plan, self._customers, table, hit), hit)
        for episode in self._merger.touched:
            _, last, count = self._merger.episode(episode)
            self._grow((-2, episode), last, count)

    def _lent(self, partition: int, numbers: Sequence[int]) -> pa.Table:
        """Events of a partition by their numbers, which told them when they were summed up: newest files first."""
        found: dict[int, pa.Table] = {}
        for file in reversed(self._files()):
            if len(found) == len(numbers):
                break
            for piece in _read(file):
                if piece.topic != "common" or piece.partition != partition:
                    continue
                _, packed_shown, content = msgspec.msgpack.decode(piece.content)
                place = {int(number): row for row, number in enumerate(unpacked(packed_shown)["numbers"])}
                mine = [number for number in numbers if number in place and number not in found]
                table = as_table(content) if mine else None
                found |= {number: table.slice(place[number], 1) for number in mine if table is not None}
        parts = [found[number] for number in numbers if number in found]
        return pa.concat_tables(parts).unify_dictionaries() if parts else CALL_SCHEMA.empty_table()

    def _counted(self, index: int, members: set[int], midnight: int) -> dict[int, pa.Table]:
        """The last events before a midnight that were counted for some members: newest files first, until there are enough."""
        found: dict[int, list[pa.Table]] = {member: [] for member in members}
        missing = set(members)
        for file in reversed(self._files()):
            if not missing:
                break
            told = [piece for piece in _read(file) if piece.topic == "counted" and piece.order <= midnight]
            for piece in sorted(told, key=lambda piece: -piece.order):
                packed_columns, content = msgspec.msgpack.decode(piece.content)
                columns = unpacked(packed_columns)
                mine = missing & set(columns["member"].tolist()) if int(columns["index"][0]) == index else set()
                if not mine:
                    continue
                table = as_table(content)
                for member in mine:
                    rows = columns["row"][columns["member"] == member]
                    room = SHOWN - sum(part.num_rows for part in found[member])
                    found[member].insert(0, table.take(pa.array(rows[-room:])))
                    if len(rows) >= room:
                        missing.discard(member)
        return {member: pa.concat_tables(parts).unify_dictionaries() for member, parts in found.items() if parts}


def _read(file: Path) -> Iterator[Piece]:
    try:
        with pa.OSFile(str(file), "rb") as source:
            yield from from_batch(pa.ipc.open_file(source).read_all())
    except pa.ArrowException as error:
        raise BadInput(f"a batch cannot be read: {error}", at=str(file), help_="begin anew in another --out folder") from None


def stream(work: Streaming, began: Callable[[], None], told: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Run a stream until it is interrupted, or until all that is there has been read; returns the summary.

    Raises
    ------
    FairwireError
        A file or folder cannot be used, or the stream was begun otherwise.
    """
    prepare()
    engine: StreamingEngine = discovery.load("engines", work.engine)
    if not hasattr(engine, "stream"):
        raise BadUse(f"the engine `{work.engine}` cannot stream", help_="use `--engine spark`, or `fairwire serve`")
    if not work.folder.is_dir():
        raise BadInput("there is no such folder", at=str(work.folder), help_="name the folder that event files are dropped into")
    plan = load_plan(work.policies)
    customers = CustomerTable.of(plan.program, plan.everyone, plan.timelines)
    customers.extend(load_customers(work.customers))
    begun = _begin(work, plan)
    load_run(plan.program)  # compiled once, before every worker would do it
    out = Out(work.out, plan, customers, told)
    step = StepPart(plan, customers, begun.partitions, begun.hold_us, begun.longest_us)
    engine.stream(
        str(work.folder.resolve()),
        str((work.out / "checkpoint").resolve()),
        Sealed(CutLines(begun.partitions)),
        Sealed(step),
        out.take,
        workers=work.workers,
        once=work.once,
        began=began,
    )
    return out.summary()


def _begin(work: Streaming, plan: Plan) -> Begun:
    """How the stream was begun: now, or by an earlier run, and then what can be seen in its results must be the same."""
    file = work.out / "stream.json"
    now = Begun(
        partitions=work.partitions,
        hold_us=work.hold_us,
        longest_us=work.longest_us,
        fingerprint=plan.program.fingerprint,
        customers_sha256=hashlib.sha256(work.customers.read_bytes()).hexdigest(),
    )
    try:
        work.out.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_bytes(msgspec.json.encode(now))
            return now
        then = msgspec.json.decode(file.read_bytes(), type=Begun)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInput(f"the folder cannot be used: {error}", at=str(file), help_="name another --out") from None
    changed = [name for name in now.__struct_fields__ if getattr(now, name) != getattr(then, name)]
    if changed:
        named = ", ".join(_NAMES[name] for name in changed)
        raise BadUse(f"the stream was begun with other {named}", at=str(file), help_="use the same, or another --out")
    return then


_NAMES = {
    "partitions": "--partitions",
    "hold_us": "--hold",
    "longest_us": "--longest-call",
    "fingerprint": "policies or detectors",
    "customers_sha256": "customers",
}


def all_pieces(folder: Path) -> Iterable[Piece]:
    """Everything that the partitions of a stream have told."""
    for file in sorted((folder / "batches").glob("*.arrow")):
        yield from _read(file)
