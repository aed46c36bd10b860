"""By how much the hours before this one have exceeded what is usual, added up: the one-sided CUSUM of their deviations.

A small rise that lasts shows here before any hour stands out. Merge law, error and memory: see `profiles`. Unknown before
`at_least` weeks.
"""

from __future__ import annotations

from fairwire.kernel.profiles import F_DRIFT
from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return f"moved_of(heap, at, zero + {F_DRIFT}, zero + {reading.least})"
