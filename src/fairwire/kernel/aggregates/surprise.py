"""By how many standard deviations this hour, which is not over, exceeds what is usual in it already.

Merge law, error and memory: see `profiles`. Unknown before `at_least` weeks.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return f"surprise_of(heap, at, zero + {reading.least})"
