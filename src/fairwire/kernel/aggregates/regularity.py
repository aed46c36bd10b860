"""How regular the time between events is: 1 is clockwork, 0 is chance (a Poisson process), below 0 comes in bursts.

With mean m and standard deviation s of the gaps it is (m - s) / (m + s), the burstiness of Goh and Barabasi (2008) with the
sign turned. Merge law: the gaps of one subject add up. Error: a gap is rounded to a millisecond, an event that comes late
ends none; unknown below `at_least` gaps. Memory: five words, and four a pane.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    n, total, low, high = reading.total(1), reading.total(0), reading.total(2), reading.total(3)
    return f"regular({n}, {total}, {low}, {high}, zero + {reading.least})"
