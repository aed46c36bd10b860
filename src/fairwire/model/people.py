"""The people of a customer as its user limit counts them, and the licences that they hold."""

from __future__ import annotations

from typing import Literal

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One individual who uses the service of a customer, or has used it."""

    person_id: str
    customer: str
    user: str
    """By the name that events have."""
    individual: str = ""
    """Who is behind the name, where events say so: one individual with two names counts once."""
    since_us: int
    """When the licence was taken: by this person, or by whom it replaces."""
    added: bool = False
    """Set up by the customer, not only seen; such a one counts until removed."""
    seen_month: str = ""
    """Last calendar month in which the service was used, `2026-03` in the customer's zone; empty when it never was."""
    left_us: int | None = None
    left_why: str = ""
    replaces: str = ""
    """Who held the licence before."""


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """A request that a licence moves to another person."""

    transfer_id: str
    customer: str
    leaver: str
    newcomer: str
    state: Literal["accepted", "refused", "doubted"]
    """`doubted`: accepted, and the one who had left uses the service again."""
    by: str
    at: str
    leaves: bool
    """The request itself says that the holder leaves for good."""
    reason: str
    """Why it was accepted or refused, in a sentence."""
    clauses: tuple[str, ...] = ()


class OrderChange(msgspec.Struct, frozen=True, kw_only=True):
    """A customer has ordered more or less: fields of its record that are others from then on."""

    change_id: str
    customer: str
    fields: dict[str, msgspec.Raw]
    """Name -> value, JSON."""
    before: dict[str, msgspec.Raw]
    """What the record said then. Where the customers file says something else by now, the file is newer."""
    at_us: int
    by: str
    evidence: str
    """The event, or the number of the order."""
