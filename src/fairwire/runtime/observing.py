"""Watching one customer's events go through the kernel: what every rule saw, not only where one fired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fairwire.expr.vector import truths
from fairwire.kernel.kernel import Kernel, Outcome
from fairwire.model.columns import COLUMN_BY_NAME, COLUMN_INDEX, DESTINATIONS, TICK, UNKNOWN, WIDTH, per_unit
from fairwire.model.grants import Covered
from fairwire.runtime.across import R_CUSTOMER, R_KEY, R_TICK
from fairwire.runtime.around import Around
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import Cohorts, cohort_members, kernel_rows
from fairwire.runtime.feed import Feed
from fairwire.runtime.granted_feed import covering_of
from fairwire.runtime.in_time import apply_in_time
from fairwire.runtime.machine import load_run
from fairwire.runtime.merger import Merger, Shared
from fairwire.runtime.nearness import lacking
from fairwire.runtime.partitions import run_partitions
from fairwire.runtime.plans import Plan

Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_CHUNK = 2048
_KIND, _TIME, _MEMBER = COLUMN_INDEX["kind"], COLUMN_INDEX["time"], COLUMN_INDEX["customer_row"]
_EMERGENCY = DESTINATIONS.index("emergency") + 1


@dataclass(slots=True, kw_only=True)
class Moment:
    """What one rule saw when it was judged."""

    count: int
    """Conditions that lacked."""
    gap: float
    time_us: int
    row: Words
    values: Floats
    place: int
    """Of the event among those watched; -1 for a comparison with other customers."""

    def nearer(self, other: Moment | None) -> bool:
        """This one came nearer to firing."""
        return other is None or (self.gap, self.count) < (other.gap, other.count)


@dataclass(slots=True, kw_only=True)
class Watched:
    """All that was seen of one rule."""

    judged: int = 0
    """How often."""
    held: int = 0
    """On how many of these the condition was true."""
    hits: int = 0
    """On how many of these the kernel said so: not silenced, and bound by the policy."""
    best: Moment | None = None
    because: str = ""
    """Why it was not judged, where something else than the events decides that."""


@dataclass(slots=True, kw_only=True)
class Watch:
    """One customer, some rules, and what was seen of them."""

    plan: Plan
    customers: CustomerTable
    member: int
    rules: Sequence[int]
    at_us: int | None
    """Show the last time before this; None: the nearest to firing."""
    seen: dict[int, Watched] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seen = {rule: Watched() for rule in self.rules}

    def take(self, rule: int, rows: Words, values: Floats, packs: Words, first: int) -> None:
        """What a rule saw on some events. Shapes (events, columns), (events, features), (events,).

        `first` is the place of the first of them, or -1.
        """
        size = len(rows)
        node = self.plan.detectors[self.plan.program.rules[rule].detector].when
        column = self._column(rule, rows, values, packs)
        count, gap = lacking(node, column, size)
        told = self.seen[rule]
        told.judged += size
        told.held += int(np.count_nonzero(truths(node, column, size)[0]))
        best = size - 1 if self.at_us is not None else int(np.lexsort((np.arange(size), count, gap))[0])
        moment = Moment(
            count=int(count[best]),
            gap=float(gap[best]),
            time_us=int(rows[best, _TIME]),
            row=rows[best].copy(),
            values=values[best].copy(),
            place=first if first < 0 else first + best,
        )
        if self.at_us is not None or moment.nearer(told.best):
            told.best = moment

    def _column(self, rule: int, rows: Words, values: Floats, packs: Words) -> Callable[[str], tuple[Floats, Flags]]:
        program = self.plan.program
        entry = program.rules[rule]

        def column(name: str) -> tuple[Floats, Flags]:
            if name in entry.features:
                found = values[:, entry.features[name]]
            elif name in entry.parameters:
                found = np.array(program.parameters)[packs, entry.parameters[name]]
            elif name.startswith("customer."):
                attribute = name.removeprefix("customer.")
                times = rows[:, _TIME].tolist()
                found = np.array([self.customers.attribute(self.member, attribute, at) for at in times], dtype=np.float64)
            else:
                named, stored = COLUMN_BY_NAME[name], rows[:, COLUMN_INDEX[name]]
                known = np.isin(rows[:, _KIND], named.kinds) & (stored != UNKNOWN)
                return stored / per_unit(named.scale), known
            return found, ~np.isnan(found)

        return column


def watch_events(watch: Watch, feed: Feed, picked: Words) -> tuple[dict[int, int], list[Covered]]:
    """Run the customer's events, rows of `feed.emitted`, one by one; returns how many hits of each rule were silenced, and what
    grants for some events cover."""
    plan, customers = watch.plan, watch.customers
    program = plan.program
    own = [rule for rule in watch.rules if rule not in compared(plan)]
    kernel = Kernel(program, load_run(program))
    judge = covering_of(plan, customers, feed, kernel, picked)
    hits: Counter[int] = Counter()
    for first in range(0, len(picked), _CHUNK):
        places = picked[first : first + _CHUNK]
        rows = kernel_rows(feed.emitted[places], feed.raw, customers)
        if watch.at_us is not None:
            rows = rows[rows[:, _TIME] <= watch.at_us]
        values = np.full((len(rows), kernel.values.shape[0]), np.nan)
        packs: Words = np.zeros(len(rows), dtype=np.int64)
        for i in range(len(rows)):
            kernel.values[:] = np.nan
            if judge.rows:
                outcomes = [part.outcome for part in judge.apply(kernel, rows[i : i + 1], np.array([i]))]
            else:
                outcomes = [apply_in_time(kernel, rows[i : i + 1], np.array([i]), customers)]
            values[i] = kernel.values
            packs[i] = int(customers.values[watch.member, 0])
            hits.update(rule for outcome in outcomes for rule in outcome.hits[:, 1].tolist())
        for_help = rows[:, COLUMN_INDEX["destination"]] == _EMERGENCY
        for rule in own:
            # Calls for help are seen by the rules that say so, and those see nothing else.
            counted = for_help == plan.detectors[program.rules[rule].detector].spec.counts_emergency
            judged = np.flatnonzero(counted & ((1 << rows[:, _KIND]) & program.rules[rule].on != 0))
            if len(judged):
                before = watch.seen[rule].best
                watch.take(rule, rows[judged], values[judged], packs[judged], 0)
                best = watch.seen[rule].best
                if best is not None and best is not before:
                    best.place = first + int(judged[best.place])
    for rule in own:
        watch.seen[rule].hits = hits[rule]
    silenced = {rule: int(kernel.state.silenced[rule]) for rule in own if kernel.state.silenced[rule]}
    return silenced, [line.covered() for line in judge.lines()]


def compared(plan: Plan) -> frozenset[int]:
    """Rules that compare a customer with others: they need everybody's events."""
    program = plan.program
    return frozenset(spec.rule for spec in program.cohorts) | frozenset(spec.rule for spec in program.across)


