"""A linear model of unwanted messages: one logistic regression over hashed features, its weights shipped as whole numbers.

Made by `benchmarks/learn_content.py` from the UCI SMS Spam Collection and examples of our own. Its sum is one of whole
numbers, so that every machine gets the same.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

from fairwire.content.features import features
from fairwire.content.tokens import Text
from fairwire.content.weights import BIAS, STEP, TABLE

_WEIGHTS: tuple[int, ...] = tuple(byte - 256 if byte > 127 else byte for byte in base64.b85decode("".join(TABLE)))
_TELLING = 24
"""Whole-number weight from which a word is a reason."""


class Guess(NamedTuple):
    """What the model says of a text."""

    odds: float
    """Logarithm of the odds that it is spam; above zero it rather is."""
    spans: tuple[tuple[int, int], ...]
    """First and last places of the tokens that spoke loudest for it, at most three."""


def guess(text: Text) -> Guess:
    """How likely the text is an unwanted message, and by which words."""
    total = BIAS
    telling: list[tuple[int, tuple[int, int]]] = []
    for cell, span in features(text).items():
        weight = _WEIGHTS[cell]
        total += weight
        if weight >= _TELLING and span[1] >= 0:
            telling.append((-weight, (max(span[0], 0), span[1])))
    telling.sort()
    return Guess(total * STEP, tuple(span for _, span in telling[:3]))
