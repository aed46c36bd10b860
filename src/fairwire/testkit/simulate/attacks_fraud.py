"""Fraud with other people's money: dear numbers reached by break-in, forwarding or a fresh account; boxes, pumps and lures."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Generator, Stage, back_to_back, noted, scattered
from fairwire.testkit.simulate.calls import (
    DISPOSITIONS,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    TARIFF,
    Calls,
    Extra,
    Floats,
    Ints,
    joined,
)
from fairwire.testkit.simulate.logins import Spot, register, sign_in
from fairwire.testkit.simulate.numbers import Pool, dear, foreign
from fairwire.testkit.simulate.office import added
from fairwire.testkit.simulate.rows import Data
from fairwire.testkit.simulate.world import FAR_ASN, INTRUDERS, credential, e164, outside, packed, place_of

INTRUDER_AGENT = 4
GATEWAY_AGENTS = ("GoIP 16", "GSM Gateway 4.1", "Dinstar UC2000")
TEST_NUMBERS = 12
"""Trial numbers that fraudsters share, the first of each dear range."""


def intruder(stage: Stage) -> Spot:
    """An address far away."""
    rng = stage.rng
    place = INTRUDERS[int(rng.integers(len(INTRUDERS)))]
    return Spot(outside(int(rng.integers(100_000, 118_000))), FAR_ASN + int(rng.integers(200)), place)


def dear_calls(stage: Stage, start: Ints, talk_s: Floats, targets: Pool, *, user: int = 1, asr: float = 0.85) -> Calls:
    """Calls of one user to a pool of numbers."""
    which = stage.rng.integers(0, len(targets.number), len(start))
    calls = stage.laid(start, targets.number[which], np.full(len(start), stage.part.number(user)), user=user)
    calls["rate"], calls["tariff"] = targets.rate[which], targets.tariff[which]
    return stage.finished(calls, stage.rng.random(len(start)) < asr, talk_s, failures="people")


def placed_from(calls: Calls, spot: Spot, agent: int | None = INTRUDER_AGENT) -> Calls:
    """As if from another address and device."""
    calls["address"] = packed(spot.address)
    if agent is not None:
        calls["agent"] = agent
    return calls


def _channels(stage: Stage, begin: int, targets: Pool, *, user: int = 1) -> Calls:
    """So many channels that never rest."""
    p, parts = stage.p, []
    span = max(HOUR_MS // 3, int(p["hours"] * stage.volume**0.5 * HOUR_MS))
    for _ in range(stage.count("channels")):
        late = int(stage.rng.integers(0, 5 * MINUTE_MS))
        start, talk = back_to_back(stage.rng, begin + late, span, p["talk_s"], 0.7, p["gap_s"])
        parts.append(dear_calls(stage, start, talk, targets, user=user))
    return joined(parts)


def _begin(stage: Stage) -> int:
    """The moment it starts: on a weekday after the warm-up, at its hour."""
    return int(stage.midnights[int(stage.work_days(1)[0])]) + int(stage.p["start_h"] * HOUR_MS)


def toll_fraud_premium(stage: Stage) -> Act:
    """Dear service numbers at home, where barring other countries does not help."""
    n = stage.count("numbers")
    first, rate = (19002000000, 20_000) if stage.part.record.country == "US" else (449090000000, 15_000)
    number = first + stage.rng.integers(0, 999_999, n)
    targets = Pool(number, np.full(n, rate), np.full(n, TARIFF["premium"]))
    return stage.act(placed_from(_channels(stage, _begin(stage), targets), intruder(stage)))


def toll_fraud_tests(stage: Stage) -> Act:
    """Trial calls to numbers that fraudsters publish, a few an hour, before anything else happens."""
    pool = dear(stage.rng, TEST_NUMBERS, 4, high=True)
    count = stage.count("tries")
    start = _begin(stage) + np.sort(stage.rng.integers(0, int(stage.p["hours"] * HOUR_MS), count))
    calls = dear_calls(stage, start, stage.rng.uniform(2, 30, count), pool, asr=stage.p["asr"])
    return stage.act(placed_from(calls, intruder(stage)))


def toll_fraud_forward(stage: Stage) -> Act:
    """Somebody signs in from afar, forwards a line abroad, then rings that line from outside, again and again."""
    rng, p = stage.rng, stage.p
    begin, spot = _begin(stage), intruder(stage)
    sign_in(stage.desk, begin, 1, spot, device="unknown-1", user_agent="Web 120")
    change: Data = {"credential": credential(stage.part, 1), "method": "PUT", "path": "/v1/lines/1/forward", "status": 200}
    stage.desk.add(begin + 90 * SECOND_MS, "api.request", change | {"src_ip": spot.address, "user_agent": "Web 120"})
    targets = dear(rng, stage.count("numbers"), 2, high=True)
    caller = stage.strangers(stage.count("callers"))
    line = stage.part.number(1)
    n = max(2, round(stage.count("tries") * stage.volume**0.5))
    start = begin + 5 * MINUTE_MS + np.sort(rng.integers(0, int(p["hours"] * HOUR_MS), n))
    talk = rng.lognormal(np.log(p["talk_s"]), 0.6, n)
    sender = caller[rng.integers(0, len(caller), n)]
    came = stage.came_in(start, sender, np.full(n, line), talk)
    sent = dear_calls(stage, start + 300, talk, targets, asr=0.95)
    sent["from"], sent["forwarded"], sent["chain"] = sender, True, 1
    return stage.act(joined([came, sent]), chains=((line,),), onset_ms=int(start[0]))


def off_hours_burst(stage: Stage) -> Act:
    """An exchange that sleeps at night, and one night does not: many calls abroad within an hour or two."""
    targets = foreign(stage.rng, stage.count("numbers"), stage.part.record.country)
    return stage.act(placed_from(_channels(stage, _begin(stage), targets), intruder(stage)))


def takeover(stage: Stage) -> Act:
    """Guessed or stolen: failures, then a sign-in from a new country and device, settings changed, then dear calls."""
    rng, p = stage.rng, stage.p
    begin, spot = _begin(stage), intruder(stage)
    user = 1 + int(rng.integers(0, stage.part.seats))
    known = {"device": f"x-{int(rng.integers(10**6))}", "user_agent": "Web 119"}
    for number in range(round(p["fails"])):
        sign_in(stage.desk, begin - (round(p["fails"]) - number) * p["fail_gap_s"] * SECOND_MS, user, spot, ok=False, **known)
    sign_in(stage.desk, begin, user, spot, **known)
    key = credential(stage.part, user)
    for after, path in ((2, f"/v1/lines/{user}/forward"), (4, "/v1/settings/international"), (6, f"/v1/users/{user}/password")):
        change: Data = {
            "credential": key,
            "method": "PUT",
            "path": path,
            "status": 200,
            "src_ip": spot.address,
            "user_agent": "Web 119",
        }
        stage.desk.add(begin + after * MINUTE_MS, "api.request", change)
    stage.desk.add(begin + 7 * MINUTE_MS, "credential.changed", {"credential": key, "strength": 3})
    after = int(p["wait_h"] * HOUR_MS) + 10 * MINUTE_MS
    register(
        stage.desk,
        begin + after - MINUTE_MS,
        user,
        spot,
        device=known["device"],
        user_agent="SoftDialler 2.1",
        contacts=2,
    )
    targets = dear(rng, stage.count("numbers"), 2, high=not stage.evasive)
    calls = placed_from(_channels(stage, begin + after, targets, user=user), spot)
    extras: list[Extra] = [{"credential": key}]
    return stage.act(calls, extras=noted(calls, extras), onset_ms=int(calls["start"].min()))


def subscription_fraud(stage: Stage) -> Act:
    """A new account that buys, is never called, and calls dear numbers on as many channels as it gets."""
    targets = dear(stage.rng, stage.count("numbers"), 3, high=True)
    begin = int(stage.midnights[0]) + int(stage.p["start_h"] * HOUR_MS)
    for user in range(stage.part.seats, stage.part.seats + 2):
        added(stage.desk, begin - HOUR_MS + user * 1_000, f"u{min(user, stage.part.seats)}", f"person-new-{user}")
    return stage.act(_channels(stage, begin, targets))


def removed_user(stage: Stage) -> Act:
    """Somebody left, and still calls and signs in."""
    rng, user = stage.rng, stage.part.seats
    begin = _begin(stage)
    stage.desk.add(begin, "user.removed", {"user": f"u{user}", "person": f"person-{stage.part.index}-{user}"})
    n = stage.count("tries")
    start = begin + 2 * HOUR_MS + np.sort(rng.integers(0, int(stage.p["hours"] * HOUR_MS), n))
    calls = stage.laid(start, stage.strangers(n), np.full(n, stage.part.number(user)), user=user)
    spot = Spot(outside(stage.part.index * 11 + 5), FAR_ASN + 7, place_of(stage.part))
    for at in start[:: max(1, n // 4)].tolist():
        sign_in(
            stage.desk,
            at - 40 * SECOND_MS,
            user,
            spot,
            device=f"{stage.part.record.id}-u{user}-laptop",
            user_agent="Softphone 9.1",
        )
    return stage.act(placed_from(stage.finished(calls, rng.random(n) < 0.7, rng.lognormal(4.3, 1, n)), spot, None))


def lost_device(stage: Stage) -> Act:
    """A phone was reported stolen, and goes on registering and calling."""
    rng, user = stage.rng, 1
    begin = _begin(stage)
    device = f"{stage.part.record.id}-u1-mobile"
    stage.desk.add(begin, "device.lost", {"device": device, "user": "u1"})
    n = stage.count("tries")
    start = begin + HOUR_MS + np.sort(rng.integers(0, int(stage.p["hours"] * HOUR_MS), n))
    spot = Spot(outside(stage.part.index * 13 + 9), FAR_ASN + 9, place_of(stage.part))
    for at in start[:: max(1, n // 6)].tolist():
        register(
            stage.desk,
            at - 30 * SECOND_MS,
            user,
            spot,
            device=device,
            user_agent="Mobile app 12.0",
            contacts=1,
        )
    far = foreign(rng, 12, stage.part.record.country)
    calls = dear_calls(stage, start, rng.lognormal(4.8, 0.9, n), far, asr=0.8)
    return stage.act(placed_from(calls, spot, 2))


def wangiri_callback(stage: Stage) -> Act:
    """A dear number rings many of our lines once; the curious call it back."""
    rng, p = stage.rng, stage.p
    bait = dear(rng, stage.count("baits"), 1, high=True)
    n = stage.count("rings")
    start = _begin(stage) + np.sort(rng.integers(0, int(p["minutes"] * MINUTE_MS), n))
    which = rng.integers(0, len(bait.number), n)
    line = stage.part.first_number + rng.permutation(200)[np.arange(n) % 200]
    came = stage.came_in(start, bait.number[which], line, np.zeros(n), asr=0.0)
    came["end"] = came["start"] + 1_000 + rng.integers(0, 4_000, n)
    came["sip"], came["disposition"], came["released"] = 487, DISPOSITIONS.index("cancelled"), 0
    curious = np.flatnonzero(rng.random(n) < p["call_back"])
    curious = curious if len(curious) >= 3 else np.arange(min(3, n))
    back_at = came["end"][curious] + rng.integers(30, 2_400, len(curious)) * SECOND_MS
    back = stage.laid(back_at, bait.number[which[curious]], stage.part.number(1) + np.arange(len(curious)) % stage.part.seats)
    back["rate"], back["tariff"] = bait.rate[which[curious]], bait.tariff[which[curious]]
    back = stage.finished(back, rng.random(len(back)) < 0.95, rng.lognormal(np.log(60), 1, len(back)), failures="people")
    return stage.act(joined([came, back]), onset_ms=int(back["start"].min()))


def sim_box(stage: Stage) -> Act:
    """Calls from outside go straight out again to mobiles of one country, all channels busy day and night."""
    rng, p = stage.rng, stage.p
    channels, parts = stage.count("channels"), []
    extras: list[Extra] = [{"user_agent": GATEWAY_AGENTS[stage.part.index % 3]} if rng.random() < p["open_agent"] else {}]
    for day in stage.work_days(max(1, round(stage.count("days") * stage.volume))):
        for channel in range(channels):
            begin = int(stage.midnights[day]) + int(p["start_h"] * HOUR_MS)
            start, talk = back_to_back(rng, begin, int(p["hours"] * HOUR_MS), p["talk_s"], 1.0, p["gap_s"])
            n = len(start)
            line = np.full(n, stage.part.first_number + 20 + channel)
            came = stage.came_in(start, stage.strangers(n), line, talk)
            mobile = 447400000000 + rng.integers(0, 99_999_999, n)
            sent = stage.laid(start + 900, mobile, line, user=1)
            sent["rate"] = 300
            sent = stage.finished(sent, rng.random(n) < 0.85, np.maximum(talk - 1, 1), failures="lists")
            sent["extra"] = 1
            parts += [came, sent]
    return stage.act(joined(parts), extras=tuple(extras))


def _pumped(stage: Stage, lines: Ints, talk: Floats, start: Ints, silence: float) -> Act:
    sender = stage.strangers(max(2, stage.count("callers")))
    n = len(start)
    calls = stage.came_in(start, sender[stage.rng.integers(0, len(sender), n)], lines, talk)
    extras: list[Extra] = [{"silence_ratio": round(silence, 2)}]
    return stage.act(calls, extras=noted(calls, extras))


def traffic_pumping(stage: Stage) -> Act:
    """Hundreds who call a few numbers and stay on the line for ages, because somebody is paid by the minute."""
    rng, p = stage.rng, stage.p
    starts = [scattered(rng, begin, span, p["per_hour"] / 3600) for begin, span in stage.sessions()]
    start = np.concatenate(starts)
    line = stage.part.first_number + 1 + rng.integers(0, stage.count("numbers"), len(start))
    return _pumped(stage, line, rng.lognormal(np.log(p["talk_s"]), 0.4, len(start)), start, 0.4)


def toll_free_pumping(stage: Stage) -> Act:
    """Machines that call a freephone number of ours and hold on in silence."""
    rng, p = stage.rng, stage.p
    start = np.concatenate([scattered(rng, begin, span, p["per_hour"] / 3600) for begin, span in stage.sessions()])
    act = _pumped(
        stage,
        np.full(len(start), stage.part.number(0)),
        rng.normal(p["talk_s"], 20, len(start)).clip(60, None),
        start,
        p["silence"],
    )
    free = 18002000000 + stage.part.index if stage.part.record.country == "US" else 448000200000 + stage.part.index
    return stage.act(act.calls, extras=({**act.extras[0], "to": e164(free)},))


def monthly_spend(stage: Stage) -> Act:
    """More charges in the month than the order allows: long calls abroad, day after day."""
    rng = stage.rng
    targets = foreign(rng, 40, stage.part.record.country)
    limit = float(stage.part.record.monthly_charge_limit or 400) * 10_000
    wanted = limit * stage.p["over"]
    parts: list[Calls] = []
    owed = 0
    days = [day for day in range(stage.days) if stage.weekdays[day] < 5][: stage.count("days")] or [0]
    for day in days * 40:
        for user in range(1, stage.part.seats + 1):
            start, talk = back_to_back(rng, int(stage.midnights[day]) + 8 * HOUR_MS, 10 * HOUR_MS, 900, 0.6, 200)
            made = dear_calls(stage, start, talk, targets, user=user, asr=0.9)
            made["rate"] = np.maximum(made["rate"], 2_500)
            parts.append(made)
            owed += int((np.maximum(made["end"] - made["answer"], 0) * (made["answer"] >= 0) * made["rate"]).sum() // MINUTE_MS)
        if owed > wanted:
            break
    return stage.act(joined(parts))


def usage_anomaly(stage: Stage) -> Act:
    """All at once far more calls abroad than ever before."""
    rng = stage.rng
    targets = foreign(rng, 60, stage.part.record.country)
    parts = []
    for begin, span in stage.sessions():
        start = scattered(rng, begin, span, stage.p["per_hour"] / 3600)
        parts.append(dear_calls(stage, start, rng.lognormal(np.log(stage.p["talk_s"]), 0.8, len(start)), targets, asr=0.75))
    return stage.act(joined(parts))


def price_anomaly(stage: Stage) -> Act:
    """The same calls as always, and from one day on billed at a multiple of the price."""
    rng, p = stage.rng, stage.p
    targets = foreign(rng, 8, stage.part.record.country)
    parts = []
    for day in np.flatnonzero(stage.weekdays < 5).tolist():
        n = int(rng.poisson(p["per_day"]))
        start = int(stage.midnights[day]) + np.sort(rng.integers(9 * HOUR_MS, 17 * HOUR_MS, n))
        made = dear_calls(stage, start, rng.lognormal(5, 0.7, n), targets)
        if day >= stage.first_day:
            made["rate"] = (made["rate"] * p["times"]).astype(np.int64)
        parts.append(made)
    calls = joined(parts)
    wrong = calls["start"] >= stage.midnights[stage.first_day]
    return stage.act(calls, onset_ms=int(calls["start"][wrong].min()) if wrong.any() else None)


GENERATORS: dict[str, Generator] = {
    "toll_fraud_premium": toll_fraud_premium,
    "toll_fraud_tests": toll_fraud_tests,
    "toll_fraud_forward": toll_fraud_forward,
    "off_hours_burst": off_hours_burst,
    "takeover": takeover,
    "subscription_fraud": subscription_fraud,
    "removed_user": removed_user,
    "lost_device": lost_device,
    "wangiri_callback": wangiri_callback,
    "sim_box": sim_box,
    "traffic_pumping": traffic_pumping,
    "toll_free_pumping": toll_free_pumping,
    "monthly_spend": monthly_spend,
    "usage_anomaly": usage_anomaly,
    "price_anomaly": price_anomaly,
}
