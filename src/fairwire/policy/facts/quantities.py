"""Quantities: numbers with what they count, money, shares, times of day, and comparisons with what others use.

A quantity is the number and its unit as they stand, with what it is counted for (`$0.05 per minute`); the words that say which
way it binds (`at least`) are its comparator and not part of it. Of a range (`between 5 and 10 minutes`) each end is a quantity,
`at_least` and `at_most`. A time of day has the unit `hour_of_day`, minutes as a fraction. `1.500` is a number only before things
that come in wholes. `$` alone is `USD`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fairwire.model.imported import Quantity
from fairwire.policy.facts import clocks, comparators, comparisons, money, rates
from fairwire.policy.facts.distractors import is_no_quantity
from fairwire.policy.facts.numbers import Number, number_at
from fairwire.policy.facts.units import COUNTS, CURRENCIES, MEASURES, TIMES, WHOLE, unit_at
from fairwire.policy.facts.words import Word, words_of

_DASHES = frozenset("-–—‑‐")
_HALVES = {"half": 0.5, "quarter": 0.25, "third": 1 / 3, "twice": 2.0, "double": 2.0, "triple": 3.0, "thrice": 3.0}
_INDEFINITE = frozenset({"a", "an", "one"})
_STRETCHES = frozenset({"second", "hour", "day", "business_day", "week", "month", "year", "millisecond", "fortnight", "quarter"})
_PERIOD_OF_USE = frozenset(
    {"month", "billing_period", "line", "user", "extension", "seat", "account", "licence", "week", "subscriber", "trunk"}
)
"""Minutes for each of these are minutes of calls."""


_NEXT = 12
"""Words between two quantities of which the second leaves out what is counted. Our choice."""


class _Found(NamedTuple):
    """A quantity by places in the words."""

    value: float | None
    unit: str
    first: int
    last: int
    comparator: str | None
    per: str | None = None


def quantities(text: str, *, offset: int = 0) -> tuple[Quantity, ...]:
    """Every quantity of a text, in its order.

    Parameters
    ----------
    offset
        Where the text begins in its document; offsets of the result count from the document's start.
    """
    words = words_of(text)
    found: list[_Found] = []
    at = 0
    while at < len(words):
        here = _at(text, words, at) or _again(text, words, at, found)
        found.extend(here)
        at = max(at + 1, *(one.last for one in here)) if here else at + 1
    return tuple(
        Quantity(
            value=_tidy(one.value),
            unit=one.unit,
            text=text[words[one.first].start : words[one.last - 1].end],
            start=offset + words[one.first].start,
            end=offset + words[one.last - 1].end,
            comparator=one.comparator,
            per=one.per,
        )
        for one in found
    )


def _at(text: str, words: Sequence[Word], at: int) -> list[_Found]:
    word = words[at]
    compared = comparisons.comparison_at(words, at)
    if compared is not None:
        return [_Found(compared.value, comparisons.UNIT, at, compared.last, compared.comparator)]
    if word.plain in _HALVES:
        return _share(words, at)
    clock = clocks.span_at(words, at)
    if clock:
        return [_Found(one.hour, clocks.UNIT, one.first, one.last, one.comparator) for one in clock]
    price = money.price_at(words, at)
    if price is not None:
        return _bound(words, _Found(price.value, price.currency, at, price.last, None))
    number = number_at(words, at)
    if number is None:
        return _indefinite(words, at)
    if is_no_quantity(text, words, number):
        return []
    return _range(text, words, number) or _counted(text, words, number)


def _again(text: str, words: Sequence[Word], at: int, found: Sequence[_Found]) -> list[_Found]:
    """`3 messages per second and 2,000 per day`: the second counts what the first did."""
    if not found or at < 1 or words[at - 1].plain not in ("and", "or", ",") or found[-1].per is None:
        return []
    number = number_at(words, at)
    if number is None or number.unsure or found[-1].unit in CURRENCIES or is_no_quantity(text, words, number):
        return []
    per, last = rates.per_at(words, number.last)
    if per is None or at - found[-1].last > _NEXT:
        return []
    return [_Found(number.value, found[-1].unit, at, last, comparators.before(words, at)[0] or found[-1].comparator, per)]


def _counted(text: str, words: Sequence[Word], number: Number) -> list[_Found]:
    at, last = number.first, number.last
    compared = comparisons.multiple_at(words, number)
    if compared is not None:
        return [
            _Found(compared.value, comparisons.UNIT, at, compared.last, comparators.before(words, at)[0] or compared.comparator)
        ]
    percent = _after_percent(words, last)
    if percent is not None:
        return [] if number.unsure else _bound(words, _Found(number.value, "percent", at, percent, None))
    currency = money.currency_after(words, last)
    if currency is not None and not number.unsure:
        return _bound(words, _Found(number.value * currency.factor, currency.code, at, currency.last, None))
    comparator, _ = comparators.before(words, at)
    more, after_more = _or_more(words, last)
    last_of_number = after_more if more is not None else last
    bound = comparator or more
    unit = unit_at(
        words, last_of_number, any_noun=(bound is not None and not number.spelled) or (bound is not None and number.value > 1)
    )
    if unit is None or (number.unsure and unit[0].removeprefix("concurrent_") not in WHOLE):
        return []
    if _is_bare_one(words, number, unit[0], bound):
        return []
    return _bound(words, _Found(number.value, unit[0], at, unit[1], more))


def _range(text: str, words: Sequence[Word], low: Number) -> list[_Found]:
    """`5 to 10 minutes`, `between 5 and 10 minutes`, `5-10 minutes`, `5 minutes to 10 minutes`."""
    joint = low.last
    own = unit_at(words, joint, any_noun=False)
    if own is not None:
        joint = own[1]
    if joint + 1 >= len(words):
        return []
    between = low.first > 0 and words[low.first - 1].plain in ("between", "from")
    sign = words[joint].plain
    if not (sign in _DASHES or sign == "to" or (sign == "and" and between)):
        return []
    high = number_at(words, joint + 1)
    if high is None or high.value <= low.value or high.unsure or low.unsure:
        return []
    percent = _after_percent(words, high.last)
    unit = ("percent", percent) if percent is not None else unit_at(words, high.last, any_noun=False)
    if unit is None or (own is not None and own[0] != unit[0]) or is_no_quantity(text, words, high, inside=True):
        return []
    first_last = own[1] if own is not None else low.last
    per, last = rates.per_at(words, unit[1])
    per = per or rates.per_before(words, low.first)
    return [
        _Found(low.value, unit[0], low.first, first_last, "at_least", per),
        _Found(high.value, unit[0], high.first, last, "at_most", per),
    ]


def _bound(words: Sequence[Word], found: _Found) -> list[_Found]:
    """With its comparator and what it is counted for."""
    after, past = comparators.after(words, found.last)
    per, last = rates.per_at(words, past)
    if per is None:
        gap = 3 if found.unit in CURRENCIES else 0 if found.unit in _STRETCHES else 10
        per, last = rates.per_after(words, found.last, gap=gap)
    before, first = comparators.before(words, found.first)
    if per is None:
        per = rates.per_before(words, first)
    comparator = found.comparator or before or after or comparators.after(words, last)[0]
    if comparator == "at_most" and found.unit in TIMES.values() and before is not None and rates.is_deadline(words, found.first):
        comparator = "within"
    if comparator == "more_than" and words[first].plain == "over" and rates.is_window(words, first + 1, last):
        comparator = None
    if rates.is_always(found.value, found.unit, per):
        return []
    if found.unit == "minute" and per is not None and not _PERIOD_OF_USE.isdisjoint(per.split()):
        found = found._replace(unit="minute_of_calls")
    return [found._replace(comparator=comparator, per=per, last=last)]


def _or_more(words: Sequence[Word], at: int) -> tuple[str | None, int]:
    """`two or more calls`."""
    if at < len(words) and words[at].plain in ("or", "+"):
        return comparators.after(words, at)
    return None, at


def _after_percent(words: Sequence[Word], at: int) -> int | None:
    if at >= len(words):
        return None
    if words[at].text in ("%", "％") or words[at].plain in ("percent", "pct", "percentage"):
        return at + 1
    if words[at].plain == "per" and at + 1 < len(words) and words[at + 1].plain in ("cent", "cents"):
        return at + 2
    return None


def _share(words: Sequence[Word], at: int) -> list[_Found]:
    """`half of the calls`, `half an hour`, `twice the average`."""
    value = _HALVES[words[at].plain]
    compared = comparisons.multiple_at(words, Number(value, at, at + 1, spelled=True))
    if compared is not None:
        return [
            _Found(compared.value, comparisons.UNIT, at, compared.last, comparators.before(words, at)[0] or compared.comparator)
        ]
    after = words[at + 1].plain if at + 1 < len(words) else ""
    if words[at].plain == "half" and after in ("a", "an"):
        unit = unit_at(words, at + 2, any_noun=False)
        if unit is not None and unit[0] == "hour":
            return _bound(words, _Found(30.0, "minute", at, unit[1], None))
        return _bound(words, _Found(0.5, unit[0], at, unit[1], None)) if unit is not None and unit[0] in TIMES.values() else []
    if value < 1 and after == "of" and (words[at].plain == "half" or (at > 0 and words[at - 1].plain in _INDEFINITE)):
        first = at if words[at].plain == "half" else at - 1
        return _bound(words, _Found(round(100 * value, 4), "percent", first, at + 1, None))
    return []


def _indefinite(words: Sequence[Word], at: int) -> list[_Found]:
    """`within an hour`, `more than a month`: one of it."""
    if words[at].plain not in ("a", "an") or at + 1 >= len(words) or words[at + 1].plain not in TIMES:
        return []
    comparator, first = comparators.before(words, at)
    if comparator is None or first + 3 < at or words[at - 1].plain in ("only", "for", "of", "to", "at"):
        return []
    return [_Found(1.0, TIMES[words[at + 1].plain], at, at + 2, comparator)]


def _is_bare_one(words: Sequence[Word], number: Number, unit: str, bound: str | None) -> bool:
    """`any one time`, `no one user`, `one party`: a pronoun more than a number."""
    if number.value != 1 or not number.spelled:
        return False
    before = words[number.first - 1].plain if number.first > 0 else ""
    if before in ("any", "no", "every", "each", "which", "that", "this", "the", "some"):
        return True
    return bound == "at_least" and unit not in COUNTS.values() and unit not in MEASURES.values() and unit not in TIMES.values()


def _tidy(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
