"""A letter as a page: made from its own text, so that both parts of a mail say the same."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_LINK = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_ITEM = "- "
_STYLE = "margin:0 auto;padding:1em;max-width:42em;font-family:sans-serif;line-height:1.5;color:#1a1a1a;background:#ffffff"


def page_of(text: str, *, title: str, language: str) -> str:
    """The text as HTML: paragraphs, lists of lines that begin with `- `, and links. Whatever else it holds is shown as it is."""
    parts = [_part(part) for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    return framed(Markup("\n").join(parts), title=title, language=language)


def framed(body: Markup | str, *, title: str, language: str) -> str:
    """A whole page around what stands in it; a page stays as it is."""
    if "<html" in body[:2000].lower():
        return f"{body.strip()}\n"
    head = Markup(
        '<!doctype html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{}</title>\n</head>\n<body style="{}">\n'
    ).format(language, title, _STYLE)
    return f"{head}{body.strip()}\n</body>\n</html>\n"


def _part(part: str) -> Markup:
    found: list[Markup] = []
    lines: list[Markup] = []
    items: list[Markup] = []

    def flush() -> None:
        if lines:
            found.append(Markup("<p>{}</p>").format(Markup("<br>\n").join(lines)))
        if items:
            found.append(
                Markup("<ul>\n{}\n</ul>").format(Markup("\n").join(Markup("<li>{}</li>").format(each) for each in items))
            )
        lines.clear()
        items.clear()

    for line in part.splitlines():
        listed = line.startswith(_ITEM)
        if (listed and lines) or (not listed and items and not line.startswith("  ")):
            flush()
        if listed:
            items.append(_linked(line.removeprefix(_ITEM)))
        elif items:
            items[-1] += Markup(" ") + _linked(line.strip())
        else:
            lines.append(_linked(line.strip()))
    flush()
    return Markup("\n").join(found)


def _linked(line: str) -> Markup:
    """A line, escaped, its web addresses made links."""
    made, end = Markup(""), 0
    for match in _LINK.finditer(line):
        made += escape(line[end : match.start()])
        made += Markup('<a href="{0}">{0}</a>').format(match[0])
        end = match.end()
    return made + escape(line[end:])
