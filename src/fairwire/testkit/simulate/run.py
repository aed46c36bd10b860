"""One simulation: customers one after the other, calls to the spool, events to the file, labels and figures beside it."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np

from fairwire.model.errors import BadInput, BadUse
from fairwire.testkit.labels import Label
from fairwire.testkit.simulate.attack_kit import Act, set_stage
from fairwire.testkit.simulate.attacks_voice import NEVER_CALLS_OUT
from fairwire.testkit.simulate.calls import OUTBOUND, Calls, Chain, Extra, joined
from fairwire.testkit.simulate.cast import KNOBS, Part, Period, play
from fairwire.testkit.simulate.columns import plain
from fairwire.testkit.simulate.dress import dressed
from fairwire.testkit.simulate.everyday import everyday
from fairwire.testkit.simulate.gates import Gate
from fairwire.testkit.simulate.generators import GENERATORS, LOOKS
from fairwire.testkit.simulate.knobs import mixed_in, slower
from fairwire.testkit.simulate.marking import mark_abuse, mark_honest
from fairwire.testkit.simulate.ordinary import finish
from fairwire.testkit.simulate.realism import Realism
from fairwire.testkit.simulate.realism_rest import RestOfRealism
from fairwire.testkit.simulate.render import Renderer
from fairwire.testkit.simulate.rows import Row, written
from fairwire.testkit.simulate.spool import Feed, LineSpool, Spool, Stretch, in_time_order
from fairwire.testkit.simulate.tables import Knobs, ScenarioSpec, scenario
from fairwire.testkit.simulate.write import WriteAs, write_customers, write_events, write_labels, write_numbers

DEFAULT_START = date(2025, 9, 1)
"""A Monday, the first of a month, and no clock changes for months: counts of a calendar month begin at zero."""
LISTS = "lists"
"""Folder of the lists of numbers that a site would keep, as `FAIRWIRE_NUMBERS` names it."""
MOST_CUSTOMERS = 140_000
MOST_DAYS = 366
MOST_MIMICRY = 0.95
MOST_SPREAD = 150
LISTED_TOO = 1_499
"""One number in so many is on the do-not-call list."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to simulate."""

    scenario: str
    seed: int
    customers: int | None = None
    """None: as many as the scenario says."""
    days: int | None = None
    start: date = DEFAULT_START
    feed: Feed = "cdr"
    write: WriteAs = "jsonl"
    pace: float | None = None
    """0 to 1: how much slower attacks are; None: as the scenario says."""
    spread: int | None = None
    """Accounts, lines or addresses of each attack; None: as the scenario says."""
    mimicry: float | None = None
    """0 to 0.95: share of ordinary traffic mixed into attacks; None: as the scenario says."""

    def spec(self) -> ScenarioSpec:
        """The scenario.

        Raises
        ------
        BadUse
            It does not exist, or a number is out of range.
        """
        spec = scenario(self.scenario)
        if self.seed < 0:
            raise BadUse(f"`--seed {self.seed}` is below zero", help_="take any whole number from 0")
        if not 1 <= self.count(spec) <= MOST_CUSTOMERS:
            raise BadUse(f"`--customers {self.customers}` is not from 1 to {MOST_CUSTOMERS}")
        if not 1 <= self.period(spec).days <= MOST_DAYS:
            raise BadUse(f"`--days {self.days}` is not from 1 to {MOST_DAYS}")
        if not date(1971, 1, 1) <= self.start <= date(2200, 1, 1):
            raise BadUse(f"`--start {self.start}` is not from 1971-01-01 to 2200-01-01")
        return msgspec.structs.replace(spec, knobs=self._knobs(spec.knobs))

    def _knobs(self, usual: Knobs) -> Knobs:
        if self.pace is not None and not 0 <= self.pace <= 1:
            raise BadUse(
                f"`--pace {self.pace}` is not from 0 to 1", help_="0 is as fast as the attack goes, 1 twenty times slower"
            )
        if self.mimicry is not None and not 0 <= self.mimicry <= MOST_MIMICRY:
            raise BadUse(f"`--mimicry {self.mimicry}` is not from 0 to {MOST_MIMICRY}")
        if self.spread is not None and not 1 <= self.spread <= MOST_SPREAD:
            raise BadUse(f"`--spread {self.spread}` is not from 1 to {MOST_SPREAD}")
        return Knobs(
            pace=usual.pace if self.pace is None else self.pace,
            spread=usual.spread if self.spread is None else self.spread,
            mimicry=usual.mimicry if self.mimicry is None else self.mimicry,
        )

    def count(self, spec: ScenarioSpec) -> int:
        """Customers of this run."""
        return spec.customers if self.customers is None else self.customers

    def period(self, spec: ScenarioSpec) -> Period:
        """Days of this run."""
        return Period(start=self.start, days=spec.days if self.days is None else self.days)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run wrote and how it looks; `--json` prints it."""

    scenario: str
    seed: int
    customers: int
    first_day: str
    last_day: str
    calls: int
    events: int
    abuses: dict[str, int]
    look_alikes: dict[str, int]
    files: dict[str, str]
    bytes: int
    """Size of the event file."""
    seconds: float
    events_per_s: float
    gates: list[Gate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """All of one customer."""

    part: Part
    calls: Calls
    act: Act | None
    """The attack's part of it; None for the honest."""
    rows: list[Row]
    """Its events beside calls."""
    extras: tuple[Extra, ...] = ()
    chains: tuple[Chain, ...] = ()

    def label(self, period: Period) -> Label:
        """Its label."""
        return mark_honest(self.part, period) if self.act is None else mark_abuse(self.part, self.act)


