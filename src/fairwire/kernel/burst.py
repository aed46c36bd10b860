"""Some attempts at once whose callers all wait: which of them are new, and running them up to the first that may be refused.

What such a one is answered changes what the next ones see (the end of a call that was refused), so none behind it is run.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import Words, find
from fairwire.kernel.compiled import njit
from fairwire.kernel.intake import I_CALL, I_ID, I_KIND, I_TIME, admit, emit
from fairwire.kernel.kernel import NO_HITS, Kernel, Opened, Outcome, Run
from fairwire.kernel.layout import ASKED
from fairwire.model.columns import ATTEMPT


@njit
def foresee(rows: Words, first: int, last: int, base: int, id_keys: Words, call_keys: Words, out: Words) -> int:
    """How many of the intake rows `first` to `last`, without the last, are attempts that `admit` would take as new, one behind
    another; and what it would emit for them when the first has row number `base`. Nothing is entered."""
    for i in range(first, last):
        row = rows[i]
        if row[I_KIND] != ATTEMPT:
            return i - first
        if id_keys[find(id_keys, row[I_ID])] != 0 or call_keys[find(call_keys, row[I_CALL])] != 0:
            return i - first
        for j in range(first, i):
            if rows[j, I_ID] == row[I_ID] or rows[j, I_CALL] == row[I_CALL]:
                return i - first
        at = i - first
        emit(out, at, base + at, ATTEMPT, row[I_TIME], row[I_TIME], row[I_CALL], base + at)
    return last - first


@njit
def enter(
    raw: Words,
    intake: Words,
    order: Words,
    base: int,
    id_keys: Words,
    ids: Words,
    call_keys: Words,
    calls: Words,
    counts: Words,
    verdicts: npt.NDArray[np.int8],
    out: Words,
    ring: Words,
) -> None:
    """`admit` events that `foresee` has seen, and put their raw rows where they can be found: row number i at place i of a ring.

    Compiled, because NumPy lets other threads run while it copies much, and the callers would wait for them.
    """
    admit(intake, order, base, id_keys, ids, call_keys, calls, counts, verdicts, out)
    for i in range(order.shape[0]):
        here, there = raw[i], ring[(base + i) % ring.shape[0]]
        for c in range(here.shape[0]):
            there[c] = here[c]


def apply_to_stop(
    kernel: Kernel, rows: Words, positions: Words, customers: npt.NDArray[np.float64], quick: Run | None = None
) -> tuple[int, Outcome, bool]:
    """`Kernel.apply` of rows in order up to the first on which a rule holds that is not run past (`Kernel.run_past`), that one
    among them: how many it ran, what it found, and whether the last of them is such a one. `quick`: the compiled loop of these
    rows, where the caller knows it."""
    state, tables, cursor = kernel.state, kernel._tables, kernel._cursor
    n, at = rows.shape[0], 0
    run = quick or kernel._run
    opened: list[Opened] = []
    hits: list[Words] = []
    cursor[2] = cursor[3] = 0
    while True:
        cursor[0] = cursor[1] = 0
        at = int(
            run(
                at, rows, positions, kernel.values, kernel._amounts, kernel._heads, kernel._hits,
                state.heap, state.free, state.meta, state.keys["table"], state.values["table"],
                state.keys["pairs"], state.values["pairs"], state.keys["seen"], state.values["seen"],
                state.keys["last"], state.values["last"],
                tables["groups"], tables["cells"], tables["rules"], kernel.room,
                customers, kernel._parameters, kernel._enabled,
                state.keys["episode"], state.values["episode"], state.episodes, state.silenced,
                kernel._hit_list, kernel._opened, kernel._opened_values, kernel._opened_evidence, cursor,
            )
        )  # fmt: skip
        if cursor.item(0):
            hits.append(kernel._hit_list[: cursor.item(0)].copy())
        if cursor.item(1):
            opened += [kernel._take(o) for o in range(cursor.item(1))]
        stopped = cursor.item(2) > 0
        if stopped or at >= n:
            return at, Outcome(opened=opened, hits=np.concatenate(hits) if hits else NO_HITS), stopped
        asked = int(state.meta[ASKED])
        if asked:
            state.meta[ASKED] = 0
            kernel._keeper.take_back(state, asked - 1)
        else:
            kernel._make_room()
