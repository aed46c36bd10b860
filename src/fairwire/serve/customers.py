"""`/v1/customers`, `/v1/instructions`, `/v1/terminations`: statements, what a customer sees, instructions, ends of service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.enforcement.terminations import EXPORT_DAYS, STATEMENT_DAYS
from fairwire.model.customers import Customer
from fairwire.model.finding import Severity
from fairwire.model.instructions import Instruction, InstructionState
from fairwire.runtime import customer_acts
from fairwire.runtime.case_access import Viewer
from fairwire.runtime.case_registers import INSTRUCTIONS, TERMINATIONS
from fairwire.runtime.customer_view import customer_view
from fairwire.runtime.replay import now_us
from fairwire.runtime.statement import statement
from fairwire.serve.acting import behind, chosen, instant, pack_of, queried, told, viewer_of
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.orders import PolicyOf, Why
from fairwire.serve.problems import BadParameter, NoSuchThing

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore

CustomerOf = Callable[[str], Customer | None]


class NewInstruction(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An instruction to a customer. `until`: by when it must be kept; left out: from now on and for good."""

    customer: str
    text: str
    clauses: list[str] = []
    until: str | None = None
    case: str = ""


class InstructionKept(msgspec.Struct, tag_field="act", tag="kept", forbid_unknown_fields=True, kw_only=True):
    """The customer did as it was told."""

    why: str


class InstructionAcknowledged(msgspec.Struct, tag_field="act", tag="acknowledge", forbid_unknown_fields=True, kw_only=True):
    """The customer has it."""


class InstructionBreached(msgspec.Struct, tag_field="act", tag="breach", forbid_unknown_fields=True, kw_only=True):
    """The customer did not: a finding and a case."""

    why: str
    severity: Severity = "medium"
    events: list[str] = []


class InstructionWithdrawn(msgspec.Struct, tag_field="act", tag="withdraw", forbid_unknown_fields=True, kw_only=True):
    """It no longer holds."""

    why: str


InstructionAct = InstructionAcknowledged | InstructionKept | InstructionBreached | InstructionWithdrawn


class NewTermination(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The checklist of an order that ends a service. `ends`: when it ends; left out: now."""

    order: str
    ends: str | None = None
    export_days: int = EXPORT_DAYS
    statement_days: int = STATEMENT_DAYS


class ItemDone(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An item of the checklist is done."""

    item: str
    note: str = ""


def customer_routes(
    store: ControlStore,
    policy_of: PolicyOf,
    customer_of: CustomerOf,
    place: Path | None,
    *,
    clock: Callable[[], int] = now_us,
) -> list[BaseRoute]:
    """The routes. `place`: the data folder with the log. What reads or writes the store runs in worker threads."""
    records = store.records

    def record(request: Request) -> Customer:
        name = request.path_params["customer"]
        found = customer_of(name)
        if found is None:
            raise NoSuchThing(f"there is no customer `{name[:80]}`")
        return found

    def drawn_up(request: Request) -> Response:
        query, customer = queried(request, ("month",)), record(request)
        if "month" not in query:
            raise BadParameter("the month is missing", field="month", help_="give one such as 2026-03")
        return as_json(told(lambda: statement(store, place, customer, query["month"])))

    def seen(request: Request) -> Response:
        return as_json(customer_view(store, record(request).id))

    def instructions(request: Request) -> Response:
        query = queried(request, ("customer", "state"))
        state = chosen(query, "state", get_args(InstructionState))
        found = INSTRUCTIONS.find(records, customer=query.get("customer"), states=None if state is None else [state])
        listed = sorted((kept.noun for kept in found), key=lambda each: (each.issued, each.instruction_id))
        return as_json({"instructions": listed})

    async def instruct(request: Request) -> Response:
        body, viewer = await read_as(request, NewInstruction), viewer_of(request)
        until = instant(body.until, "until")

        def act() -> Instruction:
            return customer_acts.instruct(
                records,
                viewer,
                clock(),
                customer=body.customer,
                pack=pack_of(policy_of, body.customer),
                text=body.text,
                clauses=body.clauses,
                due_us=until,
                case_id=body.case,
            )

        return as_json(await behind(act), status=201)

    async def instruction_act(request: Request) -> Response:
        body: InstructionAct = await read_as(request, InstructionAct)  # type: ignore[arg-type]
        viewer, given = viewer_of(request), request.path_params["instruction_id"]
        return as_json(await behind(lambda: _done(store, policy_of, given, viewer, clock(), body)))

    def terminations(request: Request) -> Response:
        query = queried(request, ("customer",))
        found = TERMINATIONS.find(records, customer=query.get("customer"))
        return as_json({"terminations": sorted((kept.noun for kept in found), key=lambda each: (each.opened, each.order_id))})

    async def terminate(request: Request) -> Response:
        body, viewer = await read_as(request, NewTermination), viewer_of(request)
        ends = instant(body.ends, "ends")
        made = await behind(
            lambda: customer_acts.begin_termination(
                records,
                body.order,
                viewer,
                clock(),
                ends_us=ends,
                export_days=body.export_days,
                statement_days=body.statement_days,
            )
        )
        return as_json(made, status=201)

    async def item_done(request: Request) -> Response:
        body, viewer, given = await read_as(request, ItemDone), viewer_of(request), request.path_params["order_id"]
        return as_json(await behind(lambda: customer_acts.tick(records, given, body.item, viewer, clock(), body.note)))

    async def keep(request: Request) -> Response:
        body, viewer, given = await read_as(request, Why), viewer_of(request), request.path_params["order_id"]
        return as_json(await behind(lambda: customer_acts.withdraw_termination(records, given, viewer, clock(), body.why)))

    return [
        Route("/v1/customers/{customer}/statement", drawn_up),
        Route("/v1/customers/{customer}/view", seen),
        Route("/v1/instructions", instructions),
        Route("/v1/instructions", instruct, methods=["POST"]),
        Route("/v1/instructions/{instruction_id}/acts", instruction_act, methods=["POST"]),
        Route("/v1/terminations", terminations),
        Route("/v1/terminations", terminate, methods=["POST"]),
        Route("/v1/terminations/{order_id}/done", item_done, methods=["POST"]),
        Route("/v1/terminations/{order_id}/withdraw", keep, methods=["POST"]),
    ]


def _done(store: ControlStore, policy_of: PolicyOf, given: str, viewer: Viewer, now: int, body: InstructionAct) -> Instruction:
    match body:
        case InstructionAcknowledged():
            return customer_acts.acknowledge(store.records, given, viewer.by, now)
        case InstructionKept():
            return customer_acts.end_instruction(store.records, given, "kept", viewer, now, body.why)
        case InstructionWithdrawn():
            return customer_acts.end_instruction(store.records, given, "withdrawn", viewer, now, body.why)
        case InstructionBreached():
            customer = customer_acts.find_instruction(store.records, given).noun.customer
            return customer_acts.breach(
                store, given, viewer, now, pack_of(policy_of, customer), body.why, severity=body.severity, events=body.events
            )
