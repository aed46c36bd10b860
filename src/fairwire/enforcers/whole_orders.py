"""Items for edges that take whole orders and find out themselves what to do: the order's own words under its key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fairwire.enforcers.keys import key_of, rank_of
from fairwire.model.order import Order
from fairwire.ports.enforcers import Item, Site

FIELDS: Final = (
    "order_id", "step", "target", "value", "customer", "user", "line", "policy", "clauses", "reason", "created", "expires",
)  # fmt: skip
"""Of an order, what is told outside."""


def order_items(order: Order, site: Site) -> Sequence[Item]:
    """One item for an order that somebody outside can carry out."""
    key = key_of(order, site.is_help)
    if key is None:
        return ()
    value: dict[str, Any] = {name: getattr(order, name) for name in FIELDS}
    value["clauses"] = list(order.clauses)
    return (Item(key=key, value=value, rank=rank_of(order.step)),)
