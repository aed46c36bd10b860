"""Scales: round numbers for values, round moments for time. Geometry only."""

from __future__ import annotations

import math

from fairwire.desk.wording import clock, day
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US

TICK_STEPS_US = tuple(
    [n * MINUTE_US for n in (5, 10, 15, 30)] + [n * HOUR_US for n in (1, 2, 3, 6, 12)] + [n * DAY_US for n in (1, 2, 7, 14, 28)]
)
BUCKET_HOURS = (1, 2, 3, 6, 12, 24, 48, 168)


def value_ticks(top: float, most: int = 4) -> list[float]:
    """Round values from 0 to at least `top`, at most `most` steps. Never empty, never only 0."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    if top >= 1:
        step = math.ceil(step)  # what is counted here comes in whole numbers
    steps = max(1, math.ceil(top / step - 1e-9))
    return [round(index * step, 10) for index in range(steps + 1)]


def bucket_us(first_us: int, last_us: int, most: int) -> int:
    """The width of a bar: hours, or multiples of them, so that the span fits into `most` bars."""
    hours = (last_us - first_us) // HOUR_US + 1
    for size in BUCKET_HOURS:
        if math.ceil(hours / size) + 1 <= most:
            return size * HOUR_US
    size = BUCKET_HOURS[-1]
    while math.ceil(hours / size) + 1 > most:
        size *= 2
    return size * HOUR_US


def bucket_words(width_us: int) -> str:
    """`hour`, `6 hours`, `day`, `2 weeks`."""
    for unit_us, name in ((7 * DAY_US, "week"), (DAY_US, "day"), (HOUR_US, "hour"), (MINUTE_US, "minute")):
        if width_us % unit_us == 0 and width_us >= unit_us:
            n = width_us // unit_us
            return name if n == 1 else f"{n} {name}s"
    return f"{width_us / 1_000_000:g} seconds"


def time_ticks(start_us: int, end_us: int, most: int) -> list[tuple[int, str]]:
    """Round moments inside the span, at most `most`; a midnight shows its day, other moments their hour."""
    step = next((one for one in TICK_STEPS_US if (end_us - start_us) / one <= most), 0)
    if not step:
        step = TICK_STEPS_US[-1]
        while (end_us - start_us) / step > most:
            step *= 2
    first = -(-start_us // step) * step
    return [(at, day(at) if at % DAY_US == 0 else clock(at)) for at in range(first, end_us + 1, step)][:most]
