"""All that a running service remembers, as arrays by name: taken out of it, and put back.

Taking it out copies what changes from call to call, and only refers to what does not or is copied before it is next written to;
it is turned into arrays later, on another thread, while the service goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice, pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.decision import Decision
from fairwire.model.finding import Finding
from fairwire.runtime.answered import Answered, Part, Written, by_age
from fairwire.runtime.attempts import call_key
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import Hit
from fairwire.runtime.known_events import KnownEvents, tables_of
from fairwire.runtime.machine import state_revision
from fairwire.runtime.plans import Plan
from fairwire.runtime.resting import rest
from fairwire.runtime.stream import Key, Known, Stream

Words = npt.NDArray[np.int64]
_PAGE = 512
"""Words of a page of memory, or a part of one."""
_AT_ONCE = 256
"""Texts that are packed at a time: a list of all of them takes Python's collector long to look through."""
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the service counts beside the kernel. One object, shared by all who count."""

    counts: dict[str, int] = field(default_factory=lambda: {"events": 0, "duplicates": 0, "rejected": 0, "decisions": 0})
    hours: dict[int, int] = field(default_factory=dict)
    """Start of the hour in microseconds -> call attempts in it."""
    refused: dict[int, int] = field(default_factory=dict)
    """The same for calls that were refused."""
    answers: Answered = field(default_factory=Answered)
    busy: set[int] = field(default_factory=set)
    """Hours whose count is not in the control store yet."""
    unsaved: set[Key] = field(default_factory=set)
    """Findings that opened or grew and are not in the control store yet."""


class KnownAt(msgspec.Struct, frozen=True, array_like=True):
    """A `Known`, without its rows."""

    kernel: str
    episode: int
    finding: Finding
    rule: int
    customer: str
    time_us: int
    last_us: int
    count: int
    event_row: int
    evidence: list[int]
    rows: int
    """How many rows of the table of all findings are its own; they follow one another."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What of a snapshot is not an array."""

    plan: str
    """`identity` of the plan that it was made under."""
    at_us: int
    """When it was made, by the service's clock."""
    customers: list[str]
    """Ids in the order of the rows that the snapshot names."""
    next_row: int
    day_us: int | None
    counts: dict[str, int]
    hours: dict[int, int]
    refused: dict[int, int]
    busy: list[int]
    unsaved: list[Key]
    known: list[KnownAt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """A state at one moment; nothing that happens later shows in it."""

    arrays: Callable[[], Arrays]
    lines: list[bytes]
    known: list[tuple[Key, Known]]
    answers: Sequence[Part | Written]
    head: dict[str, Any]


class Room:
    """Memory that arrays are copied into, asked for before calls have to wait for the copying.

    A system gives memory page by page as it is first written to, which takes twenty times as long as the copying itself.
    """

    def __init__(self) -> None:
        self._words: dict[str, Words] = {}
        self.ready = False

    def make(self, sizes: Mapping[str, int]) -> None:
        """Get memory for so many words by name, and some for what comes meanwhile. On a thread of its own."""
        try:
            for name, size in sizes.items():
                words: Words = np.empty(size + size // 8, dtype=np.int64)
                words[::_PAGE] = 0
                self._words[name] = words
        except MemoryError:
            self._words.clear()  # the copy asks for its own, and says so if there is none
        self.ready = True

    def copy(self, name: str, array: Words) -> Words:
        """A copy, in the memory that was asked for if it is enough; nobody else may have that."""
        words = self._words.pop(name, None)
        if words is None or len(words) < array.size:
            return array.copy()
        mine = words[: array.size].reshape(array.shape)
        np.copyto(mine, array)
        return mine


def identity(plan: Plan) -> str:
    """What a state depends on: the program, what packs that are given as files say, and the sources that make the state.

    Published versions are no part of it: what was counted and found before one begins is the same whether it is known yet.
    """
    text = msgspec.json.encode([plan.shape, plan.given, plan.everyone, state_revision()])
    return hashlib.sha256(text).hexdigest()[:32]


def photograph(
    plan: Plan, customers: CustomerTable, stream: Stream, tally: Tally, at_us: int, room: Room | None = None
) -> Photograph:
    """Copy the state, into a room if there is one. Call it between two events."""
    return Photograph(
        arrays=stream.arrays_later((room or Room()).copy),
        lines=stream.lines(),
        known=list(stream.known.items()),
        answers=tally.answers.show(),
        head={
            "plan": identity(plan),
            "at_us": at_us,
            "customers": [customer.id for customer in customers.customers],
            "next_row": stream.next_row,
            "day_us": stream.day_us,
            "counts": dict(tally.counts),
            "hours": dict(tally.hours),
            "refused": dict(tally.refused),
            "busy": sorted(tally.busy),
            "unsaved": sorted(tally.unsaved),
        },
    )


def develop(taken: Photograph) -> Arrays:
    """The photograph as arrays only. In small steps, so that other threads get their turn."""
    arrays = taken.arrays()
    arrays["lines"], arrays["lines.ends"] = _pack(iter(taken.lines))
    entries = map(msgspec.msgpack.encode, by_age(taken.answers))
    arrays["answers"], arrays["answers.ends"] = _pack(entries)
    customers = taken.head["customers"]
    known: list[KnownAt] = []
    for (kernel, episode), entry in taken.known:
        hit = entry.hit
        known.append(
            KnownAt(
                kernel=kernel,
                episode=episode,
                finding=entry.finding,
                rule=hit.rule,
                customer=customers[hit.customer_row],
                time_us=hit.time_us,
                last_us=hit.last_us,
                count=hit.count,
                event_row=hit.event_row,
                evidence=hit.evidence,
                rows=entry.events.count,
            )
        )
    if known:
        arrays["known.rows"] = np.stack([entry.hit.row for _, entry in taken.known])
        arrays["known.values"] = np.stack([entry.hit.values for _, entry in taken.known])
        table = tables_of([entry.events for _, entry in taken.known])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        arrays["known.table"] = np.frombuffer(sink.getvalue(), dtype=np.uint8)
    head = Head(known=known, **taken.head)
    arrays["head"] = np.frombuffer(msgspec.msgpack.encode(head), dtype=np.uint8)
    return arrays


def read_head(arrays: Mapping[str, npt.NDArray[Any]]) -> Head:
    """What a snapshot says of itself. Raises `msgspec.ValidationError` when it is of another shape."""
    return msgspec.msgpack.decode(arrays["head"].tobytes(), type=Head)


def put_back(head: Head, arrays: Mapping[str, npt.NDArray[Any]], customers: CustomerTable, stream: Stream, tally: Tally) -> None:
    """Make a fresh service what it was. All customers of `head` must be known."""
    rows: Words = np.array([customers.rows[name] for name in head.customers] or [0], dtype=np.int64)
    moved = dict(arrays)
    ring = arrays["ring"].copy()
    ring[:, COLUMN_INDEX["customer_row"]] = rows[ring[:, COLUMN_INDEX["customer_row"]]]
    moved["ring"] = ring
    stream.restore(moved, _unpack(arrays["lines"], arrays["lines.ends"]), head.next_row, head.day_us)
    if head.known:
        kernel_rows = arrays["known.rows"].copy()
        kernel_rows[:, COLUMN_INDEX["customer_row"]] = rows[kernel_rows[:, COLUMN_INDEX["customer_row"]]]
        table = pa.ipc.open_stream(pa.py_buffer(arrays["known.table"])).read_all()
        at = 0
        for place, entry in enumerate(head.known):
            hit = Hit(
                rule=entry.rule,
                customer_row=customers.rows[entry.customer],
                time_us=entry.time_us,
                last_us=entry.last_us,
                count=entry.count,
                event_row=entry.event_row,
                row=kernel_rows[place],
                values=arrays["known.values"][place].copy(),
                evidence=entry.evidence,
            )
            mine = table.slice(at, entry.rows)
            at += entry.rows
            stream.known[(entry.kernel, entry.episode)] = Known(
                finding=_as_made(entry.finding), hit=hit, events=KnownEvents(mine)
            )
    stream.settle()
    tally.counts |= head.counts
    tally.hours |= head.hours
    tally.refused |= head.refused
    tally.busy |= set(head.busy)
    tally.unsaved |= set(head.unsaved)
    entry_of = msgspec.msgpack.Decoder(tuple[str, Decision])
    for key, answer in map(entry_of.decode, _unpack(arrays["answers"], arrays["answers.ends"])):
        tally.answers.keep(call_key(key), key, answer)


def _as_made(finding: Finding) -> Finding:
    """The finding with its whole numbers as integers again, so that it is written with the same bytes."""
    features = {
        name: msgspec.structs.replace(measured, value=_whole(measured.value), threshold=_whole(measured.threshold))
        for name, measured in finding.features.items()
    }
    return msgspec.structs.replace(finding, features=features)


def _whole(value: float | str | None) -> float | str | None:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _pack(texts: Iterator[bytes]) -> tuple[npt.NDArray[np.uint8], Words]:
    """Texts one behind another, and where each ends. Some at a time: to join all in one go would hold up every other thread."""
    parts: list[bytes] = []
    ends: list[int] = []
    size = 0
    while some := list(islice(texts, _AT_ONCE)):
        ends += islice(accumulate(map(len, some), initial=size), 1, None)
        parts.append(b"".join(some))
        size = ends[-1]
        rest()
    data: npt.NDArray[np.uint8] = np.empty(size, dtype=np.uint8)
    at = 0
    for part in parts:
        data[at : at + len(part)] = np.frombuffer(part, dtype=np.uint8)
        at += len(part)
        rest()
    return data, np.fromiter(ends, dtype=np.int64, count=len(ends))


def _unpack(data: npt.NDArray[Any], ends: npt.NDArray[Any]) -> list[bytes]:
    text = data.tobytes()
    return [text[first:last] for first, last in pairwise([0, *ends.tolist()])]
