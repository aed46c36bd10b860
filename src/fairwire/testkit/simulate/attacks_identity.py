"""Abuse of identity: guessed, shared and passed-on credentials, more people than ordered, and carelessness with them."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Generator, Stage, scattered
from fairwire.testkit.simulate.calls import HOUR_MS, MINUTE_MS, SECOND_MS, Calls, Extra, joined
from fairwire.testkit.simulate.logins import BROWSERS, Spot, at_home, at_work, register, sign_in
from fairwire.testkit.simulate.office import added, changed
from fairwire.testkit.simulate.world import FAR_ASN, INTRUDERS, MOBILE_ASN, OFFICE_ASN, credential, outside, packed, place_of

SCANNERS = ("friendly-scanner", "sipcli/1.8", "pplsip", "VaxSIPUserAgent/3.1")


def _spots(stage: Stage, count: int) -> list[Spot]:
    """Addresses of a crowd of machines all over the world."""
    base = int(stage.rng.integers(0, 60_000))
    hosts = stage.rng.integers(0, len(INTRUDERS), count).tolist()
    return [Spot(outside(base + 97 * number), FAR_ASN + number % 150, INTRUDERS[host]) for number, host in enumerate(hosts)]


def _guessing(stage: Stage) -> Act:
    """Failed registrations from so many addresses for so many names; the last may succeed."""
    rng, p = stage.rng, stage.p
    spots = _spots(stage, stage.count("sources"))
    names = stage.count("names")
    agent = SCANNERS[stage.part.index % 4] if rng.random() < p["open_agent"] else "Deskphone 4.2"
    last = 0
    for begin, span in stage.sessions():
        times = scattered(rng, begin, span, p["per_hour"] / 3600)
        for number, at in enumerate(times.tolist()):
            spot, name = spots[number % len(spots)], int(rng.integers(1, names + 1))
            real = name <= stage.part.seats
            more: dict[str, object] = {"credential": credential(stage.part, name) if real else f"{100 + name}"}
            register(
                stage.desk,
                at,
                min(name, stage.part.seats),
                spot,
                ok=False,
                user_agent=agent,
                transport="udp",
                **more,
            )
        last = int(times[-1])
    if rng.random() < p["succeeds"]:
        register(stage.desk, last + 40 * SECOND_MS, 1, spots[-1], user_agent=agent, transport="udp", contacts=2)
    return stage.act()


def credential_sharing(stage: Stage) -> Act:
    """Several people on one credential: from networks and devices of their own, at the same time, each with calls."""
    rng, p = stage.rng, stage.p
    humans = stage.count("people")
    home = place_of(stage.part)
    networks = [OFFICE_ASN + stage.part.index % 40, MOBILE_ASN + 1, MOBILE_ASN + 3, FAR_ASN + 5]
    spots = [
        Spot(outside(70_000 + stage.part.index * 17 + 6 * who), networks[who % stage.count("networks")], home)
        for who in range(humans)
    ]
    parts: list[Calls] = []
    for day in stage.work_days(stage.count("days")):
        for who in range(humans):
            shift = 9.0 + (0.0 if rng.random() < p["overlap"] else 8.0 * who / humans)
            begin = int(stage.midnights[day]) + int((shift + rng.normal(0, 0.3)) * HOUR_MS)
            known = {"device": f"{stage.part.record.id}-shared-{who}", "user_agent": BROWSERS[who % 3]}
            sign_in(stage.desk, begin, 1, spots[who], **known)
            register(stage.desk, begin + MINUTE_MS, 1, spots[who], contacts=min(humans, 5), **known)
            n = round(p["calls_day"])
            start = begin + np.sort(rng.integers(2 * MINUTE_MS, 7 * HOUR_MS, n))
            calls = stage.laid(start, stage.strangers(n), np.full(n, stage.part.number(1)), user=1)
            calls["address"] = packed(spots[who].address)
            calls["agent"] = who % 3
            parts.append(stage.finished(calls, rng.random(n) < 0.7, rng.lognormal(5, 0.8, n), failures="people"))
    return stage.act(joined(parts))


def user_limit(stage: Stage) -> Act:
    """More people than the order has seats, all of them at work."""
    rng, p = stage.rng, stage.p
    seats = stage.part.seats
    extra = max(1, round(seats * p["over"]))
    parts = []
    days = stage.work_days(stage.count("days"))
    for number in range(seats + 1, seats + extra + 1):
        at = int(stage.midnights[days[0]]) + 8 * HOUR_MS + number * 20_000
        added(stage.desk, at, f"u{number}", f"person-{stage.part.index}-{number}")
        for day in days:
            begin = int(stage.midnights[day]) + 9 * HOUR_MS + int(rng.integers(0, HOUR_MS))
            sign_in(
                stage.desk,
                begin,
                number,
                at_work(stage.desk, number),
                device=f"{stage.part.record.id}-u{number}-desk",
                user_agent="Deskphone 4.2",
            )
            n = int(rng.poisson(3)) + 1
            start = begin + np.sort(rng.integers(0, 8 * HOUR_MS, n))
            calls = stage.laid(start, stage.strangers(n), np.full(n, stage.part.number(number)), user=number)
            parts.append(stage.finished(calls, rng.random(n) < 0.7, rng.lognormal(4.5, 1, n), failures="people"))
    return stage.act(joined(parts))


def licence_rotation(stage: Stage) -> Act:
    """One licence handed to and fro between the same people, who all stay."""
    rng, p = stage.rng, stage.p
    begin = int(stage.midnights[min(stage.first_day, stage.days - 1)]) + 8 * HOUR_MS
    turns, people = stage.count("turns"), stage.count("people")
    gap = min(p["gap_h"], max(1.0, (stage.days - stage.first_day) * 24 / turns)) * HOUR_MS
    user = f"u{stage.part.seats}"
    for turn in range(turns):
        at = begin + turn * gap + int(rng.integers(0, 20 * MINUTE_MS))
        old, new = f"person-{stage.part.index}-r{turn % people}", f"person-{stage.part.index}-r{(turn + 1) % people}"
        stage.desk.add(at, "user.removed", {"user": user, "person": old})
        stage.desk.add(at + 5 * MINUTE_MS, "user.added", {"user": user, "person": new, "replaces": user})
        spot = at_home(stage.desk, 1, turn % people)
        sign_in(stage.desk, at + 9 * MINUTE_MS, stage.part.seats, spot, device=f"{stage.part.record.id}-rot-{turn % people}")
    return stage.act()


def weak_credentials(stage: Stage) -> Act:
    """Passwords that are easy to guess, or so old that they are set again unchanged, for many users."""
    rng, p = stage.rng, stage.p
    begin = int(stage.midnights[min(stage.first_day, stage.days - 1)]) + 9 * HOUR_MS
    count = max(2, stage.count("credentials"))
    gap = min(int(p["gap_s"] * SECOND_MS), (stage.desk.end_ms - begin) // (count + 1))
    for number in range(count):
        at = begin + number * gap
        set_at = at - p["age_d"] * 24 * HOUR_MS
        changed(stage.desk, at, 1 + number % stage.part.seats, int(rng.random() < p["fair"]), at=set_at)
    return stage.act()


def unknown_user(stage: Stage) -> Act:
    """Activity of names that were never provisioned."""
    rng, p = stage.rng, stage.p
    parts = []
    for begin, span in stage.sessions():
        start = scattered(rng, begin, span, p["per_hour"] / 3600)
        n = len(start)
        stray = 200 + rng.integers(0, stage.count("names"), n)
        for at, user in zip(start[::3].tolist(), stray[::3].tolist(), strict=True):
            sign_in(
                stage.desk,
                at - 30 * SECOND_MS,
                user,
                at_work(stage.desk, user),
                device=f"stray-{user}",
                user_agent="Softphone 9.1",
            )
        calls = stage.laid(start, stage.strangers(n), np.full(n, stage.part.number(1)))
        calls["user"] = stray
        parts.append(stage.finished(calls, rng.random(n) < 0.7, rng.lognormal(4.4, 1, n), failures="people"))
    return stage.act(joined(parts))


def plain_transport(stage: Stage) -> Act:
    """Card numbers and health matters in calls and messages over lines that anybody on the way can read."""
    rng, p = stage.rng, stage.p
    parts, extras = [], list[Extra]([{"transport": "udp", "srtp": False}])
    for begin, span in stage.sessions():
        start = scattered(rng, begin, span, p["per_hour"] / 3600)
        n = len(start)
        calls = stage.laid(start, stage.strangers(n), stage.lines(2, n))
        calls = stage.finished(calls, rng.random(n) < 0.8, rng.lognormal(4.7, 0.8, n), failures="people")
        calls["extra"] = 1
        for place in np.flatnonzero((calls["answer"] >= 0) & (rng.random(n) < p["sensitive"])).tolist():
            extras.append({**extras[0], "transcript": f"Let me read it to you. {private(stage)}."})
            calls["extra"][place] = len(extras)
        parts.append(calls)
        for at in start[: max(1, n // 4)].tolist():
            register(
                stage.desk,
                at - 20 * SECOND_MS,
                1,
                at_work(stage.desk, 1),
                transport="udp",
                user_agent="Deskphone 4.2",
            )
    return stage.act(joined(parts), extras=tuple(extras))


def private(stage: Stage) -> str:
    """A card, an account, a health record: what nobody should read along."""
    return stage.writer.text("card", card=card(stage), iban=iban(stage))


def card(stage: Stage) -> str:
    """A card number of a range that is for tests, with a right check digit."""
    digits = [4, 0, 0, 0, 0, 0, 0, 0, *stage.rng.integers(0, 10, 7).tolist()]
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    digits.append(-sum(doubled) % 10)
    text = "".join(str(digit) for digit in digits)
    return " ".join(text[place : place + 4] for place in range(0, 16, 4))


def iban(stage: Stage) -> str:
    """An account number with right check digits at a bank that does not exist."""
    account = "".join(str(digit) for digit in stage.rng.integers(0, 10, 14).tolist())
    # ISO 13616: letters count from 10, the country and 00 stand at the end, and 98 less the remainder by 97 is the check
    whole = "".join(str(int(letter, 36)) for letter in f"WEST{account}GB00")
    return f"GB{98 - int(whole) % 97:02d}WEST{account}"


def sensitive_disclosure(stage: Stage) -> Act:
    """Other people's cards and health records by text."""
    rng = stage.rng
    people = stage.strangers(stage.count("readers"))
    for begin, span in stage.sessions():
        for at in scattered(rng, begin, span, stage.p["per_hour"] / 3600).tolist():
            text = private(stage) if rng.random() < stage.p["cards"] else stage.writer.text("office")
            stage.texter.sent(at, stage.part.number(1), int(rng.choice(people)), text)
    return stage.act()


def register_flood(stage: Stage) -> Act:
    """Registrations by the hundred each second, from one device gone wild or from many."""
    rng, p = stage.rng, stage.p
    spots = _spots(stage, stage.count("sources"))
    for begin, span in stage.sessions():
        times = scattered(rng, begin, int(min(span, p["seconds"] * SECOND_MS)), p["per_second"])
        for number, at in enumerate(times.tolist()):
            user = 1 + number % stage.part.seats
            more = {"ok": bool(rng.random() < p["ok"]), "user_agent": "Deskphone 4.2", "transport": "udp", "contacts": 1}
            register(stage.desk, at, user, spots[number % len(spots)], **more)
    return stage.act()


GENERATORS: dict[str, Generator] = {
    "registration_one_source": _guessing,
    "registration_distributed": _guessing,
    "register_flood": register_flood,
    "credential_sharing": credential_sharing,
    "user_limit": user_limit,
    "licence_rotation": licence_rotation,
    "weak_credentials": weak_credentials,
    "unknown_user": unknown_user,
    "plain_transport": plain_transport,
    "sensitive_disclosure": sensitive_disclosure,
}
