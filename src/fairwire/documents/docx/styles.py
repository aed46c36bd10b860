"""What a paragraph's style says of it: a heading, a list, hidden, a table of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fairwire.documents.docx.package import Element

_HEADING = re.compile(r"heading ([1-9])")
_CONTENTS = re.compile(r"toc( \d|$)|table of (figures|contents)|contents \d|index \d")
_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it takes from those it is based on."""

    id: str = ""
    name: str = ""
    outline: int | None = None
    """0 to 8; 9 is body text; None where no style says."""
    list_id: str | None = None
    list_level: int | None = None
    hidden: bool = False
    bold: bool = False

    @property
    def heading(self) -> int:
        """1 to 6, or 0 for what is no heading."""
        found = _HEADING.fullmatch(self.name)
        level = int(found[1]) if found else 1 if self.name == "title" else 0
        if self.outline is not None:
            level = 0 if self.outline > 8 else self.outline + 1
        return min(6, level)

    @property
    def is_contents(self) -> bool:
        """Whether it is a line of a table of contents."""
        return _CONTENTS.match(self.name) is not None


class Styles:
    """The styles of a document, by id."""

    def __init__(self, tree: Element | None) -> None:
        self._elements = {style.get("styleId", ""): style for style in tree.iter("style")} if tree is not None else {}
        self._made: dict[str, Style] = {}
        self.language = ""
        if tree is not None:
            language = tree.find("docDefaults/rPrDefault/rPr/lang")
            self.language = language.get("val", "") if language is not None else ""
        self.default = next(
            (
                key
                for key, style in self._elements.items()
                if style.get("type") == "paragraph" and is_on(style.get("default", "0"))
            ),
            "",
        )

    def style(self, style_id: str) -> Style:
        """One of them; of an unknown id, a style that says nothing."""
        if style_id not in self._made:
            self._made[style_id] = self._make(style_id)
        return self._made[style_id]

    def _make(self, style_id: str) -> Style:
        chain: list[Element] = []
        at: str | None = style_id
        while at in self._elements and len(chain) < _LONGEST_CHAIN:
            element = self._elements[at]
            chain.append(element)
            based = element.find("basedOn")
            at = based.get("val") if based is not None else None
        outline = _first(chain, "pPr/outlineLvl")
        list_id = _first(chain, "pPr/numPr/numId")
        list_level = _first(chain, "pPr/numPr/ilvl")
        # A style that is based on a heading is one by its outline; its name must not be looked for there.
        heading = next((name for name in map(_name, chain) if _HEADING.fullmatch(name)), None) if outline is None else None
        return Style(
            id=style_id,
            name=heading or (_name(chain[0]) if chain else ""),
            outline=int(outline) if outline is not None and outline.isdecimal() and len(outline) < 3 else None,
            list_id=list_id,
            list_level=int(list_level) if list_level is not None and list_level.isdecimal() and len(list_level) < 3 else None,
            hidden=_switched(chain, "rPr/vanish"),
            bold=_switched(chain, "rPr/b"),
        )


def is_on(value: str | None) -> bool:
    """A switch as Word writes it: there and not said to be off."""
    return value not in {"0", "false", "off"}


def _name(style: Element) -> str:
    found = style.find("name")
    return found.get("val", "").lower() if found is not None else ""


def _first(chain: list[Element], path: str) -> str | None:
    for style in chain:
        found = style.find(path)
        if found is not None:
            return found.get("val")
    return None


def _switched(chain: list[Element], path: str) -> bool:
    for style in chain:
        found = style.find(path)
        if found is not None:
            return is_on(found.get("val"))
    return False
