"""Memory that is at hand before a call needs it: nothing in it changes, and a service goes on as it did without."""

from __future__ import annotations

import resource
import sys
import threading
from functools import partial

import numpy as np
import pytest

from fairwire.kernel.arena import Words, find
from fairwire.kernel.layout import PAIRS_COUNT
from fairwire.kernel.state import State
from fairwire.runtime import pages
from fairwire.runtime.memory import Room
from fairwire.runtime.pages import LEAST, PART, STEP, Ahead, Errands, Spares, populate
from fairwire.runtime.stream import GrowingTable


def faults() -> int:
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt


def settled() -> None:
    done = threading.Event()
    assert pages.ERRANDS.ask(done.set)
    assert done.wait(30)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is asked for on Linux only")
def test_what_was_asked_for_is_there_and_holds_what_it_held() -> None:
    words = np.zeros(1 << 22, dtype=np.int64)
    words[1000] = 7
    if not populate(words[500:]):
        pytest.skip("this kernel gives no memory ahead (MADV_POPULATE_WRITE, Linux 5.14)")
    assert words[1000] == 7
    assert not words[1001:].any()
    before = faults()
    words[500:] = 1
    assert faults() - before < 16, "pages were given ahead"


def test_there_is_always_some_ahead_of_what_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(pages, "populate", lambda words: asked.append(len(words)))
    ahead, heap, ring = Ahead(), np.zeros(2 * STEP + 10, dtype=np.int64), np.zeros(5, dtype=np.int64)
    for used in range(1, len(heap), LEAST // 3):
        ahead.look(heap, used, [ring])
        settled()
    assert asked[0] == len(ring)
    assert sum(asked[1:]) == len(heap) - 1, "each word once, and none behind the end"
    assert max(asked) == PART, "whoever maps memory meanwhile does not wait for all of it"
    asked.clear()
    wider = np.zeros(2 * len(heap), dtype=np.int64)
    ahead.look(wider, len(heap), [ring])
    settled()
    assert (asked[0], sum(asked[1:])) == (len(ring), STEP), "a heap that has grown is another one"


def test_a_table_is_copied_to_memory_that_was_asked_for_before() -> None:
    state, spares = State("f", 1), Spares()
    taken: list[tuple[tuple[int, int], bool]] = []

    def watched(name: str, shape: tuple[int, int]) -> Words:
        taken.append((shape, name in spares._ready))
        return spares.take(name, shape)

    state.spares = watched
    asked: set[tuple[int, int]] = set()
    for entered in range(100, 40_000, 100):
        state.make_room("pairs", 100)
        place = np.flatnonzero(state.keys["pairs"] == 0)[:100]
        state.keys["pairs"][place] = np.arange(entered, entered + 100)
        state.meta[PAIRS_COUNT] += 100
        shape = state.wants("pairs")
        if shape is not None:
            asked.add(shape)
            spares.ask("pairs", shape)
            settled()
    large = [(shape, ready) for shape, ready in taken if shape[0] > 1 << 16]
    assert large, "it has grown"
    assert all(ready for _, ready in large), "and nobody waited for pages"
    assert {shape for shape, _ in large} <= asked


def test_what_was_asked_for_in_another_shape_is_made_anew() -> None:
    spares = Spares()
    spares.ask("ids", (10, 2))
    settled()
    assert spares.take("ids", (20, 2)).shape == (20, 2)
    assert spares.take("ids", (10, 2)).shape == (10, 2), "nothing is kept of it"
    assert not spares._ready


def test_a_table_of_the_intake_asks_in_time_and_holds_what_it_held() -> None:
    table, spares = GrowingTable(2, "ids"), Spares()
    for key in range(1, 60_001):
        table.make_room(1)
        table.keys[find(table.keys, key)] = key
        table.count += 1
        if key % 256 == 0:
            table.look_ahead(spares)
            settled()
    assert len(table.keys) == 1 << 17
    assert np.count_nonzero(table.keys) == 60_000
    assert set(spares._asked) == set(), "what was asked for was taken"


def test_a_system_that_gives_no_thread_costs_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(pages, "populate", lambda words: asked.append(len(words)))
    monkeypatch.setattr(pages, "ERRANDS", Errands())
    ahead, heap = Ahead(), np.zeros(PART, dtype=np.int64)
    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", refused)
        ahead.look(heap, 1)
    ahead.look(np.zeros(PART, dtype=np.int64), 1)
    settled()
    assert asked, "it is tried again"


def test_one_thread_does_all_errands_in_turn() -> None:
    errands = Errands()
    seen: list[tuple[int, int]] = []

    def note(number: int) -> None:
        seen.append((number, threading.get_ident()))

    for number in range(50):
        assert errands.ask(partial(note, number))
    done = threading.Event()
    errands.ask(done.set)
    assert done.wait(30)
    assert [number for number, _ in seen] == list(range(50))
    assert len({thread for _, thread in seen}) == 1
    assert threading.get_ident() not in {thread for _, thread in seen}


def refused(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_memory_for_a_copy_that_is_not_to_be_had_is_asked_for_again_by_the_copy() -> None:
    room = Room()
    room.make({"small": 4, "huge": 1 << 50})
    assert room.ready
    array = np.arange(4, dtype=np.int64)
    assert room.copy("small", array).tolist() == [0, 1, 2, 3]
    copied = Room().copy("unknown", np.arange(6, dtype=np.int64).reshape(3, 2)[:, 0])
    assert copied.tolist() == [0, 2, 4]


def test_a_reserve_holds_what_was_there_and_one_that_is_refused_is_no_matter() -> None:
    state = State("f", 1)
    state.heap[0] = 5
    state.reserve(1 << 20)
    assert (len(state.heap), state.heap[0]) == (1 << 20, 5)
    state.reserve(10)
    assert len(state.heap) == 1 << 20
    state.reserve(1 << 58)
    assert len(state.heap) == 1 << 20
