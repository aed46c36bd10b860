"""Random expressions of the rule language, as text, with the names they may use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from fairwire.expr import emit
from fairwire.expr.evaluate import Value
from fairwire.expr.parse import parse
from fairwire.expr.tree import Name, Node, type_of
from fairwire.model.columns import UNKNOWN
from fairwire.model.errors import Span

WORDS = ("busy", "no_answer", "answered")
NUMBERS = ("attempts", "share", "limit")
FLAGS = ("forwarded", "automated")
SCOPE: dict[str, Name] = {
    **{name: Name(name=name, type="number", code=f"numbers[{i}]") for i, name in enumerate(NUMBERS)},
    **{name: Name(name=name, type="truth", code=f"words[{i}]") for i, name in enumerate(FLAGS)},
    "disposition": Name(name="disposition", type="word", code=f"words[{len(FLAGS)}]", words=WORDS),
}
AT = Span(file="rule", line=1)

constants = st.sampled_from(["0", "1", "2.5", "0.1", "7", "1000000", "1e-3", "123456789"])
numbers = st.recursive(
    st.sampled_from(NUMBERS) | constants,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(st.sampled_from(["abs", "log1p", "-"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
    ),
    max_leaves=4,
)
_words = st.one_of(
    st.sampled_from(WORDS).map(lambda word: f'disposition == "{word}"'),
    st.sampled_from(WORDS).map(lambda word: f'disposition != "{word}"'),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(
        lambda words: f"disposition in ({', '.join(map(repr, words))},)"
    ),
    st.just('disposition not in ("busy", "answered")'),
)
_compared = st.tuples(numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers).map(" ".join)
_chained = st.tuples(numbers, numbers, numbers).map(lambda t: f"{t[0]} < {t[1]} <= {t[2]}")
_plain = st.one_of(_compared, _chained, _words, st.sampled_from(FLAGS), st.sampled_from(["True", "False"]))


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " and ".join(parts) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " or ".join(parts) + ")"),
        inner.map(lambda part: f"(not {part})"),
    )


certain = st.recursive(_plain, _joined, max_leaves=5)
"""Truths without `known`."""
truths = st.recursive(
    _plain | st.sampled_from([*NUMBERS, *FLAGS, "disposition"]).map(lambda name: f"known({name})"),
    lambda inner: _joined(inner) | inner.map(lambda part: f"known({part})"),
    max_leaves=5,
)

scores = st.lists(st.tuples(truths, st.sampled_from(["1", "2.5", "-2", "limit"])), min_size=1, max_size=4).map(
    lambda signs: " + ".join(f"points({sign}, {weight})" for sign, weight in signs)
)
"""Sums of weighted signs."""
scored = st.tuples(scores, st.sampled_from([">=", ">", "<"]), st.sampled_from(["1", "2", "limit"])).map(" ".join)
anything = truths | numbers | scores | scored

extremes = st.sampled_from([0.0, -0.0, 5e-324, 1e-300, 1e300, -1e300, 1.7e308, 2.0**53, 2.0**53 + 2, -1.0, math.inf, -math.inf])
quantities = st.none() | st.integers(-3, 3).map(float) | st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda x: round(x, 3))
values = st.fixed_dictionaries(
    {
        **dict.fromkeys(NUMBERS, quantities),
        **dict.fromkeys(FLAGS, st.sampled_from([None, 0, 1])),
        "disposition": st.sampled_from([None, 0, 1, 2, 3]),
    }
)


wild_values = st.fixed_dictionaries(
    {
        **dict.fromkeys(NUMBERS, quantities | extremes | st.just(math.nan)),
        **dict.fromkeys(FLAGS, st.sampled_from([None, 0, 1])),
        "disposition": st.sampled_from([None, 0, 1, 2, 3]),
    }
)
"""The same with what no measurement gives: infinities, NaN, the smallest and the largest numbers."""


def tree(text: str) -> Node:
    """The checked tree."""
    return parse(text, SCOPE, AT)


def as_arrays(given: Mapping[str, Value]) -> tuple[Any, Any]:
    """The same values where compiled code looks for them."""
    floats = np.array([math.nan if given[name] is None else given[name] for name in NUMBERS], dtype=np.float64)
    codes = [given[name] for name in (*FLAGS, "disposition")]
    return floats, np.array([UNKNOWN if code is None else code for code in codes], dtype=np.int64)


def emitted(node: Node) -> str:
    """The text of its compiled form."""
    return emit.truth(node) if type_of(node) == "truth" else emit.number(node)


def same(found: float, reference: Value, kind: str) -> bool:
    """Whether compiled code and reference agree: truths as 0, 1 (unknown) and 2, numbers with NaN for unknown."""
    if kind == "truth":
        return found == (1 if reference is None else 2 * int(bool(reference)))
    if reference is None or math.isnan(found):
        return reference is None and math.isnan(found)
    return found == reference
