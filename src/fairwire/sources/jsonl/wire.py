"""The classes JSON is decoded into: those of `model.events`, made quick.

They are derived field by field from `model.events`, so there is one truth about what is required. They differ in four
ways that only a reader of millions of lines cares about: envelope and data are decoded in one pass (the `type` selects
the class), an absent field is None, integers are bounded so that they fit a column, and the garbage collector does
not follow the objects (none of them can be part of a cycle).
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta, UnsetType

from fairwire.model.events import DATA_BY_TYPE, CallAnswered, CallAttempt, CallEnded

INT64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]

CALL_FIELDS = tuple(field.name for field in msgspec.structs.fields(CallEnded))
"""The names of all data fields a call event can have, as attributes."""


def _field_type(declared: Any) -> Any:
    if declared is int:
        return INT64
    if get_origin(declared) in (Union, UnionType):
        kept = tuple(_field_type(part) for part in get_args(declared) if part is not UnsetType)
        return reduce(or_, kept)
    return declared


def _row_class(data: type[msgspec.Struct], *, absent: tuple[str, ...] = ()) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any, Any]] = []
    for field in msgspec.structs.fields(data):
        if field.required:
            fields.append((field.name, _field_type(field.type), msgspec.field(name=field.encode_name)))
        else:
            fields.append((field.name, _field_type(field.type), msgspec.field(name=field.encode_name, default=None)))
    known = {field.name for field in msgspec.structs.fields(data)}
    # A class attribute stands in for a field this type of event does not have, so that all call rows read alike.
    return msgspec.defstruct(
        f"{data.__name__}Row",
        fields,
        kw_only=True,
        gc=False,
        omit_defaults=True,
        namespace={name: None for name in absent if name not in known},
    )


def _envelope_class(kind: str, data: type[msgspec.Struct]) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any]] = [("specversion", Literal["1.0"]), ("id", str), ("source", str), ("time", str), ("data", data)]
    name = "".join(part.capitalize() for part in kind.split(".")) + "Line"
    return msgspec.defstruct(name, fields, tag_field="type", tag=kind, kw_only=True, gc=False)


def _envelope_classes() -> dict[str, type[msgspec.Struct]]:
    rows: dict[type[msgspec.Struct], type[msgspec.Struct]] = {}
    classes: dict[str, type[msgspec.Struct]] = {}
    for kind, data in DATA_BY_TYPE.items():
        if data not in rows:
            rows[data] = _row_class(data, absent=CALL_FIELDS if data in (CallAttempt, CallAnswered, CallEnded) else ())
        classes[kind] = _envelope_class(kind, rows[data])
    return classes


LINES = _envelope_classes()
"""Event type -> the class one line of it is decoded into."""

TYPE_OF = {line: kind for kind, line in LINES.items()}

CALL_LINES = frozenset(LINES[kind] for kind in ("call.attempt", "call.answered", "call.ended"))

ANY_LINE: msgspec.json.Decoder[Any] = msgspec.json.Decoder(reduce(or_, LINES.values()))
"""Decodes a line of any known type. Anything else is a `msgspec.ValidationError` or worse."""
