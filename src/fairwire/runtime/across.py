"""What customers have in common, summed up by a partition of them: at each tick, one row for each customer and key.

A key is whatever a rule's subject names: a number called, a source address, a length of talk. A customer takes part in a
tick with at least `floor` events that any feature of the rule counts. All events of a customer are in one partition, so
whether it takes part is settled there, and whoever does not is never counted anywhere: leaving those rows behind, which are
nearly all, cannot change a finding. Rows hold whole numbers only; adding them up gives the same in any order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fairwire.expr.evaluate import Value, evaluate
from fairwire.expr.tree import names_in
from fairwire.kernel.intake import O_SOURCE, O_TIME
from fairwire.model.columns import COLUMN_INDEX, UNKNOWN
from fairwire.model.instants import DAY_US
from fairwire.model.program import AcrossSpec
from fairwire.plan.across import AGE, MOST_DIFFERENT, Across, AcrossFeature
from fairwire.runtime import tally, waiting_events
from fairwire.runtime.ages import opened_day
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.event_columns import CELLS, EventColumns, Seen, mixed
from fairwire.runtime.evidence import SHOWN
from fairwire.runtime.feed import Feed
from fairwire.runtime.gather import mix_many, to_columns
from fairwire.runtime.plans import Plan
from fairwire.runtime.resting import rest
from fairwire.runtime.tally import (
    H_CLOSED,
    P_CUSTOMER,
    P_KEY,
    P_ORDINAL,
    P_TICK,
    PENDING_HEAD,
    Buckets,
    code_pairs,
    count_codes,
    count_rows,
    keep_likely,
    lay_pairs,
    lay_whole,
    part_rows,
)
from fairwire.runtime.waiting_events import Packed, joined, packed, unpacked

Words = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

R_TICK, R_KEY, R_CUSTOMER, R_EVENTS = range(4)
"""First columns of a row: the instant that closes the tick, the key, the row of the customer, its events. Cells follow."""
ROW_HEAD = 4
D_FEATURE, D_VALUE = 3, 4
"""Of a row of `different`, behind tick, key and customer: place of the feature, and the value."""
SHOWN_ORDINAL = 3
"""Of a row of `shown`, behind tick, key and customer: which event it is."""
_WHOLE_HEAD = 2
_ARRAYS = ("rows", "different", "shown")
_MOST_BUCKETS = 1 << 24
"""64 MB. With fewer than there are pairs, more of those stay that do too little, until they are sorted."""
_APART = 72
"""Places between columns, so that a row's values do not all fall into one set of the processor's cache."""


@dataclass(slots=True, kw_only=True)
class Sums:
    """What a partition tells of some ticks of one rule; plain integers."""

    place: int
    """Of the rule in `Program.across`."""
    rows: Words
    """Shape (rows, `ROW_HEAD` + cells), by tick."""
    different: Words
    """Different values behind `distinct` and `common`: tick, key, customer row, place of the feature, value."""
    shown: Words
    """Tick, key, customer row, ordinal of the last events of each; empty unless they were asked for."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each feature's cells stand in a row."""

    spec: AcrossSpec
    across: Across
    pair: tuple[AcrossFeature, ...]
    """Counted by customer and key."""
    whole: tuple[AcrossFeature, ...]
    """Counted by customer."""
    different: tuple[AcrossFeature, ...]
    at: dict[str, int]
    """Feature -> its first cell in a row, or its place among `different`."""
    pair_cells: int
    whole_cells: int
    kinds: tuple[int, ...]
    """Of kernel events that it looks at."""
    pair_of: dict[int, tuple[AcrossFeature, ...]]
    """`pair` by kind."""
    whole_of: dict[int, tuple[AcrossFeature, ...]]

    @classmethod
    def of(cls, plan: Plan, spec: AcrossSpec) -> Layout:
        """The layout of one rule."""
        across = plan.detectors[plan.program.rules[spec.rule].detector].across
        assert across is not None
        features = tuple(across.features.values())
        pair = tuple(feature for feature in features if feature.per != "customer")
        whole = tuple(feature for feature in features if feature.per == "customer")
        different = tuple(feature for feature in pair if not CELLS[feature.aggregate])
        at = {feature.name: place for place, feature in enumerate(different)}
        cell = ROW_HEAD
        for feature in (*pair, *whole):
            if CELLS[feature.aggregate]:
                at[feature.name] = cell
                cell += CELLS[feature.aggregate]
        pair_cells = sum(CELLS[feature.aggregate] for feature in pair)
        kinds = tuple(sorted({feature.kind for feature in features}))
        pair_of, whole_of = ({kind: tuple(one for one in some if one.kind == kind) for kind in kinds} for some in (pair, whole))
        return cls(
            spec=spec,
            across=across,
            pair=pair,
            whole=whole,
            different=different,
            at=at,
            pair_cells=pair_cells,
            whole_cells=cell - ROW_HEAD - pair_cells,
            kinds=kinds,
            pair_of=pair_of,
            whole_of=whole_of,
        )

    @property
    def columns(self) -> set[int]:
        """Columns of kernel events that it looks at."""
        named = {COLUMN_INDEX[name] for name in ("kind", "time", "ordinal", "customer_row", "customer", "destination")}
        for feature in (*self.pair, *self.whole):
            asked = [names_in(node) for node in (feature.where, feature.share) if node is not None]
            named |= {COLUMN_INDEX[name.name] for names in asked for name in names}
            named |= {feature.column} if feature.column >= 0 else set()
        return named | {self.spec.key}

    @property
    def width(self) -> int:
        """Columns of a row."""
        return ROW_HEAD + self.pair_cells + self.whole_cells

    @property
    def pending_width(self) -> int:
        """Columns of an event that is not yet told."""
        return PENDING_HEAD + self.pair_cells + len(self.different)


