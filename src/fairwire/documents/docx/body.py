"""The paragraphs of a Word document, as somebody sees them who accepted all changes."""

from __future__ import annotations

from collections.abc import Iterator

from fairwire.documents import Composer, fold
from fairwire.documents.docx.numbering import Numbering
from fairwire.documents.docx.package import Element
from fairwire.documents.docx.styles import Style, Styles, is_on
from fairwire.model.prose import Region

FAKE_HEADING = 100
"""Characters: a bold paragraph with no more of them and no full stop is a heading that somebody did not style. Our choice."""

MOST_IN_CELL = 2
"""Paragraphs in a cell of values; a cell with more of them lays out a page."""

_TRANSPARENT = frozenset(["hyperlink", "smartTag", "customXml", "fldSimple", "ins", "moveTo", "bdo", "dir", "sdtContent"])
_REMOVED = frozenset(["del", "moveFrom"])
_PICTURES = frozenset(["drawing", "pict", "object"])
_NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}
_CHARACTERS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


class Body:
    """Reads stories (the body, a header, a note) into a composer, and remembers what a person should be told."""

    def __init__(self, composer: Composer, styles: Styles, numbering: Numbering) -> None:
        self.changed = False
        """Tracked deletions or insertions were met."""
        self.hidden = 0
        """Characters of hidden text left out."""
        self.pictures = False
        self.embedded = False
        """Another document is embedded, which is not read."""
        self.notes: list[tuple[str, str]] = []
        """Footnotes and endnotes in the order in which the text names them: kind and id."""
        self._composer = composer
        self._styles = styles
        self._numbering = numbering
        self._carried = ""

    def read(self, story: Element, region: Region = "body") -> None:
        """All blocks of a story."""
        for element in self._blocks(story):
            if element.tag == "p":
                self._paragraph(element, region)
            elif element.tag == "tbl":
                self._table(element, region)
            elif element.tag == "sdt":
                gallery = element.find("sdtPr/docPartObj/docPartGallery")
                contents = gallery is not None and "contents" in gallery.get("val", "").lower()
                content = element.find("sdtContent")
                if content is not None:
                    self.read(content, "navigation" if contents else region)

    def text(self, story: Element) -> str:
        """A story as one line."""
        words = [self._words(paragraph, [])[0] for paragraph in self._paragraphs(story)]
        return " ".join(fold(text).replace("\n", " ") for text in words).strip()

    def _paragraphs(self, story: Element) -> Iterator[Element]:
        for element in self._blocks(story):
            if element.tag == "p":
                yield element
            elif element.tag == "sdt" and (content := element.find("sdtContent")) is not None:
                yield from self._paragraphs(content)

    def _blocks(self, story: Element) -> Iterator[Element]:
        for element in story:
            tag = element.tag
            if tag in _TRANSPARENT:
                self.changed |= tag in {"ins", "moveTo"}
                yield from self._blocks(element)
            elif tag in _REMOVED:
                self.changed = True
            elif tag == "mc:AlternateContent":
                yield from (inner for choice in _chosen(element) for inner in self._blocks(choice))
            elif tag == "altChunk":
                self.embedded = True
            else:
                yield element

    def _paragraph(self, paragraph: Element, region: Region) -> None:
        boxes: list[Element] = []
        text, bold = self._words(paragraph, boxes)
        mark = paragraph.find("pPr/rPr/del")
        if mark is not None:  # its end is deleted: it goes on in the next one
            self.changed = True
            self._carried += text
        else:
            text, self._carried = self._carried + text, ""
            self._add(paragraph, text, bold=bold, region=region)
        for box in boxes:
            self.read(box, region)

    def _add(self, paragraph: Element, text: str, *, bold: bool, region: Region) -> None:
        style = self._style(paragraph)
        marker, depth = self._marker(paragraph, style)
        text = fold(text)
        if not text:
            return
        if style.is_contents and region == "body":
            region = "navigation"
        outline = _value(paragraph, "pPr/outlineLvl")
        level = style.heading
        if outline is not None and outline.isdecimal() and len(outline) < 3:
            level = 0 if int(outline) > 8 else min(6, int(outline) + 1)
        looks_like_one = bold and len(text) <= FAKE_HEADING and not text.endswith((".", ";", ",", ":")) and marker not in _BULLETS
        if region == "body" and (level or looks_like_one):
            self._composer.add(text.replace("\n", " "), kind="heading", level=level, marker=marker or "", region=region)
        elif marker:
            self._composer.add(text, kind="item", level=depth, marker=marker, region=region)
        else:
            self._composer.add(text, region=region)

    def _style(self, paragraph: Element) -> Style:
        named = _value(paragraph, "pPr/pStyle")
        return self._styles.style(self._styles.default if named is None else named)

    def _marker(self, paragraph: Element, style: Style) -> tuple[str | None, int]:
        list_id = _value(paragraph, "pPr/numPr/numId")
        place = _value(paragraph, "pPr/numPr/ilvl")
        if list_id is None:
            list_id = style.list_id
        if not list_id or list_id == "0":
            return None, 0
        if place is not None and place.isdecimal() and len(place) < 3:
            level = int(place)
        else:
            of_style = self._numbering.level_of_style(list_id, style.id)
            level = of_style if of_style is not None else style.list_level or 0
        return self._numbering.next(list_id, level), min(level, 8) + 1

    def _table(self, table: Element, region: Region) -> None:
        for row in self._blocks(table):
            if row.tag == "sdt":
                content = row.find("sdtContent")
                if content is not None:
                    self._table(content, region)
            if row.tag != "tr":
                continue
            if row.find("trPr/del") is not None:
                self.changed = True
                continue
            cells = list(self._cells(row))
            if len(cells) > 1 and all(_holds_a_value(cell) for cell in cells):
                self._composer.add_row([self.text(cell) for cell in cells], region=region)
            else:
                for cell in cells:
                    self.read(cell, region)

    def _cells(self, row: Element) -> Iterator[Element]:
        for element in self._blocks(row):
            if element.tag == "tc":
                yield element
            elif element.tag == "sdt" and (content := element.find("sdtContent")) is not None:
                yield from self._cells(content)

    def _words(self, paragraph: Element, boxes: list[Element]) -> tuple[str, bool]:
        """Its text, whether all of it is bold; text boxes that hang on it are put into `boxes`."""
        words: list[str] = []
        plain = self._gather(paragraph, words, boxes, self._style(paragraph))
        return "".join(words), not plain

    def _gather(self, element: Element, words: list[str], boxes: list[Element], style: Style) -> int:
        plain = 0
        for child in element:
            tag = child.tag
            if tag == "r":
                plain += self._run(child, words, boxes, style)
            elif tag in _TRANSPARENT or tag.startswith("m:"):
                self.changed |= tag in {"ins", "moveTo"}
                if tag == "m:t":
                    words.append(child.text or "")
                    plain += 1
                plain += self._gather(child, words, boxes, style)
            elif tag == "sdt":
                content = child.find("sdtContent")
                plain += self._gather(content, words, boxes, style) if content is not None else 0
            elif tag in _REMOVED:
                self.changed = True
            elif tag == "mc:AlternateContent":
                plain += sum(self._gather(choice, words, boxes, style) for choice in _chosen(child))
        return plain

    def _run(self, run: Element, words: list[str], boxes: list[Element], style: Style) -> int:
        """Characters of it that are not bold; blanks do not count."""
        plain = 0
        own = self._styles.style(_value(run, "rPr/rStyle") or "")
        hidden = _switch(run, "rPr/vanish", own.hidden or style.hidden)
        bold = _switch(run, "rPr/b", own.bold or style.bold)
        for child in run:
            tag = child.tag
            said = child.text or "" if tag == "t" else _CHARACTERS.get(tag, "")
            if hidden:
                self.hidden += len(said)
            elif said:
                words.append(said)
                plain += 0 if bold else len(said.strip())
            elif tag in _NOTES:
                self.notes.append((_NOTES[tag], child.get("id", "")))
            elif tag in _PICTURES:
                self.pictures = True
                boxes.extend(_text_boxes(child))
            elif tag == "mc:AlternateContent":
                self.pictures = True
                boxes.extend(box for choice in _chosen(child) for box in _text_boxes(choice))
        return plain


_BULLETS = frozenset(["•", "-", "–", "—", "*", "▪", "◦", "○", "■", "·"])


def _chosen(alternatives: Element) -> list[Element]:
    """Of the same thing in several forms, the one that is shown."""
    return [choice for choice in alternatives if choice.tag in {"mc:Choice", "mc:Fallback"}][:1]


def _text_boxes(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag == "txbxContent":
            yield child
        elif child.tag == "mc:AlternateContent":
            for choice in _chosen(child):
                yield from _text_boxes(choice)
        else:
            yield from _text_boxes(child)


def _holds_a_value(cell: Element) -> bool:
    paragraphs = sum(1 for _ in cell.iter("p"))
    return paragraphs <= MOST_IN_CELL and all(next(cell.iter(tag), None) is None for tag in ("tbl", "numPr", "txbxContent"))


def _value(element: Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else found.get("val")


def _switch(element: Element, path: str, otherwise: bool) -> bool:
    found = element.find(path)
    return otherwise if found is None else is_on(found.get("val"))
