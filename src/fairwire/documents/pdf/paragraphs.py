"""Lines put together to paragraphs, items and headings, by what a reader goes by: gaps, margins, size, weight, markers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from fairwire.documents import Composer, typed_marker
from fairwire.documents.pdf.lines import Line

WIDE_GAP = 1.3
"""Of the distance between lines: a paragraph ends at a wider one. Our choice; typesetters add half a line and more."""

INDENT = 5.0
"""Points by which a line must stand to the right or left for it to mean something."""

ROOM = 0.25
"""Of a column's width: where that much is left at the end of a line beyond the word that comes next, the break was meant.
Widths are estimates, so it is not less. Our choice."""

ROOM_BEHIND_SENTENCE = 0.1
"""The same, behind the end of a sentence."""

LARGER = 1.1
"""Of the text's size: what is larger is a heading."""

LONG_HEADING = 160

_ENDED = re.compile(r"[.!?:;][\"'”’)\]]*$")
_LISTING = re.compile(r"([.!?:;,]|\b(and|or))[\"'”’)\]]*$")
_HYPHENATED = re.compile(r"(\w+)[-\u2010]$")
_WORD = re.compile(r"\w+-\w+")


@dataclass(slots=True)
class _Paragraph:
    lines: list[Line] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Where its lines begin, from the second on."""
        return self.lines[1].x if len(self.lines) > 1 else self.lines[0].hang


class Paragraphs:
    """Puts the lines of a document into a composer."""

    def __init__(self, pages: list[list[Line]], composer: Composer) -> None:
        lines = [line for page in pages for line in page]
        self._composer = composer
        self._size = _most(lines, lambda line: round(line.size * 2) / 2) or 10.0
        self._leading = _leading(pages, self._size)
        for page in pages:
            _measure(page, self._leading)
        bold = sum(line.of_bold for line in lines)
        self._bold_means = bold < 0.5 * sum(len(line.text) for line in lines)
        larger = {round(line.size) for line in lines if line.size > LARGER * self._size and len(line.text) < LONG_HEADING}
        self._ranks = {size: rank for rank, size in enumerate(sorted(larger, reverse=True), 1)}
        self._compounds = {word.lower() for line in lines for word in _WORD.findall(line.text)}
        self._open = _Paragraph()
        self._margins: list[float] = []
        for line in lines:
            self._put(line)
        self._close()

    def _put(self, line: Line) -> None:
        if self._open.lines and not self._goes_on(line):
            self._close()
        self._open.lines.append(line)

    def _goes_on(self, line: Line) -> bool:
        """Whether a line belongs to the paragraph above it."""
        last = self._open.lines[-1]
        if not _like(last.size, line.size) or (self._bold_means and last.bold != line.bold and (last.bold or line.bold)):
            return not self._is_styled(last) and not self._is_styled(line) and self._follows(last, line)
        typed = typed_marker(f"{line.text} X")
        if typed and (self._begins_item(last, line) or line.hang != line.x):
            return False
        if line.page != last.page or line.y > last.y + last.size:  # the next page or column
            return not _ENDED.search(last.text) and (line.text[:1].islower() or not _has_room(last, line, ROOM))
        if not self._follows(last, line):
            return False
        if self._is_styled(line) or (_HYPHENATED.search(last.text) and line.text[:1].islower()):
            return True  # a heading of two lines, or half a word
        ended = _ENDED.search(last.text) is not None
        if _has_room(last, line, ROOM_BEHIND_SENTENCE if ended else ROOM):
            return False
        left = self._open.left
        marked = self._open.lines[0].hang > self._open.lines[0].x
        if line.x > left + INDENT and (marked or len(self._open.lines) > 1):
            return not (ended or marked)
        return not (line.x < min(left, last.x) - INDENT and (ended or len(self._open.lines) > 1))

    def _follows(self, last: Line, line: Line) -> bool:
        gap = last.y - line.y
        return line.page == last.page and 0 <= gap <= WIDE_GAP * max(self._leading, 1.15 * max(last.size, line.size))

    def _begins_item(self, last: Line, line: Line) -> bool:
        """Whether what looks like a marker is one: `five` / `(5) working days` is a sentence."""
        if self._is_styled(last) or not self._follows(last, line) or _LISTING.search(last.text):
            return True
        return abs(line.x - self._open.left) > INDENT

    def _is_styled(self, line: Line) -> bool:
        return line.size > LARGER * self._size or (self._bold_means and line.bold)

    def _close(self) -> None:
        paragraph, self._open = self._open, _Paragraph()
        if not paragraph.lines:
            return
        text = self._joined(paragraph.lines)
        first = paragraph.lines[0]
        larger = all(line.size > LARGER * self._size for line in paragraph.lines)
        bold = self._bold_means and all(line.bold for line in paragraph.lines) and not text.endswith((".", ";", ","))
        if len(text) < LONG_HEADING and (larger or bold) and any(letter.isalpha() for letter in text):
            rank = self._ranks.get(round(first.size), len(self._ranks) + 1) if larger else len(self._ranks) + 1
            self._composer.add(text, kind="heading", level=min(6, rank))
            self._margins = []
        else:
            self._composer.add(text, level=self._depth(first.x) if typed_marker(text) else 0)

    def _depth(self, x: float) -> int:
        """How many items' margins stand to the left of an item, its own included."""
        while self._margins and self._margins[-1] > x + INDENT:
            self._margins.pop()
        if not self._margins or x > self._margins[-1] + INDENT:
            self._margins.append(x)
        return len(self._margins)

    def _joined(self, lines: list[Line]) -> str:
        text = lines[0].text
        for line in lines[1:]:
            cut = _HYPHENATED.search(text)
            if cut and line.text[:1].islower():
                rest = re.match(r"\w+", line.text)
                compound = f"{cut[1]}-{rest[0] if rest else ''}".lower()
                # Written with its hyphen in the middle of a line elsewhere, it keeps it.
                text = text[: cut.end(1)] + ("-" if compound in self._compounds else "") + line.text
            elif cut or text.endswith(("—", "/")):
                text += line.text
            else:
                text += f" {line.text}"
        return text


