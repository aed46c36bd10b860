"""What a running service hands from one thread to another."""

from __future__ import annotations

from dataclasses import dataclass

from fairwire.model.grants import Covered
from fairwire.ports.control import Run
from fairwire.runtime.covering import Line
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.facts import Facts
from fairwire.runtime.plans import Plan
from fairwire.runtime.stream import Key, Known, Stream
from fairwire.runtime.uses import UseWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What is to be saved, as it was when somebody looked."""

    known: dict[Key, Known]
    hours: dict[int, tuple[int, int | None]]
    """Start of the hour in microseconds -> calls in it, and refused ones if there were any."""
    covered: list[tuple[Line, Covered]]
    """Lines of what grants cover, as they were."""
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What the service goes on with at the next call."""

    plan: Plan
    customers: CustomerTable
    stream: Stream
    facts: Facts
    uses: UseWatch
