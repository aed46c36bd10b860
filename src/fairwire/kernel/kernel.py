"""The kernel as a thing: a program bound to its compiled loop and its state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.kernel import bags, profiles
from fairwire.kernel.arena import Words, find, mix
from fairwire.kernel.arrange import Arranged, arrange
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import (
    ASKED,
    BUMP,
    E_LAST,
    EVIDENCE_FIRST,
    EVIDENCE_MAX,
    LATE,
    NEW_LAST,
    NEW_SEEN,
    ORPHANS,
    P_PANES,
    R_STOPS,
    SHELVED,
    W_PANE,
    W_TOTALS,
)
from fairwire.kernel.state import State
from fairwire.kernel.upkeep import Keeper, rule_number
from fairwire.model.aggregates import BAG, PANES, PROFILE
from fairwire.model.columns import UNKNOWN
from fairwire.model.program import CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH, Program

Floats = npt.NDArray[np.float64]
Run = Callable[..., int]

QUIET_US = 3600 * 1_000_000
"""A subject seen within the last hour of event time stays at hand, whatever the budget."""
_HITS = 1 << 16
_ALL = 1 << 62
_OPENED = 1 << 10


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that opened: position of the event that opened it, and what the rule saw."""

    position: int
    rule: int
    episode: int
    values: Floats
    evidence: Words
    """Ordinals of the events that show it, oldest first."""


NO_HITS: Words = np.zeros((0, 3), dtype=np.int64)


class Outcome(msgspec.Struct, kw_only=True):
    """What one run found."""

    opened: list[Opened]
    hits: Words
    """Rows of (position, rule, episode): every event on which a rule held."""


@njit
def month_totals(heads: Words, window: int, cell: int, month: int, heap: Words, out: Words) -> None:
    """Total of a calendar-month cell for each subject head; 0 where the month is another."""
    for i in range(heads.shape[0]):
        out[i] = 0
        if heads[i] != 0 and heap[heads[i] + window + W_PANE] == month:
            out[i] = heap[heads[i] + window + W_TOTALS + cell]


@njit
def month_total(subject: int, keys: Words, values: Words, window: int, cell: int, month: int, heap: Words) -> int:
    """`month_totals` for one subject by its key. -1: it is on the shelf."""
    place = find(keys, subject)
    head = values[place, 0] if keys[place] != 0 else 0
    if head < 0:
        return -1
    return heap[head + window + W_TOTALS + cell] if head != 0 and heap[head + window + W_PANE] == month else 0


