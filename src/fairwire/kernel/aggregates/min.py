"""The least value of a column.

Merge law: the lesser of two. Error: none but the window's; unknown when there is none. Memory: a word, and one a pane.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    shape = f"zero + {len(reading.window.cells)}, zero + {reading.window.sums}, zero + {reading.place(0)}"
    return reading.in_units(f"extreme(heap, at, {shape}, zero != 0)")
