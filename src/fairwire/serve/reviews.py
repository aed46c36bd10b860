"""`/v1/reviews`, `/v1/overrides`, `/v1/ledger` and what people say of findings: asked for, decided, judged, acted on later."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, cast, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.model.finding import Finding, Severity
from fairwire.model.instants import SECOND_US
from fairwire.model.ledger import UNACTED, Unacted
from fairwire.model.order import Order, Step, Target
from fairwire.model.reviews import Judgement, Outcome, Review, ReviewState, Verdict
from fairwire.runtime import review_acts
from fairwire.runtime.case_registers import REVIEWS
from fairwire.runtime.ledger import act_on, ledger
from fairwire.runtime.raised_findings import find_finding, made_finding, raise_finding
from fairwire.runtime.replay import now_us
from fairwire.runtime.review_acts import Change
from fairwire.serve.acting import behind, by_of, chosen, instant, instant_in, pack_of, queried, told, whole
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.orders import PolicyOf, Why

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore

LIMIT = 200
MAX_LIMIT = 1000


class NewReview(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A request to look again. `subject`: id of a finding or an order; `customer`: who asks, if it is not whoever sends this."""

    subject: str
    text: str
    customer: str = ""


class Replacement(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an order becomes: another end (`until`), or another step."""

    until: str | None = None
    step: Step | None = None
    target: Target = "customer"
    value: str | None = None
    lasts_s: int | None = None


class ReviewDecision(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a person decides. `finding_is`: what is said of the finding, where it is not what follows from the outcome."""

    outcome: Outcome
    why: str
    finding_is: Verdict | None = None
    becomes: Replacement | None = None


class Override(ReviewDecision, forbid_unknown_fields=True, kw_only=True):
    """The same of a finding or an order that nobody asked to look at again."""

    subject: str


class NewJudgement(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a person says of a finding."""

    verdict: Verdict
    why: str


class LateAct(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An order about a finding that was let pass."""

    step: Step
    why: str
    target: Target = "customer"
    value: str | None = None
    lasts_s: int | None = None


class NewFinding(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A finding that a person raises with no rule. `evidence`: reports, cases; `events`: ids of events that show it."""

    customer: str
    clauses: list[str]
    reason: str
    severity: Severity = "medium"
    evidence: list[str] = []
    events: list[str] = []
    user: str | None = None
    line: str | None = None


def review_right(method: str, path: str) -> str:
    """Which right these requests need."""
    deciding = path == "/v1/overrides" or path.endswith("/decide")
    return "approve" if deciding and method == "POST" else "desk"


def review_routes(store: ControlStore, policy_of: PolicyOf, *, clock: Callable[[], int] = now_us) -> list[BaseRoute]:
    """The routes. What reads or writes the store runs in worker threads."""

    def reviews(request: Request) -> Response:
        query = queried(request, ("customer", "state"))
        state = chosen(query, "state", get_args(ReviewState))
        found = REVIEWS.find(store.records, customer=query.get("customer"), states=None if state is None else [state])
        return as_json({"reviews": sorted((kept.noun for kept in found), key=lambda each: (each.filed, each.review_id))})

    async def ask(request: Request) -> Response:
        body, by = await read_as(request, NewReview), by_of(request)

        def act() -> Review:
            asked_by = f"customer:{body.customer}" if body.customer else by
            return review_acts.file_review(store, body.subject, asked_by=asked_by, filed_by=by, text=body.text, at_us=clock())

        return as_json(await behind(act), status=201)

    def review(request: Request) -> Response:
        return as_json(told(lambda: review_acts.find_review(store.records, request.path_params["review_id"])).noun)

    async def decide(request: Request) -> Response:
        body, by, review_id = await read_as(request, ReviewDecision), by_of(request), request.path_params["review_id"]
        change = _change(body.becomes)
        done = await behind(
            lambda: review_acts.decide(
                store, review_id, body.outcome, by=by, at_us=clock(), why=body.why, verdict=body.finding_is, change=change
            )
        )
        return as_json(done)

    async def withdraw(request: Request) -> Response:
        body, by, review_id = await read_as(request, Why), by_of(request), request.path_params["review_id"]
        return as_json(await behind(lambda: review_acts.withdraw(store.records, review_id, by, clock(), body.why)))

    async def override(request: Request) -> Response:
        body, by = await read_as(request, Override), by_of(request)
        change = _change(body.becomes)
        done = await behind(
            lambda: review_acts.override(
                store, body.subject, body.outcome, by=by, at_us=clock(), why=body.why, verdict=body.finding_is, change=change
            )
        )
        return as_json(done, status=201)

    async def judge(request: Request) -> Response:
        body, by, finding_id = await read_as(request, NewJudgement), by_of(request), request.path_params["finding_id"]

        def act() -> Judgement:
            return review_acts.judge(store, finding_id, body.verdict, by=by, at_us=clock(), why=body.why)

        return as_json(await behind(act))

    async def late(request: Request) -> Response:
        body, by, finding_id = await read_as(request, LateAct), by_of(request), request.path_params["finding_id"]

        def act() -> Order:
            finding = find_finding(store, finding_id)
            return act_on(
                store,
                finding.finding_id,
                pack=pack_of(policy_of, finding.customer),
                by=by,
                at_us=clock(),
                why=body.why,
                step=body.step,
                target=body.target,
                value=body.value,
                lasts_us=None if body.lasts_s is None else body.lasts_s * SECOND_US,
            )

        return as_json(await behind(act), status=201)

    async def raise_(request: Request) -> Response:
        body, by = await read_as(request, NewFinding), by_of(request)

        def act() -> Finding:
            now = clock()
            raised = made_finding(
                pack=pack_of(policy_of, body.customer),
                customer=body.customer,
                clauses=body.clauses,
                severity=body.severity,
                reason=body.reason,
                by=by,
                at_us=now,
                user=body.user,
                line=body.line,
                events=body.events,
                evidence=body.evidence,
            )
            return raise_finding(store, raised, now)

        return as_json(await behind(act), status=201)

    def let_pass(request: Request) -> Response:
        query = queried(request, ("customer", "clause", "since", "until", "unacted", "limit"))
        limit = whole(query, "limit", LIMIT, MAX_LIMIT)
        why = chosen(query, "unacted", UNACTED)
        lines = ledger(
            store,
            clock(),
            customer=query.get("customer"),
            clause=query.get("clause"),
            since_us=instant_in(query, "since"),
            until_us=instant_in(query, "until"),
            unacted=() if why is None else (cast("Unacted", why),),
        )
        found = list(islice(lines, limit + 1))
        return as_json({"lines": found[:limit], "more": len(found) > limit})

    return [
        Route("/v1/reviews", reviews),
        Route("/v1/reviews", ask, methods=["POST"]),
        Route("/v1/reviews/{review_id}", review),
        Route("/v1/reviews/{review_id}/decide", decide, methods=["POST"]),
        Route("/v1/reviews/{review_id}/withdraw", withdraw, methods=["POST"]),
        Route("/v1/overrides", override, methods=["POST"]),
        Route("/v1/findings", raise_, methods=["POST"]),
        Route("/v1/findings/{finding_id}/judgement", judge, methods=["POST"]),
        Route("/v1/findings/{finding_id}/act", late, methods=["POST"]),
        Route("/v1/ledger", let_pass),
    ]


def _change(body: Replacement | None) -> Change | None:
    if body is None:
        return None
    return Change(
        until_us=instant(body.until, "becomes.until"),
        step=body.step,
        target=body.target,
        value=body.value,
        lasts_us=None if body.lasts_s is None else body.lasts_s * SECOND_US,
    )
