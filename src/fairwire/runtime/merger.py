"""What the partitions told of each tick, put together and judged: everybody who takes part gets a finding of its own.

Nothing here depends on how customers were spread: rows are whole numbers that are added up, values that are counted once,
and a judgement for each tick, key and customer by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwire.expr.vector import is_steady, truths
from fairwire.kernel.upkeep import rule_number
from fairwire.model.columns import COLUMN_BY_NAME, COLUMN_INDEX, TICK, UNKNOWN, WIDTH, per_unit
from fairwire.plan.across import AGE, CUSTOMERS, AcrossFeature
from fairwire.runtime.across import (
    D_FEATURE,
    D_VALUE,
    R_CUSTOMER,
    R_KEY,
    R_TICK,
    Adder,
    Flags,
    Layout,
    Sums,
    Words,
    age_days,
    by_key,
    by_row,
    last_shown,
    mixed,
    runs,
)
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.plans import Plan

Floats = npt.NDArray[np.float64]
_KEPT = ("rows", "different", "shown")
_TIME = COLUMN_INDEX["time"]
MOST_WAITING = 1024
"""Events that wait to be added up. One by itself takes nearly as long as all of them together: some milliseconds."""
_E_RULE, _E_CUSTOMER, _E_KEY, _E_FIRST, _E_LAST, _E_COUNT = range(6)


@dataclass(slots=True, kw_only=True)
class Shared:
    """A finding that opened."""

    rule: int
    episode: int
    row: Words
    """As a kernel event: who, with which key, at which tick."""
    values: Floats
    evidence: list[int]
    """Ordinals of the customer's last events with the key; empty unless the partitions named them."""


@dataclass(slots=True)
class _Kept:
    """Rows of one rule that the next window still reaches."""

    rows: Words
    different: Words
    shown: Words


