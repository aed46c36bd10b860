"""Answers to refused calls: which SIP code may be said for which class of reason.

Sources: RFC 3261 sections 21.4.4, 21.4.18, 21.5.4 and 21.6.2; RFC 3892 for 429; ATIS-1000099 and 47 CFR 64.1200(k)(9) for
`603 Network Blocked`.
"""

from __future__ import annotations

from typing import get_args

from fairwire.model.decision import BlockClass
from fairwire.model.documents import Document, Path
from fairwire.model.errors import FairwireError
from fairwire.model.policy import BlockAnswer
from fairwire.policy.answer_files import AnswerChangesFile, AnswerFile, AnswersFile
from fairwire.policy.errors import UnlawfulAnswer
from fairwire.policy.files import JurisdictionFile
from fairwire.policy.ladders import seconds

BLOCK_CLASSES: tuple[BlockClass, ...] = get_args(BlockClass)
ANALYTICS_PHRASE = "Network Blocked"


def build_answers(written: JurisdictionFile) -> dict[str, dict[BlockClass, BlockAnswer]]:
    """Country -> block class -> answer, the country `""` for everywhere else."""
    answers = {"": _answers(written.answers)}
    for country, changes in written.in_country.items():
        answers[country] = _answers(changes)
    return answers


def build_changed_answers(written: AnswerChangesFile) -> dict[BlockClass, BlockAnswer]:
    """Block class -> answer, of those that differ."""
    return _answers(written)


def _answers(written: AnswersFile | AnswerChangesFile) -> dict[BlockClass, BlockAnswer]:
    answers: dict[BlockClass, BlockAnswer] = {}
    for block in BLOCK_CLASSES:
        answer: AnswerFile | None = getattr(written, block)
        if answer is not None:
            wait_s = None if answer.retry_after is None else seconds(answer.retry_after)
            answers[block] = BlockAnswer(code=answer.code, phrase=answer.phrase, retry_after_s=wait_s)
    return answers


def check_answers(written: JurisdictionFile, document: Document) -> list[FairwireError]:
    """Every answer that would state something untrue."""
    errors: list[FairwireError] = []
    tables: list[tuple[AnswersFile | AnswerChangesFile, Path]] = [(written.answers, ("jurisdiction", "answers"))]
    tables += [(changes, ("jurisdiction", "in_country", country)) for country, changes in written.in_country.items()]
    tables += [
        (profile.answers, ("jurisdiction", "profiles", index, "answers"))
        for index, profile in enumerate(written.profiles)
        if profile.answers is not None
    ]
    for table, path in tables:
        for block in BLOCK_CLASSES:
            answer: AnswerFile | None = getattr(table, block)
            if answer is not None:
                errors.extend(_untrue(block, answer, (*path, block), document))
    return errors


def _untrue(block: BlockClass, answer: AnswerFile, path: Path, document: Document) -> list[FairwireError]:
    at = document.at((*path, "code"))
    if answer.code == 429:
        return [UnlawfulAnswer("SIP 429 asks for a referrer's identity; it is no rate limit", at=at, help_="use 480")]
    if answer.code == 603 and (block != "analytic" or answer.phrase != ANALYTICS_PHRASE):
        return [
            UnlawfulAnswer(
                f"603 states a block by analytics; `{block}` with the phrase `{answer.phrase}` is not one",
                at=at,
                help_=f"only `analytic` may be 603, and its phrase is `{ANALYTICS_PHRASE}`",
            )
        ]
    if (answer.code == 503) != (block == "overload"):
        return [
            UnlawfulAnswer(
                f"`{block}` cannot be {answer.code}",
                at=at,
                help_="503 makes the caller's proxy leave us for every call: it says our own overload, and nothing else does",
            )
        ]
    if block in ("own_limit", "overload") and answer.retry_after is None:
        return [UnlawfulAnswer(f"`{block}` passes, so its answer says when to try again", at=at, help_="add `retry_after: 1m`")]
    return []
