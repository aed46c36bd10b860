"""What is done with a state between runs: quiet subjects put on a shelf and taken back, states merged, a plan changed.

All of it is exact: what is found afterwards is what would have been found without.
"""

from __future__ import annotations

import numpy as np

from fairwire.kernel.arena import Words, find
from fairwire.kernel.arrange import Arranged, arrange
from fairwire.kernel.hashing import key_of
from fairwire.kernel.layout import (
    BUMP,
    E_RULE,
    EPISODE_TABLE,
    EPISODES,
    LAST_COUNT,
    LATE,
    ORPHANS,
    PAIRS_COUNT,
    SEEN_COUNT,
    SHELVED,
    TABLE_COUNT,
    WATERMARK,
)
from fairwire.kernel.moves import SIZE, last_seen, needed_for, pack, unite, unpack
from fairwire.kernel.routes import Routes, routes
from fairwire.kernel.state import Shelf, State
from fairwire.model.program import Program, Rule

EVERYTHING = 1 << 62
"""An instant after all others."""
_BATCH = 4096
_UNIONS = {"pairs": PAIRS_COUNT, "seen": SEEN_COUNT, "last": LAST_COUNT}


def rule_number(rule: Rule) -> int:
    """A number for a rule, the same in every program: its findings go on when others come and go."""
    return key_of(f"{rule.detector} {rule.revision}")


