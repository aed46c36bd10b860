"""The part of the OpenAPI document about reports and cases."""

from __future__ import annotations

from typing import Any, get_args

from fairwire.model.cases import Case, CaseState
from fairwire.model.reports import Report, Reporter
from fairwire.runtime.report_shapes import Form
from fairwire.serve.cases import CaseAct, NewCase
from fairwire.serve.desk_answers import Acknowledged, Cases, Reports
from fairwire.serve.openapi_parts import acting, given, one_of, parameter, problems, query, reading, ref
from fairwire.serve.orders import Why

Json = dict[str, Any]

_ACTS = get_args(CaseAct)
STRUCTS = (Acknowledged, Case, Cases, Form, NewCase, Report, Reporter, Reports, *_ACTS)
_JSON = "application/json"


def paths() -> Json:
    """Path -> its operations."""
    case, report = parameter("case_id", "The number, or its beginning."), parameter("report_id", "The id, or its beginning.")
    customer = query("customer", "About this customer only.")
    return {
        "/v1/reports": {
            "get": reading("listReports", "Reports of abuse", Reports, customer, query("case", "Of this case only.")),
            "post": _take(),
        },
        "/v1/reports/{report_id}": {"get": reading("readReport", "One report, without who reported", Report, report, none=True)},
        "/v1/reports/{report_id}/reporter": {
            "post": acting("readReporter", "Who reported; that it was asked stays on record", Why, Reporter, report, late=False)
        },
        "/v1/reports/{report_id}/exhibits/{sha256}": {
            "get": {
                "operationId": "readExhibit",
                "summary": "Something that was handed in with a report",
                "description": "Needs the right `desk`. Each reading stays on record.",
                "parameters": [report, parameter("sha256", "Its hash, or the beginning of it.")],
                "responses": {
                    "200": {
                        "description": "The bytes, as a file to keep.",
                        "content": {"application/octet-stream": {"schema": {"type": "string"}}},
                    },
                    **problems("401", "403", "404", "405", "503"),
                },
            }
        },
        "/v1/cases": {
            "get": reading(
                "listCases",
                "Matters that people look into",
                Cases,
                customer,
                query("category", "Of this category only."),
                query("state", "In one state only.", {"enum": list(get_args(CaseState))}),
            ),
            "post": acting("openCase", "Open a case", NewCase, Case, made=True),
        },
        "/v1/cases/{case_id}": {"get": reading("readCase", "One case with its history", Case, case, none=True)},
        "/v1/cases/{case_id}/acts": {"post": acting("actOnCase", "Do something about a case", one_of(*_ACTS), Case, case)},
    }


def _take() -> Json:
    return {
        "operationId": "report",
        "summary": "Hand in a report of abuse",
        "description": (
            "A form, XARF 4, or a mail as it was received (ARF, RFC 5965). Answered with the number of its case. Who reports is "
            "kept apart. Needs the right `reports`."
        ),
        "requestBody": {
            "required": True,
            "content": {
                _JSON: {"schema": {"anyOf": [ref(Form), {"type": "object", "required": ["xarf_version"]}]}},
                "message/rfc822": {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "201": given(Acknowledged, "It is on record."),
            **problems("400", "401", "403", "405", "413", "415", "429", "503"),
        },
    }
