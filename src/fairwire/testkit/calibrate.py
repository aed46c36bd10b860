"""Thresholds proposed from a provider's own history: what each value would have found, and which keeps to a stated budget.

One rule is judged at many values of a parameter in one pass, by the kernel itself: nothing of a curve is interpolated. What
is counted are *customer-months*: the history is cut into equal stretches of about a month, and a customer counts once in each
stretch in which the rule held for it. A wider value never counts fewer of them, which a number of findings does not promise:
two findings may become one.

Without labels every customer that is found counts as falsely found. That makes a proposal an upper bound of what is false,
and a careful one. With labels, customers who really abused the service are taken out, and what a value would miss is known.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

import msgspec

from fairwire.model.errors import BadUse
from fairwire.model.finding import Finding, PolicyRef
from fairwire.model.instants import DAY_US, HOUR_US, format_us
from fairwire.model.money import format_micros, parse_micros
from fairwire.model.policy import Pack
from fairwire.plan.detector import Detector
from fairwire.runtime.backtest import Rate, Stopped, calls_within, demand_calls, scaled
from fairwire.runtime.changes import senses
from fairwire.runtime.detectors import load_detectors, no_detector
from fairwire.runtime.engine import Hit
from fairwire.runtime.intervals import wilson
from fairwire.runtime.numbering import site_destinations
from fairwire.runtime.plans import plan_of
from fairwire.runtime.replay import Report
from fairwire.runtime.variants import History, Seen, Variant, judge_variants
from fairwire.testkit.evaluate import detector_abuses, found_abuses
from fairwire.testkit.grid import POINTS, grid
from fairwire.testkit.labels import Label

MONTH_DAYS = 30
PER = 10_000
BUDGET = 20.0
"""False findings of 10,000 customers a month that are asked of a rule unless another budget is named."""
IN_ONE_PASS = 2 * POINTS
"""Variants judged by one pass: two parameters. More of them take longer to compile than another pass takes to run."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What one value of a parameter would have found."""

    value: float
    findings: int
    customers: int
    customer_months: int
    false_customer_months: int
    """Of customers that no label says to have abused the service; without labels, of all."""
    false_rate: Rate
    """False customer-months of 10,000, with Wilson's interval of 95 %."""
    abuses_found: int | None = None
    """Labelled abuses; None without labels, or where none is of the kind that the detector is meant for."""
    recall: float | None = None
    recall_low: float | None = None
    recall_high: float | None = None
    median_s: float | None = None
    """Seconds from the onset of an abuse to its first finding, in the middle; None when none was found."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of it when the proposed value takes the place of the one in force."""

    lost_customers: list[str]
    """No longer found; at most 20 are named."""
    gained_customers: list[str]
    lost: int
    gained: int
    lost_calls: Stopped
    """Calls of the customers that are lost, from the first to the last time that the rule held for them."""
    gained_calls: Stopped
    lost_abuses: list[str]
    """`customer: abuse` of labelled abuses that are no longer found."""
    gained_abuses: list[str]
    lost_loss: str
    """Decimal: what the lost abuses cost as labelled, in the currencies of their customers added up as they stand."""
    gained_loss: str


