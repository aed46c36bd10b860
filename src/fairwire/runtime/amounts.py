"""Prices and charges of events in the customer's currency, and by the size of it.

An amount is in the currency that its event names; where it names none that is known, in the customer's: that of its record, else
that of its country; where nobody knows that either, in dollars. Rules sum amounts and compare them with limits, so what was told
in another currency is brought to the customer's, roughly. What a statement says is read from the events themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fairwire.model.customers import Customer
from fairwire.model.dollars import brought, own_per_dollar, told_per_dollar


def dollar_of(customer: Customer) -> float:
    """How many of a customer's currency are about a US dollar; 1 where nobody knows the currency."""
    return own_per_dollar(customer.currency, customer.country) or 1.0


def kept_in(customer: Customer) -> float:
    """How many of what a customer's amounts are brought to are about a US dollar; NaN where they stay as they are told.

    That is so where an order has limits and the record does not say in which currency: then in that of the charges, whatever it
    is. To take that of the country would refuse calls at an eightieth of a limit that was meant in dollars.
    """
    limited = customer.monthly_charge_limit is not None or customer.daily_charge_limit is not None
    if limited and told_per_dollar(customer.currency) is None:
        return math.nan
    return own_per_dollar(customer.currency, customer.country) or 1.0


def own_amount(micros: int, currency: str | None, customer: Customer) -> int:
    """An amount that an event tells, in the currency of its customer."""
    told, own = told_per_dollar(currency), kept_in(customer)
    return micros if told is None or math.isnan(own) else brought(micros, told, own)


def own_rate(record: Mapping[str, Any], customer: Customer) -> int | None:
    """The price a minute of a row of `CALL_SCHEMA` in the currency of its customer; None where it tells none."""
    rate: int | None = record.get("rate_micros")
    return None if rate is None else own_amount(rate, record.get("currency"), customer)


def rate_and_price(micros: int, currency: str | None, customer: Customer) -> tuple[int, int]:
    """A price a minute in the customer's currency, and in dollars, roughly; in micro-units."""
    told = told_per_dollar(currency) or dollar_of(customer)
    return own_amount(micros, currency, customer), round(micros / told)
