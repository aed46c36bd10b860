"""From what was generated to labels: when an abuse ran, what it broke and what it cost minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from fairwire.model.instants import format_us
from fairwire.model.money import format_micros
from fairwire.testkit.labels import Label
from fairwire.testkit.simulate.attack_kit import Act
from fairwire.testkit.simulate.calls import MINUTE_MS, Calls, Ints, talk_of
from fairwire.testkit.simulate.cast import Part, Period
from fairwire.testkit.simulate.tables import attacks

CURVE_POINTS = 64
LATEST_MS = 2**62
MOST_TURNS = 600
SMALLEST_LEVEL = 1_000
"""Ten-thousandths: the first level of a loss curve is a tenth of a unit."""


def accrued(calls: Calls, at_ms: Ints) -> Ints:
    """Ten-thousandths owed at each instant, calls in progress included. Exact: the last instant gives the sum of all charges."""
    talk, rate = talk_of(calls)[:, None], calls["rate"].astype(np.int64)[:, None]
    elapsed = np.clip(at_ms[None, :] - calls["answer"][:, None], 0, talk)
    owed: Ints = (-((-elapsed * rate) // MINUTE_MS)).sum(axis=0)
    return owed


def money(amount: int) -> str:
    """Decimal string of ten-thousandths."""
    return format_micros(amount * 100)


def mark_honest(part: Part, period: Period) -> Label:
    """The label of a customer that does nothing wrong."""
    zone = ZoneInfo(part.record.timezone)
    begin, end = (datetime.combine(day, datetime.min.time(), zone) for day in (period.start, period.end))
    return Label(customer=part.record.id, abuse="none", clauses=(), start=_text(begin), end=_text(end), kind=part.look)


def _text(moment: datetime) -> str:
    return format_us(int(moment.astimezone(UTC).timestamp()) * 1_000_000)


def mark_abuse(part: Part, act: Act) -> Label:
    """The label of an abuser, from the calls and other events of its attack alone."""
    calls = act.calls
    assert part.abuse is not None
    abuse = attacks().abuses[part.abuse]
    times = [row[0] for row in act.rows]
    start = min([*times, int(calls["start"].min(initial=LATEST_MS))])
    end = max([*times, int(calls["end"].max(initial=0))])
    loss: str | None = None
    curve: tuple[tuple[str, str], ...] = ()
    if abuse.loss and len(calls):
        loss = money(int(calls["charge"].sum()))
        curve = _curve(calls, start, end)
    return Label(
        customer=part.record.id,
        abuse=part.abuse,
        clauses=abuse.clauses[part.record.policy],
        start=format_us(start * 1000),
        end=format_us(end * 1000),
        loss=loss,
        onset=None if act.onset_ms is None else format_us(act.onset_ms * 1000),
        variant=part.variant,
        level=part.level,
        loss_curve=curve,
        group=f"g-{part.block:05d}" if part.members > 1 else None,
    )


def _curve(calls: Calls, start: int, end: int) -> tuple[tuple[str, str], ...]:
    """The instants at which the loss passes levels in geometric steps: what is owed grows in straight lines between them."""
    paid = calls[(calls["answer"] >= 0) & (calls["rate"] > 0)]
    if not len(paid):
        return ()
    turns = np.unique(np.concatenate((paid["answer"], paid["end"])))
    turns = turns[:: max(1, len(turns) // MOST_TURNS)]
    turns = np.unique(np.concatenate(([start], turns, [end])))
    owed = accrued(paid, turns)
    levels = np.geomspace(SMALLEST_LEVEL, max(int(owed[-1]), 2 * SMALLEST_LEVEL), CURVE_POINTS)
    kept = np.unique(np.concatenate(([0], np.searchsorted(owed, levels).clip(0, len(turns) - 1), [len(turns) - 1])))
    return tuple((format_us(int(turns[place]) * 1000), money(int(owed[place]))) for place in kept)
