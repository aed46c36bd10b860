"""What an import finds in a policy document: the shape of `policy import --json`. Offsets count characters of `document.text`."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.model.policy import Control

Party = Literal["customer", "provider"]
Remedy = Literal["warn", "limit", "suspend", "terminate", "remove", "change_plan", "charge", "refuse", "investigate", "report"]


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the document: always `document.text[start:end] == text`."""

    start: int
    end: int
    text: str


class NamedTopic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A topic that a clause is about, and why we think so."""

    topic: str
    confidence: float
    """0 to 1. Below 0.5 it is put to a person and never into force."""
    words: tuple[str, ...]
    """The words of the clause that decided, as they stand there; empty for a proposal from outside."""
    proposed_by: str | None = None
    """Name of the program that proposes it; never sure enough for force."""


class Quantity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number, a time, or a comparison with others, as the document says it."""

    value: float | None
    """None where the document compares without a number ("substantially exceeds the average")."""
    unit: str
    """Singular, plain: `business_day`, `day`, `hour`, `minute`, `month`, `call`, `minute_of_calls`, `percent`, `user`, `USD`,
    `average_of_others`, ..."""
    text: str
    """As it stands: `five (5) working days`."""
    start: int
    end: int
    comparator: str | None = None
    """`at_least`, `at_most`, `more_than`, `less_than`, `within`, `substantially_more_than`, `equal`."""
    per: str | None = None
    """`month`, `call`, `user` ...: what the value is counted for."""


class Exemption(msgspec.Struct, frozen=True, kw_only=True):
    """What a clause leaves out: an exception, a consent, an entitlement."""

    start: int
    end: int
    text: str


class ImportedClause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One duty or right."""

    id: str
    """Stable for the same document: the section's number and the place in it, such as `3.2`, or `p4`."""
    text: str
    start: int
    end: int
    party: Party
    """Whose duty it is; a right of the provider is the provider's."""
    topics: tuple[NamedTopic, ...]
    exceptions: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    remedies: tuple[Remedy, ...]
    controls: tuple[Control, ...]
    """Suggested."""
    needs_review: bool
    heading: str | None = None
    lead_in: str | None = None
    """The sentence that the clause completes: `Customer may not use the cloud services:`."""
    review: tuple[str, ...] = ()
    """Why a person must look, one sentence each."""


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """A term that the document defines; the passage is the whole definition."""

    term: str
    start: int
    end: int
    text: str


class DocumentDate(msgspec.Struct, frozen=True, kw_only=True):
    """A day that the document gives for itself."""

    meaning: Literal["updated", "effective", "published", "reviewed"]
    day: str
    """`2023-01-13`."""
    start: int
    end: int
    text: str
    ambiguous: bool = False
    """`09/07/2020` is two days; the one given is then the reading of the document's country, month first where none is known."""


class ReportingAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where abuse is reported."""

    kind: Literal["email", "url", "phone", "post", "unnamed"]
    """`unnamed`: "please contact us", with no address in the text."""
    value: str
    start: int
    end: int
    text: str


class ChangeTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the provider may change the policy, by its own words."""

    effective: Literal["on_posting", "after_notice", "unstated"]
    notice: bool
    """Customers are told, not only the page changed."""
    acceptance: Literal["use", "explicit", "unstated"]
    """`use`: going on using the service is agreement."""
    passages: tuple[Passage, ...]
    notice_days: int | None = None
    """Days between telling and taking effect; None where no number is given."""


class Particulars(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a document says about itself."""

    title: str
    """Empty where none was found."""
    version: str | None = None
    """As written, such as `2.1`; None where the document gives none."""
    dates: tuple[DocumentDate, ...] = ()
    definitions: tuple[Definition, ...] = ()
    reporting: tuple[ReportingAddress, ...] = ()
    changes: ChangeTerms | None = None


class SourceText(msgspec.Struct, frozen=True, kw_only=True):
    """The document that was read."""

    file: str
    kind: str
    characters: int
    sha256: str
    """Of the file."""
    text: str
    """What all offsets count in."""


class Imported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it."""

    title: str
    language: str
    """Two letters (ISO 639-1), `und` where it cannot be told."""
    is_policy: bool
    """Whether it reads as an acceptable-use policy; `notes` say what else it looks like."""
    clauses: tuple[ImportedClause, ...]
    unmapped: tuple[Passage, ...]
    ignored: tuple[Passage, ...]
    document: SourceText
    version: str | None = None
    dates: tuple[DocumentDate, ...] = ()
    definitions: tuple[Definition, ...] = ()
    reporting: tuple[ReportingAddress, ...] = ()
    changes: ChangeTerms | None = None
    notes: tuple[str, ...] = ()
    """One sentence each: what a person should know before relying on this."""
