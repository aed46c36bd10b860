"""What a finding shows of the events that the kernel names as its evidence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.expr.evaluate import Value
from fairwire.model.columns import COLUMNS, UNKNOWN, per_unit

SHOWN = 20
"""Events that a finding shows (CONTRACTS section 3)."""


def column_values(row: npt.NDArray[np.int64]) -> dict[str, Value]:
    """What an expression may read of a kernel event, by name; None is unknown."""
    return {
        column.name: None if row[index] == UNKNOWN else int(row[index]) / per_unit(column.scale)
        for index, column in enumerate(COLUMNS)
        if column.type in ("number", "flag", "word")
    }
