"""What is usual for a subject at each hour of its week, in the customer's own zone, and how far it has moved from that.

An hour that is over is compared with the profile and then becomes part of it, unless something was wrong: while an hour
stands out by `FREEZE_Z` deviations, or the drift is beyond `FREEZE_DRIFT`, the profile stays as it is, so that an abuser
cannot teach it. After `THAW_HOURS` of that in a row the new use is the usual one.

Usual and deviation are averages over the last `WEEKS` weeks at most (the mean, and the mean absolute deviation, which one
wild week moves less than a variance); 1.2533 mean absolute deviations are a standard deviation of the normal distribution.
A count is believed to vary at least as a Poisson count does. Drift is the one-sided CUSUM of Page (1954) with allowance 0.5
over the deviations, each cut at `CUT_Z`; trend their exponentially weighted mean with weight 0.2 (Roberts, 1959).

Merge law: a profile belongs to one subject in one partition; two halves of one in time go one after the other. Error: none
beside rounding to 1/256. Memory: 104 bytes, and 512 for each day of the week on which something happened.
"""

from __future__ import annotations

import math

import numpy as np

from fairwire.kernel.arena import Words, allocate
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import LATE

UNIT = 256
"""Stored integers to one event."""
WEEKS = 8
BELIEVED = 3
"""Weeks after which an hour's profile is compared with."""
FREEZE_Z = 4.0
FREEZE_DRIFT = 5.0
THAW_HOURS = 336
CUT_Z = 6.0
ALLOWANCE = 0.5
TREND_WEIGHT = 0.2
_MAD_TO_SIGMA = 1.2533
_DORMANT_HOURS = 840
"""After five weeks without an event, earlier silence is not written down."""
# head of a profile: the hour now, its amount, drift, trend, hours frozen in a row, the first hour seen in full, then a block
# for each weekday
F_HOUR, F_AMOUNT, F_DRIFT, F_TREND, F_FROZEN, F_FIRST, F_DAYS = range(7)
PROFILE_WORDS = F_DAYS + 7
DAY_WORDS = 48
"""An hour has two words: its mean, and its deviation with the number of weeks in the lowest byte."""
NEEDED = 7 * 64


@njit
def deviation_of(mean: float, spread: float, weeks: int) -> float:
    """Standard deviation of an hour about its profile, with what is not known of a mean of few weeks."""
    return max(_MAD_TO_SIGMA * spread, math.sqrt(max(mean, 0.0)), 1.0) * math.sqrt(1.0 + 1.0 / weeks)