class ParameterCurve(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter, all others at the values in force."""

    parameter: str
    unit: str
    limits: str
    """What it may be set to, in words."""
    wider_when: str
    """`raised`, `lowered`, or why there is no direction."""
    in_force: float
    points: list[Point]
    proposed: float | None
    verdict: str
    """`keep`, `change`, `limited` (history is too short to go wider) or `none` (no value keeps to the budget)."""
    shown: bool
    """The upper bound of what is proposed keeps to the budget, too; else its rate only likely does."""
    says: str
    cost: Cost | None = None


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """The whole proposal. The same history and policy give the same bytes."""

    policy: str
    detector: str
    title: str
    clauses: list[str]
    budget: float
    events: int
    first: str
    last: str
    days: float
    customers: int
    """Judged."""
    innocent: int
    """Judged, and not labelled as abusers: those whose findings count as false."""
    months: float
    customer_months: float
    abuses: int | None
    """Labelled abuses of the kind that the detector is meant for; None without labels."""
    enough: bool
    needed_customer_months: int
    floor: str
    """What this history can tell and what it cannot."""
    curves: list[ParameterCurve]
    best: str | None
    """The parameter that the snippet sets; None when everything may stay."""
    why: str
    """The snippet's reason."""
    settings: dict[str, float]
    """All parameters that the pack would set for the detector."""
    snippet: str
    notes: list[str]


@dataclass(frozen=True, slots=True)
class _Run:
    """One value, as judged."""

    value: float
    hits: list[Hit]


def calibrate(
    pack: Pack,
    detector: str,
    history: History,
    report: Report,
    *,
    parameters: Sequence[str] = (),
    budget: float = BUDGET,
    labels: Sequence[Label] | None = None,
) -> Calibration:
    """Propose values for a detector's parameters.

    Parameters
    ----------
    parameters
        Those to look at, each by itself; all of the detector's when none is named.
    budget
        False customer-months of 10,000 that are allowed.
    labels
        Who really abused the service; None when nobody knows.

    Raises
    ------
    BadUse
        There is no such detector or parameter, or the policy has no clause that it serves.
    """
    detectors, words = load_detectors()
    one = _chosen(pack, detector, detectors, parameters, budget)
    given, pack = pack, _awake(pack, detector)
    names = list(dict.fromkeys(parameters)) or list(one.spec.parameters)
    plan = _Judge(pack, one, words, history, report)
    runs: dict[str, list[_Run]] = {}
    seen: Seen | None = None
    step = IN_ONE_PASS // POINTS
    for first in range(0, len(names), step):
        chosen = names[first : first + step]
        found, seen = plan.judge(chosen, f"pass {first // step + 1} of {-(-len(names) // step)}: ")
        runs |= found
        demand_calls(seen, history)
    assert seen is not None
    counting = _Counting(one, pack, history, seen, labels)
    curves = [plan.curve(name, runs[name], counting, budget) for name in names]
    curves = plan.priced(curves, runs, counting)
    best = _best(curves)
    why = _why(best, counting, budget, seen.events) if best else ""
    settings: dict[str, float] = {}
    if best is not None and best.proposed is not None:
        settings = {**pack.parameters.get(detector, {}), best.parameter: best.proposed}
    return Calibration(
        policy=f"{given.id}@{given.version}",
        detector=detector,
        title=one.spec.title,
        clauses=list(pack.bound_to(detector, one.spec.topics)),
        budget=budget,
        events=seen.events,
        first=format_us(counting.first),
        last=format_us(counting.last),
        days=round(counting.days, 3),
        customers=len(history.judged),
        innocent=len(counting.innocent),
        months=round(counting.months, 4),
        customer_months=round(counting.customer_months, 1),
        abuses=len(counting.abuses) if labels is not None else None,
        enough=counting.enough(budget),
        needed_customer_months=counting.needed(budget),
        floor=counting.floor(budget),
        curves=curves,
        best=best.parameter if best else None,
        why=why,
        settings=settings,
        snippet=_snippet(detector, why, settings) if best else "",
        notes=_notes(one, counting, labels, names),
    )


def _awake(pack: Pack, detector: str) -> Pack:
    """The pack with a detector that judges, whatever its stage: before it does so for anybody is the time to calibrate it."""
    resting = {name: stage for name, stage in pack.resting.items() if name != detector}
    return msgspec.structs.replace(pack, resting=resting, modes={**pack.modes, detector: pack.modes.get(detector, "shadow")})


def _chosen(pack: Pack, detector: str, detectors: dict[str, Detector], parameters: Sequence[str], budget: float) -> Detector:
    if not isfinite(budget):
        raise BadUse(f"a budget of {budget:g} is no number", help_="name how many false findings of 10,000 customers a month")
    if not budget > 0:
        raise BadUse(f"a budget of {budget:g} allows nothing", help_="name how many false findings of 10,000 customers a month")
    one = detectors.get(detector)
    if one is None:
        raise no_detector(detector, detectors)
    for name in parameters:
        if name not in one.spec.parameters:
            known = ", ".join(f"`{each}`" for each in one.spec.parameters) or "none"
            raise BadUse(f"`{detector}` has no parameter `{name}`", help_=f"its parameters: {known}")
    if one.spec.stage == "retired":
        raise BadUse(f"`{detector}` is retired", help_="it judges nobody under any policy")
    if not one.spec.parameters:
        raise BadUse(f"`{detector}` has no parameter", help_="what it compares with stands in the customer's own order")
    if not pack.bound_to(detector, one.spec.topics):
        raise BadUse(f"`{pack.id}` has no clause that `{detector}` serves", help_=f"its topics are {', '.join(one.spec.topics)}")
    return one


class _Judge:
    """Judges one detector at many values."""

    def __init__(
        self, pack: Pack, detector: Detector, words: dict[str, tuple[str, ...]], history: History, report: Report
    ) -> None:
        self._pack = pack
        self._detector = detector
        self._words = words
        self._history = history
        self._report = report
        self._sense = next(sense for sense in senses() if sense.info.id == detector.id)
        self._first = Variant.of(pack, history, {detector.id: detector}, words)
        self._destinations = site_destinations()

    def value(self, name: str) -> float:
        """The value in force."""
        return self._sense.value(self._pack, name)

    def judge(self, names: Sequence[str], said: str) -> tuple[dict[str, list[_Run]], Seen]:
        """One pass for some parameters."""
        wanted = [(name, value) for name in names for value in self.values(name)]
        variants = [self._variant(name, value) for name, value in wanted]
        # Always as many, so that what is compiled for one parameter serves the next.
        while len(variants) % POINTS:
            variants.append(self._variant(names[0], self.value(names[0])))

        def report(what: str, done: int, total: int) -> None:
            self._report(f"{said}{what}", done, total)

        report("compiling", 0, 0)
        seen = judge_variants(variants, self._words, self._history, self._destinations, report, shown=False)
        runs: dict[str, list[_Run]] = {}
        for (name, value), hits in zip(wanted, seen.hits, strict=False):
            runs.setdefault(name, []).append(_Run(value, hits))
        return runs, seen

    def values(self, name: str) -> list[float]:
        """The values that are looked at; the one in force is among them."""
        return grid(self.value(name), self._detector.limits[name])

    def _variant(self, name: str, value: float) -> Variant:
        given = {**self._pack.parameters.get(self._detector.id, {}), name: value}
        pack = msgspec.structs.replace(self._pack, parameters={**self._pack.parameters, self._detector.id: given})
        packs = {**self._first.plan.packs, pack.id: pack}
        plan = plan_of(packs, self._first.plan.detectors, self._words)
        return Variant(plan=plan, customers=self._first.customers, pack=pack.id)

    def curve(self, name: str, runs: list[_Run], counting: _Counting, budget: float) -> ParameterCurve:
        """Points, and what comes of them."""
        way = self._sense.way(name, [self._pack])
        points = [counting.point(run) for run in sorted(runs, key=lambda run: run.value)]
        limits = self._detector.limits[name]
        wider = {"up": "raised", "down": "lowered", "none": "never: it changes nothing", "mixed": "not one way"}[way]
        curve = ParameterCurve(
            parameter=name,
            unit=limits.unit,
            limits=limits.phrase,
            wider_when=wider,
            in_force=self.value(name),
            points=points,
            proposed=None,
            verdict="none",
            shown=False,
            says="",
        )
        return _proposed(curve, counting, budget)

    def priced(self, curves: list[ParameterCurve], runs: dict[str, list[_Run]], counting: _Counting) -> list[ParameterCurve]:
        """The same with what each proposal costs; one more reading for all of them, and only if there are any."""
        wanted: list[tuple[dict[str, list[tuple[int, int]]], dict[str, list[tuple[int, int]]]]] = []
        for curve in curves:
            if curve.proposed is None or curve.proposed == curve.in_force:
                wanted.append(({}, {}))
                continue
            old, new = (
                counting.episodes(next(run for run in runs[curve.parameter] if run.value == value))
                for value in (curve.in_force, curve.proposed)
            )
            lost = {name: spans for name, spans in old.items() if name not in new}
            gained = {name: spans for name, spans in new.items() if name not in old}
            wanted.append((lost, gained))
        windows = [side for pair in wanted for side in pair]
        totals = calls_within(windows, self._history, self._first, self._destinations, self._report)
        priced = []
        for index, (curve, (lost, gained)) in enumerate(zip(curves, wanted, strict=True)):
            if curve.proposed is None or curve.proposed == curve.in_force:
                priced.append(curve)
                continue
            before, after = (
                next(run for run in runs[curve.parameter] if run.value == value) for value in (curve.in_force, curve.proposed)
            )
            cost = counting.cost(before, after, lost, gained, totals[2 * index], totals[2 * index + 1])
            priced.append(msgspec.structs.replace(curve, cost=cost))
        return priced


class _Counting:
    """Who is found at a value, and how many of them wrongly."""

    def __init__(self, detector: Detector, pack: Pack, history: History, seen: Seen, labels: Sequence[Label] | None) -> None:
        self._detector = detector
        self._pack = pack
        self._customers = history.customers
        self._events = seen.events
        self.first, self.last = (min(seen.calls), max(seen.calls) + HOUR_US) if seen.calls else (0, DAY_US)
        self.days = (self.last - self.first) / DAY_US
        self.months = self.days / MONTH_DAYS
        self._stretches = max(1, round(self.months))
        meant = detector_abuses().get(detector.id, frozenset())
        clauses = {*pack.bound_to(detector.id, detector.spec.topics)}
        abusers = {label.customer for label in labels or () if label.abuse != "none"}
        self.innocent = history.judged - abusers
        # Where it is known what the detector is meant for, other abuses under the same clauses are not its to find.
        self.abuses = [
            label
            for label in labels or ()
            if label.abuse != "none"
            and label.customer in history.judged
            and (label.abuse in meant if meant else bool(clauses & {*label.clauses}))
        ]
        self._clauses = tuple(sorted(clauses))
        self.labelled = labels is not None

    @property
    def customer_months(self) -> float:
        """How much there is to be wrong about."""
        return len(self.innocent) * self.months

    def needed(self, budget: float) -> int:
        """Customer-months without any finding that show a rate below the budget: the rule of three."""
        return -int(-3 * PER // budget)

    def enough(self, budget: float) -> bool:
        """Whether this history could show a rate below the budget at all."""
        return self.rate(0).high <= budget

    def floor(self, budget: float) -> str:
        """What the history can tell."""
        least = self.rate(0).high
        size = f"{self.days:.1f} days of {len(self.innocent):,} customers ({self.customer_months:,.0f} customer-months)"
        if self.enough(budget):
            return f"{size} can tell {budget:g} of 10,000 a month from more: without any finding the rate is below {least:,.1f}"
        return (
            f"{size} cannot tell {budget:g} of 10,000 a month from {least:,.0f}: it takes {self.needed(budget):,}"
            " customer-months. Nothing wider than what is in force is proposed from it"
        )

    def rate(self, false: int) -> Rate:
        """False customer-months of 10,000."""
        of = len(self.innocent) * self._stretches
        low, high = wilson(min(false, of), of)
        if not of:
            return Rate(per_10k=0.0, low=0.0, high=float(PER))
        return scaled(false / of, low, high, PER * self._stretches / self.months)

    def episodes(self, run: _Run) -> dict[str, list[tuple[int, int]]]:
        """Customer -> from when until when the rule held, each time."""
        found: dict[str, list[tuple[int, int]]] = {}
        for hit in run.hits:
            found.setdefault(self._customers[hit.customer_row].id, []).append((hit.time_us, hit.last_us))
        return found

    def _months_of(self, spans: list[tuple[int, int]]) -> set[int]:
        size = max(1, (self.last - self.first) // self._stretches)
        met: set[int] = set()
        for first, last in spans:
            low, high = ((at - self.first) // size for at in (first, last))
            met.update(range(max(0, low), min(self._stretches - 1, max(0, high)) + 1))
        return met or {0}

    def point(self, run: _Run) -> Point:
        """The counts of one value."""
        episodes = self.episodes(run)
        months = {name: len(self._months_of(spans)) for name, spans in episodes.items()}
        false = sum(count for name, count in months.items() if name in self.innocent)
        point = Point(
            value=run.value,
            findings=len(run.hits),
            customers=len(episodes),
            customer_months=sum(months.values()),
            false_customer_months=false,
            false_rate=self.rate(false),
        )
        if not self.abuses:
            return point
        told = found_abuses(self._findings(run), self.abuses)
        delays = [delay for _, _, delay in told if delay is not None]
        low, high = wilson(len(delays), len(told))
        return msgspec.structs.replace(
            point,
            abuses_found=len(delays),
            recall=round(len(delays) / len(told), 4),
            recall_low=round(low, 4),
            recall_high=round(high, 4),
            median_s=round(median(delays), 1) if delays else None,
        )

    def _findings(self, run: _Run) -> list[Finding]:
        """As much of the findings as is compared with labels."""
        spec = self._detector.spec
        return [
            Finding(
                finding_id="",
                time=format_us(hit.time_us),
                policy=PolicyRef(id=self._pack.id, version=""),
                clauses=self._clauses,
                detector=spec.detector,
                mode="alert",
                severity=spec.severity,
                customer=self._customers[hit.customer_row].id,
                reason="",
                features={},
                events=(),
                first_seen=format_us(hit.time_us),
                last_seen=format_us(hit.last_us),
                count=hit.count,
            )
            for hit in run.hits
        ]

    def cost(
        self,
        before: _Run,
        after: _Run,
        lost: dict[str, list[tuple[int, int]]],
        gained: dict[str, list[tuple[int, int]]],
        lost_calls: Stopped,
        gained_calls: Stopped,
    ) -> Cost:
        """What changes between two values."""
        gone: list[Label] = []
        come: list[Label] = []
        if self.abuses:
            old, new = (found_abuses(self._findings(run), self.abuses) for run in (before, after))
            for (label, was, _), (_, is_, _) in zip(old, new, strict=True):
                if was is not None and is_ is None:
                    gone.append(label)
                elif was is None and is_ is not None:
                    come.append(label)
        return Cost(
            lost_customers=sorted(lost)[:20],
            gained_customers=sorted(gained)[:20],
            lost=len(lost),
            gained=len(gained),
            lost_calls=lost_calls,
            gained_calls=gained_calls,
            lost_abuses=[f"{label.customer}: {label.abuse}" for label in gone],
            gained_abuses=[f"{label.customer}: {label.abuse}" for label in come],
            lost_loss=_loss(gone),
            gained_loss=_loss(come),
        )


def _loss(labels: Sequence[Label]) -> str:
    return format_micros(sum(parse_micros(label.loss or "0") for label in labels))


def span_text(seconds: float | None) -> str:
    """`4.1 h`; empty for none."""
    if seconds is None:
        return ""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


# -- what is proposed


def _proposed(curve: ParameterCurve, counting: _Counting, budget: float) -> ParameterCurve:
    """The widest value that keeps to the budget; with labels, the one that finds most abuses soonest."""
    now = next(point for point in curve.points if point.value == curve.in_force)

    def said(verdict: str, proposed: float | None, says: str) -> ParameterCurve:
        at = next((point for point in curve.points if point.value == proposed), None)
        shown = at is not None and at.false_rate.high <= budget
        return msgspec.structs.replace(curve, verdict=verdict, proposed=proposed, shown=shown, says=says)

    if curve.wider_when not in ("raised", "lowered"):
        return said("keep", curve.in_force, f"There is no direction to go ({curve.wider_when}).")
    wide = 1 if curve.wider_when == "raised" else -1
    enough = counting.enough(budget)

    def fits(point: Point) -> bool:
        # To go wider the rate must be shown to keep to the budget; to stay, or to go back, it is enough that it likely does.
        rate = point.false_rate
        return (rate.high if wide * point.value > wide * curve.in_force else rate.per_10k) <= budget

    fitting = [point for point in curve.points if fits(point)]
    if not fitting:
        least = min(curve.points, key=lambda point: (point.false_rate.per_10k, abs(point.value - curve.in_force)))
        bound = f" (95 %: up to {least.false_rate.high:,.2f})"
        nearest = f"{least.value:g} comes nearest with {least.false_rate.per_10k:,.2f}{bound}"
        says = f"No value that was looked at keeps to the budget; {nearest}."
        return said("none", None, says)

    def far(point: Point) -> float:
        return abs(point.value - curve.in_force)

    if now.abuses_found is not None:
        # Most abuses, then soonest, then least change.
        chosen = min(fitting, key=lambda point: (-(point.abuses_found or 0), point.median_s or 0.0, far(point)))
    else:
        chosen = max(fitting, key=lambda point: wide * point.value)
        # A value that finds nobody more than another is no reason to move: of those alike, the one nearest to what is in force.
        chosen = min((point for point in fitting if point.customer_months == chosen.customer_months), key=far)
    told = _told(chosen)
    if not enough:
        sure = " This history is too short to be sure, or to go wider."
    elif chosen.false_rate.high > budget:
        sure = f" That it keeps to {budget:g} is likely and not shown: the upper bound is above it."
    else:
        sure = ""
    if chosen.value == curve.in_force:
        return said("keep" if enough else "limited", chosen.value, f"What is in force may stay: {told}.{sure}")
    change = "widens" if wide * chosen.value > wide * curve.in_force else "narrows"
    says = f"{chosen.value:g} in place of {curve.in_force:g} {change} the rule: {told}; in force: {_told(now)}.{sure}"
    return said("change" if enough else "limited", chosen.value, says)


def _told(point: Point) -> str:
    rate = point.false_rate
    many = "" if point.abuses_found == 1 else "s"
    found = "" if point.recall is None else f", {point.abuses_found} labelled abuse{many} found"
    if point.median_s is not None:
        found += f" (in the middle after {span_text(point.median_s)})"
    return f"{rate.per_10k:,.2f} false of 10,000 a month (95 %: {rate.low:,.2f} to {rate.high:,.2f}){found}"


def _best(curves: Sequence[ParameterCurve]) -> ParameterCurve | None:
    """The one change that does most: finds most, then loses least, then is soonest, then is least often wrong."""
    changed = [curve for curve in curves if curve.cost is not None and curve.proposed not in (None, curve.in_force)]

    def worth(curve: ParameterCurve) -> tuple[float, ...]:
        cost = curve.cost
        assert cost is not None
        now, then = (next(each for each in curve.points if each.value == value) for value in (curve.in_force, curve.proposed))
        sooner = (now.median_s or 0.0) / then.median_s if then.median_s else 1.0
        known = then.abuses_found if then.abuses_found is not None else then.customers
        return (known, -len(cost.lost_abuses), -cost.lost, sooner, -then.false_rate.per_10k)

    return max(changed, key=worth, default=None)


def _why(best: ParameterCurve, counting: _Counting, budget: float, events: int) -> str:
    point = next(each for each in best.points if each.value == best.proposed)
    rate = point.false_rate
    basis = "labels taken out" if counting.labelled else "every finding counted as false"
    return (
        f"Calibrated on {counting.days:.0f} days of {len(counting.innocent):,} customers ({events:,} events,"
        f" {format_us(counting.first)[:10]} to {format_us(counting.last)[:10]}): with {best.parameter} at {best.proposed:g},"
        f" {rate.per_10k:,.2f} false customer-months of 10,000 (95 %: {rate.low:,.2f} to {rate.high:,.2f}; {basis})"
        f" against a budget of {budget:g}; it was {best.in_force:g}."
    )


def _snippet(detector: str, why: str, parameters: Mapping[str, float]) -> str:
    values = ", ".join(f"{name}: {value:g}" for name, value in parameters.items())
    lines = textwrap.wrap(why, 100, initial_indent=" " * 6, subsequent_indent=" " * 6)
    return "\n".join(["detectors:", f"  {detector}:", "    why: >-", *lines, f"    parameters: {{{values}}}"]) + "\n"


def _notes(detector: Detector, counting: _Counting, labels: Sequence[Label] | None, names: Sequence[str]) -> list[str]:
    notes = []
    if labels is None:
        notes.append(
            "Without labels every finding counts as false: real abuse in the history makes a rule look worse than it is, so "
            "what is proposed is at least as careful as the budget asks."
        )
    elif not counting.abuses:
        notes.append("No labelled abuse is of the kind that this detector is meant for, so nothing is known of what it misses.")
    if len(names) > 1:
        notes.append(
            "Each parameter was moved by itself, with all others at the values in force. Two proposals together are not the "
            "sum of both: take one, and calibrate again."
        )
    if counting.days < 28:
        notes.append(f"{counting.days:.1f} days are less than a month; rates are as if the rest of the month were the same.")
    if detector.across is not None:
        notes.append("What customers have in common is looked for among all customers of the history.")
    return notes
