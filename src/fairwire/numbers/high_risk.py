"""Ranges known for revenue share, or that cost far more than their neighbours. A sign, never proof."""

from __future__ import annotations

import re

import msgspec

from fairwire.model.errors import BadInput
from fairwire.numbers.lists import Lists


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    why: str
    source: str
    prefixes: list[str]


class _HighRiskList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    groups: list[_Group]


class HighRisk:
    """The list, as expressions over E.164 digits.

    Raises
    ------
    BadInput
        The list cannot be read, or one of its prefixes is not one.
    """

    def __init__(self, lists: Lists) -> None:
        listed = lists.read("high_risk.yaml", _HighRiskList)
        self.as_of = listed.as_of
        prefixes = [prefix for found in listed.groups for prefix in found.prefixes]
        for prefix in prefixes:
            if not re.fullmatch(r"\+[0-9?]{1,15}", prefix):
                raise BadInput(f"`{prefix}` is not a prefix such as +1242 or +1???976", at="high_risk.yaml")
        self.expressions = [prefix[1:].replace("?", r"\d") for prefix in prefixes]
        """Each for the beginning of E.164 digits."""
        self._any = re.compile("|".join(self.expressions) or "(?!)")

    def __contains__(self, digits: str) -> bool:
        return self._any.match(digits) is not None
