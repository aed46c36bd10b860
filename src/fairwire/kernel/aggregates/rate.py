"""Events a day, shrunk towards the mean of all as the mean of a Gamma-Poisson posterior is.

(events + mean x weight) / (days + weight), where days are the time since the subject was first seen, at most the window. A
young account with a busy hour is not a busy account. Merge law: counts add up, the earlier first event holds. Error: the
window's. Memory: as `count`.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading
from fairwire.model.instants import DAY_US


def value(reading: Reading) -> str:
    """Text of the value."""
    mean, weight = reading.feature.prior
    span_us = reading.group.pane_us * reading.group.panes
    days = f"min(time - {reading.first_seen}, {span_us}) / {float(DAY_US)!r}"
    return f"({reading.total(0)} + {mean * weight!r}) / ({days} + {weight!r})"
