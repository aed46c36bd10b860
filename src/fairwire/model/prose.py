"""A document as read: its text, and what stands where in it. Made by the readers under `documents`, whatever the file was."""

from __future__ import annotations

from typing import Literal

import msgspec

BlockKind = Literal["heading", "paragraph", "item"]
Region = Literal["body", "navigation", "header", "footer", "aside"]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One heading, paragraph or list item: `prose.text[start:end]`, without its marker and without white space round it."""

    start: int
    end: int
    kind: BlockKind = "paragraph"
    level: int = 0
    """Of a heading: 1 (title) to 6. Of an item: its depth, 1 outermost. Else 0."""
    marker: str = ""
    """What stands before an item or a numbered heading, as written or as the file numbers it: `1.`, `(a)`, `2.3`, `•`."""
    region: Region = "body"
    """Where the file itself says that it stands, such as `<nav>`; `body` where it says nothing."""


class Prose(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a document."""

    kind: Literal["text", "markdown", "html", "pdf", "docx"]
    text: str
    """For `text` and `markdown` the file as decoded, nothing changed; else what a reader of the document sees, a line a block."""
    blocks: tuple[Block, ...] | None = None
    """In the order of the text, none inside another. None: the file knows no structure; it is found in the lines of `text`."""
    title: str = ""
    """From the file's own properties (`<title>`, core properties); empty for none."""
    language: str = ""
    """As the file declares it (`<html lang>`), such as `en-GB`; empty for nothing."""
    notes: tuple[str, ...] = ()
    """One sentence each for people: what could not be read, and where (`page 3 holds no text, only a picture`)."""
