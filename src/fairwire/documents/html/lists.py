"""Lists and what stands before their items: as the page numbers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

BULLET = "•"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"))
_ROMAN_UNITS = ((5, "v"), (4, "iv"), (1, "i"))


@dataclass(slots=True, eq=False)
class Listed:
    """A list that is being read: how it counts, and which number comes next."""

    numbered: bool
    style: str
    next_number: int
    step: int

    def marker(self, item: LexborNode) -> str:
        """What stands before the next item."""
        if not self.numbered:
            return BULLET
        number = whole_number(item.attributes.get("value"), self.next_number)
        self.next_number = number + self.step
        return f"{written(number, item.attributes.get('type') or self.style)}."


def listed(element: LexborNode) -> Listed:
    """A list from its element."""
    attributes = element.attributes
    backwards = "reversed" in attributes
    items = sum(1 for child in element.iter() if child.tag == "li") if backwards else 1
    style = attributes.get("type") or _styled(attributes.get("style") or "")
    return Listed(element.tag == "ol", style, whole_number(attributes.get("start"), items), -1 if backwards else 1)


def written(number: int, style: str) -> str:
    """A number as `<ol type>` writes it: 1, a, A, i or I."""
    writer = _WRITERS.get(style)
    if writer is None or not 0 < number < 4000:
        return str(number)
    text = writer(number)
    return text.upper() if style in {"A", "I"} else text


def whole_number(text: str | None, otherwise: int) -> int:
    """An attribute that must be a whole number, as browsers read it."""
    try:
        return max(-(2**31), min(2**31, int((text or "")[:12])))
    except ValueError:
        return otherwise


def _styled(style: str) -> str:
    for words, letter in (("lower-alpha", "a"), ("lower-latin", "a"), ("upper-alpha", "A"), ("upper-latin", "A")):
        if words in style:
            return letter
    return "i" if "lower-roman" in style else "I" if "upper-roman" in style else ""


def _letters(number: int) -> str:
    text = ""
    while number:
        number, left = divmod(number - 1, 26)
        text = chr(ord("a") + left) + text
    return text


def _roman(number: int) -> str:
    text = ""
    for value, letters in (*_ROMAN, *_ROMAN_UNITS):
        count, number = divmod(number, value)
        text += letters * count
    return text


_WRITERS: dict[str, Callable[[int], str]] = {"a": _letters, "A": _letters, "i": _roman, "I": _roman}
