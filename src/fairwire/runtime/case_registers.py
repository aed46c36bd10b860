"""The registers of the desk: what people judged, decided, raised, took in and keep."""

from __future__ import annotations

from fairwire.model.instants import parse_us
from fairwire.model.raised import Raised
from fairwire.model.reviews import Judgement, Review
from fairwire.runtime.register import Entry, Register

REVIEWS: Register[Review] = Register(
    "review",
    Review,
    lambda review: Entry(
        id=review.review_id,
        customer=review.customer,
        subject=review.about_id,
        state=review.state,
        due_us=parse_us(review.due) if review.due and review.state == "open" else None,
    ),
)
JUDGEMENTS: Register[Judgement] = Register(
    "judgement",
    Judgement,
    lambda judgement: Entry(
        id=judgement.finding_id, customer=judgement.customer, subject=judgement.detector, state=judgement.verdict
    ),
)
RAISED: Register[Raised] = Register(
    "raised",
    Raised,
    lambda raised: Entry(
        id=raised.finding.finding_id, customer=raised.finding.customer, subject=raised.finding.detector, state="raised"
    ),
)
