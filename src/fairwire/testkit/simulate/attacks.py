"""The eight abuses as call generators. Each takes a stage and returns one act."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.attack_kit import SATURDAY, Act, Generator, Stage, back_to_back, scattered, steady
from fairwire.testkit.simulate.calls import (
    DISPOSITIONS,
    HOUR_MS,
    INBOUND,
    INTRUDER_AGENT,
    MINUTE_MS,
    SECOND_MS,
    Calls,
    Chain,
    Floats,
    Ints,
    blank,
    joined,
)
from fairwire.testkit.simulate.numbers import Pool, dear, foreign

INTRUDER_ADDRESS = (203 << 24) + (113 << 8)


def auto_dialler(stage: Stage) -> Act:
    """A dialler that works a list: machine pace, several attempts at once and the surplus dropped, partly number by number."""
    rng, p = stage.rng, stage.p
    days = []
    for day in stage.work_days(max(1, round(stage.count("days") * stage.volume**0.5))):
        begin = stage.midnights[day] + 9 * HOUR_MS + int(rng.integers(0, HOUR_MS))
        at_once = stage.count("at_once")
        groups = steady(rng, begin, int(p["hours"] * stage.volume**0.5 * HOUR_MS), p["per_hour"] / at_once, p["jitter"])
        start = np.repeat(groups, at_once) + np.tile(np.arange(at_once) * 120, len(groups))
        n = len(start)
        to = stage.strangers(n)
        run = int(n * p["stepping"])
        if run:
            to[:run] = to[0] + np.arange(run)
        calls = stage.laid(start, to, stage.lines(stage.count("lines"), n))
        answered = rng.random(n) < p["asr"]
        calls = stage.finished(calls, answered, stage.brief_or_normal(n))
        _drop_surplus(calls, at_once)
        days.append(calls)
    return Act(calls=joined(days))


def _drop_surplus(calls: Calls, at_once: int) -> None:
    """Of the attempts placed at once only the first answered one gets the agent; the others hear silence for a second."""
    answered = (calls["answer"] >= 0).reshape(-1, at_once)
    surplus = (answered & (np.cumsum(answered, axis=1) > 1)).ravel()
    calls["end"] = np.where(surplus, np.minimum(calls["end"], calls["answer"] + 1_500), calls["end"])
    calls["released"] = np.where(surplus, 0, calls["released"])


def robocall(stage: Stage) -> Act:
    """A recorded message to strangers, in bursts: few answers, dead numbers, and talk piled up at the length of the message."""
    rng, p = stage.rng, stage.p
    message_s = p["message_s"]
    minutes = p["minutes"] * min(1.0, stage.volume * max(1.0, p["minutes"] / 240))
    days = []
    for day in stage.work_days(stage.count("days")):
        begin = stage.midnights[day] + 9 * HOUR_MS + int(rng.integers(0, HOUR_MS))
        start = scattered(rng, begin, int(minutes * MINUTE_MS), p["cps"])
        n = len(start)
        calls = stage.laid(start, stage.strangers(n), stage.lines(stage.count("lines"), n), user=1)
        heard = rng.random(n) < p["at_message"]
        talk = np.where(heard, message_s + rng.normal(0, 0.4, n), rng.lognormal(np.log(p["talk_s"]), 0.9, n))
        days.append(stage.finished(calls, rng.random(n) < p["asr"], np.maximum(talk, 0.5)))
    return Act(calls=joined(days))


def toll_fraud(stage: Stage) -> Act:
    """A stolen credential: a few trial calls, then channels that never rest, at night, to blocks of dear numbers."""
    rng, p = stage.rng, stage.p
    nights = np.flatnonzero((stage.weekdays == SATURDAY) & (np.arange(stage.days) >= stage.first_day))
    day = int(rng.choice(nights)) if len(nights) and stage.part.level == "plain" else int(stage.work_days(1)[0])
    begin = int(stage.midnights[day]) + int(p["start_h"] * HOUR_MS)
    span = int(p["hours"] * stage.volume**0.5 * HOUR_MS)
    targets = dear(rng, stage.count("numbers"), stage.count("countries"), high=True)
    parts = []
    tests = round(p["tests"])
    if tests:
        earlier = np.sort(begin - (rng.uniform(1, 48, tests) * HOUR_MS).astype(np.int64))
        earlier = np.maximum(earlier, stage.midnights[0] + np.arange(tests) * MINUTE_MS)
        parts.append(_abroad(stage, earlier, targets, rng.uniform(4, 40, tests), asr=0.6))
    for _ in range(stage.count("channels")):
        start, talk = back_to_back(rng, begin + int(rng.integers(0, 20 * MINUTE_MS)), span, p["talk_s"], 0.8, p["gap_s"])
        parts.append(_abroad(stage, start, targets, talk, asr=p["asr"]))
    calls = joined(parts)
    calls["agent"] = INTRUDER_AGENT
    calls["address"] = INTRUDER_ADDRESS + 1 + int(rng.integers(0, 250))
    return Act(calls=calls, onset_ms=int(joined(parts[1 if tests else 0 :])["start"].min()))


def toll_fraud_slow(stage: Stage) -> Act:
    """One channel in business hours, mid-price numbers spread evenly: made to stay below every threshold of a day."""
    rng, p = stage.rng, stage.p
    targets = dear(rng, stage.count("numbers"), stage.count("countries"), high=False)
    parts = []
    for day in stage.work_days(stage.count("days")):
        start, talk = back_to_back(rng, int(stage.midnights[day]) + 8 * HOUR_MS, 12 * HOUR_MS, p["talk_s"], 0.7, p["gap_s"])
        parts.append(_abroad(stage, start, targets, talk, asr=p["asr"]))
    return Act(calls=joined(parts))


def _abroad(stage: Stage, start: Ints, targets: Pool, talk_s: Floats, *, asr: float) -> Calls:
    which = stage.rng.integers(0, len(targets.number), len(start))
    calls = blank(len(start))
    calls["start"], calls["to"] = start, targets.number[which]
    calls["rate"], calls["tariff"] = targets.rate[which], targets.tariff[which]
    calls["line"], calls["user"] = stage.part.number(1), 1
    return stage.finished(calls, stage.rng.random(len(start)) < asr, talk_s, failures="people")


def wangiri(stage: Stage) -> Act:
    """One ring and gone, number after number; a few of the curious call back."""
    rng, p = stage.rng, stage.p
    parts = []
    for day in stage.work_days(stage.count("days")):
        begin = int(stage.midnights[day]) + int(rng.integers(9, 15)) * HOUR_MS
        start = scattered(rng, begin, int(p["minutes"] * stage.volume**0.5 * MINUTE_MS), p["cps"])
        n = len(start)
        calls = stage.laid(start, stage.strangers(n), stage.lines(stage.count("lines"), n))
        ring_ms = (1000 + rng.exponential(p["ring_s"], n) * SECOND_MS).astype(np.int64)
        answered = rng.random(n) < p["asr"]
        calls = stage.finished(calls, answered, rng.uniform(0.5, 4, n), ring_ms=ring_ms)
        calls["sip"] = np.where(answered, 200, 487)
        calls["disposition"] = np.where(answered, 0, DISPOSITIONS.index("cancelled"))
        calls["released"] = 0
        parts.append(calls)
        curious = calls[rng.random(n) < p["call_back"]]
        back = blank(len(curious))
        back["direction"] = INBOUND
        back["start"] = curious["end"] + (rng.exponential(20, len(curious)) * MINUTE_MS).astype(np.int64) + 30 * SECOND_MS
        back["from"], back["line"], back["user"] = curious["to"], curious["line"], 1
        talk = rng.lognormal(np.log(60), 1.0, len(back))
        parts.append(stage.finished(back, np.ones(len(back), dtype=np.bool_), talk, failures="people"))
    return Act(calls=joined(parts))


def fair_use(stage: Stage) -> Act:
    """An unlimited seat sold on to many, or open all day to a conference bridge: minutes far beyond any other customer's."""
    rng, p = stage.rng, stage.p
    begin = int(stage.midnights[0]) + int(p["from_h"] * HOUR_MS)
    bridges = stage.strangers(2)
    parts = []
    for user in range(1, stage.part.seats + 1):
        for day in range(stage.days):
            minutes = p["minutes_month"] / 30 * float(rng.gamma(20, 1 / 20))
            window_s = (p["to_h"] - p["from_h"]) * 3600
            on_bridge = rng.random() < p["bridge"]
            talk_s = 3_300.0 if on_bridge else p["talk_s"]
            count = max(1, round(minutes * 60 / (talk_s * (1.0 if on_bridge else 1.28))))
            talk = rng.lognormal(np.log(talk_s), 0.1 if on_bridge else 0.7, count)
            idle = max(5.0 * count, window_s - float(talk.sum()) - 60 * count)
            gaps = rng.dirichlet(np.ones(count + 1))[:count] * idle
            offsets = np.cumsum(gaps) + np.concatenate(([0.0], np.cumsum(talk + 15)[:-1]))
            inside = offsets < window_s
            start = begin + int(stage.midnights[day] - stage.midnights[0]) + (offsets[inside] * SECOND_MS).astype(np.int64)
            n = len(start)
            to = np.where(on_bridge, bridges[rng.integers(0, 2, n)], stage.strangers(n))
            calls = stage.laid(start, to, np.full(n, stage.part.number(user)))
            parts.append(stage.finished(calls, rng.random(n) < 0.95, talk[inside], failures="people"))
    return Act(calls=joined(parts))


