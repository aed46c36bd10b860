"""Markdown: the file as it stands, and which of its characters are a heading, a paragraph or an item."""

from __future__ import annotations

import re

from fairwire.documents import decode
from fairwire.documents.markdown.blocks import Blocks
from fairwire.model.prose import Prose
from fairwire.ports.documents import UnreadableDocument

_FRONT = re.compile(r"(---|\+\+\+)[ \t]*(?:\r\n|\r|\n)(.*?)(?:^|(?<=[\r\n]))(?:\1|\.\.\.)[ \t]*(?=[\r\n]|$)", re.DOTALL)
_FIELD = r"^{}[ \t]*[:=][ \t]*(?:\"([^\"\r\n]*)\"|'([^'\r\n]*)'|([^\r\n#]*))"
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}")


class _Markdown:
    name = "markdown"
    suffixes = (".md", ".markdown", ".mdown", ".mkd")

    def recognises(self, data: bytes) -> bool:
        """Markdown has no signature."""
        return False

    def read(self, data: bytes, *, file: str) -> Prose:
        """Decode, and find the blocks; the text keeps its marks, so that offsets hold in the file that people have."""
        text, notes = decode(data, file=file)
        front = _FRONT.match(text)
        blocks = Blocks(text, front.end() if front else 0).found
        if not blocks:
            raise UnreadableDocument("the file holds no text", at=file, help_="name the file that has the policy in it")
        language = _field(front, "lang") or _field(front, "language")
        return Prose(
            kind="markdown",
            text=text,
            blocks=tuple(blocks),
            title=_field(front, "title"),
            language=language if _LANGUAGE.fullmatch(language) else "",
            notes=notes,
        )


def _field(front: re.Match[str] | None, name: str) -> str:
    found = re.search(_FIELD.format(name), front[2].replace("\r", "\n"), re.MULTILINE) if front else None
    return " ".join((found[1] or found[2] or found[3] or "").split()) if found else ""


DOCUMENT = _Markdown()
