"""Reports as mail: a feedback report (ARF, RFC 5965), XARF in a part of its own, or what somebody wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from fairwire.model.instants import format_us
from fairwire.model.reports import Exhibit
from fairwire.runtime.report_json import read_json
from fairwire.runtime.report_shapes import BadReport, Told, checked, exhibit, first_line, is_address, is_mail_address

MOST_PARTS = 100
_BROKEN = (MessageError, RecursionError, ValueError, LookupError, TypeError, AttributeError)
"""What the library raises on one mail or another that nobody should have sent."""
_OF_FEEDBACK = {"abuse": "spam", "fraud": "phishing", "virus": "malware", "auth-failure": "phishing", "other": "other"}
"""Feedback-Type of RFC 5965, RFC 6591 -> word of events."""
_FEEDBACK_FIELDS = (
    "feedback-type", "user-agent", "version", "original-mail-from", "original-rcpt-to", "arrival-date", "received-date",
    "reporting-mta", "source-ip", "incidents", "reported-domain", "reported-uri", "authentication-results", "source-port",
    "original-envelope-id", "auth-failure", "delivery-result", "identity-alignment",
)  # fmt: skip


def read_mail(data: bytes) -> Told:
    """A mail: with a feedback report (ARF) or with XARF in it, else as somebody wrote it.

    Raises
    ------
    BadReport
        It cannot be read, says that something is no abuse, or says nothing.
    """
    try:
        return _read(message_from_bytes(data), data)
    except _BROKEN as error:
        raise BadReport(f"the mail cannot be read ({first_line(error)})", help_="send it as it was received") from None


def _read(mail: Message, data: bytes) -> Told:
    parts = list(_parts(mail))
    name, sender = parseaddr(_header(mail, "From"))
    if not mail.keys():
        raise BadReport("this is neither JSON nor a mail", help_="send XARF, a form, or a mail as it was received")
    feedback = next((part for part in parts if part.get_content_type() == "message/feedback-report"), None)
    written = next((_text(part) for part in parts if part.get_content_type() == "text/plain"), "")
    subject = _header(mail, "Subject")
    if feedback is not None:
        return _feedback(feedback, parts, written or subject, name, sender, _header(mail, "Message-ID"))
    for part in parts:
        if part.get_content_type() in ("application/json", "application/xarf+json") and b"xarf_version" in _bytes(part):
            read = read_json(_bytes(part))
            return replace(read, email=read.email or sender)
    return checked(
        Told(
            format="mail",
            category="other",
            text=f"{subject}\n\n{written}".strip(),
            happened=_mail_date(_header(mail, "Date")),
            given_id=_header(mail, "Message-ID")[:200],
            name=name,
            email=sender if is_mail_address(sender) else "",
            exhibits=(exhibit(data, "message/rfc822", subject),),
        )
    )


def _feedback(report: Message, parts: list[Message], written: str, name: str, sender: str, message_id: str) -> Told:
    inner = report.get_payload()
    fields = inner[0] if isinstance(inner, list) and inner else report
    assert isinstance(fields, Message)
    told = {key: _header(fields, key) for key in _FEEDBACK_FIELDS if fields.get(key) is not None}
    missing = next((key for key in ("feedback-type", "user-agent", "version") if not told.get(key)), None)
    if missing is not None:
        raise BadReport(f"the feedback report has no `{missing}`", help_="RFC 5965 demands it in every report")
    kind = told["feedback-type"].strip().lower()
    if kind == "not-spam":
        raise BadReport("the report says that something is no abuse", help_="there is nothing to look into; it was not kept")
    original = next(
        (
            part
            for part in parts
            if part.get_content_type() in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")
        ),
        None,
    )
    exhibits: tuple[Exhibit, ...] = ()
    if original is not None:
        shown = original.get_payload()
        data = shown[0].as_bytes() if isinstance(shown, list) and shown and isinstance(shown[0], Message) else _bytes(original)
        exhibits = (exhibit(data, original.get_content_type(), "the message that was reported"),)
    address = told.get("source-ip", "").strip().strip("[]")
    return checked(
        Told(
            format="arf",
            category=_OF_FEEDBACK.get(kind, "other"),
            text=written,
            address=address if is_address(address) else "",
            happened=_mail_date(told.get("arrival-date", "") or told.get("received-date", "")),
            given_id=message_id[:200],
            name=name,
            organisation=told["user-agent"][:200],
            email=sender if is_mail_address(sender) else "",
            exhibits=exhibits,
            facts={key: value[:500] for key, value in told.items()},
        )
    )


def _parts(mail: Message) -> Iterator[Message]:
    """The parts of a mail, those of enclosed mails left aside."""
    waiting, seen = [mail], 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > MOST_PARTS:
            raise ValueError("it has more parts than any report")
        yield part
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = [each for each in inner if isinstance(each, Message)]


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    try:
        return _bytes(part).decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return _bytes(part).decode("utf-8", "replace")


def _header(part: Message, name: str) -> str:
    try:
        return " ".join(str(make_header(decode_header(str(part.get(name, ""))))).split())
    except (MessageError, ValueError, LookupError):
        return " ".join(str(part.get(name, "")).split())


def _mail_date(text: str) -> str:
    try:
        found = parsedate_to_datetime(text)
        return format_us(int(found.timestamp() * 1_000_000))
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
