"""The life of a policy's versions as records: who wrote it, who approved it, when it is in force, who was told, who accepted.

A record is never deleted, and the text of a version is never changed: it is kept under the hash of all its files.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from fairwire.model.instants import format_us

Stage = Literal["draft", "in_review", "approved", "published", "rejected", "withdrawn"]
"""What people have done with a version. What `published` means at an instant follows from its times."""
State = Literal["draft", "in_review", "approved", "scheduled", "in_force", "superseded", "rejected", "withdrawn"]
Verdict = Literal["approve", "reject"]
How = Literal["explicit", "use"]
NoticeState = Literal["queued", "sending", "sent", "failed", "unreachable", "cancelled"]
"""`sending`: handed to the mail server, and nothing is known of what came of it."""
Action = Literal[
    "draft", "submit", "revise", "approve", "reject", "publish", "supersede", "withdraw", "accept", "change_over", "notice"
]


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one policy pack."""

    pack: str
    version: str
    """`major.minor.patch`, unique within the pack and never given again."""
    content: str
    """SHA-256 over all files of the pack, in hex: an approval is of exactly this text."""
    decides: str
    """Hash of what decides (`Pack.version`)."""
    title: str
    document: str
    """Title and date of the source document."""
    author: str
    """Who handed in this text."""
    authors: tuple[str, ...]
    """All who ever handed in a text of this version; none of them may approve it."""
    note: str = ""
    stage: Stage
    submitted_us: int
    approved_by: str = ""
    approved_us: int | None = None
    published_by: str = ""
    published_us: int | None = None
    effective_us: int | None = None
    """From when on it is in force; None until it is published."""
    superseded_us: int | None = None
    """The instant at which the next version begins; None: none is published."""
    previous: str = ""
    """The version that it replaces; empty for the first."""
    terms: VersionTerms

    @property
    def name(self) -> str:
        """`pack@version`."""
        return f"{self.pack}@{self.version}"

    def state(self, now_us: int) -> State:
        """What it is at an instant. In force from `effective_us` on, and no longer at `superseded_us`."""
        if self.stage != "published":
            return self.stage
        assert self.effective_us is not None
        if now_us < self.effective_us:
            return "scheduled"
        return "in_force" if self.superseded_us is None or now_us < self.superseded_us else "superseded"


class VersionTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy itself says about its changes."""

    effective: Literal["on_posting", "after_notice", "scheduled"] = "on_posting"
    send: bool = True
    """Whether customers are told."""
    before_s: int = 0
    """Seconds that must lie between telling and taking effect."""
    acceptance: How = "use"
    window_s: int = 0
    """Seconds after the publication within which a customer may choose its own day; 0: none may."""
    notice_clause: str = ""
    choice_clause: str = ""
    clause: str = ""


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """One person's verdict on one exact text."""

    pack: str
    version: str
    content: str
    reviewer: str
    verdict: Verdict
    reason: str
    at_us: int


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One decision to put a version in force. A withdrawn one stays on record."""

    publication_id: str
    pack: str
    version: str
    content: str
    by: str
    at_us: int
    effective_us: int
    withdrawn_by: str = ""
    withdrawn_us: int | None = None
    reason: str = ""


class PolicyNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What one customer is told of a new version, word for word."""

    notice_id: str
    publication_id: str
    pack: str
    version: str
    customer: str
    recipient: str
    """E-mail address; empty when the customer has none."""
    role: str
    """Of the contact; empty when there is none."""
    subject: str
    text: str
    state: NoticeState
    message_id: str
    attempts: int = 0
    queued_us: int
    next_us: int = 0
    """Not to be tried before."""
    attempted_us: int | None = None
    sent_us: int | None = None
    answer: str = ""
    """What the mail server said, or why there was no answer."""


class CustomerAcceptance(msgspec.Struct, frozen=True, kw_only=True):
    """A customer has agreed to one version."""

    customer: str
    pack: str
    version: str
    how: How
    at_us: int
    by: str
    """Who said so; for acceptance by use, who used the service as far as the event names them."""
    evidence: str
    """For use, `source` and id of the event; else where the word came from."""


class ChangeOver(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's choice of the day on which a version begins for it."""

    customer: str
    pack: str
    version: str
    on: str
    """The day, in the customer's time zone."""
    on_us: int
    """Its beginning."""
    by: str
    at_us: int


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done: who, what, when, and what it changed."""

    seq: int = 0
    """Given by the store; counts up."""
    at_us: int
    by: str
    action: Action
    pack: str
    version: str
    subject: str = ""
    """The customer it is about, where there is one."""
    before: str = ""
    after: str = ""
    note: str = ""


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is on record about one pack's versions, as the pure machine needs it."""

    pack: str
    versions: tuple[PolicyVersion, ...] = ()
    """By number, lowest first."""
    reviews: tuple[Review, ...] = ()
    publications: tuple[Publication, ...] = ()
    changeovers: tuple[ChangeOver, ...] = ()

    def version(self, number: str) -> PolicyVersion | None:
        """The version of that number."""
        return next((each for each in self.versions if each.version == number), None)

    def in_force(self, at_us: int) -> PolicyVersion | None:
        """The one that is in force at an instant; never two are."""
        return next((each for each in self.versions if each.state(at_us) == "in_force"), None)

    def published(self) -> tuple[PolicyVersion, ...]:
        """All that are, were or will be in force, in the order of their beginning."""
        timed = [each for each in self.versions if each.stage == "published"]
        return tuple(sorted(timed, key=lambda each: each.effective_us or 0))


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one act writes, all of it or nothing."""

    versions: tuple[PolicyVersion, ...] = ()
    texts: dict[str, dict[str, str]] = {}
    """Content hash -> file -> text."""
    reviews: tuple[Review, ...] = ()
    publications: tuple[Publication, ...] = ()
    notices: tuple[PolicyNotice, ...] = ()
    cancel_notices_of: str = ""
    """Publication whose notices are not to be sent any more."""
    changeovers: tuple[ChangeOver, ...] = ()
    history: tuple[HistoryEntry, ...] = ()


def version_facts(version: PolicyVersion, now_us: int) -> dict[str, Any]:
    """A version for programs: of the command's `--json` and of the API."""

    def instant(at_us: int | None) -> str | None:
        return None if at_us is None else format_us(at_us)

    return {
        "pack": version.pack,
        "version": version.version,
        "state": version.state(now_us),
        "title": version.title,
        "document": version.document,
        "content": version.content,
        "decides": version.decides,
        "author": version.author,
        "note": version.note,
        "submitted": instant(version.submitted_us),
        "approved": instant(version.approved_us),
        "approved_by": version.approved_by or None,
        "published": instant(version.published_us),
        "published_by": version.published_by or None,
        "effective": instant(version.effective_us),
        "superseded": instant(version.superseded_us),
        "replaces": version.previous or None,
        "terms": version.terms,
    }
