"""What a clause is about: cues in its words, in its lead-in and its heading, and what a model makes of its words.

Cues are written by people, one by one; the model is learned from labelled examples. Each is right where the other is not, so
their odds are multiplied, each by its weight; the weights were fitted on documents that neither was made from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fairwire.model.documents import read_document
from fairwire.model.imported import NamedTopic
from fairwire.model.policy import Control
from fairwire.policy.importing.cues import Index, index_of, parse_cue
from fairwire.policy.importing.english import Spun, Token
from fairwire.policy.importing.model import Weights, guesses

STRONG = 0.8
"""Weight of a cue that names its topic by itself."""
CONTEXT = {"own": 1.0, "lead_in": 0.5, "heading": 0.35}
"""How much a cue counts by where its words stand."""
SPUN = 0.85
"""How much a cue counts that is only there by what an odd word may stand for."""
BORROWED = 0.4
"""What is left of a topic that only the lead-in or the heading names, where the clause names one of its own."""
NEVER = 0.4
FAINT = 0.5
"""What is left of a faint topic beside a telling one."""
"""What is left of a topic when a word says that it is not meant."""
ODDS = {"bias": 0.5, "cues": 0.65, "model": 0.65, "led": 0.1}
"""Weights of the log odds that cues, the model, and the model with the lead-in give."""
SPUN_ODDS = {"bias": 1.1, "cues": 0.75, "model": 0.7, "led": 0.15}
"""The same where words stand for others: the cues know fewer of them than the model was shown."""
NONE = {"cues": 0.05, "model": 0.03}
"""What one that says nothing gives."""
LEAST = 0.02
LISTED = 0.3
SURE = 0.5
"""From here on a topic is proposed for force; below, a person is asked."""
CERTAIN = 0.9
"""Below, a person looks first: on documents that nobody had seen, 89 of 100 topics from here on were right, and 49 of 100
between this and `SURE`."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Topics, their cues and their usual controls."""

    index: Index
    never: Index
    weights: Weights
    controls: Mapping[str, tuple[Control, ...]]
    spun: Spun
    faint: frozenset[str]
    """Topics that are nearly always said beside others: they count only where nothing more telling is."""


def taxonomy_of(text: str, weights: Weights, *, file: str) -> Taxonomy:
    """Of the text of `cues.yaml` and the weights of `weights.json`."""
    document, errors = read_document(text, file)
    if errors:
        raise errors[0]
    value: dict[str, Any] = document.value
    topics: dict[str, dict[str, Any]] = value["topics"]
    return Taxonomy(
        index=index_of(topics),
        never=Index(
            (topic, written, 1.0, cue)
            for topic, kinds in topics.items()
            for written in kinds.get("never", ())
            for cue in parse_cue(written)
        ),
        weights=weights,
        controls={topic: tuple(kinds.get("controls", ())) for topic, kinds in topics.items()},
        faint=frozenset(topic for topic, kinds in topics.items() if kinds.get("faint")),
        spun=Spun.of(value["spun"]["words"], value["spun"]["phrases"]),
    )


def topics_in(
    taxonomy: Taxonomy, text: str, own: Sequence[Token], lead_in: Sequence[Token] = (), heading: Sequence[Token] = ()
) -> tuple[NamedTopic, ...]:
    """The topics of a clause, surest first.

    Parameters
    ----------
    text
        The whole document, to quote from.
    own, lead_in, heading
        Words of the clause, of the sentence that it completes and of the heading over it.
    """
    cued, words = _by_cues(taxonomy, own, lead_in, heading)
    plain, led = _as_written(own), [*_as_written(lead_in), *_as_written(own)]
    alone = guesses(taxonomy.weights, plain, least=LEAST)
    behind = guesses(taxonomy.weights, led, least=LEAST) if lead_in else alone
    weigh = SPUN_ODDS if any(token.spun for token in own) else ODDS
    named = []
    for topic in {*cued, *alone}:
        guess = alone.get(topic)
        odds = weigh["bias"] + weigh["cues"] * _log_odds(cued.get(topic, NONE["cues"]), NONE["cues"])
        odds += weigh["model"] * _log_odds(guess.probability if guess else NONE["model"], NONE["model"])
        odds += weigh["led"] * _log_odds(behind[topic].probability if topic in behind else NONE["model"], NONE["model"])
        sure = min(0.99, 1 / (1 + math.exp(-odds)))
        if sure >= LISTED:
            spots = words.get(topic) or [(plain[place].start, plain[place].end) for place in (guess.places if guess else ())]
            if spots:
                named.append(NamedTopic(topic=topic, confidence=round(sure, 2), words=_quoted(text, spots)))
    return tuple(sorted(named, key=lambda each: (-each.confidence, each.topic)))


