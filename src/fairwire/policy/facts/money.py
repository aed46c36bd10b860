"""Amounts of money: `$0.05`, `USD 100`, `25 euros`, `5p`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fairwire.policy.facts.numbers import number_at
from fairwire.policy.facts.units import COUNTRY_OF_DOLLAR, DOLLARS, MONEY, MONEY_SIGNS, PARTS_OF_MONEY
from fairwire.policy.facts.words import Word


class Price(NamedTuple):
    """An amount and the place after it."""

    value: float
    currency: str
    last: int


class Currency(NamedTuple):
    """A currency after a number: `factor` of it is one of the number."""

    code: str
    factor: float
    last: int


def price_at(words: Sequence[Word], at: int) -> Price | None:
    """The amount whose currency stands first, from `words[at]`."""
    word = words[at]
    code, place = None, at
    if word.text in MONEY_SIGNS:
        code, place = MONEY_SIGNS[word.text], at + 1
    elif word.plain in DOLLARS and at + 1 < len(words) and words[at + 1].text == "$" and words[at + 1].start == word.end:
        code, place = DOLLARS[word.plain], at + 2
    elif word.text.isupper() and len(word.text) == 3 and word.plain in MONEY:
        code, place = MONEY[word.plain], at + 1
        if place < len(words) and words[place].text in MONEY_SIGNS:
            place += 1
    elif word.text in ("Rs", "rs", "RS"):
        code, place = "INR", at + 1
        if place < len(words) and words[place].text == ".":
            place += 1
    if code is None or place >= len(words):
        return None
    number = number_at(words, place)
    if number is None or number.spelled or number.unsure:
        return None
    value, last = number.value, number.last
    if last < len(words) and words[last].plain in ("m", "mn") and words[last].start == words[last - 1].end:
        value, last = value * 1e6, last + 1
    named = currency_after(words, last)
    if named is not None and named.factor == 1:
        code, last = named.code if named.code != "USD" or code == "USD" else code, named.last
    return Price(value, code, last)


def currency_after(words: Sequence[Word], at: int) -> Currency | None:
    """The currency that stands after a number, from `words[at]`."""
    if at >= len(words):
        return None
    word = words[at]
    if word.text in MONEY_SIGNS:
        return Currency(MONEY_SIGNS[word.text], 1, at + 1)
    if word.plain in PARTS_OF_MONEY and (word.plain != "p" or word.start == words[at - 1].end):
        return Currency(PARTS_OF_MONEY[word.plain], 0.01, at + 1)
    if word.plain in COUNTRY_OF_DOLLAR and at + 1 < len(words) and words[at + 1].plain in ("dollar", "dollars"):
        return Currency(COUNTRY_OF_DOLLAR[word.plain], 1, at + 2)
    if word.plain in MONEY and (len(word.plain) > 3 or word.text.isupper() or word.plain == "rs"):
        return Currency(MONEY[word.plain], 1, at + 1)
    return None
