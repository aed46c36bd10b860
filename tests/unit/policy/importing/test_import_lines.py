"""Blocks of a plain text: what is a heading, an item, a paragraph, however the lines were cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairwire.policy.importing.lines import blocks_of, looks_like_heading, marker_of


def kinds(text: str) -> list[tuple[str, str, str]]:
    return [(block.kind, block.marker, text[block.start : block.end]) for block in blocks_of(text)]


def test_lines_cut_at_a_width_are_one_paragraph() -> None:
    text = (
        "Juniper Voice asks each customer to keep its lines free of calls that nobody wants,\n"
        "and to tell us at once when a line was used by somebody else. We look at each report\n"
        "that reaches us and answer it within a week, or sooner where somebody is in danger.\n"
    )
    assert [kind for kind, _, _ in kinds(text)] == ["paragraph"]


def test_one_line_a_paragraph_stays_one() -> None:
    long = "You may not resell the lines, and you keep their number within the order. " * 4
    text = f"{long}\n{long}\n"
    assert [kind for kind, _, _ in kinds(text)] == ["paragraph", "paragraph"]


def test_markers_of_many_kinds_begin_items() -> None:
    for line, marker in {
        "• Port scans": "•",
        "- Port scans": "-",
        "1. Port scans": "1.",
        "2.3 Port scans": "2.3",
        "(a) port scans": "(a)",
        "iv) port scans": "iv)",
        "• (b) port scans": "(b)",
        "Section 4. Port scans": "Section 4.",
    }.items():
        assert marker_of(line)[0] == marker, line
        assert line[marker_of(line)[1] :].casefold() == "port scans"


def test_a_number_in_a_sentence_begins_no_item() -> None:
    assert marker_of("2024 was a good year") == ("", 0)
    assert marker_of("A line may carry two calls") == ("", 0)


def test_roman_numbers_under_a_letter_stand_deeper() -> None:
    text = "You must not:\n(a) present a number that\n(i) is not yours, or\n(ii) cannot be called;\n(b) sell lines on.\n"
    levels = [(block.marker, block.level) for block in blocks_of(text) if block.kind == "item"]
    assert levels == [("(a)", 1), ("(i)", 2), ("(ii)", 2), ("(b)", 1)]


def test_a_numbered_title_over_numbered_paragraphs_is_a_heading_even_when_it_reads_as_a_sentence() -> None:
    text = "4. Things you must not do\n4.1 Send spam with our lines.\n4.2 Open lines to strangers.\n"
    assert [kind for kind, _, _ in kinds(text)] == ["heading", "item", "item"]


def test_headings_look_like_titles_and_not_like_sentences() -> None:
    assert looks_like_heading("Prohibited Uses")
    assert looks_like_heading("REPORTING OF ABUSE")
    assert looks_like_heading("Your security")
    assert not looks_like_heading("You may not send spam.")
    assert not looks_like_heading("The following are not allowed:")
    assert not looks_like_heading("12")


@given(st.text(alphabet=st.sampled_from("ab.A 1)(•-\n\t:;"), max_size=300))
def test_blocks_are_in_order_inside_the_text_and_trimmed(text: str) -> None:
    end = 0
    for block in blocks_of(text):
        assert end <= block.start < block.end <= len(text)
        assert text[block.start : block.end].strip() == text[block.start : block.end]
        end = block.end
