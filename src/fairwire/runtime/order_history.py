"""What was ordered before, as far as the next orders depend on it; and orders that a crash kept from being put on record."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.model.finding import Finding
from fairwire.model.order import Order
from fairwire.ports.control import ControlStore
from fairwire.ports.records import RecordStore
from fairwire.runtime.registers import ORDERS

LIVE = "live"
"""The run of what a service finds."""


def history_of(records: RecordStore, findings: Sequence[Finding]) -> list[Order]:
    """All orders about the customers of findings, and suspensions in force or waiting of anybody: the cap counts them."""
    found = {
        kept.noun.order_id: kept.noun
        for customer in {finding.customer for finding in findings}
        for kept in ORDERS.find(records, customer=customer)
    }
    if findings:
        for kept in ORDERS.find(records, states=["waiting", "due", "in_force"]):
            if kept.noun.step in ("suspend_outbound", "suspend"):
                found.setdefault(kept.noun.order_id, kept.noun)
    return list(found.values())


def left_over(store: ControlStore) -> list[Order]:
    """Orders of live findings that were written with them and are not on record: the service ended in between."""
    on_record = {record.id for record in store.records.find(ORDERS.kind)}
    return [order for order in store.orders(run_id=LIVE) if order.order_id not in on_record]
