"""The share of events that the most frequent values hold (`first` of them, 1 unless said).

Of a column of numbers, values within one `grain` are the same: the share of the most common duration. Merge law: bags add up.
Error: none up to `bags.CROWD` values at a time, then too great by what a shared place holds; unknown below `at_least`.
Memory: see `bags`.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return f"top_share(heap, at, zero + {reading.feature.first}, zero + {reading.least})"
