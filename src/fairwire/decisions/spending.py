"""What a call would do to the amounts that a customer may spend: those of its order, and the cap of a new account.

All amounts are whole micro-units. A call that is free costs nothing and is asked nothing; an amount that is not known is over no
limit.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fairwire.decisions.packs import PackDecision
from fairwire.model.decision import CallFacts
from fairwire.model.instants import DAY_US, SECOND_US, day_of
from fairwire.model.money import format_micros

_MINUTE_S = 60


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """An amount that is reached, or that the first seconds of a call would pass."""

    check: str
    topics: tuple[str, ...]
    text: str
    limit: str
    ttl_s: int | None
    """Seconds until the amount begins anew; None where that is not known."""
    billable: bool = True
    """The order may say that going over is billed. The cap of a new account is the provider's: nobody can buy it off."""


def reserved_micros(rate_micros: int | None, running_rate_micros: int, pack: PackDecision) -> int:
    """What is set aside for the first seconds of a call, and for those in progress meanwhile."""
    reserve_s = pack.parameter("inline.charge_limit", "reserve_s")
    return int(((rate_micros or 0) + running_rate_micros) * reserve_s) // _MINUTE_S


def fits(limit: int, charged: int, reserved: int) -> bool:
    """Whether there is room for a call under a limit."""
    return charged + reserved <= limit > charged


def is_new(opened_day: int | None, local_day: int | None, pack: PackDecision) -> bool:
    """Whether the cap of an account's first days, if the pack has one, is asked about on a day."""
    days = int(pack.parameter("inline.new_customer", "days"))
    return bool(days) and opened_day is not None and local_day is not None and local_day < opened_day + days


def last_new_day(opened_day: int | None, pack: PackDecision) -> int:
    """The last day for which `is_new` is so; -1 where there is none."""
    days = int(pack.parameter("inline.new_customer", "days"))
    return opened_day + days - 1 if days and opened_day is not None else -1


def spent(call: CallFacts, pack: PackDecision, now_us: int) -> Iterator[Spent]:
    """What this call is over, the amount that lasts longest first."""
    if call.rate_micros == 0:
        return
    reserve_s = pack.parameter("inline.charge_limit", "reserve_s")
    reserved = reserved_micros(call.rate_micros, call.running_rate_micros, pack)
    which = "this call and those in progress" if call.running_rate_micros else "this call"
    for limit, charged, ends_us, name, whose in (
        (call.charge_limit_micros, call.month_charge_micros, call.month_ends_us, "monthly_charge_limit", "This month's"),
        (call.day_charge_limit_micros, call.day_charge_micros, call.day_ends_us, "daily_charge_limit", "Today's"),
    ):
        if limit is None or charged is None or fits(limit, charged, reserved):
            continue
        most, so_far = format_micros(limit), format_micros(charged)
        if charged >= limit:
            topics = ("charge_limit", "charge_projection")
            text = f"{whose} charges of {so_far} have reached the limit of {most}"
        else:
            topics = ("charge_projection", "charge_limit")
            whose = whose[0].lower() + whose[1:]
            text = f"{reserve_s:.0f} seconds of {which} would take {whose} charges of {so_far} over the limit of {most}"
        yield Spent(check="inline.charge_limit", topics=topics, text=text, limit=name, ttl_s=_left_s(ends_us, now_us))
    yield from _new_customer(call, pack, now_us, reserved)


def _new_customer(call: CallFacts, pack: PackDecision, now_us: int, reserved: int) -> Iterator[Spent]:
    """The cap of an account's first days; the day on which it was opened is the first."""
    check = "inline.new_customer"
    if not is_new(call.opened_day, call.local_day, pack) or call.day_charge_micros is None:
        return
    days = int(pack.parameter(check, "days"))
    # A pack writes plain decimals: the nearest millionth is what it means.
    most = round(pack.parameter(check, "daily_charges") * 1_000_000)
    if call.opened_day is None or fits(most, call.day_charge_micros, reserved):
        return
    until = day_of((call.opened_day + days) * DAY_US)
    text = (
        f"A new customer may spend {format_micros(most)} a day until {until}, "
        f"and today's charges of {format_micros(call.day_charge_micros)} leave no room for this call"
    )
    topics = ("charge_limit", "subscription_fraud", "charge_projection")
    yield Spent(
        check=check, topics=topics, text=text, limit="new_customer", ttl_s=_left_s(call.day_ends_us, now_us), billable=False
    )


def _left_s(ends_us: int | None, now_us: int) -> int | None:
    return None if ends_us is None or ends_us <= now_us else (ends_us - now_us) // SECOND_US
