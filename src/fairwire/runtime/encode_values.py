"""The values of a kernel event, one at a time: keys, flags, words, numbers and money; None is unknown."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from fairwire.kernel.hashing import key_of
from fairwire.model.columns import DIRECTIONS
from fairwire.model.customers import Customer
from fairwire.model.money import parse_micros
from fairwire.numbers.destinations import Destinations
from fairwire.runtime.amounts import own_amount

Values = dict[str, int | None]
Reader = Callable[[Any, "Asked"], Values]
OUT, IN = DIRECTIONS.index("outbound") + 1, DIRECTIONS.index("inbound") + 1
_DIGITS = re.compile(r"\+?\d{3,}")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Around one event: whose it is, when, and what knows numbers."""

    customer: Customer
    time_us: int
    destinations: Destinations


def bare(number: str) -> str:
    """The digits of a number or SIP address, with a leading plus if there is one."""
    match = _DIGITS.search(number.split("@", 1)[0])
    return match[0] if match else number


@lru_cache(maxsize=1 << 17)
def key(text: str | None) -> int | None:
    """The key of a text."""
    return key_of(text) if text else None


def flag(value: bool | None) -> int | None:
    """A truth."""
    return None if value is None else int(value)


def word(text: str | None, words: tuple[str, ...]) -> int | None:
    """Place in a closed list; another word is unknown."""
    if text is None:
        return None
    return words.index(text) + 1 if text in words else None


def scaled(value: float | None, by: float) -> int | None:
    """A number in stored integers; what cannot be one is unknown."""
    return None if value is None or value != value or abs(value) > 1e12 else round(value * by)


def money(text: str | None, currency: str | None, customer: Customer) -> int | None:
    """Micro-units of a decimal text, in the customer's currency."""
    try:
        return None if text is None else own_amount(parse_micros(text), currency, customer)
    except ValueError:
        return None
