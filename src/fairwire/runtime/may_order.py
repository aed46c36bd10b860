"""Whether a customer may order equipment or licences: not where its month is, or is going to be, above its limit of charges.

The projection is plain: what was charged so far, spread over the days that are over, for all days of the month. In the first days
of a month it says too little, and only what is charged counts.
"""

from __future__ import annotations

from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse
from fairwire.model.instants import DAY_US, civil_from_days, days_from_civil
from fairwire.model.money import format_micros, parse_micros
from fairwire.model.policy import Pack
from fairwire.runtime.calendar import day_begins, today

LEAST_US = 5 * DAY_US
"""Of a month, before which nothing is projected: as `limits.month_projection` has it."""


class BadAmount(BadUse):
    """What an order costs is no amount."""

    code = "FW-ORD-003"


def may_order(
    customer: Customer, amount: str, *, charged_micros: int | None, at_us: int, pack: Pack | None = None
) -> tuple[bool, str]:
    """Whether an order of equipment or licences is taken, and why, in a sentence.

    Parameters
    ----------
    amount
        What it costs this month, a decimal string.
    charged_micros
        What was charged in the customer's month so far; None when nobody knows.
    pack
        The policy of the customer: whether it refuses at the limit, bills, or does as the customer's order says.

    Raises
    ------
    BadAmount
        It is no amount.
    """
    try:
        cost = parse_micros(amount)
    except ValueError as error:
        raise BadAmount(str(error)) from None
    if cost < 0:
        raise BadAmount(f"`{amount}` is below zero")
    if customer.monthly_charge_limit is None:
        return True, "the order of this customer names no limit of charges"
    limit = parse_micros(customer.monthly_charge_limit)
    why = _above(limit, cost, charged_micros or 0, customer, at_us)
    if not why:
        return True, f"the month stays within the limit of {_money(limit, customer)}"
    if _refuses(customer, pack):
        return False, why
    return True, f"{why}; by this customer's order that is billed and due at once"


def _above(limit: int, cost: int, charged: int, customer: Customer, at_us: int) -> str:
    """What would be above the limit, as a sentence; empty where nothing would."""
    if charged > limit:
        return f"{_money(charged, customer)} are charged this month, above the limit of {_money(limit, customer)}"
    if charged + cost > limit:
        return (
            f"{_money(charged, customer)} are charged this month, and {_money(cost, customer)} more would pass the limit of "
            f"{_money(limit, customer)}"
        )
    there = today(customer.timezone, at_us)
    year, month, _ = civil_from_days(there.day)
    begins = day_begins(customer.timezone, days_from_civil(year, month, 1))
    if at_us - begins < LEAST_US:
        return ""
    projected = charged * (there.month_ends_us - begins) // (at_us - begins)
    if projected + cost > limit:
        return (
            f"{_money(charged, customer)} are charged so far, which makes about {_money(projected, customer)} by the end of the "
            f"month; {_money(cost, customer)} more would pass the limit of {_money(limit, customer)}"
        )
    return ""


def _refuses(customer: Customer, pack: Pack | None) -> bool:
    limits = [] if pack is None else [each for each in pack.limits.values() if each.topic == "charge_projection"]
    on_limit = limits[0].on_limit if limits else "as_ordered"
    return on_limit == "refuse" or (on_limit == "as_ordered" and customer.on_limit == "refuse")


def _money(micros: int, customer: Customer) -> str:
    return f"{format_micros(round(micros, -4))} {customer.currency or ''}".rstrip()
