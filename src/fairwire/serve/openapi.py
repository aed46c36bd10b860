"""`GET /openapi.json`: the HTTP API as an OpenAPI 3.1 document, its shapes made from the structs that the program itself uses."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

import fairwire
from fairwire.model.decision import Decision
from fairwire.model.events import CallAttempt
from fairwire.model.finding import SEVERITIES
from fairwire.serve import (
    answers,
    openapi_authorisations,
    openapi_cases,
    openapi_customers,
    openapi_holds,
    openapi_orders,
    openapi_reviews,
    openapi_takedowns,
    openapi_traces,
)
from fairwire.serve.findings import LIMIT, MAX_LIMIT
from fairwire.serve.openapi_parts import given, parameter, problems, query, ref
from fairwire.serve.policies import Acceptance, ChangeOver

Json = dict[str, Any]

_STRUCTS = (
    CallAttempt,
    Decision,
    Acceptance,
    ChangeOver,
    *openapi_orders.STRUCTS,
    *openapi_authorisations.STRUCTS,
    *openapi_reviews.STRUCTS,
    *openapi_cases.STRUCTS,
    *openapi_holds.STRUCTS,
    *openapi_takedowns.STRUCTS,
    *openapi_traces.STRUCTS,
    *openapi_customers.STRUCTS,
    *(value for value in vars(answers).values() if isinstance(value, type) and value.__module__ == answers.__name__),
)
_JSON = "application/json"
_LINES = "application/x-ndjson"
_FORM = "application/x-www-form-urlencoded"
_TEXT = "text/plain"


def _decisions() -> Json:
    example = {
        "call_id": "a84b4c76e66710",
        "customer": "hobnail-freight",
        "direction": "outbound",
        "from": "+12125550117",
        "to": "+442079460018",
    }
    lines = {"type": "string", "description": "One object a line, each as for application/json."}
    return {
        "operationId": "decide",
        "summary": "Decide a call before it connects",
        "description": (
            "One call attempt, or many as JSON Lines. The status is 200 whatever is decided; an emergency call is always "
            "allowed. Unknown fields are kept, not refused. In a form, an empty field is one that was not sent, `diversion` may "
            "be repeated, and a number whose plus was not escaped is read with its plus. Needs the right `decide`."
        ),
        "parameters": [
            query("answer", "`code` gives one line of text instead of JSON.", {"enum": ["code", "json"], "default": "json"}),
        ],
        "requestBody": {
            "required": True,
            "content": {
                _JSON: {"schema": {"anyOf": [ref(CallAttempt), ref(answers.CallAttemptEvent)]}, "example": example},
                _LINES: {"schema": lines},
                _FORM: {"schema": ref(CallAttempt), "encoding": {"diversion": {"style": "form", "explode": True}}},
            },
        },
        "responses": {
            "200": {
                "description": "The decision; for JSON Lines one a line, in order, or a problem in the place of a bad line.",
                "content": {
                    _JSON: {"schema": ref(Decision)},
                    _LINES: {"schema": {"type": "string", "description": "A Decision or a Problem a line."}},
                    _TEXT: {
                        "schema": {"type": "string", "pattern": r"^(302|[1-6][0-9]{2} [^\n]+(\n[A-Za-z-]+: [^\n]+)*)$"},
                        "examples": {
                            "allowed": {"value": "302"},
                            "refused": {"value": '403 Forbidden\nReason: SIP;cause=403;text="destination barred"'},
                        },
                    },
                },
            },
            **problems("400", "401", "403", "405", "413", "415", "500"),
        },
    }


def _events() -> Json:
    return {
        "operationId": "takeEvents",
        "summary": "Hand in events",
        "description": "One event, an array, or JSON Lines; answered once they are on disk. Needs the right `events`.",
        "requestBody": {
            "required": True,
            "content": {
                _JSON: {"schema": {"anyOf": [ref(answers.Event), {"type": "array", "items": ref(answers.Event)}]}},
                _LINES: {"schema": {"type": "string", "description": "One Event a line."}},
            },
        },
        "responses": {
            "202": given(answers.Taken, "What became of them."),
            **problems("401", "403", "405", "413", "415", "500", "503", "507"),
            "400": {
                "description": "The one event, or every event of several, cannot be used; or the body cannot be read.",
                "content": {_JSON: {"schema": {"anyOf": [ref(answers.Taken), ref(answers.Problem)]}}},
            },
        },
    }


def _findings() -> Json:
    whole = {"type": "integer", "minimum": 0, "default": 0}
    return {
        "operationId": "listFindings",
        "summary": "What was found, the worst first",
        "parameters": [
            query("run", "A run; the last one when left out."),
            query("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT}),
            query("offset", "How many to pass over.", whole),
            query("clause", "Of this clause only."),
            query("customer", "Of this customer only."),
            query("detector", "Of this detector only."),
            query("severity", "Of this severity only.", {"enum": list(SEVERITIES)}),
            query("text", "With these words in the sentence, the customer, the user, the line or the number."),
        ],
        "responses": {"200": given(answers.Findings, "A page of findings."), **problems("400", "401", "403", "405", "503")},
    }


def _finding() -> Json:
    return {
        "operationId": "readFinding",
        "summary": "One finding with its evidence and orders",
        "parameters": [parameter("finding_id", "The id, or its first 6 characters.")],
        "responses": {"200": given(answers.OneFinding, "The finding."), **problems("400", "401", "403", "404", "405", "503")},
    }


def _orders() -> Json:
    return {
        "operationId": "listOrders",
        "summary": "What was, or would be, done",
        "parameters": [
            query("run", "A run; the last one when left out."),
            query("finding", "Those of one finding."),
            query("customer", "Those about one customer, whatever run they come from."),
            query("state", "Those in one state, whatever run they come from."),
        ],
        "responses": {"200": given(answers.Orders, "The orders."), **problems("400", "401", "403", "405", "503")},
    }


def _policies() -> Json:
    return {
        "operationId": "listPolicies",
        "summary": "The policies on record, and their versions in force",
        "responses": {"200": given(answers.Policies, "The policies."), **problems("401", "403", "405", "503")},
    }


def _versions() -> Json:
    return {
        "operationId": "listVersions",
        "summary": "All versions of a policy",
        "parameters": [parameter("pack", "The policy.")],
        "responses": {"200": given(answers.Versions, "The versions."), **problems("401", "403", "404", "405", "503")},
    }


def _said(operation: str, summary: str, body: type, answer: type, *, again: bool) -> Json:
    same = {"200": given(answer, "It was known already.")} if again else {}
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": [parameter("pack", "The policy.")],
        "requestBody": {"required": True, "content": {_JSON: {"schema": ref(body)}}},
        "responses": {
            **same,
            "201": given(answer, "It is recorded."),
            **problems("400", "401", "403", "404", "405", "409", "503"),
        },
    }


def _open(operation: str, summary: str, responses: Json) -> Json:
    return {"operationId": operation, "summary": summary, "security": [], "responses": responses}


@cache
def document() -> Json:
    """The whole document. Nobody may change it."""
    _, shapes = msgspec.json.schema_components(_STRUCTS, ref_template="#/components/schemas/{name}")
    health = "Whether the process runs. Needs no key."
    either = {"anyOf": [ref(answers.Health), ref(answers.Problem)]}
    draining = {"503": {"description": "No: it drains, or the store refuses.", "content": {_JSON: {"schema": either}}}}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Fairwire",
            "version": fairwire.__version__,
            "summary": "Acceptable-use policies, enforced: decisions, events and findings.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}, {"basic": []}],
        "paths": {
            "/v1/decisions": {"post": _decisions()},
            "/v1/events": {"post": _events()},
            "/v1/findings": {"get": _findings(), "post": openapi_reviews.raise_finding()},
            "/v1/findings/{finding_id}": {"get": _finding()},
            "/v1/orders": {"get": _orders(), "post": openapi_orders.give()},
            **openapi_orders.paths(),
            **openapi_authorisations.paths(),
            **openapi_reviews.paths(),
            **openapi_cases.paths(),
            **openapi_holds.paths(),
            **openapi_takedowns.paths(),
            **openapi_traces.paths(),
            **openapi_customers.paths(),
            "/v1/policies": {"get": _policies()},
            "/v1/policies/{pack}/versions": {"get": _versions()},
            "/v1/policies/{pack}/acceptances": {
                "post": _said("accept", "A customer accepts a version", Acceptance, answers.Accepted, again=True)
            },
            "/v1/policies/{pack}/changeovers": {
                "post": _said("changeOver", "A customer changes over early", ChangeOver, answers.ChangedOver, again=False)
            },
            "/healthz": {"get": _open("health", health, {"200": given(answers.Health, "It does.")})},
            "/readyz": {
                "get": _open(
                    "readiness",
                    "Whether new work may be sent here. Needs no key.",
                    {"200": given(answers.Health, "Yes."), **draining},
                )
            },
            "/metrics": {
                "get": _open(
                    "metrics",
                    "Figures for Prometheus. Needs no key.",
                    {"200": {"description": "The text format.", "content": {_TEXT: {"schema": {"type": "string"}}}}},
                )
            },
            "/openapi.json": {
                "get": _open(
                    "description",
                    "This document. Needs no key.",
                    {"200": {"description": "OpenAPI 3.1.", "content": {_JSON: {"schema": {"type": "object"}}}}},
                )
            },
        },
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": (
                        "A key of `fairwire key make`, good for `decide`, `events` or both; or the operator's token (`token` in "
                        "the data folder), good for everything under /v1/."
                    ),
                },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "A point's name and key, for what can put a key in an address only. No operator's token.",
                },
            },
            "schemas": shapes,
        },
    }


@cache
def described() -> bytes:
    """The same as JSON."""
    return msgspec.json.encode(document())
