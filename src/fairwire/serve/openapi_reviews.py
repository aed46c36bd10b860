"""The part of the OpenAPI document about reviews, judgements, and what was let pass."""

from __future__ import annotations

from typing import Any, get_args

from fairwire.model.finding import Finding
from fairwire.model.ledger import UNACTED
from fairwire.model.order import Order
from fairwire.model.reviews import Judgement, Review, ReviewState
from fairwire.serve.desk_answers import Ledger, Reviews
from fairwire.serve.openapi_parts import acting, parameter, query, reading
from fairwire.serve.orders import Why
from fairwire.serve.reviews import LIMIT, MAX_LIMIT, LateAct, NewFinding, NewJudgement, NewReview, Override, ReviewDecision

Json = dict[str, Any]

STRUCTS = (Finding, Judgement, LateAct, Ledger, NewFinding, NewJudgement, NewReview, Override, Review, ReviewDecision, Reviews)


def paths() -> Json:
    """Path -> its operations."""
    review, finding = parameter("review_id", "The id, or its beginning."), parameter("finding_id", "The id, or its beginning.")
    customer = query("customer", "Of this customer only.")
    return {
        "/v1/reviews": {
            "get": reading(
                "listReviews",
                "Reviews of findings and orders",
                Reviews,
                customer,
                query("state", "In one state only.", {"enum": list(get_args(ReviewState))}),
            ),
            "post": acting("askForReview", "Ask for a review of a finding or an order", NewReview, Review, made=True),
        },
        "/v1/reviews/{review_id}": {"get": reading("readReview", "One review", Review, review, none=True)},
        "/v1/reviews/{review_id}/decide": {
            "post": acting("decideReview", "Uphold, modify or overturn", ReviewDecision, Review, review, right="approve")
        },
        "/v1/reviews/{review_id}/withdraw": {"post": acting("withdrawReview", "Take a request back", Why, Review, review)},
        "/v1/overrides": {
            "post": acting("override", "Decide about a finding or an order unasked", Override, Review, right="approve", made=True)
        },
        "/v1/findings/{finding_id}/judgement": {
            "post": acting("judgeFinding", "Say what a finding is, or dismiss it", NewJudgement, Judgement, finding)
        },
        "/v1/findings/{finding_id}/act": {
            "post": acting("actOnFinding", "Act on a finding that was let pass", LateAct, Order, finding, made=True)
        },
        "/v1/ledger": {
            "get": reading(
                "readLedger",
                "What was seen and not acted on",
                Ledger,
                customer,
                query("clause", "Of this clause only."),
                query("since", "From this instant on."),
                query("until", "Before this instant."),
                query("unacted", "Let pass in this way only.", {"enum": list(UNACTED)}),
                query("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT}),
            )
        },
    }


def raise_finding() -> Json:
    """`POST /v1/findings`."""
    return acting("raiseFinding", "Raise a finding where no rule exists", NewFinding, Finding, made=True)
