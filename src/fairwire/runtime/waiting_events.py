"""Events that wait for their tick to close, in little room.

A running service keeps one row of whole numbers for each event and rule, for as long as six hours. In a block of some hundred of
them most columns hold one value, or values that are close together: of each only the least is kept whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.kernel.compiled import njit

Words = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
LEAST, MOST = 32, 4096
"""Rows of a block that is packed. What is less takes more room packed; what is more comes from a replay, which keeps little."""
_AT_ONCE = 8
"""Blocks that are unpacked in one go where others wait: half a millisecond."""
_HEAD = 9
"""Bytes before the values of a column: how many each takes, and the least."""


class Packed(msgspec.Struct, frozen=True, gc=False):
    """A block of rows."""

    size: int
    width: int
    """Columns."""
    data: Bytes
    """Of each column how many bytes a value takes, the least value, and how much greater each is."""

    def __len__(self) -> int:
        return self.size


@njit
def pack_rows(block: Words, out: Bytes) -> int:
    """Write a block of rows, column by column; returns how many bytes there are. `out` needs `_HEAD + 8 * rows` a column."""
    end = 0
    for c in range(block.shape[1]):
        least = greatest = block[0, c]
        for i in range(block.shape[0]):
            least, greatest = min(least, block[i, c]), max(greatest, block[i, c])
        span = np.uint64(greatest) - np.uint64(least)
        width = 0
        while width < 8 and (span >> np.uint64(8 * width)) != 0:
            width += 1
        out[end] = width
        for b in range(8):
            out[end + 1 + b] = (least >> (8 * b)) & 255
        end += _HEAD
        for i in range(block.shape[0]):
            more = block[i, c] - least  # beyond 63 bits it wraps, and back again when it is added
            for b in range(width):
                out[end + b] = (more >> (8 * b)) & 255
            end += width
    return end


@njit
def unpack_rows(data: Bytes, out: Words) -> None:
    """Read a block of rows that `pack_rows` wrote."""
    at = 0
    for c in range(out.shape[1]):
        width = int(data[at])
        least = np.int64(0)
        for b in range(8):
            least |= np.int64(data[at + 1 + b]) << np.int64(8 * b)
        at += _HEAD
        for i in range(out.shape[0]):
            more = np.int64(0)
            for b in range(width):
                more |= np.int64(data[at + b]) << np.int64(8 * b)
            out[i, c] = least + more
            at += width


def packed(block: Words) -> Packed | Words:
    """The block in less room, or as it is. Not to be changed afterwards."""
    if not LEAST <= len(block) <= MOST:
        return block
    data: Bytes = np.empty(block.shape[1] * (_HEAD + 8 * len(block)), dtype=np.uint8)
    return Packed(len(block), block.shape[1], data[: pack_rows(block, data)].copy())


def unpacked(block: Packed | Words) -> Words:
    """The rows of a block, shape (rows, columns)."""
    if not isinstance(block, Packed):
        return block
    out: Words = np.empty((block.size, block.width), dtype=np.int64)
    unpack_rows(block.data, out)
    return out


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


def warm() -> None:
    """Load the compiled code now, so that no call waits for it."""
    unpacked(packed(np.zeros((LEAST, 1), dtype=np.int64)))
