"""What a text is about, how sure that is, and why."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from fairwire.content.cues import EVEN
from fairwire.content.judging import SHOWN, judge
from fairwire.content.links import first_domain
from fairwire.content.plain import MOST, unaccented
from fairwire.content.sensitive import WORST, sensitive
from fairwire.content.template import template_key
from fairwire.content.tokens import Text, take_apart

_LETTERS = re.compile(r"[^\W\d_]+")


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


def _read(taken: Text, text: str, *, spoken: bool) -> Reading:
    judged = judge(taken, spoken=spoken)
    scores = Scores(*(_sure(judged.odds.get(kind, -EVEN)) for kind in Scores._fields))
    kinds = {each.kind for each in sensitive(text) if not each.ordered}
    if judged.odds.get("health", -EVEN) >= 0:
        kinds.add("health")
    reasons = {kind: why for kind, why in judged.reasons.items() if kind != "health"}
    if reasons and not text.isascii():
        reasons = _as_written(reasons, text[:MOST])
    worst_first = tuple(kind for kind in WORST if kind in kinds)
    return Reading(
        scores,
        reasons,
        template_key(taken),
        worst_first[0] if worst_first else "none",
        worst_first,
        first_domain(taken),
    )


def _as_written(reasons: Mapping[str, tuple[str, ...]], text: str) -> dict[str, tuple[str, ...]]:
    """The reasons with the accents that their words have in the text."""
    accented = {unaccented(word): word for word in _LETTERS.findall(text.lower()) if not word.isascii()}
    return {
        kind: tuple(each if each in SHOWN else " ".join(accented.get(word, word) for word in each.split(" ")) for each in why)
        for kind, why in reasons.items()
    }


@functools.lru_cache(maxsize=1 << 12)
def _sure(odds: float) -> float:
    """Odds in units of e as a share, rounded so that the last bit of a machine's arithmetic does not show."""
    return round(1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0))), 4)
