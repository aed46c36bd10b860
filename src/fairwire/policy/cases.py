"""A pack's own tests: checked with the rest of the pack, run by `fairwire policy test`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from fairwire.model.documents import Document, read_document
from fairwire.model.errors import FairwireError
from fairwire.policy.errors import InvalidPack, UnknownClause, WrongValue
from fairwire.policy.files import CASES_FILE
from fairwire.policy.shapes import check_shape
from fairwire.policy.written import ClauseId, DetectorId, Written


class ExpectFile(Written):
    """What a case must show: nothing, a finding under a clause, or an answer to its last call."""

    quiet: Literal[True] | None = None
    """No detector finds anything."""
    clause: ClauseId | None = None
    """A finding, or with `decision` the reason of the answer, names this clause."""
    detector: DetectorId | None = None
    """It is this detector's."""
    by_call: Annotated[int, Field(ge=1)] | None = None
    """It is made by the time that this call of the last group is asked for."""
    decision: Literal["allow", "challenge", "limit", "deny"] | None = None
    """What the last call would be answered."""


class PackCaseFile(Written):
    """One test of a pack: traffic in the words of the detectors' own cases, and what must be seen."""

    name: Annotated[str, StringConstraints(min_length=5, max_length=200)]
    customer: dict[str, Any] = Field(default_factory=dict)
    peers: dict[str, Any] | None = None
    others: dict[str, Any] = Field(default_factory=dict)
    given: Annotated[list[dict[str, Any]], Field(min_length=1)]
    expect: ExpectFile


class CasesFile(Written):
    """`cases.yaml`: the pack's own tests, run by `fairwire policy test`."""

    cases: Annotated[list[PackCaseFile], Field(min_length=1)]


def check_cases(document: Document, clauses: Mapping[str, Any] | None) -> list[FairwireError]:
    """Everything that is wrong with the cases; None for clauses that could not be read."""
    _, errors = check_shape(CasesFile, document)
    listed = document.value.get("cases") if isinstance(document.value, dict) else None
    for index, case in enumerate(listed if isinstance(listed, list) else []):
        expect = case.get("expect") if isinstance(case, dict) else None
        if not isinstance(expect, dict):
            continue  # reported with the shape of the file
        at = ("cases", index, "expect")
        clause = expect.get("clause")
        if isinstance(clause, str) and clauses is not None and clause not in clauses:
            errors.append(UnknownClause(clause, document.at((*at, "clause")), known=clauses))
        asked = [key for key in ("quiet", "clause", "decision") if expect.get(key)]
        if asked == [] or (expect.get("quiet") and len(asked) > 1):
            said = "expects nothing that could be seen" if not asked else f"expects quiet and a {asked[-1]}"
            help_ = "write `{quiet: true}`, `{clause: C02}` or `{decision: deny}`"
            errors.append(WrongValue(f"the case {said}", at=document.at_key(at), help_=help_))
    return errors


def read_cases(texts: Mapping[str, str], *, root: str) -> tuple[PackCaseFile, ...]:
    """The cases of a pack that has passed its check; none when it has no `cases.yaml`.

    Raises
    ------
    InvalidPack
        The file is wrong.
    """
    if CASES_FILE not in texts:
        return ()
    document, errors = read_document(texts[CASES_FILE], f"{root}/{CASES_FILE}")
    written, found = check_shape(CasesFile, document)
    if written is None:
        raise InvalidPack([*errors, *found], root=root)
    return tuple(written.cases)
