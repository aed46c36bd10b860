"""One call attempt without columns: what a decision waits for.

`sources.jsonl` and `runtime.encode` work on columns, which costs a millisecond however few rows there are. This module gives
the very same row for one sound `call.attempt` in some tens of microseconds; a test compares the two. Whatever is not plainly
sound is left to the columns, which find the sentence for it.
"""

from __future__ import annotations

import hashlib
from array import array
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.kernel.hashing import key_of
from fairwire.kernel.intake import INTAKE_WIDTH
from fairwire.model.columns import ATTEMPT, CALLER_STATES, COLUMN_INDEX, DIRECTIONS, DISPOSITIONS, ENDED, UNKNOWN, WIDTH
from fairwire.model.errors import InvalidRecord
from fairwire.model.instants import DAY_US, SECOND_US, format_us, parse_us
from fairwire.model.money import parse_micros
from fairwire.numbers.destinations import Destinations
from fairwire.runtime.amounts import rate_and_price
from fairwire.runtime.callers import caller_values, way_values
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode_values import bare
from fairwire.runtime.gather import fill_one
from fairwire.runtime.numbering import Kept, kept_of
from fairwire.sources.jsonl.decoding import decode_lines
from fairwire.sources.jsonl.wire import ANY_LINE, LINES

Words = npt.NDArray[np.int64]

