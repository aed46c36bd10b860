"""Every case that a detector carries runs through the whole path, and what it promises is seen."""

from __future__ import annotations

from functools import cache

import pytest

from fairwire.numbers.destinations import Destinations
from fairwire.plan.detector import Detector
from fairwire.plan.spec import CaseSpec
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.plans import Plan
from fairwire.testkit.cases import case_plan, check_case, run_case

DETECTORS, WORDS = load_detectors()
CASES = [(detector, case) for detector in DETECTORS.values() for case in detector.spec.cases]


@cache
def plan() -> Plan:
    return case_plan(DETECTORS, WORDS)


@cache
def destinations() -> Destinations:
    return Destinations()


@pytest.mark.parametrize(("detector", "case"), CASES, ids=[f"{detector.id}: {case.name}" for detector, case in CASES])
def test_the_case_holds(detector: Detector, case: CaseSpec) -> None:
    outcome = run_case(plan(), detector.id, case, destinations())
    assert check_case(case, outcome) == ""
    for finding in outcome.findings:
        assert "unknown" not in finding.reason, "a sentence states what was counted"
        assert "{" not in finding.reason


@pytest.mark.parametrize("detector", DETECTORS.values(), ids=list(DETECTORS))
def test_a_detector_names_innocent_look_alikes_and_has_a_quiet_case_for_a_clause_it_serves(detector: Detector) -> None:
    assert detector.spec.innocent
    assert any(case.expect == "quiet" for case in detector.spec.cases)
    assert any(case.clause and case.expect != "quiet" for case in detector.spec.cases), "no firing case names a clause"
