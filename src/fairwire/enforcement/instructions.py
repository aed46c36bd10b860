"""The life of an instruction: issued, acknowledged, kept or breached."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.instants import format_us
from fairwire.model.instructions import Instruction, InstructionState

RUNNING: tuple[InstructionState, ...] = ("issued", "acknowledged")


def issue(
    *,
    customer: str,
    policy: str,
    clauses: Sequence[str],
    text: str,
    by: str,
    at_us: int,
    due_us: int | None = None,
    case_id: str = "",
) -> Instruction:
    """An instruction as it is given.

    Raises
    ------
    NotPossible
        It says nothing, rests on no clause, or was due before it was given.
    """
    if not text.strip():
        raise NotPossible("an instruction says what to do or to leave", help_="write it as the customer reads it")
    if not clauses:
        raise NotPossible("an instruction rests on a clause", help_="name one of the customer's policy")
    if due_us is not None and due_us <= at_us:
        raise NotPossible("the instruction is due before it is given", help_="give a later instant, or none")
    named = "\n".join((customer, text, by, format_us(at_us)))
    return Instruction(
        instruction_id=f"in-{hashlib.sha256(named.encode()).hexdigest()[:12]}",
        customer=customer,
        policy=policy,
        clauses=tuple(clauses),
        text=text.strip(),
        issued=format_us(at_us),
        issued_by=by,
        due=None if due_us is None else format_us(due_us),
        case_id=case_id,
    )


def acknowledge(instruction: Instruction, by: str, at_us: int) -> Instruction:
    """The customer has it."""
    _must_be(instruction, ("issued",), "acknowledged")
    return msgspec.structs.replace(instruction, state="acknowledged", acknowledged=format_us(at_us), acknowledged_by=by)


def end(instruction: Instruction, state: InstructionState, by: str, at_us: int, why: str, *, finding_id: str = "") -> Instruction:
    """It was kept, breached, or is withdrawn.

    Raises
    ------
    NotPossible
        It is over, or there is no reason.
    """
    _must_be(instruction, RUNNING, state)
    if not why.strip():
        raise NotPossible(f"an instruction is marked {state} for a reason", help_="say what shows it")
    return msgspec.structs.replace(
        instruction, state=state, ended=format_us(at_us), ended_by=by, why=why.strip(), finding_id=finding_id
    )


def _must_be(instruction: Instruction, states: Sequence[str], what: str) -> None:
    if instruction.state not in states:
        since = f" since {instruction.ended or instruction.acknowledged}"
        raise NotPossible(
            f"the instruction `{instruction.instruction_id}` is {instruction.state}{since} and cannot be {what}",
            help_="issue another one",
        )
