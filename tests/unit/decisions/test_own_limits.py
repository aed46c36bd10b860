"""Limits, bars and the switch of a customer's own record: which calls are refused, until when, and which are billed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fairwire.decisions import PackDecision, decide
from fairwire.model.decision import CallFacts, Decision, Hit
from fairwire.model.instants import DAY_US, SECOND_US, parse_us

NOW_US = parse_us("2026-03-02T14:00:00Z")
TODAY = NOW_US // DAY_US
PACK = PackDecision(
    policy="sample@0011223344556677",
    clauses={
        "kill_switch": ("N13",),
        "destination_permissions": ("N12",),
        "charge_limit": ("L01",),
        "charge_projection": ("L02",),
        "concurrent_calls": ("L01",),
    },
    general="N05",
    contact_url="https://provider.example/review",
)
CALL = CallFacts(
    emergency=False,
    callee="+442079460018",
    customer="hobnail-freight",
    customer_known=True,
    home_country="US",
    destination_country="GB",
    destination_kind="standard",
    destination_valid=True,
    international=True,
    rate_micros=20_000,
    local_day=TODAY,
    day_ends_us=NOW_US + 3 * 3600 * SECOND_US,
    month_ends_us=NOW_US + 20 * DAY_US,
    on_limit="refuse",
)


def answer(pack: PackDecision = PACK, hits: tuple[Hit, ...] = (), **facts: Any) -> Decision:
    return decide(msgspec.structs.replace(CALL, **facts), orders=(), hits=hits, pack=pack, now_us=NOW_US)


def said(decision: Decision) -> list[tuple[str, str | None, str | None]]:
    return [(reason.clause, reason.detector, reason.limit) for reason in decision.reasons]


# The customer's own switch.


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"allows_outbound": False}, "deny"),
        ({"allows_outbound": False, "international": False, "destination_country": "US"}, "deny"),
        ({"allows_outbound": False, "forwarded": True}, "deny"),
        ({"allows_outbound": True}, "allow"),
        ({"allows_outbound": None}, "allow"),
        ({"allows_outbound": False, "direction": "inbound"}, "allow"),
        ({"allows_outbound": False, "direction": "internal"}, "allow"),
        ({"allows_outbound": False, "emergency": True, "callee": "112"}, "allow"),
    ],
)
def test_a_customer_that_has_switched_calls_off_calls_nobody_but_help(facts: dict[str, Any], verdict: str) -> None:
    decision = answer(**facts)
    assert decision.decision == verdict
    if verdict == "deny":
        assert (decision.sip.code, said(decision)) == (403, [("N13", "inline.kill_switch", None)])
        assert decision.reasons[0].text.startswith("hobnail-freight has switched all calls to the outside off")


def test_a_pack_may_only_watch_the_switch() -> None:
    watching = msgspec.structs.replace(PACK, modes={"inline.kill_switch": "alert"})
    assert said(answer(watching, allows_outbound=False)) == [("N13", "inline.kill_switch", None)]
    assert answer(watching, allows_outbound=False).decision == "allow"


# Destinations that the customer has barred.


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"barred_countries": ("GB",)}, "deny"),
        ({"barred_countries": ("FR",)}, "allow"),
        ({"barred_countries": ("US",), "international": False, "destination_country": "US"}, "deny"),
        ({"barred_countries": ("",), "destination_country": ""}, "allow"),
        ({"barred_destinations": ("premium",), "destination_kind": "premium"}, "deny"),
        ({"barred_destinations": ("premium",)}, "allow"),
        ({"barred_destinations": ("premium",), "destination_kind": "unknown"}, "allow"),
        ({"barred_destinations": ("high_risk",), "high_risk": True}, "deny"),
        ({"barred_destinations": ("satellite",), "destination_kind": "satellite", "destination_country": ""}, "deny"),
        ({"barred_destinations": ("+1900",), "callee": "+19005550100"}, "deny"),
        ({"barred_destinations": ("+1900",), "callee": "+12025550100"}, "allow"),
        ({"barred_destinations": ("costly",)}, "deny"),
        ({"barred_destinations": ("costly",), "international": False, "destination_country": "US"}, "allow"),
        ({"barred_destinations": ("costly",), "direction": "inbound"}, "allow"),
        ({"barred_destinations": ("costly",), "emergency": True}, "allow"),
    ],
)
def test_a_destination_that_the_customer_barred_is_refused(facts: dict[str, Any], verdict: str) -> None:
    decision = answer(**facts)
    assert decision.decision == verdict
    if verdict == "deny":
        assert (decision.sip.code, said(decision)) == (403, [("N12", "inline.barred_destinations", None)])
        assert "has barred for itself" in decision.reasons[0].text


# Money.


@pytest.mark.parametrize(
    ("charged", "rate", "verdict", "clause"),
    [
        (10_000_000, 20_000, "limit", "L01"),
        (9_990_000, 20_000, "limit", "L02"),
        (9_980_000, 20_000, "allow", None),
        (10_000_000, 0, "allow", None),
        (9_999_999, None, "allow", None),
        (None, 20_000, "allow", None),
    ],
)
def test_L02_the_daily_charge_limit_is_kept_to_the_millionth(
    charged: int | None, rate: int | None, verdict: str, clause: str | None
) -> None:
    decision = answer(day_charge_limit_micros=10_000_000, day_charge_micros=charged, rate_micros=rate)
    assert decision.decision == verdict
    if clause:
        assert (decision.sip.code, decision.ttl_s) == (480, 3 * 3600)
        assert said(decision) == [(clause, "inline.charge_limit", "daily_charge_limit")]


def test_L01_a_day_over_its_limit_is_billed_where_the_order_says_so() -> None:
    decision = answer(day_charge_limit_micros=10_000_000, day_charge_micros=10_000_001, on_limit="bill")
    assert (decision.decision, said(decision)) == ("allow", [("L01", "inline.charge_limit", "daily_charge_limit")])
    assert "Today's charges of 10.000001 have reached the limit of 10.00" in decision.reasons[0].text


def test_L02_a_spent_month_is_said_before_a_spent_day() -> None:
    over: dict[str, Any] = {
        "day_charge_limit_micros": 1,
        "day_charge_micros": 1,
        "charge_limit_micros": 1,
        "month_charge_micros": 1,
    }
    assert answer(**over).ttl_s == 20 * 86400
    billed = answer(**over, on_limit="bill")
    assert [limit for _, _, limit in said(billed)] == ["monthly_charge_limit", "daily_charge_limit"]


def test_L02_an_emergency_call_connects_whatever_was_spent() -> None:
    over: dict[str, Any] = {
        "day_charge_limit_micros": 0,
        "day_charge_micros": 5,
        "charge_limit_micros": 0,
        "month_charge_micros": 5,
    }
    assert answer(**over, emergency=True, callee="911").decision == "allow"


def test_a_charge_limit_in_shadow_says_nothing_whether_it_refuses_or_bills() -> None:
    shadow = msgspec.structs.replace(PACK, modes={"inline.charge_limit": "shadow"})
    for on_limit in ("bill", "refuse"):
        assert answer(shadow, day_charge_limit_micros=1, day_charge_micros=1, on_limit=on_limit).reasons == ()


# New customers.

CAREFUL = msgspec.structs.replace(PACK, parameters={"inline.new_customer": {"days": 7.0, "daily_charges": 20.1}})


@pytest.mark.parametrize(
    ("age_days", "charged", "rate", "verdict"),
    [
        (0, 20_100_000, 20_000, "limit"),
        (6, 20_100_000, 20_000, "limit"),
        (7, 20_100_000, 20_000, "allow"),
        (-1, 20_100_000, 20_000, "limit"),
        (0, 20_080_001, 20_000, "limit"),
        (0, 20_080_000, 20_000, "allow"),
        (0, 20_100_000, 0, "allow"),
        (0, 20_099_999, None, "allow"),
        (0, None, 20_000, "allow"),
        (None, 99_000_000, 20_000, "allow"),
    ],
)
@pytest.mark.parametrize("on_limit", ["bill", "refuse"])
def test_a_new_customer_spends_so_much_a_day(
    age_days: int | None, charged: int | None, rate: int | None, verdict: str, on_limit: str
) -> None:
    opened = None if age_days is None else TODAY - age_days
    decision = answer(CAREFUL, opened_day=opened, day_charge_micros=charged, rate_micros=rate, on_limit=on_limit)
    assert decision.decision == verdict
    if verdict == "limit":
        assert (decision.sip.code, decision.ttl_s) == (480, 3 * 3600)
        assert said(decision) == [("L01", "inline.new_customer", "new_customer")]


def test_a_new_customer_is_told_until_when() -> None:
    decision = answer(CAREFUL, opened_day=TODAY, day_charge_micros=20_100_000)
    assert decision.reasons[0].text.startswith(
        "A new customer may spend 20.10 a day until 2026-03-09, and today's charges of 20.10 leave no room for this call"
    )


def test_without_the_packs_word_a_new_customer_has_no_cap() -> None:
    assert answer(opened_day=TODAY, day_charge_micros=10**12).reasons == ()


def test_a_new_customers_emergency_call_connects() -> None:
    assert answer(CAREFUL, opened_day=TODAY, day_charge_micros=10**12, emergency=True, callee="999").decision == "allow"


# Counts: the rules find, and the order says what follows.


def over(detector: str, retry_after_s: int | None) -> Hit:
    return Hit(
        detector=detector,
        topics=("concurrent_calls",),
        block_class="own_limit",
        hard=True,
        mode="enforce",
        text="11 calls were asked for: more than the order's greatest number",
        retry_after_s=retry_after_s,
    )


@pytest.mark.parametrize(("detector", "retry_s"), [("limits.calls_per_second", 1), ("limits.calls_per_day", 3 * 3600)])
def test_L01_a_call_above_a_counted_limit_is_refused_or_billed(detector: str, retry_s: int) -> None:
    refused = answer(hits=(over(detector, retry_s),))
    assert (refused.decision, refused.sip.code, refused.ttl_s) == ("limit", 480, retry_s)
    assert said(refused) == [("L01", detector, detector)]
    billed = answer(hits=(over(detector, retry_s),), on_limit="bill")
    assert (billed.decision, said(billed)) == ("allow", [("L01", detector, detector)])
