"""Where sentences end: at a full stop that ends no abbreviation, at a blank line, and before a list item."""

from __future__ import annotations

import re

from fairwire.policy.facts.words import vocabulary

_END = re.compile(
    r"[.!?]+[\"'”’)\]]*(?=\s|$)|\n[ \t\u00a0]*\n|\n(?=[ \t\u00a0]*(?:[•●◦▪·*\-–]|\(?[0-9a-zA-Z]{1,3}[.)])[ \t\u00a0])"
)
_ABBREVIATIONS = vocabulary(
    """
    e.g i.e etc. inc ltd llc corp co no nos sec art para mr mrs ms dr vs v approx cf al est u.s u.k a.m p.m viz min
    max rs st ver rev
    """
)
_LAST_WORD = re.compile(r"[A-Za-z](?:\.?[A-Za-z])*$")
_LOOKBACK = 12


def sentences_of(text: str) -> list[tuple[int, int]]:
    """The places of the sentences of a text, white space round them left out."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.group()[0] in ".!?" and not _ends_here(text, match.start(), match.end()):
            continue
        _keep(text, start, match.end(), found)
        start = match.end()
    _keep(text, start, len(text), found)
    return found


def _keep(text: str, start: int, end: int, found: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        begin = start + len(piece) - len(piece.lstrip())
        found.append((begin, begin + len(stripped)))


def _ends_here(text: str, at: int, end: int) -> bool:
    if text[at] != ".":
        return True
    after = text[end : end + 8].lstrip(" \t\u00a0")
    if after[:1].islower():
        return False
    word = _LAST_WORD.search(text[max(0, at - _LOOKBACK) : at])
    if word is None:
        return True
    plain = word.group().lower()
    if plain in _ABBREVIATIONS:
        return plain in ("a.m", "p.m", "inc", "ltd", "llc", "u.s", "u.k") and (after[:1].isupper() or not after)
    return len(plain) > 1 or not after[:1].isalpha() or plain == "i"