def _log_odds(probability: float, least: float) -> float:
    sure = min(0.99, max(least, probability))
    return math.log(sure / (1 - sure))


def _as_written(tokens: Sequence[Token]) -> list[Token]:
    """The words by their own stems: the model was shown spun English as it is."""
    return [replace(token, stems=frozenset((token.own,)), spun=False) if token.spun else token for token in tokens]


def _by_cues(
    taxonomy: Taxonomy, own: Sequence[Token], lead_in: Sequence[Token], heading: Sequence[Token]
) -> tuple[dict[str, float], dict[str, list[tuple[int, int]]]]:
    """(topic -> how sure its cues make us, topic -> places of their words)."""
    tokens = [*heading, *lead_in, *own]
    bounds = (len(heading), len(heading) + len(lead_in))
    doubt: dict[str, float] = {}
    words: dict[str, list[tuple[int, int]]] = {}
    used: dict[str, list[set[int]]] = {}
    # What the clause says itself is not borrowed from the heading because the heading says it too.
    own_named = {topic for topic, _, weight, places in taxonomy.index.found(own) if weight >= STRONG and len(places) == 1}
    hits = sorted(taxonomy.index.found(tokens), key=lambda hit: (-hit[2], hit[3]))
    for topic, _, weight, places in hits:
        if not _in_reach(places, bounds):
            continue
        if max(places) >= bounds[1]:
            own_named.add(topic)
        factor = _context(places, bounds) * (SPUN if any(tokens[place].spun for place in places) else 1.0)
        mine = used.setdefault(topic, [])
        # Two cues over the same words are one piece of evidence; what the second adds is small.
        again = any(set(places) & before for before in mine)
        mine.append(set(places))
        doubt[topic] = doubt.get(topic, 1.0) * (1 - weight * factor * (0.25 if again else 1.0))
        words.setdefault(topic, []).extend((tokens[place].start, tokens[place].end) for place in places)
    borrowed = BORROWED if any(1 - doubt[topic] >= SURE for topic in own_named) else 1.0
    vetoed = {topic for topic, _, _, places in taxonomy.never.found(tokens[bounds[0] :])}
    telling = any(1 - doubt[topic] >= 0.75 for topic in own_named - taxonomy.faint - vetoed)
    sure = {
        topic: (1 - left)
        * (NEVER if topic in vetoed else 1.0)
        * (1.0 if topic in own_named else borrowed)
        * (FAINT if telling and topic in taxonomy.faint else 1.0)
        for topic, left in doubt.items()
    }
    return sure, words


def _in_reach(places: Sequence[int], bounds: tuple[int, int]) -> bool:
    """A cue does not reach from the heading into a sentence; from the lead-in it does when most of it is the clause's own."""
    if places[0] < bounds[0]:
        return max(places) < bounds[0]
    own = sum(place >= bounds[1] for place in places)
    return own in (0, len(places)) or own >= 2


def _context(places: Sequence[int], bounds: tuple[int, int]) -> float:
    inside = sum(place >= bounds[1] for place in places)
    if inside:
        return CONTEXT["own"] if inside * 2 >= len(places) else (CONTEXT["own"] + CONTEXT["lead_in"]) / 2
    return CONTEXT["lead_in"] if min(places) >= bounds[0] else CONTEXT["heading"]


def _quoted(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """The words as they stand, neighbours together, each once."""
    runs: list[list[int]] = []
    for start, end in sorted(set(spans)):
        if runs and start - runs[-1][1] <= 1:
            runs[-1][1] = max(end, runs[-1][1])
        else:
            runs.append([start, end])
    return tuple(dict.fromkeys(" ".join(text[start:end].split()) for start, end in runs))
