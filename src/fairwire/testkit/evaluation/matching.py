"""Which finding belongs to which abuse, and which belongs to none.

A finding belongs to an abuse when it is about the same customer, its time or the stretch it covers meets the label's (a day's
grace at the end), and it names one of the label's clauses or comes from a detector meant for that abuse. A finding about an
abuser in that stretch that does not belong is a side finding: neither right nor false. Everything else is false.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from fairwire.model.customers import Customer
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, parse_us
from fairwire.model.money import parse_micros
from fairwire.model.order import Order
from fairwire.testkit.evaluation.table import detector_abuses, named_after
from fairwire.testkit.labels import Label

GRACE_US = DAY_US
MONTH_US = 30 * DAY_US
SUSPENDING = frozenset({"suspend", "suspend_outbound"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run to judge: what was found in traffic of which everything is known."""

    name: str
    findings: Iterable[Finding]
    labels: Sequence[Label]
    customers: Sequence[Customer] = ()
    events: Sequence[Path] = ()
    """Files or folders; empty: what only events tell stays unknown."""
    actions: Sequence[Order] | None = None
    """Steps of the ladder; None when they were not written down."""
    decisions: Path | None = None
    """A file of decisions; used beside events, which say whose calls they were."""


@dataclass(slots=True, kw_only=True)
class Spent:
    """What an abuse had done when it was found, by the events."""

    what: str
    charged: bool
    """The money is the harm."""
    events_total: int = 0
    events_before: int | None = None
    """None when it was never found."""
    money_total: int = 0
    """Micro-units."""
    money_before: int | None = None


@dataclass(slots=True, kw_only=True)
class Instance:
    """One labelled abuse."""

    label: Label
    start_us: int
    end_us: int
    run: int = 0
    found_us: int | None = None
    loud_us: int | None = None
    """When a finding in mode alert or enforce came first; None: never, or in shadow only."""
    hits: list[Finding] = field(default_factory=list)
    spent: Spent | None = None

    @classmethod
    def of(cls, label: Label, run: int = 0) -> Instance:
        """An abuse that nobody has found yet."""
        return cls(label=label, start_us=parse_us(label.start), end_us=parse_us(label.end), run=run)

    @property
    def onset_us(self) -> int:
        """When the harm began."""
        return parse_us(self.label.onset or self.label.start)

    def covers(self, finding: Finding) -> bool:
        """The finding meets this stretch, with the grace at its end."""
        at_us = parse_us(finding.time)
        last_us = self.end_us + GRACE_US
        first_seen_us, last_seen_us = parse_us(finding.first_seen), parse_us(finding.last_seen)
        return self.start_us <= at_us <= last_us or (self.start_us <= last_seen_us and first_seen_us <= last_us)

    def meant_by(self, finding: Finding, meant: Mapping[str, frozenset[str]]) -> bool:
        """The finding names the label's clause, or is from a detector for its abuse."""
        if set(finding.clauses) & set(self.label.clauses):
            return True
        return self.label.abuse in meant.get(finding.detector, frozenset()) or named_after(finding.detector, self.label.abuse)

    def take(self, finding: Finding) -> None:
        """A finding that belongs here."""
        at_us = max(parse_us(finding.time), self.start_us)
        self.found_us = at_us if self.found_us is None else min(self.found_us, at_us)
        if finding.mode != "shadow":
            self.loud_us = at_us if self.loud_us is None else min(self.loud_us, at_us)
        self.hits.append(finding)

    def delay_s(self) -> float:
        """Seconds from the onset to the finding; 0 when it came before."""
        assert self.found_us is not None
        return max(0, self.found_us - self.onset_us) / 1e6

    def loss(self) -> int | None:
        """Micro-units lost when nobody stops it; None where neither label nor events tell."""
        if self.label.loss is not None:
            return parse_micros(self.label.loss)
        return self.spent.money_total if self.spent and self.spent.charged and self.spent.money_total else None

    def loss_before(self) -> int:
        """Micro-units lost until found, by straight lines between the points of the label's curve, else by the events."""
        if self.label.loss is None and self.spent is not None:
            return self.spent.money_total if self.spent.money_before is None else self.spent.money_before
        whole = parse_micros(self.label.loss or "0")
        if self.found_us is None or not self.label.loss_curve:
            return whole
        points = [(parse_us(at), parse_micros(amount)) for at, amount in self.label.loss_curve]
        before = [point for point in points if point[0] <= self.found_us]
        after = [point for point in points if point[0] > self.found_us]
        if not before:
            return 0
        if not after:
            return before[-1][1]
        (left_us, left), (right_us, right) = before[-1], after[0]
        return left + (right - left) * (self.found_us - left_us) // (right_us - left_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseFinding:
    """A finding about somebody who had done nothing of the kind."""

    finding: Finding
    good: bool
    """The customer has no abuse at all."""


