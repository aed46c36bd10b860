"""What a text is about, how sure that is, and why."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fairwire.content import cues, model
from fairwire.content.links import first_domain
from fairwire.content.sensitive import WORST, sensitive
from fairwire.content.template import template_key
from fairwire.content.tokens import Text, take_apart


class Scores(NamedTuple):
    """How sure it is that a text is of a kind, 0 to 1, in steps of 0.0001; from 0.5 on it is said to be."""

    spam: float
    phishing: float
    one_time_code: float
    lure: float
    threat: float
    hate: float
    adult: float
    violence: float
    authority: float
    offer: float


class Reading(NamedTuple):
    """What `read_text` and `read_transcript` find."""

    scores: Scores
    reasons: Mapping[str, tuple[str, ...]]
    """Kind -> the words that spoke for it, the most telling first, at most five; kinds that nothing spoke for are missing."""
    template: int
    """64 bits, never zero: texts of one template share it."""
    sensitive: str
    """The worst of `kinds`, by `sensitive.WORST`; `none` where there is none."""
    kinds: tuple[str, ...]
    """Kinds of sensitive content: card, national_id, iban, health; the worst first."""
    link: str | None
    """The registered domain of the first link."""


_FED = ("lure", "phishing", "authority", "offer")
"""Kinds that are spam where a stranger sends them."""
_MOST = 5
"""Reasons that are shown."""


def read_text(text: str) -> Reading:
    """Reads a message or the subject of a mail."""
    return _read(take_apart(text), text, spoken=False)


def read_transcript(text: str) -> Reading:
    """Reads what was said in a call: no model of written messages, since speech has other words and none of their signs."""
    return _read(take_apart(text), text, spoken=True)


def explain_text(text: str, *, spoken: bool = False) -> tuple[str, ...]:
    """Sentences for an analyst: what the text is held for and why; nothing of it that `redact` hides."""
    reading = read_transcript(text) if spoken else read_text(text)
    told = sorted(
        ((score, kind) for kind, score in reading.scores._asdict().items() if score >= 0.5), key=lambda each: (-each[0], each[1])
    )
    sentences = []
    for score, kind in told:
        why = ", ".join(f"“{reason}”" for reason in reading.reasons.get(kind, ()))
        sentences.append(f"It reads as {_WORDS[kind]} ({score:.0%} sure)" + (f" because of {why}." if why else "."))
    if not told:
        kind, score = max(reading.scores._asdict().items(), key=lambda each: each[1])
        sentences.append(f"Nothing in it reaches one half; the nearest is {_WORDS[kind]} ({score:.0%}).")
    if reading.kinds:
        sentences.append(f"It holds {' and '.join(_SENSITIVE[kind] for kind in reading.kinds)}, so that it is shown redacted.")
    if reading.link:
        sentences.append(f"Its first link leads to {reading.link}.")
    return tuple(sentences)


_WORDS = {
    "spam": "unwanted advertising",
    "phishing": "phishing",
    "one_time_code": "a one-time code",
    "lure": "a lure by a loan or a prize",
    "threat": "a threat",
    "hate": "hate against a group of people",
    "adult": "adult content",
    "violence": "promotion of violence or terrorism",
    "authority": "somebody posing as an authority or a bank",
    "offer": "a fraudulent offer",
}
_SENSITIVE = {
    "card": "a card number",
    "national_id": "a national number",
    "iban": "an account number",
    "health": "a person's health",
}


def spam_odds(guess: float, points: Mapping[str, float], *, spoken: bool) -> float:
    """The odds of spam, in units of e: the model's and the points of the rules. A scheme is spam though no word of it sells."""
    fed = max(points.get(kind, 0.0) for kind in _FED)
    ads = points.get("spam", 0.0)
    if spoken:
        return max(fed + max(ads, 0.0) - cues.EVEN, guess + min(ads, 0.0))
    return max(guess + ads + max(fed - 1.0, 0.0), fed - cues.EVEN)


def _read(taken: Text, text: str, *, spoken: bool) -> Reading:
    names = cues.named(taken)
    found = cues.fulfilled(taken, names)
    points = {kind: sum(each.points for each in said) for kind, said in found.items()}
    reasons = {kind: why for kind, said in found.items() if (why := _reasons(taken, said))}
    guess = model.guess(taken, spoken=spoken)
    odds = spam_odds(guess.odds, points, spoken=spoken)
    if guess.spans and (not spoken or guess.odds >= odds):
        reasons["spam"] = tuple(dict.fromkeys((*reasons.get("spam", ()), *(_told(taken, span) for span in guess.spans))))[:_MOST]
    worst = max(_FED, key=lambda kind: points.get(kind, 0.0))
    if points.get(worst, 0.0) >= cues.EVEN:
        reasons["spam"] = tuple(dict.fromkeys((*reasons.get(worst, ())[:3], *reasons.get("spam", ()))))[:_MOST]
    values = {kind: _sure(points.get(kind, 0.0) - cues.EVEN) for kind in Scores._fields}
    values["spam"] = _sure(odds)
    kinds = {each.kind for each in sensitive(text)}
    if points.get("health", 0.0) >= cues.EVEN:
        kinds.add("health")
    reasons.pop("health", None)
    worst_first = tuple(kind for kind in WORST if kind in kinds)
    return Reading(
        Scores(**values),
        reasons,
        template_key(taken),
        worst_first[0] if worst_first else "none",
        worst_first,
        first_domain(taken),
    )


@functools.lru_cache(maxsize=1 << 12)
def _sure(odds: float) -> float:
    """Odds in units of e as a share, rounded so that the last bit of a machine's arithmetic does not show."""
    return round(1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0))), 4)


_SHOWN = {"link": "a link", "mail": "a mail address", "money": "a sum of money", "number": "a number"}


def _reasons(text: Text, said: Sequence[cues.Said]) -> tuple[str, ...]:
    """The words of the rules that speak for the kind, the loudest rule first, each once, redacted."""
    shown: dict[str, None] = {}
    for rule in sorted(said, key=lambda each: -each.points):
        if rule.points <= 0:
            break
        for span in rule.spans:
            shown[_told(text, span)] = None
    return tuple(shown)[:_MOST]


def _told(text: Text, span: tuple[int, int]) -> str:
    """The words of a span; of what may be private, what it is."""
    return " ".join(
        _SHOWN.get(each.kind) or (each.text if not any(map(str.isdigit, each.text)) else "a code")
        for each in text.tokens[span[0] : span[1] + 1]
    )
