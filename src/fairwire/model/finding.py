"""A finding: a rule became true for someone, with the numbers and the events that show it (CONTRACTS section 3)."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["info", "low", "medium", "high", "critical"]
Mode = Literal["shadow", "alert", "enforce"]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")


class PolicyRef(msgspec.Struct, frozen=True, kw_only=True):
    """A policy version: the pack's id and the hash of all that decides."""

    id: str
    version: str


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One feature's value, and what it was compared with. `value` is None when it was unknown."""

    value: float | str | None
    threshold: float | str | None = None
    comparison: str | None = None
    """`>=`, `<` ... : how the rule compares value and threshold."""
    unit: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """One line of a findings file. Times are RFC 3339 in UTC."""

    finding_id: str
    time: str
    policy: PolicyRef
    clauses: tuple[str, ...]
    detector: str
    mode: Mode
    severity: Severity
    customer: str
    user: str | None = None
    line: str | None = None
    callee: str | None = None
    """Set where the subject is one called number (harassment), or whoever is at the other side."""
    credential: str | None = None
    address: str | None = None
    """Network address that all of it came from."""
    device: str | None = None
    score: float | None = None
    reason: str
    features: dict[str, Measured]
    events: tuple[str, ...]
    first_seen: str
    last_seen: str
    count: int
