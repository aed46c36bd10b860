"""What Word prints before a numbered paragraph: it is nowhere in the text, and must be counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from fairwire.documents import numeral
from fairwire.documents.docx.package import Element

DEEPEST = 9
BULLET = "•"
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list counts."""

    start: int = 1
    format: str = "decimal"
    text: str = "%1."
    restart: int = -1
    """The level above which a number begins afresh; -1: any above."""
    all_decimal: bool = False
    style: str = ""


@dataclass(slots=True)
class _Counts:
    """Where a list stands; lists made from one pattern go on counting together."""

    at: dict[int, int] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)


class Numbering:
    """The lists of a document."""

    def __init__(self, tree: Element | None) -> None:
        self._patterns: dict[str, dict[int, Level]] = {}
        self._lists: dict[str, tuple[str, dict[int, int], dict[int, Level]]] = {}
        self._counts: dict[str, _Counts] = {}
        links: dict[str, str] = {}
        linked: dict[str, str] = {}
        for pattern in tree.iter("abstractNum") if tree is not None else ():
            number = pattern.get("abstractNumId", "")
            self._patterns[number] = {_whole(level.get("ilvl")): _level(level) for level in pattern.findall("lvl")}
            if (style := _value(pattern, "styleLink")) is not None:
                links[style] = number
            if (style := _value(pattern, "numStyleLink")) is not None:
                linked[number] = style
        for made in tree.iter("num") if tree is not None else ():
            pattern_id = _value(made, "abstractNumId") or ""
            pattern_id = links.get(linked.get(pattern_id, ""), pattern_id)
            starts, levels = {}, {}
            for override in made.findall("lvlOverride"):
                place = _whole(override.get("ilvl"))
                if (start := _value(override, "startOverride")) is not None:
                    starts[place] = _whole(start)
                if (own := override.find("lvl")) is not None:
                    levels[place] = _level(own)
            self._lists[made.get("numId", "")] = (pattern_id, starts, levels)

    def level_of_style(self, list_id: str, style: str) -> int | None:
        """The level that a list keeps for a style; None for none."""
        pattern, _, own = self._lists.get(list_id, ("", {}, {}))
        levels = {**self._patterns.get(pattern, {}), **own}
        return next((place for place, level in levels.items() if style and level.style == style), None)

    def next(self, list_id: str, place: int) -> str | None:
        """What stands before the next paragraph of a list on a level; empty for nothing, None where there is no such list."""
        if list_id not in self._lists:
            return None
        pattern, starts, own = self._lists[list_id]
        levels = {**self._patterns.get(pattern, {}), **own}
        place = min(max(place, 0), DEEPEST - 1)
        level = levels.get(place, Level(format="bullet", text=BULLET) if not levels else Level(text=f"%{place + 1}."))
        counts = self._counts.setdefault(pattern, _Counts())
        if list_id not in counts.begun:
            counts.begun.add(list_id)
            for at in starts:
                counts.at.pop(at, None)
        self._count(counts.at, place, levels, starts)
        if level.format == "bullet":
            return _bullet(level.text)
        if level.format == "none":
            return _PLACE.sub("", level.text).strip()

        def number(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            of = levels.get(at, Level())
            return _written(counts.at.get(at, starts.get(at, of.start)), "decimal" if level.all_decimal else of.format)

        return _PLACE.sub(number, level.text).strip()

    def _count(self, at: dict[int, int], place: int, levels: dict[int, Level], starts: dict[int, int]) -> None:
        at[place] = at[place] + 1 if place in at else starts.get(place, levels.get(place, Level()).start)
        for deeper in range(place + 1, DEEPEST):
            restart = levels.get(deeper, Level()).restart
            if restart < 0 or (restart > 0 and place < restart):
                at.pop(deeper, None)


def _level(element: Element) -> Level:
    level = Level(style=_value(element, "pStyle") or "", all_decimal=element.find("isLgl") is not None)
    if (start := _value(element, "start")) is not None:
        level = replace(level, start=_whole(start))
    if (restart := _value(element, "lvlRestart")) is not None:
        level = replace(level, restart=_whole(restart))
    if (form := _value(element, "numFmt")) is not None:
        level = replace(level, format=form)
    return replace(level, text=_value(element, "lvlText") or "")


def _bullet(text: str) -> str:
    text = text.strip()
    # Symbol fonts put their bullets where Unicode has nothing; Courier's `o` is a circle to the reader.
    return text if text and text != "o" and not any("\ue000" <= letter <= "\uf8ff" for letter in text) else BULLET


def _written(number: int, form: str) -> str:
    if form in {"lowerLetter", "upperLetter"} and 0 < number <= 780:
        letters = chr(ord("a") + (number - 1) % 26) * (1 + (number - 1) // 26)  # Word writes aa, bb, cc after z
        return letters if form == "lowerLetter" else letters.upper()
    if form in {"lowerRoman", "upperRoman"}:
        return numeral(number, "i" if form == "lowerRoman" else "I")
    if form == "decimalZero":
        return f"{number:02d}"
    if form == "ordinal":
        ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{ending}"
    return "" if form in {"none", "bullet"} else str(number)


def _value(element: Element, name: str) -> str | None:
    found = element.find(name)
    return None if found is None else found.get("val")


def _whole(text: str | None) -> int:
    try:
        return max(0, min(32_767, int((text or "0")[:9])))
    except ValueError:
        return 0
