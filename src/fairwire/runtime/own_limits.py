"""Limits and bars of a customer record, looked at before anybody is judged by them: each mistake in one sentence."""

from __future__ import annotations

import re

from fairwire.model.columns import DESTINATIONS
from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, Span
from fairwire.model.money import parse_micros
from fairwire.policy.errors import nearest

CLASSES = (*(kind for kind in DESTINATIONS if kind not in ("emergency", "unknown")), "high_risk", "international", "costly")
"""Destinations that a customer can bar by name. Not `emergency`: calls for help connect whatever a record says."""
_COUNTRY = re.compile(r"[A-Z]{2}\Z", re.ASCII)
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}\Z", re.ASCII)
_AMOUNTS = ("monthly_charge_limit", "daily_charge_limit", "user_price")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?\Z", re.ASCII)
_COUNTS = ("max_active_connections", "max_calls_per_second", "max_calls_per_day")


def check_own_limits(customer: Customer, at: Span) -> None:
    """Raise what is wrong with the limits and the bars of a record.

    Raises
    ------
    BadInput
        Naming the field: no amount, a number below zero, no country, no class of destinations.
    """
    for name in _AMOUNTS:
        amount = getattr(customer, name)
        if amount is None:
            continue
        try:
            below = parse_micros(amount) < 0
        except ValueError as error:
            raise BadInput(f"`{name}`: {error}", at=at) from None
        if below:
            raise BadInput(f"`{name}`: `{amount}` is below zero", at=at, help_="leave it out where there is no limit")
    for name in _COUNTS:
        count = getattr(customer, name)
        if count is not None and count < 0:
            raise BadInput(f"`{name}`: {count} is below zero", at=at, help_="leave it out where there is no limit")
    if customer.language is not None and not _LANGUAGE.match(customer.language):
        raise BadInput(f"`language`: `{customer.language[:40]}` is no language", at=at, help_="write one such as `de` or `pt-BR`")
    for country in customer.barred_countries:
        if not _COUNTRY.match(country):
            raise BadInput(
                f"`barred_countries`: `{country[:40]}` is no country code", at=at, help_="write two capital letters such as CU"
            )
    for name in customer.barred_destinations:
        if name not in CLASSES and not _PREFIX.match(name):
            raise BadInput(
                f"`barred_destinations`: `{name[:40]}` is neither a class of destinations nor a prefix",
                at=at,
                hint=nearest(name, CLASSES),
                help_="write " + ", ".join(f"`{each}`" for each in CLASSES) + " or a prefix such as +1900",
            )
