"""Which parts of a page are its furniture: menus, site headers and footers, banners, lists of links.

What an element is called in HTML is believed. A word in a class or an id is believed only of small parts: themes put
such words on whole pages, and no policy may vanish because its box is called `has-sidebar`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from selectolax.lexbor import LexborNode

from fairwire.model.prose import Region

LARGE_SHARE = 0.4
"""Of the page's text: a part with more of it is not furniture for a word in its class. Our choice."""

LARGE_IN_CONTENT = 600
"""Characters: inside `<main>` or `<article>` a part with more of them is content, unless it is links. Our choice."""

MOSTLY_LINKS = 0.8
SHORT_LINK = 60
FEW_LINKS = 3

_TAGS: dict[str, Region] = {"nav": "navigation", "aside": "aside", "footer": "footer", "menu": "navigation", "dialog": "aside"}
_ROLES: dict[str, Region] = {
    "navigation": "navigation",
    "menu": "navigation",
    "menubar": "navigation",
    "tablist": "navigation",
    "banner": "header",
    "contentinfo": "footer",
    "complementary": "aside",
    "search": "navigation",
    "dialog": "aside",
    "alertdialog": "aside",
}
_CALLED: dict[Region, str] = {
    "navigation": "nav navbar navigation menu submenu megamenu breadcrumb breadcrumbs crumb crumbs pagination toc pager"
    " tableofcontents skiplink",
    "aside": "sidebar share sharing social feedback related newsletter subscribe announcement cta cookie cookies cookiebot"
    " cookieconsent onetrust gdpr consent",
    "footer": "footer colophon sitefooter copyright",
    "header": "masthead siteheader topbar",
}
_WORDS: dict[str, Region] = {word: region for region, words in _CALLED.items() for word in words.split()}
_PAIRS: dict[tuple[str, str], Region] = {
    ("site", "header"): "header",
    ("page", "footer"): "footer",
    ("table", "contents"): "navigation",
    ("skip", "link"): "navigation",
}
_ONLY_WITH = {"consent": frozenset(["banner", "bar", "box", "popup", "modal", "notice", "overlay", "manager", "cookie"])}
_NEVER = frozenset(["html", "body", "main", "article", "h1", "h2", "h3", "h4", "h5", "h6", "p", "li"])
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_FOR_SCREEN_READERS = frozenset(["sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text"])


class Regions:
    """Knows how much text the page has, so that a part can be told from the whole."""

    def __init__(self, body: LexborNode) -> None:
        self._characters = _length(body)
        self._may_measure = 20 * self._characters + 10_000  # all measuring together; a page of boxes in boxes ends it

    def of(self, element: LexborNode, attributes: dict[str, str | None], *, in_content: bool) -> Region:
        """What an element says that it is; `body` for nothing."""
        tag = element.tag or ""
        role = (attributes.get("role") or "").lower()
        if role in _ROLES:
            return "body" if tag in _NEVER or self._holds_content(element) else _ROLES[role]
        if tag == "header":
            return "body" if in_content or element.css_first("main,article") is not None else "header"
        if tag in _TAGS:
            return "body" if element.css_first("main,article,[role=main]") is not None else _TAGS[tag]
        if tag in {"ul", "ol"} and self._is_links(element):
            return "navigation"
        called = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        found = _named(called) if tag not in _NEVER and called != " " else "body"
        return found if found != "body" and self._is_small(element, in_content=in_content) else "body"

    def is_hidden(self, element: LexborNode, attributes: dict[str, str | None]) -> bool:
        """Whether a reader of the page does not see it."""
        if "hidden" in attributes and attributes["hidden"] != "until-found":
            return True
        if _HIDING_STYLE.search(attributes.get("style") or ""):
            return True
        if (attributes.get("aria-hidden") or "").lower() == "true":
            # A page that was saved with a dialogue open is hidden, from screen readers, as a whole.
            return not self._holds_content(element)
        return not _FOR_SCREEN_READERS.isdisjoint((attributes.get("class") or "").lower().split())

    def _holds_content(self, element: LexborNode) -> bool:
        if element.css_first("main,article,[role=main]") is not None:
            return True
        return self._measure(element) > LARGE_SHARE * self._characters

    def _is_small(self, element: LexborNode, *, in_content: bool) -> bool:
        if self._holds_content(element):
            return False
        length = self._measure(element)
        return not in_content or length <= LARGE_IN_CONTENT or _of_links(element) >= MOSTLY_LINKS * length

    def _measure(self, element: LexborNode) -> int:
        if self._may_measure < 0:
            return self._characters
        length = _length(element)
        self._may_measure -= length + 50
        return length

    def _is_links(self, element: LexborNode) -> bool:
        """Whether nearly every item is a link and nothing else, and short."""
        items = sum(1 for child in element.iter() if child.tag == "li")
        if items < FEW_LINKS or element.css_first("a") is None:
            return False
        length = self._measure(element)
        return length <= SHORT_LINK * len(element.css("li")) and _of_links(element) >= MOSTLY_LINKS * length


def _named(called: str) -> Region:
    for name in called.split():
        words = [word.lower() for word in _WORD.findall(name)]
        for pair in pairwise(words):
            if pair in _PAIRS:
                return _PAIRS[pair]
        for word in words:
            needed: Iterable[str] = _ONLY_WITH.get(word, ())
            if word in _WORDS and (not needed or any(other in needed for other in words)):
                # `no-sidebar`, `has-cookie-banner` say something about the page, not what this part is.
                return "body" if words[0] in {"no", "has", "with", "without", "is", "not"} else _WORDS[word]
    return "body"


def _length(element: LexborNode) -> int:
    return len(" ".join(element.text(deep=True).split()))


def _of_links(element: LexborNode) -> int:
    return sum(_length(link) for link in element.css("a"))
