"""Reports of abuse from outside. Who reported is kept apart from what was reported, and no customer ever sees it."""

from __future__ import annotations

from typing import Literal

import msgspec

ReportFormat = Literal["form", "api", "mail", "arf", "xarf", "event"]
"""How it came. `event`: as a `report.received` event of another system."""


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was handed in with a report, by its hash: the same thing twice is kept once."""

    sha256: str
    content_type: str
    bytes: int
    name: str = ""
    """What whoever handed it in calls it."""
    payload: str = ""
    """Base64; empty where it is too large to keep, or should not be kept."""


class ExhibitRef(msgspec.Struct, frozen=True, kw_only=True):
    """An exhibit as a report names it."""

    sha256: str
    content_type: str
    bytes: int
    name: str = ""
    kept: bool = True


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was reported, as it came. It never changes; what comes of it stands in the case."""

    report_id: str
    case_id: str
    format: ReportFormat
    category: str
    """As it was given, or as the format's own word was read."""
    customer: str = ""
    """Whom it names, or whose number or address it names; empty where that cannot be told."""
    number: str = ""
    address: str = ""
    text: str = ""
    received: str
    happened: str = ""
    """When it happened, as the report says; RFC 3339, empty where it does not."""
    via: str
    """Who handed it in: `key:<name>`, `person:<name>`, `event:<source>`."""
    given_id: str = ""
    """What the sender calls it."""
    exhibits: tuple[ExhibitRef, ...] = ()
    facts: dict[str, str] = {}
    """Other fields of the format that people may want to read."""


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """Who reported. A record of its own: it is read by itself, and reading it is on record."""

    report_id: str
    name: str = ""
    organisation: str = ""
    email: str = ""
    phone: str = ""
    answer: bool = True
    """Whether they want to hear what comes of it."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody read what is kept apart or restricted."""

    reading_id: str
    case_id: str
    what: str
    """`case`, `reporter of <report>`, `exhibit <hash>`."""
    by: str
    at: str
    why: str = ""
