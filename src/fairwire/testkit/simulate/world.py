"""What a customer is outside its calls: people's devices and addresses, places, and what it does with the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from fairwire.testkit.simulate.calls import SECOND_MS, Floats, Ints
from fairwire.testkit.simulate.cast import Part, Period
from fairwire.testkit.simulate.rows import Data, Row
from fairwire.testkit.simulate.tables import load, segments
from fairwire.testkit.simulate.texts import Writer

MESSAGES, MAIL, LOGINS, NETWORK, RESOURCES, OFFICE = range(10, 16)
"""Branches of a customer's random stream, beside those of `cast`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is."""

    country: str
    lat: float
    lon: float


HOME = {
    "America/New_York": Place("US", 40.71, -74.01),
    "America/Chicago": Place("US", 41.88, -87.63),
    "America/Denver": Place("US", 39.74, -104.99),
    "America/Los_Angeles": Place("US", 34.05, -118.24),
    "Europe/London": Place("GB", 51.51, -0.13),
}
ABROAD = (
    Place("FR", 48.86, 2.35),
    Place("DE", 52.52, 13.4),
    Place("IE", 53.35, -6.26),
    Place("CA", 43.65, -79.38),
    Place("ES", 40.42, -3.7),
    Place("MX", 19.43, -99.13),
    Place("IN", 19.08, 72.88),
)
"""Where people travel."""
INTRUDERS = (
    Place("RO", 44.43, 26.1),
    Place("VN", 21.03, 105.85),
    Place("NG", 6.52, 3.38),
    Place("BR", -23.55, -46.63),
    Place("UA", 50.45, 30.52),
    Place("ID", -6.21, 106.85),
)
"""Where break-ins come from in this play; no judgement on anybody else there."""
PHONES = ("Deskphone 4.2", "Softphone 9.1", "Mobile app 12.0")
OFFICE_ASN, MOBILE_ASN, VPN_ASN, FAR_ASN = 4_200_000_000, 4_200_010_000, 4_200_020_000, 4_200_030_000
"""Private autonomous system numbers (RFC 6996)."""


@cache
def habits() -> dict[str, dict[str, Any]]:
    """`habits.yaml`."""
    return load("habits.yaml", dict[str, dict[str, Any]])


def outside(number: int) -> str:
    """An address that is nobody's: from the range kept for benchmarks (RFC 2544)."""
    number %= 131_072
    return f"198.{18 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}"


def packed(address: str) -> int:
    """An IPv4 address as the number that calls hold."""
    return int.from_bytes(bytes(int(part) for part in address.split(".")), "big")


@dataclass(slots=True, kw_only=True)
class Desk:
    """One customer's doings beside its calls, as they are being made."""

    part: Part
    period: Period
    mix: dict[str, float]
    seed: int
    rows: list[Row] = field(default_factory=list)
    midnights: Ints = field(init=False)
    """Milliseconds since 1970 at which each day begins."""
    begin_ms: int = field(init=False)
    end_ms: int = field(init=False)
    """Where the period ends."""

    def __post_init__(self) -> None:
        self.midnights = self.period.midnights_ms(self.part.record.timezone)
        self.begin_ms, self.end_ms = int(self.midnights[0]), int(self.midnights[-1]) + 86_400 * SECOND_MS

    def rng(self, branch: int) -> np.random.Generator:
        """The random stream of one branch."""
        return self.part.stream(self.seed, branch)

    def writer(self, rng: np.random.Generator) -> Writer:
        """A writer that signs with the customer's name."""
        return Writer(rng, self.part.record.name)

    def day_shares(self) -> Floats:
        """How busy each day is: 1 on an average weekday, 0 before the account opened."""
        shares = np.array(segments().weeks[self.part.segment.week])
        week = shares / (shares[:5].mean() if self.part.segment.week == "office" else shares.mean())
        busy: Floats = week[self.period.weekdays()] * (np.arange(self.period.days) >= self.part.ramp_from)
        return busy

    def hours(self) -> Floats:
        """Shares of the hours of the day."""
        return np.array(segments().hours[self.part.segment.hours])

    def add(self, time_ms: float, kind: str, data: Data) -> None:
        """One event; what falls outside the period is left out."""
        if self.begin_ms <= time_ms < self.end_ms:
            self.rows.append((int(time_ms), kind, data))


def domain(part: Part) -> str:
    """The customer's mail domain."""
    return f"{part.record.id}.example"


def mailbox(part: Part, user: int) -> str:
    """A person's address."""
    return f"u{user}@{domain(part)}"


def credential(part: Part, user: int) -> str:
    """What a person signs in with."""
    return f"{part.record.id}-u{user}"


def office_address(part: Part, user: int) -> str:
    """A person's address at work."""
    return f"10.{(part.index >> 8) & 255}.{part.index & 255}.{1 + user % 250}"


def home_address(part: Part, user: int, place: int = 0) -> str:
    """A person's address at home or on the road."""
    return outside(part.index * 397 + user * 31 + place * 7)


def office_asn(part: Part) -> int:
    """The network of the office."""
    return OFFICE_ASN + part.index % 40


def mobile_asn(part: Part, user: int) -> int:
    """The network of a person's phone."""
    return MOBILE_ASN + (part.index + user) % 5


def place_of(part: Part) -> Place:
    """Where the office is."""
    return HOME[part.record.timezone]


def e164(number: int) -> str:
    """A number with its plus."""
    return f"+{number}" if number >= 10_000 else str(number)
