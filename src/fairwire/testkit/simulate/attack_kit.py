"""What all attack generators share: the attacker's customer, its days, its draw of parameters, and how calls are laid down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fairwire.testkit.simulate.calls import (
    DIRECTIONS,
    HOUR_MS,
    INBOUND,
    SECOND_MS,
    TARIFF,
    Calls,
    Chain,
    Extra,
    Flags,
    Floats,
    Ints,
    blank,
    complete,
)
from fairwire.testkit.simulate.cast import ATTACK, GROUP, TEXTS, Part, Period, stream
from fairwire.testkit.simulate.messages import Texter
from fairwire.testkit.simulate.numbers import domestic
from fairwire.testkit.simulate.rows import Row
from fairwire.testkit.simulate.tables import ScenarioSpec, attacks, destinations
from fairwire.testkit.simulate.texts import Writer
from fairwire.testkit.simulate.world import Desk

SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where one attack plays: whose it is, when it may run, and its parameters as drawn."""

    part: Part
    rng: np.random.Generator
    midnights: Ints
    weekdays: Ints
    first_day: int
    volume: float
    p: dict[str, float]
    ranges: dict[str, tuple[float, float]]
    """What the parameters were drawn from."""
    desk: Desk
    """Takes the attack's events beside calls."""
    texter: Texter
    shared: np.random.Generator
    """A stream that all accounts of a linked attack have alike: its first draws are the same for each."""

    @property
    def writer(self) -> Writer:
        """What writes its texts."""
        return self.texter.writer

    @property
    def evasive(self) -> bool:
        """Whether it hides."""
        return self.part.level == "evasive"

    @property
    def days(self) -> int:
        """Days in the period."""
        return len(self.midnights)

    def count(self, name: str) -> int:
        """A drawn parameter as a whole number, at least 1."""
        return max(1, round(self.p[name]))

    def work_days(self, wanted: int) -> Ints:
        """So many weekdays in a row from a random one after the warm-up; fewer when the period is short."""
        usable = np.flatnonzero((self.weekdays < SATURDAY) & (np.arange(self.days) >= self.first_day))
        if not len(usable):
            usable = np.array([self.days - 1])
        begin = int(self.rng.integers(0, max(1, len(usable) - wanted + 1)))
        return usable[begin : begin + wanted]

    def sessions(self, days: str = "days", start: str = "start_h", hours: str = "hours") -> list[tuple[int, int]]:
        """(begin, milliseconds) of one sitting on each of its days."""
        scale = self.volume**0.5
        # an evasive attack keeps its long hours in a small scenario, or nothing of it would be left to find
        begin, span = int(self.p[start] * HOUR_MS), max(60_000, int(self.p[hours] * (1.0 if self.evasive else scale) * HOUR_MS))
        wobble = int(min(span, HOUR_MS) / 2)
        return [
            (int(self.midnights[day]) + begin + int(self.rng.integers(0, wobble + 1)), span)
            for day in self.work_days(max(1, round(self.count(days) * scale)))
        ]

    def shared_sessions(self) -> list[tuple[int, int]]:
        """The same for all accounts of a linked attack: the same days and hour everywhere, five minutes either way."""
        midnights = self.desk.period.midnights_ms("America/New_York")
        usable = np.flatnonzero((self.weekdays < SATURDAY) & (np.arange(self.days) >= self.first_day))
        usable = usable if len(usable) else np.array([self.days - 1])
        wanted = max(1, round(float(self.shared.uniform(*self.ranges["days"])) * self.volume**0.5))
        first = int(self.shared.integers(0, max(1, len(usable) - wanted + 1)))
        begin = int(self.shared.uniform(*self.ranges["start_h"]) * HOUR_MS) + int(self.shared.integers(0, HOUR_MS))
        span = int(self.p["hours"] * HOUR_MS)
        late = [int(self.rng.integers(0, 10 * 60 * SECOND_MS)) for _ in range(wanted)]
        return [
            (int(midnights[day]) + begin + after, span) for day, after in zip(usable[first : first + wanted], late, strict=False)
        ]

    def act(self, calls: Calls | None = None, **more: Any) -> Act:
        """The act of all that was added to the desk, and these calls."""
        return Act(calls=blank(0) if calls is None else calls, rows=tuple(self.desk.rows), **more)

    def strangers(self, count: int) -> Ints:
        """Numbers at home that this customer never called."""
        return domestic(self.rng, count, self.part.record.country, self.part.area, people=True).number

    def at_home(self, calls: Calls) -> None:
        """Home tariff for all of them."""
        calls["tariff"] = TARIFF["standard"]
        calls["rate"] = 0 if self.part.unlimited else destinations().home_rate[self.part.record.country]

    def lines(self, count: int, n: int) -> Ints:
        """Which of the customer's own numbers places each of `n` calls, taking turns among `count` of them."""
        places = 1 + self.rng.permutation(max(count, self.part.seats))[:count]
        return self.part.first_number + places[np.arange(n) % count]

    def owner(self, line: Ints) -> Ints:
        """Number of the person whose line this is; 1 where nobody has it."""
        place = line - self.part.first_number
        return np.where(place <= self.part.seats, place, 1)

    def laid(self, start: Ints, to: Ints, line: Ints, *, user: int | None = None) -> Calls:
        """Calls with their start, callee and line set, at home tariff; by the line's owner unless a user is given."""
        calls = blank(len(start))
        calls["start"], calls["to"], calls["line"] = start, to, line
        calls["user"] = self.owner(line) if user is None else user
        self.at_home(calls)
        return calls

    def came_in(self, start: Ints, sender: Ints, line: Ints, talk_s: Floats, *, asr: float = 1.0) -> Calls:
        """Calls from outside to the customer's lines."""
        calls = blank(len(start))
        calls["start"], calls["from"], calls["line"], calls["user"] = start, sender, line, self.owner(np.asarray(line))
        calls["direction"] = INBOUND
        return self.finished(calls, self.rng.random(len(start)) < asr, talk_s, failures="people")

    def finished(
        self, calls: Calls, answered: Flags, talk_s: Floats, *, failures: str = "lists", ring_ms: Ints | None = None
    ) -> Calls:
        """`complete` with talk in seconds."""
        return complete(
            calls, self.rng, answered=answered, talk_ms=(talk_s * SECOND_MS).astype(np.int64), failures=failures, ring_ms=ring_ms
        )

    def brief_or_normal(self, count: int) -> Floats:
        """Seconds of talk of people who hang up on machines: a share within a few seconds, the rest log-normal."""
        brief = self.rng.exponential(3.5, count)
        long = self.rng.lognormal(np.log(self.p["talk_s"]), 0.9, count)
        return np.where(self.rng.random(count) < self.p.get("short", 0.0), brief, long)


