"""Lines of invoices: what is charged for use above an order, each for one thing and one stretch of days."""

from __future__ import annotations

from typing import Literal

import msgspec


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. Its id is made of what it is for, so the same thing is never on two."""

    line_id: str
    customer: str
    policy: str
    clause: str
    what: Literal["excess_user", "over_charge_limit"]
    subject: str
    """The user, or `charges`."""
    month: str
    """Calendar month in the customer's zone, `2026-03`."""
    from_day: str
    to_day: str
    """Last day that it covers."""
    days: int
    of_days: int
    """Days of that month."""
    unit_price: str
    """Of a whole month, a decimal string; the amount itself where it is no price."""
    amount: str
    """Days of the month's price, rounded once, half to even, to what the currency can pay."""
    currency: str
    """Empty where the customer record names none."""
    source: str
    """`deadline:<id>` or `order:<id>`."""
    at: str
    state: Literal["open", "credited"] = "open"
    said: str
    """In a sentence."""