class Kernel:
    """Applies one program to events; one event or many, by the same compiled loop.

    Parameters
    ----------
    program
        What to compute.
    run
        The function `run` of the program's generated module.
    state
        Where to go on from; a fresh one if None. Must carry the program's fingerprint.
    budget_bytes
        When the windows of subjects would need more than this, those of quiet ones go to the shelf. None keeps all at hand.
    """

    def __init__(self, program: Program, run: Run, state: State | None = None, *, budget_bytes: int | None = None) -> None:
        self.program = program
        self._run = run
        self.state = state or State(program.fingerprint, len(program.rules))
        if self.state.fingerprint != program.fingerprint:
            raise ValueError("this state was written by another program")
        self._arranged = arrange(program)
        self._tables = _tables(program, self._arranged)
        rules = max(1, len(program.rules))
        self.values: Floats = np.full(max(1, len(program.features)), np.nan)
        self._amounts: Words = np.zeros(max(1, program.streams), dtype=np.int64)
        self._heads: Words = np.zeros(max(1, len(program.subjects)), dtype=np.int64)
        self._hits: npt.NDArray[np.int8] = np.zeros(rules + 1, dtype=np.int8)
        self._hit_list: Words = np.zeros((max(_HITS, 2 * rules), 3), dtype=np.int64)
        self._opened: Words = np.zeros((max(_OPENED, 2 * rules), 3), dtype=np.int64)
        self._opened_values: Floats = np.zeros((self._opened.shape[0], self.values.shape[0]))
        self._opened_evidence: Words = np.zeros((self._opened.shape[0], EVIDENCE_MAX), dtype=np.int64)
        self._cursor: Words = np.zeros(4, dtype=np.int64)
        """Rows used of the two lists of what was found, hits of rules that stop a burst, and how many of these it runs past."""
        self._parameters: Floats = np.array(program.parameters or ((),), dtype=np.float64).reshape(len(program.packs) or 1, -1)
        if self._parameters.shape[1] == 0:
            self._parameters = np.zeros((self._parameters.shape[0], 1))
        self._enabled = np.array(program.enabled or ((),), dtype=np.int8).reshape(len(program.packs) or 1, -1)
        if self._enabled.shape[1] == 0:
            self._enabled = np.zeros((self._enabled.shape[0], 1), dtype=np.int8)
        self.room = _worst_case(program, self._arranged)
        self._keeper = Keeper(program, self._arranged)
        self._budget = None if budget_bytes is None else budget_bytes // 8

    def run_past(self, rules: Collection[int]) -> None:
        """Let a burst (`kernel.burst`) go on behind an event on which only these rules hold."""
        self._tables["rules"][:, R_STOPS] = 1
        self._tables["rules"][sorted(rules), R_STOPS] = 0

    def apply(self, rows: Words, positions: Words, customers: Floats) -> Outcome:
        """Run events in order.

        Parameters
        ----------
        rows
            Kernel events, shape (events, columns); the sensed columns are filled in place.
        positions
            Number by which each event is named in the outcome. Shape (events,).
        customers
            Shape (customers, 1 + attributes): index of the pack, then the program's customer attributes; NaN is unknown.
        """
        state, tables = self.state, self._tables
        n = rows.shape[0]
        opened: list[Opened] = []
        hits: list[Words] = []
        at = 0
        cursor = self._cursor
        cursor[3] = _ALL
        while True:
            cursor[0] = cursor[1] = cursor[2] = 0
            at = int(
                self._run(
                    at, rows, positions, self.values, self._amounts, self._heads, self._hits,
                    state.heap, state.free, state.meta, state.keys["table"], state.values["table"],
                    state.keys["pairs"], state.values["pairs"], state.keys["seen"], state.values["seen"],
                    state.keys["last"], state.values["last"],
                    tables["groups"], tables["cells"], tables["rules"], self.room,
                    customers, self._parameters, self._enabled,
                    state.keys["episode"], state.values["episode"], state.episodes, state.silenced,
                    self._hit_list, self._opened, self._opened_values, self._opened_evidence, self._cursor,
                )
            )  # fmt: skip
            if cursor.item(0):
                hits.append(self._hit_list[: cursor.item(0)].copy())
            if cursor.item(1):
                opened += [self._take(o) for o in range(cursor.item(1))]
            if at >= n:
                break
            asked = int(state.meta[ASKED])
            if asked:
                state.meta[ASKED] = 0
                self._keeper.take_back(state, asked - 1)
            else:
                self._make_room()
        return Outcome(opened=opened, hits=np.concatenate(hits) if hits else NO_HITS)

    def _make_room(self) -> None:
        """What one more event may need, twice as much as there is where there is too little."""
        state, rules = self.state, max(1, len(self.program.rules))
        if self._budget is not None and int(state.meta[BUMP]) + self.room > max(self._budget, 1 << 16):
            quiet = state.watermark_us - QUIET_US
            self._keeper.put_away(state, min(self._keeper.quiet_before(state, 0.5), quiet))
        state.make_heap(self.room)
        state.make_episodes(rules)
        more = {"table": len(self.program.subjects), "pairs": self._arranged.new_pairs, "episode": rules}
        more |= {"seen": NEW_SEEN, "last": NEW_LAST}
        for name, entries in more.items():
            state.make_room(name, entries)

    def _take(self, o: int) -> Opened:
        evidence = self._opened_evidence[o]
        return Opened(
            position=int(self._opened[o, 0]),
            rule=int(self._opened[o, 1]),
            episode=int(self._opened[o, 2]),
            values=self._opened_values[o].copy(),
            evidence=evidence[evidence != UNKNOWN].copy(),
        )

    def reserve(self) -> None:
        """Let the heap be as wide at once as its budget lets it become."""
        if self._budget is not None:
            self.state.reserve(self._budget + 2 * self.room)

    def episode(self, index: int) -> tuple[int, int, int]:
        """First and last hit in microseconds, and how many, of one episode."""
        row = self.state.episodes[index]
        return int(row[0]), int(row[1]), int(row[2])

    def reopen(self, index: int) -> None:
        """Let an episode be over: the next hit on its subject opens another."""
        self.state.episodes[index, E_LAST] = 0

    def month_total(self, feature: int, customer_key: int, month: int) -> int:
        """`month_totals` of one customer, for a caller that waits; of a feature by calendar day, `month` is the day."""
        spec = self.program.features[feature]
        group = self.program.groups[spec.group]
        window = self._arranged.windows[spec.group]
        state, cell = self.state, window.place[spec.cells[0]]
        key = mix(self._arranged.subjects[group.subject], customer_key)
        found = int(month_total(key, state.keys["table"], state.values["table"], window.at, cell, month, state.heap))
        if found >= 0 and group.clock in (CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH):
            return found
        return int(self.month_totals(feature, np.array([customer_key], dtype=np.int64), month)[0])

    def month_totals(self, feature: int, customer_keys: Words, month: int) -> Words:
        """Raw totals of a calendar-month feature of the subject `customer`, for the given customers. Shape as the keys."""
        spec = self.program.features[feature]
        group = self.program.groups[spec.group]
        if group.clock not in (CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH):
            raise ValueError(f"`{spec.name}` is not counted by calendar day or month")
        heads: Words = np.zeros(customer_keys.shape[0], dtype=np.int64)
        for i in range(heads.shape[0]):
            key = mix(self._arranged.subjects[group.subject], int(customer_keys[i]))
            place = find(self.state.keys["table"], key)
            if self.state.keys["table"][place] != 0:
                heads[i] = self.state.values["table"][place, 0]
        out: Words = np.zeros(heads.shape[0], dtype=np.int64)
        window = self._arranged.windows[spec.group]
        cell = window.place[spec.cells[0]]
        month_totals(np.maximum(heads, 0), window.at, cell, month, self.state.heap, out)
        if self.state.shelf is not None and (heads < 0).any():
            # A subject's head is the same on the shelf.
            shelved: Words = np.zeros(heads.shape[0], dtype=np.int64)
            month_totals(np.maximum(-heads, 0), window.at, cell, month, self.state.shelf.words, shelved)
            out += shelved
        return out

    def carried_over(self, state: State, program: Program) -> State:
        """The state of another program as this one goes on with it; see `upkeep.Keeper.carried_over`."""
        return Keeper(program).carried_over(state, self._keeper)

    def merge(self, other: State) -> None:
        """Add the subjects of another state of this program; see `upkeep.Keeper.merge`."""
        self._keeper.merge(self.state, other)

    @property
    def shelved(self) -> int:
        """Subjects on the shelf."""
        return int(self.state.meta[SHELVED])

    @property
    def late(self) -> int:
        """Events that came after their window had passed."""
        return int(self.state.meta[LATE])

    @property
    def orphans(self) -> int:
        """Ends of calls whose beginning no gauge knows."""
        return int(self.state.meta[ORPHANS])


