"""What detection must reach, each with the figure measured, its bound, and whether that tells.

A bar is `met` or `not met` only where the 95 % bound says so too; else one `cannot tell` with this much data, and how much would
be needed is said. Sources of the bounds: Wilson's score for shares; exact Poisson for rates, for no event the rule of three.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import ceil
from statistics import median

import msgspec

from fairwire.model.money import format_micros, parse_micros
from fairwire.runtime.intervals import most_events, wilson
from fairwire.testkit.evaluation.matching import Instance
from fairwire.testkit.evaluation.result import Bar, RateResult, SegmentResult
from fairwire.testkit.evaluation.table import Within, bounds, fits

RECALL = {"plain": 0.95, "evasive": 0.70}
SUSPENSIONS = 1.0
ENFORCED = 20.0
LOOK_ALIKES = 3.0
"""Times the bar of all customers."""
_PER = 10_000
MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"
_MOST = 1_000_000
_MOST_TIMES = 1000


def recall_bars(instances: Sequence[Instance]) -> list[Bar]:
    """One for each abuse and level that a bar is set for."""
    by_level: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for instance in instances:
        if instance.label.level in RECALL:
            by_level[(instance.label.abuse, instance.label.level)].append(instance)
    order = list(RECALL)
    return [
        _recall_bar(abuse, level, of)
        for (abuse, level), of in sorted(by_level.items(), key=lambda item: (order.index(item[0][1]), item[0][0]))
    ]


def _recall_bar(abuse: str, level: str, of: Sequence[Instance]) -> Bar:
    must, found = RECALL[level], sum(instance.found_us is not None for instance in of)
    return _share_bar(f"{abuse}, {level}: at least {must:.0%} found", found, len(of), must, f"{found} of {len(of)}", "instances")


def _share_bar(says: str, good: int, of: int, must: float, measured: str, what: str) -> Bar:
    low, high = wilson(good, of)
    meets = good / of >= must
    verdict = MET if low >= must else NOT_MET if high < must else CANNOT_TELL
    needed = ""
    if verdict == CANNOT_TELL:
        more = instances_needed(good / of, must)
        needed = f"{more:,} {what} at this share" if more else f"more {what}: the share is too near the bar"
    return Bar(
        says=says,
        measured=f"{measured} ({good / of:.1%})",
        bound=f"95 %: {low:.1%} to {high:.1%}",
        verdict=verdict,
        meets=meets,
        needed=needed,
    )


def instances_needed(share: float, must: float) -> int | None:
    """How many instances, found at this share, would tell on which side of the bar it is; None where more than a million."""
    size = 1
    while size < _MOST:
        low, high = wilson(round(share * size), size)
        if low >= must or high < must:
            return size
        size += max(1, size // 50)
    return None


def within_bars(instances: Sequence[Instance]) -> list[Bar]:
    """Events and money until found, level by level: at least half of the instances must be within."""
    told = []
    for entry in bounds():
        for level in ("plain", "evasive", None):
            of = [one for one in instances if one.label.level == level and fits(one.label.abuse, entry.abuse)]
            if of:
                told.append(_within_bar(entry, level, of))
        if not any(fits(one.label.abuse, entry.abuse) for one in instances):
            told.append(_unmeasured(entry.says, "no such abuse in this traffic"))
    return told


def _within_bar(entry: Within, level: str | None, of: Sequence[Instance]) -> Bar:
    says = f"{entry.says}, median{f', {level}' if level else ''}"
    if all(one.spent is None for one in of) and entry.money is None:
        return _unmeasured(says, "needs the event files: --events")
    figures = []
    counted = [_events(one) for one in of if one.spent is not None]
    if counted:
        middle = median(counted)
        figures.append("never found" if middle == float("inf") else f"{middle:,.4g} {of[0].spent.what if of[0].spent else ''}")
    if entry.money is not None:
        figures.append(f"{float(format_micros(int(median(one.loss_before() for one in of)))):,.2f} lost")
    inside = sum(_inside(one, entry) for one in of)
    bar = _share_bar(says, inside, len(of), 0.5, f"{' or '.join(figures)}; {inside} of {len(of)} within", "instances")
    return msgspec.structs.replace(bar, meets=2 * inside > len(of))


def _events(one: Instance) -> float:
    return float("inf") if one.spent is None or one.spent.events_before is None else float(one.spent.events_before)


def _inside(one: Instance, entry: Within) -> bool:
    if one.found_us is None:
        return False
    cheap = entry.money is not None and one.loss() is not None and one.loss_before() <= parse_micros(entry.money)
    return cheap or _events(one) <= entry.events


def rate_bars(
    suspensions: RateResult, by: str, enforced: RateResult, customer_months: float, hard: SegmentResult | None
) -> list[Bar]:
    """Suspensions and findings of good customers; the look-alikes are allowed three times as many."""
    told = [
        _rate_bar(f"automatic suspensions of good customers, of 10,000 a month: at most {SUSPENSIONS:g}",
                  suspensions, SUSPENSIONS, customer_months),
        _rate_bar(f"findings of medium or worse in enforce on good customers, of 10,000 a month: at most {ENFORCED:g}",
                  enforced, ENFORCED, customer_months),
    ]  # fmt: skip
    for what, must in (("automatic suspensions", SUSPENSIONS), ("findings of medium or worse in enforce", ENFORCED)):
        says = f"look-alikes, {what}: at most {LOOK_ALIKES * must:g}"
        if hard is None:
            told.append(_unmeasured(says, "needs the customers file, with kinds that look like abusers"))
        else:
            measured = hard.suspensions if must == SUSPENSIONS else hard.enforced
            told.append(_rate_bar(says, measured, LOOK_ALIKES * must, hard.customer_months))
    return told


def _rate_bar(says: str, rate: RateResult, must: float, customer_months: float) -> Bar:
    if not customer_months:
        return _unmeasured(says, "no good customers in this traffic")
    meets = rate.per_10k <= must
    verdict = MET if rate.upper_per_10k <= must else NOT_MET if rate.low_per_10k > must else CANNOT_TELL
    needed = ""
    if verdict == CANNOT_TELL:
        months = months_needed(rate.count, customer_months, must)
        needed = (
            f"{months:,} customer-months at this rate" if months else "more customer-months: the rate is above the bar or near it"
        )
    return Bar(
        says=says,
        measured=f"{rate.count:,} in {customer_months:,.0f} customer-months: {rate.per_10k:,.1f}",
        bound=f"95 %: {rate.low_per_10k:,.1f} to {rate.upper_per_10k:,.1f}",
        verdict=verdict,
        meets=meets,
        needed=needed,
    )


def months_needed(count: int, customer_months: float, must: float) -> int | None:
    """Customer-months that would show a rate like this one to be under the bar; None where it is not under it, or hardly."""
    if count / customer_months * _PER >= must:
        return None
    if not count:
        return ceil(most_events(0) / must * _PER)
    times = 1.0
    while times < _MOST_TIMES:
        if most_events(round(count * times)) / (customer_months * times) * _PER <= must:
            return ceil(customer_months * times)
        times *= 1.05
    return None


def _unmeasured(says: str, why: str) -> Bar:
    return Bar(says=says, measured="-", bound="-", verdict=CANNOT_TELL, meets=None, needed=why)
