"""A grant: what the policy forbids unless it is allowed; asked for by one, decided by another, for a scope and a time."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.model.finding import Finding

GrantKind = Literal[
    "penetration_test",
    "gsm_gateway",
    "registered_dialler",
    "registered_campaign",
    "opt_in_proof",
    "guaranteed_bandwidth",
    "dedicated_hosting",
    "verified_number",
    "number_hosting",
]
TestType = Literal[
    "network_scan",
    "vulnerability_scan",
    "exploitation",
    "password_guessing",
    "telephony",
    "api",
    "interception",
    "malware_test",
    "denial_of_service",
]
"""What a security test does. Each says which events it may show as, and no others."""
System = Literal["api", "login", "registrar", "telephony", "upload"]
"""What of ours is tested where an event names no address: requests of programs, sign-ins, registrations, calls, files."""
GrantState = Literal["requested", "granted", "granted_in_part", "refused", "revoked", "expired", "withdrawn"]
"""`requested`: it waits for a decision. `granted`, `granted_in_part`: it holds from `begins` to `end`. Over for good: `refused`,
`revoked` before its end by who grants, `expired` at its end, `withdrawn` by who asked."""
HOLDS: tuple[GrantState, ...] = ("granted", "granted_in_part")
Use = Literal["request", "consent", "results"]
"""Of a document. What `results` hold is confidential."""


class Scope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What it is about. Which of these a grant may and must have follows from its kind."""

    addresses: tuple[str, ...] = ()
    """Networks. Of a security test what may be tested; of all else where the calls come from."""
    sources: tuple[str, ...] = ()
    """Networks from which it may be tested; none: from wherever it is put down to the customer."""
    ports: tuple[str, ...] = ()
    """`5060`, `8000-8099`; none: all."""
    types: tuple[TestType, ...] = ()
    systems: tuple[System, ...] = ()
    sites: tuple[str, ...] = ()
    """Names of places, for people: what tells their calls are `numbers`, `addresses` and `campaigns`."""
    numbers: tuple[str, ...] = ()
    """E.164 numbers, ranges or prefixes. Of a proof of opt-in the numbers of those who agreed; of all else the customer's own."""
    campaigns: tuple[str, ...] = ()
    """`campaign` of calls."""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A document: it stands outside the record, under its hash."""

    name: str
    sha256: str
    bytes: int
    use: Use
    by: str
    at: str


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """One authorisation or consent, with all that became of it."""

    grant_id: str
    kind: GrantKind
    customer: str
    policy: str
    """`id@version` in force when it was asked for."""
    clauses: tuple[str, ...]
    """Those that it makes an exception to."""
    state: GrantState
    scope: Scope
    """As it was asked for."""
    allowed: Scope | None = None
    """What of it holds; None until it is granted."""
    not_allowed: Scope | None = None
    """What of it does not; None unless it was granted in part."""
    start: str
    end: str | None
    """RFC 3339. None: until it is revoked."""
    begins: str | None = None
    """From when it holds: `start`, or the decision where permission must come first and came later."""
    why: str
    """What for, by who asks."""
    conditions: str = ""
    requested_by: str
    """`customer:<who>` or `person:<name>`."""
    requested_at: str
    latest: str | None = None
    """The last instant at which it could be asked for; None where no notice is needed."""
    short_notice: bool = False
    """It was asked for later than that."""
    late_by_person: bool = False
    """The policy lets a person grant it even so."""
    decided_by: str | None = None
    decided_at: str | None = None
    decided_why: str = ""
    ended_by: str | None = None
    """Who revoked or withdrew it."""
    ended_at: str | None = None
    ended_why: str = ""
    papers: tuple[Paper, ...] = ()
    results: tuple[Paper, ...] = ()
    """Confidential: in no list, and each look at one is in the audit trail."""


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen and is covered: a finding that was not made, with the grants that cover every event that shows it."""

    finding: Finding
    grants: tuple[str, ...]
    hits: int
    """Events on which the rule held."""
    last_seen: str


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """A charge or a penalty that the customer bears, such as one that another carrier asks for what a gateway did."""

    booking_id: str
    customer: str
    policy: str
    clause: str
    amount: str
    """Decimal."""
    currency: str
    what: Literal["charge", "penalty"]
    of: str
    """Who asks for it, and by which document: `invoice 4711 of Coastline Mobile`."""
    evidence: tuple[str, ...]
    """Findings and grants, each by its id."""
    why: str
    by: str
    at: str
    state: Literal["booked", "cancelled"] = "booked"
    ended_by: str | None = None
    ended_at: str | None = None
    ended_why: str = ""
