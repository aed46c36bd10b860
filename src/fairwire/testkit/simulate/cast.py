"""Who the customers are: everything about customer number i follows from the seed and i."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from fairwire.model.customers import Contact, Customer
from fairwire.testkit.simulate.calls import SECOND_MS, Ints
from fairwire.testkit.simulate.numbers import OWN_BLOCK, own_block
from fairwire.testkit.simulate.tables import Abuse, Level, ScenarioSpec, Segment, attacks, destinations, segments

RECORD, TRAFFIC, ATTACK, BLOCK = 0, 1, 2, 3
"""Branches of a customer's random stream, so that what one part draws never moves another."""

US_ZONES = {"America/New_York": 0.45, "America/Chicago": 0.3, "America/Denver": 0.08, "America/Los_Angeles": 0.17}
SMALL_TRADES = ("micro_office", "small_business", "shop", "legal_accounting", "import_export")
"""Trades that abusers hide in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The simulated days: local calendar days of each customer."""

    start: date
    days: int

    @property
    def end(self) -> date:
        """First day after the period."""
        return self.start + timedelta(days=self.days)

    def weekdays(self) -> Ints:
        """0 for Monday to 6 for Sunday, of each day."""
        return (np.arange(self.days, dtype=np.int64) + self.start.weekday()) % 7

    def midnights_ms(self, zone: str) -> Ints:
        """Milliseconds since 1970 at which each day begins in a zone."""
        return _midnights_ms(self.start, self.days, zone)


@cache
def _midnights_ms(start: date, days: int, zone: str) -> Ints:
    where = ZoneInfo(zone)
    begins = [datetime.combine(start + timedelta(days=day), datetime.min.time(), where) for day in range(days)]
    return np.array([int(moment.timestamp()) * SECOND_MS for moment in begins], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one customer plays."""

    index: int
    record: Customer
    segment_name: str
    segment: Segment
    seats: int
    first_number: int
    area: int
    rate: float
    """The customer's own pace, as a multiple of its trade's."""
    ramp_from: int
    """Day of the period on which a new account opened; below zero for older ones."""
    variant: str | None
    """The attack it runs; None for the honest."""
    level: Level

    @property
    def abuse(self) -> str | None:
        """Name of the abuse as labelled."""
        return None if self.variant is None else attacks().variants[self.variant].abuse

    @property
    def unlimited(self) -> bool:
        """On an unlimited plan, home calls cost nothing."""
        return self.record.plan == "unlimited_voice"

    def number(self, place: int) -> int:
        """The customer's number at a place of its block: 0 is the main line, n the line of user n."""
        return self.first_number + place % OWN_BLOCK

    def stream(self, seed: int, branch: int) -> np.random.Generator:
        """The random stream of one branch of this customer."""
        return stream(seed, self.index, branch)


def stream(seed: int, index: int, branch: int) -> np.random.Generator:
    """A random stream that depends on nothing but its three arguments."""
    return np.random.default_rng(np.random.SeedSequence((seed, index, branch)))


def role(spec: ScenarioSpec, seed: int, index: int) -> tuple[str | None, Level]:
    """Which attack this customer runs: one customer in each block, at a place of the block that the seed decides."""
    if not spec.block or not spec.cycle:
        return None, "plain"
    block, place = divmod(index, spec.block)
    if int(stream(seed, block, BLOCK).integers(0, spec.block)) != place:
        return None, "plain"
    variant, level = spec.cycle[block % len(spec.cycle)].split("/")
    return variant, "plain" if level == "plain" else "evasive"


def _choice(rng: np.random.Generator, weights: dict[str, float]) -> str:
    names = sorted(weights)
    shares = np.array([weights[name] for name in names])
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


def _one_of(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def play(spec: ScenarioSpec, seed: int, index: int, period: Period) -> Part:
    """The part of customer number `index`."""
    rng = stream(seed, index, RECORD)
    variant, level = role(spec, seed, index)
    abuse = None if variant is None else attacks().abuses[attacks().variants[variant].abuse]
    trades = segments().segments
    policies = dict(spec.policies)
    if abuse is not None:
        able = {name: policies.get(name, 0.0) for name in abuse.clauses}
        policies = able if sum(able.values()) else dict.fromkeys(abuse.clauses, 1.0)
    elif not policies:
        policies = dict.fromkeys(("caup", "clearspan", "jns", "natterbox", "upstream_works"), 1.0)
    names = SMALL_TRADES if abuse is not None else tuple(trades)
    segment_name = _choice(rng, {name: trades[name].weight for name in names})
    policy = _choice(rng, policies)
    segment = trades[segment_name]
    seats = _seats(rng, segment, spec, abuse)
    chance = segment.unlimited if spec.unlimited is None or not segment.unlimited else spec.unlimited
    plan = "unlimited_voice" if rng.random() < chance else "metered"
    if abuse is not None and abuse.plan:
        plan = abuse.plan
    if abuse is not None and abuse.loss:
        plan = "metered"
    country = "GB" if policy == "natterbox" else "US"
    zone = "Europe/London" if country == "GB" else _choice(rng, US_ZONES)
    first_number = own_block(index, country, zone)
    new = rng.random() < 0.04
    ramp_from = int(rng.integers(0, max(1, period.days // 2))) if new and variant is None else -int(rng.integers(30, 3000))
    record = Customer(
        id=f"c-{index:05d}",
        name=f"{_one_of(rng, segments().words)} {_one_of(rng, segment.nouns)}",
        policy=policy,
        plan=plan,
        timezone=zone,
        country=country,
        numbers=(f"+{first_number}-+{first_number + OWN_BLOCK - 1}",),
        opened=(period.start + timedelta(days=ramp_from)).isoformat(),
        contacts=(Contact(role="admin", email=f"admin@c-{index:05d}.example"),),
        features=segment.features,
        currency=destinations().currency[country],
        addresses=(f"10.{(index >> 8) & 255}.{index & 255}.0/24",) if index < 65_536 else (),
        international=bool(segment.intl > 0 or (abuse is not None and abuse.loss)),
        kind=segment_name,
        user_limit=seats,
        max_active_connections=_connections(segment, seats) if policy == "natterbox" else None,
        monthly_charge_limit=_charge_limit(policy, plan, seats),
        on_limit="refuse" if policy == "natterbox" and index % 2 else "bill",
    )
    return Part(
        index=index,
        record=record,
        segment_name=segment_name,
        segment=segment,
        seats=seats,
        first_number=first_number,
        area=(first_number // 10_000_000) % 1000,
        rate=float(rng.gamma(segment.spread, 1 / segment.spread)),
        ramp_from=ramp_from,
        variant=variant,
        level=level,
    )


def _seats(rng: np.random.Generator, segment: Segment, spec: ScenarioSpec, abuse: Abuse | None) -> int:
    low, high = segment.seats if abuse is None or abuse.seats is None else abuse.seats
    return int(rng.integers(min(low, spec.max_seats), min(high, spec.max_seats) + 1))


def _connections(segment: Segment, seats: int) -> int:
    """Calls at once that the order allows: enough for everybody and the machines, or an honest breach would lack a label."""
    return seats + 4 + (12 if segment.reminders else 0) + (120 if segment.blasts else 0)


def _charge_limit(policy: str, plan: str, seats: int) -> str | None:
    """Decimal; far above honest use. None: no limit in the order."""
    if plan != "metered" and policy != "natterbox":
        return None
    return f"{400 * seats}.00"
