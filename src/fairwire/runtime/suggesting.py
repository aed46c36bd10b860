"""Proposals of topics by a program of the user's own: a command that reads JSON and writes JSON, such as a model's client.

It is given the clauses and the taxonomy on standard input, `{"topics": {id: meaning}, "clauses": [{"id", "text", "lead_in"}]}`,
and answers `{"suggestions": [{"id", "topics": [...]}]}`. What it proposes is shown to the reviewer with its name, below the
confidence from which a topic enters a draft; what the document's own words decide is never changed by it.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from fairwire.model.imported import Imported, ImportedClause, NamedTopic
from fairwire.ports.suggesters import SuggesterFailed, TopicSuggester

PROPOSED = 0.4
"""Confidence of a proposal: below what is put into force, above what is listed."""
WAIT_S = 300


class _Suggestion(msgspec.Struct):
    id: str
    topics: list[str]


class _Answer(msgspec.Struct):
    suggestions: list[_Suggestion]


class CommandSuggester:
    """A command, run once for a document."""

    def __init__(self, command: str) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            why = str(error)[:1].lower() + str(error)[1:]
            raise SuggesterFailed(f"the command cannot be read: {why}", at="--suggester", help_="close its quotes") from None
        if not self._words:
            raise SuggesterFailed("no command is given", at="--suggester", help_="name a program that proposes topics")
        self.name = Path(self._words[0]).name

    def suggest(self, clauses: Sequence[ImportedClause], meanings: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
        """Ask it."""
        asked = {
            "topics": dict(meanings),
            "clauses": [{"id": each.id, "text": each.text, "lead_in": each.lead_in or ""} for each in clauses],
        }
        try:
            done = subprocess.run(self._words, input=msgspec.json.encode(asked), capture_output=True, timeout=WAIT_S, check=False)
        except FileNotFoundError:
            raise SuggesterFailed("there is no such program", at=self._words[0], help_="give its path with --suggester") from None
        except subprocess.TimeoutExpired:
            raise SuggesterFailed(f"gave no answer within {WAIT_S} s", at=self.name, help_="import without --suggester") from None
        except OSError as error:
            raise SuggesterFailed(
                f"cannot be run: {error.strerror}", at=self._words[0], help_="see that it may be executed"
            ) from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise SuggesterFailed(
                f"ended with status {done.returncode}{': ' + said[-1][:200] if said else ''}",
                at=self.name,
                help_="import without --suggester",
            )
        try:
            answer = msgspec.json.decode(done.stdout, type=_Answer)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise SuggesterFailed(
                f"its answer is not what was agreed: {error}", at=self.name, help_='it writes {"suggestions": [{"id", "topics"}]}'
            ) from None
        return {each.id: each.topics for each in answer.suggestions}


def with_suggestions(imported: Imported, suggester: TopicSuggester, meanings: Mapping[str, str]) -> Imported:
    """The import with proposals added where the document's own words named nothing of the kind."""
    proposals = suggester.suggest(imported.clauses, meanings)
    clauses = tuple(_proposed(clause, proposals.get(clause.id, ()), suggester.name, meanings) for clause in imported.clauses)
    return msgspec.structs.replace(imported, clauses=clauses)


def _proposed(clause: ImportedClause, topics: Sequence[str], name: str, meanings: Mapping[str, str]) -> ImportedClause:
    there = {topic.topic for topic in clause.topics}
    new = [topic for topic in dict.fromkeys(topics) if topic in meanings and topic not in there]
    if not new:
        return clause
    added = tuple(NamedTopic(topic=topic, confidence=PROPOSED, words=(), proposed_by=name) for topic in new)
    return msgspec.structs.replace(
        clause,
        topics=(*clause.topics, *added),
        needs_review=True,
        review=(*clause.review, f"`{name}` proposes {', '.join(f'`{topic}`' for topic in new)}"),
    )
