"""Markdown stays as it stands in the file; its blocks are pieces of it without their marks."""

from __future__ import annotations

import pytest

from fairwire.documents.markdown import DOCUMENT
from fairwire.model.prose import Prose
from fairwire.ports.documents import UnreadableDocument


def read(text: str) -> Prose:
    return DOCUMENT.read(text.encode(), file="aup.md")


def told(prose: Prose) -> list[tuple[str, int, str, str]]:
    return [(block.kind, block.level, block.marker, prose.text[block.start : block.end]) for block in prose.blocks or ()]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_text_is_the_file_s_own_and_blocks_stand_in_it_whatever_ends_its_lines(end: str) -> None:
    text = end.join(
        ["---", "title: 'Fair use'", "language: en", "---", "# Fair use", "", "No spam", "at all.", "", "1. No resale."]
    )
    prose = read(text)
    assert prose.text == text
    assert (prose.title, prose.language) == ("Fair use", "en")
    assert told(prose) == [
        ("heading", 1, "", "Fair use"),
        ("paragraph", 0, "", f"No spam{end}at all."),
        ("item", 1, "1.", "No resale."),
    ]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("## Scope ##", [("heading", 2, "", "Scope")]),
        ("# 2.1 Scope", [("heading", 1, "2.1", "Scope")]),
        ("Scope\n===", [("heading", 1, "", "Scope")]),
        ("# A\n\n**Scope**", [("heading", 1, "", "A"), ("heading", 2, "", "Scope")]),
        ("**No spam.**", [("paragraph", 0, "", "**No spam.**")]),
        ("1. 1", [("item", 1, "1.", "1")]),
        ("7) seven\n8) eight", [("item", 1, "7)", "seven"), ("item", 1, "8)", "eight")]),
        ("* a\n  - b\n    + c", [("item", 1, "*", "a"), ("item", 2, "-", "b"), ("item", 3, "+", "c")]),
        ("- a) b", [("item", 1, "a)", "b")]),
        ("- # Scope\n- b", [("heading", 1, "-", "Scope"), ("item", 1, "-", "b")]),
        ("> No spam", [("paragraph", 0, "", "No spam")]),
        ("(a) b;\n(c) d", [("item", 1, "(a)", "b;"), ("item", 1, "(c)", "d")]),
        ("within five\n(5) days", [("paragraph", 0, "", "within five\n(5) days")]),
        ("|a|b|\n|-|-|\n|c|d|", [("paragraph", 0, "", "a|b"), ("paragraph", 0, "", "c|d")]),
        ("• b", [("item", 1, "•", "b")]),
    ],
)
def test_marks_are_no_part_of_a_block(text: str, blocks: list[tuple[str, int, str, str]]) -> None:
    assert told(read(text)) == blocks


@pytest.mark.parametrize(
    "unseen",
    [
        "<!-- no resale -->",
        "<!--\nno resale\n\nnone at all\n-->",
        "<style>\nno resale\n</style>",
        "<script>\n'no resale'\n</script>",
        "```\nno resale\n```",
        "    no resale",
        "***",
        "![no resale](a.png)",
        "[a]: b 'c'",
    ],
)
def test_code_comments_html_and_pictures_are_no_paragraphs(unseen: str) -> None:
    assert [block[3] for block in told(read(f"No spam.\n\n{unseen}\n\nNo spoofing."))] == ["No spam.", "No spoofing."]


def test_what_stands_between_tags_is_read_where_it_stands() -> None:
    text = (
        "<h2>Lines</h2>\nNo spam.\n<!-- no\nresale -->\n<div>\nNo spoofing,\nnone.\n</div>\n<ul><li><b>No</b> scans</li></ul>\n"
    )
    assert told(read(text)) == [
        ("heading", 2, "", "Lines"),
        ("paragraph", 0, "", "No spam."),
        ("paragraph", 0, "", "No spoofing,\nnone."),
        ("item", 1, "-", "No</b> scans"),
    ]


def test_a_list_of_places_in_the_text_is_navigation() -> None:
    prose = read("- [Spam](#spam)\n- [Law](https://law.example)\n")
    assert [block.region for block in prose.blocks or ()] == ["navigation", "body"]


def test_three_dashes_that_nothing_closes_are_no_front_matter() -> None:
    assert told(read("---\nNo spam.\n")) == [("paragraph", 0, "", "No spam.")]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file holds no text; name the file that has the policy in it"),
        (b"---\ntitle: a\n---\n<!-- -->\n", "the file holds no text; name the file that has the policy in it"),
        (b"# a\0b", "byte 3 is NUL, so it is not text; save it as UTF-8 text, DOCX or PDF"),
    ],
)
def test_a_file_without_text_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        DOCUMENT.read(data, file="aup.md")
    assert caught.value.sentence() == f"aup.md: {sentence}"


@pytest.mark.parametrize("mark", [">", "- ", "[", "*", "`", "<", "![a](", "**a", "|", "<!--"])
def test_a_hundred_thousand_marks_are_read_or_refused_in_seconds(mark: str) -> None:
    prose = read("No spam.\n\n" + mark * 100_000 + "\n\nNo spoofing.\n")
    assert told(prose)[0][3] == "No spam."