@dataclass(slots=True, kw_only=True)
class Judged:
    """One run with each finding put where it belongs."""

    run: Run
    good: frozenset[str]
    days: float
    instances: list[Instance]
    findings: Counter[str] = field(default_factory=Counter)
    """By detector; so are the next two."""
    matching: Counter[str] = field(default_factory=Counter)
    aside: Counter[str] = field(default_factory=Counter)
    false: list[FalseFinding] = field(default_factory=list)
    unlabelled: int = 0
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(abuse, or `none` for the good; family of the detector) -> findings."""
    right_by_mode: Counter[str] = field(default_factory=Counter)
    refused: list[str] | None = None
    """Customer of each call that was refused, good customers only; None where decisions or events are not given."""

    @property
    def months(self) -> float:
        """Months of 30 days."""
        return self.days * DAY_US / MONTH_US

    @property
    def customer_months(self) -> float:
        """Good customers times months."""
        return len(self.good) * self.months


def judge(run: Run, index: int = 0, meant: Mapping[str, frozenset[str]] | None = None) -> Judged:
    """Put each finding of a run where it belongs."""
    meant = detector_abuses() if meant is None else meant
    by_customer: dict[str, list[Instance]] = defaultdict(list)
    instances: list[Instance] = []
    for label in run.labels:
        if label.abuse != "none":
            instances.append(Instance.of(label, index))
            by_customer[label.customer].append(instances[-1])
    good = {label.customer for label in run.labels if label.abuse == "none"} - set(by_customer)
    done = Judged(run=run, good=frozenset(good), days=days_of(run.labels), instances=instances)
    for finding in run.findings:
        _place(finding, done, by_customer, meant)
    return done


def _place(
    finding: Finding, done: Judged, by_customer: Mapping[str, list[Instance]], meant: Mapping[str, frozenset[str]]
) -> None:
    if finding.customer not in done.good and finding.customer not in by_customer:
        done.unlabelled += 1
        return
    group = finding.detector.partition(".")[0]
    done.findings[finding.detector] += 1
    covering = [instance for instance in by_customer.get(finding.customer, ()) if instance.covers(finding)]
    hits = [instance for instance in covering if instance.meant_by(finding, meant)]
    for instance in hits:
        instance.take(finding)
    for abuse in {instance.label.abuse for instance in hits or covering} or {"none"}:
        done.confusion[(abuse, group)] += 1
    if hits:
        done.matching[finding.detector] += 1
        done.right_by_mode[finding.mode] += 1
    elif covering:
        done.aside[finding.detector] += 1
    else:
        done.false.append(FalseFinding(finding=finding, good=finding.customer in done.good))


def days_of(labels: Sequence[Label]) -> float:
    """Length of the labelled traffic: the usual one of the good customers' labels, else from the first label to the last."""
    spans = [parse_us(label.end) - parse_us(label.start) for label in labels if label.abuse == "none"]
    if not spans and labels:
        spans = [max(parse_us(label.end) for label in labels) - min(parse_us(label.start) for label in labels)]
    return median(spans) / DAY_US if spans else 0.0
