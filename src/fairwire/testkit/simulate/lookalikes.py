"""Honest traffic that looks like abuse: alarms, reminders, school broadcasts, redialling, on-call escalation."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.calls import (
    ALARM_AGENT,
    HOUR_MS,
    INBOUND,
    KINDS,
    MINUTE_MS,
    SECOND_MS,
    TARIFF,
    Calls,
    Ints,
    blank,
    complete,
    joined,
)
from fairwire.testkit.simulate.cast import Part, Period
from fairwire.testkit.simulate.numbers import OWN_BLOCK, domestic
from fairwire.testkit.simulate.tables import destinations

ALARM_SHARE = 0.1
ON_CALL_SHARE = 0.05
REDIALLED_SHARE = 0.4
MOST_REDIALS = 5


def _to_home(calls: Calls, part: Part) -> None:
    calls["tariff"] = TARIFF["standard"]
    calls["rate"] = 0 if part.unlimited else destinations().home_rate[part.record.country]


def alarm(rng: np.random.Generator, part: Part, midnights: Ints) -> Calls:
    """A lift or alarm line that reports every day at the same minute: 40 seconds, one callee, no person."""
    if rng.random() >= ALARM_SHARE:
        return blank(0)
    calls = blank(len(midnights))
    calls["start"] = midnights + int(rng.integers(0, 24 * 60)) * MINUTE_MS + rng.integers(0, 3_000, len(midnights))
    calls["line"] = part.number(OWN_BLOCK - 1)
    calls["to"] = domestic(rng, 1, part.record.country, part.area, people=True).number[0]
    calls["kind"] = KINDS.index("data")
    calls["agent"] = ALARM_AGENT
    _to_home(calls, part)
    talk_ms = (rng.normal(40, 2, len(calls)) * SECOND_MS).astype(np.int64)
    return complete(calls, rng, answered=np.ones(len(calls), dtype=np.bool_), talk_ms=talk_ms)


def _announced(rng: np.random.Generator, part: Part, start: Ints, roster: Ints, asr: float) -> Calls:
    """Machine-placed calls that say so, to people on a list of the customer's own."""
    calls = blank(len(start))
    calls["start"] = start
    calls["line"] = part.number(0)
    calls["to"] = rng.choice(roster, len(start), replace=len(start) > len(roster))
    calls["automated"] = True
    calls["agent"] = ALARM_AGENT
    _to_home(calls, part)
    talk_ms = (rng.lognormal(np.log(28), 0.5, len(start)) * SECOND_MS).astype(np.int64)
    return complete(calls, rng, answered=rng.random(len(start)) < asr, talk_ms=talk_ms)


def reminders(rng: np.random.Generator, part: Part, period: Period, midnights: Ints) -> Calls:
    """Appointment reminders of a clinic: 17 to 19 h on weekdays, to its own patients."""
    if not part.segment.reminders:
        return blank(0)
    roster = domestic(rng, int(rng.integers(800, 5001)), part.record.country, part.area, people=True).number
    usual = int(rng.integers(30, 201))
    days = []
    for day in np.flatnonzero((period.weekdays() < 5) & (np.arange(period.days) >= part.ramp_from)):
        start = midnights[day] + 17 * HOUR_MS + np.sort(rng.integers(0, 2 * HOUR_MS, int(rng.poisson(usual))))
        days.append(_announced(rng, part, start, roster, 0.78))
    return joined(days)


def blasts(rng: np.random.Generator, part: Part, period: Period, midnights: Ints) -> Calls:
    """A school that calls all parents within half an hour, a few times in six weeks."""
    if not part.segment.blasts:
        return blank(0)
    roster = domestic(rng, int(rng.integers(300, 3001)), part.record.country, part.area, people=True).number
    chance = float(rng.integers(1, 5)) / 42
    days = []
    for day in np.flatnonzero((rng.random(period.days) < chance) & (np.arange(period.days) >= part.ramp_from)):
        begin = midnights[day] + int(rng.integers(6, 20)) * HOUR_MS
        start = begin + np.sort(rng.integers(0, 30 * MINUTE_MS, len(roster)))
        days.append(_announced(rng, part, start, rng.permutation(roster), 0.8))
    return joined(days)


def redials(rng: np.random.Generator, calls: Calls) -> Calls:
    """Somebody who hears the busy tone tries again, up to five times, until it is answered."""
    busy = np.flatnonzero((calls["direction"] == 0) & (calls["sip"] == 486))
    busy = busy[rng.random(len(busy)) < REDIALLED_SHARE]
    if not len(busy):
        return blank(0)
    tries = np.minimum(rng.geometric(0.6, len(busy)), MOST_REDIALS)
    first = np.repeat(busy, tries)
    number = np.arange(len(first)) - np.repeat(np.cumsum(tries) - tries, tries)
    gap = rng.integers(40, 200, len(first)) * SECOND_MS
    gap = np.cumsum(gap)
    gap -= np.repeat(gap[np.cumsum(tries) - tries], tries) - 60 * SECOND_MS
    again = calls[first]
    again["start"] = calls["end"][first] + gap
    last = number == np.repeat(tries, tries) - 1
    talk_ms = (rng.lognormal(np.log(91), 1.2, len(again)) * SECOND_MS).astype(np.int64)
    return complete(again, rng, answered=last & (rng.random(len(again)) < 0.7), talk_ms=talk_ms)


def on_call(rng: np.random.Generator, part: Part, midnights: Ints) -> Calls:
    """A monitor that calls the person on duty at night until somebody answers; the person calls in often."""
    if part.segment_name not in ("small_business", "mid_business", "clinic") or rng.random() >= ON_CALL_SHARE:
        return blank(0)
    duty = int(domestic(rng, 1, part.record.country, part.area, people=True).number[0])
    parts = []
    for day in np.flatnonzero(rng.random(len(midnights)) < 0.08):
        tries = int(rng.integers(3, 9))
        calls = blank(tries)
        calls["start"] = midnights[day] + int(rng.integers(0, 5 * HOUR_MS)) + np.cumsum(rng.integers(90, 200, tries)) * SECOND_MS
        calls["to"] = duty
        calls["line"] = part.number(0)
        calls["automated"] = True
        calls["agent"] = ALARM_AGENT
        _to_home(calls, part)
        last = np.arange(tries) == tries - 1
        parts.append(complete(calls, rng, answered=last, talk_ms=np.full(tries, 45 * SECOND_MS)))
    reports = blank(len(midnights))
    reports["start"] = midnights + 9 * HOUR_MS + rng.integers(0, 8 * HOUR_MS, len(midnights))
    reports["direction"] = INBOUND
    reports["from"] = duty
    reports["line"] = part.number(1)
    reports["user"] = 1
    talk_ms = rng.integers(30, 400, len(midnights)) * SECOND_MS
    parts.append(complete(reports, rng, answered=rng.random(len(midnights)) < 0.9, talk_ms=talk_ms))
    return joined(parts)
