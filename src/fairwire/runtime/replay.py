"""Runs history through the kernel and writes down what would have happened: findings, decisions, orders."""

from __future__ import annotations

import hashlib
import shlex
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, BadUse
from fairwire.model.finding import Finding
from fairwire.model.grants import Covered
from fairwire.model.instants import HOUR_US, format_us
from fairwire.model.order import Order
from fairwire.ports.control import Run
from fairwire.ports.engines import Engine
from fairwire.ports.events import EventChunk
from fairwire.runtime.collecting import seldom, settle
from fairwire.runtime.discovery import load
from fairwire.runtime.first_code import not_for
from fairwire.runtime.plans import Plan

if TYPE_CHECKING:
    from fairwire.numbers.destinations import Destinations
    from fairwire.runtime.customers import CustomerTable
    from fairwire.runtime.data import StorePlace
    from fairwire.runtime.intake import RejectLog
    from fairwire.runtime.judged import Judged

Report = Callable[[str, int, int], None]
"""(what is going on, how much is done, of how much): called now and then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What to replay and where to put what comes of it."""

    events: Sequence[str]
    customers: Path | None = None
    grants: Path | None = None
    """Grants on file, JSON Lines, or the data folder that has them on record."""
    policies: Sequence[str] = ()
    format_name: str | None = None
    format_options: dict[str, str] = field(default_factory=dict)
    findings: Path | None = None
    decisions: Path | None = None
    actions: Path | None = None
    rejects: Path | None = None
    data: Path | None = None
    store: StorePlace | None = None
    """Where the control store is, when it is not to be where the data folder and the environment say."""
    strict: bool = False
    engine: str = "local"
    workers: int = 1
    checkpoint: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of it."""

    summary: dict[str, Any]
    """The shape of CONTRACTS section 5, `replay --json`."""
    plan: Plan
    findings: list[Finding]
    orders: list[Order]
    reject_lines: list[str]
    silenced: dict[str, int]
    notes: list[str]
    verdicts: dict[str, int]
    covered: Sequence[Covered] = ()
    """What was seen and is covered by a grant."""


def now_us() -> int:
    """The clock of this machine."""
    return time.time_ns() // 1000


def replay(work: Replay, report: Report) -> Replayed:
    """Do it all: read, run, judge, order, write, store.

    Raises
    ------
    FairwireError
        A file that cannot be used; with `strict`, the first record that cannot.
    """
    from fairwire.runtime.machine import compiling, prepare

    prepare()
    with seldom(), not_for(work.events), compiling() as spent:
        done = _replay(work, report)
    if sum(spent) >= _WORTH_SAYING_S:
        done.notes.append(
            f"{sum(spent):,.0f} s of it went into compiling the rules for these kinds of events: that is kept, and not done again"
        )
    return done


def _replay(work: Replay, report: Report) -> Replayed:
    began = time.perf_counter()
    from fairwire.kernel.state import State  # noqa: F401  (compiled code is loaded while the clock runs, not in the middle)
    from fairwire.runtime.customers import CustomerTable, load_customers
    from fairwire.runtime.data import versions_in
    from fairwire.runtime.findings import make_series
    from fairwire.runtime.intake import RejectLog
    from fairwire.runtime.numbering import site_destinations
    from fairwire.runtime.plans import load_plan

    notes: list[str] = []
    report("loading policies", 0, 0)
    with versions_in(work.data, work.store) as store:
        plan = load_plan(work.policies, store=store)
    customers = CustomerTable.of(plan.program, plan.everyone, plan.timelines)
    if work.customers is not None:
        customers.extend(load_customers(work.customers))
    elif plan.everyone is None:
        raise BadUse("without a customers file nothing says whose policy applies", help_="give --customers FILE, or --policy ID")
    if work.grants is not None:
        from fairwire.runtime.grant_book import load_book

        customers.grant(load_book(work.grants))
    skipped: Counter[str] = Counter()
    inputs = [str(work.customers)] if work.customers else []
    destinations = site_destinations()
    settle()
    log = RejectLog(
        str(work.rejects or RejectLog.default_path(work.events[0])), inputs=(*work.events, *inputs), strict=work.strict
    )
    engine: Engine = load("engines", work.engine)
    if engine.reads_in_tasks:
        judged = _spread(engine, work, plan, customers, notes, skipped, report)
        log.add(judged.rejected)
        log.close()
    else:
        judged = _held(work, plan, customers, destinations, notes, skipped, log, report)
    found = judged.found
    findings = [finding for finding, _ in found]
    orders = order_steps(
        plan,
        findings,
        len(customers.customers),
        lambda number: destinations.is_emergency(number, ""),
        record=customers.record,
    )
    lines = b"".join(msgspec.json.encode(finding) + b"\n" for finding in findings)
    if work.findings:
        _write(work.findings, lines)
    if work.actions:
        _write(work.actions, b"".join(msgspec.json.encode(order) + b"\n" for order in orders))
    verdicts: dict[str, int] = {}
    if work.decisions and judged.decide:
        from fairwire.runtime.facts import Facts

        report("deciding", 0, 0)
        verdicts = judged.decide(work.decisions, Facts(plan, destinations), orders)
    seconds = time.perf_counter() - began
    judging = _judging(plan, customers, judged.customers, judged.calls)
    policies = tuple(sorted({plan.ref(key) for key in judging}))
    _note_versions(judging, notes)
    summary: dict[str, Any] = {
        "events": judged.events,
        "rejected": len(judged.rejected),
        "duplicates": judged.duplicates + skipped["duplicate"],
        "late": judged.late,
        "customers": len(judged.customers),
        "findings": len(findings),
        "seconds": round(seconds, 3),
        "events_per_s": round(judged.events / seconds) if seconds else 0,
        "policy": ", ".join(policies),
        "findings_sha256": hashlib.sha256(lines).hexdigest(),
        "orders": len(orders),
        "other_events": judged.other,
    }
    if work.grants is not None:
        summary["covered"] = len(judged.covered)
    if work.data is not None:
        report("storing", 0, 0)
        reproduce = command_line(work)
        evidence = judged.evidence(reproduce)
        series = make_series(judged.calls, findings, [hit for _, hit in found])
        run = Run(
            run_id=f"r-{uuid.uuid4().hex[:12]}",
            command=reproduce,
            started=format_us(now_us()),
            policies=policies,
            summary=summary,
        )
        from fairwire.runtime.data import open_control

        with closing(open_control(work.data, work.store)) as store:
            store.save_run(run, findings, evidence, orders, series)
    silenced = {rule.detector: int(judged.silenced[i]) for i, rule in enumerate(plan.program.rules) if judged.silenced[i]}
    return Replayed(
        summary=summary,
        plan=plan,
        findings=findings,
        orders=orders,
        reject_lines=log.summary(),
        silenced=silenced,
        notes=notes,
        verdicts=verdicts,
        covered=judged.covered,
    )


def _judging(plan: Plan, customers: CustomerTable, rows: Sequence[int], hours: Mapping[int, int]) -> tuple[str, ...]:
    """Key of every pack by which one of these customers was judged between the first hour with a call and the last."""
    first, last = (min(hours), max(hours) + HOUR_US - 1) if hours else (now_us(), now_us())
    times = [first, *(at for at in customers.turns if first < at <= last)]
    return tuple(sorted({customers.pack_of(row, at) for row in rows for at in times}))


def _note_versions(keys: Sequence[str], notes: list[str]) -> None:
    """Say which published versions judged, and how to have one judge all."""
    versions: dict[str, list[str]] = {}
    for key in keys:
        pack, sign, number = key.partition("@")
        if sign:
            versions.setdefault(pack, []).append(number)
    for pack, numbers in versions.items():
        told = " and ".join("its files" if number == "files" else number for number in numbers)
        notes.append(
            f"{pack}: judged by {told}, each event by the version in force at its time; "
            f"`--policy {pack}@VERSION` judges all by one"
        )


def _held(
    work: Replay,
    plan: Plan,
    customers: CustomerTable,
    destinations: Destinations,
    notes: list[str],
    skipped: Counter[str],
    log: RejectLog,
    report: Report,
) -> Judged:
    """This process reads everything and holds it; workers run their share of it."""
    from fairwire.runtime.feed import read_feed
    from fairwire.runtime.intake import read_events
    from fairwire.runtime.judged import judge_feed

    total = sum(Path(path).stat().st_size for path in work.events if Path(path).is_file())
    passed = _passed(work, plan, customers, destinations, notes, skipped, report, total)
    if passed is not None:
        log.add(passed.rejected)
        log.close()
        return passed
    found_events = read_events(work.events, format_name=work.format_name, format_options=work.format_options, now_us=now_us())
    prices = Prices()
    chunks: Iterable[EventChunk] = watched(found_events, report, total, skipped, prices)
    if work.customers is None:
        chunks = _with_default_customers(chunks, customers, notes)
    feed = read_feed(chunks, customers, destinations)
    notes += prices.notes()
    log.add(feed.rejected)
    log.close()
    size = len(feed.emitted)
    done = 0

    def progress(count: int) -> None:
        nonlocal done
        done += count
        report("judging", done, size)

    report("judging", 0, size)
    return judge_feed(plan, customers, feed, workers=work.workers, checkpoint=work.checkpoint, progress=progress)


def _passed(
    work: Replay,
    plan: Plan,
    customers: CustomerTable,
    destinations: Destinations,
    notes: list[str],
    skipped: Counter[str],
    report: Report,
    total: int,
) -> Judged | None:
    """Judge events while they are read; None where that cannot be done, and then nothing has been done."""
    from fairwire.runtime.intake import read_events
    from fairwire.runtime.passing import ROWS, OutOfOrder, judge_passing, may_pass

    if work.customers is None or work.format_name or work.workers > 1 or work.checkpoint or work.decisions:
        return None
    if customers.grants is not None and customers.grants.narrow:
        return None  # some customers are judged once more, event by event
    if not may_pass(work.events):
        return None
    chunks = read_events(work.events, now_us=now_us(), rows=ROWS)
    prices = Prices()
    try:
        judged = judge_passing(plan, customers, destinations, watched(chunks, report, total, skipped, prices))
    except OutOfOrder:
        skipped.clear()
        return None
    notes += prices.notes()
    return judged


def _spread(
    engine: Engine,
    work: Replay,
    plan: Plan,
    customers: CustomerTable,
    notes: list[str],
    skipped: Counter[str],
    report: Report,
) -> Judged:
    """The engine's tasks read and run; this process puts together what they found."""
    from fairwire.runtime.intake import event_files
    from fairwire.runtime.machine import load_run
    from fairwire.runtime.spread import Reading, judge_spread, part_bytes_for, partitions_for, plan_splits

    narrow = work.grants if customers.grants is not None and customers.grants.narrow else None
    for given, name in ((work.checkpoint, "--checkpoint"), (work.decisions, "--decisions"), (narrow, "--grants")):
        if given is not None:
            raise BadUse(f"`{name}` does not go with `--engine {engine.name}`", help_="use `--engine local` for it")
    clock = now_us()
    splits = plan_splits(
        Reading(
            paths=work.events,
            format_name=work.format_name,
            format_options=work.format_options,
            now_us=clock,
            part_bytes=part_bytes_for([] if work.format_name else event_files(work.events), work.workers),
        )
    )
    load_run(plan.program)  # compiled once, before every worker would do it
    report(f"starting {engine.name}", 0, 0)
    with engine.session(work.workers) as session:
        judged, passed, made = judge_spread(
            session,
            plan,
            customers,
            splits,
            partitions=partitions_for(splits, work.workers),
            everybody=work.customers is None,
            now_us=clock,
            told=report,
        )
    skipped.update(passed)
    _note_made(made, notes)
    return judged


