"""Two policies on one history: who would newly be found, limited or refused, who no longer, and what that comes to.

Each customer that is judged is judged by both. Everything is what the kernel, the ladder and the decisions would have done
had they stood in the way; nothing else in the history is changed by that: a call that is refused here still counts for what
comes after it.
"""

from __future__ import annotations

import operator
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.decisions import INLINE
from fairwire.kernel.intake import O_CALL, O_PHASE, O_SOURCE, O_TIME
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, ENDED, UNKNOWN
from fairwire.model.customers import Customer
from fairwire.model.decision import Decision, Verdict
from fairwire.model.errors import BadInput
from fairwire.model.finding import Finding, Measured
from fairwire.model.instants import DAY_US, HOUR_US, format_us, parse_us
from fairwire.model.money import format_micros
from fairwire.model.order import Order
from fairwire.model.policy import Pack
from fairwire.numbers.destinations import Destinations
from fairwire.ports.events import EventChunk
from fairwire.runtime.changes import diff_of
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.engine import run_feed
from fairwire.runtime.facts import Facts
from fairwire.runtime.feed import Feed, read_feed
from fairwire.runtime.findings import make_findings
from fairwire.runtime.intervals import wilson
from fairwire.runtime.numbering import site_destinations
from fairwire.runtime.replay import Report, order_steps
from fairwire.runtime.unnamed import Whose
from fairwire.runtime.variants import History, Seen, Variant, judge_variants, read_history
from fairwire.runtime.would_be import decisions

MONTH_DAYS = 30
PER = 10_000
SAMPLES = 5
BLAST_RADIUS = 0.001
"""Share of customers that rules may suspend by themselves before people are asked (design, section 7)."""
_RANK: dict[Verdict, int] = {"allow": 0, "challenge": 1, "limit": 1, "deny": 2}
_TOUCHING = ("step_up", "throttle", "block", "suspend_outbound", "suspend", "terminate")


class NobodyJudged(BadInput):
    """No customer of the history belongs to either policy."""

    code = "FW-DESK-001"


class NoCalls(BadInput):
    """The history holds no call of anybody who is judged."""

    code = "FW-DESK-002"


class Rate(msgspec.Struct, frozen=True):
    """Customers of 10,000 in a month of 30 days, with its interval of 95 %."""

    per_10k: float
    low: float
    high: float


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that only one of the two policies would have stopped."""

    customers: int
    calls: int
    answered: int
    minutes: str
    """Talk time as it was, decimal."""
    money: dict[str, str]
    """Currency -> charges as they were, decimal. `?` stands for a currency that neither call nor customer names."""
    unpriced: int
    """Answered calls without a charge; they are in `minutes` only."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One finding to look at."""

    customer: str
    time: str
    detector: str
    reason: str
    measured: dict[str, str]
    """Feature -> `value comparison threshold`, of the comparisons that held."""
    finding_id: str


