"""The mean of a column, over events in which it is known.

Merge law: sum and number add up. Error: none but the window's; unknown below `at_least`. Memory: two words, and two a pane.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return reading.ratio()
