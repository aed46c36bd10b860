"""Kernel events by column, for the rules that look at what customers have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fairwire.expr.tree import Node
from fairwire.expr.vector import Memo, truths
from fairwire.model.columns import COLUMN_BY_NAME, COLUMN_INDEX, DESTINATIONS, UNKNOWN, per_unit
from fairwire.plan.across import AcrossFeature

Words = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CELLS = {"count": 1, "sum": 1, "mean": 2, "share": 2, "distinct": 0, "common": 0}
"""How many cells of a row each way of counting takes."""
_INSIDE = ("user", "line", "credential")
"""Names that belong to a customer: line 101 of one is not line 101 of another."""
_EMERGENCY = DESTINATIONS.index("emergency") + 1


class EventColumns:
    """Kernel events by column, without calls for help; what is of one kind is taken out of a column once.

    `laid`: the columns `needed`, shape (columns, events).
    """

    def __init__(self, laid: Words, needed: Sequence[int]) -> None:
        self._place = {column: place for place, column in enumerate(needed)}
        self._laid = laid
        destination = self._laid[self._place[COLUMN_INDEX["destination"]]]
        self._kinds = np.where(destination == _EMERGENCY, 0, self._laid[self._place[COLUMN_INDEX["kind"]]])
        self._picked: dict[int, Words] = {}
        self._taken: dict[tuple[int, int], Words] = {}
        self._truths: dict[int, Memo] = {}
        """By kind."""
        self._numbers: dict[tuple[int, str], tuple[npt.NDArray[np.float64], Flags]] = {}

    def of(self, kind: int) -> Words:
        """Places of the events of a kind."""
        if kind not in self._picked:
            self._picked[kind] = np.flatnonzero(self._kinds == kind)
        return self._picked[kind]

    def column(self, kind: int, column: int) -> Words:
        """A column of the events of a kind."""
        if (kind, column) not in self._taken:
            self._taken[kind, column] = self._laid[self._place[column]][self.of(kind)]
        return self._taken[kind, column]

    def _named(self, kind: int, name: str) -> tuple[npt.NDArray[np.float64], Flags]:
        found = self._numbers.get((kind, name))
        if found is None:
            stored = self.column(kind, COLUMN_INDEX[name])
            column = COLUMN_BY_NAME[name]
            scale = per_unit(column.scale) if column.type == "number" else 1.0
            found = self._numbers[kind, name] = stored / scale, stored != UNKNOWN
        return found

    def _holds(self, kind: int, node: Node) -> tuple[Flags, Flags]:
        """Where a condition is true of the events of a kind, and where it is false. `node` lives as long as its rule."""
        memo = self._truths.setdefault(kind, {})
        return truths(node, lambda name: self._named(kind, name), len(self.of(kind)), memo)

    def where(self, feature: AcrossFeature) -> Flags:
        """Which events of its kind a feature is about."""
        if feature.where is None:
            return np.full(len(self.of(feature.kind)), True)
        return self._holds(feature.kind, feature.where)[0]

    def cells(self, feature: AcrossFeature) -> list[Words]:
        """What each event of its kind adds to the cells of a feature, where the feature is about it."""
        size = len(self.of(feature.kind))
        if feature.aggregate == "count":
            return [np.ones(size, dtype=np.int64)]
        if feature.aggregate == "share":
            assert feature.share is not None
            yes, no = self._holds(feature.kind, feature.share)
            return [yes.astype(np.int64), (yes | no).astype(np.int64)]
        value = self.column(feature.kind, feature.column)
        known = value != UNKNOWN
        cells = [np.where(known, value, 0), known.astype(np.int64)]
        return cells[: CELLS[feature.aggregate]]

    def value(self, feature: AcrossFeature) -> Words:
        """What each event of its kind is told apart by."""
        value = self.column(feature.kind, feature.column)
        if feature.counted not in _INSIDE:
            return value
        inside = mixed(self.column(feature.kind, COLUMN_INDEX["customer"]), value)
        return np.where(value == UNKNOWN, UNKNOWN, inside)


def mixed(a: Words, b: Words) -> Words:
    """One 64-bit key of two columns."""
    out = a.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + b.astype(np.uint64)
    out ^= out >> np.uint64(30)
    out *= np.uint64(0xBF58476D1CE4E5B9)
    out ^= out >> np.uint64(27)
    out *= np.uint64(0x94D049BB133111EB)
    out ^= out >> np.uint64(31)
    return out.astype(np.int64)
