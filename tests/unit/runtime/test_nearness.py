"""How near a rule came to firing, among several events."""

from __future__ import annotations

import numpy as np
import pytest

from fairwire.expr.parse import parse
from fairwire.expr.tree import Name
from fairwire.model.errors import Span
from fairwire.runtime.nearness import lacking, lacking_now

AT = Span(file="rule.yaml", line=1, column=1, length=1, text="")
SCOPE = {name: Name(name=name, type="number", code="") for name in ("calls", "callers", "spoken", "others")}


def nearest(text: str, *events: dict[str, float]) -> int:
    """Place of the event at which the condition was nearest to true."""

    def column(name: str) -> tuple[np.ndarray, np.ndarray]:
        found = np.array([event.get(name, np.nan) for event in events])
        return found, ~np.isnan(found)

    count, gap = lacking(parse(text, SCOPE, AT), column, len(events))
    return int(np.lexsort((count, gap))[0])


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            ({"calls": 0, "callers": 8}, {"calls": 19, "callers": 7}), id="two that nearly hold before one that does not"
        ),
        pytest.param(({"callers": 8}, {"calls": 15, "callers": 6}), id="what is not known is as far away as can be"),
        pytest.param(({"calls": 10, "callers": 8}, {"calls": 19, "callers": 8}), id="of one that lacks, the nearer"),
    ],
)
def test_what_was_nearly_there_is_nearer_than_what_was_not_there_at_all(events: tuple[dict[str, float], ...]) -> None:
    assert nearest("calls >= 20 and callers >= 8", *events) == 1


def test_nothing_compared_with_nothing_is_not_near() -> None:
    assert nearest("calls >= others", {"calls": 0, "others": 0}, {"calls": 8, "others": 10}) == 1


def test_the_way_that_is_told_is_the_one_that_was_nearest() -> None:
    """Of a line that took many calls, not that it took no code by voice."""
    rule = parse("(calls >= 20 and callers >= 8) or spoken >= 5", SCOPE, AT)
    told = lacking_now(rule, {"calls": 18, "callers": 7, "spoken": 0})
    assert [(one.rule, one.value) for one in told] == [("calls", 18), ("callers", 7)]
