"""An expression as SQL, as the reference reads it and as compiled code runs it: three readings, one answer."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from expressions import FLAGS, NUMBERS, anything, as_arrays, emitted, same, scored, tree, truths, values, wild_values
from hypothesis import find, given, settings
from hypothesis import strategies as st

from fairwire.expr import emit
from fairwire.expr.evaluate import Value, comparisons, evaluate
from fairwire.expr.sql import sql
from fairwire.expr.tree import Name, type_of

PLAIN: dict[str, Any] = {"njit": lambda function: function, "np": np, "math": math}
exec(emit.PRELUDE, PLAIN)  # noqa: S102  (the text that is tested)


@cache
def database() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    db.execute("SET threads = 1")
    return db


def in_sql(text: str, rows: list[dict[str, Value]]) -> list[Any]:
    """The expression for each row; NaN and NULL are both unknown on the way in."""
    columns: dict[str, Any] = {}
    for name in NUMBERS:
        given_numbers = [row[name] for row in rows]
        columns[name] = pa.array([None if x is None or x != x else float(x) for x in given_numbers], type=pa.float64())
    for name in FLAGS:
        columns[name] = pa.array([None if row[name] is None else bool(row[name]) for row in rows], type=pa.bool_())
    columns["disposition"] = pa.array([row["disposition"] for row in rows], type=pa.int64())
    columns["seq"] = pa.array(range(len(rows)))
    db = database()
    db.register("given", pa.table(columns))

    def resolve(name: Name) -> str:
        return f'"{name.name}"'

    found = db.execute(f"SELECT {sql(tree(text), resolve)} FROM given ORDER BY seq").fetchall()  # noqa: S608
    return [row[0] for row in found]


def agrees(found: Any, reference: Value, kind: str, *, about: bool) -> bool:
    if found is None or reference is None:
        return found is None and reference is None
    if kind == "truth":
        return bool(found) == bool(reference)
    return bool(found == reference or (about and math.isclose(found, reference, rel_tol=1e-9, abs_tol=1e-300)))


def on_the_edge(text: str, row: dict[str, Value]) -> bool:
    """Whether a comparison of two logarithms stands within their rounding, so that two good libraries may differ."""
    node = tree(text)
    if type_of(node) != "truth":
        return False
    pairs = [(one.value, one.threshold) for one in comparisons(node, row)]
    return any(a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in pairs)


@given(anything, st.lists(values | wild_values, min_size=1, max_size=8))
@settings(max_examples=400)
def test_sql_says_what_the_reference_and_the_compiled_text_say(text: str, rows: list[dict[str, Value]]) -> None:
    node, logarithm = tree(text), "log1p" in text
    for row, found in zip(rows, in_sql(text, rows), strict=True):
        if logarithm and (on_the_edge(text, row) or "points(" in text or "known(" in text):
            continue  # DuckDB has no log1p: its last digits differ, and may tip a comparison
        reference = evaluate(node, row)
        assert agrees(found, reference, type_of(node), about=logarithm), f"{text} with {row}: {found}, not {reference}"
        floats, words = as_arrays(row)
        compiled = eval(emitted(node), {**PLAIN, "numbers": [float(x) for x in floats], "words": words.tolist()})  # noqa: S307
        assert same(float(compiled), reference, type_of(node)), f"{text} with {row}: {compiled}, not {reference}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("attempts == attempts", None),
        ("attempts / 0 > 1", None),
        ("min(attempts, 3) < 5", None),
        ("forwarded or attempts > 1", True),
        ("not forwarded and attempts > 1", False),
        ('disposition in ("busy", "answered")', None),
        ("known(attempts) or known(disposition)", False),
        ("points(attempts > 1, 2) >= 0", True),
    ],
)
def test_missing_evidence_is_null_and_stays_so(text: str, wanted: bool | None) -> None:
    row: dict[str, Value] = {**dict.fromkeys(NUMBERS), "forwarded": 1, "automated": None, "disposition": None}
    assert in_sql(text, [row]) == [wanted]


@pytest.mark.parametrize("wanted", ["points(", "known(", "min(", "log1p(", " / ", "not "])
def test_the_random_expressions_reach_every_part_of_sql(wanted: str) -> None:
    assert wanted in find(truths | scored, lambda text: wanted in text)
