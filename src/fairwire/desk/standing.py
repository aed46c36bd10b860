"""What every page of the console says at its top: what is held back, and how many orders wait for people."""

from __future__ import annotations

from dataclasses import dataclass

from fairwire.ports.control import ControlStore
from fairwire.runtime.order_acts import guard_of
from fairwire.runtime.registers import ORDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand with automatic action."""

    waiting: int
    held: str
    """A sentence; empty while nothing is held back."""


def read_standing(store: ControlStore) -> Standing:
    """As it is now."""
    guard = guard_of(store.records)
    what = ""
    if not guard.automatic:
        what = "All automatic action is stopped"
    elif not guard.suspensions:
        what = "Automatic suspensions are paused"
    by = guard.by.partition(":")[2] or guard.by
    held = f"{what} since {guard.at[:16].replace('T', ' ')} UTC by {by}: {guard.why.rstrip('.')}." if what else ""
    return Standing(waiting=len(store.records.find(ORDERS.kind, states=["waiting"])), held=held)
