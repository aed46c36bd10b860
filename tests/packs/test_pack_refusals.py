"""A refusal before the call names the clause of the customer's own policy. The tests are named for the clauses they show."""

from __future__ import annotations

from typing import Any

import pytest

from fairwire.decisions import decide, pack_decision
from fairwire.model.decision import CallFacts, Decision
from fairwire.runtime.packs import all_pack_ids, read_pack

NOON_US = 1_772_452_800_000_000
"""2026-03-02T12:00:00Z."""
ACCOUNT_CLAUSES = {"clearspan": "C19", "natterbox": "N01", "caup": "V13", "upstream_works": "W00", "jns": "J01"}
CALLER_CLAUSES = {"clearspan": "C08", "natterbox": "N04", "caup": "V06", "upstream_works": "W07", "jns": "J22"}


def answer(pack_id: str, **facts: Any) -> Decision:
    usual: dict[str, Any] = {
        "emergency": False,
        "customer": "larkspur-clinic",
        "customer_known": True,
        "caller": "+12025550143",
        "caller_owned": True,
        "callee": "+12025550188",
        "destination_country": "US",
        "international": False,
    }
    call = CallFacts(**usual | facts)
    return decide(call, orders=(), hits=(), pack=pack_decision(read_pack(pack_id)), now_us=NOON_US)


def clauses(decision: Decision) -> set[str]:
    return {reason.clause for reason in decision.reasons}


@pytest.mark.parametrize("pack_id", all_pack_ids())
def test_an_ordinary_call_connects_under_every_pack(pack_id: str) -> None:
    decision = answer(pack_id)
    assert (decision.decision, decision.sip.code) == ("allow", 302)


@pytest.mark.parametrize("pack_id", all_pack_ids())
def test_n06_an_emergency_call_connects_whoever_calls(pack_id: str) -> None:
    decision = answer(pack_id, emergency=True, callee="911", customer_known=False, state="terminated", caller_owned=False)
    assert (decision.decision, decision.sip.code) == ("allow", 302)


def test_n06_the_emergency_call_is_recorded_under_its_clause() -> None:
    assert clauses(answer("natterbox", emergency=True, callee="999", state="suspended")) == {"N06"}


@pytest.mark.parametrize(("pack_id", "clause"), [("clearspan", "C00"), ("natterbox", "N01")])
def test_c00_n01_a_call_of_nobody_we_know_is_refused(pack_id: str, clause: str) -> None:
    decision = answer(pack_id, customer="", customer_known=False)
    assert (decision.decision, decision.sip.code) == ("deny", 403)
    assert clause in clauses(decision)


@pytest.mark.parametrize("state", ["suspended", "terminated"])
@pytest.mark.parametrize(
    ("pack_id", "clause"),
    [("clearspan", "C19"), ("natterbox", "N01"), ("caup", "V13"), ("upstream_works", "W00"), ("jns", "J01")],
)
def test_c19_n01_v13_w00_j01_a_suspended_or_ended_account_is_refused_at_its_next_call(
    pack_id: str, clause: str, state: str
) -> None:
    decision = answer(pack_id, state=state)
    assert (decision.decision, decision.sip.code) == ("deny", 403)
    assert clause in clauses(decision)


@pytest.mark.parametrize(
    ("pack_id", "clause"),
    [("clearspan", "C08"), ("natterbox", "N04"), ("caup", "V06"), ("upstream_works", "W07"), ("jns", "J22")],
)
def test_c08_n04_v06_w07_j22_a_foreign_caller_number_is_refused(pack_id: str, clause: str) -> None:
    decision = answer(pack_id, caller="+12025550199", caller_owned=False)
    assert (decision.decision, decision.sip.code) == ("deny", 403)
    assert clause in clauses(decision)


@pytest.mark.parametrize("barred", [{"allows_international": False}, {"allowed_countries": ("FR",)}])
def test_n13_destinations_that_the_customer_barred_are_refused(barred: dict[str, Any]) -> None:
    abroad = {"callee": "+442079460123", "destination_country": "GB", "international": True, "home_country": "US"}
    assert answer("natterbox", **abroad).decision == "allow"
    decision = answer("natterbox", **abroad, **barred)
    assert (decision.decision, decision.sip.code) == ("deny", 403)
    assert "N13" in clauses(decision)


def test_l02_over_the_months_limit_a_call_is_refused_where_the_customer_record_says_so() -> None:
    over = {"charge_limit_micros": 50_000_000, "month_charge_micros": 50_010_000, "rate_micros": 20_000}
    refused = answer("natterbox", **over, on_limit="refuse")
    assert (refused.decision, refused.sip.code) == ("limit", 480)
    assert "L02" in clauses(refused)
    assert refused.ttl_s is not None


def test_l01_over_the_months_limit_a_call_is_connected_and_billed_where_the_record_says_so() -> None:
    over = {"charge_limit_micros": 50_000_000, "month_charge_micros": 50_010_000, "rate_micros": 20_000}
    billed = answer("natterbox", **over, on_limit="bill")
    assert billed.decision == "allow"
    assert "L01" in clauses(billed)
