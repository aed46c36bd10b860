"""A pattern means to us what it means to a regular expression, and one of another syntax is refused."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.numbers.patterns import read, words

ALL = ["".join(word) for width in range(4) for word in product("0123456789", repeat=width)]

_digits = st.sampled_from(["0", "7", r"\d", "[2-9]", "[13]", "[15-79]", "[0-9]"])
_times = st.sampled_from(["", "", "", "?", "{0}", "{1,2}", "{2}", "{0,1}"])
_simple = st.tuples(_digits, _times).map("".join)
_rows = st.recursive(
    _simple,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2).map("".join),
        st.tuples(st.sampled_from(["(", "(?:"]), st.lists(inner, min_size=1, max_size=2).map("|".join), _times).map(
            lambda drawn: f"{drawn[0]}{drawn[1]}){drawn[2]}"
        ),
    ),
    max_leaves=4,
)


@given(_rows)
def test_a_pattern_means_what_an_expression_means(pattern: str) -> None:
    asked = re.compile(pattern)
    assert {word for word in words(pattern) if len(word) < 4} == {word for word in ALL if asked.fullmatch(word)}


@pytest.mark.parametrize(
    "pattern", ["a", r"\s", "[a]", "[1-", "[^1]", "(1", "1)", "1*", "1+", "1{", "1{a}", "1??", ".", "²", "١"]
)
def test_another_syntax_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(f"2{pattern}")
