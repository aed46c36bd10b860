"""A feed that comes nearly in order of time, run while it is read: the memory it takes is that of some hours, not of a month.

Events are held back for `LATEST_US`, so that a source may be that far out of order, and kernel events for `LONGEST_US` more,
so that the beginning of a call is there when its record comes with its end. A feed that keeps within both gives the very
same kernel events in the very same order as `runtime.feed` gives it; with one that does not, `OutOfOrder` is raised, nothing
has been written, and the caller reads it again and holds it as a whole.

What a finding shows of its events is taken from the tables that were read last, or read again from the file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.kernel.arena import find, rehash
from fairwire.kernel.compiled import njit
from fairwire.kernel.intake import (
    CALL_WIDTH,
    CONTRADICTS,
    DUPLICATE,
    EMITTED_WIDTH,
    I_CALL,
    I_ID,
    I_KIND,
    I_TIME,
    ID_WIDTH,
    INTAKE_WIDTH,
    KNOWN_AT,
    NEW,
    O_CALL,
    O_PHASE,
    O_SOURCE,
    O_TIME,
    admit_round,
    fill_round,
    settle,
)
from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, KINDS, WIDTH
from fairwire.model.instants import DAY_US, HOUR_US
from fairwire.numbers.destinations import Destinations
from fairwire.ports.control import Evidence
from fairwire.ports.events import CALL_SCHEMA, EventChunk, Rejected
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode import encode_round
from fairwire.runtime.engine import CHUNK, Hit, cohort_hits, cohort_members, cohort_totals, counted_last, midnight_of, shared_hit
from fairwire.runtime.evidence import SHOWN
from fairwire.runtime.feed import contradictions, month_of_day, read_feed, strangers
from fairwire.runtime.findings import Series, evidence_of, make_finding, series_round
from fairwire.runtime.in_time import apply_in_time
from fairwire.runtime.intake import event_files, source_of
from fairwire.runtime.judged import Judged
from fairwire.runtime.kept_memory import memory_kept
from fairwire.runtime.machine import load_run
from fairwire.runtime.merger import Merger, Shared, Together
from fairwire.runtime.plans import Plan
from fairwire.runtime.unnamed import Whose

Words = npt.NDArray[np.int64]

TOGETHER = 80_000
"""Kernel events that are looked at across customers at once."""
PIECE = CHUNK // 16
"""Kernel events that run at once, of those that are put to their customers: what is made of them stays near the processor."""
_FEW = 1 << 16
"""Up to so many customers are put in order by radix."""
ROWS = 1 << 15
"""Events of a chunk: what is made of them stays near the processor."""
MOST_LIKELY = 1 << 18
"""So many rows at the most have their memory before they are needed."""
LATEST_US = HOUR_US
"""How much later than a later event an event may come."""
LONGEST_US = 48 * HOUR_US
"""How long a call may have lasted when its record comes."""
SHELF_BYTES = 1 << 26
"""Tables that were read last and are at hand."""


class OutOfOrder(Exception):
    """The feed is not as nearly in order as it must be to be run while it is read."""


@njit
def retire(rows: Words, before: int, old: Words) -> int:
    """Put the keys of all rows whose time is below `before` into a set; returns how many were new there."""
    count = 0
    for i in range(rows.shape[0]):
        if rows[i, 0] != 0 and rows[i, 1] < before:
            place = find(old, rows[i, 0])
            count += old[place] == 0
            old[place] = rows[i, 0]
    return count


@njit
def copy_keys(old: Words, new: Words) -> None:
    """Put all keys of a set into a larger one."""
    for i in range(old.shape[0]):
        if old[i] != 0:
            new[find(new, old[i])] = old[i]


@njit
def any_there(rows: Words, order: Words, mask: int, column: int, old: Words) -> bool:
    """Whether any event's key is in a set."""
    found = 0
    for k in range(order.shape[0]):
        place = rows[order[k] & mask, column]
        while old[place & (old.shape[0] - 1)] != 0:
            found += old[place & (old.shape[0] - 1)] == rows[order[k] & mask, column]
            place += 1
    return found != 0