def _empty(width: int) -> Words:
    return np.zeros((0, width), dtype=np.int64)


def runs(codes: Words) -> Words:
    """Where each run of equal codes begins."""
    return np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]])) if len(codes) else np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class _Open:
    """What one rule has seen and not yet told."""

    layout: Layout
    pairs: dict[int, Words]
    """What `tally` is told of the features of customer and key, by kind; and of those of the customer."""
    wholes: dict[int, Words]
    head: Words
    """What it is told of the rule."""
    pending: list[Packed | Words] = field(default_factory=list)
    """Tick, ordinal, key, customer row, cells, then values that are counted once; one row an event."""
    whole: list[Words] = field(default_factory=list)
    """Tick, customer row, cells; one row an event."""
    history: Words = field(default_factory=lambda: _empty(0))
    """The same, added up by tick and customer, as far back as a window reaches."""
    closed_us: int = -(2**62)
    """The last tick that was told."""


@dataclass(slots=True, frozen=True)
class _Pairs:
    """Events of one kind that features of customer and key are about."""

    kind: int
    places: Words
    """Among those of the kind."""
    ticks: Words
    codes: Words
    """Of tick, key and customer."""


def _opened(layout: Layout, columns: EventColumns) -> _Open:
    place, spec = columns.place, layout.spec
    named = (place[COLUMN_INDEX[name]] for name in ("time", "ordinal"))
    owners = (place[COLUMN_INDEX[name]] for name in ("customer_row", "customer"))
    head = (*named, place[spec.key], *owners, spec.every_us, 0, layout.across.grain, layout.pair_cells)
    first = PENDING_HEAD + layout.pair_cells
    waiting = {
        feature.name: layout.at[feature.name] - ROW_HEAD + PENDING_HEAD if CELLS[feature.aggregate] else first + place
        for feature, place in ((feature, layout.at[feature.name]) for feature in layout.pair)
    }
    behind = _WHOLE_HEAD - ROW_HEAD - layout.pair_cells
    whole = {feature.name: layout.at[feature.name] + behind for feature in layout.whole}
    return _Open(
        layout=layout,
        pairs={kind: columns.table(mine, waiting) for kind, mine in layout.pair_of.items() if mine},
        wholes={kind: columns.table(mine, whole) for kind, mine in layout.whole_of.items() if mine},
        head=np.array(head, dtype=np.int64),
    )


