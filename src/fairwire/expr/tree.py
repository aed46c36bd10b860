"""The typed tree of an expression.

Three types: numbers (unknown is NaN), truths (false, unknown, true as 0, 1, 2) and words of a closed list, which only
compare with each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Type = Literal["number", "truth", "word"]
Dimension = Literal["", "count", "share", "seconds", "minutes", "hours", "days", "money", "price"]
"""Kinds of quantities. A share is 0 to 1, a price is money a minute; empty means that nothing is known about it."""


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
    dimension: Dimension = ""
    """What kind of quantity it is, where that is known: only alike is compared with alike."""
    value: float | None = None
    """The value that holds unless a pack sets another; None where there is none."""


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
class Points:
    """`points(sign, weight)`: the weight where the sign is true, nothing where it is false or unknown."""

    sign: Node
    weight: Node


@dataclass(frozen=True, slots=True)
class Not:
    """Not; unknown stays unknown."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Both:
    """And (`every`) or or (`some`) in three-valued logic: false and unknown is false, true or unknown is true."""

    every: bool
    parts: tuple[Node, ...]


Node = Name | Number | Truth | Arithmetic | Unary | Compare | OneOf | Known | Points | Not | Both


def type_of(node: Node) -> Type:
    """The type of a checked node."""
    if isinstance(node, Name):
        return node.type
    if isinstance(node, Number | Arithmetic | Unary | Points):
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
        elif isinstance(item, Points):
            stack += [item.weight, item.sign]
        elif isinstance(item, Both):
            stack += reversed(item.parts)
        elif isinstance(item, Unary | Known | Not):
            stack.append(item.operand)
    return tuple(found.values())


def renamed(node: Node, codes: Mapping[str, str]) -> Node:
    """The same tree with the final code of each name."""
    if isinstance(node, Name):
        return replace(node, code=codes.get(node.name, node.code))
    if isinstance(node, Arithmetic | Compare):
        return replace(node, left=renamed(node.left, codes), right=renamed(node.right, codes))
    if isinstance(node, OneOf):
        left = renamed(node.left, codes)
        assert isinstance(left, Name)
        return replace(node, left=left)
    if isinstance(node, Both):
        return replace(node, parts=tuple(renamed(part, codes) for part in node.parts))
    if isinstance(node, Points):
        return replace(node, sign=renamed(node.sign, codes), weight=renamed(node.weight, codes))
    if isinstance(node, Unary | Known | Not):
        return replace(node, operand=renamed(node.operand, codes))
    return node
