"""Programs that propose topics for clauses, such as a language model of the user's own. They propose; people decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from fairwire.model.errors import FairwireError
from fairwire.model.imported import ImportedClause


class SuggesterFailed(FairwireError):
    """A program that should propose topics did not answer, or not in the form that was agreed."""

    code = "FW-DOC-004"


class TopicSuggester(Protocol):
    """Proposes topics."""

    name: str
    """Shown beside each proposal."""

    def suggest(self, clauses: Sequence[ImportedClause], meanings: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
        """Clause id -> topics of the taxonomy that it may be about.

        Parameters
        ----------
        clauses
            All clauses of a document.
        meanings
            Topic -> meaning.

        Raises
        ------
        SuggesterFailed
            With what went wrong, in one sentence.
        """
