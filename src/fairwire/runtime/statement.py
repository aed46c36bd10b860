"""A customer's statement of a month: findings of all its users, what they cost, what was done, what was invoiced.

Misuse is charged to the customer whoever misused its logins: attribution follows the credential, the user and the line. Each
charged call or message stands under one finding only, so that the amounts can be added up.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.customers import Customer
from fairwire.model.finding import SEVERITIES, Finding
from fairwire.model.instants import DAY_US, days_from_civil, format_us, parse_us
from fairwire.model.money import format_micros, parse_micros
from fairwire.model.order import Order
from fairwire.model.statements import Statement, StatementLine, UserFindings
from fairwire.ports.control import ControlStore
from fairwire.ports.records import RecordStore
from fairwire.runtime.calendar import today
from fairwire.runtime.called_lines import line_of_call
from fairwire.runtime.case_registers import JUDGEMENTS
from fairwire.runtime.ledger import all_findings
from fairwire.runtime.log_search import Found, LoggedEvent, search
from fairwire.runtime.packs import detector_infos
from fairwire.runtime.registers import ORDERS

TAKEOVER = frozenset({"account_takeover", "pbx_hacking", "lost_devices"})
"""Topics of findings that a stranger may have been at work."""
BEFORE_US = 30 * DAY_US
"""How long before misuse a takeover explains it."""
_CHARGED = ("call.ended", "message.sent")


def statement(store: ControlStore, data: Path | None, customer: Customer, month: str) -> Statement:
    """The statement of a calendar month in the customer's zone. `data`: where the log is; None: amounts are not looked up.

    Raises
    ------
    NotPossible
        It is no month.
    """
    first_us, end_us = bounds(month, customer.timezone)
    mine = [finding for finding in all_findings(store, customer=customer.id) if _meets(finding, first_us, end_us)]
    found = sorted(_charged_for(store.records, mine), key=lambda each: (each.first_seen, each.finding_id))
    taken_over = _takeovers(store, customer.id, first_us, end_us)
    lines: list[StatementLine] = []
    misuse: dict[str, int] = defaultdict(int)
    charges = _charges(data, customer, found, first_us, end_us) if data is not None else {}
    for finding in found:
        amounts = charges.get(finding.finding_id) or {"": (0, 0)}
        for currency, (micros, events) in sorted(amounts.items()):
            if events:
                misuse[currency] += micros
            lines.append(_misuse_line(finding, currency, micros, events, _mitigation(finding, taken_over)))
    invoiced: dict[str, int] = defaultdict(int)
    for order in _orders(store.records, customer.id, first_us, end_us):
        lines.append(_order_line(order, customer))
        if order.step == "invoice" and order.amount and order.state not in ("overturned", "refused"):
            invoiced[order.currency or customer.currency or ""] += parse_micros(order.amount)
    return Statement(
        customer=customer.id,
        name=customer.name,
        month=month,
        zone=customer.timezone,
        lines=tuple(sorted(lines, key=lambda line: (line.time, line.kind, line.id, line.currency))),
        users=tuple(roll_up(mine)),
        misuse={currency: format_micros(micros) for currency, micros in sorted(misuse.items())},
        invoiced={currency: format_micros(micros) for currency, micros in sorted(invoiced.items())},
    )


def roll_up(findings: Sequence[Finding]) -> Iterator[UserFindings]:
    """Findings by user, the worst first: what a customer's own administrator must look at."""
    by_user: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_user[finding.user or ""].append(finding)
    rows = [
        UserFindings(
            user=user,
            findings=len(mine),
            worst=max((each.severity for each in mine), key=SEVERITIES.index),
            last=max(each.last_seen for each in mine),
            clauses=tuple(sorted({clause for each in mine for clause in each.clauses})),
        )
        for user, mine in by_user.items()
    ]
    return iter(sorted(rows, key=lambda row: (-SEVERITIES.index(row.worst), -row.findings, row.user)))


def bounds(month: str, zone: str) -> tuple[int, int]:
    """First instant of a month such as `2026-03` in a zone, and the first instant behind it."""
    year, _, number = month.partition("-")
    if not (len(month) == 7 and year.isdecimal() and number.isdecimal() and month.isascii() and 1 <= int(number) <= 12):
        raise NotPossible(f"`{month[:20]}` is no month", help_="write one such as 2026-03")
    first = days_from_civil(int(year), int(number), 1)
    # The day before ends with the month before, wherever the zone puts it.
    begins = today(zone, (first - 1) * DAY_US).month_ends_us
    return begins, today(zone, begins).month_ends_us


def as_csv(made: Statement) -> str:
    """The lines as CSV, with a heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = ("kind", "id", "time", "user", "line", "credential", "clauses", "text", "events", "amount", "currency", "mitigation")
    writer.writerow(names)
    for line in made.lines:
        row = [getattr(line, name) for name in names]
        row[6] = " ".join(line.clauses)
        writer.writerow([_plain(value) if isinstance(value, str) else value for value in row])
    return text.getvalue()


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers of telephones keep their plus."""
    return f"'{text}" if text[:1] in "=-@\t\r" or (text[:1] == "+" and not text[1:].isdigit()) else text


def _meets(finding: Finding, first_us: int, end_us: int) -> bool:
    return parse_us(finding.first_seen) < end_us and parse_us(finding.last_seen) >= first_us


