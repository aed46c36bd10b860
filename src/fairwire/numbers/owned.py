"""The numbers a customer may present: single ones, prefixes and ranges, searched by bisection."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from fairwire.model.errors import InvalidRecord

_DIGITS = 15
"""E.164 allows no more."""
_APART = 10_000_000_000_000_000
"""More than the highest number of that length."""
_DRESS = re.compile(r"[\s().\u00a0]")
_DASH_INSIDE = re.compile(r"-(?!\+)")
_ENTRY = re.compile(r"\+?([0-9]{1,15})(?:(\*)|-\+?([0-9]{1,15}))?")


class OwnedNumbers:
    """Answers `digits in owned` for E.164 digits without the plus, in logarithmic time.

    Entries are `+12025550100`, `+12025550*` (all numbers that start so, whatever their length) and
    `+12025550100-+12025550199` (both ends included, both of one length). The plus may be missing.

    Raises
    ------
    InvalidRecord
        An entry is none of these; the message names it.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        spans: list[tuple[int, int]] = []
        for entry in entries:
            spans.extend(_spans(entry))
        spans.sort()
        merged: list[tuple[int, int]] = []
        for low, high in spans:
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        self._lows = [low for low, _ in merged]
        self._highs = [high for _, high in merged]

    def __contains__(self, digits: str) -> bool:
        if not 0 < len(digits) <= _DIGITS:
            return False
        place = bisect_right(self._lows, key := _key(digits)) - 1
        return place >= 0 and key <= self._highs[place]


def _spans(entry: str) -> list[tuple[int, int]]:
    """The stretches of numbers that one entry means, a dash inside a number being mere dress."""
    bare = _DRESS.sub("", entry)
    for text in (bare, _DASH_INSIDE.sub("", bare)):
        match = _ENTRY.fullmatch(text)
        if match is None:
            continue
        first, star, last = match[1], match[2], match[3] or match[1]
        if star:
            return [_span(first.ljust(length, "0"), first.ljust(length, "9")) for length in range(len(first), _DIGITS + 1)]
        if len(first) == len(last) and first <= last:
            return [_span(first, last)]
    raise InvalidRecord(
        f"`{entry[:60]}` is no number of a customer",
        field="numbers",
        help_="write `+12025550100`, `+12025550*`, or `+12025550100-+12025550199` from low to high",
    )


def _key(digits: str) -> int:
    """Numbers in order within their length, lengths apart."""
    return len(digits) * _APART + int(digits)


def _span(first: str, last: str) -> tuple[int, int]:
    return _key(first), _key(last)
