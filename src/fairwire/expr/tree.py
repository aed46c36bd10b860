"""The typed tree of an expression.

Three types: numbers (unknown is NaN), truths (false, unknown, true as 0, 1, 2) and words of a closed list, which only
compare with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["number", "truth", "word"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Something defined outside: a feature, parameter, column or customer attribute.

    `code` is the text of its value in compiled code: a float expression for numbers, an integer with `UNKNOWN` for
    flags and words.
    """

    name: str
    type: Type
    code: str
    words: tuple[str, ...] = ()
    unit: str = ""
    role: Literal["feature", "parameter", "column", "customer"] = "column"


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number."""

    value: float


@dataclass(frozen=True, slots=True)
class Truth:
    """A literal `True` or `False`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+ - * /`, `min`, `max` of two numbers; unknown if either is. Division by zero is unknown."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `abs(x)`, `log1p(x)`."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right` of two numbers: unknown if either is."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class OneOf:
    """A word is one of some codes (`==`, `in`); unknown if the word is."""

    left: Name
    codes: tuple[int, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """`known(x)`: never unknown itself."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Not:
    """Not; unknown stays unknown."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Both:
    """And (`every`) or or (`some`) in three-valued logic: false and unknown is false, true or unknown is true."""

    every: bool
    parts: tuple[Node, ...]


Node = Name | Number | Truth | Arithmetic | Unary | Compare | OneOf | Known | Not | Both


def type_of(node: Node) -> Type:
    """The type of a checked node."""
    if isinstance(node, Name):
        return node.type
    if isinstance(node, Number | Arithmetic | Unary):
        return "number"
    return "truth"


def names_in(node: Node) -> tuple[Name, ...]:
    """Every name in it, in order of first use."""
    found: dict[str, Name] = {}
    stack: list[Node] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Name):
            found.setdefault(item.name, item)
        elif isinstance(item, Arithmetic | Compare):
            stack += [item.right, item.left]
        elif isinstance(item, OneOf):
            stack.append(item.left)
        elif isinstance(item, Both):
            stack += reversed(item.parts)
        elif isinstance(item, Unary | Known | Not):
            stack.append(item.operand)
    return tuple(found.values())
