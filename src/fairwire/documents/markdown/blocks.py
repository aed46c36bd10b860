"""Where the blocks of a Markdown text stand in it.

The library says which lines a block has and what is left of them without marks; where that stands in the lines is found
here. What stands inside a line is not parsed: it is not needed, and it is where hostile texts make parsers slow.
"""

from __future__ import annotations

import re
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token

from fairwire.documents import typed_marker
from fairwire.model.prose import Block, BlockKind, Region

DEEPEST = 60
"""Lists and quotations inside one another; a text that goes deeper is read without what is there."""

FAKE_HEADING = 120
"""Characters: a paragraph that is bold as a whole, no longer, and no sentence, is a heading. Our choice."""

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_ENDS = re.compile(r"\r\n|\r|\n")
_BOLD = re.compile(r"(\*\*|__)(?=\S)((?:(?!\1).)+)(?<=\S)\1", re.DOTALL)
_UNSEEN = re.compile(r"(?:\s*(?:<!--.*?-->|</?[A-Za-z][^<>]*>|!\[[^\]]*\]\([^)]*\)))+\s*", re.DOTALL)
_ANCHOR = re.compile(r"\[[^\]]*\]\(#[^)]*\)")
_LISTING = re.compile(r"(?:[.!?:;,]|\b(?:and|or))(?:\s|\\)*$")
_EMPHASISED = re.compile(
    r"(?P<mark>\*{1,3}|_{1,3})(?P<number>\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[a-z]|[ivx]{1,5})[.)]|\d{1,2}(?:\.\d{1,2}){1,3})"
    r"(?:(?P=mark)\s+|\s+|(?=[A-Z]))(?=\S)"
)
"""A marker inside the marks of emphasis: `**(a)** ...`, `**2. Calls.** ...`."""
_TAG = re.compile(r"\s*</?[A-Za-z][^<>]*>")
LONGEST_LINE = 5_000
"""Characters of a line of HTML in which a heading or an item is looked for."""
_NEVER_SEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|pre|textarea)\b.*?(?:</\1>|\Z)|<\?.*?(?:\?>|\Z)|<![A-Z].*?(?:>|\Z)",
    re.DOTALL | re.I,
)
_HTML_HEADING = re.compile(r"<h(?P<level>[1-6])\b[^<>]*>(?P<inner>.*?)</h[1-6]>", re.I)
_HTML_ITEM = re.compile(r"<li\b[^<>]*>(?P<inner>.*?)(?:</li>|$)", re.I)
_HTML_ANCHOR = re.compile(r"<a\b[^<>]*href=[\"']?#", re.I)
_ROW_ENDS = "| \t>"


