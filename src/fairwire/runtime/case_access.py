"""Who may see what: restricted matters are for people who are named, and reading them is on record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from fairwire.model.cases import Case
from fairwire.model.errors import FairwireError
from fairwire.model.instants import format_us
from fairwire.model.records import RecordChange
from fairwire.model.reports import Reading
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_registers import CASES, READINGS
from fairwire.runtime.lookup import look_up
from fairwire.runtime.register import Kept


class Restricted(FairwireError):
    """The matter is for people who are named, and this is none of them."""

    code = "FW-CASE-002"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody at the desk. Nobody who only holds the data folder or the operator's token is named."""

    by: str
    """`person:<name>`."""
    severe: bool = False
    """Whether this person's key has the right `severe`."""


def find_case(store: RecordStore, given: str) -> Kept[Case]:
    """A case by its number, or the beginning of it. For the program itself: people see it by `see_case`.

    Raises
    ------
    NotThere
        There is none, or several begin so.
    """
    return look_up(CASES, store, given, prefix="k-", what="case", list_with="fairwire case list")


def admit(case: Case, viewer: Viewer) -> None:
    """Let a person near a case.

    Raises
    ------
    Restricted
        It is restricted, and the person is not named.
    """
    if case.restricted and not viewer.severe:
        raise Restricted(
            f"the case `{case.case_id}` is restricted to people who are named",
            help_="it takes a key of one's own with the right `severe`: `fairwire key make NAME --right desk --right severe`",
        )


def reading(case_id: str, what: str, viewer: Viewer, at_us: int, why: str = "") -> RecordChange:
    """What puts it on record that somebody has read something."""
    named = "\n".join((case_id, what, viewer.by, str(at_us)))
    noted = Reading(
        reading_id=f"rd-{hashlib.sha256(named.encode()).hexdigest()[:16]}",
        case_id=case_id,
        what=what,
        by=viewer.by,
        at=format_us(at_us),
        why=why,
    )
    return READINGS.change(None, noted, at_us=at_us, by=viewer.by, action="read", why=f"{what}: {why}" if why else what)


def note_reading(store: RecordStore, case_id: str, what: str, viewer: Viewer, at_us: int, why: str = "") -> None:
    """Put it on record, before it is shown."""
    change = reading(case_id, what, viewer, at_us, why)
    if READINGS.get(store, change.record.id) is None:  # the same within one microsecond
        store.write([change])


def see_case(store: RecordStore, given: str, viewer: Viewer, at_us: int) -> Case:
    """A case as a person may see it; that a restricted one was read is on record.

    Raises
    ------
    NotThere, Restricted
        There is none, or it is not for this person.
    """
    case = find_case(store, given).noun
    admit(case, viewer)
    if case.restricted:
        note_reading(store, case.case_id, "case", viewer, at_us)
    return case


def veiled(case: Case) -> Case:
    """That a restricted case is there, and nothing of what it is about."""
    if not case.restricted:
        return case
    return msgspec.structs.replace(
        case,
        title="restricted",
        category="restricted",
        customer="",
        user="",
        policy="",
        clauses=(),
        number="",
        address="",
        waiting_for="",
        findings=(),
        reports=(),
        orders=(),
        related=(),
        referrals=(),
        entries=(),
        outcome=None,
        why="",
    )


def list_cases(
    store: RecordStore,
    viewer: Viewer,
    *,
    customer: str | None = None,
    category: str | None = None,
    states: list[str] | None = None,
) -> list[Case]:
    """Cases, the oldest first; of restricted ones others than named people see only that they are there, and not when they ask
    for a customer's or a category's."""
    found = [kept.noun for kept in CASES.find(store, customer=customer, subject=category, states=states)]
    if not viewer.severe:
        found = [veiled(case) for case in found if not (case.restricted and (customer or category))]
    return sorted(found, key=lambda case: (case.opened, case.case_id))
