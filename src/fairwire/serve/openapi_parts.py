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
    "429": "The key has sent more than it may in a while; Retry-After says when to go on.",
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


def reading(
    operation: str, summary: str, answer: type, *parameters: Json, right: str = "desk", none: bool = False, late: bool = False
) -> Json:
    """An operation that only reads. `none`: it names something that may not be there; `late`: it may not be possible."""
    asked = [one for one in parameters if one["in"] == "query"]
    return {
        "operationId": operation,
        "summary": summary,
        "description": f"Needs the right `{right}`.",
        "parameters": list(parameters),
        "responses": {
            "200": given(answer, "As it is now."),
            **problems(
                *(["400"] if asked else []), "401", "403", *(["404"] if none else []), "405", *(["409"] if late else []), "503"
            ),
        },
    }


def one_of(*structs: type) -> Json:
    """A body that is one of several shapes; its field `act` says which."""
    return {"anyOf": [ref(struct) for struct in structs], "discriminator": {"propertyName": "act"}}


def acting(
    operation: str,
    summary: str,
    body: type | Json,
    answer: type,
    *parameters: Json,
    right: str = "desk",
    made: bool = False,
    none: bool = True,
    late: bool = True,
) -> Json:
    """An operation by which a person does something.

    Parameters
    ----------
    body
        Its shape, or a schema.
    made
        Something new comes of it.
    none
        It names something that may not be there.
    late
        Whatever it is about may not allow it, or no longer.
    """
    wrong = ["400", "401", "403", *(["404"] if none else []), "405", *(["409"] if late else []), "503"]
    return {
        "operationId": operation,
        "summary": summary,
        "description": f"Needs the right `{right}`. Who acts is whoever the key belongs to.",
        "parameters": list(parameters),
        "requestBody": {"required": True, "content": {_JSON: {"schema": body if isinstance(body, dict) else ref(body)}}},
        "responses": {
            "201" if made else "200": given(answer, "As it is now."),
            **problems(*wrong),
        },
    }
