"""The kernel as a thing: a program bound to its compiled loop and its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import Words, find, mix
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import (
    BLOCK_COUNT,
    BLOCK_TOTALS,
    EVIDENCE_MAX,
    HEAD_POINTERS,
    LATE,
    ORPHANS,
)
from fairwire.kernel.state import State
from fairwire.kernel.step import worst_case
from fairwire.kernel.windows import entry
from fairwire.model.columns import UNKNOWN, per_unit
from fairwire.model.program import CLOCK_LOCAL_MONTH, Program

Floats = npt.NDArray[np.float64]
Run = Callable[..., int]

_HITS = 1 << 16
_OPENED = 1 << 10


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that opened: position of the event that opened it, and what the rule saw."""

    position: int
    rule: int
    episode: int
    values: Floats
    evidence: Words
    """Ordinals of the events that show it, oldest first."""


class Outcome(msgspec.Struct, kw_only=True):
    """What one run found."""

    opened: list[Opened]
    hits: Words
    """Rows of (position, rule, episode): every event on which a rule held."""


@njit
def month_totals(heads: Words, slot: int, cell: int, cells: int, month: int, heap: Words, out: Words) -> None:
    """Total of a calendar-month cell for each subject head; 0 where the month is another."""
    for i in range(heads.shape[0]):
        out[i] = 0
        if heads[i] == 0:
            continue
        block = heap[heads[i] + HEAD_POINTERS + slot]
        if block != 0 and heap[block + BLOCK_COUNT] > 0 and heap[entry(heap, block, cells, 0)] == month:
            out[i] = heap[block + BLOCK_TOTALS + cell]


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
    """

    def __init__(self, program: Program, run: Run, state: State | None = None) -> None:
        self.program = program
        self._run = run
        self.state = state or State(program.fingerprint, len(program.rules))
        if self.state.fingerprint != program.fingerprint:
            raise ValueError("this state was written by another program")
        self._tables = _tables(program)
        rules = max(1, len(program.rules))
        self.values: Floats = np.full(max(1, len(program.features)), np.nan)
        self._amounts: Words = np.zeros(max(1, program.streams), dtype=np.int64)
        self._heads: Words = np.zeros(max(1, len(program.subjects)), dtype=np.int64)
        self._hits: npt.NDArray[np.int8] = np.zeros(rules, dtype=np.int8)
        self._hit_list: Words = np.zeros((max(_HITS, 2 * rules), 3), dtype=np.int64)
        self._opened: Words = np.zeros((max(_OPENED, 2 * rules), 3), dtype=np.int64)
        self._opened_values: Floats = np.zeros((self._opened.shape[0], self.values.shape[0]))
        self._opened_evidence: Words = np.zeros((self._opened.shape[0], EVIDENCE_MAX), dtype=np.int64)
        self._cursor: Words = np.zeros(2, dtype=np.int64)
        self._parameters: Floats = np.array(program.parameters or ((),), dtype=np.float64).reshape(len(program.packs) or 1, -1)
        if self._parameters.shape[1] == 0:
            self._parameters = np.zeros((self._parameters.shape[0], 1))
        self._enabled = np.array(program.enabled or ((),), dtype=np.int8).reshape(len(program.packs) or 1, -1)
        if self._enabled.shape[1] == 0:
            self._enabled = np.zeros((self._enabled.shape[0], 1), dtype=np.int8)
        self.room = int(worst_case(self._tables["subjects"], self._tables["groups"]))

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
        for name, keys in (("table", max(1, len(self.program.subjects))), ("pairs", self._distinct), ("seen", 3), ("last", 1)):
            state.make_room(name, n * keys)
        opened: list[Opened] = []
        hits: list[Words] = []
        at = 0
        while True:
            state.make_heap(2 * self.room)
            rooms = self._opened.shape[0]
            state.make_episodes(rooms)
            state.make_room("episode", rooms)
            self._cursor[:] = 0
            at = int(
                self._run(
                    at, rows, positions, self.values, self._amounts, self._heads, self._hits,
                    state.heap, state.free, state.meta, state.keys["table"], state.values["table"],
                    state.keys["pairs"], state.values["pairs"], state.keys["seen"], state.values["seen"],
                    state.keys["last"], state.values["last"],
                    tables["subjects"], tables["subject_streams"], tables["groups"], tables["cells"], tables["features"],
                    self._scales, tables["rules"], customers, self._parameters, self._enabled,
                    state.keys["episode"], state.values["episode"], state.episodes, state.silenced,
                    self._hit_list, self._opened, self._opened_values, self._opened_evidence, self._cursor,
                )
            )  # fmt: skip
            if self._cursor[0]:
                hits.append(self._hit_list[: self._cursor[0]].copy())
            opened += [self._take(o) for o in range(int(self._cursor[1]))]
            if at >= n:
                break
            if int(state.meta[0]) + 2 * self.room > state.heap.shape[0]:
                state.make_heap(state.heap.shape[0])
        if n:
            state.watermark_us = max(state.watermark_us, int(rows[-1, 0]))
        return Outcome(opened=opened, hits=np.concatenate(hits) if hits else np.zeros((0, 3), dtype=np.int64))

    def _take(self, o: int) -> Opened:
        evidence = self._opened_evidence[o]
        return Opened(
            position=int(self._opened[o, 0]),
            rule=int(self._opened[o, 1]),
            episode=int(self._opened[o, 2]),
            values=self._opened_values[o].copy(),
            evidence=evidence[evidence != UNKNOWN].copy(),
        )

    def episode(self, index: int) -> tuple[int, int, int]:
        """First and last hit in microseconds, and how many, of one episode."""
        row = self.state.episodes[index]
        return int(row[0]), int(row[1]), int(row[2])

    def month_totals(self, feature: int, customer_keys: Words, month: int) -> Words:
        """Raw totals of a calendar-month feature of the subject `customer`, for the given customers. Shape as the keys."""
        spec = self.program.features[feature]
        group = self.program.groups[spec.group]
        if group.clock != CLOCK_LOCAL_MONTH:
            raise ValueError(f"`{spec.name}` is not counted by calendar month")
        heads: Words = np.zeros(customer_keys.shape[0], dtype=np.int64)
        for i in range(heads.shape[0]):
            key = mix(group.subject + 101, int(customer_keys[i]))
            place = find(self.state.keys["table"], key)
            if self.state.keys["table"][place] != 0:
                heads[i] = self.state.values["table"][place, 0]
        out: Words = np.zeros(heads.shape[0], dtype=np.int64)
        slot = spec.group - int(self._tables["subjects"][group.subject, 2])
        month_totals(heads, slot, spec.cell, len(group.cells), month, self.state.heap, out)
        return out

    @property
    def late(self) -> int:
        """Events that came after their window had passed."""
        return int(self.state.meta[LATE])

    @property
    def orphans(self) -> int:
        """Ends of calls whose beginning no gauge knows."""
        return int(self.state.meta[ORPHANS])

    @property
    def _scales(self) -> Floats:
        return self._tables["scales"]

    @property
    def _distinct(self) -> int:
        return int(sum(cell.op == 3 for group in self.program.groups for cell in group.cells))


def _tables(program: Program) -> dict[str, Any]:
    """The program as arrays, in the order of `layout`."""
    groups: list[list[int]] = []
    cells: list[tuple[int, int]] = []
    features: list[list[int]] = []
    scales: list[float] = []
    by_group: dict[int, list[int]] = {}
    for index, feature in enumerate(program.features):
        if feature.group >= 0:
            by_group.setdefault(feature.group, []).append(index)
    for g, group in enumerate(program.groups):
        first_cell, first_feature = len(cells), len(features)
        cells += [(cell.stream, cell.op) for cell in group.cells]
        on = 0
        for index in by_group.get(g, ()):
            feature = program.features[index]
            on |= feature.on
            features.append([feature.read, feature.cell, feature.other, feature.at_least, index, feature.on])
            scales.append(per_unit(feature.scale))
        groups.append([group.clock, group.pane_us, group.panes, first_cell, len(cells), first_feature, len(features), on])
    subjects: list[list[int]] = []
    streams: list[int] = []
    for s, subject in enumerate(program.subjects):
        mine = [g for g, group in enumerate(program.groups) if group.subject == s]
        if mine and mine != list(range(mine[0], mine[-1] + 1)):
            raise ValueError("the groups of a subject must stand together")
        first_stream = len(streams)
        streams += sorted({cell.stream for g in mine for cell in program.groups[g].cells})
        on = evidence = 0
        for rule in program.rules:
            if rule.subject == s:
                on |= rule.on
                evidence |= rule.evidence_kinds
        keys = [*subject.key_columns, -1][:2]
        low, high = (mine[0], mine[-1] + 1) if mine else (0, 0)
        idle = int(subject.judged_idle)
        subjects.append([*keys, low, high, max(1, subject.evidence), on, evidence, first_stream, len(streams), idle])
    return {
        "subjects": np.array(subjects, dtype=np.int64).reshape(-1, 10),
        "subject_streams": np.array(streams, dtype=np.int64),
        "groups": np.array(groups, dtype=np.int64).reshape(-1, 8),
        "cells": np.array(cells, dtype=np.int64).reshape(-1, 2),
        "features": np.array(features, dtype=np.int64).reshape(-1, 6),
        "scales": np.array(scales, dtype=np.float64),
        "rules": np.array([[rule.subject, rule.quiet_us] for rule in program.rules], dtype=np.int64).reshape(-1, 2),
    }
