"""A document goes to the reader that its first bytes ask for; what nothing reads is named, with what to do."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from fairwire.ports.documents import UnreadableDocument
from fairwire.runtime.reading import LARGEST, read_prose


def archive(**entries: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        for name, content in entries.items():
            zipped.writestr(name, content)
    return made.getvalue()


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        read_prose(path)
    return caught.value.sentence().replace(str(path), "FILE")


def test_the_text_comes_with_the_hash_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "aup.txt"
    path.write_bytes(b"\xef\xbb\xbfNo spam.\r\n")
    prose, sha256 = read_prose(path)
    assert (prose.kind, prose.text) == ("text", "No spam.\r\n")
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("aup.txt", b"<!DOCTYPE html><p>No spam.", "html"),
        ("aup.doc", b"\n<!-- saved -->\n<html><p>No spam.", "html"),
        ("aup", b"<HTML><p>No spam.", "html"),
        ("aup.HTM", b"<p>No spam.", "html"),
        ("AUP", b"No spam.", "text"),
        ("AUP.TXT", b"No <html> spam.", "text"),
    ],
)
def test_first_bytes_are_believed_before_the_name(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert read_prose(path)[0].kind == kind


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty; name the file that has the policy in it"),
        (b"{\\rtf1 No spam.}", "this is an RTF document; save it as DOCX or PDF"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "this is an old Word document, or one locked with a password; save it as DOCX or PDF, without a password",
        ),
        (
            archive(mimetype=b"application/vnd.oasis.opendocument.text"),
            "this is an OpenDocument file; save it as DOCX or PDF",
        ),
        (
            archive(notes=b"No spam."),
            "this is a zip archive that is no Word document; unpack it and name the policy, or save the policy as DOCX or PDF",
        ),
        (b"\x89PNG\r\n\x1a\n", "this is a picture; run OCR on it, then save the text as DOCX or PDF"),
        (b"\xff\xd8\xff\xe0", "this is a picture; run OCR on it, then save the text as DOCX or PDF"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "this is a picture; run OCR on it, then save the text as DOCX or PDF"),
        (b"\x1f\x8b\x08", "this is a compressed file; unpack it first"),
        (b"MIME-Version: 1.0\r\n", "this is a page saved as one MHTML file; save it from a browser as PDF, or as HTML only"),
    ],
)
@pytest.mark.parametrize("name", ["aup.txt", "aup.docx", "aup"])
def test_other_kinds_of_file_are_named_with_what_to_do(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path) == f"FILE: {sentence}"


def test_an_ending_that_nothing_reads_is_refused_with_those_that_are_read(tmp_path: Path) -> None:
    path = tmp_path / "aup.xyz"
    path.write_bytes(b"No spam.")
    said = refusal(path)
    assert said.startswith("FILE: nothing here reads `.xyz` files; save it as DOCX or PDF; what is read ends in ")
    assert {".htm", ".html", ".text", ".txt"} <= set(said.partition("ends in ")[2].split(", "))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "aup.pdf") == "FILE: no such file; look at its name"
    assert refusal(tmp_path) == "FILE: this is a folder; name the document in it that is the policy"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refusal(pipe) == "FILE: this is no ordinary file; name a document"
    assert refusal(tmp_path / "a\0b") == "FILE: no such file; look at its name"


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "aup.pdf"
    with path.open("wb") as stream:
        stream.truncate(LARGEST + 100_000_000)
    assert refusal(path) == (
        "FILE: it has 120.0 MB; the limit is 20 MB; leave its pictures out, or cut out the part that is the policy"
    )
