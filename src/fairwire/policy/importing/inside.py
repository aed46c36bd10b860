"""What stands inside a paragraph: a heading in its line, a lead-in before a colon, a list that was written on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fairwire.policy.importing.lines import looks_like_heading
from fairwire.policy.importing.sentences import is_normative

Spot = tuple[int, int]
"""(start, end) in the document."""

RUN_IN = re.compile(
    r"[\s*_]{0,4}(?!(?:Yes|No)[.,:])([^\W\d_][\w'’&/(),-]{0,30}(?: [^\W\d_][\w'’&/(),-]{0,30}){0,9})(:|\s[–—-]|\.)[*_]{0,3}\s+"
    r"(?=[\"“'‘]?[A-Z])"
)
_INNER_LEAD = re.compile(r":\s+(?=[\"“'‘]?[A-Z])")
_POINTS = re.compile(
    r"\b(?:following|accompanying|below|these|such\s+as|includ(?:es?|ing)|not\s+to|may\s+not|must\s+not|shall(?:\s+not)?|are|is|to|must|will|that)\b",
    re.I,
)
_ENUMERATED = re.compile(r"(?:(?<=[\s:;,])|^)(\((?:[a-z]|[ivx]{1,4}|\d{1,2})\)|(?:[a-z]|[ivx]{1,4}|\d{1,2})\))\s+")
_DASHED = re.compile(r"(?<=[:;,])\s*([-–—•*])\s+")


def is_row(words: str) -> bool:
    """Whether a block is a row of a table, as the readers write them."""
    return " | " in words


def names_columns(words: str) -> bool:
    """Whether a row only names the columns."""
    cells = [cell.strip() for cell in words.split(" | ")]
    return all(len(cell.split()) <= 4 and not re.search(r"[.;]$|\d", cell) and not is_normative(cell) for cell in cells)


def run_in_of(text: str, start: int, end: int) -> Spot | None:
    """A heading in the line of its own paragraph: `Spam. You may not send ...`."""
    found = RUN_IN.match(text, start, end)
    if not found:
        return None
    words = found.group(1).strip()
    if found.group(2) == "." and not looks_like_heading(words):
        return None
    if is_normative(words) or len(words) > 70:
        return None
    return (found.start(1), found.end(2))


def inner_lead(text: str, start: int, stop: int, run_in: Spot | None) -> tuple[int, Spot | None]:
    """(where the sentence begins, the lead-in before it in the same sentence)."""
    begin = start
    if run_in and start <= run_in[0] < stop:
        begin = run_in[1]
        while begin < stop and text[begin].isspace():
            begin += 1
    for colon in _INNER_LEAD.finditer(text, begin, stop):
        before = text[begin : colon.start()]
        if len(before.split()) >= 4 and _POINTS.search(before) and is_normative(before):
            return colon.end(), (begin, colon.start() + 1)
        break
    return begin, None


def enumerated(text: str, start: int, stop: int) -> list[tuple[int, int, str]]:
    """(start, end, marker) of `(a) ...; (b) ...` or `: - ...; - ...` in one sentence, when three or more say something."""
    for pattern, words in ((_ENUMERATED, 6), (_DASHED, 3)):
        marks = list(pattern.finditer(text, start, stop))
        if len(marks) < 3:
            continue
        parts = []
        for mark, after in zip(marks, [*marks[1:], None], strict=True):
            parts.append((mark.end(), after.start() if after else stop, mark.group(1)))
        if sum(len(text[a:b].split()) >= words for a, b, _ in parts) >= len(parts) - 1:
            return parts
    return []


def before_mark(text: str, begin: int, first: tuple[int, int, str]) -> int:
    """Where a lead-in ends: before the marker of its first part, and the white space there."""
    return begin + len(text[begin : text.rfind(first[2], begin, first[0])].rstrip())


def marked(text: str, parts: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    for start, end, mark in parts:
        stop = end
        while stop > start and (text[stop - 1].isspace() or text[stop - 1] in ";,"):
            stop -= 1
        if re.search(r"[;,]\s+(?:and|or)$", text[start:stop]):
            stop = start + re.search(r"[;,]\s+(?:and|or)$", text[start:stop]).start()  # type: ignore[union-attr]
        if start < stop:
            yield start, stop, mark
