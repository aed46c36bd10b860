"""What kind of quantity an expression is, and which kinds do not go together.

Only what is certain is refused: a name without a unit, and a product of two quantities, go with everything. Counts go with
counts, whatever they count.
"""

from __future__ import annotations

import re

from fairwire.expr.tree import Arithmetic, Compare, Dimension, Name, Node, Number, Points, Unary

CALLED: dict[Dimension, str] = {
    "count": "a count",
    "share": "a share from 0 to 1",
    "seconds": "a time in seconds",
    "minutes": "a time in minutes",
    "hours": "a time in hours",
    "days": "a time in days",
    "money": "an amount of money",
    "price": "a price a minute",
}
_PER_SECOND: dict[Dimension, float] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_FIRST_WORDS: dict[str, Dimension] = {
    "s": "seconds",
    "second": "seconds",
    "seconds": "seconds",
    "minute": "minutes",
    "minutes": "minutes",
    "hour": "hours",
    "hours": "hours",
    "day": "days",
    "days": "days",
    "share": "share",
    "currency": "money",
    "of": "money",
}
_PRICE = re.compile(r"currency a minute\b|^a minute\b")
_MONEY = re.compile(r"\bcurrency\b")


def dimension(unit: str) -> Dimension:
    """What a unit in words is about: `s`, `minutes a seat`, `of the customer's currency in an hour`, `calls a day`."""
    words = unit.strip().lower()
    if not words or words.startswith(("times", "usual")):
        return ""  # a factor, which goes with everything
    if _PRICE.search(words):
        return "price"
    if _MONEY.search(words):
        return "money"
    first = words.split()[0]
    return _FIRST_WORDS.get(first, "count")


def dimension_of(node: Node) -> Dimension:
    """The kind of quantity of a number; empty where it is not certain."""
    if isinstance(node, Name):
        return node.dimension
    if isinstance(node, Unary):
        return "" if node.op == "log1p" else dimension_of(node.operand)
    if isinstance(node, Points):
        return dimension_of(node.weight)
    if isinstance(node, Arithmetic):
        left, right = dimension_of(node.left), dimension_of(node.right)
        if node.op in ("+", "-", "min", "max"):
            return left or right
        if isinstance(node.right, Number):
            return _scaled(left, 1 / node.right.value if node.op == "*" and node.right.value else node.right.value)
        if node.op == "*" and isinstance(node.left, Number):
            return _scaled(right, 1 / node.left.value if node.left.value else 1)
        if node.op == "*" and "share" in (left, right):
            return right if left == "share" else left
    return ""


def _scaled(kind: Dimension, divisor: float) -> Dimension:
    """Seconds divided by 60 are minutes; any other multiple of a quantity is of its kind."""
    if kind in _PER_SECOND and divisor != 1:
        seconds = _PER_SECOND[kind] * divisor
        return next((other for other, size in _PER_SECOND.items() if abs(size - seconds) < 1e-9 * size), kind)
    return kind


def clash(left: Node, right: Node) -> tuple[str, str] | None:
    """(what is wrong, the likely fix) when two quantities do not go together; None when they may."""
    a, b = dimension_of(left), dimension_of(right)
    if a and b and a != b:
        hint = ""
        if a in _PER_SECOND and b in _PER_SECOND:
            hint = _in_the_same_unit(a, b)
        return f"{CALLED[a]} does not go with {CALLED[b]}", hint
    for share, other in ((left, right), (right, left)):
        if dimension_of(share) != "share":
            continue
        value = _value(other)
        if value is not None and value > 1:
            return f"a share from 0 to 1 never meets {value:g}", f"{value:g} % is written {value / 100:g}" if value <= 100 else ""
    return None


def share_names(node: Node) -> frozenset[str]:
    """Parameters that stand against a share in a comparison: they can only be shares themselves."""
    found: set[str] = set()
    stack: list[object] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Compare):
            for one, other in ((item.left, item.right), (item.right, item.left)):
                if isinstance(one, Name) and one.role == "parameter" and dimension_of(other) == "share":
                    found.add(one.name)
        stack += [getattr(item, part) for part in ("left", "right", "operand", "sign", "weight") if hasattr(item, part)]
        stack += getattr(item, "parts", ())
    return frozenset(found)


def _value(node: Node) -> float | None:
    if isinstance(node, Number):
        return node.value
    return node.value if isinstance(node, Name) else None


def _in_the_same_unit(left: Dimension, right: Dimension) -> str:
    factor = _PER_SECOND[right] / _PER_SECOND[left]
    return f"multiply the right side by {factor:g}" if factor > 1 else f"divide the right side by {1 / factor:g}"
