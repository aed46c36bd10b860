"""What a site's do-not-call list makes of calls: cases of detectors know only the lists that come with the package."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from fairwire.numbers.destinations import Destinations
from fairwire.numbers.lists import Lists
from fairwire.plan.spec import CaseSpec
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.plans import Plan
from fairwire.testkit.cases import case_plan, check_case, run_case

DETECTOR = "compliance.do_not_call"
LISTED = "".join(f"+131255501{number:02d}\n" for number in range(40)) + "+13125550190,2026-03-01,subject\n"
"""Forty people whom nobody may call, and one who has told this customer so."""


@cache
def plan() -> Plan:
    detectors, words = load_detectors()
    return case_plan({DETECTOR: detectors[DETECTOR]}, words)


@cache
def site() -> Destinations:
    return Destinations(lists=Lists({"do_not_call.txt": LISTED}))


def seen(expect: Any, *groups: dict[str, Any]) -> str:
    """What is wrong with what the site's detector makes of these calls; empty when nothing is."""
    case = CaseSpec(name="calls at a site with a list", customer={"seats": 3}, given=list(groups), expect=expect)
    return check_case(case, run_case(plan(), DETECTOR, case, site()))


def test_a_campaign_that_does_not_look_into_the_list_is_found_by_its_tenth_listed_number() -> None:
    listed = {"calls": 30, "every": "60s", "to": {"walk": "+13125550100"}, "outcome": ["no_answer", "answered"], "talk_s": 40}
    assert seen({"by_call": 10}, listed) == ""


def test_a_machine_is_found_by_its_third_call_to_a_listed_number() -> None:
    by_machine = {"calls": 5, "every": "60s", "to": {"walk": "+13125550100"}, "with": {"automated": True}}
    assert seen({"by_call": 3}, by_machine) == ""


def test_somebody_who_is_called_again_and_again_after_asking_not_to_be_is_found() -> None:
    assert seen({"by_call": 4}, {"calls": 6, "every": "2h", "to": "+13125550190", "outcome": ["no_answer"]}) == ""


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([{"calls": 2, "every": "3h", "to": "+13125550105", "talk_s": 300}], id="two private calls to a friend"),
        pytest.param([{"calls": 60, "every": "60s", "to": "fresh", "talk_s": 60}], id="people who are on no list"),
        pytest.param(
            [
                {"calls": 30, "every": "60s", "to": {"walk": "+13125550100"}, "direction": "inbound", "talk_s": 60},
                {"calls": 30, "every": "60s", "start": "2h", "to": {"walk": "+13125550100"}, "talk_s": 60},
            ],
            id="people who had called first",
        ),
        pytest.param(
            [{"calls": 30, "every": "60s", "to": {"walk": "+13125550100"}, "diversion": ["+12025550100"], "talk_s": 60}],
            id="calls that were forwarded",
        ),
    ],
)
def test_calls_that_no_campaign_places_are_quiet(calls: list[dict[str, Any]]) -> None:
    assert seen("quiet", *calls) == ""