def order_steps(
    plan: Plan,
    findings: Sequence[Finding],
    customers: int,
    is_emergency: Callable[[str], bool],
    history: Sequence[Order] = (),
    *,
    record: Callable[[str], Customer | None],
) -> list[Order]:
    """The ladder's steps for findings, in dry run; `history` is what was ordered before, `record` gives a customer's."""
    from fairwire.enforcement.ladder import plan_orders
    from fairwire.model.policy import RuleInfo
    from fairwire.runtime.billing import account_of

    rules = {
        rule.detector: RuleInfo(detector=rule.detector, certainty="hard" if rule.hard else "soft", narrowest=rule.narrowest)
        for rule in plan.program.rules
    }
    return plan_orders(
        findings,
        rules,
        plan.by_ref(),
        history,
        customers=customers,
        is_emergency=is_emergency,
        account_of=lambda finding: account_of(record(finding.customer), finding),
    )


@dataclass(slots=True)
class Prices:
    """How many calls of a feed tell what they cost."""

    calls: int = 0
    priced: int = 0

    def look(self, events: Any) -> None:
        """Count the calls of one chunk, a table of `CALL_SCHEMA`."""
        self.calls += events.num_rows - events["call_id"].null_count
        self.priced += events.num_rows - min(events["rate_micros"].null_count, events["charge_micros"].null_count)

    def notes(self) -> list[str]:
        """What is to be said of a feed without prices."""
        if self.priced or self.calls < _SOME_CALLS:
            return []
        said = "no call tells a price (`rate_per_min` or `charge`): rules about money see only numbers that are known to be dear"
        return [f"{said}; add prices to the events for the others"]


