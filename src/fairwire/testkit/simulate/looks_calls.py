"""Good customers whose calls look like abuse: what each does beside the ordinary traffic of its trade."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Generator, Stage, internal
from fairwire.testkit.simulate.calls import ALARM_AGENT, HOUR_MS, KINDS, MINUTE_MS, TARIFF, Calls, joined
from fairwire.testkit.simulate.logins import Spot, at_home, at_work, device, register, sign_in
from fairwire.testkit.simulate.messages import send_to_all
from fairwire.testkit.simulate.numbers import foreign
from fairwire.testkit.simulate.tables import destinations
from fairwire.testkit.simulate.world import ABROAD, FAR_ASN, outside, packed


def _all(count: int) -> np.typing.NDArray[np.bool_]:
    return np.ones(count, dtype=np.bool_)


def as_its_trade(stage: Stage) -> Act:
    """Nothing beside what its trade does anyhow."""
    return stage.act()


def _working(stage: Stage) -> list[int]:
    return [int(stage.midnights[day]) for day in np.flatnonzero(stage.weekdays < 5)]


def clinic_reminders(stage: Stage) -> Act:
    """Texts to tomorrow's patients beside the calls of its trade."""
    roster = stage.strangers(900)
    for midnight in _working(stage):
        for at in np.sort(midnight + 10 * HOUR_MS + stage.rng.integers(0, 2 * HOUR_MS, int(stage.rng.integers(30, 80)))).tolist():
            to = int(stage.rng.choice(roster))
            stage.texter.sent(at, stage.part.number(0), to, stage.writer.text("reminder"))
            if stage.rng.random() < 0.4:
                stage.texter.received(at + 20 * MINUTE_MS, stage.part.number(0), to, "C")
    return stage.act()


def school_closure(stage: Stage) -> Act:
    """Snow: all parents are called within half an hour, and texted."""
    rng = stage.rng
    begin = int(stage.midnights[int(stage.work_days(1)[0])]) + 6 * HOUR_MS
    roster = stage.strangers(int(rng.integers(300, 900)))
    start = begin + np.sort(rng.integers(0, 30 * MINUTE_MS, len(roster)))
    calls = stage.laid(start, roster, np.full(len(roster), stage.part.number(0)), user=0)
    calls["automated"], calls["agent"] = True, ALARM_AGENT
    calls = stage.finished(
        calls, rng.random(len(roster)) < 0.8, rng.normal(27, 1.5, len(roster)).clip(3, None), failures="people"
    )
    send_to_all(stage.texter, stage.part.number(0), roster, begin + 2 * MINUTE_MS, "closure")
    return stage.act(calls)


def taxi(stage: Stage) -> Act:
    """Texts to those who ordered a car a few minutes ago."""
    rng = stage.rng
    parts = []
    for midnight in (int(value) for value in stage.midnights):
        n = int(rng.integers(15, 60))
        start = midnight + np.sort(rng.integers(5 * HOUR_MS, 24 * HOUR_MS - 1, n))
        who = stage.strangers(n)
        parts.append(stage.came_in(start, who, np.full(n, stage.part.number(1)), rng.lognormal(3.6, 0.5, n)))
        for at, to in zip((start + 9 * MINUTE_MS).tolist(), who.tolist(), strict=True):
            stage.texter.sent(at, stage.part.number(1), to, stage.writer.text("ready"))
    return stage.act(joined(parts))


def traveller(stage: Stage) -> Act:
    """A week abroad: signs in from a hotel, calls the office and numbers around, pays the price of it."""
    rng = stage.rng
    place = ABROAD[int(rng.integers(len(ABROAD)))]
    hotel = Spot(outside(110_000 + stage.part.index), FAR_ASN + 300 + int(rng.integers(20)), place)
    far = foreign(rng, 12, stage.part.record.country)
    parts = []
    for day in stage.work_days(5).tolist():
        begin = int(stage.midnights[day]) + 7 * HOUR_MS
        for number in range(int(rng.integers(2, 5))):
            known = {"device": device(stage.desk, 1, 1 + number % 2), "user_agent": "Softphone 9.1"}
            sign_in(stage.desk, begin + number * 2 * HOUR_MS, 1, hotel, **known)
        n = int(rng.integers(4, 12))
        start = begin + np.sort(rng.integers(0, 10 * HOUR_MS, n))
        calls = stage.laid(start, stage.strangers(n), np.full(n, stage.part.number(1)), user=1)
        abroad = rng.random(n) < 0.4
        which = rng.integers(0, 12, n)
        calls["to"] = np.where(abroad, far.number[which], calls["to"])
        calls["rate"] = np.where(abroad, far.rate[which], calls["rate"])
        calls["address"] = packed(hotel.address)
        parts.append(stage.finished(calls, rng.random(n) < 0.7, rng.lognormal(4.6, 1, n), failures="people"))
    return stage.act(joined(parts))


