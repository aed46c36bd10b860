"""The value that a share `at` of all do not exceed: 0.5 is the median.

Merge law: buckets add up. Error: within 1/32 of the value, the width of a bucket being 1/16 of an octave (as in DDSketch,
Masson, Rim and Lee, 2019, with buckets that need no logarithm); numbers below 0 count as 0; unknown below `at_least`. Memory:
see `bags`; at most 976 buckets.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    rank = f"zero + {reading.group.option}, zero + {reading.least}"
    return reading.in_units(f"quantile_of(heap, at, {rank}, {reading.owner}, pair_keys, pairs)")
