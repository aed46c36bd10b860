"""One call attempt without columns: what a decision waits for.

`sources.jsonl` and `runtime.encode` work on columns, which costs a millisecond however few rows there are. This module gives
the very same row for one sound `call.attempt` in some tens of microseconds; a test compares the two. Whatever is not plainly
sound is left to the columns, which find the sentence for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwire.kernel.hashing import key_of
from fairwire.kernel.intake import INTAKE_WIDTH
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, COLUMNS, DIRECTIONS, UNKNOWN
from fairwire.model.instants import DAY_US, parse_us
from fairwire.model.money import parse_micros
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.destinations import CODE_OF_KIND, Destinations
from fairwire.runtime.encode import bare
from fairwire.runtime.gather import fill_intake
from fairwire.sources.jsonl.wire import ANY_LINE, LINES

Words = npt.NDArray[np.int64]

_LINE: Any = LINES["call.attempt"]
_COLUMN = COLUMN_INDEX
_NONE = np.array([UNKNOWN], dtype=np.int64)
_KEYS = (("user", "user"), ("line", "line"), ("credential", "credential"), ("caller", "from_"), ("source", "src_ip"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sound `call.attempt`."""

    record: dict[str, Any]
    """By column of `CALL_SCHEMA`; only what a decision asks for."""
    data: Any
    """The decoded data."""
    event_key: tuple[str, str]
    """Source and id."""


def read_attempt(line: bytes, now_us: int) -> Attempt | None:
    """Decode one line. None when it is no sound `call.attempt`: the columns know why."""
    try:
        if not line.isascii():
            line.decode()
        event: Any = ANY_LINE.decode(line)
        if not isinstance(event, _LINE):
            return None
        time_us = parse_us(event.time)
        data = event.data
        rate = parse_micros(data.rate_per_min) if data.rate_per_min is not None else None
    except (ValueError, RecursionError):
        return None
    if not (event.id and event.source and data.customer and data.call_id) or time_us > now_us + DAY_US or (rate or 0) < 0:
        return None
    record = {
        "id": event.id,
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
        "rate_micros": rate,
    }
    return Attempt(record=record, data=data, event_key=(event.source, event.id))


def _key(text: str | None) -> int:
    return key_of(text) if text else UNKNOWN


def encode_attempt(attempt: Attempt, row: int, customers: CustomerTable, destinations: Destinations) -> tuple[Words, Words]:
    """The attempt as `runtime.encode` gives it: raw row and intake row, each of shape (1, columns)."""
    record, data = attempt.record, attempt.data
    values = [UNKNOWN] * len(COLUMNS)
    values[_COLUMN["customer_row"]] = row
    customer = int(customers.keys[row])
    values[_COLUMN["customer"]] = customer
    values[_COLUMN["kind"]] = ATTEMPT
    values[_COLUMN["time"]] = record["time_us"]
    for column, field in _KEYS:
        values[_COLUMN[column]] = _key(getattr(data, field))
    values[_COLUMN["rate"]] = UNKNOWN if record["rate_micros"] is None else record["rate_micros"]
    values[_COLUMN["direction"]] = DIRECTIONS.index(data.direction) + 1
    values[_COLUMN["automated"]] = UNKNOWN if data.automated is None else int(data.automated)
    chain = data.diversion or []
    values[_COLUMN["diversions"]] = len(chain)
    values[_COLUMN["forwarded"]] = int(bool(chain))
    numbers = [bare(number) for number in chain if number]
    values[_COLUMN["loop"]] = int(bool(numbers) and (len(set(numbers)) < len(numbers) or bare(data.to) in numbers))
    if numbers:
        values[_COLUMN["diverting"]] = key_of(numbers[0])
    country = customers.customers[row].country
    inbound = data.direction == "inbound"
    other = data.from_ if inbound else data.to
    there = destinations.classify(other, country)
    values[_COLUMN["remote"]] = _key(there.e164 or bare(other))
    if not inbound:
        values[_COLUMN["callee"]] = values[_COLUMN["remote"]]
        values[_COLUMN["block"]] = _key(there.block)
        values[_COLUMN["country"]] = _key(there.country)
        values[_COLUMN["destination"]] = CODE_OF_KIND[there.kind]
        values[_COLUMN["international"]] = UNKNOWN if there.international is None else int(there.international)
        values[_COLUMN["high_risk"]] = int(there.high_risk)
        values[_COLUMN["number"]] = UNKNOWN if there.national is None else there.national
    raw = np.array([values], dtype=np.int64)
    intake: Words = np.empty((1, INTAKE_WIDTH), dtype=np.int64)
    source, event = attempt.event_key
    names = np.array([[_key(source)], [_key(event)], [_key(data.call_id)]], dtype=np.int64)
    fill_intake(1, raw, names[0], names[1], names[2], _NONE, _NONE, _NONE, intake, 0, -1)
    return raw, intake
