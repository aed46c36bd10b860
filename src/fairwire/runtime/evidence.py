"""Which of a subject's last events show what a rule found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from fairwire.expr.evaluate import Value, evaluate
from fairwire.model.columns import COLUMNS, UNKNOWN, per_unit
from fairwire.plan.detector import Detector

SHOWN = 20
"""Events that a finding shows (CONTRACTS section 3)."""


def column_values(row: npt.NDArray[np.int64]) -> dict[str, Value]:
    """What an expression may read of a kernel event, by name; None is unknown."""
    return {
        column.name: None if row[index] == UNKNOWN else int(row[index]) / per_unit(column.scale)
        for index, column in enumerate(COLUMNS)
        if column.type in ("number", "flag", "word")
    }


def relevant(detector: Detector, events: Sequence[int], rows: Callable[[int], npt.NDArray[np.int64]]) -> list[int]:
    """Those of a subject's last events that one of the detector's own features counts; the last 20 of them.

    Parameters
    ----------
    events
        Event rows as the kernel kept them for the subject, whatever detector they were for, oldest first.
    rows
        Event row -> its values by kernel column. What only the kernel knew (seen before) counts as possible.
    """
    conditions = [feature.where for feature in detector.features.values()]
    if not conditions or None in conditions:
        return list(events)[-SHOWN:]
    kept: list[int] = []
    for event in events:
        values = column_values(rows(event))
        if any(condition is not None and evaluate(condition, values) != 0 for condition in conditions):
            kept.append(event)
    return kept[-SHOWN:]
