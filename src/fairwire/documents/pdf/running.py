"""Running headers, footers and page numbers: what stands at the same place of most pages, or in the margin of one."""

from __future__ import annotations

import re
from collections import defaultdict

from fairwire.documents import typed_marker
from fairwire.documents.pdf.lines import Line

ZONE = 0.16
"""Share of the page's height, above and below, in which a running line is looked for."""

MARGIN = 0.045
"""Share of the page's height that no text body reaches into: browsers print date and address there."""

MOST_LINES = 4
"""Lines of a running header or footer."""

APART = 0.6
"""Of the size of the letters: a running line leaves more than that free between itself and the text. Lines of text leave 0.2 to
0.5. Our choice."""

MOST_PAGES = 0.4
"""Share of pages on which a running line is repeated; left and right pages may differ. Our choice."""

_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE_NUMBER = re.compile(r"(page\s*)?[-–—|]?\s*#(\s*(/|of|\|)\s*#)?\s*[-–—|]?", re.IGNORECASE)
_GRID = 6.0


class Running:
    """Which lines run through the document."""

    def __init__(self, pages: list[list[Line]]) -> None:
        self.headers: list[Line] = []
        """Each once, as it stands where it comes first."""
        self.footers: list[Line] = []
        self.repeats = 0
        """Lines left out because one like them is among those."""
        outer = [line for lines in pages for line in _outer(lines)]
        on: dict[tuple[str, int], set[int]] = defaultdict(set)
        for line in outer:
            for key in _keys(line):
                on[key].add(line.page)
        with_text = sum(1 for lines in pages if lines)
        enough = max(2.0, MOST_PAGES * with_text)
        repeated = {key for key, found in on.items() if len(found) >= enough}
        parted = {id(line) for line in outer}
        self._taken: set[int] = set()
        for lines in pages:
            for ordered in _from_the_edges(lines):
                ended_at = None
                for line, inner in zip(ordered, [*ordered[1:], None], strict=False):
                    if ended_at is not None and abs(line.y - ended_at) > 2:
                        break  # what stands farther in than a line of the text is text
                    alone = with_text == 1 and _PAGE_NUMBER.fullmatch(_keys(line)[0][0])
                    # One that a page's text comes close to is known by the others.
                    if not repeated.isdisjoint(_keys(line)) or (id(line) in parted and (alone or _is_marginal(line, inner))):
                        self._taken.add(id(line))
                    else:
                        ended_at = line.y
        self._seen: set[str] = set()

    def take(self, line: Line) -> bool:
        """Whether a line is running; then it is kept here."""
        if id(line) not in self._taken:
            return False
        words = _keys(line)[0][0]
        if words in self._seen:
            self.repeats += 1
        else:
            self._seen.add(words)
            (self.footers if line.y < line.height / 2 else self.headers).append(line)
        return True


def _from_the_edges(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """The lines near the upper edge downwards, and those near the lower edge upwards."""
    ordered = sorted((line for line in lines if _in_zone(line)), key=lambda line: line.y)
    return [line for line in reversed(ordered) if line.y > line.height / 2], [
        line for line in ordered if line.y <= line.height / 2
    ]


def _outer(lines: list[Line]) -> list[Line]:
    """The lines at the upper and the lower edge that a gap parts from the text between them."""
    found: list[Line] = []
    heights = sorted(lines, key=lambda line: line.y)
    for ordered in _from_the_edges(lines):
        edge: list[Line] = []
        for line in ordered:
            if len({round(one.y) for one in edge}) >= MOST_LINES:
                break
            edge.append(line)
            upper = line.y > line.height / 2
            inner = next(
                (one for one in (reversed(heights) if upper else heights) if (one.y < line.y if upper else one.y > line.y)), None
            )
            if inner is None or abs(inner.y - line.y) > (inner if upper else line).size + APART * line.size:
                found += edge
                edge = []
    return found


def _in_zone(line: Line) -> bool:
    return min(line.y, line.height - line.y) < ZONE * line.height


def _is_marginal(line: Line, inner: Line | None = None) -> bool:
    """Whether it stands in the margin, and is not the end of a paragraph that reaches into it."""
    if inner is not None and abs(inner.y - line.y) <= (1 + APART) * line.size and not _is_marginal(inner):
        return False
    return min(line.y, line.height - line.y) < MARGIN * line.height


def _keys(line: Line) -> list[tuple[str, int]]:
    """Its words and its place on a grid; near the border of a cell it is in both.

    All numbers are alike, as pages are counted; but not behind what may be a numbered heading.
    """
    words = line.text.lower()
    if not typed_marker(line.text):
        words = _DIGITS.sub("#", words)
    at = int(line.y // _GRID)
    return [(words, at), (words, at + 1 if line.y % _GRID > _GRID / 2 else at - 1)]
