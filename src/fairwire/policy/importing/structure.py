"""From blocks to candidates: which sentence or item may be a clause, under which heading, completing which lead-in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fairwire.model.prose import Block
from fairwire.policy.importing.lines import BULLETS, looks_like_heading
from fairwire.policy.importing.sentences import is_definition, is_normative, sentences_of

Spot = tuple[int, int]
"""(start, end) in the document."""

_RUN_IN = re.compile(r"\s{0,3}([^\W\d_][\w'’&/()-]{0,30}(?: [^\W\d_][\w'’&/()-]{0,30}){0,6})(:|\s[–—-]|\.)\s+(?=[\"“'‘]?[A-Z])")
_INNER_LEAD = re.compile(r":\s+(?=[\"“'‘]?[A-Z])")
_POINTS = re.compile(
    r"\b(?:following|accompanying|below|these|such\s+as|includ(?:es?|ing)|not\s+to|may\s+not|must\s+not|shall(?:\s+not)?|are|is|to|must|will|that)\b",
    re.I,
)
_ENUMERATED = re.compile(r"(?:(?<=[\s:;,])|^)(\((?:[a-z]|[ivx]{1,4}|\d{1,2})\)|(?:[a-z]|[ivx]{1,4}|\d{1,2})\))\s+")
_DASHED = re.compile(r"(?<=[:;,])\s*([-–—•*])\s+")
_EXAMPLES = re.compile(
    r"\b(?:such\s+as|includ(?:es?|ing)|e\.g\.|for\s+example|examples?\s+(?:are|of)|limited\s+to)\b[^.]{0,80}:?$", re.I
)
_LEADING = re.compile(
    r"(?:\b(?:following|below|not|to|that|by|shall|must|may|will|and|or|for|in|with|include|includes|including|are|is|cannot|as|where|when|if|any|either|you|who|which)\s*[:–—-]?|:)$",
    re.I,
)
_DEFINITIONS = re.compile(
    r"^\W*(?:\d+\W*)?(?:definitions?(?:\s+and\s+interpretation)?|glossary|interpretation|defined\s+terms)\W*$", re.I
)
_LISTY = re.compile(r"(?:[;,]|;?\s*\b(?:and|or))$")
_LAWS = re.compile(r"\b(?:comply|complies|compliance|accordance|adhere|conform)\b.{0,60}:[\s_*]*$", re.I)
WHOLE_SENTENCES = 1
WHOLE_CHARACTERS = 600
"""A numbered item of more than either, with no lead-in over it, is prose."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece of the document that may be a clause."""

    start: int
    end: int
    paragraph: int
    """Sentences of one paragraph may be one clause together."""
    section: int
    """Number of the heading over it, 0 before the first."""
    whole: bool
    """An item, which is a clause as it stands."""
    heading: Spot | None = None
    lead_in: Spot | None = None
    marker: str = ""
    """The item's own."""
    section_marker: str = ""
    numbered: bool = False
    """A sentence of a numbered paragraph, whose sentences belong together more than others do."""


@dataclass(slots=True)
class _Place:
    """Where the walk stands."""

    heading: Spot | None = None
    section: int = 0
    section_marker: str = ""
    level: int = 0
    """Of the heading."""
    defining: bool = False
    leads: list[tuple[int, Spot, bool]] | None = None
    """(level, lead-in, whether its items stand no deeper than it does), innermost last; level 0 is a paragraph's."""
    paragraph: int = 0


def candidates_of(text: str, blocks: Sequence[Block]) -> tuple[list[Candidate], list[Spot]]:
    """(candidates, definitions), each in the order of the text.

    Parameters
    ----------
    text
        The document.
    blocks
        Those that belong to it, menus and banners taken out.
    """
    found: list[Candidate] = []
    definitions: list[Spot] = []
    place = _Place(leads=[])
    index = 0
    while index < len(blocks):
        index = _take(text, blocks, index, place, found, definitions)
    return found, definitions


