"""Ordinary sign-ins and registrations: desk phone, laptop and mobile, home and travel, VPN, mistyped and stale passwords."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairwire.testkit.simulate.calls import DAY_MS, HOUR_MS, SECOND_MS
from fairwire.testkit.simulate.rows import Data
from fairwire.testkit.simulate.world import (
    ABROAD,
    FAR_ASN,
    LOGINS,
    PHONES,
    VPN_ASN,
    Desk,
    Place,
    credential,
    habits,
    home_address,
    mobile_asn,
    office_address,
    office_asn,
    outside,
    place_of,
)

BROWSERS = ("Mozilla/5.0 (X11) Web 128", "Mozilla/5.0 (Windows) Web 131", "Mozilla/5.0 (Macintosh) Web 18")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a device is on the net."""

    address: str
    asn: int
    place: Place


def sign_in(desk: Desk, at_ms: float, user: int, spot: Spot, **more: object) -> None:
    """One sign-in of a person's credential; it succeeds unless `more` says `ok=False`."""
    desk.add(at_ms, "auth.login", _access(desk, user, spot) | more)


def register(desk: Desk, at_ms: float, user: int, spot: Spot, **more: object) -> None:
    """One registration of a person's device, likewise."""
    desk.add(at_ms, "auth.register", _access(desk, user, spot) | more)


def _access(desk: Desk, user: int, spot: Spot) -> Data:
    where = {"country": spot.place.country, "asn": spot.asn, "lat": spot.place.lat, "lon": spot.place.lon, "transport": "tls"}
    return {"user": f"u{user}", "credential": credential(desk.part, user), "ok": True, "src_ip": spot.address, **where}


def at_work(desk: Desk, user: int) -> Spot:
    """In the office."""
    return Spot(office_address(desk.part, user), office_asn(desk.part), place_of(desk.part))


def at_home(desk: Desk, user: int, number: int = 0) -> Spot:
    """At home, or on the phone's network."""
    return Spot(home_address(desk.part, user, number), mobile_asn(desk.part, user), place_of(desk.part))


def device(desk: Desk, user: int, number: int) -> str:
    """A person's device: 0 the desk phone, 1 the laptop, 2 the mobile."""
    return f"{desk.part.record.id}-u{user}-{('desk', 'laptop', 'mobile')[number % 3]}{number // 3 or ''}"


def logins(desk: Desk) -> None:
    """All ordinary sign-ins of one customer."""
    habit, share = habits()["logins"], desk.mix["logins"]
    rng = desk.rng(LOGINS)
    busy = desk.day_shares().clip(0, 1)
    vpn = Spot(outside(90_000 + desk.part.index % 400), VPN_ASN + desk.part.index % 6, place_of(desk.part))
    for user in range(1, desk.part.seats + 1):
        devices = [0] + [1] * (rng.random() < 0.27) + [2] * (rng.random() < 0.13)
        on_vpn = rng.random() < habit["vpn"]
        _registrations(desk, rng, user, devices, share)
        home = 0
        away: tuple[int, Spot] | None = None
        for day in np.flatnonzero(rng.random(desk.period.days) < busy * min(1.0, share * 1.2)).tolist():
            if rng.random() < habit["moves"]:
                home = int(rng.integers(1, 9))
            if rng.random() < habit["travel"]:
                far = ABROAD[int(rng.integers(len(ABROAD)))]
                away = (
                    day + int(rng.integers(1, 5)),
                    Spot(outside(int(rng.integers(100_000, 120_000))), FAR_ASN + int(rng.integers(50)), far),
                )
            _day(desk, rng, user, day, devices, home, vpn if on_vpn else None, away[1] if away and day <= away[0] else None)
    if rng.random() < habit["stale"]:
        _stale(desk, rng)


def _day(
    desk: Desk, rng: np.random.Generator, user: int, day: int, devices: list[int], home: int, vpn: Spot | None, away: Spot | None
) -> None:
    habit = habits()["logins"]
    for which in devices:
        for _ in range(int(rng.poisson(habit["logins"] * (1.0 if which else 0.6)))):
            at = int(desk.midnights[day]) + int(rng.normal(9.5 + 4 * (which == 2), 2) * HOUR_MS)
            spot = away or (at_work(desk, user) if which < 2 and not vpn else vpn or at_home(desk, user, home))
            agent = PHONES[0] if which == 0 else BROWSERS[(desk.part.index + user) % 3] if which == 1 else PHONES[2]
            known = {"device": device(desk, user, which), "user_agent": agent}
            tries = int(rng.integers(1, 4)) if rng.random() < habit["mistypes"] else 0
            for number in range(tries):
                sign_in(desk, at - (tries - number) * 9 * SECOND_MS, user, spot, ok=False, **known)
            sign_in(desk, at, user, spot, **known)


def _registrations(desk: Desk, rng: np.random.Generator, user: int, devices: list[int], share: float) -> None:
    """The desk phone renews its registration; `mix` says how often it is told. The other devices register when they move."""
    every = DAY_MS / max(0.2, habits()["logins"]["registers"] * share)
    spot = at_work(desk, user)
    first = desk.midnights[0] + rng.uniform(0, every)
    for at in np.arange(first, desk.end_ms, every).tolist():
        more = {"device": device(desk, user, 0), "user_agent": PHONES[0], "contacts": len(devices)}
        register(desk, at + rng.uniform(-30, 30) * SECOND_MS, user, spot, **more)


def _stale(desk: Desk, rng: np.random.Generator) -> None:
    """A phone that keeps an old password: it tries at a fixed pace, from behind the office's router, until somebody notices."""
    user = int(rng.integers(1, desk.part.seats + 1))
    begin = int(desk.midnights[int(rng.integers(0, desk.period.days))]) + int(rng.integers(8, 15)) * HOUR_MS
    every = habits()["logins"]["stale_every_s"] * SECOND_MS
    for at in np.arange(begin, begin + rng.uniform(3, 30) * HOUR_MS, every).tolist():
        more = {"device": device(desk, user, 0), "user_agent": PHONES[0], "contacts": 0}
        register(desk, at, user, at_work(desk, user), ok=False, **more)
