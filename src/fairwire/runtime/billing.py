"""What the order of a customer says about charges above its limit, in the month of a finding."""

from __future__ import annotations

from fairwire.enforcement.invoices import Account
from fairwire.model.customers import Customer
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, day_of, parse_us
from fairwire.model.money import parse_micros
from fairwire.runtime.calendar import today


def account_of(customer: Customer | None, finding: Finding) -> Account | None:
    """None where nothing may be billed: nobody is known, the order has no limit of the month, or says `refuse`."""
    if customer is None or customer.monthly_charge_limit is None or customer.on_limit != "bill":
        return None
    return Account(
        limit_micros=parse_micros(customer.monthly_charge_limit),
        currency=customer.currency or "",
        month=day_of(today(customer.timezone, parse_us(finding.time)).day * DAY_US)[:7],
    )
