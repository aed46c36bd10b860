"""The life of a case: opened, looked into, decided with reasons, closed, and open again when there is something new."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.cases import UNDER_WAY, Case, CaseEntry, CaseOutcome, CaseState, Referral
from fairwire.model.finding import Severity
from fairwire.model.instants import format_us
from fairwire.model.order import Step, Target

LONGEST_NOTE = 20_000
"""Characters of a note."""
STEP_OF: dict[CaseOutcome, tuple[Step, Target] | None] = {
    "warning": ("notify", "customer"),
    "content_removal": ("remove_content", "content"),
    "account_termination": ("terminate", "customer"),
    "no_breach": None,
    "other": None,
}
"""What an outcome does beside being said."""


def case_id(*named: str) -> str:
    """The id of a case made of what it is about: the same thing told twice opens one."""
    return f"k-{hashlib.sha256(chr(10).join(named).encode()).hexdigest()[:10]}"


def entered(case: Case, by: str, at_us: int, what: str, text: str = "", **changed: object) -> Case:
    """The case with one more line in its history, and what else changes with it.

    Raises
    ------
    NotPossible
        The text is longer than anybody reads.
    """
    if len(text) > LONGEST_NOTE:
        raise NotPossible(f"{len(text):,} characters are more than a note takes", help_=f"keep to {LONGEST_NOTE:,}")
    entry = CaseEntry(by=by, at=format_us(at_us), what=what, text=text.strip())
    return msgspec.structs.replace(case, entries=(*case.entries, entry), **changed)


def note(case: Case, by: str, at_us: int, text: str) -> Case:
    """Something that somebody found out or did."""
    if not text.strip():
        raise NotPossible("a note says something", help_="write what was found out or done")
    return entered(case, by, at_us, "note", text)


def assign(case: Case, by: str, at_us: int, owner: str) -> Case:
    """Somebody looks into it from now on."""
    _must_be(case, UNDER_WAY, "assigned")
    return entered(
        case,
        by,
        at_us,
        "assign",
        f"to {owner.removeprefix('person:')}",
        owner=owner,
        state="investigating",
        waiting_for="",
        due=None,
    )


def wait(case: Case, by: str, at_us: int, for_whom: str, due_us: int | None) -> Case:
    """It goes on when somebody outside has answered, or when the time is up."""
    _must_be(case, UNDER_WAY, "set to wait")
    if not for_whom.strip():
        raise NotPossible("a case waits for somebody", help_="say for whom or what")
    due = None if due_us is None else format_us(due_us)
    return entered(case, by, at_us, "wait", f"for {for_whom.strip()}", state="waiting", waiting_for=for_whom.strip(), due=due)


def resume(case: Case, by: str, at_us: int, why: str = "") -> Case:
    """It goes on."""
    _must_be(case, ("waiting",), "resumed")
    state: CaseState = "investigating" if case.owner else "open"
    return entered(case, by, at_us, "resume", why, state=state, waiting_for="", due=None)


def link(
    case: Case,
    by: str,
    at_us: int,
    *,
    findings: Sequence[str] = (),
    reports: Sequence[str] = (),
    orders: Sequence[str] = (),
    related: Sequence[str] = (),
    clauses: Sequence[str] = (),
) -> Case:
    """What belongs to it."""
    said = ", ".join((*findings, *reports, *orders, *related, *clauses))
    if not said:
        raise NotPossible("nothing is named that belongs to the case", help_="name a finding, an order or a clause")
    return entered(
        case,
        by,
        at_us,
        "link",
        said,
        findings=_joined(case.findings, findings),
        reports=_joined(case.reports, reports),
        orders=_joined(case.orders, orders),
        related=_joined(case.related, related),
        clauses=_joined(case.clauses, clauses),
    )


def attribute(case: Case, by: str, at_us: int, *, customer: str, policy: str, clauses: Sequence[str], why: str) -> Case:
    """Say whom it is about, or that it is about somebody else."""
    _must_be(case, UNDER_WAY, "given to a customer")
    if not why.strip():
        raise NotPossible("whose case it is, is said with a reason", help_="say what shows it")
    return entered(case, by, at_us, "attribute", f"{customer}: {why}", customer=customer, policy=policy, clauses=tuple(clauses))


def categorise(
    case: Case, by: str, at_us: int, *, category: str, severity: Severity, restricted: bool, clauses: Sequence[str], why: str
) -> Case:
    """Say what it is about, where whoever reported did not know or was wrong."""
    _must_be(case, UNDER_WAY, "given another category")
    if not why.strip():
        raise NotPossible("what a case is about is said with a reason", help_="say what shows it")
    return entered(
        case,
        by,
        at_us,
        "categorise",
        f"{category}: {why}",
        category=category,
        severity=severity,
        restricted=restricted,
        clauses=tuple(clauses),
    )


def decide(case: Case, by: str, at_us: int, outcome: CaseOutcome, why: str, orders: Sequence[str] = ()) -> Case:
    """What comes of it, by a person and with reasons.

    Raises
    ------
    NotPossible
        It is decided, there is no reason, or it is about nobody and yet something is to be done to somebody.
    """
    _must_be(case, UNDER_WAY, "decided")
    if not why.strip():
        raise NotPossible(
            "a case is decided with a reason", help_="say why, in a sentence: it is kept, and the customer may read it"
        )
    if STEP_OF[outcome] is not None and not case.customer:
        raise NotPossible(
            "nobody is known whom that could be done to", help_="say first whose case it is: `fairwire case attribute`"
        )
    return entered(
        case,
        by,
        at_us,
        "decide",
        f"{outcome.replace('_', ' ')}: {why}",
        state="decided",
        outcome=outcome,
        why=why.strip(),
        decided=format_us(at_us),
        decided_by=by,
        orders=_joined(case.orders, orders),
        waiting_for="",
        due=None,
    )


def close(case: Case, by: str, at_us: int, why: str = "") -> Case:
    """Nothing is left to do."""
    _must_be(case, ("decided",), "closed")
    return entered(case, by, at_us, "close", why, state="closed")


def reopen(case: Case, by: str, at_us: int, why: str) -> Case:
    """There is something new. What was decided stays in the history."""
    _must_be(case, ("decided", "closed"), "opened again")
    if not why.strip():
        raise NotPossible("a case is opened again for a reason", help_="say what is new")
    return entered(
        case, by, at_us, "reopen", why, state="reopened", owner="", outcome=None, why="", decided=None, decided_by=None
    )


def refer(case: Case, by: str, at_us: int, body: str, reference: str, what: str) -> Case:
    """An authority was told, or has given the matter its reference."""
    if not body.strip():
        raise NotPossible("a referral names the body that was told", help_="name the authority")
    made = Referral(body=body.strip(), reference=reference.strip(), at=format_us(at_us), by=by, what=what.strip())
    kept = tuple(each for each in case.referrals if each.reference or each.body != made.body or not made.reference)
    return entered(case, by, at_us, "refer", f"{made.body} {made.reference}".strip(), referrals=(*kept, made))


def _joined(there: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*there, *more)))


def _must_be(case: Case, states: Sequence[str], what: str) -> None:
    if case.state not in states:
        since = f" since {case.decided}" if case.decided else ""
        raise NotPossible(
            f"the case `{case.case_id}` is {case.state}{since} and cannot be {what}", help_="open it again if something is new"
        )
