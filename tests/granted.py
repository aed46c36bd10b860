"""What tests of grants share: a running service with a clock of its own, a small plan, customers, and events about them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from fairwire.model.customers import Customer
from fairwire.model.finding import Finding
from fairwire.model.grants import Covered, Grant
from fairwire.model.instants import SECOND_US, format_us, parse_us
from fairwire.plan.compile import compile_program
from fairwire.ports.control import ControlStore
from fairwire.runtime.data import open_control
from fairwire.runtime.grant_acts import covered_by
from fairwire.runtime.grant_requests import Asked, Site
from fairwire.runtime.live import Live
from fairwire.runtime.packs import read_pack
from fairwire.runtime.plans import Plan
from traces import real_plan, table_for

DETECTORS = (
    "network.scan_alerts",
    "network.intrusion_alerts",
    "network.port_scan",
    "requests.enumeration",
    "fraud.sim_box",
    "resources.constant_throughput",
    "caller_id.not_own",
    "voice.auto_dialling",
)
CLINIC = Customer(
    id="bramble-clinic",
    policy="clearspan",
    country="US",
    timezone="America/New_York",
    numbers=("+12025550100-+12025550149",),
    addresses=("192.0.2.0/24",),
)
COURIER = Customer(
    id="wayside-courier", policy="natterbox", country="GB", timezone="Europe/London", user_limit=2,
    numbers=("+442079460100-+442079460199",),
)  # fmt: skip
STUDIO = Customer(id="lantern-studio", policy="jns", country="US", addresses=("198.51.100.0/25",))
FARM = Customer(id="hollow-farm", policy="upstream_works", country="US", addresses=("203.0.113.0/26",))
EVERYBODY = (CLINIC, COURIER, STUDIO, FARM)


@cache
def small_plan() -> Plan:
    """The shipped packs with the detectors that these tests are about."""
    plan = real_plan()
    kept = {name: plan.detectors[name] for name in DETECTORS}
    packs = {name: plan.packs[name] for name in plan.program.packs}
    return replace(plan, detectors=kept, program=compile_program(list(kept.values()), packs, plan.program.customer_words))


@dataclass(slots=True)
class Clock:
    """A clock that the test sets."""

    now_us: int

    def __call__(self) -> int:
        return self.now_us


@dataclass(slots=True, kw_only=True)
class House:
    """A running service and its desk."""

    folder: Path
    clock: Clock
    store: ControlStore
    live: Live
    customers: Sequence[Customer] = EVERYBODY
    numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def opened(
        cls, folder: Path, at: str, customers: Sequence[Customer] = EVERYBODY, clock_of: Callable[[], int] | None = None
    ) -> House:
        """Open one at an instant; `clock_of`: its clock is another one."""
        clock, store, plan = Clock(parse_us(at)), open_control(folder), small_plan()
        live = Live(folder, plan, table_for(plan, list(customers)), store, clock_of or clock)
        return cls(folder=folder, clock=clock, store=store, live=live, customers=customers)

    def again(self) -> None:
        """End the service as a killed process ends, and start it anew."""
        self.live._journal._log.close()
        self.live._journal._closed = True
        plan = small_plan()
        self.live = Live(self.folder, plan, table_for(plan, list(self.customers)), self.store, self.clock)

    def close(self) -> None:
        """End it."""
        self.live.close()
        self.store.close()

    def go(self, at: str) -> None:
        """Let it be another time."""
        self.clock.now_us = parse_us(at)

    # -- the desk

    def ask(
        self, customer: Customer, kind: str, start: str, end: str | None = None, *, by: str = "customer:ines", **more: Any
    ) -> Grant:
        """A request; entries of the scope are named as its fields are."""
        asked = Asked(kind=kind, start=start, end=end, why="Agreed with our engineers", scope=more)
        site = Site(customers=lambda: self.customers)
        return self.live.grants.ask(asked, customer, read_pack(customer.policy), site, by, self.clock())

    def granted(
        self, customer: Customer, kind: str, start: str, end: str | None = None, *, papers: bool = False, **more: Any
    ) -> Grant:
        """A request that another person grants at once."""
        decided = {name: more.pop(name) for name in ("allow", "deny") if name in more}
        asked = self.ask(customer, kind, start, end, **more)
        if papers:
            self.live.grants.attach(asked.grant_id, "person:dana", self.clock(), "consent.pdf", b"signed", "consent")
        held = self.live.grants.grant(asked.grant_id, "person:dana", self.clock(), "Looked at and agreed", **decided)
        self.live.look_at_grants()
        return held

    def revoke(self, held: Grant) -> None:
        """End it now."""
        self.live.grants.revoke(held.grant_id, "person:dana", self.clock(), "It went beyond what was agreed")
        self.live.look_at_grants()

    # -- events

    def event(self, type_: str, at_us: int, data: dict[str, Any]) -> bytes:
        """One event."""
        number = self.numbers[type_] = self.numbers.get(type_, 0) + 1
        named = {"specversion": "1.0", "id": f"{type_}-{number}", "source": "probe", "type": type_, "time": format_us(at_us)}
        return json.dumps({**named, "data": data}).encode()

    def take(self, lines: Sequence[bytes]) -> None:
        """Take events in, all of them sound; it is as late as the last of them."""
        latest = max(parse_us(json.loads(line)["time"]) for line in lines)
        self.clock.now_us = max(self.clock.now_us, latest)
        took = self.live.accept(lines)
        assert not took.rejected, took.rejected[0]
        asyncio.run(self.live.durable())

    def alerts(
        self, customer: Customer, at: str, targets: Sequence[str], *, count: int = 40, every_s: int = 20, **more: Any
    ) -> list[bytes]:
        """Alerts of a sensor that sees the customer scan."""
        source = str(customer.addresses[0]).replace(".0/24", ".10").replace(".0/25", ".10").replace(".0/26", ".10")
        plain = {"customer": customer.id, "sensor": "east", "category": "scan", "severity": 2, "src_ip": source} | more
        first = parse_us(at)
        return [
            self.event(
                "net.alert",
                first + i * every_s * SECOND_US,
                plain | {"signature": f"scanner rule {i % 4}", "dst_ip": targets[i % len(targets)]},
            )
            for i in range(count)
        ]

    def flows(self, customer: Customer, at: str, target: str, *, count: int = 150, every_s: int = 1, **more: Any) -> list[bytes]:
        """Connections that nobody answers, port after port."""
        plain = {
            "customer": customer.id, "src_ip": "192.0.2.10", "dst_ip": target, "src_port": 40000, "proto": "tcp",
            "bytes_out": 60, "bytes_in": 0, "duration_s": 0.2,
        }  # fmt: skip
        first = parse_us(at)
        return [
            self.event("net.flow", first + i * every_s * SECOND_US, plain | {"dst_port": 1000 + 7 * i} | more)
            for i in range(count)
        ]

    # -- what came of it

    def found(self, customer: Customer | None = None) -> list[tuple[str, str]]:
        """Detector and time of every finding, in order of time."""
        every: Sequence[Finding] = self.store.findings()
        mine = [each for each in every if customer is None or each.customer == customer.id]
        return sorted((each.detector, each.time) for each in mine)

    def covered(self, held: Grant) -> list[Covered]:
        """The ledger's lines of a grant."""
        return covered_by(self.store.records, held.grant_id)


Opened = Callable[..., House]
