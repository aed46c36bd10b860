"""`GET /v1/policies` and `/v1/policies/{pack}/versions`, and what a customer says: `POST .../acceptances`, `.../changeovers`.

Whoever has the operator's token may speak for a customer: its own systems ask for the customer's word and pass it on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.model.errors import FairwireError
from fairwire.model.instants import format_us
from fairwire.model.versions import PolicyVersion, version_facts
from fairwire.policy.refusals import NoSuchVersion
from fairwire.runtime.replay import now_us
from fairwire.runtime.versions import UnknownCustomer, Versions
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.problems import HttpProblem, NoSuchThing

if TYPE_CHECKING:
    from fairwire.model.customers import Customer
    from fairwire.ports.policies import PolicyStore

CustomerOf = Callable[[str], "Customer | None"]


class Refused(HttpProblem):
    """The life of a version does not allow it; the message says why."""

    code = "FW-HTTP-010"
    status = 409


class Acceptance(msgspec.Struct, forbid_unknown_fields=True):
    """A customer has accepted a version; without `version`, the one that is next for it. `by`: who says so."""

    customer: str
    by: str
    version: str = ""
    evidence: str = ""


class ChangeOver(msgspec.Struct, forbid_unknown_fields=True):
    """A customer wants the next version from a day of its own on. `by`: who says so."""

    customer: str
    on: str
    by: str


def policy_api(store: PolicyStore, customer_of: CustomerOf, *, clock: Callable[[], int] = now_us) -> list[BaseRoute]:
    """The four routes. What reads or writes the store runs in worker threads."""
    acts = Versions(store, clock)

    def policies(request: Request) -> Response:
        now = clock()
        told = []
        for name in store.packs():
            file = store.file(name)
            current = file.in_force(now)
            told.append({"pack": name, "in_force": None if current is None else _facts(current, now)})
        return as_json({"policies": told})

    def versions(request: Request) -> Response:
        pack = request.path_params["pack"]
        file = store.file(pack)
        if not file.versions:
            raise NoSuchThing(f"there is no policy `{pack[:80]}` on record")
        return as_json({"pack": pack, "versions": [_facts(each, clock()) for each in file.versions]})

    async def acceptances(request: Request) -> Response:
        body = await read_as(request, Acceptance)
        evidence = body.evidence or "HTTP API, with the operator's token"

        def act() -> dict[str, Any]:
            customer = _customer(customer_of, body.customer)
            record, new = acts.accept(customer, request.path_params["pack"], body.version, by=body.by, evidence=evidence)
            facts = {name: getattr(record, name) for name in ("customer", "pack", "version", "how", "by", "evidence")}
            return facts | {"at": format_us(record.at_us), "new": new}

        told = await run_in_threadpool(_told, act)
        return as_json(told, status=201 if told["new"] else 200)

    async def changeovers(request: Request) -> Response:
        body = await read_as(request, ChangeOver)

        def act() -> dict[str, Any]:
            customer = _customer(customer_of, body.customer)
            version, on_us = acts.change_over(customer, request.path_params["pack"], on=body.on, by=body.by)
            facts = {"customer": body.customer, "pack": version.pack, "version": version.version, "on": body.on}
            return facts | {"begins": format_us(on_us), "until_then": version.previous, "by": body.by}

        return as_json(await run_in_threadpool(_told, act), status=201)

    return [
        Route("/v1/policies", policies),
        Route("/v1/policies/{pack}/versions", versions),
        Route("/v1/policies/{pack}/acceptances", acceptances, methods=["POST"]),
        Route("/v1/policies/{pack}/changeovers", changeovers, methods=["POST"]),
    ]


def _facts(version: PolicyVersion, now: int) -> dict[str, Any]:
    page = f"/policy/{version.pack}/{version.version}" if version.published_us is not None else None
    return version_facts(version, now) | {"page": page}


def _customer(customer_of: CustomerOf, name: str) -> Customer:
    found = customer_of(name)
    if found is None:
        raise NoSuchThing(f"there is no customer `{name[:80]}`", field="customer")
    return found


def _told(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was done, or why not, with the status that says whose move is next."""
    try:
        return act()
    except HttpProblem:
        raise
    except NoSuchVersion as error:
        raise NoSuchThing(error.message, help_=error.help) from None
    except UnknownCustomer as error:
        raise Refused(error.message, field="customer", help_=error.help) from None
    except FairwireError as error:
        if error.code.startswith(("FW-VER-", "FW-USE-")):
            raise Refused(error.message, help_=error.help) from None
        raise