def play_out(order: Order, index: int) -> Played:
    """Customer number `index` with all its calls, numbered in the order of their start. Nothing else of the run matters to it."""
    spec = order.spec()
    period = order.period(spec)
    part = play(spec, order.seed, index, period)
    calls, rows = everyday(part, period, order.seed, spec.mix)
    act: Act | None = None
    if part.variant is not None or part.look is not None:
        stage = set_stage(part, period, order.seed, spec)
        act = (GENERATORS[part.variant] if part.variant is not None else LOOKS[str(part.look)])(stage)
        if part.variant is not None:
            act = slower(act, spec.knobs.pace, stage.midnights, stage.desk.end_ms)
        calls, rows = _with_act(order, spec, part, act, calls, rows)
    by_start = np.argsort(calls["start"], kind="stable")
    calls = calls[by_start]
    calls["seq"] = np.arange(1, len(calls) + 1)
    extras = () if act is None else act.extras
    if spec.wide:
        extras = dressed(calls, extras, part, order.seed)
    return Played(
        part=part,
        calls=calls,
        act=act if part.variant is not None else None,
        rows=rows,
        extras=extras,
        chains=() if act is None else act.chains,
    )


def _with_act(order: Order, spec: ScenarioSpec, part: Part, act: Act, calls: Calls, rows: list[Row]) -> tuple[Calls, list[Row]]:
    """Ordinary traffic with an act laid over it."""
    more = [calls, finish(act.calls, part)]
    others = [*rows, *act.rows]
    if spec.knobs.mimicry > 0 and part.variant is not None:
        copied, texts = mixed_in(part.stream(order.seed, KNOBS), act, spec.knobs.mimicry, calls, rows)
        more.append(copied)
        others += texts
    return joined(more), others


def simulate(order: Order, folder: Path, progress: Progress = lambda _what, _done, _of: None) -> Summary:
    """Write events, customers and labels into `folder`.

    Parameters
    ----------
    progress
        Hears (what, done, of) now and then.

    Raises
    ------
    BadUse
        The order cannot be carried out.
    BadInput
        The folder cannot be written.
    """
    began = time.perf_counter()
    spec = order.spec()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".spool-", dir=folder) as spill:
            return _simulate(order, spec, folder, Path(spill), began, progress)
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror or error}", at=str(error.filename or folder)) from None


def _simulate(order: Order, spec: ScenarioSpec, folder: Path, spill: Path, began: float, progress: Progress) -> Summary:
    period = order.period(spec)
    count = order.count(spec)
    spool, lines = Spool(spill), LineSpool(spill)
    rest = RestOfRealism(period, spec.mix.get("messages", 0.0)) if spec.wide else None
    realism = Realism(period, rest=rest)
    chains, extras = list[Chain](), list[Extra]()
    source = f"simulate/{order.scenario}/{order.seed}"
    parts: list[Part] = []
    labels: list[Label] = []
    listed, strangers = list[int](), list[int]()
    calls = others = 0
    for index in range(count):
        played = play_out(order, index)
        for name, held in (("chain", len(chains)), ("extra", len(extras))):
            played.calls[name][played.calls[name] > 0] += held
        chains += played.chains
        extras += map(plain, played.extras)
        calls += len(played.calls)
        others += len(played.rows)
        listed += played.act.do_not_call if played.act is not None else ()
        if spec.wide and played.part.variant is None:
            strangers += _listed_too(played.calls)
        parts.append(played.part)
        labels.append(played.label(period))
        realism.observe(played.part, played.calls, played.rows)
        spool.add(played.calls)
        lines.add(written(played.rows, index, played.part.record.id, source))
        progress("customers", index + 1, count)
    events = 0

    def told(more: int) -> None:
        nonlocal events
        events += more
        progress("events", events, others + (calls if order.feed == "cdr" else calls * 3))

    for name, numbers in (
        ("do_not_call.txt", [*listed, *strangers] if listed else ()),
        ("do_not_originate.txt", NEVER_CALLS_OUT if spec.wide else ()),
    ):
        write_numbers(folder / LISTS / name, numbers)
    records = [part.record for part in parts]
    ids, currencies = [record.id for record in records], [str(record.currency) for record in records]
    renderer = Renderer(source, ids, currencies, chains, extras, wide=spec.wide)
    path = write_events(folder, _stretches(spool, lines, order.feed), renderer, order.write, told)
    write_customers(folder / "customers.jsonl", records)
    write_labels(folder / "labels.jsonl", labels)
    files = {"events": str(path), "customers": str(folder / "customers.jsonl"), "labels": str(folder / "labels.jsonl")}
    if listed or spec.wide:
        files["lists"] = str(folder / LISTS)
    seconds = time.perf_counter() - began
    return Summary(
        scenario=order.scenario,
        seed=order.seed,
        customers=count,
        first_day=period.start.isoformat(),
        last_day=(period.end - timedelta(days=1)).isoformat(),
        calls=calls,
        events=events,
        look_alikes=dict(Counter(label.kind for label in labels if label.kind)),
        abuses=dict(Counter(f"{label.variant}/{label.level}" for label in labels if label.variant)),
        files=files,
        bytes=path.stat().st_size,
        seconds=round(seconds, 3),
        events_per_s=round(events / seconds, 1),
        gates=realism.gates(),
    )


def _listed_too(calls: Calls) -> list[int]:
    """A few of the people whom good customers call do not want to be called by strangers either."""
    numbers = np.unique(calls["to"][calls["direction"] == OUTBOUND])
    people: list[int] = numbers[(numbers % LISTED_TOO == 0) & (numbers > 10_000)].tolist()
    return people


def _stretches(spool: Spool, lines: LineSpool, feed: Feed) -> Iterator[Stretch]:
    return (stretch for stretch in in_time_order(spool, lines, feed) if len(stretch))
