"""Edges as they are declared, and as they are opened: each with its adapter, and what it is for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse
from fairwire.model.order import Order, Step
from fairwire.ports.enforcers import Adapter, BadEdge, Enforcer, Item, Site, Told
from fairwire.runtime.discovery import load, names
from fairwire.runtime.numbering import site_destinations

FOLDER: Final = "edges"
"""In the data folder: what adapters must remember themselves."""
TIMEOUT_S: Final = 5.0
LONGEST_TIMEOUT_S: Final = 60.0
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredEdge:
    """One section `[[edges]]` of the settings."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What else stands in the section; what may stand there is the adapter's to say."""
    customers: frozenset[str] | None = None
    """Whose orders are carried out here; None: everybody's."""
    steps: frozenset[Step] | None = None
    """Which steps are; None: all that this kind can carry out."""
    timeout_s: float = TIMEOUT_S
    """Of each call."""
    file: Path = Path("settings")
    """Where it stands; relative paths begin at its folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One edge that can be asked: the enforcer of its kind, for the orders that it was declared for."""

    name: str
    kind: str
    enforcer: Enforcer = field(repr=False)
    customers: frozenset[str] | None = None
    steps: frozenset[Step] | None = None

    def is_for(self, order: Order) -> bool:
        """Whether an order is to be carried out here."""
        mine = self.customers is None or order.customer in self.customers
        return mine and (self.steps is None or order.step in self.steps)

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """What an order means here; nothing where the edge is not for it."""
        return self.enforcer.items(order, customer) if self.is_for(order) else ()

    def look(self, key: str) -> tuple[Told, Any]:
        """As `Enforcer.look`."""
        return self.enforcer.look(key)

    def put(self, item: Item) -> Told:
        """As `Enforcer.put`."""
        return self.enforcer.put(item)

    def restore(self, item: Item, before: Any) -> Told:
        """As `Enforcer.restore`."""
        return self.enforcer.restore(item, before)

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """As `Enforcer.present`."""
        return self.enforcer.present()

    def close(self) -> None:
        """As `Enforcer.close`."""
        self.enforcer.close()


def sound_edge_name(name: str) -> str:
    """The name, where it can be one.

    Raises
    ------
    BadUse
        It cannot stand in a file name and in a mark at the edge.
    """
    if _NAME.fullmatch(name) is None:
        raise BadUse(
            f"`{name[:60]}` cannot be the name of an edge",
            help_="use up to 40 small letters, digits, dots and dashes, such as sbc-east",
        )
    return name


def kinds_of_edges() -> list[str]:
    """The kinds that there are, sorted."""
    return names("enforcers")


def options_of(kind: str) -> tuple[str, ...]:
    """What may stand in a section of a kind beside what all have.

    Raises
    ------
    UnknownAdapter, BrokenAdapter
        There is no such kind, or it cannot be used.
    """
    adapter: Adapter = load("enforcers", kind)
    return adapter.options.__struct_fields__


def open_edge(declared: DeclaredEdge, *, keep: Path | None = None, is_help: Callable[[str], bool] | None = None) -> Edge:
    """Open one edge. It connects to nobody before it is asked for something.

    Raises
    ------
    BadEdge
        Its options, or a file that one names, cannot be used.
    UnknownAdapter, BrokenAdapter
        There is no such kind, or it cannot be used.
    """
    adapter: Adapter = load("enforcers", declared.kind)
    try:
        options = msgspec.convert(dict(declared.options), adapter.options)
    except msgspec.ValidationError as error:
        raise BadEdge(_told(declared, str(error)), at=str(declared.file)) from None
    site = Site(
        name=declared.name,
        folder=declared.file.parent,
        timeout_s=declared.timeout_s,
        is_help=is_help or help_by_the_site(),
        keep=keep,
    )
    return Edge(
        name=declared.name,
        kind=declared.kind,
        enforcer=adapter.open(options, site),
        customers=declared.customers,
        steps=declared.steps,
    )


def open_edges(
    declared: Sequence[DeclaredEdge], *, keep: Path | None = None, is_help: Callable[[str], bool] | None = None
) -> list[Edge]:
    """Open all edges, or none.

    Parameters
    ----------
    declared
        `Settings.edges`.
    keep
        The folder for what adapters must remember themselves: `FOLDER` of the data folder.
    is_help
        Whether a number may reach help; None: by the lists of all countries and the site's own.

    Raises
    ------
    BadEdge
        One of them is declared in a way that cannot work.
    UnknownAdapter, BrokenAdapter
        There is no such kind, or it cannot be used.
    """
    judge = is_help or (help_by_the_site() if declared else None)
    opened: list[Edge] = []
    try:
        opened.extend(open_edge(one, keep=keep, is_help=judge) for one in declared)
    except Exception:
        for edge in opened:
            edge.close()
        raise
    return opened


def help_by_the_site() -> Callable[[str], bool]:
    """Whether a number may reach help, dialled by anyone anywhere."""
    destinations = site_destinations()
    return lambda number: destinations.is_emergency(number, "")


def _told(declared: DeclaredEdge, error: str) -> str:
    """A fault of an option, in our words: the library's has the path at its end."""
    what, _, path = error.partition(" - at `$.")
    option = path.rstrip("`").partition("[")[0]
    missing = re.fullmatch(r"Object missing required field `([^`]*)`", what)
    if missing:
        return f"the edge `{declared.name}` has no `{missing[1]}`, which {declared.kind} needs"
    unknown = re.fullmatch(r"Object contains unknown field `([^`]*)`", what)
    if unknown:
        return f"the setting `{unknown[1]}` of the edge `{declared.name}` does not exist for {declared.kind}"
    return f"`{option}` of the edge `{declared.name}` cannot be used: {what[:1].lower()}{what[1:]}"