def forwarding(stage: Stage) -> Act:
    """A line that forwards everything, to one far phone all day or to several in turn, with calls side by side."""
    rng, p = stage.rng, stage.p
    abroad = p["abroad"] >= 0.5
    home = stage.strangers(stage.count("targets"))
    targets = foreign(rng, stage.count("targets"), stage.part.record.country) if abroad else None
    parts: list[Calls] = []
    chains: list[Chain] = [(stage.part.number(1 + place),) for place in range(stage.count("lines"))]
    for day in range(min(2, stage.days - 1), stage.days):
        begin = int(stage.midnights[day]) + int(p["from_h"] * HOUR_MS)
        span = int((p["to_h"] - p["from_h"]) * HOUR_MS)
        start = scattered(rng, begin, span, p["minutes_day"] * 60 / (p["talk_s"] * 1.28) / (span / SECOND_MS))
        n = len(start)
        talk = rng.lognormal(np.log(p["talk_s"]), 0.7, n)
        place = rng.integers(0, len(chains), n)
        line = stage.part.first_number + 1 + place
        came = blank(n)
        came["direction"] = INBOUND
        came["start"], came["from"], came["line"], came["user"] = start, stage.strangers(n), line, stage.owner(line)
        ring_ms = rng.integers(4_000, 12_000, n)
        everyone = np.ones(n, dtype=np.bool_)
        came = stage.finished(came, everyone, talk, ring_ms=ring_ms + 300)
        which = rng.integers(0, len(home), n)
        sent = stage.laid(start + 300, home[which], line)
        if targets is not None:
            sent["to"], sent["rate"], sent["tariff"] = targets.number[which], targets.rate[which], targets.tariff[which]
        sent["from"], sent["forwarded"], sent["chain"] = came["from"], True, 1 + place
        sent = stage.finished(sent, everyone, talk, ring_ms=ring_ms)
        parts += [came, sent]
    return Act(calls=joined(parts), chains=tuple(chains))


