"""Between which values the numbers of a rule lie, as far as what they count tells."""

from __future__ import annotations

import math

from fairwire.expr.direction import Range
from fairwire.model.program import CLOCK_SLIDING
from fairwire.plan.across import AGE, CUSTOMERS
from fairwire.plan.detector import CheckedFeature, Detector
from fairwire.plan.scope import AGE_DAYS, COHORT_VALUES, CUSTOMER_NUMBERS, feature_dimension

COUNTED = Range(0.0, math.inf)
_SHARE = Range(0.0, 1.0)
_NEVER_NEGATIVE = frozenset({"count", "share", "seconds", "minutes", "hours", "days", "money", "price"})
_GROW_WITH_TIME = ("count", "distinct", "sum")


def feature_ranges(detector: Detector) -> dict[str, Range]:
    """Ranges of what a rule may name, parameters apart. Charges, prices and times are never below zero."""
    found: dict[str, Range] = {f"customer.{name}": COUNTED for name in (*CUSTOMER_NUMBERS, AGE_DAYS)}
    for name, feature in detector.features.items():
        kind = feature_dimension(feature)
        if kind in _NEVER_NEGATIVE or feature.aggregate in ("count", "distinct", "gauge"):
            found[name] = _SHARE if kind == "share" else COUNTED
    if detector.spec.cohort is not None:
        found |= {name: COUNTED for name in COHORT_VALUES if name != "log_z"}
    if detector.across is not None:
        found |= dict.fromkeys((CUSTOMERS, AGE, *map(str, detector.spec.subject)), COUNTED)
    return found


def nested_features(detector: Detector) -> frozenset[tuple[str, str]]:
    """(a, b): a counts the same as b over a longer window that ends with it, so it is never less."""
    if detector.across is not None:
        return frozenset()
    ranges = feature_ranges(detector)
    return frozenset(
        (longer.name, shorter.name)
        for longer in detector.features.values()
        for shorter in detector.features.values()
        if longer.name in ranges and _holds(longer, shorter)
    )


def _holds(longer: CheckedFeature, shorter: CheckedFeature) -> bool:
    """Whether the one window holds the other. What a window may miss at its far end is at most a pane of it."""
    same = all(
        getattr(longer, part) == getattr(shorter, part) for part in ("aggregate", "kind", "where", "column", "grain", "decays")
    )
    if not same or longer.aggregate not in _GROW_WITH_TIME or longer.decays or longer.name == shorter.name:
        return False
    windows = (longer.window, shorter.window)
    if any(window.clock != CLOCK_SLIDING for window in windows):
        return False
    return longer.window.pane_us * (longer.window.panes - 1) >= shorter.window.pane_us * shorter.window.panes
