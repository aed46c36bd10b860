"""Tree to the text of compiled code. The text runs under Numba and, word for word, under plain Python."""

from __future__ import annotations

from fairwire.expr.tree import Arithmetic, Both, Compare, Known, Name, Node, Not, Number, OneOf, Points, Truth, Unary, type_of

PRELUDE = """
UNKNOWN = -9223372036854775808


@njit
def lt(a, b):
    return 1 if a != a or b != b else (2 if a < b else 0)


@njit
def le(a, b):
    return 1 if a != a or b != b else (2 if a <= b else 0)


@njit
def gt(a, b):
    return 1 if a != a or b != b else (2 if a > b else 0)


@njit
def ge(a, b):
    return 1 if a != a or b != b else (2 if a >= b else 0)


@njit
def eq(a, b):
    return 1 if a != a or b != b else (2 if a == b else 0)


@njit
def ne(a, b):
    return 1 if a != a or b != b else (2 if a != b else 0)


@njit
def flag(a):
    return 1 if a == UNKNOWN else (2 if a != 0 else 0)


@njit
def num(a, per_unit):
    return np.nan if a == UNKNOWN else a / per_unit


@njit
def div(a, b):
    return np.nan if b == 0.0 or b != b else a / b


@njit
def least(a, b):
    return np.nan if a != a or b != b else (a if a < b else b)


@njit
def most(a, b):
    return np.nan if a != a or b != b else (a if a > b else b)


@njit
def log1p(a):
    return np.nan if a != a or a <= -1.0 else math.log1p(a)


@njit
def points(sign, weight):
    return weight if sign == 2 else 0.0
"""
"""Three-valued comparisons: 0 false, 1 unknown, 2 true; so `and` is min, `or` is max, `not x` is 2 - x."""

_COMPARE = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}


def number(node: Node) -> str:
    """A float expression; NaN where it is unknown."""
    if isinstance(node, Name):
        return node.code
    if isinstance(node, Number):
        return repr(node.value)
    if isinstance(node, Arithmetic):
        left, right = number(node.left), number(node.right)
        if node.op in "+-*":
            return f"({left} {node.op} {right})"
        return f"{ {'/': 'div', 'min': 'least', 'max': 'most'}[node.op] }({left}, {right})"
    if isinstance(node, Unary):
        operand = number(node.operand)
        return f"(-{operand})" if node.op == "-" else f"{node.op}({operand})"
    if isinstance(node, Points):
        return f"points({truth(node.sign)}, {number(node.weight)})"
    raise TypeError(f"not a number: {node!r}")


def truth(node: Node) -> str:
    """An integer expression: 0 false, 1 unknown, 2 true."""
    if isinstance(node, Name):
        return f"flag({node.code})"
    if isinstance(node, Truth):
        return "2" if node.value else "0"
    if isinstance(node, Compare):
        return f"{_COMPARE[node.op]}({number(node.left)}, {number(node.right)})"
    if isinstance(node, OneOf):
        code = node.left.code
        same = " or ".join(f"{code} == {value}" for value in node.codes)
        return f"(1 if {code} == UNKNOWN else (2 if {same} else 0))"
    if isinstance(node, Known):
        inner = node.operand
        if type_of(inner) == "number":
            return f"(0 if math.isnan({number(inner)}) else 2)"
        if isinstance(inner, Name):
            return f"(0 if {inner.code} == UNKNOWN else 2)"
        return f"(0 if {truth(inner)} == 1 else 2)"
    if isinstance(node, Not):
        return f"(2 - {truth(node.operand)})"
    if isinstance(node, Both):
        text = truth(node.parts[0])
        for part in node.parts[1:]:
            text = f"{'min' if node.every else 'max'}({text}, {truth(part)})"
        return text
    raise TypeError(f"not a truth: {node!r}")
