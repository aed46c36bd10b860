"""What carries an order out at the edge: a proxy, a switch, a directory, a billing system.

An edge holds *items*: a name, and what stands under it. Fairwire keeps what it wants to be there, and has it put there, looked
at and taken back, as often as needed. So every call must be idempotent: put twice is put once, and what is gone is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.order import Order

Outcome = Literal["done", "later", "never", "unknown"]
"""`later`: not now, try again. `never`: refused for good, a person must look. `unknown`: it may have happened, so it is tried
again."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an order wants to be at the edge."""

    key: str
    """Names it there; the same order gives the same keys. Two orders about one thing give one key."""
    value: dict[str, Any]
    """What shall stand there, JSON."""
    rank: int = 0
    """Where several orders want one key, the highest rank stands there: the severer step."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a call."""

    outcome: Outcome
    answer: str = ""
    """The edge's words, or why there are none. Holds no secret."""


class Enforcer(Protocol):
    """One edge. Used from one thread at a time; every call ends within the time-out that it was made with and never raises for
    what the edge or the network does."""

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """What an order means here; nothing when it is none of this edge's business. Asks nobody. `customer` is None for one
        whose record is gone."""

    def look(self, key: str) -> tuple[Told, Any]:
        """What stands under a key now, JSON; None when nothing does. It is kept before the first `put`, to be restored."""

    def put(self, item: Item) -> Told:
        """Have the item there."""

    def restore(self, item: Item, before: Any) -> Told:
        """Have there what was before. Where somebody else has changed meanwhile what `item` put there, theirs stays, and `answer`
        says so."""

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """All of our items that are there, by key; None when this edge cannot be asked, such as a webhook."""

    def close(self) -> None:
        """End what is open."""
