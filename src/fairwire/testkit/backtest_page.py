"""A backtest as a page and as pictures."""

from __future__ import annotations

from fairwire.runtime.backtest import Backtest, ClauseImpact, Rate, Sample, Stopped
from fairwire.testkit.chart import Columns, Picture, Side, Sides
from fairwire.testkit.report_page import Group, Number, Page, Shown, Table


def pictures(found: Backtest) -> list[Picture]:
    """Bars by clause of who is found, limited and refused, and the days."""
    drawn: list[Picture] = []
    found_of = {one.clause: (one.no_longer_found, one.newly_found) for one in found.clauses}
    limited_of = {one.clause: (one.no_longer_limited.customers, one.newly_limited.customers) for one in found.clauses}
    refused_of = {one.clause: (one.no_longer_refused.customers, one.newly_refused.customers) for one in found.clauses}
    for title, counts in (
        ("Customers found, by clause", found_of),
        ("Customers with calls limited, by clause", limited_of),
        ("Customers with calls refused, by clause", refused_of),
    ):
        rows = tuple(
            Side(label=f"{one.clause} {one.gist}", left=left, right=right, hint=f"{one.clause}: {one.gist}")
            for one in found.clauses
            for left, right in (counts[one.clause],)
            if left or right
        )
        if rows:
            drawn.append(Sides(title=title, names=("no longer", "newly"), rows=rows))
    if found.timeline:
        days = tuple((day.day, (float(day.both), float(day.only_after), float(day.only_before))) for day in found.timeline)
        drawn.append(Columns(title="Findings a day", names=("under both", "newly", "no longer"), days=days))
    return drawn


def title_of(found: Backtest) -> str:
    """What was compared."""
    return f"{found.before} against {found.after}"


def below_of(found: Backtest) -> str:
    """On what."""
    base = found.base
    return (
        f"{base.events:,} events of {base.first[:10]} to {base.last[:10]} ({base.days:g} days); judged: {found.who},"
        f" {base.active:,} of them with traffic"
    )


def blast_warning(found: Backtest) -> str:
    """What is to be said of suspensions by rules alone; empty when it is within bounds."""
    held = found.suspensions
    if not held.over:
        return ""
    return (
        f"Rules alone would suspend {held.after:,} of {found.base.judged:,} customers ({held.share_after:.2%}):"
        f" more than the {held.most:.1%} that may be left to rules; before, it would be {held.before:,}."
    )


def page(found: Backtest) -> Page:
    """The whole report."""
    warning = blast_warning(found)
    return Page(
        title=title_of(found),
        below=below_of(found),
        figures=[
            Number(value=f"{found.newly_found:,}", says=f"customers newly found; {rate_text(found.newly_found_rate)}"),
            Number(value=f"{found.no_longer_found:,}", says="customers no longer found"),
            Number(
                value=f"{found.newly_limited.customers:,}", says=f"customers newly limited ({found.newly_limited.calls:,} calls)"
            ),
            Number(
                value=f"{found.newly_refused.customers:,}", says=f"customers newly refused ({found.newly_refused.calls:,} calls)"
            ),
            Number(value=f"{found.only_after.minutes}", says="minutes of calls that only the second would have stopped"),
            Number(value=money_text(found.only_after), says="charges of these calls"),
            Number(value=f"{found.suspensions.newly:,}", says="customers newly suspended by rules alone"),
        ],
        warnings=[warning] if warning else [],
        pictures=pictures(found),
        tables=[_found_table(found), _stopped_table(found)],
        samples=[group for one in found.clauses for group in _groups(one)],
        notes=found.notes,
    )


def _customers(stopped: Stopped, what: str) -> Number:
    return Number(value=f"{stopped.customers:,}", says=f"customers {what} ({stopped.calls:,} calls)")


def rate_text(rate: Rate) -> str:
    """`12 of 10,000 a month (95 %: 5 to 28)`."""
    return f"{rate.per_10k:,.1f} of 10,000 a month (95 %: {rate.low:,.1f} to {rate.high:,.1f})"


def money_text(stopped: Stopped) -> str:
    """Charges, one currency after the other."""
    return ", ".join(f"{amount} {currency}" for currency, amount in stopped.money.items()) or "0"


def _found_table(found: Backtest) -> Table:
    return Table(
        title="Customers found, by clause",
        headings=("clause", "before", "after", "newly", "no longer", "newly, of 10,000 a month", "95 %"),
        rows=[
            (
                f"{one.clause} {one.gist}",
                f"{one.found_before:,}",
                f"{one.found_after:,}",
                f"{one.newly_found:,}",
                f"{one.no_longer_found:,}",
                f"{one.newly_found_rate.per_10k:,.1f}",
                f"{one.newly_found_rate.low:,.1f} to {one.newly_found_rate.high:,.1f}",
            )
            for one in found.clauses
        ],
    )


def _stopped_table(found: Backtest) -> Table:
    rows = []
    for name, pick in _STOPPED:
        for one in (*found.clauses, None):
            stopped: Stopped = getattr(found if one is None else one, pick)
            if (stopped.calls and one is not None) or one is None:
                label = f"{name}: {one.clause if one is not None else 'all'}"
                rows.append(
                    (
                        label,
                        f"{stopped.customers:,}",
                        f"{stopped.calls:,}",
                        f"{stopped.answered:,}",
                        stopped.minutes,
                        money_text(stopped),
                    )
                )
    return Table(
        title="Calls limited and refused",
        below=(
            "Minutes and charges are those that the calls had; what was never answered has none. Emergency calls connect under"
            f" both ({found.emergency_calls:,} among the calls decided anew)."
        ),
        headings=("", "customers", "calls", "answered", "minutes", "charges"),
        rows=rows,
    )


_STOPPED = (
    ("newly limited", "newly_limited"),
    ("newly refused", "newly_refused"),
    ("no longer limited", "no_longer_limited"),
    ("no longer refused", "no_longer_refused"),
)


def _groups(one: ClauseImpact) -> list[Group]:
    groups = []
    for title, samples in (("newly found", one.samples), ("no longer found", one.no_longer_samples)):
        if samples:
            groups.append(Group(title=f"{one.clause}: {title}, to look at", samples=[_shown(sample) for sample in samples]))
    return groups


def _shown(sample: Sample) -> Shown:
    measured = "; ".join(f"{name} {text}" for name, text in sample.measured.items())
    return Shown(head=f"{sample.customer}, {sample.time}", text=sample.reason, below=f"{sample.detector}: {measured}")
