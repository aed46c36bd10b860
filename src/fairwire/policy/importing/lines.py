"""Blocks found in the lines of a text whose file knows no structure: headings, paragraphs, items with their markers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from msgspec import structs

from fairwire.model.prose import Block, BlockKind

BULLETS = "•◦▪▫●○■□‣⁃∙·➢➤►▶✓✔*–—-oO§"
"""What may stand before an item. `o`, `O`, `*` and dashes only with white space after them."""

_BULLET = re.compile(r"([•◦▪▫●○■□‣⁃∙·➢➤►▶✓✔]|(?:[*–—-]|[oO§])(?=\s))\s*(?=\S)")
_NUMBER = re.compile(
    r"(\(?(?:\d{1,2}(?:\.\d{1,2}){0,4}|[a-z]|[ivx]{1,5}|[IVX]{1,5}|[A-Z])[.)](?:(?<=[.])\d{1,2}[.)]?)*|\d{1,2}(?:\.\d{1,2}){1,4})\s+(?=\S)"
)
_SECTION = re.compile(
    r"((?:Section|Article|Clause|Part|SECTION|ARTICLE|CLAUSE|PART)\s+(?:\d{1,2}(?:\.\d{1,2})*|[IVX]{1,5})[.:)]?)\s*[-–:]?\s*(?=\S)"
)
_HASH = re.compile(r"(#{1,6})\s+(?=\S)")
_ENDS = re.compile(r"[.!?;:,]['\"”’)\]]*$")
_STOP = re.compile(r"[.!?;:]['\"”’)\]]*$")
_UNDERLINE = re.compile(r"[=\-_*~.–—]{3,}$")
_SMALL = frozenset(re.findall(r"\w+", "a an and as at by for from in into is of on or the to with your our its not no under"))
_VERBS = re.compile(
    r"\b(?:may|must|shall|should|will|can(?:not)?|is|are|was|were|be|been|has|have|do|does|agree|agrees|reserves?|means)\b", re.I
)
_LEADS = re.compile(r"\b(?:may|must|shall|should|will|can)\s+(?:not|also|never|only)$|\b(?:not|also|to|must|shall)$", re.I)
_GOES_ON = re.compile(r"(?:;|[;,]\s+(?:and|or))$", re.I)
_SYMBOL = re.compile(
    r"^[ \t]*([\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]\ufe0f?)[ \t]+(?=\S)", re.M
)
LONGEST_HEADING = 90
"""Characters; a longer line is a sentence."""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    """Of its first character that is not white space."""
    end: int
    indent: int
    text: str
    after_blank: bool
    before_blank: bool


def blocks_of(text: str) -> tuple[Block, ...]:
    """The blocks of a plain text, in its order.

    Lines that are cut at a fixed width are put together again; how wide that is, is read off the text itself.
    """
    lines = _lines(text)
    width = _wrap_width(lines)
    blocks: list[Block] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        marker, skipped = marker_of(line.text)
        last = index
        while last + 1 < len(lines) and _goes_on(lines[last], lines[last + 1], width):
            last += 1
        start, end = line.start + skipped, lines[last].end
        if start < end and not _UNDERLINE.match(text[start:end]):
            kind = _kind(text[start:end], marker, lines[index], lines[last], single=last == index)
            level = _level(marker, line.indent, kind)
            blocks.append(Block(start=start, end=end, kind=kind, level=level, marker=marker))
        index = last + 1
    return tuple(_nested(_numbered_headings(text, _unmarked_lists(text, blocks))))


def _unmarked_lists(text: str, blocks: list[Block]) -> list[Block]:
    """The lines of a list that nobody marked, as items: three or more together, under a line that they complete or that
    stands over them, hardly any of them ended by a full stop."""
    found = _semicolons(text, blocks)
    index = 0
    while index < len(found):
        stop = index + 1
        while stop < len(found) and found[stop].kind == "paragraph" and "\n\n" not in _gap(text, found, stop):
            stop += 1
        first = index if found[index].kind == "paragraph" else index + 1
        lines = [text[block.start : block.end] for block in found[first:stop]]
        over = first - 1 if first else None
        if lines and lines[0].endswith(":"):
            over, first, lines = first, first + 1, lines[1:]
        if over is not None and len(lines) >= 3 and _lists(lines) and found[over].kind == "paragraph":
            title = text[found[over].start : found[over].end]
            named = len(title.split()) <= 6 and not _ENDS.search(title) and title[0].isupper()
            leads = title.endswith(":") or _LEADS.search(title)
            if leads or (named and 2 * sum(len(line.split()) >= 5 for line in lines) >= len(lines)):
                found[first:stop] = [structs.replace(block, kind="item", level=1) for block in found[first:stop]]
                if not leads:
                    found[over] = structs.replace(found[over], kind="heading", level=2)
        index = stop
    return found


def _semicolons(text: str, blocks: Sequence[Block]) -> list[Block]:
    """The lines behind a colon that end in `;`, `, or` and the like, and the last of them, as items."""
    found = list(blocks)
    for index in range(len(found) - 2):
        if found[index].kind == "item" or not text[found[index].start : found[index].end].endswith(":"):
            continue
        stop = index + 1
        while stop < len(found) and found[stop].marker == "" and _GOES_ON.search(text[found[stop].start : found[stop].end]):
            stop += 1
        if stop > index + 1 and stop < len(found) and found[stop].kind == "paragraph" and not found[stop].marker:
            stop += 1
        if stop > index + 2:
            found[index + 1 : stop] = [structs.replace(block, kind="item", level=1) for block in found[index + 1 : stop]]
    return found


def _gap(text: str, blocks: Sequence[Block], index: int) -> str:
    return re.sub(r"[ \t\r]", "", text[blocks[index - 1].end : blocks[index].start])


def _lists(lines: Sequence[str]) -> bool:
    return not any("\n" in line for line in lines) and 4 * sum(line.endswith((".", "!", "?")) for line in lines) <= len(lines)


def with_symbols(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, those that begin with a symbol (`✔`, `🚫`) read as items; a line that begins with one begins an item."""
    found: list[Block] = []
    for block in blocks:
        words = text[block.start : block.end]
        if block.kind == "heading" or not _SYMBOL.search(words):
            found.append(block)
            continue
        starts = sorted({0, *(line.start() for line in _SYMBOL.finditer(words))})
        for start, end in pairwise([*starts, len(words)]):
            symbol = _SYMBOL.match(words, start)
            first = symbol.end() if symbol else start
            last = start + len(words[start:end].rstrip())
            if first < last:
                kind: BlockKind = "item" if symbol else block.kind
                found.append(
                    structs.replace(
                        block,
                        start=block.start + first,
                        end=block.start + last,
                        kind=kind,
                        level=max(1, block.level) if symbol else block.level,
                        marker=symbol.group(1) if symbol else block.marker,
                    )
                )
    return tuple(found)


