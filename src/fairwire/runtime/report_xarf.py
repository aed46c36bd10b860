"""Reports in XARF 4 (https://xarf.org), and in 3, which is read as 4."""

from __future__ import annotations

import warnings
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from typing import Any

from fairwire.model.reports import Exhibit
from fairwire.runtime.report_shapes import (
    NUMBER,
    BadReport,
    Told,
    checked,
    exhibit,
    first_line,
    instant_of,
    is_address,
    plain_number,
)

MOST_EXHIBITS = 50
"""As many as the specification allows."""
_OF_TYPE: dict[str, str] = {
    "messaging": "spam",
    "content": "fraud",
    "content/phishing": "phishing",
    "content/malware": "malware",
    "content/csam": "minors",
    "content/csem": "minors",
    "content/exposed-data": "privacy",
    "content/exposed_data": "privacy",
    "content/brand_infringement": "copyright",
    "content/suspicious_registration": "phishing",
    "content/remote_compromise": "security",
    "copyright": "copyright",
    "connection": "security",
    "connection/infected-host": "malware",
    "connection/infected_host": "malware",
    "vulnerability": "security",
    "infrastructure": "malware",
    "reputation": "other",
}
"""XARF category, or category and type -> word of events."""
_OF_TAG = {"robocall": "robocall", "wangiri": "fraud", "vishing": "phishing", "swatting": "harassment"}


def read_xarf(found: dict[str, Any]) -> Told:
    """A report in XARF 4, or in 3, which is read as 4; by the schemas of its specification.

    Raises
    ------
    BadReport
        It does not keep to them, and which field does not.
    """
    import xarf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read = xarf.parse(found)
        except (xarf.XARFError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadReport(f"the report is not XARF ({first_line(error)})", help_="see https://xarf.org") from None
    if read.report is None:
        wrong = read.errors[0] if read.errors else None
        said = f"{wrong.field} {wrong.message}" if wrong else "its category and type are not known"
        raise BadReport(f"the report is not XARF: {' '.join(said.split())[:300]}", help_="see https://xarf.org")
    report = read.report
    tags = [str(tag) for tag in report.tags or ()]
    spoken = (tag[7:] for tag in tags if tag.startswith("attack:") and tag[7:] in _OF_TAG)
    word = next((_OF_TAG[tag] for tag in spoken), "") if report.category == "messaging" else ""
    kind = f"{report.category}/{report.type}"
    source = str(report.source_identifier)
    reporter = report.reporter
    told = report.model_dump(mode="json", exclude_none=True)
    facts = {
        name: str(value)
        for name, value in told.items()
        if isinstance(value, str | int | float | bool) and name not in ("description", "report_id", "timestamp")
    }
    if read.errors:  # what matters can be read all the same
        facts["not by the specification"] = "; ".join(f"{each.field} {each.message}".strip()[:100] for each in read.errors[:3])
    if tags:
        facts["tags"] = ", ".join(tags)
    return checked(
        Told(
            format="xarf",
            category=word or _OF_TYPE.get(kind) or _OF_TYPE.get(str(report.category), "other"),
            text=str(report.description or f"{kind.replace('/', ': ')} of {source}"),
            number=plain_number(source) if NUMBER.match(source.strip()) else "",
            address=source if is_address(source) else "",
            happened=instant_of(str(told.get("timestamp", ""))),
            given_id=str(report.report_id),
            organisation=str(reporter.org or ""),
            email=str(reporter.contact or ""),
            exhibits=tuple(_evidence(report.evidence or ())),
            facts=facts,
        )
    )


def _evidence(items: Any) -> Iterator[Exhibit]:
    for item in list(items)[:MOST_EXHIBITS]:
        payload = getattr(item, "payload", None) or ""
        try:
            data = b64decode(payload, validate=True)
        except (NotBase64, ValueError):
            data = str(payload).encode()
        if data:
            yield exhibit(data, str(item.content_type or "application/octet-stream"), str(item.description or ""))
