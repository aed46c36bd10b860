"""A customer's statement of a month: what was found, done and invoiced, and what misuse has cost, to the millionth."""

from __future__ import annotations

from typing import Literal

import msgspec

LineKind = Literal["misuse", "order", "invoice"]


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. Money is a decimal string; empty where there is none."""

    kind: LineKind
    id: str
    """The finding's or the order's."""
    time: str
    user: str = ""
    line: str = ""
    credential: str = ""
    clauses: tuple[str, ...]
    text: str
    events: int = 0
    """Charged calls and messages that the amount is made of."""
    amount: str = ""
    currency: str = ""
    mitigation: str = ""
    """What speaks for the customer: a takeover that came before."""


class UserFindings(msgspec.Struct, frozen=True, kw_only=True):
    """What was found about one user; the user's name is empty for what names none."""

    user: str
    findings: int
    worst: str
    last: str
    clauses: tuple[str, ...]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """All of a month in the customer's zone."""

    customer: str
    name: str
    month: str
    zone: str
    lines: tuple[StatementLine, ...]
    users: tuple[UserFindings, ...]
    misuse: dict[str, str]
    """Currency -> what misuse was charged in the month. It is part of the month's charges, and not on top of them."""
    invoiced: dict[str, str]
    """Currency -> what was invoiced at once."""
