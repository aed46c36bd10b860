"""The odds of each kind for a text: by its rules and, of spam, by the models; a long text is judged window by window.

In a long conversation the words of any rule come together by chance. So words count together only where they stand near, and the
more places there were to look, the more is asked of each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from fairwire.content import cues, model
from fairwire.content.brands import posed_as
from fairwire.content.plain import Plain
from fairwire.content.tokens import Text, Token

WINDOW = 48
"""Words that are judged together: about what a robocall says before it asks for a key."""
_WHOLE = 96
"""Words up to which a text is judged as one."""
LOOKS = 1.5
"""What each look costs, in units of the logarithm of their number: one would be fair to independent looks, and windows overlap;
chosen on robocalls among innocent calls, see docs/explanation/content.md."""
_FED = ("lure", "phishing", "authority", "offer")
"""Kinds that are spam where a stranger sends them."""
_WANTED = ("one_time_code", "health")
"""Kinds of texts that people wait for: their words are none of spam."""
MOST_REASONS = 5


class Judged(NamedTuple):
    """What is held of a text."""

    odds: Mapping[str, float]
    """Kind -> logarithm of the odds that the text is of it; kinds that no rule spoke of are missing."""
    reasons: Mapping[str, tuple[str, ...]]
    """Kind -> the words that spoke for it, the most telling first."""


def judge(text: Text, *, spoken: bool) -> Judged:
    """The odds of a text: of its worst window where it is long, less for each time that there was to look."""
    windows = list(_windows(text))
    if len(windows) == 1:
        return _judge(windows[0], spoken=spoken)
    odds: dict[str, float] = {}
    reasons: dict[str, tuple[str, ...]] = {}
    asked = LOOKS * math.log(len(windows))
    for window in windows:
        judged = _judge(window, spoken=spoken)
        for kind, value in judged.odds.items():
            if value - asked > odds.get(kind, -cues.EVEN):
                odds[kind] = value - asked
                if kind in judged.reasons:
                    reasons[kind] = judged.reasons[kind]
    return Judged(odds, reasons)


def spam_odds(guess: float, points: Mapping[str, float], *, spoken: bool) -> float:
    """The odds of spam, in units of e: the model's and the points of the rules. A scheme is spam though no word of it sells."""
    fed = max(points.get(kind, 0.0) for kind in _FED)
    ads = points.get("spam", 0.0)
    if spoken:
        return max(fed + max(ads, 0.0) - cues.EVEN, guess + min(ads, 0.0))
    return max(guess + ads + max(fed - 1.0, 0.0), fed - cues.EVEN)


def _windows(text: Text) -> Iterator[Text]:
    """The text, or windows of it that overlap by half."""
    count = len(text.tokens)
    if count <= _WHOLE:
        yield text
        return
    for first in range(0, count - WINDOW // 2, WINDOW // 2):
        tokens = text.tokens[first : first + WINDOW]
        piece = Plain(text.plain.text[tokens[0].start : tokens[-1].end], text.plain.disguised)
        places = range(first, first + len(tokens))
        stops = frozenset({0, *(each - first for each in text.stops if each in places)})
        yield Text(piece, tokens, stops, frozenset(each - first for each in text.quoted if each in places))


def _judge(text: Text, *, spoken: bool) -> Judged:
    """By the language of the text; by English as well where there are words of both."""
    names = cues.named(text)
    judged = _judge_by(names, text, spoken=spoken)
    if not names.mixed:
        return judged
    english = _judge_by(cues.named(text, in_english=True), text, spoken=spoken)
    louder = {kind for kind, odds in english.odds.items() if odds > judged.odds.get(kind, -cues.EVEN)}
    return Judged(
        {**judged.odds, **{kind: english.odds[kind] for kind in louder}},
        {**judged.reasons, **{kind: why for kind, why in english.reasons.items() if kind in louder}},
    )


def _judge_by(names: cues.Named, text: Text, *, spoken: bool) -> Judged:
    found = cues.fulfilled(text, names)
    points = {kind: sum(each.points for each in said) for kind, said in found.items()}
    reasons = {kind: why for kind, said in found.items() if (why := _reasons(text, said))}
    told = bool(names.present & cues.LOUD) or any(
        _says(text, rule) for kind, said in found.items() if kind not in _WANTED for rule in said
    )
    guess = model.guess(text, names.words, spoken=spoken, told=told) if names.english else model.nothing(spoken=spoken)
    odds = {kind: value - cues.EVEN for kind, value in points.items()}
    odds["spam"] = spam_odds(guess.odds, points, spoken=spoken)
    spam = reasons.get("spam", ())
    if guess.spans and (not spoken or guess.odds >= odds["spam"]):
        spam = (*spam, *(_told(text, span) for span in guess.spans))
    worst = max(_FED, key=lambda kind: points.get(kind, 0.0))
    if points.get(worst, 0.0) >= cues.EVEN:
        spam = (*reasons.get(worst, ())[:3], *spam)
    if spam and SHOWN.issuperset(spam):  # which words let the link and the number count
        others = [why[0] for kind, why in reasons.items() if kind not in ("spam", *_WANTED)]
        loud = [_told(text, spans[0]) for bit, spans in names.spans.items() if bit & cues.LOUD]
        spam = (*loud, *others, *spam)
    if spam:
        reasons["spam"] = tuple(dict.fromkeys(spam))[:MOST_REASONS]
    return Judged(odds, reasons)


def _says(text: Text, rule: cues.Said) -> bool:
    """Whether the rule speaks for its kind by a word, not by links and numbers alone."""
    return rule.points > 0 and any(text.tokens[place].kind == "word" for span in rule.spans for place in span)


_SHOWN = {"link": "a link", "mail": "a mail address", "money": "a sum of money", "number": "a number"}
SHOWN = frozenset(_SHOWN.values())
"""What reasons say of tokens that are no words."""


def _reasons(text: Text, said: Sequence[cues.Said]) -> tuple[str, ...]:
    """The words of the rules that speak for the kind, the loudest rule first, each once, redacted."""
    shown: dict[str, None] = {}
    for rule in sorted(said, key=lambda each: -each.points):
        if rule.points <= 0:
            break
        for span in rule.spans:
            shown[_told(text, span)] = None
    return tuple(shown)[:MOST_REASONS]


def _told(text: Text, span: tuple[int, int]) -> str:
    """The words of a span; of what may be private, what it is."""
    return " ".join(_shown(each) for each in text.tokens[span[0] : span[1] + 1])


def _shown(token: Token) -> str:
    if token.kind == "link" and (posed := posed_as(token.text.rstrip(".,;:!?)>]'"))):
        return f"a link whose domain holds {posed.name} and is not its owner's"
    return _SHOWN.get(token.kind) or (token.text if not any(map(str.isdigit, token.text)) else "a code")
