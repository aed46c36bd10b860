"""How sure a share is: intervals for counts, small ones among them."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959964


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share by Wilson's score; (0, 1) of nothing. No hits at all: the upper bound is the rule of three."""
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, Z_95**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = Z_95 * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    low = 0.0 if hits == 0 else max(0.0, middle - reach)
    high = 1.0 if hits == of else min(1.0, middle + reach)
    return low, min(1.0, 3 / of) if hits == 0 else high
