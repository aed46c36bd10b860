"""The part of the OpenAPI document about orders, and about what holds them back."""

from __future__ import annotations

from typing import Any

from fairwire.model.guards import Critical, Guard, Snooze
from fairwire.model.order import Order
from fairwire.serve import answers
from fairwire.serve.openapi_parts import given, parameter, problems, ref
from fairwire.serve.orders import CriticalChange, GuardChange, NewEnd, NewOrder, NewSnooze, Why

Json = dict[str, Any]

STRUCTS = (Critical, CriticalChange, Guard, GuardChange, NewEnd, NewOrder, NewSnooze, Order, Snooze, Why)
_JSON = "application/json"


def paths() -> Json:
    """Path -> its operations."""
    order, snooze = parameter("order_id", "The id, or its beginning."), parameter("snooze_id", "The id.")
    return {
        "/v1/orders/{order_id}": {"get": _read("readOrder", "One order with its trail and effects", answers.OneOrder, order)},
        "/v1/orders/{order_id}/agree": {
            "post": _act("agreeToOrder", "Agree to an order that waits", Why, Order, order, "approve")
        },
        "/v1/orders/{order_id}/refuse": {"post": _act("refuseOrder", "Refuse an order that waits", Why, Order, order, "approve")},
        "/v1/orders/{order_id}/lift": {"post": _act("liftOrder", "End an order, and give back what it took", Why, Order, order)},
        "/v1/orders/{order_id}/overturn": {
            "post": _act("overturnOrder", "Undo an order that should never have been", Why, Order, order, "approve")
        },
        "/v1/orders/{order_id}/carry-out": {
            "post": _act("carryOutOrder", "Carry out an order that stayed in dry run", Why, Order, order, "approve")
        },
        "/v1/orders/{order_id}/extend": {"post": _act("extendOrder", "Give an order another end", NewEnd, Order, order)},
        "/v1/guard": {
            "get": _read("readGuard", "Whether automatic action goes on", Guard),
            "post": _act("setGuard", "Stop or resume automatic action", GuardChange, Guard, None, "approve", none=False),
        },
        "/v1/snoozes": {
            "get": _read("listSnoozes", "What rests, until when and why", answers.Snoozes),
            "post": _act("snooze", "Let a rule, a clause or a customer rest", NewSnooze, Snooze, status="201", none=False),
        },
        "/v1/snoozes/{snooze_id}/wake": {"post": _act("wake", "End a snooze before its time", Why, Snooze, snooze, none=False)},
        "/v1/critical": {
            "get": _read("listCritical", "Customers whose calls no rule touches by itself", answers.CriticalList),
            "post": _act("setCritical", "Put a customer on that list, or take it off", CriticalChange, Critical),
        },
    }


def give() -> Json:
    """`POST /v1/orders`."""
    return _act("giveOrder", "Give an order", NewOrder, Order, status="201", late=False)


def _read(operation: str, summary: str, answer: type, *parameters: Json) -> Json:
    return {
        "operationId": operation,
        "summary": summary,
        "description": "Needs the right `desk`.",
        "parameters": list(parameters),
        "responses": {
            "200": given(answer, "As it is now."),
            **problems("401", "403", *(["404"] if parameters else []), "405", "503"),
        },
    }


def _act(
    operation: str,
    summary: str,
    body: type,
    answer: type,
    where: Json | None = None,
    right: str = "desk",
    *,
    status: str = "200",
    none: bool = True,
    late: bool = True,
) -> Json:
    """`none`: it names something that may not be there. `late`: it may be too late for it."""
    wrong = ["400", "401", "403", *(["404"] if none else []), "405", *(["409"] if late else []), "503"]
    return {
        "operationId": operation,
        "summary": summary,
        "description": f"Needs the right `{right}`. Who acts is whoever the key belongs to.",
        "parameters": [] if where is None else [where],
        "requestBody": {"required": True, "content": {_JSON: {"schema": ref(body)}}},
        "responses": {
            status: given(answer, "As it is now."),
            **problems(*wrong),
        },
    }
