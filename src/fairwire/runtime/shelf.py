"""Where quiet subjects go when the kernel's state would not fit: a file without a name, mapped into memory.

`FAIRWIRE_MEMORY_MB` says how much memory the windows of all subjects may take in all processes together; unless it does, half of
the machine's. The file is in the folder for temporary files, and gone when the process ends.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fairwire.kernel.kernel import Kernel, Run
from fairwire.kernel.state import Shelf, State
from fairwire.model.errors import BadInput, BadUse
from fairwire.model.program import Program

Words = npt.NDArray[np.int64]


def memory_budget(processes: int = 1) -> int:
    """Bytes that the windows of all subjects may take in one of some processes.

    Raises
    ------
    BadUse
        `FAIRWIRE_MEMORY_MB` is no whole number of megabytes.
    """
    given = os.environ.get("FAIRWIRE_MEMORY_MB")
    if given is None:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2 // processes
    if not given.isdigit() or int(given) == 0:
        raise BadUse(f"`{given}` is no number of megabytes", at="FAIRWIRE_MEMORY_MB", help_="write a whole number such as 4096")
    return int(given) * 1_000_000 // processes


class _File:
    """A mapped file that grows."""

    def __init__(self) -> None:
        self._number = -1

    def grow(self, words: Words, size: int) -> Words:
        """The file's first `size` words; the first time, with the given ones in it."""
        fresh = self._number < 0
        if fresh:
            self._number, name = tempfile.mkstemp(prefix="fairwire-shelf-")
            weakref.finalize(self, os.close, self._number)
            Path(name).unlink()
        try:
            # Room that is not there must show now: a mapped file that cannot be written ends the process.
            os.posix_fallocate(self._number, 0, size * 8)
        except OSError as error:
            reason = f"the state of quiet customers needs {size * 8 // 1_000_000} MB on disk: {error.strerror}"
            raise BadInput(reason, at=tempfile.gettempdir(), help_="make room, or set TMPDIR or FAIRWIRE_MEMORY_MB") from None
        wider = np.frombuffer(mmap.mmap(self._number, size * 8), dtype=np.int64)
        if fresh:
            wider[: words.shape[0]] = words
        return wider


def shelf_on_disk() -> Shelf:
    """An empty shelf whose words are in a file once there are any to speak of."""
    return Shelf(grow=_File().grow, another=shelf_on_disk)


def kernel_of(program: Program, run: Run, arrays: dict[str, Words] | None = None, *, processes: int = 1) -> Kernel:
    """A kernel that keeps to its budget; with `arrays`, one that goes on from a snapshot."""
    shelf = shelf_on_disk()
    if arrays is None:
        state = State(program.fingerprint, len(program.rules))
        state.shelf = shelf
    else:
        state = State.restore(program.fingerprint, len(program.rules), arrays, shelf=shelf)
    return Kernel(program, run, state, budget_bytes=memory_budget(processes))
