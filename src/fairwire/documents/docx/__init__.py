"""Word documents: what is printed, with the numbers that Word counts, all tracked changes accepted."""

from __future__ import annotations

import re

from fairwire.documents import Composer
from fairwire.documents.docx.body import Body
from fairwire.documents.docx.numbering import Numbering
from fairwire.documents.docx.package import Element, Package, is_word
from fairwire.documents.docx.styles import Styles
from fairwire.model.prose import Prose, Region

_NO_TITLE = re.compile(r"(microsoft word|untitled|document\s?\d*$|.*\.(docx?|dotx?|rtf|odt)$)", re.IGNORECASE)


class _Docx:
    name = "docx"
    suffixes = (".docx", ".docm", ".dotx")

    def recognises(self, data: bytes) -> bool:
        """A zip archive with Word's main part in it."""
        return is_word(data)

    def read(self, data: bytes, *, file: str) -> Prose:
        """Unpack within bounds and read the main text, headers, footers and notes."""
        package = Package(data, file=file)
        document = package.part(package.main)
        story = document.find("body") if document is not None else None
        if document is None or story is None:
            raise package.refusal("its main part has no body, so it is no Word document")
        composer = Composer()
        styles = Styles(package.beside("styles.xml"))
        body = Body(composer, styles, Numbering(package.beside("numbering.xml")))
        margins = _margins(package, document)
        body.read(*margins["header"])
        body.read(story)
        _notes(package, body, composer)
        body.read(*margins["footer"])
        if not len(composer):
            if body.pictures:
                raise package.refusal("holds pictures only: it is a scan", "run OCR first")
            raise package.refusal("the document holds no text", "name the file that has the policy in it")
        return composer.prose("docx", title=_title(package), language=_language(package, styles), notes=_told(body))


def _margins(package: Package, document: Element) -> dict[str, tuple[Element, Region]]:
    """All headers and all footers, each text once."""
    parts = package.related(package.main)
    found: dict[str, tuple[Element, Region]] = {"header": (Element("hdr"), "header"), "footer": (Element("ftr"), "footer")}
    for kind, (together, _) in found.items():
        seen: set[str] = set()
        for reference in document.iter(f"{kind}Reference"):
            name = parts.get(reference.get("r:id", ""), "")
            part = package.part(name) if name not in seen else None
            seen.add(name)
            for paragraph in part if part is not None else ():
                text = " ".join("".join(paragraph.itertext()).split())
                if text not in seen:
                    seen.add(text)
                    together.append(paragraph)
    return found


def _notes(package: Package, body: Body, composer: Composer) -> None:
    """Footnotes and endnotes, behind the text, in the order in which it names them."""
    stories: dict[tuple[str, str], Element] = {}
    for kind in ("footnote", "endnote"):
        tree = package.beside(f"{kind}s.xml") if any(kind == named for named, _ in body.notes) else None
        for note in tree.iter(kind) if tree is not None else ():
            stories[kind, note.get("id", "")] = note
    for number, key in enumerate(dict.fromkeys(body.notes), 1):
        if key in stories:
            composer.add(body.text(stories[key]), marker=f"[{number}]")


def _title(package: Package) -> str:
    core = package.part("docProps/core.xml")
    title = (core.findtext("dc:title") or "").strip() if core is not None else ""
    return "" if _NO_TITLE.match(title) else title


def _language(package: Package, styles: Styles) -> str:
    settings = package.beside("settings.xml")
    named = settings.find("themeFontLang") if settings is not None else None
    return (named.get("val", "") if named is not None else "") or styles.language


def _told(body: Body) -> tuple[str, ...]:
    told = []
    if body.changed:
        told.append("the document has tracked changes; it was read as if all were accepted")
    if body.hidden:
        told.append(f"{body.hidden:,} characters of hidden text were left out")
    if body.embedded:
        told.append("another document is embedded in it and was not read; save it as one document if it belongs to the policy")
    return tuple(told)


DOCUMENT = _Docx()
