"""Two linear models, of unwanted messages and of unwanted calls: logistic regressions over hashed features.

Made by `benchmarks/learn_content.py` from the UCI SMS Spam Collection, part of the FTC's robocalls and examples of our own; the
weights are shipped as whole numbers. A sum is one of whole numbers, so that every machine gets the same.

Unwanted messages of its time had links and numbers, and good ones hardly any. Notices of today have them too, so that they count
only beside a word that tells; and of a text that is not English the model says nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

from fairwire.content.english import EMPTY, USUAL, mostly_english
from fairwire.content.features import features
from fairwire.content.tokens import Text
from fairwire.content.vocabulary import KNOWN
from fairwire.content.weights import SPOKEN, SPOKEN_BIAS, STEP, WRITTEN, WRITTEN_BIAS


def _weights(coded: Sequence[str]) -> tuple[int, ...]:
    return tuple(byte - 256 if byte > 127 else byte for byte in base64.b85decode("".join(coded)))


_WRITTEN, _SPOKEN = (WRITTEN_BIAS, _weights(WRITTEN)), (SPOKEN_BIAS, _weights(SPOKEN))
_TELLING = 24
"""Whole-number weight from which a word is a reason."""
_REAL = 16
"""Whole-number weight from which a word speaks for spam whatever stands beside it: half a unit of the odds."""


class Guess(NamedTuple):
    """What the model says of a text."""

    odds: float
    """Logarithm of the odds that it is spam; above zero it rather is."""
    spans: tuple[tuple[int, int], ...]
    """First and last places of the tokens that spoke loudest for it, at most three."""


def guess(text: Text, words: Sequence[str], *, spoken: bool, told: bool) -> Guess:
    """How likely the text is an unwanted message or call, and by which words.

    `words` are the tokens as rules know them; `told` says that words of a rule speak for it.
    """
    bias, weights = _SPOKEN if spoken else _WRITTEN
    total, loud = bias, []
    for cell, (first, last) in features(text).items():
        weight = weights[cell]
        total += weight
        if weight >= _REAL and last >= 0:
            loud.append((-weight, (max(first, 0), last)))
    if total <= bias:  # as unlikely as if it said nothing: nothing that follows makes it less likely
        return Guess(total * STEP, ())
    tells = [each for each in loud if _tells(text, words, each[1])]
    english = mostly_english([word for each, word in zip(text.tokens, words, strict=True) if each.kind == "word"])
    if not english or not (told or spoken or tells):
        return Guess(bias * STEP, ())
    telling = sorted({*tells, *(each for each in loud if each[0] <= -_TELLING)})
    return Guess(total * STEP, tuple(span for _, span in telling[:3]))


def nothing(*, spoken: bool) -> Guess:
    """What the model says of a text that it cannot read."""
    return Guess((_SPOKEN if spoken else _WRITTEN)[0] * STEP, ())


def _tells(text: Text, words: Sequence[str], span: tuple[int, int]) -> bool:
    """Whether the tokens are words, and one says what a text is for. A name nobody knows shares its cell with other words."""
    places = range(span[0], span[1] + 1)
    return all(
        text.tokens[place].kind == "word" and (words[place] in USUAL or words[place] in KNOWN) for place in places
    ) and not EMPTY.issuperset(words[span[0] : span[1] + 1])
