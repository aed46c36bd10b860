"""One partition of a stream that never ends, batch by batch: the way of a replay, with a wait in place of a sort.

A replay sorts its feed. A stream waits: an event is let in when no earlier one can come any more (`hold`), and what it implies
is run when no call that is still to be told can have begun before it (`longest`). Then the kernel sees the very events, in
the very order, that it sees in a replay of the same files.

    |<--- longest --->|<--- hold --->|
    +-----------------+--------------+----> time of the events
    run up to here    let in up to   latest event of all partitions
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.expr.evaluate import evaluate
from fairwire.kernel.intake import (
    CALL_WIDTH,
    CONTRADICTS,
    DUPLICATE,
    EMITTED_WIDTH,
    I_KIND,
    I_TIME,
    ID_WIDTH,
    NEW,
    O_CALL,
    O_EVENT,
    O_PHASE,
    O_SOURCE,
    O_TIME,
    admit,
)
from fairwire.kernel.kernel import Kernel
from fairwire.kernel.layout import E_COUNT, E_LAST
from fairwire.kernel.state import State
from fairwire.model.columns import COLUMN_INDEX, DESTINATIONS, KINDS, UNKNOWN, WIDTH
from fairwire.model.errors import BadUse
from fairwire.model.instants import DAY_US
from fairwire.ports.engines import Keeper, Piece
from fairwire.ports.events import CALL_SCHEMA
from fairwire.runtime.across import SHOWN_ORDINAL, Adder, Sums
from fairwire.runtime.columnar import keys_of
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode import encode
from fairwire.runtime.engine import Hit, cohort_members, cohort_totals, kernel_rows
from fairwire.runtime.evidence import SHOWN, column_values
from fairwire.runtime.feed import contradictions, strangers
from fairwire.runtime.in_time import apply_in_time
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from fairwire.runtime.spread_tasks import (
    PartNotes,
    ReadNotes,
    as_bytes,
    as_table,
    days_of,
    destinations,
    found_pieces,
    packed,
    packed_sums,
    unpacked,
)
from fairwire.runtime.stream import GrowingTable
from fairwire.sources.jsonl.decoding import decode_lines

Words = npt.NDArray[np.int64]

CLOSED = "feed.closed"
"""Type of an event that says: nothing from before this time will come any more."""
REMEMBERED_US = 100 * DAY_US
"""How long an id, a call and the content of an event are remembered; windows are shorter."""
_EMERGENCY = DESTINATIONS.index("emergency") + 1
_BEGINNING = -(2**62)


class _Closing(msgspec.Struct, kw_only=True):
    type: str
    time: str


@dataclass(frozen=True, slots=True)
class CutLines:
    """Lines to pieces: events by the partition of their customer, and for all of them what time it is."""

    partitions: int

    def __call__(self, lines: Iterator[list[bytes]]) -> Iterator[Piece]:
        """Cut the lines of one task."""
        latest, closed = _BEGINNING, _BEGINNING
        days: set[int] = set()
        for number, some in enumerate(lines):
            batch = decode_lines(some, range(1, len(some) + 1), file="", now_us=None)
            if batch.other.get(CLOSED):
                closed = max(closed, *(closing_us(line) for line in some if CLOSED.encode() in line))
            if batch.rejected or batch.other:
                notes = ReadNotes(rejected=batch.rejected, other=batch.other)
                yield Piece(topic="read", partition=0, content=msgspec.json.encode(notes))
            if batch.calls.num_rows:
                latest = max(latest, int(np.max(np.asarray(batch.calls["time_us"]))))
                days |= days_of(batch.calls)
                owners = keys_of(batch.calls["customer"]) % self.partitions
                for owner in np.unique(owners):
                    mine = batch.calls.filter(pa.array(owners == owner))
                    yield Piece(topic="rows", partition=int(owner), order=number, content=as_bytes(mine))
        if latest != _BEGINNING or closed != _BEGINNING:
            for owner in range(self.partitions):
                yield Piece(topic="time", partition=owner, content=packed(latest=[latest], closed=[closed], days=sorted(days)))


def closing_us(line: bytes) -> int:
    """The time of a `feed.closed`; the beginning of time for any other line."""
    from fairwire.model.instants import parse_us

    try:
        found = msgspec.json.decode(line, type=_Closing)
        return parse_us(found.time) if found.type == CLOSED else _BEGINNING
    except (msgspec.MsgspecError, ValueError):
        return _BEGINNING


@dataclass(frozen=True, slots=True)
class StepPart:
    """One batch of one partition."""

    plan: Plan
    customers: CustomerTable
    partitions: int
    hold_us: int
    longest_us: int

    def __call__(self, number: int, pieces: Iterator[Piece], keeper: Keeper) -> Iterator[Piece]:
        """Take pieces in, run what is ripe, tell what came of it, keep the rest."""
        return _Going(self, number, keeper).step(pieces)


class _Going:
    """A partition between two batches, taken up again."""

    def __init__(self, how: StepPart, number: int, keeper: Keeper) -> None:
        self._how = how
        self._number = number
        self._keeper = keeper
        program = how.plan.program
        mine = np.flatnonzero(how.customers.keys % how.partitions == number)
        self._members = [np.intersect1d(cohort_members(how.plan, how.customers, spec), mine) for spec in program.cohorts]
        self._ids, self._calls = GrowingTable(ID_WIDTH), GrowingTable(CALL_WIDTH)
        self._clock: Words = np.array([_BEGINNING, _BEGINNING, 0], dtype=np.int64)
        """Latest event of all partitions, up to where it ran, number of the next event."""
        self._days: Words = np.zeros(0, dtype=np.int64)
        """Days whose midnight is still to come."""
        self._blocks: Words = np.zeros((0, 3), dtype=np.int64)
        """(first number, how many, latest time) of each block of events whose content is kept."""
        self._emitted: Words = np.zeros((0, EMITTED_WIDTH), dtype=np.int64)
        self._rows: Words = np.zeros((0, WIDTH), dtype=np.int64)
        """Kernel events that are not ripe."""
        self._added: dict[str, Words] | None = None
        state = self._restore()
        self._kernel = Kernel(program, load_run(program), state)
        self._adder = Adder(how.plan, how.customers, shown=True)
        if self._added is not None:
            self._adder.restore(self._added)
        self._seen = {"late": self._kernel.late, "orphans": self._kernel.orphans}
        self._silenced = self._kernel.state.silenced.copy()
        self._notes = PartNotes(
            events=0, duplicates=0, late=0, orphans=0, kernel_events=0, silenced=[], customers=[], days=[], calls={}, rejected=[]
        )

    def _restore(self) -> State | None:
        content = self._keeper.get("state")
        if content is None:
            return None
        program = self._how.plan.program
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        if bytes(arrays["fingerprint"]).decode() != program.fingerprint:
            raise BadUse(
                "this stream was begun under other detectors or policies",
                help_="begin anew in another --out folder",
            )
        self._clock, self._days, self._blocks = arrays["clock"], arrays["days"], arrays["blocks"]
        self._emitted, self._rows = arrays["emitted"], arrays["rows"]
        for name, table in (("ids", self._ids), ("calls", self._calls)):
            table.keys, table.values = arrays[f"{name}.keys"], arrays[f"{name}.values"]
            table.count = int(np.count_nonzero(table.keys))
        self._added = {name.removeprefix("adder."): array for name, array in arrays.items() if name.startswith("adder.")}
        state = {name.removeprefix("state."): array for name, array in arrays.items() if name.startswith("state.")}
        return State.restore(program.fingerprint, len(program.rules), state)

    def _save(self) -> None:
        arrays: dict[str, Any] = {f"state.{name}": array for name, array in self._kernel.state.snapshot().items()}
        arrays |= {f"adder.{name}": array for name, array in self._adder.snapshot().items()}
        for name, table in (("ids", self._ids), ("calls", self._calls)):
            arrays[f"{name}.keys"], arrays[f"{name}.values"] = table.keys, table.values
        arrays |= {"clock": self._clock, "days": self._days, "blocks": self._blocks, "emitted": self._emitted, "rows": self._rows}
        arrays["fingerprint"] = np.frombuffer(self._how.plan.program.fingerprint.encode(), dtype=np.uint8)
        out = io.BytesIO()
        np.savez_compressed(out, **arrays)
        self._keeper.put("state", out.getvalue())

    def step(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """One batch."""
        fresh: list[Piece] = []
        days: list[Words] = [self._days]
        for piece in pieces:
            if piece.topic == "rows":
                fresh.append(piece)
            elif piece.topic == "time":
                told = unpacked(piece.content)
                days.append(told["days"])
                closed = int(told["closed"][0])
                ripe = closed + self._how.hold_us + self._how.longest_us if closed != _BEGINNING else _BEGINNING
                self._clock[0] = max(int(self._clock[0]), int(told["latest"][0]), ripe)
            else:
                yield piece
        self._days = np.unique(np.concatenate(days))
        self._let_in(sorted(fresh, key=lambda piece: piece.order))
        yield from self._run(int(self._clock[0]) - self._how.hold_us - self._how.longest_us)
        yield Piece(topic="part", partition=self._number, content=msgspec.json.encode(self._told()))
        self._save()

    def _told(self) -> PartNotes:
        notes = self._notes
        notes.late = self._kernel.late - self._seen["late"]
        notes.orphans = self._kernel.orphans - self._seen["orphans"]
        notes.silenced = (self._kernel.state.silenced - self._silenced).tolist()
        return notes

    # -- events come in

    def _let_in(self, fresh: list[Piece]) -> None:
        waiting = self._keeper.get("waiting")
        tables = [as_table(content) for content in (*([waiting] if waiting else []), *(piece.content for piece in fresh))]
        if not tables:
            return
        table = pa.concat_tables(tables).unify_dictionaries()
        ripe = np.asarray(table["time_us"]) < self._clock[0] - self._how.hold_us
        rest = table.filter(pa.array(~ripe))
        if rest.num_rows:
            self._keeper.put("waiting", as_bytes(rest))
        elif waiting:
            self._keeper.drop("waiting")
        if ripe.any():
            self._admit(table.filter(pa.array(ripe)).combine_chunks())

    def _admit(self, table: pa.Table) -> None:
        customers = self._how.customers
        encoded = encode(table, customers, destinations())
        raw, intake, n, base = encoded.raw, encoded.intake, table.num_rows, int(self._clock[2])
        order = np.argsort(intake[:, I_TIME] * KINDS + intake[:, I_KIND], kind="stable")
        order = order[encoded.known[order]]
        forgotten = self._kernel.state.watermark_us - REMEMBERED_US
        self._ids.make_room(n, forgotten)
        self._calls.make_room(n, forgotten)
        counts = np.array([self._ids.count, self._calls.count], dtype=np.int64)
        verdicts = np.full(n, -1, dtype=np.int8)
        out: Words = np.empty((3 * n, EMITTED_WIDTH), dtype=np.int64)
        ids, calls = self._ids, self._calls
        used = admit(intake, order, base, ids.keys, ids.values, calls.keys, calls.values, counts, verdicts, out)
        ids.count, calls.count = int(counts[0]), int(counts[1])
        self._clock[2] = base + n
        self._keep(table, base)
        emitted = out[:used].copy()
        rows = kernel_rows(*self._with_sources(emitted, raw, base), customers)
        self._emitted = np.concatenate([self._emitted, emitted])
        self._rows = np.concatenate([self._rows, rows])
        notes = self._notes
        notes.rejected = strangers(table, np.flatnonzero(~encoded.known))
        notes.rejected += contradictions(table, np.flatnonzero(verdicts == CONTRADICTS))
        notes.events = int(np.count_nonzero(verdicts == NEW))
        notes.duplicates = int(np.count_nonzero(verdicts == DUPLICATE))
        notes.kernel_events = used
        notes.customers = np.unique(raw[verdicts == NEW, COLUMN_INDEX["customer_row"]]).tolist()
        notes.days = np.unique(emitted[:, O_TIME] // DAY_US).tolist()

    def _with_sources(self, emitted: Words, raw: Words, base: int) -> tuple[Words, Words]:
        """The same rows naming rows of an array that holds them all: an answer's values are those of its attempt, long ago."""
        local = emitted.copy()
        old = np.unique(emitted[emitted[:, O_SOURCE] < base, O_SOURCE])
        if not len(old):
            local[:, O_SOURCE] -= base
            return local, raw
        held = np.isin(old, self._kept_numbers(old))
        table = self._events(old[held])
        older = encode(table, self._how.customers, destinations()).raw
        place = np.where(
            emitted[:, O_SOURCE] < base, len(raw) + np.searchsorted(old[held], emitted[:, O_SOURCE]), emitted[:, O_SOURCE] - base
        )
        local[:, O_SOURCE] = place
        return local, np.concatenate([raw, older])

    def _kept_numbers(self, numbers: Words) -> Words:
        first = int(self._blocks[0, 0]) if len(self._blocks) else int(self._clock[2])
        return numbers[numbers >= first]

    def _keep(self, table: pa.Table, base: int) -> None:
        """Content of events by blocks: findings show it, however long ago it was."""
        self._keeper.put(f"rows:{base}", as_bytes(table))
        block = np.array([[base, table.num_rows, int(np.max(np.asarray(table["time_us"])))]], dtype=np.int64)
        self._blocks = np.concatenate([self._blocks, block])

    def _forget(self) -> None:
        """Let go of the content of events that nothing will show any more."""
        before = self._kernel.state.watermark_us - REMEMBERED_US
        while len(self._blocks) > 1 and self._blocks[0, 2] < before:
            self._keeper.drop(f"rows:{self._blocks[0, 0]}")
            self._blocks = self._blocks[1:]

    def _events(self, numbers: Words) -> pa.Table:
        """Events by their numbers, ascending."""
        if not len(numbers):
            return CALL_SCHEMA.empty_table()
        place = np.searchsorted(self._blocks[:, 0], numbers, side="right") - 1
        tables: list[pa.Table] = []
        for block in np.unique(place):
            content = self._keeper.get(f"rows:{self._blocks[block, 0]}")
            assert content is not None
            tables.append(as_table(content).take(pa.array(numbers[place == block] - self._blocks[block, 0])))
        return pa.concat_tables(tables).unify_dictionaries().combine_chunks()

    # -- what is ripe runs

    def _run(self, until: int) -> Iterator[Piece]:
        if until <= self._clock[1]:
            return
        self._clock[1] = until
        order = np.lexsort((self._emitted[:, O_PHASE], self._emitted[:, O_CALL], self._emitted[:, O_TIME]))
        order = order[self._emitted[order, O_TIME] < until]
        emitted, rows = self._emitted[order], self._rows[order]
        rest = np.ones(len(self._emitted), dtype=np.bool_)
        rest[order] = False
        self._emitted, self._rows = self._emitted[rest], self._rows[rest]
        closing = [(int(day) + 1) * DAY_US for day in self._days if (int(day) + 1) * DAY_US <= until]
        self._days = self._days[len(closing) :]
        before = self._kernel.state.episodes[: int(self._kernel.state.snapshot()["episodes"].shape[0])].copy()
        opened: list[tuple[int, int, Words, npt.NDArray[np.float64], list[int], int]] = []
        common: list[Sums] = []
        at = 0
        for midnight in (*closing, until):
            stop = int(np.searchsorted(emitted[:, O_TIME], midnight, side="left"))
            if stop > at:
                yield from self._counted(emitted[at:stop], rows[at:stop], midnight)
                outcome = apply_in_time(self._kernel, rows[at:stop], np.arange(at, stop), self._how.customers)
                for found in outcome.opened:
                    evidence = list(dict.fromkeys(found.evidence.tolist()))
                    row = rows[found.position].copy()
                    opened.append((found.rule, found.episode, row, found.values, evidence, int(emitted[found.position, O_EVENT])))
                common += self._adder.take(rows[at:stop])
                at = stop
            if midnight in closing:
                yield from self._sums(midnight)
        yield from self._in_common([*common, *self._adder.close(until)], until)
        yield from self._found(opened, before)
        self._forget()

    def _in_common(self, told: list[Sums], until: int) -> Iterator[Piece]:
        """What these customers have in common with others, up to an instant at which all partitions stand, with what shows it."""
        for sums in told:
            numbers = self._kept_numbers(np.unique(sums.shown[:, SHOWN_ORDINAL]))
            shown = packed(shown=sums.shown.ravel(), numbers=numbers)
            content = msgspec.msgpack.encode((packed_sums(sums), shown, as_bytes(self._events(numbers))))
            yield Piece(topic="common", partition=self._number, order=until, content=content)

    def _found(self, opened: list[Any], before: Words) -> Iterator[Piece]:
        episodes = self._kernel.state.snapshot()["episodes"]
        grown = np.flatnonzero((episodes[: len(before), E_LAST : E_COUNT + 1] != before[:, E_LAST : E_COUNT + 1]).any(axis=1))
        if len(grown):
            columns = {"episode": grown, "last_us": episodes[grown, E_LAST], "count": episodes[grown, E_COUNT]}
            yield Piece(topic="grown", partition=self._number, content=packed(**columns))
        if not opened:
            return
        wanted = self._kept_numbers(np.unique(np.array([n for one in opened for n in (*one[4], one[5])], dtype=np.int64)))
        place = {int(number): i for i, number in enumerate(wanted)}
        hits = [
            Hit(
                rule=rule,
                customer_row=int(row[COLUMN_INDEX["customer_row"]]),
                time_us=int(episodes[episode, 0]),
                last_us=int(episodes[episode, 1]),
                count=int(episodes[episode, 2]),
                event_row=place.get(event, -1),
                row=row,
                values=values,
                evidence=[place[number] for number in evidence if number in place],
            )
            for rule, episode, row, values, evidence, event in opened
        ]
        yield from found_pieces(self._number, hits, self._events(wanted), None, [episode for _, episode, *_ in opened])

    def _sums(self, midnight: int) -> Iterator[Piece]:
        for index, spec in enumerate(self._how.plan.program.cohorts):
            members = self._members[index]
            totals = cohort_totals(self._kernel, spec, members, self._how.customers, midnight)
            there = np.flatnonzero(totals)
            content = packed(index=[index], member=members[there], total=totals[there])
            yield Piece(topic="cohort", partition=self._number, order=midnight, content=content)

    def _counted(self, emitted: Words, rows: Words, before: int) -> Iterator[Piece]:
        """The last events of each member that count in a comparison with peers: a finding that opens later will show them."""
        for index, spec in enumerate(self._how.plan.program.cohorts):
            detector = self._how.plan.detectors[self._how.plan.program.rules[spec.rule].detector]
            assert detector.spec.cohort is not None
            counted = detector.features[detector.spec.cohort.of]
            owners = rows[:, COLUMN_INDEX["customer_row"]]
            candidates = np.flatnonzero((emitted[:, O_PHASE] == counted.kind) & np.isin(owners, self._members[index]))
            found: dict[int, list[int]] = {}
            for at in candidates[::-1]:
                mine = found.setdefault(int(owners[at]), [])
                if len(mine) == SHOWN:
                    continue
                row = rows[at].copy()
                row[[COLUMN_INDEX["hour"], COLUMN_INDEX["weekday"]]] = UNKNOWN
                values = column_values(row)
                if values["destination"] != _EMERGENCY and (counted.where is None or evaluate(counted.where, values) == 1):
                    mine.append(int(emitted[at, O_EVENT]))
            pairs = [(member, number) for member, numbers in found.items() for number in reversed(numbers)]
            if pairs:
                wanted = np.unique(np.array([number for _, number in pairs], dtype=np.int64))
                place = np.searchsorted(wanted, [number for _, number in pairs])
                columns = packed(index=[index], member=[member for member, _ in pairs], row=place)
                table = as_bytes(self._events(wanted))
                content = msgspec.msgpack.encode((columns, table))
                yield Piece(topic="counted", partition=self._number, order=before, content=content)