class ClauseImpact(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of customers under one clause."""

    clause: str
    gist: str
    detectors: list[str]
    found_before: int
    """Customers."""
    found_after: int
    newly_found: int
    no_longer_found: int
    newly_found_rate: Rate
    newly_limited: Stopped
    newly_refused: Stopped
    no_longer_limited: Stopped
    no_longer_refused: Stopped
    samples: list[Sample]
    """Of customers that are newly found."""
    no_longer_samples: list[Sample]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day, UTC: customers found by a detector that day under one policy and not the other."""

    day: str
    calls: int
    only_before: int
    only_after: int
    both: int


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at."""

    events: int
    rejected: int
    duplicates: int
    late: int
    first: str
    last: str
    days: float
    customers: int
    """In the customers file."""
    judged: int
    """Of these, judged by both policies."""
    active: int
    """Of the judged, with at least one event."""
    left_out: int
    """Customers of other policies."""


class Suspensions(msgspec.Struct, frozen=True, kw_only=True):
    """Customers whom rules alone would have suspended, and whether those are too many to be left to rules."""

    before: int
    after: int
    newly: int
    waiting_after: int
    """Customers whose suspension would have waited for people."""
    share_after: float
    most: float
    over: bool


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison. The same history and packs give the same bytes."""

    before: str
    after: str
    who: str
    """Who was judged, in words."""
    base: Base
    newly_found: int
    """Customers with a finding under the second policy and none under the first."""
    no_longer_found: int
    found_before: int
    found_after: int
    newly_found_rate: Rate
    newly_limited: Stopped
    newly_refused: Stopped
    no_longer_limited: Stopped
    no_longer_refused: Stopped
    only_after: Stopped
    """Calls that the second would have limited or refused and the first let through."""
    only_before: Stopped
    emergency_calls: int
    """Of the customers whose calls were decided anew: all connect under both."""
    suspensions: Suspensions
    steps_before: dict[str, int]
    steps_after: dict[str, int]
    clauses: list[ClauseImpact]
    timeline: list[Day]
    notes: list[str]


@dataclass(slots=True)
class _Calls:
    """Calls gathered by clause, with what they came to."""

    calls: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Key of the call -> (row of the customer, clause)."""
    answered: set[int] = field(default_factory=set)
    talk_ms: Counter[int] = field(default_factory=Counter)
    charges: dict[int, tuple[str, int]] = field(default_factory=dict)

    def stopped(self, clause: str | None = None) -> Stopped:
        """Summed up, of one clause or of all."""
        chosen = {call: owner for call, (owner, named) in self.calls.items() if clause is None or named == clause}
        money: Counter[str] = Counter()
        for call in chosen:
            if call in self.charges:
                currency, micros = self.charges[call]
                money[currency] += micros
        seconds_ms = sum(self.talk_ms[call] for call in chosen)
        return Stopped(
            customers=len(set(chosen.values())),
            calls=len(chosen),
            answered=sum(call in self.answered for call in chosen),
            minutes=_minutes(seconds_ms),
            money={currency: format_micros(micros) for currency, micros in sorted(money.items())},
            unpriced=sum(call in self.answered and call not in self.charges for call in chosen),
        )


def _minutes(milliseconds: int) -> str:
    """Minutes to the hundredth, half of one rounded up."""
    hundredths = (milliseconds * 100 + 30_000) // 60_000
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def added_minutes(*stopped: Stopped) -> str:
    """The minutes of several groups of calls that have none in common."""
    hundredths = sum(int(one.minutes.replace(".", "")) for one in stopped)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(slots=True)
class _Decided:
    """What differs between the answers of the two policies."""

    newly_limited: _Calls = field(default_factory=_Calls)
    newly_refused: _Calls = field(default_factory=_Calls)
    no_longer_limited: _Calls = field(default_factory=_Calls)
    no_longer_refused: _Calls = field(default_factory=_Calls)
    only_after: _Calls = field(default_factory=_Calls)
    only_before: _Calls = field(default_factory=_Calls)
    emergency: int = 0

    def all(self) -> tuple[_Calls, ...]:
        """Every group."""
        return (
            self.newly_limited,
            self.newly_refused,
            self.no_longer_limited,
            self.no_longer_refused,
            self.only_after,
            self.only_before,
        )


def chosen_customers(customers: Sequence[Customer], packs: Sequence[Pack], *, everyone: bool) -> frozenset[str]:
    """Whom both policies judge: all, or those whose own policy is one of them.

    Raises
    ------
    NobodyJudged
        That is nobody.
    """
    ids = {pack.id for pack in packs}
    chosen = frozenset(customer.id for customer in customers if everyone or customer.policy in ids)
    if not chosen:
        named = " or ".join(f"`{name}`" for name in sorted(ids))
        there = ", ".join(f"`{name}`" for name in sorted({customer.policy for customer in customers if customer.policy})[:6])
        raise NobodyJudged(
            f"no customer has the policy {named}",
            help_=f"judge all of them with --everyone{f'; their policies are {there}' if there else ''}",
        )
    return chosen


def backtest(before: Pack, after: Pack, history: History, report: Report, *, everyone: bool) -> Backtest:
    """Run a history through two packs and compare.

    Parameters
    ----------
    history
        Its `judged` says who is judged; see `chosen_customers`.
    everyone
        They are all of them; only said in the result.

    Raises
    ------
    FairwireError
        A file that cannot be used.
    """
    detectors, words = load_detectors()
    report("compiling", 0, 0)
    variants = [Variant.of(pack, history, detectors, words, (before, after)) for pack in (before, after)]
    destinations = site_destinations()
    seen = judge_variants(variants, words, history, destinations, report)
    demand_calls(seen, history)
    found = [[finding for finding, _ in pairs] for pairs in seen.findings(variants)]
    by_id = {customer.id: customer for customer in history.customers}
    orders = [
        order_steps(
            variant.plan,
            findings,
            len(history.customers),
            lambda number: destinations.is_emergency(number, ""),
            record=by_id.get,
        )
        for variant, findings in zip(variants, found, strict=True)
    ]
    anew = _to_decide(variants, found, orders, history)
    decided = _Decided()
    if anew:
        decided = _decide_anew(variants, found, orders, history, destinations, seen, anew, report)
    report("counting", 0, 0)
    return _summed(before, after, history, seen, found, orders, decided, everyone=everyone)


def demand_calls(seen: Seen, history: History) -> None:
    """Nothing can be said of nothing.

    Raises
    ------
    NoCalls
        There is not one call.
    """
    if not seen.calls:
        aside = f"; {_records(len(seen.rejected))} could not be used" if seen.rejected else ""
        raise NoCalls(f"the history holds no call of a known customer{aside}", at=", ".join(history.events[:3]))


def _records(count: int) -> str:
    return f"{count:,} record{'' if count == 1 else 's'}"


# -- whose calls are decided anew


def _to_decide(
    variants: Sequence[Variant], found: Sequence[Sequence[Finding]], orders: Sequence[Sequence[Order]], history: History
) -> frozenset[str]:
    """Customers for whom the two policies may answer a call differently.

    Calls are answered by orders, by rules that hold, and by the questions asked of every call. Where all three are the same
    under both, so are the answers.
    """
    packs = [variant.plan.packs[variant.pack] for variant in variants]
    asked = [[(pack.modes.get(info.id), pack.parameters.get(info.id)) for info in INLINE] for pack in packs]
    if asked[0] != asked[1]:
        return history.judged
    marks: list[dict[str, set[object]]] = []
    for variant, findings, steps in zip(variants, found, orders, strict=True):
        mine: dict[str, set[object]] = defaultdict(set)
        for finding in findings:
            if finding.mode != "shadow":
                values = tuple(sorted(_parameters(variant, finding.detector).items()))
                mine[finding.customer].add(
                    (finding.detector, finding.time, finding.last_seen, finding.count, finding.mode, values)
                )
        for order in steps:
            if order.step in _TOUCHING and not order.approvals:
                mine[order.customer].add(
                    (order.step, order.target, order.value, order.user, order.line, order.created, order.expires)
                )
        marks.append(mine)
    return frozenset(name for name in {*marks[0], *marks[1]} if marks[0].get(name) != marks[1].get(name))


def _parameters(variant: Variant, detector: str) -> dict[str, float]:
    own = variant.plan.detectors[detector].spec.parameters
    given = variant.plan.packs[variant.pack].parameters.get(detector, {})
    return {name: float(given.get(name, written.value)) for name, written in own.items()}


def _decide_anew(
    variants: Sequence[Variant],
    found: Sequence[Sequence[Finding]],
    orders: Sequence[Sequence[Order]],
    history: History,
    destinations: Destinations,
    seen: Seen,
    anew: frozenset[str],
    report: Report,
) -> _Decided:
    """Answer every call of some customers under both policies. The events are read once more, and only theirs are held."""
    names = pa.array(sorted(anew), pa.string())
    tables = [seen.feed.table] if seen.feed is not None else None
    chunks: Iterable[EventChunk] = (
        (EventChunk(calls=table, other={}, rejected=[], bytes_read=0) for table in tables)
        if tables is not None
        else read_history(history, lambda _what, done, total: report("reading what is decided anew", done, total), 0, Counter())
    )
    feed = read_feed(_only(chunks, names, Whose(variants[0].customers)), variants[0].customers, destinations)
    streams: list[Iterator[tuple[list[int], Decision]]] = []
    for variant, findings, steps in zip(variants, found, orders, strict=True):
        result = run_feed(variant.plan, variant.customers, feed)
        known = {finding.finding_id for finding in findings}
        of_hit = {id(hit): finding for finding, hit in make_findings(variant.plan, variant.customers, feed, result)}
        # What this part of the feed finds by itself is what the whole did, but for comparisons across customers.
        at = [each if each and each.finding_id in known else None for each in (of_hit.get(id(hit)) for hit in result.hits)]
        facts = Facts(variant.plan, destinations)
        mine = [order for order in steps if order.customer in anew]
        streams.append(decisions(facts, variant.customers, feed, result.inline, at, mine))
    decided = _Decided()
    size = int(np.count_nonzero(feed.emitted[:, O_PHASE] == ATTEMPT))
    for done, ((entry, first), (_, second)) in enumerate(zip(*streams, strict=True)):
        if done % 1024 == 0:
            report("deciding", done, size)
        _compare(decided, entry, int(feed.raw[entry[O_SOURCE], COLUMN_INDEX["customer_row"]]), first, second)
    _price(decided.all(), feed, variants[0].customers.customers)
    return decided


def _only(chunks: Iterable[EventChunk], names: pa.Array, whose: Whose) -> Iterator[EventChunk]:
    for read in chunks:
        chunk = whose.named(read)
        mine = chunk.calls.filter(pc.is_in(chunk.calls["customer"], value_set=names))
        if mine.num_rows:
            yield EventChunk(calls=mine, other={}, rejected=[], bytes_read=chunk.bytes_read)


def _compare(decided: _Decided, entry: list[int], owner: int, first: Decision, second: Decision) -> None:
    """Put a call where its two answers say. A help call connects under both, so it is never put anywhere."""
    if first.reasons and first.reasons[0].detector == "inline.emergency_calls":
        decided.emergency += 1
    before, after = _RANK[first.decision], _RANK[second.decision]
    call = entry[O_CALL]
    if after > before:
        mine = (owner, second.reasons[0].clause)
        (decided.newly_refused if after == _RANK["deny"] else decided.newly_limited).calls[call] = mine
        if before == 0:
            decided.only_after.calls[call] = mine
    elif before > after:
        mine = (owner, first.reasons[0].clause)
        (decided.no_longer_refused if before == _RANK["deny"] else decided.no_longer_limited).calls[call] = mine
        if after == 0:
            decided.only_before.calls[call] = mine


def _price(groups: Sequence[_Calls], feed: Feed, customers: Sequence[Customer]) -> None:
    """What the calls came to: talk and charge stand in the record of a call's end."""
    ended = feed.emitted[feed.emitted[:, O_PHASE] == ENDED]
    wanted = np.array(sorted({call for group in groups for call in group.calls}), dtype=np.int64)
    ended = ended[np.isin(ended[:, O_CALL], wanted)]
    # Charges as they were told: the column of rules has them in the customer's currency.
    told = feed.table.select(["currency", "charge_micros"]).take(pa.array(ended[:, O_SOURCE], pa.int64())).to_pydict()
    talk, owner = COLUMN_INDEX["talk_s"], COLUMN_INDEX["customer_row"]
    for entry, currency, charge in zip(ended.tolist(), told["currency"], told["charge_micros"], strict=True):
        row = feed.raw[entry[O_SOURCE]]
        call = entry[O_CALL]
        named = currency or customers[int(row[owner])].currency or "?"
        for group in groups:
            if call not in group.calls:
                continue
            if row[talk] != UNKNOWN and row[talk] > 0:
                group.answered.add(call)
                group.talk_ms[call] += int(row[talk])
            if charge is not None:
                group.charges[call] = (named, charge)


Windows = Mapping[str, Sequence[tuple[int, int]]]
"""Customer -> stretches of time, in microseconds, both ends included."""


def calls_within(
    windows: Sequence[Windows], history: History, variant: Variant, destinations: Destinations, report: Report
) -> list[Stopped]:
    """What calls of some customers that began in some stretches of time come to; the events are read once for all of them."""
    names = sorted({name for each in windows for name in each})
    groups = [_Calls() for _ in windows]
    if not names:
        return [group.stopped() for group in groups]
    chunks = read_history(history, lambda _what, done, total: report("reading what they cost", done, total), 0, Counter())
    feed = read_feed(_only(chunks, pa.array(names, pa.string()), Whose(variant.customers)), variant.customers, destinations)
    attempts = feed.emitted[feed.emitted[:, O_PHASE] == ATTEMPT]
    owners = feed.raw[attempts[:, O_SOURCE], COLUMN_INDEX["customer_row"]]
    for group, each in zip(groups, windows, strict=True):
        for name, spans in each.items():
            row = variant.customers.rows[name]
            mine = attempts[owners == row]
            for first, last in spans:
                inside = mine[(mine[:, O_TIME] >= first) & (mine[:, O_TIME] <= last)]
                group.calls |= dict.fromkeys(inside[:, O_CALL].tolist(), (row, ""))
    _price(groups, feed, variant.customers.customers)
    return [group.stopped() for group in groups]


# -- the sums


def _summed(
    before: Pack,
    after: Pack,
    history: History,
    seen: Seen,
    found: Sequence[Sequence[Finding]],
    orders: Sequence[Sequence[Order]],
    decided: _Decided,
    *,
    everyone: bool,
) -> Backtest:
    judged = len(history.judged)
    first, last = (min(seen.calls), max(seen.calls) + HOUR_US) if seen.calls else (0, 0)
    days = (last - first) / DAY_US
    months = days / MONTH_DAYS
    renamed = diff_of(before, after).renamed
    named = [{finding.customer for finding in findings} for findings in found]
    active = {history.customers[row].id for row in seen.customers} & history.judged
    ids = {pack.id for pack in (before, after)}
    who = (
        f"all {judged:,} customers, whatever their own policy"
        if everyone
        else f"the {judged:,} customers whose policy is {' or '.join(sorted(ids))}, each by both"
    )
    steps = [Counter(_step(order) for order in each) for each in orders]
    suspensions = _suspensions(orders, judged)
    notes = [
        "A call that one of the two would have stopped still counts for all that comes after it: history is not played anew.",
        "Steps that wait for people's approval stop nothing here.",
    ]
    if days < 7:
        notes.append(f"{days:.1f} days are no month: what is rare or comes at a month's end is not in them.")
    if seen.rejected:
        notes.append(
            f"{_records(len(seen.rejected))} could not be used and {'is' if len(seen.rejected) == 1 else 'are'} not counted."
        )
    return Backtest(
        before=f"{before.id}@{before.version}",
        after=f"{after.id}@{after.version}",
        who=who,
        base=Base(
            events=seen.events,
            rejected=len(seen.rejected),
            duplicates=seen.duplicates + seen.skipped["duplicate"],
            late=seen.late,
            first=format_us(first),
            last=format_us(last),
            days=round(days, 3),
            customers=len(history.customers),
            judged=judged,
            active=len(active),
            left_out=len(history.customers) - judged,
        ),
        newly_found=len(named[1] - named[0]),
        no_longer_found=len(named[0] - named[1]),
        found_before=len(named[0]),
        found_after=len(named[1]),
        newly_found_rate=rate(len(named[1] - named[0]), judged, months),
        newly_limited=decided.newly_limited.stopped(),
        newly_refused=decided.newly_refused.stopped(),
        no_longer_limited=decided.no_longer_limited.stopped(),
        no_longer_refused=decided.no_longer_refused.stopped(),
        only_after=decided.only_after.stopped(),
        only_before=decided.only_before.stopped(),
        emergency_calls=decided.emergency,
        suspensions=suspensions,
        steps_before=dict(sorted(steps[0].items())),
        steps_after=dict(sorted(steps[1].items())),
        clauses=_clauses(before, after, renamed, found, decided, judged, months),
        timeline=_timeline(seen, found),
        notes=notes,
    )


def rate(customers: int, of: int, months: float) -> Rate:
    """Customers of 10,000 a month, with Wilson's interval."""
    low, high = wilson(customers, of)
    if not of or not months:
        return Rate(per_10k=0.0, low=0.0, high=float(PER))
    return scaled(customers / of, low, high, PER / months)


def scaled(share: float, low: float, high: float, per: float) -> Rate:
    """A share of a history and its interval as of 10,000 customers a month; of no more than all of them."""
    return Rate(*(min(float(PER), round(each * per, 2)) for each in (share, low, high)))


def _step(order: Order) -> str:
    return f"{order.step} (needs approval)" if order.approvals else order.step


def _suspensions(orders: Sequence[Sequence[Order]], judged: int) -> Suspensions:
    alone = [
        {order.customer for order in each if order.step in ("suspend_outbound", "suspend") and not order.approvals}
        for each in orders
    ]
    waiting = {order.customer for order in orders[1] if order.step in ("suspend_outbound", "suspend") and order.approvals}
    share = len(alone[1]) / judged if judged else 0.0
    return Suspensions(
        before=len(alone[0]),
        after=len(alone[1]),
        newly=len(alone[1] - alone[0]),
        waiting_after=len(waiting - alone[1]),
        share_after=round(share, 6),
        most=BLAST_RADIUS,
        over=share > BLAST_RADIUS,
    )


def _clauses(
    before: Pack,
    after: Pack,
    renamed: Mapping[str, str],
    found: Sequence[Sequence[Finding]],
    decided: _Decided,
    judged: int,
    months: float,
) -> list[ClauseImpact]:
    """Clauses that anything was found or stopped under, in the order of the newer document."""
    by_clause: list[dict[str, list[Finding]]] = [defaultdict(list), defaultdict(list)]
    for side, findings in enumerate(found):
        for finding in findings:
            for clause in finding.clauses:
                by_clause[side][renamed.get(clause, clause) if side == 0 else clause].append(finding)
    old = {renamed.get(clause, clause): clause for clause in before.clauses}
    stopped = {clause for group in decided.all() for _, clause in group.calls.values()}
    order = dict.fromkeys((*after.clauses, *old))
    impacts = []
    for clause in order:
        there = [by_clause[0].get(clause, []), by_clause[1].get(clause, [])]
        was = old.get(clause, clause)
        if not (there[0] or there[1] or {clause, was} & stopped):
            continue
        named = [{finding.customer for finding in each} for each in there]
        newly, gone = named[1] - named[0], named[0] - named[1]
        spoken = after.clauses.get(clause) or before.clauses[was]
        impacts.append(
            ClauseImpact(
                clause=clause,
                gist=spoken.gist,
                detectors=sorted({finding.detector for each in there for finding in each}),
                found_before=len(named[0]),
                found_after=len(named[1]),
                newly_found=len(newly),
                no_longer_found=len(gone),
                newly_found_rate=rate(len(newly), judged, months),
                newly_limited=decided.newly_limited.stopped(clause),
                newly_refused=decided.newly_refused.stopped(clause),
                no_longer_limited=decided.no_longer_limited.stopped(was),
                no_longer_refused=decided.no_longer_refused.stopped(was),
                samples=_samples(there[1], newly),
                no_longer_samples=_samples(there[0], gone),
            )
        )
    return impacts


def _samples(findings: Sequence[Finding], customers: set[str]) -> list[Sample]:
    """The first finding of each customer, spread over those there are."""
    first: dict[str, Finding] = {}
    for finding in findings:
        if finding.customer in customers:
            first.setdefault(finding.customer, finding)
    chosen = list(first.values())
    if len(chosen) > SAMPLES:
        chosen = [chosen[index * (len(chosen) - 1) // (SAMPLES - 1)] for index in range(SAMPLES)]
    return [
        Sample(
            customer=finding.customer,
            time=finding.time,
            detector=finding.detector,
            reason=finding.reason,
            measured={name: _against(one) for name, one in finding.features.items() if _holds(one)},
            finding_id=finding.finding_id,
        )
        for finding in chosen
    ]


_OPS: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}


def _holds(measured: Measured) -> bool:
    """Whether it is one of the comparisons that made the rule true."""
    value, threshold = measured.value, measured.threshold
    if not isinstance(value, int | float) or not isinstance(threshold, int | float):
        return False
    compare = _OPS.get(measured.comparison or "")
    return compare is not None and compare(value, threshold)


def _against(measured: Measured) -> str:
    return f"{_short(measured.value)} {measured.comparison} {_short(measured.threshold)}"


def _short(value: float | str | None) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _timeline(seen: Seen, found: Sequence[Sequence[Finding]]) -> list[Day]:
    keyed: list[dict[int, set[tuple[str, str]]]] = [defaultdict(set), defaultdict(set)]
    for side, findings in enumerate(found):
        for finding in findings:
            keyed[side][parse_us(finding.time) // DAY_US].add((finding.customer, finding.detector))
    calls: Counter[int] = Counter()
    for hour, count in seen.calls.items():
        calls[hour // DAY_US] += count
    days = {*calls, *keyed[0], *keyed[1]}
    if not days:
        return []
    return [
        Day(
            day=format_us(day * DAY_US)[:10],
            calls=calls[day],
            only_before=len(keyed[0][day] - keyed[1][day]),
            only_after=len(keyed[1][day] - keyed[0][day]),
            both=len(keyed[0][day] & keyed[1][day]),
        )
        for day in range(min(days), max(days) + 1)
    ]
