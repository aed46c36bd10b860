"""Events that are no calls to kernel rows: one small function for each kind.

A call comes a hundred times for each of these, and in columns; these come as JSON and are read one by one, at some ten
microseconds each. What a text says (`runtime.texts`) is worked out once for each distinct text.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.model.columns import (
    ALERTS,
    COLUMN_INDEX,
    COLUMNS,
    KIND_CODES,
    METHODS,
    PLACES,
    PROTOCOLS,
    REPORTS,
    TRANSPORT_AGENTS,
    UNKNOWN,
    packed_spot,
)
from fairwire.model.instants import parse_us
from fairwire.numbers.destinations import Destinations
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode_values import IN, OUT, Asked, Reader, Values, bare, flag, key, scaled, word
from fairwire.runtime.encode_written import mailed, received, sent
from fairwire.runtime.numbering import book_of
from fairwire.sources.jsonl.wire import LINES

Words = npt.NDArray[np.int64]
_CALLS = frozenset(("call.attempt", "call.answered", "call.ended"))
_DAY_US = 86_400_000_000
_ID = re.compile(
    r"[0-9a-fA-F]{12,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}|(?<!/v)(?<!\d)\d+"
)
_HEX_TAIL = re.compile(r"([0-9a-fA-F]{2}[:-]?){5}[0-9a-fA-F]{2}")
_LAST_NUMBER = re.compile(r"(?<!/v)(?<!\d)(\d+)(?!.*\d)")


_SHARED = np.array(
    sorted({COLUMN_INDEX[column.name] for column in COLUMNS if not column.alone} - {COLUMN_INDEX["unprovisioned"]})
)


def read_orders(table: pa.Table, customers: CustomerTable, owners: Words) -> None:
    """Have the records of customers say what `order.changed` events order, before anything is said of the other events."""
    if table["data"].null_count < table.num_rows:
        which = np.flatnonzero(np.asarray(pc.fill_null(pc.equal(table["type"], "order.changed"), False)))
        some = table.select(["time_us", "data"]).take(pa.array(which)).to_pydict()
        for row, time_us, text in zip(owners[which].tolist(), some["time_us"], some["data"], strict=True):
            customers.order(row, time_us, text)


def fill_others(table: pa.Table, columns: Words, customers: CustomerTable, destinations: Destinations, owners: Words) -> None:
    """Fill the columns of all events of `table` that are no calls.

    Parameters
    ----------
    table
        `CALL_SCHEMA`; `data` is null for calls.
    columns
        Shape (places of a row, events).
    owners
        Row of each event's customer.
    """
    told = table["data"]
    if told.null_count == len(told):
        return
    which = np.flatnonzero(np.asarray(pc.is_valid(told)))
    columns[np.ix_(_SHARED, which)] = UNKNOWN  # what stands there was meant for calls
    some = table.select(["type", "time_us", "data"]).take(pa.array(which)).to_pydict()
    for i, kind, time_us, text in zip(which.tolist(), some["type"], some["time_us"], some["data"], strict=True):
        asked = Asked(customer=customers.at(int(owners[i]), time_us), time_us=time_us, destinations=destinations)
        for name, value in values_of(kind, text, asked).items():
            if value is not None:
                columns[COLUMN_INDEX[name], i] = value


def values_of(kind: str, data: str | bytes, asked: Asked) -> Values:
    """What one event says, by column; None is unknown."""
    found = READERS[kind](_DECODERS[kind].decode(data), asked)
    found["kind"] = KIND_CODES[kind]
    return found


def _decoders() -> dict[str, msgspec.json.Decoder[Any]]:
    found = {}
    for kind, line in LINES.items():
        if kind not in _CALLS:
            types = {field.name: field.type for field in msgspec.structs.fields(line)}
            found[kind] = msgspec.json.Decoder(types["data"])
    return found


_DECODERS = _decoders()


# -- logins, network, resources


def _agent(text: str | None, asked: Asked) -> int | None:
    return word(book_of(asked.destinations).agent_class(text), TRANSPORT_AGENTS)


def _login(data: Any, asked: Asked) -> Values:
    spot = None if data.lat is None or data.lon is None else packed_spot(data.lat, data.lon)
    return {
        "ok": int(data.ok),
        "credential": key(data.credential),
        "source": key(data.src_ip),
        "country": key(data.country),
        "asn": None if data.asn is None else key(str(data.asn)),
        "device": key(data.device),
        "encrypted": None if data.transport is None else int(data.transport in ("tls", "wss")),
        "agent": _agent(data.user_agent, asked),
        "contacts": data.contacts,
        "spot": spot,
    }


@lru_cache(maxsize=1 << 16)
def _address(text: str) -> int | None:
    """An address as a number that fits; None when it is none."""
    try:
        return int(ipaddress.ip_address(text)) & ((1 << 62) - 1)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 12)
def _networks(addresses: tuple[str, ...]) -> tuple[Any, ...]:
    found = []
    for text in addresses:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            continue
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def _is_own(address: str, addresses: tuple[str, ...]) -> bool | None:
    """Whether an address is one of a customer's own; None when its record has none."""
    networks = _networks(addresses)
    try:
        where = ipaddress.ip_address(address)
    except ValueError:
        return None
    return any(where in network for network in networks) if networks else None


def is_from_own_side(data: Any, addresses: tuple[str, ...]) -> bool:
    """Whether the source of a flow is the customer's side.

    Its own addresses say so, else a private address (RFC 1918, RFC 4193) does. Where neither does, a flow that was served is at
    the side of the lower port, since services have low ports and whoever asks a high one; any other flow begins at home.
    """
    for own in (lambda text: _is_own(text, addresses), _is_private):
        source, target = own(data.src_ip), own(data.dst_ip)
        if source != target:
            return bool(source)
    return not data.served or data.src_port < data.dst_port