class Merger:
    """Judges ticks in order. What opens and goes on is kept as episodes, as the kernel does for the other rules."""

    def __init__(self, plan: Plan, customers: CustomerTable) -> None:
        self._plan = plan
        self._customers = customers
        program = plan.program
        self._layouts = [Layout.of(plan, spec) for spec in program.across]
        self._kept = [
            _Kept(
                np.zeros((0, layout.width), dtype=np.int64),
                np.zeros((0, 5), dtype=np.int64),
                np.zeros((0, 4), dtype=np.int64),
            )
            for layout in self._layouts
        ]
        self._episodes: list[list[int]] = []
        self._place: dict[tuple[int, int, int], int] = {}
        self.silenced: Words = np.zeros(max(1, len(program.rules)), dtype=np.int64)
        self.touched: set[int] = set()
        """Episodes that opened or grew; whoever looks may empty it."""

    def take(self, told: Sequence[Sums]) -> list[Shared]:
        """Put together what all partitions told of some ticks, later than any before, and judge these ticks."""
        found: list[Shared] = []
        for place, kept in enumerate(self._kept):
            mine = [sums for sums in told if sums.place == place]
            if not mine:
                continue
            first = min(int(sums.rows[:, R_TICK].min()) for sums in mine)
            kept.rows = _by_tick([kept.rows, *(sums.rows for sums in mine)])
            kept.different = _by_tick([kept.different, *(sums.different for sums in mine)])
            kept.shown = _by_tick([kept.shown, *(sums.shown for sums in mine)])
            found += self._judge(place, first)
            last = int(kept.rows[-1, R_TICK])
            begin = last + self._layouts[place].spec.every_us - self._layouts[place].spec.over_us
            kept.rows = kept.rows[kept.rows[:, R_TICK] > begin]
            kept.different = kept.different[kept.different[:, R_TICK] > begin]
            kept.shown = kept.shown[kept.shown[:, R_TICK] > begin]
        return found

    def _judge(self, place: int, first_us: int) -> list[Shared]:
        layout, kept = self._layouts[place], self._kept[place]
        # What too few ever share is settled for all ticks at once; what remains is little.
        rows = kept.rows[np.isin(kept.rows[:, R_KEY], _in_common(kept.rows, layout.across.minimum))]
        found: list[Shared] = []
        for tick in np.unique(rows[:, R_TICK]):
            if tick >= first_us:
                begin, end = np.searchsorted(rows[:, R_TICK], [tick - layout.spec.over_us, tick], side="right")
                found += self._judge_tick(place, int(tick), rows[begin:end])
        return found

    def _judge_tick(self, place: int, tick: int, window: Words) -> list[Shared]:
        """Judge everybody that took part in a tick, by the rows of the window that ends there."""
        layout = self._layouts[place]
        now = window[window[:, R_TICK] == tick]
        window = window[np.isin(window[:, R_KEY], now[:, R_KEY])]
        common = _in_common(window, layout.across.minimum)
        now = now[np.isin(now[:, R_KEY], common)]
        if not len(now):
            return []
        # An order that neither partitions nor the customers file can change.
        now = now[np.lexsort((self._customers.keys[now[:, R_CUSTOMER]], now[:, R_KEY]))]
        window = window[np.isin(window[:, R_KEY], common)]
        around = _Around(self._plan, self._customers, layout, now, window, tick)
        # Counting different values is dear: it waits until all else speaks for a finding.
        when = self._plan.detectors[self._plan.program.rules[layout.spec.rule].detector].when
        if layout.different:
            wanted = ~truths(when, around.column, len(now))[1] if is_steady(when) else np.full(len(now), True)
            if not wanted.any():
                return []
            around.count_different(self._kept[place].different, wanted)
        yes, _ = truths(when, around.column, len(now))
        return self._holds(place, tick, now, around, np.flatnonzero(yes))

    def _holds(self, place: int, tick: int, now: Words, around: _Around, which: Words) -> list[Shared]:
        spec = self._layouts[place].spec
        program = self._plan.program
        rule = program.rules[spec.rule]
        self._customers.turn(tick)
        waived = np.zeros(len(now), dtype=np.bool_)
        for name, covers in self._plan.detectors[rule.detector].entitlements.items():
            granted = self._customers.values[now[:, R_CUSTOMER], 1 + program.customer_attributes.index(f"has:{name}")] == 1.0
            waived |= granted if covers is None else granted & truths(covers, around.column, len(now))[0]
        found: list[Shared] = []
        for i in which:
            member = int(now[i, R_CUSTOMER])
            if not program.enabled[int(self._customers.values[member, 0])][spec.rule]:
                continue
            if waived[i]:
                self.silenced[spec.rule] += 1
                continue
            key = int(now[i, R_KEY])
            episode, fresh = self._episode(spec.rule, int(self._customers.keys[member]), key, tick)
            self.touched.add(episode)
            if not fresh:
                continue
            row: Words = np.full(WIDTH, UNKNOWN, dtype=np.int64)
            row[COLUMN_INDEX["kind"]], row[COLUMN_INDEX["time"]] = TICK, tick
            row[COLUMN_INDEX["customer_row"]], row[COLUMN_INDEX["customer"]] = member, self._customers.keys[member]
            row[spec.key] = key
            values = np.full(max(1, len(program.features)), np.nan)
            for name, index in spec.values.items():
                seen, known = around.column(name)
                values[index] = seen[i] if known[i] else np.nan
            evidence = last_shown(self._kept[place].shown, spec, tick, key, member)
            found.append(Shared(rule=spec.rule, episode=episode, row=row, values=values, evidence=evidence))
        return found

    def _episode(self, rule: int, customer: int, key: int, tick: int) -> tuple[int, bool]:
        """The episode that a hit belongs to, and whether it opens it."""
        entry = self._plan.program.rules[rule]
        name = (rule_number(entry), customer, key)
        at = self._place.get(name)
        if at is None or tick - self._episodes[at][_E_LAST] > entry.quiet_us:
            at = self._place[name] = len(self._episodes)
            self._episodes.append([*name, tick, tick, 1])
            return at, True
        self._episodes[at][_E_LAST] = tick
        self._episodes[at][_E_COUNT] += 1
        return at, False

    def episode(self, index: int) -> tuple[int, int, int]:
        """First and last hit in microseconds, and how many, of one episode."""
        one = self._episodes[index]
        return one[_E_FIRST], one[_E_LAST], one[_E_COUNT]

    def reopen(self, index: int) -> None:
        """Let an episode be over: the next hit on its subject opens another."""
        self._episodes[index][_E_LAST] = 0

    def snapshot(self) -> dict[str, Words]:
        """All that going on needs; customers by their key, whatever row they have where it is read."""
        return self.snapshot_later()()

    def snapshot_later(self) -> Callable[[], dict[str, Words]]:
        """The same of this moment, put together when it is called, on whatever thread: what is kept is never written over."""
        out: dict[str, Words] = {
            "episodes": np.array(self._episodes, dtype=np.int64).reshape(-1, 6),
            "silenced": self.silenced.copy(),
        }
        now = {f"{place}.{name}": getattr(kept, name) for place, kept in enumerate(self._kept) for name in _KEPT}
        keys = self._customers.keys
        return lambda: out | {name: by_key(rows, R_CUSTOMER, keys) for name, rows in now.items()}

    def restore(self, arrays: Mapping[str, Words]) -> None:
        """Go on from what `snapshot` gave."""
        self._episodes = arrays["episodes"].tolist()
        self._place = {(one[_E_RULE], one[_E_CUSTOMER], one[_E_KEY]): at for at, one in enumerate(self._episodes)}
        self.silenced = arrays["silenced"].copy()
        for place, kept in enumerate(self._kept):
            for name in _KEPT:
                setattr(kept, name, by_row(arrays[f"{place}.{name}"], R_CUSTOMER, self._customers))


