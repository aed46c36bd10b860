"""Full blocks of memory are moved into large pages, and stay what they are."""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from fairwire.runtime.large_pages import AT_ONCE, BLOCK, LargePages, spans
from fairwire.runtime.pages import ERRANDS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is moved on Linux only")
MAPS = """\
55d0c0000000-55d0c0a00000 rw-p 00000000 00:00 0                          [heap]
7f0000100000-7f0000a00000 rw-p 00000000 00:00 0
7f0001000000-7f0001400000 r--p 00000000 00:00 0
7f0002000000-7f0002400000 rw-s 00000000 00:01 1234                       /dev/zero (deleted)
7f0003000000-7f0003400000 rw-p 00200000 08:01 99                         /usr/lib/libexample.so
7f0004000000-7f00041ff000 rw-p 00000000 00:00 0
7ffd00000000-7ffd00400000 rw-p 00000000 00:00 0                          [stack]
"""


class Memory:
    """Memory in small pages."""

    def __init__(self, blocks: int) -> None:
        self.map = mmap.mmap(-1, (blocks + 1) * BLOCK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.bytes = np.frombuffer(self.map, dtype=np.uint8)
        start = self.bytes.ctypes.data
        self.first = -(-start // BLOCK) * BLOCK - start
        self.map.madvise(mmap.MADV_NOHUGEPAGE)

    def fill(self) -> None:
        self.bytes[:] = np.arange(self.bytes.nbytes, dtype=np.uint64).astype(np.uint8)
        self.map.madvise(mmap.MADV_HUGEPAGE)

    @property
    def large_kib(self) -> int:
        """KiB of it that are in large pages."""
        place, found = self.bytes.ctypes.data, 0
        for first, stop, large in re.findall(
            r"^([0-9a-f]+)-([0-9a-f]+) [^\0]*?^AnonHugePages: +([0-9]+) kB$", Path("/proc/self/smaps").read_text(), re.MULTILINE
        ):
            if int(first, 16) < place + self.bytes.nbytes and place < int(stop, 16):
                found += int(large)
        return found


def look(pages: LargePages, times: int) -> None:
    for _ in range(times):
        pages._move()


def test_stretches_of_whole_blocks_of_own_data_are_found() -> None:
    assert list(spans(MAPS.splitlines())) == [
        (0x55D0C0000000, 0x55D0C0A00000),
        (0x7F0000200000, 0x7F0000A00000),
    ]


def test_full_blocks_are_moved_a_few_at_a_time_and_keep_what_is_in_them() -> None:
    memory = Memory(2 * AT_ONCE)
    memory.fill()
    before, large = memory.bytes.copy(), memory.large_kib
    pages = LargePages()
    look(pages, 1)
    if pages.moved == 0:
        pytest.skip("this system moves no memory into large pages")
    assert 0 < pages.moved <= AT_ONCE
    look(pages, 200)
    assert memory.large_kib >= large + 2 * AT_ONCE * BLOCK // 1024
    assert (memory.bytes == before).all()
    moved = pages.moved
    look(pages, 10)
    assert pages.moved == moved, "each is moved once"


def test_what_is_hardly_used_takes_no_more_memory() -> None:
    memory = Memory(16)
    memory.bytes[memory.first :: BLOCK] = 1
    look(LargePages(), 200)
    there = np.zeros(memory.bytes.nbytes // mmap.PAGESIZE, dtype=np.uint8)
    ctypes.CDLL(None).mincore(
        ctypes.c_void_p(memory.bytes.ctypes.data), ctypes.c_size_t(memory.bytes.nbytes), ctypes.c_void_p(there.ctypes.data)
    )
    assert np.count_nonzero(there & 1) < 64


def test_looking_takes_no_time_of_whoever_asks_and_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def ask(what: object) -> bool:
        asked.append(what)
        return True

    monkeypatch.setattr(ERRANDS, "ask", ask)
    pages = LargePages()
    pages.look()
    pages.look()
    assert asked == [pages._move]
    pages._move()
    pages.look()
    assert asked == 2 * [pages._move], "done, and asked again"
