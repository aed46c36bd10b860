"""Several policies judged by one pass over the same history: their rules stand side by side in one program.

Features are the same for all of them, so the windows are kept once and only the conditions are asked several times. What is
found for a variant is then put in the words of a plan of its own, and is to the byte what a replay under that plan finds.

Comparisons with one's peers and rules over what customers have in common are not asked inside the kernel: what they compare
is summed up once, and judged by each variant's own plan.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse
from fairwire.model.finding import Finding
from fairwire.model.policy import Clause, Ladder, Pack, Rung
from fairwire.numbers.destinations import Destinations
from fairwire.plan.detector import Detector
from fairwire.ports.events import CALL_SCHEMA, EventChunk, Rejected
from fairwire.runtime.across import Adder, Sums, shared_last
from fairwire.runtime.customers import CustomerTable, load_customers
from fairwire.runtime.engine import CHUNK, Hit, cohort_hits, counted_last, hits_of, midnight_of, shared_hit, shared_hits
from fairwire.runtime.feed import Feed, read_feed
from fairwire.runtime.findings import calls_by_hour, make_finding
from fairwire.runtime.intake import read_events
from fairwire.runtime.merger import Merger, Shared
from fairwire.runtime.passing import ROWS, TOGETHER, OutOfOrder, Passing, counted_before, may_pass
from fairwire.runtime.plans import Plan, plan_of
from fairwire.runtime.replay import Report, watched

Words = npt.NDArray[np.int64]
NOBODY = "-"
"""Pack of the customers that are in the history and are not judged."""
_JUDGED = "judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened, and to whom."""

    events: Sequence[str]
    customers: Sequence[Customer]
    judged: frozenset[str]
    """Ids of the customers that are judged; the others are counted where rules look across customers, and get no finding."""
    now_us: int
    format_name: str | None = None
    format_options: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One policy, with its own plan and customers."""

    plan: Plan
    customers: CustomerTable
    pack: str

    @classmethod
    def of(
        cls,
        pack: Pack,
        history: History,
        detectors: Mapping[str, Detector],
        words: Mapping[str, tuple[str, ...]],
        beside: Sequence[Pack] = (),
    ) -> Variant:
        """A pack for everybody who is judged, with the detectors given; or with those of them that it or a pack beside it lets
        judge, where there is one."""
        plan = plan_of({pack.id: pack, NOBODY: _nothing(NOBODY)}, detectors, words, whole=not beside, beside=beside)
        return cls(plan=plan, customers=table_of(plan, history, pack.id), pack=pack.id)

    def judges(self, detector: str) -> bool:
        """Whether a detector judges anybody under the pack: a clause is there for it, and it is not at rest."""
        program = self.plan.program
        rule = next((index for index, rule in enumerate(program.rules) if rule.detector == detector), None)
        return rule is not None and program.enabled[program.packs.index(self.pack)][rule]


@dataclass(slots=True, kw_only=True)
class Seen:
    """What a pass over the history gave."""

    hits: list[list[Hit]]
    """By variant, in no order; evidence and events are rows of `table`."""
    table: pa.Table
    events: int
    duplicates: int
    late: int
    rejected: list[Rejected]
    customers: list[int]
    """Rows of those with at least one event."""
    calls: dict[int, int]
    """Attempts in each hour, by its start in microseconds."""
    skipped: Counter[str]
    feed: Feed | None
    """The whole feed, where it had to be held."""

    def findings(self, variants: Sequence[Variant]) -> list[list[tuple[Finding, Hit]]]:
        """By variant, in order of time, then id, as a replay would write them."""
        return [
            sorted(
                ((make_finding(variant.plan, variant.customers, self.table, hit), hit) for hit in hits),
                key=lambda pair: (pair[1].time_us, pair[0].finding_id),
            )
            for variant, hits in zip(variants, self.hits, strict=True)
        ]


def history_of(
    events: Sequence[str],
    customers: Path | None,
    *,
    judged: Callable[[Sequence[Customer]], frozenset[str]],
    data: Path | None = None,
    format_name: str | None = None,
    format_options: Mapping[str, str] | None = None,
    workers: int = 1,
) -> History:
    """A history as a person names it.

    Parameters
    ----------
    judged
        From all customers to the ids of those that are judged.
    data
        Data folder of a service, whose events stand in for `events` where there are none.

    Raises
    ------
    BadUse
        Neither events nor a data folder, or no customers.
    BadInput
        The customers cannot be read.
    """
    from fairwire.runtime.machine import prepare

    prepare()
    if not events:
        if data is None:
            raise BadUse("nothing says what happened", help_="give --against EVENTS, or --data DIR of a service")
        if not (data / "events").is_dir():
            raise BadUse(f"`{data}` holds no events", help_="give --against EVENTS")
        events = [str(data / "events")]
    if customers is None:
        raise BadUse("nothing says who the customers are", help_="give --customers FILE")
    records = load_customers(customers)
    return History(
        events=events,
        customers=records,
        judged=judged(records),
        now_us=time.time_ns() // 1000,
        format_name=format_name,
        format_options=format_options or {},
        workers=workers,
    )


def _nothing(name: str, *topics: str) -> Pack:
    """A pack that only serves to enable rules."""
    ladder = Ladder(name="none", rungs=(Rung(step="log"),), entry=dict.fromkeys(("info", "low", "medium", "high", "critical"), 0))
    clause = Clause(
        id="none", gist="none", place="none", controls=("stream",), topics=topics, ladder="none", status="not_yet", reason="none"
    )
    return Pack(
        id=name,
        title="none",
        version="0",
        document="none",
        clauses={"none": clause} if topics else {},
        ladders={"none": ladder},
        modes={},
        parameters={},
    )


def table_of(plan: Plan, history: History, pack: str) -> CustomerTable:
    """All customers: the judged under `pack`, the others under none."""
    table = CustomerTable.of(plan.program, None)
    table.extend(
        [
            msgspec.structs.replace(customer, policy=pack if customer.id in history.judged else NOBODY)
            for customer in history.customers
        ]
    )
    return table


class SideBySide:
    """The rules of all variants in one program."""

    def __init__(self, variants: Sequence[Variant], words: Mapping[str, tuple[str, ...]], history: History) -> None:
        self.variants = variants
        self._origin: dict[str, tuple[int, str]] = {}
        detectors: dict[str, Detector] = {}
        topics: list[str] = []
        for number, variant in enumerate(variants):
            known = {rule.detector for rule in variant.plan.program.rules}
            for name, detector in variant.plan.detectors.items():
                alone = detector.spec.cohort is not None or detector.across is not None
                if name not in known or (number if alone else not variant.judges(name)):
                    continue  # nothing would come of it, and it would be compiled all the same
                named = name if alone else f"{name}#{number:03d}"
                topic = f"on {named}"
                self._origin[named] = (number, name)
                detectors[named] = _as_set(detector, named, topic, variant)
                if alone or variant.judges(name):
                    topics.append(topic)
        self.plan = plan_of({_JUDGED: _nothing(_JUDGED, *topics), NOBODY: _nothing(NOBODY)}, detectors, words, whole=True)
        self.customers = table_of(self.plan, history, _JUDGED)
        self._moved: dict[int, tuple[int, int, list[tuple[int, int]]] | None] = {}
        for index, rule in enumerate(self.plan.program.rules):
            self._moved[index] = self._home(rule.detector, dict(rule.features))

    def _home(self, named: str, features: dict[str, int]) -> tuple[int, int, list[tuple[int, int]]] | None:
        """(variant, rule, (place here, place there) of each value) of a rule; None for those that are judged outside."""
        number, name = self._origin[named]
        if named == name:
            return None
        program = self.variants[number].plan.program
        index = next((i for i, rule in enumerate(program.rules) if rule.detector == name), None)
        if index is None:
            return None
        home = program.rules[index].features
        return number, index, [(place, home[feature]) for feature, place in features.items()]

    def home(self, hit: Hit) -> tuple[int, Hit] | None:
        """A hit as its variant's own plan would have it; None where rules of that kind are judged outside."""
        moved = self._moved[hit.rule]
        if moved is None:
            return None
        number, rule, places = moved
        values = np.full(len(self.variants[number].plan.program.features), np.nan)
        for here, there in places:
            values[there] = hit.values[here]
        hit.rule, hit.values = rule, values
        return number, hit


