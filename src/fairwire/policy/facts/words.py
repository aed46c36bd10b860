"""The words, numbers and signs of a text with their places.

All that looks for facts reads these, so that white space, line breaks and typographic quotes make no difference and the cost
grows with the length of the text only.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"\d+(?:[,.]\d+|[\u00a0\u202f]\d{3}(?!\d))*"  # a number with what stands between its digits
    r"|[^\W\d_]\w*(?:['’][^\W\d_]{1,3}\b)?"  # a word, with a short ending after an apostrophe
    r"|\S"
)
APOSTROPHES = "'’ʼ`´"
_PLAIN = str.maketrans({"’": "'", "ʼ": "'"})


class Word(NamedTuple):
    """One word, number or sign."""

    text: str
    """As it stands."""
    plain: str
    """In lower case with straight apostrophes."""
    start: int
    end: int
    kind: str
    """`word`, `number` or `sign`."""


def vocabulary(listed: str) -> frozenset[str]:
    """The words of a list written with white space between them."""
    return frozenset(listed.split())


def words_of(text: str) -> list[Word]:
    """Every word, number and sign of `text` in order."""
    found = []
    for match in _TOKEN.finditer(text):
        piece = match.group()
        first = piece[0]
        kind = "number" if first.isdecimal() else "word" if first.isalpha() else "sign"
        found.append(Word(piece, piece.lower().translate(_PLAIN), match.start(), match.end(), kind))
    return found


def starts_line(text: str, at: int) -> bool:
    """Whether only white space stands before `at` in its line."""
    while at > 0 and text[at - 1] in " \t\u00a0":
        at -= 1
    return at == 0 or text[at - 1] in "\r\n\u2028\u2029"
