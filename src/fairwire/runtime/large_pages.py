"""Large pages for what Python itself keeps: customers, callers, answers, all that it looks up in dictionaries.

A running service looks a dozen things up for each call, all over several hundred megabytes. In pages of 4 KiB the processor also
has to look up, nearly each time, where the page is; in pages of 2 MiB it knows. NumPy asks for such pages by itself, Python does
not. Linux moves memory into them when it is asked to (madvise with MADV_COLLAPSE, since 6.1); elsewhere it stays where it is.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from fairwire.runtime.pages import ERRANDS

BLOCK = 1 << 21
"""Bytes of a large page; the address of one is a multiple of it."""
FULL = 0.9
"""Share of a block that must be in memory before it is moved: what is not would be given to it."""
AT_ONCE = 8
"""Blocks that are moved in one go. A call that needs one meanwhile waits for it, 0.7 ms where this was measured."""
AGAIN_S = 10.0
"""Seconds between two looks at what memory there is."""
_SMALL = 4096
_COLLAPSE = 25
_AT_ONCE_S = 0.0001
"""A block that is done in less was in a large page before."""
_MAPS = Path("/proc/self/maps")


class LargePages:
    """Moves full blocks of this process into large pages, each once, a few at a time. Asked from one thread."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._calls = _system()
        self._known: set[int] = set()
        self._waiting: list[int] = []
        self._again = 0.0
        self._asked = False
        self.moved = 0
        """Blocks."""

    def look(self) -> None:
        """Have some more moved, on a thread of its own. To be called now and then."""
        if self._calls is not None and not self._asked:
            self._asked = ERRANDS.ask(self._move)

    def _move(self) -> None:
        with suppress(OSError):  # no such file, or no memory
            if not self._waiting and self._seconds() >= self._again:
                there = self._full_blocks()
                self._known.intersection_update(there)
                self._waiting = [block for block in there if block not in self._known]
                self._again = self._seconds() + AGAIN_S
            moved = 0
            while self._waiting and moved < AT_ONCE:
                block = self._waiting.pop()
                self._known.add(block)  # whether it can be moved or not
                moved += self._was_moved(block)
            self.moved += moved
        self._asked = False

    def _full_blocks(self) -> list[int]:
        found: list[int] = []
        for first, stop in spans(_MAPS.read_text(encoding="utf-8", errors="replace").splitlines()):
            there = np.zeros((stop - first) // _SMALL, dtype=np.uint8)
            if not self._calls.mincore(first, stop - first, there.ctypes.data):
                full = np.count_nonzero(there.reshape(-1, BLOCK // _SMALL) & 1, axis=1) >= FULL * BLOCK / _SMALL
                found += (first + np.flatnonzero(full) * BLOCK).tolist()
        return found

    def _was_moved(self, block: int) -> bool:
        """Move a block; False where it was in a large page, or cannot be."""
        # Whoever needs the block waits while it is copied. To be given a page that is new takes a virtual machine eight times as
        # long as that: so one is asked for and given back before, and it is the one that the block goes to.
        with mmap.mmap(-1, 2 * BLOCK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as spare:
            spare.madvise(mmap.MADV_HUGEPAGE)
            spare[BLOCK] = 0
        began = time.perf_counter()
        failed = self._calls.madvise(block, BLOCK, _COLLAPSE)
        return not failed and time.perf_counter() - began > _AT_ONCE_S


def spans(maps: Iterable[str]) -> Iterator[tuple[int, int]]:
    """First address and the one behind the last of all stretches of whole blocks that hold a process's own data, by what the
    system says of its memory (`/proc/self/maps`)."""
    for line in maps:
        span, rights, _, _, _, *name = line.split(maxsplit=5)
        if not rights.startswith("rw-p") or name not in ([], ["[heap]"]):
            continue
        first, stop = (int(bound, 16) for bound in span.split("-"))
        first, stop = -(-first // BLOCK) * BLOCK, stop // BLOCK * BLOCK
        if first < stop:
            yield first, stop


def _system() -> Any:
    """The two calls; None where the system has none, or its pages are of another size."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        found = ctypes.CDLL(None)
        found.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        found.mincore.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
        if found.getpagesize() != _SMALL:
            return None
    except (OSError, AttributeError):
        return None
    return found
