"""Whether a rule may hold for someone for whom nothing was ever counted.

Most pairs of a customer and a number that it called never do anything that a rule counts. Where no rule could hold for them,
the kernel keeps nothing for them. The answer must never be a wrong no, so what is not certain is taken to be anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from fairwire.expr.evaluate import Value, evaluate
from fairwire.expr.tree import Both, Compare, Known, Name, Node, Not, OneOf, Points, Truth, names_in, type_of
from fairwire.model.aggregates import AGGREGATES, PANES
from fairwire.plan.detector import CheckedFeature

_ANYTHING = frozenset((0, None, 1))


def of_nothing(features: Mapping[str, CheckedFeature]) -> dict[str, Value]:
    """Features whose value is certain where nothing was ever counted: zero, or unknown (None). Others may be anything."""
    nothing: dict[str, Value] = {}
    for name, feature in features.items():
        aggregate = AGGREGATES[feature.aggregate]
        if feature.aggregate in ("max", "min"):
            nothing[name] = None
        elif aggregate.structure == PANES and not any(feature.prior) and feature.aggregate != "rate":
            nothing[name] = 0.0 if aggregate.least is None else None
    return nothing


def may_hold(node: Node, certain: Mapping[str, Value]) -> bool:
    """Whether the condition may be true when the names in `certain` have these values (None: unknown) and others may have any."""
    return 1 in _truths(node, certain)


def _truths(node: Node, certain: Mapping[str, Value]) -> frozenset[int | None]:
    """The truths that a condition may have."""
    if all(name.name in certain for name in names_in(node)):
        value = evaluate(node, certain)
        return frozenset((None if value is None else int(bool(value)),))
    if isinstance(node, Truth):
        return frozenset((int(node.value),))
    if isinstance(node, Not):
        return frozenset(None if each is None else 1 - each for each in _truths(node.operand, certain))
    if isinstance(node, Known):
        if type_of(node.operand) != "truth" or isinstance(node.operand, Name):
            return frozenset((0, 1))
        return frozenset(int(each is not None) for each in _truths(node.operand, certain))
    if isinstance(node, Both):
        return _joined(node, certain)
    if isinstance(node, Compare):
        return _compared(node, certain)
    assert isinstance(node, Name | OneOf)
    return _ANYTHING


def _joined(node: Both, certain: Mapping[str, Value]) -> frozenset[int | None]:
    rank = {0: 0, None: 1, 1: 2}
    found = _truths(node.parts[0], certain)
    pick = min if node.every else max
    for part in node.parts[1:]:
        more = _truths(part, certain)
        found = frozenset(pick(a, b, key=rank.__getitem__) for a in found for b in more)
    return found


def _compared(node: Compare, certain: Mapping[str, Value]) -> frozenset[int | None]:
    """A comparison with something certainly unknown is unknown; all others may be anything."""
    for side in (node.left, node.right):
        names = names_in(side)
        if any(_spoils(side, name, certain) for name in names):
            return frozenset((None,))
    return _ANYTHING


def _spoils(side: Node, name: Name, certain: Mapping[str, Value]) -> bool:
    """Whether a name that is certainly unknown makes the number unknown: all operations do so but `points`."""
    return name.name in certain and certain[name.name] is None and not _within_points(side)


def _within_points(node: Node) -> bool:
    stack: list[object] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Points):
            return True
        stack += [getattr(item, part) for part in ("left", "right", "operand") if hasattr(item, part)]
    return False
