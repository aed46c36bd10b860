"""Totals that fade: an event counts half as much after each half-life.

A total is kept as of the beginning of a half-life, its epoch, in 1/4096; what comes later in it weighs more than 1, so that
nothing is touched as time goes on (forward decay: Cormode, Shkapenyuk, Srivastava and Xu, 2009). With a new epoch all totals
are halved by a shift. Merge law: bring both to the later epoch and add. Error: weights are cut to 1/4096, so within 0.03 %.
Memory: a word a cell and one for the epoch.
"""

from __future__ import annotations

from fairwire.kernel.arena import Words
from fairwire.kernel.compiled import njit

WEIGHT = 4096
D_EPOCH, D_TOTALS = 0, 1


@njit
def fade(heap: Words, at: int, cells: int, epoch: int) -> None:
    """Bring the totals to a later epoch."""
    shift = min(epoch - heap[at + D_EPOCH], 63)
    for j in range(cells):
        heap[at + D_TOTALS + j] >>= shift
    heap[at + D_EPOCH] = epoch


@njit
def weight_at(epoch: int, time: int, half_us: int) -> int:
    """What an event weighs in totals of an epoch that is not before it."""
    own = time // half_us
    weight = int(WEIGHT * 2.0 ** ((time - own * half_us) / half_us))
    return weight >> min(epoch - own, 63)


@njit
def strength_at(epoch: int, time: int, half_us: int) -> float:
    """What a total of an epoch is to be divided by at an instant; of a late event, the epoch's beginning."""
    return WEIGHT * 2.0 ** (max(0, time - epoch * half_us) / half_us)