def _as_set(detector: Detector, named: str, topic: str, variant: Variant) -> Detector:
    """A detector under another name, with the values that the variant's pack gives its parameters."""
    from dataclasses import replace

    given = variant.plan.packs[variant.pack].parameters.get(detector.id, {})
    parameters = {
        name: written.model_copy(update={"value": float(given.get(name, written.value))})
        for name, written in detector.spec.parameters.items()
    }
    changed: dict[str, Any] = {"detector": named, "topics": [topic], "parameters": parameters, "stage": "shadow"}
    return replace(detector, spec=detector.spec.model_copy(update=changed))


def judge_variants(
    variants: Sequence[Variant],
    words: Mapping[str, tuple[str, ...]],
    history: History,
    destinations: Destinations,
    report: Report,
    *,
    shown: bool = True,
) -> Seen:
    """Run a history through all variants.

    Parameters
    ----------
    variants
        All with the same detectors.
    shown
        Look up the events that show each finding. Without them, findings name no line, user or event.

    Raises
    ------
    FairwireError
        A file that cannot be used.
    """
    beside = SideBySide(variants, words, history)
    total = sum(Path(path).stat().st_size for path in history.events if Path(path).is_file())
    if not history.format_name and history.workers == 1 and may_pass(history.events):
        with suppress(OutOfOrder):
            return _passed(beside, history, destinations, report, total, shown=shown)
    return _held(beside, history, destinations, report, total, shown=shown)


