"""Honest traffic of one customer: people who call, are called, call back and sometimes redial."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.calls import (
    DAY_MS,
    HOUR_MS,
    INBOUND,
    MINUTE_MS,
    SECOND_MS,
    TARIFF,
    Calls,
    Floats,
    Ints,
    blank,
    charge,
    complete,
    joined,
    one_at_a_time,
)
from fairwire.testkit.simulate.cast import TRAFFIC, Part, Period
from fairwire.testkit.simulate.lookalikes import alarm, blasts, on_call, redials, reminders
from fairwire.testkit.simulate.numbers import Pool, domestic, foreign, picks
from fairwire.testkit.simulate.tables import destinations, segments

CLOSED_SHARE = 0.02
EMERGENCY_SHARE = 2e-5
LONGEST_TALK_S = 7_200
BRIDGE_TALK = (45 * MINUTE_MS, 0.5)


def local_times(rng: np.random.Generator, rate: Floats, midnights: Ints, hours: Floats) -> Ints:
    """Instants of a Poisson stream with so many a day, by the hours of the day. Sorted."""
    count = rng.poisson(rate)
    day = np.repeat(np.arange(len(rate)), count)
    hour = np.searchsorted(np.cumsum(hours / hours.sum()), rng.random(len(day)), side="right").clip(0, 23)
    return np.sort(midnights[day] + ((hour + rng.random(len(day))) * HOUR_MS).astype(np.int64))


def talks(rng: np.random.Generator, count: int, short: tuple[float, float], talk: tuple[float, float]) -> Ints:
    """Milliseconds of talk: some end at once, the rest are log-normal."""
    brief = rng.exponential(short[1], count)
    long = np.minimum(rng.lognormal(np.log(talk[0]), talk[1], count), LONGEST_TALK_S)
    return (np.where(rng.random(count) < short[0], brief, long) * SECOND_MS).astype(np.int64)


def day_rates(rng: np.random.Generator, part: Part, period: Period) -> Floats:
    """Expected outbound calls of each day: the customer's pace, weekday, good and bad days, closures, a new account's ramp."""
    shares = np.array(segments().weeks[part.segment.week])
    week = shares / (shares[:5].mean() if part.segment.week == "office" else shares.mean())
    rate = part.seats * part.segment.calls * part.rate * week[period.weekdays()]
    rate = rate * rng.gamma(20, 1 / 20, period.days)
    closed = rng.random(period.days) < CLOSED_SHARE
    rate = np.where(closed, rate * rng.uniform(0, 0.3, period.days), rate)
    if part.segment_name == "shop" and rng.random() < 0.03:
        first = int(rng.integers(0, max(1, period.days - 5)))
        rate[first : first + 5] *= 8
    if part.ramp_from >= 0:
        rate = rate * np.clip((np.arange(period.days) - part.ramp_from + 1) / 10, 0, 1)
    return np.asarray(rate, dtype=np.float64)


def _contacts(rng: np.random.Generator, part: Part, count: int) -> Pool:
    """The numbers this customer deals with, home and abroad."""
    pool = domestic(rng, count, part.record.country, part.area)
    abroad = np.flatnonzero(rng.random(count) < part.segment.intl)
    if len(abroad):
        far = foreign(rng, len(abroad), part.record.country)
        pool.number[abroad], pool.rate[abroad], pool.tariff[abroad] = far.number, far.rate, far.tariff
    if part.unlimited:
        home = np.ones(count, dtype=np.bool_)
        home[abroad] = False
        pool.rate[home & (pool.tariff == TARIFF["standard"])] = 0
    return pool


def _outbound(rng: np.random.Generator, part: Part, start: Ints, known: int) -> tuple[Calls, Pool]:
    n = len(start)
    segment = part.segment
    code, size = picks(rng, n, known=known, p_new=segment.p_new, favourites=segment.favourites)
    pool = _contacts(rng, part, size)
    calls = blank(n)
    calls["start"] = start
    calls["to"], calls["rate"], calls["tariff"] = pool.number[code], pool.rate[code], pool.tariff[code]
    talk_ms = talks(rng, n, segment.short, segment.talk)
    if segment.bridge:
        bridges = domestic(rng, 3, part.record.country, part.area)
        on_bridge = rng.random(n) < segment.bridge
        calls["to"][on_bridge] = bridges.number[rng.integers(0, 3, int(on_bridge.sum()))]
        calls["tariff"][on_bridge] = TARIFF["standard"]
        calls["rate"][on_bridge] = 0 if part.unlimited else destinations().home_rate[part.record.country]
        talk_ms[on_bridge] = rng.lognormal(np.log(BRIDGE_TALK[0]), BRIDGE_TALK[1], int(on_bridge.sum())).astype(np.int64)
    answered = rng.random(n) < segment.asr
    urgent = rng.random(n) < EMERGENCY_SHARE
    if urgent.any():
        calls["to"][urgent] = destinations().emergency[part.record.country]
        calls["tariff"][urgent] = TARIFF["emergency"]
        calls["rate"][urgent] = 0
        answered |= urgent
    complete(calls, rng, answered=answered, talk_ms=talk_ms, failures=segment.failures)
    calls["automated"] = segment.automated
    return calls, pool


def _inbound(rng: np.random.Generator, part: Part, out: Calls, rate: Floats, midnights: Ints, hours: Floats, pool: Pool) -> Calls:
    """Calls from outside: those that our people then return, and the rest up to the trade's ratio."""
    segment = part.segment
    back = np.flatnonzero((rng.random(len(out)) < segment.solicited) & (out["to"] >= 10_000))
    same_day = rng.random(len(back)) < 0.75
    minutes = rng.exponential(40, len(back)) + 2
    ago = np.where(same_day, minutes * MINUTE_MS, rng.integers(1, 3, len(back)) * DAY_MS + minutes * SECOND_MS)
    before = blank(len(back))
    before["start"] = out["start"][back] - ago.astype(np.int64)
    before["from"] = out["to"][back]
    before = before[before["start"] >= midnights[0]]
    ratio = max(0.0, segment.in_ratio - segment.solicited)
    more = blank(0)
    start = local_times(rng, rate * ratio, midnights, hours)
    if len(start):
        more = blank(len(start))
        more["start"] = start
        strangers = domestic(rng, len(start), part.record.country, part.area, people=True)
        again = rng.random(len(start)) < 0.6
        more["from"] = np.where(again, pool.number[rng.integers(0, len(pool.number), len(start))], strangers.number)
    calls = joined([before, more])
    calls["direction"] = INBOUND
    answered = rng.random(len(calls)) < 0.85
    return complete(calls, rng, answered=answered, talk_ms=talks(rng, len(calls), segment.short, segment.in_talk))