class _WatchingKernel(Kernel):
    """A kernel that keeps what it judged of one customer."""

    member = -1

    def begin(self, member: int) -> list[tuple[Words, Floats, int, Words]]:
        """Watch a customer; what is judged of it comes into the list, with the number of hits and what was silenced."""
        self.member = member
        self.kept: list[tuple[Words, Floats, int, Words]] = []
        return self.kept

    def apply(self, rows: Words, positions: Words, customers: Floats) -> Outcome:
        mine = len(rows) == 1 and rows[0, _MEMBER] == self.member
        seen, silenced = self.values.copy(), self.state.silenced.copy()
        outcome = super().apply(rows, positions, customers)
        if mine:
            self.kept.append((rows[0].copy(), seen, len(outcome.hits), self.state.silenced - silenced))
        return outcome


class _WatchingMerger(Merger):
    """A merger that keeps what it judged of one customer."""

    def begin(self, member: int) -> list[tuple[int, Words, Floats]]:
        """Watch a customer; (rule, row, values) of what is judged of it comes into the list."""
        self._member = member
        self._kept_moments: list[tuple[int, Words, Floats]] = []
        return self._kept_moments

    def _holds(self, place: int, now: Words, around: Around, which: Words) -> list[Shared]:
        spec = self._layouts[place].spec
        for i in np.flatnonzero(now[:, R_CUSTOMER] == self._member):
            row: Words = np.full(WIDTH, UNKNOWN, dtype=np.int64)
            row[_KIND], row[_TIME], row[_MEMBER], row[spec.key] = TICK, int(now[i, R_TICK]), self._member, int(now[i, R_KEY])
            values = np.full(max(1, len(self._plan.program.features)), np.nan)
            for name, index in spec.values.items():
                seen, known = around.column(name)
                values[index] = seen[i] if known[i] else np.nan
            self._kept_moments.append((spec.rule, row, values))
        return super()._holds(place, now, around, which)


