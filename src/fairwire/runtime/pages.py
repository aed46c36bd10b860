"""Pages of memory, given by the system before a call has to wait for them.

The system gives a page as it is first written to. Of large pages, which make a kernel's tables quick to look up, that took five
milliseconds each on a virtual machine: every 500 calls, one call and all behind it waited. Linux gives them ahead when it is
asked to (madvise with MADV_POPULATE_WRITE, since 5.14); elsewhere they come as they are needed.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cache, partial
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.int64]
_POPULATE_WRITE = 23
LEAST = 2 << 20
"""Words that are to be at hand ahead of what is in use."""
STEP = 4 << 20
"""Words that are asked for at a time: so much memory may be given and not used."""

PART = 1 << 18
"""Words of one asking: a large page."""


class Errands:
    """A thread that does what it is asked to, one thing after another. Asking takes no time: to begin a thread for each takes as
    long as those that run let it wait, which held calls up for 10 to 20 ms."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def begin(self) -> bool:
        """Have the thread, from now on; whether the system gives one."""
        if self._thread is None or not self._thread.is_alive():  # a process that was forked has none
            try:
                self._thread = threading.Thread(target=self._run, name="fairwire-pages", daemon=True)
                self._thread.start()
            except RuntimeError:
                self._thread = None
        return self._thread is not None

    def ask(self, what: Callable[[], object]) -> bool:
        """Have something done that raises nothing; whether it will be."""
        if not self.begin():
            return False
        self._asked.put(what)
        return True

    def _run(self) -> None:
        while True:
            self._asked.get()()


ERRANDS = Errands()


class Ahead:
    """Keeps some of a growing array's memory given ahead of what is in use. Used from one thread."""

    def __init__(self) -> None:
        self._words: Words | None = None
        self._given = 0
        self._asking = False

    def look(self, words: Words, used: int, others: Sequence[Words] = ()) -> None:
        """Ask for more where there is little, on a thread of its own.

        Parameters
        ----------
        words, used
            The array, and how many of its words are in use.
        others
            Arrays that are asked for as a whole, when this one is seen for the first time.
        """
        if self._asking:
            return
        wanted: list[Words] = []
        if words is not self._words:
            self._words, self._given = words, used
            wanted += others
        if self._given - used < LEAST and self._given < len(words):
            first = max(self._given, used)
            self._given = min(len(words), first + STEP)
            wanted.append(words[first : self._given])
        if wanted:
            self._asking = True
            if not ERRANDS.ask(partial(self._ask, wanted)):  # the system gives no thread: pages come as they are needed
                self._asking = False

    def _ask(self, wanted: Sequence[Words]) -> None:
        for words in wanted:
            flat = words.reshape(-1)
            # Whoever maps or gives back memory meanwhile waits for each part.
            for first in range(0, len(flat), PART):
                populate(flat[first : first + PART])
        self._asking = False


class Spares:
    """Arrays of noughts that are wholly in memory before somebody waits for them. Asked and taken on one thread."""

    def __init__(self) -> None:
        self._ready: dict[str, Words] = {}
        self._asked: dict[str, tuple[int, ...]] = {}

    def ask(self, name: str, shape: tuple[int, ...]) -> None:
        """Have one made, on a thread of its own, unless it was asked for."""
        if self._asked.get(name) == shape:
            return
        self._asked[name] = shape
        ERRANDS.ask(partial(self._make, name, shape))  # where the system gives no thread, it is made when it is taken

    def take(self, name: str, shape: tuple[int, ...]) -> Words:
        """The one that was asked for, or one that is made now."""
        found = self._ready.pop(name, None)
        self._asked.pop(name, None)
        if found is not None and found.shape == shape:
            return found
        made: Words = np.zeros(shape, dtype=np.int64)
        return made

    def _make(self, name: str, shape: tuple[int, ...]) -> None:
        try:
            made: Words = np.zeros(shape, dtype=np.int64)
        except MemoryError:
            return
        flat = made.reshape(-1)
        for first in range(0, len(flat), PART):
            populate(flat[first : first + PART])
        if self._asked.get(name) == shape:
            self._ready[name] = made


def populate(words: Words) -> bool:
    """Have the system give the memory of an array that lies in one piece. Nothing in it changes. Whether it could be done."""
    madvise = _madvise()
    if madvise is None or not words.nbytes:
        return False
    begin = words.ctypes.data // mmap.PAGESIZE * mmap.PAGESIZE
    return bool(madvise(begin, words.ctypes.data + words.nbytes - begin, _POPULATE_WRITE) == 0)


@cache
def _madvise() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    try:
        found = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):
        return None
    found.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return found
