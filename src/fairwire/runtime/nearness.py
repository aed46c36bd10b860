"""How near a rule came to firing: how far the numbers were from their thresholds, and how many of its conditions did not hold.

Of conditions joined by `and`, all that do not hold are lacking; of those joined by `or`, the part that lacks least is the way the
rule would have fired first. An unknown value is as far away as can be. What is far away counts before what is many: two numbers
just below their thresholds are nearer than one that is still nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwire.expr.evaluate import Comparison, Value, comparisons, evaluate, show
from fairwire.expr.tree import Both, Compare, Node, Not, Number
from fairwire.expr.vector import Column, numbers, truths

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """One condition that did not hold on the nearest way to firing."""

    rule: str
    value: Value
    comparison: str
    threshold: Value
    known: bool


def lacking(node: Node, column: Column, size: int, *, negated: bool = False) -> tuple[Counts, Floats]:
    """How many conditions lack for a rule to hold, and by how much in all, event by event.

    Parameters
    ----------
    node
        A checked condition.
    column, size
        As for `truths`.
    negated
        The condition must not hold.

    Returns
    -------
    Counts and the sum of the relative distances, 0 to 1 for each condition. Shape (size,) both. Nothing compared with nothing
    (`use >= others_mean` where both are 0) counts as lacking, although it is true.
    """
    if isinstance(node, Not):
        return lacking(node.operand, column, size, negated=not negated)
    if not isinstance(node, Both):
        return _leaf(node, column, size, negated=negated)
    parts = [lacking(part, column, size, negated=negated) for part in node.parts]
    if node.every != negated:
        return np.sum([count for count, _ in parts], axis=0), np.sum([gap for _, gap in parts], axis=0)
    count, gap = parts[0]
    for other_count, other_gap in parts[1:]:
        nearer = (other_gap < gap) | ((other_gap == gap) & (other_count < count))
        count, gap = np.where(nearer, other_count, count), np.where(nearer, other_gap, gap)
    return count, gap


def _leaf(node: Node, column: Column, size: int, *, negated: bool) -> tuple[Counts, Floats]:
    yes, no = truths(node, column, size)
    if negated:
        yes, no = no, yes
    gap = np.ones(size)
    empty = np.zeros(size, dtype=np.bool_)
    if isinstance(node, Compare):
        left, _ = numbers(node.left, column, size)
        right, _ = numbers(node.right, column, size)
        with np.errstate(all="ignore"):
            apart = np.abs(left - right) / np.maximum(np.maximum(np.abs(left), np.abs(right)), 1e-12)
        gap = np.where(no, np.nan_to_num(np.clip(apart, 1e-9, 1.0), nan=1.0), 1.0)
        if node.op in (">=", "<=") and not isinstance(node.left, Number) and not isinstance(node.right, Number):
            empty = (left == 0) & (right == 0)
    gap = np.where(empty, 1.0, gap)
    lacks = ~yes | empty
    return lacks.astype(np.int64), np.where(lacks, gap, 0.0)


def lacking_now(node: Node, values: Mapping[str, Value], *, negated: bool = False) -> list[Lacking]:
    """The conditions that do not hold on the nearest way to firing, for one event."""
    if isinstance(node, Not):
        return lacking_now(node.operand, values, negated=not negated)
    if isinstance(node, Both):
        if node.every != negated:
            return [found for part in node.parts for found in lacking_now(part, values, negated=negated)]
        return lacking_now(min(node.parts, key=lambda part: _reach(part, values, negated)), values, negated=negated)
    held = evaluate(node, values)
    if held is not None and bool(held) != negated:
        return []
    return [_told(node, values, negated=negated)]


def conditions(node: Node, values: Mapping[str, Value], *, negated: bool = False) -> int:
    """How many conditions stand on the nearest way to firing."""
    if isinstance(node, Not):
        return conditions(node.operand, values, negated=not negated)
    if not isinstance(node, Both):
        return 1
    if node.every != negated:
        return sum(conditions(part, values, negated=negated) for part in node.parts)
    return conditions(min(node.parts, key=lambda part: _reach(part, values, negated)), values, negated=negated)


def _reach(node: Node, values: Mapping[str, Value], negated: bool) -> tuple[float, int]:
    def column(name: str) -> tuple[Floats, npt.NDArray[np.bool_]]:
        value = values.get(name)
        known = value is not None and value == value
        return np.array([float(value) if known and value is not None else np.nan]), np.array([known])

    count, gap = lacking(node, column, 1, negated=negated)
    return float(gap[0]), int(count[0])


def _told(node: Node, values: Mapping[str, Value], *, negated: bool) -> Lacking:
    seen = comparisons(node, values)
    one = seen[0] if seen else Comparison(left=show(node), value=None, comparison="is", right="true", threshold=1, holds=None)
    comparison = _OPPOSITE.get(one.comparison, "is not") if negated else one.comparison
    return Lacking(
        rule=one.left, value=one.value, comparison=comparison, threshold=one.threshold, known=one.value is not None or not seen
    )
