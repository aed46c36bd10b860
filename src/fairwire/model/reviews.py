"""Reviews: somebody asks that a finding, an order or a refused call be looked at again, or a person overrides it unasked."""

from __future__ import annotations

from typing import Literal

import msgspec

ReviewState = Literal["open", "decided", "withdrawn"]
Outcome = Literal["upheld", "modified", "overturned"]
OUTCOMES: tuple[Outcome, ...] = ("upheld", "modified", "overturned")
Subject = Literal["finding", "order", "call"]
"""`call`: one that was refused and that no finding stands behind, by the id that the caller was told."""
Verdict = Literal["confirmed", "false_positive", "authorised", "accepted"]
VERDICTS: tuple[Verdict, ...] = ("confirmed", "false_positive", "authorised", "accepted")
"""What a person says of a finding. `confirmed`: it is as the rule says. `false_positive`: nothing of the kind happened.
`authorised`: it did, and the customer was allowed to. `accepted`: it did, and nothing is done about it for now."""
DISMISSED: tuple[Verdict, ...] = ("false_positive", "authorised", "accepted")


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """One request to look again, and what came of it."""

    review_id: str
    about: Subject
    about_id: str
    customer: str
    asked_by: str
    """`customer:<id>`, `caller` or `person:<name>`; empty: nobody asked, a person overrode."""
    filed_by: str
    """Who put it on record: `customer:<id>` by itself, or `person:<name>` for it."""
    text: str
    filed: str
    due: str | None = None
    """When it must be answered; None where no clock runs."""
    contact: str = ""
    """Where a caller wants the answer; a customer's is in its record."""
    redress_id: str = ""
    """The id that a refused caller was told, as quoted."""
    state: ReviewState = "open"
    outcome: Outcome | None = None
    why: str = ""
    """What the decider says to whoever asked."""
    decided: str | None = None
    decided_by: str | None = None
    orders: tuple[str, ...] = ()
    """Those that the decision ended, changed or gave."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of a finding before another said something else."""

    verdict: Verdict
    why: str
    by: str
    at: str


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What people think of one finding. The finding itself never changes."""

    finding_id: str
    customer: str
    detector: str
    clauses: tuple[str, ...]
    first_seen: str
    last_seen: str
    verdict: Verdict
    why: str
    by: str
    at: str
    review: str = ""
    """The review in which it was said; empty: none was needed."""
    before: tuple[Said, ...] = ()
