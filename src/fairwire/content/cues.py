"""Which rules a text fulfils: the points of each kind of content, and the words that made them.

A word is looked up once, however many rules there are; a rule is looked at only where its concepts are all there.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

from fairwire.content.lexicon import SLURS
from fairwire.content.links import SHORTENERS, registered_domain
from fairwire.content.rules import DENIABLE, RULES
from fairwire.content.tokens import Text, Token
from fairwire.content.vocabulary import NUMBER, PHRASES, WORDS, known

EVEN = 4.0
"""Points at which a kind is as likely as not."""
_GAP = 6
"""Words from one step of a rule in order to the next, at most."""
_DENIED = 2
"""Words before a rule in which a denial counts."""
_BIT = {name: 1 << place for name, place in NUMBER.items()}
_OPENS = frozenset(("hi", "hello", "dear", "hey", "mr", "mrs", "ms", "miss", "patient"))
_CHEAP = frozenset("top xyz click icu vip win loan buzz cyou sbs cfd rest bond monster quest bid trade ml ga cf gq tk".split())
"""Endings that registries give away or nearly so; abuse reports name them far beyond their share."""

Span = tuple[int, int]
"""First and last place of the tokens that name a concept."""


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


class _Rule(NamedTuple):
    kind: str
    points: float
    masks: tuple[int, ...]
    """Of each step: the concepts of which one must be there; all steps, the rarest first."""
    parts: tuple[tuple[int, ...], ...]
    """The steps of each part, in order."""
    plain: bool
    """Whether being there is enough: no order, no denial."""
    deniable: bool


def _rules() -> tuple[_Rule, ...]:
    made = []
    for kind, lines in RULES.items():
        for points, line in lines:
            parts = tuple(
                tuple(sum(_BIT[name.strip()] for name in step.split("|")) for step in part.split(">")) for part in line.split("&")
            )
            masks = tuple(sorted({step for part in parts for step in part}, key=lambda mask: (mask.bit_count(), mask)))
            deniable = kind in DENIABLE and points > 0
            made.append(_Rule(kind, points, masks, parts, not deniable and all(len(part) == 1 for part in parts), deniable))
    return tuple(made)


_ALL = _rules()


def named(text: Text) -> Named:
    """The concepts of a text, by one look at each token."""
    words = tuple([known(each.text) if each.kind == "word" else each.text for each in text.tokens])
    at: list[tuple[int, Span]] = []
    for place, token in enumerate(text.tokens):
        word = words[place]
        if token.kind == "word":
            bits = WORDS.get(word, 0) or (_BIT["slur"] if zlib.crc32(word.encode()) in SLURS else 0)
            if word is not token.text and word != token.text:
                bits |= _BIT["disguise"]
            elif place and words[place - 1] in _OPENS and word.isalpha() and not bits:
                bits |= _BIT["name"]
        else:
            bits = _sign(token)
        if bits:
            at.append((bits, (place, place)))
        for rest, more in PHRASES.get(word, ()):
            if words[place + 1 : place + 1 + len(rest)] == rest:
                at.append((more, (place, place + len(rest))))
    present = _BIT["disguise"] if text.plain.disguised else 0
    spans: dict[int, list[Span]] = {}
    for bits, span in at:
        present |= bits
        while bits:
            low = bits & -bits
            spans.setdefault(low, []).append(span)
            bits ^= low
    return Named(present, spans, words)


def _sign(token: Token) -> int:
    """What a token that is no word is."""
    kind, text = token.kind, token.text
    if kind != "number":
        bits = _BIT[kind]
        if kind == "link":
            domain = registered_domain(text) or ""
            if domain in SHORTENERS or domain.rpartition(".")[2] in _CHEAP or domain[-1:].isdigit() or "hxxp" in text:
                bits |= _BIT["hidden_link"]
        return bits
    digits = sum(each.isdigit() for each in text)
    if digits >= 9 or (digits >= 7 and (len(text) > digits or text[0] in "0+")):
        return _BIT["number"] | _BIT["phone"]
    return _BIT["number"] | (_BIT["short"] if digits >= 4 else 0)


def fulfilled(text: Text, names: Named) -> dict[str, list[Said]]:
    """Kind -> the rules that the text fulfils, of kinds that any rule speaks of."""
    present = names.present
    found: dict[str, list[Said]] = {}
    for rule in _ALL:
        for mask in rule.masks:
            if not present & mask:
                break
        else:
            spans = _placed(rule, text, names)
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


def _place(part: tuple[int, ...], deniable: bool, text: Text, names: Named) -> list[Span] | None:
    """The first place of the steps in order."""
    for first in _of(part[0], names):
        spans = [first]
        for step in part[1:]:
            after = spans[-1][1]
            following = next((each for each in _of(step, names) if after < each[0] <= after + _GAP), None)
            if following is None or any(after < stop <= following[0] for stop in text.stops):
                break
            spans.append(following)
        else:
            if not deniable or not _denied(spans, text, names):
                return spans
    # A concept of a link or a disguise may have no place of its own.
    return [] if len(part) == 1 and part[0] & _BIT["disguise"] else None


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
