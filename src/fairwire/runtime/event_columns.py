"""Kernel events by column, for the rules that look at what customers have in common: what all of them ask, at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.model.columns import COLUMN_INDEX, DESTINATIONS
from fairwire.plan.across import AcrossFeature
from fairwire.runtime.condition_steps import Conditions, pick, work_out
from fairwire.runtime.tally import APART, COUNT, F_INSIDE, FEATURE_WIDTH, MEAN, SHARE, SUM

Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.uint8]

CELLS = {"count": 1, "sum": 1, "mean": 2, "share": 2, "distinct": 0, "common": 0}
"""How many cells of a row each way of counting takes."""
_WAYS = {"count": COUNT, "sum": SUM, "mean": MEAN, "share": SHARE, "distinct": APART, "common": APART}
_INSIDE = ("user", "line", "credential")
"""Names that belong to a customer: line 101 of one is not line 101 of another."""
_EMERGENCY = DESTINATIONS.index("emergency") + 1
_KIND, _DESTINATION = COLUMN_INDEX["kind"], COLUMN_INDEX["destination"]


class Seen(msgspec.Struct, frozen=True, gc=False):
    """The events of one kind among those at hand, without calls for help."""

    laid: Words
    """Columns of all events at hand, shape (columns, events or more)."""
    picked: Words
    """Places of the events of the kind."""
    truths: Truths
    """What is so of each of them. Shape (lines, events of the kind), or more events, whose truths mean nothing."""

    @property
    def all(self) -> tuple[Words, Words, Truths]:
        """The three."""
        return self.laid, self.picked, self.truths


class EventColumns:
    """What some rules ask of events, kind by kind. `needed`: the columns at hand, in their order."""

    def __init__(self, needed: Sequence[int], kinds: Iterable[int]) -> None:
        self.place = {column: place for place, column in enumerate(needed)}
        self._conditions = {kind: Conditions(self.place) for kind in kinds}
        self._tables: dict[int, tuple[Words, Words, Floats, Floats, Truths]] = {}
        self._truths: dict[int, Truths] = {}

    def table(self, features: Sequence[AcrossFeature], at: Mapping[str, int]) -> Words:
        """The features of one kind as `tally` wants them; `at`: the first place of each in a row that is made."""
        out: Words = np.zeros((len(features), FEATURE_WIDTH), dtype=np.int64)
        for row, feature in zip(out, features, strict=True):
            conditions = self._conditions[feature.kind]
            where, share = (-1 if node is None else conditions.add(node) for node in (feature.where, feature.share))
            column = self.place[feature.column] if feature.column >= 0 else 0
            row[:F_INSIDE] = _WAYS[feature.aggregate], where, share, column, at[feature.name]
            row[F_INSIDE] = int(feature.counted in _INSIDE)
        return out

    def look(self, laid: Words, size: int) -> dict[int, Seen]:
        """The first `size` events at hand by kind, with all that is asked of them; kinds of which there is none are left out.

        What the last look gave is written over.
        """
        found: dict[int, Seen] = {}
        places: Words = np.empty(size, dtype=np.int64)
        at = self.place[_KIND], self.place[_DESTINATION]
        for kind, conditions in self._conditions.items():
            count = pick(laid, size, at[0], kind, at[1], _EMERGENCY, places)
            if not count:
                continue
            picked = places[:count].copy()
            truths = self._truths.get(kind)
            if truths is None or truths.shape[1] < count:
                truths = self._truths[kind] = np.empty((max(1, conditions.lines), 3 * count // 2), dtype=np.uint8)
            if kind not in self._tables:
                self._tables[kind] = conditions.tables()
            work_out(laid, picked, *self._tables[kind], truths)
            found[kind] = Seen(laid, picked, truths)
        return found


def mixed(a: Words, b: Words) -> Words:
    """One 64-bit key of two columns."""
    out = a.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + b.astype(np.uint64)
    out ^= out >> np.uint64(30)
    out *= np.uint64(0xBF58476D1CE4E5B9)
    out ^= out >> np.uint64(27)
    out *= np.uint64(0x94D049BB133111EB)
    out ^= out >> np.uint64(31)
    return out.astype(np.int64)
