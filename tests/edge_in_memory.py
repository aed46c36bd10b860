"""An edge that is a dictionary: it can be down, lose what it has, and be touched by others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairwire.model.customers import Customer
from fairwire.model.order import Order
from fairwire.ports.enforcers import Item, Told

DONE = Told(outcome="done")
DOWN = Told(outcome="later", answer="nobody listens there")


class MemoryEdge:
    """Keys are `suspend:<customer>` and such; what others keep there begins with `other:` or stands under a key of ours."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.calls: list[str] = []
        self.down = False
        self.refuses = False
        self.loses_answers = 0

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        if order.step in ("suspend", "suspend_outbound"):
            return [Item(key=f"suspend:{order.customer}", value={"step": order.step})]
        if order.step == "block" and order.target == "callee":
            return [Item(key=f"callee:{order.customer}:{order.value}", value={"step": "block"})]
        return []

    def look(self, key: str) -> tuple[Told, Any]:
        self.calls.append(f"look {key}")
        return (DOWN, None) if self.down else (DONE, self.held.get(key))

    def put(self, item: Item) -> Told:
        self.calls.append(f"put {item.key}")
        if self.refuses:
            return Told(outcome="never", answer="no such table")
        if self.down:
            return DOWN
        self.held[item.key] = item.value
        if self.loses_answers:
            self.loses_answers -= 1
            return Told(outcome="unknown", answer="the connection broke")
        return DONE

    def restore(self, item: Item, before: Any) -> Told:
        self.calls.append(f"restore {item.key}")
        if self.down:
            return DOWN
        if self.held.get(item.key) not in (item.value, None):
            return Told(outcome="done", answer="somebody else has changed it; theirs stays")
        if before is None:
            self.held.pop(item.key, None)
        else:
            self.held[item.key] = before
        return DONE

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        ours = {key: value for key, value in self.held.items() if isinstance(value, dict) and "step" in value}
        return (DOWN, None) if self.down else (DONE, ours)

    def close(self) -> None:
        pass
