"""The life of a review: asked for, decided by somebody who has no part in it, or withdrawn."""

from __future__ import annotations

import hashlib

import msgspec

from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.finding import Finding
from fairwire.model.instants import format_us
from fairwire.model.reviews import Judgement, Outcome, Review, Said, Subject, Verdict

LONGEST_TEXT = 10_000
"""Characters of what somebody writes."""
OF_OUTCOME: dict[Outcome, Verdict] = {"upheld": "confirmed", "modified": "confirmed", "overturned": "false_positive"}
"""What a decision says of the finding, where the decider says nothing else."""


def ask(
    *,
    about: Subject,
    about_id: str,
    customer: str,
    asked_by: str,
    filed_by: str,
    text: str,
    at_us: int,
    due_us: int | None = None,
    contact: str = "",
    redress_id: str = "",
) -> Review:
    """A review that is asked for.

    Raises
    ------
    NotPossible
        It says nothing, or more than anybody reads.
    """
    if not text.strip():
        raise NotPossible("a review is asked for with a reason", help_="say in a sentence what is wrong")
    if len(text) > LONGEST_TEXT:
        raise NotPossible(f"{len(text):,} characters are more than a review takes", help_=f"keep to {LONGEST_TEXT:,}")
    named = "\n".join((about, about_id, asked_by, format_us(at_us)))
    return Review(
        review_id=f"rv-{hashlib.sha256(named.encode()).hexdigest()[:16]}",
        about=about,
        about_id=about_id,
        customer=customer,
        asked_by=asked_by,
        filed_by=filed_by,
        text=text.strip(),
        filed=format_us(at_us),
        due=None if due_us is None else format_us(due_us),
        contact=contact,
        redress_id=redress_id,
    )


def decide(review: Review, outcome: Outcome, by: str, at_us: int, why: str, *, author: str, orders: tuple[str, ...]) -> Review:
    """A person's decision.

    Parameters
    ----------
    author
        Who gave the order or raised the finding; a rule decides nothing here, so a rule's is anybody's to decide.
    orders
        Those that the decision touched.

    Raises
    ------
    NotPossible
        It is decided, the person is the author or wrote the request, or gives no reason.
    """
    _must_be_open(review, "decided")
    if not by.startswith("person:"):
        raise NotPossible("a review is decided by a person", help_="nobody else can")
    if by == author:
        raise NotPossible("nobody decides about an order or a finding of their own", help_="another person must decide")
    if review.asked_by and by in (review.asked_by, review.filed_by):
        raise NotPossible("who asks for a review does not decide it", help_="another person must decide")
    if not why.strip():
        raise NotPossible("a review is decided with a reason", help_="say why, in a sentence: whoever asked is told")
    return msgspec.structs.replace(
        review,
        state="decided",
        outcome=outcome,
        why=why.strip(),
        decided=format_us(at_us),
        decided_by=by,
        orders=orders,
    )


def withdraw(review: Review, by: str, at_us: int, why: str) -> Review:
    """Whoever asked no longer asks."""
    _must_be_open(review, "withdrawn")
    return msgspec.structs.replace(review, state="withdrawn", why=why.strip(), decided=format_us(at_us), decided_by=by)


def judge(
    finding: Finding, before: Judgement | None, verdict: Verdict, by: str, at_us: int, why: str, *, review: str = ""
) -> Judgement:
    """What a person says of a finding; what was said before stays beside it.

    Raises
    ------
    NotPossible
        There is no reason.
    """
    if not why.strip():
        raise NotPossible("a finding is judged with a reason", help_="say why, in a sentence: it is kept")
    said = () if before is None else (*before.before, _said(before))
    return Judgement(
        finding_id=finding.finding_id,
        customer=finding.customer,
        detector=finding.detector,
        clauses=finding.clauses,
        first_seen=finding.first_seen,
        last_seen=finding.last_seen,
        verdict=verdict,
        why=why.strip(),
        by=by,
        at=format_us(at_us),
        review=review,
        before=said,
    )


def _said(judgement: Judgement) -> Said:
    return Said(verdict=judgement.verdict, why=judgement.why, by=judgement.by, at=judgement.at)


def _must_be_open(review: Review, what: str) -> None:
    if review.state != "open":
        raise NotPossible(
            f"the review `{review.review_id}` is {review.state} since {review.decided} and cannot be {what}",
            help_="ask for another one if there is something new",
        )
