"""Which numbers a certificate speaks for: the TNAuthList of RFC 8226 9, read by a strict reader of its few kinds of DER."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

TN_AUTH_LIST: Final = "1.3.6.1.5.5.7.1.26"

_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_IA5: Final = 0x16
_SPC: Final = 0xA0
_RANGE: Final = 0xA1
_ONE: Final = 0xA2
_LONGEST_NUMBER: Final = 15
_LONGEST_CODE: Final = 64


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Consecutive numbers of one length: both ends belong to it."""

    digits: int
    """Length of each number: leading zeros count, so 0100 and 100 are different numbers."""
    first: int
    last: int

    def holds(self, number: str) -> bool:
        """Whether a number in digits is in the range."""
        return len(number) == self.digits and self.first <= int(number) <= self.last


@dataclass(frozen=True, slots=True)
class TNAuthList:
    """What the extension grants: a provider by its code, which may speak for any number, or numbers."""

    codes: tuple[str, ...]
    ranges: tuple[NumberRange, ...]

    def covers(self, number: str) -> bool:
        """Whether the holder may vouch for a number in digits.

        A service provider code stands for all numbers of that provider (ATIS-1000080); which they are is in no
        certificate, so a code alone excludes no number.
        """
        return bool(self.codes) or any(piece.holds(number) for piece in self.ranges)

    def encompasses(self, other: TNAuthList) -> bool:
        """Whether one who holds this may hand `other` on (RFC 9060). Which numbers a code stands for is not known here."""
        if not set(other.codes) <= set(self.codes):
            return False
        return bool(self.codes) or all(
            any(mine.digits == piece.digits and mine.first <= piece.first and piece.last <= mine.last for mine in self.ranges)
            for piece in other.ranges
        )


def read_tn_auth_list(data: bytes) -> TNAuthList | None:
    """The list in an extension's value; None when it is not exactly one TNAuthorizationList. Never raises."""
    try:
        (entries,) = _elements(data, _SEQUENCE)
        codes: list[str] = []
        ranges: list[NumberRange] = []
        for tag, content in _pairs(entries):
            if tag == _SPC:
                (code,) = _elements(content, _IA5)
                codes.append(_code(code))
            elif tag == _ONE:
                (one,) = _elements(content, _IA5)
                ranges.append(_range(one, 1))
            elif tag == _RANGE:
                (piece,) = _elements(content, _SEQUENCE)
                (start_tag, start), (count_tag, count) = _pairs(piece)
                if (start_tag, count_tag) != (_IA5, _INTEGER):
                    return None
                ranges.append(_range(start, _count(count)))
            else:
                return None
    except ValueError:
        return None
    return TNAuthList(tuple(codes), tuple(ranges)) if codes or ranges else None


def _pairs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of elements that follow one another and fill `data`; lengths in their shortest form only (X.690 10.1)."""
    at = 0
    while at < len(data):
        if len(data) - at < 2:
            raise ValueError("cut off")
        tag, length = data[at], data[at + 1]
        at += 2
        if length >= 0x80:
            size = length - 0x80
            if not 1 <= size <= 2 or len(data) - at < size:
                raise ValueError("no length that this list can have")
            length = int.from_bytes(data[at : at + size], "big")
            at += size
            if length < 0x80 or (size == 2 and length < 0x100):
                raise ValueError("a length that is longer than it need be")
        if len(data) - at < length:
            raise ValueError("cut off")
        yield tag, data[at : at + length]
        at += length


def _elements(data: bytes, wanted: int) -> list[bytes]:
    found = list(_pairs(data))
    if any(tag != wanted for tag, _ in found):
        raise ValueError("another kind of element")
    return [content for _, content in found]


def _code(data: bytes) -> str:
    text = data.decode("ascii")
    if not 0 < len(text) <= _LONGEST_CODE or not text.isprintable():
        raise ValueError("no provider code")
    return text


def _count(data: bytes) -> int:
    if not 1 <= len(data) <= 8 or data[0] >= 0x80 or (len(data) > 1 and data[0] == 0 and data[1] < 0x80):
        raise ValueError("no count in its shortest form")
    count = int.from_bytes(data, "big")
    if count < 2:
        raise ValueError("a range has two numbers or more")
    return count


def _range(start: bytes, count: int) -> NumberRange:
    text = start.decode("ascii")
    if not 0 < len(text) <= _LONGEST_NUMBER or not text.isdecimal():
        # `*` and `#` are allowed in the list, and no caller has such a number.
        raise ValueError("no number in digits")
    first = int(text)
    if first + count > 10 ** len(text):
        raise ValueError("the range leaves the numbers of its length")
    return NumberRange(len(text), first, first + count - 1)
