"""Words for what is reported: those of events against the categories that a policy declares."""

from __future__ import annotations

from fairwire.model.declared import ReportCategory
from fairwire.model.finding import Severity
from fairwire.model.policy import Pack

TOPICS: dict[str, tuple[str, ...]] = {
    "spam": ("text_spam", "mail_spam", "unsolicited_calls", "nuisance_calls"),
    "robocall": ("robocalls", "auto_dialling", "unsolicited_calls", "nuisance_calls", "harassment"),
    "fraud": ("toll_fraud", "wangiri", "fraudulent_offers", "unlawful_use"),
    "phishing": ("phishing", "impersonation", "unlawful_use"),
    "harassment": ("harassment", "nuisance_calls", "abusive_content"),
    "copyright": ("copyright",),
    "minors": ("child_safety",),
    "security": ("intrusion", "network_scanning", "denial_of_service"),
    "privacy": ("personal_data", "confidentiality", "sensitive_data"),
    "malware": ("malware",),
    "other": ("abuse_reports", "general_conduct", "unlawful_use"),
}
"""Word of a `report.received` event -> topics of the taxonomy, the best first."""
_SEVERITY: dict[str, Severity] = {
    "minors": "critical",
    "fraud": "high",
    "phishing": "high",
    "harassment": "high",
    "security": "medium",
    "malware": "medium",
    "privacy": "medium",
    "copyright": "medium",
    "robocall": "medium",
    "spam": "low",
    "other": "low",
}
SEVERE: tuple[str, ...] = ("child_safety",)
"""Topics of harm so severe that only named people see the evidence, whatever a policy declares."""


def word_of(category: ReportCategory) -> str:
    """The word of events that comes closest to a policy's category; the severest of several."""
    fitting = [word for word, topics in TOPICS.items() if not set(topics).isdisjoint(category.topics)]
    return next((word for word in ("minors", *fitting) if word in fitting), "other")


def category_of(pack: Pack | None, given: str) -> ReportCategory | None:
    """The category that a report belongs to.

    Parameters
    ----------
    pack
        The policy of whoever is reported; None while nobody knows whom it is about, or what binds it.
    given
        A category of the policy, or a word of events.

    Returns
    -------
    The policy's own category; one made of the word where the policy has none for it; None where nobody knows the word.
    """
    declared = {} if pack is None else pack.report_categories
    if given in declared:
        return declared[given]
    if given not in TOPICS:
        return None
    for topic in TOPICS[given]:
        found = next((each for each in declared.values() if topic in each.topics), None)
        if found is not None:
            return found
    severe = not set(SEVERE).isdisjoint(TOPICS[given])
    return ReportCategory(
        id=given,
        title=given.capitalize() if given != "minors" else "Harm to minors",
        topics=TOPICS[given],
        severity=_SEVERITY[given],
        restricted=severe,
    )


def clauses_of(pack: Pack, category: ReportCategory) -> tuple[str, ...]:
    """The clauses that a report of a category is about: those that name it, or its topics, and are for people to judge; where
    none is, all that name its topics."""
    named = [
        clause
        for clause in pack.clauses.values()
        if clause.id in category.clauses or not set(category.topics).isdisjoint(clause.topics)
    ]
    by_people = [clause.id for clause in named if not {"report", "workflow"}.isdisjoint(clause.controls)]
    return tuple(by_people or [clause.id for clause in named])


def is_severe(category: ReportCategory) -> bool:
    """Whether the matter is one that only named people may see, and that the service stops at once for."""
    return category.restricted and (category.severity == "critical" or not set(SEVERE).isdisjoint(category.topics))
