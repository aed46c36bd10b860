"""Instructions to a customer: what it was told to do or to leave, and whether it did."""

from __future__ import annotations

from typing import Literal

import msgspec

InstructionState = Literal["issued", "acknowledged", "kept", "breached", "withdrawn"]


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """One of them."""

    instruction_id: str
    customer: str
    policy: str
    """`id@version` when it was issued."""
    clauses: tuple[str, ...]
    text: str
    issued: str
    issued_by: str
    due: str | None = None
    """By when; None: from now on and for good."""
    case_id: str = ""
    """The case that it came from."""
    state: InstructionState = "issued"
    acknowledged: str | None = None
    acknowledged_by: str | None = None
    ended: str | None = None
    ended_by: str | None = None
    why: str = ""
    finding_id: str = ""
    """The finding that its breach is."""
