"""What the model of unwanted messages looks at: words, pairs of words and the make of a text, hashed into a table of fixed size.

Hashed, so that the product holds no vocabulary of other people's messages; by CRC-32, so that it is the same everywhere.
"""

from __future__ import annotations

import zlib

from fairwire.content.tokens import Text

SIZE = 1 << 13
"""Cells of the table; several words may share one."""


def features(text: Text) -> dict[int, str]:
    """Cell -> the words that lead to it, the first that do."""
    found: dict[int, str] = {}
    before = "^"
    letters = upper = 0
    for token in text.tokens:
        kind = token.kind
        word = token.text if kind == "word" else _shape(kind, token.text)
        for name in (word, f"{before} {word}"):
            cell = zlib.crc32(name.encode()) & (SIZE - 1)
            if cell not in found:
                found[cell] = name
        before = word
    for each in text.plain.text:
        if each.isupper():
            upper += 1
        elif each.islower():
            letters += 1
    for name in _make(len(text.plain.text), upper, letters, text.plain.disguised):
        found.setdefault(zlib.crc32(name.encode()) & (SIZE - 1), name)
    return found


def _shape(kind: str, text: str) -> str:
    """A token that is no word, without what it says: its kind, and of numbers how long they are."""
    if kind != "number":
        return f"<{kind}>"
    digits = sum(each.isdigit() for each in text)
    return f"<{min(digits, 12)} digits>"


def _make(length: int, upper: int, lower: int, disguised: int) -> list[str]:
    """The make of a text as names: how long, how loud, how disguised."""
    names = [f"<length {min(length // 40, 5)}>"]
    if upper + lower:
        names.append(f"<capitals {min(upper * 10 // (upper + lower), 6)}>")
    if disguised:
        names.append("<disguised>")
    return names
