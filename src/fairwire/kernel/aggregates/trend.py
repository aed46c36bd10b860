"""The exponentially weighted mean of the deviations of the hours before this one.

Merge law, error and memory: see `profiles`. Unknown before `at_least` weeks.
"""

from __future__ import annotations

from fairwire.kernel.profiles import F_TREND
from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return f"moved_of(heap, at, zero + {F_TREND}, zero + {reading.least})"
