"""Findings that people raise. Each is on record with its audit entry first, and then among the findings of the latest run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.finding import Finding, PolicyRef, Severity
from fairwire.model.instants import format_us
from fairwire.model.policy import Pack
from fairwire.model.raised import BY_PERSON, Raised
from fairwire.model.records import RecordChange
from fairwire.ports.control import ControlStore, Evidence, Run
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_registers import RAISED
from fairwire.runtime.lookup import NotThere

DESK = "desk"
"""The run of findings that people raise where no service has run yet."""


def find_finding(store: ControlStore, given: str) -> Finding:
    """A finding by its id, or an unambiguous beginning of at least six characters.

    Raises
    ------
    NotThere
        There is none, or several begin so.
    """
    found = store.finding(given)
    if found is not None:
        return found
    kept = RAISED.get(store.records, given)
    if kept is None:
        raise NotThere(f"there is no finding `{given[:80]}`", help_="give a whole id, or so much that only one begins so")
    return kept.noun.finding


def author_of(store: RecordStore, finding: Finding) -> str:
    """`person:<name>` of a finding that somebody raised, else `rule:<detector>`."""
    kept = RAISED.get(store, finding.finding_id)
    return f"rule:{finding.detector}" if kept is None else kept.noun.by


def made_finding(
    *,
    pack: Pack,
    customer: str,
    clauses: Sequence[str],
    severity: Severity,
    reason: str,
    by: str,
    at_us: int,
    seen_us: tuple[int, int] | None = None,
    user: str | None = None,
    line: str | None = None,
    events: Sequence[str] = (),
    evidence: Sequence[str] = (),
) -> Raised:
    """The finding that a person raises: no detector, no thresholds, a person's sentence and what shows it.

    Parameters
    ----------
    seen_us
        When what it is about began and ended; None: now.

    Raises
    ------
    NotPossible
        It has no reason, no clause of the policy, or nothing that shows it.
    """
    if not reason.strip():
        raise NotPossible("a finding has a reason", help_="say in a sentence what happened: the customer is told")
    if not clauses:
        raise NotPossible("a finding names a clause", help_="name one of the customer's policy, such as that of general conduct")
    unknown = next((clause for clause in clauses if clause not in pack.clauses), None)
    if unknown is not None:
        raise NotPossible(
            f"policy `{pack.id}` has no clause `{unknown[:40]}`", help_=f"`fairwire policy coverage {pack.id}` lists them"
        )
    if not events and not evidence:
        raise NotPossible("a finding rests on something", help_="name an event, a report or a case that shows it")
    first, last = seen_us or (at_us, at_us)
    named = "\n".join((by, format_us(at_us), customer, pack.id, *clauses, reason, *events, *evidence))
    finding = Finding(
        finding_id=f"f-{hashlib.sha256(named.encode()).hexdigest()[:16]}",
        time=format_us(last),
        policy=PolicyRef(id=pack.id, version=pack.version),
        clauses=tuple(clauses),
        detector=BY_PERSON,
        mode="enforce",
        severity=severity,
        customer=customer,
        user=user,
        line=line,
        reason=reason.strip(),
        features={},
        events=tuple(events),
        first_seen=format_us(first),
        last_seen=format_us(last),
        count=max(1, len(events)),
    )
    return Raised(finding=finding, by=by, evidence=tuple(evidence))


def raised_change(raised: Raised, at_us: int) -> RecordChange:
    """What puts it on record."""
    return RAISED.change(None, raised, at_us=at_us, by=raised.by, action="raise", why=raised.finding.reason)


def raise_finding(store: ControlStore, raised: Raised, at_us: int) -> Finding:
    """Put a finding of a person on record, and among the others. Raised twice, it is the first."""
    if RAISED.get(store.records, raised.finding.finding_id) is None:
        store.records.write([raised_change(raised, at_us)])
    show_raised(store, [raised])
    return raised.finding


def show_raised(store: ControlStore, raised: Sequence[Raised] | None = None) -> None:
    """Put findings that people raised among those of the latest run, where they are not yet; None: all that are on record."""
    if raised is None:
        raised = [kept.noun for kept in RAISED.find(store.records)]
    missing = [each for each in raised if store.finding(each.finding.finding_id) is None]
    if not missing:
        return
    run = store.latest_run() or Run(
        run_id=DESK, command="fairwire case raise", started=missing[0].finding.time, policies=(), summary={}
    )
    store.save_run(run, [each.finding for each in missing], [_evidence(each) for each in missing], (), ())


def _evidence(raised: Raised) -> Evidence:
    shown = ", ".join(raised.evidence) or "the events named"
    return Evidence(
        finding_id=raised.finding.finding_id,
        events=(),
        series=(),
        bucket_us=3_600_000_000,
        reproduce=f"raised by {raised.by.removeprefix('person:')}; it rests on {shown}",
        explanation={"rule": "No rule: a person judged it.", "hard": False},
    )
