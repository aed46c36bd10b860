"""Runs a feed through the kernel: partitions of customers, midnights, cohorts; the same result however it is cut."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fairwire.expr.evaluate import evaluate
from fairwire.kernel.intake import EMITTED_WIDTH, KNOWN_AT, O_EVENT, O_PHASE, O_SOURCE, O_START, O_TIME, fill
from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, DAY, DESTINATIONS, UNKNOWN, WIDTH, per_unit
from fairwire.model.grants import Covered
from fairwire.model.program import CohortSpec
from fairwire.runtime.across import Adder, Sums, shared_last
from fairwire.runtime.cohorts import standing
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.evidence import SHOWN, column_values
from fairwire.runtime.feed import Feed, month_of_day
from fairwire.runtime.in_time import apply_in_time
from fairwire.runtime.machine import load_run
from fairwire.runtime.merger import Merger, Shared
from fairwire.runtime.plans import Plan
from fairwire.runtime.seats import seats_of
from fairwire.runtime.shelf import kernel_of

Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Progress = Callable[[int], None]

CHUNK = 1 << 16
_EMERGENCY = DESTINATIONS.index("emergency") + 1


@dataclass(slots=True, kw_only=True)
class Hit:
    """A finding as it opened, with where it came from."""

    rule: int
    customer_row: int
    time_us: int
    last_us: int
    count: int
    event_row: int
    """Row of the feed's table that opened it; -1 for a comparison at midnight."""
    row: Words
    values: Floats
    evidence: list[int]
    """Rows of the feed's table that the rule counted, oldest first; more than are shown."""


@dataclass(slots=True, kw_only=True)
class Result:
    """What a run found, in order of time."""

    hits: list[Hit]
    inline: Words
    """Rows of (row of the feed's table, rule, index into `hits` or -1): every attempt on which a rule held."""
    late: int
    orphans: int
    silenced: Words
    kernel_events: int
    covered: list[Covered] = field(default_factory=list)
    """What was seen and is covered by a grant for some events."""


@dataclass(slots=True, kw_only=True)
class Checkpoint:
    """Where a partition stands: everything that going on needs."""

    at: int
    midnights: int
    """How many midnights have been summed up."""
    state: dict[str, npt.NDArray[np.int64]]
    opened: list[tuple[int, int, int, Words, Floats, list[int]]] = field(default_factory=list)
    """(rule, episode, position, row, values, evidence) of each finding so far."""
    summaries: list[tuple[int, int, Words]] = field(default_factory=list)
    """(cohort, midnight, totals of its members)."""
    inline: list[Words] = field(default_factory=list)
    shared: list[Sums] = field(default_factory=list)
    """What its customers have in common with others, of the ticks that are over."""
    adder: dict[str, Words] = field(default_factory=dict)
    """The same of the tick that is open."""


def kernel_rows(emitted: Words, raw: Words, customers: CustomerTable) -> Words:
    """Kernel events in full, for rows of `Feed.emitted`."""
    out: Words = np.empty((len(emitted), WIDTH), dtype=np.int64)
    starts, since, offsets = customers.zone_arrays
    fill(emitted, 0, len(emitted), raw, 0, out, KNOWN_AT, customers.zones, starts, since, offsets, month_of_day())
    return out