def _like(one: float, other: float) -> bool:
    return abs(one - other) <= 0.06 * max(one, other)


def _measure(page: list[Line], leading: float) -> None:
    """Tell each line how far the lines of its column reach."""
    for run in _parted(page, lambda last, line: line.y > last.y + line.size):
        reach = _reach(run)
        for group in _parted(run, lambda last, line: last.y - line.y > WIDE_GAP * leading):
            own = _reach(group)
            left = min(line.x for line in group)
            full = sum(1 for line in group if line.right - left > 0.8 * (own - left))
            listing = sum(1 for line in group if typed_marker(line.text)) > 1
            narrow = len(group) >= 4 and own - left < 0.7 * (reach - left) and full >= 0.6 * len(group) and not listing
            for line in group:
                line.reach = own if narrow else reach


def _parted(lines: list[Line], parts: Callable[[Line, Line], bool]) -> list[list[Line]]:
    found: list[list[Line]] = []
    for at, line in enumerate(lines):
        if at == 0 or parts(lines[at - 1], line):
            found.append([])
        found[-1].append(line)
    return found


def _reach(lines: list[Line]) -> float:
    """Where lines end that hold a tenth of the characters, the longest ones: the estimate of a single line may be far off."""
    left = 0.1 * sum(len(line.text) for line in lines)
    for line in sorted(lines, key=lambda line: line.right, reverse=True):
        left -= len(line.text)
        if left <= 0:
            return line.right
    return 0.0


def _has_room(last: Line, line: Line, room: float) -> bool:
    """Whether the first word of a line would have fitted well behind the last one."""
    word = line.text.partition(" ")[0]
    return last.right + last.width(len(word) + 1) < last.reach - room * (last.reach - last.x)


def _most(lines: list[Line], of: Callable[[Line], float]) -> float:
    """The value that most characters have."""
    counted: Counter[float] = Counter()
    for line in lines:
        counted[of(line)] += len(line.text)
    return counted.most_common(1)[0][0] if counted else 0.0


def _leading(pages: list[list[Line]], size: float) -> float:
    """The distance between lines of the text that most often is."""
    gaps: Counter[float] = Counter()
    for lines in pages:
        for last, line in pairwise(lines):
            gap = last.y - line.y
            if _like(last.size, size) and _like(line.size, size) and 0.8 * size < gap < 3 * size:
                gaps[round(gap, 1)] += 1
    return gaps.most_common(1)[0][0] if gaps else 1.2 * size
