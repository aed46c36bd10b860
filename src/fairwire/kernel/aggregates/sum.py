"""The sum of a column, over events in which it is known.

Merge law: sums add up; they are integers of the column's stored unit. Error: none but the window's. Memory: as `count`.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return reading.in_units(reading.total(0))
