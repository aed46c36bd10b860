"""Blocks and tables: what is given out is not given out again, and what is put in is found."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fairwire.kernel.arena import allocate, class_words, find, mix, rehash, release, size_class
from fairwire.kernel.layout import FREE_LISTS
from fairwire.kernel.state import State

WORD = (1 << 64) - 1


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_a_mixed_key_wraps_at_64_bits_and_is_never_zero(a: int, b: int) -> None:
    x = (a * -7046029254386353131 + b) & WORD
    x ^= x >> 29 & 0x7FFFFFFFF
    x = x * -4658895280553007687 & WORD
    x ^= x >> 32
    x = x * -7723592293110705685 & WORD
    x ^= x >> 29
    x = x or 1
    assert mix(a, b) == (x - (1 << 64) if x >> 63 else x)


@given(st.integers(1, 1 << 40))
def test_a_block_has_room_and_is_less_than_twice_as_large(words: int) -> None:
    given_out = int(class_words(size_class(words)))
    assert words <= given_out < 2 * words
    assert size_class(words) < FREE_LISTS


def test_mixed_keys_of_near_numbers_do_not_meet() -> None:
    keys = {int(mix(mix(customer, tag), number)) for customer in range(40) for tag in (11, 12, 13) for number in range(500)}
    assert len(keys) == 40 * 3 * 500


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 70)), max_size=60))
def test_no_two_live_blocks_share_a_word_and_a_new_one_is_empty(orders: list[tuple[bool, int]]) -> None:
    heap, free, meta = np.zeros(20_000, dtype=np.int64), np.zeros(FREE_LISTS, dtype=np.int64), np.zeros(16, dtype=np.int64)
    meta[0] = 1
    live: dict[int, int] = {}
    for gives_back, words in orders:
        if gives_back and live:
            at = sorted(live)[words % len(live)]
            release(heap, free, at, live.pop(at))
            continue
        at = int(allocate(heap, free, meta, words))
        size = int(class_words(size_class(words)))
        assert at > 0
        assert size >= words
        assert not heap[at : at + size].any()
        for other, length in live.items():
            assert at + size <= other or other + int(class_words(size_class(length))) <= at
        heap[at : at + words] = -7
        live[at] = words
    assert meta[0] <= 1 + sum(int(class_words(size_class(words))) for gives_back, words in orders if not gives_back or words)


@given(st.lists(st.integers(1, 300).map(lambda n: n * 64 + 1), max_size=100))
def test_a_table_finds_what_was_put_in_before_and_after_it_grew(keys: list[int]) -> None:
    state = State("program", 1)
    wanted: dict[int, int] = {}
    for number, key in enumerate(keys):
        place = find(state.keys["table"], key)
        if state.keys["table"][place] == 0:
            state.meta[1] += 1
        state.keys["table"][place] = key
        state.values["table"][place, 0] = wanted[key] = number
    for name in ("", "table"):
        if name:
            state.make_room(name, 5000)
        assert {int(key): int(state.values["table"][find(state.keys["table"], key), 0]) for key in set(keys)} == wanted
        assert state.keys["table"][find(state.keys["table"], 12_345_678)] == 0
    assert state.keys["table"].shape[0] >= 8192


def test_a_table_that_is_copied_leaves_behind_what_is_too_old() -> None:
    keys, values = np.zeros(16, dtype=np.int64), np.zeros((16, 2), dtype=np.int64)
    for key, last in ((5, 100), (6, 200), (7, 300)):
        place = find(keys, key)
        keys[place], values[place, 0], values[place, 1] = key, last, key * 10
    wider, room = np.zeros(32, dtype=np.int64), np.zeros((32, 2), dtype=np.int64)
    assert rehash(keys, values, wider, room, 200) == 2
    assert sorted(wider[wider != 0].tolist()) == [6, 7]
    assert room[find(wider, 7)].tolist() == [300, 70]
