"""Answers to call attempts: who is refused, by which clause, with which SIP code, and what is let through."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fairwire.decisions import PackDecision, decide
from fairwire.model.decision import CallFacts, Decision, Hit
from fairwire.model.instants import HOUR_US, SECOND_US, format_us, parse_us
from fairwire.model.order import Order, Step, Target

NOW_US = parse_us("2026-03-02T14:00:00Z")
CLAUSES = {
    "unprovisioned_use": ("N01",),
    "account_state": ("N01",),
    "caller_id": ("N04", "C08"),
    "destination_permissions": ("N13",),
    "charge_limit": ("L01", "L02"),
    "charge_projection": ("L02",),
    "concurrent_calls": ("L01",),
    "robocalls": ("N08",),
    "emergency_calls": ("N06",),
}
PACK = PackDecision(
    policy="sample@0011223344556677",
    clauses=CLAUSES,
    general="N05",
    contact_url="https://provider.example/review",
    contact_email="review@provider.example",
    contact_tel="+12025550190",
)
CALL = CallFacts(
    emergency=False,
    event="e-1",
    callee="+442079460018",
    customer="hobnail-freight",
    customer_known=True,
    user="u1",
    line="+12025550117",
    credential="u1@hobnail",
    home_country="US",
    caller="+12025550117",
    caller_owned=True,
    callee_new=True,
    destination_country="GB",
    destination_kind="standard",
    destination_valid=True,
    international=True,
    rate_micros=20_000,
)


def call(**changed: Any) -> CallFacts:
    return msgspec.structs.replace(CALL, **changed)


def order(step: Step = "block", target: Target = "customer", value: str | None = None, **changed: Any) -> Order:
    made = Order(
        order_id="o-1",
        key="k-1",
        finding_id="f-1",
        customer="hobnail-freight",
        policy="sample@0011223344556677",
        clauses=("N08",),
        detector="voice.robocall",
        step=step,
        target=target,
        value=value,
        reason="400 calls in 10 minutes, 98% of them to strangers",
        author="rule:voice.robocall",
        created=format_us(NOW_US - HOUR_US),
        expires=format_us(NOW_US + HOUR_US),
        owner=None,
        approvals=0,
        state="in_force",
        undo="Lift the order.",
    )
    return msgspec.structs.replace(made, **changed)


def hit(**changed: Any) -> Hit:
    made = Hit(
        detector="voice.robocall",
        topics=("robocalls",),
        block_class="analytic",
        hard=True,
        mode="enforce",
        text="40 calls in 10 minutes, 97% to the next number up",
        finding_id="f-7",
    )
    return msgspec.structs.replace(made, **changed)


def answer(facts: CallFacts = CALL, *, orders: tuple[Order, ...] = (), hits: tuple[Hit, ...] = (), **more: Any) -> Decision:
    return decide(facts, orders=orders, hits=hits, pack=more.pop("pack", PACK), now_us=NOW_US, **more)


def clauses(decision: Decision) -> list[str]:
    return [reason.clause for reason in decision.reasons]


def test_an_ordinary_call_is_sent_on() -> None:
    decision = answer()
    assert decision.decision == "allow"
    assert (decision.sip.code, decision.sip.phrase, decision.sip.reason) == (302, "Moved Temporarily", "")
    assert decision.reasons == ()
    assert (decision.event, decision.policy, decision.elapsed_us) == ("e-1", "sample@0011223344556677", 0)


def test_nothing_that_is_unknown_refuses_a_call() -> None:
    bare = CallFacts(emergency=False, callee="+442079460018", customer="hobnail-freight", customer_known=True)
    orders = tuple(order(target=target) for target in ("user", "line", "credential", "new_callees", "destination_class"))
    assert answer(bare, orders=orders).decision == "allow"


def test_an_unknown_customer_is_denied_by_the_clause_on_provisioned_use() -> None:
    decision = answer(call(customer="nobody", customer_known=False))
    assert (decision.decision, decision.sip.code, clauses(decision)) == ("deny", 403, ["N01"])
    assert "nobody" in decision.reasons[0].text


def test_a_user_who_was_never_set_up_is_denied() -> None:
    decision = answer(call(user_known=False))
    assert (decision.decision, clauses(decision)) == ("deny", ["N01"])


@pytest.mark.parametrize("state", ["suspended", "terminated"])
@pytest.mark.parametrize("direction", ["outbound", "inbound", "internal"])
def test_a_suspended_or_terminated_customer_is_denied_both_ways(state: str, direction: str) -> None:
    decision = answer(call(state=state, direction=direction))
    assert (decision.decision, decision.sip.code, clauses(decision)) == ("deny", 403, ["N01"])


def test_a_suspended_customer_still_reaches_the_abuse_desk() -> None:
    decision = answer(call(state="suspended", callee="+12025550190"))
    assert decision.decision == "allow"
    assert "abuse desk" in decision.reasons[0].text
    assert answer(call(callee="+12025550190"), orders=(order("suspend"),)).decision == "allow"
    assert answer(call(state="terminated", callee="+12025550190")).decision == "deny"


@pytest.mark.parametrize("state", ["active", "limited"])
def test_an_active_or_limited_customer_may_call(state: str) -> None:
    assert answer(call(state=state)).decision == "allow"


def test_a_caller_number_that_is_not_the_customers_own_is_denied_with_every_clause_of_the_topic() -> None:
    decision = answer(call(caller="+12025550199", caller_owned=False))
    assert (decision.decision, decision.sip.code, clauses(decision)) == ("deny", 403, ["N04", "C08"])
    assert decision.sip.reason.startswith('SIP;cause=403;text="AUP N04,C08: The caller number +12025550199 is not one of')
    assert decision.reasons[0].detector == "inline.caller_id"
    assert "review@provider.example" in decision.reasons[0].text


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"caller_owned": None}, "allow"),
        ({"caller_owned": False, "forwarded": True, "diverting_owned": True}, "allow"),
        ({"caller_owned": False, "forwarded": True, "diverting_owned": None}, "allow"),
        ({"caller_owned": False, "forwarded": True, "diverting_owned": False}, "deny"),
        ({"caller_owned": False, "direction": "inbound"}, "allow"),
        ({"caller_owned": False, "direction": "internal"}, "allow"),
    ],
)
def test_a_forwarded_or_unknown_caller_number_is_no_spoofing(facts: dict[str, Any], verdict: str) -> None:
    assert answer(call(**facts)).decision == verdict


def test_a_pack_may_only_watch_caller_numbers() -> None:
    spoofed = call(caller="+12025550199", caller_owned=False)
    alert = answer(spoofed, pack=msgspec.structs.replace(PACK, modes={"inline.caller_id": "alert"}))
    assert (alert.decision, clauses(alert)) == ("allow", ["N04", "C08"])
    shadow = answer(spoofed, pack=msgspec.structs.replace(PACK, modes={"inline.caller_id": "shadow"}))
    assert (shadow.decision, shadow.reasons) == ("allow", ())


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"allows_international": False}, "deny"),
        ({"allows_international": False, "international": None}, "allow"),
        ({"allows_international": False, "international": False}, "allow"),
        ({"allows_international": None}, "allow"),
        ({"allowed_countries": ("FR",)}, "deny"),
        ({"allowed_countries": ("FR", "GB")}, "allow"),
        ({"allowed_countries": (), "international": False, "destination_country": "US"}, "allow"),
        ({"allowed_countries": ("FR",), "destination_country": "", "destination_kind": "satellite"}, "deny"),
        ({"allows_international": False, "direction": "inbound"}, "allow"),
    ],
)
def test_the_customers_own_settings_bar_destinations(facts: dict[str, Any], verdict: str) -> None:
    decision = answer(call(**facts))
    assert decision.decision == verdict
    if verdict == "deny":
        assert (decision.sip.code, clauses(decision)) == (403, ["N13"])


def test_a_number_that_nobody_has_is_not_found() -> None:
    decision = answer(call(callee="+12115550123", destination_valid=False))
    assert (decision.decision, decision.sip.code, decision.sip.phrase) == ("deny", 404, "Not Found")
    assert clauses(decision) == ["N05"]
    assert decision.sip.reason.startswith("Q.850;cause=1;")
    assert answer(call(callee="5550123", destination_valid=None)).decision == "allow"


# Limits.

OVER = hit(
    detector="limits.concurrent_calls", topics=("concurrent_calls",), block_class="own_limit", text="11 calls at once, ordered 10"
)


def test_calls_over_the_connection_limit_are_refused_when_the_order_says_so() -> None:
    decision = answer(call(on_limit="refuse"), hits=(OVER,))
    assert (decision.decision, decision.sip.code, clauses(decision)) == ("limit", 480, ["L01"])
    assert decision.ttl_s == 60
    assert decision.finding_ids == ("f-7",)
    assert decision.reasons[0].limit == "limits.concurrent_calls"


def test_calls_over_the_connection_limit_are_billed_when_the_order_says_so() -> None:
    decision = answer(call(on_limit="bill"), hits=(OVER,))
    assert (decision.decision, clauses(decision)) == ("allow", ["L01"])
    assert "payable at once" in decision.reasons[0].text


def test_a_limit_in_shadow_neither_refuses_nor_tells() -> None:
    assert answer(call(on_limit="refuse"), hits=(msgspec.structs.replace(OVER, mode="shadow"),)).reasons == ()


@pytest.mark.parametrize(
    ("charged", "rate", "verdict", "clause"),
    [
        (100_000_000, 20_000, "limit", "L01"),
        (99_990_000, 20_000, "limit", "L02"),
        (99_980_000, 20_000, "allow", None),
        (100_000_000, 0, "allow", None),
        (100_000_000, None, "limit", "L01"),
        (99_999_999, None, "allow", None),
        (None, 20_000, "allow", None),
    ],
)
def test_the_monthly_charge_limit_is_kept_to_the_millionth(
    charged: int | None, rate: int | None, verdict: str, clause: str | None
) -> None:
    facts = call(on_limit="refuse", charge_limit_micros=100_000_000, month_charge_micros=charged, rate_micros=rate)
    decision = answer(facts)
    assert decision.decision == verdict
    if clause:
        assert (decision.sip.code, clauses(decision)[0], decision.reasons[0].limit) == (480, clause, "monthly_charge_limit")


def test_retry_after_a_spent_month_is_the_end_of_the_month() -> None:
    facts = call(on_limit="refuse", charge_limit_micros=1, month_charge_micros=1, month_ends_us=NOW_US + 7200 * SECOND_US)
    assert answer(facts).ttl_s == 7200


def test_going_over_the_charge_limit_is_said_when_it_is_billed() -> None:
    decision = answer(call(charge_limit_micros=50_000_000, month_charge_micros=50_010_000))
    assert (decision.decision, clauses(decision)) == ("allow", ["L01", "L02"])
    assert "50.01" in decision.reasons[0].text


def test_what_was_noticed_is_told_with_a_later_refusal() -> None:
    decision = answer(call(charge_limit_micros=1, month_charge_micros=2), orders=(order("suspend"),))
    assert (decision.decision, clauses(decision)) == ("deny", ["N08", "L01", "L02"])


# Orders.


@pytest.mark.parametrize(
    ("step", "target", "value", "facts", "verdict"),
    [
        ("block", "new_callees", None, {"callee_new": True}, "deny"),
        ("block", "new_callees", None, {"callee_new": False}, "allow"),
        ("block", "new_callees", None, {"callee_new": None}, "allow"),
        ("block", "callee", "+442079460018", {}, "deny"),
        ("block", "callee", "+442079460019", {}, "allow"),
        ("block", "destination_class", "premium", {"destination_kind": "premium"}, "deny"),
        ("block", "destination_class", "premium", {}, "allow"),
        ("block", "destination_class", "high_risk", {"high_risk": True}, "deny"),
        ("block", "destination_class", "international", {}, "deny"),
        ("block", "destination_class", "costly", {"international": False, "destination_kind": "satellite"}, "deny"),
        ("block", "destination_class", "costly", {"international": False, "destination_country": "US"}, "allow"),
        ("block", "destination_class", "GB", {}, "deny"),
        ("block", "destination_class", "FR", {}, "allow"),
        ("block", "destination_class", "+4420", {}, "deny"),
        ("block", "destination_class", None, {}, "allow"),
        ("block", "line", "+12025550117", {}, "deny"),
        ("block", "line", "+12025550118", {}, "allow"),
        ("block", "user", "u1", {}, "deny"),
        ("block", "user", "u2", {}, "allow"),
        ("block", "credential", "u1@hobnail", {}, "deny"),
        ("block", "forwarding", None, {"forwarded": True}, "deny"),
        ("block", "forwarding", None, {}, "allow"),
        ("block", "new_calls", None, {}, "allow"),
        ("block", "new_calls", None, {"charge_limit_micros": 1, "month_charge_micros": 1}, "limit"),
        ("suspend_outbound", "customer", None, {}, "deny"),
        ("suspend_outbound", "customer", None, {"direction": "inbound"}, "allow"),
        ("suspend_outbound", "customer", None, {"direction": "internal"}, "allow"),
        ("suspend", "customer", None, {"direction": "inbound"}, "deny"),
        ("terminate", "customer", None, {}, "deny"),
        ("throttle", "new_callees", None, {}, "limit"),
        ("throttle", "new_callees", None, {"callee_new": False}, "allow"),
        ("log", "customer", None, {}, "allow"),
        ("notify", "customer", None, {}, "allow"),
        ("step_up", "customer", None, {}, "allow"),
        ("change_plan", "plan", None, {}, "allow"),
        ("remove_content", "customer", None, {}, "allow"),
        ("invoice", "charges", "2.00 USD", {}, "allow"),
    ],
)
def test_an_order_touches_the_calls_it_names_and_no_other(
    step: Step, target: Target, value: str | None, facts: dict[str, Any], verdict: str
) -> None:
    assert answer(call(**facts), orders=(order(step, target, value),)).decision == verdict


def test_an_order_about_one_line_leaves_the_others_alone() -> None:
    narrow = order("block", "new_callees", line="+12025550118")
    assert answer(orders=(narrow,)).decision == "allow"
    assert answer(call(line="+12025550118"), orders=(narrow,)).decision == "deny"


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "dry_run"},
        {"state": "waiting"},
        {"state": "lifted"},
        {"state": "expired"},
        {"expires": format_us(NOW_US)},
        {"created": format_us(NOW_US + 1), "expires": None, "owner": "abuse-desk"},
        {"customer": "somebody-else"},
    ],
)
def test_an_order_that_is_not_in_force_refuses_nothing(changed: dict[str, Any]) -> None:
    assert answer(orders=(order("suspend", **changed),)).decision == "allow"


def test_in_a_dry_run_written_orders_count_unless_they_wait_for_people() -> None:
    written = order("suspend", state="dry_run")
    assert answer(orders=(written,), dry_run=True).decision == "deny"
    assert answer(orders=(msgspec.structs.replace(written, approvals=1),), dry_run=True).decision == "allow"


def test_the_severest_order_answers_and_all_findings_are_named() -> None:
    mild = order("throttle", order_id="o-2", finding_id="f-2", clauses=("L01",))
    decision = answer(orders=(mild, order("suspend")))
    assert (decision.decision, clauses(decision), decision.finding_ids) == ("deny", ["N08"], ("f-1", "f-2"))


def test_a_throttle_lets_some_calls_through_and_says_how_long_to_wait() -> None:
    throttle = (order("throttle"),)
    through = answer(call(recent_calls={"customer": 9}), orders=throttle)
    assert (through.decision, clauses(through)) == ("allow", ["N08"])
    refused = answer(call(recent_calls={"customer": 10}), orders=throttle)
    assert (refused.decision, refused.sip.code, refused.ttl_s) == ("limit", 480, 60)
    uncounted = answer(orders=throttle)
    assert (uncounted.decision, uncounted.ttl_s) == ("limit", 3600)


def test_a_suspension_is_a_fact_and_a_rules_block_is_analytics() -> None:
    assert answer(orders=(order("suspend"),)).sip.code == 403
    assert answer(orders=(order("block"),)).sip.code == 603
    assert answer(orders=(order("block", author="person:Ann"),)).sip.code == 403
    known = msgspec.structs.replace(PACK, block_classes={"voice.robocall": "deterministic"})
    assert answer(orders=(order("block"),), pack=known).sip.code == 403


# Inline rules.


def test_a_hard_rule_in_force_refuses_by_its_block_class() -> None:
    assert answer(hits=(hit(),)).sip.code == 603
    assert answer(call(home_country="GB"), hits=(hit(),)).sip.code == 403
    assert answer(hits=(hit(block_class="deterministic"),)).sip.code == 403
    assert answer(hits=(hit(block_class="unallocated"),)).sip.code == 404
    assert clauses(answer(hits=(hit(),))) == ["N08"]
    assert clauses(answer(hits=(hit(topics=("unheard_of",)),))) == ["N05"]
    assert clauses(answer(hits=(hit(clauses=("N07", "N08")),))) == ["N07", "N08"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"mode": "shadow"}, []), ({"mode": "alert"}, ["N08"]), ({"hard": False}, ["N08"]), ({"hard": False, "mode": "shadow"}, [])],
)
def test_other_rules_refuse_nothing_and_tell_what_they_may(changed: dict[str, Any], told: list[str]) -> None:
    decision = answer(hits=(hit(**changed),))
    assert (decision.decision, clauses(decision)) == ("allow", told)


def test_no_rule_can_claim_that_we_are_overloaded() -> None:
    with pytest.raises(ValueError, match="overload"):
        hit(block_class="overload").__post_init__()
    with pytest.raises(ValueError, match="overload"):
        Hit(detector="x", topics=(), block_class="overload", hard=True, mode="enforce", text="busy")


def test_the_questions_are_asked_in_their_order() -> None:
    """Everything is wrong at once; mending the first thing found uncovers the next."""
    facts = call(
        customer_known=False,
        state="suspended",
        caller_owned=False,
        allows_international=False,
        destination_valid=False,
        on_limit="refuse",
        charge_limit_micros=1,
        month_charge_micros=2,
    )
    mended: list[tuple[dict[str, Any], str | None]] = [
        ({}, "inline.known_customer"),
        ({"customer_known": True}, "inline.account_state"),
        ({"state": "active"}, "inline.caller_id"),
        ({"caller_owned": True}, "inline.destination_permissions"),
        ({"allows_international": True}, "inline.number_in_use"),
        ({"destination_valid": True}, "inline.charge_limit"),
        ({"charge_limit_micros": None}, "order.detector"),
    ]
    for change, detector in mended:
        facts = msgspec.structs.replace(facts, **change)
        decision = answer(facts, orders=(order("suspend", detector="order.detector"),), hits=(hit(),))
        assert decision.reasons[0].detector == detector
    assert answer(facts, hits=(hit(),)).reasons[0].detector == "voice.robocall"
