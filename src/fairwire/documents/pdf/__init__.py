"""PDF files: what is printed put back into paragraphs; page numbers and running lines apart; scans refused."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterable

from pypdf import Configuration, PageObject, PdfReader, apply_configuration
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import DictionaryObject

from fairwire.documents import Composer
from fairwire.documents.pdf.lines import Line, PageText
from fairwire.documents.pdf.paragraphs import Paragraphs
from fairwire.documents.pdf.running import Running
from fairwire.model.prose import Prose
from fairwire.ports.documents import UnreadableDocument

MOST_PAGES = 2000
MOST_DRAWN = 60_000_000
"""Bytes, inflated, of the commands that draw all pages. 500 pages of text take 4 MB."""

DRAWN_LETTERS = 2_000
"""Bytes of commands from which a page without text is a picture of something; a rule or a frame takes less."""

_LIMITS = Configuration(
    zlib_maximum_output_length=30_000_000,
    lzw_maximum_output_length=30_000_000,
    run_length_maximum_output_length=30_000_000,
    brotli_maximum_output_length=30_000_000,
    array_based_stream_maximum_output_length=30_000_000,
    stream_decoding_work_maximum_length=60_000_000,
    xform_maximum_invocations_per_extraction=500,
    page_tree_maximum_entries=20_000,
    jbig2dec_binary=None,  # no program is started
    disable_legacy_handling=True,
)
"""Of the library: bytes that one stream may inflate to, and how much work one may make."""

MEANINGLESS = 0.2
"""Share of characters that are no letters of any script, from which a PDF's fonts do not say what they draw. Our choice."""

