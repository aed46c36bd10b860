"""Work on a thread beside the one that answers calls: it gives the interpreter back before somebody has to ask for it.

Python takes it away from a thread after five milliseconds only (`sys.getswitchinterval`), however many calls wait meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_REST_S = 0.0002


def rest() -> None:
    """Let whoever waits for the interpreter have it at once. A sleep of nought would not: the thread would have it back first."""
    time.sleep(_REST_S)


def rested(items: Iterable[T]) -> Iterator[T]:
    """The items, with a rest behind each."""
    for item in items:
        yield item
        rest()