def read_history(
    history: History, report: Report, total: int, skipped: Counter[str], *, rows: int | None = None
) -> Iterable[EventChunk]:
    """The chunks of the feed, while how far it has come is told."""
    if rows is None:
        chunks = read_events(
            history.events,
            format_name=history.format_name,
            format_options=dict(history.format_options),
            now_us=history.now_us,
        )
    else:
        chunks = read_events(history.events, now_us=history.now_us, rows=rows)
    return watched(chunks, report, total, skipped)


class _Tellers:
    """What customers have in common, summed up once and judged by each variant."""

    def __init__(self, beside: SideBySide, *, shown: bool) -> None:
        self._adder = Adder(beside.plan, beside.customers, shown=shown, room=TOGETHER + CHUNK)
        self.mergers = [Merger(variant.plan, variant.customers) for variant in beside.variants]
        self.merger = self.mergers[0]
        self.opened: list[tuple[int, Shared]] = []

    def wait(self, rows: Words) -> int:
        """As `merger.Together`."""
        return self._adder.wait(rows)

    def take_waiting(self) -> tuple[list[Shared], set[int]]:
        """As `merger.Together`; a variant's findings are told apart in `opened`."""
        return self._tell(self._adder.take_waiting()), set()

    def finish(self) -> list[Shared]:
        """The ticks that are still open."""
        return self._tell(self._adder.finish())

    def _tell(self, sums: list[Sums]) -> list[Shared]:
        found: list[Shared] = []
        if sums:
            for number, merger in enumerate(self.mergers):
                opened = merger.take(sums)
                self.opened += [(number, shared) for shared in opened]
                found += opened
        return found


