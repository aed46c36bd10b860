"""Events one at a time or some at a time through the same plan and kernel as a replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.kernel.arena import rehash
from fairwire.kernel.intake import (
    CALL_WIDTH,
    CONTRADICTS,
    DUPLICATE,
    EMITTED_WIDTH,
    I_TIME,
    ID_WIDTH,
    NEW,
    O_CALL,
    O_PHASE,
    O_SOURCE,
    O_TIME,
    admit,
)
from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, COLUMNS, UNKNOWN
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, HOUR_US, format_us
from fairwire.ports.events import CALL_SCHEMA, Rejected
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.destinations import Destinations
from fairwire.runtime.encode import encode
from fairwire.runtime.engine import Cohorts, Hit, cohort_members, cohort_totals, kernel_rows
from fairwire.runtime.findings import make_finding
from fairwire.runtime.machine import load_run
from fairwire.runtime.merger import Merger, Together
from fairwire.runtime.plans import Plan
from fairwire.sources.jsonl.decoding import decode_lines

Words = npt.NDArray[np.int64]
Key = tuple[str, int]
"""Where a finding came from (`calls`, `cohort` or `across`), and its episode there."""

REMEMBERED = 1 << 16
"""Events whose content is at hand, for evidence and for answers that come without their attempt's fields."""