class Table:
    """A hash table of the intake for what is recent, and a set of the keys that are not.

    Nearly every event is the only one of its id, and nearly every call is over in hours. A key that comes again after that
    is rare enough to hold the whole feed for it.
    """

    def __init__(self, width: int, column: int) -> None:
        self._rows: Words = np.zeros((1 << 12, 1 + width), dtype=np.int64)
        self._column = column
        self._old: Words = np.zeros(1 << 12, dtype=np.int64)
        self._old_count = 0
        self.count = 0

    @property
    def keys(self) -> Words:
        """One a place; 0 is empty. Key and values are side by side: who finds the key has the values at hand."""
        return self._rows[:, 0]

    @property
    def values(self) -> Words:
        """By place."""
        return self._rows[:, 1:]

    def make_room(self, entries: int, before: int) -> None:
        """Let `entries` more keys in and stay at most 60 % full; what is older than `before` goes into the set."""
        size = len(self._rows)
        if self.count + entries <= 0.6 * size:
            return
        size_of_old = len(self._old)
        while self._old_count + self.count > 0.6 * size_of_old:
            size_of_old *= 2
        if size_of_old > len(self._old):
            old: Words = np.zeros(size_of_old, dtype=np.int64)
            copy_keys(self._old, old)
            self._old = old
        self._old_count += retire(self._rows, before, self._old)
        kept = int(np.count_nonzero((self.keys != 0) & (self.values[:, 0] >= before)))
        while kept + entries > 0.3 * size:
            size *= 2
        rows: Words = np.zeros((size, self._rows.shape[1]), dtype=np.int64)
        self.count = rehash(self.keys, self.values, rows[:, 0], rows[:, 1:], before)
        self._rows = rows

    def check(self, rows: Words, order: Words, mask: int) -> None:
        """Raise `OutOfOrder` when one of these events has a key that is not recent."""
        if self._old_count and any_there(rows, order, mask, self._column, self._old):
            raise OutOfOrder


@dataclass(slots=True)
class _Shelved:
    """One chunk that was read."""

    first: int
    """Ordinal of its first event."""
    file: str
    lines: npt.NDArray[np.int32]
    table: pa.Table | None


class Shelf:
    """Events by ordinal, for evidence: the tables that were read last, and where the others stand."""

    def __init__(self) -> None:
        self._all: list[_Shelved] = []
        self._recent: deque[_Shelved] = deque()
        self._bytes = 0
        self._wanted: set[int] = set()
        self._kept: dict[int, tuple[int, int]] = {}
        self._tables: list[pa.Table] = []

    def put(self, first: int, table: pa.Table) -> None:
        """Remember a chunk of one file."""
        lines = np.asarray(table["line_number"]).astype(np.int32)
        shelved = _Shelved(first, str(table["file"][0].as_py()), lines, table)
        self._all.append(shelved)
        self._recent.append(shelved)
        self._bytes += table.nbytes
        while self._bytes > SHELF_BYTES and len(self._recent) > 1:
            self._take_down(self._recent.popleft())

    def want(self, ordinals: Iterable[int]) -> None:
        """These will be asked for."""
        self._wanted.update(ordinals)

    def _take_down(self, shelved: _Shelved) -> None:
        assert shelved.table is not None
        last = shelved.first + len(shelved.lines)
        mine = sorted(ordinal for ordinal in self._wanted if shelved.first <= ordinal < last)
        if mine:
            self.keep(mine, shelved.table.take(pa.array([ordinal - shelved.first for ordinal in mine])))
        self._bytes -= shelved.table.nbytes
        shelved.table = None

    def keep(self, ordinals: Sequence[int], table: pa.Table) -> None:
        """Hold these events, row for row."""
        for row, ordinal in enumerate(ordinals):
            self._kept[ordinal] = (len(self._tables), row)
        self._wanted.difference_update(ordinals)
        self._tables.append(table)

    def finish(self) -> tuple[pa.Table, dict[int, int]]:
        """A table of all that were wanted, and the row of each ordinal in it."""
        while self._recent:
            self._take_down(self._recent.popleft())
        by_file: dict[str, list[tuple[int, int]]] = {}
        for ordinal in sorted(self._wanted):
            file, line = self.place(ordinal)
            by_file.setdefault(file, []).append((line, ordinal))
        for file, wanted in by_file.items():
            wanted.sort()
            self.keep([ordinal for _, ordinal in wanted], source_of(file).again(file, [line for line, _ in wanted]))
        starts = np.cumsum([0, *(table.num_rows for table in self._tables)]).tolist()
        table = pa.concat_tables([*self._tables, CALL_SCHEMA.empty_table()]).unify_dictionaries()
        return table, {ordinal: starts[number] + row for ordinal, (number, row) in self._kept.items()}

    def place(self, ordinal: int) -> tuple[str, int]:
        """File and line of an event."""
        shelved = self._all[bisect_right(self._all, ordinal, key=lambda entry: entry.first) - 1]
        return shelved.file, int(shelved.lines[ordinal - shelved.first])

    def read_again(self, ordinals: Words) -> Iterator[pa.Table]:
        """The events themselves, by file."""
        by_file: dict[str, list[int]] = {}
        for ordinal in ordinals.tolist():
            file, line = self.place(ordinal)
            by_file.setdefault(file, []).append(line)
        for file, lines in by_file.items():
            yield source_of(file).again(file, sorted(lines))


