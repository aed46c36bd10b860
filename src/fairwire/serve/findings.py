"""`GET /v1/findings`, `/v1/findings/{id}` and `/v1/orders`: what the last run, or a named one, found and would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fairwire.model.finding import SEVERITIES
from fairwire.model.order import State
from fairwire.runtime.order_acts import as_they_are, find_orders
from fairwire.serve.problems import BadParameter, NoSuchThing

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore

LIMIT = 100
MAX_LIMIT = 1000
FILTERS = ("clause", "customer", "detector", "severity", "text")


def finding_routes(store: ControlStore) -> list[Route]:
    """The three routes. They run in worker threads, so a slow disk does not hold up a decision."""

    def findings(request: Request) -> Response:
        query = _query(request, ("run", "limit", "offset", *FILTERS))
        severity = query.get("severity")
        if severity is not None and severity not in SEVERITIES:
            raise BadParameter(f"`{severity[:40]}` is not a severity", field="severity", help_=f"one of {', '.join(SEVERITIES)}")
        limit = _number(query, "limit", LIMIT, 1, MAX_LIMIT)
        offset = _number(query, "offset", 0, 0, 10**9)
        filters = {name: query[name] for name in FILTERS if query.get(name)}
        run_id = _run(store, query)
        if run_id is None:
            return _json({"run": None, "total": 0, "findings": []})
        found = store.findings(run_id=run_id, limit=limit, offset=offset, filters=filters)
        return _json({"run": run_id, "total": store.tally(run_id=run_id, filters=filters).total, "findings": found})

    def finding(request: Request) -> Response:
        _query(request, ())
        finding_id = request.path_params["finding_id"]
        found = store.finding(finding_id)
        if found is None:
            raise NoSuchThing(f"there is no finding `{finding_id[:80]}`", help_="give a whole id or its first 6 characters")
        answer: dict[str, Any] = msgspec.to_builtins(found)
        answer["evidence"] = store.evidence(found.finding_id)
        answer["orders"] = as_they_are(store, store.orders(finding_id=found.finding_id))
        return _json(answer)

    def orders(request: Request) -> Response:
        query = _query(request, ("run", "finding", "customer", "state"))
        state = query.get("state")
        if state is not None and state not in get_args(State):
            known = ", ".join(get_args(State))
            raise BadParameter(f"`{state[:40]}` is no state of an order", field="state", help_=f"one of {known}")
        finding_id = query.get("finding")
        if state is not None or "customer" in query:
            # What people and rules have ordered here, whatever run it came from.
            states = None if state is None else (cast("State", state),)
            found = find_orders(store.records, customer=query.get("customer"), finding_id=finding_id, states=states)
            return _json({"orders": found})
        if finding_id is not None:
            return _json({"orders": as_they_are(store, store.orders(finding_id=finding_id))})
        run_id = _run(store, query)
        return _json({"run": run_id, "orders": [] if run_id is None else as_they_are(store, store.orders(run_id=run_id))})

    return [
        Route("/v1/findings", findings),
        Route("/v1/findings/{finding_id}", finding),
        Route("/v1/orders", orders),
    ]


def _run(store: ControlStore, query: dict[str, str]) -> str | None:
    """The run that is asked for; without `run`, the last one. None when there was none yet."""
    if "run" in query:
        return query["run"]
    latest = store.latest_run()
    return None if latest is None else latest.run_id


def _query(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    for name in request.query_params:
        if name not in known:
            told = ", ".join(known) or "none"
            raise BadParameter(f"the parameter `{name[:40]}` is not known here", field=name[:40], help_=f"known: {told}")
    return dict(request.query_params)


def _number(query: dict[str, str], name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or len(text) > 10 or not least <= int(text) <= most:
        raise BadParameter(f"`{text[:40]}` is not a whole number from {least} to {most}", field=name)
    return int(text)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), headers={"content-type": "application/json"})
