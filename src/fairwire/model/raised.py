"""A finding that a person raises, with no rule behind it: what a policy's examples do not name is prohibited all the same."""

from __future__ import annotations

import msgspec

from fairwire.model.finding import Finding

BY_PERSON = "person.general_conduct"
"""Stands in a finding where the detector's name stands in others."""


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """One of them."""

    finding: Finding
    by: str
    evidence: tuple[str, ...] = ()
    """What shows it: cases, reports, instructions, each by its id. Events stand in the finding."""
