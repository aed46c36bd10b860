"""What the cases of the detectors of texts cannot say: what a site's own list of numbers adds."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from fairwire.numbers.destinations import Destinations
from fairwire.numbers.lists import Lists
from fairwire.plan.spec import CaseSpec
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.plans import Plan
from fairwire.testkit.cases import case_plan, run_case

OPT_OUTS = "messaging.opt_outs_ignored"
LISTED = "\n".join(f"+1312555{number:04d}" for number in range(100, 120))


@cache
def plan() -> Plan:
    found, words = load_detectors()
    return case_plan({OPT_OUTS: found[OPT_OUTS]}, words)


@cache
def destinations() -> Destinations:
    return Destinations(lists=Lists({"do_not_call.txt": LISTED}))


def texts_to(to: Any, text: str, features: list[str], *, wrote_first: bool = False) -> list[str]:
    """Reasons of what is found when eight texts go to numbers from `to` on."""
    given: list[dict[str, Any]] = [
        {"events": 8, "type": "message.sent", "every": "10m", "start": "48h", "data": {"to": to, "text": text}}
    ]
    if wrote_first:
        given.insert(
            0, {"events": 8, "type": "message.received", "every": "10m", "data": {"from": to, "text": "A quote, please"}}
        )
    case = CaseSpec(name="texts to a list", customer={"features": features}, given=given, expect="quiet")
    return [finding.reason for finding in run_case(plan(), OPT_OUTS, case, destinations()).findings]


def test_advertising_to_strangers_on_the_do_not_call_list_is_found() -> None:
    (reason,) = texts_to({"walk": "+13125550100"}, "New roofs at half the price", [])
    assert "5 numbers on a do-not-call list" in reason


@pytest.mark.parametrize(
    ("to", "text", "features"),
    [
        pytest.param({"walk": "+13125550200"}, "New roofs at half the price", [], id="numbers that are not on it"),
        pytest.param({"walk": "+13125550100"}, "Your verification code is 482100", [], id="codes that people asked for"),
        pytest.param("+13125550100", "Are you there?", [], id="one person on it"),
        pytest.param({"walk": "+13125550100"}, "New roofs", ["registered_messaging_campaign"], id="a registered campaign"),
    ],
)
def test_texts_that_the_list_does_not_forbid_are_quiet(to: Any, text: str, features: list[str]) -> None:
    assert not texts_to(to, text, features)


def test_people_on_the_list_who_wrote_first_are_no_strangers() -> None:
    assert not texts_to({"walk": "+13125550100"}, "Your roof is ready", [], wrote_first=True)
