"""From the tree of a page to its blocks: what begins a line, what stands before it, what nobody sees."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from fairwire.documents import Composer, fold, typed_marker
from fairwire.documents.html.lists import BULLET, Listed, listed, whole_number
from fairwire.documents.html.regions import FEW_LINKS, Regions
from fairwire.model.prose import Region

_UNSEEN = """
    script style template noscript svg math iframe object embed canvas audio video select datalist textarea head title meta link
    noframes map progress meter
"""
NEVER_SEEN = frozenset(_UNSEEN.split())
_LINES_OF_THEIR_OWN = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form
    frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol p pre section summary table tbody td tfoot th
    thead tr ul xmp
"""
_BLOCKS = frozenset(_LINES_OF_THEIR_OWN.split())
_LAYOUT = "ul,ol,dl,table,h1,h2,h3,h4,h5,h6,blockquote,pre,section,article,p ~ p,div ~ div"
_INLINE = frozenset(["sub", "sup", "b", "i", "em", "strong", "abbr", "wbr", "u"])
_LINK_LIKE = frozenset(["a", "button"])
FAKE_HEADING = 100
"""Characters: a paragraph that is bold as a whole, no longer, and no sentence, is a heading. Our choice."""

MARKED_LINES = 2
"""Lines of one paragraph that begin with markers, from which each line is a paragraph. Our choice."""

_BOLD = frozenset(["b", "strong"])
_ENDED = re.compile(r"[.:;!?]['\"”’)\]]*$")
_NEARLY_ALL = 0.9
_SPACES = re.compile(r"[ \t\r\n\f]+")
_ENDS = re.compile(r"\n{2,}")


@dataclass(slots=True, eq=False)
class _Item:
    """A list item: its marker is said once, by whatever block comes first."""

    marker: str
    level: int
    headed: bool = False


@dataclass(slots=True)
class _Place:
    """Where in the page we are; an element gets its own when it differs from the one round it."""

    region: Region = "body"
    in_content: bool = False
    depth: int = 0
    listed: Listed | None = None
    item: _Item | None = None
    heading: int = 0
    keeps_lines: bool = False
    in_link: bool = False
    bold: bool = False
    cells: list[str] | None = None


@dataclass(slots=True)
class _Line:
    """Text that is being collected for a block."""

    parts: list[str] = field(default_factory=list)
    links: int = 0
    of_links: int = 0
    plain: int = 0
    """Characters that are not bold; blanks do not count."""


