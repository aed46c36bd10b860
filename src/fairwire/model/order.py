"""An order: one step of the ladder, with its reason, its end and its way back."""

from __future__ import annotations

from typing import Literal

import msgspec

Step = Literal[
    "log",
    "notify",
    "invoice",
    "step_up",
    "throttle",
    "block",
    "suspend_outbound",
    "suspend",
    "change_plan",
    "remove_content",
    "terminate",
]
STEPS: tuple[Step, ...] = (
    "log",
    "notify",
    "invoice",
    "step_up",
    "throttle",
    "block",
    "suspend_outbound",
    "suspend",
    "change_plan",
    "remove_content",
    "terminate",
)
"""In climbing order: a later step is never milder than an earlier one. Nobody climbs to `invoice`: it stands beside rungs."""

Target = Literal[
    "customer",
    "user",
    "line",
    "credential",
    "callee",
    "new_callees",
    "destination_class",
    "forwarding",
    "new_calls",
    "plan",
    "address",
    "device",
    "messages",
    "mail",
    "content",
    "traffic",
    "requests",
    "charges",
]
"""What the step touches. `new_callees`: numbers never called before. `destination_class`: the class that cost the money.
`new_calls`: calls over the limit. `messages`, `mail`: what is sent that way. `content`: what was found in it. `traffic`: the
network port. `requests`: to the interface for programs. `charges`: what is above an amount of the customer's order. An order
names the narrowest target that stops the harm."""
State = Literal["dry_run", "waiting", "due", "in_force", "done", "lifted", "expired", "refused", "overturned"]
"""`dry_run`: written and shown, nothing is done. `waiting`: people must agree. `due`: agreed, and begins at `begins`.
`in_force`: it holds. `done`: it happened, and holds nothing. Over for good: `lifted` by a person before its end, `expired` at its
end, `refused` by those who were asked, `overturned` by a person who found that it should never have been: ladders forget it."""
OPEN: tuple[State, ...] = ("waiting", "due", "in_force")
"""Not over yet."""

Held = Literal["", "wide", "soft", "cap", "snoozed", "stopped", "critical"]
"""What keeps an order from taking effect by itself: it names no narrow target, statistics alone do not go that far, too many were
suspended within the hour, somebody has put it to rest, automatic action is stopped, the service is critical."""
BESIDE_CALLS: tuple[Target, ...] = ("plan", "messages", "mail", "content", "traffic", "requests", "charges")
"""Targets that no call is part of."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said to an order."""

    by: str
    """`person:<name>`."""
    at: str
    agrees: bool
    why: str = ""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One step against one target. In dry run it is written and shown, and nothing is sent anywhere."""

    order_id: str
    key: str
    """Idempotency key: the same finding at the same rung always gives the same key."""
    finding_id: str
    """The finding it follows from; empty where a person gives an order for another reason, told in `evidence`."""
    customer: str
    user: str | None = None
    line: str | None = None
    policy: str
    clauses: tuple[str, ...]
    detector: str
    step: Step
    target: Target
    value: str | None = None
    """The called number, destination class ... that the target names; None when the target needs none."""
    reason: str
    author: str
    """`rule:<detector>` or `person:<name>`."""
    created: str
    expires: str | None
    """RFC 3339; None when the order ends by a person only, who is then the `owner`."""
    owner: str | None
    approvals: int
    """How many people must agree before it is carried out."""
    state: State = "dry_run"
    undo: str
    """One sentence: what is restored, and how."""
    amount: str | None = None
    """Of an invoice: what is due, a decimal string; and in which currency, for which calendar month (`2026-03`)."""
    currency: str | None = None
    period: str | None = None
    evidence: tuple[str, ...] = ()
    """What else shows it: cases, reports, notices, other findings, each by its id."""
    words: tuple[Word, ...] = ()
    """Who agreed or refused, in order."""
    begins: str | None = None
    """When a `due` order takes effect; None: at once."""
    began: str | None = None
    ended: str | None = None
    """When it was lifted, refused or overturned, or ran out."""
    ended_by: str | None = None
    ended_why: str = ""
    held: Held = ""
    quiet: bool = False
    """The customer is told nothing of it: evidence would be destroyed, or the law forbids it."""
    escalates: str | None = None
    """The notice of a deadline that ran out, or the order that was not enough: why this step and not a milder one."""
