"""What one check has found."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["ok", "warning", "problem"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the doctor."""

    name: str
    """What was looked at."""
    state: State
    """A warning lets the server run and may be meant so; with a problem it does not start, or does not do its work."""
    says: str
    do: str = ""
    """What to do; empty where there is nothing to do."""


def ok(name: str, says: str) -> Check:
    """All is well."""
    return Check(name=name, state="ok", says=says)


def warning(name: str, says: str, do: str) -> Check:
    """It works; somebody should know."""
    return Check(name=name, state="warning", says=says, do=do)


def problem(name: str, says: str, do: str = "") -> Check:
    """It does not work."""
    return Check(name=name, state="problem", says=says, do=do)
