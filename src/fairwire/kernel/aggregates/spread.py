"""The standard deviation of a column, over events in which it is known.

Merge law: sum, number and both halves of the sum of squares add up, all integers. Error: rounding of the last step; numbers
beyond `plan.amounts.SQUARED_MOST` are squared as if they were that; unknown below `at_least`. Memory: four words, and four a
pane.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    n, total, low, high = reading.total(1), reading.total(0), reading.total(2), reading.total(3)
    return f"deviation({n}, {total}, {low}, {high}, zero + {reading.least}, {reading.unit!r})"