def marker_of(line: str) -> tuple[str, int]:
    """(marker, characters up to the text behind it) of a line that begins an item; ("", 0) for none."""
    for pattern in (_BULLET, _SECTION, _NUMBER, _HASH):
        found = pattern.match(line)
        if found:
            # A page that was turned into text may give a bullet to an item that has its own number.
            own = _NUMBER.match(line, found.end()) if pattern is _BULLET else None
            return (own.group(1), own.end()) if own else (found.group(1), found.end())
    return "", 0


def style_of(marker: str, before: str = "") -> str:
    """What kind of marker it is: two items of one list have the same kind."""
    bare = marker.strip("().")
    if not re.search(r"\w", marker) or marker in ("o", "O", "§"):
        return marker
    if re.fullmatch(r"\d+", bare):
        return "(1" if marker.startswith("(") else "1"
    if re.fullmatch(r"[\d.]+", bare):
        return f"1{'.1' * bare.count('.')}"
    if re.fullmatch(r"[ivx]+", bare) and not (len(bare) == 1 and before in ("h", "u", "w")):
        return "i"
    if (re.fullmatch(r"[IVX]+", bare) and len(bare) > 1) or bare == "I":
        return "I"
    return "a" if bare.islower() else "A"


def _numbered_headings(text: str, blocks: list[Block]) -> list[Block]:
    """`4. Things you must not do` over `4.1 ...` is a heading, however it is written."""
    found = list(blocks)
    for place, (block, following) in enumerate(pairwise(blocks)):
        number = block.marker.rstrip(".):")
        words = text[block.start : block.end]
        own = following.marker.startswith(f"{number}.")
        # Or it stands over a paragraph, or over a list of another kind.
        over = style_of(following.marker) != style_of(block.marker) and len(words.split()) <= 8 and "\n" not in words
        if (
            block.kind == "item"
            and number[:1].isdigit()
            and (own or over)
            and len(words.split()) <= 12
            and not _ENDS.search(words)
        ):
            found[place] = structs.replace(block, kind="heading", level=2 + number.count("."))
    return found


