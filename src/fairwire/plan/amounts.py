"""The text of an amount: what one event adds to a cell, for each name of `model.aggregates` and each kind of event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from fairwire.expr import emit
from fairwire.expr.tree import Both, Node
from fairwire.model.aggregates import AGGREGATES, Amount
from fairwire.model.columns import COLUMN_BY_NAME, COLUMN_INDEX, DISPOSITIONS, ENDED
from fairwire.model.program import EXTREME_SHIFT, GRAIN_SHIFT
from fairwire.plan.detector import CheckedFeature

SQUARED_MOST = 3_000_000_000
"""Numbers beyond are squared as if they were this: 34 days in milliseconds, 3,000 in micro-units of money."""
_DISPOSITION = COLUMN_INDEX["disposition"]
_ANSWERED_CODE = DISPOSITIONS.index("answered") + 1


class Locals(Protocol):
    """Where a text may keep what several amounts need."""

    def local(self, kind: int, text: str) -> str:
        """The name of a variable that holds `text` while an event of this kind is looked at."""
        ...


Texts = dict[int, str]
"""By kind of event: the text of what it adds. It is a whole number without branches; an event of another kind adds nothing."""
_ALL = f"1 + (row[{COLUMN_INDEX['kind']}] & 0)"
"""One, as a variable: Numba compiles a function anew for each number that it is called with."""


def holds(kind: int, node: Node | None, into: Locals) -> str:
    """The name of a variable that is 1 where an event of this kind meets a condition, else 0."""
    return into.local(kind, _ALL if node is None else f"{_in_parts(node, kind, into)} >> 1")


def _in_parts(node: Node, kind: int, into: Locals) -> str:
    """The text of a condition; each part of an `and` or `or` has a variable, for many conditions share them."""
    if not isinstance(node, Both):
        return emit.truth(node)
    parts = [into.local(kind, _in_parts(part, kind, into)) for part in node.parts]
    text = parts[0]
    for part in parts[1:]:
        text = f"{'min' if node.every else 'max'}({text}, {part})"
    return text


def amount_texts(amount: Amount, feature: CheckedFeature, into: Locals) -> Texts:
    """What one event adds to a cell."""
    return _TEXTS[amount](feature, into)


def _holds(feature: CheckedFeature, into: Locals) -> str:
    return holds(feature.kind, feature.where, into)


def _if_known(value: str, feature: CheckedFeature, into: Locals) -> Texts:
    return {feature.kind: f"given({_holds(feature, into)}, row[{feature.column}], {value})"}


def _one(feature: CheckedFeature, into: Locals) -> Texts:
    return {feature.kind: _holds(feature, into)}


def _value(feature: CheckedFeature, into: Locals) -> Texts:
    return _if_known(f"row[{feature.column}]", feature, into)


def _known(feature: CheckedFeature, into: Locals) -> Texts:
    return {feature.kind: f"{_holds(feature, into)} & (row[{feature.column}] != UNKNOWN)"}


def _shared(feature: CheckedFeature, into: Locals) -> Texts:
    assert feature.share is not None
    return {feature.kind: f"{_holds(feature, into)} & ({into.local(feature.kind, emit.truth(feature.share))} == 2)"}


def _told(feature: CheckedFeature, into: Locals) -> Texts:
    assert feature.share is not None
    return {feature.kind: f"{_holds(feature, into)} & ({into.local(feature.kind, emit.truth(feature.share))} != 1)"}


def _seized(feature: CheckedFeature, into: Locals) -> Texts:
    # Answer-seizure ratio (ITU-T E.425) of the calls whose fate is known: answers count when they are given, refusals
    # when they end. Counting ended calls alone would see the short and unanswered ones first.
    refused = f"(row[{_DISPOSITION}] != UNKNOWN) & (row[{_DISPOSITION}] != {_ANSWERED_CODE})"
    return {feature.kind: _holds(feature, into), ENDED: f"{holds(ENDED, feature.where, into)} & {refused}"}


def _in_progress(feature: CheckedFeature, into: Locals) -> Texts:
    return {feature.kind: _holds(feature, into), ENDED: f"-{holds(ENDED, feature.where, into)}"}


def _shifted(feature: CheckedFeature, into: Locals) -> Texts:
    return _if_known(f"row[{feature.column}] + {EXTREME_SHIFT}", feature, into)


def _valued(feature: CheckedFeature, into: Locals) -> Texts:
    return _if_known(f"max(row[{feature.column}], 0) + 1", feature, into)


def _grain(feature: CheckedFeature, into: Locals) -> Texts:
    value = f"row[{feature.column}]"
    if COLUMN_BY_NAME[feature.counted].type == "number":
        value = f"{value} // {feature.grain} + {GRAIN_SHIFT}"
    return _if_known(value, feature, into)


def _square(feature: CheckedFeature, into: Locals) -> str:
    value = into.local(feature.kind, f"min(max(row[{feature.column}], -{SQUARED_MOST}), {SQUARED_MOST})")
    return into.local(feature.kind, f"{value} * {value}")


def _square_low(feature: CheckedFeature, into: Locals) -> Texts:
    return _if_known(f"{_square(feature, into)} & 4294967295", feature, into)


def _square_high(feature: CheckedFeature, into: Locals) -> Texts:
    return _if_known(f"{_square(feature, into)} >> 32", feature, into)


_TEXTS: dict[str, Callable[[CheckedFeature, Locals], Texts]] = {
    "one": _one,
    "value": _value,
    "key": _value,
    "known": _known,
    "shared": _shared,
    "told": _told,
    "seized": _seized,
    "in_progress": _in_progress,
    "shifted": _shifted,
    "valued": _valued,
    "grain": _grain,
    "square_low": _square_low,
    "square_high": _square_high,
}
GAPS: tuple[Amount, ...] = ("gaps", "gap", "gap_low", "gap_high")
"""Amounts that only the kernel knows, in the order in which a `Gap` fills them."""


def scale_of(feature: CheckedFeature) -> float:
    """Part of the unit that one stored integer of the value stands for."""
    return COLUMN_BY_NAME[feature.counted].scale if AGGREGATES[feature.aggregate].scaled else 1.0
