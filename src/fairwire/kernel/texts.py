"""Texts in compiled code: bytes that are written one behind another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.compiled import njit

Bytes = npt.NDArray[np.uint8]


@njit
def put(data: Bytes, first: int, stop: int, text: Bytes, at: int) -> int:
    """Write the bytes of a span, of which there may be none, to a place of another text; returns the place behind them."""
    for k in range(first, stop):
        text[at] = data[k]
        at += 1
    return at
