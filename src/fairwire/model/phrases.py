"""One event in three words for people: where it came from, where it went, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Parties(NamedTuple):
    """What a line about an event says."""

    origin: str
    target: str
    outcome: str


_FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "message.sent": (("from",), ("to",), ("status", "channel")),
    "message.received": (("from",), ("to",), ("status", "channel")),
    "email.sent": (("header_from",), ("to",), ("dmarc", "spf")),
    "auth.login": (("src_ip",), ("credential",), ("ok",)),
    "auth.register": (("src_ip",), ("credential",), ("ok",)),
    "net.flow": (("src_ip",), ("dst_ip",), ("dst_port",)),
    "net.alert": (("src_ip",), ("dst_ip",), ("signature",)),
    "net.quality": (("segment",), (), ("mos", "loss_pct")),
    "usage.sample": ((), (), ("cpu_share", "memory_share", "throughput_bps")),
    "content.scanned": (("user",), ("where",), ("signature", "verdict")),
    "api.request": (("credential", "src_ip"), ("path",), ("status",)),
    "user.added": (("user",), ("person",), ()),
    "user.removed": (("user",), ("person",), ()),
    "device.lost": (("device",), ("user",), ()),
    "device.found": (("device",), ("user",), ()),
    "credential.changed": (("credential",), (), ("strength",)),
    "report.received": (("reporter",), ("number", "address"), ("category",)),
}
"""Fields of each type of event, the first that is there."""
_CALL = (("from",), ("to",), ("disposition",))


def parties(event: Mapping[str, Any]) -> Parties:
    """Of an event with its data flattened. What it does not say is empty; what has no outcome is called by its type."""
    kind = str(event.get("type") or "")
    origin, target, outcome = (_first(event, names) for names in _FIELDS.get(kind, _CALL))
    return Parties(origin, target, outcome or kind.rpartition(".")[2].replace("_", " "))


def _first(event: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = event.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            return "succeeded" if value else "failed"
        if isinstance(value, list | tuple):
            more = f" and {len(value) - 1} more" if len(value) > 1 else ""
            return f"{value[0]}{more}" if value else ""
        return str(value).replace("_", " ") if name == "disposition" else str(value)
    return ""
