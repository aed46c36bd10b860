"""Events that wait for their tick to close, in little room.

A running service keeps one row of whole numbers for each event and rule, for as long as six hours. In a block of some hundred of
them most columns hold one value, or values that are close together: of each only the least is kept whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.int64]
Integers = npt.NDArray[np.integer[Any]]
LEAST, MOST = 32, 4096
"""Rows of a block that is packed. What is less takes more room packed; what is more comes from a replay, which keeps little."""
_AT_ONCE = 8
"""Blocks that are unpacked in one go where others wait: half a millisecond."""
_WIDTHS = ((1 << 8, np.uint8), (1 << 16, np.uint16), (1 << 32, np.uint32))


class Packed(msgspec.Struct, frozen=True, gc=False):
    """A block of rows."""

    size: int
    columns: tuple[tuple[int, Integers | None], ...]
    """Of each column the least value, and how much greater each is; None: all are the same."""

    def __len__(self) -> int:
        return self.size


def packed(block: Words) -> Packed | Words:
    """The block in less room, or as it is. Not to be changed afterwards."""
    if not LEAST <= len(block) <= MOST:
        return block
    return Packed(len(block), tuple(_column(block[:, place]) for place in range(block.shape[1])))


def packed_columns(size: int, columns: Sequence[Words | int]) -> Packed | Words:
    """`packed` of a block that is given by its columns, which hold whole numbers; of one that is the same in all rows, that."""
    if LEAST <= size <= MOST:
        return Packed(size, tuple((each, None) if isinstance(each, int) else _column(each) for each in columns))
    block: Words = np.empty((size, len(columns)), dtype=np.int64)
    for place, each in enumerate(columns):  # one at a time: of more, NumPy would let another thread run
        block[:, place] = each
    return block


def unpacked(block: Packed | Words) -> Words:
    """The rows of a block, shape (rows, columns)."""
    if not isinstance(block, Packed):
        return block
    out: Words = np.empty((block.size, len(block.columns)), dtype=np.int64)
    for place, (least, more) in enumerate(block.columns):
        if more is None:
            out[:, place] = least
        else:
            np.add(more, least, out=out[:, place], dtype=np.int64, casting="unsafe")
    return out


def _column(values: Words) -> tuple[int, Integers | None]:
    least, greatest = int(values.min()), int(values.max())
    if least == greatest:
        return least, None
    for limit, width in _WIDTHS:
        if greatest - least < limit:
            return least, (values - least).astype(width)
    return 0, values.copy()


def joined(blocks: Sequence[Packed | Words], width: int, rest: Callable[[], object] | None = None) -> Words:
    """All rows of some blocks of so many columns. `rest` is called now and then, for those who wait for the interpreter."""
    out: Words = np.empty((sum(len(block) for block in blocks), width), dtype=np.int64)
    at = 0
    for place, block in enumerate(blocks, start=1):
        out[at : at + len(block)] = unpacked(block)
        at += len(block)
        if rest is not None and place % _AT_ONCE == 0:
            rest()
    return out
