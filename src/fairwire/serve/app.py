"""The HTTP application: the decision path first and on its own, everything else through the router."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fairwire.model.errors import FairwireError
from fairwire.runtime.grant_acts import GrantActs
from fairwire.runtime.report_desk import ReportDesk
from fairwire.serve.auth import Gate
from fairwire.serve.authorisations import GrantDesk, authorisation_routes, right_for_authorisations
from fairwire.serve.cases import case_routes
from fairwire.serve.customers import customer_routes
from fairwire.serve.decisions import DecisionPoint
from fairwire.serve.findings import finding_routes
from fairwire.serve.holds import hold_right, hold_routes
from fairwire.serve.intake import Intake
from fairwire.serve.metrics import CONTENT_TYPE, Meter
from fairwire.serve.openapi import described
from fairwire.serve.orders import PolicyOf, order_routes, right_for
from fairwire.serve.policies import CustomerOf, policy_api
from fairwire.serve.problems import Internal, NoSuchThing, WrongMethod, encode, status_of
from fairwire.serve.reports import report_right, report_routes
from fairwire.serve.reviews import review_right, review_routes
from fairwire.serve.takedowns import takedown_routes
from fairwire.serve.traces import trace_right, trace_routes

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore
    from fairwire.ports.service import LiveService
    from fairwire.runtime.keys import Keyring

log = structlog.get_logger()

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


DESK = ("/v1/cases", "/v1/takedowns", "/v1/customers", "/v1/instructions", "/v1/terminations")
"""What takes the right `desk`, whatever is asked there."""


@dataclass(slots=True)
class Readiness:
    """Whether new work may be sent here. The process that drains sets it."""

    draining: bool = False


def build_app(
    service: LiveService,
    store: ControlStore,
    token: str,
    *,
    pages: Sequence[BaseRoute] = (),
    readiness: Readiness | None = None,
    customer_of: CustomerOf = lambda _: None,
    meter: Meter | None = None,
    keys: Keyring | None = None,
    policy_of: PolicyOf = lambda _: None,
    grants: GrantDesk | None = None,
    reports: ReportDesk | None = None,
    place: Path | None = None,
) -> ASGIApp:
    """The whole application.

    Parameters
    ----------
    service
        Decides and takes events in; called on the event loop's thread only.
    store
        Where findings and orders are read; called from worker threads.
    token
        The operator's: as `Authorization: Bearer` good for everything under `/v1/`.
    pages
        Further routes, tried after our own: the console's.
    readiness
        Set its `draining` to make `/readyz` answer 503.
    customer_of
        The record of a customer by its id, None for one that nobody knows; called from worker threads.
    meter
        What counts; one of its own when it is left out.
    keys
        Those of enforcement points, each good for decisions, events or both, and of people at the desk.
    policy_of
        The policy in force for a customer, None for one that nobody knows; called from worker threads.
    grants
        What requests for permission are held against; without it documents are not taken.
    reports
        Where reports of abuse arrive; one that knows no numbers when it is left out.
    place
        The data folder, where the log is looked up; None: calls are not looked up.
    """
    meter = meter or Meter(service)
    state = readiness or Readiness()

    def internal_problem(_request: Request, _error: Exception) -> Response:
        return _answer(Internal("something broke on our side", help_="the server's log says what"), meter)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    def readyz(_request: Request) -> Response:
        if state.draining:
            return JSONResponse({"status": "draining"}, status_code=503, headers={"retry-after": "5"})
        store.revision()
        return JSONResponse({"status": "ready"})

    async def metrics(_request: Request) -> Response:
        page = await run_in_threadpool(meter.pictured())
        return Response(page, headers={"content-type": CONTENT_TYPE})

    async def openapi(_request: Request) -> Response:
        return Response(described(), headers={"content-type": "application/json"})

    if grants is None:
        acts = GrantActs(store.records, customer_of=customer_of, pack_of=policy_of)
        grants = GrantDesk(acts=acts, customer_of=customer_of, policy_of=policy_of)
    api: list[BaseRoute] = [
        Route("/v1/events", Intake(service, meter)),
        *finding_routes(store),
        *order_routes(store, policy_of),
        *authorisation_routes(grants),
        *review_routes(store, policy_of),
        *case_routes(store, policy_of),
        *hold_routes(store),
        *takedown_routes(store.records, policy_of, customer_of),
        *trace_routes(store, place),
        *customer_routes(store, policy_of, customer_of, place),
        *report_routes(store, reports or ReportDesk(store.records, policy_of=policy_of), service),
        *policy_api(store.policies, customer_of),
    ]
    others: list[BaseRoute] = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/openapi.json", openapi),
        *pages,
    ]

    def known_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, FairwireError)
        return _answer(error, meter)

    def routing_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            allow = (error.headers or {}).get("Allow", "GET")
            return _answer(WrongMethod(f"`{request.method}` is not possible here", allow=allow), meter)
        if error.status_code == 404:
            return _answer(NoSuchThing(f"there is nothing at `{request.url.path[:200]}`"), meter)
        return Response(error.detail, status_code=error.status_code, headers=error.headers)

    handlers = {FairwireError: known_problem, HTTPException: routing_problem, Exception: internal_problem}
    return Edge(
        api=Starlette(routes=api, exception_handlers=handlers),
        others=Starlette(routes=others, exception_handlers=handlers),
        decisions=DecisionPoint(service, meter),
        gate=Gate(token, keys),
        meter=meter,
    )


class Edge:
    """Outermost: the token or key for `/v1/`, security headers, and a sentence when something of ours breaks."""

    def __init__(self, *, api: ASGIApp, others: ASGIApp, decisions: ASGIApp, gate: Gate, meter: Meter) -> None:
        self._api = api
        self._others = others
        self._decisions = decisions
        self._gate = gate
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._others(scope, receive, send)
            return
        path = scope["path"]
        started = False

        async def send_marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if path.startswith("/v1"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            if path == "/v1/decisions":
                self._gate.admit(scope, "decide")
                await self._decisions(scope, receive, send)
                return
            if path == "/v1" or path.startswith("/v1/"):
                self._gate.admit(scope, _right(scope["method"], path))
                await self._api(scope, receive, send_marked)
                return
            await self._others(scope, receive, send_marked)
        except FairwireError as error:
            await _answer(error, self._meter)(scope, receive, send_marked)
        except Exception as error:
            log.error("request failed", path=path, error=type(error).__name__, exc_info=error)
            if not started:
                told = Internal("something broke on our side", help_="the server's log says what")
                await _answer(told, self._meter)(scope, receive, send_marked)


def _right(method: str, path: str) -> str:
    """Which right a request needs beside the operator's token; empty: none is enough."""
    if path == "/v1/events":
        return "events"
    if path.startswith(("/v1/orders", "/v1/guard", "/v1/snoozes", "/v1/critical")):
        return right_for(method, path)
    if path.startswith("/v1/authorisations"):
        return right_for_authorisations(method, path)
    if path.startswith(("/v1/findings", "/v1/reviews", "/v1/overrides", "/v1/ledger")):
        return review_right(method, path)
    if path.startswith("/v1/reports"):
        return report_right(method, path)
    if path.startswith(("/v1/holds", "/v1/disclosures")):
        return hold_right(method, path)
    if path.startswith(("/v1/tracebacks", "/v1/redress", "/v1/due")):
        return trace_right(path)
    return "desk" if path.startswith(DESK) else ""


def _answer(error: FairwireError, meter: Meter) -> Response:
    meter.refused(error.code)
    headers = {"content-type": "application/json"}
    headers.update(getattr(error, "headers", dict)())
    return Response(encode(error), status_code=status_of(error), headers=headers)
