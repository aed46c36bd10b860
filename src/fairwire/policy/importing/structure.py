"""From blocks to candidates: which sentence or item may be a clause, under which heading, completing which lead-in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fairwire.model.prose import Block
from fairwire.policy.importing.inside import (
    RUN_IN,
    Spot,
    before_mark,
    enumerated,
    inner_lead,
    is_row,
    marked,
    names_columns,
    run_in_of,
)
from fairwire.policy.importing.lines import BULLETS, looks_like_heading, style_of
from fairwire.policy.importing.sentences import is_definition, is_normative, is_particular, sentences_of

_EXAMPLES = re.compile(
    r"\b(?:such\s+as|includ(?:es?|ing)|e\.g\.|for\s+example|examples?\s+(?:are|of)|limited\s+to)\b[^.]{0,80}:?$", re.I
)
_LEADING = re.compile(
    r"(?:\b(?:following|below|not|also|to|that|by|shall|must|may|will|and|or|for|in|with|include|includes|including|are|is|cannot|as|where|when|if|any|either|you|who|which)\s*[:–—-]?|:)$",
    re.I,
)
_DEFINITIONS = re.compile(
    r"^\W*(?:\d+\W*)?(?:definitions?(?:\s+and\s+interpretation)?|glossary|interpretation|defined\s+terms)\W*$", re.I
)
_MEANING = re.compile(r"\b(?:shall|will|do(?:es)?|may)\s+(?:also\s+|not\s+)*(?:mean|include|refer|have)\b", re.I)
_LISTY = re.compile(r"(?:[;,]|;?\s*\b(?:and|or))$")
_LAWS = re.compile(r"\b(?:appl(?:y|ies)\s+to|comply|complies|compliance|accordance|adhere|conform)\b.{0,110}:[\s_*]*$", re.I)
LONG_SECTION = 160
"""Characters of a numbered paragraph with a heading of its own, from which it is a section. Our choice."""
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
    above: str = ""
    """The marker of the item that leads on to it."""
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
    leads: list[tuple[int, Spot, bool, str]] | None = None
    """(level, lead-in, whether its items stand no deeper than it does, marker), innermost last; level 0 is a paragraph's."""
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
    if is_particular(words) and len(words) < 80 and not (leads and block.kind == "item"):
        return index + 1  # not even as a heading
    symbol = block.kind == "item" and block.marker[:1] not in (*BULLETS, "", "(") and not block.marker[0].isalnum()
    symbol = symbol or (block.kind == "heading" and words[0] > "\u2100")
    inside = block.kind == "paragraph" or symbol or (block.kind == "heading" and block.level > place.level)
    listed = following is not None and following.kind == "item" and following.marker != block.marker
    if leads and inside and listed and _groups(words):
        # A heading inside a list: what leads up to the list leads up to what follows, too.
        place.heading, place.leads = (block.start, block.end), leads[:1]
        return index + 1
    if block.kind == "heading" or (not is_row(words) and _heads(text, blocks, index, bool(leads))):
        place.heading, place.section = (block.start, block.end), place.section + 1
        place.level = block.level if block.kind == "heading" else place.level
        place.section_marker, place.leads = block.marker, []
        place.defining = bool(_DEFINITIONS.match(words))
        return index + 1
    if is_row(words) and not place.defining:
        return _row(text, blocks, index, place, found)
    is_item = block.kind == "item" or (bool(leads) and _reads_as_item(words) and not _closes(text, blocks, index))
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
    if block.kind == "item" and not leads and (place.section_marker or not place.defining):
        _number(text, block, place)
    if place.defining and not led and not _leads_on(words, following, level) and not is_normative(_MEANING.sub(" ", words)):
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


def _number(text: str, block: Block, place: _Place) -> None:
    """A numbered paragraph with a heading in its line begins a section, where sections are counted like that."""
    counted = not place.section_marker or style_of(place.section_marker) == style_of(block.marker)
    if not counted or not re.fullmatch(r"(?:Section|Article|Clause|Part|[^\W_])*\W*(?:\d+|[IVX]+)\W*", block.marker, re.I):
        return
    run_in = run_in_of(text, block.start, block.end)
    words = text[block.start : block.end]
    if run_in and (len(words) >= LONG_SECTION or words.endswith(":") or place.section):
        place.heading, place.section, place.section_marker = run_in, place.section + 1, block.marker
        place.defining = bool(_DEFINITIONS.match(text[run_in[0] : run_in[1]]))


