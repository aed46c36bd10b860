"""Lines put to another use than talking, harm to one person, agents who cheat, and too many attempts at once."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Generator, Stage, back_to_back, internal, noted, scattered
from fairwire.testkit.simulate.calls import (
    DISPOSITIONS,
    HOUR_MS,
    KINDS,
    MINUTE_MS,
    SECOND_MS,
    TARIFF,
    Calls,
    Extra,
    blank,
    joined,
)
from fairwire.testkit.simulate.office import complaint
from fairwire.testkit.simulate.tables import destinations


def conference_hub(stage: Stage) -> Act:
    """A seat that serves as a bridge: many at once, for an hour each, most of the day."""
    rng, p = stage.rng, stage.p
    parts = []
    for day in stage.work_days(stage.count("days")):
        for meeting in range(stage.count("meetings")):
            begin = int(stage.midnights[day]) + int((9 + meeting * p["every_h"]) * HOUR_MS)
            n = stage.count("guests")
            start = begin + np.sort(rng.integers(0, 4 * MINUTE_MS, n))
            talk = rng.normal(p["talk_s"], p["talk_s"] * 0.12, n).clip(300, None)
            line = np.full(n, stage.part.number(1))
            out = rng.random(n) < p["dialled_out"]
            parts.append(stage.came_in(start[~out], stage.strangers(int((~out).sum())), line[~out], talk[~out]))
            sent = stage.laid(start[out], stage.strangers(int(out.sum())), line[out], user=1)
            parts.append(stage.finished(sent, np.ones(len(sent), dtype=np.bool_), talk[out]))
    return stage.act(joined(parts))


def nailed_up_line(stage: Stage) -> Act:
    """One pair connected all day: as soon as the call ends it is dialled again."""
    rng, p = stage.rng, stage.p
    target = stage.strangers(1)
    parts = []
    for day in stage.work_days(stage.count("days")):
        begin = int(stage.midnights[day]) + int(p["start_h"] * HOUR_MS)
        start, talk = back_to_back(rng, begin, int(p["hours"] * HOUR_MS), p["talk_s"], 0.15, p["gap_s"])
        calls = stage.laid(start, np.full(len(start), target[0]), np.full(len(start), stage.part.number(1)))
        parts.append(stage.finished(calls, np.ones(len(start), dtype=np.bool_), talk))
    return stage.act(joined(parts))


def monitoring_calls(stage: Stage) -> Act:
    """A line that listens: hours of silence from one side and the other."""
    act = nailed_up_line(stage)
    levels = stage.rng.uniform(stage.p["silence"], 0.995, 20)
    extras: list[Extra] = [{"silence_ratio": round(float(level), 3)} for level in levels]
    which = stage.rng.integers(0, len(extras), len(act.calls))
    return stage.act(act.calls, extras=noted(act.calls, extras, which))


def modem_calls(stage: Stage) -> Act:
    """Machines that call machines over a voice plan: data, at fixed minutes, each of the same length."""
    rng, p = stage.rng, stage.p
    targets = stage.strangers(stage.count("targets"))
    parts = []
    for day in stage.work_days(stage.count("days")):
        n = stage.count("calls_day")
        start = int(stage.midnights[day]) + (np.arange(n) * (24 * HOUR_MS / n)).astype(np.int64) + rng.integers(0, 2_000, n)
        calls = stage.laid(start, targets[np.arange(n) % len(targets)], np.full(n, stage.part.number(1)))
        calls["kind"] = np.where(rng.random(n) < p["data"], KINDS.index("data"), 0)
        parts.append(stage.finished(calls, rng.random(n) < 0.95, rng.normal(p["talk_s"], p["wobble_s"], n).clip(5, None)))
    return stage.act(joined(parts))


def otp_farm(stage: Stage) -> Act:
    """Numbers lent out to receive the sign-in codes of many services: short calls with a spoken code, and codes by text."""
    rng, p = stage.rng, stage.p
    senders = stage.strangers(stage.count("services"))
    own = stage.part.first_number + 100 + np.arange(stage.count("numbers_own"))
    parts = []
    extras: list[Extra] = []
    for begin, span in stage.sessions():
        start = scattered(rng, begin, span, p["per_hour"] / 3600)
        n = len(start)
        line = own[rng.integers(0, len(own), n)]
        spoken = rng.random(n) < p["spoken"]
        calls = stage.came_in(
            start[spoken],
            senders[rng.integers(0, len(senders), int(spoken.sum()))],
            line[spoken],
            rng.uniform(8, 38, int(spoken.sum())),
        )
        calls["user"] = 0
        parts.append(calls)
        for at, to in zip(start[~spoken].tolist(), line[~spoken].tolist(), strict=True):
            sender = int(senders[int(rng.integers(0, len(senders)))])
            stage.texter.received(at, to, sender, stage.writer.text("code", code=stage.writer.digits(6)))
    calls = joined(parts)
    which = np.zeros(len(calls), dtype=np.int64)
    for place in range(0, len(calls), 3):
        extras.append({"transcript": f"Your code is {' '.join(stage.writer.digits(6))}. Again: your code."})
        which[place] = len(extras)
    calls["extra"] = which
    return stage.act(calls, extras=tuple(extras))


def hoax_emergency(stage: Stage) -> Act:
    """Calls to the emergency number that end within seconds, again and again."""
    rng, p = stage.rng, stage.p
    number = destinations().emergency[stage.part.record.country]
    parts = []
    for begin, span in stage.sessions():
        start = begin + np.sort(rng.integers(0, span, stage.count("calls")))
        calls = stage.laid(start, np.full(len(start), number), stage.lines(stage.count("lines"), len(start)))
        calls["tariff"], calls["rate"] = TARIFF["emergency"], 0
        calls = stage.finished(calls, np.ones(len(start), dtype=np.bool_), rng.uniform(1, p["talk_s"], len(start)))
        calls["released"] = 0
        parts.append(calls)
    return stage.act(joined(parts))


def threatening_calls(stage: Stage) -> Act:
    """Somebody is threatened by telephone; what was said was written down."""
    rng = stage.rng
    victim = int(stage.strangers(1)[0])
    parts, extras = [], list[Extra]()
    for begin, span in stage.sessions():
        start = begin + np.sort(rng.integers(0, span, stage.count("calls")))
        calls = stage.laid(start, np.full(len(start), victim), stage.lines(stage.count("lines"), len(start)))
        calls = stage.finished(calls, rng.random(len(start)) < 0.7, rng.uniform(5, 40, len(start)))
        for place in range(len(calls)):
            if calls["answer"][place] >= 0 and rng.random() < stage.p["transcribed"]:
                extras.append({"transcript": stage.writer.text("voice_threat")})
                calls["extra"][place] = len(extras)
        parts.append(calls)
    every = joined(parts)
    complaint(
        stage.desk, int(every["end"].max()) + HOUR_MS, 3000, "harassment", stage.writer.text("report_other"), stage.part.number(1)
    )
    return stage.act(every, extras=tuple(extras))


def agent_misuse(stage: Stage) -> Act:
    """An agent who lets callers go within seconds to get a break, and has a friend call for long talks about nothing."""
    rng, p = stage.rng, stage.p
    agent = 1 + int(rng.integers(0, stage.part.seats))
    line, friend = stage.part.number(agent), int(stage.strangers(1)[0])
    parts = []
    for day in stage.work_days(max(2, stage.count("days"))):
        begin = int(stage.midnights[day]) + 9 * HOUR_MS
        n = max(4, round(p["calls_day"]))
        start = begin + np.sort(rng.integers(0, 8 * HOUR_MS, n))
        early = rng.random(n) < p["early"]
        talk = np.where(early, rng.uniform(1, p["early_s"], n), rng.lognormal(4.7, 1, n))
        calls = stage.came_in(start, stage.strangers(n), np.full(n, line), talk, asr=0.97)
        calls["released"] = np.where(early & (calls["answer"] >= 0), 1, calls["released"])  # the called side is the agent
        parts.append(calls)
        fakes = round(p["fakes_day"])
        start = begin + np.sort(rng.integers(0, 8 * HOUR_MS, fakes))
        parts.append(
            stage.came_in(start, np.full(fakes, friend), np.full(fakes, line), rng.normal(600, 120, fakes).clip(60, None))
        )
    return stage.act(joined(parts))


def agent_misrepresentation(stage: Stage) -> Act:
    """An agent who says to be from a bank or an authority; some calls were transcribed, next to those of honest colleagues."""
    rng, p = stage.rng, stage.p
    agent = 1 + int(rng.integers(0, stage.part.seats))
    parts, extras = [], list[Extra]()
    for begin, span in stage.sessions():
        start = begin + np.sort(rng.integers(0, span, stage.count("calls")))
        calls = stage.laid(start, stage.strangers(len(start)), np.full(len(start), stage.part.number(agent)), user=agent)
        calls = stage.finished(calls, rng.random(len(start)) < 0.6, rng.lognormal(4.8, 0.7, len(start)), failures="people")
        for place in np.flatnonzero(calls["answer"] >= 0).tolist():
            kind = "voice_agent" if rng.random() < p["untrue"] else "voice_ordinary"
            extras.append({"transcript": stage.writer.text(kind), "recorded": True, "recording_consent": "all"})
            calls["extra"][place] = len(extras)
        parts.append(calls)
    return stage.act(joined(parts), extras=tuple(extras))


def tdos(stage: Stage) -> Act:
    """One number outside is called by so many at once that nobody else gets through."""
    rng, p = stage.rng, stage.p
    victim = int(stage.strangers(1)[0])
    parts = []
    for begin, span in stage.sessions():
        start = scattered(rng, begin, span, p["per_minute"] / 60)
        n = len(start)
        calls = stage.laid(start, np.full(n, victim), stage.part.number(1) + rng.integers(0, stage.count("lines"), n), user=1)
        calls["from"] = np.where(rng.random(n) < p["spoofed"], stage.strangers(n), 0)
        parts.append(
            stage.finished(
                calls, rng.random(n) < p["asr"], rng.exponential(p["talk_s"], n) + 0.5, ring_ms=rng.integers(2_000, 9_000, n)
            )
        )
    return stage.act(joined(parts))


def attempt_flood(stage: Stage) -> Act:
    """More call attempts a second than the proxy should see, most of them refused at once."""
    rng, p = stage.rng, stage.p
    parts = []
    for begin, span in stage.sessions():
        start = scattered(rng, begin, int(min(span, p["seconds"] * SECOND_MS)), p["per_second"])
        n = len(start)
        calls = stage.laid(start, stage.strangers(n), stage.lines(stage.count("lines"), n))
        calls = stage.finished(calls, rng.random(n) < 0.02, rng.exponential(3, n), ring_ms=rng.integers(30, 500, n))
        refused = calls["answer"] < 0
        calls["sip"] = np.where(refused, rng.choice([503, 486, 480], n), 200)
        calls["disposition"] = np.where(refused, DISPOSITIONS.index("failed"), 0)
        parts.append(calls)
    return stage.act(joined(parts))


def dial_plan_probing(stage: Stage) -> Act:
    """The same number with every prefix somebody might have set up for an outside line, and numbers that do not exist."""
    rng, p = stage.rng, stage.p
    prefixes = ("0", "00", "9", "900", "011", "9011", "000", "8", "88", "*9", "0011", "810")[: stage.count("prefixes")]
    extras: list[Extra] = []
    parts = []
    agent = {"user_agent": "friendly-scanner"} if rng.random() < p["open_agent"] else {"user_agent": "Softphone 9.1"}
    for begin, span in stage.sessions():
        target = (
            4420_0000_0000 + int(rng.integers(0, 9_999_9999))
            if stage.part.record.country == "US"
            else 1212_000_0000 + int(rng.integers(0, 9_999_999))
        )
        starts = begin + np.sort(rng.integers(0, min(span, int(p["minutes"] * MINUTE_MS)), len(prefixes) * 2))
        calls = stage.laid(starts, np.full(len(starts), target), np.full(len(starts), stage.part.number(1)))
        calls["rate"], calls["tariff"] = 0, TARIFF["standard"]
        for place in range(len(calls)):
            to = f"{prefixes[place // 2]}{target}" if place % 2 == 0 else str(int(rng.integers(100, 9_999)))
            extras.append({"to": to, **agent})
            calls["extra"][place] = len(extras)
        calls = stage.finished(
            calls, np.zeros(len(calls), dtype=np.bool_), np.zeros(len(calls)), ring_ms=rng.integers(40, 400, len(calls))
        )
        calls["sip"] = np.where(rng.random(len(calls)) < 0.8, 404, 484)
        calls["disposition"] = DISPOSITIONS.index("failed")
        parts.append(calls)
    calls = joined(parts)
    calls["address"] = (203 << 24) + (113 << 8) + 1 + int(rng.integers(0, 250))
    return stage.act(calls, extras=tuple(extras))


def extension_sweep(stage: Stage) -> Act:
    """All extensions of the house one after the other, each rung for a second: a list of who is there."""
    rng, p = stage.rng, stage.p
    parts: list[Calls] = []
    for begin, span in stage.sessions():
        n = stage.count("extensions")
        start = begin + (np.arange(n) * min(p["gap_s"] * SECOND_MS, span / n)).astype(np.int64)
        calls = blank(n)
        order = np.arange(n) if rng.random() < p["in_order"] else rng.permutation(n)
        calls["start"], calls["to"], calls["line"], calls["user"] = start, 100 + order, stage.part.number(1), 1
        calls = stage.finished(internal(calls), rng.random(n) < 0.1, rng.uniform(1, 3, n), ring_ms=rng.integers(500, 2_500, n))
        unknown = (calls["to"] > 100 + stage.part.seats) & (calls["answer"] < 0)
        calls["sip"] = np.where(unknown, 404, calls["sip"])
        parts.append(calls)
    return stage.act(joined(parts))


GENERATORS: dict[str, Generator] = {
    "conference_hub": conference_hub,
    "nailed_up_line": nailed_up_line,
    "monitoring_calls": monitoring_calls,
    "modem_calls": modem_calls,
    "otp_farm": otp_farm,
    "hoax_emergency": hoax_emergency,
    "threatening_calls": threatening_calls,
    "agent_misuse": agent_misuse,
    "agent_misrepresentation": agent_misrepresentation,
    "tdos": tdos,
    "attempt_flood": attempt_flood,
    "dial_plan_probing": dial_plan_probing,
    "extension_sweep": extension_sweep,
}