def _charged_for(records: RecordStore, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Those that a customer answers for: not in shadow, and not judged to be nothing."""
    for finding in findings:
        kept = JUDGEMENTS.get(records, finding.finding_id)
        if finding.mode != "shadow" and (kept is None or kept.noun.verdict not in ("false_positive", "authorised")):
            yield finding


def _charges(
    data: Path, customer: Customer, found: Sequence[Finding], first_us: int, end_us: int
) -> dict[str, dict[str, tuple[int, int]]]:
    """Finding -> currency -> (micro-units, events). An event that several findings mean stands under the narrowest of them."""
    narrow = sorted(found, key=lambda each: (-_narrowness(each), each.first_seen, each.finding_id))
    told: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)

    def means(event: LoggedEvent, at_us: int) -> bool:
        return (
            event.type in _CHARGED
            and event.data.get("customer") == customer.id
            and first_us <= at_us < end_us
            and isinstance(event.data.get("charge"), str)
        )

    seen: set[tuple[str, str]] = set()
    for each in search(data, means, needles=(customer.id.encode(),)):
        if (each.event.source, each.event.id) in seen:
            continue
        seen.add((each.event.source, each.event.id))
        finding = next((one for one in narrow if _is_of(one, each)), None)
        if finding is None:
            continue
        try:
            micros = parse_micros(str(each.event.data["charge"]))
        except ValueError:
            continue
        currency = str(each.event.data.get("currency") or customer.currency or "")
        before, events = told[finding.finding_id].get(currency, (0, 0))
        told[finding.finding_id][currency] = (before + micros, events + 1)
    return told


def _narrowness(finding: Finding) -> int:
    return sum(1 for value in (finding.user, finding.line, finding.credential, finding.callee) if value)


def _is_of(finding: Finding, each: Found) -> bool:
    """Whether a charged event is part of what was found: named by it, or of its user, login, line and callee at that time."""
    if each.event.id in finding.events:
        return True
    if not parse_us(finding.first_seen) <= each.at_us <= parse_us(finding.last_seen):
        return False
    data = each.event.data
    to = data.get("to")
    called = to if isinstance(to, list) else [to]
    return (
        (finding.user is None or data.get("user") == finding.user)
        and (finding.credential is None or data.get("credential") == finding.credential)
        and (finding.line is None or finding.line in (data.get("line"), data.get("from"), _line(data)))
        and (finding.callee is None or finding.callee in called)
    )


def _line(data: Mapping[str, Any]) -> str | None:
    """The line of a call that names none."""
    if data.get("line"):
        return None
    to, chain = data.get("to"), data.get("diversion")
    called = to if isinstance(to, str) else None
    return line_of_call(data.get("direction"), data.get("from"), called, chain, forwarded=data.get("forwarded") is True)


def _takeovers(store: ControlStore, customer: str, first_us: int, end_us: int) -> list[Finding]:
    """Findings that a stranger may have been at work, in the month and before it."""
    meant = {info.id for info in detector_infos() if not TAKEOVER.isdisjoint(info.topics)}
    found = [each for each in all_findings(store, customer=customer) if each.detector in meant]
    return [each for each in found if first_us - BEFORE_US <= parse_us(each.time) < end_us]


def _mitigation(finding: Finding, taken_over: Sequence[Finding]) -> str:
    """The takeover that came before, where it was of the same user or login, or names none."""
    for other in sorted(taken_over, key=lambda each: each.time, reverse=True):
        before = parse_us(other.first_seen) <= parse_us(finding.last_seen)
        recent = parse_us(other.time) >= parse_us(finding.first_seen) - BEFORE_US
        same = all(
            mine is None or theirs is None or mine == theirs
            for mine, theirs in ((finding.user, other.user), (finding.credential, other.credential))
        )
        if other.finding_id != finding.finding_id and before and recent and same:
            whose = f" of {other.credential or other.user}" if other.credential or other.user else ""
            return f"a takeover{whose} came before: {other.finding_id}, {other.time}"
    return ""


def _orders(records: RecordStore, customer: str, first_us: int, end_us: int) -> list[Order]:
    found = [kept.noun for kept in ORDERS.find(records, customer=customer)]
    return [each for each in found if first_us <= parse_us(each.began or each.created) < end_us and each.step != "log"]


def _misuse_line(finding: Finding, currency: str, micros: int, events: int, mitigation: str) -> StatementLine:
    return StatementLine(
        kind="misuse",
        id=finding.finding_id,
        time=finding.time,
        user=finding.user or "",
        line=finding.line or "",
        credential=finding.credential or "",
        clauses=finding.clauses,
        text=finding.reason,
        events=events,
        amount=format_micros(micros),
        currency=currency,
        mitigation=mitigation,
    )


def _order_line(order: Order, customer: Customer) -> StatementLine:
    ended = f", until {order.ended or order.expires}" if order.ended or order.expires else ""
    return StatementLine(
        kind="invoice" if order.step == "invoice" else "order",
        id=order.order_id,
        time=format_us(parse_us(order.began or order.created)),
        user=order.user or "",
        line=order.line or "",
        clauses=order.clauses,
        text=f"{order.step.replace('_', ' ')}, {order.state.replace('_', ' ')}{ended}: {order.reason}",
        amount=order.amount or "",
        currency=(order.currency or customer.currency or "") if order.amount else "",
    )