class Keeper:
    """Upkeep of the state of one program."""

    def __init__(self, program: Program, arranged: Arranged | None = None) -> None:
        self.program = program
        self.arranged = arranged or arrange(program)
        self._numbers = [rule_number(rule) for rule in program.rules]
        self._same = self._routes_to(self)
        self._own_kinds: Words = np.arange(len(program.subjects), dtype=np.int64)

    def _routes_to(self, other: Keeper) -> Routes:
        return routes((self.program, self.arranged), (other.program, other.arranged), (self._numbers, other._numbers))

    # -- quiet subjects

    def put_away(self, state: State, before_us: int) -> int:
        """Put subjects last seen before an instant on the state's shelf, and the others close together. Returns how many went."""
        shelf = state.shelf = state.shelf or Shelf()
        if 2 * shelf.wasted > shelf.used:
            shelf = state.shelf = self._tidied(state, shelf)
        went = self._pack(state, shelf, before_us)
        state.meta[SHELVED] += went
        if went:
            staying = np.flatnonzero((state.keys["table"] != 0) & (state.values["table"][:, 0] > 0))
            others = Shelf()
            self._pack(state, others, EVERYTHING)
            state.heap = np.zeros(state.heap.shape[0], dtype=np.int64)  # what was never written takes no memory
            state.free[:] = 0
            state.meta[BUMP] = 1
            self._unpack(state, others, staying, state, self._same, self._own_kinds)
        return went

    def take_back(self, state: State, place: int) -> None:
        """Take one subject from the shelf."""
        shelf = state.shelf
        assert shelf is not None
        shelf.wasted += 1 + int(shelf.words[-int(state.values["table"][place, 0]) + SIZE])
        self._unpack(state, shelf, np.array([place], dtype=np.int64), state, self._same, self._own_kinds)
        state.meta[SHELVED] -= 1

    def _tidied(self, state: State, shelf: Shelf) -> Shelf:
        """A shelf with those subjects only that are on it."""
        fresh = shelf.another() if shelf.another else Shelf()
        places = np.flatnonzero((state.keys["table"] != 0) & (state.values["table"][:, 0] < 0))
        for first in range(0, len(places), _BATCH):
            mine = places[first : first + _BATCH]
            between = State(state.fingerprint, len(self.program.rules))
            self._unpack(state, shelf, mine, between, self._same, self._own_kinds)
            self._pack(between, fresh, EVERYTHING)
            for place in mine.tolist():
                there = find(between.keys["table"], int(state.keys["table"][place]))
                state.values["table"][place, 0] = between.values["table"][there, 0]
        return fresh

    def quiet_before(self, state: State, share: float) -> int:
        """The instant before which that share of the subjects at hand were last seen."""
        seen: Words = np.zeros(int(state.meta[TABLE_COUNT]), dtype=np.int64)
        count = last_seen(state.keys["table"], state.values["table"], state.heap, seen)
        return int(np.quantile(seen[:count], share, method="lower")) if count else -EVERYTHING

    # -- other states

    def carried_over(self, state: State, target: Keeper) -> State:
        """The state as another program goes on with it. What both count is kept to the last word; the rest starts afresh.

        `state` is used up. Of findings that are open, those of rules that the other program has too stay open.
        """
        moved = State(target.program.fingerprint, len(target.program.rules))
        self._add(state, moved, target)
        return moved

    def merge(self, into: State, other: State) -> None:
        """Add the subjects of another state of the same program; none may be in both. `other` is used up.

        Raises ValueError when a subject is in both: all state of a customer belongs to one partition.
        """
        keys = other.keys["table"][other.keys["table"] != 0]
        if any(into.keys["table"][find(into.keys["table"], key)] != 0 for key in keys.tolist()):
            raise ValueError("a subject is in both states")
        self._add(other, into, self)

    def _add(self, state: State, into: State, target: Keeper) -> None:
        flat = state.shelf or Shelf()
        places = np.flatnonzero(state.keys["table"] != 0)
        self._pack(state, flat, EVERYTHING)
        indices = {number: index for index, number in enumerate(target.arranged.subjects)}
        kinds = np.array([indices.get(number, -1) for number in self.arranged.subjects] or [-1], dtype=np.int64)
        into.meta[WATERMARK] = max(into.meta[WATERMARK], state.meta[WATERMARK])
        for counter in (LATE, ORPHANS):
            into.meta[counter] += state.meta[counter]
        for name, counter in _UNIONS.items():
            into.make_room(name, int(np.count_nonzero(state.keys[name])))
            into.meta[counter] += unite(state.keys[name], state.values[name], into.keys[name], into.values[name], -EVERYTHING)
        self._unpack(state, flat, places, into, self._routes_to(target), kinds)
        self._add_episodes(state, into, target)

    def _add_episodes(self, state: State, into: State, target: Keeper) -> None:
        rules = {number: index for index, number in enumerate(target._numbers)}
        renamed = np.array([rules.get(number, -1) for number in self._numbers] or [-1], dtype=np.int64)
        first, count = int(into.meta[EPISODES]), int(state.meta[EPISODES])
        into.make_episodes(count)
        rows = state.episodes[:count].copy()
        rows[:, E_RULE] = np.where(rows[:, E_RULE] >= 0, renamed[rows[:, E_RULE]], -1)
        into.episodes[first : first + count] = rows
        into.meta[EPISODES] = first + count
        table = state.values["episode"].copy()
        table[:, 0] += first
        into.make_room("episode", int(np.count_nonzero(state.keys["episode"])))
        into.meta[EPISODE_TABLE] += unite(state.keys["episode"], table, into.keys["episode"], into.values["episode"], -EVERYTHING)
        for old, new in enumerate(renamed[: len(self._numbers)].tolist()):
            if new >= 0:
                into.silenced[new] += state.silenced[old]

    # -- moving

    def _pack(self, state: State, shelf: Shelf, before_us: int) -> int:
        # Flat subjects are no longer than they were, but for the word of their size and for rings that were cut short.
        shelf.make_room(2 * int(state.meta[BUMP]) + int(state.meta[TABLE_COUNT]) + (1 << 10))
        return int(
            pack(
                state.keys["table"], state.values["table"], before_us, state.heap, shelf.words, shelf.free, shelf.meta,
                self._same, state.keys["pairs"], state.values["pairs"],
            )
        )  # fmt: skip

    def _unpack(self, state: State, shelf: Shelf, places: Words, into: State, way: Routes, kinds: Words) -> None:
        # Where the subjects are now, before any table makes room.
        keys, table = state.keys["table"][places], state.values["table"][places]
        totals: Words = np.zeros(2, dtype=np.int64)
        # Bags are counted by where they stand here, whatever the other program keeps of them.
        needed_for(table, shelf.words, self._same.group_first, self._same.groups, self._own_kinds, totals)
        into.make_heap(int(totals[0]) + int(way.words.max(initial=0)) * len(places))
        into.make_room("pairs", int(totals[1]))
        if state is not into:
            into.make_room("table", len(places))
        unpack(
            keys, table, shelf.words, kinds, into.keys["table"], into.values["table"], into.heap, into.free, into.meta,
            way, into.keys["pairs"], into.values["pairs"],
        )  # fmt: skip
