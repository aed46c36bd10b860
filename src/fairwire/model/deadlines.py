"""Deadlines: what a customer was asked to do, until when, by which calendar, and what came of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.model.declared import WorkflowKind
from fairwire.model.notices import Opening

DeadlineState = Literal["open", "extended", "met", "missed", "withdrawn"]
"""`extended`: open, with more time given by a person. What is missed stays missed, whatever clocks say, unless a person
takes it back."""
RUNNING: tuple[DeadlineState, ...] = ("open", "extended")
"""The time is not up yet, or nobody has looked since."""


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """More time, given by a person; or by a calendar that has changed since."""

    by: str
    at: str
    from_us: int
    """When it was due before."""
    to_us: int
    why: str


class Reminding(msgspec.Struct, frozen=True, kw_only=True):
    """A reminder, before or after it went out."""

    when: str
    """`half` or `last_morning`."""
    at_us: int
    done: bool = False


class Above(msgspec.Struct, frozen=True, kw_only=True):
    """One individual above the user limit, and what it has been charged for."""

    name: str
    from_day: int
    """First day that is charged, or was; days since 1970-01-01 in the customer's zone."""
    billed_to: int
    """Last day that is on a line; the day before the first while none is."""
    over: bool = False
    """Blocked, gone, or within the limit again: nothing more is charged."""


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """One clock of one customer."""

    deadline_id: str
    fact: str
    """What it follows from: `order:<id>`."""
    notice_id: str
    """The notice that began it."""
    customer: str
    policy: str
    clauses: tuple[str, ...]
    workflow: str
    kind: WorkflowKind
    opens: Opening
    from_us: int
    """The date of the notice."""
    due_us: int
    calendar: str
    """`GB-ENG`."""
    library: str
    """Which data it was last worked out with: `holidays 0.109`."""
    zone: str
    reminders: tuple[Reminding, ...] = ()
    extensions: tuple[Extension, ...] = ()
    asks: str = ""
    facts: dict[str, str | tuple[str, ...]] = {}
    """What the notice was written from; reminders say the same."""
    state: DeadlineState = "open"
    ended: str | None = None
    ended_by: str = ""
    outcome: str = ""
    """How it was met, or why it was withdrawn."""
    late: bool = False
    """It was met after its time, before anything was done for it."""
    told: bool = True
    """False while the customer has to be told that it was given more time, or that it was withdrawn."""
    settled: str | None = None
    """Of a missed one: when nothing was left to do for it, because the customer did what was asked after all."""

    above: tuple[Above, ...] = ()
    """Of a user limit that was missed: whom it was about."""
    unpriced: bool = False
    """Nothing could be charged, because nobody says what a user costs."""

    @property
    def is_live(self) -> bool:
        """Whether something may still follow from it."""
        return self.state in RUNNING or (self.state == "missed" and self.settled is None)
