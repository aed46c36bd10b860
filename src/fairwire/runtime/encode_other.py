"""Events that are no calls to kernel rows: one small function for each kind.

A call comes a hundred times for each of these, and in columns; these come as JSON and are read one by one, at some ten
microseconds each. What a text says (`runtime.texts`) is worked out once for each distinct text.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.kernel.hashing import key_of
from fairwire.model.columns import (
    ALERTS,
    CHANNELS,
    COLUMN_INDEX,
    COLUMNS,
    DIRECTIONS,
    KIND_CODES,
    METHODS,
    OUTCOMES,
    PLACES,
    PROTOCOLS,
    REPORTS,
    STATUSES,
    TRANSPORT_AGENTS,
    UNKNOWN,
    packed_spot,
)
from fairwire.model.customers import Customer
from fairwire.model.instants import parse_us
from fairwire.model.money import parse_micros
from fairwire.numbers.destination import CODE_OF_KIND, UNPLACED
from fairwire.numbers.destinations import Destinations
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.numbering import book_of
from fairwire.sources.jsonl.wire import LINES

Words = npt.NDArray[np.int64]
Values = dict[str, int | None]
Reader = Callable[[Any, "Asked"], Values]
_CALLS = frozenset(("call.attempt", "call.answered", "call.ended"))
_OUT, _IN = DIRECTIONS.index("outbound") + 1, DIRECTIONS.index("inbound") + 1
_DAY_US = 86_400_000_000
_ID = re.compile(
    r"[0-9a-fA-F]{12,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}|(?<!/v)(?<!\d)\d+"
)
_HEX_TAIL = re.compile(r"([0-9a-fA-F]{2}[:-]?){5}[0-9a-fA-F]{2}")
_DIGITS = re.compile(r"\+?\d{3,}")
_LAST_NUMBER = re.compile(r"(?<!/v)(?<!\d)(\d+)(?!.*\d)")


_SHARED = np.array(
    sorted({COLUMN_INDEX[column.name] for column in COLUMNS if not column.alone} - {COLUMN_INDEX["unprovisioned"]})
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Around one event: whose it is, when, and what knows numbers."""

    customer: Customer
    time_us: int
    destinations: Destinations


def bare(number: str) -> str:
    """The digits of a number or SIP address, with a leading plus if there is one."""
    match = _DIGITS.search(number.split("@", 1)[0])
    return match[0] if match else number


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
        asked = Asked(customer=customers.customers[owners[i]], time_us=time_us, destinations=destinations)
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


@lru_cache(maxsize=1 << 17)
def _key(text: str | None) -> int | None:
    return key_of(text) if text else None


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _word(word: str | None, words: tuple[str, ...]) -> int | None:
    """Place in a closed list; another word is unknown."""
    if word is None:
        return None
    return words.index(word) + 1 if word in words else None


def _scaled(value: float | None, by: float) -> int | None:
    return None if value is None or value != value or abs(value) > 1e12 else round(value * by)


def _money(text: str | None) -> int | None:
    try:
        return None if text is None else parse_micros(text)
    except ValueError:
        return None


# -- messages and mail


def _message(data: Any, asked: Asked, *, out: bool) -> Values:
    first = data.to[0] if data.to else ""
    there = asked.destinations.classify(first if out else data.from_, asked.customer.country)
    remote = _key(there.e164 or bare(first if out else data.from_))
    own = data.from_ if out else first
    found: Values = {
        "line": _key(own),
        "caller": _key(data.from_),
        "remote": remote,
        "direction": _OUT if out else _IN,
        "recipients": len(data.to),
        "channel": _word(data.channel, CHANNELS),
        "status": _word(data.status, STATUSES),
        "opted_out": _flag(data.opted_out),
        "segments": data.segments,
        "links": None if data.links is None else len(data.links),
        "media": _key(data.media[0].sha256) if data.media else None,
        "charge": _money(data.charge),
    }
    if out:
        found |= {
            "callee": remote,
            "block": _key(there.block),
            "country": _key(there.country),
            "destination": CODE_OF_KIND[there.kind],
            "international": _flag(there.international),
            "high_risk": int(there.high_risk),
            "number": there.national,
        }
        book, customer = book_of(asked.destinations), asked.customer
        found["do_not_call"] = _flag(book.must_not_call(first, customer, asked.time_us))
        if there.kind not in UNPLACED:
            found["callee_hour"] = book.callee_hour(first, customer.country, asked.time_us)
    return found


def _sent(data: Any, asked: Asked) -> Values:
    return _message(data, asked, out=True)


def _received(data: Any, asked: Asked) -> Values:
    return _message(data, asked, out=False)


def domain_of(address: str) -> str:
    """The domain of a mail address, in small letters; empty when there is none."""
    return address.rsplit("@", 1)[1].strip(" >").lower() if "@" in address else ""


def _is_aligned(shown: str, envelope: str) -> bool | None:
    """Relaxed alignment (RFC 7489 3.1.2) without a list of public suffixes: one domain is the other, or below it."""
    if not shown or not envelope:
        return None
    return shown == envelope or shown.endswith(f".{envelope}") or envelope.endswith(f".{shown}")


_RECEIVED_BY = re.compile(r"\bby\s+([\w.-]+)", re.IGNORECASE)
_RECEIVED_FROM = re.compile(r"\bfrom\s+([\w.-]+)", re.IGNORECASE)


