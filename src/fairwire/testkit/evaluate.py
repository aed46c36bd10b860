"""Findings against labels: what was found, how soon, at what cost, and who was found who had done nothing.

`evaluate` judges one run, `evaluate_runs` several together, such as one for each seed of the simulator. What belongs to what is
said in `evaluation.matching`, what is written down in `evaluation.result`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from statistics import median
from typing import TypeVar

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput
from fairwire.model.finding import Finding
from fairwire.model.instants import parse_us
from fairwire.model.money import format_micros
from fairwire.model.order import Order
from fairwire.runtime.intervals import wilson
from fairwire.testkit.evaluation import innocent
from fairwire.testkit.evaluation.bars import rate_bars, recall_bars, within_bars
from fairwire.testkit.evaluation.costs import count_events
from fairwire.testkit.evaluation.matching import Instance, Judged, Run, judge
from fairwire.testkit.evaluation.result import AbuseResult, DetectorResult, Evaluation, FalseHard, RunResult
from fairwire.testkit.evaluation.sweep import sweeps
from fairwire.testkit.evaluation.table import detector_abuses
from fairwire.testkit.labels import Label

__all__ = ["Evaluation", "Run", "detector_abuses", "evaluate", "evaluate_runs", "found_abuses", "read_actions", "read_findings"]

PER = innocent.PER
Line = TypeVar("Line")


def evaluate(
    findings: Iterable[Finding],
    labels: Sequence[Label],
    customers: Iterable[Customer] = (),
    meant: Mapping[str, frozenset[str]] | None = None,
    *,
    events: Sequence[Path] = (),
    actions: Sequence[Order] | None = None,
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
    events
        Files or folders of the traffic itself: what an abuse had done until found is counted from them.
    actions
        Steps of the ladder, as `fairwire replay --actions` writes them: they say who was suspended.

    Raises
    ------
    ValueError
        A time in a finding or label is not RFC 3339, or a loss is not a decimal.
    BadInput
        An event file cannot be read.
    """
    run = Run(name="", findings=findings, labels=labels, customers=tuple(customers), events=tuple(events), actions=actions)
    return evaluate_runs([run], meant)


def evaluate_runs(runs: Sequence[Run], meant: Mapping[str, frozenset[str]] | None = None) -> Evaluation:
    """Compare the findings of several runs with their labels, all together. The errors are those of `evaluate`."""
    judged = [judge(run, index, meant) for index, run in enumerate(runs)]
    for one in judged:
        if one.run.events:
            count_events(one)
    every = [instance for one in judged for instance in one.instances]
    matching = sum(one.matching.total() for one in judged)
    false = sum(len(one.false) for one in judged)
    months = sum(one.customer_months for one in judged)
    suspended, suspended_by = innocent.suspended(judged)
    suspensions = innocent.rate(suspended, months)
    segments, hard = innocent.by_kind(judged), innocent.look_alikes(judged)
    enforced = innocent.rate(innocent.hits(judged, modes={"enforce"}, severities=innocent.MEDIUM), months)
    return Evaluation(
        findings=sum(one.findings.total() + one.unlabelled for one in judged),
        matching=matching,
        aside=sum(one.aside.total() for one in judged),
        false=false,
        unlabelled=sum(one.unlabelled for one in judged),
        precision=_precision(matching, false),
        good_customers=sum(len(one.good) for one in judged),
        days=round(sum(one.days for one in judged) / max(1, len(judged)), 3),
        abuses=_grouped(every, len(judged), lambda label: label.abuse),
        variants=_grouped(every, len(judged), _variant),
        detectors=[_detector(name, judged) for name in sorted(set().union(*(one.findings for one in judged)))],
        false_hard=_hard(judged),
        false_by_kind=innocent.false_by_kind(judged),
        customer_months=round(months, 2),
        levels=_grouped(every, len(judged), lambda label: f"{label.abuse}/{label.level or '?'}"),
        modes=innocent.by_mode(judged),
        segments=segments,
        look_alikes=hard,
        suspensions=suspensions,
        suspensions_by=suspended_by,
        refused=innocent.refused(judged, months),
        fairness=innocent.fairness(segments),
        confusion=innocent.confusion(judged),
        sweeps=sweeps(judged),
        bars=[*recall_bars(every), *rate_bars(suspensions, suspended_by, enforced, months, hard), *within_bars(every)],
        runs=[_run(one, index, suspended) for index, one in enumerate(judged)],
    )


def found_abuses(
    findings: Iterable[Finding], labels: Sequence[Label], meant: Mapping[str, frozenset[str]] | None = None
) -> list[tuple[Label, int | None, float | None]]:
    """Each labelled abuse, the instant at which it was first found, and seconds from its onset to that; None where it never was.

    Good customers' labels are left out; the order is that of the labels.
    """
    every = judge(Run(name="", findings=findings, labels=labels), meant=meant).instances
    return [(one.label, one.found_us, None if one.found_us is None else one.delay_s()) for one in every]


def _precision(right: int, false: int) -> float | None:
    return round(right / (right + false), 4) if right + false else None


def _variant(label: Label) -> str | None:
    return f"{label.variant}/{label.level or '?'}" if label.variant else None


def _grouped(instances: Sequence[Instance], runs: int, name_of: Callable[[Label], str | None]) -> list[AbuseResult]:
    groups: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        name = name_of(instance.label)
        if name is not None:
            groups[name].append(instance)
    return [_abuse(name, of, runs) for name, of in sorted(groups.items())]


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[ceil(0.95 * len(values)) - 1]


