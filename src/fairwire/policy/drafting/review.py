"""The sheet that goes with a draft: what a person has to look at, clause by clause, with the words that decided."""

from __future__ import annotations

from collections.abc import Mapping

from fairwire.model.imported import DocumentDate, Imported, ImportedClause
from fairwire.policy.importing.topics import SURE

_SHOWN = 400


def unsure_date(date: DocumentDate) -> str:
    """What to do about a date that does not name one day."""
    return f"“{date.text}” need not be {date.day}: write the day that is meant as `date` under `document` in pack.yaml."


def review_sheet(imported: Imported, meanings: Mapping[str, str]) -> str:
    """Markdown. The document's words stand in it as quotations."""
    unsure = [clause for clause in imported.clauses if clause.needs_review]
    lines = [
        f"# Review of the import of {_quoted(imported.document.file)}",
        "",
        f"{len(imported.clauses)} clauses, {len(unsure)} of them to be looked at first.",
        f"{len(imported.unmapped)} duties without a topic.",
        f"{len(imported.ignored)} passages left aside. SHA-256 of the file: `{imported.document.sha256}`.",
        "",
    ]
    lines += [f"- {note}" for note in imported.notes]
    lines += [f"- {_quoted(unsure_date(each))}" for each in imported.dates if each.ambiguous]
    lines += ["", "## To be looked at", ""] if unsure else []
    for clause in unsure:
        lines += _clause(clause, meanings)
    lines += ["", "## All others", ""]
    for clause in imported.clauses:
        if not clause.needs_review:
            lines += _clause(clause, meanings)
    if imported.ignored:
        lines += ["", "## Left aside as navigation or as no duty", ""]
        lines += [f"- {each.start}-{each.end}: {_quoted(each.text[:120])}" for each in imported.ignored]
    return "\n".join(lines).rstrip() + "\n"


def _clause(clause: ImportedClause, meanings: Mapping[str, str]) -> list[str]:
    lines = [f"### {clause.id}", ""]
    if clause.lead_in:
        lines.append(f"> {_quoted(clause.lead_in[:_SHOWN])}")
    lines += [f"> {_quoted(clause.text[:_SHOWN])}", ""]
    lines += [f"- look: {reason}" for reason in clause.review]
    for topic in clause.topics:
        sure = "" if topic.confidence >= SURE else " (left out of the draft)"
        told = (
            f"proposed by {topic.proposed_by}"
            if topic.proposed_by
            else "by " + ", ".join(f"“{_quoted(word)}”" for word in topic.words)
        )
        lines.append(f"- `{topic.topic}` {topic.confidence:.0%}{sure}: {meanings.get(topic.topic, '')}; {told}")
    if clause.exceptions:
        lines += [f"- unless: “{_quoted(each)}”" for each in clause.exceptions]
    for quantity in clause.quantities:
        value = "" if quantity.value is None else f" {quantity.value:g}"
        compared = f" {quantity.comparator}" if quantity.comparator else ""
        per = f" per {quantity.per}" if quantity.per else ""
        lines.append(f"- number:{compared}{value} {quantity.unit}{per} (“{_quoted(quantity.text)}”)")
    if clause.remedies:
        lines.append(f"- remedies: {', '.join(clause.remedies)}")
    return [*lines, ""]


def _quoted(text: str) -> str:
    """On one line, with nothing in it that Markdown would read."""
    one = " ".join(text.split())
    return "".join("\\" + character if character in "\\`*_{}[]<>#|" else character for character in one)