class Partition:
    """Some customers' events, run in order; may stop and go on anywhere.

    Parameters
    ----------
    emitted, raw
        The feed's kernel events and the rows that hold their values.
    picked
        Which of `emitted` are this partition's; None for all.
    midnights
        Every midnight UTC that closes a day of the whole feed. All partitions sum up at the same ones.
    members
        Rows of the customers that can have anything to sum up; None for all.
    processes
        How many partitions run on this machine at once: they share the memory there is.
    """

    def __init__(
        self,
        plan: Plan,
        customers: CustomerTable,
        emitted: Words,
        raw: Words,
        picked: Words | None,
        midnights: Words,
        members: Words | None = None,
        *,
        processes: int = 1,
    ) -> None:
        self._plan = plan
        self._processes = processes
        self._customers = customers
        self._emitted = emitted
        self._raw = raw
        self._picked = picked
        self._midnights = midnights
        self.size = len(emitted) if picked is None else len(picked)
        everybody = [cohort_members(plan, customers, spec) for spec in plan.program.cohorts]
        self.members = everybody if members is None else [rows[np.isin(rows, members)] for rows in everybody]
        """By cohort: rows of the customers whose totals the summaries hold."""

    def run(self, checkpoint: Checkpoint | None, *, stop_at: int | None = None, progress: Progress | None = None) -> Checkpoint:
        """Run from a checkpoint (or the beginning) to `stop_at` kernel events (or the end)."""
        program = self._plan.program
        kernel = kernel_of(program, load_run(program), checkpoint.state if checkpoint else None, processes=self._processes)
        done = checkpoint or Checkpoint(at=0, midnights=0, state={})
        adder = Adder(self._plan, self._customers)
        if done.adder:
            adder.restore(done.adder)
        stop = self.size if stop_at is None else min(stop_at, self.size)
        times = self._emitted[:, O_TIME] if self._picked is None else self._emitted[self._picked, O_TIME]
        while True:
            closing = done.midnights < len(self._midnights)
            limit = int(np.searchsorted(times, self._midnights[done.midnights], side="left")) if closing else self.size
            if done.at >= limit and closing:
                self._sum_up(kernel, int(self._midnights[done.midnights]), done)
                done.midnights += 1
                continue
            if done.at >= stop:
                break
            count = min(CHUNK, stop - done.at, limit - done.at)
            self._apply(kernel, done, adder, count)
            if progress:
                progress(count)
        if done.at >= self.size:
            done.shared += adder.finish()
        done.adder = adder.snapshot()
        done.state = {name: array.copy() for name, array in kernel.state.snapshot().items()}
        return done

    def _apply(self, kernel: Kernel, done: Checkpoint, adder: Adder, count: int) -> None:
        at = done.at
        picked = slice(at, at + count) if self._picked is None else self._picked[at : at + count]
        rows = kernel_rows(self._emitted[picked], self._raw, self._customers)
        outcome = apply_in_time(kernel, rows, np.arange(at, at + count), self._customers)
        done.shared += adder.take(rows)
        for found in outcome.opened:
            row = rows[found.position - at].copy()
            evidence = list(dict.fromkeys(found.evidence.tolist()))
            done.opened.append((found.rule, found.episode, found.position, row, found.values, evidence))
        if len(outcome.hits):
            phases = rows[outcome.hits[:, 0] - at, COLUMN_INDEX["kind"]]
            mine = outcome.hits[phases == ATTEMPT].copy()
            mine[:, 0] = rows[mine[:, 0] - at, COLUMN_INDEX["ordinal"]]
            done.inline.append(mine)
        done.at = at + count

    def _sum_up(self, kernel: Kernel, midnight: int, done: Checkpoint) -> None:
        for index, spec in enumerate(self._plan.program.cohorts):
            members = self.members[index]
            if not len(members):
                continue
            totals = cohort_totals(kernel, spec, members, self._customers, midnight)
            done.summaries.append((index, midnight, totals))


def cohort_members(plan: Plan, customers: CustomerTable, spec: CohortSpec) -> Words:
    """Rows of the customers that belong to a cohort's plan, whatever their policy."""
    detector = plan.detectors[plan.program.rules[spec.rule].detector]
    assert detector.member is not None
    rows: list[int] = []
    for row in range(len(customers.customers)):
        values = {
            f"customer.{name}": customers.values[row, 1 + index] for index, name in enumerate(plan.program.customer_attributes)
        }
        if evaluate(detector.member, values) == 1:
            rows.append(row)
    return np.array(rows, dtype=np.int64)


def cohort_totals(kernel: Kernel, spec: CohortSpec, members: Words, customers: CustomerTable, midnight: int) -> Words:
    """Each member's total of the calendar month, of its own zone, that the day before `midnight` belongs to."""
    totals: Words = np.zeros(len(members), dtype=np.int64)
    months = local_months(members, customers, midnight - 1)
    for month in np.unique(months):
        mine = months == month
        totals[mine] = kernel.month_totals(spec.month_feature, customers.keys[members[mine]], int(month))
    return totals


def day_rows(members: Words, customers: CustomerTable, now_us: int) -> Words:
    """A kernel event `day` for each member, with the calendar of its zone at `now_us`."""
    n = len(members)
    raw: Words = np.full((n, WIDTH), UNKNOWN, dtype=np.int64)
    raw[:, COLUMN_INDEX["customer_row"]] = members
    raw[:, COLUMN_INDEX["customer"]] = customers.keys[members]
    emitted: Words = np.zeros((n, EMITTED_WIDTH), dtype=np.int64)
    emitted[:, O_SOURCE] = np.arange(n)
    emitted[:, O_PHASE] = DAY
    emitted[:, O_TIME] = now_us
    emitted[:, O_START] = now_us
    emitted[:, O_EVENT] = UNKNOWN
    return kernel_rows(emitted, raw, customers)


def local_months(members: Words, customers: CustomerTable, now_us: int) -> Words:
    """Calendar month of each member's zone at an instant."""
    return day_rows(members, customers, now_us)[:, COLUMN_INDEX["local_month"]]


