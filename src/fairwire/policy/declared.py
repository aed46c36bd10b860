"""What a pack declares beside its rules: checked against clauses and topics, and made ready.

Checks read plain values, so one entry of a wrong shape hides nothing of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairwire.model.declared import (
    ChangeChoice,
    ChangeNotice,
    ChangeTerms,
    CountedLimit,
    Entitlement,
    Excess,
    ReportCategory,
    Term,
    Workflow,
    WorkflowClock,
)
from fairwire.model.documents import Document, Path
from fairwire.model.errors import FairwireError
from fairwire.policy.errors import BrokenPromise, UnboundDeclaration, UnknownClause, UnknownTopic
from fairwire.policy.files import ChangesFile, PackFile, WorkflowClockFile
from fairwire.policy.ladders import minutes, seconds

_BOUND = {"report_categories": "report category", "workflows": "workflow", "terms": "term"}
"""Key of the file -> noun, of what names the clauses or topics that it serves."""


def check_declared(
    document: Document, clauses: Mapping[str, Any] | None, topics: Mapping[str, str], *, has_change_notice: bool
) -> list[FairwireError]:
    """Everything that declarations name and that is not there, or leave unsaid.

    Parameters
    ----------
    document
        `pack.yaml`.
    clauses
        Clause -> anything; None when the clauses could not be read, and then nothing is said about them.
    topics
        The taxonomy.
    has_change_notice
        Whether the pack has the text that tells customers of a new version.
    """
    value = document.value if isinstance(document.value, dict) else {}
    errors: list[FairwireError] = []
    for key, noun in _BOUND.items():
        for name, each in _mapping(value, key).items():
            errors.extend(_bound(each, (key, name), f"{noun} `{name}`", document, clauses, topics))
    for name, each in _mapping(value, "limits").items():
        topic = each.get("topic") if isinstance(each, dict) else None
        if isinstance(topic, str) and topic not in topics:
            errors.append(UnknownTopic(topic, document.at(("limits", name, "topic")), known=topics))
    for name, each in _mapping(value, "entitlements").items():
        errors.extend(_silences(each, ("entitlements", name, "silences"), document, topics))
    changes = value.get("changes")
    if isinstance(changes, dict):
        errors.extend(_changes(changes, document, clauses, has_change_notice=has_change_notice))
    return errors


def _mapping(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _words(value: Any, key: str) -> list[str]:
    found = value.get(key) if isinstance(value, dict) else None
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _bound(
    value: Any, path: Path, said: str, document: Document, clauses: Mapping[str, Any] | None, topics: Mapping[str, str]
) -> list[FairwireError]:
    if not isinstance(value, dict):
        return []  # reported with the shape of the file
    errors: list[FairwireError] = []
    for index, topic in enumerate(_words(value, "topics")):
        if topic not in topics:
            errors.append(UnknownTopic(topic, document.at((*path, "topics", index)), known=topics))
    named = _words(value, "clauses")
    for index, clause in enumerate(named):
        if clauses is not None and clause not in clauses:
            errors.append(UnknownClause(clause, document.at((*path, "clauses", index)), known=clauses))
    if not value.get("topics") and not value.get("clauses"):
        errors.append(
            UnboundDeclaration(
                f"the {said} names no clause and no topic",
                at=document.at_key(path),
                help_="add `clauses: [...]` or `topics: [...]`: what serves nothing is not part of a policy",
            )
        )
    elif not errors and clauses is not None and not named:
        bound = {topic for each in clauses.values() for topic in _words(each, "topics")}
        # A clause with a misspelt topic, or none, may be the one that is meant: it is reported by itself.
        whole = all(_words(each, "topics") for each in clauses.values()) and bound <= set(topics)
        if whole and bound.isdisjoint(_words(value, "topics")):
            errors.append(
                UnboundDeclaration(
                    f"the {said} serves no clause of this pack",
                    at=document.at((*path, "topics", 0)),
                    help_="name one of its topics in a clause, name a clause here, or leave it out",
                )
            )
    return errors


def _silences(value: Any, path: Path, document: Document, topics: Mapping[str, str]) -> list[FairwireError]:
    return [
        UnknownTopic(word, document.at((*path, index)), known=topics)
        for index, word in enumerate(_words(value, "silences"))
        if "." not in word and word not in topics
    ]


def _changes(
    value: dict[str, Any], document: Document, clauses: Mapping[str, Any] | None, *, has_change_notice: bool
) -> list[FairwireError]:
    errors: list[FairwireError] = []
    places: list[tuple[Any, Path]] = [(value, ("changes",))]
    places += [(value.get(key), ("changes", key)) for key in ("notice", "choice")]
    for each, path in places:
        clause = each.get("clause") if isinstance(each, dict) else None
        if isinstance(clause, str) and clauses is not None and clause not in clauses:
            errors.append(UnknownClause(clause, document.at((*path, "clause")), known=clauses))
    if not value.get("clause") and not value.get("why"):
        errors.append(
            BrokenPromise(
                "`changes` names no clause and does not say why it is so",
                at=document.at_key(("changes",)),
                help_="add `clause:`, or `why:` when the document is silent and the choice is yours",
            )
        )
    notice = value.get("notice")
    sends = isinstance(notice, dict) and notice.get("send") is True
    if value.get("effective") == "after_notice" and isinstance(notice, dict) and not (sends and notice.get("before")):
        errors.append(
            BrokenPromise(
                "a change takes effect after a notice, and none is sent with a time before it",
                at=document.at(("changes", "effective")),
                help_="write `notice: {send: true, before: 30d}`, or another `effective`",
            )
        )
    if sends and not has_change_notice:
        errors.append(
            BrokenPromise(
                "customers are told of a change, and there is no text for it",
                at=document.at(("changes", "notice", "send")),
                help_="add `notices/change.txt`, or write `send: false`",
            )
        )
    return errors


def build_changes(written: ChangesFile | None) -> ChangeTerms | None:
    """The terms of change as planned."""
    if written is None:
        return None
    notice, choice = written.notice, written.choice
    return ChangeTerms(
        effective=written.effective,
        notice=ChangeNotice(
            send=notice.send, before_s=None if notice.before is None else seconds(notice.before), clause=notice.clause or ""
        ),
        acceptance=written.acceptance,
        choice=None if choice is None else ChangeChoice(window_s=seconds(choice.window), clause=choice.clause or ""),
        clause=written.clause or "",
        why=written.why or "",
    )


def build_report_categories(written: PackFile) -> dict[str, ReportCategory]:
    """What people can report, by id."""
    return {
        name: ReportCategory(
            id=name,
            title=each.title,
            topics=tuple(each.topics),
            clauses=tuple(each.clauses),
            severity=each.severity,
            restricted=each.restricted,
        )
        for name, each in written.report_categories.items()
    }


def build_workflows(written: PackFile) -> dict[str, Workflow]:
    """Requests, consents and deadlines, by id."""
    return {
        name: Workflow(
            id=name,
            title=each.title,
            kind=each.kind,
            topics=tuple(each.topics),
            clauses=tuple(each.clauses),
            notice=each.notice or "",
            deadline=each.deadline or "",
            clock=None if each.clock is None else _clock(each.clock),
            excess=None if each.excess is None else Excess(price=each.excess.price, currency=each.excess.currency),
            late=each.late,
        )
        for name, each in written.workflows.items()
    }


def _clock(written: WorkflowClockFile) -> WorkflowClock:
    return WorkflowClock(
        clear_days=written.clear_days, cut_off_min=minutes(written.cut_off), reminders=tuple(dict.fromkeys(written.reminders))
    )


def build_terms(written: PackFile) -> dict[str, Term]:
    """Rights and duties, by id."""
    return {
        name: Term(id=name, title=each.title, party=each.party, topics=tuple(each.topics), clauses=tuple(each.clauses))
        for name, each in written.terms.items()
    }


def build_limits(written: PackFile) -> dict[str, CountedLimit]:
    """Numbers of the customer's order, by id."""
    return {
        name: CountedLimit(id=name, title=each.title, topic=each.topic, counted_by=each.counted_by or "", on_limit=each.on_limit)
        for name, each in written.limits.items()
    }


def build_entitlements(written: PackFile) -> dict[str, Entitlement]:
    """What may silence rules, by id."""
    return {
        name: Entitlement(id=name, title=each.title, silences=tuple(each.silences), feature=each.from_)
        for name, each in written.entitlements.items()
    }
