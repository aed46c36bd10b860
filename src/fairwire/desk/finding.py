"""Page two, one finding: the sentence, why, what would be done about it, the evidence, and what to check before acting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairwire.desk import wording
from fairwire.desk.charts import Bullet, Chart, bullet, subject_chart
from fairwire.desk.now import subject
from fairwire.desk.query import MOST_SHOWN, Query
from fairwire.model.finding import Finding
from fairwire.model.instants import parse_us
from fairwire.model.money import format_micros
from fairwire.model.order import STEPS, Order
from fairwire.model.phrases import parties
from fairwire.ports.control import ControlStore, Evidence
from fairwire.runtime.order_acts import as_they_are


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison of the rule, as words and as a drawing."""

    meaning: str
    feature: str
    value: str
    demand: str
    """`at least 60 calls`; empty when the value is only reported."""
    holds: bool | None
    """None: the value is not known, so the comparison says nothing."""
    bullet: Bullet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseLine:
    """One clause that the finding breaks; gist and place are empty when no evidence told them."""

    id: str
    policy: str
    gist: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One order of the ladder."""

    order: Order
    title: str
    ends: str
    approvals: str
    state: str
    on_record: bool
    """It has a page of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One line of the evidence table."""

    id: str
    time: str
    from_: str
    to: str
    disposition: str
    talk: str
    charge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPage:
    """All of the page."""

    query: Query
    finding: Finding
    subject: str
    when: str
    first: str
    last: str
    clauses: tuple[ClauseLine, ...]
    rule: str
    windows: tuple[str, ...]
    hard: bool | None
    title: str
    """What the detector is about; empty when it was not told."""
    why: str
    comparisons: tuple[Comparison, ...]
    """Those that hold."""
    others: tuple[Comparison, ...]
    """Those that do not, or whose value is not known: the rule became true without them."""
    charts: tuple[tuple[str, Chart], ...]
    rungs: tuple[Rung, ...]
    steps: tuple[tuple[str, bool], ...]
    """Every step of the ladder in climbing order, and whether an order takes it."""
    choices: tuple[tuple[str, str], ...]
    """Steps that a person may order, with their words."""
    targets: tuple[tuple[str, str], ...]
    """What of this finding an order may touch: `target=value`, and the words."""
    dry: bool
    """No order was sent anywhere."""
    events: tuple[EventRow, ...]
    innocent: tuple[str, ...]
    entitlements: tuple[tuple[str, bool], ...]
    reproduce: str
    before: str
    """Address of the finding that stands above it in the list; empty for none."""
    after: str
    place: str
    """`3 of 20`."""


def read_finding(store: ControlStore, finding_id: str, query: Query) -> FindingPage | None:
    """Everything that the page shows; None when there is no such finding."""
    finding = store.finding(finding_id)
    if finding is None:
        return None
    evidence = store.evidence(finding.finding_id)
    told: Mapping[str, Any] = evidence.explanation if evidence else {}
    orders = as_they_are(store, store.orders(finding_id=finding.finding_id))
    taken = {order.step for order in orders}
    kept = {record.id for record in store.records.find("order", subject=finding.finding_id)}
    before, after, place = _neighbours(store, finding, query)
    comparisons = _comparisons(finding, told)
    gists = {str(clause.get("id")): clause for clause in told.get("clauses") or () if isinstance(clause, Mapping)}
    return FindingPage(
        query=query,
        finding=finding,
        subject=subject(finding),
        when=wording.moment(parse_us(finding.time), seconds=True),
        first=wording.moment_of(finding.first_seen),
        last=wording.moment_of(finding.last_seen),
        clauses=tuple(_clause(clause, finding.policy.id, gists.get(clause, {})) for clause in finding.clauses),
        rule=str(told.get("rule") or ""),
        windows=tuple(str(window) for window in told.get("windows") or ()),
        hard=told.get("hard"),
        title=str(told.get("title") or ""),
        why=str(told.get("why") or ""),
        comparisons=tuple(one for one in comparisons if one.holds),
        others=tuple(one for one in comparisons if not one.holds),
        charts=_charts(finding, evidence),
        rungs=tuple(_rung(order, order.order_id in kept) for order in orders),
        steps=tuple((wording.STEPS[step], step in taken) for step in STEPS),
        choices=tuple((step, wording.STEPS[step]) for step in STEPS if step not in ("log", "invoice", "change_plan")),
        targets=_targets(finding),
        dry=all(order.state == "dry_run" for order in orders),
        events=_events(evidence.events if evidence else ()),
        innocent=tuple(str(one) for one in told.get("innocent") or ()),
        entitlements=tuple((str(one.get("name")), bool(one.get("held"))) for one in told.get("entitlements") or ()),
        reproduce=_command(evidence.reproduce) if evidence else "",
        before=before,
        after=after,
        place=place,
    )


def _targets(finding: Finding) -> tuple[tuple[str, str], ...]:
    named = (
        ("callee", finding.callee, "calls to {}"),
        ("line", finding.line, "line {}"),
        ("user", finding.user, "user {}"),
        ("credential", finding.credential, "the login {}"),
        ("address", finding.address, "the address {}"),
        ("device", finding.device, "the device {}"),
    )
    narrow = tuple((f"{target}={value}", words.format(value)) for target, value, words in named if value)
    return (*narrow, ("destination_class=costly", "costly destinations"), ("customer=", "the whole customer"))


def _clause(id_: str, policy: str, told: Mapping[str, Any]) -> ClauseLine:
    gist, place = (str(told.get(name) or "") for name in ("gist", "place"))
    return ClauseLine(id=id_, policy=str(told.get("policy") or policy), gist=gist, place=place)


def _neighbours(store: ControlStore, finding: Finding, query: Query) -> tuple[str, str, str]:
    """The findings above and below in the list that the reader comes from."""
    run = store.latest_run()
    run_id = query["run"] or (run.run_id if run else None)
    ids = [one.finding_id for one in store.findings(run_id=run_id, limit=MOST_SHOWN, filters=query.filters)]
    if finding.finding_id not in ids:
        return "", "", ""
    index = ids.index(finding.finding_id)
    before = query.url(f"/findings/{ids[index - 1]}") if index else ""
    after = query.url(f"/findings/{ids[index + 1]}") if index + 1 < len(ids) else ""
    return before, after, f"{index + 1} of {len(ids)}"


def _command(text: str) -> str:
    """The command with one option a line, still a command."""
    return text if "\n" in text else text.replace(" --", " \\\n  --")


def _comparisons(finding: Finding, told: Mapping[str, Any]) -> tuple[Comparison, ...]:
    """From the explanation; from the finding's own features when there is none."""
    given = [one for one in told.get("comparisons") or () if isinstance(one, Mapping)] or [
        {"feature": name, "value": one.value, "comparison": one.comparison, "threshold": one.threshold, "unit": one.unit}
        for name, one in finding.features.items()
    ]
    return tuple(dict.fromkeys(_comparison(one) for one in given))