class Cohorts:
    """Judges the summaries of all partitions together, midnight by midnight."""

    def __init__(self, plan: Plan, customers: CustomerTable) -> None:
        self._plan = plan
        self._customers = customers
        self._members = [cohort_members(plan, customers, spec) for spec in plan.program.cohorts]
        self.kernel = Kernel(plan.program, load_run(plan.program))
        self.touched: set[int] = set()
        """Episodes that opened or grew; whoever looks may empty it."""

    def judge(self, index: int, midnight: int, totals: Words) -> list[tuple[int, int, int, Words, Floats]]:
        """(rule, episode, customer row, row, values) of each finding that opens at a midnight."""
        spec = self._plan.program.cohorts[index]
        members = self._members[index]
        rows = day_rows(members, self._customers, midnight - 1)
        rows[:, COLUMN_INDEX["time"]] = midnight
        use: Floats = totals.astype(np.float64) / (60.0 * per_unit(spec.scale))
        if spec.per_seat:
            use /= np.array([seats_of(self._customers.customers[row]) for row in members], dtype=np.float64)
        self._customers.turn(midnight)
        packs = self._customers.values[members, 0].copy()
        months = rows[:, COLUMN_INDEX["local_month"]]
        found: list[tuple[int, int, int, Words, Floats]] = []
        for pack in np.unique(packs):
            for month in np.unique(months[packs == pack]):
                chosen = np.flatnonzero((packs == pack) & (months == month))
                found += self._judge_cohort(spec, members[chosen], rows[chosen], use[chosen], totals[chosen])
        return found

    def _judge_cohort(
        self, spec: CohortSpec, members: Words, rows: Words, use: Floats, totals: Words
    ) -> list[tuple[int, int, int, Words, Floats]]:
        days = rows[:, COLUMN_INDEX["local_day"]]
        since = days - np.searchsorted(month_of_day(), rows[:, COLUMN_INDEX["local_month"]], side="left") + 1
        place = standing(use, spec.minimum)
        values = self.kernel.values
        found: list[tuple[int, int, int, Words, Floats]] = []
        for i in range(len(members)):
            if since[i] < spec.minimum_day or math.isnan(place.log_z[i]):
                continue
            values[spec.values["use"]] = use[i]
            values[spec.values["others_mean"]] = place.others_mean[i]
            values[spec.values["others_trimmed"]] = place.others_trimmed[i]
            values[spec.values["log_z"]] = place.log_z[i]
            values[spec.values["cohort_size"]] = place.cohort_size[i]
            outcome = self.kernel.apply(rows[i : i + 1], np.zeros(1, dtype=np.int64), self._customers.values)
            self.touched.update(outcome.hits[:, 2].tolist())
            for opened in outcome.opened:
                seen = opened.values
                seen[spec.month_feature] = totals[i] / per_unit(spec.scale)
                found.append((opened.rule, opened.episode, int(members[i]), rows[i].copy(), seen))
        return found