_SOME_CALLS = 100
"""Fewer of them are a trial, not a feed."""
_WORTH_SAYING_S = 10.0


def watched(
    chunks: Iterable[EventChunk], report: Report, total: int, skipped: Counter[str], prices: Prices | None = None
) -> Iterable[EventChunk]:
    """The chunks of a feed, while how far it has come is told and what was passed over is counted."""
    done = 0
    before = 0
    for chunk in chunks:
        if chunk.bytes_read < before:  # the next file has begun
            done += before
        before = chunk.bytes_read
        skipped.update(chunk.skipped)
        report("reading", done + before, total)
        if prices is not None:
            prices.look(chunk.calls)
        yield chunk


def _with_default_customers(chunks: Iterable[EventChunk], customers: Any, notes: list[str]) -> Iterable[EventChunk]:
    """Give every customer that the feed names a record with nothing in it but its id, and say so."""
    import pyarrow.compute as pc

    from fairwire.model.customers import Customer

    made = 0
    for chunk in chunks:
        names = [name for name in pc.unique(chunk.calls["customer"]).to_pylist() if name and name not in customers.rows]
        if names:
            customers.extend([Customer(id=name) for name in sorted(names)])
            made += len(names)
        yield chunk
    _note_made(made, notes)


def _note_made(made: int, notes: list[str]) -> None:
    if made:
        notes.append(
            f"no customers file: {made} customer{'s were' if made > 1 else ' was'} judged by the event's id alone, in UTC, "
            "country unknown; give --customers FILE for limits, plans and entitlements"
        )


def command_line(work: Replay) -> str:
    """The command that does this again."""
    words = ["fairwire", "replay", *work.events]
    if work.customers:
        words += ["--customers", str(work.customers)]
    if work.grants:
        words += ["--grants", str(work.grants)]
    for policy in work.policies:
        words += ["--policy", policy]
    if work.format_name:
        words += ["--format", work.format_name]
    for name, value in work.format_options.items():
        words += ["--option", f"{name}={value}"]
    return shlex.join(words)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise BadInput(f"this file cannot be written: {error.strerror}", at=str(path), help_="name another one") from None