@dataclass(slots=True)
class _Opened:
    """A finding as it opened."""

    rule: int
    episode: int
    row: Words
    values: npt.NDArray[np.float64]
    evidence: list[int]


@dataclass(slots=True)
class _Hour:
    """Kernel events of one hour that have not run."""

    parts: list[Words] = field(default_factory=list)
    oldest: int = 2**62
    """Lowest number of a row that they name."""


class Teller(Protocol):
    """Judges what customers have in common; `merger.Together` is one."""

    @property
    def merger(self) -> Merger:
        """What judges."""

    def wait(self, rows: Words) -> int:
        """Let kernel events wait, in order of time; returns how many do."""

    def take_waiting(self) -> tuple[list[Shared], set[int]]:
        """Take all that wait; what opened, and which episodes opened or grew."""

    def finish(self) -> list[Shared]:
        """The ticks that are still open, as if their time had come."""


class Passing:
    """Takes chunks in the order in which they come, runs what can no longer change, and keeps the rest."""

    def __init__(self, plan: Plan, customers: CustomerTable, destinations: Destinations) -> None:
        self._plan = plan
        self._customers = customers
        self._whose = Whose(customers)
        self._destinations = destinations
        self.kernel = Kernel(plan.program, load_run(plan.program))
        self._members = [cohort_members(plan, customers, spec) for spec in plan.program.cohorts]
        self.shelf = Shelf()
        self.opened: list[_Opened] = []
        self.summaries: list[tuple[int, int, Words]] = []
        self.together: Teller = Together(plan, customers, room=TOGETHER + CHUNK)
        self.shared: list[Shared] = []
        """Findings over what customers have in common."""
        self.rejected: list[Rejected] = []
        self.unknown: list[Rejected] = []
        self.contradicting: list[int] = []
        """Ordinals of the events that say something else than earlier ones."""
        self.other: dict[str, int] = {}
        self.fresh = 0
        self.duplicates = 0
        self.kernel_events = 0
        self.attempts: list[tuple[Words, npt.NDArray[np.int32]]] = []
        """Times and customers of attempts, each customer's in order of time."""
        self.calls: dict[int, int] = {}
        """Attempts in each hour, by its start in microseconds."""
        self.owners: list[npt.NDArray[np.int32]] = []
        """Row of the customer of each event that is new; -1 for all others. By chunk."""
        self._starts: list[int] = []
        self._begins: list[int] = []
        self._ids, self._calls = Table(ID_WIDTH, I_ID), Table(CALL_WIDTH, I_CALL)
        self._size = 2 * ROWS
        self._raw, self._intake, self._verdicts = _round_of(0)
        self._space: Words = np.empty(WIDTH * ROWS, dtype=np.int64)
        self._rows: Words = np.empty((PIECE, WIDTH), dtype=np.int64)
        self._out: Words = np.empty((6 * ROWS, EMITTED_WIDTH), dtype=np.int64)
        self._next = 0
        self._carry: Words = np.zeros(0, dtype=np.int64)
        self._admitted = -(2**62)
        self._high = -(2**62)
        self._hours: dict[int, _Hour] = {}
        self._ran = -(2**62)
        self._day: int | None = None

    # -- events

    def take(self, chunk: EventChunk) -> None:
        """One chunk of one file."""
        chunk = self._whose.named(chunk)
        self.rejected += chunk.rejected
        for kind, count in chunk.other.items():
            self.other[kind] = self.other.get(kind, 0) + count
        for first in range(0, chunk.calls.num_rows, ROWS):
            self._take(chunk.calls.slice(first, ROWS))

    def _take(self, table: pa.Table) -> None:
        n, base = table.num_rows, self._next
        if not base:
            self._size = _likely_rows(table)
            self._raw, self._intake, self._verdicts = _round_of(self._size)
        self._make_round(base, n)
        known = encode_round(
            table, self._customers, self._destinations, self._space, self._raw, self._intake, base, self._size - 1
        )
        self.shelf.put(base, table)
        self.owners.append(np.full(n, -1, dtype=np.int32))
        self._starts.append(base)
        self._begins.append(int(pc.min(table["time_us"]).as_py()))
        self._next = base + n
        ordinals = np.arange(base, base + n)
        if not known.all():
            self.unknown += strangers(table, np.flatnonzero(~known))
            ordinals = ordinals[known]
        if len(ordinals):
            self._high = max(self._high, int(self._intake[ordinals & (self._size - 1), I_TIME].max()))
        self._go_on(np.concatenate([self._carry, ordinals]), self._high - LATEST_US)

    def finish(self) -> None:
        """Everything has come."""
        self._go_on(self._carry, 2**60)
        if self._day is not None:
            self._sum_up((self._day + 1) * DAY_US)
        self._look_across()
        self._share(self.together.finish())

    def _make_round(self, base: int, n: int) -> None:
        """Have room for `n` rows beside all that are still named."""
        oldest = min([base, *self._carry.tolist(), *(hour.oldest for hour in self._hours.values())])
        if base + n - oldest <= self._size:
            return
        size = self._size
        while base + n - oldest > size:
            size *= 2
        raw, intake, verdicts = _round_of(size)
        first = max(oldest, base - self._size)
        while first < base:  # stretches that are in one piece in both
            there, here = first & (self._size - 1), first & (size - 1)
            count = min(base - first, self._size - there, size - here)
            raw[here : here + count] = self._raw[there : there + count]
            intake[here : here + count] = self._intake[there : there + count]
            first += count
        self._raw, self._intake, self._verdicts, self._size = raw, intake, verdicts, size

    def _go_on(self, ordinals: Words, until_us: int) -> None:
        """Admit what happened before `until_us`, and run what can no longer change."""
        at = ordinals & (self._size - 1)
        # Of one instant, the attempt before the answer before the end, whatever order they came in.
        keys = self._intake[at, I_TIME] * KINDS + self._intake[at, I_KIND]
        if len(keys) and (np.diff(keys) < 0).any():
            order = np.argsort(keys, kind="stable")
            ordinals, keys = ordinals[order], keys[order]
        if len(keys) and keys[0] < self._admitted:
            raise OutOfOrder
        stop = int(np.searchsorted(keys, until_us * KINDS, side="left"))
        self._carry = ordinals[stop:]
        if stop:
            self._admitted = int(keys[stop - 1])
            self._admit(ordinals[:stop])
        self._run_until((until_us - LONGEST_US) // HOUR_US)

    def _admit(self, order: Words) -> None:
        n = len(order)
        if 3 * n > len(self._out):
            self._out = np.empty((6 * n, EMITTED_WIDTH), dtype=np.int64)
        before = int(self._intake[order[0] & (self._size - 1), I_TIME]) - LONGEST_US
        for table in (self._ids, self._calls):
            table.make_room(n, before)
            table.check(self._intake, order, self._size - 1)
        counts = np.array([self._ids.count, self._calls.count], dtype=np.int64)
        used = admit_round(
            self._intake, order, 0, self._size - 1, self._ids.keys, self._ids.values, self._calls.keys, self._calls.values,
            counts, self._verdicts, self._out,
        )  # fmt: skip
        self._ids.count, self._calls.count = int(counts[0]), int(counts[1])
        verdicts = self._verdicts[order & (self._size - 1)]
        new = order[verdicts == NEW]
        self.fresh += len(new)
        self.duplicates += int(np.count_nonzero(verdicts == DUPLICATE))
        self._note_owners(new)
        contradicting = order[verdicts == CONTRADICTS].tolist()
        self.contradicting += contradicting
        self.shelf.want(contradicting)
        self._wait(self._out[:used])

    def _note_owners(self, new: Words) -> None:
        owners = self._raw[new & (self._size - 1), COLUMN_INDEX["customer_row"]]
        chunk = np.searchsorted(self._starts, new, side="right") - 1
        for number in np.unique(chunk).tolist():
            mine = chunk == number
            self.owners[number][new[mine] - self._starts[number]] = owners[mine]

    def _wait(self, emitted: Words) -> None:
        """Put kernel events to their hours."""
        if not len(emitted):
            return
        if int(emitted[:, O_SOURCE].min()) < self._next - self._size:
            raise OutOfOrder  # the attempt is no longer at hand
        hours = emitted[:, O_TIME] // HOUR_US
        if int(hours.min()) < self._ran:
            raise OutOfOrder
        order = np.argsort(hours, kind="stable")
        ordered, hours = emitted[order], hours[order]
        cuts = [0, *(np.flatnonzero(np.diff(hours)) + 1).tolist(), len(hours)]
        for first, stop in pairwise(cuts):
            hour = self._hours.setdefault(int(hours[first]), _Hour())
            part = ordered[first:stop]
            hour.parts.append(part)
            hour.oldest = min(hour.oldest, int(part[:, O_SOURCE].min()))

    # -- kernel events

    def _run_until(self, hour: int) -> None:
        """Run all hours before this one, those of a day together."""
        for day, numbers in groupby(sorted(number for number in self._hours if number < hour), lambda number: number // 24):
            if self._day is not None and day != self._day:
                # The midnight that closes the last day with an event: those without one have nothing to add.
                self._sum_up((self._day + 1) * DAY_US)
            self._day = day
            hours: list[Words] = []
            for number in numbers:
                parts = self._hours.pop(number).parts
                hours.append(in_order(np.concatenate(parts) if len(parts) > 1 else parts[0]))
            self._run(np.concatenate(hours))
        self._ran = max(self._ran, hour)

    def _run(self, emitted: Words) -> None:
        customers, column = self._customers, COLUMN_INDEX
        starts, since, offsets = customers.zone_arrays
        self.kernel_events += len(emitted)
        for begin in range(0, len(emitted), CHUNK):
            block = self._by_customer(emitted[begin : begin + CHUNK])
            waiting = 0
            for first in range(0, len(block), len(self._rows)):
                count = min(len(self._rows), len(block) - first)
                rows = self._rows[:count]
                fill_round(
                    block, first, count, self._raw, 0, self._size - 1, rows, KNOWN_AT, customers.zones, starts, since, offsets,
                    month_of_day(),
                )  # fmt: skip
                outcome = apply_in_time(self.kernel, rows, np.arange(count), customers)
                for found in outcome.opened:
                    row = rows[found.position].copy()
                    evidence = list(dict.fromkeys(found.evidence.tolist()))
                    self.opened.append(_Opened(found.rule, found.episode, row, found.values, evidence))
                    self.shelf.want([*evidence, int(row[column["ordinal"]])])
                waiting = self.together.wait(rows)
                self._note_attempts(rows[rows[:, column["kind"]] == ATTEMPT])
            # What customers have in common is looked at some rows at a time: a look costs about the same, however few there are.
            if waiting >= TOGETHER:
                self._look_across()

    def _by_customer(self, emitted: Words) -> Words:
        """Kernel events one customer after the other, each customer's in order of time.

        No customer's state depends on another's, and what one needs stays near the processor while its events run. Where the
        policy or the order of somebody changes in between, they stay in order of time.
        """
        if self._customers.turns and self._customers.turns_between(int(emitted[0, O_TIME]), int(emitted[-1, O_TIME])):
            return emitted
        owners = self._raw[emitted[:, O_SOURCE] & (self._size - 1), COLUMN_INDEX["customer_row"]]
        few = len(self._customers.customers) <= _FEW
        return emitted[np.argsort(owners.astype(np.uint16) if few else owners, kind="stable")]

    def _note_attempts(self, rows: Words) -> None:
        times = rows[:, COLUMN_INDEX["time"]].copy()
        hours, calls = np.unique(times // HOUR_US, return_counts=True)
        for hour, count in zip((hours * HOUR_US).tolist(), calls.tolist(), strict=True):
            self.calls[hour] = self.calls.get(hour, 0) + count
        self.attempts.append((times, rows[:, COLUMN_INDEX["customer_row"]].astype(np.int32)))

    def _look_across(self) -> None:
        self._share(self.together.take_waiting()[0])

    def _share(self, opened: list[Shared]) -> None:
        self.shared += opened
        for shared in opened:
            self.shelf.want(shared.evidence)

    def _sum_up(self, midnight: int) -> None:
        for index, spec in enumerate(self._plan.program.cohorts):
            members = self._members[index]
            if len(members):
                self.summaries.append((index, midnight, cohort_totals(self.kernel, spec, members, self._customers, midnight)))

    def ordinals_of(self, owner: int, before_us: int) -> Words:
        """The new events of one customer, without chunks in which nothing happened before an instant."""
        chunks = zip(self._starts, self.owners, self._begins, strict=True)
        found = [start + np.flatnonzero(owners == owner) for start, owners, begin in chunks if begin < before_us]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def calls_round(self, hits: Sequence[Hit]) -> list[Series]:
        """Calls of the customer round each hit."""
        named = np.unique(np.array([hit.customer_row for hit in hits], dtype=np.int32))
        mine = [(times[chosen], owners[chosen]) for times, owners in self.attempts if (chosen := np.isin(owners, named)).any()]
        times = np.concatenate([part[0] for part in mine]) if mine else np.zeros(0, dtype=np.int64)
        owners = np.concatenate([part[1] for part in mine]) if mine else np.zeros(0, dtype=np.int32)
        return [series_round(times[owners == hit.customer_row], hit) for hit in hits]

    def hit(self, opened: _Opened) -> Hit:
        """A finding as it is by now; its events by ordinal."""
        first, last, count = self.kernel.episode(opened.episode)
        return Hit(
            rule=opened.rule,
            customer_row=int(opened.row[COLUMN_INDEX["customer_row"]]),
            time_us=first,
            last_us=last,
            count=count,
            event_row=int(opened.row[COLUMN_INDEX["ordinal"]]),
            row=opened.row,
            values=opened.values,
            evidence=opened.evidence,
        )


def _round_of(size: int) -> tuple[Words, Words, npt.NDArray[np.int8]]:
    """Room for so many rows: raw rows, the intake's, and verdicts."""
    raw: Words = np.empty((size, WIDTH), dtype=np.int64)
    intake: Words = np.empty((size, INTAKE_WIDTH), dtype=np.int64)
    return raw, intake, np.zeros(size, dtype=np.int8)


def _likely_rows(table: pa.Table) -> int:
    """Rows that are probably named at a time, by how closely the first ones follow each other: a power of two. To grow costs
    memory that is new, which takes longer than what is done with it."""
    times = pc.min_max(table["time_us"]).as_py()
    span = max(times["max"] - times["min"], HOUR_US)
    likely = 2 * ROWS + table.num_rows * (LONGEST_US + 3 * LATEST_US) // span
    return int(min(1 << (likely - 1).bit_length(), MOST_LIKELY))


def judge_passing(plan: Plan, customers: CustomerTable, destinations: Destinations, chunks: Iterable[EventChunk]) -> Judged:
    """Judge a feed while it is read.

    Raises
    ------
    OutOfOrder
        It cannot be judged that way.
    """
    passing = Passing(plan, customers, destinations)
    with memory_kept():
        for chunk in chunks:
            passing.take(chunk)
        passing.finish()
    hits = [passing.hit(opened) for opened in passing.opened]
    hits += [shared_hit(passing.together.merger, shared) for shared in passing.shared]
    hits += _cohort_hits(plan, customers, destinations, passing)
    table, place = passing.shelf.finish()
    for hit in hits:
        hit.evidence = [place[ordinal] for ordinal in hit.evidence]
        hit.event_row = place.get(hit.event_row, -1)
    found = sorted(
        ((make_finding(plan, customers, table, hit), hit) for hit in hits), key=lambda pair: (pair[1].time_us, pair[0].finding_id)
    )
    contradicting = np.array([place[ordinal] for ordinal in sorted(passing.contradicting)], dtype=np.int64)
    owners = np.unique(np.concatenate(passing.owners)) if passing.owners else np.zeros(0, dtype=np.int32)

    def evidence(reproduce: str) -> list[Evidence]:
        rounds = passing.calls_round([hit for _, hit in found])
        return [
            evidence_of(plan, customers, table, finding, hit, calls, reproduce)
            for (finding, hit), calls in zip(found, rounds, strict=True)
        ]

    return Judged(
        found=found,
        events=passing.fresh + sum(passing.other.values()),
        duplicates=passing.duplicates,
        late=passing.kernel.late,
        rejected=passing.rejected + passing.unknown + contradictions(table, contradicting),
        customers=[int(owner) for owner in owners if owner >= 0],
        other=passing.other,
        silenced=passing.kernel.state.silenced + passing.together.merger.silenced[: len(passing.kernel.state.silenced)],
        calls={hour: count for hour, count in passing.calls.items() if count},
        evidence=evidence,
        decide=None,
    )


def _cohort_hits(plan: Plan, customers: CustomerTable, destinations: Destinations, passing: Passing) -> list[Hit]:
    """Comparisons at midnight, with the events that were counted last."""
    hits = cohort_hits(plan, customers, {(midnight, index): totals for index, midnight, totals in passing.summaries})
    for hit in hits:
        hit.evidence = counted_before(plan, customers, destinations, passing, hit)
    return hits


def counted_before(plan: Plan, customers: CustomerTable, destinations: Destinations, passing: Passing, hit: Hit) -> list[int]:
    """Ordinals of the last events that were counted in what a customer is compared by at a midnight, oldest first."""
    some, found = 256, None
    while found is None:
        found = _counted_last(plan, customers, destinations, passing, hit, some)
        some *= 8
    return found


def _counted_last(
    plan: Plan, customers: CustomerTable, destinations: Destinations, passing: Passing, hit: Hit, some: int
) -> list[int] | None:
    """Found by running the customer's last `some` events before the midnight once more; None where those are too few."""
    midnight = midnight_of(hit)
    mine = passing.ordinals_of(hit.customer_row, midnight + LONGEST_US)
    ordinals = mine[-some:]
    tables = list(passing.shelf.read_again(ordinals))
    chunks = (EventChunk(calls=table, other={}, rejected=[], bytes_read=0) for table in tables)
    feed = read_feed(chunks, customers, destinations)
    rows = counted_last(plan, feed, hit.rule, hit.customer_row, midnight)
    if len(ordinals) < len(mine):
        # A call that began before them is not told by them as it was by all.
        surely = pc.min(feed.table["time_us"]).as_py() + LATEST_US + LONGEST_US
        if len(rows) < SHOWN or min(feed.table["time_us"][row].as_py() for row in rows) < surely:
            return None
    found: list[int] = ordinals[rows].tolist()
    passing.shelf.keep(found, feed.table.take(pa.array(rows, pa.int64())))
    return found


def in_order(emitted: Words) -> Words:
    """Kernel events by time, then call, then phase: an order that no feed's shape can change."""
    times = emitted[:, O_TIME].copy()
    order = np.argsort(times)
    ordered = times[order]
    same = int(np.count_nonzero(ordered[1:] == ordered[:-1]))
    if 4 * same > len(emitted):
        order = np.lexsort((emitted[:, O_PHASE], emitted[:, O_CALL], times))
    elif same:
        settle(emitted, order)
    return emitted[order]


def may_pass(paths: Sequence[str]) -> bool:
    """Whether files can be read twice and come one after the other in time, as far as their beginnings tell."""
    latest = -(2**62)
    files = event_files(paths)
    if not all(Path(path).is_file() for path in files):
        return False
    if len(files) == 1:
        return True
    for path in files:
        calls = next((chunk.calls for chunk in source_of(path).read(path, rows=256) if chunk.calls.num_rows), None)
        if calls is None:
            continue
        first = pc.min(calls["time_us"]).as_py()
        if first < latest:
            return False
        latest = first
    return True
