"""Readers of policy documents: text, Markdown, HTML, PDF, Word. One folder each, found by name; what they share stands here.

`decode` turns bytes into text, and `Composer` puts together the text of a file that is not text, a line a block.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from fairwire.model.prose import Block, BlockKind, Prose, Region
from fairwire.ports.documents import UnreadableDocument

MANY_CONTROLS = 0.001
"""Share of control characters above which a file is data, whatever it is called. Our choice: text has none but ends of
lines, tabs and form feeds; a stray one is survived."""

FEW_BEYOND_ASCII = 0.12
"""Share of letters beyond ASCII up to which a file that is not UTF-8 is taken for Western European, one byte a letter. Our
choice: French has some 4 %, German 2 %; Cyrillic and Asian texts have 60 % and more, and would come out as noise."""

WAY_OUT = "save it as UTF-8 text, DOCX or PDF"

_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FOLD = re.compile(r"[ \t\xa0\u2000-\u200a\u202f\u205f\u3000]+")
_DROPPED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\xad\u200b\u200c\u2060\ufeff]|[\ud800-\udfff]")
_LINE_ENDS = re.compile(r" ?(?:\r\n|[\n\r\v\f\x85\u2028\u2029]) ?")
_BULLET = r"(?P<bullet>[•‣◦▪▫●○■□∙·➢➤✓\uf0b7\uf0a7\uf0d8]|[-–—*+](?=\s))\s*(?=\w|[\"'“‘(\[])"
_DOTTED = r"\d{1,3}(?:\.\d{1,3}){1,4}"
_PLAIN = rf"{_DOTTED}|\d{{1,3}}|[A-Za-z]|[ivx]{{2,5}}|[IVX]{{2,5}}"
_MARKER = re.compile(rf"{_BULLET}|(?P<number>\((?:{_PLAIN})\)|(?:{_PLAIN})[.)]|{_DOTTED}(?=\s+[A-Z“\"]))\s+(?=\S)")


_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


class Decoded(NamedTuple):
    """A file as text."""

    text: str
    notes: tuple[str, ...] = ()


def mark_of(data: bytes) -> tuple[str, str, int] | None:
    """The encoding that the first bytes announce, its name for people, and how many bytes say so; None for no mark."""
    for mark, encoding, called in _MARKS:
        if data.startswith(mark):
            return encoding, called, len(mark)
    return None


def decode(data: bytes, *, file: str) -> Decoded:
    """The text of a file that declares nothing but, at most, by a byte order mark.

    Raises
    ------
    UnreadableDocument
        It is not text, or in an encoding that cannot be told.
    """
    marked = mark_of(data)
    if marked:
        encoding, called, length = marked
        try:
            return refuse_data(Decoded(data[length:].decode(encoding)), file=file)
        except UnicodeDecodeError as error:
            raise UnreadableDocument(
                f"its first bytes say {called}, and byte {error.start + length:,} is no such text", at=file, help_=WAY_OUT
            ) from None
    if b"\0" in data:
        raise UnreadableDocument(f"byte {data.index(0):,} is NUL, so it is not text", at=file, help_=WAY_OUT)
    try:
        return refuse_data(Decoded(data.decode("utf-8")), file=file)
    except UnicodeDecodeError:
        return refuse_data(decode_western(data, file=file), file=file)


def decode_western(data: bytes, *, file: str) -> Decoded:
    """Text of one byte a letter, as Windows-1252, where that is likely."""
    beyond = len(data) - len(data.translate(None, bytes(range(160, 256))))
    if beyond <= FEW_BEYOND_ASCII * len(data):
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            pass
        else:
            return Decoded(text, ("it is not UTF-8 and was read as Windows-1252: look at quotes, dashes and accents",))
    raise UnreadableDocument("neither UTF-8 nor Western European text", at=file, help_=WAY_OUT)


def refuse_data(decoded: Decoded, *, file: str) -> Decoded:
    """The same, unless it is data that happens to decode."""
    text = decoded.text
    controls = len(_CONTROLS.findall(text))
    if "\0" in text:
        raise UnreadableDocument(f"character {text.index(chr(0)):,} is NUL, so it is not text", at=file, help_=WAY_OUT)
    if controls > MANY_CONTROLS * len(text) + 1:
        raise UnreadableDocument(f"{controls:,} control characters stand in it, so it is not text", at=file, help_=WAY_OUT)
    return decoded


def fold(text: str) -> str:
    """Runs of blanks as one, ends of lines as `\\n`, and nothing that cannot be seen."""
    return _LINE_ENDS.sub("\n", _FOLD.sub(" ", _DROPPED.sub("", text))).strip()


class Typed(NamedTuple):
    """A marker that somebody typed, and what stands behind it."""

    marker: str
    rest: str
    depth: int
    """1; of `2.3` it is 2."""


def typed_marker(text: str) -> Typed | None:
    """`1.`, `2.3`, `(a)`, `iv)` or a bullet at the beginning of a paragraph; None for none."""
    found = _MARKER.match(text)
    if not found or found.end() == len(text):
        return None
    if found["bullet"]:
        bullet = found["bullet"]
        return Typed("•" if "\ue000" <= bullet <= "\uf8ff" else bullet, text[found.end() :], 1)
    number = found["number"]
    return Typed(number, text[found.end() :], 1 + len(re.findall(r"\d(?=\.\d)", number)))


def numeral(number: int, style: str) -> str:
    """A number as a list whose first is `1`, `a`, `A`, `i` or `I` writes it; what letters cannot write stays a number."""
    if style not in {"a", "A", "i", "I"} or not 0 < number < 4000:
        return str(number)
    text = ""
    if style in {"a", "A"}:
        while number:
            number, left = divmod(number - 1, 26)
            text = chr(ord("a") + left) + text
    else:
        for value, letters in _ROMAN:
            count, number = divmod(number, value)
            text += letters * count
    return text.upper() if style.isupper() else text


class Composer:
    """Puts the text of a document together, a line a block, and remembers what stands where."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._styled = 1

    def __len__(self) -> int:
        return len(self._blocks)

    def add(self, text: str, *, kind: BlockKind = "paragraph", level: int = 0, marker: str = "", region: Region = "body") -> None:
        """Append a block; white space is folded, and nothing comes of nothing.

        A heading of level 0 is one by its looks only, and stands below the last that says its level. A marker that was typed
        goes into `marker`; a paragraph that begins with one is an item, of `level` at least, but not in a header or footer.
        """
        text = fold(text)
        typed = typed_marker(text) if marker in {"", "•"} and region in {"body", "aside"} else None
        if typed and not (kind == "heading" and typed.marker in "-–—*+•·"):
            marker, text = typed.marker, typed.rest.strip()
            if kind == "paragraph":
                kind, level = "item", max(level, typed.depth)
        if kind == "paragraph":
            level = 0
        if not text:
            return
        if kind == "heading":
            self._styled = level or self._styled
            level = level or min(6, self._styled + 1)
        line = f"{marker} {text}" if marker else text
        end = self._length + len(line)
        self._lines.append(line)
        self._blocks.append(Block(start=end - len(text), end=end, kind=kind, level=level, marker=marker, region=region))
        self._length = end + 1

    def add_row(self, cells: Sequence[str], *, region: Region = "body") -> None:
        """Append a row of a table as a paragraph; a first cell that holds a marker only is one."""
        filled = [text for text in map(fold, cells) if text]
        if len(filled) == 2 and typed_marker(f"{filled[0]} X"):
            self.add(" ".join(filled), region=region)
        else:
            self.add(" | ".join(text.replace("\n", " ") for text in filled), region=region)

    def prose(
        self, kind: Literal["html", "pdf", "docx"], *, title: str = "", language: str = "", notes: tuple[str, ...] = ()
    ) -> Prose:
        """All that was added."""
        text = "\n".join(self._lines)
        return Prose(
            kind=kind, text=text, blocks=tuple(self._blocks), title=fold(title).replace("\n", " "), language=language, notes=notes
        )
