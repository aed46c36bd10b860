"""Tables that compiled loops read and Python writes: rows of numbers, and texts."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


class Table:
    """Rows that are never taken away one by one. Room for all that there may be: what was never written takes no memory, and to
    move what was written, when there is more, took a call 30 ms."""

    def __init__(self, most: int, width: int) -> None:
        self.rows: Words = np.zeros((most, width), dtype=np.int64)
        self._bytes = self.rows.data.cast("B")
        self._row = Struct(f"{width}q")
        self.count = 0

    def put(self, place: int, values: Sequence[int]) -> None:
        self._row.pack_into(self._bytes, place * self._row.size, *values)  # a third of what NumPy takes for as few
        self.count = max(self.count, place + 1)

    def put_row(self, place: int, row: Words) -> None:
        self.rows[place] = row
        self.count = max(self.count, place + 1)


class Text:
    """Texts, one behind another; room as in a table."""

    def __init__(self, most: int) -> None:
        self.data: Bytes = np.zeros(most, dtype=np.uint8)
        self._bytes = self.data.data
        self.size = 0

    def put(self, text: bytes) -> tuple[int, int]:
        """Where it stands: its first byte, and the one behind its last."""
        first, self.size = self.size, self.size + len(text)
        while self.size > len(self.data):
            self.data = np.concatenate([self.data, np.zeros_like(self.data)])
            self._bytes = self.data.data
        self._bytes[first : self.size] = text
        return first, self.size
