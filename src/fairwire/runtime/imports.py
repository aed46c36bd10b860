"""A policy document from disk to what stands in it: read, taken apart, its clauses mapped to topics. Nothing is put in force."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import msgspec

from fairwire.model.imported import Imported, ImportedClause, SourceText
from fairwire.policy.facts import exemptions, party, quantities, remedies
from fairwire.policy.importing.assemble import read_clauses
from fairwire.policy.importing.topics import Taxonomy, taxonomy_of
from fairwire.runtime.reading import read_prose

CUES_FILE = "cues.yaml"


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The topics and the words by which they are known."""
    name = f"fairwire/packs/{CUES_FILE}"
    return taxonomy_of((files("fairwire") / "packs" / CUES_FILE).read_text(encoding="utf-8"), file=name)


def import_policy(path: str | Path) -> Imported:
    """Read a policy document.

    Raises
    ------
    fairwire.ports.documents.UnreadableDocument
        The file cannot be read as a document.
    """
    prose, sha256 = read_prose(path)
    read = read_clauses(prose, taxonomy(), with_facts)
    return Imported(
        title=prose.title,
        language="en",
        is_policy=True,
        clauses=read.clauses,
        unmapped=read.unmapped,
        ignored=read.ignored,
        document=SourceText(
            file=Path(path).name, kind=prose.kind, characters=len(prose.text), sha256=sha256, text=prose.text
        ),
        notes=prose.notes,
    )


def with_facts(clause: ImportedClause) -> ImportedClause:
    """The clause with what its own words say: whose duty, how much, unless what, and else what."""
    exempt = exemptions(clause.text, offset=clause.start)
    return msgspec.structs.replace(
        clause,
        party=party(clause.text, lead_in=clause.lead_in or ""),
        exceptions=tuple(each.text for each in exempt),
        quantities=quantities(clause.text, offset=clause.start),
        remedies=remedies(clause.text),
    )
