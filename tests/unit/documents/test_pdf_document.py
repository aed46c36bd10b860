"""Lines of a PDF come back as the paragraphs they were; what is no text, or made to burst, is refused."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
from pypdf import PdfWriter

from fairwire.documents.pdf import DOCUMENT
from fairwire.model.prose import Prose
from fairwire.ports.documents import UnreadableDocument
from pdf_files import PICTURE, lines, pdf_file, text

FULL = "The customer must not use a line of the service to place calls that nobody has"
REST = "asked for, nor let others do so by means of it."


def read(*pages: str, info: str = "", root: str = "") -> Prose:
    return DOCUMENT.read(pdf_file(*pages, info=info, root=root), file="aup.pdf")


def told(prose: Prose) -> list[tuple[str, int, str, str]]:
    return [(block.kind, block.level, block.marker, prose.text[block.start : block.end]) for block in prose.blocks or ()]


def texts(prose: Prose, region: str = "body") -> list[str]:
    return [prose.text[block.start : block.end] for block in prose.blocks or () if block.region == region]


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        DOCUMENT.read(data, file="aup.pdf")
    return caught.value.sentence()


def test_lines_are_joined_and_paragraphs_part_at_gaps_indents_and_short_last_lines() -> None:
    page = (
        lines(72, 700, FULL, REST, FULL, REST)  # a short line that ends a sentence
        + lines(72, 624, FULL, REST)  # a gap
        + text(90, 596, FULL)  # an indent
        + text(72, 582, REST)
    )
    assert texts(read(page)) == [f"{FULL} {REST}"] * 4


def test_a_word_that_was_parted_at_the_end_of_a_line_is_one_again_unless_it_has_a_hyphen_of_its_own() -> None:
    page = lines(
        72,
        700,
        "A call to a toll-free number is free, and it is not counted in any way as unso-",
        "licited; neither is a call by which a customer learns that a number is toll-",
        "free and has been one for some time.",
    )
    joined = (
        "A call to a toll-free number is free, and it is not counted in any way as unsolicited; neither is a call by which a "
        "customer learns that a number is toll-free and has been one for some time."
    )
    assert texts(read(page)) == [joined]


def test_markers_begin_items_and_indents_are_their_depth() -> None:
    page = (
        lines(72, 700, "1. " + FULL[:60] + " other people who have", "1.5 million lines, unless they agree")
        + text(90, 672, "(a) in writing, within five")
        + text(108, 658, "(5) working days, or")
        + text(90, 644, "(b) by voice.")
        + text(72, 630, "2. No resale.")
        + text(72, 602, "• No spoofing.")
        + lines(
            72,
            574,
            "A breach is answered by us with a warning first, and then within a time of five",
            "(5) working days with a limit.",
        )
    )
    assert told(read(page)) == [
        ("item", 1, "1.", FULL[:60] + " other people who have 1.5 million lines, unless they agree"),
        ("item", 2, "(a)", "in writing, within five"),
        ("item", 3, "(5)", "working days, or"),
        ("item", 2, "(b)", "by voice."),
        ("item", 1, "2.", "No resale."),
        ("item", 1, "•", "No spoofing."),
        (
            "paragraph",
            0,
            "",
            "A breach is answered by us with a warning first, and then within a time of five (5) working days with a limit.",
        ),
    ]


def test_what_is_larger_or_bold_is_a_heading() -> None:
    page = (
        text(72, 720, "Acceptable Use", size=20)
        + text(72, 690, "1. Calls", size=14)
        + lines(72, 672, FULL, REST)
        + text(72, 640, "Exceptions", bold=True)
        + lines(72, 624, FULL, REST)
        + text(72, 590, "This is bold and a sentence.", bold=True)
    )
    assert [block for block in told(read(page)) if block[3] not in {f"{FULL} {REST}"}] == [
        ("heading", 1, "", "Acceptable Use"),
        ("heading", 2, "1.", "Calls"),
        ("heading", 3, "", "Exceptions"),
        ("paragraph", 0, "", "This is bold and a sentence."),
    ]


def test_running_lines_and_page_numbers_stand_apart_and_once() -> None:
    pages = [
        text(72, 750, "Bramblewick Telecom") + lines(72, 600, f"{FULL}, {word},", REST) + text(300, 50, f"Page {at} of 3", size=9)
        for at, word in enumerate(("ever", "at all", "or will"), 1)
    ]
    prose = read(*pages)
    assert texts(prose, "header") == ["Bramblewick Telecom"]
    assert texts(prose, "footer") == ["Page 1 of 3"]
    assert texts(prose) == [f"{FULL}, {word}, {REST}" for word in ("ever", "at all", "or will")]
    assert prose.notes == ("4 repeats of running headers, footers and page numbers were left out",)


def test_the_end_of_a_paragraph_that_reaches_into_the_margin_is_text() -> None:
    prose = read(lines(72, 600, FULL, REST) + lines(72, 58, FULL, FULL, REST))
    assert texts(prose, "footer") == []
    assert texts(prose) == [f"{FULL} {REST}", f"{FULL} {FULL} {REST}"]


def test_a_paragraph_goes_on_across_columns_and_pages() -> None:
    column = [FULL[:39], FULL[40:]]
    first = lines(72, 700, *column * 4) + lines(320, 700, *column * 4)
    second = lines(72, 700, REST)
    assert texts(read(first, second)) == [" ".join([FULL] * 8) + f" {REST}"]


def test_a_scan_is_refused_and_a_page_without_text_is_named() -> None:
    assert refusal(pdf_file(PICTURE, PICTURE, PICTURE, PICTURE)) == (
        "aup.pdf: page 1 to 4 hold pictures only: it is a scan; run OCR first"
    )
    assert refusal(pdf_file(PICTURE)) == "aup.pdf: page 1 holds pictures only: it is a scan; run OCR first"
    page = lines(72, 500, FULL, REST)
    assert read(page, PICTURE, page, PICTURE, PICTURE, PICTURE, "").notes == (
        "page 2, 4 to 6 hold no text, only pictures; run OCR if they belong to the policy",
    )


def test_a_watermark_is_left_out_and_told() -> None:
    prose = read(lines(72, 700, FULL, REST) + text(100, 100, "DRAFT", size=90, matrix="0.7 0.7 -0.7 0.7"))
    assert texts(prose) == [f"{FULL} {REST}"]
    assert prose.notes == ("5 characters that run at a slant, such as a watermark, were left out",)


def test_a_page_that_lies_on_its_side_is_read() -> None:
    sideways = "".join(text(100 + 14 * at, 72, line, matrix="0 1 -1 0") for at, line in enumerate([FULL, REST]))
    assert texts(read(sideways)) == [f"{FULL} {REST}"]


def test_title_and_language_are_the_file_s_own() -> None:
    page = lines(72, 700, FULL)
    own = read(page, info="/Title (Fair use)", root="/Lang (en-GB)")
    made = read(page, info="/Title (Microsoft Word - aup.docx)", root="/Lang (?)")
    assert (own.title, own.language, made.title, made.language) == ("Fair use", "en-GB", "", "")


@pytest.mark.parametrize("method", ["RC4-128", "AES-128", "AES-256"])
def test_a_file_that_is_locked_against_copying_is_read_and_one_with_a_password_is_not(method: str) -> None:
    def locked(password: str) -> bytes:
        writer = PdfWriter(clone_from=io.BytesIO(pdf_file(lines(72, 700, FULL, REST))))
        writer.encrypt(password, "the owner's", algorithm=method)
        made = io.BytesIO()
        writer.write(made)
        return made.getvalue()

    assert texts(DOCUMENT.read(locked(""), file="aup.pdf")) == [f"{FULL} {REST}"]
    assert refusal(locked("spam")) == "aup.pdf: it is locked with a password; save it without one"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"No spam.", "it does not begin as a PDF does; open it in a PDF viewer and print it to a new PDF"),
        (
            b"%PDF-1.7\n",
            "it is cut off or broken (Stream has ended unexpectedly); open it in a PDF viewer and print it to a new PDF",
        ),
        (pdf_file(), "it has no pages; open it in a PDF viewer and print it to a new PDF"),
        (pdf_file("", ""), "the document holds no text; name the file that has the policy in it"),
        (pdf_file(*[""] * 2001), "it has 2,001 pages; the limit is 2,000; cut out the part that is the policy"),
        (
            pdf_file("", "", filters=["/None"]),
            "it is cut off or broken: no page can be read; open it in a PDF viewer and print it to a new PDF",
        ),
        (
            pdf_file(lines(72, 700, "\x01\x02\x03\x04 a \x05\x06\x07")),
            "its fonts do not say which letters they draw; run OCR on it first",
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(data: bytes, sentence: str) -> None:
    assert refusal(data) == f"aup.pdf: {sentence}"


def test_a_broken_page_is_named_and_the_others_are_read() -> None:
    page = zlib.compress(lines(72, 700, FULL, REST).encode())
    other = zlib.compress(lines(72, 400, REST).encode())
    prose = DOCUMENT.read(pdf_file(page, zlib.compress(bytes(40_000_000)), other), file="aup.pdf")
    assert texts(prose) == [f"{FULL} {REST}", REST]
    assert prose.notes == ("page 2 is broken and could not be read",)


def test_a_page_that_would_inflate_without_end_is_not_inflated() -> None:
    twice = zlib.compress(zlib.compress(bytes(300_000_000), 9), 9)
    data = pdf_file(twice, filters=("/FlateDecode", "/FlateDecode"))
    assert len(data) < 10_000
    tracemalloc.start()
    try:
        assert refusal(data).startswith("aup.pdf: it is cut off or broken: no page can be read; ")
        assert tracemalloc.get_traced_memory()[1] < 150_000_000
    finally:
        tracemalloc.stop()


def test_pages_that_together_draw_without_end_are_refused() -> None:
    blanks = zlib.compress(b" " * 20_000_000)
    assert refusal(pdf_file(*[blanks] * 5)) == (
        "aup.pdf: to draw pages 1 to 4 takes more than 60 MB; open it in a PDF viewer and print it to a new PDF"
    )


def _word(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


@pytest.mark.slow
def test_five_hundred_pages_are_read_within_a_minute_and_a_bounded_memory(tmp_path: Path) -> None:
    pages = [
        text(72, 750, "Bramblewick Telecom")
        + text(72, 720, f"{at}. Section", size=14)
        + "".join(
            lines(72, 695 - 60 * part, f"({'abcdefghij'[part]}) {_word(at)} {FULL[:60]}", FULL, f"{_word(at)} {REST}")
            for part in range(10)
        )
        + text(300, 50, f"Page {at} of 500")
        for at in range(1, 501)
    ]
    path = tmp_path / "aup.pdf"
    path.write_bytes(pdf_file(*pages))
    script = (
        "import re, sys\n"
        "from fairwire.runtime.reading import read_prose\n"
        "prose, _ = read_prose(sys.argv[1])\n"
        # Not `ru_maxrss`: a child begins with what its parent had.
        "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]\n"
        "print(len(prose.blocks), int(peak) // 1024)\n"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    blocks, peak_mib = map(int, done.stdout.split())
    assert blocks == 500 * 11 + 2
    assert peak_mib < 400
    assert time.perf_counter() - began < 60
