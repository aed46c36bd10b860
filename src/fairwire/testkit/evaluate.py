"""Findings against labels: what was found, how soon, at what cost, and who was found who had done nothing.

A finding belongs to an abuse when it is about the same customer, its time or the stretch it covers meets the label's (a day's
grace at the end), and it names one of the label's clauses or comes from a detector meant for that abuse. A finding about an
abuser in that stretch that does not belong is a side finding: neither right nor false. Everything else is false.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import ceil
from pathlib import Path
from statistics import median

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, parse_us
from fairwire.model.money import format_micros, parse_micros
from fairwire.runtime.intervals import wilson
from fairwire.testkit.labels import Label

GRACE_US = DAY_US
MONTH_US = 30 * DAY_US
PER = 10_000
HARD = frozenset({"high", "critical"})


class AbuseResult(msgspec.Struct, frozen=True, kw_only=True):
    """One abuse, or one variant of it at one level."""

    abuse: str
    instances: int
    found: int
    recall: float
    recall_low: float
    """Wilson, 95 %."""
    recall_high: float
    median_s: float | None
    """From the onset of the abuse to its first finding, of those found; 0 before it, None when none was found."""
    p95_s: float | None
    """The same for the slowest one in twenty; the slowest of all where there are fewer."""
    loss: str | None
    """Decimal: what all instances cost unstopped; None where money is not the harm."""
    loss_before: str | None
    """Of that, what had been lost when found; all of it where it never was."""


class DetectorResult(msgspec.Struct, frozen=True, kw_only=True):
    """One detector."""

    detector: str
    findings: int
    matching: int
    aside: int
    false: int
    false_customers: int
    false_per_10k: float
    """False findings on 10,000 good customers in a month of 30 days."""
    upper_per_10k: float
    """Good customers with a false finding, of 10,000 in a month: upper 95 % bound."""


class FalseHard(msgspec.Struct, frozen=True, kw_only=True):
    """Good customers that would have been suspended: a finding of severity high or critical in mode enforce."""

    findings: int
    customers: int
    per_10k: float
    upper_per_10k: float


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison. Rates are a month of 30 days."""

    findings: int
    matching: int
    aside: int
    false: int
    unlabelled: int
    """Findings on customers that no label names; counted nowhere else."""
    precision: float | None
    """Matching among matching and false; None without either."""
    good_customers: int
    days: float
    abuses: list[AbuseResult]
    variants: list[AbuseResult]
    detectors: list[DetectorResult]
    false_hard: FalseHard
    false_by_kind: dict[str, int]
    """Good customers with a false finding, by their `kind`; empty without a customers file."""


@cache
def detector_abuses() -> Mapping[str, frozenset[str]]:
    """Detector id -> the abuses it is meant to find."""
    text = files("fairwire.testkit").joinpath("evaluate.yaml").read_bytes()
    table = msgspec.yaml.decode(text, type=dict[str, dict[str, list[str]]])
    return {detector: frozenset(abuses) for detector, abuses in table["detectors"].items()}


@dataclass(slots=True, kw_only=True)
class _Instance:
    label: Label
    start_us: int
    end_us: int
    found_us: int | None = None

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
        return self.label.abuse in meant.get(finding.detector, frozenset())

    def delay_s(self) -> float:
        """Seconds from the onset to the finding; 0 when it came before."""
        assert self.found_us is not None
        return max(0, self.found_us - parse_us(self.label.onset or self.label.start)) / 1e6

    def loss_before(self) -> int:
        """Micro-units lost until found, by straight lines between the points of the curve."""
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


@dataclass(slots=True)
class _Tally:
    findings: Counter[str] = field(default_factory=Counter)
    matching: Counter[str] = field(default_factory=Counter)
    aside: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    false_customers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    hard: list[str] = field(default_factory=list)
    unlabelled: int = 0


def evaluate(
    findings: Iterable[Finding],
    labels: Sequence[Label],
    customers: Iterable[Customer] = (),
    meant: Mapping[str, frozenset[str]] | None = None,
) -> Evaluation:
    """Compare findings with labels.

    Parameters
    ----------
    findings
        In any order; each is used once.
    labels
        Every customer of the traffic has at least one; those with abuse `none` are the good customers.
    customers
        For the breakdown of false findings by kind; optional.
    meant
        Detector id -> abuses; the project's own table when not given.

    Raises
    ------
    ValueError
        A time in a finding or label is not RFC 3339, or a loss is not a decimal.
    """
    meant = detector_abuses() if meant is None else meant
    good = {label.customer for label in labels if label.abuse == "none"}
    instances: dict[str, list[_Instance]] = defaultdict(list)
    for label in labels:
        if label.abuse != "none":
            instances[label.customer].append(_Instance(label=label, start_us=parse_us(label.start), end_us=parse_us(label.end)))
    good -= set(instances)
    tally = _tallied(findings, good, instances, meant)
    days = _days(labels)
    months = days * DAY_US / MONTH_US
    every = [instance for of in instances.values() for instance in of]
    by_variant = defaultdict(list)
    for instance in every:
        if instance.label.variant:
            by_variant[f"{instance.label.variant}/{instance.label.level or '?'}"].append(instance)
    by_abuse = defaultdict(list)
    for instance in every:
        by_abuse[instance.label.abuse].append(instance)
    matching, false = tally.matching.total(), tally.false.total()
    kinds = {customer.id: customer.kind or "unknown" for customer in customers}
    blamed = set().union(*tally.false_customers.values()) if tally.false_customers else set()
    hard_customers = set(tally.hard)
    return Evaluation(
        findings=tally.findings.total() + tally.unlabelled,
        matching=matching,
        aside=tally.aside.total(),
        false=false,
        unlabelled=tally.unlabelled,
        precision=round(matching / (matching + false), 4) if matching + false else None,
        good_customers=len(good),
        days=round(days, 3),
        abuses=[_abuse(name, of) for name, of in sorted(by_abuse.items())],
        variants=[_abuse(name, of) for name, of in sorted(by_variant.items())],
        detectors=[_detector(name, tally, len(good), months) for name in sorted(tally.findings)],
        false_hard=FalseHard(
            findings=len(tally.hard),
            customers=len(hard_customers),
            per_10k=_rate(len(hard_customers), len(good), months),
            upper_per_10k=_upper(len(hard_customers), len(good), months),
        ),
        false_by_kind=dict(Counter(kinds[customer] for customer in sorted(blamed) if customer in kinds).most_common()),
    )


