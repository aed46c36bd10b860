"""`/v1/orders` and what holds them back: people give orders, agree to those that wait, lift them, stop everything.

Who acts is whoever the key belongs to: nobody speaks for somebody else here, so that two approvals are two people.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.enforcement.lifecycle import NotPossible, UnsoundOrder, from_person
from fairwire.model.instants import SECOND_US, parse_us
from fairwire.model.order import Order, Step, Target
from fairwire.ports.records import Conflict
from fairwire.runtime import order_acts
from fairwire.runtime.order_acts import NoSuchOrder
from fairwire.runtime.registers import CRITICAL, EFFECTS, ORDERS, SNOOZES
from fairwire.runtime.replay import now_us
from fairwire.serve.auth import POINT
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.problems import BadBody, HttpProblem, NoSuchThing

if TYPE_CHECKING:
    from fairwire.model.policy import Pack
    from fairwire.ports.control import ControlStore

PolicyOf = Callable[[str], "Pack | None"]
"""Customer -> the policy in force for it; None for a customer that nobody knows."""


class Refused(HttpProblem):
    """The order, or somebody who was quicker, does not allow it; the message says why."""

    code = "FW-HTTP-012"
    status = 409


class NewOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An order that a person gives. `clauses` are of the customer's policy; `evidence` names findings, cases or reports."""

    customer: str
    step: Step
    target: Target = "customer"
    value: str | None = None
    user: str | None = None
    line: str | None = None
    clauses: list[str]
    reason: str
    evidence: list[str] = []
    finding: str = ""
    lasts_s: int | None = None
    """Seconds that it lasts; None: until a person lifts it."""


class Why(msgspec.Struct, forbid_unknown_fields=True):
    """What a person says with an act."""

    why: str = ""


class NewEnd(msgspec.Struct, forbid_unknown_fields=True):
    """Another end of an order in force."""

    until: str
    why: str


class GuardChange(msgspec.Struct, forbid_unknown_fields=True):
    """Stops or resumes what is automatic; what is left out stays as it is."""

    why: str
    automatic: bool | None = None
    suspensions: bool | None = None


class NewSnooze(msgspec.Struct, forbid_unknown_fields=True):
    """A rule, a clause or a customer, or several together, that leads to no action until an instant."""

    until: str
    why: str
    customer: str = ""
    detector: str = ""
    clause: str = ""


class CriticalChange(msgspec.Struct, forbid_unknown_fields=True):
    """A customer whose calls no rule touches by itself, or no longer."""

    customer: str
    why: str
    critical: bool = True


_ACTS: dict[str, tuple[str, Callable[..., Order]]] = {
    "agree": ("approve", order_acts.agree),
    "refuse": ("approve", order_acts.refuse),
    "lift": ("desk", order_acts.lift),
    "overturn": ("approve", order_acts.overturn),
    "carry-out": ("approve", order_acts.carry_out),
}


def right_for(method: str, path: str) -> str:
    """Which right a request about orders needs."""
    act = path.rpartition("/")[2]
    if method == "GET":
        return "desk"
    if path == "/v1/guard":
        return "approve"
    return _ACTS[act][0] if act in _ACTS else "desk"


