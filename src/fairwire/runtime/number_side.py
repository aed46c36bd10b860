"""What one number of a call is, worked out once: calls come many a second, and most numbers have been seen before."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from fairwire.kernel.hashing import key_of
from fairwire.model.columns import UNKNOWN
from fairwire.numbers.book import NumberBook
from fairwire.numbers.consent import stem
from fairwire.numbers.destination import CODE_OF_KIND, UNPLACED, as_int64
from fairwire.runtime.encode_values import bare

MOST = 1 << 17
"""Numbers that are remembered: some 100 MB at the most. All are forgotten when there are more."""


class Side(NamedTuple):
    """One number as a customer of one country presents or dials it; keys and codes as the kernel has them."""

    remote: int
    block: int
    country: int
    destination: int
    international: int
    high_risk: int
    number: int
    digits: str | None
    """E.164 digits of a whole subscriber number; None for anything else."""
    stem: str
    """See `numbers.consent.stem`; empty where there is none."""
    strict: bool | None
    """Whether all parties must agree to a recording there."""
    zones: int
    """The set of zones that it is in, for `Zones.hour_there`; -1 where that cannot be told."""


class Sides:
    """`Side` of any number, remembered."""

    def __init__(self, book: NumberBook) -> None:
        self._book = book
        self._known: dict[tuple[str, str], Side] = {}

    def of(self, number: str, country: str) -> Side:
        """The side of a number as it came, seen from a country (ISO 3166-1, may be empty)."""
        known = self._known.get((number, country))
        if known is not None:
            return known
        if len(self._known) >= MOST:
            self._known.clear()
        found = self._known[number, country] = self._made(number, country)
        return found

    def _made(self, number: str, country: str) -> Side:
        book = self._book
        there = book.destinations.classify(number, country)
        digits = book.e164(number, country)
        placed = there.kind not in UNPLACED and digits is not None
        return Side(
            remote=_key(there.e164 or bare(number)),
            block=_shared_key(there.block),
            country=_shared_key(there.country),
            destination=CODE_OF_KIND[there.kind],
            international=UNKNOWN if there.international is None else int(there.international),
            high_risk=int(there.high_risk),
            number=UNKNOWN if there.national is None else as_int64(there.national),
            digits=digits,
            stem="" if digits is None else stem(digits),
            strict=None if digits is None else book.consent.side(digits),
            zones=book.zones.place(digits) if placed and digits is not None else -1,
        )


def _key(text: str) -> int:
    return key_of(text) if text else UNKNOWN


_shared_key = lru_cache(maxsize=1 << 16)(_key)
"""Of what many numbers have in common."""
