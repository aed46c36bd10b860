"""Records of the desk: orders, effects, notices, authorisations, cases ... as the control store keeps them, each change audited.

The store knows no noun. A record has what is searched for beside the noun itself, which is JSON; whoever changes one says who
did it and why, and the change and its entry in the audit trail are one transaction.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from fairwire.model.versions import HistoryEntry


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on record."""

    kind: str
    """`order`, `effect`, `notice`, `case` ..."""
    id: str
    """Its own within its kind. Made from an idempotency key, it keeps a thing from being put on record twice."""
    customer: str = ""
    """Whom it concerns; empty when no single customer."""
    subject: str = ""
    """What it hangs on: the finding of an order, the order of a notice ..."""
    state: str = ""
    due_us: int | None = None
    """When somebody must look at it again, in microseconds since 1970-01-01T00:00:00Z; None when nothing is due."""
    version: int = 0
    """Counts the changes; what was never written has 0."""
    body: str
    """The noun itself, JSON."""


class RecordChange(msgspec.Struct, frozen=True, kw_only=True):
    """One step, and who took it."""

    record: Record
    """As it shall be, its `version` still that of the record it replaces (0: it is new)."""
    at_us: int
    by: str
    """`person:<name>`, `rule:<detector>`, `customer:<id>`, `edge:<name>` or `fairwire`."""
    action: str
    """A verb: `agree`, `lift`, `send` ..."""
    why: str = ""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit trail. Nothing is ever taken out of it; each line holds the hash of the one before."""

    seq: int
    """From 1, without gaps."""
    at_us: int
    by: str
    action: str
    kind: str
    id: str
    customer: str
    why: str
    before: str | None
    """The noun before, JSON; None when it was new."""
    after: str
    prev: str
    """`hash` of the entry before; 64 zeros before the first."""
    hash: str
    subject: str = ""
    """The record's, as it became; so are state, due_us and version."""
    state: str = ""
    due_us: int | None = None
    version: int = 0
    """0 in an entry that was written before entries had these four: its hash does not cover them."""


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """A record beside what the trail says of it, both read at one moment."""

    kind: str
    id: str
    record: Record | None
    """None: it is gone."""
    last: AuditEntry | None
    """The trail's last entry for it; None: it has none."""
    entries: int
    """How many entries it has."""


NO_HASH = "0" * 64


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256, in hexadecimal, over everything else that the entry says.

    What was and what became of a noun stand in it by their own hashes, so that the trail can still be verified where the law
    made somebody blank them.
    """
    parts: list[Any] = [
        entry.seq,
        entry.at_us,
        entry.by,
        entry.action,
        entry.kind,
        entry.id,
        entry.customer,
        entry.why,
        "" if entry.before is None else hashlib.sha256(entry.before.encode()).hexdigest(),
        hashlib.sha256(entry.after.encode()).hexdigest(),
        entry.prev,
    ]
    if entry.version:
        parts += [entry.subject, entry.state, entry.due_us, entry.version]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


POLICY_ACT = "policy_act"
"""Kind of the records that put acts on versions of policies into the trail."""


def policy_act_id(entry: HistoryEntry) -> str:
    """Ids sort as the acts do."""
    return f"{entry.seq:015}"


def policy_act(entry: HistoryEntry) -> RecordChange:
    """An act on a version of a policy, as the trail has it: once, and never changed."""
    return RecordChange(
        record=Record(
            kind=POLICY_ACT,
            id=policy_act_id(entry),
            customer=entry.subject,
            subject=f"{entry.pack}@{entry.version}",
            state=entry.action,
            body=msgspec.json.encode(entry).decode(),
        ),
        at_us=entry.at_us,
        by=_author(entry),
        action=entry.action,
        why=entry.note,
    )


def _author(entry: HistoryEntry) -> str:
    if entry.action == "accept" and entry.subject:
        return f"customer:{entry.subject}"
    return entry.by if entry.by in ("", "fairwire") else f"person:{entry.by}"
