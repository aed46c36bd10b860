"""What holds of every decision, whatever call, orders and rules it is about."""

from __future__ import annotations

from typing import get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.decisions import PackDecision, decide
from fairwire.model.columns import DESTINATIONS
from fairwire.model.decision import CallFacts, Decision, Hit
from fairwire.model.instants import HOUR_US, format_us, parse_us
from fairwire.model.order import STEPS, Order, Target

NOW_US = parse_us("2026-03-02T14:00:00Z")
PACK = PackDecision(policy="p@1", clauses={"caller_id": ("C08",)}, general="C00", contact_email="review@provider.example")
FLAG = st.none() | st.booleans()
NAME = st.sampled_from(["a", "b"])
NUMBER = st.sampled_from(["+12025550123", "+442079460018", "alice", '"; x=1', ""])
AMOUNT = st.none() | st.integers(0, 10**12)

CALLS = st.builds(
    CallFacts,
    emergency=st.just(False),
    callee=NUMBER,
    event=st.none() | st.text(max_size=5),
    direction=st.sampled_from(["outbound", "inbound", "internal"]),
    customer=st.just("c"),
    customer_known=st.sampled_from([True, True, True, False]),
    user_known=st.none() | st.just(True),
    state=st.sampled_from(["active", "active", "active", "suspended", "terminated"]),
    user=st.none() | NAME,
    line=st.none() | NAME,
    home_country=st.sampled_from(["US", "GB", ""]),
    caller=st.text(max_size=20),
    caller_owned=st.sampled_from([None, True, True, False]),
    forwarded=st.booleans(),
    diverting_owned=FLAG,
    callee_new=FLAG,
    destination_country=st.sampled_from(["US", "GB", ""]),
    destination_kind=st.sampled_from(DESTINATIONS),
    destination_valid=st.sampled_from([None, True, True, False]),
    international=FLAG,
    high_risk=st.booleans(),
    allows_international=st.sampled_from([None, None, True, False]),
    on_limit=st.sampled_from(["bill", "refuse"]),
    charge_limit_micros=AMOUNT,
    month_charge_micros=AMOUNT,
    month_ends_us=st.none() | st.integers(0, 2 * NOW_US),
    rate_micros=AMOUNT,
    recent_calls=st.dictionaries(st.sampled_from(get_args(Target)), st.integers(0, 30), max_size=2),
)
ORDERS = st.builds(
    Order,
    order_id=st.text(max_size=3),
    key=st.just("k"),
    finding_id=st.text(max_size=3),
    customer=st.sampled_from(["c", "d"]),
    user=st.none() | NAME,
    line=st.none() | NAME,
    policy=st.just("p@1"),
    clauses=st.sampled_from([("C01",), ("C01", "C02"), (), ("",)]),
    detector=st.just("d"),
    step=st.sampled_from(STEPS),
    target=st.sampled_from(get_args(Target)),
    value=st.none() | NUMBER | NAME | st.sampled_from(["premium", "costly", "US"]),
    reason=st.text(max_size=20),
    author=st.sampled_from(["rule:d", "person:Ann"]),
    created=st.integers(NOW_US - HOUR_US, NOW_US + HOUR_US).map(format_us),
    expires=st.none() | st.integers(NOW_US - HOUR_US, NOW_US + HOUR_US).map(format_us),
    owner=st.none(),
    approvals=st.integers(0, 2),
    state=st.sampled_from(["dry_run", "waiting", "in_force", "in_force", "lifted"]),
    undo=st.just("Lift it."),
)
HITS = st.builds(
    Hit,
    detector=st.just("d"),
    topics=st.sampled_from([("caller_id",), ("unheard_of",), ()]),
    block_class=st.sampled_from(["analytic", "deterministic", "unallocated", "own_limit"]),
    hard=st.booleans(),
    mode=st.sampled_from(["shadow", "alert", "enforce"]),
    text=st.text(min_size=1, max_size=20).filter(lambda text: bool(text.strip())),
    finding_id=st.none() | st.text(max_size=3),
    retry_after_s=st.none() | st.integers(-5, 500),
)


def decided(call: CallFacts, orders: list[Order], hits: list[Hit], *, dry_run: bool = False) -> Decision:
    return decide(call, orders=orders, hits=hits, pack=PACK, now_us=NOW_US, dry_run=dry_run)


@settings(max_examples=600, deadline=None)
@given(CALLS, st.lists(ORDERS, max_size=4), st.lists(HITS, max_size=3), st.booleans())
def test_every_refusal_names_clause_reason_and_way_back_and_a_lawful_code(
    call: CallFacts, orders: list[Order], hits: list[Hit], dry_run: bool
) -> None:
    decision = decided(call, orders, hits, dry_run=dry_run)
    if decision.decision == "allow":
        assert decision.sip.code == 302
        return
    assert decision.reasons
    assert all(reason.clause.strip() and reason.text.strip() for reason in decision.reasons)
    assert "review@provider.example" in decision.reasons[0].text
    assert decision.sip.code == {"limit": 480}.get(decision.decision, decision.sip.code)
    assert decision.sip.code in (403, 404, 480, 603)
    assert (decision.sip.code == 603) == (decision.sip.phrase == "Network Blocked") == ("v=analytics1;" in decision.sip.reason)
    assert (decision.sip.code == 480) == (decision.ttl_s is not None)
    assert decision.ttl_s is None or decision.ttl_s >= 1
    assert decision.sip.reason.isascii()
    assert decision.sip.reason.isprintable()


@settings(max_examples=200, deadline=None)
@given(CALLS, st.lists(ORDERS, max_size=4), st.lists(HITS, max_size=3))
def test_the_order_in_which_orders_are_handed_in_does_not_show(call: CallFacts, orders: list[Order], hits: list[Hit]) -> None:
    named = [msgspec.structs.replace(order, order_id=f"o{index}") for index, order in enumerate(orders)]
    assert decided(call, named, hits) == decided(call, named[::-1], hits)


@settings(max_examples=200, deadline=None)
@given(CALLS, st.lists(ORDERS, max_size=3))
def test_orders_about_others_change_nothing(call: CallFacts, orders: list[Order]) -> None:
    others = [msgspec.structs.replace(order, customer="somebody-else") for order in orders]
    assert decided(call, others, []) == decided(call, [], [])
