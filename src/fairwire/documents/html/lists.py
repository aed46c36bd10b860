"""Lists and what stands before their items: as the page numbers them."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from fairwire.documents import numeral

BULLET = "•"


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
        return f"{numeral(number, item.attributes.get('type') or self.style)}."


def listed(element: LexborNode) -> Listed:
    """A list from its element."""
    attributes = element.attributes
    backwards = "reversed" in attributes
    items = sum(1 for child in element.iter() if child.tag == "li") if backwards else 1
    style = attributes.get("type") or _styled(attributes.get("style") or "")
    return Listed(element.tag == "ol", style, whole_number(attributes.get("start"), items), -1 if backwards else 1)


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
