"""How many events.

Merge law: counts add up. Error: none but the window's. Memory: a word, and one for each pane in which something happened;
`decayed`, one word.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return reading.total(0)
