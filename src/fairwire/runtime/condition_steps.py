"""Conditions over many events at once, by a compiled loop: the same answers as `expr.vector`, without an array for each node.

The nodes of all conditions are laid down once as steps, each behind what it asks; equal nodes are one step. A step writes a line
of numbers, or of truths, for some hundred events at a time, so that what the next one asks is near the processor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from fairwire.expr.tree import Arithmetic, Both, Compare, Known, Name, Node, Not, Number, OneOf, Points, Truth, Unary, type_of
from fairwire.kernel.compiled import njit
from fairwire.model.columns import COLUMN_BY_NAME, COLUMN_INDEX, UNKNOWN, per_unit

Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

FALSE, UNSURE, TRUE = 0, 1, 2
"""Truths as `expr.tree` has them."""
AT_ONCE = 512
"""Events that a step is done for at a time."""
S_WHAT, S_OUT, S_A, S_B = range(4)
"""A step: what is done, the line it writes, and what it asks: lines, a column, a constant, or a stretch of `items`."""
_N_COLUMN, _N_NUMBER, _N_NEGATED, _N_ABSOLUTE, _N_LOG1P, _N_POINTS = range(6)
_ARITHMETIC = {"+": 6, "-": 7, "*": 8, "/": 9, "min": 10, "max": 11}
_COMPARE = {"<": 12, "<=": 13, ">": 14, ">=": 15, "==": 16, "!=": 17}
_T_COLUMN, _T_TRUTH, _T_ONE_OF, _T_KNOWN_COLUMN, _T_KNOWN_NUMBER, _T_KNOWN_TRUTH, _T_NOT, _T_EVERY, _T_SOME = range(18, 27)
_ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _MIN, _MAX = _ARITHMETIC.values()
_BELOW, _AT_MOST, _ABOVE, _AT_LEAST, _EQUAL, _UNEQUAL = _COMPARE.values()
_UNARY = {"-": _N_NEGATED, "abs": _N_ABSOLUTE, "log1p": _N_LOG1P}


class Conditions:
    """Conditions over events of one kind.

    Parameters
    ----------
    place
        Where each column stands among those of an event that are at hand.
    """

    def __init__(self, place: Mapping[int, int]) -> None:
        self._place = place
        self._steps: list[tuple[int, int, int, int]] = []
        self._items: list[int] = []
        self._constants: list[float] = []
        self._numbers: dict[Node, int] = {}
        self._truths: dict[Node, int] = {}

    def add(self, node: Node) -> int:
        """The line of truths that a checked condition gets, whose names are columns."""
        return self._line(node, self._truths, self._truth)

    @property
    def lines(self) -> int:
        """How many lines of truths there are."""
        return len(self._truths)

    def tables(self) -> tuple[Words, Words, Floats, Floats, Bytes]:
        """What `work_out` asks: steps, items, constants, and room for numbers and whether they are known."""
        room = (max(1, len(self._numbers)), AT_ONCE)
        return (
            np.array(self._steps, dtype=np.int64).reshape(-1, 4),
            np.array(self._items or [0], dtype=np.int64),
            np.array(self._constants or [0.0], dtype=np.float64),
            np.zeros(room, dtype=np.float64),
            np.zeros(room, dtype=np.uint8),
        )

    def _number(self, node: Node) -> int:
        return self._line(node, self._numbers, self._reckoned)

    def _line(self, node: Node, lines: dict[Node, int], step: Callable[[Node], tuple[int, int, int]]) -> int:
        """The line of a node, which a step writes that comes behind those of its parts."""
        line = lines.get(node)
        if line is None:
            what, a, b = step(node)
            line = lines[node] = len(lines)
            self._steps.append((what, line, a, b))
        return line

    def _reckoned(self, node: Node) -> tuple[int, int, int]:
        if isinstance(node, Name):
            column = COLUMN_BY_NAME[node.name]
            return _N_COLUMN, self._column(node), self._constant(per_unit(column.scale) if column.type == "number" else 1.0)
        if isinstance(node, Number):
            return _N_NUMBER, self._constant(node.value), 0
        if isinstance(node, Arithmetic):
            return _ARITHMETIC[node.op], self._number(node.left), self._number(node.right)
        if isinstance(node, Points):
            return _N_POINTS, self.add(node.sign), self._number(node.weight)
        if isinstance(node, Unary):
            return _UNARY[node.op], self._number(node.operand), 0
        raise TypeError(f"not a number: {node!r}")

    def _truth(self, node: Node) -> tuple[int, int, int]:
        if isinstance(node, Name):
            return _T_COLUMN, self._column(node), 0
        if isinstance(node, Truth):
            return _T_TRUTH, TRUE if node.value else FALSE, 0
        if isinstance(node, Compare):
            return _COMPARE[node.op], self._number(node.left), self._number(node.right)
        if isinstance(node, OneOf):
            first = len(self._items)
            self._items += [self._column(node.left), *node.codes]
            return _T_ONE_OF, first, len(self._items)
        if isinstance(node, Known):
            if isinstance(node.operand, Name):
                return _T_KNOWN_COLUMN, self._column(node.operand), 0
            if type_of(node.operand) == "truth":
                return _T_KNOWN_TRUTH, self.add(node.operand), 0
            return _T_KNOWN_NUMBER, self._number(node.operand), 0
        if isinstance(node, Not):
            return _T_NOT, self.add(node.operand), 0
        if isinstance(node, Both):
            parts = [self.add(part) for part in node.parts]
            first = len(self._items)
            self._items += parts
            return _T_EVERY if node.every else _T_SOME, first, len(self._items)
        raise TypeError(f"not a condition: {node!r}")

    def _column(self, name: Name) -> int:
        return self._place[COLUMN_INDEX[name.name]]

    def _constant(self, value: float) -> int:
        self._constants.append(value)
        return len(self._constants) - 1


@njit
def pick(laid: Words, count: int, kind_at: int, kind: int, apart_at: int, apart: int, out: Words) -> int:
    """Places of the events of a kind among the first `count`, but not where column `apart_at` is `apart`; returns how many."""
    n = 0
    for i in range(count):
        if laid[kind_at, i] == kind and laid[apart_at, i] != apart:
            out[n] = i
            n += 1
    return n


@njit
def work_out(
    laid: Words,
    picked: Words,
    steps: Words,
    items: Words,
    constants: Floats,
    numbers: Floats,
    known: Bytes,
    truths: Bytes,
) -> None:
    """Fill `truths`, shape (lines, events), for the events `picked` of `laid`, shape (columns, events)."""
    for first in range(0, picked.shape[0], AT_ONCE):
        at = picked[first : min(first + AT_ONCE, picked.shape[0])]
        for s in range(steps.shape[0]):
            step = steps[s]
            if step[S_WHAT] <= _MAX:
                _reckon(laid, at, step, constants, numbers, known, truths, first)
            elif step[S_WHAT] <= _UNEQUAL:
                _compare(at.shape[0], step, numbers, known, truths, first)
            else:
                _join(laid, at, step, items, known, truths, first)


@njit
def _reckon(
    laid: Words, at: Words, step: Words, constants: Floats, numbers: Floats, known: Bytes, truths: Bytes, first: int
) -> None:
    """One step that gives numbers."""
    what, a, b, size = step[S_WHAT], step[S_A], step[S_B], at.shape[0]
    out, sure = numbers[step[S_OUT]], known[step[S_OUT]]
    if what == _N_COLUMN:
        unit = constants[b]
        for i in range(size):
            value = laid[a, at[i]]
            out[i] = value / unit
            sure[i] = value != UNKNOWN
    elif what == _N_NUMBER:
        for i in range(size):
            out[i] = constants[a]
            sure[i] = 1
    elif what == _N_POINTS:
        for i in range(size):
            holds = truths[a, first + i] == TRUE
            out[i] = numbers[b, i] if holds else 0.0
            sure[i] = 1 if not holds or known[b, i] else 0
    elif what <= _N_LOG1P:
        for i in range(size):
            value = numbers[a, i]
            sure[i] = known[a, i]
            if what == _N_NEGATED:
                out[i] = -value
            elif what == _N_ABSOLUTE:
                out[i] = abs(value)
            else:
                sure[i] = 1 if known[a, i] and value > -1 else 0
                out[i] = math.log1p(value) if value > -1 else 0.0
    else:
        for i in range(size):
            left, right = numbers[a, i], numbers[b, i]
            sure[i] = known[a, i] & known[b, i]
            if what == _ADD:
                value = left + right
            elif what == _SUBTRACT:
                value = left - right
            elif what == _MULTIPLY:
                value = left * right
            elif what == _DIVIDE:
                value = left / right if right != 0 else math.nan
            elif what == _MIN:
                value = min(left, right)
            else:
                value = max(left, right)
            out[i] = value
            if math.isnan(value):
                sure[i] = 0


@njit
def _compare(size: int, step: Words, numbers: Floats, known: Bytes, truths: Bytes, first: int) -> None:
    """One step that compares numbers."""
    what, a, b, out = step[S_WHAT], step[S_A], step[S_B], truths[step[S_OUT]]
    for i in range(size):
        left, right = numbers[a, i], numbers[b, i]
        if what == _BELOW:
            holds = left < right
        elif what == _AT_MOST:
            holds = left <= right
        elif what == _ABOVE:
            holds = left > right
        elif what == _AT_LEAST:
            holds = left >= right
        elif what == _EQUAL:
            holds = left == right
        else:
            holds = left != right
        out[first + i] = (TRUE if holds else FALSE) if known[a, i] & known[b, i] else UNSURE


@njit
def _join(laid: Words, at: Words, step: Words, items: Words, known: Bytes, truths: Bytes, first: int) -> None:
    """One step that gives truths, from a column or from other truths."""
    what, a, b, size = step[S_WHAT], step[S_A], step[S_B], at.shape[0]
    out = truths[step[S_OUT]]
    if what == _T_COLUMN:
        for i in range(size):
            value = laid[a, at[i]]
            out[first + i] = UNSURE if value == UNKNOWN else (TRUE if value != 0 else FALSE)
    elif what == _T_TRUTH:
        for i in range(size):
            out[first + i] = a
    elif what == _T_ONE_OF:
        for i in range(size):
            value = laid[items[a], at[i]]
            found = FALSE
            for item in range(a + 1, b):
                if items[item] == value:
                    found = TRUE
            out[first + i] = UNSURE if value == UNKNOWN else found
    elif what == _T_KNOWN_COLUMN:
        for i in range(size):
            out[first + i] = TRUE if laid[a, at[i]] != UNKNOWN else FALSE
    elif what == _T_KNOWN_NUMBER:
        for i in range(size):
            out[first + i] = TRUE if known[a, i] else FALSE
    elif what == _T_KNOWN_TRUTH:
        for i in range(size):
            out[first + i] = TRUE if truths[a, first + i] != UNSURE else FALSE
    elif what == _T_NOT:
        for i in range(size):
            out[first + i] = TRUE - truths[a, first + i]
    else:
        # Of three truths in order, all are as true as the least, and some as the greatest.
        for i in range(size):
            out[first + i] = truths[items[a], first + i]
        for item in range(a + 1, b):
            line = truths[items[item]]
            for i in range(first, first + size):
                if (line[i] < out[i]) == (what == _T_EVERY):
                    out[i] = line[i]
