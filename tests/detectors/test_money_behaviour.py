"""What a case of a detector cannot say: the same calls in one currency and in another."""

from __future__ import annotations

from typing import Any

import pytest

from fairwire.numbers.destinations import Destinations
from fairwire.plan.spec import CaseSpec
from fairwire.runtime.detectors import load_detectors
from fairwire.testkit.cases import case_plan, run_case

OFFICE = {"calls": 60, "every": "3h", "to": {"pool": 25, "first": "+912255501000"}, "outcome": ["answered"], "talk_s": 160}
DEAR = {
    "calls": 40, "every": "5m", "start": "8d", "to": {"walk": "+19005550100"}, "outcome": ["answered"], "ring_s": 4,
    "talk_s": 120, "rate": "4.00", "charge": "8.00",
}  # fmt: skip
INDIAN = [
    pytest.param({"country": ""}, id="a record that names no currency"),
    pytest.param({"country": "IN"}, id="a record that names its country"),
    pytest.param({"country": "US", "currency": "INR"}, id="a record in rupees"),
]
NUMBERING = Destinations()


def findings(detector: str, customer: dict[str, Any], *groups: dict[str, Any]) -> int:
    """How often a detector finds something in calls of a customer with nine seats."""
    found, words = load_detectors()
    case = CaseSpec(name="calls", customer={"seats": 9, **customer}, given=list(groups), expect="quiet")
    return len(run_case(case_plan({detector: found[detector]}, words), detector, case, NUMBERING).findings)


def told_in(currency: str, *untold: str) -> dict[str, Any]:
    return {name: value for name, value in DEAR.items() if name not in untold} | {"with": {"currency": currency}}


@pytest.mark.parametrize("customer", INDIAN)
@pytest.mark.parametrize(
    ("detector", "first", "untold"),
    [
        ("fraud.toll_attempts", "+498955501000", "charge"),
        ("fraud.toll_line", "+498955501000", "charge"),
        ("fraud.toll_spend", "+19005550100", "rate"),
        ("fraud.premium_spend", "+19005550100", "rate"),
    ],
)
def test_four_rupees_a_minute_are_no_toll_fraud_and_four_dollars_are(
    detector: str, first: str, untold: str, customer: dict[str, Any]
) -> None:
    for currency, found in (("INR", 0), ("USD", 1)):
        dear = told_in(currency, untold) | {"to": {"walk": first}}
        assert min(findings(detector, customer, OFFICE, dear), 1) == found


@pytest.mark.parametrize("detector", ["limits.monthly_charges", "limits.daily_charges"])
def test_a_limit_in_rupees_is_compared_with_what_dollars_are_in_rupees(detector: str) -> None:
    amounts = {"monthly_charge_limit": "2000.00", "daily_charge_limit": "2000.00"}
    for customer in ({"country": "IN", "currency": "INR"}, {"country": "US", "currency": "INR"}):
        assert findings(detector, customer | amounts, told_in("INR")) == 0
        assert findings(detector, customer | amounts, told_in("USD")) == 1


@pytest.mark.parametrize("detector", ["limits.monthly_charges", "limits.daily_charges"])
def test_a_limit_whose_currency_the_record_does_not_name_is_in_that_of_the_charges(detector: str) -> None:
    for currency in ("INR", "USD", "XYZ"):
        for limit, found in (("300.00", 1), ("400.00", 0)):
            for country in ("", "IN"):
                customer = {"country": country, "monthly_charge_limit": limit, "daily_charge_limit": limit}
                assert findings(detector, customer, told_in(currency)) == found
