"""The lines of a page: text with its place, its size and whether it is bold, in the order in which the file draws them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from pypdf import PageObject

from fairwire.documents import fold

SLANT = 3.0
"""Degrees off the upright, or a quarter turn of it, from which text is a watermark and no line."""

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_NO_LETTER = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]|(?<=.)[\ue000-\uf8ff]|\(cid:\d+\)")
_BOLD = ("bold", "black", "heavy", "semibold", "demi")


@dataclass(slots=True)
class Line:
    """A line as printed. Lengths are points; y grows upwards from the lower edge of the page."""

    page: int
    """From 0."""
    height: float
    """Of the page."""
    x: float
    y: float
    size: float
    text: str
    hang: float
    """Where the text begins behind a marker that is drawn by itself; else x."""
    of_bold: int
    """Characters that are bold."""
    reach: float = 0.0
    """Where the longest lines round it end, by the same estimate as `right`."""

    @property
    def right(self) -> float:
        """Where it ends, by an estimate: letters are half as wide as high."""
        return self.hang + self.width(len(self.text))

    def width(self, characters: int) -> float:
        """Of so many characters of this size."""
        return 0.5 * self.size * characters

    @property
    def bold(self) -> bool:
        """Whether nearly all of it is."""
        return self.of_bold >= 0.9 * len(self.text.replace(" ", ""))


class PageText:
    """Collects what a page draws.

    Raises
    ------
    Exception
        Whatever the library raises on a broken page.
    """

    def __init__(self, page: PageObject, number: int) -> None:
        self.lines: list[Line] = []
        self.slanted = 0
        """Characters that run at a slant."""
        self.letters = 0
        """Characters drawn, blanks not counted."""
        self.meaningless = 0
        """Of those: what is no letter of any script."""
        self._number = number
        box = page.mediabox
        self._corner = float(box.left), float(box.bottom)
        self._sides = float(box.width) or 1.0, float(box.height) or 1.0
        self._open: Line | None = None
        page.extract_text(visitor_text=self._piece)
        self._close()

    def _piece(self, text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        *ended, rest = text.translate(_LIGATURES).split("\n")
        for part in ended:
            self._put(part, cm, tm, font, size)
            self._close()
        self._put(rest, cm, tm, font, size)

    def _put(self, text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if not text or text.isspace():
            if text and self._open:
                self._open.text += " "
            return
        across = (tm[0] * cm[0] + tm[1] * cm[2], tm[0] * cm[1] + tm[1] * cm[3])
        up = (tm[2] * cm[0] + tm[3] * cm[2], tm[2] * cm[1] + tm[3] * cm[3])
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4] - self._corner[0]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5] - self._corner[1]
        angle = math.degrees(math.atan2(across[1], across[0]))
        if abs(angle - 90 * round(angle / 90)) > SLANT:
            self.slanted += len(text.strip())
            return
        width, tall = self._sides
        turn = round(angle / 90) % 4
        x, y = ((x, y), (y, width - x), (width - x, tall - y), (tall - y, x))[turn]
        self.letters += len(text.replace(" ", ""))
        self.meaningless += sum(map(len, _NO_LETTER.findall(text)))
        height = abs(size) * math.hypot(*up) or 1.0
        bold = len(text.replace(" ", "")) if _is_bold(font) else 0
        line = self._open
        if line and abs(line.y - y) > 0.6 * max(line.size, height):
            self._close()
            line = None
        if line is None:
            self._open = Line(self._number, self._sides[1 - turn % 2], x, y, height, text, x, bold)
            return
        if line.hang == line.x and len(line.text.strip()) <= 8:
            line.hang = x
        line.text += text
        line.of_bold += bold
        line.size = max(line.size, height)
        line.x = min(line.x, x)

    def _close(self) -> None:
        line, self._open = self._open, None
        if line:
            line.text = fold(line.text.replace("\xad", "\u2010"))  # a soft hyphen that was drawn is a hyphen
            if line.text:
                self.lines.append(line)


def _is_bold(font: Any) -> bool:
    name = str(font.get("/BaseFont", "")).lower() if font is not None else ""
    return any(word in name for word in _BOLD)
