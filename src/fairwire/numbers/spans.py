"""Sets of numbers as spans of keys: single numbers, prefixes and ranges, searched by bisection."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import product

import numpy as np
import numpy.typing as npt

from fairwire.model.errors import InvalidRecord

LONGEST_SPAN = 15
"""E.164 allows no more digits."""
APART = 10_000_000_000_000_000
"""More than the highest number of that length."""
_DRESS = re.compile(r"[\s().\u00a0]")
_DASH_INSIDE = re.compile(r"-(?!\+)")
_ENTRY = re.compile(r"\+?([0-9]{1,15})(?:(\*)|-\+?([0-9]{1,15}))?")

Span = tuple[int, int]


class NumberSet:
    """Answers `digits in found` for E.164 digits without the plus, in logarithmic time."""

    def __init__(self, spans: Iterable[Span]) -> None:
        merged: list[Span] = []
        for low, high in sorted(spans):
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        self.lows = [low for low, _ in merged]
        self.highs = [high for _, high in merged]

    def __contains__(self, digits: str) -> bool:
        if not 0 < len(digits) <= LONGEST_SPAN:
            return False
        place = bisect_right(self.lows, key := key_of_digits(digits)) - 1
        return place >= 0 and key <= self.highs[place]

    def arrays(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Lowest and highest key of each span, ascending, for compiled code."""
        return np.array(self.lows, dtype=np.int64), np.array(self.highs, dtype=np.int64)


def spans_of(entry: str) -> list[Span]:
    """The spans that one entry means: `+12025550100`, `+12025550*` or `+12025550100-+12025550199`; the plus may be missing.

    Raises
    ------
    InvalidRecord
        It is none of these.
    """
    bare = _DRESS.sub("", entry)
    for text in (bare, _DASH_INSIDE.sub("", bare)):
        match = _ENTRY.fullmatch(text)
        if match is None:
            continue
        first, star, last = match[1], match[2], match[3] or match[1]
        if star:
            lengths = range(len(first), LONGEST_SPAN + 1)
            return [(key_of_digits(first.ljust(length, "0")), key_of_digits(first.ljust(length, "9"))) for length in lengths]
        if len(first) == len(last) and first <= last:
            return [(key_of_digits(first), key_of_digits(last))]
    raise InvalidRecord(
        f"`{entry[:60]}` is no number, prefix or range of numbers",
        field="numbers",
        help_="write `+12025550100`, `+12025550*`, or `+12025550100-+12025550199` from low to high",
    )


def spread(entry: str) -> list[str]:
    """An entry with `?` for any one digit as entries without."""
    parts = entry.split("?")
    return [
        "".join(map("".join, zip(parts, (*digits, ""), strict=True))) for digits in product("0123456789", repeat=len(parts) - 1)
    ]


def key_of_digits(digits: str) -> int:
    """Numbers in order within their length, lengths apart."""
    return len(digits) * APART + int(digits)


def digits_of_key(key: int) -> str:
    """The number again."""
    length, number = divmod(key, APART)
    return str(number).rjust(length, "0")
