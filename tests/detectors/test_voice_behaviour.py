"""What a case of a detector cannot say: lists that only a site has."""

from __future__ import annotations

from typing import Any

import pytest

from fairwire.numbers.destinations import Destinations
from fairwire.numbers.lists import Lists
from fairwire.plan.spec import CaseSpec
from fairwire.runtime.detectors import load_detectors
from fairwire.testkit.cases import Outcome, case_plan, run_case

NAME = "voice.do_not_call"
LISTED = "\n".join(f"+1312555{100 + 7 * i:04d}" for i in range(8))
"""The first eight of the numbers that the calls below go to."""


def outcome(given: list[dict[str, Any]]) -> Outcome:
    """What the detector finds at a site whose do-not-call list is `LISTED`."""
    found, words = load_detectors()
    case = CaseSpec(name="calls to listed numbers", customer={"seats": 5}, given=given, expect="quiet")
    destinations = Destinations(lists=Lists({"do_not_call.txt": LISTED}))
    return run_case(case_plan({NAME: found[NAME]}, words), NAME, case, destinations)


@pytest.mark.parametrize(
    ("pool", "findings"),
    [(40, 1), (4, 0)],
    ids=["forty strangers of whom eight are listed", "four strangers who are listed are no list that was never compared"],
)
def test_calls_to_strangers_on_the_list_are_found(pool: int, findings: int) -> None:
    calls = {"calls": 40, "every": "60s", "to": {"pool": pool, "first": "+13125550100"}, "outcome": ["no_answer"]}
    found = outcome([calls]).findings
    assert len(found) == findings
    for finding in found:
        assert "calls in a day to strangers on the do-not-call list" in finding.reason


def test_who_has_called_may_be_called_back() -> None:
    to = {"pool": 8, "first": "+13125550100"}
    calls_in = {"calls": 8, "every": "60s", "to": to, "direction": "inbound", "outcome": ["answered"]}
    back = {"calls": 40, "every": "60s", "start": "1h", "to": to, "outcome": ["answered"]}
    assert outcome([calls_in, back]).findings == []