def _comparison(one: Mapping[str, Any]) -> Comparison:
    value, threshold, unit = one.get("value"), one.get("threshold"), str(one.get("unit") or "")
    sign, feature = str(one.get("comparison") or ""), str(one.get("feature") or "")
    meaning = str(one.get("meaning") or feature.replace("_", " "))
    demand = ""
    if threshold is not None:
        demand = f"{wording.COMPARISONS.get(sign, sign)} {wording.quantity(threshold, unit, meaning)}".strip()
    holds = one.get("holds")
    if value is None:
        holds = None
    elif holds is None:
        holds = True  # a finding's own features are those that made it true
    return Comparison(
        meaning=meaning,
        feature=feature,
        # A unit of several words stands once, with the threshold.
        value=wording.quantity(value, "" if " " in unit and threshold is not None else unit, meaning),
        demand=demand,
        holds=holds,
        bullet=bullet(value, sign, threshold, share=wording.is_share(unit, meaning)),
    )


def _charts(finding: Finding, evidence: Evidence | None) -> tuple[tuple[str, Chart], ...]:
    if evidence is None:
        return ()
    at = parse_us(finding.time)
    drawn = [
        (name, subject_chart(evidence.series, evidence.bucket_us, at, width=width, ticks=ticks))
        for name, width, ticks in (("wide", 760, 9), ("narrow", 340, 4))
    ]
    return tuple((name, chart) for name, chart in drawn if chart is not None)


def _rung(order: Order, on_record: bool) -> Rung:
    if order.expires:
        seconds = (parse_us(order.expires) - parse_us(order.created)) / 1_000_000
        ends = f"ends by itself {wording.moment_of(order.expires)}, after {wording.span(seconds)}"
    elif order.step in ("log", "notify", "invoice"):
        ends = "happens once"
    else:
        ends = f"until {order.owner or 'a person'} ends it"
    needed = wording.count(order.approvals, "approval") if order.approvals else "no approval"
    return Rung(
        order=order,
        title=wording.action(order),
        ends=ends,
        approvals=f"needs {needed}",
        state=wording.ORDER_STATES[order.state],
        on_record=on_record,
    )


def _events(events: Sequence[Mapping[str, Any]]) -> tuple[EventRow, ...]:
    """By time; in the order given where a time cannot be read."""
    return tuple(_event(event) for event in sorted(events, key=lambda event: _at_us(event) or 0))


def _at_us(event: Mapping[str, Any]) -> int | None:
    if isinstance(event.get("time_us"), int):
        return int(event["time_us"])
    try:
        return parse_us(str(event.get("time") or ""))
    except ValueError:
        return None


def _event(event: Mapping[str, Any]) -> EventRow:
    """Flattened events come with wire names, or with the units in their names as the engine keeps them."""
    at_us = _at_us(event)
    time = str(event.get("time") or "") if at_us is None else wording.moment(at_us, seconds=True)
    talk_ms = event.get("duration_ms")
    talk_s = talk_ms / 1000 if isinstance(talk_ms, int | float) else event.get("duration_s")
    charge = event.get("charge")
    if charge is None and isinstance(event.get("charge_micros"), int):
        charge = format_micros(event["charge_micros"])
    told = parties(event)
    return EventRow(
        id=str(event.get("id") or ""),
        time=time,
        from_=told.origin,
        to=told.target,
        disposition=told.outcome,
        talk=wording.talk(float(talk_s)) if isinstance(talk_s, int | float) else "\N{EM DASH}",
        charge=f"{charge} {event.get('currency') or ''}".strip() if charge is not None else "\N{EM DASH}",
    )
