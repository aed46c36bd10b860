"""The part of the OpenAPI document about tracebacks, redress, and what is due."""

from __future__ import annotations

from typing import Any, get_args

from fairwire.model.traces import Trace, TraceState
from fairwire.runtime.redress import RedressStatus
from fairwire.serve.desk_answers import DueList, Traces
from fairwire.serve.openapi_parts import acting, given, parameter, problems, query, reading, ref
from fairwire.serve.traces import NewRedress, NewTrace, TraceAnswer

Json = dict[str, Any]

STRUCTS = (DueList, NewRedress, NewTrace, RedressStatus, Trace, TraceAnswer, Traces)


def paths() -> Json:
    """Path -> its operations."""
    trace, request = parameter("trace_id", "The id, or its beginning."), parameter("request_id", "The number that was given.")
    quoted = {
        "name": "id",
        "in": "query",
        "required": False,
        "description": "The id that was quoted.",
        "schema": {"type": "string"},
    }
    return {
        "/v1/tracebacks": {
            "get": reading(
                "listTracebacks",
                "Requests for tracebacks, what is due first",
                Traces,
                query("state", "In one state only.", {"enum": list(get_args(TraceState))}),
            ),
            "post": acting("receiveTraceback", "Take a request in, and look the call up", NewTrace, Trace, made=True, none=False),
        },
        "/v1/tracebacks/{trace_id}": {"get": reading("readTraceback", "One traceback", Trace, trace, none=True)},
        "/v1/tracebacks/{trace_id}/answer": {"post": acting("answerTraceback", "Answer a traceback", TraceAnswer, Trace, trace)},
        "/v1/redress": {
            "post": {
                "operationId": "askForRedress",
                "summary": "A caller who was refused by analytics asks why",
                "description": "Answered within 24 hours. Needs the right `reports`.",
                "parameters": [],
                "requestBody": {"required": True, "content": {"application/json": {"schema": ref(NewRedress)}}},
                "responses": {
                    "201": given(RedressStatus, "It is on record."),
                    **problems("400", "401", "403", "404", "405", "409", "429", "503"),
                },
            }
        },
        "/v1/redress/{request_id}": {
            "get": reading("readRedress", "Where a request stands", RedressStatus, request, quoted, right="reports", none=True)
        },
        "/v1/due": {"get": reading("listDue", "What waits for somebody, the most urgent first", DueList)},
    }
