"""Small pieces that descriptions of the HTTP API are made of."""

from __future__ import annotations

from typing import Any

from fairwire.serve import answers

Json = dict[str, Any]

_JSON = "application/json"
_PROBLEMS = {
    "400": "The request cannot be read, or something in it is not as it must be.",
    "401": "No token or key, or one that nobody knows.",
    "403": "The key is not good for this.",
    "404": "There is no such thing.",
    "405": "The address is right, the method is not.",
    "409": "The life of a version does not allow it.",
    "413": "The body is larger than 10 MiB.",
    "415": "The content type or encoding is not read.",
    "500": "Something broke on our side.",
    "503": "The store or the disk refuses for now.",
    "507": "The disk is full; nothing was taken in.",
}


def ref(struct: type) -> Json:
    """A shape by its name."""
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def problems(*codes: str) -> Json:
    """Answers that tell what is wrong."""
    return {code: {"description": _PROBLEMS[code], "content": {_JSON: {"schema": ref(answers.Problem)}}} for code in codes}


def given(struct: type, says: str) -> Json:
    """An answer of a shape."""
    return {"description": says, "content": {_JSON: {"schema": ref(struct)}}}


def query(name: str, says: str, schema: Json | None = None) -> Json:
    """A parameter behind the question mark."""
    return {"name": name, "in": "query", "required": False, "description": says, "schema": schema or {"type": "string"}}


def parameter(name: str, says: str) -> Json:
    """A parameter in the path."""
    return {"name": name, "in": "path", "required": True, "description": says, "schema": {"type": "string"}}
