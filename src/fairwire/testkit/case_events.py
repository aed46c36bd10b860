"""The events of a detector's case that are no calls: `- {events: 200, type: message.sent, every: 1s, data: {...}}`.

A value in `data` stands for all events; a list is gone through again and again. `fresh` is a new number, address or name each
time, by the field; `{pool: 40}` one of forty; `{choice: [...]}` one drawn by a fixed seed; `{list: [...]}` is a list as it is.
In a text `{n}` is the running number and `{r}` a few letters that nobody else has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from fairwire.expr.errors import UnknownName
from fairwire.model.errors import BadInput, Span
from fairwire.plan.windows import span_us
from fairwire.runtime.encode_other import READERS
from fairwire.sources.jsonl.decoding import decode_lines

KEYS = {"events", "type", "every", "start", "data", "customers", "customer", "jitter"}
_AT = Span(file="case", line=1)
_ADDRESSES = ("src_ip", "dst_ip", "address")
_NUMBERS = ("to", "from", "number", "line")
_NEEDED: dict[str, dict[str, Any]] = {
    "message.sent": {"channel": "sms", "from": "+12025550100", "to": "fresh"},
    "message.received": {"channel": "sms", "from": "fresh", "to": "+12025550100"},
    "email.sent": {"mail_from": "office@shop.example", "header_from": "office@shop.example", "to": "fresh", "bytes": 4000},
    "auth.login": {"credential": "anna", "ok": True, "src_ip": "192.0.2.10"},
    "auth.register": {"credential": "101", "ok": True, "src_ip": "192.0.2.10"},
    "net.flow": {
        "src_ip": "192.0.2.10",
        "dst_ip": "fresh",
        "src_port": 40000,
        "dst_port": 443,
        "proto": "tcp",
        "bytes_out": 2000,
        "bytes_in": 9000,
        "duration_s": 3.0,
    },
    "net.alert": {
        "sensor": "ids",
        "signature": "SID 1",
        "category": "scan",
        "severity": 2,
        "src_ip": "192.0.2.10",
        "dst_ip": "fresh",
    },
    "net.quality": {"segment": "core-1"},
    "usage.sample": {"interval_s": 60.0},
    "content.scanned": {"sha256": "fresh", "verdict": "clean", "where": "upload"},
    "api.request": {
        "credential": "key-1",
        "method": "GET",
        "path": "/v1/users/{n}",
        "status": 200,
        "src_ip": "192.0.2.10",
    },
    "user.added": {"user": "anna"},
    "user.removed": {"user": "anna"},
    "device.lost": {"device": "phone-1"},
    "device.found": {"device": "phone-1"},
    "credential.changed": {"credential": "101"},
    "report.received": {"report_id": "r-{n}", "category": "spam", "format": "form"},
}
"""What a case need not say."""


def case_events(group: dict[str, Any], number: int, begin_us: int, named: list[str]) -> list[dict[str, Any]]:
    """The events of one group as rows of `CALL_SCHEMA`; `named` are the customers that take turns.

    Raises
    ------
    UnknownName
        A key that no group has.
    BadInput
        An event that the reader of event files would refuse.
    """
    unknown = set(group) - KEYS
    if unknown:
        raise UnknownName(unknown.pop(), _AT, defined=KEYS, what="key of a case")
    if group["type"] not in READERS:
        raise UnknownName(group["type"], _AT, defined=tuple(READERS), what="type of event")
    lines = list(_lines(group, number, begin_us, named))
    batch = decode_lines(lines, range(1, len(lines) + 1), file="case", now_us=None)
    if batch.rejected:
        raise BadInput(f"an event of the case is none: {batch.rejected[0].reason}", at=_AT)
    return [{**row, "file": None, "line_number": None} for row in batch.calls.to_pylist()]


def _lines(group: dict[str, Any], number: int, begin_us: int, named: list[str]) -> Iterator[bytes]:
    from fairwire.model.instants import format_us

    every = str(group.get("every", "1s"))
    gap_us = round(float(every[:-1]) * span_us(f"1{every[-1]}", _AT))
    jitter_us = round(float(group.get("jitter", 0)) * gap_us)
    start_us = begin_us + (span_us(group["start"], _AT) if "start" in group else 0)
    kind = group["type"]
    fields = {**_NEEDED.get(kind, {}), **group.get("data", {})}
    for i in range(int(group["events"])):
        at = start_us + i * gap_us + (_draw(f"jitter {number} {i}", jitter_us) if jitter_us else 0)
        who = named[i % len(named)]
        data = {name: _value(name, value, i, number) for name, value in fields.items()}
        if kind.startswith(("message.", "email.")) and isinstance(data["to"], str):
            data["to"] = [data["to"]]
        if "message_id" not in data and kind.startswith(("message.", "email.")):
            data["message_id"] = f"m-{number}-{i}"
        record = {"specversion": "1.0", "id": f"e-{number}-{i}", "source": "case", "type": kind, "time": format_us(at)}
        yield msgspec.json.encode({**record, "data": {"customer": who, **data}})


def _draw(text: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % max(1, below)


def _value(name: str, value: Any, i: int, number: int) -> Any:
    if isinstance(value, list):
        return _value(name, value[i % len(value)], i, number)
    if isinstance(value, dict):
        if "list" in value:
            return [_value(name, one, i, number) for one in value["list"]]
        if "choice" in value:
            return _value(name, value["choice"][_draw(f"{name} {number} {i}", len(value["choice"]))], i, number)
        if "pool" in value:
            return _fresh(name, i % int(value["pool"]), 900 + number)
        if "walk" in value:
            first = str(value["walk"])
            return f"+{int(first.lstrip('+')) + i}" if first.startswith("+") else int(first) + i
        return value
    if value == "fresh":
        return _fresh(name, i, number)
    if isinstance(value, str):
        told = value.replace("{n}", str(i))
        if "{r}" not in told:
            return told
        return told.replace("{r}", "".join(chr(97 + _draw(f"letter {number} {i} {k}", 26)) for k in range(8)))
    return value


def _fresh(name: str, i: int, group: int) -> str:
    if name in _NUMBERS:
        # A stride that visits ten thousand numbers without ever taking the next one up.
        return f"+1415{2_000_000 + (i * 7919 + group * 31) % 7_000_000:07d}"
    if name in _ADDRESSES:
        at = (i * 7919 + group * 31) % 65_536
        return f"198.18.{at >> 8}.{at & 255}"
    if name == "sha256":
        return hashlib.sha256(f"{group} {i}".encode()).hexdigest()
    return f"{name}-{group}-{i}"
