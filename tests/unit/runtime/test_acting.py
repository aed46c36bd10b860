"""A service that acts: what a rule finds is ordered, answers live calls, and touches nobody else."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.enforcement.lifecycle import NotPossible, from_person
from fairwire.model.customers import Contact, Customer
from fairwire.model.decision import Decision
from fairwire.model.instants import SECOND_US, format_us, parse_us
from fairwire.model.order import Order
from fairwire.runtime import kill_switch, order_acts
from fairwire.runtime.clock_registers import NOTICES
from fairwire.runtime.clockwork import Clockwork
from fairwire.runtime.data import open_control
from fairwire.runtime.enforcing import Enforcing
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from fairwire.runtime.order_history import left_over
from fairwire.runtime.ordered import Ordered, order_change
from fairwire.runtime.plan_changes import PlanChanges
from traces import real_plan, table_for

NOW_US = parse_us("2026-03-04T12:00:00Z")
OFFICE = Customer(
    id="hobnail-freight",
    policy="clearspan",
    country="US",
    timezone="America/New_York",
    numbers=("+120255501*",),
    opened="2024-01-01",
)


class Clock:
    now_us = NOW_US

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def clock() -> Clock:
    return Clock()


Open = Callable[..., Live]


@pytest.fixture
def open_live(tmp_path: Path, clock: Clock) -> Iterator[Open]:
    store = open_control(tmp_path)
    opened: list[Live] = []

    def begin(*, acts: bool = True) -> Live:
        plan = real_plan()
        enforcing = Enforcing(store, clock=clock, acts=acts)
        table = table_for(plan, [OFFICE])
        opened.append(Live(tmp_path, plan, table, store, clock, None, Keeping(), enforcing=enforcing))
        return opened[-1]

    yield begin
    for live in opened:
        live.close()
    store.close()


def ask(live: Live, clock: Clock, number: int, *, line: str, to: str, **more: Any) -> Decision:
    clock.now_us += SECOND_US // 4
    data = {
        "call_id": f"c-{number}",
        "customer": "hobnail-freight",
        "direction": "outbound",
        "from": line,
        "line": line,
        "user": f"user-{line[-2:]}",
        "to": to,
        "src_ip": "192.0.2.7",
        **more,
    }
    named = {"specversion": "1.0", "id": f"e-{number}", "source": "sbc", "type": "call.attempt", "time": format_us(clock.now_us)}
    return live.decide(json.dumps({**named, "data": data}).encode())


def settle(live: Live) -> None:
    live.flush()
    live._in_force.read()


PHONES = [f"+120255501{n:02}" for n in range(50)]


def test_one_bad_phone_behind_an_address_of_fifty_is_stopped_and_forty_nine_keep_calling(open_live: Open, clock: Clock) -> None:
    live = open_live()
    bad, number = PHONES[7], 0
    answers: Counter[str] = Counter()
    for number in range(60):
        to = f"+8816555{number:05}"
        answers[ask(live, clock, number, line=bad, to=to, rate_per_min="4.90", currency="USD").decision] += 1
        if number % 5 == 4:
            settle(live)
    assert answers["allow"] <= 5, "a handful of dear calls, and no more"
    orders = order_acts.find_orders(live._store.records, states=["in_force"])
    touching = [order for order in orders if order.step in ("throttle", "block", "suspend_outbound", "suspend")]
    assert {(order.target, order.line) for order in touching} == {("destination_class", bad)}, "the narrowest that stops it"
    for line in (*PHONES, bad):
        number += 1
        assert ask(live, clock, number, line=line, to="+12125550001").decision == "allow", f"{line} calls whom it always called"
    for to in ("911", "988"):
        number += 1
        assert ask(live, clock, number, line=bad, to=to).decision == "allow", "help is always reached"


def test_a_block_of_one_phone_touches_that_phone_alone(open_live: Open, clock: Clock) -> None:
    live = open_live()
    block(live, clock, target="line", value=PHONES[7])
    answers = {line: ask(live, clock, n, line=line, to="+12125550001").decision for n, line in enumerate(PHONES)}
    assert {line for line, answer in answers.items() if answer != "allow"} == {PHONES[7]}


def block(live: Live, clock: Clock, **changed: Any) -> str:
    given: dict[str, Any] = {
        "by": "person:dana",
        "at_us": clock(),
        "customer": "hobnail-freight",
        "policy": "clearspan@1",
        "clauses": ["C03"],
        "step": "block",
        "reason": "A stolen identity opened this account",
        "evidence": ["case-7"],
        "line": changed.get("value") if changed.get("target") == "line" else None,
    }
    order = order_acts.put_on_record(live._store.records, from_person(**(given | changed)), clock())
    settle(live)
    return order.order_id


def test_J01_a_suspended_accounts_next_call_is_refused_and_a_lift_lets_it_call_again(open_live: Open, clock: Clock) -> None:
    live = open_live()
    assert ask(live, clock, 1, line=PHONES[0], to="+12125550001").decision == "allow"
    order_id = block(live, clock, step="suspend")
    answer = ask(live, clock, 2, line=PHONES[0], to="+12125550001")
    assert (answer.decision, answer.sip.code, answer.reasons[0].clause) == ("deny", 403, "C03")
    assert "A stolen identity" in answer.reasons[0].text
    assert ask(live, clock, 3, line=PHONES[0], to="911").decision == "allow"
    order_acts.lift(live._store.records, order_id, "person:dana", clock(), "the owner has shown papers")
    settle(live)
    assert ask(live, clock, 4, line=PHONES[0], to="+12125550001").decision == "allow"


def test_killed_between_the_finding_and_its_order_the_order_is_taken_at_the_next_start(open_live: Open, clock: Clock) -> None:
    live = open_live(acts=False)
    live.enforcing.take = lambda orders: []  # type: ignore[method-assign]  # dies here, each time
    for number in range(10):
        ask(live, clock, number, line=PHONES[7], to=f"+8816555{number:05}", rate_per_min="4.90", currency="USD")
    live.flush()
    lost = left_over(live._store)
    assert lost, "findings are on record, their orders are not"
    asyncio.run(live.durable())
    live._journal._log.close()
    live._journal._closed = True
    again = open_live()
    assert left_over(again._store) == []
    taken = {order.order_id for order in order_acts.find_orders(again._store.records)}
    assert {order.order_id for order in lost} <= taken


@pytest.mark.parametrize(
    ("what", "value", "refused"),
    [
        ("all", "", {"own", "colleague", "abroad", "premium"}),
        ("international", "", {"abroad"}),
        ("destination", "premium", {"premium"}),
        ("destination", "GB", {"abroad"}),
        ("destination", "+1212", {"own", "colleague"}),
        ("line", PHONES[3], {"own", "abroad", "premium"}),
        ("user", "user-03", {"own", "abroad", "premium"}),
    ],
)
def test_N13_the_customers_own_switch_holds_from_the_next_call_on(
    open_live: Open, clock: Clock, what: Any, value: str, refused: set[str]
) -> None:
    live = open_live()
    calls = {
        "own": (PHONES[3], "+12125550001"),
        "colleague": (PHONES[4], "+12125550001"),
        "abroad": (PHONES[3], "+442079460018"),
        "premium": (PHONES[3], "+19005550100"),
    }
    records, pack = live._store.records, live.policy("hobnail-freight")
    assert pack is not None
    stopped = kill_switch.stop_use(records, "hobnail-freight", pack, what, value, "a phone is lost", clock())
    live._in_force.read()
    answers = {name: ask(live, clock, n, line=line, to=to) for n, (name, (line, to)) in enumerate(calls.items())}
    assert {name for name, answer in answers.items() if answer.decision == "deny"} == refused
    for name in refused:
        assert answers[name].sip.code == 403
        assert "stopped by the customer itself: a phone is lost" in answers[name].reasons[0].text
    assert ask(live, clock, 50, line=PHONES[3], to="911").decision == "allow"
    (listed,) = kill_switch.stops_of(records, "hobnail-freight")
    assert listed == stopped
    with pytest.raises(NotPossible, match="is nothing that another has stopped itself"):
        kill_switch.allow_again(records, "another", stopped.order_id, "", clock())
    kill_switch.allow_again(records, "hobnail-freight", stopped.order_id, "found again", clock())
    live._in_force.read()
    assert all(ask(live, clock, 60 + n, line=line, to=to).decision == "allow" for n, (line, to) in enumerate(calls.values()))


def test_a_customer_cannot_end_what_the_provider_ordered(open_live: Open, clock: Clock) -> None:
    live = open_live()
    order_id = block(live, clock, step="suspend")
    with pytest.raises(NotPossible, match="appealed against"):
        kill_switch.allow_again(live._store.records, "hobnail-freight", order_id, "please", clock())


def test_J20_a_plan_is_changed_with_a_letter_and_back_again_on_appeal(tmp_path: Path, clock: Clock) -> None:
    caller = msgspec.structs.replace(
        OFFICE, policy="jns", plan="unlimited_voice", contacts=(Contact(role="admin", email="a@acme.example"),)
    )
    store, plan = open_control(tmp_path), real_plan()
    enforcing = Enforcing(store, clock=clock, acts=True)
    clockwork = Clockwork(store.records, finding_of=store.finding, admit=enforcing.take)
    changes = PlanChanges(store.records, clockwork.watch.ordered)
    live = Live(
        tmp_path, plan, table_for(plan, [caller]), store, clock, None, Keeping(), enforcing=enforcing, clockwork=clockwork
    )

    def round_() -> str:
        enforcing.move()
        clockwork.run_due(clock())
        changes.run_due(clock())
        clockwork.amend(live._customers)
        told = live.customer("hobnail-freight")
        assert told is not None
        return told.plan

    proposed = Order(
        order_id="o-plan0001", key="k", finding_id="", customer="hobnail-freight", policy="jns", clauses=("J18", "J20"),
        detector="plan.fair_use", step="change_plan", target="plan", value="metered", reason="9 times what others call",
        author="rule:plan.fair_use", created=format_us(clock()), expires=None, owner="abuse-desk", approvals=1, undo="Undo it.",
        evidence=("f-1",),
    )  # fmt: skip
    enforcing.take([proposed])
    assert round_() == "unlimited_voice", "it waits for a person"
    order_acts.agree(store.records, "o-plan0001", "person:dana", clock(), "two months running")
    assert round_() == "metered"
    letters = [kept.noun for kept in NOTICES.find(store.records, customer="hobnail-freight")]
    assert ["the plan (to `metered`) is changed" in letter.text for letter in letters] == [True]
    assert round_() == "metered", "and once is enough"
    order_acts.overturn(store.records, "o-plan0001", "person:eli", clock(), "an appeal: the hotline of a flood, for a week")
    assert round_() == "unlimited_voice"
    assert round_() == "unlimited_voice"
    live.close()
    store.close()


def test_a_plan_that_the_customer_has_changed_itself_meanwhile_stays(tmp_path: Path, clock: Clock) -> None:
    store = open_control(tmp_path)
    caller = msgspec.structs.replace(OFFICE, plan="unlimited_voice")
    ordered = Ordered(store.records, {caller.id: caller}.get)
    changes = PlanChanges(store.records, ordered)
    order = from_person(
        by="person:dana", at_us=clock(), customer=caller.id, policy="jns@1", clauses=["J20"], step="change_plan", target="plan",
        value="metered", reason="9 times what others call", evidence=["case-7"],
    )  # fmt: skip
    order_acts.put_on_record(store.records, order, clock())
    changes.run_due(clock())
    now = ordered.customer(caller.id)
    assert now is not None
    assert now.plan == "metered"
    clock.now_us += SECOND_US
    change, _ = order_change(now, {"plan": "business"}, by="customer", evidence="order 4711", at_us=clock())
    store.records.write([change])
    order_acts.lift(store.records, order.order_id, "person:dana", clock(), "settled")
    changes.run_due(clock())
    after = ordered.customer(caller.id)
    assert after is not None
    assert after.plan == "business"
    store.close()
