"""`/v1/authorisations`: permission is asked for, decided, revoked and looked at; documents go beside, under their hash.

Who acts is whoever the key belongs to. A request that a customer has sent to us names who asked there; without that, whoever the
key belongs to asks, and another must decide.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.enforcement.grant_scope import BadScope
from fairwire.enforcement.grants import GrantNotPossible, UnsoundGrant
from fairwire.model.errors import BadUse
from fairwire.model.grants import Grant, GrantKind, GrantState, Scope, Use
from fairwire.ports.records import Conflict
from fairwire.runtime.grant_acts import GrantActs, NoSuchGrant, covered_by, find_grants, without_results
from fairwire.runtime.grant_requests import Asked, BadInstant, Site
from fairwire.runtime.registers import GRANTS
from fairwire.runtime.replay import now_us
from fairwire.serve.auth import POINT
from fairwire.serve.bodies import read_body
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.orders import Why
from fairwire.serve.problems import BadBody, BadParameter, HttpProblem, NoSuchThing, WrongMediaType

if TYPE_CHECKING:
    from fairwire.model.customers import Customer
    from fairwire.model.policy import Pack


class NotAllowed(HttpProblem):
    """The authorisation, or somebody who was quicker, does not allow it; the message says why."""

    code = "FW-HTTP-014"
    status = 409


class NewAuthorisation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A request. Times are RFC 3339, or a day or time by the customer's own clocks."""

    customer: str
    kind: GrantKind
    start: str
    end: str | None = None
    why: str
    """What for."""
    scope: Scope = Scope()
    clauses: list[str] = []
    """None: those that the customer's policy has for such a thing."""
    conditions: str = ""
    asked_by: str = ""
    """Who asks at the customer; empty: whoever the key belongs to."""


