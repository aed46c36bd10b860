"""From totals to values: the arithmetic that aggregates share."""

from __future__ import annotations

import math

import numpy as np

from fairwire.kernel.compiled import njit
from fairwire.kernel.windows import SHARED


@njit
def ratio(above: float, below: float, least: int, unit: float) -> float:
    """One total by another; NaN when that is below `least`, which is at least 1."""
    return above / (unit * below) if below >= least else np.nan


@njit
def distinct(exact: int, places: int) -> float:
    """Keys told apart, and those that share places by linear counting."""
    if places == 0:
        return float(exact)
    return exact - SHARED * math.log(1.0 - min(places, SHARED - 1) / SHARED)


@njit
def deviation(count: int, total: int, low: int, high: int, least: int, unit: float) -> float:
    """Standard deviation from the number, the sum, and the low and high halves of the sum of squares; NaN below `least`."""
    if count < least:
        return np.nan
    mean = total / count
    square = (high * 4294967296.0 + low) / count
    return math.sqrt(max(0.0, square - mean * mean)) / unit


@njit
def regular(count: int, total: int, low: int, high: int, least: int) -> float:
    """(mean - deviation) / (mean + deviation) of gaps; NaN below `least`, or when all came at once."""
    spread = deviation(count, total, low, high, least, 1.0)
    if spread != spread or total == 0:
        return np.nan
    mean = total / count
    return (mean - spread) / (mean + spread)
