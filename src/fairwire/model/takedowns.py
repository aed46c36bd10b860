"""Takedowns: a holder of rights gives notice, content is removed, the customer may answer, and it may come back."""

from __future__ import annotations

from typing import Literal

import msgspec

TakedownState = Literal["incomplete", "complete", "removed", "countered", "suit", "restored", "withdrawn", "rejected"]
"""`incomplete`: particulars are missing, and were asked for. `countered`: the customer has answered, and the content comes back
when its time has come. `suit`: a court was asked, so it does not."""
COUNTING: tuple[TakedownState, ...] = ("removed", "countered", "suit")
"""States in which it counts against a repeat infringer."""


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """One particular that a notice must have."""

    id: str
    asks: str
    """What is asked for, for people."""
    source: str
    """Where the law says so."""


class Takedown(msgspec.Struct, frozen=True, kw_only=True):
    """One notice and what came of it."""

    takedown_id: str
    case_id: str
    customer: str = ""
    policy: str = ""
    clauses: tuple[str, ...] = ()
    elements: dict[str, str] = {}
    """Particulars of the notice, by element."""
    missing: tuple[str, ...] = ()
    """Elements that were asked for and are not there yet."""
    content: str = ""
    """Where the material is, as the notice says."""
    received: str
    via: str
    state: TakedownState
    order_id: str = ""
    """The order that removes the content."""
    removed: str | None = None
    removed_by: str | None = None
    told: str | None = None
    """When the customer was told."""
    counter: dict[str, str] = {}
    """Particulars of the customer's answer."""
    countered: str | None = None
    restore_from: str | None = None
    """Not before: the end of the tenth business day behind the answer."""
    restore_by: str | None = None
    """Not later: the end of the fourteenth."""
    suit: str = ""
    """Court and file number of an action that the holder has filed."""
    ended: str | None = None
    ended_by: str | None = None
    why: str = ""
    late: bool = False
    """It came back after `restore_by`."""
    strike: int = 0
    """Which one this was within the policy's period, when the content was removed."""
    step_order: str = ""
    """What the policy asks for at that number, where it does."""
