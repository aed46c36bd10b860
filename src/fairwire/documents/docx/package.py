"""The zip archive that a Word document is: only what is needed is inflated, and only within bounds.

XML comes from strangers. A document type, and with it every entity, is refused: Word never writes one.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from xml.etree import ElementTree

from fairwire.ports.documents import UnreadableDocument

MOST_ENTRIES = 10_000
MOST_BYTES = 300_000_000
"""Inflated, of all entries together: what a 20 MB document full of pictures stays far under."""

MOST_XML = 40_000_000
"""Inflated, of one part that is read. The text of 500 pages has some 5 MB."""

MOST_RATIO = 150
"""Inflated to packed, of all entries together and of each part that is read; small ones are free. Word's XML shrinks to a
tenth or a twentieth."""

FREE = 5_000_000
MOST_ELEMENTS = 2_000_000
DEEPEST = 300

AGAIN = "open it in a word processor and save it as DOCX or PDF anew"
_SUSPECT = "do not open it; ask whoever sent it for a PDF"

_PREFIXES = (
    ("http://schemas.openxmlformats.org/wordprocessingml/2006/main", ""),
    ("http://purl.oclc.org/ooxml/wordprocessingml/main", ""),
    ("http://schemas.openxmlformats.org/markup-compatibility/2006", "mc:"),
    ("http://schemas.openxmlformats.org/officeDocument/2006/relationships", "r:"),
    ("http://purl.oclc.org/ooxml/officeDocument/relationships", "r:"),
    ("http://schemas.openxmlformats.org/package/2006/relationships", "rel:"),
    ("http://schemas.openxmlformats.org/officeDocument/2006/math", "m:"),
    ("http://schemas.openxmlformats.org/drawingml/2006/main", "a:"),
    ("http://purl.org/dc/elements/1.1/", "dc:"),
    ("urn:schemas-microsoft-com:vml", "v:"),
)
_SHORT = dict(_PREFIXES)
_MAIN = re.compile(rb"word/document\d{0,3}\.xml")

Element = ElementTree.Element
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)


class Package:
    """A Word document as its parts, by name.

    Raises
    ------
    UnreadableDocument
        It is no whole archive, or one made to burst.
    """

    def __init__(self, data: bytes, *, file: str) -> None:
        self._file = file
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except (*_BROKEN, IndexError, TypeError):
            raise self.refusal("it is cut off or broken: no whole zip archive", AGAIN) from None
        inflated = sum(entry.file_size for entry in entries)
        if len(entries) > MOST_ENTRIES:
            raise self.refusal(f"{len(entries):,} entries are packed in it; the limit is {MOST_ENTRIES:,}", _SUSPECT)
        if inflated > MOST_BYTES:
            raise self.refusal(f"it would unpack to {inflated / 1e6:,.0f} MB; the limit is {MOST_BYTES / 1e6:,.0f} MB", _SUSPECT)
        self._refuse_ratio(inflated, min(len(data), sum(entry.compress_size for entry in entries)), "it")
        self._names = {entry.filename.lstrip("/"): entry for entry in entries}
        self.main = self._main()

    def refusal(self, message: str, todo: str = AGAIN) -> UnreadableDocument:
        """An error about this document."""
        return UnreadableDocument(message, at=self._file, help_=todo)

    def part(self, name: str) -> Element | None:
        """A part as a tree; None where the document has none of that name."""
        entry = self._names.get(name)
        if entry is None:
            return None
        if entry.file_size > MOST_XML:
            raise self.refusal(
                f"its part {name} would unpack to {entry.file_size / 1e6:,.0f} MB; the limit is {MOST_XML / 1e6:,.0f} MB",
                _SUSPECT,
            )
        self._refuse_ratio(entry.file_size, entry.compress_size, f"its part {name}")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.refusal(f"its part {name} is packed in a way that DOCX does not know")
        try:
            with self._zip.open(entry) as stream:
                content = stream.read(MOST_XML + 1)
        except _BROKEN as error:
            raise self.refusal(f"its part {name} is cut off, locked or broken") from error
        return self._parse(content, name)

    def related(self, part: str) -> dict[str, str]:
        """Relationship id -> name of the part it leads to, of a part."""
        folder, name = posixpath.split(part)
        tree = self.part(posixpath.join(folder, "_rels", f"{name}.rels"))
        if tree is None:
            return {}
        return {
            relation.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
            for relation in tree.iter("rel:Relationship")
            if relation.get("TargetMode") != "External"
        }

    def beside(self, name: str) -> Element | None:
        """A part in the same folder as the main one."""
        return self.part(posixpath.join(posixpath.dirname(self.main), name))

    def _main(self) -> str:
        for name in self.related("").values():
            if name in self._names and _MAIN.fullmatch(name.encode("utf-8", "replace")):
                return name
        found = next((name for name in sorted(self._names) if _MAIN.fullmatch(name.encode("utf-8", "replace"))), None)
        if found is None:
            raise self.refusal("there is no word/document.xml in it, so it is no Word document", "save the policy as DOCX or PDF")
        return found

    def _refuse_ratio(self, inflated: int, packed: int, what: str) -> None:
        if inflated > FREE and inflated > MOST_RATIO * max(1, packed):
            ratio = inflated // max(1, packed)
            raise self.refusal(f"{what} would unpack to {ratio:,} times its size; the limit is {MOST_RATIO} times", _SUSPECT)

    def _parse(self, content: bytes, name: str) -> Element:
        parser = ElementTree.XMLParser(target=_Builder())  # noqa: S314 - `_Builder` lets no document type through, and bounds nesting and size
        try:
            parser.feed(content)
            return parser.close()
        except _Refused as refused:
            raise self.refusal(f"its part {name} {refused}", _SUSPECT) from None
        except (ElementTree.ParseError, ValueError, LookupError, AssertionError) as error:
            line, column = getattr(error, "position", (1, 0))
            raise self.refusal(f"its part {name} is broken at line {line}, column {column + 1}") from None


def is_word(data: bytes) -> bool:
    """Whether the bytes are an archive that names a Word document's main part."""
    return data.startswith(b"PK\x03\x04") and _MAIN.search(data) is not None


class _Refused(Exception):
    """What a part holds that no word processor writes."""


class _Builder(ElementTree.TreeBuilder):
    """A tree with short names, within bounds."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0
        self._names: dict[str, str] = {}

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse it, before any entity is."""
        raise _Refused("declares a document type, which no word processor writes")

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        """Open an element."""
        self._depth += 1
        self._count += 1
        if self._depth > DEEPEST:
            raise _Refused(f"is nested more than {DEEPEST} deep")
        if self._count > MOST_ELEMENTS:
            raise _Refused(f"has more than {MOST_ELEMENTS:,} elements")
        return super().start(self._short(tag), {self._short(key): value for key, value in attrs.items()})

    def end(self, tag: str) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(self._short(tag))

    def _short(self, name: str) -> str:
        short = self._names.get(name)
        if short is None:
            space, _, local = name.rpartition("}")
            prefix = _SHORT.get(space[1:], f"{space[1:]}:" if space else "")
            short = self._names[name] = prefix + local
        return short
