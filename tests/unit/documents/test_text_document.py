"""Text comes as it stands in the file, or not at all."""

from __future__ import annotations

import pytest

from fairwire.documents.text import DOCUMENT
from fairwire.ports.documents import UnreadableDocument

GUESSED = ("it is not UTF-8 and was read as Windows-1252: look at quotes, dashes and accents",)


@pytest.mark.parametrize(
    ("data", "text", "notes"),
    [
        ("1. No spam –\r\n\tever\n".encode(), "1. No spam –\r\n\tever\n", ()),
        ("No spam –".encode("utf-8-sig"), "No spam –", ()),
        ("No spam –".encode("utf-16"), "No spam –", ()),
        (b"\xfe\xff" + "No spam –".encode("utf-16-be"), "No spam –", ()),
        ("No spam –".encode("utf-32"), "No spam –", ()),
        (b"No \x93spam\x94 \x96 ever", "No “spam” – ever", GUESSED),
        (b"page one\x0cpage two", "page one\x0cpage two", ()),
        ("Никакого спама".encode(), "Никакого спама", ()),
    ],
)
def test_text_is_decoded_and_not_a_character_is_changed(data: bytes, text: str, notes: tuple[str, ...]) -> None:
    prose = DOCUMENT.read(data, file="aup.txt")
    assert (prose.text, prose.notes, prose.blocks) == (text, notes, None)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file is empty; name the file that has the policy in it"),
        (b" \r\n\t", "the file is empty; name the file that has the policy in it"),
        (b"No spam\0", "byte 7 is NUL, so it is not text; save it as UTF-8 text, DOCX or PDF"),
        ("No spam".encode("utf-16-le"), "byte 1 is NUL, so it is not text; save it as UTF-8 text, DOCX or PDF"),
        (b"\xff\xfeN\0o", "its first bytes say UTF-16, and byte 4 is no such text; save it as UTF-8 text, DOCX or PDF"),
        (b"\xff\xfeN\0\0\0o\0", "character 1 is NUL, so it is not text; save it as UTF-8 text, DOCX or PDF"),
        (b"\x01\x02\x03 spam", "3 control characters stand in it, so it is not text; save it as UTF-8 text, DOCX or PDF"),
        ("Никакого спама".encode("koi8-r"), "neither UTF-8 nor Western European text; save it as UTF-8 text, DOCX or PDF"),
        (b"No spam at all \x81", "neither UTF-8 nor Western European text; save it as UTF-8 text, DOCX or PDF"),
    ],
)
def test_what_is_not_text_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        DOCUMENT.read(data, file="aup.txt")
    assert caught.value.sentence() == f"aup.txt: {sentence}"
