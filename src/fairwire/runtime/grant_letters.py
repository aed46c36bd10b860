"""What a customer is told of a decision about its request: subject and text, ready to be sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from fairwire.enforcement.grant_kinds import KINDS
from fairwire.model.customers import Customer
from fairwire.model.grants import Grant, Scope
from fairwire.model.instants import parse_us
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.policy.decision_letters import NAME, DecisionFacts, render_decision

_DECISIONS = {
    "requested": "waiting for a decision",
    "granted_in_part": "granted in part",
    "expired": "over",
}
_LINES = {
    "addresses": "address",
    "sources": "from",
    "ports": "port",
    "types": "type of test",
    "systems": "system",
    "sites": "site",
    "numbers": "number",
    "campaigns": "campaign",
}


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent, and whom it concerns."""

    grant_id: str
    customer: str
    subject: str
    text: str


Told = Callable[[Grant, Letter | None], Sequence[RecordChange]]
"""Called with a grant that was decided or ended, and the letter about it (None: nobody knows the customer any more): what else is
to be written with it, such as a notice."""


def nobody(held: Grant, letter: Letter | None) -> Sequence[RecordChange]:
    """Nobody is written to."""
    return ()


def letter_of(held: Grant, customer: Customer, pack: Pack) -> Letter:
    """The letter that says how a request stands, in the pack's words where it has some."""
    clause = held.clauses[0]
    known = pack.clauses.get(clause)
    whole = held.allowed if held.allowed is not None else Scope()
    subject, text = render_decision(
        DecisionFacts(
            customer=customer.name or customer.id,
            what=KINDS[held.kind].title,
            decision=_DECISIONS.get(held.state, held.state),
            reason=held.ended_why or held.decided_why,
            start=local_time(held.begins or held.start, customer.timezone),
            end="" if held.end is None else local_time(held.end, customer.timezone),
            scope=scope_lines(held.scope),
            allowed=() if held.state in ("refused", "requested") else scope_lines(whole),
            not_allowed=() if held.not_allowed is None else scope_lines(held.not_allowed),
            conditions=held.conditions,
            clause=clause,
            clause_gist="" if known is None else known.gist,
            document=pack.document,
            reference=held.grant_id,
            contact=pack.contact,
            review_url=pack.review_url,
        ),
        pack.notices.get(NAME),
    )
    return Letter(grant_id=held.grant_id, customer=held.customer, subject=subject, text=text)


def scope_lines(scope: Scope) -> tuple[str, ...]:
    """A scope, one line an entry: `address 192.0.2.0/28`."""
    return tuple(
        f"{word} {entry.replace('_', ' ') if name == 'types' else entry}"
        for name, word in _LINES.items()
        for entry in getattr(scope, name)
    )


def phrase_of(held: Grant) -> str:
    """A grant in a few words: its id, what it is for, and until when."""
    scope = ", ".join(scope_lines(held.allowed)[:4]) if held.allowed is not None else ""
    until = held.ended_at or held.end
    what = f"{KINDS[held.kind].title}{f': {scope}' if scope else ''}"
    return f"{held.grant_id} ({what}; {f'until {until}' if until else 'without an end'})"


def local_time(text: str, zone: str) -> str:
    """An instant by the customer's clocks: `4 March 2026, 10:00 (Europe/London)`."""
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=parse_us(text))).astimezone(ZoneInfo(zone))
    return f"{moment.day} {moment:%B %Y, %H:%M} ({zone})"
