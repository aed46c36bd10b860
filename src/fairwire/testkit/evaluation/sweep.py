"""The curve of time to detection against false findings (AMOC: activity monitoring), made from findings alone.

A detector's thresholds cannot be moved after the fact, but one can ask for more of a finding before it counts: that its rule held
again and again (`times`), that every number stood well above its threshold (`margin`), or that it is severe. The more is asked,
the fewer are false and the later the rest are. Source of the method: Fawcett and Provost, Activity monitoring, KDD 1999.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from fairwire.model.finding import SEVERITIES, Finding
from fairwire.model.instants import parse_us
from fairwire.runtime.intervals import most_events
from fairwire.testkit.evaluation.innocent import PER
from fairwire.testkit.evaluation.matching import Instance, Judged
from fairwire.testkit.evaluation.result import Sweep, SweepPoint
from fairwire.testkit.evaluation.table import detector_abuses, family


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Something of which more can be asked of a finding."""

    name: str
    says: str
    places: tuple[float, ...]
    amount: Callable[[Finding], float]
    text: Callable[[float], str]
    moves_time: bool = False
    """The finding counts later when more is asked."""


def margin(finding: Finding) -> float:
    """The smallest ratio by which the numbers that held stand beyond their thresholds; 1 where none can be compared.

    A number that should be above its threshold counts as value over threshold, one that should be below as threshold over value.
    """
    ratios = []
    for measured in finding.features.values():
        value, threshold = measured.value, measured.threshold
        if not isinstance(value, int | float) or not isinstance(threshold, int | float) or threshold <= 0 or value < 0:
            continue
        if measured.comparison in (">", ">=") and value >= threshold:
            ratios.append(value / threshold)
        elif measured.comparison in ("<", "<=") and value <= threshold and value > 0:
            ratios.append(threshold / value)
    return min(ratios, default=1.0)


TIMES = Swept(
    name="times",
    says="how often the rule must have held before the finding counts",
    places=(1, 2, 3, 5, 10, 20, 50, 100, 200, 500),
    amount=lambda finding: float(finding.count),
    text=lambda at: "at once" if at == 1 else f"{at:,.0f} times",
    moves_time=True,
)
MARGIN = Swept(
    name="margin",
    says="how far beyond its threshold the nearest number must stand",
    places=(1.0, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 3.0),
    amount=margin,
    text=lambda at: "at the threshold" if at == 1 else f"{at:g} times it",
)
SEVERITY = Swept(
    name="severity",
    says="how severe a finding must be",
    places=tuple(float(place) for place in range(len(SEVERITIES))),
    amount=lambda finding: float(SEVERITIES.index(finding.severity)),
    text=lambda at: f"{SEVERITIES[int(at)]} or worse",
)
SWEPT = (TIMES, MARGIN, SEVERITY)


def counts_from_us(finding: Finding, at: float) -> int:
    """When a finding had been seen so often. The hits are taken to lie evenly between the first and the last."""
    first, last = parse_us(finding.time), parse_us(finding.last_seen)
    if finding.count <= 1 or last <= first:
        return first
    return first + int((last - first) * (at - 1) / (finding.count - 1))


def sweeps(runs: Sequence[Judged]) -> list[Sweep]:
    """Each curve of all abuses; for the first that is swept, each family's as well."""
    instances = [instance for judged in runs for instance in judged.instances]
    if not instances:
        return []
    months = sum(judged.customer_months for judged in runs)
    false = [one.finding for judged in runs for one in judged.false if one.good and one.finding.mode != "shadow"]
    told = [_swept(swept, "", instances, false, months) for swept in SWEPT]
    families: dict[str, list[Instance]] = {}
    for instance in instances:
        families.setdefault(family_of(instance, instances), []).append(instance)
    for name, of in sorted(families.items()):
        told.append(_swept(TIMES, name, of, [finding for finding in false if family(finding.detector) == name], months))
    return told


def family_of(instance: Instance, instances: Sequence[Instance]) -> str:
    """The folder of detectors that an abuse is for: of the first that is meant for it, else of the one that found most of it."""
    abuse = instance.label.abuse
    named = next((family(detector) for detector, abuses in detector_abuses().items() if abuse in abuses), None)
    if named is not None and "*" not in named:
        return named
    seen = [family(hit.detector) for other in instances if other.label.abuse == abuse for hit in other.hits]
    return max(sorted(set(seen)), key=seen.count) if seen else "other"


def _swept(swept: Swept, name: str, instances: Sequence[Instance], false: Sequence[Finding], months: float) -> Sweep:
    amounts = [swept.amount(finding) for finding in false]
    hits = [[(swept.amount(hit), hit) for hit in instance.hits if hit.mode != "shadow"] for instance in instances]
    most = max([*amounts, *(amount for of in hits for amount, _ in of)], default=0.0)
    points = [
        _point(swept, at, instances, hits, sum(amount >= at for amount in amounts), months)
        for at in swept.places
        if at <= max(most, swept.places[0])
    ]
    return Sweep(swept=f"{swept.name}: {swept.says}", family=name, instances=len(instances), points=points)


def _point(
    swept: Swept,
    at: float,
    instances: Sequence[Instance],
    hits: Sequence[Sequence[tuple[float, Finding]]],
    false: int,
    months: float,
) -> SweepPoint:
    delays, found = [], 0
    for instance, of in zip(instances, hits, strict=True):
        kept = [counts_from_us(hit, at) if swept.moves_time else parse_us(hit.time) for amount, hit in of if amount >= at]
        found += bool(kept)
        until = max(min(kept), instance.start_us) if kept else max(instance.end_us, instance.onset_us)
        delays.append(max(0, until - instance.onset_us) / 1e6)
    scale = PER / months if months else 0.0
    return SweepPoint(
        at=at,
        says=swept.text(at),
        false_per_10k=round(false * scale, 2),
        upper_per_10k=round(most_events(false) * scale, 2),
        recall=round(found / len(instances), 4),
        median_s=round(median(delays), 1),
    )
