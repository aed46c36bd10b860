"""A policy document from disk: which reader it is for, and its text."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fairwire.model.prose import Prose
from fairwire.ports.documents import DocumentReader, UnreadableDocument
from fairwire.runtime import discovery

LARGEST = 20_000_000
"""Bytes of the largest file that is read. A policy of 500 pages, as the heaviest kind of file, has a tenth of it."""

_SAVE = "save it as DOCX or PDF"
_SAVE_TEXT = "save the text as DOCX or PDF"

_OTHERS: tuple[tuple[bytes, int, str, str], ...] = (
    (b"{\\rtf", 0, "an RTF document", _SAVE),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0,
        "an old Word document, or one locked with a password",
        f"{_SAVE}, without a password",
    ),
    (b"mimetypeapplication/vnd.oasis.opendocument", 30, "an OpenDocument file", _SAVE),
    (b"mimetypeapplication/epub", 30, "an EPUB book", _SAVE),
    (
        b"PK\x03\x04",
        0,
        "a zip archive that is no Word document",
        "unpack it and name the policy, or save the policy as DOCX or PDF",
    ),
    (b"PK\x05\x06", 0, "an empty zip archive", _SAVE_TEXT),
    (b"\x89PNG\r\n", 0, "a picture", "run OCR on it, then save the text as DOCX or PDF"),
    (b"\xff\xd8\xff", 0, "a picture", "run OCR on it, then save the text as DOCX or PDF"),
    (b"GIF8", 0, "a picture", "run OCR on it, then save the text as DOCX or PDF"),
    (b"II*\0", 0, "a picture", "run OCR on it, then save the text as DOCX or PDF"),
    (b"MM\0*", 0, "a picture", "run OCR on it, then save the text as DOCX or PDF"),
    (b"WEBP", 8, "a picture", "run OCR on it, then save the text as DOCX or PDF"),
    (b"\x1f\x8b", 0, "a compressed file", "unpack it first"),
    (b"\xfd7zXZ\0", 0, "a compressed file", "unpack it first"),
    (b"(\xb5/\xfd", 0, "a compressed file", "unpack it first"),
    (b"BZh", 0, "a compressed file", "unpack it first"),
    (b"7z\xbc\xaf'\x1c", 0, "a compressed file", "unpack it first"),
    (b"%!PS", 0, "a PostScript file", "convert it to PDF"),
    (b"MIME-Version:", 0, "a page saved as one MHTML file", "save it from a browser as PDF, or as HTML only"),
    (b"From: <Saved by", 0, "a page saved as one MHTML file", "save it from a browser as PDF, or as HTML only"),
)


def read_prose(path: str | Path) -> tuple[Prose, str]:
    """The text of a policy document, and the SHA-256 of the file in hexadecimal digits.

    What the first bytes say is believed before what the name ends in: people rename files, and sites serve pages as `.doc`.

    Raises
    ------
    UnreadableDocument
        There is no such file, it is too large, of a kind that nothing here reads, or broken; with what to do.
    """
    data = _bytes_of(Path(path))
    file = str(path)
    if not data:
        raise UnreadableDocument("the file is empty", at=file, help_="name the file that has the policy in it")
    return _reader_for(data, Path(path)).read(data, file=file), hashlib.sha256(data).hexdigest()


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UnreadableDocument("this is a folder", at=str(path), help_="name the document in it that is the policy")
        if not path.exists():
            raise UnreadableDocument("no such file", at=str(path), help_="look at its name")
        if not path.is_file():
            raise UnreadableDocument("this is no ordinary file", at=str(path), help_="name a document")
        size = path.stat().st_size
        with path.open("rb") as stream:
            data = stream.read(size if size <= LARGEST else 0)
    except (OSError, ValueError) as error:  # a name with a NUL in it is a ValueError
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableDocument(f"cannot be read: {said}", at=str(path), help_="name a document that you may read") from None
    if size > LARGEST:
        raise UnreadableDocument(
            f"it has {size / 1e6:,.1f} MB; the limit is {LARGEST / 1e6:,.0f} MB",
            at=str(path),
            help_="leave its pictures out, or cut out the part that is the policy",
        )
    return data


def _reader_for(data: bytes, path: Path) -> DocumentReader:
    readers: list[DocumentReader] = [discovery.load("documents", name) for name in discovery.names("documents")]
    for reader in readers:
        if reader.recognises(data):
            return reader
    for signature, offset, what, todo in _OTHERS:
        if data.startswith(signature, offset):
            raise UnreadableDocument(f"this is {what}", at=str(path), help_=todo)
    ending = path.suffix.lower()
    for reader in readers:
        if ending in reader.suffixes or (not ending and reader.name == "text"):
            return reader
    known = ", ".join(sorted(suffix for reader in readers for suffix in reader.suffixes))
    raise UnreadableDocument(f"nothing here reads `{ending}` files", at=str(path), help_=f"{_SAVE}; what is read ends in {known}")
