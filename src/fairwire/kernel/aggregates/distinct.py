"""How many different keys.

Merge law: a key counts under the pane in which it was last seen, wherever it was seen before. Error: none up to
`windows.EXACT` keys at a time; beyond that the others are hashed to `windows.SHARED` places and estimated by linear counting
(Whang, Vander-Zanden and Taylor, 1990), 0.7 % standard error at 16,000 of them and 2.7 % at 100,000. Memory: two words, two a
pane, and 24 bytes a key or place in the table of keys.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return f"distinct({reading.total(0)}, {reading.total(1)})"