def found_abuses(
    findings: Iterable[Finding], labels: Sequence[Label], meant: Mapping[str, frozenset[str]] | None = None
) -> list[tuple[Label, int | None, float | None]]:
    """Each labelled abuse, the instant at which it was first found, and seconds from its onset to that; None where it never was.

    Good customers' labels are left out; the order is that of the labels.
    """
    instances: dict[str, list[_Instance]] = defaultdict(list)
    every: list[_Instance] = []
    for label in labels:
        if label.abuse != "none":
            every.append(_Instance(label=label, start_us=parse_us(label.start), end_us=parse_us(label.end)))
            instances[label.customer].append(every[-1])
    _tallied(findings, set(), instances, detector_abuses() if meant is None else meant)
    return [(one.label, one.found_us, None if one.found_us is None else one.delay_s()) for one in every]


def _tallied(
    findings: Iterable[Finding], good: set[str], instances: Mapping[str, list[_Instance]], meant: Mapping[str, frozenset[str]]
) -> _Tally:
    tally = _Tally()
    for finding in findings:
        if finding.customer not in good and finding.customer not in instances:
            tally.unlabelled += 1
            continue
        tally.findings[finding.detector] += 1
        covering = [instance for instance in instances.get(finding.customer, ()) if instance.covers(finding)]
        hits = [instance for instance in covering if instance.meant_by(finding, meant)]
        for instance in hits:
            at_us = max(parse_us(finding.time), instance.start_us)
            instance.found_us = at_us if instance.found_us is None else min(instance.found_us, at_us)
        if hits:
            tally.matching[finding.detector] += 1
        elif covering:
            tally.aside[finding.detector] += 1
        else:
            tally.false[finding.detector] += 1
            if finding.customer in good:
                tally.false_customers[finding.detector].add(finding.customer)
                if finding.mode == "enforce" and finding.severity in HARD:
                    tally.hard.append(finding.customer)
    return tally


def _days(labels: Sequence[Label]) -> float:
    """Length of the labelled traffic: the usual one of the good customers' labels, else from the first label to the last."""
    spans = [parse_us(label.end) - parse_us(label.start) for label in labels if label.abuse == "none"]
    if not spans and labels:
        spans = [max(parse_us(label.end) for label in labels) - min(parse_us(label.start) for label in labels)]
    return median(spans) / DAY_US if spans else 0.0


def _rate(count: int, good: int, months: float) -> float:
    return round(count / (good * months) * PER, 2) if good and months else 0.0


def _upper(customers: int, good: int, months: float) -> float:
    return round(wilson(customers, good)[1] / months * PER, 2) if months else 0.0


def _abuse(name: str, instances: list[_Instance]) -> AbuseResult:
    delays = sorted(instance.delay_s() for instance in instances if instance.found_us is not None)
    low, high = wilson(len(delays), len(instances))
    priced = [instance for instance in instances if instance.label.loss is not None]
    return AbuseResult(
        abuse=name,
        instances=len(instances),
        found=len(delays),
        recall=round(len(delays) / len(instances), 4),
        recall_low=round(low, 4),
        recall_high=round(1.0 if len(delays) == len(instances) else high, 4),
        median_s=round(median(delays), 1) if delays else None,
        p95_s=round(delays[ceil(0.95 * len(delays)) - 1], 1) if delays else None,
        loss=format_micros(sum(parse_micros(instance.label.loss or "0") for instance in priced)) if priced else None,
        loss_before=format_micros(sum(instance.loss_before() for instance in priced)) if priced else None,
    )


def _detector(name: str, tally: _Tally, good: int, months: float) -> DetectorResult:
    customers = len(tally.false_customers.get(name, ()))
    return DetectorResult(
        detector=name,
        findings=tally.findings[name],
        matching=tally.matching[name],
        aside=tally.aside[name],
        false=tally.false[name],
        false_customers=customers,
        false_per_10k=_rate(tally.false[name], good, months),
        upper_per_10k=_upper(customers, good, months),
    )


def read_findings(path: Path) -> Iterator[Finding]:
    """Findings of a JSON Lines file.

    Raises
    ------
    BadInput
        The file cannot be read, or a line of it is not a finding.
    """
    decoder = msgspec.json.Decoder(Finding)
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        finding = decoder.decode(line)
                        for instant in (finding.time, finding.first_seen, finding.last_seen):
                            parse_us(instant)
                    except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as error:
                        raise BadInput(f"not a finding: {error}", at=f"{path}:{number}") from None
                    yield finding
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", at=str(path)) from None
