"""Do the contenders compute the same? Values of every event, one by one, against a plain loop that is easy to read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from fairwire.testkit.bench.contenders.plain_python import Loop
from fairwire.testkit.bench.features import FEATURES, Floats, TraceOrder, make_trace
from fairwire.testkit.bench.figures import Agreement

ROUNDING = 1e-12
"""Relative: a quotient may be off by its last bit where somebody multiplies by an inverse."""
_BOUNDED = ("attempts", "answers", "international", "talk", "charge", "callees")
"""What only grows with the window: less of the window cannot be more."""


@cache
def reference(order: TraceOrder, *, panes: bool = False, shorter: bool = False) -> Floats:
    """The values of the plain loop; `panes` as the kernel keeps windows, `shorter` for windows that end one pane earlier."""
    return Loop(make_trace(order), panes=panes, shorter=shorter).values()


def agreements(label: str, cannot: Mapping[str, str], values: Floats, order: TraceOrder, *, panes: bool) -> list[Agreement]:
    """Compare all that a contender can compute.

    Parameters
    ----------
    panes
        It keeps windows in panes: its values must be those of panes exactly, and stay between those of the whole window and
        of the window without its oldest pane.
    """
    able = [column for column, feature in enumerate(FEATURES) if feature.what not in cannot]
    wanted = reference(order, panes=panes)
    kept = "in panes" if panes else "exact to the microsecond"
    found = [_compared(f"{label}: as a plain loop says, windows {kept}", able, ~_same(values, wanted), values, wanted, order)]
    if panes:
        exact, shorter = reference(order), reference(order, shorter=True)
        bounded = [column for column in able if FEATURES[column].what in _BOUNDED]
        outside = (values > exact) | (values < shorter)
        says = f"{label}: never above the whole window, never below the window without its oldest pane"
        found.append(_compared(says, bounded, outside, values, exact, order))
    return found


def _same(a: Floats, b: Floats) -> npt.NDArray[np.bool_]:
    same: npt.NDArray[np.bool_] = np.isclose(a, b, rtol=ROUNDING, atol=0, equal_nan=True)
    return same


def _compared(
    says: str, columns: list[int], differs: npt.NDArray[np.bool_], values: Floats, wanted: Floats, order: TraceOrder
) -> Agreement:
    rows, places = np.nonzero(differs[:, columns])
    example = ""
    if len(rows):
        row, column = int(rows[0]), columns[int(places[0])]
        example = (
            f"{FEATURES[column].full_name} after event {row} of {order.events:,}: "
            f"{values[row, column]:g} and not {wanted[row, column]:g}"
        )
    return Agreement(says=says, compared=len(values) * len(columns), differing=len(rows), example=example)
