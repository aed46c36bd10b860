"""Pages nested without end: what a parser would need hours for is flattened first, as browsers do."""

from __future__ import annotations

import re

DEEPEST = 1000
"""Elements inside one another that are kept. Browsers stop at 512; the time of parsing grows with the square of it."""

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*>")
_ALONE = """
    area base br col embed hr img input link meta param source track wbr p li dd dt option optgroup tr td th tbody thead tfoot
    colgroup caption rp rt rb rtc html head body a button nobr script style title textarea noscript template iframe
"""
_CLOSE_THEMSELVES = frozenset(_ALONE.split())
_BOXES = "div span section article main header footer nav aside b i u s em strong font center ul ol dl table"
_NEVER_EMPTY = frozenset(_BOXES.split())


def flatten(source: str) -> str:
    """The same page, without the tags that would go deeper than `DEEPEST`; a page that does not go there is untouched."""
    if source.count("<") <= DEEPEST:
        return source
    kept: list[str] = []
    written = depth = 0
    for tag in _TAG.finditer(source):
        name = tag[2].lower()
        if name in _CLOSE_THEMSELVES or name.startswith("!"):
            continue
        if tag[1]:
            depth = max(0, depth - 1)
            too_deep = depth >= DEEPEST
        elif tag[0].endswith("/>") and name not in _NEVER_EMPTY:
            continue
        else:
            depth += 1
            too_deep = depth > DEEPEST
        if too_deep:
            kept.append(source[written : tag.start()])
            written = tag.end()
    return "".join(kept) + source[written:] if kept else source
