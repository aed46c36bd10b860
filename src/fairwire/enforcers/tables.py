"""Edges that are a table of short texts by name, which a dial plan or a routing script looks into: what they have in common.

    suspend;o-1f0c;403;;fairwire:sbc-east
    step    order  |   |  whose it is: this edge's, and nobody else's
                   |   calls a minute that go on, of a throttle
                   what a call is answered

A table has no compare-and-set, so between looking and changing somebody else may change the same name: the window is one
round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote

from fairwire.enforcers.failing import Failed
from fairwire.enforcers.keys import CALL_STEPS, escaped, fault_of, is_about_calls, key_of, rank_of
from fairwire.model.customers import Customer
from fairwire.model.order import Order
from fairwire.net.connecting import Deadline
from fairwire.ports.enforcers import Item, Site, Told

REFUSED = 403
LIMITED = 480
_FIELDS = 5


class Table(Protocol):
    """The table itself, for the time of one call. Every method raises Failed for what does not come to its end."""

    def get(self, key: str) -> str | int | None:
        """What stands under a name; None when nothing does."""

    def set(self, key: str, value: str | int) -> None:
        """Have it stand there."""

    def delete(self, key: str, value: str | int) -> None:
        """Have nothing stand there, when `value` is what does; also when nothing does already."""

    def all(self) -> Mapping[str, str | int] | None:
        """Everything; None where it cannot be listed."""


def call_items(order: Order, site: Site, calls_per_minute: int) -> Sequence[Item]:
    """What an order means to calls."""
    key = key_of(order, site.is_help) if order.step in CALL_STEPS else None
    if key is None or not is_about_calls(key):
        return ()
    value: dict[str, Any] = {"step": order.step, "order": order.order_id}
    if order.step == "throttle" or (order.step == "block" and order.target == "new_calls"):
        value["code"] = LIMITED
    elif order.step != "step_up":
        value["code"] = REFUSED
    if order.step == "throttle":
        value["per_minute"] = calls_per_minute
    return (Item(key=key, value=value, rank=rank_of(order.step)),)


def written(value: Mapping[str, Any], site: Site) -> str:
    """A value as its short text."""
    fields = (escaped(str(value.get(name, ""))) for name in ("step", "order", "code", "per_minute"))
    return ";".join((*fields, _mark(site)))


def read(text: str | int | None, site: Site) -> dict[str, Any] | None:
    """The value of a short text of this edge; None for anything else."""
    fields = text.split(";") if isinstance(text, str) else []
    if len(fields) != _FIELDS or fields[4] != _mark(site):
        return None
    value: dict[str, Any] = {"step": unquote(fields[0]), "order": unquote(fields[1])}
    for name, field in (("code", fields[2]), ("per_minute", fields[3])):
        if field:
            if not (field.isascii() and field.isdigit() and len(field) <= 9):
                return None
            value[name] = int(field)
    return value


def look(table: Table, key: str, site: Site) -> tuple[Told, Any]:
    """`Enforcer.look`."""
    try:
        _sound(key)
        found = table.get(key)
    except Failed as error:
        return error.told(), None
    if read(found, site) is not None:
        return Told(outcome="done", answer="what stands there is ours"), None
    return Told(outcome="done"), found


def put(table: Table, item: Item, site: Site) -> Told:
    """`Enforcer.put`."""
    try:
        _sound(item.key)
        table.set(item.key, written(item.value, site))
    except Failed as error:
        return error.told()
    return Told(outcome="done")


def restore(table: Table, item: Item, before: Any, site: Site) -> Told:
    """`Enforcer.restore`."""
    if before is not None and (isinstance(before, bool) or not isinstance(before, str | int)):
        return Told(outcome="never", answer="what is said to have stood there before is neither a text nor a number")
    try:
        _sound(item.key)
        found = table.get(item.key)
        if found == before and type(found) is type(before):
            return Told(outcome="done", answer="it is as it was already")
        if found is None:
            return Told(outcome="done", answer="nothing stands there any more, and it was left so")
        if read(found, site) is None:
            return Told(outcome="done", answer="somebody else has put something there since, and it stays")
        if before is None:
            table.delete(item.key, found)
        else:
            table.set(item.key, before)
    except Failed as error:
        return error.told()
    return Told(outcome="done")


def present(table: Table, site: Site) -> tuple[Told, Mapping[str, Any] | None]:
    """`Enforcer.present`."""
    try:
        found = table.all()
    except Failed as error:
        return error.told(), None
    if found is None:
        return Told(outcome="done", answer="it cannot be asked for all that stands there"), None
    ours = {key: value for key, text in found.items() if (value := read(text, site)) is not None}
    return Told(outcome="done", answer=f"{len(ours)} of ours, {len(found) - len(ours)} of others"), ours


class TableEdge:
    """An edge over a table that needs nothing beside it.

    Parameters
    ----------
    open_table
        Gives the table for one call, all of whose questions end by the deadline.
    """

    def __init__(self, open_table: Callable[[Deadline], Table], site: Site, calls_per_minute: int) -> None:
        self._open_table = open_table
        self._site = site
        self._calls_per_minute = calls_per_minute

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """What the order means to calls."""
        return call_items(order, self._site, self._calls_per_minute)

    def look(self, key: str) -> tuple[Told, Any]:
        """One look-up."""
        return look(self._table(), key, self._site)

    def put(self, item: Item) -> Told:
        """Set, whatever stands there."""
        return put(self._table(), item, self._site)

    def restore(self, item: Item, before: Any) -> Told:
        """Look, and where what stands there is ours, put back what was before."""
        return restore(self._table(), item, before, self._site)

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """List, and leave out what is not ours."""
        return present(self._table(), self._site)

    def close(self) -> None:
        """Nothing stays open between two calls."""

    def _table(self) -> Table:
        return self._open_table(Deadline(self._site.timeout_s))


def _mark(site: Site) -> str:
    return f"fairwire:{site.name}"


def _sound(key: str) -> None:
    fault = fault_of(key)
    if fault:
        raise Failed("never", fault)
