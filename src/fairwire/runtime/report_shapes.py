"""The one shape that reports are read into, whatever they come as, and the bounds that strangers are held to.

Whatever is handed in was written by strangers. Nothing of it is trusted: it is bounded in size and in depth, and a text of it
never becomes anything but a text.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from base64 import b64encode
from dataclasses import dataclass, field, replace

import msgspec

from fairwire.model.errors import BadInput
from fairwire.model.instants import format_us, parse_us
from fairwire.model.reports import Exhibit, ReportFormat
from fairwire.runtime import mailing

LARGEST = 5 * 1024 * 1024
"""Bytes of one report."""
KEPT = 1024 * 1024
"""Bytes of an exhibit that is kept as a whole; of a larger one the hash is."""
LONGEST = 20_000
"""Characters of a report's text."""
SHORTEST_TEXT = 3
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class BadReport(BadInput):
    """A report that says nothing, or is not what it claims to be."""

    code = "FW-RPT-001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report as it was read, whatever it came as."""

    format: ReportFormat
    category: str
    """A word of events, or a category that the policy declares."""
    text: str
    customer: str = ""
    number: str = ""
    address: str = ""
    happened: str = ""
    given_id: str = ""
    name: str = ""
    organisation: str = ""
    email: str = ""
    phone: str = ""
    answer: bool = True
    exhibits: tuple[Exhibit, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


class Form(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A report as a person fills it in, or another program does."""

    category: str
    text: str
    customer: str = ""
    number: str = ""
    """The number that called, wrote or was shown, in E.164 where it can be."""
    address: str = ""
    happened: str = ""
    """When, RFC 3339."""
    name: str = ""
    organisation: str = ""
    email: str = ""
    phone: str = ""
    answer: bool = True


def read_form(form: Form, kind: ReportFormat = "form") -> Told:
    """A form.

    Raises
    ------
    BadReport
        It says nothing, or a field is not what it should be.
    """
    happened = form.happened.strip()
    if happened:
        try:
            happened = format_us(parse_us(happened))
        except ValueError as error:
            raise BadReport(f"`happened`: {error}", help_="give an instant with its zone, or leave it out") from None
    if form.email and not is_mail_address(form.email):
        raise BadReport("`email` is no e-mail address", help_="give one such as name@example.org, or leave it out")
    return checked(
        Told(
            format=kind,
            category=form.category.strip(),
            text=form.text,
            customer=form.customer.strip(),
            number=plain_number(form.number),
            address=form.address.strip(),
            happened=happened,
            name=form.name,
            organisation=form.organisation,
            email=form.email.strip(),
            phone=form.phone,
            answer=form.answer,
        )
    )


def exhibit(data: bytes, content_type: str, name: str = "") -> Exhibit:
    """Something that was handed in: kept as a whole where it is not too large."""
    return Exhibit(
        sha256=hashlib.sha256(data).hexdigest(),
        content_type=plain(content_type, 100),
        bytes=len(data),
        name=plain(name, 200),
        payload=b64encode(data).decode() if len(data) <= KEPT else "",
    )


def plain_number(text: str) -> str:
    """A number without the blanks, dashes, dots and brackets that people write; other texts stay as they are, cut."""
    bare = re.sub(r"[\s().\-/]", "", text)
    if bare.startswith("00") and bare[2:].isdigit():
        bare = f"+{bare[2:]}"
    return bare if NUMBER.match(bare) or bare.isdigit() else plain(text, 60)


def checked(told: Told) -> Told:
    """With texts that are bounded and have no control characters.

    Raises
    ------
    BadReport
        It says nothing, or too much.
    """
    text = _CONTROLS.sub("", told.text).strip()
    if len(text) < SHORTEST_TEXT:
        raise BadReport("the report says nothing", help_="say in a sentence what happened")
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} ... ({len(text):,} characters)"
    return replace(
        told,
        text=text,
        category=plain(told.category, 60),
        customer=plain(told.customer, 120),
        number=plain(told.number, 60),
        address=plain(told.address, 60),
        given_id=plain(told.given_id, 200),
        name=plain(told.name, 120),
        organisation=plain(told.organisation, 200),
        email=plain(told.email, 254),
        phone=plain(told.phone, 60),
        facts={plain(name, 60): plain(value, 500) for name, value in list(told.facts.items())[:60]},
    )


def plain(text: str, longest: int) -> str:
    """A text on one line, without control characters, cut."""
    return " ".join(_CONTROLS.sub(" ", text).split())[:longest]


def is_mail_address(text: str) -> bool:
    """Whether a text is one plain e-mail address."""
    return mailing.is_address(text.strip())


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text.strip())
    except ValueError:
        return False
    return True


def instant_of(text: str) -> str:
    """An instant as we write it; empty where it is none."""
    try:
        return format_us(parse_us(text.replace(" ", "T", 1)))
    except ValueError:
        return ""


def first_line(error: Exception) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
