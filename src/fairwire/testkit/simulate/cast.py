"""Who the customers are: everything about customer number i follows from the seed and i."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from fairwire.model.customers import Contact, Customer
from fairwire.testkit.simulate.calls import SECOND_MS, Ints
from fairwire.testkit.simulate.numbers import OWN_BLOCK, own_block
from fairwire.testkit.simulate.tables import Abuse, Level, Look, ScenarioSpec, Segment, attacks, destinations, looks, segments

RECORD, TRAFFIC, ATTACK, BLOCK, GROUP, PURSUITS, KNOBS, TEXTS = range(8)
"""Branches of a customer's random stream, so that what one part draws never moves another."""

US_ZONES = {"America/New_York": 0.45, "America/Chicago": 0.3, "America/Denver": 0.08, "America/Los_Angeles": 0.17}
POLICIES = ("caup", "clearspan", "jns", "natterbox", "upstream_works")
OFFICES = ("micro_office", "small_business", "mid_business", "legal_accounting", "import_export", "conference_heavy")
PURSUIT_SHARES = {
    "codes": (0.03, OFFICES),
    "paging": (0.06, OFFICES),
    "newsletter": (0.12, (*OFFICES, "shop", "school")),
    "invoices": (0.25, (*OFFICES, "clinic", "shop")),
    "tickets": (0.08, (*OFFICES, "contact_centre")),
    "remailer": (0.02, OFFICES),
    "sync": (0.2, (*OFFICES, "sales_recruiting", "contact_centre", "declared_dialler")),
    "reports": (0.05, OFFICES),
}
"""Pursuit -> share of the customers of these trades that have it."""
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
    look: str | None = None
    """The look-alike it is, if any."""
    block: int = 0
    """The block of customers it is in: linked accounts share one."""
    member: int = 0
    members: int = 1
    """Its place among the linked accounts of one attack, and how many they are."""
    pursuits: frozenset[str] = frozenset()
    """What it does beside talking: names of `PURSUIT_SHARES`."""

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


class Role(NamedTuple):
    """What one customer of a scenario is there for."""

    variant: str | None
    level: Level
    look: str | None = None
    block: int = 0
    member: int = 0
    members: int = 1


def role(spec: ScenarioSpec, seed: int, index: int) -> Role:
    """Which attack or look-alike this customer is: one customer in each block, at a place of the block that the seed decides.

    An attack over linked accounts takes the places after that too, round the block.
    """
    if not spec.block or not spec.cycle:
        return Role(None, "plain")
    block, place = divmod(index, spec.block)
    entry = spec.cycle[block % len(spec.cycle)]
    rng = stream(seed, block, BLOCK)
    first = int(rng.integers(0, spec.block))
    if entry.startswith("look:"):
        return Role(None, "plain", entry[5:], block) if place == first else Role(None, "plain")
    variant, level = entry.split("/")
    as_level: Level = "plain" if level == "plain" else "evasive"
    members = 1
    if "accounts" in attacks().variants[variant].at(as_level):
        low, high = attacks().variants[variant].at(as_level)["accounts"]
        members = min(spec.block, spec.knobs.spread or int(rng.integers(int(low), int(high) + 1)))
    member = (place - first) % spec.block
    if member >= members:
        return Role(None, "plain")
    return Role(variant, as_level, None, block, member, members)


def _choice(rng: np.random.Generator, weights: dict[str, float]) -> str:
    names = sorted(weights)
    shares = np.array([weights[name] for name in names])
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


