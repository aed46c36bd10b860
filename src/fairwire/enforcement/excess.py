"""People above the user limit: who they are, what they are charged, and which of them are blocked until the order fits. Pure.

The rule of charging: each individual above the limit pays the price of a calendar month for each day on which it was above, both
ends counted, in parts by the days of that month; each line is rounded once, half to even, to what the currency can pay. A line
covers days of one month, and its id is made of the person and its first day, so no day is on two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from fairwire.enforcement.targets import undo
from fairwire.model.instants import DAY_US, civil_from_days, day_of, days_from_civil, format_us
from fairwire.model.invoicing import InvoiceLine
from fairwire.model.money import format_micros, minor_micros, parse_micros, part_of
from fairwire.model.order import Order

OWNER = "billing"
"""Who ends what was blocked: it ends with the order that names enough users."""


class Individual(NamedTuple):
    """One person, by all the names that it has."""

    name: str
    since_us: int
    """When its licence was taken."""
    users: tuple[str, ...]


class Price(NamedTuple):
    """Of one user for a calendar month."""

    micros: int
    currency: str


def above(people: Sequence[Individual], limit: int) -> list[Individual]:
    """Those above a limit, the newest first: whoever came first keeps the licence."""
    ranked = sorted(people, key=lambda each: (each.since_us, each.name))
    return ranked[max(0, limit) :][::-1]


def excess_lines(
    person: Individual,
    price: Price,
    from_day: int,
    to_day: int,
    *,
    customer: str,
    policy: str,
    clause: str,
    source: str,
    at_us: int,
) -> list[InvoiceLine]:
    """What one individual above the limit is charged for a stretch of days, a line for each month of it.

    Parameters
    ----------
    from_day, to_day
        Days since 1970-01-01 in the customer's zone, both counted.
    """
    lines: list[InvoiceLine] = []
    while from_day <= to_day:
        year, month, _ = civil_from_days(from_day)
        following = days_from_civil(year + month // 12, month % 12 + 1, 1)
        of_days = following - days_from_civil(year, month, 1)
        last = min(to_day, following - 1)
        days = last - from_day + 1
        micros = part_of(price.micros, days, of_days, minor_micros(price.currency))
        first, end = day_of(from_day * DAY_US), day_of(last * DAY_US)
        key = "\n".join(("excess_user", customer, policy.partition("@")[0], person.name, first))
        amount = format_micros(micros)
        lines.append(
            InvoiceLine(
                line_id=f"l-{hashlib.sha256(key.encode()).hexdigest()[:16]}",
                customer=customer,
                policy=policy,
                clause=clause,
                what="excess_user",
                subject=person.name,
                month=first[:7],
                from_day=first,
                to_day=end,
                days=days,
                of_days=of_days,
                unit_price=format_micros(price.micros),
                amount=amount,
                currency=price.currency,
                source=source,
                at=format_us(at_us),
                said=(
                    f"User {person.name} above the limit from {first} to {end}: {days} of {of_days} days of "
                    f"{format_micros(price.micros)} {price.currency} a month, {amount} {price.currency}"
                ),
            )
        )
        from_day = following
    return lines


def charge_line(order: Order) -> InvoiceLine | None:
    """The line of an order that has charges above a limit invoiced; None for any other order."""
    if order.step != "invoice" or order.amount is None or order.period is None:
        return None
    year, month = int(order.period[:4]), int(order.period[5:7])
    first = days_from_civil(year, month, 1)
    of_days = days_from_civil(year + month // 12, month % 12 + 1, 1) - first
    return InvoiceLine(
        line_id=f"l-{order.key[:16]}",
        customer=order.customer,
        policy=order.policy,
        clause=order.clauses[0],
        what="over_charge_limit",
        subject="charges",
        month=order.period,
        from_day=day_of(first * DAY_US),
        to_day=day_of((first + of_days - 1) * DAY_US),
        days=of_days,
        of_days=of_days,
        unit_price=order.amount,
        amount=order.amount,
        currency=order.currency or "",
        source=f"order:{order.order_id}",
        at=order.created,
        state="credited" if order.state in ("lifted", "refused", "overturned") else "open",
        said=f"Charges of {order.period} above the limit of the order, due at once",
    )


def total(lines: Sequence[InvoiceLine]) -> str:
    """The sum of lines in one currency, with it."""
    micros = sum(parse_micros(line.amount) for line in lines)
    return f"{format_micros(micros)} {lines[0].currency if lines else ''}".strip()


def reducing_order(
    user: str,
    *,
    turn: int,
    customer: str,
    policy: str,
    clauses: Sequence[str],
    detector: str,
    finding_id: str,
    deadline_id: str,
    notice_id: str,
    reason: str,
    approvals: int,
    at_us: int,
) -> Order:
    """The order that blocks one user above the limit, in dry run.

    Parameters
    ----------
    turn
        How often this user was blocked for the same deadline before.
    """
    key = hashlib.sha256(f"reduce\n{deadline_id}\n{user}\n{turn}".encode()).hexdigest()
    return Order(
        order_id=f"o-{key[:16]}",
        key=key,
        finding_id=finding_id,
        customer=customer,
        user=user,
        policy=policy,
        clauses=tuple(clauses),
        detector=detector,
        step="block",
        target="user",
        value=user,
        reason=reason,
        author=f"rule:{detector}",
        created=format_us(at_us),
        expires=None,
        owner=OWNER,
        approvals=approvals,
        state="dry_run",
        undo=undo("block", "user", user),
        evidence=(f"deadline:{deadline_id}", *((f"notice:{notice_id}",) if notice_id else ())),
        escalates=f"deadline:{deadline_id}",
    )
