"""Tree to value by walking it: the reference that the compiled code is tested against, and the maker of explanations."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fairwire.expr.tree import Arithmetic, Both, Compare, Known, Name, Node, Not, Number, OneOf, Points, Truth, Unary, type_of

Value = float | int | None
"""A number, a word's code, a truth as 0 or 1; None is unknown."""

_OPS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_UNARY: dict[str, Callable[[float], float]] = {"-": operator.neg, "abs": abs, "log1p": math.log1p}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "min": min,
    "max": max,
}


def evaluate(node: Node, values: Mapping[str, Value]) -> Value:
    """The value of a checked tree. A name that is missing, None or NaN is unknown."""
    if isinstance(node, Name):
        value = values.get(node.name)
        return None if value is None or value != value else value
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Truth):
        return int(node.value)
    if isinstance(node, Arithmetic):
        left, right = evaluate(node.left, values), evaluate(node.right, values)
        if left is None or right is None or (node.op == "/" and right == 0):
            return None
        result = _ARITHMETIC[node.op](left, right)
        return None if result != result else result
    if isinstance(node, Unary):
        operand = evaluate(node.operand, values)
        if operand is None or (node.op == "log1p" and operand <= -1):
            return None
        return _UNARY[node.op](operand)
    if isinstance(node, Points):
        return evaluate(node.weight, values) if evaluate(node.sign, values) else 0.0
    return _truth(node, values)


def _truth(node: Node, values: Mapping[str, Value]) -> Value:
    if isinstance(node, Compare):
        left, right = evaluate(node.left, values), evaluate(node.right, values)
        return None if left is None or right is None else int(_OPS[node.op](left, right))
    if isinstance(node, OneOf):
        word = evaluate(node.left, values)
        return None if word is None else int(word in node.codes)
    if isinstance(node, Known):
        return int(evaluate(node.operand, values) is not None)
    if isinstance(node, Not):
        operand = evaluate(node.operand, values)
        return None if operand is None else int(not operand)
    if isinstance(node, Both):
        parts = [evaluate(part, values) for part in node.parts]
        decided = 0 if node.every else 1
        if any(part is not None and bool(part) == bool(decided) for part in parts):
            return decided
        return None if None in parts else 1 - decided
    raise TypeError(f"not an expression: {node!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison of a rule, as it stood: `value comparison threshold`, and whether it held (None: unknown)."""

    left: str
    value: Value
    comparison: str
    right: str
    threshold: Value
    holds: bool | None
    unit: str = ""


def show(node: Node) -> str:
    """The tree as text again, in the rule's own words."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Number):
        short = f"{node.value:g}"
        return short if float(short) == node.value else repr(node.value)
    if isinstance(node, Truth):
        return str(node.value)
    if isinstance(node, Arithmetic):
        if node.op in ("min", "max"):
            return f"{node.op}({show(node.left)}, {show(node.right)})"
        return f"({show(node.left)} {node.op} {show(node.right)})"
    if isinstance(node, Unary):
        return f"-{show(node.operand)}" if node.op == "-" else f"{node.op}({show(node.operand)})"
    if isinstance(node, Compare):
        return f"{show(node.left)} {node.op} {show(node.right)}"
    if isinstance(node, OneOf):
        words = [json.dumps(word, ensure_ascii=False) for word in node.words]
        return f"{node.left.name} in ({', '.join(words)})" if len(words) > 1 else f"{node.left.name} == {words[0]}"
    if isinstance(node, Known):
        return f"known({show(node.operand)})"
    if isinstance(node, Points):
        return f"points({show(node.sign)}, {show(node.weight)})"
    if isinstance(node, Not):
        return f"not ({show(node.operand)})"
    joined = (" and " if node.every else " or ").join(show(part) for part in node.parts)
    return f"({joined})"


def comparisons(node: Node, values: Mapping[str, Value]) -> list[Comparison]:
    """Every comparison in the tree, left to right, with the values that it saw."""
    if isinstance(node, Compare):
        held = evaluate(node, values)
        units = [part.unit for part in (node.left, node.right) if isinstance(part, Name) and part.unit]
        return [
            Comparison(
                left=show(node.left),
                value=evaluate(node.left, values),
                comparison=node.op,
                right=show(node.right),
                threshold=evaluate(node.right, values),
                holds=None if held is None else bool(held),
                unit=units[0] if units else "",
            )
        ]
    if isinstance(node, Both):
        return [found for part in node.parts for found in comparisons(part, values)]
    if isinstance(node, Not):
        return comparisons(node.operand, values)
    if isinstance(node, Name | OneOf) and type_of(node) == "truth":
        held = evaluate(node, values)
        return [
            Comparison(
                left=show(node),
                value=held,
                comparison="is",
                right="true",
                threshold=1,
                holds=None if held is None else bool(held),
            )
        ]
    return []