def run_feed(
    plan: Plan,
    customers: CustomerTable,
    feed: Feed,
    *,
    workers: int = 1,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run a whole feed.

    Parameters
    ----------
    workers
        Processes; customers are spread over them by their key. Findings are the same for any number.
    checkpoint
        Folder in which progress is kept, so that a run that was cut off goes on from there.
    """
    from fairwire.runtime.granted_feed import rejudge  # it needs `Hit`
    from fairwire.runtime.partitions import run_partitions  # it needs `Partition`

    again = rejudge(plan, customers, feed) if customers.grants is not None and customers.grants.narrow else None
    apart = frozenset() if again is None else again.members
    done, picked = run_partitions(plan, customers, feed, workers=workers, folder=checkpoint, progress=progress)
    hits: list[Hit] = []
    place: dict[tuple[int, int], int] = {}
    for number, part in enumerate(done):
        for found, hit in zip(part.opened, hits_of(part, feed, picked[number]), strict=True):
            if hit.customer_row not in apart:
                place[(number, found[1])] = len(hits)
                hits.append(hit)
    inline = [
        np.array([(row, rule, place.get((number, episode), -1)) for row, rule, episode in block], dtype=np.int64)
        for number, part in enumerate(done)
        for block in part.inline
        if len(block)
    ]
    if again is not None:
        owners = [feed.raw[block[:, 0], COLUMN_INDEX["customer_row"]] for block in inline]
        inline = [block[~np.isin(owner, list(apart))] for block, owner in zip(inline, owners, strict=True)]
        inline.append(np.array([(row, rule, len(hits) + index) for row, rule, index in again.inline]).reshape(-1, 3))
        hits += again.hits
    merged: dict[tuple[int, int], Words] = {}
    for part in done:
        for index, midnight, totals in part.summaries:
            key = (midnight, index)
            merged[key] = merged[key] + totals if key in merged else totals
    for hit in cohort_hits(plan, customers, merged):
        hit.evidence = counted_last(plan, feed, hit.rule, hit.customer_row, midnight_of(hit))
        hits.append(hit)
    merger = Merger(plan, customers)
    for hit in shared_hits(merger, [sums for part in done for sums in part.shared]):
        hit.evidence = shared_last(plan, customers, feed, hit.rule, hit.row)
        if again is None or not again.covering.covered_in_common(hit.rule, hit.customer_row, hit.evidence):
            hits.append(hit)
    silenced = np.sum([part.state["silenced"] for part in done], axis=0) if done else np.zeros(1, dtype=np.int64)
    return Result(
        hits=hits,
        inline=np.concatenate(inline) if inline else np.zeros((0, 3), dtype=np.int64),
        late=sum(int(part.state["meta"][6]) for part in done),
        orphans=sum(int(part.state["meta"][7]) for part in done),
        silenced=silenced + merger.silenced[: len(silenced)],
        kernel_events=len(feed.emitted),
        covered=[] if again is None else again.covered(),
    )


def shared_hit(merger: Merger, shared: Shared) -> Hit:
    """A finding over what customers have in common, as it is by now."""
    first, last, count = merger.episode(shared.episode)
    return Hit(
        rule=shared.rule,
        customer_row=int(shared.row[COLUMN_INDEX["customer_row"]]),
        time_us=first,
        last_us=last,
        count=count,
        event_row=-1,
        row=shared.row,
        values=shared.values,
        evidence=shared.evidence,
    )


def shared_hits(merger: Merger, told: list[Sums]) -> list[Hit]:
    """The same for all that the sums of all partitions together lead to. Evidence is left out."""
    opened = merger.take(told)
    return [shared_hit(merger, shared) for shared in opened]


def hits_of(done: Checkpoint, feed: Feed, picked: Words | None) -> list[Hit]:
    """The findings of a partition that has run to its end; `picked` as for `Partition`."""
    episodes = done.state["episodes"]
    return [
        Hit(
            rule=rule,
            customer_row=int(row[COLUMN_INDEX["customer_row"]]),
            time_us=int(episodes[episode, 0]),
            last_us=int(episodes[episode, 1]),
            count=int(episodes[episode, 2]),
            event_row=int(feed.emitted[position if picked is None else int(picked[position]), O_EVENT]),
            row=row,
            values=values,
            evidence=evidence,
        )
        for rule, episode, position, row, values, evidence in done.opened
    ]


def cohort_hits(plan: Plan, customers: CustomerTable, merged: Mapping[tuple[int, int], Words]) -> list[Hit]:
    """Judge each midnight in order, by the (midnight, cohort) totals of all partitions together. Evidence is left out."""
    if not merged:
        return []
    cohorts = Cohorts(plan, customers)
    opened: list[tuple[int, int, int, Words, Floats]] = []
    for midnight, index in sorted(merged):
        opened += cohorts.judge(index, midnight, merged[(midnight, index)])
    hits: list[Hit] = []
    for rule, episode, member, row, values in opened:
        first, last, count = cohorts.kernel.episode(episode)
        hits.append(
            Hit(
                rule=rule,
                customer_row=member,
                time_us=first,
                last_us=last,
                count=count,
                event_row=-1,
                row=row,
                values=values,
                evidence=[],
            )
        )
    return hits


def midnight_of(hit: Hit) -> int:
    """The midnight at which a comparison opened a finding."""
    return int(hit.row[COLUMN_INDEX["time"]])


def counted_last(plan: Plan, feed: Feed, rule: int, member: int, midnight: int) -> list[int]:
    """The last events before a midnight that were counted in what a customer is compared by, oldest first."""
    detector = plan.detectors[plan.program.rules[rule].detector]
    assert detector.spec.cohort is not None
    counted = detector.features[detector.spec.cohort.of]
    mine = feed.emitted[(feed.emitted[:, O_PHASE] == counted.kind) & (feed.emitted[:, O_TIME] < midnight)]
    mine = mine[feed.raw[mine[:, O_SOURCE], COLUMN_INDEX["customer_row"]] == member]
    found: list[int] = []
    for entry in mine[::-1]:
        values = column_values(feed.raw[entry[O_SOURCE]])
        if values["destination"] != _EMERGENCY and (counted.where is None or evaluate(counted.where, values) == 1):
            found.append(int(entry[O_EVENT]))
        if len(found) == SHOWN:
            break
    return found[::-1]