def forwarding_loop(stage: Stage) -> Act:
    """Two lines that forward to each other, or a ring of phones: each leg names all earlier ones, until a proxy gives up."""
    rng = stage.rng
    depth = max(5, stage.count("depth"))
    first, second = stage.part.number(1), stage.part.number(2)
    outside = round(stage.p["outside"]) == 1
    ring = [first, *(int(number) for number in stage.strangers(depth))] if outside else [first, second] * depth
    chains: list[Chain] = [tuple(reversed(ring[: leg + 1])) for leg in range(depth)]
    parts = []
    for day in stage.work_days(stage.count("days")):
        for begin in np.sort(stage.midnights[day] + rng.integers(8 * HOUR_MS, 19 * HOUR_MS, stage.count("loops_day"))):
            caller = int(stage.strangers(1)[0])
            calls = stage.laid(begin + np.arange(depth) * 180, np.array(ring[1 : depth + 1]), np.array(ring[:depth]), user=1)
            calls["from"], calls["forwarded"], calls["chain"] = caller, True, 1 + np.arange(depth)
            calls["line"] = np.where(calls["line"] == second, second, first)
            nobody = np.zeros(depth, dtype=np.bool_)
            calls = stage.finished(calls, nobody, np.zeros(depth), ring_ms=2_500 - np.arange(depth, dtype=np.int64) * 180)
            calls["sip"], calls["disposition"], calls["released"] = 482, DISPOSITIONS.index("failed"), 2
            parts.append(calls)
    return Act(calls=joined(parts), chains=tuple(chains))


