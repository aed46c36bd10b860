"""`/v1/holds` and `/v1/disclosures`: what is kept from deletion, and what is handed out to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.model.holds import Level
from fairwire.runtime import disclosures, holds
from fairwire.runtime.replay import now_us
from fairwire.serve.acting import behind, instant, queried, viewer_of
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.orders import Why

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore


class NewHold(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is kept; with a case, what the case is about. `since`, `until`: of events; left out, all and those to come."""

    why: str
    customer: str = ""
    numbers: list[str] = []
    addresses: list[str] = []
    case: str = ""
    reference: str = ""
    since: str | None = None
    until: str | None = None


class NewDisclosure(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A disclosure that somebody prepares. With content, or with who reported, another person must agree."""

    case: str
    to: str
    basis: str
    level: Level = "masked"
    reference: str = ""
    reporter: bool = False
    since: str | None = None
    until: str | None = None


def hold_right(method: str, path: str) -> str:
    """Which right these requests need."""
    return "approve" if method == "POST" and path.endswith(("/release", "/agree", "/refuse")) else "desk"


def hold_routes(store: ControlStore, *, clock: Callable[[], int] = now_us) -> list[BaseRoute]:
    """The routes. What reads or writes the store runs in worker threads."""
    records = store.records

    def listed(request: Request) -> Response:
        query = queried(request, ("customer",))
        return as_json({"holds": holds.list_holds(records, viewer_of(request), customer=query.get("customer"))})

    async def place(request: Request) -> Response:
        body, viewer = await read_as(request, NewHold), viewer_of(request)
        since, until = instant(body.since, "since"), instant(body.until, "until")
        made = await behind(
            lambda: holds.place(
                records,
                viewer,
                clock(),
                body.why,
                customer=body.customer,
                numbers=body.numbers,
                addresses=body.addresses,
                case_id=body.case,
                reference=body.reference,
                since_us=since,
                until_us=until,
            )
        )
        return as_json(made, status=201)

    async def release(request: Request) -> Response:
        body, viewer, hold_id = await read_as(request, Why), viewer_of(request), request.path_params["hold_id"]
        return as_json(await behind(lambda: holds.release(records, hold_id, viewer, clock(), body.why)))

    def disclosed(request: Request) -> Response:
        query = queried(request, ("case",))
        return as_json({"disclosures": disclosures.list_disclosures(records, viewer_of(request), case_id=query.get("case"))})

    async def disclose(request: Request) -> Response:
        body, viewer = await read_as(request, NewDisclosure), viewer_of(request)
        since, until = instant(body.since, "since"), instant(body.until, "until")
        made = await behind(
            lambda: disclosures.ask(
                records,
                body.case,
                viewer,
                clock(),
                to=body.to,
                basis=body.basis,
                level=body.level,
                reference=body.reference,
                reporter=body.reporter,
                since_us=since,
                until_us=until,
            )
        )
        return as_json(made, status=201)

    async def answer(request: Request) -> Response:
        body, viewer, given = await read_as(request, Why), viewer_of(request), request.path_params["disclosure_id"]
        agrees = request.url.path.endswith("/agree")
        return as_json(await behind(lambda: disclosures.answer(records, given, viewer, clock(), body.why, agrees=agrees)))

    return [
        Route("/v1/holds", listed),
        Route("/v1/holds", place, methods=["POST"]),
        Route("/v1/holds/{hold_id}/release", release, methods=["POST"]),
        Route("/v1/disclosures", disclosed),
        Route("/v1/disclosures", disclose, methods=["POST"]),
        Route("/v1/disclosures/{disclosure_id}/agree", answer, methods=["POST"]),
        Route("/v1/disclosures/{disclosure_id}/refuse", answer, methods=["POST"]),
    ]
