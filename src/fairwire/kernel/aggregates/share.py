"""The share of events for which a condition is true, among those for which it is true or false.

With a `prior` it is shrunk towards the mean of all, as the mean of a Beta-binomial posterior is: (events for which it holds +
mean x weight) / (events + weight). Then it is never unknown, and a young account is believed to be like the others.

Merge law: both numbers add up. Error: none but the window's; unknown below `at_least`. Memory: two words, and two a pane.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return reading.ratio()
