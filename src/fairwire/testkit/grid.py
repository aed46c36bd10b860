"""Values of a parameter worth looking at: round ones round the one in force, inside what it may be set to."""

from __future__ import annotations

import math

from fairwire.expr.units import dimension
from fairwire.model.policy import ParameterLimits

POINTS = 16
_FACTORS = (0.9, 1.1, 0.8, 1.25, 0.7, 1.5, 0.6, 1.75, 0.5, 2.0, 0.4, 2.5, 0.3, 3.0, 0.2, 4.0, 0.1, 5.0, 6.0, 8.0)


def grid(value: float, limits: ParameterLimits) -> list[float]:
    """At most `POINTS` values in rising order, the one in force among them."""
    found = {value}
    for candidate in _candidates(value, limits):
        if len(found) == POINTS:
            break
        if limits.wrong(candidate) is None and candidate > 0:
            found.add(candidate)
    return sorted(found)


def _candidates(value: float, limits: ParameterLimits) -> list[float]:
    if limits.kind == "share":
        shares = [round(step * 0.05, 2) for step in range(1, 21)]
        return sorted(shares, key=lambda share: (abs(share - value), share))
    whole = limits.kind == "whole" or (dimension(limits.unit) == "count" and float(value).is_integer())
    if whole:
        near = [float(round(value * factor)) for factor in _FACTORS]
        return [*near, *(value + step * sign for step in range(1, POINTS + 1) for sign in (1, -1))]
    return [_round(value * factor) for factor in _FACTORS]


def _round(value: float) -> float:
    """Two figures that count."""
    if value == 0:
        return 0.0
    return round(value, 1 - math.floor(math.log10(abs(value))))
