"""Numbers as policies write them: digits with separators, words, and both (`five (5)`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from fairwire.policy.facts.words import Word

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SMALL = (
    {word: value for value, word in enumerate(_UNITS)}
    | {word: 10 * value for value, word in enumerate(_TENS, 2)}
    | {"fourty": 40}
)
SCALES = {"hundred": 100, "thousand": 1000, "lakh": 100_000, "million": 1_000_000, "crore": 10_000_000, "billion": 1_000_000_000}
_SHORT_SCALES = {"k": 1000.0, "m": 1e6, "mn": 1e6, "bn": 1e9}
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")
_GROUPED_BY_POINTS = re.compile(r"\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:\.\d{3})+,\d+")
_PLAIN = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_DECIMAL_COMMA = re.compile(r"\d{1,9},\d{1,2}")
_LONGEST = 14
_MOST_DIGITS = 24
_UNSURE = re.compile(r"[1-9]\d{0,2}\.\d{3}")


class Number(NamedTuple):
    """A number and the words it takes: `words[first:last]`."""

    value: float
    first: int
    last: int
    spelled: bool = False
    """Written in words alone."""
    unsure: bool = False
    """`1.500`: a thousand and a half in much of Europe, one and a half elsewhere; `value` is then the larger."""


def number_at(words: Sequence[Word], at: int) -> Number | None:
    """The number that begins with `words[at]`, digits or words, both joined where they stand together."""
    found = _digits(words, at) if words[at].kind == "number" else _spelled(words, at)
    if found is None:
        return None
    inner = _in_brackets(words, found.last)
    if inner is None:
        return found
    value = inner.value if found.value != inner.value and not found.spelled else found.value
    return Number(value, at, inner.last, found.spelled, found.unsure)


def value_of(digits: str) -> tuple[float, bool] | None:
    """What digits with separators mean and whether that is unsure; None for what is no number, such as `4.2.1`."""
    if len(digits) > _MOST_DIGITS:
        return None
    digits = digits.replace("\u00a0", "").replace("\u202f", "")
    if _GROUPED.fullmatch(digits):
        return float(digits.replace(",", "")), False
    if _GROUPED_BY_POINTS.fullmatch(digits):
        return float(digits.replace(".", "").replace(",", ".")), False
    if _UNSURE.fullmatch(digits):
        return float(digits.replace(".", "")), True
    if _PLAIN.fullmatch(digits):
        return float(digits), False
    if _DECIMAL_COMMA.fullmatch(digits):
        return float(digits.replace(",", ".")), False
    return None


def _digits(words: Sequence[Word], at: int) -> Number | None:
    read = value_of(words[at].text)
    if read is None:
        return None
    value, unsure = read
    last = at + 1
    if last < len(words):
        scale = SCALES.get(words[last].plain)
        if scale is None and words[last].start == words[at].end:
            scale_short = _SHORT_SCALES.get(words[last].plain)
            if scale_short is not None and words[last].text not in ("M", "m"):
                value, last = value * scale_short, last + 1
        elif scale is not None:
            value, last = value * scale, last + 1
    return Number(value, at, last, unsure=unsure)


def _spelled(words: Sequence[Word], at: int) -> Number | None:
    total = current = 0.0
    last = at
    seen = False
    previous_small = -1.0
    while last < min(at + _LONGEST, len(words)):
        word = words[last].plain
        if word in SMALL:
            value = float(SMALL[word])
            if previous_small >= 0 and not (previous_small >= 20 and previous_small % 10 == 0 and 0 < value < 10):
                break
            current += value
            previous_small, seen = value, True
        elif word in SCALES and seen:
            scale = SCALES[word]
            if scale == 100:
                current = (current or 1) * 100
            else:
                total += (current or 1) * scale
                current = 0
            previous_small = -1.0
        elif word in ("a", "an") and not seen and last + 1 < len(words) and words[last + 1].plain in SCALES:
            seen, current = True, 1.0
        elif word == "dozen" and (seen or last == at):
            current = (current or 1) * 12
            return Number(total + current, at, last + 1, spelled=True)
        elif (word == "-" and previous_small >= 20 and _small_follows(words, last, 10)) or (
            word == "and" and previous_small < 0 and seen and _small_follows(words, last, 100)
        ):
            pass
        else:
            break
        last += 1
    if not seen:
        return None
    return Number(total + current, at, last, spelled=True)


def _small_follows(words: Sequence[Word], at: int, below: int) -> bool:
    return at + 1 < len(words) and 0 < SMALL.get(words[at + 1].plain, 0) < below


def _in_brackets(words: Sequence[Word], at: int) -> Number | None:
    if at + 2 >= len(words) or words[at].text not in ("(", "["):
        return None
    inner = _digits(words, at + 1) if words[at + 1].kind == "number" else _spelled(words, at + 1)
    if inner is None or inner.last >= len(words) or words[inner.last].text not in (")", "]"):
        return None
    return Number(inner.value, at, inner.last + 1)
