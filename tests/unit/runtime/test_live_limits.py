"""Limits of the order in the running service: what is refused makes no room smaller, and what is due is written once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fairwire.model.customers import Customer
from fairwire.model.decision import Decision
from fairwire.model.instants import SECOND_US, format_us, parse_us
from fairwire.ports.control import ControlStore
from fairwire.runtime.data import open_control
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from traces import real_plan, table_for

NOON_US = parse_us("2026-03-04T12:00:00Z")
NUMBER = "+12025550117"


class Clock:
    """A clock that the test sets."""

    now_us = NOON_US

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ControlStore]:
    opened = open_control(tmp_path)
    yield opened
    opened.close()


Serve = Callable[..., Live]


@pytest.fixture
def serve(tmp_path: Path, store: ControlStore, clock: Clock) -> Iterator[Serve]:
    """Opens the service for one customer with some limits; opened again, it goes on from its data folder."""
    opened: list[Live] = []

    def begin(**limits: Any) -> Live:
        plan = real_plan()
        customer = Customer(id="hobnail-freight", policy="natterbox", country="US", numbers=(NUMBER,), currency="USD", **limits)
        opened.append(Live(tmp_path, plan, table_for(plan, [customer]), store, clock, None, Keeping()))
        return opened[-1]

    yield begin
    for live in opened:
        live.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def ask(live: Live, number: int, to: str = "+12025550118") -> Decision:
    data = {"call_id": f"c-{number}", "customer": "hobnail-freight", "direction": "outbound", "from": NUMBER, "to": to}
    return live.decide(json.dumps(data).encode())


def ended(number: int, at_us: int, charge: str) -> bytes:
    at, begun = format_us(at_us), format_us(at_us - 60 * SECOND_US)
    data = {
        "call_id": f"p-{number}", "customer": "hobnail-freight", "direction": "outbound", "from": NUMBER, "to": "+12025550118",
        "start": begun, "answer": begun, "end": at, "duration_s": 60, "disposition": "answered",
        "charge": charge, "currency": "USD",
    }  # fmt: skip
    event = {"specversion": "1.0", "id": f"p-{number}", "source": "test", "type": "call.ended", "time": at, "data": data}
    return json.dumps(event).encode()


def test_L01_a_dialler_that_is_too_fast_is_slowed_to_its_limit_and_not_shut_out(serve: Serve, clock: Clock) -> None:
    live = serve(max_calls_per_second=2, on_limit="refuse")
    connected = []
    for number in range(50):  # ten a second, five seconds long
        clock.now_us = NOON_US + number * SECOND_US // 10
        answer = ask(live, number)
        if answer.decision == "allow":
            connected.append(number)
        else:
            assert (answer.sip.code, answer.ttl_s, answer.reasons[0].limit) == (480, 1, "limits.calls_per_second")
    assert 8 <= len(connected) <= 12
    for first, third in zip(connected, connected[2:], strict=False):
        assert third - first >= 9, "a second is at least nineteen twentieths of one"


def test_L01_refused_calls_are_not_counted_and_the_day_begins_anew_also_after_a_restart(serve: Serve, clock: Clock) -> None:
    live = serve(max_calls_per_day=3, on_limit="refuse", timezone="America/New_York")
    assert [ask(live, number).decision for number in range(5)] == ["allow"] * 3 + ["limit"] * 2
    assert ask(live, 5, "911").decision == "allow"
    live.close()
    again = serve(max_calls_per_day=4, on_limit="refuse", timezone="America/New_York")
    clock.now_us = parse_us("2026-03-05T04:59:59Z")
    refused = [ask(again, number) for number in (6, 7)]
    assert [each.decision for each in refused] == ["allow", "limit"]
    assert refused[1].ttl_s == 1
    clock.now_us = parse_us("2026-03-05T05:00:00Z")
    assert [ask(again, number).decision for number in range(8, 13)] == ["allow"] * 4 + ["limit"]


def test_L01_what_is_above_the_months_limit_is_in_the_control_store_once(serve: Serve, store: ControlStore, clock: Clock) -> None:
    def invoices() -> list[tuple[str | None, str | None]]:
        return [(order.value, order.period) for order in store.orders() if order.step == "invoice"]

    def charge(live: Live, number: int) -> None:
        live.accept([ended(number, clock.now_us, "0.70")])
        asyncio.run(live.durable())

    live = serve(monthly_charge_limit="2.00", on_limit="bill")
    for number in range(2):
        charge(live, number)
    assert invoices() == []
    charge(live, 2)
    assert invoices() == [("0.10 USD", "2026-03")]
    charge(live, 3)
    live.close()
    again = serve(monthly_charge_limit="2.00", on_limit="bill")
    charge(again, 4)
    assert invoices() == [("0.10 USD", "2026-03")]
    clock.now_us = parse_us("2026-04-01T12:00:00Z")
    for number in range(5, 9):
        charge(again, number)
    assert invoices() == [("0.10 USD", "2026-03"), ("0.10 USD", "2026-04")]
