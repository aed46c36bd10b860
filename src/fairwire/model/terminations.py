"""The end of a customer's service: what must happen, by when, and what has."""

from __future__ import annotations

from typing import Literal

import msgspec

TerminationState = Literal["open", "finished", "withdrawn"]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the checklist."""

    id: str
    what: str
    due: str
    done: str | None = None
    by: str | None = None
    note: str = ""
    """What shows it: a letter's number, a file."""


class Termination(msgspec.Struct, frozen=True, kw_only=True):
    """One end of service, with the order it follows from."""

    order_id: str
    customer: str
    policy: str
    clauses: tuple[str, ...]
    reasons: str
    """The sentence that the customer is told."""
    opened: str
    opened_by: str
    ends: str
    """When the service ends."""
    export_until: str
    """Until when the customer can take its data away."""
    items: tuple[Item, ...]
    state: TerminationState = "open"
    ended: str | None = None
    why: str = ""