def _pairs(one: _Open, kind: int, seen: Seen) -> _Pairs:
    """The events of a kind that any feature of customer and key is about."""
    places, ticks, codes = (np.empty(len(seen.picked), dtype=np.int64) for _ in range(3))
    count = code_pairs(*seen.all, one.pairs[kind], one.head, places, ticks, codes)
    return _Pairs(kind, places[:count], ticks[:count], codes[:count])


def _parted(waiting: Packed | Words, upto_us: int, counted: Buckets | None, floor: int) -> tuple[Words, Packed | Words]:
    """Of the events of a block, those of ticks that are over, by a pair that may have done enough, and those of later ticks."""
    block = unpacked(waiting)
    over, later = (np.empty(len(block), dtype=np.int64) for _ in range(2))
    found, left = part_rows(block, upto_us, np.zeros(1, dtype=np.int32) if counted is None else counted, floor, over, later)
    return block[over[:found]], waiting if left == len(block) else packed(block[later[:left]])


def pair_codes(block: Words) -> Words:
    """The codes that `code_pairs` gave the events of a block."""
    out: Words = np.empty(len(block), dtype=np.int64)
    mix_many(block[:, P_TICK].copy(), block[:, P_KEY].copy(), out)
    mix_many(out, block[:, P_CUSTOMER].copy(), out)
    return out


