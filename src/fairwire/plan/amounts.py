"""The text of an amount: what one event adds to a cell, for each name of `model.aggregates`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from fairwire.expr import emit
from fairwire.expr.tree import Node
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

    def local(self, text: str) -> str:
        """The name of a variable that holds `text`."""
        ...


def condition(kind: int, node: Node | None) -> str:
    """The text of: an event of this kind for which `node` is true."""
    return f"kind == {kind}" if node is None else f"kind == {kind} and {emit.truth(node)} == 2"


def amount_text(amount: Amount, feature: CheckedFeature, into: Locals) -> str:
    """What one event adds to a cell; 0 when it is none of the feature's events."""
    return _TEXTS[amount](feature, into)


def _holds(feature: CheckedFeature, into: Locals) -> str:
    return into.local(condition(feature.kind, feature.where))


def _if_known(value: str, feature: CheckedFeature, into: Locals) -> str:
    return f"{value} if {_holds(feature, into)} and row[{feature.column}] != UNKNOWN else 0"


def _one(feature: CheckedFeature, into: Locals) -> str:
    return f"1 if {_holds(feature, into)} else 0"


def _value(feature: CheckedFeature, into: Locals) -> str:
    return _if_known(f"row[{feature.column}]", feature, into)


def _known(feature: CheckedFeature, into: Locals) -> str:
    return _if_known("1", feature, into)


def _shared(feature: CheckedFeature, into: Locals) -> str:
    assert feature.share is not None
    return f"1 if {_holds(feature, into)} and {into.local(emit.truth(feature.share))} == 2 else 0"


def _told(feature: CheckedFeature, into: Locals) -> str:
    assert feature.share is not None
    return f"1 if {_holds(feature, into)} and {into.local(emit.truth(feature.share))} != 1 else 0"


def _refused(feature: CheckedFeature, into: Locals) -> str:
    told = f"row[{_DISPOSITION}] != UNKNOWN and row[{_DISPOSITION}] != {_ANSWERED_CODE}"
    return into.local(f"{condition(ENDED, feature.where)} and {told}")


def _seized(feature: CheckedFeature, into: Locals) -> str:
    # Answer-seizure ratio (ITU-T E.425) of the calls whose fate is known: answers count when they are given, refusals
    # when they end. Counting ended calls alone would see the short and unanswered ones first.
    return f"1 if {_holds(feature, into)} or {_refused(feature, into)} else 0"


def _in_progress(feature: CheckedFeature, into: Locals) -> str:
    ends = into.local(condition(ENDED, feature.where))
    return f"1 if {_holds(feature, into)} else (-1 if {ends} else 0)"


def _shifted(feature: CheckedFeature, into: Locals) -> str:
    return _if_known(f"row[{feature.column}] + {EXTREME_SHIFT}", feature, into)


def _valued(feature: CheckedFeature, into: Locals) -> str:
    return _if_known(f"max(row[{feature.column}], 0) + 1", feature, into)


def _grain(feature: CheckedFeature, into: Locals) -> str:
    value = f"row[{feature.column}]"
    if COLUMN_BY_NAME[feature.counted].type == "number":
        value = f"{value} // {feature.grain} + {GRAIN_SHIFT}"
    return _if_known(value, feature, into)


def _square(feature: CheckedFeature, into: Locals) -> str:
    value = into.local(f"min(max(row[{feature.column}], -{SQUARED_MOST}), {SQUARED_MOST})")
    return into.local(f"{value} * {value}")


def _square_low(feature: CheckedFeature, into: Locals) -> str:
    return _if_known(f"{_square(feature, into)} & 4294967295", feature, into)


def _square_high(feature: CheckedFeature, into: Locals) -> str:
    return _if_known(f"{_square(feature, into)} >> 32", feature, into)


_TEXTS: dict[str, Callable[[CheckedFeature, Locals], str]] = {
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
