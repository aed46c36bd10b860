"""What is above the month's limit of an order that lets it be billed: one line of an invoice, due at once.

One order is written for each customer and calendar month, at the event that crosses the limit, over what is above it then. What
is charged later in the month is due as well and writes no further order: the sum of the month's charges less the limit says how
much at any time, and the month's invoice has it less this line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from fairwire.enforcement.targets import undo
from fairwire.model.finding import Finding
from fairwire.model.instants import format_us, parse_us
from fairwire.model.money import format_micros
from fairwire.model.order import Order

OWNER = "billing"
"""Who ends what was billed: it does not end by itself."""
_CHARGES = ("charged", "texts")
"""Features of a finding about charges: what was charged in the month, by what it was charged for."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the order of a customer says about charges, at the instant of a finding."""

    limit_micros: int
    """Of the calendar month."""
    currency: str
    """Empty where the record does not say: that of the customer's other invoices."""
    month: str
    """Calendar month in the customer's zone, `2026-03`."""


def due_micros(finding: Finding, account: Account) -> int:
    """What was above the month's limit when the finding was made; 0 or less where nothing was."""
    named = [finding.features[name].value for name in _CHARGES if name in finding.features]
    # Values of findings are rounded to the millionth they were counted in: this gives that whole number back.
    return sum(round(value * 1_000_000) for value in named if isinstance(value, int | float)) - account.limit_micros


def invoice(
    finding: Finding, clauses: tuple[str, ...], policy: str, account: Account, id_of: Callable[[str], str]
) -> Order | None:
    """The order that has it invoiced; None where nothing is above the limit."""
    due = due_micros(finding, account)
    if due <= 0:
        return None
    amount = format_micros(due)
    value = f"{amount} {account.currency}".rstrip()
    month = f"invoice\n{finding.customer}\n{policy.partition('@')[0]}\n{account.month}"
    key = hashlib.sha256(month.encode()).hexdigest()
    said = (
        f"{value} of the charges of {account.month} is above the limit of {format_micros(account.limit_micros)} and due at once "
        f"under clause {clauses[0]}; what is charged above it later in the month is due with it"
    )
    return Order(
        order_id=id_of(key),
        key=key,
        finding_id=finding.finding_id,
        customer=finding.customer,
        policy=policy,
        clauses=clauses,
        detector=finding.detector,
        step="invoice",
        target="charges",
        value=value,
        reason=f"{finding.reason.rstrip('. ')}. {said}.",
        author=f"rule:{finding.detector}",
        created=format_us(parse_us(finding.time)),
        expires=None,
        owner=OWNER,
        approvals=0,
        state="dry_run",
        undo=undo("invoice", "charges", value),
        amount=amount,
        currency=account.currency or None,
        period=account.month,
    )
