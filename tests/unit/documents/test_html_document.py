"""What a reader of a page sees is read, and nothing else; pages that cannot be read say what to do."""

from __future__ import annotations

import time

import pytest

from fairwire.documents import numeral
from fairwire.documents.html import DOCUMENT
from fairwire.model.prose import Block, Prose
from fairwire.ports.documents import UnreadableDocument


def page(body: str) -> Prose:
    return DOCUMENT.read(f"<!doctype html><title>Fair use</title><body>{body}".encode(), file="aup.html")


def told(prose: Prose) -> list[tuple[str, str]]:
    """Each block's marker and text."""
    return [(block.marker, text_of(prose, block)) for block in prose.blocks or ()]


def text_of(prose: Prose, block: Block) -> str:
    return prose.text[block.start : block.end]


def body_of(prose: Prose) -> list[str]:
    return [text_of(prose, block) for block in prose.blocks or () if block.region == "body"]


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>No resale.</script>",
        "<style>p { color: red }</style>",
        "<template><p>No resale.</p></template>",
        "<noscript>Switch script on.</noscript>",
        "<svg><title>No resale.</title><text>No resale.</text></svg>",
        "<p hidden>No resale.</p>",
        "<div style='DISPLAY : none'><p>No resale.</p></div>",
        "<div aria-hidden=true>No resale.</div>",
        "<!-- No resale. -->",
        "<span class='sr-only'>No resale.</span>",
        "<select><option>No resale.</select>",
    ],
)
def test_what_nobody_sees_is_not_read(unseen: str) -> None:
    prose = page(f"<p>No spam, and none of it in the name of others either.</p>{unseen}<p>No spoofing of numbers.</p>")
    assert prose.text == "No spam, and none of it in the name of others either.\nNo spoofing of numbers."


def test_much_that_is_hidden_is_told() -> None:
    prose = page("<p>No spam.</p><div hidden>" + "No resale. " * 30 + "</div>")
    assert prose.notes == ("329 characters that the page hides were left out; save it as PDF if they belong to the policy",)


def test_a_page_that_was_saved_behind_a_dialogue_is_read() -> None:
    assert page("<div aria-hidden=true><main><p>No spam.</p></main></div><div role=dialog>Welcome!</div>").text == (
        "No spam.\nWelcome!"
    )


@pytest.mark.parametrize(
    ("opened", "markers"),
    [
        ("<ol>", ["1.", "2.", "3."]),
        ("<ol start=9>", ["9.", "10.", "11."]),
        ("<ol type=a start=26>", ["z.", "aa.", "ab."]),
        ("<ol type=A>", ["A.", "B.", "C."]),
        ("<ol type=i start=3>", ["iii.", "iv.", "v."]),
        ("<ol type=I start=1999>", ["MCMXCIX.", "MM.", "MMI."]),
        ("<ol reversed>", ["3.", "2.", "1."]),
        ("<ol style='list-style-type: lower-alpha'>", ["a.", "b.", "c."]),
        ("<ol start=none type=a><li value=7>", ["g.", "h.", "i."]),
        ("<ul>", ["•", "•", "•"]),
    ],
)
def test_items_have_the_markers_that_a_browser_shows(opened: str, markers: list[str]) -> None:
    first = "" if "<li" in opened else "<li>"
    assert told(page(f"{opened}{first}spam<li>resale<li>spoofing")) == list(
        zip(markers, ["spam", "resale", "spoofing"], strict=True)
    )


def test_a_number_that_no_letters_can_write_stays_a_number() -> None:
    assert [numeral(number, "i") for number in (0, -3, 4000)] == ["0", "-3", "4000"]


def test_an_item_ends_where_its_nested_list_begins() -> None:
    prose = page("<ol><li>No spam:<ol type=a><li>by mail<li>by fax</ol>of any kind.<li><p>No resale.</p><p>Ever.</p></ol>")
    blocks = [(block.marker, block.level, text_of(prose, block)) for block in prose.blocks or ()]
    assert blocks == [
        ("1.", 1, "No spam:"),
        ("a.", 2, "by mail"),
        ("b.", 2, "by fax"),
        ("", 1, "of any kind."),
        ("2.", 1, "No resale.\nEver."),
    ]


def test_a_heading_in_an_item_takes_its_number_and_the_paragraphs_below_are_its_own() -> None:
    prose = page("<ol><li><h2>Spam</h2><p>Is not allowed.</p><p>Ever.</p></ol>")
    assert [(block.kind, block.marker, text_of(prose, block)) for block in prose.blocks or ()] == [
        ("heading", "1.", "Spam"),
        ("paragraph", "", "Is not allowed."),
        ("paragraph", "", "Ever."),
    ]


