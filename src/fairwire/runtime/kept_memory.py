"""Memory that is given back is kept for the next chunk: the system clears each page that it gives out anew."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

_TRIM, _MMAP = -1, -3
"""Of malloc.h: free memory at the top that is kept; from which size on a block is mapped by itself, and so given back at once."""
_ALL = 2**31 - 1
_USUAL = 1 << 25
"""What glibc itself comes to with large blocks."""


@contextmanager
def memory_kept() -> Iterator[None]:
    """Keep what is freed meanwhile, of Arrow too; give it back at the end.

    A feed goes by in chunks of one size: to have their memory cleared again and again took a twentieth of a replay. Where the
    C library is another than glibc, nothing happens.
    """
    try:
        libc = ctypes.CDLL(None)
        set_option, trim = libc.mallopt, libc.malloc_trim
    except (OSError, AttributeError):
        yield
        return
    before = pa.default_memory_pool()
    set_option(_MMAP, _ALL)
    set_option(_TRIM, _ALL)
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
        set_option(_MMAP, _USUAL)
        set_option(_TRIM, 2 * _USUAL)
        trim(0)