_LINE: Any = LINES["call.attempt"]
_ROW: Any = next(field.type for field in msgspec.structs.fields(_LINE) if field.name == "data")
_ENCODE = msgspec.json.Encoder().encode
_COLUMN = COLUMN_INDEX
_UNKNOWN = [UNKNOWN] * WIDTH
_REFUSED = (
    (_COLUMN["kind"], ENDED),
    (_COLUMN["disposition"], DISPOSITIONS.index("blocked") + 1),
    (_COLUMN["talk_s"], 0),
    (_COLUMN["ring_s"], 0),
    (_COLUMN["automated"], UNKNOWN),
    (_COLUMN["campaign"], UNKNOWN),
    (_COLUMN["rate"], UNKNOWN),
    (_COLUMN["price"], UNKNOWN),
)
"""What the end of a refused call says, and what it does not say."""
_CALLER = _COLUMN["caller"]
_USER = _COLUMN["user"]
_LINE_KEY = _COLUMN["line"]
_CREDENTIAL = _COLUMN["credential"]
_SOURCE = _COLUMN["source"]
_DIRECTIONS = {name: place for place, name in enumerate(DIRECTIONS, start=1)}
_AUTOMATED = _COLUMN["automated"]
_CAMPAIGN = _COLUMN["campaign"]
_BLOCK = _COLUMN["block"]
_CALLEE = _COLUMN["callee"]
_CALLER_STATE = _COLUMN["caller_state"]
_OWN = CALLER_STATES.index("own") + 1
_COUNTRY = _COLUMN["country"]
_CUSTOMER = _COLUMN["customer"]
_CUSTOMER_ROW = _COLUMN["customer_row"]
_DESTINATION = _COLUMN["destination"]
_DIRECTION = _COLUMN["direction"]
_DIVERSIONS = _COLUMN["diversions"]
_DIVERTING = _COLUMN["diverting"]
_FORWARDED = _COLUMN["forwarded"]
_HIGH_RISK = _COLUMN["high_risk"]
_INTERNATIONAL = _COLUMN["international"]
_KIND = _COLUMN["kind"]
_LOOP = _COLUMN["loop"]
_NUMBER = _COLUMN["number"]
_RATE = _COLUMN["rate"]
_PRICE = _COLUMN["price"]
_REMOTE = _COLUMN["remote"]
_RESELLER = _COLUMN["reseller"]
_START = _COLUMN["start"]
_UNPROVISIONED = _COLUMN["unprovisioned"]
_TIME = _COLUMN["time"]


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A sound `call.attempt`."""

    record: dict[str, Any]
    """By column of `CALL_SCHEMA`; only what a decision asks for."""
    data: Any
    """The decoded data."""
    event_key: tuple[str, str]
    """Source and id."""


def read_attempt(line: bytes, now_us: int) -> Attempt | None:
    """Decode one line. None when it is no sound `call.attempt`: the columns know why."""
    event = decode_attempt(line)
    return None if event is None else sound_attempt(event, now_us)


def decode_attempt(line: bytes) -> Any | None:
    """A line as it is typed in `sources.jsonl.wire`. None when it is no `call.attempt`, or cannot be read."""
    try:
        if not line.isascii():
            line.decode()
        event: Any = ANY_LINE.decode(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, _LINE) else None


def sound_attempt(event: Any, now_us: int) -> Attempt | None:
    """A decoded `call.attempt` whose time and money can be read, or None."""
    try:
        time_us = parse_us(event.time)
        data = event.data
        rate = parse_micros(data.rate_per_min) if data.rate_per_min is not None else None
    except ValueError:
        return None
    if not (event.id and event.source and data.customer and data.call_id) or time_us > now_us + DAY_US or (rate or 0) < 0:
        return None
    return _attempt(data, event.source, event.id, time_us, rate)


def made_attempt(fields: dict[str, Any], *, source: str, event_id: str, at_us: int) -> tuple[Attempt, bytes]:
    """An attempt that comes as fields and not as a line (a SIP request), and the line that says the same.

    Parameters
    ----------
    fields
        `call.attempt` data by contract name, of the right types; `from` is named `from_`.
    source, event_id
        Of the CloudEvent.
    at_us
        When it was asked.

    Raises
    ------
    TypeError
        A required field is missing, or one is not known.
    ValueError
        A text is not Unicode (a lone surrogate).
    """
    data = _ROW(**fields)
    rate = None if data.rate_per_min is None else parse_micros(data.rate_per_min)
    return _attempt(data, source, event_id, at_us, rate), _line(data, source, event_id, at_us)


def apart(attempt: Attempt) -> tuple[Attempt, bytes]:
    """The same attempt as a call of its own, where another call has its call id: whom it calls is made a part of it."""
    source, event_id = attempt.event_key
    data = msgspec.structs.replace(attempt.data, call_id=f"{attempt.data.call_id};to={attempt.data.to}")
    event_id = f"{event_id};{key_of(f'{data.from_} {data.to}'):x}"
    at_us = attempt.record["time_us"]
    return _attempt(data, source, event_id, at_us, attempt.record["rate_micros"]), _line(data, source, event_id, at_us)


def _line(data: Any, source: str, event_id: str, at_us: int) -> bytes:
    time = f"{second_text(at_us // SECOND_US)}.{at_us % SECOND_US:06d}Z"
    return _ENCODE(_LINE(specversion="1.0", id=event_id, source=source, time=time, data=data))


@lru_cache(maxsize=16)
def second_text(second: int) -> str:
    """A second since 1970 as the log writes it, without its end: what is behind the second comes there."""
    return format_us(second * SECOND_US)[:-1]


def _attempt(data: Any, source: str, event_id: str, time_us: int, rate: int | None) -> Attempt:
    record = {
        "id": event_id,
        "time_us": time_us,
        "customer": data.customer,
        "call_id": data.call_id,
        "direction": data.direction,
        "from": data.from_,
        "to": data.to,
        "user": data.user,
        "line": data.line,
        "credential": data.credential,
        "diversion": data.diversion,
        "src_ip": data.src_ip,
        "trunk": data.trunk,
        "display_name": data.display_name,
        "pai": data.pai,
        "user_agent": data.user_agent,
        "transport": data.transport,
        "srtp": data.srtp,
        "attestation": data.attestation,
        "rate_micros": rate,
        "currency": data.currency,
    }
    return Attempt(record=record, data=data, event_key=(source, event_id))


@lru_cache(maxsize=1 << 16)
def shared_key(text: str | None) -> int:
    """The key of a text that many calls share."""
    return key_of(text) if text else UNKNOWN


def encode_attempt(attempt: Attempt, row: int, customers: CustomerTable, destinations: Destinations) -> tuple[Words, Words]:
    """The attempt as `runtime.encode` gives it: raw row and intake row, each of shape (1, columns)."""
    record, data = attempt.record, attempt.data
    called, calling = data.to, data.from_
    customer, kept = customers.presenting(row, record["time_us"]), kept_of(destinations)
    values = _UNKNOWN.copy()
    values[_CUSTOMER_ROW] = row
    values[_CUSTOMER], values[_RESELLER], values[_UNPROVISIONED] = customers.of_row(row)
    values[_KIND] = ATTEMPT
    values[_TIME] = values[_START] = record["time_us"]
    values[_CALLER] = shared_key(calling)
    if data.user:
        values[_USER] = shared_key(data.user)
    if data.line:
        values[_LINE_KEY] = shared_key(data.line)
    if data.credential:
        values[_CREDENTIAL] = shared_key(data.credential)
    if data.src_ip:
        values[_SOURCE] = shared_key(data.src_ip)
    if record["rate_micros"] is not None:
        values[_RATE], values[_PRICE] = rate_and_price(record["rate_micros"], data.currency, customer)
    values[_DIRECTION] = _DIRECTIONS[data.direction]
    if data.automated is not None:
        values[_AUTOMATED] = int(data.automated)
    if data.campaign:
        values[_CAMPAIGN] = 1
    chain = data.diversion or ()
    values[_DIVERSIONS] = len(chain)
    values[_FORWARDED] = int(bool(chain))
    numbers = [bare(number) for number in chain if number]
    values[_LOOP] = int(bool(numbers) and (len(set(numbers)) < len(numbers) or bare(called) in numbers))
    if numbers:
        values[_DIVERTING] = key_of(numbers[0])
    inbound = data.direction == "inbound"
    other = calling if inbound else called
    there = kept.sides.of(other, customer.country)
    values[_REMOTE] = there.remote
    if not inbound:
        values[_CALLEE] = there.remote
        values[_BLOCK] = there.block
        values[_COUNTRY] = there.country
        values[_DESTINATION] = there.destination
        values[_INTERNATIONAL] = there.international
        values[_HIGH_RISK] = there.high_risk
        values[_NUMBER] = there.number
    caller_values(data, record["time_us"], customer, kept, values)
    if not data.line:
        values[_LINE_KEY] = _line_of(values, inbound=inbound, called=called)
    raw: Words = np.frombuffer(array("q", values), dtype=np.int64).reshape(1, WIDTH)
    intake: Words = np.empty((1, INTAKE_WIDTH), dtype=np.int64)
    source, event = attempt.event_key
    fill_one(raw, shared_key(source), key_of(event), key_of(data.call_id), UNKNOWN, UNKNOWN, intake)
    return raw, intake


def _line_of(values: list[int], *, inbound: bool, called: str) -> int:
    """The line of a call that does not say it: what else of it is the customer's own."""
    if inbound:
        return shared_key(called)
    if values[_FORWARDED]:
        return values[_DIVERTING]
    return values[_CALLER] if values[_CALLER_STATE] in (_OWN, UNKNOWN) else UNKNOWN


