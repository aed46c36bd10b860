"""`/v1/tracebacks`, `/v1/redress` and `/v1/due`: where a call came from, why a caller was refused, and what waits too long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.enforcement import traces
from fairwire.model.traces import Role, Trace, TraceState
from fairwire.runtime import redress, trace_acts
from fairwire.runtime.case_registers import TRACES
from fairwire.runtime.due import due
from fairwire.runtime.replay import now_us
from fairwire.serve.acting import behind, by_of, chosen, instant, queried, told, viewer_of
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.problems import BadBody, BadParameter
from fairwire.serve.reports import Pace

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore


class NewTrace(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A request for a traceback: who asks, and what the call is found by."""

    asked_by: str
    contact: str
    at: str
    called: str = ""
    calling: str = ""
    call_id: str = ""
    within_s: int = traces.WITHIN_S
    reference: str = ""
    text: str = ""


class TraceAnswer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What was answered. `call`: the event that it was."""

    role: Role
    text: str
    call: str = ""
    customer: str = ""
    upstream: str = ""
    action: str = ""
    attestation: str = ""


class NewRedress(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a refused caller asks. `id`: what stands behind `id=` in the Reason header of the 603."""

    id: str
    text: str
    contact: str = ""


def trace_right(path: str) -> str:
    """Which right these requests need."""
    return "reports" if path.startswith("/v1/redress") else "desk"


def trace_routes(
    store: ControlStore, place: Path | None, *, clock: Callable[[], int] = now_us, pace: Pace | None = None
) -> list[BaseRoute]:
    """The routes. `place`: the data folder with the log; None: there is none. All of it runs in worker threads."""
    records = store.records
    paces = pace or Pace()

    def listed(request: Request) -> Response:
        query = queried(request, ("state",))
        state = chosen(query, "state", get_args(TraceState))
        found = TRACES.find(records, states=None if state is None else [state])
        return as_json({"tracebacks": sorted((kept.noun for kept in found), key=lambda each: (each.due, each.trace_id))})

    def one(request: Request) -> Response:
        return as_json(told(lambda: trace_acts.find_trace(records, request.path_params["trace_id"])).noun)

    async def receive(request: Request) -> Response:
        body, by = await read_as(request, NewTrace), by_of(request)
        call_at_us = instant(body.at, "at")
        assert call_at_us is not None

        def act() -> Trace:
            now = clock()
            asked = traces.ask(
                asked_by=body.asked_by,
                contact=body.contact,
                calling=body.calling,
                called=body.called,
                call_at_us=call_at_us,
                by=by,
                at_us=now,
                reference=body.reference,
                within_s=body.within_s,
                call_id=body.call_id,
                text=body.text,
            )
            return trace_acts.receive(records, place, asked, now)

        return as_json(await behind(act), status=201)

    async def answer(request: Request) -> Response:
        body, viewer, given = await read_as(request, TraceAnswer), viewer_of(request), request.path_params["trace_id"]
        done = await behind(
            lambda: trace_acts.answer(
                records,
                given,
                viewer,
                clock(),
                role=body.role,
                text=body.text,
                call=body.call,
                customer=body.customer,
                upstream=body.upstream,
                action=body.action,
                attestation=body.attestation,
            )
        )
        return as_json(done)

    async def ask(request: Request) -> Response:
        by = by_of(request)
        paces.take(by)
        body = await read_as(request, NewRedress)
        if not redress.ID.fullmatch(body.id):
            raise BadBody("this is no id of a refused call", field="id", help_="quote what stands behind `id=`")
        found = await behind(
            lambda: redress.ask(store, place, body.id, text=body.text, contact=body.contact, filed_by=by, at_us=clock())
        )
        return as_json(found, status=201)

    def status(request: Request) -> Response:
        query = queried(request, ("id",))
        if "id" not in query:
            raise BadParameter("the id that was quoted is missing", field="id")
        return as_json(told(lambda: redress.look(store, request.path_params["request_id"], query["id"])))

    def waiting(request: Request) -> Response:
        return as_json({"due": due(records, clock(), viewer_of(request))})

    return [
        Route("/v1/tracebacks", listed),
        Route("/v1/tracebacks", receive, methods=["POST"]),
        Route("/v1/tracebacks/{trace_id}", one),
        Route("/v1/tracebacks/{trace_id}/answer", answer, methods=["POST"]),
        Route("/v1/redress", ask, methods=["POST"]),
        Route("/v1/redress/{request_id}", status),
        Route("/v1/due", waiting),
    ]