def test_a_short_paragraph_that_is_bold_as_a_whole_is_a_heading_below_the_last_real_one() -> None:
    prose = page(
        "<h2>Use</h2><p><strong>1. <b>Spam</b></strong></p><p><b>Never.</b></p><ul><li><b>Mail</b></ul><p><b>Fax</b> too</p>"
        "<ol><li><p><b>Voice</b></p><p>No calls.</p></ol>"
    )
    assert [(block.kind, block.level, block.marker, text_of(prose, block)) for block in prose.blocks or ()] == [
        ("heading", 2, "", "Use"),
        ("heading", 3, "1.", "Spam"),
        ("paragraph", 0, "", "Never."),
        ("item", 1, "•", "Mail"),
        ("paragraph", 0, "", "Fax too"),
        ("item", 1, "1.", "Voice\nNo calls."),
    ]


@pytest.mark.parametrize(
    ("typed", "marker", "kind", "level"),
    [
        ("1. No spam", "1.", "item", 1),
        ("2.3 No spam", "2.3", "item", 2),
        ("(b) No spam", "(b)", "item", 1),
        ("iv) No spam", "iv)", "item", 1),
        ("&bull;&nbsp;No spam", "•", "item", 1),
        ("- No spam", "-", "item", 1),
    ],
)
def test_a_marker_that_was_typed_is_a_marker(typed: str, marker: str, kind: str, level: int) -> None:
    prose = page(f"<p>{typed}</p>")
    (block,) = prose.blocks or ()
    assert (block.marker, block.kind, block.level, text_of(prose, block)) == (marker, kind, level, "No spam")


@pytest.mark.parametrize("text", ["2.5 million calls", "911 calls are free", "-5 degrees", "e.g.", "1. ", "2026. "])
def test_what_only_looks_like_a_marker_is_text(text: str) -> None:
    (block,) = page(f"<p>{text}</p>").blocks or ()
    assert (block.marker, block.kind) == ("", "paragraph")


@pytest.mark.parametrize(
    ("part", "region"),
    [
        ("<nav>X</nav>", "navigation"),
        ("<div role=navigation>X</div>", "navigation"),
        ("<header>X</header>", "header"),
        ("<footer>X</footer>", "footer"),
        ("<aside>X</aside>", "aside"),
        ("<div role=contentinfo>X</div>", "footer"),
        ("<div class='main-nav'>X</div>", "navigation"),
        ("<div id=breadcrumbs>X</div>", "navigation"),
        ("<div class=siteFooter__inner>X</div>", "footer"),
        ("<div class='cookie-consent-banner'>X</div>", "aside"),
        ("<div class='rightSidebar'>X</div>", "aside"),
        ("<section class=related-articles>X</section>", "aside"),
        ("<p><a href=1>X</a><a href=2>X</a><a href=3>X</a></p>", "navigation"),
        ("<ul><li><a href=1>X</a><li><a href=2>X</a><li><a href=3>X</a></ul>", "navigation"),
        ("<div class='has-sidebar'>X</div>", "body"),
        ("<div class=consent-of-callers>X</div>", "body"),
        ("<ul><li>X <a href=1>here</a> and nowhere else<li>X at all<li>X</ul>", "body"),
    ],
)
def test_furniture_is_told_from_the_policy(part: str, region: str) -> None:
    prose = page(f"{part}<main><h1>Fair use</h1><p>A line is for people talking to people.</p></main>")
    assert {block.region for block in prose.blocks or () if text_of(prose, block).startswith("X")} == {region}
    assert body_of(prose)[-2:] == ["Fair use", "A line is for people talking to people."]


@pytest.mark.parametrize(
    "opened",
    [
        "<div class=sidebar>",
        "<main class=menu>",
        "<article id=footer>",
        "<main><header>",
        "<nav><main>",
        "<main><section class=related-policies>",
        "<div class=cookie-banner><div class=feedback>",
    ],
)
def test_no_word_on_a_box_makes_the_policy_vanish(opened: str) -> None:
    prose = page(f"<div>Bramblewick</div>{opened}<h1>Fair use</h1>" + "<p>A line is for people talking to people.</p>" * 40)
    assert len(body_of(prose)) == 42