class Permission(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A person allows what was asked for, or a part of it."""

    why: str
    allow: list[str] = []
    """Entries of the scope, or networks within one, that are allowed; none: all."""
    deny: list[str] = []
    """Those that are not."""
    conditions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantDesk:
    """What the routes act on."""

    acts: GrantActs
    site: Site = field(default_factory=lambda: Site(customers=lambda: ()))
    customer_of: Callable[[str], Customer | None] = lambda _: None
    policy_of: Callable[[str], Pack | None] = lambda _: None
    changed: Callable[[], None] = lambda: None
    """Called when something was decided or ended: a running service looks at once."""


def right_for_authorisations(method: str, path: str) -> str:
    """Which right a request about authorisations needs."""
    last = path.rpartition("/")[2]
    if method == "GET":
        return "approve" if "/documents/" in path else "desk"
    return "approve" if last in ("grant", "refuse", "revoke") else "desk"


def authorisation_routes(desk: GrantDesk, *, clock: Callable[[], int] = now_us) -> list[BaseRoute]:
    """All routes. What reads or writes the store runs in worker threads."""
    acts = desk.acts

    def listed(request: Request) -> Response:
        asked = request.query_params
        kind, state = asked.get("kind"), asked.get("state")
        for name, value, known in (("kind", kind, get_args(GrantKind)), ("state", state, get_args(GrantState))):
            if value is not None and value not in known:
                raise BadParameter(
                    f"`{value[:40]}` is no {name} of an authorisation", field=name, help_=f"one of {', '.join(known)}"
                )
        found = find_grants(
            acts.records,
            customer=asked.get("customer"),
            kind=cast("GrantKind | None", kind),
            states=None if state is None else [cast("GrantState", state)],
        )
        return as_json({"authorisations": found})

    def one(request: Request) -> Response:
        held = _told(lambda: acts.find(request.path_params["grant_id"])).noun
        told: dict[str, Any] = msgspec.to_builtins(without_results(held))
        told["covered"] = covered_by(acts.records, held.grant_id)
        told["trail"] = [
            {"at_us": entry.at_us, "by": entry.by, "action": entry.action, "why": entry.why}
            for entry in acts.records.trail(kind=GRANTS.kind, id_=held.grant_id)
        ]
        return as_json(told)

    async def ask(request: Request) -> Response:
        body = await read_as(request, NewAuthorisation)
        by = f"customer:{body.asked_by}" if body.asked_by.strip() else _by(request)

        def act() -> Grant:
            customer, pack = desk.customer_of(body.customer), desk.policy_of(body.customer)
            if customer is None or pack is None:
                raise NoSuchThing(f"there is no customer `{body.customer[:80]}`", field="customer")
            asked = Asked(
                kind=body.kind,
                why=body.why,
                start=body.start,
                end=body.end,
                scope={name: entries for name, entries in msgspec.to_builtins(body.scope).items() if entries},
                clauses=body.clauses,
                conditions=body.conditions,
            )
            return acts.ask(asked, customer, pack, desk.site, by, clock())

        return as_json(without_results(await _behind(act)), status=201)

    async def grant(request: Request) -> Response:
        body = await read_as(request, Permission)
        by, grant_id = _by(request), request.path_params["grant_id"]

        def act() -> Grant:
            return acts.grant(grant_id, by, clock(), body.why, allow=body.allow, deny=body.deny, conditions=body.conditions)

        return await _done(act)

    def ending(name: str) -> Callable[[Request], Awaitable[Response]]:
        step: Callable[[str, str, int, str], Grant] = getattr(acts, name)

        async def act(request: Request) -> Response:
            body = await read_as(request, Why)
            by, grant_id = _by(request), request.path_params["grant_id"]
            return await _done(lambda: step(grant_id, by, clock(), body.why))

        return act

    async def _done(act: Callable[[], Grant]) -> Response:
        held = await _behind(act)
        await run_in_threadpool(desk.changed)
        return as_json(without_results(held))

    async def attach(request: Request) -> Response:
        try:
            content = await read_body(request.scope, request.receive)
        except WrongMediaType as error:
            raise BadBody(error.message, help_=error.help) from None
        asked, by, grant_id = request.query_params, _by(request), request.path_params["grant_id"]
        use = asked.get("use", "consent")
        if use not in get_args(Use):
            raise BadParameter(f"`{use[:40]}` is no use of a document", field="use", help_=f"one of {', '.join(get_args(Use))}")

        def act() -> Grant:
            return acts.attach(grant_id, by, clock(), asked.get("name", "document"), content, cast("Use", use))

        held = await _behind(act)
        papers = held.results if use == "results" else held.papers
        return as_json(papers[-1], status=201)

    def read(request: Request) -> Response:
        grant_id, sha256 = request.path_params["grant_id"], request.path_params["sha256"]
        why = request.query_params.get("why", "")
        paper, content = _told(lambda: acts.read(grant_id, sha256, _by(request), clock(), why))
        headers = {"content-type": "application/octet-stream", "content-disposition": "attachment", "x-sha256": paper.sha256}
        return Response(content, headers=headers)

    one_path = "/v1/authorisations/{grant_id}"
    return [
        Route("/v1/authorisations", listed),
        Route("/v1/authorisations", ask, methods=["POST"]),
        Route(one_path, one),
        Route(f"{one_path}/grant", grant, methods=["POST"]),
        *(Route(f"{one_path}/{name}", ending(name), methods=["POST"]) for name in ("refuse", "revoke", "withdraw")),
        Route(f"{one_path}/documents", attach, methods=["POST"]),
        Route(f"{one_path}/documents/{{sha256}}", read),
    ]


def _by(request: Request) -> str:
    return f"person:{request.scope.get(POINT, 'operator')}"


async def _behind(act: Callable[[], Any]) -> Any:
    return await run_in_threadpool(_told, act)


def _told(act: Callable[[], Any]) -> Any:
    """What was done, or why not, with the status that says whose move is next."""
    try:
        return act()
    except NoSuchGrant as error:
        raise NoSuchThing(error.message, help_=error.help) from None
    except (GrantNotPossible, Conflict) as error:
        raise NotAllowed(error.message, help_=error.help) from None
    except (UnsoundGrant, BadScope, BadInstant, BadUse) as error:
        raise BadBody(error.message, help_="; ".join(filter(None, (error.hint, error.help)))) from None
