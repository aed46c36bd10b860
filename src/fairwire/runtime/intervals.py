"""How sure a share is: intervals for counts, small ones among them."""

from __future__ import annotations

from math import exp, sqrt

Z_95 = 1.959964
Z_95_ONE_SIDED = 1.644854


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share by Wilson's score; (0, 1) of nothing. No hits at all: the rule of three, where that is less."""
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, Z_95**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = Z_95 * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    low = 0.0 if hits == 0 else max(0.0, middle - reach)
    high = 1.0 if hits == of else min(1.0, middle + reach)
    return low, min(high, 3 / of) if hits == 0 else high


def most_events(count: int) -> float:
    """How many events may really be behind `count` of them: upper 95 % bound of a Poisson mean, one-sided; for none, three."""
    return 3.0 if count == 0 else _poisson_mean(count, 0.05)


def fewest_events(count: int) -> float:
    """The lower 95 % bound of the same."""
    return 0.0 if count == 0 else _poisson_mean(count - 1, 0.95)


_LARGE = 200
"""Counts from here on are read off the cube-root approximation, which is then right to four figures."""


def _poisson_mean(count: int, chance: float) -> float:
    """The mean at which at most `count` events have this chance."""
    if count >= _LARGE:  # Wilson and Hilferty 1931
        degree, z = count + 1, Z_95_ONE_SIDED if chance < 0.5 else -Z_95_ONE_SIDED
        return degree * (1 - 1 / (9 * degree) + z / (3 * sqrt(degree))) ** 3
    low, high = 0.0, count + 10 * sqrt(count + 1) + 10
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(count, middle) > chance else (low, middle)
    return (low + high) / 2


def _at_most(count: int, mean: float) -> float:
    """Chance of at most `count` events where `mean` are expected."""
    term = total = exp(-mean)
    for k in range(1, count + 1):
        term *= mean / k
        total += term
    return total