class Blocks:
    """The blocks of a text from some character on."""

    def __init__(self, text: str, begin: int) -> None:
        self.found: list[Block] = []
        self._text = text
        self._lines = [line for line in _LINES.findall(text) if line]
        self._starts = [0, *accumulate(map(len, self._lines))]
        self._level = 1
        self._markers: list[str] = []
        parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable("table")
        parser.core.ruler.disable("inline")
        blanked = "\n" * len(_ENDS.findall(text[:begin])) + text[begin:]
        self._walk(parser.parse(blanked))

    def _walk(self, tokens: list[Token]) -> None:
        heading = depth = 0
        table = False
        for token in tokens:
            if token.type in {"bullet_list_open", "ordered_list_open"}:
                depth += 1
            elif token.type in {"bullet_list_close", "ordered_list_close"}:
                depth -= 1
            elif token.type == "list_item_open":
                self._markers.append(f"{token.info}{token.markup}")
            elif token.type == "list_item_close":
                self._markers.pop()
            elif token.type == "heading_open":
                heading = int(token.tag[1])
            elif token.type == "heading_close":
                heading = 0
            elif token.type in {"table_open", "table_close"}:
                table = token.type == "table_open"
            elif token.type == "tr_open" and token.map:
                self._row(token.map[0])
            elif token.type == "html_block" and token.map:
                self._html(*token.map)
            elif token.type == "inline" and token.map and not table:
                self._block(token.content.strip(), token.map, heading, depth)

    def _html(self, first: int, last: int) -> None:
        """Lines of HTML, with the text on them: what follows a tag without an empty line between belongs to it in Markdown."""
        begun: int | None = None
        end = 0
        seen = _NEVER_SEEN.sub(lambda hidden: re.sub(r"[^\r\n]", " ", hidden[0]), "".join(self._lines[first:last]))
        for number, line in enumerate((line for line in _LINES.findall(seen) if line), first):
            at = self._starts[number]
            short = len(line) <= LONGEST_LINE
            heading = _HTML_HEADING.search(line) if short else None
            item = _HTML_ITEM.search(line) if short and not heading else None
            found = heading or item
            start, stop = _between_tags(line, *(found.span("inner") if found else (0, len(line))))
            if begun is not None and (found or start == stop):
                self._add(begun, end, "paragraph", 0, "")
                begun = None
            if heading:
                self._level = int(heading["level"])
                self._add(at + start, at + stop, "heading", self._level, "")
            elif item:
                region: Region = "navigation" if _HTML_ANCHOR.search(item["inner"]) else "body"
                self._add(at + start, at + stop, "item", 1, "-", region)
            elif start < stop:
                begun = at + start if begun is None else begun
                end = at + stop
        if begun is not None:
            self._add(begun, end, "paragraph", 0, "")

    def _row(self, line: int) -> None:
        text = self._lines[line]
        start = self._starts[line] + len(text) - len(text.lstrip(_ROW_ENDS))
        self._add(start, start + len(text.strip().strip(_ROW_ENDS)), "paragraph", 0, "")

    def _block(self, content: str, lines: list[int], heading: int, depth: int) -> None:
        if not content or _UNSEEN.fullmatch(content):
            return
        first, last = lines[0], lines[1] - 1
        parts = content.split("\n")
        if not heading:
            last = min(last, first + len(parts) - 1)
        start = self._place(first, parts[0])
        end = self._place(last if len(parts) > 1 else first, parts[-1]) + len(parts[-1].rstrip())
        marker = ""
        if self._markers:
            marker, self._markers[-1] = self._markers[-1], ""
        bold = _BOLD.fullmatch(self._text, start, end)
        if heading:
            self._level = heading
            self._add(start, end, "heading", heading, marker)
        elif (
            bold
            and len(bold[2]) <= FAKE_HEADING
            and not bold[2].endswith((".", ";", ",", ":"))
            and marker[-1:] not in {"-", "*", "+"}
        ):
            self._add(bold.start(2), bold.end(2), "heading", min(6, self._level + 1), marker)
        else:
            region: Region = "navigation" if marker and _ANCHOR.fullmatch(content) else "body"
            self._split(start, end, "item" if depth else "paragraph", depth, marker, region)

    def _split(self, start: int, end: int, kind: BlockKind, depth: int, marker: str, region: Region) -> None:
        """One block, or several where lines of a paragraph begin with markers that Markdown does not know, such as `(a)`."""
        at = start
        before = ""
        for line in _LINES.findall(self._text, start, end):
            if at > start and _LISTING.search(before) and typed_marker(line.lstrip(" \t>")):
                self._add(start, at, kind, depth, marker, region)
                start, marker = at, ""
            before = line
            at += len(line)
        self._add(start, end, kind, depth, marker, region)

    def _place(self, line: int, content: str) -> int:
        """Where in the text a line's content begins; marks stand before it, and behind it only those of a heading."""
        text = self._lines[line].rstrip()
        content = content.strip()
        at = len(text) - len(content) if text.endswith(content) else text.rfind(content)
        return self._starts[line] + max(at, 0)

    def _add(self, start: int, end: int, kind: BlockKind, level: int, marker: str, region: Region = "body") -> None:
        text = self._text[start:end]
        start += len(text) - len(text.lstrip(" \t\r\n>"))
        text = self._text[start:end].rstrip()
        typed = typed_marker(text) if not marker or marker in "-*+" else None
        if typed and not (kind == "heading" and typed.marker in "-–—*+"):
            marker, text = typed.marker, typed.rest
            start = start + len(self._text[start:end].rstrip()) - len(text)
            if kind == "paragraph":
                kind, level = "item", typed.depth
        bold = _EMPHASISED.match(text) if not marker and kind != "heading" else None
        if bold:
            kind, level = ("item", 1 + bold["number"].count(".", 0, -1)) if kind == "paragraph" else (kind, level)
            marker, start, text = bold["number"], start + bold.end(), text[bold.end() :]
        text = text.strip()
        start = self._text.find(text, start) if text else start
        if text and (not self.found or start >= self.found[-1].end):
            self.found.append(Block(start=start, end=start + len(text), kind=kind, level=level, marker=marker, region=region))


def _between_tags(line: str, start: int, end: int) -> tuple[int, int]:
    """Where the text of a line of HTML begins and ends, tags before and behind it left out."""
    while tag := _TAG.match(line, start, end):
        start = tag.end()
    while start < end and line[start].isspace():
        start += 1
    while start < end:
        if line[end - 1].isspace():
            end -= 1
            continue
        opened = line.rfind("<", start, end) if line[end - 1] == ">" else -1
        if opened < 0 or not _TAG.fullmatch(line, opened, end):
            break
        end = opened
    return start, end