def order_routes(store: ControlStore, policy_of: PolicyOf, *, clock: Callable[[], int] = now_us) -> list[BaseRoute]:
    """The routes beside `GET /v1/orders`. What reads or writes the store runs in worker threads."""
    records = store.records

    def one(request: Request) -> Response:
        order = _told(lambda: order_acts.find_order(records, request.path_params["order_id"])).noun
        effects = [kept.noun for kept in EFFECTS.find(records, customer=order.customer)]
        told: dict[str, Any] = msgspec.to_builtins(order)
        told["effects"] = [each for each in effects if any(want.order_id == order.order_id for want in each.wants)]
        told["trail"] = [
            {"at_us": entry.at_us, "by": entry.by, "action": entry.action, "why": entry.why}
            for entry in records.trail(kind=ORDERS.kind, id_=order.order_id)
        ]
        return as_json(told)

    async def make(request: Request) -> Response:
        body = await read_as(request, NewOrder)
        by = _by(request)

        def act() -> Order:
            pack = policy_of(body.customer)
            if pack is None:
                raise NoSuchThing(f"there is no customer `{body.customer[:80]}`", field="customer")
            for clause in body.clauses:
                if clause not in pack.clauses:
                    raise BadBody(f"policy `{pack.id}` has no clause `{clause[:40]}`", field="clauses", help_=_some(pack.clauses))
            if body.finding and store.finding(body.finding) is None:
                raise NoSuchThing(f"there is no finding `{body.finding[:80]}`", field="finding")
            now = clock()
            order = from_person(
                by=by,
                at_us=now,
                customer=body.customer,
                policy=f"{pack.id}@{pack.version}",
                clauses=body.clauses,
                step=body.step,
                target=body.target,
                value=body.value,
                user=body.user,
                line=body.line,
                reason=body.reason,
                lasts_us=None if body.lasts_s is None else body.lasts_s * SECOND_US,
                finding_id=body.finding,
                evidence=body.evidence,
            )
            return order_acts.put_on_record(records, order, now)

        return as_json(await _behind(act), status=201)

    def acting(name: str) -> Callable[[Request], Awaitable[Response]]:
        async def act(request: Request) -> Response:
            body = await read_as(request, Why)
            by, order_id = _by(request), request.path_params["order_id"]
            return as_json(await _behind(lambda: _ACTS[name][1](records, order_id, by, clock(), body.why)))

        return act

    async def extend(request: Request) -> Response:
        body = await read_as(request, NewEnd)
        by, order_id, until_us = _by(request), request.path_params["order_id"], _instant(body.until)
        return as_json(await _behind(lambda: order_acts.extend(records, order_id, by, clock(), until_us, body.why)))

    def guard(request: Request) -> Response:
        return as_json(order_acts.guard_of(records))

    async def set_guard(request: Request) -> Response:
        body = await read_as(request, GuardChange)
        by = _by(request)
        told = await _behind(
            lambda: order_acts.set_guard(records, by, clock(), body.why, automatic=body.automatic, suspensions=body.suspensions)
        )
        return as_json(told)

    def snoozes(request: Request) -> Response:
        return as_json({"snoozes": [kept.noun for kept in SNOOZES.find(records, states=["holds"])]})

    async def snooze(request: Request) -> Response:
        body = await read_as(request, NewSnooze)
        by, until_us = _by(request), _instant(body.until)
        told = await _behind(
            lambda: order_acts.snooze(
                records,
                by,
                clock(),
                until_us,
                body.why,
                customer=body.customer,
                detector=body.detector,
                clause=body.clause,
            )
        )
        return as_json(told, status=201)

    async def wake(request: Request) -> Response:
        body = await read_as(request, Why)
        by, name = _by(request), request.path_params["snooze_id"]
        return as_json(await _behind(lambda: order_acts.wake(records, name, by, clock(), body.why)))

    def critical(request: Request) -> Response:
        return as_json({"critical": [kept.noun for kept in CRITICAL.find(records, states=["critical"])]})

    async def set_critical(request: Request) -> Response:
        body = await read_as(request, CriticalChange)
        by = _by(request)

        def act() -> Any:
            if body.critical and policy_of(body.customer) is None:
                raise NoSuchThing(f"there is no customer `{body.customer[:80]}`", field="customer")
            return order_acts.mark_critical(records, body.customer, by, clock(), body.why, critical=body.critical)

        return as_json(await _behind(act))

    return [
        Route("/v1/orders", make, methods=["POST"]),
        Route("/v1/orders/{order_id}", one),
        *(Route(f"/v1/orders/{{order_id}}/{name}", acting(name), methods=["POST"]) for name in _ACTS),
        Route("/v1/orders/{order_id}/extend", extend, methods=["POST"]),
        Route("/v1/guard", guard),
        Route("/v1/guard", set_guard, methods=["POST"]),
        Route("/v1/snoozes", snoozes),
        Route("/v1/snoozes", snooze, methods=["POST"]),
        Route("/v1/snoozes/{snooze_id}/wake", wake, methods=["POST"]),
        Route("/v1/critical", critical),
        Route("/v1/critical", set_critical, methods=["POST"]),
    ]


def _by(request: Request) -> str:
    return f"person:{request.scope.get(POINT, 'operator')}"


async def _behind(act: Callable[[], Any]) -> Any:
    return await run_in_threadpool(_told, act)


def _told(act: Callable[[], Any]) -> Any:
    """What was done, or why not, with the status that says whose move is next."""
    try:
        return act()
    except NoSuchOrder as error:
        raise NoSuchThing(error.message, help_=error.help) from None
    except UnsoundOrder as error:
        raise BadBody(error.message, help_=error.help) from None
    except (NotPossible, Conflict) as error:
        raise Refused(error.message, help_=error.help) from None


def _instant(text: str) -> int:
    try:
        return parse_us(text)
    except ValueError as error:
        raise BadBody(str(error), field="until") from None


def _some(names: Any) -> str:
    listed = list(names)
    return f"it has {', '.join(listed[:8])}{' ...' if len(listed) > 8 else ''}"
