"""The kernel's state: arrays that grow between runs, and a copy of which is a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import Words, rehash
from fairwire.kernel.layout import (
    BUMP,
    EPISODE_TABLE,
    EPISODE_WIDTH,
    EPISODES,
    FREE_LISTS,
    FULL_TENTHS,
    LAST_COUNT,
    META_SIZE,
    PAIRS_COUNT,
    SEEN_COUNT,
    TABLE_COUNT,
    WATERMARK,
)
from fairwire.kernel.sense import SEEN_SPAN_US
from fairwire.kernel.step import full
from fairwire.model.instants import DAY_US

_NEVER = -(2**62)
BEHIND_US = DAY_US
"""How far the events of one customer may be behind those of another that ran before."""
_WIDE = 1 << 24
"""Words of a heap up to which it grows in wide steps."""
_TABLES = {
    # name: (width, counter)
    "table": (1, TABLE_COUNT),
    "pairs": (2, PAIRS_COUNT),
    "seen": (1, SEEN_COUNT),
    "last": (1, LAST_COUNT),
    "episode": (1, EPISODE_TABLE),
}


_SMALL = 1 << 14
"""Keys of a table that is made in no time."""


def _table(size: int, width: int, rows: Words | None = None) -> tuple[Words, Words]:
    """Empty keys and values, side by side in memory: who finds the key has the value at hand."""
    if rows is None:
        rows = np.zeros((size, 1 + width), dtype=np.int64)
    return rows[:, 0], rows[:, 1:]


def _grown(size: int, entries: int) -> int:
    while entries > 0.3 * size:
        size *= 2
    return size


def _in_memory(words: Words, size: int) -> Words:
    wider: Words = np.zeros(size, dtype=np.int64)
    wider[: words.shape[0]] = words
    return wider


@dataclass(slots=True)
class Shelf:
    """Flat subjects in one growing array, which may be mapped from a file.

    `grow` gives an array of at least that many words that begins with the words of the one given; `another` gives an empty
    shelf of the same kind.
    """

    words: Words = field(default_factory=lambda: np.zeros(1 << 10, dtype=np.int64))
    grow: Callable[[Words, int], Words] = _in_memory
    meta: Words = field(default_factory=lambda: _empty_meta())
    free: Words = field(default_factory=lambda: np.zeros(FREE_LISTS, dtype=np.int64))
    another: Callable[[], Shelf] | None = None
    wasted: int = 0
    """Words of subjects that were taken back."""

    def make_room(self, words: int) -> None:
        """Let it take `words` more."""
        needed = int(self.meta[BUMP]) + words
        if needed > self.words.shape[0]:
            self.words = self.grow(self.words, max(needed, 2 * self.words.shape[0]))

    @property
    def used(self) -> int:
        """Words in use, those of subjects that were taken back among them."""
        return int(self.meta[BUMP])


def _empty_meta() -> Words:
    meta: Words = np.zeros(META_SIZE, dtype=np.int64)
    meta[BUMP] = 1
    return meta


class State:
    """All that the kernel remembers, keyed by the fingerprint of the program that wrote it."""

    def __init__(self, fingerprint: str, rules: int) -> None:
        self.fingerprint = fingerprint
        self.meta: Words = np.zeros(META_SIZE, dtype=np.int64)
        self.meta[0] = 1  # address 0 means "nothing"
        self.heap: Words = np.zeros(1 << 16, dtype=np.int64)
        self.free: Words = np.zeros(FREE_LISTS, dtype=np.int64)
        self.keys: dict[str, Words] = {}
        self.values: dict[str, Words] = {}
        for name, (width, _) in _TABLES.items():
            self.keys[name], self.values[name] = _table(1 << 10, width)
        self.episodes: Words = np.zeros((1 << 8, EPISODE_WIDTH), dtype=np.int64)
        self.silenced: Words = np.zeros(max(1, rules), dtype=np.int64)
        self.meta[WATERMARK] = _NEVER
        self.shelf: Shelf | None = None
        self.spares: Callable[[str, tuple[int, int]], Words] | None = None
        """Gives rows of noughts for a table, by its name and their shape: from memory that is at hand, where there is some."""

    def wants(self, name: str) -> tuple[int, int] | None:
        """The shape of the rows that a table will be copied to before long; None while there is time."""
        width, counter = _TABLES[name]
        size = self.keys[name].shape[0]
        most = FULL_TENTHS * size // 10
        if size < _SMALL or int(self.meta[counter]) < 0.8 * most:
            return None
        return _grown(size, most + 1), 1 + width

    def make_room(self, name: str, entries: int) -> None:
        """Let a table take `entries` more keys: it is copied without what can no longer matter, and grows when much is left."""
        width, counter = _TABLES[name]
        size = self.keys[name].shape[0]
        if not full(self.keys[name], int(self.meta[counter]), entries):
            return
        keep_after = _NEVER
        if name == "seen":
            keep_after = self.watermark_us - SEEN_SPAN_US - BEHIND_US
        elif name == "pairs":
            keep_after = self.watermark_us - BEHIND_US
        kept = np.count_nonzero(self.values[name][self.keys[name] != 0, 0] >= keep_after)
        size = _grown(size, int(kept) + entries)
        keys, values = _table(size, width, None if self.spares is None else self.spares(name, (size, 1 + width)))
        self.meta[counter] = rehash(self.keys[name], self.values[name], keys, values, keep_after)
        self.keys[name], self.values[name] = keys, values

    def make_heap(self, words: int) -> None:
        """Let the heap take `words` more."""
        needed = int(self.meta[0]) + words
        if needed <= self.heap.shape[0]:
            return
        size = self.heap.shape[0]
        while size < needed:
            # What was never written takes no memory, and a step that is wide is one copy less.
            size *= 8 if size < _WIDE else 2
        heap: Words = np.zeros(size, dtype=np.int64)
        heap[: int(self.meta[BUMP])] = self.heap[: int(self.meta[BUMP])]
        self.heap = heap

    def reserve(self, words: int) -> None:
        """Let the heap be so wide from now on, if the system allows it: then it is never copied to grow, while calls wait."""
        if words <= self.heap.shape[0]:
            return
        try:
            heap: Words = np.zeros(words, dtype=np.int64)  # what was never written takes no memory
        except MemoryError:
            return
        heap[: int(self.meta[BUMP])] = self.heap[: int(self.meta[BUMP])]
        self.heap = heap

    def make_episodes(self, rows: int) -> None:
        """Let `rows` more findings open."""
        needed = int(self.meta[EPISODES]) + rows
        if needed <= self.episodes.shape[0]:
            return
        size = max(1 << 8, self.episodes.shape[0])
        while size < needed:
            size *= 2
        episodes: Words = np.zeros((size, EPISODE_WIDTH), dtype=np.int64)
        episodes[: self.episodes.shape[0]] = self.episodes
        self.episodes = episodes

    @property
    def watermark_us(self) -> int:
        """Time of the latest event so far; far in the past before the first."""
        return int(self.meta[WATERMARK])

    def bytes_used(self) -> int:
        """Memory of all arrays but the shelf."""
        return sum(array.nbytes for name, array in self.snapshot().items() if name != "shelf")

    def snapshot(self) -> dict[str, npt.NDArray[np.int64]]:
        """The arrays by name; copy them before the next run if they are to stay."""
        arrays = {
            "meta": self.meta,
            "heap": self.heap[: int(self.meta[0])],
            "free": self.free,
            "episodes": self.episodes[: int(self.meta[EPISODES])],
            "silenced": self.silenced,
        }
        for name in _TABLES:
            arrays[f"keys.{name}"] = self.keys[name]
            arrays[f"values.{name}"] = self.values[name]
        if self.shelf is not None and self.shelf.used > 1:
            arrays["shelf"] = self.shelf.words[: self.shelf.used]
        return arrays

    @classmethod
    def restore(
        cls, fingerprint: str, rules: int, arrays: Mapping[str, npt.NDArray[np.int64]], shelf: Shelf | None = None
    ) -> State:
        """The state that `snapshot` gave; what it had on a shelf goes to the one given, which is empty."""
        state = cls(fingerprint, rules)
        state.meta = arrays["meta"].copy()
        state.heap = np.zeros(max(1 << 16, arrays["heap"].shape[0]), dtype=np.int64)
        state.heap[: arrays["heap"].shape[0]] = arrays["heap"]
        state.free = arrays["free"].copy()
        state.episodes = arrays["episodes"].copy()
        state.silenced = arrays["silenced"].copy()
        for name, (width, _) in _TABLES.items():
            keys, values = arrays[f"keys.{name}"], arrays[f"values.{name}"]
            state.keys[name], state.values[name] = _table(keys.shape[0], width)
            state.keys[name][:], state.values[name][:] = keys, values
        state.shelf = shelf
        if "shelf" in arrays:
            state.shelf = shelf or Shelf()
            state.shelf.make_room(arrays["shelf"].shape[0])
            state.shelf.words[: arrays["shelf"].shape[0]] = arrays["shelf"]
            state.shelf.meta[0] = arrays["shelf"].shape[0]
        return state
