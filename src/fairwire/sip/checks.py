"""What each header of a message must be like. Plain spellings pass one pattern; only the others are taken apart.

Each check takes values as they came and answers with a sentence that says what is wrong, or with an empty text.

Source: RFC 3261 8.1.1, 20 and 25.1; RFC 4475 3.1.2 says which of these to refuse.
"""

from __future__ import annotations

import re
from typing import Final

from fairwire.sip.addresses import BadAddress, read_address, read_uri, split_list
from fairwire.sip.dialogs import tag_of
from fairwire.sip.via import vias

_HOST = rb"(?:[A-Za-z0-9.\-]++|\[[0-9A-Fa-f:.]++\])"
_URI = (
    rb"(?:sips?:(?:[A-Za-z0-9+\-_.!~*'()&=$/]++@)?" + _HOST + rb"(?::[0-9]{1,4})?"
    rb"(?P<params>;user=phone(?:;transport=[a-z]++)?|;transport=[a-z]++|;lr)?|tel:\+?[0-9\-.]++)"
)
PLAIN_URI: Final = re.compile(_URI).fullmatch
"""Matches most Request-URIs that are met: what it matches, `request_uri` has nothing to say about."""
PLAIN_ADDRESS: Final = re.compile(
    rb'(?:"[^"\\]*+" ?|(?:[A-Za-z0-9.\-]++ )*)<' + _URI + rb">(?:;tag=[A-Za-z0-9\-.!%*_+`'~]++)?"
).fullmatch
"""The same for From and To."""
_TOKEN = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~]+").fullmatch
_DATE = re.compile(
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3]?[0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
    rb"[0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT",
    re.IGNORECASE,
).fullmatch
_VERSION = re.compile(rb"SIP/[0-9]+\.[0-9]+", re.IGNORECASE).fullmatch


def token(text: bytes) -> bool:
    """It is a token: a method, the name of a header or parameter."""
    return _TOKEN(text) is not None


def version(text: bytes) -> bool:
    """It is a version of SIP, ours or another."""
    return _VERSION(text) is not None


def address(name: str, value: bytes) -> str:
    """From or To. The tag must be found where it is looked for without taking the address apart, or be on neither way."""
    try:
        params = read_address(value.decode("utf-8", "replace")).params
    except BadAddress as error:
        return f"the {name} header is malformed: {error}"
    tag = tag_of(value)
    same = "tag" not in params if tag is None else params.get("tag") == tag.decode("utf-8", "replace")
    return "" if same else f"the tag of the {name} header is malformed"


def request_uri(value: bytes) -> str:
    """The Request-URI: any scheme, but no brackets, and no headers (RFC 3261 19.1.1, table 1)."""
    try:
        uri = read_uri(value.decode("utf-8", "replace"))
    except BadAddress as error:
        return f"the Request-URI is malformed: {error}"
    return "the Request-URI has headers in it" if uri.headers else ""


def via(line: bytes) -> str:
    """One Via line, with one or more values."""
    try:
        vias(line)
    except ValueError as error:
        return str(error)
    return ""


def call_id(value: bytes) -> str:
    """Call-ID: one word."""
    return "" if len(value.split()) == 1 else "the Call-ID header is empty or has blanks in it"


def cseq(value: bytes, method: bytes | None) -> str:
    """CSeq: a number below 2**31 and a method; `method` is that of the request, None for a response."""
    parts = value.split()
    if len(parts) != 2 or not parts[0].isdigit() or not token(parts[1]):
        return "the CSeq header is not a number and a method"
    if len(parts[0]) > 20 or int(parts[0]) >= 2**31:
        return "the number in the CSeq header is 2**31 or more"
    return "the CSeq header names another method than the request" if method is not None and parts[1] != method else ""


def max_forwards(value: bytes) -> str:
    """Max-Forwards: 0 to 255."""
    value = value.strip()
    good = value.isdigit() and len(value) <= 20 and int(value) <= 255
    return "" if good else "the Max-Forwards header is not a number from 0 to 255"


def content_length(value: bytes) -> int:
    """Content-Length in bytes; -1 when it is no number."""
    value = value.strip()
    return int(value) if value.isdigit() and len(value) <= 10 else -1


def contact(line: bytes) -> str:
    """Contact, only for the one fault that changes its meaning: a question mark in a URI without brackets."""
    for value in split_list(line.decode("utf-8", "replace")):
        if "<" not in value and "?" in value:
            return "the Contact header has a URI with a question mark outside brackets"
    return ""


def date(value: bytes) -> str:
    """Date: always GMT (RFC 3261 20.17)."""
    return "" if _DATE(value.strip()) else "the Date header is malformed or not in GMT"
