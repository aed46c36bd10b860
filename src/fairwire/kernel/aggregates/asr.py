"""Answer-seizure ratio (ITU-T E.425): answered calls among those whose fate is known.

Answers count when they are given and refusals when they end; a `prior` shrinks it as it does a `share`. Merge law: both
numbers add up. Error: none but the window's; unknown below `at_least`. Memory: two words, and two a pane.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return reading.ratio()
