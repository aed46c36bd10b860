"""Where sentences end: at a full stop that ends no abbreviation, at a blank line, and before a list item, and after a heading."""

from __future__ import annotations

import re

from fairwire.policy.facts.words import vocabulary

_END = re.compile(
    r"(?<![.!?])[.!?]{1,6}[\"'”’)\]]{0,4}(?=\s|$)"
    r"|(?<=[a-z]{3})\.(?=[A-Z][a-z])"
    r"|\n[ \t\r\u00a0]*\n"
    r"|\n(?=[ \t\u00a0]*(?:[•●◦▪·*\-–]|\(?[0-9a-zA-Z]{1,3}[.)])[ \t\u00a0])"
    r"|(?P<line>\n)(?=[A-Z“\"])"
)
_ABBREVIATIONS = vocabulary(
    """
    e.g i.e etc. inc ltd llc corp co no nos sec art para mr mrs ms dr vs v approx cf al est u.s u.k a.m p.m viz min
    max rs st ver rev
    """
)
_LAST_WORD = re.compile(r"[A-Za-z](?:\.?[A-Za-z])*$")
_LOOKBACK = 12
_LONGEST_HEADING = 45
_RUNS_ON = vocabulary(
    "a an and any as at by for from in is of on or our that the this to us we with you your not be may will its"
)


def sentences_of(text: str) -> list[tuple[int, int]]:
    """The places of the sentences of a text, white space round them left out."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.group()[0] in ".!?" and not _ends_here(text, match.start(), match.end()):
            continue
        if match.group("line") and not _is_heading(text, match.start()):
            continue
        _keep(text, start, match.end(), found)
        start = match.end()
    _keep(text, start, len(text), found)
    return found


def _is_heading(text: str, end: int) -> bool:
    """Whether the line that ends at `end` is short enough for a heading and does not run on."""
    start = text.rfind("\n", max(0, end - _LONGEST_HEADING - 1), end)
    if start < 0 and end > _LONGEST_HEADING:
        return False
    line = text[start + 1 : end].strip()
    return (
        bool(line) and line[-1].isalnum() and line.rsplit(None, 1)[-1].lower() not in _RUNS_ON and len(line) <= _LONGEST_HEADING
    )


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