def _one_of(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def play(spec: ScenarioSpec, seed: int, index: int, period: Period) -> Part:
    """The part of customer number `index`."""
    rng = stream(seed, index, RECORD)
    mine = role(spec, seed, index)
    abuse = None if mine.variant is None else attacks().abuses[attacks().variants[mine.variant].abuse]
    look = None if mine.look is None else looks()[mine.look]
    trades = segments().segments
    names = look.trades if look is not None else tuple(trades) if abuse is None else abuse.trades or SMALL_TRADES
    segment_name = _choice(rng, {name: trades[name].weight for name in names})
    policy = _choice(rng, _policies(spec, abuse, look))
    segment = trades[segment_name]
    wished = look.seats if look is not None else None if abuse is None else abuse.seats
    seats = _seats(rng, segment, spec, wished)
    chance = segment.unlimited if spec.unlimited is None or not segment.unlimited else spec.unlimited
    plan = "unlimited_voice" if rng.random() < chance else "metered"
    if abuse is not None and (abuse.plan or abuse.loss):
        plan = "metered" if abuse.loss else str(abuse.plan)
    country = "GB" if policy == "natterbox" else "US"
    zone = "Europe/London" if country == "GB" else _choice(rng, US_ZONES)
    first_number = own_block(index, country, zone)
    new = rng.random() < 0.04
    opens = new and mine.variant is None and mine.look is None
    ramp_from = int(rng.integers(0, max(1, period.days // 2))) if opens else -int(rng.integers(30, 3000))
    if abuse is not None and abuse.young:
        ramp_from = -1 - index % 5
    pursuits = _pursuits(spec, seed, index, segment_name) if abuse is None and look is None else frozenset[str]()
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
        features=_features(segment, abuse, look, pursuits),
        currency=destinations().currency[country],
        addresses=(f"10.{(index >> 8) & 255}.{index & 255}.0/24",) if index < 65_536 else (),
        international=bool(segment.intl > 0 or (abuse is not None and abuse.loss)),
        kind=mine.look or segment_name,
        user_limit=2 * seats if mine.look == "new_office" else seats,
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
        variant=mine.variant,
        level=mine.level,
        look=mine.look,
        block=mine.block,
        member=mine.member,
        members=mine.members,
        pursuits=pursuits,
    )


def _policies(spec: ScenarioSpec, abuse: Abuse | None, look: Look | None) -> dict[str, float]:
    """Which policies the customer may have accepted, with weights."""
    every = dict(spec.policies) or dict.fromkeys(POLICIES, 1.0)
    able: tuple[str, ...] = POLICIES
    if abuse is not None:
        able = tuple(abuse.clauses)
    elif look is not None and look.policies:
        able = look.policies
    chosen = {name: every.get(name, 0.0) for name in able}
    return chosen if sum(chosen.values()) else dict.fromkeys(able, 1.0)


def _pursuits(spec: ScenarioSpec, seed: int, index: int, trade: str) -> frozenset[str]:
    if not spec.wide:
        return frozenset()
    draws = stream(seed, index, PURSUITS).random(len(PURSUIT_SHARES))
    shares = PURSUIT_SHARES.items()
    return frozenset(
        name for (name, (share, trades)), draw in zip(shares, draws, strict=True) if draw < share and trade in trades
    )


def _features(segment: Segment, abuse: Abuse | None, look: Look | None, pursuits: frozenset[str]) -> tuple[str, ...]:
    """What the order grants."""
    more = () if abuse is None else abuse.features
    more += () if look is None else look.features
    more += ("registered_campaign",) if pursuits & {"codes", "newsletter"} else ()
    return tuple(dict.fromkeys((*segment.features, *more)))


def _seats(rng: np.random.Generator, segment: Segment, spec: ScenarioSpec, wished: tuple[int, int] | None) -> int:
    low, high = wished or segment.seats
    return int(rng.integers(min(low, spec.max_seats), min(high, spec.max_seats) + 1))


def _connections(segment: Segment, seats: int) -> int:
    """Calls at once that the order allows: enough for everybody and the machines, or an honest breach would lack a label."""
    return seats + 4 + (12 if segment.reminders else 0) + (120 if segment.blasts else 0)


def _charge_limit(policy: str, plan: str, seats: int) -> str | None:
    """Decimal; far above honest use. None: no limit in the order."""
    if plan != "metered" and policy != "natterbox":
        return None
    return f"{400 * seats}.00"
