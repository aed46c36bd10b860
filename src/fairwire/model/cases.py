"""Cases: a matter that people look into, from a report, a finding, or because somebody noticed."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.model.finding import Severity

CaseState = Literal["open", "investigating", "waiting", "decided", "closed", "reopened"]
"""`open`: nobody has it yet. `waiting`: for somebody outside. `decided`: there is an outcome. `closed`: nothing is left to do.
`reopened`: there is something new, and nobody has it yet."""
UNDER_WAY: tuple[CaseState, ...] = ("open", "investigating", "waiting", "reopened")
CaseOutcome = Literal["warning", "content_removal", "account_termination", "no_breach", "other"]
OUTCOMES: tuple[CaseOutcome, ...] = ("warning", "content_removal", "account_termination", "no_breach", "other")


class CaseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a case's own history. For people at the desk; a customer never sees it."""

    by: str
    at: str
    what: str
    """`note`, `assign`, `wait`, `decide` ..."""
    text: str = ""


class Referral(msgspec.Struct, frozen=True, kw_only=True):
    """An authority was told."""

    body: str
    """Which one."""
    reference: str
    """What it calls the matter; empty until it has said."""
    at: str
    by: str
    what: str = ""
    """What it was told."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One matter. Findings, reports, orders, holds and the like are named by their ids."""

    case_id: str
    title: str
    category: str
    """Of the policy's report categories, or one of the words of events (`spam`, `minors`, `other` ...)."""
    severity: Severity
    restricted: bool = False
    """Only named people see more of it than that it is there."""
    customer: str = ""
    """Empty while nobody knows whom it is about."""
    user: str = ""
    """One user of the customer's, such as an agent of a contact centre, where it is about one."""
    policy: str = ""
    """`id@version` that bound the customer when it was opened."""
    clauses: tuple[str, ...] = ()
    number: str = ""
    """The number that was reported, in E.164 where it can be; empty for none."""
    address: str = ""
    """The network address that was reported."""
    state: CaseState = "open"
    opened: str
    opened_by: str
    """`person:<name>`, or `fairwire` for a report."""
    owner: str = ""
    """Who looks into it; empty: nobody yet."""
    waiting_for: str = ""
    due: str | None = None
    """When somebody must look at it again."""
    findings: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    """Holds, takedowns, instructions, reviews, disclosures."""
    referrals: tuple[Referral, ...] = ()
    entries: tuple[CaseEntry, ...] = ()
    outcome: CaseOutcome | None = None
    why: str = ""
    decided: str | None = None
    decided_by: str | None = None
