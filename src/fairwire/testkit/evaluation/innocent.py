"""What befell good customers: false findings by mode and by kind of customer, and automatic suspensions, each with its bounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from fairwire.model.finding import SEVERITIES
from fairwire.runtime.intervals import fewest_events, most_events
from fairwire.testkit.evaluation.matching import SUSPENDING, Judged
from fairwire.testkit.evaluation.result import Fairness, ModeResult, RateResult, SegmentResult
from fairwire.testkit.evaluation.table import is_look_alike

PER = 10_000
HARD = frozenset({"high", "critical"})
MEDIUM = frozenset(SEVERITIES[SEVERITIES.index("medium") :])
UNKNOWN = "unknown"
BY_ACTIONS = "steps suspend and suspend_outbound of the ladder that need nobody's approval"
BY_SEVERITY = "findings of severity high or critical in mode enforce (no actions were given)"

Hit = tuple[int, str]
"""(number of the run, customer): who was hit, once for each time."""


def rate(hits: Sequence[Hit], customer_months: float) -> RateResult:
    """Hits as a rate with its bounds. Without any customer-month it is 0, and the bound too."""
    scale = PER / customer_months if customer_months else 0.0
    return RateResult(
        count=len(hits),
        customers=len(set(hits)),
        per_10k=round(len(hits) * scale, 2),
        low_per_10k=round(fewest_events(len(hits)) * scale, 2),
        upper_per_10k=round(most_events(len(hits)) * scale, 2),
    )


def suspended(runs: Sequence[Judged]) -> tuple[list[Hit], str]:
    """Each automatic suspension of a good customer, and what counted as one."""
    if runs and all(judged.run.actions is not None for judged in runs):
        return [
            (index, order.customer)
            for index, judged in enumerate(runs)
            for order in judged.run.actions or ()
            if order.step in SUSPENDING and not order.approvals and order.customer in judged.good
        ], BY_ACTIONS
    return hard(runs), BY_SEVERITY


def hard(runs: Sequence[Judged]) -> list[Hit]:
    """Each false finding on a good customer of severity high or critical in mode enforce."""
    return hits(runs, modes={"enforce"}, severities=HARD)


def hits(
    runs: Sequence[Judged], *, modes: Iterable[str] = ("alert", "enforce"), severities: Iterable[str] = SEVERITIES
) -> list[Hit]:
    """Each false finding on a good customer that is of one of these modes and severities."""
    modes, severities = set(modes), set(severities)
    return [
        (index, one.finding.customer)
        for index, judged in enumerate(runs)
        for one in judged.false
        if one.good and one.finding.mode in modes and one.finding.severity in severities
    ]


def refused(runs: Sequence[Judged], customer_months: float) -> RateResult | None:
    """Calls of good customers that were refused; None where not all runs tell."""
    if not runs or any(judged.refused is None for judged in runs):
        return None
    return rate([(index, who) for index, judged in enumerate(runs) for who in judged.refused or ()], customer_months)


def by_mode(runs: Sequence[Judged]) -> list[ModeResult]:
    """False findings of each mode apart."""
    months = sum(judged.customer_months for judged in runs)
    told = []
    for mode in ("enforce", "alert", "shadow"):
        right = sum(judged.right_by_mode[mode] for judged in runs)
        wrong = sum(one.finding.mode == mode for judged in runs for one in judged.false)
        told.append(
            ModeResult(
                mode=mode,
                all=rate(hits(runs, modes={mode}), months),
                medium=rate(hits(runs, modes={mode}, severities=MEDIUM), months),
                precision=round(right / (right + wrong), 4) if right + wrong else None,
            )
        )
    return told


def by_kind(runs: Sequence[Judged]) -> list[SegmentResult]:
    """The same by kind of customer, the worst first; empty without customers files."""
    kinds = _kinds(runs)
    told = [_segment(kind, {who for who, of in kinds.items() if of == kind}, runs) for kind in sorted(set(kinds.values()))]
    return sorted(told, key=lambda row: (-row.findings.per_10k, row.kind))


def _kinds(runs: Sequence[Judged]) -> dict[Hit, str]:
    """Each good customer's kind: which look-alike it is by its label, else by its record."""
    kinds = {
        (index, customer.id): customer.kind or UNKNOWN
        for index, judged in enumerate(runs)
        for customer in judged.run.customers
        if customer.id in judged.good
    }
    for index, judged in enumerate(runs):
        for label in judged.run.labels:
            if label.kind is not None and label.customer in judged.good:
                kinds[(index, label.customer)] = label.kind
    return kinds


def _marked(runs: Sequence[Judged]) -> frozenset[str]:
    """Kinds that the labels themselves call look-alikes."""
    return frozenset(label.kind for judged in runs for label in judged.run.labels if label.kind is not None)


def look_alikes(runs: Sequence[Judged]) -> SegmentResult | None:
    """All kinds that look like abusers, together: those that labels name, or the table where none does; None without any."""
    marked = _marked(runs)
    members = {who for who, kind in _kinds(runs).items() if (kind in marked if marked else is_look_alike(kind))}
    return _segment("look-alikes", members, runs) if members else None


def _segment(kind: str, members: set[Hit], runs: Sequence[Judged]) -> SegmentResult:
    months = sum(runs[index].months for index, _ in members)

    def of(found: Sequence[Hit]) -> RateResult:
        return rate([hit for hit in found if hit in members], months)

    return SegmentResult(
        kind=kind,
        look_alike=kind == "look-alikes" or (kind in _marked(runs) if _marked(runs) else is_look_alike(kind)),
        customers=len(members),
        customer_months=round(months, 2),
        findings=of(hits(runs)),
        enforced=of(hits(runs, modes={"enforce"}, severities=MEDIUM)),
        suspensions=of(suspended(runs)[0]),
    )


def fairness(segments: Sequence[SegmentResult]) -> Fairness | None:
    """The rate of the worst kind over the mean of the kinds; None without kinds."""
    if not segments:
        return None
    rates = {segment.kind: segment.findings.per_10k for segment in segments}
    mean = sum(rates.values()) / len(rates)
    worst = max(rates, key=lambda kind: rates[kind])
    return Fairness(
        max_over_mean=round(rates[worst] / mean, 2) if mean else None, worst=worst if mean else None, kinds=len(rates)
    )


def false_by_kind(runs: Sequence[Judged]) -> dict[str, int]:
    """Good customers with a false finding in any mode, by kind, the most frequent first."""
    kinds = _kinds(runs)
    blamed = set(hits(runs, modes={"alert", "enforce", "shadow"}))
    counted: dict[str, int] = {}
    for who in sorted(blamed & set(kinds)):
        counted[kinds[who]] = counted.get(kinds[who], 0) + 1
    return dict(sorted(counted.items(), key=lambda item: -item[1]))


def confusion(runs: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """Abuse -> family of detectors -> findings; the good customers' row is `none`."""
    told: dict[str, dict[str, int]] = {}
    for abuse, group in sorted(set(chain.from_iterable(judged.confusion for judged in runs))):
        told.setdefault(abuse, {})[group] = sum(judged.confusion[(abuse, group)] for judged in runs)
    return told
