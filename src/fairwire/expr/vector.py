"""A condition over many events at once, by NumPy: the same answers as `evaluate`, event by event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt

from fairwire.expr.tree import Arithmetic, Both, Compare, Known, Name, Node, Not, Number, OneOf, Points, Truth, Unary, type_of

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Column = Callable[[str], tuple[Floats, Flags]]
"""By name: the values of a column, and where they are known."""
_FEW = 4
"""Codes that are compared one by one, which is sooner done."""

_COMPARE: dict[str, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_ARITHMETIC: dict[str, np.ufunc] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "min": np.minimum,
    "max": np.maximum,
}


def truths(node: Node, column: Column, size: int) -> tuple[Flags, Flags]:
    """Where a condition is true, and where it is false; unknown is neither.

    Parameters
    ----------
    node
        A checked condition whose names are columns.
    column
        Gives the columns. Shape (size,).
    size
        How many events there are.
    """
    with np.errstate(all="ignore"):
        return _truths(node, column, size)


def numbers(node: Node, column: Column, size: int) -> tuple[Floats, Flags]:
    """The values of a checked number, and where they are known; the parameters are those of `truths`."""
    with np.errstate(all="ignore"):
        return _numbers(node, column, size)


def _truths(node: Node, column: Column, size: int) -> tuple[Flags, Flags]:
    if isinstance(node, Name):
        values, known = column(node.name)
        return known & (values != 0), known & (values == 0)
    if isinstance(node, Truth):
        return np.full(size, node.value), np.full(size, not node.value)
    if isinstance(node, Compare):
        left, left_known = _numbers(node.left, column, size)
        right, right_known = _numbers(node.right, column, size)
        known = left_known & right_known
        holds = _COMPARE[node.op](left, right)
        return known & holds, known & ~holds
    if isinstance(node, OneOf):
        values, known = column(node.left.name)
        if len(node.codes) <= _FEW:
            among = any_of([values == code for code in node.codes])
        else:
            among = np.isin(values, np.array(node.codes, dtype=np.float64))
        return known & among, known & ~among
    if isinstance(node, Known):
        if type_of(node.operand) == "truth" and not isinstance(node.operand, Name):
            yes, no = _truths(node.operand, column, size)
            known = yes | no
        elif isinstance(node.operand, Name):
            known = column(node.operand.name)[1]
        else:
            known = _numbers(node.operand, column, size)[1]
        return known, ~known
    if isinstance(node, Not):
        yes, no = _truths(node.operand, column, size)
        return no, yes
    if isinstance(node, Both):
        parts = [_truths(part, column, size) for part in node.parts]
        every, some = [yes for yes, _ in parts], [no for _, no in parts]
        if node.every:
            return all_of(every), any_of(some)
        return any_of(every), all_of(some)
    raise TypeError(f"not a condition: {node!r}")


def _numbers(node: Node, column: Column, size: int) -> tuple[Floats, Flags]:
    if isinstance(node, Name):
        return column(node.name)
    if isinstance(node, Number):
        return np.full(size, node.value), np.full(size, True)
    if isinstance(node, Arithmetic):
        left, left_known = _numbers(node.left, column, size)
        right, right_known = _numbers(node.right, column, size)
        known = left_known & right_known
        if node.op == "/":
            known = known & (right != 0)
        result = _ARITHMETIC[node.op](left, right)
        return result, known & ~np.isnan(result)
    if isinstance(node, Points):
        yes, _ = _truths(node.sign, column, size)
        weight, weight_known = _numbers(node.weight, column, size)
        return np.where(yes, weight, 0.0), ~yes | weight_known
    if isinstance(node, Unary):
        values, known = _numbers(node.operand, column, size)
        if node.op == "-":
            return -values, known
        if node.op == "abs":
            return np.abs(values), known
        return np.log1p(values), known & (values > -1)
    raise TypeError(f"not a number: {node!r}")


def any_of(flags: Sequence[Flags]) -> Flags:
    """Where any of some flags is up. One after another: sooner done than to lay them together first."""
    return reduce(np.logical_or, flags)


def all_of(flags: Sequence[Flags]) -> Flags:
    """Where all are up."""
    return reduce(np.logical_and, flags)


def is_steady(node: Node) -> bool:
    """Whether what is certain while something is unknown stays so when it becomes known: no `known(x)`, no points."""
    if isinstance(node, Known | Points):
        return False
    if isinstance(node, Arithmetic | Compare):
        return is_steady(node.left) and is_steady(node.right)
    if isinstance(node, Both):
        return all(is_steady(part) for part in node.parts)
    return is_steady(node.operand) if isinstance(node, Unary | Not) else True