def form_of(user_agent: str, transport: str, kept: Kept) -> Words:
    """What rows of plain attempts say that go out by one program and one transport, whoever calls; the rest is unknown."""
    values = _UNKNOWN.copy()
    values[_KIND], values[_DIRECTION] = ATTEMPT, _DIRECTIONS["outbound"]
    values[_DIVERSIONS] = values[_FORWARDED] = values[_LOOP] = 0
    way_values(user_agent or None, transport or None, None, kept.book, values)
    return np.array(values, dtype=np.int64)


def name_customer(form: Words, row: int, customers: CustomerTable, *, user: str, src_ip: str) -> None:
    """Write into such a row whose it is."""
    form[_CUSTOMER_ROW] = row
    form[_CUSTOMER], form[_RESELLER], form[_UNPROVISIONED] = customers.of_row(row)
    if user:
        form[_USER] = shared_key(user)
    if src_ip:
        form[_SOURCE] = shared_key(src_ip)


def encode_refused(raw: Words, attempt: Attempt, end_id: str, end_source: str) -> tuple[Words, Words]:
    """The end of an attempt that was refused, as `runtime.encode` gives `refused_end`: over when it was asked for."""
    ended = raw.copy()
    for column, value in _REFUSED:
        ended[0, column] = value
    intake: Words = np.empty((1, INTAKE_WIDTH), dtype=np.int64)
    at = attempt.record["time_us"]
    fill_one(ended, shared_key(end_source), key_of(end_id), key_of(attempt.record["call_id"]), at, at, intake)
    return ended, intake


def envelope(data: dict[str, Any], at_us: int) -> bytes:
    """A CloudEvent round bare `call.attempt` data. The id follows from the call, so that asking twice is one event."""
    event = {
        "specversion": "1.0",
        "id": bare_event_id(data.get("customer"), data.get("call_id")),
        "source": "decision",
        "type": "call.attempt",
        "time": format_us(at_us),
        "data": data,
    }
    return msgspec.json.encode(event)


def bare_event_id(customer: Any, call_id: Any) -> str:
    """The id of an event of which only the data came."""
    return hashlib.sha256(f"{customer}\0{call_id}".encode()).hexdigest()[:32]


_SAID_AGAIN = (
    "customer", "call_id", "direction", "from", "to", "user", "line", "credential", "diversion", "src_ip", "trunk",
    "display_name", "pai", "user_agent", "transport", "srtp", "attestation",
)  # fmt: skip
"""What the end of a refused call says again of its attempt."""


def refused_end(record: dict[str, Any]) -> bytes:
    """The `call.ended` of a call that was refused: over when it was asked for."""
    at = format_us(int(record["time_us"]))
    data = {name: record[name] for name in _SAID_AGAIN if record.get(name) is not None}
    data |= {"start": at, "end": at, "duration_s": 0, "disposition": "blocked"}
    event = {"specversion": "1.0", "id": f"{record['id']}-refused", "source": "decision", "type": "call.ended", "time": at}
    return msgspec.json.encode({**event, "data": data})


def answer_key(record: dict[str, Any]) -> str:
    """By what a question is known that is asked again: whose call, which call, from whom, to whom."""
    return f"{record['customer']}\0{record['call_id']}\0{record['from']}\0{record['to']}"


def call_key(key: str) -> str:
    """Of `answer_key`, whose call and which."""
    return key[: key.index("\0", key.index("\0") + 1)]


def unsound(line: bytes, now: int) -> InvalidRecord:
    """Why a line is no `call.attempt` that can be decided."""
    batch = decode_lines([line], [1], file="", now_us=now)
    if batch.rejected:
        return InvalidRecord(batch.rejected[0].reason, field=batch.rejected[0].field)
    return InvalidRecord("only a `call.attempt` can be decided", field="type", help_="send other events to /v1/events")
