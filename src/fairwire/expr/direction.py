"""Which way a rule moves when one of its numbers is raised, read off its tree.

A condition goes *up* with a name when raising the name can only turn false into unknown and unknown into true, and *down*
when only the other way. That is proved by walking the tree and never guessed: a factor of unknown sign, an equality, or a
question whether something is known gives *mixed*.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Literal, NamedTuple

from fairwire.expr.tree import Arithmetic, Both, Compare, Name, Node, Not, Number, Points, Unary, names_in

Direction = Literal["up", "down", "none", "mixed"]
"""`none`: it does not depend on the name."""


class Range(NamedTuple):
    """Between which values a number lies, both included."""

    low: float
    high: float


ANYTHING = Range(-math.inf, math.inf)
_REVERSED: dict[Direction, Direction] = {"up": "down", "down": "up", "none": "none", "mixed": "mixed"}


def direction(
    node: Node, name: str, ranges: Mapping[str, Range] | None = None, *, at_least: Collection[tuple[str, str]] = ()
) -> Direction:
    """How a condition or a number goes with a name.

    Parameters
    ----------
    node
        A checked tree.
    name
        What is raised; its own range says between which values.
    ranges
        Between which values names lie; one that is not here may be anything.
    at_least
        (a, b): a is never below b, both being names.
    """
    return _Walk(name, ranges or {}, frozenset(at_least)).of(node)


def reversed_direction(way: Direction) -> Direction:
    """The direction of the opposite."""
    return _REVERSED[way]


def together(ways: Iterable[Direction]) -> Direction:
    """The direction of what goes with each part: theirs when none goes against another."""
    found = {way for way in ways if way != "none"}
    return "none" if not found else found.pop() if len(found) == 1 else "mixed"


class _Walk:
    def __init__(self, name: str, ranges: Mapping[str, Range], at_least: frozenset[tuple[str, str]]) -> None:
        self._name = name
        self._ranges = ranges
        self._at_least = at_least

    def of(self, node: Node) -> Direction:
        """The direction of a truth or a number."""
        if isinstance(node, Name):
            return "up" if node.name == self._name else "none"
        if not self._in(node):
            return "none"
        if isinstance(node, Both):
            return together(self.of(part) for part in node.parts)
        if isinstance(node, Not):
            return _REVERSED[self.of(node.operand)]
        if isinstance(node, Compare):
            return self._compared(node)
        if isinstance(node, Points):
            return together([self.of(node.weight), self._times(self.of(node.sign), self.range(node.weight))])
        if isinstance(node, Unary):
            return self._unary(node)
        if isinstance(node, Arithmetic):
            return self._arithmetic(node)
        return "mixed"  # whether something is known, and words, follow no order

    def _in(self, node: Node) -> bool:
        return any(each.name == self._name for each in names_in(node))

    def _compared(self, node: Compare) -> Direction:
        left, right = self.of(node.left), self.of(node.right)
        if node.op in (">", ">="):
            return together([left, _REVERSED[right]])
        if node.op in ("<", "<="):
            return together([_REVERSED[left], right])
        return "mixed"

    def _times(self, way: Direction, factor: Range) -> Direction:
        """What goes some way, times a number that does not depend on the name."""
        if way == "none" or factor.low >= 0:
            return way
        return _REVERSED[way] if factor.high <= 0 else "mixed"

    def _unary(self, node: Unary) -> Direction:
        way = self.of(node.operand)
        if node.op == "-":
            return _REVERSED[way]
        held = self.range(node.operand)
        if node.op == "abs":
            return self._times(way, Range(1, 1) if held.low >= 0 else Range(-1, -1) if held.high <= 0 else ANYTHING)
        return way if held.low > -1 else "mixed"  # below, a logarithm is unknown

    def _arithmetic(self, node: Arithmetic) -> Direction:
        left, right = self.of(node.left), self.of(node.right)
        if node.op in ("+", "min", "max"):
            return together([left, right])
        if node.op == "-":
            return together([left, _REVERSED[right]])
        over, under = self.range(node.left), self.range(node.right)
        if node.op == "*":
            return together([self._times(left, under), self._times(right, over)])
        if right != "none" and under.low <= 0 <= under.high:
            return "mixed"  # nothing can be divided by zero
        return together([self._times(left, under), _REVERSED[self._times(right, over)]])

    def range(self, node: Node) -> Range:
        """Between which values a number lies."""
        if isinstance(node, Number):
            return Range(node.value, node.value)
        if isinstance(node, Name):
            return self._ranges.get(node.name, ANYTHING)
        if isinstance(node, Unary):
            return _unary_range(node.op, self.range(node.operand))
        if isinstance(node, Points):
            weight = self.range(node.weight)
            return Range(min(0.0, weight.low), max(0.0, weight.high))
        if isinstance(node, Arithmetic):
            found = _joined(node.op, self.range(node.left), self.range(node.right))
            named = (node.left.name, node.right.name) if isinstance(node.left, Name) and isinstance(node.right, Name) else None
            if node.op == "-" and named in self._at_least:
                return Range(max(0.0, found.low), max(0.0, found.high))
            return found
        return ANYTHING


def _unary_range(op: str, held: Range) -> Range:
    if op == "-":
        return Range(-held.high, -held.low)
    if op == "abs":
        if held.low <= 0 <= held.high:
            return Range(0.0, max(-held.low, held.high))
        return Range(*sorted((abs(held.low), abs(held.high))))
    low = math.log1p(held.low) if held.low > -1 else -math.inf
    return Range(low, math.log1p(held.high) if held.high > -1 else math.inf)


def _joined(op: str, left: Range, right: Range) -> Range:
    if op in ("min", "max"):
        pick = min if op == "min" else max
        return Range(pick(left.low, right.low), pick(left.high, right.high))
    if op == "+":
        return _ordered(left.low + right.low, left.high + right.high)
    if op == "-":
        return _ordered(left.low - right.high, left.high - right.low)
    if op == "/":
        if right.low <= 0 <= right.high:
            return _divided_by_one_sign(left, right)
        right = Range(*sorted((1 / right.low, 1 / right.high)))
    ends = [_product(a, b) for a in left for b in right]
    return Range(min(ends), max(ends))


def _divided_by_one_sign(left: Range, right: Range) -> Range:
    """Nothing is known but the sign: of zero itself there is no quotient."""
    if right.low < 0 < right.high or (left.low < 0 < left.high):
        return ANYTHING
    positive = (left.low >= 0) == (right.low >= 0)
    return Range(0.0, math.inf) if positive else Range(-math.inf, 0.0)


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _ordered(low: float, high: float) -> Range:
    return Range(-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)
