"""A decision about one call: allow, challenge, limit or deny, with clause, reason and the SIP answer (CONTRACTS section 4)."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.model.customers import CustomerState
from fairwire.model.finding import Mode

Verdict = Literal["allow", "challenge", "limit", "deny"]
BlockClass = Literal["analytic", "deterministic", "unallocated", "own_limit", "overload"]


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Why: the clause, what found it, and a sentence for people."""

    clause: str
    text: str
    detector: str | None = None
    limit: str | None = None


class SipAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a SIP element answers. `reason` is the value of the Reason header, empty for none."""

    code: int
    phrase: str
    reason: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False, gc=False):
    """The answer to one call attempt."""

    decision: Verdict
    reasons: tuple[Reason, ...]
    sip: SipAnswer
    finding_ids: tuple[str, ...]
    policy: str
    elapsed_us: int
    ttl_s: int | None = None
    event: str | None = None
    """Id of the event it answers, where it is one of many."""


class IdentityFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the Identity headers of a call are worth (STIR)."""

    outcome: Literal["passed", "failed", "none"]
    """`none`: it cannot be told, such as while a certificate is fetched."""
    code: int | None = None
    """The response that says so (RFC 8224 6.2.2); None when nothing speaks against the call."""
    phrase: str = ""
    text: str = ""
    """A sentence for people."""


class CallFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one call attempt when it must be decided. None is *unknown* everywhere, and refuses nothing."""

    emergency: bool
    """The number called may reach help. Asked before anything else, and enough to connect the call."""
    callee: str
    """E.164 where it is known, else as dialled."""
    event: str | None = None
    """Id of the event that asks."""
    direction: Literal["outbound", "inbound", "internal"] = "outbound"
    customer: str = ""
    customer_known: bool = False
    user_known: bool | None = None
    """False: the user or credential named is none that was provisioned."""
    state: CustomerState = "active"
    user: str | None = None
    line: str | None = None
    credential: str | None = None
    address: str | None = None
    """Where the request comes from."""
    home_country: str = ""
    """The customer's; empty when it is not known."""
    caller: str = ""
    """The number shown to the called side."""
    caller_owned: bool | None = None
    """The number shown is among the customer's own."""
    forwarded: bool = False
    diverting_owned: bool | None = None
    """The number that forwarded the call is among the customer's own; the number shown is then rightly someone else's."""
    identity: IdentityFacts | None = None
    """None: the call has no Identity header, or nobody looks at them."""
    callee_new: bool | None = None
    """The customer has not called it before."""
    destination_country: str = ""
    """Empty: a network without a country, or not known."""
    destination_kind: str = "unknown"
    """One of `model.columns.DESTINATIONS`."""
    destination_valid: bool | None = None
    international: bool | None = None
    high_risk: bool = False
    allows_outbound: bool | None = None
    """The customer's own switch. False: nobody of it calls out."""
    allows_international: bool | None = None
    """The customer's own setting."""
    allowed_countries: tuple[str, ...] | None = None
    """The customer's own setting; its home country needs no mention."""
    barred_countries: tuple[str, ...] = ()
    """The customer's own bars."""
    barred_destinations: tuple[str, ...] = ()
    """The customer's own bars: classes of destinations and prefixes."""
    on_limit: Literal["bill", "refuse"] = "bill"
    charge_limit_micros: int | None = None
    month_charge_micros: int | None = None
    """Charged since the start of the customer's month, with what calls in progress have run up."""
    running_rate_micros: int = 0
    """What the customer's calls in progress run up in a minute, without this one."""
    month_ends_us: int | None = None
    day_charge_limit_micros: int | None = None
    day_charge_micros: int | None = None
    """Charged since the start of the customer's day, with what calls in progress have run up."""
    day_ends_us: int | None = None
    asked_us: int | None = None
    """The instant of the attempt."""
    local_day: int | None = None
    """Today in the customer's zone: days since 1970-01-01."""
    opened_day: int | None = None
    """Day on which the customer's account was opened, counted alike."""
    rate_micros: int | None = None
    """Price of a minute of this call; 0 is free."""
    recent_calls: dict[str, int] = {}
    """Order target (`customer`, `user`, `line`, `new_callees` ...) -> attempts of it in the last minute, without this one.
    A throttle lets some through; of a target that is not here it lets none through."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """An inline rule that is true for this call."""

    detector: str
    topics: tuple[str, ...]
    block_class: BlockClass
    hard: bool
    """A soft rule never refuses a call by itself."""
    mode: Mode
    text: str
    """The sentence for people, with the numbers."""
    clauses: tuple[str, ...] = ()
    """Empty: those that the pack binds to the topics."""
    finding_id: str | None = None
    retry_after_s: int | None = None

    def __post_init__(self) -> None:
        if self.block_class == "overload":
            raise ValueError(f"`{self.detector}` is no rule about our own overload: no rule is")
        if not self.text.strip():
            raise ValueError(f"`{self.detector}` says nothing to the person it refuses")
