"""The catalogue of aggregates: what a feature may be, what it is given, and what it keeps.

The plan turns a feature into the amounts named here, the kernel folds them; `kernel/aggregates/` has one file for each,
with its merge law, the bound of its error and its cost in memory.
"""

from __future__ import annotations

from typing import Literal

import msgspec

# Operations of a cell: how an event's amount is folded into what a window keeps.
ADD, MAX, MIN, DISTINCT, PLACES = 0, 1, 2, 3, 4
# Structures: how the cells of a group are kept.
PANES, BAG, DECAYED, PROFILE = 0, 1, 2, 3

Takes = Literal["event", "number", "key", "either", "truth", "calls"]
"""What follows the aggregate's name in a detector file: an event type, a column of numbers, of keys, of either, a condition."""
Amount = Literal[
    "one", "value", "known", "shared", "told", "seized", "in_progress", "key", "shifted", "square_low", "square_high",
    "gaps", "gap", "gap_low", "gap_high", "grain", "valued",
]  # fmt: skip


class Aggregate(msgspec.Struct, frozen=True, kw_only=True):
    """One aggregate."""

    takes: Takes
    cells: tuple[tuple[Amount, int], ...]
    """(amount, operation) of each cell that it needs."""
    structure: int = PANES
    least: int | None = None
    """How many events it needs to say anything, unless `at_least` says otherwise; None when nothing is known to be nothing."""
    scaled: bool = False
    """Its value has the unit of its column."""
    options: tuple[str, ...] = ()
    """Keys of the detector file that only it takes."""
    decays: bool = False
    """It may be `decayed` in place of `over` a window."""
    error: str = ""
    """What its value may be off by beside the window's bound; for the explanation."""


_SQUARES: tuple[tuple[Amount, int], ...] = (("value", ADD), ("known", ADD), ("square_low", ADD), ("square_high", ADD))
_GAPS: tuple[tuple[Amount, int], ...] = (("gap", ADD), ("gaps", ADD), ("gap_low", ADD), ("gap_high", ADD))
_CROWDED = "exact up to 1,024 different values at a time; beyond that the others share 1,024 places"

AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate(takes="event", cells=(("one", ADD),), decays=True),
    "sum": Aggregate(takes="number", cells=(("value", ADD),), scaled=True, decays=True),
    "mean": Aggregate(takes="number", cells=(("value", ADD), ("known", ADD)), least=1, scaled=True, decays=True),
    "share": Aggregate(takes="truth", cells=(("shared", ADD), ("told", ADD)), least=1, options=("prior",), decays=True),
    "asr": Aggregate(takes="calls", cells=(("one", ADD), ("seized", ADD)), least=1, options=("prior",), decays=True),
    "rate": Aggregate(takes="event", cells=(("one", ADD),), options=("prior",)),
    "gauge": Aggregate(takes="calls", cells=(("in_progress", ADD),)),
    "max": Aggregate(takes="number", cells=(("shifted", MAX),), scaled=True),
    "min": Aggregate(takes="number", cells=(("shifted", MIN),), scaled=True),
    "distinct": Aggregate(
        takes="key",
        cells=(("key", DISTINCT), ("key", PLACES)),
        error="exact up to 4,096 at a time, then within 3 % up to 100,000 (standard error of linear counting)",
    ),
    "spread": Aggregate(takes="number", cells=_SQUARES, least=2, scaled=True),
    "regularity": Aggregate(takes="event", cells=_GAPS, least=5, error="gaps are rounded to a millisecond"),
    "top": Aggregate(
        takes="either", cells=(("grain", ADD),), structure=BAG, least=5, options=("grain", "first"),
        error=f"{_CROWDED}, and the share may be too great by what a place holds",
    ),
    "entropy": Aggregate(
        takes="either", cells=(("grain", ADD),), structure=BAG, least=5, options=("grain",),
        error=f"{_CROWDED}, and the entropy is too low by what they hide",
    ),
    "quantile": Aggregate(
        takes="number", cells=(("valued", ADD),), structure=BAG, least=5, scaled=True, options=("at",),
        error="within 3.2 % of the value",
    ),
    "usual": Aggregate(takes="event", cells=(("one", ADD),), structure=PROFILE, least=3),
    "surprise": Aggregate(takes="event", cells=(("one", ADD),), structure=PROFILE, least=3),
    "drift": Aggregate(takes="event", cells=(("one", ADD),), structure=PROFILE, least=3),
    "trend": Aggregate(takes="event", cells=(("one", ADD),), structure=PROFILE, least=3),
}  # fmt: skip
"""By the name a detector file uses. For the last four, `at_least` counts weeks."""
