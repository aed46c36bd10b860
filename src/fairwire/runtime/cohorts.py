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

TRIM = 0.05
"""Share left out at each end of the trimmed mean (detection research, 8.2)."""
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
    total = math.fsum(ranked)
    mean = (total - use) / (n - 1)
    trimmed = np.empty(n)
    z = np.empty(n)
    logs = np.log1p(ranked)
    cut = int(TRIM * (n - 1))
    place = np.searchsorted(ranked, use, side="left")
    for value in np.unique(place):
        # Members with equal use have the same others.
        others = np.delete(ranked, value)
        kept = others[cut : len(others) - cut] if cut else others
        mine = place == value
        trimmed[mine] = math.fsum(kept) / len(kept)
        other_logs = np.delete(logs, value)
        middle = float(np.median(other_logs))
        spread = max(float(np.median(np.abs(other_logs - middle))), MAD_FLOOR)
        z[mine] = MAD_TO_SIGMA * (logs[value] - middle) / spread
    return Standing(others_mean=mean, others_trimmed=trimmed, log_z=z, cohort_size=size)
