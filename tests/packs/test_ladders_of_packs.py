"""The ladders of the shipped policies under the detectors that are shipped: who is suspended by rules alone, and who never is."""

from __future__ import annotations

import pytest

from fairwire.enforcement import plan_orders
from fairwire.model.finding import SEVERITIES, Finding, PolicyRef, Severity
from fairwire.model.instants import DAY_US, HOUR_US, format_us, parse_us
from fairwire.model.order import Order
from fairwire.model.policy import Pack, RuleInfo
from fairwire.plan.detector import Detector
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.packs import all_pack_ids, read_pack

BEGIN_US = parse_us("2026-03-02T08:00:00Z")
DETECTORS, _ = load_detectors()
SUSPENSIONS = {"suspend_outbound", "suspend", "terminate"}


def orders_of(pack: Pack, detector: Detector, severity: Severity) -> list[Order]:
    """Ten findings of one detector at one customer, one a day, each acted on as if the detector were in force."""
    spec = detector.spec
    clauses = pack.bound_to(spec.detector, spec.topics)
    found = [
        Finding(
            finding_id=f"f-{day}",
            time=format_us(BEGIN_US + day * DAY_US),
            policy=PolicyRef(id=pack.id, version=pack.version),
            clauses=clauses,
            detector=spec.detector,
            mode="enforce",
            severity=severity,
            customer="larkspur-clinic",
            reason="it was found again",
            features={},
            events=("e-1",),
            first_seen=format_us(BEGIN_US + day * DAY_US - HOUR_US),
            last_seen=format_us(BEGIN_US + day * DAY_US),
            count=1,
            line="+12025550143",
            user="anna",
            callee="+13125550188",
            credential="101",
            address="203.0.113.9",
            device="phone-1",
        )
        for day in range(10 if clauses else 0)
    ]
    rule = RuleInfo(detector=spec.detector, certainty=spec.certainty, narrowest=spec.narrowest)
    return plan_orders(found, {spec.detector: rule}, {pack.id: pack}, customers=1000)


@pytest.mark.parametrize("name", all_pack_ids())
def test_statistics_alone_suspend_nobody(name: str) -> None:
    pack = read_pack(name)
    for detector in DETECTORS.values():
        if detector.spec.certainty == "soft":
            for severity in SEVERITIES:
                alone = {order.step for order in orders_of(pack, detector, severity) if order.approvals == 0}
                assert not alone & SUSPENSIONS, f"{detector.id} at {severity}"


@pytest.mark.parametrize("name", all_pack_ids())
def test_a_customer_that_is_attacked_is_never_suspended_for_it(name: str) -> None:
    pack = read_pack(name)
    attacked = [each for each in DETECTORS.values() if each.spec.narrowest == "address"]
    assert {"access.guessing_from_one_address", "access.scanner_agent"} <= {each.id for each in attacked}
    for detector in attacked:
        for severity in SEVERITIES:
            for order in orders_of(pack, detector, severity):
                assert order.step not in SUSPENSIONS, f"{detector.id} at {severity}"
                assert order.step != "block" or order.target == "address", f"{detector.id} at {severity}"


@pytest.mark.parametrize("name", all_pack_ids())
def test_a_rule_against_one_who_attacks_by_its_logins_aims_at_an_address_or_a_login(name: str) -> None:
    """Guesses and scans come from outside: what stops them is an address or a login, never the customer."""
    pack = read_pack(name)
    for detector in DETECTORS.values():
        if detector.id.startswith("access.") and detector.spec.stage == "enforce":
            for order in orders_of(pack, detector, detector.spec.severity):
                assert order.approvals > 0 or order.target in ("address", "credential") or order.step in ("log", "notify")
