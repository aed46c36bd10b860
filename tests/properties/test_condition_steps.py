"""Conditions over many events by a compiled loop: what NumPy says of the same events, and what is said of each by itself."""

from __future__ import annotations

import re

import numpy as np
from expressions import AT, scored
from expressions import truths as texts
from hypothesis import given
from hypothesis import strategies as st

from fairwire.expr.parse import parse
from fairwire.expr.tree import Node
from fairwire.expr.vector import truths
from fairwire.model.columns import COLUMN_BY_NAME, COLUMN_INDEX, ENDED, UNKNOWN, WIDTH, per_unit
from fairwire.plan.scope import column_scope
from fairwire.runtime.condition_steps import AT_ONCE, FALSE, TRUE, UNSURE, Conditions, pick, work_out

_COLUMNS = {"attempts": "mos", "share": "diversions", "limit": "sip_code"}
"""Real columns in place of the names of `expressions`."""
NAMES = (*_COLUMNS.values(), "forwarded", "automated", "disposition")
words = st.integers(-(2**63), 2**63 - 1)
stored = st.lists(
    st.tuples(
        *[st.just(UNKNOWN) | st.integers(-3_000, 3_000) | words for _ in _COLUMNS],
        *[st.sampled_from([UNKNOWN, 0, 1]) for _ in range(2)],
        st.sampled_from([UNKNOWN, 0, 1, 2, 3, 7]),
    ),
    min_size=1,
    max_size=12,
)


def node_of(text: str) -> Node:
    for name, column in _COLUMNS.items():
        text = re.sub(rf"\b{name}\b", column, text)
    return parse(text, column_scope(ENDED), AT)


@given(st.lists(texts | scored, min_size=1, max_size=4), stored, st.sampled_from([1, 7, AT_ONCE]))
def test_steps_say_what_numpy_says(conditions: list[str], events: list[tuple[int, ...]], times: int) -> None:
    laid = np.tile(np.array(events, dtype=np.int64).T, times)
    place = {COLUMN_INDEX[name]: line for line, name in enumerate(NAMES)}
    nodes = [node_of(text) for text in conditions]
    asked = Conditions(place)
    lines = [asked.add(node) for node in nodes]
    assert [asked.add(node) for node in nodes] == lines, "what is asked twice is worked out once"
    size = laid.shape[1]
    # Every other event, so that places among those picked and places among all differ.
    picked = np.arange(0, size, 2)
    out = np.full((max(1, asked.lines), size), 9, dtype=np.uint8)
    work_out(laid, picked, *asked.tables(), out)

    def column(name: str) -> tuple[np.ndarray, np.ndarray]:
        values = laid[NAMES.index(name), picked]
        described = COLUMN_BY_NAME[name]
        return values / (per_unit(described.scale) if described.type == "number" else 1.0), values != UNKNOWN

    for node, line, text in zip(nodes, lines, conditions, strict=True):
        yes, no = truths(node, column, len(picked))
        expected = np.where(yes, TRUE, np.where(no, FALSE, UNSURE))
        assert out[line, : len(picked)].tolist() == expected.tolist(), text


def test_calls_for_help_and_other_kinds_are_not_picked() -> None:
    laid = np.zeros((WIDTH, 6), dtype=np.int64)
    laid[0], laid[1] = [1, 1, 3, 1, 1, 1], [0, 5, 0, UNKNOWN, 0, 0]
    places = np.empty(6, dtype=np.int64)
    count = pick(laid, 5, 0, 1, 1, 5, places)
    assert places[:count].tolist() == [0, 3, 4], "not another kind, no emergency, and nothing behind those at hand"