def _nested(blocks: list[Block]) -> list[Block]:
    """The blocks with the depth that the markers tell where the indent does not: `(i)` under `(b)`."""
    found: list[Block] = []
    open_: list[tuple[int, str]] = []
    before = ""
    for block in blocks:
        if block.kind != "item":
            open_.clear()
            found.append(block)
            continue
        key = (block.level, style_of(block.marker, before))
        before = block.marker.strip("().")
        if key in open_:
            del open_[open_.index(key) + 1 :]
        else:
            while open_ and open_[-1][0] > key[0]:
                open_.pop()
            open_.append(key)
        found.append(structs.replace(block, level=len(open_)))
    return found


def looks_like_heading(text: str) -> bool:
    """Whether a short line reads as a heading: no sentence, and written like a title."""
    if text.upper() == text and len(text) <= 2 * LONGEST_HEADING and len(text.split()) <= 20 and re.search(r"[^\W\d_]{3}", text):
        return not re.search(r"[.!:]\W*$", text)
    if len(text) > LONGEST_HEADING or _STOP.search(text) or _GOES_ON.search(text) or not re.search(r"[^\W\d_]{2}", text):
        return False
    words = re.findall(r"[^\W\d_][\w'’&/-]*", text)
    if not words or len(words) > 12:
        return False
    if text.upper() == text:
        return True
    big = [word for word in words if word.casefold() not in _SMALL]
    capital = sum(word[0].isupper() for word in big)
    if len(words) <= 4 and words[0][0].isupper() and not _VERBS.search(text):
        return True
    return bool(big) and capital / len(big) >= 0.6 and not (len(words) > 5 and _VERBS.search(text) and capital < len(big))


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    blank = True
    place = 0
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip()
        if stripped:
            lead = len(raw) - len(raw.lstrip())
            start = place + lead
            found.append(
                _Line(
                    start, start + len(stripped), len(raw[:lead].expandtabs(4)), stripped, after_blank=blank, before_blank=False
                )
            )
        elif found and not blank:
            found[-1] = _with_blank(found[-1])
        blank = not stripped
        place += len(raw)
    if found:
        found[-1] = _with_blank(found[-1])
    return found


def _with_blank(line: _Line) -> _Line:
    return _Line(line.start, line.end, line.indent, line.text, after_blank=line.after_blank, before_blank=True)


def _wrap_width(lines: list[_Line]) -> int:
    """The width at which the text's lines are cut; 0 when each paragraph is one line.

    A line that was cut at a width has no room left for the first word of the next one; the items of a list that nobody marked
    end anywhere.
    """
    longest = max((line.indent + len(line.text) for line in lines), default=0)
    if not 45 <= longest <= 160:
        return 0
    inside = [(line, after) for line, after in pairwise(lines) if not line.before_blank and not _STOP.search(line.text)]
    widths = sorted(line.indent + len(line.text) for line, _ in inside)
    width = widths[int(0.9 * (len(widths) - 1))] if widths else 0
    full = sum(_is_full(line, after, width) for line, after in inside)
    return width if width >= 45 and full >= 0.6 * len(inside) else 0


def _is_full(line: _Line, following: _Line, width: int) -> bool:
    """Whether the first word of the next line would not have fitted."""
    return line.indent + len(line.text) + 1 + len(following.text.split(maxsplit=1)[0]) > width - 8


def _goes_on(line: _Line, following: _Line, width: int) -> bool:
    """Whether the next line is the same paragraph."""
    if line.before_blank or marker_of(following.text)[0]:
        return False
    if width and _is_full(line, following, width):
        return not (_STOP.search(line.text) and looks_like_heading(following.text))
    first = following.text[0]
    return not _ENDS.search(line.text) and first.islower() and not looks_like_heading(line.text)


def _kind(text: str, marker: str, first: _Line, last: _Line, *, single: bool) -> BlockKind:
    if marker.startswith("#"):
        return "heading"
    heading = single and looks_like_heading(text)
    if not marker:
        return "heading" if heading and (first.after_blank or last.before_blank) else "paragraph"
    numbered = bool(re.match(r"[\dA-Z(]|Section|Article|Clause|Part", marker, re.I)) and marker[0] not in BULLETS
    if heading and numbered and (first.after_blank or last.before_blank) and len(text.split()) <= 8:
        return "heading"
    return "item"


def _level(marker: str, indent: int, kind: BlockKind) -> int:
    if kind == "heading":
        if marker.startswith("#"):
            return len(marker)
        return 2 + marker.strip(".)(").count(".") if marker[:1].isdigit() else 2
    if kind == "item":
        return 1 + min(indent // 2, 8)
    return 0
