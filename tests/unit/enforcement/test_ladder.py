"""Ladders: which step a finding takes, whom it touches, when it ends, and when a person must agree."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fairwire.enforcement import order_id_of, plan_orders, shadowed
from fairwire.enforcement.ladder import Unplannable
from fairwire.enforcement.targets import may_reach_help
from fairwire.model.finding import Finding, Measured, PolicyRef, Severity
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, format_us, parse_us
from fairwire.model.order import Order, Step
from fairwire.model.policy import Clause, Ladder, Pack, RuleInfo, Rung

START_US = parse_us("2026-03-02T08:00:00Z")
HOUR_S, DAY_S = 3600, 86400

NUISANCE = Ladder(
    name="nuisance",
    rungs=(
        Rung(step="log"),
        Rung(step="notify"),
        Rung(step="throttle", target="narrowest", ttl_s=DAY_S),
        Rung(step="block", target="narrowest", ttl_s=DAY_S),
        Rung(step="block", target="narrowest", ttl_s=3 * DAY_S),
        Rung(step="suspend_outbound", ttl_s=DAY_S),
        Rung(step="suspend", approvals=1),
        Rung(step="terminate", approvals=2),
    ),
    entry={"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 5},
)
STRICT = Ladder(
    name="strict",
    rungs=(Rung(step="suspend_outbound", ttl_s=HOUR_S), Rung(step="change_plan", target="plan")),
    entry={"info": 0, "low": 0, "medium": 0, "high": 0, "critical": 0},
)


def clause(name: str, ladder: str) -> Clause:
    return Clause(id=name, gist="g", place="p", controls=("stream",), topics=("t",), ladder=ladder, status="working")


PACK = Pack(
    id="sample",
    title="Sample",
    version="0011223344556677",
    document="Sample, 2026-01-01",
    clauses={"C02": clause("C02", "nuisance"), "C10": clause("C10", "nuisance"), "S01": clause("S01", "strict")},
    ladders={"nuisance": NUISANCE, "strict": STRICT},
    modes={},
    parameters={},
    contact="review@provider.example",
)
RULES = {
    "voice.robocall": RuleInfo(detector="voice.robocall", certainty="hard", narrowest="new_callees"),
    "voice.pacing": RuleInfo(detector="voice.pacing", certainty="soft", narrowest="line"),
    "access.guessing": RuleInfo(detector="access.guessing", certainty="hard", narrowest="address"),
    "fraud.toll": RuleInfo(detector="fraud.toll", certainty="hard", narrowest="destination_class"),
    "fraud.range": RuleInfo(detector="fraud.range", certainty="hard", narrowest="destination_class", value_feature="range"),
    "fraud.premium": RuleInfo(detector="fraud.premium", certainty="hard", narrowest="destination_class", value="premium"),
    "harm.harassment": RuleInfo(detector="harm.harassment", certainty="hard", narrowest="callee"),
}


def finding(name: str = "f-1", at_us: int = START_US, severity: Severity = "high", **changed: Any) -> Finding:
    made = Finding(
        finding_id=name,
        time=format_us(at_us),
        policy=PolicyRef(id="sample", version="0011223344556677"),
        clauses=("C10", "C02"),
        detector="voice.robocall",
        mode="enforce",
        severity=severity,
        customer="hobnail-freight",
        reason="400 calls in 10 minutes, 98% of them to strangers",
        features={},
        events=("e-1",),
        first_seen=format_us(at_us - 10 * MINUTE_US),
        last_seen=format_us(at_us),
        count=1,
    )
    return msgspec.structs.replace(made, **changed)


def plan(*findings: Finding, **more: Any) -> list[Order]:
    return plan_orders(findings, RULES, {"sample": PACK}, **more)


def one(found: Finding, **more: Any) -> Order:
    (order,) = plan(found, **more)
    return order


def test_a_customer_whose_logins_are_guessed_is_never_suspended_for_it() -> None:
    attacks = [
        finding(f"f-{day}", START_US + day * DAY_US, "critical", detector="access.guessing", address="203.0.113.9", features={})
        for day in range(6)
    ]
    orders = plan(*attacks)
    assert {(order.step, order.target, order.value, order.approvals) for order in orders} == {
        ("block", "address", "203.0.113.9", 0)
    }
    assert all("held against that address alone" in order.reason for order in orders)


def test_an_attack_from_an_address_that_is_not_named_is_only_told() -> None:
    order = one(finding(severity="critical", detector="access.guessing"))
    assert (order.step, order.target, order.value) == ("notify", "customer", None)


@pytest.mark.parametrize(
    ("severity", "step", "ends"),
    [
        ("info", "log", None),
        ("low", "notify", None),
        ("medium", "throttle", DAY_S),
        ("high", "block", DAY_S),
        ("critical", "suspend_outbound", DAY_S),
    ],
)
def test_severity_decides_the_first_step(severity: Severity, step: Step, ends: int | None) -> None:
    order = one(finding(severity=severity))
    assert (order.step, order.state, order.approvals) == (step, "dry_run", 0)
    assert order.expires == (None if ends is None else format_us(START_US + ends * 1_000_000))
    assert order.owner == ("abuse-desk" if ends is None else None)


def test_an_order_says_who_why_what_and_how_it_is_undone() -> None:
    order = one(finding(user="u1", line="+12025550117"))
    assert order.clauses == ("C02", "C10"), "the first in the document leads, all are named"
    assert (order.author, order.policy, order.finding_id) == ("rule:voice.robocall", "sample@0011223344556677", "f-1")
    assert (order.target, order.value, order.user, order.line) == ("new_callees", None, "u1", "+12025550117")
    assert order.reason.startswith("400 calls in 10 minutes, 98% of them to strangers. Step 4 of 8 of the ladder `nuisance`")
    assert order.undo == "Lift the order, and calls to numbers never called before connect again from the next call on."
    assert order.created == "2026-03-02T08:00:00Z"
    assert order.order_id == order_id_of(order.key)


def test_a_finding_in_shadow_leads_to_nothing_and_is_counted() -> None:
    quiet = finding(mode="shadow")
    assert plan(quiet) == []
    assert shadowed([quiet, finding("f-2", mode="shadow"), finding("f-3")]) == {"voice.robocall": 2}


@pytest.mark.parametrize(("severity", "step"), [("info", "log"), ("low", "notify"), ("medium", "notify"), ("critical", "notify")])
def test_a_finding_in_alert_is_at_most_told(severity: Severity, step: Step) -> None:
    assert one(finding(severity=severity, mode="alert")).step == step
    again = plan(finding(severity=severity, mode="alert"), finding("f-2", START_US + DAY_US, severity=severity, mode="alert"))
    assert again[-1].step == "notify" or severity == "info"
    assert all(order.step in ("log", "notify") for order in again)


def test_a_ladder_that_begins_high_still_only_tells_in_alert() -> None:
    order = one(finding(clauses=("S01",), mode="alert"))
    assert (order.step, order.target, order.owner) == ("notify", "customer", "abuse-desk")


def test_a_repeat_climbs_one_rung_each_time_and_stops_at_the_first_that_waits_for_people() -> None:
    repeats = [finding(f"f-{day}", START_US + day * DAY_US, "low") for day in range(9)]
    steps = [(order.step, order.approvals) for order in plan(*repeats)]
    climbed = [("notify", 0), ("throttle", 0), ("block", 0), ("block", 0), ("suspend_outbound", 0)]
    assert steps == [*climbed, *[("suspend", 1)] * 4]


def test_what_is_low_climbs_once_there_was_a_day_to_mend_it() -> None:
    morning = [finding(f"f-{phone}", START_US + phone * MINUTE_US, "low", line=f"line-{phone}") for phone in range(14)]
    again = finding("f-again", START_US + 26 * HOUR_US, "low", line="line-3")
    assert [order.step for order in plan(*morning, again)] == [*["notify"] * 14, "throttle"]
    grave = finding("f-grave", START_US + HOUR_US, "medium")
    assert [order.step for order in plan(morning[0], grave)] == ["notify", "throttle"]


def test_a_step_that_people_agreed_to_is_climbed_over() -> None:
    suspended = msgspec.structs.replace(plan(*(finding(f"f-{day}", START_US + day * DAY_US, "critical") for day in range(2)))[-1])
    assert suspended.step == "suspend"
    later = finding("f-9", START_US + 9 * DAY_US)
    assert one(later, history=[suspended]).step == "suspend"
    agreed = msgspec.structs.replace(suspended, state="in_force")
    order = one(later, history=[agreed])
    assert (order.step, order.approvals) == ("terminate", 2)


def test_a_repeat_after_the_memory_enters_anew() -> None:
    orders = plan(finding(severity="low"), finding("f-2", START_US + 91 * DAY_US, "low"))
    assert [order.step for order in orders] == ["notify", "notify"]


def test_a_milder_repeat_does_not_step_down() -> None:
    orders = plan(finding(severity="high"), finding("f-2", START_US + DAY_US, "info"))
    assert [(order.step, order.expires) for order in orders][1] == ("block", format_us(START_US + 4 * DAY_US))


def test_one_attack_seen_by_two_rules_or_at_ten_lines_is_one_step() -> None:
    other = finding("f-2", START_US + MINUTE_US, detector="fraud.toll")
    assert [order.step for order in plan(finding(), other)] == ["block", "block"]
    lines = [
        finding(f"l-{n}", START_US + n * 1_000_000, "medium", line=f"+1202555010{n}", detector="voice.pacing") for n in range(10)
    ]
    assert {order.step for order in plan(*lines)} == {"throttle"}


def test_another_customer_and_another_clause_start_from_their_own_first_step() -> None:
    orders = plan(
        finding(severity="low"),
        finding("f-2", START_US + DAY_US, "low", customer="tern-and-plover"),
        finding("f-3", START_US + 2 * DAY_US, "low", clauses=("S01",)),
    )
    assert [order.step for order in orders] == ["notify", "notify", "suspend_outbound"]


def test_history_counts_like_orders_of_the_same_run() -> None:
    findings = [finding(f"f-{day}", START_US + day * DAY_US, "low") for day in range(6)]
    whole = plan(*findings)
    for cut in range(7):
        before = plan(*findings[:cut])
        assert before + plan(*findings[cut:], history=before) == whole


def test_planning_again_with_its_own_orders_as_history_adds_nothing() -> None:
    findings = [finding(f"f-{day}", START_US + day * DAY_US) for day in range(4)]
    assert plan(*findings, history=plan(*findings)) == []


def test_a_ladder_that_changed_meanwhile_goes_on_from_the_nearest_step_that_is_not_severer() -> None:
    old = one(finding(severity="critical"))
    shorter = msgspec.structs.replace(NUISANCE, rungs=NUISANCE.rungs[:4], entry={**NUISANCE.entry, "critical": 3})
    changed = msgspec.structs.replace(PACK, ladders={"nuisance": shorter, "strict": STRICT})
    (order,) = plan_orders([finding("f-2", START_US + DAY_US, "low")], RULES, {"sample": changed}, [old])
    assert order.step == "block"


# Targets.


@pytest.mark.parametrize(
    ("changed", "target", "value"),
    [
        ({"detector": "voice.robocall"}, "new_callees", None),
        ({"detector": "fraud.toll"}, "destination_class", "costly"),
        ({"detector": "fraud.premium"}, "destination_class", "premium"),
        ({"detector": "fraud.range", "features": {"range": Measured(value="+3712")}}, "destination_class", "+3712"),
        ({"detector": "fraud.range", "features": {"range": Measured(value=7.0)}}, "destination_class", "costly"),
        ({"detector": "harm.harassment", "callee": "+12025550144"}, "callee", "+12025550144"),
        ({"detector": "voice.pacing", "line": "+12025550117"}, "line", "+12025550117"),
    ],
)
def test_the_target_is_the_narrowest_that_the_finding_names(changed: dict[str, Any], target: str, value: str | None) -> None:
    order = one(finding(severity="medium", **changed))
    assert (order.step, order.target, order.value, order.approvals) == ("throttle", target, value, 0)


@pytest.mark.parametrize(
    ("changed", "target", "value"),
    [
        ({"detector": "harm.harassment", "line": "+12025550117"}, "line", "+12025550117"),
        ({"detector": "harm.harassment", "user": "u1"}, "user", "u1"),
        ({"detector": "voice.pacing"}, "customer", None),
    ],
)
def test_a_wider_target_than_the_rule_meant_needs_a_person(changed: dict[str, Any], target: str, value: str | None) -> None:
    order = one(finding(severity="medium", **changed))
    assert (order.target, order.value, order.approvals) == (target, value, 1)
    assert "a person must agree" in order.reason


@pytest.mark.parametrize("callee", ["911", "112", "+911", "116123", "9911", "urn:service:sos", "988"])
def test_a_number_for_help_is_never_a_target(callee: str) -> None:
    order = one(finding(severity="critical", detector="harm.harassment", callee=callee))
    assert order.step == "suspend_outbound", (
        "calls for help connect on every rung; the narrow rungs are the ones that name a number"
    )
    narrow = one(finding(severity="high", detector="harm.harassment", callee=callee))
    assert (narrow.step, narrow.target, narrow.value) == ("notify", "customer", None)
    assert "calls for help" in narrow.reason


def test_whoever_knows_the_numbering_plans_judges_better() -> None:
    found = finding(detector="harm.harassment", callee="+12025550142")
    assert one(found).target == "callee"
    assert one(found, is_emergency=lambda number: number == "+12025550142").step == "notify"
    assert may_reach_help("1001")
    assert not may_reach_help("+12025550142")


def test_a_class_of_emergency_destinations_is_never_a_target() -> None:
    found = finding(detector="fraud.range", features={"range": Measured(value="emergency")})
    assert one(found).step == "notify"


# Guards.


def test_a_soft_rule_goes_no_higher_than_the_ladder_lets_it() -> None:
    soft: dict[str, Any] = {"detector": "voice.pacing", "line": "+12025550117"}
    assert one(finding(severity="medium", **soft)).approvals == 0
    order = one(finding(severity="high", **soft))
    assert (order.step, order.approvals, order.state) == ("block", 1, "dry_run")
    assert "statistics alone" in order.reason


def test_severe_steps_need_people_whatever_the_ladder_says() -> None:
    orders = plan(finding(clauses=("S01",)), finding("f-2", START_US + DAY_US, clauses=("S01",)))
    assert [(order.step, order.approvals) for order in orders] == [("suspend_outbound", 0), ("change_plan", 1)]


def raid(count: int, every_us: int) -> list[Finding]:
    return [finding(f"f-{n:03}", START_US + n * every_us, "critical", customer=f"customer-{n:03}") for n in range(count)]


def test_rules_alone_suspend_five_customers_an_hour_and_then_ask() -> None:
    orders = plan(*raid(8, MINUTE_US))
    assert [order.approvals for order in orders] == [0, 0, 0, 0, 0, 1, 1, 1]
    assert "rules have suspended 5 customers within the hour" in orders[5].reason
    assert all(order.step == "suspend_outbound" for order in orders)


def test_the_cap_grows_with_the_provider_and_passes_with_the_hour() -> None:
    assert sum(order.approvals for order in plan(*raid(20, MINUTE_US), customers=12_000)) == 8
    assert sum(order.approvals for order in plan(*raid(20, HOUR_US // 5))) == 0


def test_suspensions_of_an_earlier_run_count_towards_the_cap() -> None:
    findings = raid(8, MINUTE_US)
    earlier = plan(*findings[:5])
    assert [order.approvals for order in plan(*findings[5:], history=earlier)] == [1, 1, 1]


def test_findings_are_taken_in_the_order_of_time_however_they_are_handed_in() -> None:
    findings = raid(8, MINUTE_US)
    assert plan(*reversed(findings)) == plan(*findings)


# What was handed in.


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"policy": PolicyRef(id="other", version="1")}, "policy `other`"),
        ({"detector": "voice.unheard"}, "detector `voice.unheard`"),
        ({"clauses": ("X99",)}, "`X99`"),
        ({"clauses": ()}, "none"),
    ],
)
def test_a_finding_that_names_what_is_not_there_is_an_error_that_says_so(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(Unplannable, match="finding f-1") as caught:
        plan(finding(**changed))
    assert named in str(caught.value)


def test_a_clause_whose_ladder_is_missing_is_an_error_that_says_so() -> None:
    broken = msgspec.structs.replace(PACK, ladders={})
    with pytest.raises(Unplannable, match="`nuisance`"):
        plan_orders([finding()], RULES, {"sample": broken})


def lifted(order: Order, minutes: int, **changed: Any) -> Order:
    ended = format_us(START_US + minutes * MINUTE_US)
    over = {"state": "lifted", "ended": ended, "ended_by": "person:dana", "ended_why": "they answered", **changed}
    return msgspec.structs.replace(order, **over)


def test_what_is_found_again_right_after_a_person_lifted_it_is_only_told() -> None:
    first = one(finding())
    assert first.step == "block"
    history = [lifted(first, 10)]
    again = one(finding("f-2", START_US + 30 * MINUTE_US), history=history)
    assert again.step == "notify"
    assert f"a person lifted the last step at {history[0].ended}" in again.reason
    later = one(finding("f-3", START_US + 80 * MINUTE_US), history=history)
    assert later.step != "notify", "an hour is over"
    critical = one(finding("f-4", START_US + 30 * MINUTE_US, "critical"), history=history)
    assert critical.step != "notify", "what is critical does not wait"
    by_clock = one(finding("f-5", START_US + 30 * MINUTE_US), history=[lifted(first, 10, state="expired", ended_by="fairwire")])
    assert by_clock.step != "notify"


def test_an_order_that_should_never_have_been_is_forgotten_by_its_ladder() -> None:
    first = one(finding())
    repeat = one(finding("f-2", START_US + DAY_US), history=[first])
    assert "order 2 in" in repeat.reason
    wrong = lifted(first, 10, state="overturned")
    assert "first order" in one(finding("f-2", START_US + DAY_US), history=[wrong]).reason
    assert plan(finding(), history=[wrong]) == [], "and the same finding does not lead to it again"


def test_an_order_says_what_keeps_it_from_acting_by_itself() -> None:
    assert one(finding(severity="critical", detector="voice.pacing")).held == "soft"
    assert one(finding(detector="harm.harassment")).held == "wide"
    busy = [finding(f"f-{n}", START_US + n, "critical", customer=f"c-{n}", detector="fraud.toll") for n in range(7)]
    assert [order.held for order in plan(*busy)] == ["", "", "", "", "", "cap", "cap"]
