"""The cases of the detectors under the policies that are shipped: the same firing, with the clauses of the policy."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from fairwire.plan.detector import Detector
from fairwire.plan.spec import CaseSpec
from fairwire.runtime.plans import Plan
from fairwire.testkit.cases import check_case, run_case
from traces import destinations, real_plan, shipped_plan

CASES = [(detector, case) for detector in real_plan().detectors.values() for case in detector.spec.cases]


@cache
def plan_of(pack: str) -> Plan:
    """All packs compiled together, one of them for every customer."""
    return replace(real_plan(), everyone=pack)


def one_of(packs: list[str], detector: Detector, case: CaseSpec) -> list[str]:
    """One of these for each case, in turn: all run the same program, and differ by what they bind only."""
    place = detector.spec.cases.index(case) + sorted(real_plan().detectors).index(detector.id)
    return packs[place % len(packs) :][:1] if packs else []


def packs_of(detector: Detector) -> list[str]:
    """Packs in which the detector serves a clause and keeps its own parameters."""
    plan = real_plan()
    return [
        name
        for name, pack in sorted(plan.packs.items())
        if plan.clauses(name, detector.id)
        and all(
            pack.parameters.get(detector.id, {}).get(key, own.value) == own.value for key, own in detector.spec.parameters.items()
        )
    ]


@pytest.mark.parametrize(("detector", "case"), CASES, ids=[f"{detector.id}: {case.name}" for detector, case in CASES])
def test_a_case_fires_under_every_policy_as_it_fires_by_itself(detector: Detector, case: CaseSpec) -> None:
    packs = packs_of(detector)
    assert packs, f"no policy has a clause that {detector.id} serves"
    for pack in one_of(packs, detector, case):
        plan = plan_of(pack)
        outcome = run_case(plan, detector.id, case, destinations())
        assert check_case(case, outcome) == ""
        if case is detector.spec.cases[0]:  # for the others it is enough that the promise of the case holds
            alone = run_case(shipped_plan(), detector.id, case, destinations())
            assert [(f.time, f.reason, f.count, f.events) for f in outcome.findings] == [
                (f.time, f.reason, f.count, f.events) for f in alone.findings
            ]
        for finding in outcome.findings:
            assert finding.policy.id == pack
            assert finding.clauses == plan.clauses(pack, detector.id) != ()


@pytest.mark.parametrize("detector", real_plan().detectors.values(), ids=list(real_plan().detectors))
def test_a_detector_stays_silent_under_a_policy_that_has_no_clause_for_it(detector: Detector) -> None:
    plan = real_plan()
    without = [name for name in plan.packs if not plan.clauses(name, detector.id)]
    for case in detector.spec.cases:
        for pack in one_of(without, detector, case) if case.expect != "quiet" else ():
            assert run_case(plan_of(pack), detector.id, case, destinations()).findings == []


def test_the_clauses_that_a_case_names_are_served_by_its_detector() -> None:
    """A case that names a clause shows it, so some policy must have that clause under the detector's topics."""
    plan = real_plan()
    for detector, case in CASES:
        for clause in case.clause:
            assert any(clause in plan.clauses(pack, detector.id) for pack in plan.packs), (detector.id, case.name, clause)