def test_a_table_of_values_is_read_by_rows_and_a_table_that_lays_out_a_page_by_cells() -> None:
    values = "<table><tr><th>Plan<th>Minutes<tr><td>Basic<td><p>2,000</p><tr><td>Plus<td></table>"
    layout = "<table><tr><td><p>No spam.</p><p>No resale.</p><td><ul><li>No spoofing.</ul></table>"
    assert body_of(page(values)) == ["Plan | Minutes", "Basic | 2,000", "Plus"]
    assert body_of(page(layout)) == ["No spam.", "No resale.", "No spoofing."]


def test_lines_end_where_the_page_breaks_them() -> None:
    assert body_of(page("No\n spam.<br>No&nbsp; resale.<br><br>No spoofing.<hr>Really.<pre>One\nTwo\n\nThree</pre>")) == [
        "No spam.\nNo resale.",
        "No spoofing.",
        "Really.",
        "One\nTwo",
        "Three",
    ]


@pytest.mark.parametrize(
    ("data", "text", "notes"),
    [
        (b"<meta charset=iso-8859-2><p>Za\xbf\xf3\xb3\xe6", "Zażółć", ()),
        (b"<?xml version='1.0' encoding='Shift_JIS'?><p>\x93d\x98b", "電話", ()),
        (b"<meta http-equiv=content-type content='text/html; charset=latin1'><p>\x93fair\x94", "“fair”", ()),
        ("<p>“fair”".encode(), "“fair”", ()),
        (b"<p>\x93fair\x94", "“fair”", ()),
        ("<p>“fair”".encode("utf-16"), "“fair”", ()),
        (b"\xef\xbb\xbf<meta charset=cp1252><p>\xe2\x80\x9cfair", "“fair", ()),
        (b"<meta charset=rot13><p>fair", "fair", ()),
        (
            b"<meta charset=utf-8><p>\x93fair\x94",
            "\ufffdfair\ufffd",
            ("2 characters of the page are no UTF-8, which it says it is; they are shown as \ufffd",),
        ),
    ],
)
def test_characters_are_what_the_page_declares_else_utf_8_else_windows_1252(
    data: bytes, text: str, notes: tuple[str, ...]
) -> None:
    prose = DOCUMENT.read(data, file="aup.html")
    assert (prose.text, prose.notes) == (text, notes)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title> Fair\n use </title>", "Fair use"),
        ("<meta property='og:title' content='Fair use &amp; more'>", "Fair use & more"),
        ("<title></title>", "No heading like this"),
    ],
)
def test_the_title_is_the_page_s_own_else_its_first_heading(head: str, title: str) -> None:
    source = f"<html lang=en-GB><head>{head}</head><h1>No heading like this</h1><svg><title>Logo</title></svg>"
    prose = DOCUMENT.read(source.encode(), file="aup.html")
    assert (prose.title, prose.language) == (title, "en-GB")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            b"<div id=root></div><script src=app.js></script>",
            "aup.html: holds no text: its page is made by script; save the page from a browser as PDF or text",
        ),
        (
            b"<div id=root>Loading...</div><script src=app.js></script>",
            "aup.html: holds no text: its page is made by script; save the page from a browser as PDF or text",
        ),
        (b"<p>&nbsp;</p>", "aup.html: the page holds no text; name the file that has the policy in it"),
        (b"", "aup.html: the page holds no text; name the file that has the policy in it"),
        (b"<p>a\0b", "aup.html: byte 4 is NUL, so it is not a page; save it as UTF-8 text, DOCX or PDF"),
    ],
)
def test_a_page_without_text_says_why_and_what_to_do(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        DOCUMENT.read(data, file="aup.html")
    assert caught.value.sentence() == sentence


@pytest.mark.parametrize("tag", ["div", "span", "b", "ul><li", "table><tr><td", "x-box", "div class=nav"])
def test_a_page_of_a_hundred_thousand_boxes_in_boxes_is_read_in_seconds(tag: str) -> None:
    began = time.perf_counter()
    prose = page("<p>No spam.</p>" + f"<{tag}>" * 100_000 + "<p>No resale.</p>")
    assert [text_of(prose, block) for block in prose.blocks or ()] == ["No spam.", "No resale."]
    assert time.perf_counter() - began < 20


@pytest.mark.slow
def test_twenty_megabytes_of_paragraphs_are_read() -> None:
    prose = page("<p>No <b>spam</b>, and none of it <a href=x>in the name of others</a> either.</p>\n" * 230_000)
    assert len(prose.blocks or ()) == 230_000
    assert prose.text.count("No spam") == 230_000
