"""The rule language: what is compiled says what the reference says, and unknown is neither false nor zero."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import numba
import numpy as np
import pytest
from expressions import (
    FLAGS,
    NUMBERS,
    anything,
    as_arrays,
    certain,
    emitted,
    same,
    scores,
    tree,
    truths,
    values,
    wild_values,
)
from hypothesis import assume, find, given, settings
from hypothesis import strategies as st

from fairwire.expr import emit
from fairwire.expr.evaluate import Value, comparisons, evaluate, show
from fairwire.expr.tree import type_of
from fairwire.model.errors import FairwireError

PLAIN: dict[str, Any] = {"njit": lambda function: function, "np": np, "math": math}
exec(emit.PRELUDE, PLAIN)  # noqa: S102  (the text that is tested)


@given(anything, values | wild_values)
@settings(max_examples=400)
def test_the_text_of_the_compiled_code_says_what_the_tree_says(text: str, given_values: dict[str, Value]) -> None:
    node = tree(text)
    floats, words = as_arrays(given_values)
    found = eval(emitted(node), {**PLAIN, "numbers": [float(x) for x in floats], "words": words.tolist()})  # noqa: S307
    assert same(float(found), evaluate(node, given_values), type_of(node)), f"{show(node)} with {given_values}"


def test_compiled_code_says_what_the_tree_says() -> None:
    """Forty expressions in one module, so that the compiler runs once."""
    dice = random.Random(20260302)
    texts: list[str] = []

    @given(anything)
    @settings(max_examples=120, derandomize=True, database=None)
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    chosen = sorted({text for text in texts if len(text) < 150}, key=lambda text: (-len(text), text))[:40]
    nodes = [tree(text) for text in chosen]
    body = "\n".join(f"    out[{i}] = {emitted(node)}" for i, node in enumerate(nodes))
    module: dict[str, Any] = {"njit": numba.njit(error_model="numpy"), "np": np, "math": math}
    exec(f"{emit.PRELUDE}\n\n@njit\ndef apply(numbers, words, out):\n{body}\n", module)  # noqa: S102
    out = np.zeros(len(nodes))
    for _ in range(500):
        picked: dict[str, Value] = {name: dice.choice([None, 0.0, 1.0, -1.0, 0.1, dice.uniform(-9, 9), 1e6]) for name in NUMBERS}
        picked |= {name: dice.choice([None, 0, 1]) for name in FLAGS}
        picked["disposition"] = dice.choice([None, 0, 1, 2, 3])
        module["apply"](*as_arrays(picked), out)
        for text, node, found in zip(chosen, nodes, out, strict=True):
            assert same(float(found), evaluate(node, picked), type_of(node)), f"{text} with {picked}"


@given(certain, values, st.data())
@settings(max_examples=300)
def test_what_is_certain_stays_so_when_the_unknown_becomes_known(text: str, some: dict[str, Value], data: st.DataObject) -> None:
    node = tree(text)
    before = evaluate(node, some)
    assume(before is not None)
    more = data.draw(values)
    filled = {name: more[name] if value is None else value for name, value in some.items()}
    assert evaluate(node, filled) == before


@given(certain, certain, values)
def test_the_laws_of_kleene_hold(left: str, right: str, some: dict[str, Value]) -> None:
    def value(text: str) -> Value:
        return evaluate(tree(text), some)

    a, b = f"({left})", f"({right})"
    assert value(f"not ({a} and {b})") == value(f"not {a} or not {b}")
    assert value(f"not ({a} or {b})") == value(f"not {a} and not {b}")
    assert value(f"not not {a}") == value(a)
    assert value(f"{a} and {b}") == value(f"{b} and {a}")
    assert value(f"{a} or {b}") == value(f"{b} or {a}")
    assert value(f"{a} and ({a} or {b})") == value(a)
    assert value(f"{a} and not {a}") in (0, None)
    assert value(f"{a} or not {a}") in (1, None)
    assert value(f"{a} and False") == 0
    assert value(f"{a} or True") == 1
    assert value(f"known({a})") == int(value(a) is not None)


@pytest.mark.parametrize(("left", "right"), list(itertools.product([0, None, 1], repeat=2)))
def test_and_and_or_follow_the_three_valued_table(left: int | None, right: int | None) -> None:
    rank = {0: 0, None: 1, 1: 2}
    back = {0: 0, 1: None, 2: 1}
    given_values: dict[str, Value] = {"forwarded": left, "automated": right}
    assert evaluate(tree("forwarded and automated"), given_values) == back[min(rank[left], rank[right])]
    assert evaluate(tree("forwarded or automated"), given_values) == back[max(rank[left], rank[right])]


@given(truths, values)
def test_an_explanation_names_every_comparison_with_the_values_it_saw(text: str, some: dict[str, Value]) -> None:
    node = tree(text)
    for found in comparisons(node, some):
        if found.comparison == "is":
            continue
        again = evaluate(tree(f"{found.left} {found.comparison} {found.right}"), some)
        assert found.holds == (None if again is None else bool(again))
        assert found.value == evaluate(tree(found.left), some)
        assert found.threshold == evaluate(tree(found.right), some)


@given(anything)
@settings(max_examples=300)
def test_an_expression_shown_and_read_again_is_the_same_expression(text: str) -> None:
    node = tree(text)
    assert tree(show(node)) == node


@given(truths, truths)
@settings(max_examples=200)
def test_two_different_expressions_never_read_alike(left: str, right: str) -> None:
    # Features are shared when their conditions read alike, so a text must stand for one tree only.
    if show(tree(left)) == show(tree(right)):
        assert emitted(tree(left)) == emitted(tree(right))


_PIECES = (
    *("attempts", "share", "forwarded", "disposition", "customer.seats", "lambda", "None", "yield", "await", "if", "else", "for"),
    *(
        "and",
        "or",
        "not",
        "in",
        "is",
        "known(",
        "points(",
        "min(",
        "max(",
        "log1p(",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ":=",
    ),
    *("+", "-", "*", "/", "//", "**", "%", "<", "<=", "==", "!=", "=", "&&", "!", "@", "~", "...", ";", "#", "\n", "\\", "\x00"),
    *('"busy"', "'", '"', "f'{x}'", "1", "0.5", "1e999", "0x", "1_0", "1j", "True", "é", "\u2028", "\ud800", "0" * 40),
)


@given(st.text(max_size=40) | st.lists(st.sampled_from(_PIECES), max_size=14).map(" ".join))
@settings(max_examples=500)
def test_any_text_is_an_expression_or_an_error_for_people(text: str) -> None:
    said = ""
    try:
        evaluate(tree(text), {})
    except FairwireError as error:
        said = error.render()
    assert not said or said.startswith("error[FW-EXPR-")


@given(scores, values)
def test_a_sign_that_is_unknown_weighs_nothing(text: str, some: dict[str, Value]) -> None:
    node = tree(text)
    parts = [part.strip() for part in f" + {text}".split(" + points(")[1:]]
    weights = [part.rpartition(", ") for part in parts]
    held = [(weight[:-1], evaluate(tree(sign), some) == 1) for sign, _, weight in weights]
    reference: Value = 0.0
    for weight, holds in held:
        added = evaluate(tree(weight), some) if holds else 0.0
        reference = None if reference is None or added is None else reference + added
    assert evaluate(node, some) == reference


@pytest.mark.parametrize("wanted", ["known(", " in (", "log1p(", "min(", "max(", " / ", "not ", " or ", "<="])
def test_the_random_expressions_reach_every_part_of_the_language(wanted: str) -> None:
    assert wanted in find(truths, lambda text: wanted in text)
