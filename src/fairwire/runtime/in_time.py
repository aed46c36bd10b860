"""Running the kernel with each customer under the policy that is in force for it at the time of the event."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fairwire.kernel.burst import apply_to_stop
from fairwire.kernel.kernel import Kernel, Outcome, Run
from fairwire.model.columns import COLUMN_INDEX
from fairwire.runtime.customers import CustomerTable

Words = npt.NDArray[np.int64]
_TIME = COLUMN_INDEX["time"]


def apply_in_time(kernel: Kernel, rows: Words, positions: Words, customers: CustomerTable) -> Outcome:
    """`Kernel.apply`, cut where a version of a policy begins for somebody. `rows` are in order of time."""
    if not customers.turns or not len(rows):
        return kernel.apply(rows, positions, customers.values)
    customers.turn(rows.item(0, _TIME))
    if len(rows) == 1:  # a caller is waiting
        return kernel.apply(rows, positions, customers.values)
    spans = np.searchsorted(np.array(customers.turns, dtype=np.int64), rows[:, _TIME], side="right")
    cuts = [0, *(np.flatnonzero(np.diff(spans)) + 1).tolist(), len(rows)]
    opened, hits = [], []
    for first, last in pairwise(cuts):
        customers.turn(int(rows[first, _TIME]))
        outcome = kernel.apply(rows[first:last], positions[first:last], customers.values)
        opened += outcome.opened
        hits.append(outcome.hits)
    return Outcome(opened=opened, hits=np.concatenate(hits))


def apply_to_stop_in_time(
    kernel: Kernel, rows: Words, positions: Words, customers: CustomerTable, quick: Run | None = None
) -> tuple[int, Outcome, bool]:
    """`apply_to_stop` for rows between whose times no version of a policy begins and no grant turns."""
    customers.turn(rows.item(0, _TIME))
    return apply_to_stop(kernel, rows, positions, customers.values, quick)
