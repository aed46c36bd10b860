"""Titles of policy documents: the one of a document, and those at which a further document begins in the same file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from fairwire.model.imported import Passage
from fairwire.model.prose import Block

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "acceptable_use",
        (
            r"accept(?:able|ed)\s+(?:\w{1,15}\s+){0,2}?us(?:e|age)",
            r"[A-Z]?AUP",
            r"us(?:e|age)\s+(?:polic(?:y|ies)|rules|guidelines?)",
            r"anti-?spam\s+policy",
            r"(?:responsible|appropriate|permitted)\s+use",
            r"abuse\s+policy",
            (
                r"(?:worthy|adequate|satisfactory|suitable|proper|acceptable)\s+(?:us(?:e|age)|utili[sz]ation)\s+(?:strategy|"
                r"approach|arrangement|policy)"
            ),
            r"prohibited\s+us(?:es?|age)\s+policy",
        ),
    ),
    (
        "fair_use",
        (r"(?:fair|reasonable)\s+us(?:e|age)", r"fair\s+and\s+(?:reasonable|acceptable)", r"FUP", r"excessive\s+use\s+policy"),
    ),
    ("privacy_policy", (r"privacy\s+(?:policy|notice|statement)", r"data\s+protection\s+(?:policy|notice)")),
    ("cookie_policy", (r"cookies?\s+(?:policy|notice)",)),
    ("data_processing", (r"data\s+process(?:ing|or)\s+(?:agreement|addendum|terms)", r"DPA")),
    ("service_level_agreement", (r"service[\s-]level\s+(?:agreement|guarantee|terms)", r"SLA")),
    (
        "terms_of_service",
        (
            r"terms\s+(?:of\s+(?:service|use|business|sale)|and\s+conditions|&\s+conditions)",
            r"(?:master\s+)?(?:services?|customer|subscription)\s+agreement",
            r"conditions\s+of\s+(?:use|sale|service)",
            r"general\s+terms",
        ),
    ),
    ("refund_policy", (r"(?:refund|returns?|cancell?ation)\s+policy",)),
    ("other_policy", (r"(?:dmca|copyright|security|anti-?fraud|complaints?|messaging|sms|porting|e-?mail)\s+policy",)),
)
_PATTERNS = tuple((kind, re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.I)) for kind, patterns in _KINDS)
_FAIR = dict(_PATTERNS)["fair_use"]
_LONGEST_TITLE = 110
_SUBJECT = re.compile(r"subject:[ \t]*(\S[^\n]{0,108}\S)", re.I)
_NAV_REGIONS = frozenset({"navigation", "footer"})
_BODY_OF_OWN = 200
_FURTHEST = 300
"""Lines after a title in which its body is looked for."""
_SENTENCE_LENGTH = 60
_RUNS_ON = re.compile(
    r"[,;]$|\b(?:this|our|the|your|see|read|view|by|with|to|and|is|are|applies|please|found|under|refer)\b", re.I
)
_WHOLE_TITLE = re.compile(
    r"\s*(?:[^\W\d_][\w’'&.,-]*\s+){0,6}?(?:Accept(?:able|ed)\s+Us(?:e|age)\s+Polic(?:y|ies))(?:\s*\([A-Z ]{2,8}\))?"
    r"(?:\s*(?:[-–—:|]|for|of)\s*(?:[\w’'&.,-]+\s*){1,6})?\s*\Z",
    re.I,
)
_SECTION = re.compile(
    r"\s*(?:violat|chang|scope|purpose|enforce|about|introduc|breach|amend|modif|updat|overview|compl|summary|revis|report|"
    r"agree|accepting|acceptance|your|this|these|how|what|who|why|when)",
    re.I,
)
_BODY_OF_AGAIN = 150
_TITLE_WORDS = re.compile(
    r"our|the|your|and|for|of|an|acceptable|accepted|use|usage|polic(?:y|ies)|aup|services?|customers?|changes?|updates?|to|in|on|"
    r"this|about|violations?|scope|definitions|appendix|annex|schedule|section"
)
_NUMBERED = re.compile(r"^\s{0,4}(?:\(?[0-9ivxIVX]{1,4}[.)]|[0-9]+(?:\.[0-9]+)+\.?|[A-Za-z][.)])\s")


class _Line(NamedTuple):
    start: int
    end: int
    text: str
    heading: bool
    item: bool
    level: int
    marked: bool
    kind: str | None
    """Of the document whose title it would be; None for what is no title."""


def title_of(text: str, blocks: Sequence[Block]) -> Passage | None:
    """The title of the document: the first line that names a policy and is followed by one, else the first heading."""
    lines = _lines(text, blocks)
    best: tuple[int, int] | None = None
    for place in range(len(lines)):
        points = _points(lines, place)
        if points and (best is None or points > best[0]):
            best = (points, place)
        if best is not None and place > best[1] + 40 and best[0] >= 4:
            break
    if best is not None:
        whole = (
            place for place in range(best[1]) if lines[place].kind is not None and _body_length(lines, place) >= _BODY_OF_OWN
        )
        return _passage(lines[next(whole, best[1])])
    subject = next((line for line in lines[:12] if _SUBJECT.match(line.text)), None)
    if subject is not None:
        return _subject(subject)
    for place, line in enumerate(lines):
        if line.heading and not line.item and _has_body(lines, place, 1) and len(line.text) <= _LONGEST_TITLE and not line.marked:
            return _passage(line) if line.level <= 1 or place < 3 else None
    return None


def _subject(line: _Line) -> Passage | None:
    found = _SUBJECT.match(line.text)
    return found and Passage(start=line.start + found.start(1), end=line.start + found.end(1), text=found[1])


def policies_in(text: str, blocks: Sequence[Block]) -> tuple[Passage, ...]:
    """The titles at which the documents of a file begin; none where it holds only one or none.

    Each is of another kind than those before, stands on its own line and is followed by a body of its own: a title repeated at
    the top, an entry of a menu and a mention in a sentence begin nothing. A section of a contract that has a policy's name and a
    number is a part of it.
    """
    lines = _lines(text, blocks)
    found: list[tuple[str, int]] = []
    for place, line in enumerate(lines):
        kind = line.kind
        if kind is None:
            continue
        if found and (kind == found[-1][0] or any(kind == earlier for earlier, _ in found)):
            continue
        if _body_length(lines, place) >= _BODY_OF_OWN:
            found.append((kind, place))
    return tuple(_passage(lines[place]) for _, place in found) if len(found) > 1 else ()


def same_kind_again(text: str, blocks: Sequence[Block]) -> tuple[Passage, ...]:
    """Titles of acceptable-use policies that may each begin a policy of its own, the first included; none where there is one.

    Each is a title and nothing else, in other words than the one before, and is followed by a body. A title that comes again
    in the same words is a running head.
    """
    lines = _lines(text, blocks)
    places = [place for place, line in enumerate(lines) if line.kind == "acceptable_use" and _WHOLE_TITLE.match(line.text)]
    found: list[int] = []
    for place, end in pairwise([*places, len(lines)]):
        said = sum(len(line.text) for line in lines[place + 1 : end])
        if _SECTION.match(lines[place].text):
            continue
        same = bool(found) and lines[found[-1]].text.casefold() == lines[place].text.casefold()
        if said >= _BODY_OF_AGAIN and not same:
            found.append(place)
    return tuple(_passage(lines[place]) for place in found) if len(found) > 1 else ()


def whose_policy(title: str) -> frozenset[str]:
    """The words of a policy's title that are not about its kind: whose it is."""
    words = re.findall(r"[^\W_]+", title.casefold())
    return frozenset(word for word in words if not _TITLE_WORDS.fullmatch(word) and len(word) > 1)


