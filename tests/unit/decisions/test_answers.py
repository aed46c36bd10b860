"""Refusals: none without clause, sentence and lawful code; and what stands in the Reason header."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from fairwire.decisions import INLINE, PackDecision, UnfoundedRefusal, inline_controls, pack_decision
from fairwire.decisions.answers import refuse, sip_answer
from fairwire.model.decision import BlockClass, CallFacts, Reason
from fairwire.model.instants import parse_us
from fairwire.model.policy import BlockAnswer, Clause, Pack, Profile

WHY = Reason(clause="C10", text="40 calls in 10 minutes")
PACK = PackDecision(policy="p@1", clauses={}, general="C00", contact_email="review@provider.example", country="US")
CALL = CallFacts(emergency=False, callee="+12025550123", event="e-1")


def answered(block: BlockClass, code: int, phrase: str = "Declined") -> PackDecision:
    table = dict(PACK.answers[""])
    table[block] = BlockAnswer(code=code, phrase=phrase)
    return msgspec.structs.replace(PACK, answers={"": table})


@pytest.mark.parametrize(
    "reasons", [(), (Reason(clause="", text="why"),), (Reason(clause="C1", text=""),), (WHY, Reason(clause=" ", text=" "))]
)
@pytest.mark.parametrize("block", ["analytic", "deterministic", "unallocated", "own_limit", "overload"])
def test_a_refusal_without_clause_and_sentence_cannot_be_made(reasons: tuple[Reason, ...], block: BlockClass) -> None:
    with pytest.raises(UnfoundedRefusal):
        refuse(CALL, PACK, block, reasons)


def test_a_refused_emergency_call_cannot_be_made() -> None:
    with pytest.raises(UnfoundedRefusal, match="emergency"):
        refuse(CallFacts(emergency=True, callee="911"), PACK, "deterministic", (WHY,))


@pytest.mark.parametrize(
    ("block", "code", "phrase"),
    [
        ("deterministic", 603, "Network Blocked"),
        ("own_limit", 603, "Network Blocked"),
        ("unallocated", 603, "Decline"),
        ("analytic", 603, "Decline"),
        ("own_limit", 429, "Too Many Requests"),
        ("own_limit", 503, "Service Unavailable"),
        ("deterministic", 503, "Service Unavailable"),
        ("overload", 480, "Temporarily Unavailable"),
        ("deterministic", 302, "Moved Temporarily"),
        ("deterministic", 200, "OK"),
    ],
)
def test_a_code_that_would_state_something_untrue_cannot_be_sent(block: BlockClass, code: int, phrase: str) -> None:
    with pytest.raises(UnfoundedRefusal):
        refuse(CALL, answered(block, code, phrase), block, (WHY,))


@pytest.mark.parametrize(
    ("block", "country", "code", "wait_s", "verdict"),
    [
        ("analytic", "US", 603, None, "deny"),
        ("analytic", "GB", 403, None, "deny"),
        ("analytic", "", 603, None, "deny"),
        ("deterministic", "US", 403, None, "deny"),
        ("unallocated", "US", 404, None, "deny"),
        ("own_limit", "US", 480, 60, "limit"),
        ("overload", "US", 503, 5, "limit"),
    ],
)
def test_the_code_follows_from_class_and_country(
    block: BlockClass, country: str, code: int, wait_s: int | None, verdict: str
) -> None:
    decision = refuse(msgspec.structs.replace(CALL, home_country=country), PACK, block, (WHY,))
    assert (decision.sip.code, decision.ttl_s, decision.decision) == (code, wait_s, verdict)


def test_a_block_by_analytics_says_how_to_reach_us_in_the_form_of_the_standard() -> None:
    full = msgspec.structs.replace(PACK, contact_url="https://provider.example/review", contact_tel="+12025550190")
    sip, _ = sip_answer(full, "analytic", (WHY,), redress="f-7")
    assert sip.phrase == "Network Blocked"
    assert sip.reason == (
        'SIP;cause=603;text="v=analytics1;url=https://provider.example/review;tel=+12025550190;'
        'email=review@provider.example;id=f-7";location=LN'
    )


def test_a_case_number_that_the_standard_does_not_allow_is_left_out() -> None:
    decision = refuse(msgspec.structs.replace(CALL, event='e"1;x'), PACK, "analytic", (WHY,), finding_ids=("f" * 65,))
    assert decision.sip.reason == 'SIP;cause=603;text="v=analytics1;email=review@provider.example";location=LN'
    assert decision.finding_ids == ("f" * 65,)


@pytest.mark.parametrize(
    "text", ['say "no"', "back\\slash", "line\r\nVia: forged", "tab\there", "caf\u00e9 \U0001f4de", "x" * 500, "\x00"]
)
def test_a_reason_header_stays_one_line_with_one_quoted_string(text: str) -> None:
    sip, _ = sip_answer(PACK, "deterministic", (Reason(clause="C10", text=text),))
    assert re.fullmatch(r'SIP;cause=403;text="(?:[^"\\\x00-\x1f\x7f-\uffff]|\\["\\])*"', sip.reason), sip.reason
    assert len(sip.reason) < 450


def test_our_own_overload_gives_no_reason_header() -> None:
    assert sip_answer(PACK, "overload", (WHY,))[0].reason == ""


def test_a_refusal_says_where_to_ask_for_review() -> None:
    decision = refuse(CALL, PACK, "deterministic", (WHY,))
    assert decision.reasons[0].text == "40 calls in 10 minutes. You can ask for review by mail to review@provider.example."


@pytest.mark.parametrize(
    "changed",
    [
        {"contact_email": ""},
        {"contact_email": "nobody"},
        {"contact_email": "a@b.example;x"},
        {"contact_url": "http://provider.example"},
        {"contact_url": 'https://provider.example/"'},
        {"contact_tel": "2025550190"},
        {"general": ""},
    ],
)
def test_a_pack_without_a_usable_way_back_cannot_decide(changed: dict[str, Any]) -> None:
    fields = {name: getattr(PACK, name) for name in PackDecision.__struct_fields__} | changed
    with pytest.raises(ValueError):
        PackDecision(**fields)


def clause(name: str, *topics: str) -> Clause:
    return Clause(id=name, gist="g", place="p", controls=("inline",), topics=topics, ladder="l", status="working")


def pack(**changed: Any) -> Pack:
    fields: dict[str, Any] = {
        "id": "sample",
        "title": "Sample",
        "version": "0011223344556677",
        "document": "Sample, 2026-01-01",
        "clauses": {"A1": clause("A1", "caller_id"), "A2": clause("A2", "caller_id", "general_conduct")},
        "ladders": {},
        "modes": {"inline.caller_id": "alert"},
        "parameters": {"inline.throttle": {"calls_per_min": 3.0}},
        "contact": "review@provider.example",
        "review_url": "https://provider.example/review",
    }
    return Pack(**(fields | changed))


def test_a_pack_is_made_ready_with_its_clauses_contact_and_settings() -> None:
    ready = pack_decision(pack(), contact_tel="+12025550190")
    assert ready.policy == "sample@0011223344556677"
    assert ready.cited("caller_id") == ("A1", "A2")
    assert ready.cited("unheard_of", "general_conduct") == ("A2",)
    assert ready.cited("unheard_of") == ("A2",)
    assert (ready.mode("inline.caller_id"), ready.mode("inline.account_state")) == ("alert", "enforce")
    assert ready.parameter("inline.throttle", "calls_per_min") == 3.0
    assert ready.parameter("inline.charge_limit", "reserve_s") == 60.0
    assert ready.review == (
        "at https://provider.example/review or by mail to review@provider.example or by telephone on +12025550190"
    )


def test_a_pack_without_contact_or_clauses_is_refused() -> None:
    with pytest.raises(ValueError, match="review"):
        pack_decision(pack(contact="", review_url=""))
    with pytest.raises(ValueError, match="clause"):
        pack_decision(pack(clauses={}))


def test_the_inline_questions_are_named_once_and_claim_their_topics() -> None:
    assert len({info.id for info in INLINE}) == len(INLINE)
    controls = inline_controls()
    assert controls["caller_id"] == ("inline.caller_id",)
    assert controls["emergency_calls"] == ("inline.emergency_calls",)
    assert controls["destination_permissions"] == ("inline.destination_permissions", "inline.barred_destinations")
    assert "general_conduct" not in controls


def test_the_rules_of_the_day_decide_the_answer() -> None:
    gone = BlockAnswer(code=410, phrase="Gone")
    profile = Profile(country="GB", from_day="2026-01-01", until_day="2026-03-01", answers={"deterministic": gone})
    ready = pack_decision(pack(profiles=(profile, Profile(country="US", from_day="2026-01-01"))))
    february, march = parse_us("2026-02-28T23:59:59Z"), parse_us("2026-03-01T00:00:00Z")
    assert ready.answer("deterministic", "GB", february) == gone
    assert ready.answer("deterministic", "GB", march).code == 403
    assert ready.answer("deterministic", "US", february).code == 403
    assert sip_answer(ready, "deterministic", (), country="GB", now_us=february)[0].code == 410
