"""The part of the OpenAPI document about takedowns."""

from __future__ import annotations

from typing import Any, get_args

from fairwire.model.takedowns import Takedown, TakedownState
from fairwire.serve.desk_answers import Takedowns
from fairwire.serve.openapi_parts import acting, one_of, parameter, query, reading
from fairwire.serve.takedowns import NewTakedown, TakedownAct

Json = dict[str, Any]

_ACTS = get_args(TakedownAct)
STRUCTS = (NewTakedown, Takedown, Takedowns, *_ACTS)


def paths() -> Json:
    """Path -> its operations."""
    takedown = parameter("takedown_id", "The id, or its beginning.")
    return {
        "/v1/takedowns": {
            "get": reading(
                "listTakedowns",
                "Notices of holders of rights",
                Takedowns,
                query("customer", "About this customer only."),
                query("state", "In one state only.", {"enum": list(get_args(TakedownState))}),
            ),
            "post": acting("receiveTakedown", "Put a notice on record", NewTakedown, Takedown, made=True),
        },
        "/v1/takedowns/{takedown_id}": {"get": reading("readTakedown", "One takedown", Takedown, takedown, none=True)},
        "/v1/takedowns/{takedown_id}/acts": {
            "post": acting("actOnTakedown", "Do something about a takedown", one_of(*_ACTS), Takedown, takedown)
        },
    }
