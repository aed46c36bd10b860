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
def known(a):
    return 0 if a == UNKNOWN else 2


@njit
def is_number(a):
    return 0 if a != a else 2


@njit
def settled(a):
    return 0 if a == 1 else 2


@njit
def word(a):
    return UNKNOWN if a != a else int(a)


@njit
def given(holds, value, amount):
    return amount if holds != 0 and value != UNKNOWN else 0


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
        return _one_of(node)
    if isinstance(node, Known):
        inner = node.operand
        if type_of(inner) == "number":
            return f"is_number({number(inner)})"
        if isinstance(inner, Name):
            return f"known({inner.code})"
        return f"settled({truth(inner)})"
    if isinstance(node, Not):
        return f"(2 - {truth(node.operand)})"
    if isinstance(node, Both):
        text = truth(node.parts[0])
        for part in node.parts[1:]:
            text = f"{'min' if node.every else 'max'}({text}, {truth(part)})"
        return text
    raise TypeError(f"not a truth: {node!r}")


_PLACES = 31
"""Codes of a word, from 0 on, of which each has two bits of a number; the last two bits are of what is unknown."""


def _one_of(node: OneOf) -> str:
    """Whether a word is one of some, looked up in a number; `UNKNOWN` has all bits but the first set when they are turned."""
    code = node.left.code
    if len(node.left.words) >= _PLACES:
        same = " or ".join(f"{code} == {value}" for value in node.codes)
        return f"(1 if {code} == UNKNOWN else (2 if {same} else 0))"
    table = (1 << 2 * _PLACES) + sum(2 << 2 * value for value in set(node.codes))
    return f"({table} >> 2 * (({code} ^ ({code} >> 63)) & {_PLACES}) & 3)"