class GrowingTable:
    """A hash table of the intake that makes room for itself."""

    def __init__(self, width: int) -> None:
        self.keys: Words = np.zeros(1 << 12, dtype=np.int64)
        self.values: Words = np.zeros((1 << 12, width), dtype=np.int64)
        self.count = 0

    def make_room(self, entries: int) -> None:
        """Let `entries` more keys in and stay at most 60 % full."""
        size = len(self.keys)
        if self.count + entries <= 0.6 * size:
            return
        while self.count + entries > 0.5 * size:
            size *= 2
        keys: Words = np.zeros(size, dtype=np.int64)
        values: Words = np.zeros((size, self.values.shape[1]), dtype=np.int64)
        self.count = rehash(self.keys, self.values, keys, values, -(2**62))
        self.keys, self.values = keys, values


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A finding that is open, the hit it came from, and the events that show it."""

    finding: Finding
    hit: Hit
    table: pa.Table


@dataclass(slots=True, kw_only=True)
class Taken:
    """What came of a batch."""

    fresh: list[int] = field(default_factory=list)
    """Places in the batch of the events that are new."""
    duplicates: int = 0
    contradicting: list[Rejected] = field(default_factory=list)
    touched: set[Key] = field(default_factory=set)
    """Findings that opened or grew."""
    held: list[tuple[int, int, Key]] = field(default_factory=list)
    """(place in the batch, rule, finding) for every attempt on which a rule held."""
    calls_by_hour: dict[int, int] = field(default_factory=dict)
    """Start of the hour in microseconds -> attempts in it."""
    new_callee: dict[int, bool] = field(default_factory=dict)
    """Place in the batch of each outbound attempt -> whether its number was never called before."""


class Stream:
    """Kernel, cohorts and intake of a running service. Used from one thread."""

    def __init__(self, plan: Plan, customers: CustomerTable, destinations: Destinations) -> None:
        self.plan = plan
        self.customers = customers
        self.kernel = Kernel(plan.program, load_run(plan.program))
        self.known: dict[Key, Known] = {}
        self._destinations = destinations
        self._cohorts = Cohorts(plan, customers)
        self._together = Together(plan, customers)
        self._members = [cohort_members(plan, customers, spec) for spec in plan.program.cohorts]
        self._ids = GrowingTable(ID_WIDTH)
        self._calls = GrowingTable(CALL_WIDTH)
        self._next_row = 0
        self._raw: Words = np.zeros((REMEMBERED, len(COLUMNS)), dtype=np.int64)
        self._lines: list[bytes] = [b""] * REMEMBERED
        self._day_us: int | None = None

    def warm(self) -> None:
        """Load all compiled code now, so that the first event does not wait for it."""
        self.take(CALL_SCHEMA.empty_table(), [], warm=True)

    def take(self, table: pa.Table, lines: Sequence[bytes], *, warm: bool = False) -> Taken:
        """Count, run and judge calls of known customers.

        Parameters
        ----------
        table, lines
            The events as columns (`CALL_SCHEMA`) and as they came, row for row; at most `REMEMBERED`.
        """
        if not table.num_rows and not warm:
            return Taken()
        encoded = encode(table, self.customers, self._destinations)
        taken, contradicting = self.take_rows(encoded.raw, encoded.intake, lines)
        taken.contradicting = [_contradiction(table, row) for row in contradicting]
        if warm:
            self.kernel.apply(encoded.raw, np.zeros(0, dtype=np.int64), self.customers.values)
        return taken

    def take_rows(self, raw: Words, intake: Words, lines: Sequence[bytes]) -> tuple[Taken, list[int]]:
        """The same for rows that are encoded already; also the places of those that contradict earlier ones."""
        taken = Taken()
        n = len(raw)
        base = self._next_row
        self._ids.make_room(n)
        self._calls.make_room(n)
        counts = np.array([self._ids.count, self._calls.count], dtype=np.int64)
        verdicts = np.full(n, -1, dtype=np.int8)
        out: Words = np.empty((3 * n, EMITTED_WIDTH), dtype=np.int64)
        order = np.argsort(intake[:, I_TIME], kind="stable")
        ids, calls = self._ids, self._calls
        used = admit(intake, order, base, ids.keys, ids.values, calls.keys, calls.values, counts, verdicts, out)
        ids.count, calls.count = int(counts[0]), int(counts[1])
        for i in range(n):
            self._raw[(base + i) % REMEMBERED] = raw[i]
            self._lines[(base + i) % REMEMBERED] = lines[i]
        self._next_row = base + n
        # An answer whose attempt is no longer at hand is told by its end.
        emitted = out[:used][out[:used, O_SOURCE] >= self._next_row - REMEMBERED]
        emitted = emitted[np.lexsort((emitted[:, O_PHASE], emitted[:, O_CALL], emitted[:, O_TIME]))]
        self._run(emitted, base, taken)
        taken.fresh = [int(i) for i in np.flatnonzero(verdicts == NEW)]
        taken.duplicates = int(np.count_nonzero(verdicts == DUPLICATE))
        for key in taken.touched:
            self._grow(key)
        return taken, [int(i) for i in np.flatnonzero(verdicts == CONTRADICTS)]

    def _run(self, emitted: Words, base: int, taken: Taken) -> None:
        """Kernel events in order, with the midnights between them."""
        column = COLUMN_INDEX
        at = 0
        while at < len(emitted):
            now = int(emitted[at, O_TIME])
            if self._day_us is None:
                self._day_us = now // DAY_US * DAY_US
            while now >= self._day_us + DAY_US:
                self._day_us += DAY_US
                self._midnight(self._day_us, taken)
            midnight = self._day_us + DAY_US
            stop = max(at + 1, at + int(np.searchsorted(emitted[at:, O_TIME], midnight, side="left")))
            local = emitted[at:stop].copy()
            local[:, O_SOURCE] %= REMEMBERED
            rows = kernel_rows(local, self._raw, self.customers)
            outcome = self.kernel.apply(rows, np.arange(len(rows)), self.customers.values)
            for opened in outcome.opened:
                row = rows[opened.position].copy()
                evidence = [event for event in dict.fromkeys(opened.evidence.tolist()) if event >= self._next_row - REMEMBERED]
                key = ("calls", opened.episode)
                hit = self._hit(key, opened.rule, row, opened.values, int(row[column["ordinal"]]), evidence)
                self._open(key, hit, taken)
            self._across(rows, taken)
            for position, rule, episode in outcome.hits.tolist():
                taken.touched.add(("calls", episode))
                if rows[position, column["kind"]] == ATTEMPT:
                    taken.held.append((int(rows[position, column["ordinal"]]) - base, rule, ("calls", episode)))
            hours, counted = np.unique(local[local[:, O_PHASE] == ATTEMPT, O_TIME] // HOUR_US, return_counts=True)
            for hour, count in zip(hours.tolist(), counted.tolist(), strict=True):
                taken.calls_by_hour[hour * HOUR_US] = taken.calls_by_hour.get(hour * HOUR_US, 0) + count
            for row in rows:
                if row[column["kind"]] == ATTEMPT and row[column["new_callee"]] != UNKNOWN:
                    taken.new_callee[int(row[column["ordinal"]]) - base] = bool(row[column["new_callee"]])
            at = stop

    def _midnight(self, midnight: int, taken: Taken) -> None:
        for index, spec in enumerate(self.plan.program.cohorts):
            members = self._members[index]
            if len(members):
                totals = cohort_totals(self.kernel, spec, members, self.customers, midnight)
                for rule, episode, _, row, values in self._cohorts.judge(index, midnight, totals):
                    key = ("cohort", episode)
                    self._open(key, self._hit(key, rule, row, values, -1, []), taken)

    def _across(self, rows: Words, taken: Taken) -> None:
        """What customers have in common, at the ticks that these kernel events close."""
        opened, grown = self._together.take(rows)
        for shared in opened:
            key = ("across", shared.episode)
            evidence = [event for event in shared.evidence if event >= self._next_row - REMEMBERED]
            self._open(key, self._hit(key, shared.rule, shared.row, shared.values, -1, evidence), taken)
        taken.touched |= {("across", episode) for episode in grown}

    def _hit(
        self,
        key: Key,
        rule: int,
        row: Words,
        values: npt.NDArray[np.float64],
        event_row: int,
        evidence: list[int],
    ) -> Hit:
        first, last, count = self._kernel_of(key).episode(key[1])
        return Hit(
            rule=rule,
            customer_row=int(row[COLUMN_INDEX["customer_row"]]),
            time_us=first,
            last_us=last,
            count=count,
            event_row=event_row,
            row=row,
            values=values,
            evidence=evidence,
        )

    def _kernel_of(self, key: Key) -> Kernel | Merger:
        if key[0] == "across":
            return self._together.merger
        return self.kernel if key[0] == "calls" else self._cohorts.kernel

    def _open(self, key: Key, hit: Hit, taken: Taken) -> None:
        """Make the finding; its events become a small table of their own, for they will not be at hand for ever."""
        wanted = [*hit.evidence, *([hit.event_row] if hit.event_row >= 0 else [])]
        rows = [row for row in dict.fromkeys(wanted) if row >= self._next_row - REMEMBERED]
        table = decode_lines([self._lines[row % REMEMBERED] for row in rows], range(len(rows)), file="", now_us=None).calls
        place = {row: i for i, row in enumerate(rows)}
        own = replace(
            hit,
            event_row=place.get(hit.event_row, -1),
            evidence=[place[row] for row in hit.evidence if row in place],
        )
        self.known[key] = Known(finding=make_finding(self.plan, self.customers, table, own), hit=own, table=table)
        taken.touched.add(key)

    def _grow(self, key: Key) -> None:
        """Bring a finding's end and count up to now."""
        was = self.known[key]
        _, last, count = self._kernel_of(key).episode(key[1])
        grown = msgspec.structs.replace(was.finding, last_seen=format_us(last), count=count)
        self.known[key] = Known(finding=grown, hit=replace(was.hit, last_us=last, count=count), table=was.table)


def _contradiction(table: pa.Table, row: int) -> Rejected:
    event, line = table["id"][row].as_py(), int(table["line_number"][row].as_py())
    reason = f"event `{event}` contradicts an earlier one of the same id or phase; the first was kept"
    return Rejected(file="", line=line, field="id", reason=reason, record="")