def watch_comparisons(watch: Watch, feed: Feed) -> dict[int, int]:
    """Run everybody's events, and look at the comparisons of this customer with others; returns what was silenced."""
    plan, customers, program = watch.plan, watch.customers, watch.plan.program
    done, _ = run_partitions(plan, customers, feed, workers=1, folder=None, progress=None)
    cohorts = Cohorts(plan, customers)
    kernel = _WatchingKernel(program, load_run(program))
    cohorts.kernel = kernel
    kept = kernel.begin(watch.member)
    summaries = sorted(((midnight, index, totals) for part in done for index, midnight, totals in part.summaries), key=_first_two)
    for midnight, index, totals in summaries:
        rule, before = program.cohorts[index].rule, len(kept)
        cohorts.judge(index, midnight, totals)
        if rule in watch.seen:
            _take_compared(watch, rule, [(row, values) for row, values, *_ in kept[before:]])
            watch.seen[rule].hits += sum(hits for _, _, hits, _ in kept[before:])
    merger = _WatchingMerger(plan, customers)
    moments = merger.begin(watch.member)
    merger.take([sums for part in done for sums in part.shared])
    for rule in {rule for rule, *_ in moments} & set(watch.seen):
        _take_compared(watch, rule, [(row, values) for of, row, values in moments if of == rule])
    _explain_unjudged(watch)
    silenced = sum((more for *_, more in kept), np.zeros(max(1, len(program.rules)), dtype=np.int64))
    return {rule: int(silenced[rule]) for rule in watch.seen if rule in compared(plan) and silenced[rule]}


def _first_two(entry: tuple[int, int, Words]) -> tuple[int, int]:
    return entry[0], entry[1]


def _take_compared(watch: Watch, rule: int, moments: Sequence[tuple[Words, Floats]]) -> None:
    chosen = [one for one in moments if watch.at_us is None or one[0][_TIME] <= watch.at_us]
    if not chosen:
        return
    rows, values = np.array([row for row, _ in chosen]), np.array([seen for _, seen in chosen])
    packs: Words = np.full(len(chosen), int(watch.customers.values[watch.member, 0]), dtype=np.int64)
    watch.take(rule, rows, values, packs, -1)


def _explain_unjudged(watch: Watch) -> None:
    """Why a comparison never took place."""
    plan, program = watch.plan, watch.plan.program
    for spec in program.cohorts:
        told = watch.seen.get(spec.rule)
        if told is not None and not told.judged:
            few = f"there were fewer than {spec.minimum} others with traffic to compare with"
            told.because = (
                f"{few}, or it was before day {spec.minimum_day} of the month"
                if watch.member in cohort_members(plan, watch.customers, spec).tolist()
                else f"it compares customers where {spec.member}, and this customer is none of them"
            )
    for across in program.across:
        told = watch.seen.get(across.rule)
        if told is not None and not told.judged:
            told.because = "this customer had nothing in common with enough others at any time"
