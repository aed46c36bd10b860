"""`/v1/takedowns`: notices of holders of rights, and what is done about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.enforcement.takedowns import STRIKES
from fairwire.model.customers import Customer
from fairwire.model.takedowns import Takedown, TakedownState
from fairwire.runtime import takedown_acts
from fairwire.runtime.case_access import Viewer, find_case
from fairwire.runtime.case_registers import TAKEDOWNS
from fairwire.runtime.replay import now_us
from fairwire.runtime.working_days import business_days_of
from fairwire.serve.acting import behind, chosen, pack_of, queried, told, viewer_of
from fairwire.serve.cases import LARGEST
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.orders import PolicyOf

if TYPE_CHECKING:
    from fairwire.ports.records import RecordStore

CustomerOf = Callable[[str], Customer | None]


class NewTakedown(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A notice: its particulars by element, and whose content it is where that is known."""

    elements: dict[str, str]
    customer: str = ""


class Complete(msgspec.Struct, tag_field="act", tag="complete", forbid_unknown_fields=True, kw_only=True):
    """Particulars that were asked for."""

    elements: dict[str, str]


class Remove(msgspec.Struct, tag_field="act", tag="remove", forbid_unknown_fields=True, kw_only=True):
    """The content is removed; at `strikes` takedowns the policy's next step is proposed."""

    why: str = ""
    strikes: int = STRIKES


class Tell(msgspec.Struct, tag_field="act", tag="tell", forbid_unknown_fields=True, kw_only=True):
    """The customer was told."""


class Counter(msgspec.Struct, tag_field="act", tag="counter", forbid_unknown_fields=True, kw_only=True):
    """The customer's answer, with all its particulars."""

    elements: dict[str, str]


class Sue(msgspec.Struct, tag_field="act", tag="suit", forbid_unknown_fields=True, kw_only=True):
    """The holder has filed an action: court and file number."""

    court: str


class Restore(msgspec.Struct, tag_field="act", tag="restore", forbid_unknown_fields=True, kw_only=True):
    """The content comes back."""

    why: str = ""


class Withdraw(msgspec.Struct, tag_field="act", tag="withdraw", forbid_unknown_fields=True, kw_only=True):
    """The holder no longer asks."""

    why: str


class Reject(msgspec.Struct, tag_field="act", tag="reject", forbid_unknown_fields=True, kw_only=True):
    """The notice is no reason to remove anything."""

    why: str


TakedownAct = Complete | Remove | Tell | Counter | Sue | Restore | Withdraw | Reject


def takedown_routes(
    records: RecordStore, policy_of: PolicyOf, customer_of: CustomerOf, *, clock: Callable[[], int] = now_us
) -> list[BaseRoute]:
    """The routes. What reads or writes the store runs in worker threads."""

    def listed(request: Request) -> Response:
        query = queried(request, ("customer", "state"))
        state = chosen(query, "state", get_args(TakedownState))
        found = TAKEDOWNS.find(records, customer=query.get("customer"), states=None if state is None else [state])
        return as_json({"takedowns": sorted((kept.noun for kept in found), key=lambda each: (each.received, each.takedown_id))})

    def one(request: Request) -> Response:
        return as_json(told(lambda: takedown_acts.find_takedown(records, request.path_params["takedown_id"])).noun)

    async def receive(request: Request) -> Response:
        body, viewer = await read_as(request, NewTakedown, largest=LARGEST), viewer_of(request)

        def act() -> Takedown:
            pack = pack_of(policy_of, body.customer) if body.customer else None
            return takedown_acts.receive(records, body.elements, viewer, clock(), customer=body.customer, pack=pack)

        return as_json(await behind(act), status=201)

    async def acts(request: Request) -> Response:
        body: TakedownAct = await read_as(request, TakedownAct, largest=LARGEST)  # type: ignore[arg-type]
        viewer, given = viewer_of(request), request.path_params["takedown_id"]
        return as_json(await behind(lambda: _done(records, policy_of, customer_of, given, viewer, clock(), body)))

    return [
        Route("/v1/takedowns", listed),
        Route("/v1/takedowns", receive, methods=["POST"]),
        Route("/v1/takedowns/{takedown_id}", one),
        Route("/v1/takedowns/{takedown_id}/acts", acts, methods=["POST"]),
    ]


def _done(
    records: RecordStore,
    policy_of: PolicyOf,
    customer_of: CustomerOf,
    given: str,
    viewer: Viewer,
    now: int,
    body: TakedownAct,
) -> Takedown:
    takedown = takedown_acts.find_takedown(records, given).noun
    whose = takedown.customer or find_case(records, takedown.case_id).noun.customer
    match body:
        case Complete():
            return takedown_acts.complete(records, given, body.elements, viewer, now)
        case Remove():
            pack = pack_of(policy_of, whose)
            return takedown_acts.remove(records, given, viewer, now, pack, why=body.why, strikes=body.strikes)
        case Tell():
            return takedown_acts.tell(records, given, viewer, now)
        case Counter():
            days = business_days_of(customer_of(whose))
            return takedown_acts.counter(records, given, body.elements, viewer, now, days)
        case Sue():
            return takedown_acts.sue(records, given, viewer, now, body.court)
        case Restore():
            return takedown_acts.restore(records, given, viewer, now, body.why)
        case Withdraw():
            return takedown_acts.withdraw(records, given, viewer, now, body.why)
        case Reject():
            return takedown_acts.reject(records, given, viewer, now, body.why)