class Together:
    """A partition that holds everybody, and the judgement of its ticks: what a running service needs."""

    def __init__(self, plan: Plan, customers: CustomerTable, *, room: int = 0) -> None:
        self._adder = Adder(plan, customers, shown=True, room=room)
        self.merger = Merger(plan, customers)
        self._waiting: list[Words] = []
        self._due_us = self._adder.due_us
        self._under_way: Iterator[None] | None = None
        self._opened: list[Shared] = []
        self._grown: set[int] = set()
        self.behind = False
        """What `take_later` has put off should be done now: a tick is over, or much has come together."""

    def take_later(self, row: Words) -> None:
        """Take one kernel event, of shape (1, WIDTH), that somebody waits for; `catch_up` works out what it means for all."""
        self._waiting.append(row.copy())
        if row.item(0, _TIME) >= self._due_us or len(self._waiting) >= MOST_WAITING:
            self.behind = True

    def catch_up(self) -> tuple[list[Shared], set[int]]:
        """What came of the events that were put off: the same as if each had been taken when it came."""
        while self.catch_up_a_little() or self._waiting:
            pass
        return self.came()

    def catch_up_a_little(self) -> bool:
        """A part of that work: what one rule makes of some events. Whether more of the part that is under way remains.

        Events may be taken later meanwhile; before anything else is asked, `catch_up` has to be.
        """
        if self._under_way is None:
            waiting, self._waiting, self.behind = self._waiting, [], False
            self._under_way = self._work(waiting)
        if next(self._under_way, self) is self:
            self._under_way = None
        return self._under_way is not None

    def came(self) -> tuple[list[Shared], set[int]]:
        """What came of it since this was asked last: what opened, and the episodes that opened or grew."""
        opened, self._opened = self._opened, []
        grown, self._grown = self._grown, set()
        return opened, grown

    def _work(self, waiting: list[Words]) -> Iterator[None]:
        first = 0
        for place, row in enumerate(waiting):
            # A tick closes with the first event behind it, and is over for those that come late.
            if place == len(waiting) - 1 or int(row[0, _TIME]) >= self._due_us:
                self._adder.wait(np.concatenate(waiting[first : place + 1]))
                for told in self._adder.take_in_parts():
                    self.merger.touched = set()
                    self._opened += self.merger.take(told)
                    self._grown |= self.merger.touched
                    yield
                self._due_us = self._adder.due_us
                first = place + 1

    def take(self, rows: Words) -> tuple[list[Shared], set[int]]:
        """Take kernel events in order of time, with their sensed columns; what opened, and the episodes that opened or grew."""
        self.wait(rows)
        return self.take_waiting()

    def wait(self, rows: Words) -> int:
        """Let kernel events wait; returns how many do."""
        return self._adder.wait(rows)

    def take_waiting(self) -> tuple[list[Shared], set[int]]:
        """`take` of all that wait."""
        self.merger.touched = set()
        opened = self.merger.take(self._adder.take_waiting())
        self._due_us = self._adder.due_us
        return opened, self.merger.touched

    def finish(self) -> list[Shared]:
        """The ticks that are still open, as if their time had come."""
        return self.merger.take(self._adder.finish())

    def snapshot(self) -> dict[str, Words]:
        """Copies of all that going on needs."""
        return self.snapshot_later()()

    def snapshot_later(self) -> Callable[[], dict[str, Words]]:
        """The same of this moment, put together when it is called, on whatever thread."""
        parts = (("adder", self._adder.snapshot_later()), ("merger", self.merger.snapshot_later()))
        return lambda: {f"{part}.{name}": array for part, arrays in parts for name, array in arrays().items()}

    def restore(self, arrays: Mapping[str, Words]) -> None:
        """Go on from what `snapshot` gave, maybe with customers in another order."""
        for part, into in (("adder", self._adder), ("merger", self.merger)):
            own = {name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")}
            into.restore(own)
        self._due_us = self._adder.due_us


def _by_tick(blocks: list[Words]) -> Words:
    rows = np.concatenate(blocks)
    return rows[np.argsort(rows[:, R_TICK], kind="stable")]


def _in_common(rows: Words, minimum: int) -> Words:
    """Keys that at least so many customers have rows of."""
    pairs = mixed(rows[:, R_KEY], rows[:, R_CUSTOMER])
    order = np.argsort(pairs)
    keys = np.sort(rows[order[runs(pairs[order])], R_KEY])
    begins = runs(keys)
    return keys[begins[np.diff(np.append(begins, len(keys))) >= minimum]]


class _Around:
    """The values that a rule may name, for everybody that takes part in one tick. Arrays as long as `now`."""

    def __init__(self, plan: Plan, customers: CustomerTable, layout: Layout, now: Words, window: Words, tick: int) -> None:
        self._plan = plan
        self._customers = customers
        self._layout = layout
        self._now = now
        self._tick = tick
        self._keys = np.unique(now[:, R_KEY])
        self._key = np.searchsorted(self._keys, now[:, R_KEY])
        """Place of each one's key among the keys."""
        self._pairs, self._pair = np.unique(mixed(now[:, R_KEY], now[:, R_CUSTOMER]), return_inverse=True)
        self._window = window
        self._window_key = np.searchsorted(self._keys, window[:, R_KEY])
        self._window_pair = mixed(window[:, R_KEY], window[:, R_CUSTOMER])
        first = runs(np.sort(self._window_pair))
        codes = np.argsort(self._window_pair, kind="stable")[first]
        self._customers_of = np.bincount(self._window_key[codes], minlength=len(self._keys))
        self._known: dict[str, tuple[Floats, Flags]] = {}
        self._counted: dict[str, Floats] = {}

    def column(self, name: str) -> tuple[Floats, Flags]:
        """A value by its name, and where it is known."""
        if name not in self._known:
            values = self._column(name)
            self._known[name] = (values, ~np.isnan(values))
        return self._known[name]

    def _column(self, name: str) -> Floats:
        across, program = self._layout.across, self._plan.program
        members = self._now[:, R_CUSTOMER]
        if name in across.features:
            return self._feature(across.features[name])
        if name == CUSTOMERS:
            return self._customers_of[self._key].astype(np.float64)
        if name == AGE:
            ages = (age_days(self._customers, int(row), self._tick) for row in members)
            return np.array([np.nan if age is None else age for age in ages], dtype=np.float64)
        if name == across.key:
            return self._now[:, R_KEY] / per_unit(COLUMN_BY_NAME[name].scale)
        if name.startswith("customer."):
            attribute = program.customer_attributes.index(name.removeprefix("customer."))
            of_customer: Floats = self._customers.values[members, 1 + attribute]
            return of_customer
        column = program.rules[self._layout.spec.rule].parameters[name]
        by_pack: Floats = np.array([parameters[column] for parameters in program.parameters], dtype=np.float64)
        of_pack: Floats = by_pack[self._customers.values[members, 0].astype(np.int64)]
        return of_pack

    def _feature(self, feature: AcrossFeature) -> Floats:
        if feature.aggregate in ("distinct", "common"):
            return self._counted.get(feature.name, np.full(len(self._now), np.nan))
        first = self._sum(feature, 0)
        if feature.aggregate == "count":
            return first.astype(np.float64)
        if feature.aggregate == "sum":
            return first / per_unit(feature.scale)
        of = self._sum(feature, 1)
        enough = of >= feature.at_least
        ratio: Floats = np.full(len(of), np.nan)
        np.divide(first / per_unit(feature.scale), of, out=ratio, where=enough)
        return ratio

    def _sum(self, feature: AcrossFeature, offset: int) -> Words:
        """One cell over the window, of the key, the pair or the customer."""
        cell = self._layout.at[feature.name] + offset
        if feature.per == "customer":
            return self._now[:, cell]
        amounts = self._window[:, cell]
        if feature.last_us < self._layout.spec.over_us:
            amounts = np.where(self._window[:, R_TICK] > self._tick - feature.last_us, amounts, 0)
        if feature.per == "key":
            totals: Words = np.zeros(len(self._keys), dtype=np.int64)
            np.add.at(totals, self._window_key, amounts)
            return totals[self._key]
        place = np.searchsorted(self._pairs, self._window_pair)
        mine = self._pairs[np.minimum(place, len(self._pairs) - 1)] == self._window_pair
        totals = np.zeros(len(self._pairs), dtype=np.int64)
        np.add.at(totals, place[mine], amounts[mine])
        return totals[self._pair]

    def count_different(self, different: Words, wanted: Flags) -> None:
        """Count the values that are counted once, for those that are `wanted`; for the others they stay unknown."""
        begin, end = np.searchsorted(different[:, R_TICK], [self._tick - self._layout.spec.over_us, self._tick], side="right")
        keys = np.unique(self._now[wanted, R_KEY])
        rows = different[begin:end]
        rows = rows[np.isin(rows[:, R_KEY], keys)]
        for place, feature in enumerate(self._layout.different):
            mine = rows[rows[:, D_FEATURE] == place]
            key = np.searchsorted(self._keys, mine[:, R_KEY])
            if feature.per == "pair":
                owner = mixed(mine[:, R_KEY], mine[:, R_CUSTOMER])
                once = mine[_first_of(mixed(owner, mine[:, D_VALUE]))]
                place_of = np.searchsorted(self._pairs, mixed(once[:, R_KEY], once[:, R_CUSTOMER]))
                there = self._pairs[np.minimum(place_of, len(self._pairs) - 1)] == mixed(once[:, R_KEY], once[:, R_CUSTOMER])
                counted = np.bincount(place_of[there], minlength=len(self._pairs))[self._pair]
            else:
                value = mixed(mine[:, R_KEY], mine[:, D_VALUE])
                if feature.aggregate == "common":
                    once = _first_of(mixed(value, mine[:, R_CUSTOMER]))
                    value, key = value[once], key[once]
                    order = np.argsort(value, kind="stable")
                    begins = runs(value[order])
                    twice = np.diff(np.append(begins, len(order))) >= 2
                    key = key[order[begins[twice]]]
                else:
                    key = key[_first_of(value)]
                counted = np.bincount(key, minlength=len(self._keys))[self._key]
            self._counted[feature.name] = np.where(wanted, counted.astype(np.float64), np.nan)
            self._known.pop(feature.name, None)


def _first_of(codes: Words) -> Words:
    """The place of one of each."""
    return np.unique(codes, return_index=True)[1]
