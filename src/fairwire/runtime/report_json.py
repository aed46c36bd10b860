"""Reports as JSON: XARF, or the fields of a form."""

from __future__ import annotations

import msgspec

from fairwire.runtime.report_shapes import BadReport, Form, Told, first_line, read_form
from fairwire.runtime.report_xarf import read_xarf


def read_json(data: bytes) -> Told:
    """XARF, or a form."""
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadReport(f"the report is not JSON ({first_line(error)})", help_="send XARF, a form, or a mail") from None
    if not isinstance(found, dict):
        raise BadReport("the report is no JSON object", help_="send XARF, a form, or a mail")
    if "xarf_version" in found or "Version" in found:
        return read_xarf(found)
    try:
        return read_form(msgspec.convert(found, Form), "api")
    except msgspec.ValidationError as error:
        raise BadReport(first_line(error), help_="the fields are those of `fairwire report add`") from None