def _abuse(name: str, instances: list[Instance], runs: int) -> AbuseResult:
    found = [instance for instance in instances if instance.found_us is not None]
    delays = [instance.delay_s() for instance in found]
    low, high = wilson(len(found), len(instances))
    priced = [(loss, instance.loss_before()) for instance in instances if (loss := instance.loss()) is not None]
    whole, before = sum(loss for loss, _ in priced), sum(lost for _, lost in priced)
    spent = [instance.spent for instance in instances if instance.spent is not None]
    events = [one.events_before for one in spent if one.events_before is not None]
    levels = {instance.label.level for instance in instances}
    by_run = [[one.found_us is not None for one in instances if one.run == run] for run in range(runs)]
    return AbuseResult(
        abuse=name,
        instances=len(instances),
        found=len(found),
        recall=round(len(found) / len(instances), 4),
        recall_low=round(low, 4),
        recall_high=round(1.0 if len(found) == len(instances) else high, 4),
        median_s=round(median(delays), 1) if delays else None,
        p95_s=round(_p95(delays), 1) if delays else None,
        loss=format_micros(whole) if priced else None,
        loss_before=format_micros(before) if priced else None,
        level=levels.pop() if len(levels) == 1 else None,
        shadow_only=sum(instance.loud_us is None for instance in found),
        counted=spent[0].what if spent else None,
        events_total=sum(one.events_total for one in spent) if spent else None,
        events_median=float(median(events)) if events else None,
        events_p95=float(_p95(events)) if events else None,
        loss_median=format_micros(int(median(lost for _, lost in priced))) if priced else None,
        loss_p95=format_micros(int(_p95([lost for _, lost in priced]))) if priced else None,
        loss_share=round(before / whole, 4) if whole else None,
        recall_by_run=[round(sum(of) / len(of), 4) if of else None for of in by_run] if runs > 1 else [],
    )


def _detector(name: str, runs: Sequence[Judged]) -> DetectorResult:
    false = [one for judged in runs for one in judged.false if one.finding.detector == name]
    hit = {(index, one.finding.customer) for index, judged in enumerate(runs) for one in judged.false
           if one.good and one.finding.detector == name}  # fmt: skip
    matching = sum(judged.matching[name] for judged in runs)
    return DetectorResult(
        detector=name,
        findings=sum(judged.findings[name] for judged in runs),
        matching=matching,
        aside=sum(judged.aside[name] for judged in runs),
        false=len(false),
        false_customers=len(hit),
        false_per_10k=_rate(len(false), runs),
        upper_per_10k=_upper(len(hit), runs),
        precision=_precision(matching, len(false)),
    )


def _hard(runs: Sequence[Judged]) -> FalseHard:
    hard = innocent.hard(runs)
    hit = len(set(hard))
    return FalseHard(findings=len(hard), customers=hit, per_10k=_rate(hit, runs), upper_per_10k=_upper(hit, runs))


def _rate(count: int, runs: Sequence[Judged]) -> float:
    months = sum(judged.customer_months for judged in runs)
    return round(count / months * PER, 2) if months else 0.0


def _upper(customers: int, runs: Sequence[Judged]) -> float:
    """Upper 95 % bound of the share of good customers hit, in a month."""
    good, months = sum(len(judged.good) for judged in runs), sum(judged.customer_months for judged in runs)
    return round(wilson(customers, good)[1] * good / months * PER, 2) if months else 0.0


def _run(judged: Judged, index: int, suspended: Sequence[innocent.Hit]) -> RunResult:
    def recall(level: str) -> float | None:
        of = [one.found_us is not None for one in judged.instances if one.label.level == level]
        return round(sum(of) / len(of), 4) if of else None

    months = judged.customer_months
    return RunResult(
        name=judged.run.name,
        instances=len(judged.instances),
        found=sum(one.found_us is not None for one in judged.instances),
        recall_plain=recall("plain"),
        recall_evasive=recall("evasive"),
        precision=_precision(judged.matching.total(), len(judged.false)),
        good_customers=len(judged.good),
        days=round(judged.days, 3),
        false_per_10k=innocent.rate(innocent.hits([judged]), months).per_10k,
        suspended_per_10k=innocent.rate([hit for hit in suspended if hit[0] == index], months).per_10k,
    )


def read_findings(path: Path) -> Iterator[Finding]:
    """Findings of a JSON Lines file.

    Raises
    ------
    BadInput
        The file cannot be read, or a line of it is not a finding.
    """
    for finding, at in _read(path, Finding, "finding"):
        try:
            for instant in (finding.time, finding.first_seen, finding.last_seen):
                parse_us(instant)
        except ValueError as error:
            raise BadInput(f"not a finding: {error}", at=at) from None
        yield finding


def read_actions(path: Path) -> Iterator[Order]:
    """Steps of the ladder of a JSON Lines file, as `fairwire replay --actions` writes them. The errors are those of findings."""
    for order, _ in _read(path, Order, "step of the ladder"):
        yield order


def _read(path: Path, type_: type[Line], what: str) -> Iterator[tuple[Line, str]]:
    decoder = msgspec.json.Decoder(type_)
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        yield decoder.decode(line), f"{path}:{number}"
                    except (msgspec.DecodeError, msgspec.ValidationError) as error:
                        raise BadInput(f"not a {what}: {error}", at=f"{path}:{number}") from None
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", at=str(path)) from None
