"""The life of a traceback: asked for, answered within a day (47 CFR 64.1200(n)(1))."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.instants import DAY_US, HOUR_US, format_us, parse_us
from fairwire.model.traces import Role, Trace, TraceCall

WITHIN_S = 300
"""Clocks of two providers differ."""
LONGEST_S = 86_400
FEWEST_DIGITS = 7


def ask(
    *,
    asked_by: str,
    contact: str,
    calling: str,
    called: str,
    call_at_us: int,
    by: str,
    at_us: int,
    reference: str = "",
    within_s: int = WITHIN_S,
    call_id: str = "",
    text: str = "",
) -> Trace:
    """A request as it arrives.

    Raises
    ------
    NotPossible
        It does not say who asks, or lacks what a call is found by.
    """
    if not asked_by.strip() or not contact.strip():
        raise NotPossible("a traceback says who asks and where the answer goes", help_="name both")
    if not called.strip() and not call_id.strip():
        raise NotPossible("a traceback names the called number or the call's own id", help_="ask whoever sent it")
    if not 0 < within_s <= LONGEST_S:
        raise NotPossible("a call is looked for within a day of the instant at most", help_="give seconds from 1 to 86,400")
    if call_at_us > at_us + HOUR_US:
        raise NotPossible("the call lies in the future", help_="look at the instant and its zone")
    named = "\n".join((asked_by, reference, calling, called, format_us(call_at_us), call_id, format_us(at_us)))
    return Trace(
        trace_id=f"tr-{hashlib.sha256(named.encode()).hexdigest()[:12]}",
        asked_by=asked_by.strip(),
        contact=contact.strip(),
        reference=reference.strip(),
        calling=calling.strip(),
        called=called.strip(),
        at=format_us(call_at_us),
        within_s=within_s,
        call_id=call_id.strip(),
        text=text.strip(),
        received=format_us(at_us),
        received_by=by,
        due=format_us(at_us + DAY_US),
    )


def found(trace: Trace, candidates: Sequence[TraceCall]) -> Trace:
    """With what the log has, the nearest first."""
    _must_be_open(trace)
    return msgspec.structs.replace(trace, candidates=tuple(sorted(candidates, key=lambda call: (abs(call.off_s), call.record))))


def answer(
    trace: Trace,
    by: str,
    at_us: int,
    *,
    role: Role,
    text: str,
    call: str = "",
    customer: str = "",
    upstream: str = "",
    action: str = "",
    attestation: str = "",
) -> Trace:
    """What was answered.

    Parameters
    ----------
    call
        The event that it was; customer and attestation are taken from it where they are left out.

    Raises
    ------
    NotPossible
        It is answered, says nothing, names no call of the candidates, or lacks what its role must tell.
    """
    _must_be_open(trace)
    if not text.strip():
        raise NotPossible("an answer says something", help_="write the sentence that is sent")
    chosen = next((each for each in trace.candidates if each.event_id == call), None)
    if call and chosen is None:
        raise NotPossible(f"`{call[:80]}` is none of the calls that were found", help_="`fairwire traceback show` lists them")
    whose = customer or (chosen.customer if chosen else "")
    if role == "originating" and not whose:
        raise NotPossible("whoever originated a call names the customer", help_="give the call, or the customer")
    if role in ("intermediate", "gateway", "terminating") and not upstream.strip():
        raise NotPossible("whoever carried a call names who handed it over", help_="give the upstream provider and its contact")
    return msgspec.structs.replace(
        trace,
        state="answered",
        role=role,
        customer="" if role == "none" else whose,
        upstream=upstream.strip(),
        action=action.strip(),
        answer=text.strip(),
        call=call,
        attestation=attestation or (chosen.attestation if chosen else ""),
        answered=format_us(at_us),
        answered_by=by,
        late=at_us > parse_us(trace.due),
    )


def same_number(asked: str, seen: str) -> bool:
    """Whether two numbers may be one: the same digits, or one with and one without its country."""
    one, other = ("".join(char for char in text if char.isdigit()) for text in (asked, seen))
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= FEWEST_DIGITS and long.endswith(short))


def _must_be_open(trace: Trace) -> None:
    if trace.state != "open":
        raise NotPossible(f"the traceback `{trace.trace_id}` was answered on {trace.answered}", help_="look at it again")
