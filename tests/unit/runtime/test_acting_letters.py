"""What customers are told, and what it leads to: advice that is never held against them, alerts to both sides, reminders."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.model.customers import Contact, Customer
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, format_us, parse_us
from fairwire.model.notices import Notice
from fairwire.model.order import Order
from fairwire.ports.control import ControlStore
from fairwire.runtime import order_acts
from fairwire.runtime.clock_registers import NOTICES
from fairwire.runtime.clockwork import Clockwork
from fairwire.runtime.data import open_control
from fairwire.runtime.enforcing import Enforcing
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from traces import real_plan, table_for

START_US = parse_us("2026-03-02T14:00:00Z")
BASE = Customer(
    id="hobnail-freight",
    name="Hobnail Freight",
    country="US",
    timezone="America/New_York",
    numbers=("+120255501*",),
    opened="2024-01-01",
    contacts=(Contact(role="admin", email="admin@hobnail.example"),),
)


class Desk:
    """A service that acts, with the clock of the desk."""

    def __init__(self, folder: Path, **customer: Any) -> None:
        self.now_us = START_US
        self.customer = msgspec.structs.replace(BASE, **customer)
        self.store: ControlStore = open_control(folder)
        plan = real_plan()
        self.enforcing = Enforcing(self.store, clock=self.clock, acts=True)
        self.clockwork = Clockwork(self.store.records, finding_of=self.store.finding, admit=self.enforcing.take)
        table = table_for(plan, [self.customer])
        self.live = Live(
            folder, plan, table, self.store, self.clock, None, Keeping(), enforcing=self.enforcing, clockwork=self.clockwork
        )
        self._number = 0

    def clock(self) -> int:
        return self.now_us

    def event(self, type_: str, at_us: int, **data: Any) -> bytes:
        self._number += 1
        named = {"specversion": "1.0", "id": f"e-{self._number}", "source": "pbx", "type": type_, "time": format_us(at_us)}
        return json.dumps(named | {"data": {"customer": "hobnail-freight"} | data}).encode()

    def call(self, at_us: int, to: str, talk_s: int = 90, **more: Any) -> bytes:
        line = "+12025550133"
        told: dict[str, Any] = {
            "call_id": f"c-{self._number}", "direction": "outbound", "from": line, "line": line, "to": to,
            "start": format_us(at_us), "answer": format_us(at_us), "end": format_us(at_us + talk_s * 1_000_000),
            "duration_s": talk_s, "disposition": "answered",
        }  # fmt: skip
        return self.event("call.ended", at_us + talk_s * 1_000_000, **(told | more))

    def hand_in(self, lines: list[bytes], now_us: int) -> None:
        self.now_us = now_us
        told = self.live.accept(lines)
        assert told.accepted == len(lines), told.rejected
        self.live.flush()
        self.enforcing.move()
        self.clockwork.run_due(self.now_us)

    def orders(self) -> list[Order]:
        return order_acts.find_orders(self.store.records)

    def letters(self, clause: str) -> list[Notice]:
        return [kept.noun for kept in NOTICES.find(self.store.records) if clause in kept.noun.clauses]

    def close(self) -> None:
        self.live.close()
        self.store.close()


Open = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Open]:
    opened: list[Desk] = []

    def begin(**customer: Any) -> Desk:
        opened.append(Desk(tmp_path, **customer))
        return opened[-1]

    yield begin
    for one in opened:
        one.close()


def test_N09_what_is_wrong_with_equipment_is_advice_and_never_held_against_the_customer(desk: Open) -> None:
    site = desk(policy="natterbox")
    for quarter in range(4):
        first = START_US + quarter * 90 * DAY_US
        lines = [site.call(first + n * 20 * MINUTE_US, f"+1212555{n % 8:04}", transport="udp", srtp=False) for n in range(40)]
        site.hand_in(lines, first + DAY_US)
    told = [order for order in site.orders() if "N09" in order.clauses]
    assert len(told) > 1, "told again, months later"
    assert {order.step for order in told} <= {"log", "notify"}, "advice, however often"
    assert {order.state for order in told} == {"done"}
    assert all(letter.recipient == "admin@hobnail.example" for letter in site.letters("N09"))
    attempt = {"call_id": "x", "direction": "outbound", "from": "+12025550133", "to": "+12125550001"}
    assert site.live.decide(site.event("call.attempt", site.now_us, **attempt)).decision == "allow"


def test_N12_costly_calls_are_told_line_by_line_with_the_tariff(desk: Open) -> None:
    site = desk(policy="natterbox")
    lines = [
        site.call(
            START_US + n * HOUR_US, f"+1900555{n:04}", 180, charge="5.97", currency="USD", tariff="premium", rate_per_min="1.99"
        )
        for n in range(6)
    ]
    site.hand_in(lines, START_US + 7 * HOUR_US)
    findings = [finding for finding in site.store.findings() if finding.detector == "fraud.premium_spend"]
    assert findings, "the customer is liable for them, so it is told"
    assert all(finding.line == "+12025550133" and "N12" in finding.clauses for finding in findings)
    assert "premium" in findings[0].reason
    assert site.letters("N12")


def test_N14_an_anomaly_alerts_both_sides(desk: Open) -> None:
    site = desk(policy="natterbox")
    usual = [
        site.call(START_US + n * 8 * HOUR_US, f"+44205555{n % 9:04}", charge="0.045", currency="USD", rate_per_min="0.03")
        for n in range(60)
    ]
    site.hand_in(usual, START_US + 20 * DAY_US)
    assert site.letters("N14") == []
    first = START_US + 20 * DAY_US
    dear = [
        site.call(first + n * 30 * MINUTE_US, f"+44205555{n % 9:04}", charge="0.135", currency="USD", rate_per_min="0.09")
        for n in range(8)
    ]
    site.hand_in(dear, first + 5 * HOUR_US)
    found = [finding for finding in site.store.findings() if "N14" in finding.clauses]
    assert found, "the provider's people see it"
    letters = site.letters("N14")
    assert letters, "and so does the customer"
    assert all(order.step in ("log", "notify") for order in site.orders() if order.clauses[0] == "N14")


def test_V07_a_weak_password_is_a_reminder_and_then_a_change_that_is_asked_for(desk: Open) -> None:
    site = desk(policy="caup")
    site.hand_in([site.event("credential.changed", START_US, credential="101", strength=0)], START_US + MINUTE_US)
    (reminder,) = [order for order in site.orders() if "V07" in order.clauses]
    assert (reminder.step, reminder.state) == ("notify", "done")
    assert len(site.letters("V07")) == 1
    later = START_US + 10 * DAY_US
    site.hand_in([site.event("credential.changed", later, credential="101", strength=1)], later + MINUTE_US)
    forced = [order for order in site.orders() if "V07" in order.clauses and order.order_id != reminder.order_id]
    assert [(order.step, order.target, order.value) for order in forced] == [("step_up", "credential", "101")]
    assert forced[0].state == "in_force"
    good = later + DAY_US
    site.hand_in([site.event("credential.changed", good, credential="101", strength=4)], good + MINUTE_US)
    assert len([order for order in site.orders() if "V07" in order.clauses]) == 2, "a strong one is quiet"
    for finding in site.store.findings():
        assert "password" not in json.dumps(msgspec.to_builtins(finding.features)), "never the password itself"