def kind_of_title(title: str) -> str | None:
    """The kind of document that a title names."""
    for kind, pattern in _PATTERNS:
        if pattern.search(title):
            fair = kind == "acceptable_use" and _FAIR.search(title) and not re.search(r"accept|AUP", title, re.I)
            return "fair_use" if fair else kind
    return None


def _lines(text: str, blocks: Sequence[Block]) -> list[_Line]:
    return [line._replace(kind=None if line.item or line.marked else _named_kind(line)) for line in _bare_lines(text, blocks)]


def _bare_lines(text: str, blocks: Sequence[Block]) -> list[_Line]:
    if blocks:
        return [
            _Line(
                block.start,
                block.end,
                text[block.start : block.end],
                block.kind == "heading",
                block.kind == "item",
                block.level,
                bool(block.marker.strip("#*- \t")) and block.kind == "heading" and block.level != 1,
                None,
            )
            for block in blocks
            if block.region not in _NAV_REGIONS and block.end > block.start
        ]
    found = []
    at = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if stripped:
            start = at + line.index(stripped[0])
            item = stripped[0] in "•*-–▪●◦·" and len(stripped) > 1 and stripped[1] == " "
            plain = stripped.lstrip("# ")
            first = start + len(stripped) - len(plain)
            heading = stripped[0] == "#"
            found.append(_Line(first, start + len(stripped), plain, heading, item, 1, _NUMBERED.match(plain) is not None, None))
        at += len(line)
    return found


def _named_kind(line: _Line) -> str | None:
    if len(line.text) > _LONGEST_TITLE or "\n" in line.text.strip():
        return None
    kind = kind_of_title(line.text)
    if kind is None or line.text.rstrip().endswith((".", ";", ",", "?")) or "http" in line.text or "@" in line.text:
        return None
    if not line.heading and _is_sentence(line.text):
        return None
    return kind


def _is_sentence(line: str) -> bool:
    """`This policy applies to ...`; most words of a title have capitals, or there are few."""
    words = [word for word in line.split() if word[:1].isalpha()]
    small = sum(
        word[:1].islower() and word not in ("of", "and", "for", "the", "to", "in", "on", "with", "&", "a", "an", "by")
        for word in words
    )
    return small > 2 or (small > 0 and _RUNS_ON.search(line) is not None)


def _points(lines: Sequence[_Line], place: int) -> int:
    line = lines[place]
    kind = line.kind
    if kind is None:
        return 0
    if not _has_body(lines, place, 12):
        return 0
    points = 2 + (2 if kind in ("acceptable_use", "fair_use") else 0)
    return points + (1 if line.heading and line.level <= 2 else 0)


def _has_body(lines: Sequence[_Line], place: int, within: int) -> bool:
    return any(len(line.text) > _SENTENCE_LENGTH and not line.heading for line in lines[place + 1 : place + 1 + max(within, 6)])


def _body_length(lines: Sequence[_Line], place: int) -> int:
    """The characters of prose before the next title of another kind."""
    own = lines[place].kind
    length = 0
    for line in lines[place + 1 : place + 1 + _FURTHEST]:
        if line.kind is not None and line.kind != own:
            break
        if len(line.text) > 40:
            length += len(line.text)
        if length >= _BODY_OF_OWN:
            break
    return length


def _passage(line: _Line) -> Passage:
    return Passage(start=line.start, end=line.end, text=line.text)
