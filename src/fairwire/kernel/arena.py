"""Memory of the kernel: blocks of words in one growing array, and hash tables from a 64-bit key to a word.

Neither grows inside compiled code: the caller makes room first. Key 0 means an empty place and is never a key.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import BUMP

Words = npt.NDArray[np.int64]


@njit
def mix(a: int, b: int) -> int:
    """A 64-bit key from two; a multiply-xorshift finaliser, never 0."""
    x = np.int64(a) * np.int64(-7046029254386353131) + np.int64(b)
    x ^= (x >> 29) & 0x7FFFFFFFF
    x *= np.int64(-4658895280553007687)
    x ^= (x >> 32) & 0xFFFFFFFF
    x *= np.int64(-7723592293110705685)
    x ^= (x >> 29) & 0x7FFFFFFFF
    if x == 0:
        return 1
    return x  # type: ignore[return-value]


@njit
def find(keys: Words, key: int) -> int:
    """Place of `key`, or of the empty place where it belongs."""
    mask = keys.shape[0] - 1
    place = key & mask
    while keys[place] != 0 and keys[place] != key:
        place = (place + 1) & mask
    return place


@njit
def rehash(old_keys: Words, old_values: Words, keys: Words, values: Words, keep_after: int) -> int:
    """Copy a table (values: one row of words a key) into a larger one, without rows whose first word is below `keep_after`."""
    count = 0
    for i in range(old_keys.shape[0]):
        if old_keys[i] != 0 and old_values[i, 0] >= keep_after:
            place = find(keys, old_keys[i])
            keys[place] = old_keys[i]
            for j in range(old_values.shape[1]):
                values[place, j] = old_values[i, j]
            count += 1
    return count


@njit
def class_words(c: int) -> int:
    """Words of the blocks of a size class. In steps of less than two, a block that grows would leave more behind than it is."""
    return 1 << c


@njit
def size_class(words: int) -> int:
    """The smallest class whose blocks have that many words."""
    c = 0
    while class_words(c) < words:
        c += 1
    return c


@njit
def allocate(heap: Words, free: Words, meta: Words, words: int) -> int:
    """A zeroed block; the caller has made sure that there is room. Returns its address."""
    c = size_class(words)
    at = free[c]
    if at != 0:
        free[c] = heap[at]
    else:
        at = meta[BUMP]
        meta[BUMP] = at + class_words(c)
    for j in range(at, at + class_words(c)):
        heap[j] = 0
    return at


@njit
def release(heap: Words, free: Words, at: int, words: int) -> None:
    """Give a block back."""
    c = size_class(words)
    heap[at] = free[c]
    free[c] = at
