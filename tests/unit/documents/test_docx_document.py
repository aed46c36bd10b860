"""A Word document is read as it is printed; one that is broken, or made to burst, is refused before it does harm."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from fairwire.documents.docx import DOCUMENT
from fairwire.documents.docx.package import MOST_XML
from fairwire.model.prose import Prose
from fairwire.ports.documents import UnreadableDocument
from fairwire.runtime.reading import read_prose
from word_files import element, level, listed, numbering, packed, paragraph, relations, run, style, word_file

DECIMAL = level(0, "decimal", "%1.") + level(1, "lowerLetter", "(%2)") + level(2, "lowerRoman", "%3.")
BULLETS = level(0, "bullet", "\uf0b7") + level(1, "bullet", "o") + level(2, "bullet", "–")


def read(body: str, **parts: str | bytes) -> Prose:
    return DOCUMENT.read(word_file(body, **parts), file="aup.docx")


def told(prose: Prose) -> list[tuple[str, int, str, str]]:
    return [(block.kind, block.level, block.marker, prose.text[block.start : block.end]) for block in prose.blocks or ()]


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        DOCUMENT.read(data, file="aup.docx")
    return caught.value.sentence()


def test_headings_are_known_by_style_by_outline_and_by_what_their_style_is_based_on() -> None:
    styles = element(
        "styles",
        style("berschrift1", "heading 1")
        + style("Clause", "Our clause", '<w:basedOn w:val="berschrift1"/>')
        + style("Head", "Our head", '<w:pPr><w:outlineLvl w:val="2"/></w:pPr>')
        + style("T", "Title")
        + style("Loop", "Loop", '<w:basedOn w:val="Loop"/>'),
    )
    body = (
        paragraph("Fair use", '<w:pStyle w:val="T"/>')
        + paragraph("Scope", '<w:pStyle w:val="berschrift1"/>')
        + paragraph("Spam", '<w:pStyle w:val="Clause"/>')
        + paragraph("By mail", '<w:pStyle w:val="Head"/>')
        + paragraph("By fax", '<w:outlineLvl w:val="1"/>')
        + paragraph("None of it.", '<w:pStyle w:val="Loop"/>')
    )
    assert told(read(body, styles=styles)) == [
        ("heading", 1, "", "Fair use"),
        ("heading", 1, "", "Scope"),
        ("heading", 1, "", "Spam"),
        ("heading", 3, "", "By mail"),
        ("heading", 2, "", "By fax"),
        ("paragraph", 0, "", "None of it."),
    ]


def test_a_short_bold_paragraph_is_a_heading_below_the_last_one_that_has_a_style() -> None:
    styles = element("styles", style("H2", "heading 2"))
    body = (
        paragraph("Scope", '<w:pStyle w:val="H2"/>')
        + paragraph("1. Spam", of_run="<w:b/>")
        + paragraph("2. It is bold.", of_run="<w:b/>")
    )
    assert told(read(body, styles=styles)) == [
        ("heading", 2, "", "Scope"),
        ("heading", 3, "1.", "Spam"),
        ("item", 1, "2.", "It is bold."),
    ]


def test_numbers_are_counted_as_word_counts_them() -> None:
    first = [listed("spam", 1), listed("by mail", 1, 1), listed("by fax", 1, 1), listed("of numbers", 1, 2), listed("resale", 1)]
    second = [listed("by anybody", 1, 1), paragraph("Between."), listed("spoofing", 1), listed("afresh", 2), listed("goes on", 3)]
    body = "".join(first + second)
    lists = numbering(
        DECIMAL,
        lists={1: 0, 2: 0, 3: 0},
        overrides={2: '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'},
    )
    assert [block[1:] for block in told(read(body, numbering=lists)) if block[0] == "item"] == [
        (1, "1.", "spam"),
        (2, "(a)", "by mail"),
        (2, "(b)", "by fax"),
        (3, "i.", "of numbers"),
        (1, "2.", "resale"),
        (2, "(a)", "by anybody"),
        (1, "3.", "spoofing"),
        (1, "1.", "afresh"),
        (1, "2.", "goes on"),
    ]


def test_headings_of_a_contract_have_the_numbers_of_their_styles() -> None:
    lists = numbering(
        level(0, "upperRoman", "Article %1", '<w:pStyle w:val="H1"/>')
        + level(1, "decimal", "%1.%2", '<w:isLgl/><w:pStyle w:val="H2"/>'),
        lists={7: 0},
    )
    numbered = '<w:pPr><w:numPr><w:numId w:val="7"/></w:numPr></w:pPr>'
    styles = element("styles", style("H1", "heading 1", numbered) + style("H2", "heading 2", numbered))
    body = "".join(
        paragraph(text, f'<w:pStyle w:val="{key}"/>')
        for key, text in [("H1", "Use"), ("H1", "Abuse"), ("H2", "Spam"), ("H2", "Resale")]
    )
    assert told(read(body, numbering=lists, styles=styles)) == [
        ("heading", 1, "Article I", "Use"),
        ("heading", 1, "Article II", "Abuse"),
        ("heading", 2, "2.1", "Spam"),
        ("heading", 2, "2.2", "Resale"),
    ]


@pytest.mark.parametrize(
    ("form", "count", "marker"),
    [
        ("lowerLetter", 28, "bb."),
        ("upperLetter", 3, "C."),
        ("upperRoman", 9, "IX."),
        ("decimalZero", 4, "04."),
        ("ordinal", 13, "13th."),
    ],
)
def test_each_way_of_counting_is_written_as_word_writes_it(form: str, count: int, marker: str) -> None:
    prose = read("".join(listed("spam", 1) for _ in range(count)), numbering=numbering(level(0, form, "%1."), lists={1: 0}))
    assert told(prose)[-1] == ("item", 1, marker, "spam")


def test_bullets_of_symbol_fonts_are_bullets() -> None:
    prose = read(listed("a", 1) + listed("b", 1, 1) + listed("c", 1, 2), numbering=numbering(BULLETS, lists={1: 0}))
    assert told(prose) == [("item", 1, "•", "a"), ("item", 2, "•", "b"), ("item", 3, "–", "c")]


def test_tracked_changes_are_taken_as_accepted_and_told() -> None:
    body = (
        f"<w:p>{run('No ')}<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins>{run('spam')}</w:ins>{run('.')}</w:p>"
        f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('No resale')}</w:p>{paragraph(' at all.')}"
        f"<w:moveFrom>{paragraph('Gone.')}</w:moveFrom>"
        f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('Gone.')}</w:tc></w:tr></w:tbl>"
    )
    prose = read(body)
    assert prose.text == "No spam.\nNo resale at all."
    assert prose.notes == ("the document has tracked changes; it was read as if all were accepted",)


def test_hidden_text_is_left_out_and_told() -> None:
    styles = element(
        "styles", '<w:style w:type="character" w:styleId="H"><w:name w:val="h"/><w:rPr><w:vanish/></w:rPr></w:style>'
    )
    by_style = run("x", '<w:rStyle w:val="H"/>')
    shown = run(".", '<w:vanish w:val="0"/>')
    body = f"<w:p>{run('No spam')}{run(' (draft)', '<w:vanish/>')}{by_style}{shown}</w:p>"
    prose = read(body, styles=styles)
    assert prose.text == "No spam."
    assert prose.notes == ("9 characters of hidden text were left out",)


def test_a_text_box_is_read_once_though_it_is_written_twice() -> None:
    box = f"<w:txbxContent>{paragraph('No resale.')}</w:txbxContent>"
    shape = (
        f"<mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
    )
    assert read(f"<w:p>{run('No spam.')}<w:r>{shape}</w:r></w:p>").text == "No spam.\nNo resale."


def test_headers_footers_and_notes_stand_round_the_text_once() -> None:
    headers = '<w:headerReference w:type="default" r:id="h1"/><w:headerReference w:type="first" r:id="h2"/>'
    ends = f'<w:sectPr>{headers}<w:footerReference w:type="default" r:id="f1"/></w:sectPr>'
    note = f'<w:footnote w:id="2">{paragraph("As the law says.")}</w:footnote>'
    noted = f'<w:p>{run("No spam")}<w:r><w:footnoteReference w:id="2"/></w:r>{run(", ever.")}</w:p>'
    data = packed(
        {
            "word/document.xml": element("document", f"<w:body>{noted}{ends}</w:body>"),
            "word/_rels/document.xml.rels": relations(h1="header1.xml", h2="/word/header2.xml", f1="footer1.xml"),
            "word/header1.xml": element("hdr", paragraph("Bramblewick")),
            "word/header2.xml": element("hdr", paragraph("Bramblewick")),
            "word/footer1.xml": element("ftr", paragraph("Page 1")),
            "word/footnotes.xml": element("footnotes", f'<w:footnote w:id="0">{paragraph("-")}</w:footnote>{note}'),
        }
    )
    prose = DOCUMENT.read(data, file="aup.docx")
    assert [(block.region, block.marker, prose.text[block.start : block.end]) for block in prose.blocks or ()] == [
        ("header", "", "Bramblewick"),
        ("body", "", "No spam, ever."),
        ("body", "[1]", "As the law says."),
        ("footer", "", "Page 1"),
    ]


def test_a_table_of_values_is_read_by_rows_and_a_table_that_lays_out_a_page_by_cells() -> None:
    def table(*rows: list[str]) -> str:
        return (
            "<w:tbl>"
            + "".join("<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in row) + "</w:tr>" for row in rows)
            + "</w:tbl>"
        )

    values = table(
        [paragraph("Plan"), paragraph("Minutes")],
        [paragraph("Basic"), paragraph("2,000")],
        [paragraph("1.1"), paragraph("No spam.")],
    )
    layout = table([paragraph("No spam.") * 3, listed("No resale.", 1)])
    prose = read(values + layout, numbering=numbering(DECIMAL, lists={1: 0}))
    assert prose.text.splitlines() == [
        "Plan | Minutes",
        "Basic | 2,000",
        "1.1 No spam.",
        "No spam.",
        "No spam.",
        "No spam.",
        "1. No resale.",
    ]


def test_a_table_of_contents_is_for_finding_one_s_way() -> None:
    styles = element("styles", style("TOC1", "toc 1"))
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    body = (
        f"<w:sdt>{gallery}<w:sdtContent>{paragraph('Contents')}</w:sdtContent></w:sdt>"
        + paragraph("1. Spam 3", '<w:pStyle w:val="TOC1"/>')
        + paragraph("No spam.")
    )
    assert [block.region for block in read(body, styles=styles).blocks or ()] == ["navigation", "navigation", "body"]


def test_title_and_language_are_the_file_s_own() -> None:
    core = (
        '<c:coreProperties xmlns:c="urn:x" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title></c:coreProperties>'
    )
    parts = {
        "word/document.xml": element("document", f"<w:body>{paragraph('No spam.')}</w:body>"),
        "word/settings.xml": element("settings", '<w:themeFontLang w:val="en-GB"/>'),
    }
    own = DOCUMENT.read(packed({**parts, "docProps/core.xml": core.format("Fair use")}), file="aup.docx")
    made = DOCUMENT.read(packed({**parts, "docProps/core.xml": core.format("Microsoft Word - aup.doc")}), file="aup.docx")
    assert (own.title, own.language, made.title) == ("Fair use", "en-GB", "")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            word_file(paragraph("No spam."))[:-40],
            "it is cut off or broken: no whole zip archive; AGAIN",
        ),
        (b"", "it is cut off or broken: no whole zip archive; AGAIN"),
        (packed({"a": "b"}), "there is no word/document.xml in it, so it is no Word document; save the policy as DOCX or PDF"),
        (
            packed({"word/document.xml": "<w"}),
            "its part word/document.xml is broken at line 1, column 1; AGAIN",
        ),
        (
            packed({"word/document.xml": element("document", "")}),
            "its main part has no body, so it is no Word document; AGAIN",
        ),
        (word_file(""), "the document holds no text; name the file that has the policy in it"),
        (word_file("<w:p><w:r><w:drawing/></w:r></w:p>"), "holds pictures only: it is a scan; run OCR first"),
        (
            packed({"word/document.xml": "<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><d>&a;</d>"}),
            "its part word/document.xml declares a document type, which no word processor writes; SUSPECT",
        ),
        (
            word_file("<w:p>" * 400 + "</w:p>" * 400),
            "its part word/document.xml is nested more than 300 deep; SUSPECT",
        ),
        (
            packed({f"word/{number}": b"" for number in range(10_001)}),
            "10,001 entries are packed in it; the limit is 10,000; SUSPECT",
        ),
    ],
)
def test_a_document_that_cannot_be_read_says_why_and_what_to_do(data: bytes, sentence: str) -> None:
    said = sentence.replace("AGAIN", "open it in a word processor and save it as DOCX or PDF anew")
    assert refusal(data) == f"aup.docx: {said.replace('SUSPECT', 'do not open it; ask whoever sent it for a PDF')}"


def test_a_zip_bomb_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in ("word/document.xml", "word/media/1.bin"):
            with archive.open(name, "w") as stream:
                for _ in range(120):
                    stream.write(bytes(1_000_000))
    path = tmp_path / "aup.docx"
    path.write_bytes(word_file(paragraph("No spam.")))
    read_prose(path)  # so that what is measured is not the readers' code
    path.write_bytes(made.getvalue())
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableDocument) as caught:
            read_prose(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert re.search(r"aup\.docx: it would unpack to [\d,]+ times its size; the limit is 150 times; do not", str(caught.value))


def test_a_part_that_lies_about_its_size_is_not_inflated_beyond_it() -> None:
    data = bytearray(word_file(paragraph("No spam. " * 200_000)))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.index(b"word/document.xml", data.index(mark)) - (46 if at == 24 else 30)
        while data[place : place + 4] != mark:
            place = data.index(b"word/document.xml", place + 80) - (46 if at == 24 else 30)
        data[place + at : place + at + 4] = (1000).to_bytes(4, "little")
    assert refusal(bytes(data)).startswith("aup.docx: its part word/document.xml is cut off, locked or broken; ")


def test_a_part_beyond_the_limit_is_refused_by_its_size() -> None:
    filling = b"".join(str(number * 7919 % 1_000_003).encode() for number in range(8_000_000))[: MOST_XML + 1]
    data = packed({"word/document.xml": filling})
    assert refusal(data).startswith(
        "aup.docx: its part word/document.xml would unpack to 40 MB; the limit is 40 MB; do not open it"
    )


def test_entities_that_multiply_are_refused() -> None:
    entities = "".join(f"<!ENTITY a{at} '{f'&a{at - 1};' * 10}'>" for at in range(1, 10))
    data = packed({"word/document.xml": f"<!DOCTYPE d [<!ENTITY a0 'spam'>{entities}]><d>&a9;</d>"})
    assert "declares a document type" in refusal(data)
