"""Comparison with one's peers: at each midnight UTC, everybody's calendar month so far against everybody else's.

The comparison is made from summaries (customer, total), so that it is the same however customers are spread over
partitions: sums are integers, and peers are sorted before anything is added up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

TRIM = 0.05
"""Share left out at each end of the trimmed mean (docs/evidence.md, fair use)."""
MAD_FLOOR = 0.25
"""Least spread of the logs that is believed; keeps a uniform cohort from calling small differences extreme."""
MAD_TO_SIGMA = 0.6745
"""For a normal distribution the median absolute deviation is 0.6745 standard deviations (Iglewicz and Hoaglin, 1993)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where each member of a cohort stands; arrays of the members' length, NaN where there are too few others."""

    others_mean: Floats
    others_trimmed: Floats
    log_z: Floats
    cohort_size: Floats


def standing(use: Floats, minimum: int) -> Standing:
    """Compare each member with all the others.

    Parameters
    ----------
    use
        Use of each member, in any unit, at least 0. Shape (members,).
    minimum
        Fewer others than this say nothing: all values are NaN.

    Notes
    -----
    `others_mean` leaves the member itself out. `others_trimmed` also leaves out the top and bottom 5 % of the others, so
    that a few abusers cannot raise the average they are measured by. `log_z` is the robust z of log(1 + use) among the
    others, with their median and MAD.
    """
    n = len(use)
    size = np.full(n, float(n - 1))
    if n - 1 < minimum:
        unknown = np.full(n, math.nan)
        return Standing(others_mean=unknown, others_trimmed=unknown, log_z=unknown, cohort_size=size)
    ranked = np.sort(use)
    place = np.searchsorted(ranked, use, side="left")
    logs = np.log1p(ranked)
    middle = _median_without(logs, place)
    spread = np.empty(n)
    for around in np.unique(middle):
        # Leaving one out moves the median by a place or two, so there are few of them.
        distances = np.abs(logs - around)
        mine = np.flatnonzero(middle == around)
        by_size = np.sort(distances)
        spread[mine] = _median_without(by_size, np.searchsorted(by_size, distances[place[mine]], side="left"))
    return Standing(
        others_mean=(math.fsum(ranked) - use) / (n - 1),
        others_trimmed=_trimmed_without(ranked, place),
        log_z=MAD_TO_SIGMA * (logs[place] - middle) / np.maximum(spread, MAD_FLOOR),
        cohort_size=size,
    )


def _median_without(ranked: Floats, place: Places) -> Floats:
    """Median of `ranked` without the entry at each place. Shape as `place`."""
    others = len(ranked) - 1
    upper: Floats = ranked[others // 2 + (place <= others // 2)]
    lower: Floats = upper if others % 2 else ranked[others // 2 - 1 + (place <= others // 2 - 1)]
    return (lower + upper) / 2


def _trimmed_without(ranked: Floats, place: Places) -> Floats:
    """Mean of `ranked` without the entry at each place and without `TRIM` of the others at each end. Shape as `place`."""
    others = len(ranked) - 1
    cut = int(TRIM * others)
    below = math.fsum(ranked[cut + 1 : others - cut + 1])  # kept by those who stand in the lower end
    above = math.fsum(ranked[cut : others - cut])
    within = math.fsum(ranked[cut : others - cut + 1]) - ranked[place]
    kept = np.where(place < cut, below, np.where(place >= others - cut, above, within))
    return kept / (others - 2 * cut)
