"""Notices to customers about orders, deadlines and requests, kept exactly as they were sent."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.model.declared import Reminder, WorkflowKind

LetterState = Literal["queued", "sending", "sent", "failed", "unreachable", "withheld", "cancelled"]
"""`sending`: handed to the mail server, and nothing is known of what came of it. `unreachable`: nobody there can be written to.
`withheld`: the policy tells the customer nothing of such a thing. `cancelled`: what it would say was over before it left."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The clock that begins when a notice has been sent."""

    workflow: str
    """Of the pack."""
    kind: WorkflowKind
    period: str
    """`5bd`, `30d`, `24h`."""
    cut_off_min: int = 1440
    """When its last day is over, in minutes after midnight there."""
    reminders: tuple[Reminder, ...] = ("half", "last_morning")
    pack_country: str = ""
    """Of the policy, for a customer whose own country nobody knows."""
    detector: str = ""
    """What began it."""
    finding_id: str = ""
    found_us: int = 0


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One letter to one recipient."""

    notice_id: str
    """Made of the fact, the kind and the recipient: nobody is told twice of one fact."""
    fact: str
    """What it is about: `order:<id>`, `deadline:<id>` ..."""
    kind: str
    """What it is: `warning`, `limit_notice`, `reminder` ..."""
    customer: str
    recipient: str = ""
    """E-mail address; empty when there is none."""
    role: str = ""
    policy: str
    """`id@version`."""
    clauses: tuple[str, ...] = ()
    """The leading one first."""
    step: str = ""
    """Of the ladder, where it goes with one."""
    template: str = ""
    language: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    sender: str = ""
    """From whom it came; empty until it is handed over."""
    facts: dict[str, str | tuple[str, ...]] = {}
    """What the text was written from."""
    opens: Opening | None = None
    covers: tuple[str, ...] = ()
    """Orders that it tells of together."""
    state: LetterState
    message_id: str = ""
    attempts: int = 0
    queued_us: int
    next_us: int = 0
    """Not to be tried before."""
    attempted_us: int | None = None
    """When it was last handed over: its date."""
    sent_us: int | None = None
    answer: str = ""
    """What the mail server said, or why there was no answer."""
    fault: str = ""
    """What is wrong with the pack's own text, where that could not be written."""
    again_of: str = ""
    """The notice that a person had sent once more."""
