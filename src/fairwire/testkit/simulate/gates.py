"""A figure of the traffic held against what it should be."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of the traffic against what it should be."""

    name: str
    value: float | None
    """None when there is too little traffic to say."""
    target: str
    ok: bool | None


def gate(name: str, value: float | None, low: float | None, high: float | None) -> Gate:
    """A figure and its bounds; None leaves a side open."""
    if low is not None and high is not None:
        target = f"{low:.3g} to {high:.3g}"
    else:
        target = f"at most {high:g}" if low is None else f"at least {low:g}"
    ok = None if value is None else (low is None or value >= low) and (high is None or value <= high)
    return Gate(name=name, value=None if value is None else round(value, 4), target=target, ok=ok)


def auc(bad: npt.ArrayLike, good: npt.ArrayLike) -> float:
    """Chance that a random abuser has the higher value (ties half), or the lower one, whichever is more."""
    ordered, those = np.sort(np.asarray(good)), np.asarray(bad)
    wins = np.searchsorted(ordered, those, side="left") + np.searchsorted(ordered, those, side="right")
    area = float(wins.mean() / 2 / len(ordered))
    return max(area, 1 - area)
