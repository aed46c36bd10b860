"""What holds of every plan, whatever the findings."""

from __future__ import annotations

from typing import get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.enforcement import plan_orders
from fairwire.enforcement.targets import may_reach_help
from fairwire.model.finding import SEVERITIES, Finding, PolicyRef
from fairwire.model.instants import DAY_US, HOUR_US, format_us, parse_us
from fairwire.model.order import STEPS, Order, Target
from fairwire.model.policy import Clause, Ladder, Pack, RuleInfo, Rung

START_US = parse_us("2026-03-02T08:00:00Z")
TARGETS: tuple[Target, ...] = get_args(Target)
RULES = {
    f"{certainty}.{target}": RuleInfo(detector=f"{certainty}.{target}", certainty=certainty, narrowest=target)
    for certainty in ("hard", "soft")
    for target in TARGETS
}

RUNGS = st.builds(
    Rung,
    step=st.sampled_from([step for step in STEPS if step != "invoice"]),  # no rung: a check of packs refuses it
    target=st.sampled_from([*TARGETS, "narrowest", "narrowest"]),
    ttl_s=st.none() | st.integers(60, 10**6),
    approvals=st.integers(0, 2),
)


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    """Any ladder that climbs."""
    rungs = sorted(draw(st.lists(RUNGS, min_size=1, max_size=6)), key=lambda rung: (STEPS.index(rung.step), rung.ttl_s or 0))
    entries = sorted(draw(st.lists(st.integers(0, len(rungs) - 1), min_size=5, max_size=5)))
    return Ladder(
        name="l",
        rungs=tuple(rungs),
        entry=dict(zip(SEVERITIES, entries, strict=True)),
        memory_s=draw(st.sampled_from([86400, 90 * 86400])),
        soft_limit=draw(st.sampled_from(["notify", "throttle", "block"])),
    )


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    clauses = {
        name: Clause(id=name, gist="g", place="p", controls=("stream",), topics=("t",), ladder=name, status="working")
        for name in ("A", "B")
    }
    return Pack(
        id="sample",
        title="Sample",
        version="0011223344556677",
        document="d",
        clauses=clauses,
        ladders={name: draw(ladders()) for name in clauses},
        modes={},
        parameters={},
    )


@st.composite
def finding_lists(draw: st.DrawFn) -> list[Finding]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        at_us = START_US + draw(st.integers(0, 5)) * DAY_US + draw(st.integers(0, 2 * HOUR_US))
        found.append(
            Finding(
                finding_id=f"f-{number:02}",
                time=format_us(at_us),
                policy=PolicyRef(id="sample", version="0011223344556677"),
                clauses=draw(st.sampled_from([("A",), ("B",), ("B", "A")])),
                detector=draw(st.sampled_from(sorted(RULES))),
                mode=draw(st.sampled_from(["shadow", "alert", "enforce", "enforce"])),
                severity=draw(st.sampled_from(SEVERITIES)),
                customer=draw(st.sampled_from(["c1", "c2", "c3", "c4", "c5", "c6", "c7"])),
                user=draw(st.none() | st.just("u1")),
                line=draw(st.none() | st.just("+12025550117")),
                callee=draw(st.sampled_from([None, "+12025550144", "911", "112", "urn:service:sos"])),
                reason="40 calls",
                features={},
                events=(),
                first_seen=format_us(at_us - draw(st.integers(0, 3 * HOUR_US))),
                last_seen=format_us(at_us),
                count=1,
            )
        )
    return found


def plan(findings: list[Finding], pack: Pack, history: list[Order] | None = None) -> list[Order]:
    return plan_orders(findings, RULES, {"sample": pack}, history or ())


@settings(max_examples=250, deadline=None)
@given(finding_lists(), packs())
def test_every_order_has_an_end_or_an_owner_an_undo_a_key_and_a_reason(findings: list[Finding], pack: Pack) -> None:
    orders = plan(findings, pack)
    assert len(orders) == sum(finding.mode != "shadow" for finding in findings)
    assert len({order.key for order in orders}) == len({order.order_id for order in orders}) == len(orders)
    for order in orders:
        assert (order.expires is None) != (order.owner is None)
        assert order.expires is None or parse_us(order.expires) > parse_us(order.created)
        assert order.undo.endswith(".")
        assert order.reason.startswith("40 calls.")
        assert order.state == "dry_run"
        assert order.clauses
        assert order.author == f"rule:{order.detector}"


@settings(max_examples=250, deadline=None)
@given(finding_lists(), packs(), st.randoms(use_true_random=False))
def test_the_same_findings_give_the_same_orders_in_whatever_order_they_come(
    findings: list[Finding], pack: Pack, random: object
) -> None:
    shuffled = list(findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert msgspec.json.encode(plan(shuffled, pack)) == msgspec.json.encode(plan(findings, pack))


@settings(max_examples=250, deadline=None)
@given(finding_lists(), packs())
def test_a_ladder_never_goes_down_on_a_repeat(findings: list[Finding], pack: Pack) -> None:
    orders = plan([each for each in findings if each.mode == "enforce"], pack)
    by_finding = {each.finding_id: each for each in findings}
    for index, order in enumerate(orders):
        lead = order.clauses[0]
        if by_finding[order.finding_id].callee in ("911", "112", "urn:service:sos"):
            continue  # a step against a call for help is never taken; a notice stands in its place
        if RULES[order.detector].narrowest == "address":
            continue  # it is held against that address alone, whatever the customer itself has done
        for before in orders[:index]:
            same = before.customer == order.customer and before.clauses[0] == lead
            within = parse_us(order.created) - parse_us(before.created) <= pack.ladders[lead].memory_s * 1_000_000
            if same and within:
                assert STEPS.index(order.step) >= STEPS.index(before.step)


@settings(max_examples=250, deadline=None)
@given(finding_lists(), packs())
def test_a_number_for_help_is_never_a_target(findings: list[Finding], pack: Pack) -> None:
    for order in plan(findings, pack):
        assert order.target != "callee" or (order.value is not None and not may_reach_help(order.value))
        assert order.value != "emergency"


@settings(max_examples=250, deadline=None)
@given(finding_lists(), packs())
def test_what_is_not_enforced_is_at_most_told_and_what_is_soft_waits_for_people(findings: list[Finding], pack: Pack) -> None:
    by_finding = {each.finding_id: each for each in findings}
    for order in plan(findings, pack):
        finding = by_finding[order.finding_id]
        if finding.mode == "alert":
            assert order.step in ("log", "notify")
        limit = pack.ladders[order.clauses[0]].soft_limit
        if finding.detector.startswith("soft.") and STEPS.index(order.step) > STEPS.index(limit):
            assert order.approvals >= 1
        if order.step in ("change_plan", "terminate"):
            assert order.approvals >= 1


@settings(max_examples=150, deadline=None)
@given(finding_lists(), packs())
def test_rules_alone_never_suspend_more_than_five_customers_in_any_hour(findings: list[Finding], pack: Pack) -> None:
    alone = [order for order in plan(findings, pack) if order.step in ("suspend", "suspend_outbound") and not order.approvals]
    for order in alone:
        end_us = parse_us(order.created)
        within = {each.customer for each in alone if end_us - HOUR_US < parse_us(each.created) <= end_us}
        assert len(within) <= 5
