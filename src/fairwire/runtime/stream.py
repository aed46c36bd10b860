"""Events one at a time or some at a time through the same plan and kernel as a replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import structlog

from fairwire.enforcement.grant_cover import Seen
from fairwire.kernel.arena import find, mix, rehash
from fairwire.kernel.burst import enter, foresee
from fairwire.kernel.hashing import key_of
from fairwire.kernel.intake import (
    CALL_WIDTH,
    CONTRADICTS,
    DUPLICATE,
    EMITTED_WIDTH,
    I_TIME,
    ID_WIDTH,
    INTAKE_WIDTH,
    KNOWN_AT,
    NEW,
    O_CALL,
    O_PHASE,
    O_SOURCE,
    O_TIME,
    admit,
    fill,
    renumber,
)
from fairwire.kernel.kernel import Kernel, Opened, Outcome
from fairwire.kernel.layout import BUMP
from fairwire.kernel.state import State
from fairwire.model.columns import ANSWERED, ATTEMPT, COLUMN_INDEX, DIRECTIONS, ENDED, UNKNOWN, WIDTH
from fairwire.model.errors import FairwireError
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, HOUR_US, format_us
from fairwire.numbers.destinations import Destinations
from fairwire.ports.events import CALL_SCHEMA, Rejected
from fairwire.runtime.covering import CALLS, Covering
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode import encode
from fairwire.runtime.engine import Cohorts, Hit, cohort_members, cohort_totals, kernel_rows
from fairwire.runtime.feed import month_of_day
from fairwire.runtime.findings import finding_shown
from fairwire.runtime.gather import fill_one
from fairwire.runtime.grant_book import GrantBook
from fairwire.runtime.grant_seen import flat_event, seen_of
from fairwire.runtime.in_time import apply_in_time, apply_to_stop_in_time
from fairwire.runtime.known_events import KnownEvents
from fairwire.runtime.machine import load_run
from fairwire.runtime.merger import Merger, Shared, Together
from fairwire.runtime.named import InLines
from fairwire.runtime.pages import Ahead, Spares
from fairwire.runtime.plans import Plan
from fairwire.runtime.running import RunningCalls
from fairwire.runtime.shelf import kernel_of, shelf_on_disk

notices = structlog.get_logger()

Words = npt.NDArray[np.int64]
Key = tuple[str, int]
"""Where a finding came from (`calls`, `cohort`, `across` or `apart:...`), and its episode there."""

_MONTH, _DAY, _NEW_CALLEE = (COLUMN_INDEX[name] for name in ("local_month", "local_day", "new_callee"))
_RATE, _KIND, _CUSTOMER, _DIRECTION = (COLUMN_INDEX[name] for name in ("rate", "kind", "customer", "direction"))
_TIME, _ORDINAL = COLUMN_INDEX["time"], COLUMN_INDEX["ordinal"]
INBOUND = DIRECTIONS.index("inbound") + 1
REMEMBERED = 1 << 16
"""Events whose content is at hand, for evidence and for answers that come without their attempt's fields."""
LOOK_AHEAD = 256
"""Events after which memory is looked at again: they need a megabyte or so."""
_SMALL = 1 << 15
"""Keys of a table that is made in no time."""
BURST = 64
"""Attempts that `take_foreseen` takes at the most."""


class GrowingTable:
    """A hash table of the intake that makes room for itself. `name`: that of the memory that it asks for."""

    def __init__(self, width: int, name: str = "") -> None:
        self.keys: Words = np.zeros(1 << 12, dtype=np.int64)
        self.values: Words = np.zeros((1 << 12, width), dtype=np.int64)
        self.count = 0
        self.name = name
        self.spares: Spares | None = None

    def look_ahead(self, spares: Spares) -> None:
        """Ask for the memory that it will be copied to before long."""
        self.spares, size = spares, 2 * len(self.keys)
        if self.count > 0.25 * size and size > _SMALL:
            spares.ask(f"{self.name}.keys", (size,))
            spares.ask(f"{self.name}.values", (size, self.values.shape[1]))

    def make_room(self, entries: int, keep_after: int = -(2**62)) -> None:
        """Let `entries` more keys in and stay at most 60 % full; when it grows, leave behind what is older than `keep_after`."""
        size = len(self.keys)
        if self.count + entries <= 0.6 * size:
            return
        while self.count + entries > 0.5 * size:
            size *= 2
        spares = self.spares or Spares()
        keys = spares.take(f"{self.name}.keys", (size,))
        values = spares.take(f"{self.name}.values", (size, self.values.shape[1]))
        self.count = rehash(self.keys, self.values, keys, values, keep_after)
        self.keys, self.values = keys, values


