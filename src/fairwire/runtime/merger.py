"""What the partitions told of each tick, put together and judged: everybody who takes part gets a finding of its own.

Nothing here depends on how customers were spread: rows are whole numbers that are added up, values that are counted once,
and a judgement for each tick, key and customer by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwire.expr.vector import is_steady, truths
from fairwire.kernel.upkeep import rule_number
from fairwire.model.columns import COLUMN_INDEX, TICK, UNKNOWN, WIDTH
from fairwire.runtime.across import (
    R_CUSTOMER,
    R_KEY,
    R_TICK,
    Adder,
    Layout,
    Sums,
    Words,
    by_key,
    by_row,
    last_shown,
    runs,
)
from fairwire.runtime.around import Around, Floats, in_windows
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.event_columns import mixed
from fairwire.runtime.plans import Plan

_KEPT = ("rows", "different", "shown")
_TIME = COLUMN_INDEX["time"]
MOST_WAITING = 436
"""Events that wait to be added up. One by itself takes nearly as long as all of them together: some milliseconds. With those that
come with the last of them they are fewer than 500: of as many, NumPy would let another thread run at each step."""
ROWS_AT_ONCE = 1 << 16
"""Rows of windows that are judged together: a row stands in each window that reaches it."""
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
        rows = kept.rows[np.isin(kept.rows[:, R_KEY], _in_common(kept.rows[:, R_KEY], kept.rows, layout.across.minimum))]
        ticks = np.unique(rows[:, R_TICK])
        ticks = ticks[ticks >= first_us]
        ends = np.searchsorted(rows[:, R_TICK], ticks, side="right")
        begins = np.searchsorted(rows[:, R_TICK], ticks - layout.spec.over_us, side="right")
        found: list[Shared] = []
        for first, stop in pieces(ends - begins, ROWS_AT_ONCE if not self._customers.turns else 0):
            # What is known of customers may change with a tick; then each is judged by itself.
            self._customers.turn(int(ticks[first]))
            found += self._judge_ticks(place, ticks[first:stop], rows[begins[first] : ends[stop - 1]])
        return found

    def _judge_ticks(self, place: int, ticks: Words, rows: Words) -> list[Shared]:
        """Judge everybody that took part in some ticks, by the rows of the window that ends at each."""
        layout = self._layouts[place]
        at, places = in_windows(rows[:, R_TICK], ticks, layout.spec.over_us)
        window = rows[places]
        codes = mixed(at, window[:, R_KEY])
        here = window[:, R_TICK] == at
        common = _in_common(codes, window, layout.across.minimum)
        there = np.isin(codes, common)
        now, own = window[here & there], codes[here & there]
        if not len(now):
            return []
        # An order that neither partitions nor the customers file can change.
        order = np.lexsort((self._customers.keys[now[:, R_CUSTOMER]], now[:, R_KEY], now[:, R_TICK]))
        now, own = now[order], own[order]
        there &= np.isin(codes, own)
        around = Around(self._plan, self._customers, layout, now, own, window[there], codes[there], at[there])
        # Counting different values is dear: it waits until all else speaks for a finding.
        when = self._plan.detectors[self._plan.program.rules[layout.spec.rule].detector].when
        if layout.different:
            wanted = ~truths(when, around.column, len(now))[1] if is_steady(when) else np.full(len(now), True)
            if not wanted.any():
                return []
            around.count_different(self._kept[place].different, wanted)
        yes, _ = truths(when, around.column, len(now))
        return self._holds(place, now, around, np.flatnonzero(yes))

    def _holds(self, place: int, now: Words, around: Around, which: Words) -> list[Shared]:
        spec = self._layouts[place].spec
        program = self._plan.program
        rule = program.rules[spec.rule]
        waived = np.zeros(len(now), dtype=np.bool_)
        for name, covers in self._plan.detectors[rule.detector].entitlements.items():
            granted = self._customers.values[now[:, R_CUSTOMER], 1 + program.customer_attributes.index(f"has:{name}")] == 1.0
            waived |= granted if covers is None else granted & truths(covers, around.column, len(now))[0]
        found: list[Shared] = []
        for i in which:
            member, tick = int(now[i, R_CUSTOMER]), int(now[i, R_TICK])
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


def pieces(sizes: Words, most: int) -> Iterator[tuple[int, int]]:
    """Cut a row of sizes into runs that come to no more than `most` each, or are one size by itself: first, and behind last."""
    first = total = 0
    for place, size in enumerate(sizes.tolist()):
        if place > first and total + size > most:
            yield first, place
            first, total = place, 0
        total += size
    if len(sizes):
        yield first, len(sizes)


class Together:
    """A partition that holds everybody, and the judgement of its ticks: what a running service needs."""

    def __init__(self, plan: Plan, customers: CustomerTable, *, room: int = 0) -> None:
        self._adder = Adder(plan, customers, shown=True, room=room)
        self.merger = Merger(plan, customers)
        self._rest: list[Words] = []
        """Events behind one that closes a tick which is not worked out yet."""
        self._due_us = self._adder.due_us
        self._under_way: Iterator[None] | None = None
        self._opened: list[Shared] = []
        self._grown: set[int] = set()
        self.behind = False
        """What `take_later` has put off should be done now: a tick is over, or much has come together."""

    def warm(self, rows: Words) -> None:
        """Load the compiled code now, so that no event waits for it. `rows`: any kernel events; nothing is taken."""
        self._adder.wait(rows[:0])
        self._adder.warm()

    def take_later(self, rows: Words) -> None:
        """Take kernel events, in order of time, that somebody waits for; `catch_up` works out what they mean for all."""
        if self._rest or rows.item(-1, _TIME) >= self._due_us:
            self._rest.append(rows.copy())
            self.behind = True
        elif self._adder.wait(rows) >= MOST_WAITING:
            self.behind = True

    def catch_up(self) -> tuple[list[Shared], set[int]]:
        """What came of the events that were put off: the same as if each had been taken when it came."""
        while self.catch_up_a_little() or self._rest or self._adder.waiting:
            pass
        return self.came()

    def catch_up_a_little(self) -> bool:
        """A part of that work: what one rule makes of some events. Whether more of the part that is under way remains.

        Events may be taken later meanwhile; before anything else is asked, `catch_up` has to be.
        """
        if self._under_way is None:
            self.behind = False
            self._under_way = self._work()
        if next(self._under_way, self) is self:
            self._under_way = None
        return self._under_way is not None

    def came(self) -> tuple[list[Shared], set[int]]:
        """What came of it since this was asked last: what opened, and the episodes that opened or grew."""
        opened, self._opened = self._opened, []
        grown, self._grown = self._grown, set()
        return opened, grown

    def _work(self) -> Iterator[None]:
        more = True
        while more:
            self._let_in()
            for told in self._adder.take_in_parts():
                self.merger.touched = set()
                self._opened += self.merger.take(told)
                self._grown |= self.merger.touched
                yield
            self._due_us = self._adder.due_us
            more = bool(self._rest)

    def _let_in(self) -> None:
        """Let events wait up to the first that closes a tick: for those that come late it is over from then on."""
        while self._rest:
            rows = self._rest.pop(0)
            closing = np.flatnonzero(rows[:, _TIME] >= self._due_us)
            stop = int(closing[0]) + 1 if len(closing) else len(rows)
            self._adder.wait(rows[:stop])
            if stop < len(rows):
                self._rest.insert(0, rows[stop:])
            if len(closing):
                return

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


def _in_common(codes: Words, rows: Words, minimum: int) -> Words:
    """Codes that rows of at least so many customers have; a code a row."""
    pairs = mixed(codes, rows[:, R_CUSTOMER])
    order = np.argsort(pairs)
    found = np.sort(codes[order[runs(pairs[order])]])
    begins = runs(found)
    return found[begins[np.diff(np.append(begins, len(found))) >= minimum]]
