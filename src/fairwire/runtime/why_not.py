"""Why a customer was not found: for each rule that judges it, how near it came to firing, and what kept it quiet."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from fairwire.expr.evaluate import Value, show
from fairwire.kernel.intake import O_EVENT, O_SOURCE, O_TIME
from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.errors import BadInput, BadUse
from fairwire.model.grants import Covered
from fairwire.model.instants import format_us
from fairwire.plan.detector import Detector
from fairwire.plan.explain import explanation
from fairwire.ports.events import EventChunk
from fairwire.runtime.customers import CustomerTable, load_customers
from fairwire.runtime.data import records_in, versions_in
from fairwire.runtime.detectors import no_detector
from fairwire.runtime.engine import Hit
from fairwire.runtime.feed import Feed, event_records, read_feed
from fairwire.runtime.findings import entitled, rule_values
from fairwire.runtime.grant_book import NONE, GrantBook, load_book, read_book
from fairwire.runtime.grant_letters import phrase_of
from fairwire.runtime.intake import read_events
from fairwire.runtime.nearness import Lacking, conditions, lacking_now
from fairwire.runtime.numbering import site_destinations
from fairwire.runtime.observing import Moment, Watch, Watched, compared, watch_comparisons, watch_events
from fairwire.runtime.plans import Plan, load_plan
from fairwire.runtime.unnamed import Whose

Words = npt.NDArray[np.int64]
Outcome = Literal["found", "silenced", "quiet", "not_judged", "not_bound"]
_ORDER: tuple[Outcome, ...] = ("found", "silenced", "quiet", "not_judged", "not_bound")
_ASKED = {
    ">=": "at least {} asked",
    ">": "more than {} asked",
    "<=": "at most {} asked",
    "<": "less than {} asked",
    "==": "exactly {} asked",
    "!=": "anything but {} asked",
}
_COMPARED = {
    "use": "use of the month so far",
    "others_mean": "mean of the others",
    "others_trimmed": "mean of the others without the extremes",
    "log_z": "robust deviations above the middle of the others",
    "cohort_size": "others to compare with",
}
_NOTHING = "nothing of the kind was seen"
_SHARES = frozenset({"share", "asr", "regular"})


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """One rule and one customer."""

    detector: str
    title: str
    outcome: Outcome
    kept_quiet: tuple[str, ...]
    """Sentences: the conditions that lacked at the nearest, the entitlement, the policy."""
    mode: str
    judged: int
    """How often the rule looked at this customer."""
    held: int
    """How often its condition was true."""
    lacking: int | None = None
    """Conditions that did not hold when it came nearest; None when it was never judged."""
    conditions: int | None = None
    time: str | None = None
    event: dict[str, Any] | None = None
    """The event at which it came nearest; None for a comparison with other customers."""
    nothing: bool = False
    """Nothing of the kind that the rule looks for was seen."""
    compares: bool = False
    """The rule compares the customer with others."""
    explanation: dict[str, Any] | None = None
    """As for a finding: rule, comparisons with their values, windows, entitlements."""


class WhyNot(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, the rules that came nearest first."""

    customer: str
    kind: str | None
    plan: str
    policy: str
    events: int
    first: str
    last: str
    at: str | None
    customers: int
    """How many there are."""
    heard: int | None
    """How many of them have events here; None where no rule that was looked at compares them."""
    detectors: list[Quiet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whom it is about, and by which events."""

    customer: str
    events: Sequence[str]
    customers: Path
    detector: str | None = None
    at_us: int | None = None
    policies: Sequence[str] = ()
    format_name: str | None = None
    data: Path | None = None
    """Data folder with published versions of policies, as for a replay, and with what was granted."""
    grants: Path | None = None
    """What was granted, where that is not to be taken from the data folder."""


def why_not(question: Question, *, now_us: int | None = None) -> WhyNot:
    """Run the customer's events through the kernel and look at every rule.

    Rules that compare customers with one another need everybody's events: the whole feed is run for them.

    Raises
    ------
    BadUse
        There is no such customer or detector.
    BadInput
        A file cannot be used, or has no event of the customer.
    """
    with versions_in(question.data) as store:
        plan = load_plan(question.policies, store=store)
    customers = CustomerTable.of(plan.program, plan.everyone, plan.timelines)
    customers.extend(load_customers(question.customers))
    customers.grant(_book(question))
    member = _member(customers, question)
    as_of_us = question.at_us if question.at_us is not None else now_us or 0
    customers.turn(as_of_us)
    pack = customers.pack_of(member, as_of_us)
    rules = _rules(plan, customers, member, question.detector)
    needs_all = any(rule in compared(plan) for rule in rules)
    chunks = read_events(question.events, format_name=question.format_name, now_us=now_us)
    feed = read_feed(chunks if needs_all else _only(chunks, question.customer, Whose(customers)), customers, site_destinations())
    picked = np.flatnonzero(feed.raw[feed.emitted[:, O_SOURCE], COLUMN_INDEX["customer_row"]] == member)
    if not len(picked):
        raise BadInput(
            f"there is no event of customer `{question.customer}` that a rule could look at",
            at=", ".join(question.events),
            help_="name the files that hold its traffic",
        )
    watch = Watch(plan=plan, customers=customers, member=member, rules=rules, at_us=question.at_us)
    silenced, covered = watch_events(watch, feed, picked)
    if needs_all:
        silenced |= watch_comparisons(watch, feed)
    told = [_quiet(watch, rule, feed, picked, pack, _hushed(watch, rule, silenced.get(rule, 0), covered)) for rule in rules]
    entries = feed.emitted[picked]
    record = customers.customers[member]
    return WhyNot(
        customer=record.id,
        kind=record.kind,
        plan=record.plan,
        policy=plan.ref(pack),
        events=len(np.unique(entries[:, O_EVENT])),
        first=format_us(int(entries[:, O_TIME].min())),
        last=format_us(int(entries[:, O_TIME].max())),
        at=format_us(question.at_us) if question.at_us is not None else None,
        customers=len(customers.customers),
        heard=len(np.unique(feed.raw[feed.emitted[:, O_SOURCE], COLUMN_INDEX["customer_row"]])) if needs_all else None,
        detectors=[one for one, _ in sorted(told, key=_nearest_first)],
    )


def _nearest_first(entry: tuple[Quiet, Moment | None]) -> tuple[int, bool, float, int, str]:
    """By what happened, then by how far what lacked was from its threshold, on average."""
    quiet, moment = entry
    count, gap = (moment.count, moment.gap) if moment is not None else (0, 0.0)
    return _ORDER.index(quiet.outcome), quiet.nothing, gap / max(1, count), count, quiet.detector


def _only(chunks: Iterable[EventChunk], customer: str, whose: Whose) -> Iterator[EventChunk]:
    for read in chunks:
        chunk = whose.named(read)
        mine = chunk.calls.filter(pc.equal(chunk.calls["customer"], customer))
        yield msgspec.structs.replace(chunk, calls=mine, rejected=[])


def _member(customers: CustomerTable, question: Question) -> int:
    row = customers.rows.get(question.customer)
    if row is None:
        close = difflib.get_close_matches(question.customer, customers.rows, n=1)
        hint = f"did you mean `{close[0]}`?" if close else "look at the `id` of its record"
        raise BadUse(f"there is no customer `{question.customer}` in {question.customers}", hint=hint)
    return row


def _rules(plan: Plan, customers: CustomerTable, member: int, named: str | None) -> list[int]:
    """The rule that is named, or all that the customer's policy binds."""
    places = {rule.detector: index for index, rule in enumerate(plan.program.rules)}
    if named is None:
        pack = int(customers.values[member, 0])
        return [index for index in places.values() if plan.program.enabled[pack][index]]
    if named not in places:
        raise no_detector(named, places)
    return [places[named]]


class _Hushed(NamedTuple):
    """What silenced a rule."""

    by_word: int
    """Hits that an entitlement silenced."""
    words: tuple[str, ...]
    """Those that grants gave, each with the grants, in words."""
    by_grant: int
    """Hits that grants for some events cover."""
    grants: tuple[str, ...]


def _book(question: Question) -> GrantBook:
    if question.grants is not None:
        return load_book(question.grants)
    with records_in(question.data) as records:
        return NONE if records is None else read_book(records)


def _hushed(watch: Watch, rule: int, silenced: int, covered: Sequence[Covered]) -> _Hushed:
    book, customer = watch.customers.grants or NONE, watch.customers.customers[watch.member].id
    entry = watch.plan.program.rules[rule]
    spells = book.words.get(customer, {})
    words = tuple(
        f"`{word}` by {' and '.join(phrase_of(book.by_id[each.grant_id]) for each in spells[word])}"
        for word in entry.entitlements
        if word in spells
    )
    mine = [each for each in covered if each.finding.detector == entry.detector]
    grants = dict.fromkeys(grant for each in mine for grant in each.grants)
    return _Hushed(silenced, words, sum(each.hits for each in mine), tuple(phrase_of(book.by_id[grant]) for grant in grants))


def _quiet(watch: Watch, rule: int, feed: Feed, picked: Words, pack: str, silenced: _Hushed) -> tuple[Quiet, Moment | None]:
    plan, program = watch.plan, watch.plan.program
    entry, told = program.rules[rule], watch.seen[rule]
    detector = plan.detectors[entry.detector]
    bound = bool(program.enabled[int(watch.customers.values[watch.member, 0])][rule])
    moment = told.best
    mode = plan.mode(pack, detector.id)
    if moment is None:
        because = told.because or f"{_NOTHING}: no {' or '.join(detector.spec.on)} by this customer"
        outcome: Outcome = "not_judged" if bound else "not_bound"
        reasons: tuple[str, ...] = (because,) if bound else (_unbound(pack, detector.id), because)
        quiet = Quiet(
            detector=detector.id, title=detector.spec.title, outcome=outcome, kept_quiet=reasons, mode=mode,
            judged=0, held=0, nothing=not told.because, compares=rule in compared(plan),
        )  # fmt: skip
        return quiet, None
    values, entitled = _values(watch, rule, moment)
    explained = explanation(detector, values, entitled)
    lacks = lacking_now(detector.when, values)
    outcome, reasons = _outcome(told, explained, silenced, bound=bound, lacks=lacks, rule_id=detector.id, pack=pack, mode=mode)
    # How somebody is known is no sign of what the rule is about.
    signs = [one for one in lacks if one.rule.partition(" ")[0] not in entry.context]
    if outcome == "quiet" and (signs or not lacks) and not any(one.value for one in signs):
        reasons += (_NOTHING,)
    reasons += tuple(_sentence(one, explained, detector) for one in lacks)
    row = -1 if moment.place < 0 else int(feed.emitted[picked[moment.place], O_EVENT])
    quiet = Quiet(
        detector=detector.id,
        title=detector.spec.title,
        outcome=outcome,
        kept_quiet=reasons,
        mode=mode,
        nothing=_NOTHING in reasons,
        judged=told.judged,
        held=told.held,
        lacking=len(lacks),
        conditions=conditions(detector.when, values),
        time=format_us(moment.time_us),
        event=event_records(feed.table, [row])[0] if row >= 0 else None,
        compares=rule in compared(plan),
        explanation=explained,
    )
    return quiet, moment


def _values(watch: Watch, rule: int, moment: Moment) -> tuple[dict[str, Value], dict[str, bool]]:
    """What the rule saw, and which of its entitlements the customer has."""
    hit = Hit(
        rule=rule, customer_row=watch.member, time_us=moment.time_us, last_us=moment.time_us, count=1, event_row=-1,
        row=moment.row, values=moment.values, evidence=[],
    )  # fmt: skip
    return rule_values(watch.plan, watch.customers, hit), entitled(watch.plan, watch.customers, hit)


def _outcome(
    told: Watched,
    explained: dict[str, Any],
    silenced: _Hushed,
    *,
    bound: bool,
    lacks: Sequence[Lacking],
    rule_id: str,
    pack: str,
    mode: str,
) -> tuple[Outcome, tuple[str, ...]]:
    covering = [entry["name"] for entry in explained["entitlements"] if entry["held"] and entry["covered"]]
    if not bound:
        would = "; its condition was true, so it would have been found" if not lacks else ""
        return "not_bound", (_unbound(pack, rule_id) + would,)
    reasons: tuple[str, ...] = ()
    if silenced.by_word or (told.held and covering and not told.hits and not silenced.by_grant):
        names = " and ".join(silenced.words) or " and ".join(f"`{name}`" for name in covering) or ""
        reasons += (f"the entitlement {names} silenced it: {_hits(silenced.by_word or told.held)}".replace("  ", " "),)
    if silenced.by_grant:
        reasons += (f"covered by {' and '.join(silenced.grants)}: {_hits(silenced.by_grant)}",)
    if reasons and not (told.hits and (silenced.words or silenced.grants)):
        return "silenced", reasons
    if told.hits or told.held:
        where = "in shadow, so nobody was told" if mode == "shadow" else f"in mode {mode}"
        return "found", (f"it was not quiet: the rule held {told.hits or told.held:,} times, {where}", *reasons)
    return "quiet", ()


def _hits(count: int) -> str:
    return f"{count:,} {'hit' if count == 1 else 'hits'}"


def _unbound(pack: str, detector: str) -> str:
    return f"no clause of the policy `{pack}` binds `{detector}`, or it is a draft there"


def _sentence(one: Lacking, explained: dict[str, Any], detector: Detector) -> str:
    """`share of calls to numbers never called before: 12 %, at least 80 % asked`."""
    feature = detector.features.get(one.rule)
    share = feature is not None and feature.aggregate in _SHARES
    row = next((row for row in explained["comparisons"] if row["feature"] == one.rule), None)
    name = row["meaning"] if row and row["meaning"] else _COMPARED.get(one.rule, one.rule)
    unit = str(row["unit"]) if row and row["unit"] and not share else ""
    if detector.scorecard is not None and row is None:
        # The sum of the signs, or of those that are known: as an expression it fills a page.
        name, unit = ("its signs together", "points") if one.rule == show(detector.scorecard.total) else ("signs known", "signs")
    unit = f" {_one_of(unit) if one.value == 1 else unit}" if unit else ""
    if not one.known:
        return f"{name}: not known yet, too little was seen"
    if one.threshold is None:
        return f"{name}: {_figure(one.value, share)}{unit}, and what it is compared with is not known"
    if one.comparison in ("is", "is not"):
        return f"{name}: {'no' if one.comparison == 'is' else 'yes'}"
    return f"{name}: {_figure(one.value, share)}{unit}, {_ASKED[one.comparison].format(_figure(one.threshold, share))}"


def _one_of(unit: str) -> str:
    """`address` for `addresses`, `call in 28 days` for `calls in 28 days`."""
    first, space, rest = unit.partition(" ")
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("s", "")):
        if first.endswith(ending) and len(first) > len(ending) + 1:
            return first.removesuffix(ending) + instead + space + rest
    return unit


def _figure(value: Value, share: bool) -> str:
    if value is None:
        return "unknown"
    return f"{value:.1%}" if share else f"{value:,.4g}"