def _take(text: str, blocks: Sequence[Block], index: int, place: _Place, found: list[Candidate], definitions: list[Spot]) -> int:
    """Read the block at `index`, and return the index of the next one to read."""
    block = blocks[index]
    following = blocks[index + 1] if index + 1 < len(blocks) else None
    words = text[block.start : block.end]
    place.paragraph += 1
    leads = place.leads if place.leads is not None else []
    symbol = block.kind == "item" and block.marker[:1] not in (*BULLETS, "", "(") and not block.marker[0].isalnum()
    symbol = symbol or (block.kind == "heading" and words[0] > "\u2100")
    inside = block.kind == "paragraph" or symbol or (block.kind == "heading" and block.level > place.level)
    listed = following is not None and following.kind == "item" and following.marker != block.marker
    if leads and inside and listed and _groups(words):
        # A heading inside a list: what leads up to the list leads up to what follows, too.
        place.heading, place.leads = (block.start, block.end), leads[:1]
        return index + 1
    if block.kind == "heading" or _heads(text, blocks, index, bool(leads)):
        place.heading, place.section = (block.start, block.end), place.section + 1
        place.level = block.level if block.kind == "heading" else place.level
        place.section_marker, place.leads = block.marker, []
        place.defining = bool(_DEFINITIONS.match(words))
        return index + 1
    is_item = block.kind == "item" or (bool(leads) and _reads_as_item(words))
    level = block.level if block.kind == "item" else 1
    if is_item:
        while (leads and leads[-1][0] > level) or (
            leads and leads[-1][0] == level and level > 0 and _leads_on(words, following, level)
        ):
            leads.pop()
        while leads and leads[-1][0] >= level and leads[-1][0] > 0 and not _flat(blocks, index, leads):
            leads.pop()
    else:
        leads.clear()
        level = 0
    led = bool(leads) and is_item
    if place.defining and not led and not _leads_on(words, following, level) and not is_normative(words):
        definitions.append((block.start, block.end))
        return index + 1
    lead = leads[-1][1] if leads else None
    if _leads_on(words, following, level):
        return _lead(text, blocks, index, level, place, found, definitions)
    if is_item and (lead is not None or not _is_prose(text, block)):
        if is_definition(words if lead is None else text[lead[0] : lead[1]]):
            definitions.append((block.start, block.end))
        else:
            found.append(_candidate(place, block.start, block.end, lead=lead, whole=True, marker=block.marker))
        return index + 1
    _prose(text, block.start, block.end, place, found, definitions, marker=block.marker)
    return index + 1


def _candidate(
    place: _Place,
    start: int,
    end: int,
    *,
    lead: Spot | None,
    whole: bool,
    marker: str = "",
    heading: Spot | None = None,
    numbered: bool = False,
) -> Candidate:
    return Candidate(
        numbered=numbered,
        start=start,
        end=end,
        paragraph=place.paragraph,
        section=place.section,
        whole=whole,
        heading=heading or place.heading,
        lead_in=lead,
        marker=marker,
        section_marker=place.section_marker,
    )


def _heads(text: str, blocks: Sequence[Block], index: int, led: bool) -> bool:
    """Whether a short item or line is the heading of what follows, though the file says nothing of it."""
    block = blocks[index]
    words = text[block.start : block.end]
    if _DEFINITIONS.match(words):
        return True
    if index + 1 >= len(blocks):
        return False
    if block.kind == "paragraph" and not led and _stands_over(text, blocks, index):
        return True
    if len(words.split()) > 6 or not looks_like_heading(words):
        return False
    following = blocks[index + 1]
    ahead = text[following.start : following.end]
    if block.kind == "paragraph":
        return len(ahead) >= 40 and not ahead[0].islower() and (is_normative(ahead) or len(ahead) >= 80)
    if led and not (len(words.split()) <= 3 and is_normative(ahead) and ahead[0].isupper() and len(ahead) >= 80):
        return False
    return following.level >= block.level and len(ahead.split()) >= 8 and is_normative(ahead) and ahead[0].isupper()


