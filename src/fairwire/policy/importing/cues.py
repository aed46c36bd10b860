"""Cues: the words by which a clause is known to be about a topic. Data in `packs/_words/cues.yaml`, matched over stems.

unsolicited .. call|text        `unsolicited`, then within six words `call` or `text`
auto dialer                     one after the other, small words between them allowed
share & password                both, anywhere in the clause, in any order
email & !text|sms               the first without any of the others
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from fairwire.policy.importing.english import Token, stem

WEIGHTS = {"strong": 0.9, "medium": 0.6, "weak": 0.35}
"""How sure one cue of each kind makes us."""
FAR = 0.97
"""What each word between the words of a cue leaves of it."""
_GAPS = {"..": 6, "...": 14}
_SMALL = frozenset(map(stem, re.findall(r"\w+", "a an the any or and of to for our your their its his her such other all")))


@dataclass(frozen=True, slots=True)
class Cue:
    """One pattern."""

    parts: tuple[tuple[frozenset[str], int], ...]
    """(stems of which one must stand there, how many other words may stand before it)."""
    together: tuple[Cue, ...] = ()
    """Further patterns that must be found too, wherever they stand."""
    without: tuple[Cue, ...] = ()
    """Patterns of which none may be found."""


def parse_cue(written: str) -> list[Cue]:
    """The patterns of one cue as written; several where an alternative has more than one word (`denial_of_service|flood`)."""
    sides = [side.strip() for side in written.split("&")]
    without = tuple(cue for side in sides if side.startswith("!") for cue in _sequences(side[1:]))
    wanted = [_sequences(side) for side in sides if not side.startswith("!")]
    return [Cue(parts=one[0].parts, together=tuple(one[1:]), without=without) for one in product(*wanted)]


def _sequences(written: str) -> list[Cue]:
    variants: list[list[tuple[frozenset[str], int]]] = [[]]
    gap = 0
    for part in written.split():
        if part in _GAPS:
            gap = _GAPS[part]
            continue
        choices = part.split("|")
        single = frozenset(stem(choice) for choice in choices if "_" not in choice)
        grown: list[list[tuple[frozenset[str], int]]] = []
        for variant in variants:
            if single:
                grown.append([*variant, (single, gap)])
            for choice in choices:
                if "_" in choice:
                    first, *rest = choice.split("_")
                    grown.append([*variant, (frozenset((stem(first),)), gap), *((frozenset((stem(word),)), 0) for word in rest)])
        variants = grown
        gap = 0
    return [Cue(parts=tuple(variant)) for variant in variants if variant]


class Index:
    """Cues by the stems that they begin with, so that a clause asks only the few that could fit."""

    def __init__(self, cues: Iterable[tuple[str, str, float, Cue]]) -> None:
        """Of (topic, cue as written, weight, pattern)."""
        self._first: dict[str, list[tuple[str, str, float, Cue]]] = {}
        for entry in cues:
            for word in entry[3].parts[0][0]:
                self._first.setdefault(word, []).append(entry)

    def found(self, tokens: Sequence[Token]) -> list[tuple[str, str, float, tuple[int, ...]]]:
        """(topic, cue, weight, places of the words that matched) for every cue that is there, where its words stand closest."""
        hits: dict[tuple[str, str], tuple[float, tuple[int, ...]]] = {}
        for place, token in enumerate(tokens):
            for word in token.stems:
                for topic, written, weight, cue in self._first.get(word, ()):
                    before = hits.get((topic, written))
                    if before is not None and before[0] >= weight:
                        continue
                    matched = _match(cue.parts, tokens, place)
                    if matched is None:
                        continue
                    near = weight * FAR ** (matched[-1] - matched[0] + 1 - len(matched))
                    others = None if before is not None and before[0] >= near else _others(cue, tokens)
                    if others is not None:
                        hits[(topic, written)] = (near, (*matched, *others))
        return [(topic, written, weight, matched) for (topic, written), (weight, matched) in hits.items()]


def _others(cue: Cue, tokens: Sequence[Token]) -> tuple[int, ...] | None:
    """Places of what must stand there besides; None when something is missing, or there that must not be."""
    if any(_anywhere(other, tokens) for other in cue.without):
        return None
    places: tuple[int, ...] = ()
    for other in cue.together:
        more = _anywhere(other, tokens)
        if more is None:
            return None
        places = (*places, *more)
    return places


def _anywhere(cue: Cue, tokens: Sequence[Token]) -> tuple[int, ...] | None:
    for place, token in enumerate(tokens):
        if not token.stems.isdisjoint(cue.parts[0][0]):
            matched = _match(cue.parts, tokens, place)
            if matched is not None:
                return matched
    return None


def _match(parts: tuple[tuple[frozenset[str], int], ...], tokens: Sequence[Token], place: int) -> tuple[int, ...] | None:
    """Places of the words of a pattern that begins at `place`; the nearest word that fits is taken."""
    matched = [place]
    for wanted, gap in parts[1:]:
        at = matched[-1] + 1
        left = gap
        while at < len(tokens) and tokens[at].stems.isdisjoint(wanted):
            if tokens[at].opens:
                return None
            if not gap and not tokens[at].stems.isdisjoint(_SMALL):
                at += 1
                continue
            if left == 0:
                return None
            left -= 1
            at += 1
        if at >= len(tokens) or tokens[at].opens:
            return None
        matched.append(at)
    return tuple(matched)


def index_of(topics: Mapping[str, Mapping[str, Sequence[str]]]) -> Index:
    """The index of topic -> kind of cue (`strong`, `medium`, `weak`) -> cues as written."""
    return Index(
        (topic, written, WEIGHTS[kind], cue)
        for topic, kinds in topics.items()
        for kind in WEIGHTS
        for written in kinds.get(kind, ())
        for cue in parse_cue(written)
    )