def noted(calls: Calls, extras: Sequence[Extra], which: Ints | int = 0) -> tuple[Extra, ...]:
    """Let each call refer to the further fields at its place in `extras`; returns them for the act."""
    calls["extra"] = 1 + np.asarray(which)
    return tuple(extras)


def internal(calls: Calls) -> Calls:
    """Make them calls within the house, which cost nothing."""
    calls["direction"], calls["tariff"], calls["rate"] = DIRECTIONS.index("internal"), 0, 0
    return calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an attack did."""

    calls: Calls = field(default_factory=lambda: blank(0))
    chains: tuple[Chain, ...] = ()
    """The diversion chains that calls refer to by 1-based index."""
    extras: tuple[Extra, ...] = ()
    """Further fields that calls refer to by 1-based index."""
    rows: tuple[Row, ...] = ()
    """Its events beside calls."""
    do_not_call: tuple[int, ...] = ()
    """Numbers it called that stand on the list of those not to be called."""
    onset_ms: int | None = None
    """When the harm began, where trial calls went before; None: with the first call."""


SPLIT_BY = frozenset(("lines", "numbers_own", "sources"))
"""Parameters that the knob `spread` sets; `accounts` is another, see `cast.role`."""


Generator = Callable[[Stage], Act]
"""What plays one attack or look-alike."""


def set_stage(part: Part, period: Period, seed: int, spec: ScenarioSpec) -> Stage:
    """The stage of the attack or look-alike that this customer plays; its parameters are drawn here."""
    rng = part.stream(seed, ATTACK)
    ranges = attacks().variants[part.variant].at(part.level) if part.variant is not None else {}
    p = {name: float(rng.uniform(low, high)) for name, (low, high) in ranges.items()}
    if spec.knobs.spread is not None:
        p |= {name: float(spec.knobs.spread) for name in p if name in SPLIT_BY}
    desk = Desk(part=part, period=period, mix=spec.mix, seed=seed)
    shared = stream(seed, part.block, GROUP)
    return Stage(
        part=part,
        rng=rng,
        midnights=period.midnights_ms(part.record.timezone),
        weekdays=period.weekdays(),
        first_day=min(spec.warmup, max(0, period.days - 2)),
        volume=spec.volume,
        p=p,
        ranges=ranges,
        desk=desk,
        texter=Texter(desk, rng, desk.writer(part.stream(seed, TEXTS)), "x"),
        shared=shared,
    )


def steady(rng: np.random.Generator, begin_ms: int, span_ms: int, per_hour: float, jitter: float) -> Ints:
    """Instants at a machine's pace: equal gaps, each off by a share of `jitter` (standard deviation)."""
    gap = HOUR_MS / per_hour
    count = max(1, int(span_ms / gap))
    gaps = np.maximum(gap * (1 + jitter * rng.standard_normal(count)), gap * 0.05)
    return begin_ms + np.cumsum(gaps).astype(np.int64)


def scattered(rng: np.random.Generator, begin_ms: int, span_ms: int, per_second: float) -> Ints:
    """Instants of a Poisson stream, at least one."""
    count = max(1, int(rng.poisson(span_ms / SECOND_MS * per_second)))
    return np.sort(begin_ms + rng.integers(0, max(1, span_ms), count))


def back_to_back(
    rng: np.random.Generator, begin_ms: int, span_ms: int, talk_s: float, sigma: float, gap_s: float
) -> tuple[Ints, Floats]:
    """One channel that is never idle for long: starts, and seconds of talk, until the span is over."""
    mean = talk_s * float(np.exp(sigma**2 / 2)) + gap_s
    count = max(1, int(span_ms / SECOND_MS / mean * 1.3) + 3)
    talk = np.minimum(rng.lognormal(np.log(talk_s), sigma, count), 3600)
    gap = rng.exponential(gap_s, count) + 10
    start = begin_ms + (np.concatenate(([0.0], np.cumsum(talk + gap)[:-1])) * SECOND_MS).astype(np.int64)
    inside = start < begin_ms + span_ms
    return start[inside], talk[inside]
