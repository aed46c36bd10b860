"""Tree to SQL, in DuckDB's dialect: an independent reading of every rule, for tests and for people who ask their own data.

Unknown is NULL, and the three-valued logic is SQL's own. Where SQL would go other ways (NaN is a value that compares, `least`
ignores NULL, a division by zero is infinite) the text says what the rule language means.
"""

from __future__ import annotations

from collections.abc import Callable

from fairwire.expr.tree import (
    Arithmetic,
    Both,
    Compare,
    Known,
    Name,
    Node,
    Not,
    Number,
    OneOf,
    Points,
    Truth,
    Unary,
)

Resolve = Callable[[Name], str]
"""The SQL of a name: a DOUBLE for numbers, a BOOLEAN for truths, an integer code for words; NULL where it is unknown."""

_COMPARE = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "=", "!=": "<>"}
_BETTER = {"min": "least", "max": "greatest"}


def literal(value: float) -> str:
    """A DOUBLE; without an exponent, DuckDB would read a decimal."""
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def sql(node: Node, resolve: Resolve) -> str:
    """The expression as SQL, in brackets where it needs them.

    Parameters
    ----------
    node
        A checked tree.
    resolve
        What stands for each name.
    """

    def inner(part: Node) -> str:
        return sql(part, resolve)

    if isinstance(node, Name):
        return resolve(node)
    if isinstance(node, Number):
        return literal(node.value)
    if isinstance(node, Truth):
        return "TRUE" if node.value else "FALSE"
    if isinstance(node, Arithmetic):
        return _arithmetic(node.op, inner(node.left), inner(node.right))
    if isinstance(node, Unary):
        operand = inner(node.operand)
        if node.op == "log1p":
            return f"(CASE WHEN {operand} > -1e0 THEN {_log1p(operand)} END)"
        return f"(-{operand})" if node.op == "-" else f"{node.op}({operand})"
    if isinstance(node, Compare):
        return f"({inner(node.left)} {_COMPARE[node.op]} {inner(node.right)})"
    if isinstance(node, OneOf):
        return f"({inner(node.left)} IN ({', '.join(str(code) for code in node.codes)}))"
    if isinstance(node, Known):
        return f"({inner(node.operand)} IS NOT NULL)"
    if isinstance(node, Points):
        return f"(CASE WHEN {inner(node.sign)} THEN {inner(node.weight)} ELSE 0e0 END)"
    if isinstance(node, Not):
        return f"(NOT {inner(node.operand)})"
    if isinstance(node, Both):
        return "(" + (" AND " if node.every else " OR ").join(inner(part) for part in node.parts) + ")"
    raise TypeError(f"not an expression: {node!r}")


def _arithmetic(op: str, left: str, right: str) -> str:
    if op in _BETTER:
        return f"(CASE WHEN {left} IS NOT NULL AND {right} IS NOT NULL THEN {_BETTER[op]}({left}, {right}) END)"
    if op == "/":
        right = f"nullif({right}, 0e0)"
    # NaN (infinity less infinity ...) is unknown; DuckDB holds it equal to itself.
    return f"nullif({left} {op} {right}, 'nan'::DOUBLE)"


def _log1p(operand: str) -> str:
    """log(1 + x) for small x too; DuckDB has only `ln`. After W. Kahan: x ln(u) / (u - 1) with u = 1 + x."""
    u = f"(1e0 + {operand})"
    return f"(CASE WHEN {u} = 1e0 THEN {operand} WHEN isinf({u}) THEN {u} ELSE {operand} * (ln({u}) / ({u} - 1e0)) END)"
