"""A calibration as a page and as pictures."""

from __future__ import annotations

from fairwire.runtime.backtest import Stopped
from fairwire.testkit.calibrate import Calibration, Cost, ParameterCurve, Point, span_text
from fairwire.testkit.chart import Curve, Picture, Spot
from fairwire.testkit.report_page import Number, Page, Table


def pictures(found: Calibration) -> list[Picture]:
    """One curve a parameter: false findings over the value, and recall where labels tell it."""
    drawn: list[Picture] = []
    for curve in found.curves:
        marks = [(curve.in_force, f"in force {curve.in_force:g}")]
        if curve.proposed is not None and curve.proposed != curve.in_force:
            marks.append((curve.proposed, f"proposed {curve.proposed:g}"))
        spots = tuple(
            Spot(at=point.value, value=point.false_rate.per_10k, low=point.false_rate.low, high=point.false_rate.high)
            for point in curve.points
        )
        over = f"{curve.parameter}{f', {curve.unit}' if curve.unit else ''}"
        title = f"False of 10,000 a month, by {curve.parameter}"
        says = f"budget {found.budget:g}"
        drawn.append(Curve(title=title, over=over, spots=spots, most=found.budget, most_says=says, marks=tuple(marks)))
        told = [point for point in curve.points if point.recall is not None]
        if told:
            recall = tuple(
                Spot(
                    at=point.value,
                    value=100 * (point.recall or 0.0),
                    low=100 * (point.recall_low or 0.0),
                    high=100 * (point.recall_high or 0.0),
                )
                for point in told
            )
            title = f"Labelled abuses found, %, by {curve.parameter}"
            drawn.append(Curve(title=title, over=over, spots=recall, marks=tuple(marks), even=True))
    return drawn


def title_of(found: Calibration) -> str:
    """What was looked at."""
    return f"{found.detector} under {found.policy}"


def below_of(found: Calibration) -> str:
    """On what."""
    labels = (
        "no labels: every finding counts as false"
        if found.abuses is None
        else f"labels: {found.abuses:,} {'abuse' if found.abuses == 1 else 'abuses'} of its kind"
    )
    return (
        f"{found.events:,} events of {found.first[:10]} to {found.last[:10]} ({found.days:g} days), {found.innocent:,} of"
        f" {found.customers:,} customers innocent as far as known; {labels}"
    )


def page(found: Calibration) -> Page:
    """The whole report."""
    best = next((curve for curve in found.curves if curve.parameter == found.best), None)
    return Page(
        title=title_of(found),
        below=below_of(found),
        figures=[
            Number(value=f"{found.budget:g}", says="false findings of 10,000 customers a month allowed"),
            Number(value=f"{found.customer_months:,.0f}", says=f"customer-months seen; {found.needed_customer_months:,} needed"),
            Number(value="-" if best is None else f"{best.proposed:g}", says=_proposal(best)),
        ],
        warnings=[] if found.enough else [f"{found.floor}."],
        pictures=pictures(found),
        tables=[_proposals(found), *(_points(curve) for curve in found.curves)],
        notes=[f"{found.floor}.", *found.notes] if found.enough else found.notes,
        snippet=found.snippet,
        snippet_title="For pack.yaml",
    )


def _proposal(best: ParameterCurve | None) -> str:
    return "nothing to change" if best is None else f"proposed for {best.parameter}, in place of {best.in_force:g}"


def cost_text(cost: Cost) -> str:
    """What a proposal changes, in a sentence."""
    parts = [f"{cost.gained:,} {'customer' if cost.gained == 1 else 'customers'} newly found, {cost.lost:,} no longer"]
    if cost.lost_abuses or cost.gained_abuses:
        parts.append(f"labelled abuses lost: {len(cost.lost_abuses)} (losses {cost.lost_loss})")
        parts.append(f"gained: {len(cost.gained_abuses)} (losses {cost.gained_loss})")
    for name, calls in (("newly", cost.gained_calls), ("no longer", cost.lost_calls)):
        if calls.calls:
            parts.append(f"calls {name} under a finding: {stopped_text(calls)}")
    return "; ".join(parts)


def stopped_text(calls: Stopped) -> str:
    """`120 calls, 34.50 minutes, 12.00 USD`."""
    money = ", ".join(f"{amount} {currency}" for currency, amount in calls.money.items())
    return f"{calls.calls:,} calls, {calls.minutes} minutes{f', {money}' if money else ''}"


def _proposals(found: Calibration) -> Table:
    return Table(
        title="Proposals",
        below="Each parameter by itself, all others at the values in force.",
        headings=("parameter", "in force", "proposed", "newly found", "no longer", "verdict"),
        rows=[
            (
                f"{curve.parameter}: {curve.says}" + (f" {cost_text(curve.cost)}." if curve.cost else ""),
                f"{curve.in_force:g}",
                "-" if curve.proposed is None else f"{curve.proposed:g}",
                f"{curve.cost.gained:,}" if curve.cost else "0",
                f"{curve.cost.lost:,}" if curve.cost else "0",
                curve.verdict,
            )
            for curve in found.curves
        ],
    )


_HEADINGS = (
    "value", "findings", "customers", "false, of 10,000 a month", "95 %", "abuses found", "recall", "time to detection",
)  # fmt: skip


def _points(curve: ParameterCurve) -> Table:
    return Table(
        title=curve.parameter,
        below=f"{curve.unit}{'; ' if curve.unit else ''}the rule finds more when it is {curve.wider_when}",
        headings=(
            "value",
            "findings",
            "customers",
            "false, of 10,000 a month",
            "95 %",
            "abuses found",
            "recall",
            "time to detection",
        ),
        rows=[_row(point, curve) for point in curve.points],
    )


def _row(point: Point, curve: ParameterCurve) -> tuple[str, ...]:
    mark = " (in force)" if point.value == curve.in_force else " (proposed)" if point.value == curve.proposed else ""
    return (
        f"{point.value:g}{mark}",
        f"{point.findings:,}",
        f"{point.customers:,}",
        rate_number(point.false_rate.per_10k),
        f"{rate_number(point.false_rate.low)} to {rate_number(point.false_rate.high)}",
        "" if point.abuses_found is None else f"{point.abuses_found:,}",
        "" if point.recall is None else f"{point.recall:.0%}",
        span_text(point.median_s),
    )


def rate_number(rate: float) -> str:
    """Two places, so that a rate is never shown as the budget that it is above."""
    return f"{rate:,.2f}" if rate < 100 else f"{rate:,.0f}"