def _passed(beside: SideBySide, history: History, destinations: Destinations, report: Report, total: int, *, shown: bool) -> Seen:
    skipped: Counter[str] = Counter()
    passing = Passing(beside.plan, beside.customers, destinations)
    tellers = _Tellers(beside, shown=shown)
    passing.together = tellers
    for chunk in read_history(history, report, total, skipped, rows=ROWS):
        passing.take(chunk)
    passing.finish()
    hits: list[list[Hit]] = [[] for _ in beside.variants]
    for opened in passing.opened:
        moved = beside.home(passing.hit(opened))
        if moved is not None:
            hits[moved[0]].append(moved[1])
    for number, shared in tellers.opened:
        hits[number].append(shared_hit(tellers.mergers[number], shared))
    merged = {(midnight, index): totals for index, midnight, totals in passing.summaries}
    report("comparing with peers", 0, 0)
    for number, variant in enumerate(beside.variants):
        found = cohort_hits(variant.plan, variant.customers, merged)
        if shown:
            for hit in found:
                hit.evidence = counted_before(variant.plan, variant.customers, destinations, passing, hit)
        hits[number] += found
    table, place = passing.shelf.finish() if shown else (CALL_SCHEMA.empty_table(), {})
    for hit in (hit for part in hits for hit in part):
        hit.evidence = [place[ordinal] for ordinal in hit.evidence] if shown else []
        hit.event_row = place.get(hit.event_row, -1)
    owners = np.unique(np.concatenate(passing.owners)) if passing.owners else np.zeros(0, dtype=np.int32)
    return Seen(
        hits=hits,
        table=table,
        events=passing.fresh + sum(passing.other.values()),
        duplicates=passing.duplicates,
        late=passing.kernel.late,
        rejected=[*passing.rejected, *passing.unknown],
        customers=[int(owner) for owner in owners if owner >= 0],
        calls={hour: count for hour, count in passing.calls.items() if count},
        skipped=skipped,
        feed=None,
    )


def _held(beside: SideBySide, history: History, destinations: Destinations, report: Report, total: int, *, shown: bool) -> Seen:
    from fairwire.runtime.partitions import run_partitions

    skipped: Counter[str] = Counter()
    feed = read_feed(read_history(history, report, total, skipped), beside.customers, destinations)
    size, done = len(feed.emitted), 0

    def progress(count: int) -> None:
        nonlocal done
        done += count
        report("judging", done, size)

    report("judging", 0, size)
    parts, picked = run_partitions(beside.plan, beside.customers, feed, workers=history.workers, folder=None, progress=progress)
    hits: list[list[Hit]] = [[] for _ in beside.variants]
    merged: dict[tuple[int, int], Words] = {}
    for part, chosen in zip(parts, picked, strict=True):
        for hit in hits_of(part, feed, chosen):
            moved = beside.home(hit)
            if moved is not None:
                hits[moved[0]].append(moved[1])
        for index, midnight, totals in part.summaries:
            key = (midnight, index)
            merged[key] = merged[key] + totals if key in merged else totals
    told = [sums for part in parts for sums in part.shared]
    for number, variant in enumerate(beside.variants):
        for hit in cohort_hits(variant.plan, variant.customers, merged):
            if shown:
                hit.evidence = counted_last(variant.plan, feed, hit.rule, hit.customer_row, midnight_of(hit))
            hits[number].append(hit)
        for hit in shared_hits(Merger(variant.plan, variant.customers), told):
            if shown:
                hit.evidence = shared_last(variant.plan, variant.customers, feed, hit.rule, hit.row)
            hits[number].append(hit)
    return Seen(
        hits=hits,
        table=feed.table,
        events=feed.events,
        duplicates=feed.duplicates,
        late=sum(int(part.state["meta"][6]) for part in parts),
        rejected=list(feed.rejected),
        customers=list(feed.customers),
        calls=calls_by_hour(feed),
        skipped=skipped,
        feed=feed,
    )
