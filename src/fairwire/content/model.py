"""Two linear models, of unwanted messages and of unwanted calls: logistic regressions over hashed features.

Made by `benchmarks/learn_content.py` from the UCI SMS Spam Collection, part of the FTC's robocalls and examples of our own; the
weights are shipped as whole numbers. A sum is one of whole numbers, so that every machine gets the same.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

from fairwire.content.features import features
from fairwire.content.tokens import Text
from fairwire.content.weights import SPOKEN, SPOKEN_BIAS, STEP, WRITTEN, WRITTEN_BIAS


def _weights(coded: Sequence[str]) -> tuple[int, ...]:
    return tuple(byte - 256 if byte > 127 else byte for byte in base64.b85decode("".join(coded)))


_WRITTEN, _SPOKEN = (WRITTEN_BIAS, _weights(WRITTEN)), (SPOKEN_BIAS, _weights(SPOKEN))
_TELLING = 24
"""Whole-number weight from which a word is a reason."""


class Guess(NamedTuple):
    """What the model says of a text."""

    odds: float
    """Logarithm of the odds that it is spam; above zero it rather is."""
    spans: tuple[tuple[int, int], ...]
    """First and last places of the tokens that spoke loudest for it, at most three."""


def guess(text: Text, *, spoken: bool) -> Guess:
    """How likely the text is an unwanted message or call, and by which words."""
    total, weights = _SPOKEN if spoken else _WRITTEN
    telling: list[tuple[int, tuple[int, int]]] = []
    for cell, span in features(text).items():
        weight = weights[cell]
        total += weight
        if weight >= _TELLING and span[1] >= 0:
            telling.append((-weight, (max(span[0], 0), span[1])))
    telling.sort()
    return Guess(total * STEP, tuple(span for _, span in telling[:3]))
