"""`/v1/cases`: matters that people look into. What is done to one is an act with its word, and whoever's key it is does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.model.cases import Case, CaseOutcome, CaseState
from fairwire.model.finding import Severity
from fairwire.model.reviews import Verdict
from fairwire.runtime import case_acts
from fairwire.runtime.case_access import Viewer, find_case, list_cases, see_case
from fairwire.runtime.replay import now_us
from fairwire.serve.acting import behind, chosen, demand, instant, pack_of, queried, told, viewer_of
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.orders import PolicyOf

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore

LARGEST = 64 * 1024
"""Bytes of a request about a case: people write notes."""


class NewCase(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A case that a person opens: from findings, or with no rule behind it. `suspend`: the customer's service stops at once."""

    title: str
    category: str = "other"
    customer: str = ""
    clauses: list[str] = []
    findings: list[str] = []
    severity: Severity | None = None
    number: str = ""
    address: str = ""
    restricted: bool = False
    suspend: bool = False
    user: str = ""


class Note(msgspec.Struct, tag_field="act", tag="note", forbid_unknown_fields=True, kw_only=True):
    """Something that was found out or done."""

    text: str


class Assign(msgspec.Struct, tag_field="act", tag="assign", forbid_unknown_fields=True, kw_only=True):
    """Somebody looks into it; empty: whoever sends this."""

    owner: str = ""


class Wait(msgspec.Struct, tag_field="act", tag="wait", forbid_unknown_fields=True, kw_only=True):
    """It waits for somebody outside."""

    for_whom: str
    until: str | None = None


class Resume(msgspec.Struct, tag_field="act", tag="resume", forbid_unknown_fields=True, kw_only=True):
    """It goes on."""

    why: str = ""


class Attach(msgspec.Struct, tag_field="act", tag="link", forbid_unknown_fields=True, kw_only=True):
    """Findings and orders that belong to it."""

    findings: list[str] = []
    orders: list[str] = []


class Attribute(msgspec.Struct, tag_field="act", tag="attribute", forbid_unknown_fields=True, kw_only=True):
    """Whose case it is."""

    customer: str
    why: str


class Categorise(msgspec.Struct, tag_field="act", tag="categorise", forbid_unknown_fields=True, kw_only=True):
    """What it is about."""

    category: str
    why: str


class Decide(msgspec.Struct, tag_field="act", tag="decide", forbid_unknown_fields=True, kw_only=True):
    """What comes of it; takes the right `approve`."""

    outcome: CaseOutcome
    why: str
    content: str | None = None
    findings_are: Verdict | None = None


class Close(msgspec.Struct, tag_field="act", tag="close", forbid_unknown_fields=True, kw_only=True):
    """Nothing is left to do."""

    why: str = ""


class Reopen(msgspec.Struct, tag_field="act", tag="reopen", forbid_unknown_fields=True, kw_only=True):
    """There is something new; takes the right `approve`."""

    why: str


class Refer(msgspec.Struct, tag_field="act", tag="refer", forbid_unknown_fields=True, kw_only=True):
    """An authority was told."""

    to: str
    reference: str = ""
    what: str = ""


CaseAct = Note | Assign | Wait | Resume | Attach | Attribute | Categorise | Decide | Close | Reopen | Refer


def case_routes(store: ControlStore, policy_of: PolicyOf, *, clock: Callable[[], int] = now_us) -> list[BaseRoute]:
    """The routes. What reads or writes the store runs in worker threads."""
    records = store.records

    def listed(request: Request) -> Response:
        query = queried(request, ("customer", "category", "state"))
        state = chosen(query, "state", get_args(CaseState))
        found = list_cases(
            records,
            viewer_of(request),
            customer=query.get("customer"),
            category=query.get("category"),
            states=None if state is None else [state],
        )
        return as_json({"cases": found})

    def one(request: Request) -> Response:
        return as_json(told(lambda: see_case(records, request.path_params["case_id"], viewer_of(request), clock())))

    async def make(request: Request) -> Response:
        body, viewer = await read_as(request, NewCase, largest=LARGEST), viewer_of(request)

        def act() -> Case:
            return case_acts.open_case(
                store,
                viewer=viewer,
                at_us=clock(),
                title=body.title,
                category=body.category,
                customer=body.customer,
                pack=pack_of(policy_of, body.customer) if body.customer else None,
                clauses=body.clauses,
                severity=body.severity,
                findings=body.findings,
                number=body.number,
                address=body.address,
                restricted=body.restricted or None,
                suspend=body.suspend,
                user=body.user,
            )

        return as_json(await behind(act), status=201)

    async def acts(request: Request) -> Response:
        body: CaseAct = await read_as(request, CaseAct, largest=LARGEST)  # type: ignore[arg-type]
        if isinstance(body, Decide | Reopen):
            demand(request, "approve", "decide cases")
        viewer, case_id = viewer_of(request), request.path_params["case_id"]
        return as_json(await behind(lambda: _done(store, policy_of, case_id, viewer, clock(), body)))

    return [
        Route("/v1/cases", listed),
        Route("/v1/cases", make, methods=["POST"]),
        Route("/v1/cases/{case_id}", one),
        Route("/v1/cases/{case_id}/acts", acts, methods=["POST"]),
    ]


def _done(store: ControlStore, policy_of: PolicyOf, case_id: str, viewer: Viewer, now: int, body: CaseAct) -> Case:
    records = store.records
    match body:
        case Note():
            return case_acts.note(records, case_id, viewer, now, body.text)
        case Assign():
            owner = f"person:{body.owner}" if body.owner else viewer.by
            return case_acts.assign(records, case_id, viewer, now, owner)
        case Wait():
            return case_acts.wait(records, case_id, viewer, now, body.for_whom, instant(body.until, "until"))
        case Resume():
            return case_acts.resume(records, case_id, viewer, now, body.why)
        case Attach():
            return case_acts.link(store, case_id, viewer, now, findings=body.findings, orders=body.orders)
        case Attribute():
            pack = pack_of(policy_of, body.customer)
            return case_acts.attribute(records, case_id, viewer, now, body.customer, pack, body.why)
        case Categorise():
            customer = find_case(records, case_id).noun.customer
            pack_ = policy_of(customer) if customer else None
            return case_acts.categorise(records, case_id, viewer, now, body.category, pack_, body.why)
        case Decide():
            customer = find_case(records, case_id).noun.customer
            return case_acts.decide(
                store,
                case_id,
                viewer,
                now,
                body.outcome,
                body.why,
                pack=policy_of(customer) if customer else None,
                content=body.content,
                findings_are=body.findings_are,
            )
        case Close():
            return case_acts.close(records, case_id, viewer, now, body.why)
        case Reopen():
            return case_acts.reopen(records, case_id, viewer, now, body.why)
        case Refer():
            return case_acts.refer(records, case_id, viewer, now, body.to, body.reference, body.what)