def three_devices(stage: Stage) -> Act:
    """One person, three devices on three networks at the same hour; never on two calls at once."""
    for midnight in _working(stage):
        for number in range(int(stage.rng.integers(3, 8))):
            which = number % 3
            spot = at_work(stage.desk, 1) if which < 2 else at_home(stage.desk, 1, int(stage.rng.integers(1, 5)))
            agent = ("Deskphone 4.2", "Softphone 9.1", "Mobile app 12.0")[which]
            known = {"device": device(stage.desk, 1, which), "user_agent": agent}
            at = midnight + 9 * HOUR_MS + number * 50 * MINUTE_MS
            sign_in(stage.desk, at, 1, spot, **known)
            register(stage.desk, at + 5_000, 1, spot, contacts=3, **known)
    return stage.act()


def on_call_forwarding(stage: Stage) -> Act:
    """After hours the line goes to the mobile of whoever is on duty: a few calls a night, one at a time, within the country."""
    rng = stage.rng
    duty = stage.strangers(3)
    line = stage.part.number(1)
    parts: list[Calls] = []
    for day, midnight in enumerate(stage.midnights.tolist()):
        n = int(rng.poisson(4))
        start = midnight + 18 * HOUR_MS + np.arange(n) * HOUR_MS + rng.integers(0, 30 * MINUTE_MS, n)
        talk = rng.lognormal(4.6, 0.6, n).clip(10, 1500)
        who = stage.strangers(n)
        came = stage.came_in(start, who, np.full(n, line), talk)
        sent = stage.laid(start + 300, np.full(n, duty[(day // 7) % 3]), np.full(n, line), user=1)
        sent["from"], sent["forwarded"], sent["chain"] = who, True, 1
        parts += [came, stage.finished(sent, _all(n), talk)]
    return stage.act(joined(parts), chains=((line,),))


def law_firm(stage: Stage) -> Act:
    """Hearings and negotiations by telephone: an hour to three, with the same few parties."""
    rng = stage.rng
    parties = stage.strangers(8)
    parts = []
    for midnight in _working(stage):
        n = int(rng.integers(1, 4))
        start = midnight + 9 * HOUR_MS + np.arange(n) * 3 * HOUR_MS + rng.integers(0, HOUR_MS, n)
        calls = stage.laid(start, rng.choice(parties, n), stage.part.number(1) + np.arange(n) % stage.part.seats)
        parts.append(stage.finished(calls, _all(n), rng.lognormal(8.4, 0.4, n).clip(1800, 7200), failures="people"))
    return stage.act(joined(parts))


def hospital_at_night(stage: Stage) -> Act:
    """Wards call each other all night, page doctors, and now and then call for an ambulance in earnest."""
    rng = stage.rng
    parts = []
    for midnight in stage.midnights.tolist():
        n = int(rng.integers(40, 110))
        start = midnight + np.sort(rng.integers(0, 6 * HOUR_MS, n))
        calls = stage.laid(
            start, 100 + rng.integers(1, stage.part.seats + 1, n), stage.part.number(1) + rng.integers(0, stage.part.seats, n)
        )
        parts.append(stage.finished(internal(calls), rng.random(n) < 0.85, rng.lognormal(3.4, 0.8, n), failures="people"))
        for at in np.sort(midnight + rng.integers(0, 6 * HOUR_MS, int(rng.integers(2, 8)))).tolist():
            stage.texter.sent(
                at, stage.part.number(0), int(stage.shared.integers(0, 3)) + 12125550100, stage.writer.text("paging")
            )
        if rng.random() < 0.2:
            at, number = midnight + int(rng.integers(0, 24 * HOUR_MS)), destinations().emergency[stage.part.record.country]
            urgent = stage.laid(np.array([at]), np.array([number]), np.array([stage.part.number(2)]))
            urgent["tariff"], urgent["rate"] = TARIFF["emergency"], 0
            parts.append(stage.finished(urgent, _all(1), rng.uniform(60, 240, 1)))
    return stage.act(joined(parts))


def registered_dialler(stage: Stage) -> Act:
    """A day of surveys by machine, that says so."""
    rng = stage.rng
    parts = []
    for day in stage.work_days(4).tolist():
        n = int(rng.integers(300, 700))
        start = int(stage.midnights[day]) + 10 * HOUR_MS + np.sort(rng.integers(0, 6 * HOUR_MS, n))
        calls = stage.laid(start, stage.strangers(n), stage.lines(2, n))
        calls["automated"] = True
        parts.append(stage.finished(calls, rng.random(n) < 0.34, rng.lognormal(3.2, 1, n)))
    return stage.act(joined(parts))


def alarm_line(stage: Stage) -> Act:
    """Lifts and alarms that report twice a day at the same minute, each call as long as the last."""
    rng = stage.rng
    centre = stage.strangers(1)
    parts = []
    for machine in range(int(rng.integers(2, 6))):
        minute = int(rng.integers(0, 12 * 60))
        start = np.concatenate([stage.midnights + (minute + half * 12 * 60) * MINUTE_MS for half in (0, 1)])
        calls = stage.laid(start, np.full(len(start), centre[0]), np.full(len(start), stage.part.number(190 + machine)), user=0)
        calls["kind"], calls["agent"] = KINDS.index("data"), ALARM_AGENT
        parts.append(stage.finished(calls, _all(len(start)), rng.normal(40, 1, len(start))))
    return stage.act(joined(parts))


def _rush(stage: Stage, days: int, a_day: tuple[int, int], incoming: float) -> list[Calls]:
    """Far more calls than usual for some days, most of them from outside."""
    rng = stage.rng
    parts = []
    for day in stage.work_days(days).tolist():
        n = int(rng.integers(*a_day))
        start = int(stage.midnights[day]) + 8 * HOUR_MS + np.sort(rng.integers(0, 11 * HOUR_MS, n))
        into = rng.random(n) < incoming
        line = stage.part.number(1) + rng.integers(0, stage.part.seats, n)
        who = stage.strangers(n)
        parts.append(stage.came_in(start[into], who[into], line[into], rng.lognormal(4, 0.9, int(into.sum())), asr=0.8))
        back = rng.choice(who[into], int((~into).sum()))
        calls = stage.laid(start[~into] + 5 * MINUTE_MS, back, line[~into])
        parts.append(stage.finished(calls, rng.random(len(calls)) < 0.65, rng.lognormal(3.9, 0.9, len(calls)), failures="people"))
    return parts


def seasonal_florist(stage: Stage) -> Act:
    """The week before a holiday."""
    return stage.act(joined(_rush(stage, 5, (80, 200), 0.7)))


def _surge(stage: Stage, begin: int, count: int, minutes: float, talk_s: float, line: int) -> Calls:
    start = begin + np.sort((stage.rng.beta(1.5, 4, count) * minutes * MINUTE_MS).astype(np.int64))
    talk = stage.rng.lognormal(np.log(talk_s), 0.7, count)
    return stage.came_in(start, stage.strangers(count), np.full(count, line), talk, asr=0.7)


def televised_vote(stage: Stage) -> Act:
    """Thousands call one number within a quarter of an hour, and text it."""
    rng = stage.rng
    begin = int(stage.midnights[int(stage.work_days(1)[0])]) + 20 * HOUR_MS
    calls = _surge(stage, begin, int(rng.integers(900, 2500)), 20, 9, stage.part.number(0))
    for at in np.sort(begin + rng.integers(0, 20 * MINUTE_MS, int(rng.integers(300, 900)))).tolist():
        stage.texter.received(at, stage.part.number(0), int(stage.strangers(1)[0]), stage.writer.text("vote"))
    return stage.act(calls)


def outage_hotline(stage: Stage) -> Act:
    """Something broke, and everybody wants to know when it works again."""
    begin = int(stage.midnights[int(stage.work_days(1)[0])]) + 13 * HOUR_MS
    return stage.act(_surge(stage, begin, int(stage.rng.integers(500, 1400)), 180, 75, stage.part.number(0)))


def gsm_failover(stage: Stage) -> Act:
    """The line is down: calls go out over a gateway, to mobiles among others, as the consent allows."""
    rng = stage.rng
    parts = []
    for day in stage.work_days(2).tolist():
        n = int(rng.integers(120, 220))
        start = int(stage.midnights[day]) + 9 * HOUR_MS + np.sort(rng.integers(0, 8 * HOUR_MS, n))
        mobile = 447400000000 + rng.integers(0, 99_999_999, n)
        calls = stage.laid(start, np.where(rng.random(n) < 0.95, mobile, stage.strangers(n)), stage.lines(4, n))
        calls["extra"] = 1
        parts.append(stage.finished(calls, rng.random(n) < 0.75, rng.lognormal(4.6, 1, n), failures="people"))
    return stage.act(joined(parts), extras=({"user_agent": "GoIP 16"},))


LOOKS: dict[str, Generator] = {
    "call_centre": as_its_trade,
    "exporter": as_its_trade,
    "clinic_reminders": clinic_reminders,
    "school_closure": school_closure,
    "taxi": taxi,
    "traveller": traveller,
    "three_devices": three_devices,
    "on_call_forwarding": on_call_forwarding,
    "law_firm": law_firm,
    "hospital_at_night": hospital_at_night,
    "registered_dialler": registered_dialler,
    "alarm_line": alarm_line,
    "seasonal_florist": seasonal_florist,
    "televised_vote": televised_vote,
    "outage_hotline": outage_hotline,
    "gsm_failover": gsm_failover,
}