class Adder:
    """Sums up what customers of one partition do, rule by rule and tick by tick.

    Parameters
    ----------
    shown
        Also name the last events of everybody that takes part.
    only
        Place of the only rule to be looked at; None for all.
    room
        How many events will wait, when that is known.
    """

    def __init__(
        self, plan: Plan, customers: CustomerTable, *, shown: bool = False, only: int | None = None, room: int = 0
    ) -> None:
        self._customers = customers
        self._shown = shown
        self._open: dict[int, _Open] = {}
        specs = enumerate(plan.program.across)
        layouts = {place: Layout.of(plan, spec) for place, spec in specs if only is None or place == only}
        self._needed = sorted({column for layout in layouts.values() for column in layout.columns})
        self._chosen = np.array(self._needed, dtype=np.int64)
        self._columns = EventColumns(self._needed, sorted({kind for layout in layouts.values() for kind in layout.kinds}))
        for place, layout in layouts.items():
            self._open[place] = _opened(layout, self._columns)
        self._waiting: Words = np.empty((len(self._needed), 0), dtype=np.int64)
        """What is needed of kernel events that wait, in order of time. Shape (columns, room)."""
        self._former: Words = self._waiting
        self._room = room
        self._count = 0
        self._attributes = plan.program.customer_attributes
        self._among: dict[tuple[int, int, int], bool] = {}

    def take(self, rows: Words) -> list[Sums]:
        """Count kernel events, in order of time and with their sensed columns; returns the ticks that they close.

        An event that is older than the last tick told counts in the one that is open.
        """
        self.wait(rows)
        return self.take_waiting()

    def wait(self, rows: Words) -> int:
        """Let kernel events wait, which is cheap; returns how many do. Of their rows, which are wide, what is needed is kept."""
        if not self._open:
            return 0
        needed = self._count + len(rows)
        if needed > self._waiting.shape[1]:
            # Memory that is used again is at hand: a page that is new costs more than what is done with it.
            room = max(3 * needed // 2, self._room) + _APART
            wider: Words = np.empty((len(self._needed), room), dtype=np.int64)
            wider[:, : self._count] = self._waiting[:, : self._count]
            self._waiting = wider
        to_columns(rows, self._chosen, self._waiting, self._count)
        self._count = needed
        return needed

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return self._count

    def take_waiting(self) -> list[Sums]:
        """`take` of all that wait."""
        count, self._count = self._count, 0
        return [sums for told in self._taken(self._waiting, count) for sums in told]

    def take_in_parts(self) -> Iterator[list[Sums]]:
        """The same, one rule at a time. Others may come and wait meanwhile; nothing else may be asked before it is through."""
        laid, count = self._waiting, self._count
        # What comes meanwhile goes where the last part was.
        self._waiting, self._former = self._former, self._waiting
        self._count = 0
        return self._taken(laid, count)

    def _taken(self, laid: Words, count: int) -> Iterator[list[Sums]]:
        if not count:
            return
        seen = self._columns.look(laid, count)
        newest = int(laid[self._columns.place[COLUMN_INDEX["time"]], :count].max())
        for place, one in self._open.items():
            every = one.layout.spec.every_us
            done = newest // every * every
            counted = self._add(one, seen, done)
            told: list[Sums] = []
            if done > one.closed_us:
                told = self._close(place, one, done, counted)
                one.closed_us = done
            yield told

    def warm(self) -> None:
        """Load the compiled code now, so that no event waits for it; nothing is taken."""
        laid: Words = np.zeros((len(self._needed), 1), dtype=np.int64)
        for kind in sorted({kind for one in self._open.values() for kind in one.layout.kinds}):
            laid[self._columns.place[COLUMN_INDEX["kind"]]] = kind
            self._columns.look(laid, 1)
        tally.warm()
        waiting_events.warm()
        pair_codes(np.zeros((1, PENDING_HEAD), dtype=np.int64))

    @property
    def due_us(self) -> int:
        """Events before this instant close no tick."""
        return min((one.closed_us + one.layout.spec.every_us for one in self._open.values()), default=2**62)

    def close(self, until_us: int) -> list[Sums]:
        """The ticks that end at or before an instant: nothing older than that will come."""
        out: list[Sums] = []
        for place, one in self._open.items():
            done = until_us // one.layout.spec.every_us * one.layout.spec.every_us
            if done > one.closed_us:
                out += self._close(place, one, done)
                one.closed_us = done
        return out

    def finish(self) -> list[Sums]:
        """The ticks that are still open, as if their time had come."""
        out: list[Sums] = []
        for place, one in self._open.items():
            out += self._close(place, one, 2**62)
        return out

    def _add(self, one: _Open, seen: dict[int, Seen], done_us: int) -> Buckets | None:
        """Add up events, for ticks up to `done_us` that are over and ticks that are not. Gives what was counted of all that wait,
        where that can tell who does too little."""
        layout = one.layout
        one.head[H_CLOSED] = one.closed_us
        found = [_pairs(one, kind, seen[kind]) for kind in one.pairs if kind in seen]
        # While no tick closes, nobody has done too little yet. Who counts at each look then counts what waits again and again.
        counted = None
        if layout.across.floor > 1 and done_us > one.closed_us:
            total = sum(len(pairs.codes) for pairs in found) + sum(len(block) for block in one.pending)
            counted = np.zeros(min(1 << (4 * total).bit_length(), _MOST_BUCKETS), dtype=np.int32)
            for pairs in found:
                count_codes(pairs.codes, counted)
            for block in one.pending:
                count_rows(unpacked(block), counted)
        for pairs in found:
            kept = len(pairs.codes)
            if counted is not None:
                kept = keep_likely(pairs.codes, pairs.ticks, counted, layout.across.floor, done_us, pairs.places)
            if kept:
                mine: Words = np.empty((kept, layout.pending_width), dtype=np.int64)
                lay_pairs(*seen[pairs.kind].all, one.pairs[pairs.kind], one.head, pairs.places, pairs.ticks, mine)
                one.pending.append(packed(mine))
        for kind, features in one.wholes.items():
            if kind in seen:
                events: Words = np.empty((len(seen[kind].picked), _WHOLE_HEAD + layout.whole_cells), dtype=np.int64)
                one.whole.append(events[: lay_whole(*seen[kind].all, features, one.head, events)].copy())
        return counted

    def _close(self, place: int, one: _Open, upto_us: int, counted: Buckets | None = None) -> list[Sums]:
        """Tell all ticks up to an instant. `counted`: what `_add` counted, nothing having come since."""
        layout = one.layout
        if not one.pending and not one.whole:
            return []
        # Most of it is by those who do too little: it is left behind before it is sorted.
        ending = [_parted(block, upto_us, counted, layout.across.floor) for block in one.pending]
        one.pending = [later for _, later in ending if len(later)]
        events = np.concatenate([_empty(layout.pending_width), *(over for over, _ in ending)])
        code = pair_codes(events)
        order = np.argsort(code, kind="stable")
        begins = runs(code[order])
        counts = np.diff(np.append(begins, len(code)))
        kept = counts >= layout.across.floor
        if layout.across.among is not None:
            heads = events[order[begins]]
            kept &= self._among_them(place, layout, heads, kept)
        whole = self._whole(one, upto_us)
        if not kept.any():
            return []
        events = events[order[np.repeat(kept, counts)]]
        counts = counts[kept]
        begins = np.cumsum(counts) - counts
        heads = events[begins]
        rows: Words = np.zeros((len(heads), layout.width), dtype=np.int64)
        rows[:, R_TICK], rows[:, R_KEY], rows[:, R_CUSTOMER] = heads[:, P_TICK], heads[:, P_KEY], heads[:, P_CUSTOMER]
        rows[:, R_EVENTS] = counts
        cells = slice(PENDING_HEAD, PENDING_HEAD + layout.pair_cells)
        rows[:, ROW_HEAD : ROW_HEAD + layout.pair_cells] = np.add.reduceat(events[:, cells], begins, axis=0)
        if layout.whole_cells:
            rows[:, ROW_HEAD + layout.pair_cells :] = whole.around(rows[:, R_CUSTOMER], rows[:, R_TICK])
        group = np.repeat(np.arange(len(heads)), counts)
        by_tick = np.argsort(rows[:, R_TICK], kind="stable")
        return [
            Sums(
                place=place,
                rows=rows[by_tick],
                different=self._different(layout, events, group, rows),
                shown=_last_of_each(events[:, P_ORDINAL], group, rows) if self._shown else _empty(4),
            )
        ]

    def _among_them(self, place: int, layout: Layout, heads: Words, kept: Flags) -> Flags:
        """Whose events are of customers that can take part at all."""
        node = layout.across.among
        assert node is not None
        ages = any(name.name == AGE for name in names_in(node))
        out = np.zeros(len(heads), dtype=np.bool_)
        which = np.flatnonzero(kept)
        days = (heads[which, P_TICK] - 1) // DAY_US if ages else np.zeros(len(which), dtype=np.int64)
        _, first, back = np.unique(mixed(heads[which, P_CUSTOMER], days), return_index=True, return_inverse=True)
        said = np.zeros(len(first), dtype=np.bool_)
        for i, at in enumerate(which[first].tolist()):
            row, now = int(heads[at, P_CUSTOMER]), int(heads[at, P_TICK])
            key = (place, row, (now - 1) // DAY_US if ages else 0)
            if key not in self._among:
                values: dict[str, Value] = {AGE: age_days(self._customers, row, now)}
                for name in self._attributes:
                    values[f"customer.{name}"] = self._customers.attribute(row, name, now)
                self._among[key] = evaluate(node, values) == 1
            said[i] = self._among[key]
        out[which] = said[back]
        return out

    def _whole(self, one: _Open, upto_us: int) -> _Whole:
        """All that customers did, by tick, for the windows that end at the ticks being told."""
        layout, spec = one.layout, one.layout.spec
        if not layout.whole_cells:
            return _Whole(spec, _empty(_WHOLE_HEAD))
        width = _WHOLE_HEAD + layout.whole_cells
        waiting = np.concatenate(one.whole) if one.whole else _empty(width)
        over = waiting[:, 0] <= upto_us
        one.whole = [] if over.all() else [waiting[~over]]
        seen = waiting[over]
        history = np.concatenate([one.history, seen]) if one.history.shape[1] else seen
        whole = _Whole(spec, history)
        last = min(upto_us, int(history[:, 0].max()) if len(history) else upto_us)
        one.history = whole.since(last + spec.every_us - spec.over_us)
        return whole

    def _different(self, layout: Layout, events: Words, group: Words, rows: Words) -> Words:
        """The different values that each row's events hold: the least `MOST_DIFFERENT`, which is all but always all."""
        out: list[Words] = []
        first = PENDING_HEAD + layout.pair_cells
        for place in range(len(layout.different)):
            value = events[:, first + place]
            there = np.flatnonzero(value != UNKNOWN)
            order = there[np.lexsort((value[there], group[there]))]
            fresh = np.concatenate([[True], (np.diff(group[order]) != 0) | (np.diff(value[order]) != 0)]) if len(order) else there
            order = order[np.flatnonzero(fresh)]
            begins = runs(group[order])
            rank = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
            order = order[rank < MOST_DIFFERENT]
            block: Words = np.zeros((len(order), 5), dtype=np.int64)
            block[:, :D_FEATURE] = rows[group[order], :D_FEATURE]
            block[:, D_FEATURE] = place
            block[:, D_VALUE] = value[order]
            out.append(block)
        return np.concatenate(out) if out else _empty(5)

    def snapshot(self) -> dict[str, Words]:
        """All that going on needs; customers by their key, whatever row they have where it is read."""
        return self.snapshot_later()()

    def snapshot_later(self) -> Callable[[], dict[str, Words]]:
        """The same of this moment, put together when it is called, on whatever thread: blocks stay as they are."""
        now = [
            (f"{place}.", one.layout, one.closed_us, tuple(one.pending), tuple(one.whole), one.history)
            for place, one in self._open.items()
        ]
        keys = self._customers.keys

        def put_together() -> dict[str, Words]:
            out: dict[str, Words] = {}
            for name, layout, closed_us, pending, whole, history in now:
                out[f"{name}closed"] = np.array([closed_us], dtype=np.int64)
                out[f"{name}pending"] = by_key(joined(pending, layout.pending_width, rest), P_CUSTOMER, keys)
                wholes = np.concatenate([_empty(_WHOLE_HEAD + layout.whole_cells), *whole])
                out[f"{name}whole"] = by_key(wholes, 1, keys)
                out[f"{name}history"] = by_key(history, 1, keys) if history.shape[1] else history
            return out

        return put_together

    def restore(self, arrays: Mapping[str, Words]) -> None:
        """Go on from what `snapshot` gave."""
        for place, one in self._open.items():
            one.closed_us = int(arrays[f"{place}.closed"][0])
            one.pending = [by_row(arrays[f"{place}.pending"], P_CUSTOMER, self._customers)]
            one.whole = [by_row(arrays[f"{place}.whole"], 1, self._customers)]
            history = arrays[f"{place}.history"]
            one.history = by_row(history, 1, self._customers) if history.shape[1] else history


def by_key(rows: Words, column: int, keys: Words) -> Words:
    """A copy that names customers by their key; `keys` has one for each row of the customer table."""
    out = rows.copy()
    out[:, column] = keys[rows[:, column]] if len(rows) else 0
    return out


def by_row(rows: Words, column: int, customers: CustomerTable) -> Words:
    """A copy that names customers by their row, from one that names them by their key. All must be known."""
    out = rows.copy()
    if len(rows):
        order = np.argsort(customers.keys)
        out[:, column] = order[np.searchsorted(customers.keys[order], rows[:, column])]
    return out


def shared_arrays(told: Sequence[Sums]) -> dict[str, Words]:
    """What a partition told, as named arrays: three for each rule."""
    out: dict[str, Words] = {}
    for place in sorted({sums.place for sums in told}):
        mine = [sums for sums in told if sums.place == place]
        for name in _ARRAYS:
            out[f"shared.{place}.{name}"] = np.concatenate([getattr(sums, name) for sums in mine])
    return out


def shared_sums(arrays: Mapping[str, Words]) -> list[Sums]:
    """What `shared_arrays` was given, put together by rule."""
    places = sorted({int(name.split(".")[1]) for name in arrays if name.startswith("shared.")})
    return [Sums(place=place, **{name: arrays[f"shared.{place}.{name}"] for name in _ARRAYS}) for place in places]


class _Whole:
    """What customers did altogether, by tick: sums over a window are differences of two running totals."""

    def __init__(self, spec: AcrossSpec, events: Words) -> None:
        self._spec = spec
        code = self._code(events[:, 1], events[:, 0])
        order = np.argsort(code, kind="stable")
        begins = runs(code[order])
        self._codes = code[order[begins]]
        # What is nothing cannot be cut into pieces.
        cells = np.add.reduceat(events[order, _WHOLE_HEAD:], begins, axis=0) if len(begins) else events[:, _WHOLE_HEAD:]
        self._rows = np.concatenate([events[order[begins], :_WHOLE_HEAD], cells], axis=1)
        self._totals = np.concatenate([np.zeros((1, cells.shape[1]), dtype=np.int64), np.cumsum(cells, axis=0)])

    def _code(self, customer: Words, tick: Words) -> Words:
        return (customer << 32) + tick // self._spec.every_us

    def around(self, customer: Words, tick: Words) -> Words:
        """Sums over the window that ends at each tick, of each customer."""
        last = np.searchsorted(self._codes, self._code(customer, tick), side="right")
        before = np.searchsorted(self._codes, self._code(customer, tick - self._spec.over_us), side="right")
        sums: Words = self._totals[last] - self._totals[before]
        return sums

    def since(self, tick_us: int) -> Words:
        """Rows of the ticks after an instant."""
        return self._rows[self._rows[:, 0] > tick_us]


def _last_of_each(ordinals: Words, group: Words, rows: Words) -> Words:
    """The last different events of each row, oldest first."""
    least = int(ordinals.min()) if len(ordinals) else 0
    span = int(ordinals.max()) - least + 1 if len(ordinals) else 1
    order = np.argsort(group * span + ordinals - least, kind="stable")  # groups and ordinals of one look: far below 64 bits
    last = np.append((np.diff(group[order]) != 0) | (np.diff(ordinals[order]) != 0), True)
    order = np.sort(order[last])  # events of a row stand together, in the order they came
    ends = np.append(runs(group[order])[1:], len(order))
    from_end = np.repeat(ends, np.diff(np.append(0, ends))) - np.arange(len(order))
    order = order[from_end <= SHOWN]
    out: Words = np.zeros((len(order), 4), dtype=np.int64)
    out[:, :3] = rows[group[order], :3]
    out[:, 3] = ordinals[order]
    return out


def age_days(customers: CustomerTable, row: int, now_us: int) -> Value:
    """Whole days, in UTC, since a customer's account was opened; None when its record does not say."""
    opened = opened_day(customers.customers[row].opened)
    return None if math.isnan(opened) else max(0.0, (now_us - 1) // DAY_US - opened)


def shared_last(plan: Plan, customers: CustomerTable, feed: Feed, rule: int, row: Words) -> list[int]:
    """Rows of the feed's table with the last events by which a customer took part, oldest first.

    Parameters
    ----------
    rule, row
        The finding's rule and its row, which says who, with which key, at which tick.
    """
    from fairwire.runtime.engine import kernel_rows  # it needs `Adder`

    place = next(place for place, spec in enumerate(plan.program.across) if spec.rule == rule)
    spec = plan.program.across[place]
    now, member = int(row[COLUMN_INDEX["time"]]), int(row[COLUMN_INDEX["customer_row"]])
    times = feed.emitted[:, O_TIME]
    window = slice(int(np.searchsorted(times, now - spec.over_us)), int(np.searchsorted(times, now)))
    mine = feed.emitted[window]
    mine = mine[feed.raw[mine[:, O_SOURCE], COLUMN_INDEX["customer_row"]] == member]
    adder = Adder(plan, customers, shown=True, only=place)
    told = [*adder.take(kernel_rows(mine, feed.raw, customers)), *adder.finish()]
    shown = np.concatenate([sums.shown for sums in told]) if told else _empty(4)
    return last_shown(shown, spec, now, int(row[spec.key]), member)


def last_shown(shown: Words, spec: AcrossSpec, now_us: int, key: int, customer_row: int) -> list[int]:
    """Ordinals of the last events that a window shows of one customer and key, oldest first."""
    inside = (shown[:, R_TICK] > now_us - spec.over_us) & (shown[:, R_TICK] <= now_us)
    mine = shown[inside & (shown[:, R_KEY] == key) & (shown[:, R_CUSTOMER] == customer_row)]
    mine = mine[np.argsort(mine[:, R_TICK], kind="stable")]
    newest_first = list(dict.fromkeys(mine[::-1, SHOWN_ORDINAL].tolist()))
    return newest_first[:SHOWN][::-1]
