"""The CloudEvents of a call. Their ids follow from the call, so that what is told again counts once."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from fairwire.model.instants import MINUTE_US, SECOND_US, format_us
from fairwire.model.money import format_micros, parse_micros

SOURCE = "hep"
_ENCODE = msgspec.json.Encoder().encode
_ONLY_BEFORE = ("rate_per_min",)
"""Fields of an attempt that say nothing any more when the call is over."""


def attempt(data: dict[str, Any], at_us: int) -> bytes:
    """`call.attempt`."""
    return _event("attempt", data, data["customer"], data["call_id"], at_us)


def answered(customer: str, call_id: str, at_us: int) -> bytes:
    """`call.answered`."""
    return _event("answered", {"call_id": call_id, "customer": customer}, customer, call_id, at_us)


def ended(
    data: dict[str, Any],
    *,
    start_us: int,
    answer_us: int | None,
    end_us: int,
    disposition: str,
    sip_code: int = 0,
    released_by: str = "",
) -> bytes:
    """`call.ended`, with all that the attempt said. Where the price of a minute was known, so is the charge."""
    talk_us = 0 if answer_us is None else end_us - answer_us
    over = {name: value for name, value in data.items() if name not in _ONLY_BEFORE}
    over |= {"start": format_us(start_us), "end": format_us(end_us), "disposition": disposition}
    over["duration_s"] = talk_us // SECOND_US if talk_us % SECOND_US == 0 else talk_us / SECOND_US
    if answer_us is not None:
        over["answer"] = format_us(answer_us)
    if sip_code:
        over["sip_code"] = sip_code
    if released_by:
        over["released_by"] = released_by
    if disposition == "answered" and "rate_per_min" in data:
        # As calls in progress are charged (`runtime.running`): nothing jumps when the call ends.
        over["charge"] = format_micros(parse_micros(data["rate_per_min"]) * talk_us // MINUTE_US)
    return _event("ended", over, data["customer"], data["call_id"], end_us)


def _event(what: str, data: dict[str, Any], customer: str, call_id: str, at_us: int) -> bytes:
    call = blake2b(f"{customer}\0{call_id}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    event = {"specversion": "1.0", "id": f"{call}-{what}", "source": SOURCE, "type": f"call.{what}", "time": format_us(at_us)}
    return _ENCODE({**event, "data": data})
