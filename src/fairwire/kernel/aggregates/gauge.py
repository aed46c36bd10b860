"""Calls in progress.

Merge law: beginnings and ends add up in the pane in which the call began. Error: a call whose end is lost leaves after `over`;
an end without a beginning changes nothing. Memory: as `count`.
"""

from __future__ import annotations

from fairwire.kernel.reading import Reading


def value(reading: Reading) -> str:
    """Text of the value."""
    return reading.total(0)
