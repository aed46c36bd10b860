"""Web pages, read as a browser's reader sees them: visible text, a block a line, and what is only the site's furniture."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from fairwire.documents.html.depth import flatten
from fairwire.documents.html.encoding import decode_page
from fairwire.documents.html.walk import NEVER_SEEN, Walk
from fairwire.model.prose import Prose
from fairwire.ports.documents import UnreadableDocument

SHORT = 200
"""Characters: a page of scripts with no more text than this, and with words of waiting in it, is made by its scripts."""

MUCH_HIDDEN = 200

_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml.*?\?>\s*)*<(?:!doctype\s+html|html|head|body|meta|title)[\s>]", re.IGNORECASE | re.DOTALL
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}")
_WAITING = re.compile(r"loading|please wait|enable javascript|javascript (?:is )?(?:required|disabled)|requires javascript", re.I)


class _Html:
    name = "html"
    suffixes = (".html", ".htm", ".xhtml")

    def recognises(self, data: bytes) -> bool:
        """A document type, or one of the elements that a page begins with."""
        return _PAGE.match(data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")) is not None

    def read(self, data: bytes, *, file: str) -> Prose:
        """Parse as browsers do, however broken it is, and keep what can be seen."""
        source, notes = decode_page(data, file=file)
        try:
            tree = LexborHTMLParser(flatten(source))
        except SelectolaxError as error:
            raise UnreadableDocument(
                f"the page cannot be parsed: {error}", at=file, help_="save it from a browser as PDF"
            ) from None
        scripted = tree.css_first("script") is not None
        title = _title(tree)
        language = (tree.root.attributes.get("lang") or "").strip() if tree.root else ""
        language = language if _LANGUAGE.fullmatch(language) else ""
        body = tree.body
        if body is not None:
            tree.strip_tags(sorted(NEVER_SEEN - {"head", "title", "meta", "link"}))
            walk = Walk(body)
            prose = walk.composer.prose("html", title=title, language=language)
        if body is None or not prose.text or (scripted and len(prose.text) < SHORT and _WAITING.search(prose.text)):
            if scripted:
                raise UnreadableDocument(
                    "holds no text: its page is made by script", at=file, help_="save the page from a browser as PDF or text"
                )
            raise UnreadableDocument("the page holds no text", at=file, help_="name the file that has the policy in it")
        if walk.hidden > MUCH_HIDDEN:
            notes += (
                f"{walk.hidden:,} characters that the page hides were left out; save it as PDF if they belong to the policy",
            )
        heading = next((block for block in prose.blocks or () if block.kind == "heading" and block.level == 1), None)
        if not title and heading:
            title = prose.text[heading.start : heading.end]
        return Prose(kind="html", text=prose.text, blocks=prose.blocks, title=title, language=language, notes=notes)


def _title(tree: LexborHTMLParser) -> str:
    element = tree.css_first("head > title") or tree.css_first("meta[property='og:title']")
    if element is None:
        return ""
    return " ".join((element.attributes.get("content") or element.text() or "").split())


DOCUMENT = _Html()
