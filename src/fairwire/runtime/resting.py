"""Work on a thread beside the one that answers calls: it gives the interpreter back before somebody has to ask for it.

Python takes it away from a thread after five milliseconds only (`sys.getswitchinterval`), however many calls wait meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_REST_S = 0.0002
_WORK_S = 0.0003
"""How long somebody who waits for the interpreter may have to."""


def rest() -> None:
    """Let whoever waits for the interpreter have it at once. A sleep of nought would not: the thread would have it back first."""
    time.sleep(_REST_S)


def rested(items: Iterable[T]) -> Iterator[T]:
    """The items, with a rest behind each."""
    for item in items:
        yield item
        rest()


def paced(items: Iterable[T]) -> Iterator[T]:
    """The items, with a rest whenever making them has taken a while. On the thread that answers calls nobody rests."""
    if threading.get_ident() == threading.main_thread().ident:
        yield from items
        return
    since = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - since > _WORK_S:
            rest()
            since = time.perf_counter()
