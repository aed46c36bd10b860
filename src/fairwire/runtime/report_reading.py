"""Reports as they are handed in: which of the shapes a file or a body has."""

from __future__ import annotations

from fairwire.runtime.report_json import read_json
from fairwire.runtime.report_mail import read_mail
from fairwire.runtime.report_shapes import LARGEST, BadReport, Told


def read_bytes(data: bytes) -> Told:
    """A report as a file: XARF or a form as JSON, or a mail, with ARF or XARF in it or without.

    Raises
    ------
    BadReport
        It is none of these, is too large, or says nothing.
    """
    if len(data) > LARGEST:
        raise BadReport(f"{len(data):,} bytes are more than a report has", help_=f"send at most {LARGEST // 1024 // 1024} MiB")
    if data.lstrip()[:1] == b"{":
        return read_json(data)
    return read_mail(data)