def traffic(part: Part, period: Period, seed: int) -> Calls:
    """Every honest call of one customer in the period, in no particular order."""
    rng = part.stream(seed, TRAFFIC)
    midnights = period.midnights_ms(part.record.timezone)
    profile = part.segment.hours
    if part.segment.office and rng.random() < 0.01:
        profile = "night"  # a hotline
    hours = np.array(segments().hours[profile])
    rate = day_rates(rng, part, period)
    known = max(5, int(40 * part.seats**0.8))
    out, pool = _outbound(rng, part, local_times(rng, rate, midnights, hours), known)
    people = joined([out, _inbound(rng, part, out, rate, midnights, hours, pool)])
    share = rng.gamma(4, 1, part.seats)
    people["user"] = 1 + rng.choice(part.seats, len(people), p=share / share.sum())
    people = joined([people, redials(rng, people)])
    one_at_a_time(people)
    people["line"] = part.first_number + people["user"].astype(np.int64)
    machines = joined(
        [
            alarm(rng, part, midnights),
            reminders(rng, part, period, midnights),
            blasts(rng, part, period, midnights),
            on_call(rng, part, midnights),
        ]
    )
    return finish(joined([people, machines]), part)


def finish(calls: Calls, part: Part) -> Calls:
    """Set what follows from the customer: ids, caller and called side, device, charge."""
    calls["customer"] = part.index
    inbound = calls["direction"] == INBOUND
    calls["to"] = np.where(inbound, calls["line"], calls["to"])
    calls["from"] = np.where(inbound | (calls["from"] > 0), calls["from"], calls["line"])
    calls["rate"] = np.where(inbound, 0, calls["rate"])
    calls["tariff"] = np.where(inbound, 0, calls["tariff"])
    own = (10 << 24) + ((part.index & 0xFFFF) << 8)
    calls["address"] = np.where(calls["address"] > 0, calls["address"], own + 1 + calls["user"].astype(np.int64) % 250)
    calls["agent"] = np.where(calls["agent"] > 0, calls["agent"], part.index % 3)
    charge(calls)
    return calls