class Walk:
    """One pass over the tree, without recursion: a page can be nested deeper than Python can."""

    def __init__(self, body: LexborNode) -> None:
        self.composer = Composer()
        self.hidden = 0
        """Characters of text that the page hides."""
        self._regions = Regions(body)
        self._line = _Line()
        self._places = [_Place()]
        self._walk(body)
        self._flush()

    def _walk(self, body: LexborNode) -> None:
        open_elements: list[tuple[LexborNode, bool]] = []
        node: LexborNode | None = body
        while node is not None:
            entered = self._enter(node)
            if entered is not None and node.first_child is not None:
                open_elements.append((node, entered))
                node = node.first_child
                continue
            if entered is not None:
                self._leave(node, entered)
            while node.next is None or node is body:
                if not open_elements:
                    return
                node, placed = open_elements.pop()
                self._leave(node, placed)
                if not open_elements:
                    return
            node = node.next

    def _enter(self, node: LexborNode) -> bool | None:
        """None: not gone into. Else whether the element has a place of its own."""
        if node.is_text_node:
            self._say(node.text_content or "")
            return None
        tag = node.tag or ""
        if not node.is_element_node or tag in NEVER_SEEN:
            return None
        if tag == "br":
            self._break()
            return None
        attributes = node.attributes
        if attributes and self._regions.is_hidden(node, attributes):
            self.hidden += len(fold(node.text(deep=True)))
            return None
        here = self._places[-1]
        if tag not in _BLOCKS and not attributes and tag not in _LINK_LIKE and tag not in _BOLD:
            return False
        if tag in _BLOCKS or (attributes.get("role") or "") in {"heading", "listitem", "list"}:
            self._end_of_line(splits=_splits(tag, attributes))
        place = self._place(node, tag, attributes, here)
        if place is not here:
            self._places.append(place)
        return place is not here

    def _leave(self, node: LexborNode, placed: bool) -> None:
        tag = node.tag or ""
        here = self._places[-1]
        if tag in {"td", "th"} and here.cells is not None:
            here.cells.append(fold("".join(self._line.parts)).replace("\n", " "))
            self._line = _Line()
        elif tag == "tr" and here.cells is not None:
            self.composer.add_row(here.cells, region=here.region)
        elif tag in _BLOCKS or (placed and here.heading):
            self._end_of_line(splits=_splits(tag, {}) or bool(here.heading))
        elif tag in _LINK_LIKE and node.next is not None and node.next.is_element_node and node.next.tag not in _INLINE:
            self._line.parts.append(" ")
        if placed:
            self._places.pop()

    def _place(self, node: LexborNode, tag: str, attributes: dict[str, str | None], here: _Place) -> _Place:
        region = here.region
        if region == "header" and tag == "nav":
            region = "navigation"
        elif region == "body" and (attributes or tag in _BLOCKS):
            region = self._regions.of(node, attributes, in_content=here.in_content)
        role = attributes.get("role") or ""
        new = _Place(
            region=region,
            in_content=here.in_content or tag in {"main", "article"} or role in {"main", "article"},
            depth=here.depth,
            listed=here.listed,
            item=here.item,
            heading=here.heading,
            keeps_lines=here.keeps_lines or tag in {"pre", "xmp", "listing"},
            in_link=here.in_link or tag == "a",
            bold=here.bold or tag in _BOLD,
            cells=here.cells,
        )
        if tag == "a":
            self._line.links += 1
        elif tag in {"ul", "ol", "menu", "dir"}:
            new.listed, new.item, new.depth = listed(node), None, here.depth + 1
        elif tag == "li":
            marker = here.listed.marker(node) if here.listed else BULLET
            new.item = _Item(marker, max(1, here.depth))
        elif role == "heading":
            new.heading = min(6, max(1, whole_number(attributes.get("aria-level"), 2)))
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            new.heading = int(tag[1])
        elif tag == "tr" and _is_data(node):
            new.cells = []
        return here if new == here else new

    def _say(self, text: str) -> None:
        here = self._places[-1]
        if not here.keeps_lines:
            text = _SPACES.sub(" ", text)
        if here.in_link:
            self._line.of_links += len(text.strip())
        if not here.bold:
            self._line.plain += len(text.strip())
        self._line.parts.append(text)

    def _break(self) -> None:
        """A `<br>`: the end of a line; two of them end a paragraph."""
        parts = self._line.parts
        here = self._places[-1]
        last = next((part for part in reversed(parts) if part.strip(" ")), "")
        if last == "\n" and here.item is None and here.cells is None and not here.heading:
            self._flush()
        else:
            parts.append("\n")

    def _end_of_line(self, *, splits: bool) -> None:
        here = self._places[-1]
        if here.cells is not None or (here.heading and not splits):
            self._line.parts.append(" ")
        elif here.item is not None and not here.item.headed and not splits:
            self._line.parts.append("\n")
        else:
            self._flush()

    def _flush(self) -> None:
        line, self._line = self._line, _Line()
        text = "".join(line.parts)
        if not text or text.isspace():
            return
        here = self._places[-1]
        text = _ENDS.sub("\n\n" if here.keeps_lines else "\n", fold(text))
        region = here.region
        if region == "body" and line.links >= FEW_LINKS and line.of_links >= _NEARLY_ALL * len(text) - line.links * 3:
            region = "navigation"
        item = here.item
        marker = item.marker if item else ""
        if item:
            item.marker = ""
        if here.heading:
            self.composer.add(text.replace("\n", " "), kind="heading", level=here.heading, marker=marker, region=region)
            if item:
                item.headed = True
        elif not line.plain and region == "body" and marker != BULLET and _looks_like_heading(text):
            self.composer.add(text, kind="heading", marker=marker, region=region)
            if item:
                item.headed = True
        elif item and not item.headed:
            self.composer.add(text, kind="item", level=item.level, marker=marker, region=region)
        else:
            for paragraph in text.split("\n\n") if here.keeps_lines else _paragraphs(text):
                self.composer.add(paragraph, region=region)


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of lines that only `<br>` divides: several where two lines or more begin with markers of their own."""
    lines = text.split("\n")
    if sum(typed_marker(line) is not None for line in lines) < MARKED_LINES:
        return [text]
    found: list[str] = []
    for line in lines:
        if found and typed_marker(line) is None and not _ENDED.search(found[-1]):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _splits(tag: str, attributes: dict[str, str | None]) -> bool:
    """Whether it ends an item, or a heading, that it stands in."""
    return tag in {"li", "ul", "ol", "menu", "dir", "tr", "table"} or _is_heading(tag) or attributes.get("role") == "heading"


def _looks_like_heading(text: str) -> bool:
    return len(text) <= FAKE_HEADING and "\n" not in text and not text.endswith((".", ";", ",", ":"))


def _is_heading(tag: str) -> bool:
    return len(tag) == 2 and tag[0] == "h" and tag[1] in "123456"


def _is_data(row: LexborNode) -> bool:
    """Whether a table's row holds values, and is not a way to lay out a page."""
    cells = [child for child in row.iter() if child.tag in {"td", "th"}]
    return len(cells) > 1 and row.css_first(_LAYOUT) is None