def _stands_over(text: str, blocks: Sequence[Block], index: int) -> bool:
    """A short line without a full stop, or a question, alone over a paragraph of sentences."""

    def unended(block: Block) -> bool:
        return len(text[block.start : block.end].split()) <= 14 and not re.search(r"[.!:;,]\W*$", text[block.start : block.end])

    ahead = text[blocks[index + 1].start : blocks[index + 1].end]
    alone = not index or blocks[index - 1].kind == "heading" or not unended(blocks[index - 1])
    return alone and unended(blocks[index]) and len(ahead) >= 80 and bool(re.search(r"[.!:]\W*$", ahead))


def _groups(words: str) -> bool:
    """Whether a line among items reads as the name of the next group of them."""
    return len(words.split()) <= 7 and looks_like_heading(words.lstrip("".join(c for c in words if not c.isalnum())))


def _reads_as_item(words: str) -> bool:
    """Whether a paragraph under a lead-in is one of its items."""
    if len(words) > 500 or words.rstrip().endswith(":"):
        return False
    return (
        bool(_LISTY.search(words))
        or words[0].islower()
        or (len(words) < 220 and not is_normative(words) and len(words.split()) >= 2)
    )


def _leads_on(words: str, following: Block | None, level: int) -> bool:
    """Whether a block is finished by the items behind it."""
    if following is None:
        return False
    if words.rstrip(" _*").endswith(":"):
        return True
    if following.kind != "item":
        return False
    if level and following.level <= level:
        return False
    return (
        bool(_LEADING.search(words))
        or bool(re.search(r"\b(?:following|below)\b[^.]*\.$", words, re.I))
        or (bool(level) and not re.search(r"[.!?]\W*$", words))
    )


def _flat(blocks: Sequence[Block], index: int, leads: list[tuple[int, Spot, bool]]) -> bool:
    """Whether a list without depth goes on under an item that leads on."""
    return blocks[index].kind == "item" and leads[-1][2] and leads[-1][0] == blocks[index].level


def _lead(
    text: str, blocks: Sequence[Block], index: int, level: int, place: _Place, found: list[Candidate], definitions: list[Spot]
) -> int:
    """A block that leads on: its last sentence is what the items complete; those before it stand by themselves."""
    block = blocks[index]
    leads = place.leads if place.leads is not None else []
    outer = leads[-1][1] if leads else None
    *before, last = sentences_of(text, block.start, block.end)
    words = text[last[0] : last[1]]
    deeper = index + 1
    while deeper < len(blocks) and blocks[deeper].kind == "item" and blocks[deeper].level > max(level, 0):
        deeper += 1
    examples = outer is not None and _EXAMPLES.search(words) and len(words.split()) >= 8
    unfinished = not words.rstrip(" _*").endswith(":")
    if (level and deeper > index + 1 and (examples or unfinished)) or (
        _LAWS.search(words) and _short(text, blocks[index + 1 : _end_of_list(blocks, index)])
    ):
        deeper = max(deeper, _end_of_list(blocks, index)) if not level else deeper
        # Examples of one thing, and the ends of one sentence, are one clause with it.
        found.append(_candidate(place, block.start, blocks[deeper - 1].end, lead=outer, whole=True, marker=block.marker))
        return deeper
    if before:
        _prose(text, before[0][0], before[-1][1], place, found, definitions, marker=block.marker)
    if level == 0:
        leads.clear()
    leads.append((level, last, level > 0 and blocks[index + 1].level <= level))
    place.leads = leads
    return index + 1


def _end_of_list(blocks: Sequence[Block], index: int) -> int:
    end = index + 1
    while end < len(blocks) and blocks[end].kind == "item":
        end += 1
    return end


def _short(text: str, items: Sequence[Block]) -> bool:
    """Whether the items are names and not duties."""
    return (
        bool(items)
        and all(len(text[each.start : each.end].split()) <= 12 for each in items)
        and sum(is_normative(text[each.start : each.end]) for each in items) * 4 <= len(items)
    )


