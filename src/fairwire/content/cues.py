"""Which rules a text fulfils: the points of each kind of content, and the words that made them.

A word is looked up once, however many rules there are; a rule is looked at only where its concepts are all there.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fairwire.content import languages
from fairwire.content.brands import posed_as
from fairwire.content.lexicon import SLURS
from fairwire.content.links import CHEAP, SHORTENERS, first_domain, registered_domain
from fairwire.content.rules import DENIABLE, RULES
from fairwire.content.tokens import Text, Token, is_code
from fairwire.content.vocabulary import NUMBER, PHRASES, SIGNS, WORDS, Concepts, concepts, known

EVEN = 3.5
"""Points at which a kind is as likely as not."""
_GAP, _CLOSE = 8, 2
"""Words from one step of a rule in order to the next, at most: after `>`, after `>>`."""
_DENIED = 2
"""Words before a rule in which a denial counts."""
_BIT = {name: 1 << place for name, place in NUMBER.items()}
_LOUD = (
    "problem company sexual explicit tempting buy urging saving loan debt relief rate won earn homework scheme invest gain fake "
    "sure_bet gamble premium"
)
LOUD = sum(_BIT[name] for name in _LOUD.split())
"""Concepts whose words sell or alarm even where no rule is fulfilled."""
_OPENS = frozenset(("hi", "hello", "dear", "hey", "mr", "mrs", "ms", "miss", "patient"))
_OFFICES = (".gov", "gov.uk", "gouv.fr", "gob.es", "gob.mx", "gov.it", "gov.pt", "gov.br", "overheid.nl", "bund.de")
"""Endings under which public offices alone have their names."""

Span = tuple[int, int]
"""First and last place of the tokens that name a concept."""


_Looked = tuple[str, Concepts | None, Sequence[tuple[tuple[str, ...], Concepts]], int]
"""A word as rules know it, what it names, the phrases that begin with it, and the languages that it is of."""


class Said(NamedTuple):
    """A rule that a text fulfils."""

    points: float
    spans: tuple[Span, ...]


class Named(NamedTuple):
    """What a text names."""

    present: int
    """Concepts as bits."""
    spans: dict[int, list[Span]]
    """Bit of a concept -> where."""
    words: tuple[str, ...]
    """The tokens, as rules know them."""
    english: bool
    """Whether they were read as English ones."""
    mixed: bool
    """Whether they were not, and so many are that they should be read so too."""


class _Rule(NamedTuple):
    kind: str
    points: float
    masks: tuple[int, ...]
    """Of each step: the concepts of which one must be there; all steps, the rarest first."""
    parts: tuple[tuple[tuple[int, int], ...], ...]
    """Of each part the steps in order: the concepts, and how many words they may be after the step before."""
    plain: bool
    """Whether being there is enough: no order, no denial."""
    deniable: bool


def _rules() -> tuple[_Rule, ...]:
    made = []
    for kind, lines in RULES.items():
        for points, line in lines:
            parts = tuple(tuple(_steps(part)) for part in line.split("&"))
            masks = tuple(sorted({step for part in parts for step, _ in part}, key=lambda mask: (mask.bit_count(), mask)))
            deniable = kind in DENIABLE and points > 0
            made.append(_Rule(kind, points, masks, parts, not deniable and all(len(part) == 1 for part in parts), deniable))
    return tuple(made)


def _steps(part: str) -> Iterator[tuple[int, int]]:
    gap = _GAP
    for step in part.split(">"):
        if step:
            yield sum(_BIT[name.strip()] for name in step.split("|")), gap
            gap = _GAP
        else:
            gap = _CLOSE


_FIRST = tuple((rule.masks[0], rule) for rule in _rules())
"""Each rule by its rarest step."""


def named(text: Text, *, in_english: bool = False) -> Named:
    """The concepts of a text, by one look at each token, or two where it is not `in_english`."""
    looked = [_look_up(each.text) if each.kind == "word" else (each.text, _sign(each), (), 0) for each in text.tokens]
    language = None if in_english else languages.language_of(sum([each[3] for each in looked]))
    mixed = False
    if language is not None:
        mixed = sum([each[3] == 1 for each in looked]) >= languages.FEWEST
        looked = [
            languages.look_up(each.text, language.place) if each.kind == "word" else seen
            for each, seen in zip(text.tokens, looked, strict=True)
        ]
    words = tuple([each[0] for each in looked])
    present = _BIT["disguise"] if text.plain.disguised else 0
    spans: dict[int, list[Span]] = {}
    for place, (_, of, phrases, _) in enumerate(looked):
        if of is not None:
            _add(spans, of, (place, place))
            present |= of.bits
            if of.bits & _BIT["greeting"] and _is_name(looked, place + 1):
                _add(spans, _SIGN["name"], (place + 1, place + 1))
                present |= _BIT["name"]
        for rest, more in phrases:
            if words[place + 1 : place + 1 + len(rest)] == rest:
                _add(spans, more, (place, place + len(rest)))
                present |= more.bits
    if present & _BIT["famous"] and present & _BIT["link"]:
        sign = _whose(text, words, spans[_BIT["famous"]])
        present |= _BIT[sign]
        _add(spans, _SIGN[sign], spans[_BIT["link"]][0])
        if sign == "foreign_link" and _is_sender(text, spans[_BIT["famous"]]):
            _add(spans, _SIGN["sender"], spans[_BIT["famous"]][0])
            present |= _BIT["sender"]
    return Named(present, spans, words, language is None, mixed)


def _whose(text: Text, words: tuple[str, ...], famous: list[Span]) -> str:
    """Whether the first link leads to the company, carrier or office that the text names, or somewhere else."""
    domain = first_domain(text) or ""
    names = {"".join(words[first : last + 1]) for first, last in famous}
    official = domain.endswith(_OFFICES) or domain.partition(".")[0] in names
    return "own_link" if official else "foreign_link"


def _is_sender(text: Text, famous: list[Span]) -> bool:
    """Whether the text begins with the famous name and a colon, as messages do that say who sent them."""
    first, last = min(famous)
    return first == 0 and text.plain.text[text.tokens[last].end :].lstrip()[:1] == ":"


def _is_name(looked: Sequence[_Looked], place: int) -> bool:
    """Whether the word, which stands after a greeting, is one that nobody knows."""
    return place < len(looked) and looked[place][1] is None and looked[place][0].isalpha()


def _add(spans: dict[int, list[Span]], of: Concepts, span: Span) -> None:
    for bit in of.each:
        if bit in spans:
            spans[bit].append(span)
        else:
            spans[bit] = [span]


@functools.lru_cache(maxsize=1 << 15)
def _look_up(written: str) -> _Looked:
    word = known(written)
    of = WORDS.get(word)
    if of is None:
        if zlib.crc32(word.encode()) in SLURS:
            of = _SIGN["slur"]
        elif not word.isalpha() and is_code(word):
            of = _SIGN["token"]
    elif word != written and not written.startswith(word):
        of = concepts(of.bits | _BIT["disguise"])
    if word in _OPENS:
        of = concepts((of.bits if of else 0) | _BIT["greeting"])
    return word, of, PHRASES.get(word, ()), languages.spoken_in(written, word)


def _sign(token: Token) -> Concepts:
    """What a token is that is no word."""
    kind, text = token.kind, token.text
    if kind == "link":
        return _link(text)
    if kind != "number":
        return _SIGN[kind]
    digits = sum(map(str.isdigit, text))
    if digits >= 9 or (digits >= 7 and (len(text) > digits or text[0] in "0+")):
        return _SIGN["phone"]
    return _SIGN["short" if digits >= 4 else kind]


def _link(text: str) -> Concepts:
    bits = _BIT["link"]
    domain = registered_domain(text) or ""
    if domain.rpartition(".")[2] in CHEAP or domain[-1:].isdigit():
        bits |= _BIT["hidden_link"] | _BIT["cheap_link"]
    elif domain in SHORTENERS or "hxxp" in text:
        bits |= _BIT["hidden_link"]
    posed = posed_as(text.rstrip(".,;:!?)>]'"))
    if posed:
        bits |= _BIT["posing_link" if posed.surely else "name_link"]
    return concepts(bits)


_SIGN = {name: concepts(_BIT[name]) for name in SIGNS} | {
    "phone": concepts(_BIT["number"] | _BIT["phone"]),
    "short": concepts(_BIT["number"] | _BIT["short"]),
}


def fulfilled(text: Text, names: Named) -> dict[str, list[Said]]:
    """Kind -> the rules that the text fulfils, of kinds that any rule speaks of."""
    present = names.present
    found: dict[str, list[Said]] = {}
    for rule in [rule for first, rule in _FIRST if first & present]:
        for mask in rule.masks:
            if not present & mask:
                break
        else:
            spans = () if rule.points < 0 and rule.plain else _placed(rule, text, names)
            if spans is not None:
                found.setdefault(rule.kind, []).append(Said(rule.points, spans))
    return found


def _placed(rule: _Rule, text: Text, names: Named) -> tuple[Span, ...] | None:
    """Where each part of the rule is; None where one has no place that counts."""
    spans: list[Span] = []
    for part in rule.parts:
        found = _place(part, rule.deniable, text, names)
        if found is None:
            return None
        spans += found
    return tuple(spans)


def _place(part: tuple[tuple[int, int], ...], deniable: bool, text: Text, names: Named) -> list[Span] | None:
    """The first place of the steps in order."""
    for first in _of(part[0][0], names):
        for spans in _following([first], part[1:], text, names):
            if not deniable or not _denied(spans, text, names):
                return spans
    # A concept of a link or a disguise may have no place of its own.
    return [] if len(part) == 1 and part[0][0] & _BIT["disguise"] else None


def _following(spans: list[Span], steps: tuple[tuple[int, int], ...], text: Text, names: Named) -> Iterator[list[Span]]:
    """The ways to go on with the steps: one word may begin several phrases, and not each leads on."""
    if not steps:
        yield spans
        return
    after = spans[-1][1]
    step, gap = steps[0]
    for each in _of(step, names):
        if after < each[0] <= after + gap and not any(after < stop <= each[0] for stop in text.stops):
            yield from _following([*spans, each], steps[1:], text, names)


def _of(mask: int, names: Named) -> list[Span]:
    """Where any concept of the mask is, by place."""
    if not mask & (mask - 1):
        return names.spans.get(mask, [])
    found: list[Span] = []
    for bit, spans in names.spans.items():
        if bit & mask:
            found += spans
    return sorted(found)


def _denied(spans: list[Span], text: Text, names: Named) -> bool:
    """Whether a denial stands before or between the words, or they are somebody else's."""
    first, last = spans[0][0], spans[-1][1]
    if text.quoted and all(place in text.quoted for place in range(first, last + 1)):
        return True
    taken = {place for span in spans for place in range(span[0], span[1] + 1)}
    begins = max((stop for stop in text.stops if stop <= first), default=0)
    near = range(max(begins, first - _DENIED), last + 1)
    return any(span[0] in near and span[0] not in taken for span in names.spans.get(_BIT["not"], ()))
