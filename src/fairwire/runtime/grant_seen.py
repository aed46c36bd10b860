"""From an event as it came to what says whether a grant covers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import msgspec

from fairwire.enforcement.grant_cover import Seen
from fairwire.model.customers import Customer
from fairwire.model.instants import parse_us
from fairwire.runtime.encode_other import is_from_own_side

E164 = Callable[[str, str], str | None]
"""(number as it came, country) -> digits of E.164, None for anything else."""
_CALLS = frozenset({"call.attempt", "call.answered", "call.ended"})


def flat_event(line: bytes) -> dict[str, Any]:
    """An event with the fields of its data beside its own."""
    event: dict[str, Any] = msgspec.json.decode(line)
    return {**event["data"], "type": event["type"], "time_us": parse_us(event["time"])}


def flat_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a row of `CALL_SCHEMA`."""
    data = row.get("data")
    return dict(row) if data is None else {**msgspec.json.decode(data), "type": row["type"], "time_us": row["time_us"]}


def seen_of(event: Mapping[str, Any], customer: Customer, e164: E164) -> Seen:
    """What of an event says whether it is covered."""
    kind, at_us = str(event["type"]), int(event["time_us"])
    if kind == "net.flow":
        data = SimpleNamespace(**{"served": False, **event})
        home = is_from_own_side(data, customer.addresses)
        return Seen(
            kind,
            at_us,
            source=data.src_ip if home else data.dst_ip,
            target=data.dst_ip if home else data.src_ip,
            port=data.dst_port,
            answered=bool(data.bytes_in),
        )
    if kind == "net.alert":
        return Seen(
            kind,
            at_us,
            source=event.get("src_ip"),
            target=event.get("dst_ip"),
            port=event.get("dst_port"),
            category=event.get("category"),
        )
    source = event.get("src_ip")
    if kind in _CALLS or kind.startswith("message."):
        inward = event.get("direction") == "inbound" or kind == "message.received"
        shown, called = _many(event.get("from")), _many(event.get("to"))
        mine, other = (called, shown) if inward else (shown, called)
        own = tuple(_number(text, customer, e164) for text in (*_many(event.get("line")), *mine))
        return Seen(
            kind,
            at_us,
            source=source,
            own=own,
            called=tuple(_number(text, customer, e164) for text in other),
            campaign=event.get("campaign"),
        )
    return Seen(kind, at_us, source=source, campaign=event.get("campaign"))


def _many(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list | tuple) else ()


def _number(text: str, customer: Customer, e164: E164) -> str:
    return e164(text, customer.country) or text
