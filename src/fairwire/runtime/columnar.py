"""Arrow columns as the compiled loops and the kernel want them: characters and bounds, keys, numbers, codes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.kernel.hashing import hash_many
from fairwire.model.columns import UNKNOWN
from fairwire.runtime.gather import code_words

Words = npt.NDArray[np.int64]
_NO_TEXT = np.zeros(1, dtype=np.uint8)


def buffers_of(column: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Characters and bounds of texts; a null has no characters."""
    _, offsets, data = column.buffers()
    if offsets is None or not len(column):
        return _NO_TEXT, np.zeros(len(column) + 1, dtype=np.int32)
    bounds = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    return (np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else _NO_TEXT), bounds


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array of a column; of one chunk it is the very same."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def keys_of(column: pa.Array | pa.ChunkedArray) -> Words:
    """64-bit key of each string; `UNKNOWN` where it is null or empty."""
    column = whole(column)
    out: Words = np.empty(len(column), dtype=np.int64)
    if column.null_count == len(column):
        out[:] = UNKNOWN
        return out
    characters, bounds = buffers_of(column)
    hash_many(characters, bounds, out)
    if column.null_count:
        out[np.asarray(column.is_null())] = UNKNOWN
    return out


def numbers_of(column: pa.Array | pa.ChunkedArray) -> Words:
    """Integers; `UNKNOWN` where null."""
    column = whole(column)
    if column.null_count == len(column):
        return np.full(len(column), UNKNOWN, dtype=np.int64)
    return np.asarray(pc.fill_null(column, UNKNOWN) if column.null_count else column).astype(np.int64, copy=False)


def codes_of(column: pa.Array | pa.ChunkedArray, words: tuple[str, ...]) -> Words:
    """Place in a closed list, from 1; 0 for another word, `UNKNOWN` where null."""
    column = whole(column)
    out: Words = np.empty(len(column), dtype=np.int64)
    if column.null_count == len(column):
        out[:] = UNKNOWN
        return out
    code_words(*buffers_of(column), *buffers_of(pa.array(words, pa.string())), out)
    if column.null_count:
        out[np.asarray(column.is_null())] = UNKNOWN
    return out
