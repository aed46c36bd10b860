"""A linear model of topics: what the words of a clause weigh for each topic, learned from labelled examples of our own.

One logistic regression a topic over stems and pairs of neighbouring stems, each counted once and by how rare it is, the row
brought to length one. The weights are data (`packs/_words/weights.json`), made by `benchmarks/learn_topics.py` from
`packs/_words/examples/`; a test holds both together. It knows paraphrases that no list of cues has; the cues know words that
no example has. `topics` joins the two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from fairwire.policy.importing.english import Token, stem

_SMALL = frozenset(
    map(
        stem,
        ("a", "an", "the", "any", "or", "and", "of", "to", "for", "our", "your", "their", "its", "in", "on", "by", "be", "is"),
    )
)
_TELLING = 0.15
"""Share of a topic's positive weight in a clause that makes a word one of those that decided."""


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """`weights.json`."""

    examples_sha256: str
    """Of the examples that it was learned from."""
    topics: tuple[str, ...]
    bias: tuple[float, ...]
    features: dict[str, tuple[float, tuple[tuple[int, float], ...]]]
    """Stem, or two stems with a blank between -> (how rare it is, (index of a topic, weight for or against it) of several)."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What the model says of one topic."""

    probability: float
    places: tuple[int, ...]
    """Of the words that weighed most."""


def features_of(tokens: Sequence[Token]) -> dict[str, tuple[int, ...]]:
    """Feature -> places of the words that it is made of, where it is first seen."""
    found: dict[str, tuple[int, ...]] = {}
    before: int | None = None
    for place, token in enumerate(tokens):
        if token.opens:
            before = None
        told = [word for word in token.stems if word not in _SMALL]
        if not told:
            continue
        for word in sorted(told):
            found.setdefault(word, (place,))
            if before is not None:
                for left in sorted(tokens[before].stems - _SMALL):
                    found.setdefault(f"{left} {word}", (before, place))
        before = place
    return found


def guesses(weights: Weights, tokens: Sequence[Token], *, least: float = 0.1) -> Mapping[str, Guess]:
    """Topic -> guess, of those at least `least` probable."""
    present = features_of(tokens)
    known = [(places, weights.features[name]) for name, places in present.items() if name in weights.features]
    if not known:
        return {}
    length = math.sqrt(sum(rare * rare for _, (rare, _) in known))
    sums: dict[int, float] = {}
    parts: dict[int, list[tuple[float, tuple[int, ...]]]] = {}
    for places, (rare, entries) in known:
        for topic, weight in entries:
            said = weight * rare / length
            sums[topic] = sums.get(topic, 0.0) + said
            if said > 0:
                parts.setdefault(topic, []).append((said, places))
    found: dict[str, Guess] = {}
    for topic, total in sums.items():
        probability = 1 / (1 + math.exp(-max(-30.0, min(30.0, total + weights.bias[topic]))))
        if probability >= least:
            whole = sum(weight for weight, _ in parts.get(topic, ()))
            telling = [places for weight, places in parts.get(topic, ()) if weight >= _TELLING * whole]
            found[weights.topics[topic]] = Guess(probability, tuple(sorted({place for places in telling for place in places})))
    return found


def weights_of(text: bytes) -> Weights:
    """The weights as written."""
    return msgspec.json.decode(text, type=Weights)
