"""Orders are carried out: once, at the right time, whatever is down or dies meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_in_memory import MemoryEdge
from fairwire.enforcement.lifecycle import NotPossible, from_person
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, SECOND_US, format_us, parse_us
from fairwire.model.order import Order
from fairwire.ports.control import ControlStore
from fairwire.runtime import order_acts
from fairwire.runtime.enforcing import Enforcing
from fairwire.runtime.in_force import InForce
from fairwire.runtime.packs import read_pack
from fairwire.runtime.registers import EFFECTS, ORDERS
from fairwire.stores.sqlite import open_store

START_US = parse_us("2026-03-02T10:00:00Z")


class Clock:
    def __init__(self) -> None:
        self.now_us = START_US

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ControlStore]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def edge() -> MemoryEdge:
    return MemoryEdge()


@pytest.fixture
def enforcing(store: ControlStore, clock: Clock, edge: MemoryEdge) -> Enforcing:
    return Enforcing(store, clock=clock, acts=True, edges={"proxy": edge})


def order(name: str = "o-000001", **changed: Any) -> Order:
    plain: dict[str, Any] = {
        "order_id": name,
        "key": f"key of {name}",
        "finding_id": f"f of {name}",
        "customer": "hobnail-freight",
        "policy": "jns@1",
        "clauses": ("J22",),
        "detector": "voice.robocall",
        "step": "suspend_outbound",
        "target": "customer",
        "reason": "400 calls in 10 minutes",
        "author": "rule:voice.robocall",
        "created": format_us(START_US),
        "expires": format_us(START_US + DAY_US),
        "owner": None,
        "approvals": 0,
        "undo": "Lift it.",
    }
    return Order(**(plain | changed))


KEY = "suspend:hobnail-freight"
OURS = {"step": "suspend_outbound"}


def state(store: ControlStore, name: str = "o-000001") -> str:
    kept = ORDERS.get(store.records, name)
    assert kept is not None
    return kept.noun.state


def test_an_order_takes_effect_stands_at_the_edge_and_ends_with_what_was_there_before(
    store: ControlStore, clock: Clock, edge: MemoryEdge, enforcing: Enforcing
) -> None:
    edge.held[KEY] = "bulk tariff"
    enforcing.take([order()])
    calls = InForce(store.records)
    calls.read()
    assert [each.order_id for each in calls.of("hobnail-freight")] == ["o-000001"], "live calls are answered by it at once"
    enforcing.step()
    assert edge.held == {KEY: OURS}
    clock.now_us += DAY_US
    enforcing.step()
    assert state(store) == "expired"
    assert edge.held == {KEY: "bulk tariff"}
    calls.read()
    assert calls.of("hobnail-freight") == ()


def test_a_site_that_only_watches_writes_orders_down_and_does_nothing(
    store: ControlStore, clock: Clock, edge: MemoryEdge
) -> None:
    watching = Enforcing(store, clock=clock, acts=False, edges={"proxy": edge})
    watching.take([order()])
    watching.step()
    assert state(store) == "dry_run"
    assert edge.held == {}
    order_acts.carry_out(store.records, "o-000001", "person:dana", clock(), "it is real, and goes on")
    watching.step()
    assert (state(store), edge.held) == ("in_force", {KEY: OURS}), "what was not acted on can be acted on later"


def test_an_order_taken_twice_is_carried_out_once(store: ControlStore, edge: MemoryEdge, enforcing: Enforcing) -> None:
    assert len(enforcing.take([order(), order()])) == 1
    assert enforcing.take([order(reason="again")]) == []
    enforcing.step()
    enforcing.step()
    assert edge.calls.count(f"put {KEY}") == 1


def test_two_orders_about_one_thing_and_the_last_to_end_gives_it_back(
    store: ControlStore, clock: Clock, edge: MemoryEdge, enforcing: Enforcing
) -> None:
    edge.held[KEY] = "bulk tariff"
    severe = order("o-000002", step="suspend", expires=None, owner="abuse-desk", approvals=1)
    enforcing.take([order(), severe])
    enforcing.step()
    assert edge.held == {KEY: OURS}
    order_acts.agree(store.records, "o-000002", "person:dana", clock())
    enforcing.step()
    assert edge.held == {KEY: {"step": "suspend"}}, "the severer step stands there"
    order_acts.lift(store.records, "o-000002", "person:dana", clock(), "they answered")
    enforcing.step()
    assert edge.held == {KEY: OURS}, "the milder order is still in force"
    clock.now_us += DAY_US
    enforcing.step()
    assert edge.held == {KEY: "bulk tariff"}


def test_a_lift_leaves_alone_what_somebody_else_has_changed_meanwhile(
    store: ControlStore, clock: Clock, edge: MemoryEdge, enforcing: Enforcing
) -> None:
    enforcing.take([order()])
    enforcing.step()
    edge.held[KEY] = "closed by billing"
    order_acts.lift(store.records, "o-000001", "person:dana", clock(), "paid")
    enforcing.step()
    assert edge.held == {KEY: "closed by billing"}
    (effect,) = [kept.noun for kept in EFFECTS.find(store.records)]
    assert (effect.state, effect.answer) == ("gone", "somebody else has changed it; theirs stays")


def test_an_edge_that_is_down_gets_the_order_when_it_is_back(
    store: ControlStore, clock: Clock, edge: MemoryEdge, enforcing: Enforcing
) -> None:
    edge.down = True
    enforcing.take([order()])
    for _ in range(5):
        enforcing.step()
    assert edge.calls == [f"look {KEY}"], "it waits between two tries"
    (effect,) = enforcing.effects()
    assert (effect.state, effect.answer) == ("putting", "nobody listens there")
    edge.down = False
    clock.now_us += 2 * SECOND_US
    enforcing.step()
    assert edge.held == {KEY: OURS}
    edge.down = True
    order_acts.lift(store.records, "o-000001", "person:dana", clock(), "paid")
    enforcing.step()
    edge.down = False
    clock.now_us += 5 * MINUTE_US
    enforcing.step()
    assert edge.held == {}
    assert enforcing.effects() == []


def test_an_edge_that_is_back_after_a_long_time_is_told_at_once(clock: Clock, edge: MemoryEdge, enforcing: Enforcing) -> None:
    edge.down = True
    enforcing.take([order()])
    for _ in range(200):
        enforcing.step()
        clock.now_us += SECOND_US
    edge.down = False  # the next try of the order would be minutes away
    for _ in range(4):
        enforcing.step()
        clock.now_us += SECOND_US
    assert edge.held == {KEY: OURS}


def test_an_edge_that_refuses_for_good_is_shown_to_people(edge: MemoryEdge, enforcing: Enforcing) -> None:
    edge.refuses = True
    enforcing.take([order()])
    enforcing.step()
    (effect,) = enforcing.effects()
    assert (effect.state, effect.answer) == ("stuck", "no such table")


def test_what_the_edge_lost_is_put_back_and_what_nobody_ordered_is_taken_away(
    clock: Clock, edge: MemoryEdge, enforcing: Enforcing
) -> None:
    edge.held["suspend:umbra-mills"] = {"step": "suspend"}
    edge.held["other:thing"] = "not ours"
    enforcing.take([order()])
    enforcing.step()
    enforcing.step()
    assert edge.held == {KEY: OURS, "other:thing": "not ours"}
    del edge.held[KEY]  # the proxy was started again
    clock.now_us += MINUTE_US
    enforcing.step()
    enforcing.step()
    assert edge.held == {KEY: OURS, "other:thing": "not ours"}


def test_an_order_for_a_customer_that_is_gone_is_carried_out_and_given_back(
    store: ControlStore, clock: Clock, edge: MemoryEdge, enforcing: Enforcing
) -> None:
    enforcing.take([order(customer="long-gone")])
    enforcing.step()
    assert edge.held == {"suspend:long-gone": OURS}
    order_acts.lift(store.records, "o-000001", "person:dana", clock(), "closed")
    enforcing.step()
    assert edge.held == {}


def test_a_clock_moved_back_ends_nothing_early_and_opens_nothing_again(
    store: ControlStore, clock: Clock, edge: MemoryEdge, enforcing: Enforcing
) -> None:
    enforcing.take([order()])
    enforcing.step()
    clock.now_us -= 7 * DAY_US
    enforcing.step()
    assert (state(store), edge.held) == ("in_force", {KEY: OURS})
    clock.now_us += 8 * DAY_US
    enforcing.step()
    clock.now_us -= 8 * DAY_US
    enforcing.step()
    assert (state(store), edge.held) == ("expired", {})


def test_two_operators_at_once_and_one_is_told(store: ControlStore, clock: Clock, enforcing: Enforcing) -> None:
    enforcing.take([order()])
    order_acts.lift(store.records, "o-000001", "person:dana", clock(), "paid")
    with pytest.raises(NotPossible, match="is lifted since 2026-03-02T10:00:00Z and cannot be lifted"):
        order_acts.lift(store.records, "o-000001", "person:eli", clock(), "paid")


def test_one_button_stops_everything_that_is_automatic_and_nothing_that_people_do(
    store: ControlStore, clock: Clock, edge: MemoryEdge, enforcing: Enforcing
) -> None:
    order_acts.set_guard(store.records, "person:dana", clock(), "storm of false findings", automatic=False)
    enforcing.take([order()])
    enforcing.step()
    assert (state(store), edge.held) == ("waiting", {})
    by_hand = from_person(
        by="person:dana",
        at_us=clock(),
        customer="umbra-mills",
        policy="jns@1",
        clauses=["J01"],
        step="suspend",
        reason="Seen by hand",
        evidence=["case-1"],
    )
    order_acts.put_on_record(store.records, by_hand, clock())
    enforcing.step()
    assert edge.held == {"suspend:umbra-mills": {"step": "suspend"}}
    order_acts.set_guard(store.records, "person:dana", clock(), "mended", automatic=True)
    enforcing.take([order("o-000003")])
    assert state(store, "o-000003") == "in_force"


def test_too_many_suspensions_pause_the_rest_and_call_a_person(store: ControlStore, clock: Clock, edge: MemoryEdge) -> None:
    paged: list[str] = []
    enforcing = Enforcing(store, clock=clock, acts=True, edges={"proxy": edge}, page=paged.append)
    enforcing.take([order("o-000009", held="cap", approvals=1)])
    assert state(store, "o-000009") == "waiting"
    assert len(paged) == 1
    assert "hobnail-freight waits for a person" in paged[0]
    enforcing.take([order("o-000010", customer="umbra-mills")])
    assert state(store, "o-000010") == "waiting", "and so does every further one, until a person has looked"
    order_acts.set_guard(store.records, "person:dana", clock(), "looked at all of them", suspensions=True)
    enforcing.take([order("o-000011", customer="umbra-mills")])
    assert state(store, "o-000011") == "in_force"


class Killed(BaseException):
    """The process is gone."""


def dying(thing: Any, names: Sequence[str], left: list[int], *, after: bool) -> None:
    """Let `thing` die at one of its calls: before it, or right after its work is done."""
    for name in names:
        real = getattr(thing, name)

        def call(*given: Any, real: Callable[..., Any] = real, **named: Any) -> Any:
            if not after:
                left[0] -= 1
                if left[0] < 0:
                    raise Killed
                return real(*given, **named)
            done = real(*given, **named)
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return done

        setattr(thing, name, call)


class Fragile:
    """A store whose records die."""

    def __init__(self, store: ControlStore) -> None:
        real = store.records
        self.records = type("Records", (), {name: getattr(real, name) for name in dir(real) if not name.startswith("_")})()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_point_nothing_is_lost_doubled_or_left_over(
    tmp_path: Path, after: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """From finding to effect to lift to what was before, killed at each step in turn, and started again."""
    points = 0
    for point in range(200):
        folder = tmp_path / f"{point}"
        folder.mkdir()
        store, clock, edge = open_store(folder), Clock(), MemoryEdge()
        edge.held[KEY] = "bulk tariff"
        left = [point]
        dead = True

        def story(enforcing: Enforcing, store: ControlStore = store, clock: Clock = clock) -> None:
            enforcing.take([order()])
            enforcing.step()
            if state(store) == "in_force" and clock.now_us == START_US:
                clock.now_us += HOUR_US
            if state(store) == "in_force":
                order_acts.lift(enforcing_store(enforcing), "o-000001", "person:dana", clock(), "paid")
            enforcing.step()

        fragile = Fragile(store)
        dying(fragile.records, ("write", "act"), left, after=after)
        mortal = MemoryEdge()
        mortal.held = edge.held
        dying(mortal, ("look", "put", "restore", "present"), left, after=after)
        try:
            story(Enforcing(fragile, clock=clock, acts=True, edges={"proxy": mortal}))  # type: ignore[arg-type]
            dead = False
        except Killed:
            points += 1
        story(Enforcing(store, clock=clock, acts=True, edges={"proxy": edge}))
        assert state(store) == "lifted", f"killed at {point}"
        assert edge.held == {KEY: "bulk tariff"}, f"killed at {point}"
        actions = [entry.action for entry in store.records.trail(kind="order")]
        assert actions == ["order", "lift"], f"killed at {point}: applied twice"
        (effect,) = [kept.noun for kept in EFFECTS.find(store.records)]
        assert effect.state == "gone"
        store.close()
        if not dead:
            break
    assert 8 <= points < 200
    with capsys.disabled():
        where = "after" if after else "before"
        print(f"\nkilled {where} each of {points} calls to store and edge: orders lost 0, applied twice 0, left over 0")


def enforcing_store(enforcing: Enforcing) -> Any:
    return enforcing._records


def test_an_answer_that_was_lost_is_asked_for_again(clock: Clock, edge: MemoryEdge, enforcing: Enforcing) -> None:
    edge.loses_answers = 1
    enforcing.take([order()])
    enforcing.step()
    clock.now_us += 10 * SECOND_US
    enforcing.step()
    (effect,) = enforcing.effects()
    assert (effect.state, edge.held) == ("there", {KEY: OURS})
    assert effect.before is None, "what we put there ourselves is not what was there before"


def test_steps_of_a_ladder_with_jitter_begin_at_their_own_moments(store: ControlStore, clock: Clock) -> None:
    pack = read_pack("jns")
    ladders = {name: msgspec.structs.replace(ladder, jitter_s=600) for name, ladder in pack.ladders.items()}
    later = msgspec.structs.replace(pack, ladders=ladders)
    enforcing = Enforcing(store, clock=clock, acts=True, packs=lambda: {"jns": later}, jitter_key=b"k")
    enforcing.take([order(f"o-00000{n}", step="throttle") for n in range(5)])
    begins = {kept.noun.begins for kept in ORDERS.find(store.records, states=["due"])}
    assert len(begins) == 5
    assert all(begin is not None and START_US < parse_us(begin) < START_US + 10 * MINUTE_US for begin in begins)
    clock.now_us += 10 * MINUTE_US
    enforcing.step()
    assert {kept.noun.state for kept in ORDERS.find(store.records)} == {"in_force"}


def test_every_step_of_an_order_is_in_the_trail_with_who_and_why(store: ControlStore, clock: Clock, enforcing: Enforcing) -> None:
    enforcing.take([order("o-000001234", approvals=1)])
    order_acts.agree(store.records, "o-000001", "person:dana", clock(), "seen")
    order_acts.extend(store.records, "o-000001", "person:dana", clock(), START_US + 3 * DAY_US, "still calling")
    order_acts.overturn(store.records, "o-000001", "person:eli", clock(), "a clinic, by contract")
    told = [(entry.by, entry.action, entry.why) for entry in store.records.trail(kind="order", id_="o-000001234")]
    assert told == [
        ("rule:voice.robocall", "order", "400 calls in 10 minutes"),
        ("person:dana", "agree", "seen"),
        ("person:dana", "extend", "still calling"),
        ("person:eli", "overturn", "a clinic, by contract"),
    ]