_AGAIN = "open it in a PDF viewer and print it to a new PDF"
_NO_TITLE = re.compile(r"(microsoft word|untitled|document\s?\d*$|.*\.(docx?|pdf|rtf|odt|html?|indd|pages)$)", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")

logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # what it finds wrong is said in the notes, page by page


class _Pdf:
    name = "pdf"
    suffixes = (".pdf",)

    def recognises(self, data: bytes) -> bool:
        """The signature; viewers take it anywhere in the first kilobyte."""
        return b"%PDF-" in data[:1024]

    def read(self, data: bytes, *, file: str) -> Prose:
        """Read page by page, in the order in which the text was written."""
        if not self.recognises(data):
            raise UnreadableDocument("it does not begin as a PDF does", at=file, help_=_AGAIN)
        with apply_configuration(_LIMITS):
            document = _opened(data, file)
            found = _Pages(document, file)
            prose = found.prose(title=_title(document), language=_language(document))
        found.refuse_nothing(prose)
        return prose


class _Pages:
    """What the pages hold, and what of them cannot be read."""

    def __init__(self, document: PdfReader, file: str) -> None:
        self._file = file
        self._lines: list[list[Line]] = []
        self._pictures: list[int] = []
        self._broken: list[int] = []
        self._slanted = self._letters = self._meaningless = 0
        drawn = 0
        for number in range(len(document.pages)):
            self._lines.append([])
            try:
                page = document.pages[number]
                commands = _drawn(page)
                drawn += commands
                if drawn <= MOST_DRAWN:
                    self._read(page, number, commands)
            except Exception:  # a broken page makes the library raise anything; the page is named in a note
                self._broken.append(number)
            if drawn > MOST_DRAWN:
                raise UnreadableDocument(
                    f"to draw pages 1 to {number + 1} takes more than {MOST_DRAWN / 1e6:,.0f} MB", at=file, help_=_AGAIN
                )

    def _read(self, page: PageObject, number: int, commands: int) -> None:
        found = PageText(page, number)
        self._slanted += found.slanted
        self._lines[-1] = found.lines
        self._letters += found.letters
        self._meaningless += found.meaningless
        if not found.lines and (commands > DRAWN_LETTERS or _has_picture(page)):
            self._pictures.append(number)

    def prose(self, *, title: str, language: str) -> Prose:
        """The text, running lines apart."""
        running = Running(self._lines)
        body = [[line for line in page if not running.take(line)] for page in self._lines]
        composer = Composer()
        for line in running.headers:
            composer.add(line.text, region="header")
        Paragraphs(body, composer)
        for line in running.footers:
            composer.add(line.text, region="footer")
        return composer.prose("pdf", title=title, language=language, notes=self._told(running.repeats))

    def refuse_nothing(self, prose: Prose) -> None:
        """Say why, where there is no text."""
        if self._meaningless > MEANINGLESS * self._letters:
            raise UnreadableDocument("its fonts do not say which letters they draw", at=self._file, help_="run OCR on it first")
        if not prose.text and len(self._broken) == len(self._lines):
            raise UnreadableDocument("it is cut off or broken: no page can be read", at=self._file, help_=_AGAIN)
        if not prose.text and self._pictures:
            hold = "holds pictures only" if len(self._pictures) == 1 else "hold pictures only"
            raise UnreadableDocument(f"{_named(self._pictures)} {hold}: it is a scan", at=self._file, help_="run OCR first")
        if not prose.text:
            raise UnreadableDocument("the document holds no text", at=self._file, help_="name the file that has the policy in it")

    def _told(self, repeats: int) -> tuple[str, ...]:
        told = []
        if self._pictures:
            hold = "holds no text, only a picture" if len(self._pictures) == 1 else "hold no text, only pictures"
            told.append(f"{_named(self._pictures)} {hold}; run OCR if they belong to the policy")
        if self._broken:
            told.append(f"{_named(self._broken)} {'is' if len(self._broken) == 1 else 'are'} broken and could not be read")
        if self._slanted:
            told.append(f"{self._slanted:,} characters that run at a slant, such as a watermark, were left out")
        if repeats:
            told.append(f"{repeats:,} repeats of running headers, footers and page numbers were left out")
        return tuple(told)


def _opened(data: bytes, file: str) -> PdfReader:
    try:
        document = PdfReader(io.BytesIO(data))
        locked = document.is_encrypted and not document.decrypt("")
        count = 0 if locked else len(document.pages)
    except DependencyError:
        raise UnreadableDocument("it is locked in a way that cannot be read here", at=file, help_=_AGAIN) from None
    except Exception as error:  # a broken file makes the library raise anything
        said = str(error).splitlines()[0].rstrip(".") if isinstance(error, PyPdfError) and str(error) else type(error).__name__
        raise UnreadableDocument(f"it is cut off or broken ({said})", at=file, help_=_AGAIN) from error
    if locked:
        raise UnreadableDocument("it is locked with a password", at=file, help_="save it without one")
    if not count:
        raise UnreadableDocument("it has no pages", at=file, help_=_AGAIN)
    if count > MOST_PAGES:
        raise UnreadableDocument(
            f"it has {count:,} pages; the limit is {MOST_PAGES:,}", at=file, help_="cut out the part that is the policy"
        )
    return document


def _drawn(page: PageObject) -> int:
    """Bytes of the commands that draw a page."""
    contents = page.get("/Contents")
    contents = contents.get_object() if contents is not None else None
    if contents is None:
        return 0
    parts = [part.get_object() for part in contents] if isinstance(contents, list) else [contents]
    return sum(len(part.get_data()) for part in parts)


def _has_picture(page: PageObject) -> bool:
    try:
        resources = page.get("/Resources", DictionaryObject()).get_object()
        drawn = resources.get("/XObject", DictionaryObject()).get_object()
        return any(drawn[name].get_object().get("/Subtype") in {"/Image", "/Form"} for name in drawn)
    except Exception:  # what it holds cannot be told, and is no text
        return True


def _named(pages: Iterable[int]) -> str:
    """Pages from 0 as people say them: `page 3`, `page 1 to 4, 7`."""
    spans: list[list[int]] = []
    for page in sorted(set(pages)):
        if spans and page == spans[-1][1] + 1:
            spans[-1][1] = page
        else:
            spans.append([page, page])
    return "page " + ", ".join(f"{first + 1}" if first == last else f"{first + 1} to {last + 1}" for first, last in spans)


def _title(document: PdfReader) -> str:
    try:
        title = str((document.metadata and document.metadata.title) or "").strip()
    except Exception:  # a broken property is none
        return ""
    return "" if _NO_TITLE.match(title) else title


def _language(document: PdfReader) -> str:
    try:
        language = str(document.root_object.get("/Lang", "")).strip()
    except Exception:  # a broken property is none
        return ""
    return language if _LANGUAGE.fullmatch(language) else ""


DOCUMENT = _Pdf()
