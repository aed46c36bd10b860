"""Which of a subject's last events show what a rule found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from fairwire.expr.evaluate import Value, evaluate
from fairwire.model.columns import COLUMNS, UNKNOWN
from fairwire.plan.detector import Detector


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
        return list(events)[-20:]
    kept: list[int] = []
    for event in events:
        stored = rows(event)
        values: dict[str, Value] = {
            column.name: None if stored[index] == UNKNOWN else int(stored[index]) * column.scale
            for index, column in enumerate(COLUMNS)
            if column.type in ("number", "flag", "word")
        }
        if any(condition is not None and evaluate(condition, values) != 0 for condition in conditions):
            kept.append(event)
    return kept[-20:]
