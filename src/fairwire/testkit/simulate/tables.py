"""The simulator's data files, checked: trades, destinations, scenarios, attacks."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar, get_args

import msgspec

from fairwire.model.errors import BadInput, BadUse

Level = Literal["plain", "evasive"]
LEVELS: tuple[str, ...] = get_args(Level)
Range = tuple[float, float]
Read = TypeVar("Read")


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one trade calls. Rates are calls a seat on an average weekday; talk times are seconds."""

    weight: float
    seats: tuple[int, int]
    calls: float
    spread: float
    """Gamma shape of the customer's own rate: small means that customers of the trade differ a lot."""
    asr: float
    short: tuple[float, float]
    talk: tuple[float, float]
    p_new: float
    intl: float
    in_ratio: float
    solicited: float
    in_talk: tuple[float, float]
    office: bool
    nouns: tuple[str, ...]
    hours: str = "office"
    week: str = "office"
    failures: str = "people"
    unlimited: float = 0.6
    """Chance of an unlimited plan."""
    favourites: bool = True
    """Whether a number is called again the more, the more often it was; else all known numbers alike, as from a list."""
    bridge: float = 0.0
    """Share of outbound calls to a conference bridge."""
    automated: bool = False
    conversational: bool = True
    reminders: bool = False
    blasts: bool = False
    features: tuple[str, ...] = ()


class Segments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`segments.yaml`."""

    hours: dict[str, tuple[float, ...]]
    weeks: dict[str, tuple[float, ...]]
    failures: dict[str, tuple[tuple[int, str, float], ...]]
    conversational_floor: int
    segments: dict[str, Segment]
    words: tuple[str, ...]


class Destinations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`destinations.yaml`. Rates are ten-thousandths of the currency a minute."""

    zones: dict[str, tuple[int, ...]]
    home: dict[str, tuple[tuple[int, int, float, int, str], ...]]
    home_rate: dict[str, int]
    currency: dict[str, str]
    emergency: dict[str, int]
    foreign: tuple[tuple[str, int, int, float, int], ...]
    high: tuple[tuple[str, int, int, int, str], ...]
    mid: tuple[tuple[str, int, int, int, str], ...]


class Knobs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How hard the attacks of a run try not to be seen, beside their level."""

    pace: float = 0.0
    """0: as fast as the attack's parameters say; 1: twenty times slower."""
    spread: int | None = None
    """Accounts, lines, own numbers or addresses that each attack is split over; None: as its parameters say."""
    mimicry: float = 0.0
    """Share of the attack's calls and messages that are copies of the customer's own ordinary ones; below 1."""


class ScenarioSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scenario: how many, for how long, who abuses."""

    title: str
    customers: int
    days: int
    block: int
    """One customer in so many abuses; 0 for none."""
    warmup: int
    max_seats: int
    volume: float
    policies: dict[str, float]
    """Policy -> share of the customers. Empty: all five alike."""
    unlimited: float | None = None
    """Chance of an unlimited plan in place of the trades' own; trades that are never on one stay so."""
    cycle: tuple[str, ...]
    """`variant/level` of an attack, or `look:name` of a look-alike, for one block of customers after the other."""
    mix: dict[str, float] = {}
    """Event family -> how much of its ordinary rate; what is not named is absent, `calls` apart, which are 1."""
    knobs: Knobs = Knobs()

    @property
    def wide(self) -> bool:
        """Whether there are other events than calls."""
        return any(share > 0 for name, share in self.mix.items() if name != "calls") or any(
            not entry.startswith("look:") and attacks().abuses[attacks().variants[entry.split("/")[0]].abuse].wide
            for entry in self.cycle
        )


class Abuse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of abuse, as labelled."""

    clauses: dict[str, tuple[str, ...]]
    """Policy -> its clauses that forbid this. Only customers of these policies are made to do it."""
    loss: bool = False
    plan: str | None = None
    seats: tuple[int, int] | None = None
    trades: tuple[str, ...] = ()
    """Trades that do it; empty: the small ones."""
    features: tuple[str, ...] = ()
    """What the order of such a customer has."""
    wide: bool = False
    """Whether it shows in other events than calls, or in fields that calls have beside such events only."""
    young: bool = False
    """Whether the account is a few days old."""


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A good customer that looks bad."""

    title: str
    trades: tuple[str, ...]
    seats: tuple[int, int] | None = None
    features: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    """Those whose rules it could break by the look of it; empty: all."""


class Variant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One generator with its parameters at two levels."""

    abuse: str
    plain: dict[str, Range]
    evasive: dict[str, Range]

    def at(self, level: Level) -> dict[str, Range]:
        """The parameters of one level."""
        return self.plain if level == "plain" else self.evasive


class Attacks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`attacks.yaml`."""

    abuses: dict[str, Abuse]
    variants: dict[str, Variant]


def _text(name: str) -> bytes:
    return files("fairwire.testkit.simulate").joinpath(name).read_bytes()


def load(name: str, type_: type[Read]) -> Read:
    """One of the simulator's data files, checked against a type."""
    try:
        return msgspec.yaml.decode(_text(name), type=type_)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadInput(str(error), at=f"testkit/simulate/{name}") from None


@cache
def segments() -> Segments:
    """Trades, hour and week profiles, failure mixes."""
    return load("segments.yaml", Segments)


@cache
def destinations() -> Destinations:
    """Number pools and rates."""
    return load("destinations.yaml", Destinations)


@cache
def attacks() -> Attacks:
    """Abuses and their generators' parameters."""
    return load("attacks.yaml", Attacks)


@cache
def looks() -> dict[str, Look]:
    """`lookalikes.yaml`."""
    return load("lookalikes.yaml", dict[str, Look])


@cache
def scenario_names() -> tuple[str, ...]:
    """Every scenario: those of the file in its order, then one for each attack and abuse that has none there."""
    named = msgspec.yaml.decode(_text("scenarios.yaml"))["scenarios"]
    return tuple(dict.fromkeys((*named, *attacks().variants, *attacks().abuses)))


@cache
def scenario(name: str) -> ScenarioSpec:
    """One scenario, completed from the defaults.

    Raises
    ------
    BadUse
        There is no such scenario.
    """
    table = msgspec.yaml.decode(_text("scenarios.yaml"))
    if name not in scenario_names():
        raise BadUse(f"unknown scenario `{name}`", hint=f"there are: {', '.join(scenario_names())}")
    played = (
        [name] if name in attacks().variants else [key for key, variant in attacks().variants.items() if variant.abuse == name]
    )
    cycle = [f"{variant}/{level}" for variant in played for level in LEVELS]
    alone = {**table["alone"], "title": f"only {name.replace('_', ' ')}", "cycle": cycle}
    spec = msgspec.convert({**table["defaults"], **table["scenarios"].get(name, alone)}, ScenarioSpec)
    spec = msgspec.structs.replace(spec, cycle=tuple(entry for written in spec.cycle for entry in _entries(written)))
    for entry in spec.cycle:
        variant, _, level = entry.partition("/")
        known = variant[5:] in looks() if variant.startswith("look:") else variant in attacks().variants and level in LEVELS
        if not known:
            raise BadInput(f"unknown attack `{entry}`", at="testkit/simulate/scenarios.yaml")
    return spec


def _entries(written: str) -> list[str]:
    """`every/plain` and `every/evasive` stand for all attacks at that level, `look:every` for all look-alikes."""
    if written == "look:every":
        return [f"look:{name}" for name in looks()]
    if written.startswith("every/"):
        return [f"{name}/{written[6:]}" for name in attacks().variants]
    return [written]