def _is_prose(text: str, block: Block) -> bool:
    """Whether an item that nothing leads up to is a section in prose."""
    words = text[block.start : block.end]
    run_in = _RUN_IN.match(words)
    sentences = sentences_of(text, block.start, block.end)
    if run_in and run_in.group(2) == ":" and len(sentences) > 1:
        return True
    return len(sentences) > WHOLE_SENTENCES or (len(words) > WHOLE_CHARACTERS and len(sentences) > 1)


def _prose(
    text: str, start: int, end: int, place: _Place, found: list[Candidate], definitions: list[Spot], *, marker: str
) -> None:
    """The sentences of a paragraph."""
    heading = place.heading
    run_in = _run_in(text, start, end)
    first = True
    lead: Spot | None = None
    for begin, stop in sentences_of(text, start, end):
        if run_in and begin < run_in[1]:
            heading = run_in
            if stop <= run_in[1]:
                continue
        here, inner = _inner_lead(text, begin, stop, run_in)
        lead = inner or lead
        if is_definition(text[here:stop]) and inner is None:
            definitions.append((here, stop))
            continue
        parts = _enumerated(text, here, stop)
        if parts:
            said = (begin, _before_mark(text, begin, parts[0]))
            found.extend(
                _candidate(place, a, b, lead=said, whole=True, marker=mark, heading=heading)
                for a, b, mark in _marked(text, parts)
            )
            continue
        begins = run_in[0] if run_in and first and inner is None else here
        found.append(
            _candidate(
                place,
                begins,
                stop,
                lead=lead,
                whole=False,
                marker=marker,
                heading=heading,
                numbered=bool(marker) and run_in is None,
            )
        )
        first = False


def _run_in(text: str, start: int, end: int) -> Spot | None:
    """A heading in the line of its own paragraph: `Spam. You may not send ...`."""
    found = _RUN_IN.match(text, start, end)
    if not found:
        return None
    words = found.group(1).strip()
    if found.group(2) == "." and not looks_like_heading(words):
        return None
    if is_normative(words) or len(words) > 70:
        return None
    return (found.start(1), found.end(2))


def _inner_lead(text: str, start: int, stop: int, run_in: Spot | None) -> tuple[int, Spot | None]:
    """(where the sentence begins, the lead-in before it in the same sentence)."""
    begin = start
    if run_in and start <= run_in[0] < stop:
        begin = run_in[1]
        while begin < stop and text[begin].isspace():
            begin += 1
    for colon in _INNER_LEAD.finditer(text, begin, stop):
        before = text[begin : colon.start()]
        if len(before.split()) >= 4 and _POINTS.search(before) and is_normative(before):
            return colon.end(), (begin, colon.start() + 1)
        break
    return begin, None


def _enumerated(text: str, start: int, stop: int) -> list[tuple[int, int, str]]:
    """(start, end, marker) of `(a) ...; (b) ...` or `: - ...; - ...` in one sentence, when three or more say something."""
    for pattern, words in ((_ENUMERATED, 6), (_DASHED, 3)):
        marks = list(pattern.finditer(text, start, stop))
        if len(marks) < 3:
            continue
        parts = []
        for mark, after in zip(marks, [*marks[1:], None], strict=True):
            parts.append((mark.end(), after.start() if after else stop, mark.group(1)))
        if sum(len(text[a:b].split()) >= words for a, b, _ in parts) >= len(parts) - 1:
            return parts
    return []


def _before_mark(text: str, begin: int, first: tuple[int, int, str]) -> int:
    """Where a lead-in ends: before the marker of its first part, and the white space there."""
    return begin + len(text[begin : text.rfind(first[2], begin, first[0])].rstrip())


def _marked(text: str, parts: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    for start, end, mark in parts:
        stop = end
        while stop > start and (text[stop - 1].isspace() or text[stop - 1] in ";,"):
            stop -= 1
        if re.search(r"[;,]\s+(?:and|or)$", text[start:stop]):
            stop = start + re.search(r"[;,]\s+(?:and|or)$", text[start:stop]).start()  # type: ignore[union-attr]
        if start < stop:
            yield start, stop, mark


def joined(first: Candidate, last: Candidate) -> Candidate:
    """Two neighbours as one."""
    return replace(first, end=last.end)
