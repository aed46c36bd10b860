"""The life of an order."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.enforcement import lifecycle
from fairwire.enforcement.guards import admit
from fairwire.enforcement.lifecycle import NotPossible, UnsoundOrder, from_person
from fairwire.model.guards import Guard, Snooze
from fairwire.model.instants import DAY_US, HOUR_US, format_us, parse_us
from fairwire.model.order import Order

NOW_US = parse_us("2026-03-02T10:00:00Z")


def planned(**changed: Any) -> Order:
    plain: dict[str, Any] = {
        "order_id": "o-1",
        "key": "k-1",
        "finding_id": "f-1",
        "customer": "hobnail-freight",
        "policy": "jns@1",
        "clauses": ("J22",),
        "detector": "voice.robocall",
        "step": "suspend_outbound",
        "target": "customer",
        "reason": "400 calls in 10 minutes",
        "author": "rule:voice.robocall",
        "created": format_us(NOW_US),
        "expires": format_us(NOW_US + DAY_US),
        "owner": None,
        "approvals": 0,
        "undo": "Lift it.",
    }
    return Order(**(plain | changed))


def test_an_order_that_needs_nobody_takes_effect_and_ends_by_itself() -> None:
    begun = lifecycle.start(planned(), NOW_US + HOUR_US)
    assert (begun.state, begun.began) == ("in_force", format_us(NOW_US + HOUR_US))
    assert begun.expires == format_us(NOW_US + HOUR_US + DAY_US), "a day, from when it took effect"
    assert lifecycle.expire(begun, NOW_US + DAY_US) is begun
    over = lifecycle.expire(begun, NOW_US + HOUR_US + DAY_US)
    assert (over.state, over.ended_by) == ("expired", "fairwire")


def test_it_takes_as_many_people_as_it_needs_and_none_of_them_twice() -> None:
    waiting = lifecycle.start(planned(step="terminate", approvals=2, expires=None, owner="abuse-desk"), NOW_US)
    assert waiting.state == "waiting"
    one = lifecycle.agree(waiting, "person:dana", NOW_US)
    assert one.state == "waiting"
    with pytest.raises(NotPossible, match="has spoken on this order already"):
        lifecycle.agree(one, "person:dana", NOW_US)
    two = lifecycle.agree(one, "person:eli", NOW_US, "seen the evidence")
    assert (two.state, lifecycle.agreed(two)) == ("in_force", ("person:dana", "person:eli"))


def test_the_author_cannot_approve() -> None:
    order = from_person(
        by="person:dana",
        at_us=NOW_US,
        customer="hobnail-freight",
        policy="jns@1",
        clauses=["J01"],
        step="terminate",
        reason="Harm to minors",
        evidence=["case-7"],
    )
    assert order.approvals == 1
    waiting = lifecycle.start(order, NOW_US)
    with pytest.raises(NotPossible, match="who gives an order cannot approve it"):
        lifecycle.agree(waiting, "person:dana", NOW_US)
    assert lifecycle.agree(waiting, "person:eli", NOW_US).state == "in_force"


def test_a_refused_order_never_begins() -> None:
    refused = lifecycle.refuse(lifecycle.start(planned(approvals=1), NOW_US), "person:eli", NOW_US, "a call centre, by contract")
    assert (refused.state, refused.ended_why, refused.began) == ("refused", "a call centre, by contract", None)
    with pytest.raises(NotPossible, match="is refused since"):
        lifecycle.agree(refused, "person:dana", NOW_US)


def test_an_order_is_not_ended_without_a_reason() -> None:
    begun = lifecycle.start(planned(), NOW_US)
    for end in (lifecycle.lift, lifecycle.overturn):
        with pytest.raises(NotPossible, match="without a reason"):
            end(begun, "person:dana", NOW_US, " ")


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"clauses": []}, "no clause"),
        ({"reason": "  "}, "no reason"),
        ({"evidence": []}, "no evidence"),
        ({"customer": ""}, "no customer"),
        ({"step": "block", "target": "callee"}, "the target `callee` without saying which"),
        ({"lasts_us": 0}, "an end that is not within a year"),
        ({"step": "invoice"}, "which people do not take"),
    ],
)
def test_no_order_without_clause_reason_evidence_and_end(changed: dict[str, Any], wrong: str) -> None:
    sound: dict[str, Any] = {
        "by": "person:dana",
        "at_us": NOW_US,
        "customer": "hobnail-freight",
        "policy": "jns@1",
        "clauses": ["J01"],
        "step": "suspend",
        "reason": "Found at work",
        "evidence": ["case-7"],
    }
    assert from_person(**sound).owner == "person:dana", "what has no end has an owner"
    with pytest.raises(UnsoundOrder) as told:
        from_person(**(sound | changed))
    assert wrong in told.value.message


def test_an_order_is_given_another_end_with_a_reason() -> None:
    begun = lifecycle.start(planned(), NOW_US)
    later = lifecycle.extend(begun, "person:dana", NOW_US, NOW_US + 3 * DAY_US, "still calling")
    assert later.expires == format_us(NOW_US + 3 * DAY_US)
    assert later.reason.endswith("by dana: still calling")
    with pytest.raises(NotPossible, match="lies in the past"):
        lifecycle.extend(begun, "person:dana", NOW_US, NOW_US, "typo")


def test_a_delayed_order_begins_when_its_moment_has_come() -> None:
    due = lifecycle.start(planned(), NOW_US, delay_us=HOUR_US)
    assert (due.state, lifecycle.clock_us(due)) == ("due", NOW_US + HOUR_US)
    begun = lifecycle.begin(due, NOW_US + HOUR_US)
    assert (begun.state, begun.expires) == ("in_force", format_us(NOW_US + HOUR_US + DAY_US))


def held(**guards: Any) -> Order:
    order = guards.pop("order", planned())
    given: dict[str, Any] = {"acts": True, "guard": Guard()}
    return admit(order, NOW_US, **(given | guards))


def test_guards_hold_an_order_back_and_say_why() -> None:
    assert held().state == "in_force"
    assert held(acts=False) == planned(), "a site that only watches changes nothing"
    stopped = held(guard=Guard(automatic=False, by="person:dana", why="storm"))
    assert (stopped.state, stopped.held, stopped.approvals) == ("waiting", "stopped", 1)
    assert "automatic action is stopped by dana" in stopped.reason.lower()
    critical = held(critical=["hobnail-freight"])
    assert (critical.state, critical.held) == ("waiting", "critical")
    assert held(critical=["another"]).state == "in_force"
    paused = held(guard=Guard(suspensions=False))
    assert (paused.state, paused.held) == ("waiting", "cap")
    assert held(guard=Guard(suspensions=False), order=planned(step="block", target="callee", value="+99")).state == "in_force"


def test_what_is_put_to_rest_stays_on_record_and_nothing_else_does() -> None:
    resting = Snooze(
        snooze_id="s-1", until=format_us(NOW_US + HOUR_US), by="person:dana", why="migration tonight", detector="voice.robocall"
    )
    order = held(snoozes=[resting])
    assert (order.state, order.held) == ("dry_run", "snoozed")
    assert "Nothing is done until 2026-03-02T11:00:00Z, by dana: migration tonight." in order.reason
    assert held(snoozes=[resting], order=planned(detector="fraud.toll_spend")).state == "in_force"
    over = msgspec.structs.replace(resting, until=format_us(NOW_US))
    assert held(snoozes=[over]).state == "in_force", "a snooze has an end"


ACTS = ("agree dana", "agree eli", "refuse eli", "begin", "lift", "overturn", "expire", "extend")


@given(
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(-3, 50)), max_size=12),
    approvals=st.integers(0, 2),
    delay=st.integers(0, 5),
)
def test_whatever_is_done_in_whatever_order_an_order_only_goes_forward(
    acts: list[tuple[str, int]], approvals: int, delay: int
) -> None:
    place = {"waiting": 0, "due": 1, "in_force": 2, "done": 2, "expired": 3, "lifted": 3, "refused": 3, "overturned": 4}
    order = lifecycle.start(planned(approvals=approvals), NOW_US, delay_us=delay * HOUR_US)
    now = NOW_US
    for act, hours in acts:
        now += hours * HOUR_US  # clocks are moved back, too
        verb, _, who = act.partition(" ")
        by = f"person:{who or 'dana'}"
        try:
            match verb:
                case "agree":
                    after = lifecycle.agree(order, by, now)
                case "refuse":
                    after = lifecycle.refuse(order, by, now, "no")
                case "begin":
                    after = lifecycle.begin(order, now)
                case "lift":
                    after = lifecycle.lift(order, by, now, "done")
                case "overturn":
                    after = lifecycle.overturn(order, by, now, "wrong")
                case "extend":
                    after = lifecycle.extend(order, by, now, now + DAY_US, "more")
                case _:
                    after = lifecycle.expire(order, now)
        except NotPossible:
            continue
        assert place[after.state] >= place[order.state]
        assert after.state != "in_force" or len(lifecycle.agreed(after)) >= approvals
        assert (after.ended is not None) == (place[after.state] >= 3)
        if after.state == "in_force":
            assert after.expires is not None, "nothing automatic is without end"
        order = after