def concurrent_calls(stage: Stage) -> Act:
    """More connections open at once than the order allows, for an hour or for a few minutes."""
    rng, p = stage.rng, stage.p
    limit = stage.part.record.max_active_connections or stage.part.seats + 2
    channels = max(limit + 2, int(np.ceil(limit * p["over"])))
    parts = []
    for day in stage.work_days(stage.count("days")):
        begin = int(stage.midnights[day]) + int(rng.integers(10, 16)) * HOUR_MS
        for channel in range(channels):
            start, talk = back_to_back(
                rng, begin + int(rng.integers(0, 40 * SECOND_MS)), int(p["minutes"] * MINUTE_MS), p["talk_s"], 0.3, p["gap_s"]
            )
            user = 1 + channel % stage.part.seats
            calls = stage.laid(start, stage.strangers(len(start)), np.full(len(start), stage.part.number(user)))
            parts.append(stage.finished(calls, rng.random(len(start)) < 0.93, talk, failures="people"))
    return Act(calls=joined(parts))


def harassment(stage: Stage) -> Act:
    """One person rung again and again, in the evening or all day long, mostly not answered, and never calling us."""
    rng, p = stage.rng, stage.p
    victim = int(stage.strangers(1)[0])
    parts = []
    for day in stage.work_days(stage.count("days")):
        begin = int(stage.midnights[day]) + int(p["start_h"] * HOUR_MS)
        count = max(3, round(p["per_hour"] * p["hours"]))
        start = np.sort(begin + rng.integers(0, int(p["hours"] * HOUR_MS), count))
        start = np.maximum.accumulate(start + np.arange(count) * 20 * SECOND_MS)
        line = stage.lines(min(stage.count("lines"), stage.part.seats), count)
        calls = stage.laid(start, np.full(count, victim), line)
        parts.append(stage.finished(calls, rng.random(count) < p["asr"], rng.uniform(2, 12, count), failures="people"))
    return Act(calls=joined(parts))


GENERATORS: dict[str, Generator] = {
    "auto_dialler": auto_dialler,
    "robocall": robocall,
    "toll_fraud": toll_fraud,
    "toll_fraud_slow": toll_fraud_slow,
    "wangiri": wangiri,
    "fair_use": fair_use,
    "forwarding": forwarding,
    "forwarding_loop": forwarding_loop,
    "concurrent_calls": concurrent_calls,
    "harassment": harassment,
}