def _worst_case(program: Program, arranged: Arranged) -> int:
    """Words that one event can need at the most. A block of n words takes less than 2 n, and a new one stands beside the old."""
    words = sum(arranged.words)
    for group in program.groups:
        if group.structure == PANES:
            words += 4 * (P_PANES + (group.panes + 1) * (1 + len(group.cells)))
        else:
            words += {BAG: bags.NEEDED, PROFILE: profiles.NEEDED}.get(group.structure, 0)
    return words + sum(4 * (EVIDENCE_FIRST + rule.places) for rule in arranged.evidence)


def _tables(program: Program, arranged: Arranged) -> dict[str, Words]:
    """What the functions of `windows` and `step` look up, in the order of `layout`."""
    groups: list[list[int]] = []
    cells: list[list[int]] = []
    for group, window in zip(program.groups, arranged.windows, strict=True):
        groups.append([group.pane_us, group.panes, len(cells), window.sums, len(window.cells)])
        cells += [[stream, op, window.partner(place), window.owners[place]] for place, (stream, op) in enumerate(window.cells)]
    rules = [
        [rule.subject, rule.quiet_us, seen.at, seen.places, rule_number(rule), 1]
        for rule, seen in zip(program.rules, arranged.evidence, strict=True)
    ]
    return {"groups": _table(groups, 5), "cells": _table(cells, 4), "rules": _table(rules, 6)}


def _table(rows: Sequence[Sequence[int]], width: int) -> Words:
    return np.array(rows, dtype=np.int64).reshape(-1, width)