class PlanChanged(FairwireError):
    """A running service cannot go on under a plan that counts something else."""

    code = "FW-VER-015"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A finding that is open, the hit it came from, and the events that show it."""

    finding: Finding
    hit: Hit
    events: KnownEvents


class Taken(msgspec.Struct, kw_only=True):
    """What came of a batch."""

    fresh: list[int] = []
    """Places in the batch of the events that are new."""
    duplicates: int = 0
    contradicting: list[Rejected] = []
    touched: set[Key] = set()
    """Findings that opened or grew."""
    opened: bool = False
    """One opened."""
    held: list[tuple[int, int, Key]] = []
    """(place in the batch, rule, finding) for every attempt on which a rule held."""
    calls_by_hour: dict[int, int] = {}
    """Start of the hour in microseconds -> attempts in it."""
    new_callee: dict[int, bool] = {}
    """Place in the batch of each outbound attempt -> whether its number was never called before."""
    local_month: int | None = None
    """Of a batch of one: calendar month in the customer's zone."""
    local_day: int | None = None
    """The same: calendar day."""


class Stream:
    """Kernel, cohorts and intake of a running service. Used from one thread."""

    def __init__(self, plan: Plan, customers: CustomerTable, destinations: Destinations) -> None:
        self.plan = plan
        self.customers = customers
        loops = self._loops = load_run(plan.program)
        loops.behind = True
        self.kernel = kernel_of(plan.program, loops)
        self._known: dict[Key, Known] = {}
        self._grown: set[Key] = set()
        """Findings whose end and count in `_known` are of some calls ago."""
        self._destinations = destinations
        self._cohorts = Cohorts(plan, customers)
        self._together = Together(plan, customers)
        self._members = [cohort_members(plan, customers, spec) for spec in plan.program.cohorts]
        self.covering = Covering(plan, customers, loops, self._look, self._would_be)
        self._ids = GrowingTable(ID_WIDTH, "ids")
        self._calls = GrowingTable(CALL_WIDTH, "calls")
        self._next_row = 0
        self._raw: Words = np.zeros((REMEMBERED, WIDTH), dtype=np.int64)
        self._lines: list[bytes] = [b""] * REMEMBERED
        self._day_us: int | None = None
        self.running = RunningCalls()
        """What calls in progress cost."""
        self._one = (
            np.zeros(2, dtype=np.int64),
            np.zeros(1, dtype=np.int8),
            np.empty((3, EMITTED_WIDTH), dtype=np.int64),
            np.empty((1, WIDTH), dtype=np.int64),
            np.zeros(1, dtype=np.int64),
        )
        """Memory for one event: counts, verdict, kernel events, kernel row, a nought."""
        self._some = (
            np.zeros(BURST, dtype=np.int8),
            np.empty((3 * BURST, EMITTED_WIDTH), dtype=np.int64),
            np.zeros((BURST, WIDTH), dtype=np.int64),
            np.arange(BURST, dtype=np.int64),
        )
        """The same for a burst, but for the counts."""
        self._ahead: Ahead | None = None
        self._spares = Spares()

    @property
    def code_is_coming(self) -> bool:
        """Machine code for calls is being made or loaded on another thread."""
        return self._loops.coming

    def stay_ahead(self) -> None:
        """From now on have memory at hand before an event needs it: somebody waits for each."""
        self.kernel.reserve()
        self._ahead = Ahead()
        self._look_ahead()

    def _look_ahead(self) -> None:
        if self._ahead is None:
            return
        state, spares = self.kernel.state, self._spares
        self._ahead.look(state.heap, int(state.meta[BUMP]), [self._raw])
        state.spares = spares.take
        for name in state.keys:
            shape = state.wants(name)
            if shape is not None:
                spares.ask(name, shape)
        self._ids.look_ahead(spares)
        self._calls.look_ahead(spares)

    def warm(self) -> None:
        """Load all compiled code now, so that the first event does not wait for it."""
        self.take(CALL_SCHEMA.empty_table(), [], warm=True)
        self._warm_one()

    def _warm_one(self) -> None:
        """Run a call that nobody made through code and memory that are thrown away: each function is compiled at its first use,
        and some of that is not seen by a batch without an event."""
        raw: Words = np.full((1, WIDTH), UNKNOWN, dtype=np.int64)
        raw[0, _CUSTOMER] = raw[0, COLUMN_INDEX["line"]] = raw[0, COLUMN_INDEX["callee"]] = 1
        raw[0, COLUMN_INDEX["customer_row"]], raw[0, _DIRECTION], raw[0, COLUMN_INDEX["time"]] = 0, 1, DAY_US
        intake: Words = np.empty((1, INTAKE_WIDTH), dtype=np.int64)
        ids, calls = GrowingTable(ID_WIDTH), GrowingTable(CALL_WIDTH)
        counts, verdicts, out, rows, nought = self._one
        starts, since, offsets = self.customers.zone_arrays
        kernel = Kernel(self.plan.program, self._loops)
        for phase in (ATTEMPT, ANSWERED, ENDED):
            raw[0, _KIND] = phase
            fill_one(raw, 1, phase, 1, UNKNOWN, UNKNOWN, intake)
            counts[:] = 0
            used = admit(intake, nought, 0, ids.keys, ids.values, calls.keys, calls.values, counts, verdicts, out)
            if used and self.customers.customers:
                fill(out, 0, 1, raw, 0, rows, KNOWN_AT, self.customers.zones, starts, since, offsets, month_of_day())
                rows[0, _KIND] = phase
                apply_in_time(kernel, rows, nought, self.customers)
        ids.make_room(len(ids.keys))
        kernel.state.make_room("pairs", len(kernel.state.keys["pairs"]))
        self._together.warm(rows)

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
            nothing: Words = np.zeros(0, dtype=np.int64)
            emitted: Words = np.zeros((0, EMITTED_WIDTH), dtype=np.int64)
            renumber(nothing, nothing, encoded.intake, 0, self._calls.keys, self._calls.values, emitted)
            self.kernel.apply(encoded.raw, np.zeros(0, dtype=np.int64), self.customers.values)
            ids, calls, (verdicts, out, rows, order) = self._ids, self._calls, self._some
            foresee(encoded.intake, 0, 0, 0, ids.keys, calls.keys, out)
            enter(
                rows, encoded.intake, order[:0], 0, ids.keys, ids.values, calls.keys, calls.values, self._one[0], verdicts, out,
                self._raw,
            )  # fmt: skip
        return taken

    def take_rows(self, raw: Words, intake: Words, lines: Sequence[bytes]) -> tuple[Taken, list[int]]:
        """The same for rows that are encoded already; also the places of those that contradict earlier ones."""
        taken = self.catch_up()
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
        new = np.flatnonzero(verdicts == NEW)
        if len(new) < n:
            # Only what is new has a row, so that the log, which holds nothing else, gives the same rows again.
            raw, lines = raw[new], [lines[i] for i in new.tolist()]
            renumber(new, np.empty(n, dtype=np.int64), intake, base, calls.keys, calls.values, out[:used])
        for i in range(len(new)):
            self._raw[(base + i) % REMEMBERED] = raw[i]
            self._lines[(base + i) % REMEMBERED] = lines[i]
        self._next_row = base + len(new)
        # An answer whose attempt is no longer at hand is told by its end.
        emitted = out[:used][out[:used, O_SOURCE] >= self._next_row - REMEMBERED]
        emitted = emitted[np.lexsort((emitted[:, O_PHASE], emitted[:, O_CALL], emitted[:, O_TIME]))]
        self._run(emitted, base, taken)
        taken.fresh = new.tolist()
        if len(new) < n:
            taken.held = [(taken.fresh[place], rule, key) for place, rule, key in taken.held]
            taken.new_callee = {taken.fresh[place]: told for place, told in taken.new_callee.items()}
        taken.duplicates = int(np.count_nonzero(verdicts == DUPLICATE))
        self._grown |= taken.touched
        self._look_ahead()
        return taken, [int(i) for i in np.flatnonzero(verdicts == CONTRADICTS)]

    def take_one(self, raw: Words, intake: Words, line: bytes) -> Taken:
        """`take_rows` for one event, without what only many need: a caller is waiting."""
        taken = Taken()
        base, ids, calls = self._next_row, self._ids, self._calls
        ids.make_room(1)
        calls.make_room(1)
        counts, verdicts, out, rows, nought = self._one
        counts[0], counts[1] = ids.count, calls.count
        used = admit(intake, nought, base, ids.keys, ids.values, calls.keys, calls.values, counts, verdicts, out)
        ids.count, calls.count = counts.item(0), counts.item(1)
        if verdicts.item(0) != NEW:
            taken.duplicates = int(verdicts[0] == DUPLICATE)
            return taken
        self._raw[base % REMEMBERED] = raw[0]
        self._lines[base % REMEMBERED] = line
        self._next_row = base + 1
        taken.fresh = [0]
        if used == 1 and out.item(0, O_SOURCE) == base:
            phase, at_us = out.item(0, O_PHASE), out.item(0, O_TIME)
            self._turn_day(at_us, taken)
            self._cost(phase, out.item(0, O_CALL), at_us, raw[0])
            out[0, O_SOURCE] = base % REMEMBERED
            starts, since, offsets = self.customers.zone_arrays
            zones = self.customers.zones
            fill(out, 0, 1, self._raw, 0, rows, KNOWN_AT, zones, starts, since, offsets, month_of_day())
            self._apply(rows, nought, base, taken)
            self._together.take_later(rows)
            taken.local_month, taken.local_day = rows.item(0, _MONTH), rows.item(0, _DAY)
            if phase == ATTEMPT:
                taken.calls_by_hour[at_us // HOUR_US * HOUR_US] = 1
                new = rows.item(0, _NEW_CALLEE)
                if new != UNKNOWN:
                    taken.new_callee[0] = bool(new)
        elif used:
            self._catch_up(taken)
            emitted = out[:used][out[:used, O_SOURCE] >= self._next_row - REMEMBERED]
            self._run(emitted[np.lexsort((emitted[:, O_PHASE], emitted[:, O_CALL], emitted[:, O_TIME]))], base, taken)
        if taken.touched:
            self._grown |= taken.touched
        if not base % LOOK_AHEAD:
            self._look_ahead()
        return taken

    def foresee(self, raw: Words, intake: Words, first: int, last: int) -> Words:
        """Kernel rows of those of some encoded events that `take_foreseen` can take, from `first` on; none of them is taken yet.

        They are attempts that are new, and touch no grant that narrows a rule.
        """
        base, ids, calls = self._next_row, self._ids, self._calls
        ids.make_room(last - first)
        calls.make_room(last - first)
        _, out, rows, _ = self._some
        count = foresee(intake, first, last, base, ids.keys, calls.keys, out)
        if count:
            starts, since, offsets = self.customers.zone_arrays
            zones = self.customers.zones
            fill(out, 0, count, raw[first:], base, rows, KNOWN_AT, zones, starts, since, offsets, month_of_day())
            if self.covering.rows and self.covering.concerns(rows[:count]):
                return rows[:0]
        return rows[:count]

    def take_foreseen(
        self, rows: Words, raw: Words, intake: Words, lines: Sequence[bytes], first: int
    ) -> tuple[int, Taken, Taken | None]:
        """`take_one` for each of these rows in order, up to the first on which a rule holds that may refuse it, and that one.

        Parameters
        ----------
        rows
            What `foresee` gave last, or the beginning of it: all of one day, in the order of their time, and free.
        raw, intake, first
            As `foresee` got them.
        lines
            The events as they came, row for row of `rows`.

        Returns
        -------
        How many were taken; what came of them, but for the one that may be refused; and what came of that one, if there is one.
        """
        base, ids, calls = self._next_row, self._ids, self._calls
        verdicts, out, _, order = self._some
        taken, held = Taken(), None
        self._turn_day(rows.item(0, _TIME), taken)
        quick = self._loops.quick(ATTEMPT)
        done, outcome, stopped = apply_to_stop_in_time(self.kernel, rows, order, self.customers, quick)
        counts = self._one[0]
        counts[0], counts[1] = ids.count, calls.count
        enter(
            raw[first:], intake[first:], order[:done], base,
            ids.keys, ids.values, calls.keys, calls.values, counts, verdicts, out, self._raw,
        )  # fmt: skip
        ids.count, calls.count = counts.item(0), counts.item(1)
        place, whole = base % REMEMBERED, min(done, REMEMBERED - base % REMEMBERED)
        self._lines[place : place + whole] = lines[:whole]
        self._lines[: done - whole] = lines[whole:done]
        self._together.take_later(rows[:done])
        self._next_row = base + done
        taken.calls_by_hour = _by_hour(rows[:done])
        if len(outcome.hits):
            before, last = _parted(outcome, done - 1) if stopped else (outcome, None)
            self._told(before, rows, base, taken)
            if last is not None:
                held = self._one_held(last, rows, base + done - 1)
        self._grown |= taken.touched
        if base // LOOK_AHEAD != (base + done) // LOOK_AHEAD:
            self._look_ahead()
        return done, taken, held

    def _one_held(self, outcome: Outcome, rows: Words, ordinal: int) -> Taken:
        """What came of the last event of a burst, on which a rule held."""
        held = Taken(fresh=[0])
        self._told(outcome, rows, ordinal, held)
        row = rows[ordinal - rows.item(0, _ORDINAL)]
        held.local_month, held.local_day, new = row.item(_MONTH), row.item(_DAY), row.item(_NEW_CALLEE)
        if new != UNKNOWN:
            held.new_callee[0] = bool(new)
        self._grown |= held.touched
        return held

    def take_others(self, lines: Sequence[bytes]) -> Taken:
        """Events that no detector reads yet: each is known by source and id, like a call event, and counts once."""
        taken = Taken()
        self._ids.make_room(len(lines))
        ids = self._ids
        for place, line in enumerate(lines):
            event = msgspec.json.decode(line)
            key = mix(key_of(event["source"]), key_of(event["id"]))
            content = key_of(msgspec.json.encode(event, order="sorted").decode())
            at = find(ids.keys, key)
            if ids.keys[at] == 0:
                ids.keys[at] = key
                ids.values[at] = (0, content)
                ids.count += 1
                taken.fresh.append(place)
            elif ids.values[at, 1] == content:
                taken.duplicates += 1
            else:
                reason = f"event `{event['id']}` contradicts an earlier one of the same id; the first was kept"
                taken.contradicting.append(Rejected(file="", line=place, field="id", reason=reason, record=""))
        return taken

    def _run(self, emitted: Words, base: int, taken: Taken) -> None:
        """Kernel events in order, with the midnights between them."""
        column = COLUMN_INDEX
        at = 0
        while at < len(emitted):
            now = int(emitted[at, O_TIME])
            midnight = self._turn_day(now, taken) + DAY_US
            stop = max(at + 1, at + int(np.searchsorted(emitted[at:, O_TIME], midnight, side="left")))
            local = emitted[at:stop].copy()
            local[:, O_SOURCE] %= REMEMBERED
            self._cost_many(local)
            rows = kernel_rows(local, self._raw, self.customers)
            self._apply(rows, np.arange(len(rows)), base, taken)
            self._across(*self._together.take(rows), taken)
            hours, counted = np.unique(local[local[:, O_PHASE] == ATTEMPT, O_TIME] // HOUR_US, return_counts=True)
            for hour, count in zip(hours.tolist(), counted.tolist(), strict=True):
                taken.calls_by_hour[hour * HOUR_US] = taken.calls_by_hour.get(hour * HOUR_US, 0) + count
            for row in rows:
                if row[column["kind"]] == ATTEMPT and row[column["new_callee"]] != UNKNOWN:
                    taken.new_callee[int(row[column["ordinal"]]) - base] = bool(row[column["new_callee"]])
            at = stop

    def _cost(self, phase: int, call: int, at_us: int, row: Words) -> None:
        """Keep the calls in progress, by one kernel event and the row of the event that it comes from."""
        if phase == ATTEMPT:
            rate = row.item(_RATE)
            # The record of a call that is over implies its attempt and its answer: nothing of it is in progress.
            if rate > 0 and row.item(_KIND) == ATTEMPT and row.item(_DIRECTION) != INBOUND:
                self.running.asked(call, row.item(_CUSTOMER), rate, at_us)
        elif phase == ANSWERED:
            self.running.answered(call, at_us)
        else:
            self.running.ended(call)

    def _cost_many(self, local: Words) -> None:
        phases = local[:, O_PHASE]
        rows = local[:, O_SOURCE]
        fresh = (phases == ATTEMPT) & (self._raw[rows, _RATE] > 0) & (self._raw[rows, _KIND] == ATTEMPT)
        # Most feeds are of calls that are over, or free: nothing is kept of them.
        which = range(len(local)) if len(self.running) or fresh.any() else ()
        for i in which:
            self._cost(int(phases[i]), int(local[i, O_CALL]), int(local[i, O_TIME]), self._raw[rows[i]])

    def _turn_day(self, now: int, taken: Taken) -> int:
        """The day of an event begins, if it has not; returns its midnight UTC."""
        if self._day_us is None:
            self._day_us = now // DAY_US * DAY_US
        if now >= self._day_us + DAY_US:
            # The midnight that closes the last day with an event; days without one have nothing to add, as in a replay.
            self._midnight(self._day_us + DAY_US, taken)
            self._day_us = now // DAY_US * DAY_US
        return self._day_us

    def _apply(self, rows: Words, positions: Words, base: int, taken: Taken) -> None:
        """Run kernel events, and take note of what was found."""
        if not self.covering.rows or not self.covering.concerns(rows):
            self._told(apply_in_time(self.kernel, rows, positions, self.customers), rows, base, taken)
            return
        for part in self.covering.apply(self.kernel, rows, positions):
            self._told(part.outcome, rows, base, taken, part.kernel)

    def _would_be(self, opened: Opened, row: Words) -> Finding:
        """What grants cover, as the finding that it would have been."""
        return self._made(self._hit_of(CALLS, opened, row.copy())).finding

    def _hit_of(self, kernel: str, opened: Opened, row: Words) -> Hit:
        evidence = [event for event in dict.fromkeys(opened.evidence.tolist()) if event >= self._next_row - REMEMBERED]
        ordinal = int(row[COLUMN_INDEX["ordinal"]])
        return self._hit((kernel, opened.episode), opened.rule, row, opened.values, ordinal, evidence)

    def _look(self, ordinal: int, member: int) -> Seen | None:
        """An event that is at hand, for grants."""
        if not self._next_row - REMEMBERED <= ordinal < self._next_row:
            return None
        customer = self.customers.customers[member]
        return seen_of(flat_event(self._lines[ordinal % REMEMBERED]), customer, self._destinations.e164)

    def _told(self, outcome: Outcome, rows: Words, base: int, taken: Taken, kernel: str = CALLS) -> None:
        """Findings that opened, and rules that held."""
        column = COLUMN_INDEX
        for opened in outcome.opened:
            self._open((kernel, opened.episode), self._hit_of(kernel, opened, rows[opened.position].copy()), taken)
        for position, rule, episode in outcome.hits.tolist() if len(outcome.hits) else ():
            taken.touched.add((kernel, episode))
            if rows[position, column["kind"]] == ATTEMPT:
                taken.held.append((int(rows[position, column["ordinal"]]) - base, rule, (kernel, episode)))

    def _midnight(self, midnight: int, taken: Taken) -> None:
        for index, spec in enumerate(self.plan.program.cohorts):
            members = self._members[index]
            if len(members):
                totals = cohort_totals(self.kernel, spec, members, self.customers, midnight)
                for rule, episode, _, row, values in self._cohorts.judge(index, midnight, totals):
                    key = ("cohort", episode)
                    self._open(key, self._hit(key, rule, row, values, -1, []), taken)
        taken.touched |= {("cohort", episode) for episode in self._cohorts.touched}
        self._cohorts.touched.clear()

    @property
    def behind(self) -> bool:
        """What customers have in common should be worked out, for `take_one` has put it off: no decision waits for it."""
        return self._together.behind

    def catch_up(self) -> Taken:
        """Work out what `take_one` has put off; the findings that opened or grew. Between two events."""
        taken = Taken()
        self._catch_up(taken)
        self._grown |= taken.touched
        return taken

    def catch_up_a_little(self) -> tuple[bool, Taken]:
        """A part of that work, and whether more of it remains: calls may be decided in between."""
        more = self._together.catch_up_a_little()
        taken = Taken()
        self._across(*self._together.came(), taken)
        self._grown |= taken.touched
        return more, taken

    def _catch_up(self, taken: Taken) -> None:
        self._across(*self._together.catch_up(), taken)

    def _across(self, opened: Sequence[Shared], grown: set[int], taken: Taken) -> None:
        """What customers have in common, at the ticks that kernel events have closed."""
        for shared in opened:
            key = ("across", shared.episode)
            evidence = [event for event in shared.evidence if event >= self._next_row - REMEMBERED]
            if self.covering.rows and self._covered(shared, evidence):
                continue
            self._open(key, self._hit(key, shared.rule, shared.row, shared.values, -1, evidence), taken)
        taken.touched |= {key for episode in grown if (key := ("across", episode)) in self._known}

    def _covered(self, shared: Shared, evidence: list[int]) -> bool:
        """Whether grants cover all that shows what a customer has in common with others; the next tick judges anew."""
        member = int(shared.row[COLUMN_INDEX["customer_row"]])
        grants = self.covering.covered_in_common(shared.rule, member, evidence)
        if grants:
            hit = self._hit(("across", shared.episode), shared.rule, shared.row, shared.values, -1, evidence)
            self.covering.begin_in_common(shared.rule, shared.episode, grants, self._made(hit).finding)
            self._together.merger.reopen(shared.episode)
        return bool(grants)

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
        if key[0] == CALLS:
            return self.kernel
        return self._cohorts.kernel if key[0] == "cohort" else self.covering.kernel_apart(key[0])

    def _open(self, key: Key, hit: Hit, taken: Taken) -> None:
        """Make the finding, and remember it."""
        try:
            self._known[key] = self._made(hit)
        except Exception as error:
            # Whatever is wrong with what shows it: later hits, pages and snapshots need the finding.
            notices.error("events that show a finding cannot be read", error=type(error).__name__)
            self._known[key] = self._made(replace(hit, event_row=-1, evidence=[]))
        taken.touched.add(key)
        taken.opened = True

    def _made(self, hit: Hit) -> Known:
        """A finding; its events become a small table of their own, for they will not be at hand for ever."""
        wanted = [*hit.evidence, *([hit.event_row] if hit.event_row >= 0 else [])]
        rows = [row for row in dict.fromkeys(wanted) if row >= self._next_row - REMEMBERED]
        lines = [self._lines[row % REMEMBERED] for row in rows]
        place = {row: i for i, row in enumerate(rows)}
        own = replace(
            hit,
            event_row=place.get(hit.event_row, -1),
            evidence=[place[row] for row in hit.evidence if row in place],
        )
        return Known(finding=finding_shown(self.plan, self.customers, InLines(lines), own), hit=own, events=KnownEvents(lines))

    @property
    def known(self) -> dict[Key, Known]:
        """All findings, as they are now. Those that have grown get their end and count when somebody looks: a call that
        waits does not."""
        while self._grown:
            self._grow(self._grown.pop())
        return self._known

    def known_as(self, key: Key) -> Known:
        """A finding as it is now."""
        if key in self._grown:
            self._grown.discard(key)
            self._grow(key)
        return self._known[key]

    @property
    def found(self) -> int:
        """How many findings there are."""
        return len(self._known)

    def finding(self, key: Key) -> Finding:
        """A finding whose end and count may be of some calls ago."""
        return self._known[key].finding

    def _grow(self, key: Key) -> None:
        """Bring a finding's end and count up to now."""
        was = self._known[key]
        _, last, count = self._kernel_of(key).episode(key[1])
        grown = msgspec.structs.replace(was.finding, last_seen=format_us(last), count=count)
        self._known[key] = Known(finding=grown, hit=replace(was.hit, last_us=last, count=count), events=was.events)

    def take_over(self, other: Stream) -> None:
        """Go on where a stream under a plan with other versions of policies stands; that one must not be used any more.

        Nothing is copied but what customers have in common: calls wait for this.

        Raises
        ------
        PlanChanged
            Its plan counts something else, or its customers are others; nothing has happened.
        """
        if other.plan.shape != self.plan.shape or other.customers.rows != self.customers.rows:
            raise PlanChanged(
                "the detectors have changed since this service was started",
                help_="restart it: it reads its log again under the new ones; until then it goes on as it was",
            )
        for mine, theirs in ((self.kernel, other.kernel), (self._cohorts.kernel, other._cohorts.kernel)):
            theirs.state.fingerprint = mine.program.fingerprint
            mine.state = theirs.state
        self._together.restore(other._together.snapshot())
        self._ids, self._calls = other._ids, other._calls
        self._raw, self._lines = other._raw, other._lines
        self._next_row, self._day_us = other._next_row, other._day_us
        self.running = other.running
        self._known = other.known
        self._ahead, self._spares = other._ahead, other._spares
        self.covering.take_over(other.covering, self.kernel)

    def adopt(self, book: GrantBook) -> None:
        """From the next event on, ask another book of grants."""
        self.customers.grant(book)
        self.covering.adopt(self.kernel)

    def settle(self) -> None:
        """After the findings were put back that an earlier process knew."""
        self.covering.settle(self.kernel, [episode for kernel, episode in self._known if kernel == CALLS])

    # -- what it remembers, for a snapshot

    @property
    def next_row(self) -> int:
        """Number of the next event's row."""
        return self._next_row

    @property
    def day_us(self) -> int | None:
        """Midnight UTC at which the day of the latest event began; None before the first."""
        return self._day_us

    def lines(self) -> list[bytes]:
        """The events that are at hand, in the order of their places."""
        return self._lines[: min(self._next_row, REMEMBERED)]

    def standing(self) -> dict[str, Words]:
        """The large arrays themselves, as they are now."""
        found = {f"kernel.{name}": array for name, array in self.kernel.state.snapshot().items()}
        found |= {f"cohort.{name}": array for name, array in self._cohorts.kernel.state.snapshot().items()}
        for kind, kernel in self.covering.apart.items():
            found |= {f"{kind}.{name}": array for name, array in kernel.state.snapshot().items()}
        for name, table in (("ids", self._ids), ("calls", self._calls)):
            found |= {f"{name}.keys": table.keys, f"{name}.values": table.values}
        found["ring"] = self._raw[: min(self._next_row, REMEMBERED)]
        return found

    def arrays(self) -> dict[str, Words]:
        """Copies of all arrays."""
        return self.arrays_later(lambda _, array: array.copy())()

    def arrays_later(self, copy: Callable[[str, Words], Words]) -> Callable[[], dict[str, Words]]:
        """The same of this moment, put together when it is called, on whatever thread.

        `copy` copies at once what will be written over; it is told the name of an array and the array.
        """
        found = {name: copy(name, array) for name, array in self.standing().items()}
        found["running"] = self.running.array().copy()
        across = self._together.snapshot_later()
        return lambda: found | {f"across.{name}": array for name, array in across().items()}

    def restore(
        self, arrays: Mapping[str, npt.NDArray[np.int64]], lines: Sequence[bytes], next_row: int, day_us: int | None
    ) -> None:
        """Go on from what `arrays` and `lines` gave."""
        program = self.plan.program
        apart = sorted({key.partition(".")[0] for key in arrays if key.startswith("apart:")})
        kernels = [("kernel", self.kernel), ("cohort", self._cohorts.kernel)]
        for name, kernel in (*kernels, *((each, self.covering.kernel_apart(each)) for each in apart)):
            mine = {key.removeprefix(f"{name}."): array for key, array in arrays.items() if key.startswith(f"{name}.")}
            kernel.state = State.restore(program.fingerprint, len(program.rules), mine, shelf=shelf_on_disk())
        together = {key.removeprefix("across."): array for key, array in arrays.items() if key.startswith("across.")}
        self._together.restore(together)
        for name, table in (("ids", self._ids), ("calls", self._calls)):
            table.keys, table.values = arrays[f"{name}.keys"].copy(), arrays[f"{name}.values"].copy()
            table.count = int(np.count_nonzero(table.keys))
        self.running.restore(arrays["running"])
        self._raw[: len(lines)] = arrays["ring"]
        self._lines[: len(lines)] = lines
        self._next_row = next_row
        self._day_us = day_us


def _parted(outcome: Outcome, position: int) -> tuple[Outcome, Outcome]:
    """What was found of all events but the last one, and of that one, by its position."""
    last = outcome.hits[:, 0] == position
    opened: tuple[list[Opened], list[Opened]] = ([], [])
    for each in outcome.opened:
        opened[each.position == position].append(each)
    before, behind = opened
    return Outcome(opened=before, hits=outcome.hits[~last]), Outcome(opened=behind, hits=outcome.hits[last])


def _by_hour(rows: Words) -> dict[int, int]:
    """How many there are of each hour; they are in the order of their time."""
    first, last = (rows.item(place, _TIME) // HOUR_US * HOUR_US for place in (0, len(rows) - 1))
    if first == last:
        return {first: len(rows)}
    return dict(Counter(at_us // HOUR_US * HOUR_US for at_us in rows[:, _TIME].tolist()))


def _contradiction(table: pa.Table, row: int) -> Rejected:
    event, line = table["id"][row].as_py(), int(table["line_number"][row].as_py())
    phase = "" if table["call_id"][row].as_py() is None else " or phase"
    reason = f"event `{event}` contradicts an earlier one of the same id{phase}; the first was kept"
    return Rejected(file="", line=line, field="id", reason=reason, record="")
