"""Page one, "What is wrong now": what is on it, read from the store and put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairwire.desk import wording
from fairwire.desk.charts import WORST_FIRST, Chart, timeline
from fairwire.desk.query import MOST_SHOWN, Query
from fairwire.model.finding import Finding
from fairwire.model.instants import parse_us
from fairwire.model.order import Order
from fairwire.ports.control import ControlStore, Run, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One finding of the list."""

    finding: Finding
    href: str
    subject: str
    """The narrowest thing it is about, beside the customer; empty when it is about all of the customer."""
    clauses: tuple[tuple[str, str], ...]
    """(id, gist)."""
    since: str
    until: str
    """When it was seen last; empty when that is when it was seen first."""
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """All of the page. `run` is None when nothing was ever saved."""

    query: Query
    run: Run | None
    runs: Sequence[Run]
    whole: Tally
    """Of the run, whatever the filters: what the filters offer."""
    matching: Tally
    severities: tuple[tuple[str, int], ...]
    """Worst first, zeros too."""
    rows: tuple[Row, ...]
    more: str
    """Address of a longer list; empty when all is shown."""
    span: str
    looked_at: str
    """`11,809 calls`, or what the run itself counted; empty when neither is known."""
    charts: tuple[tuple[str, Chart], ...]
    """(class, chart): a wide one and a narrow one."""


def read_now(store: ControlStore, query: Query) -> Now:
    """Everything that the page shows, in a handful of queries."""
    runs = store.runs()
    run = next((one for one in runs if one.run_id == query["run"]), None) if query["run"] else next(iter(runs), None)
    if run is None:
        return _nothing(query, runs)
    whole = store.tally(run_id=run.run_id)
    matching = store.tally(run_id=run.run_id, filters=query.filters) if query.filters else whole
    findings = store.findings(run_id=run.run_id, limit=query.shown, filters=query.filters)
    orders: dict[str, list[Order]] = {}
    for order in store.orders(finding_ids=[finding.finding_id for finding in findings]):
        orders.setdefault(order.finding_id, []).append(order)
    gists = {(clause.policy, clause.clause): clause.gist for clause in whole.clauses}
    series: dict[str, dict[int, float]] = {"calls": {}, "refused": {}}
    for point in store.series(run_id=run.run_id):
        if point.name in series:
            series[point.name][point.hour_us] = point.value
    hours = [*series["calls"], *(hour for hour, _, _ in whole.hours)]
    return Now(
        query=query,
        run=run,
        runs=runs,
        whole=whole,
        matching=matching,
        severities=tuple((severity, matching.severities.get(severity, 0)) for severity in WORST_FIRST),
        rows=tuple(_row(finding, orders.get(finding.finding_id, []), gists, query) for finding in findings),
        more=query.url("/", show=str(min(MOST_SHOWN, matching.total))) if len(findings) < min(MOST_SHOWN, matching.total) else "",
        span=_span(min(hours), max(hours)) if hours else "",
        looked_at=_looked_at(run, round(sum(series["calls"].values()))),
        charts=_charts(series, matching),
    )


def _nothing(query: Query, runs: Sequence[Run]) -> Now:
    none = Tally(total=0, severities={}, detectors={}, customers={}, clauses=(), hours=())
    return Now(
        query=query,
        run=None,
        runs=runs,
        whole=none,
        matching=none,
        severities=(),
        rows=(),
        more="",
        span="",
        looked_at="",
        charts=(),
    )


def _charts(series: dict[str, dict[int, float]], tally: Tally) -> tuple[tuple[str, Chart], ...]:
    wide: dict[str, Any] = {"width": 760, "most": 260, "ticks": 9}
    narrow: dict[str, Any] = {"width": 360, "most": 90, "ticks": 4}
    calls, refused = series["calls"], series["refused"]
    drawn = [(name, timeline(calls, refused, tally.hours, **shape)) for name, shape in (("wide", wide), ("narrow", narrow))]
    return tuple((name, chart) for name, chart in drawn if chart is not None)


def _looked_at(run: Run, calls: int) -> str:
    events = run.summary.get("events")
    if calls:
        return wording.count(calls, "call")
    return wording.count(events, "event") if isinstance(events, int) and events else ""


def _span(first_us: int, last_us: int) -> str:
    """`2 Mar to 4 Mar 2026`."""
    first, last = wording.day(first_us), wording.day(last_us)
    if wording.year(first_us) != wording.year(last_us):
        first += f" {wording.year(first_us)}"
    return f"{last} {wording.year(last_us)}" if first == last else f"{first} to {last} {wording.year(last_us)}"


def _row(finding: Finding, orders: list[Order], gists: dict[tuple[str, str], str], query: Query) -> Row:
    first, last = parse_us(finding.first_seen), parse_us(finding.last_seen)
    same_day = wording.day(first) == wording.day(last)
    until = wording.clock(last) if same_day else wording.moment(last)
    return Row(
        finding=finding,
        href=query.url(f"/findings/{finding.finding_id}", show=None),
        subject=subject(finding),
        clauses=tuple((clause, gists.get((finding.policy.id, clause), "")) for clause in finding.clauses),
        since=wording.moment(first),
        until="" if wording.moment(first) == wording.moment(last) else until,
        actions=tuple(wording.action(order, brief=True) for order in orders),
    )


def subject(finding: Finding) -> str:
    """`line +12025550117`, `calls to +442079460018`, `user m.ravel, line +12025550140`."""
    parts = [
        f"user {finding.user}" if finding.user else "",
        f"line {finding.line}" if finding.line else "",
        f"calls to {finding.callee}" if finding.callee else "",
    ]
    return ", ".join(part for part in parts if part)
