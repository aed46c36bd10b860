"""What is usual in this hour of the week, from the weeks before.

Merge law, error and memory: see `profiles`. Unknown before `at_least` weeks.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return f"usual_of(heap, at, zero + {reading.least})"
