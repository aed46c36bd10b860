"""The part of the OpenAPI document about authorisations."""

from __future__ import annotations

from typing import Any, get_args

from fairwire.model.grants import Covered, Grant, GrantKind, GrantState, Paper, Scope, Use
from fairwire.serve import answers
from fairwire.serve.authorisations import NewAuthorisation, Permission
from fairwire.serve.openapi_parts import given, parameter, problems, query, ref
from fairwire.serve.orders import Why

Json = dict[str, Any]

STRUCTS = (Covered, Grant, NewAuthorisation, Paper, Permission, Scope)
_JSON = "application/json"
_BYTES = "application/octet-stream"


def paths() -> Json:
    """Path -> its operations."""
    where = parameter("grant_id", "The id, or its beginning.")
    document = parameter("sha256", "Its hash, or the beginning of it.")
    one = "/v1/authorisations/{grant_id}"
    return {
        "/v1/authorisations": {
            "get": _list(),
            "post": _act("askForAuthorisation", "Ask for permission", NewAuthorisation, "desk"),
        },
        one: {
            "get": {
                "operationId": "readAuthorisation",
                "summary": "One authorisation with what it covered and all that became of it",
                "description": "Needs the right `desk`. Results are not in it.",
                "parameters": [where],
                "responses": {
                    "200": given(answers.OneAuthorisation, "As it is now."),
                    **problems("401", "403", "404", "405", "503"),
                },
            }
        },
        f"{one}/grant": {"post": _act("grantAuthorisation", "Allow it, or a part of it", Permission, "approve", where)},
        f"{one}/refuse": {"post": _act("refuseAuthorisation", "Refuse it", Why, "approve", where)},
        f"{one}/revoke": {"post": _act("revokeAuthorisation", "End it before its time", Why, "approve", where)},
        f"{one}/withdraw": {"post": _act("withdrawAuthorisation", "Take it back, for those who asked", Why, "desk", where)},
        f"{one}/documents": {"post": _attach(where)},
        f"{one}/documents/{{sha256}}": {"get": _read(where, document)},
    }


def _list() -> Json:
    return {
        "operationId": "listAuthorisations",
        "summary": "Requests and grants, the oldest first",
        "description": "Needs the right `desk`. Results are not in it.",
        "parameters": [
            query("customer", "Those of one customer."),
            query("kind", "Those of one kind.", {"enum": list(get_args(GrantKind))}),
            query("state", "Those in one state.", {"enum": list(get_args(GrantState))}),
        ],
        "responses": {"200": given(answers.Authorisations, "Those there are."), **problems("400", "401", "403", "405", "503")},
    }


def _act(operation: str, summary: str, body: type, right: str, where: Json | None = None) -> Json:
    late = [] if where is None else ["409"]
    return {
        "operationId": operation,
        "summary": summary,
        "description": f"Needs the right `{right}`. Who acts is whoever the key belongs to.",
        "parameters": [] if where is None else [where],
        "requestBody": {"required": True, "content": {_JSON: {"schema": ref(body)}}},
        "responses": {
            ("201" if where is None else "200"): given(Grant, "As it is now; one that was asked for too late is refused."),
            **problems("400", "401", "403", "404", "405", *late, "503"),
        },
    }


def _attach(where: Json) -> Json:
    return {
        "operationId": "attachDocument",
        "summary": "Keep a document with it, outside the record",
        "description": "Needs the right `desk`. `results` are confidential.",
        "parameters": [
            where,
            query("name", "Its file name."),
            query("use", "What it is.", {"enum": list(get_args(Use)), "default": "consent"}),
        ],
        "requestBody": {"required": True, "content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}}},
        "responses": {
            "201": given(Paper, "It is kept."),
            **problems("400", "401", "403", "404", "405", "409", "413", "503"),
        },
    }


def _read(where: Json, document: Json) -> Json:
    return {
        "operationId": "readDocument",
        "summary": "A document; who reads results says why, and is in the audit trail",
        "description": "Needs the right `approve`.",
        "parameters": [where, document, query("why", "Why results are read; it is kept.")],
        "responses": {
            "200": {
                "description": "Its content.",
                "content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}},
            },
            **problems("401", "403", "404", "405", "409", "503"),
        },
    }