_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


@lru_cache(maxsize=1 << 16)
def _is_private(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE)


def _flow(data: Any, asked: Asked) -> Values:
    from_home = is_from_own_side(data, asked.customer.addresses)
    mine, theirs = (data.src_ip, data.dst_ip) if from_home else (data.dst_ip, data.src_ip)
    served = data.served
    asked_here = not from_home and data.src_port > data.dst_port and data.bytes_out > 0 and data.bytes_in > 0
    if served is None and asked_here and _is_own(mine, asked.customer.addresses):
        served = True  # nobody says so, but a stranger asked one of the customer's own addresses, and was answered
    # Of what was served, the port of the service; of all else, the port that was asked for.
    port = (data.src_port if from_home else data.dst_port) if served else data.dst_port
    return {
        "source": key(mine),
        "remote": key(theirs),
        "service": key(f"{theirs} {port}"),
        "direction": OUT if from_home and not served else IN,
        "number": _address(theirs),
        "port": port,
        "proto": word(data.proto.lower(), PROTOCOLS) or len(PROTOCOLS),
        "bytes_out": data.bytes_out,
        "bytes_in": data.bytes_in,
        "packets_out": data.packets_out,
        "lasted_s": scaled(data.duration_s, 1e3),
        "served": flag(served),
        "unanswered": int(data.bytes_in == 0),
        # What comes from outside and nobody answers is nothing that the customer sends.
        "outward": flag(_is_own(mine, asked.customer.addresses)) if from_home or served else 0,
        "at_home": int(bool(_is_own(theirs, asked.customer.addresses))),
    }


def _alerted(data: Any, asked: Asked) -> Values:
    return {
        "source": key(data.src_ip),
        "remote": key(data.dst_ip),
        "port": data.dst_port,
        "alert": word(data.category, ALERTS),
        "alert_severity": data.severity,
        "signature": key(data.signature),
        "outward": flag(_is_own(data.src_ip, asked.customer.addresses)),
    }


def _quality(data: Any, asked: Asked) -> Values:
    return {
        "segment": key(data.segment),
        "mos": scaled(data.mos, 1e3),
        "jitter_ms": scaled(data.jitter_ms, 1e3),
        "loss": scaled(data.loss_pct, 1e4),
    }


def _used(data: Any, asked: Asked) -> Values:
    return {
        "cpu": scaled(data.cpu_share, 1e6),
        "memory": scaled(data.memory_share, 1e6),
        "throughput": scaled(data.throughput_bps, 1),
        "neighbour_delay_ms": scaled(data.neighbour_delay_ms, 1e3),
        "interval_s": scaled(data.interval_s, 1e3),
    }


# -- content, requests, provisioning, reports


def _scanned(data: Any, asked: Asked) -> Values:
    return {
        "infected": int(data.verdict == "infected"),
        "place": word(data.where, PLACES),
        "media": key(data.sha256),
        "signature": key(data.signature),
    }


@lru_cache(maxsize=1 << 16)
def path_parts(path: str) -> tuple[str, int | None]:
    """A path with its numbers and ids replaced, and the last number in it; of a hardware address, the address."""
    plain = path.split("?", 1)[0]
    hardware = _HEX_TAIL.search(plain)
    if hardware:
        last: int | None = int(re.sub("[:-]", "", hardware[0]), 16)
    else:
        number = _LAST_NUMBER.search(path)
        last = int(number[1]) if number and len(number[1]) <= 18 else None
    return _ID.sub("#", plain), last


def _requested(data: Any, asked: Asked) -> Values:
    shape, last = path_parts(data.path)
    return {
        "credential": key(data.credential),
        "source": key(data.src_ip),
        "method": word(data.method.lower(), METHODS) or len(METHODS),
        "path": key(shape),
        "item": key(data.path),
        "number": last,
        "status_code": data.status,
        "agent": _agent(data.user_agent, asked),
    }


def _user(data: Any, asked: Asked) -> Values:
    return {"person": key(data.person), "replaces": key(data.replaces)}


def _device(data: Any, asked: Asked) -> Values:
    return {"device": key(data.device)}


def _credential(data: Any, asked: Asked) -> Values:
    try:
        age = None if data.at is None else max(0, asked.time_us - parse_us(data.at))
    except ValueError:
        age = None
    return {
        "credential": key(data.credential),
        "strength": data.strength,
        "age_days": None if age is None else round(1000 * age / _DAY_US),
    }


def _ordered(data: Any, asked: Asked) -> Values:
    return {}


def _reported(data: Any, asked: Asked) -> Values:
    number = data.number
    there = asked.destinations.classify(number, asked.customer.country) if number else None
    return {
        "report": word(data.category.lower(), REPORTS) or len(REPORTS),
        "remote": None if there is None else key(there.e164 or bare(number)),
    }


READERS: dict[str, Reader] = {
    "message.sent": sent,
    "message.received": received,
    "email.sent": mailed,
    "auth.login": _login,
    "auth.register": _login,
    "net.flow": _flow,
    "net.alert": _alerted,
    "net.quality": _quality,
    "usage.sample": _used,
    "content.scanned": _scanned,
    "api.request": _requested,
    "user.added": _user,
    "user.removed": _user,
    "device.lost": _device,
    "device.found": _device,
    "credential.changed": _credential,
    "order.changed": _ordered,
    "report.received": _reported,
}
