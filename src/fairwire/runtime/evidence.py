"""What a finding shows of the events that the kernel names as its evidence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.expr.evaluate import Value
from fairwire.model.columns import COLUMN_INDEX, COLUMNS, COLUMNS_OF, EVENT_KINDS, UNKNOWN, per_unit

SHOWN = 20
"""Events that a finding shows (CONTRACTS section 3)."""


def column_values(row: npt.NDArray[np.int64]) -> dict[str, Value]:
    """What an expression may read of a kernel event, by name; None is unknown."""
    found: dict[str, Value] = dict.fromkeys(_NAMED)
    for column in COLUMNS_OF.get(int(row[_KIND]), _OF_ANY):
        stored = int(row[COLUMN_INDEX[column.name]])
        if column.type in ("number", "flag", "word") and stored != UNKNOWN:
            found[column.name] = stored / per_unit(column.scale)
    return found


_KIND = COLUMN_INDEX["kind"]
_NAMED = tuple(column.name for column in COLUMNS if column.type in ("number", "flag", "word"))
_OF_ANY = tuple(column for column in COLUMNS if set(column.kinds) == set(EVENT_KINDS))
"""What a `tick` or the end of a day may know too."""
