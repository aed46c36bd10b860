"""The part of the OpenAPI document about statements, what a customer sees, instructions, and ends of service."""

from __future__ import annotations

from typing import Any, get_args

from fairwire.model.instructions import Instruction, InstructionState
from fairwire.model.statements import Statement
from fairwire.model.terminations import Termination
from fairwire.runtime.customer_view import CustomerView
from fairwire.serve.customers import InstructionAct, ItemDone, NewInstruction, NewTermination
from fairwire.serve.desk_answers import Instructions, Terminations
from fairwire.serve.openapi_parts import acting, one_of, parameter, query, reading
from fairwire.serve.orders import Why

Json = dict[str, Any]

_ACTS = get_args(InstructionAct)
STRUCTS = (
    CustomerView,
    Instruction,
    Instructions,
    ItemDone,
    NewInstruction,
    NewTermination,
    Statement,
    Termination,
    Terminations,
    *_ACTS,
)


def paths() -> Json:
    """Path -> its operations."""
    customer, order = parameter("customer", "The customer."), parameter("order_id", "The order, or the beginning of its id.")
    about = query("customer", "About this customer only.")
    return {
        "/v1/customers/{customer}/statement": {
            "get": reading(
                "readStatement",
                "What was found, done and invoiced in a month",
                Statement,
                customer,
                query("month", "Such as `2026-03`, in the customer's zone."),
                none=True,
                late=True,
            )
        },
        "/v1/customers/{customer}/view": {
            "get": reading("readCustomerView", "What the customer may see", CustomerView, customer, none=True)
        },
        "/v1/instructions": {
            "get": reading(
                "listInstructions",
                "Instructions to customers",
                Instructions,
                about,
                query("state", "In one state only.", {"enum": list(get_args(InstructionState))}),
            ),
            "post": acting("instruct", "Issue an instruction", NewInstruction, Instruction, made=True),
        },
        "/v1/instructions/{instruction_id}/acts": {
            "post": acting(
                "actOnInstruction",
                "Say what became of an instruction",
                one_of(*_ACTS),
                Instruction,
                parameter("instruction_id", "The id, or its beginning."),
            )
        },
        "/v1/terminations": {
            "get": reading("listTerminations", "Ends of service", Terminations, about),
            "post": acting("beginTermination", "Draw up the checklist", NewTermination, Termination, made=True),
        },
        "/v1/terminations/{order_id}/done": {
            "post": acting("tickTermination", "An item of the checklist is done", ItemDone, Termination, order)
        },
        "/v1/terminations/{order_id}/withdraw": {
            "post": acting("withdrawTermination", "The service goes on", Why, Termination, order)
        },
    }