def _row(text: str, blocks: Sequence[Block], index: int, place: _Place, found: list[Candidate]) -> int:
    """A row of a table is one thing, whatever sentences stand in its cells; the first may name the columns."""
    block = blocks[index]
    begins = not index or not is_row(text[blocks[index - 1].start : blocks[index - 1].end])
    followed = index + 1 < len(blocks) and is_row(text[blocks[index + 1].start : blocks[index + 1].end])
    if begins and followed and names_columns(text[block.start : block.end]):
        return index + 1
    lead = place.leads[-1][1] if place.leads else None
    found.append(_candidate(place, block.start, block.end, lead=lead, whole=lead is not None, marker=block.marker))
    return index + 1


def _closes(text: str, blocks: Sequence[Block], index: int) -> bool:
    """Whether a paragraph behind a list of items that are sentences is no item of it."""
    before, block = blocks[index - 1], blocks[index]
    return (
        before.kind == "item"
        and block.kind == "paragraph"
        and all(re.search(r"[.!?]\W*$", text[each.start : each.end]) for each in (before, block))
        and not text[block.start].islower()
    )


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
        above=place.leads[-1][3] if lead is not None and place.leads else "",
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
    number = block.marker.rstrip(".):")
    counted = block.kind == "item" and number[:1].isdigit() and blocks[index + 1].marker.startswith(f"{number}.")
    if counted and len(words.split()) <= 12 and not re.search(r"[.!?:;,]\W*$", words):
        return True
    ahead = text[blocks[index + 1].start : blocks[index + 1].end]
    prose = blocks[index + 1].kind == "paragraph" and len(ahead) >= 60 and bool(re.search(r"[.:]\W*$", ahead))
    if block.kind == "item" and number[:1].isdigit() and prose and len(words.split()) <= 10 and looks_like_heading(words):
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
    if re.search(r"\?\W*$", text[blocks[index].start : blocks[index].end]) and len(ahead) >= 20:
        return len(text[blocks[index].start : blocks[index].end].split()) <= 30
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


def _flat(blocks: Sequence[Block], index: int, leads: list[tuple[int, Spot, bool, str]]) -> bool:
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
    above = leads[-1][3] if leads else ""
    own = block.marker if not place.section_marker or block.marker != place.section_marker else ""
    leads.append((level, last, level > 0 and blocks[index + 1].level <= level, own or above))
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
        and all(len(text[each.start : each.end].split()) <= 16 for each in items)
        and sum(is_normative(text[each.start : each.end]) for each in items) * 4 <= len(items)
    )


def _is_prose(text: str, block: Block) -> bool:
    """Whether an item that nothing leads up to is a section in prose."""
    words = text[block.start : block.end]
    run_in = RUN_IN.match(words)
    sentences = sentences_of(text, block.start, block.end)
    if run_in and run_in.group(2) == ":" and len(sentences) > 1:
        return True
    return len(sentences) > WHOLE_SENTENCES or (len(words) > WHOLE_CHARACTERS and len(sentences) > 1)


def _prose(
    text: str, start: int, end: int, place: _Place, found: list[Candidate], definitions: list[Spot], *, marker: str
) -> None:
    """The sentences of a paragraph."""
    heading = place.heading
    run_in = run_in_of(text, start, end)
    first = True
    lead: Spot | None = None
    for begin, stop in sentences_of(text, start, end):
        if run_in and begin < run_in[1]:
            heading = run_in
            if stop <= run_in[1]:
                continue
        here, inner = inner_lead(text, begin, stop, run_in)
        lead = inner or lead
        if is_definition(text[here:stop]) and inner is None:
            definitions.append((here, stop))
            continue
        parts = enumerated(text, here, stop)
        if parts:
            said = (begin, before_mark(text, begin, parts[0]))
            found.extend(
                _candidate(place, a, b, lead=said, whole=True, marker=mark, heading=heading) for a, b, mark in marked(text, parts)
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


def joined(first: Candidate, last: Candidate) -> Candidate:
    """Two neighbours as one."""
    return replace(first, end=last.end)
