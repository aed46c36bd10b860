"""What the model of unwanted messages looks at: words, pairs of words and the make of a text, hashed into a table of fixed size.

Hashed, so that the product holds no vocabulary of other people's messages; by CRC-32, so that it is the same everywhere.
"""

from __future__ import annotations

import re
import zlib

from fairwire.content.tokens import Text

SIZE = 1 << 13
"""Cells of the table; several words may share one."""
_CAPITAL = re.compile("[A-Z]")


def features(text: Text) -> dict[int, tuple[int, int]]:
    """Cell -> (first, last) place of the tokens that lead to it, the first that do; (-1, -1) for the make of the text."""
    found: dict[int, tuple[int, int]] = {}
    crc32, mask = zlib.crc32, SIZE - 1
    before = crc32(b"^ ")
    for place, (kind, word, _, _) in enumerate(text.tokens):
        name = word.encode() if kind == "word" else _shape(kind, word)
        cell = crc32(name) & mask
        if cell not in found:
            found[cell] = (place, place)
        cell = crc32(name, before) & mask
        if cell not in found:
            found[cell] = (place - 1, place)
        before = crc32(b" ", crc32(name))
    length = len(text.plain.text)
    capitals = len(_CAPITAL.findall(text.plain.text))
    make = [b"<length %d>" % min(length // 40, 5), b"<capitals %d>" % min(capitals * 10 // (length or 1), 6)]
    if text.plain.disguised:
        make.append(b"<disguised>")
    for name in make:
        found.setdefault(crc32(name) & mask, (-1, -1))
    return found


def _shape(kind: str, text: str) -> bytes:
    """A token that is no word, without what it says: its kind, and of numbers how long they are."""
    if kind != "number":
        return b"<%s>" % kind.encode()
    return b"<%d digits>" % min(sum(map(str.isdigit, text)), 12)
