"""What the User-Agent of a request gives away: an ordinary phone, a scanner, a gateway to SIM cards, a dialler."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from fairwire.numbers.lists import Lists

AgentClass = Literal["ordinary", "scanner", "gateway", "dialler"]


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    class_: AgentClass = msgspec.field(name="class")
    why: str
    source: str
    tokens: list[str]


class _AgentList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    groups: list[_Group]


class Agents:
    """The list as one expression a group.

    Raises
    ------
    BadInput
        The list cannot be read.
    """

    def __init__(self, lists: Lists) -> None:
        listed = lists.read("agents.yaml", _AgentList)
        self.as_of = listed.as_of
        self._groups = [(group.class_, re.compile("|".join(map(_token, group.tokens)) or "(?!)")) for group in listed.groups]

    def agent_class(self, user_agent: str) -> AgentClass | None:
        """The class; None for a header that says nothing."""
        text = user_agent[:256].strip().casefold()
        if not text:
            return None
        return next((name for name, tokens in self._groups if tokens.search(text)), "ordinary")


def _token(token: str) -> str:
    """Where the token begins or ends with a letter or digit, a word begins or ends; a number behind it still belongs to it."""
    text = token.casefold()
    before = r"(?<![a-z0-9])" if text[0].isalnum() else ""
    after = r"(?![a-z])" if text[-1].isalnum() else ""
    return f"{before}{re.escape(text)}{after}"
