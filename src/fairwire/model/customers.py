"""The customer record: who accepted the policy, and what the order grants."""

from __future__ import annotations

from typing import Literal

import msgspec

CustomerState = Literal["active", "limited", "suspended", "terminated"]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Someone to write to."""

    role: str
    email: str


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """One record of the customers file (CONTRACTS section 2). Money is a decimal string."""

    id: str
    name: str = ""
    policy: str = ""
    """Pack id. Empty: whatever policy the command names."""
    plan: str = "metered"
    timezone: str = "UTC"
    country: str = ""
    """ISO 3166-1 alpha-2; empty when it is not known."""
    numbers: tuple[str, ...] = ()
    """E.164 numbers or prefix ranges (`+12025550*`, `+12025550100-+12025550199`) that it may present."""
    opened: str = ""
    contacts: tuple[Contact, ...] = ()
    parent: str | None = None
    features: tuple[str, ...] = ()
    user_limit: int | None = None
    user_price: str | None = None
    """What one user more costs for a calendar month, a decimal string in `currency`; None: what the policy says."""
    monthly_charge_limit: str | None = None
    currency: str | None = None
    max_active_connections: int | None = None
    max_calls_per_second: int | None = None
    max_calls_per_day: int | None = None
    """Of the calendar day in the customer's zone."""
    daily_charge_limit: str | None = None
    """Of the calendar day in the customer's zone; `on_limit` holds for it as for the month's."""
    on_limit: Literal["bill", "refuse"] = "bill"
    """What becomes of a call above a limit of the order. `refuse` is about calls: what is over the limit all the same is owed."""
    addresses: tuple[str, ...] = ()
    region: str | None = None
    language: str | None = None
    """In which it is written to: `de`, `pt-BR`; None: that of the policy for its country, else the policy's own."""
    allowed_countries: tuple[str, ...] | None = None
    international: bool | None = None
    barred_countries: tuple[str, ...] = ()
    """The customer's own bars, on top of `allowed_countries`: ISO 3166-1 alpha-2."""
    barred_destinations: tuple[str, ...] = ()
    """The customer's own bars: kinds of number (`premium`), `high_risk`, `international`, `costly`, or prefixes (`+1900`)."""
    outbound: bool = True
    """The customer's own switch: false, and nobody calls out. Calls for help connect all the same."""
    kind: str | None = None
    state: CustomerState = "active"
