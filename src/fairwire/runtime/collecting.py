"""How often Python looks for objects that only hold each other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 20
"""New objects before the young ones are looked through; times of that before the next generation is."""


@contextmanager
def seldom() -> Iterator[None]:
    """Look for them seldom meanwhile, as suits a command that ends.

    Policies, customers and the libraries make a million objects that all live until the end. To look through them again and
    again took a fifteenth of a replay. What a replay makes beside them is arrays, which are freed without a look.
    """
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    settle()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not frozen:  # else somebody wanted his own objects left alone
            gc.unfreeze()


def settle() -> None:
    """Never again look through what is there now, until `seldom` ends."""
    gc.freeze()
