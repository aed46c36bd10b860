"""Tracebacks: somebody who may ask wants to know where a call came from, and is answered within a day."""

from __future__ import annotations

from typing import Literal

import msgspec

TraceState = Literal["open", "answered"]
Role = Literal["originating", "intermediate", "gateway", "terminating", "none"]
ROLES: tuple[Role, ...] = ("originating", "intermediate", "gateway", "terminating", "none")
"""What the provider was to the call. `none`: it never saw it."""


class TraceCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call of the log that may be the one that is asked for."""

    record: int
    """Its number in the log."""
    event_id: str
    type: str
    time: str
    call_id: str
    customer: str
    calling: str
    called: str
    attestation: str = ""
    src_ip: str = ""
    trunk: str = ""
    decision: str = ""
    """What it was answered, where it was decided here."""
    off_s: float = 0.0
    """Seconds from the instant that is asked for."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    trace_id: str
    asked_by: str
    """Who asks: an authority, the consortium for tracebacks, another provider."""
    contact: str
    reference: str
    """What they call it."""
    calling: str
    called: str
    at: str
    within_s: int
    """How far the call may lie from that instant."""
    call_id: str = ""
    text: str = ""
    received: str
    received_by: str
    due: str
    """A day after it was received, by the clock on the wall: no holiday stops it."""
    candidates: tuple[TraceCall, ...] = ()
    state: TraceState = "open"
    role: Role | None = None
    customer: str = ""
    """Whose call it was."""
    upstream: str = ""
    """Who handed it over, where it came from elsewhere: name and contact."""
    action: str = ""
    """What was done about it."""
    answer: str = ""
    """The sentence that was sent."""
    call: str = ""
    """The event that it was."""
    attestation: str = ""
    answered: str | None = None
    answered_by: str | None = None
    late: bool = False
