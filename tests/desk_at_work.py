"""A desk for tests: a store in a data folder, a clock that stands still, and findings and orders of rules to work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairwire.enforcement.lifecycle import start
from fairwire.enforcement.targets import undo
from fairwire.model.finding import Finding, Measured, PolicyRef
from fairwire.model.instants import DAY_US, HOUR_US, format_us, parse_us
from fairwire.model.order import Order
from fairwire.model.policy import Pack
from fairwire.ports.control import ControlStore, Run
from fairwire.runtime.packs import read_pack
from fairwire.runtime.registers import ORDERS

NOW = "2026-03-04T12:00:00Z"
CUSTOMER = "hobnail-freight"
JNS = read_pack("jns")


@dataclass(slots=True, kw_only=True)
class Desk:
    """People are `dana`, `eli`, `finn`; the customer is bound by `pack`."""

    store: ControlStore
    data: Path
    pack: Pack = JNS
    now_us: int = field(default_factory=lambda: parse_us(NOW))

    def found(self, name: str = "f-00000001", **changed: Any) -> Finding:
        """A finding of a rule, saved as a service saves it."""
        plain: dict[str, Any] = {
            "finding_id": name,
            "time": format_us(self.now_us - HOUR_US),
            "policy": PolicyRef(id=self.pack.id, version=self.pack.version),
            "clauses": ("J22",),
            "detector": "voice.robocall",
            "mode": "enforce",
            "severity": "high",
            "customer": CUSTOMER,
            "reason": "400 calls in 10 minutes to numbers never called before",
            "features": {"attempts": Measured(value=400, threshold=100, comparison=">=")},
            "events": ("e-1", "e-2"),
            "first_seen": format_us(self.now_us - 2 * HOUR_US),
            "last_seen": format_us(self.now_us - HOUR_US),
            "count": 400,
        }
        finding = Finding(**(plain | changed))
        run = Run(run_id="live", command="fairwire serve", started=NOW, policies=(), summary={})
        self.store.save_run(run, [finding], (), (), ())
        return finding

    def ordered(self, finding: Finding, name: str = "o-00000001", *, begun: bool = True, **changed: Any) -> Order:
        """An order of that finding's rule, on record and in force unless `begun` is false."""
        plain: dict[str, Any] = {
            "order_id": name,
            "key": f"key of {name}",
            "finding_id": finding.finding_id,
            "customer": finding.customer,
            "policy": f"{self.pack.id}@{self.pack.version}",
            "clauses": finding.clauses,
            "detector": finding.detector,
            "step": "suspend_outbound",
            "target": "customer",
            "reason": finding.reason,
            "author": f"rule:{finding.detector}",
            "created": format_us(self.now_us),
            "expires": format_us(self.now_us + DAY_US),
            "owner": None,
            "approvals": 0,
            "undo": undo("suspend_outbound", "customer", None),
        }
        order = Order(**(plain | changed))
        if begun:
            order = start(order, self.now_us)
        self.store.records.write([ORDERS.change(None, order, at_us=self.now_us, by=order.author, action="order")])
        return order

    def order(self, name: str = "o-00000001") -> Order:
        """An order as it is now."""
        kept = ORDERS.get(self.store.records, name)
        assert kept is not None
        return kept.noun

    def actions(self, kind: str, id_: str) -> Sequence[tuple[str, str]]:
        """(who, what) of the audit trail of one record."""
        return [(entry.by, entry.action) for entry in self.store.records.trail(kind=kind, id_=id_)]
