"""The Shannon entropy of the values in bits: 0 when all are the same, log2 of their number when all are equally common.

Merge law: bags add up. Error: none up to `bags.CROWD` values at a time, then too low by what shared places hide; unknown below
`at_least`. Memory: see `bags`.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return f"entropy_bits(heap, at, zero + {reading.least})"