def is_odd_chain(received: list[str] | None) -> bool | None:
    """Whether a chain of Received headers, newest first, contradicts itself: no header says it came from the one before it.

    A single step that does not match is common (a host has several names); two in a row, or more steps wrong than right, are not.
    None when there are fewer than two headers that say both.
    """
    steps = [(_RECEIVED_FROM.search(line), _RECEIVED_BY.search(line)) for line in received or ()]
    told = [(came[1].lower(), took[1].lower()) for came, took in steps if came and took]
    if len(told) < 2:
        return None
    wrong = [_unlike(newer[0], older[1]) for newer, older in pairwise(told)]
    return sum(wrong) > len(wrong) / 2 and len(wrong) > 1


def _unlike(a: str, b: str) -> bool:
    """Two host names with no organisation in common."""
    return a.split(".")[-2:] != b.split(".")[-2:]


def _mailed(data: Any, asked: Asked) -> Values:
    first = data.to[0].lower() if data.to else ""
    return {
        "remote": _key(first),
        "caller": _key(data.header_from.lower()),
        "sender": _key(data.mail_from.lower()),
        "direction": _OUT,
        "recipients": len(data.to),
        "size": data.bytes,
        "spf": _word(data.spf, OUTCOMES),
        "dkim": _word(data.dkim, OUTCOMES),
        "dmarc": _word(data.dmarc, OUTCOMES),
        "spam_score": _scaled(data.spam_score, 1e3),
        "complained": _flag(data.complained),
        "aligned": _flag(_is_aligned(domain_of(data.header_from), domain_of(data.mail_from))),
        "received_odd": _flag(is_odd_chain(data.received)),
        "hops": None if data.received is None else len(data.received),
    }


# -- logins, network, resources


def _agent(text: str | None, asked: Asked) -> int | None:
    return _word(book_of(asked.destinations).agent_class(text), TRANSPORT_AGENTS)


def _login(data: Any, asked: Asked) -> Values:
    spot = None if data.lat is None or data.lon is None else packed_spot(data.lat, data.lon)
    return {
        "ok": int(data.ok),
        "credential": _key(data.credential),
        "source": _key(data.src_ip),
        "country": _key(data.country),
        "asn": None if data.asn is None else _key(str(data.asn)),
        "device": _key(data.device),
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


def _flow(data: Any, asked: Asked) -> Values:
    mine, theirs = (data.dst_ip, data.src_ip) if data.served else (data.src_ip, data.dst_ip)
    return {
        "source": _key(mine),
        "remote": _key(theirs),
        "direction": _IN if data.served else _OUT,
        "number": _address(theirs),
        "port": data.dst_port,
        "proto": _word(data.proto.lower(), PROTOCOLS) or len(PROTOCOLS),
        "bytes_out": data.bytes_out,
        "bytes_in": data.bytes_in,
        "packets_out": data.packets_out,
        "lasted_s": _scaled(data.duration_s, 1e3),
        "served": _flag(data.served),
        "unanswered": int(data.bytes_in == 0),
        "outward": _flag(_is_own(mine, asked.customer.addresses)),
    }


def _alerted(data: Any, asked: Asked) -> Values:
    return {
        "source": _key(data.src_ip),
        "remote": _key(data.dst_ip),
        "port": data.dst_port,
        "alert": _word(data.category, ALERTS),
        "alert_severity": data.severity,
        "signature": _key(data.signature),
        "outward": _flag(_is_own(data.src_ip, asked.customer.addresses)),
    }


def _quality(data: Any, asked: Asked) -> Values:
    return {
        "segment": _key(data.segment),
        "mos": _scaled(data.mos, 1e3),
        "jitter_ms": _scaled(data.jitter_ms, 1e3),
        "loss": _scaled(data.loss_pct, 1e4),
    }


def _used(data: Any, asked: Asked) -> Values:
    return {
        "cpu": _scaled(data.cpu_share, 1e6),
        "memory": _scaled(data.memory_share, 1e6),
        "throughput": _scaled(data.throughput_bps, 1),
        "neighbour_delay_ms": _scaled(data.neighbour_delay_ms, 1e3),
        "interval_s": _scaled(data.interval_s, 1e3),
    }


# -- content, requests, provisioning, reports


def _scanned(data: Any, asked: Asked) -> Values:
    return {
        "infected": int(data.verdict == "infected"),
        "place": _word(data.where, PLACES),
        "media": _key(data.sha256),
        "signature": _key(data.signature),
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
        "credential": _key(data.credential),
        "source": _key(data.src_ip),
        "method": _word(data.method.lower(), METHODS) or len(METHODS),
        "path": _key(shape),
        "item": _key(data.path),
        "number": last,
        "status_code": data.status,
        "agent": _agent(data.user_agent, asked),
    }


def _user(data: Any, asked: Asked) -> Values:
    return {"person": _key(data.person), "replaces": _key(data.replaces)}


def _device(data: Any, asked: Asked) -> Values:
    return {"device": _key(data.device)}


def _credential(data: Any, asked: Asked) -> Values:
    try:
        age = None if data.at is None else max(0, asked.time_us - parse_us(data.at))
    except ValueError:
        age = None
    return {
        "credential": _key(data.credential),
        "strength": data.strength,
        "age_days": None if age is None else round(1000 * age / _DAY_US),
    }


def _ordered(data: Any, asked: Asked) -> Values:
    return {}


def _reported(data: Any, asked: Asked) -> Values:
    number = data.number
    there = asked.destinations.classify(number, asked.customer.country) if number else None
    return {
        "report": _word(data.category.lower(), REPORTS) or len(REPORTS),
        "remote": None if there is None else _key(there.e164 or bare(number)),
    }


READERS: dict[str, Reader] = {
    "message.sent": _sent,
    "message.received": _received,
    "email.sent": _mailed,
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