@njit
def hour_place(heap: Words, at: int, hour: int) -> int:
    """Address of an hour of the week; 0 when its day holds nothing. 1970-01-01 was a Thursday, and Monday is 0."""
    block = heap[at + F_DAYS + (hour // 24 + 3) % 7]
    return 0 if block == 0 else block + 2 * (hour % 24)


@njit
def learn(heap: Words, place: int, amount: int) -> None:
    """Put the amount of one hour into its profile."""
    mean, packed = heap[place], heap[place + 1]
    weeks, spread = packed & 255, packed >> 8
    counted = min(weeks + 1, WEEKS)
    off = amount * UNIT - mean
    heap[place] = mean + off // counted
    if weeks > 0:
        spread += (abs(off) - spread) // min(weeks, WEEKS)
    heap[place + 1] = spread << 8 | min(weeks + 1, 255)


@njit
def known_of(heap: Words, at: int, hour: int) -> tuple[float, float, int]:
    """Mean, mean absolute deviation and weeks of an hour of the week. A weekday without a block was always silent."""
    place = hour_place(heap, at, hour)
    if place == 0:
        return 0.0, 0.0, max(0, hour - heap[at + F_FIRST]) // 168
    return heap[place] / UNIT, (heap[place + 1] >> 8) / UNIT, heap[place + 1] & 255


@njit
def standing_of(heap: Words, at: int, hour: int, amount: int, least: int) -> float:
    """By how many deviations an amount exceeds the profile; NaN before `least` weeks."""
    mean, spread, weeks = known_of(heap, at, hour)
    if weeks < max(1, least):
        return np.nan
    return (amount - mean) / deviation_of(mean, spread, weeks)


@njit
def close_hour(heap: Words, free: Words, meta: Words, at: int, hour: int, amount: int) -> None:
    """An hour is over: compare it with the profile, then learn from it."""
    z = standing_of(heap, at, hour, amount, BELIEVED)
    wrong = False
    if z == z:
        heap[at + F_DRIFT] = max(0, heap[at + F_DRIFT] + int(UNIT * (min(z, CUT_Z) - ALLOWANCE)))
        heap[at + F_TREND] += int(TREND_WEIGHT * (UNIT * max(min(z, CUT_Z), -CUT_Z) - heap[at + F_TREND]))
        wrong = z >= FREEZE_Z or heap[at + F_DRIFT] >= UNIT * FREEZE_DRIFT
    if wrong and heap[at + F_FROZEN] < THAW_HOURS:
        heap[at + F_FROZEN] += 1
        return
    if not wrong:
        heap[at + F_FROZEN] = 0
    place = hour_place(heap, at, hour)
    if place == 0:
        if amount == 0:
            return
        day = at + F_DAYS + (hour // 24 + 3) % 7
        heap[day] = allocate(heap, free, meta, DAY_WORDS)
        for other in range(24):
            # The hours of this weekday have been silent for as long as the subject is known.
            silent = max(0, hour - hour % 24 + other - heap[at + F_FIRST]) // 168
            heap[heap[day] + 2 * other + 1] = min(silent, 255)
        place = heap[day] + 2 * (hour % 24)
    learn(heap, place, amount)


@njit
def turn_profile(heap: Words, free: Words, meta: Words, at: int, hour: int) -> None:
    """Time has moved on to the hour `hour`; those before it are over."""
    last = heap[at + F_HOUR]
    if last == 0:
        # The first hour is seen in part only.
        heap[at + F_HOUR] = hour
        heap[at + F_FIRST] = hour + 1
        heap[at + F_AMOUNT] = -(1 << 62)
        return
    if heap[at + F_AMOUNT] >= 0:
        close_hour(heap, free, meta, at, last, heap[at + F_AMOUNT])
    for quiet in range(max(last + 1, hour - _DORMANT_HOURS), hour):
        close_hour(heap, free, meta, at, quiet, 0)
    heap[at + F_HOUR] = hour
    heap[at + F_AMOUNT] = 0


@njit
def put_profile(heap: Words, meta: Words, at: int, hour: int, amount: int) -> None:
    """Add to the hour that is now; an hour that is over is not opened again."""
    if hour < heap[at + F_HOUR]:
        meta[LATE] += 1
        return
    heap[at + F_AMOUNT] += amount


@njit
def usual_of(heap: Words, at: int, least: int) -> float:
    """What the profile says of this hour; NaN before `least` weeks."""
    mean, _, weeks = known_of(heap, at, heap[at + F_HOUR])
    return np.nan if weeks < least else mean


@njit
def surprise_of(heap: Words, at: int, least: int) -> float:
    """By how many deviations this hour, which is not over, exceeds the profile already; NaN before `least` weeks."""
    if heap[at + F_AMOUNT] < 0:
        return np.nan
    return standing_of(heap, at, heap[at + F_HOUR], heap[at + F_AMOUNT], least)


@njit
def moved_of(heap: Words, at: int, word: int, least: int) -> float:
    """Drift or trend (by `word` of the head) of the hours that are over; NaN before `least` weeks of this hour."""
    _, _, weeks = known_of(heap, at, heap[at + F_HOUR])
    return np.nan if weeks < least else heap[at + word] / UNIT
