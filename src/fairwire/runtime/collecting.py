"""How often Python looks for objects that only hold each other."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 20
"""New objects before the young ones are looked through; times of that before the next generation is."""
_SWITCH_S = 0.0005
"""Python's own is ten times that: a call may then wait for findings that are being saved."""


@contextmanager
def seldom() -> Iterator[None]:
    """Look for them seldom meanwhile, as suits a command that ends.

    Policies, customers and the libraries make a million objects that all live until the end. To look through them again and
    again took a fifteenth of a replay. What a replay makes beside them is arrays, which are freed without a look.
    """
    before = gc.get_threshold()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def callers_wait() -> None:
    """Let this process answer evenly. Call it once all that a service keeps has been made."""
    # All that stands from here on: looking through it again and again would hold calls up.
    gc.collect()
    gc.freeze()
    # Nor what comes to stand: its full collections took 50 to 240 ms, and more with each. What is short-lived is still looked at.
    gc.set_threshold(2_000, 10, 100_000)
    # Each time that the loop has waited for the network, another thread may go on for so long before it has to let the loop in.
    sys.setswitchinterval(_SWITCH_S)
