"""The files of a draft pack. Rules run in shadow, topics that are unsure are left out, each clause says what to review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairwire.model.imported import Imported, ImportedClause, Quantity
from fairwire.model.policy import Control, DetectorInfo
from fairwire.policy.drafting.letters import CHANGE_LETTER, LETTERS
from fairwire.policy.drafting.review import unsure_date
from fairwire.policy.drafting.steps import ladder_of
from fairwire.policy.files import CHANGE_FILE, CLAUSES_FILE, LADDER_FILE, NOTICE_FILES, PACK_FILE
from fairwire.policy.importing.topics import SURE
from fairwire.policy.yaml_text import entry_text

LADDER = "conduct"
PLACEHOLDER = "aup-review@provider.example"
GIST = 300
"""Characters of a gist; the document has the rest."""
_ANSWERS: dict[str, Any] = {
    "analytic": {"code": 403, "phrase": "Forbidden"},
    "deterministic": {"code": 403, "phrase": "Forbidden"},
    "unallocated": {"code": 404, "phrase": "Not Found"},
    "own_limit": {"code": 480, "phrase": "Temporarily Unavailable", "retry_after": "1m"},
    "overload": {"code": 503, "phrase": "Service Unavailable", "retry_after": "5s"},
}
_US = {"US": {"analytic": {"code": 603, "phrase": "Network Blocked"}}}
_WORKFLOWS: dict[str, tuple[str, str]] = {
    "copyright": ("takedown", "Notice, removal, counter-notice"),
    "penetration_testing": ("authorisation", "Permission to test a system"),
    "sim_boxes": ("consent", "Consent to gateways to mobile networks"),
    "policy_changes": ("policy_change", "A changed policy, published and told"),
    "licence_transfer": ("transfer", "Moving a licence to another person"),
    "user_limit": ("user_limit_cure", "More users than ordered: notice, deadline, order or invoice"),
    "termination": ("termination", "Ending the service, with reasons and notice"),
    "account_state": ("suspension", "Suspension, and the way back"),
    "plan_change": ("plan_change", "Another plan, with notice and date"),
    "legal_requests": ("legal_request", "Preserving and disclosing evidence"),
    "abuse_reports": ("investigation", "A report from outside, and its answer"),
    "provider_discretion": ("adjudication", "A person's judgement, with reasons"),
    "instructions": ("instruction", "An instruction, and whether it is kept"),
}
_LADDER_HEAD = """# The steps are those that the document itself names; what it does not name is not taken. Nothing acts while
# every rule is in shadow. Severe steps wait for people, and emergency calls connect on every rung.
"""
_SEVERE = {
    "child_safety": "critical",
    "violent_content": "critical",
    "phishing": "high",
    "toll_fraud": "high",
    "hoax_emergency_calls": "high",
}
_RESTRICTED = ("child_safety", "violent_content", "adult_content")


def draft_pack(
    imported: Imported,
    *,
    pack: str,
    meanings: Mapping[str, str],
    controls: Mapping[str, Sequence[Control]],
    settable: Sequence[DetectorInfo],
    country: str | None = None,
) -> dict[str, str]:
    """Name of each file -> its text.

    Parameters
    ----------
    imported
        What stands in the document; at least one clause.
    pack
        The id that the pack is to have.
    meanings
        Topic -> meaning.
    controls
        Topic -> how it is usually enforced.
    settable
        Detectors and inline questions that are installed.
    country
        ISO 3166-1 alpha-2 of the provider, where it is known.
    """
    bound = {topic for clause in imported.clauses for topic in sure_topics(clause)}
    texts = {
        PACK_FILE: _pack(imported, pack, bound, meanings, controls, settable, country),
        CLAUSES_FILE: _clauses(imported, settable),
        LADDER_FILE: _LADDER_HEAD + _entries({"ladders": {LADDER: ladder_of(imported.clauses)}}),
    }
    texts |= {NOTICE_FILES[name]: letter for name, letter in LETTERS.items()}
    if imported.changes is not None and imported.changes.notice:
        texts[CHANGE_FILE] = CHANGE_LETTER
    return texts


def sure_topics(clause: ImportedClause) -> tuple[str, ...]:
    """The topics of a clause that are proposed for force, surest first."""
    return tuple(topic.topic for topic in clause.topics if topic.confidence >= SURE)


def _pack(
    imported: Imported,
    pack: str,
    bound: set[str],
    meanings: Mapping[str, str],
    controls: Mapping[str, Sequence[Control]],
    settable: Sequence[DetectorInfo],
    country: str | None,
) -> str:
    title = imported.title or "Acceptable Use Policy"
    document: dict[str, Any] = {"title": _line(title, 300)}
    day = next((each.day for each in imported.dates if not each.ambiguous), None)
    if day:
        document["date"] = day
    document["about"] = (
        f"Drafted from `{imported.document.file}` ({imported.document.kind}, SHA-256 {imported.document.sha256[:16]})."
    )
    address = next((each.value for each in imported.reporting if each.kind == "email"), "")
    jurisdiction: dict[str, Any] = {"country": country} if country else {}
    jurisdiction |= {"answers": _ANSWERS, "in_country": _US}
    text = "# A draft: nothing in it acts. Read IMPORT.md, correct the clauses, put your own contact in, promote rule by rule.\n"
    if not day:
        text += "".join(f"# {_line(unsure_date(each), 300)}\n" for each in imported.dates)
    text += _entries({"pack": pack, "version": "0.1.0", "title": _line(title, 300), "document": document})
    if not address:
        text += "# The document gives no address that could be read. Put your own here before anybody is refused a call.\n"
    text += _entries({"contact": {"email": address or PLACEHOLDER}, "jurisdiction": jurisdiction, "changes": _changes(imported)})
    serving = [
        info for info in settable if info.id != "inline.emergency_calls" and not bound.isdisjoint(info.topics) and _narrow(info)
    ]
    if serving:
        detectors = {
            info.id: {"mode": "shadow", "why": _why(imported, info)} for info in sorted(serving, key=lambda each: each.id)
        }
        text += (
            "# All in shadow: what they find is recorded, and nothing is done. `fairwire policy promote` takes them further.\n"
        )
        text += _entries({"detectors": detectors})
    declared = _declared(imported, bound, meanings, controls)
    return text + _entries({key: value for key, value in declared.items() if value})


def _narrow(info: DetectorInfo) -> bool:
    """Not one of the questions that serve every topic because they carry out what others found."""
    return len(info.topics) < 40


def _why(imported: Imported, info: DetectorInfo) -> str:
    names = [clause.id for clause in imported.clauses if not set(sure_topics(clause)).isdisjoint(info.topics)]
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return f"Serves what the document says in {shown}; drafted, so a person has to look before it acts."


def _changes(imported: Imported) -> dict[str, Any]:
    clause = next((each.id for each in imported.clauses if "policy_changes" in sure_topics(each)), None)
    terms = imported.changes
    changes: dict[str, Any] = {
        "effective": "on_posting" if terms is None or terms.effective != "after_notice" else "after_notice",
        "notice": {"send": bool(terms and terms.notice)},
        "acceptance": "use" if terms is not None and terms.acceptance == "use" else "explicit",
    }
    if terms and terms.notice and terms.notice_days:
        changes["notice"]["before"] = f"{terms.notice_days}d"
    if clause:
        changes["clause"] = clause
        if changes["notice"]["send"]:
            changes["notice"]["clause"] = clause
    else:
        changes["why"] = (
            "The document says nothing of changes that could be read; these are the mildest readings, for a person to set."
        )
    return changes


def _declared(
    imported: Imported, bound: set[str], meanings: Mapping[str, str], controls: Mapping[str, Sequence[Control]]
) -> dict[str, dict[str, Any]]:
    reports: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    for clause in imported.clauses:
        for topic in sure_topics(clause):
            title, usual = _line(meanings.get(topic, topic), 120), controls.get(topic, ())
            if "report" in usual and topic not in reports:
                reports[topic] = {"title": title, "topics": [topic], "severity": _SEVERE.get(topic, "medium")}
                if topic in _RESTRICTED:
                    reports[topic]["restricted"] = True
            if "terms" in usual and topic not in terms:
                terms[topic] = {"title": title, "party": clause.party, "topics": [topic]}
    workflows: dict[str, Any] = {}
    for topic, (kind, title) in _WORKFLOWS.items():
        if topic in bound:
            workflows[topic] = {"title": title, "kind": kind, "topics": [topic]}
            days = _business_days(imported.clauses, topic)
            if days:
                workflows[topic]["notice" if kind in ("authorisation", "consent") else "deadline"] = f"{days}bd"
    return {"report_categories": reports, "workflows": workflows, "terms": terms}


def _business_days(clauses: Sequence[ImportedClause], topic: str) -> int | None:
    """The deadline in business days that a clause on the topic gives."""
    found: list[Quantity] = [
        quantity
        for clause in clauses
        if topic in sure_topics(clause)[:1]
        for quantity in clause.quantities
        if quantity.unit == "business_day" and quantity.value
    ]
    return int(found[0].value) if found and found[0].value and found[0].value >= 1 else None


def _clauses(imported: Imported, settable: Sequence[DetectorInfo]) -> str:
    text = (
        "# Every clause that was found, with what it is about. A topic that was unsure stands in IMPORT.md: a person adds it.\n"
    )
    text += "clauses:\n"
    for clause in imported.clauses:
        topics = sure_topics(clause)
        entry: dict[str, Any] = {
            "gist": _line(clause.text, GIST),
            "place": _line(f"{clause.heading or 'Document'}, characters {clause.start} to {clause.end}", 300),
            "controls": list(clause.controls),
            "topics": list(topics),
            "ladder": LADDER,
            "status": "not_yet",
            "reason": _reason(clause, topics, settable),
        }
        text += entry_text(clause.id, entry, 2, "\n")
    return text


def _reason(clause: ImportedClause, topics: Sequence[str], settable: Sequence[DetectorInfo]) -> str:
    if not topics:
        return "Drafted: no topic was recognised with enough certainty, so nothing could enforce it; a person names one."
    names = [info.id for info in settable if _narrow(info) and not set(topics).isdisjoint(info.topics)]
    if not names:
        return "Drafted: nothing that is installed serves its topics; what people and workflows do is to be set."
    return f"Drafted and in shadow: {', '.join(names[:4])} would serve it once a person has looked."


def _line(text: str, most: int) -> str:
    """One line of at most `most` characters."""
    one = "".join(character if character.isprintable() else " " for character in text)
    one = " ".join(one.split())
    return one if len(one) <= most else one[: most - 1].rstrip() + "…"


def _entries(values: Mapping[str, Any]) -> str:
    return "".join(entry_text(key, value, 0, "\n") for key, value in values.items())
