"""Events that wait take little room, and come back as they were."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.columns import UNKNOWN
from fairwire.runtime.waiting_events import LEAST, Packed, joined, packed, unpacked

words = st.integers(-(2**63), 2**63 - 1)
columns = st.one_of(
    words.map(lambda value: st.just(value)),
    st.tuples(words, st.sampled_from([1, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32])).map(
        lambda told: st.integers(told[0], min(told[0] + told[1], 2**63 - 1))
    ),
    st.just(st.sampled_from([UNKNOWN, 0, 1, 2**63 - 1])),
    st.just(words),
).flatmap(lambda values: st.lists(values, min_size=LEAST, max_size=LEAST + 8))


@given(st.lists(columns, min_size=1, max_size=6))
def test_what_was_packed_comes_back_as_it_was(table: list[list[int]]) -> None:
    size = min(map(len, table))
    block = np.array([column[:size] for column in table], dtype=np.int64).T
    kept = packed(block)
    assert isinstance(kept, Packed)
    assert len(kept) == size
    assert unpacked(kept).tolist() == block.tolist()
    assert joined([kept, block[:3]], len(table)).tolist() == [*block.tolist(), *block[:3].tolist()]


def test_a_block_of_a_busy_hour_takes_a_quarter_of_its_room() -> None:
    rng, rows = np.random.default_rng(5), 448
    tick, ordinal, key, customer = 1_772_460_000_000_000, np.arange(rows) + 10**9, rng.integers(-(2**63), 2**63, rows), 4_000
    some = [np.full(rows, tick), ordinal, key, rng.integers(0, customer, rows), *(np.ones((3, rows))), rng.integers(0, 2, rows)]
    kept = packed(np.array(some, dtype=np.int64).T)
    assert isinstance(kept, Packed)
    assert kept.data.nbytes * 4 < rows * len(some) * 8


def test_few_rows_and_very_many_stay_as_they_are() -> None:
    for rows in (0, 1, LEAST - 1, 5_000):
        block = np.zeros((rows, 3), dtype=np.int64)
        assert packed(block) is block
