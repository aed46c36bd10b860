"""Where abuse is reported: addresses beside words of reporting, or the bare request to get in touch."""

from __future__ import annotations

import re
from typing import Literal

from fairwire.model.imported import ReportingAddress
from fairwire.policy.facts.sentences import sentences_of

_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}(?:@|\s?[\[(]\s?at\s?[\])]\s?)[A-Za-z0-9-]{1,63}(?:(?:\.|"
    r"\s?[\[(]\s?dot\s?[\])]\s?)[A-Za-z0-9-]{1,63}){1,5}"
)
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"'“”’)\]}]{3,300}", re.I)
_PHONE = re.compile(r"(?<![\w.$£€/+-])\+?\(?\d(?:[\s().–-]{0,3}\d){6,14}(?![\w/])")
_POST = re.compile(
    r"(?<![\w-])(?:write\s+to(?:\s+us)?(?:\s+at)?|by\s+(?:post|mail)(?:\s+(?:to|at))?|postal\s+address|"
    r"mail\s+to)[:\s]{1,3}(?P<value>[^\n]{8,200})",
    re.I,
)
_ABUSE = re.compile(
    r"\babus|\bmisus|\bviolat|\bbreach|\bcomplain|\breport(?:s|ed|ing)?\b|\binfring|\bfraud|\bspam\b|\bincident|"
    r"\bunlawful|\billegal|\bsuspicious|"
    r"\bcompromise|\bdmca\b|\btakedown|\bunacceptable|\baware\s+of\b",
    re.I,
)
_MAILBOX = re.compile(
    r"^(?:abuse|fraud|spam|phish|noc|postmaster|report|trust|safety|aup|dmca|copyright|legal|compliance|security|complaint)", re.I
)
_OWN_MAILBOX = re.compile(r"^(?:abuse|fraud|spam|report|dmca|aup|complaint)", re.I)
_OTHER_MATTERS = re.compile(
    r"\b(?:requests?\s+for\s+authori[sz]ation|sales|invoice|billing|order|privacy|unsubscribe|cancel\s+your)\b", re.I
)
_PATH = re.compile(r"abuse|report|complain|dmca|misuse|violation", re.I)
_CALL = re.compile(r"\b(?:call|phone|telephone|tel|dial|hotline|ring|mobile|fax)\b", re.I)
_CONTACT = re.compile(
    r"\b(?:please\s+)?(?:contact|notify|inform|tell|alert|reach\s+out\s+to|get\s+in\s+touch\s+with|write\s+to|e-?mail|"
    r"report\s+(?:it|this|them|any|such|\w{1,20})\s+to|"
    r"let)\s+(?:us(?:\s+know)?|our\s+[\w\s]{1,40}?(?:team|department|desk|office|support|line)|"
    r"[A-Z][\w&.]{1,30}(?:\s[A-Z][\w&.]{1,30}){0,3})\b"
)
_MEANS_TO_REPORT = re.compile(
    r"\b(?:report|aware|witness|notice|suspect|complain|victim|receiv|discover|learn|misuse|believe|violation|abuse)\w{0,6}\b",
    re.I,
)
_CARRY = 2

Kind = Literal["email", "url", "phone", "post", "unnamed"]


def reporting(text: str) -> tuple[ReportingAddress, ...]:
    """Every address for reports in its order; `unnamed` only where no address stands near the request."""
    found: list[tuple[Kind, str, int, int]] = []
    requests: list[tuple[int, int, int]] = []
    near = 0
    for number, (start, end) in enumerate(sentences_of(text)):
        speaks = _ABUSE.search(text, start, end) is not None
        near = _CARRY if speaks else max(0, near - 1)
        other = _OTHER_MATTERS.search(text, start, end) is not None and not speaks
        found.extend(_addresses(text, start, end, near=near > 0 and not other, speaks=speaks))
        contact = _CONTACT.search(text, start, end)
        if (
            contact is not None
            and speaks
            and _MEANS_TO_REPORT.search(text, start, end)
            and "not " not in text[start : contact.start()][-12:]
        ):
            requests.append((number, contact.start(), contact.end()))
    if not found:
        found.extend(("unnamed", text[start:end], start, end) for _, start, end in requests[:1])
    kept: dict[tuple[str, str], ReportingAddress] = {}
    for kind, value, start, end in sorted(found, key=lambda one: one[2]):
        address = ReportingAddress(kind=kind, value=value, start=start, end=end, text=text[start:end])
        kept.setdefault((kind, value.lower()), address)
    return tuple(kept.values())


def _addresses(text: str, start: int, end: int, *, near: bool, speaks: bool) -> list[tuple[Kind, str, int, int]]:
    found: list[tuple[Kind, str, int, int]] = []
    for match in _EMAIL.finditer(text, start, end):
        value = _plain_mail(match.group())
        local = value.partition("@")[0]
        line = text.rfind("\n", 0, match.start()) + 1
        if re.match(r"\W{0,3}(?:to|cc|bcc):", text[line : line + 8], re.I):
            continue  # whom a mail went to
        if _OWN_MAILBOX.match(local) or (near and (speaks or _MAILBOX.match(local))):
            found.append(("email", value, match.start(), match.start() + len(match.group().rstrip(".-"))))
    for match in _URL.finditer(text, start, end):
        value = match.group().rstrip(".,;:!?")
        if "@" not in value and ((speaks and _CONTACT_OR_REPORT.search(text, start, match.start())) or _PATH.search(value)):
            found.append(("url", value, match.start(), match.start() + len(value)))
    if speaks:
        for match in _PHONE.finditer(text, start, end):
            if _CALL.search(text, max(start, match.start() - 60), match.start()):
                found.append(("phone", " ".join(match.group().split()), match.start(), match.end()))
        for match in _POST.finditer(text, start, end):
            if "@" not in match.group("value") and any(sign.isdecimal() for sign in match.group("value")):
                found.append(
                    (
                        "post",
                        match.group("value").rstrip(" ."),
                        match.start("value"),
                        match.start("value") + len(match.group("value").rstrip(" .")),
                    )
                )
    return found


_CONTACT_OR_REPORT = re.compile(
    r"\b(?:report|contact|complain|notify|submit|form|visit|abuse|via|through|using|at)\w{0,5}\b", re.I
)
_AT = re.compile(r"\s?[\[(]\s?at\s?[\])]\s?")
_DOT = re.compile(r"\s?[\[(]\s?dot\s?[\])]\s?")


def _plain_mail(written: str) -> str:
    return _DOT.sub(".", _AT.sub("@", written)).rstrip(".-")
