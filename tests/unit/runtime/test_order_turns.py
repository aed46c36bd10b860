"""What customers order in the course of a feed holds from then on, in a replay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, HOUR_US, format_us
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.order_turns import OrderTurns
from fairwire.runtime.replay import Replay, replay
from fairwire.testkit.cases import case_plan

BEGIN_US = 1_772_409_600_000_000
RECORD = {"id": "alder-cafe", "name": "Alder Cafe", "policy": "natterbox", "country": "US", "timezone": "America/New_York"}


def event(kind: str, number: int, at_us: int, **data: Any) -> str:
    named = {"specversion": "1.0", "id": f"{kind}-{number}", "source": "test", "type": kind, "time": format_us(at_us)}
    return json.dumps({**named, "data": {"customer": "alder-cafe", **data}})


def calls(people: int, begin_us: int) -> list[str]:
    return [
        event(
            "call.attempt", number, begin_us + number * HOUR_US, call_id=f"c-{begin_us}-{number}", direction="outbound",
            user=f"u{number}", **{"from": "+12025550142", "to": f"+1312555{number:04d}"},
        )
        for number in range(people)
    ]  # fmt: skip


def found(tmp_path: Path, lines: list[str], **record: Any) -> list[str]:
    feed, customers = tmp_path / "events.jsonl", tmp_path / "customers.jsonl"
    feed.write_text("\n".join(sorted(lines, key=lambda line: json.loads(line)["time"])) + "\n")
    customers.write_text(json.dumps({**RECORD, **record}) + "\n")
    work = Replay(events=[str(feed)], customers=customers, rejects=tmp_path / "rejects.jsonl")
    return [finding.detector for finding in replay(work, lambda *_: None).findings]


def test_U01_a_user_limit_that_was_raised_before_more_people_came_is_kept(tmp_path: Path) -> None:
    more = [event("order.changed", 1, BEGIN_US - HOUR_US, user_limit=8)]
    people = calls(6, BEGIN_US)
    assert "identity.user_limit" in found(tmp_path, people, user_limit=5)
    assert "identity.user_limit" not in found(tmp_path, [*people, *more], user_limit=5)


def test_U01_a_user_limit_that_is_raised_too_late_was_passed(tmp_path: Path) -> None:
    late = [event("order.changed", 1, BEGIN_US + DAY_US, user_limit=8)]
    assert "identity.user_limit" in found(tmp_path, [*calls(6, BEGIN_US), *late], user_limit=5)


@pytest.mark.parametrize(
    ("begins_us", "found_it"), [(BEGIN_US - HOUR_US, False), (BEGIN_US + 30 * DAY_US, True)], ids=["before", "after"]
)
def test_a_number_that_was_ported_in_is_the_customers_own_from_then_on(tmp_path: Path, begins_us: int, found_it: bool) -> None:
    shown = [line.replace('"+12025550142"', '"+13125550177"') for line in calls(40, BEGIN_US)]
    ported = event("order.changed", 1, begins_us, numbers=["+12025550142", "+13125550177"])
    detectors = found(tmp_path, [*shown, ported], numbers=["+12025550142"], user_limit=60)
    assert ("caller_id.not_own" in detectors) == found_it


def test_an_entitlement_that_was_ordered_holds_from_then_on_beside_those_that_were_granted(tmp_path: Path) -> None:
    plan = case_plan({"plan.fair_use": load_detectors()[0]["plan.fair_use"]}, load_detectors()[1])
    table = CustomerTable.of(plan.program, plan.everyone)
    table.extend([Customer(id="alder-cafe", policy=next(iter(plan.packs)), features=("dedicated_hosting",))])
    table.order(0, 10, json.dumps({"customer": "alder-cafe", "features": ["guaranteed_bandwidth"]}))
    held = [(table.has_word(0, "guaranteed_bandwidth", at), table.has_word(0, "dedicated_hosting", at)) for at in (9, 10)]
    assert held == [(False, True), (True, False)]


def test_what_cannot_stand_in_a_record_and_what_others_order_changes_nothing(tmp_path: Path) -> None:
    odd = [
        event("order.changed", 1, BEGIN_US - HOUR_US, user_limit="many"),
        event("order.changed", 2, BEGIN_US - HOUR_US, customer="birch-hotel", user_limit=80),
        event("order.changed", 3, BEGIN_US - HOUR_US, monthly_charge_limit="ten"),
        event("order.changed", 4, BEGIN_US - HOUR_US, numbers=["the new ones"]),
        event("order.changed", 5, BEGIN_US - HOUR_US, addresses=["next door"], opened="long ago"),
    ]
    assert "identity.user_limit" in found(tmp_path, [*calls(6, BEGIN_US), *odd], user_limit=5)


@pytest.mark.parametrize(("at_us", "limit"), [(0, 5), (9, 5), (10, 8), (19, 8), (20, 3), (30, 3)])
def test_a_record_says_at_each_instant_what_was_ordered_last(at_us: int, limit: int) -> None:
    turns = OrderTurns()
    written = Customer(id="alder-cafe", user_limit=5)
    for when, users in ((20, 3), (10, 8), (10, 8)):
        turns.add(0, "alder-cafe", when, json.dumps({"customer": "alder-cafe", "user_limit": users}))
    assert turns.record(0, written, at_us).user_limit == limit
    assert list(turns.instants()) == [10, 20]
    assert turns.rows(9, 10) == {0}
    assert turns.rows(10, 19) == set()


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(2, 9)), max_size=12),
    st.lists(st.integers(-1, 21) | st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(2, 9)), max_size=12),
)
def test_a_table_that_goes_from_instant_to_instant_says_what_a_fresh_one_says(
    orders: list[tuple[int, int, int]], steps: list[int | tuple[int, int, int]]
) -> None:
    plan = case_plan({"identity.user_limit": load_detectors()[0]["identity.user_limit"]}, load_detectors()[1])
    house = [Customer(id=f"c-{row}", policy=next(iter(plan.packs)), user_limit=5) for row in range(3)]

    def table(told: list[tuple[int, int, int]]) -> CustomerTable:
        made = CustomerTable.of(plan.program, plan.everyone)
        made.extend(house)
        for row, at_us, users in told:
            made.order(row, at_us, json.dumps({"customer": f"c-{row}", "user_limit": users}))
        return made

    told, going = list(orders), table(orders)
    for step in steps:
        if isinstance(step, tuple):
            told.append(step)
            row, at_us, users = step
            going.order(row, at_us, json.dumps({"customer": f"c-{row}", "user_limit": users}))
            continue
        going.turn(step)
        fresh = table(told)
        fresh.turn(step)
        assert going.turns == fresh.turns
        assert np.array_equal(going.values, fresh.values, equal_nan=True)
