"""What carries an order out at the edge: a proxy, a switch, a directory, a billing system.

An edge holds *items*: a name, and what stands under it. Fairwire keeps what it wants to be there, and has it put there, looked
at and taken back, as often as needed. So every call must be idempotent: put twice is put once, and what is gone is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput
from fairwire.model.order import Order

Outcome = Literal["done", "later", "never", "unknown"]
"""`later`: not now, try again. `never`: refused for good, a person must look. `unknown`: it may have happened, so it is tried
again."""


class BadEdge(BadInput):
    """An edge is declared in a way that cannot work: a setting, or a file that one names."""

    code = "FW-EDG-001"


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
    """The edge's words, or why there are none: one line. Holds no secret."""


class Enforcer(Protocol):
    """One edge. Used from one thread at a time; every call ends within the time-out that it was made with and never raises for
    what the edge or the network does."""

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """What an order means here; nothing when it is none of this edge's business, or names a way to call for help. Asks
        nobody. `customer` is None for one whose record is gone."""

    def look(self, key: str) -> tuple[Told, Any]:
        """What stands under a key now, JSON; None when nothing does. It is kept before the first `put`, to be restored.

        What this edge itself has put there is nothing: None, or a lift would put it back. `never`: what stands there could not
        be put back as it is, so nothing should be put in its place.
        """

    def put(self, item: Item) -> Told:
        """Have the item there."""

    def restore(self, item: Item, before: Any) -> Told:
        """Have there what was before. Where somebody else has changed meanwhile what `item` put there, theirs stays, and `answer`
        says so: also where they have removed it."""

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """All of our items that are there, by key, each with its value as `put` had it; None when this edge cannot be asked,
        such as a webhook."""

    def close(self) -> None:
        """End what is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What an edge is opened with beside the options of its kind."""

    name: str
    """Its own: small letters, digits, dots and dashes. What it puts is marked with it, so that edges do not take each other's
    items for their own."""
    folder: Path
    """Relative paths of options start here."""
    timeout_s: float
    """Of each call, as a whole."""
    is_help: Callable[[str], bool]
    """Whether a number may reach help, dialled by anyone anywhere."""
    keep: Path | None = None
    """A folder for what it must remember itself; None where there is none, and it forgets when it is closed."""


class Adapter(Protocol):
    """What the folder of a kind of edge exports as `ENFORCER`."""

    options: type[msgspec.Struct]
    """What may stand in its section of the settings beside what all edges have."""

    def open(self, options: Any, site: Site) -> Enforcer:
        """An edge, from options of that type. Connects to nobody.

        Raises
        ------
        BadEdge
            An option or a file that it names cannot be used; the message names the option.
        """


def standing(items: Iterable[Item]) -> dict[str, Item]:
    """Which item of each key stands there: the highest rank, and among equals always the same one."""
    best: dict[str, tuple[tuple[int, bytes], Item]] = {}
    for item in items:
        order = (item.rank, msgspec.json.encode(item.value, order="deterministic"))
        if item.key not in best or order > best[item.key][0]:
            best[item.key] = (order, item)
    return {key: item for key, (_, item) in best.items()}
