"""What an INVITE says about a call, for the one who decides about it.

All of it is what the sender claims. Headers that only a trusted peer may write (RFC 3325, RFC 8496, our own) are not looked at
unless the caller of `read_invite` says that the peer is one.

Source: RFC 3261 20; RFC 3323 (Privacy); RFC 3325 (P-Asserted-Identity); RFC 5806 (Diversion); RFC 7044 and 7544 (History-Info);
RFC 8224 (Identity); RFC 8496 (P-Charge-Info).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from fairwire.sip.addresses import Address, BadAddress, number_of, read_address, read_uri, split_list, tel_parameter
from fairwire.sip.diversions import Diversions, read_diversions
from fairwire.sip.message import Request
from fairwire.sip.transactions import transport_of

_NOBODY = frozenset({"anonymous", "unavailable", "restricted", "withheld", "private"})
"""User parts that name nobody: RFC 3323 4.1 has the first, gateways write the others."""
_WITHHOLDING = frozenset({"id", "user", "full"})
_LONGEST_CUSTOMER = 256
_NUMBER_HOST = rb"sips?:(\+?[0-9]{2,15}+)@([a-z0-9.\-]++)(?::[0-9]{1,4}+)?(?:;user=phone)?(?:;transport=[a-z]++)?"
_PLAIN_SENDER = re.compile(rb'(?:"([^"\\]*+)" ?)?<' + _NUMBER_HOST + rb">")
_PLAIN_NUMBER = re.compile(rb'(?:"[^"\\]*+" ?)?<' + _NUMBER_HOST + rb">").fullmatch
_PLAIN_CONTACT = re.compile(rb"<sips?:(?:[A-Za-z0-9+\-_.]++@)?([a-z0-9.\-]++)(?::[0-9]{1,4}+)?(?:;transport=[a-z]++)?>").fullmatch
"""Addresses written as nearly everybody writes them. They give what `read_address` and `number_of` would."""
_SHORT = 256
"""Characters of a value that is remembered, so that what is remembered stays small."""


class InviteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An INVITE as it is judged. Numbers are as `number_of` gives them; an empty text means that there is nothing."""

    call_id: str
    request_uri: str
    called: str
    """The number in the Request-URI: where the call goes, whatever To says."""
    routing_number: str
    """`rn` of the called number (RFC 4694): a switch that heeds it sends the call there instead."""
    phone_context: str
    """`phone-context` of the called number (RFC 3966): there are switches that put it before a local number, so that `911` with a
    context of many digits is no emergency call."""
    caller: str
    """The number or name in From; empty when From names nobody."""
    display_name: str
    from_host: str
    withheld: bool
    """The caller is not to be shown: From names nobody, or Privacy asks for it."""
    asserted: tuple[str, ...]
    """P-Asserted-Identity, sip and tel, each number once; only of a trusted peer."""
    preferred: tuple[str, ...]
    """P-Preferred-Identity: a hint of the caller's device, never a proof."""
    remote_party: str
    """Remote-Party-ID with `party=calling` or none: a hint as well."""
    diversions: tuple[str, ...]
    """Who diverted the call, newest first, from Diversion and History-Info."""
    diverted: int
    """How often the call was diverted: the sum of the Diversion counters, or the entries of History-Info when they are more."""
    charged: str
    """P-Charge-Info; only of a trusted peer, and only when there is exactly one."""
    customer: str
    """X-Fairwire-Customer; only of a trusted peer, and only when there is exactly one."""
    identity: tuple[bytes, ...]
    """Identity headers (PASSporTs), as they came."""
    privacy: frozenset[str]
    user_agent: str
    transport: str
    """Of the topmost Via, upper case."""
    contact_host: str
    max_forwards: int | None
    """None: the request has none."""
    date: str
    flaws: tuple[str, ...]
    """Sentences about headers that were left out because they could not be read, or came twice. They never quote the message."""


def _numbers(request: Request, name: bytes, flaws: list[str]) -> tuple[str, ...]:
    """The numbers in all values of a header of addresses, each once."""
    if name not in request.repeated and len(request.fields[name]) <= _SHORT:
        plain = _PLAIN_NUMBER(request.fields[name])
        if plain is not None:
            return (plain[1].decode(),)
        known = _known_number(request.fields[name])
        if known is not None:
            return known
    found: dict[str, None] = {}
    readable = True
    for line in request.texts(name):
        for value in split_list(line):
            try:
                found[number_of(read_address(value).uri)] = None
            except BadAddress:
                readable = False
    if not readable:
        flaws.append(f"a value of {name.decode()} cannot be read")
    return tuple(filter(None, found))


@lru_cache(maxsize=1 << 14)
def _known_number(line: bytes) -> tuple[str, ...] | None:
    """What `_numbers` gives for one line with one value that can be read; None for any other."""
    text = line.strip(b" \t").decode("utf-8", "replace")
    if "," in text:
        return None
    try:
        number = number_of(read_address(text).uri)
    except BadAddress:
        return None
    return (number,) if number else ()


def names_nobody(address: Address) -> bool:
    """It is the address of a caller who withholds the number (RFC 3323 4.1)."""
    uri = address.uri
    return uri.host == "anonymous.invalid" or uri.host.endswith(".anonymous.invalid") or uri.user.lower() in _NOBODY


def _remote_party(request: Request, flaws: list[str]) -> str:
    for line in request.texts(b"remote-party-id"):
        for value in split_list(line):
            try:
                address = read_address(value)
            except BadAddress:
                flaws.append("a value of remote-party-id cannot be read")
                return ""
            if (address.params.get("party") or "calling").lower() == "calling":
                return number_of(address.uri)
    return ""


def _only(request: Request, name: bytes, flaws: list[str]) -> str:
    """The value of a header that must come once; empty when it comes more often: then nobody knows which one was meant."""
    lines = request.texts(name)
    if len(lines) > 1:
        flaws.append(f"there is more than one {name.decode()}")
        return ""
    return lines[0] if lines else ""


def _charged(request: Request, flaws: list[str]) -> str:
    value = _only(request, b"p-charge-info", flaws)
    if not value:
        return ""
    try:
        return number_of(read_address(value).uri)
    except BadAddress:
        flaws.append("the value of p-charge-info cannot be read")
        return ""


def _customer(request: Request, flaws: list[str]) -> str:
    value = _only(request, b"x-fairwire-customer", flaws)
    if len(value) > _LONGEST_CUSTOMER or not value.isprintable() or "," in value or "\ufffd" in value:
        flaws.append("the value of x-fairwire-customer cannot be read")
        return ""
    return value


def _contact_host(request: Request, flaws: list[str]) -> str:
    plain = _PLAIN_CONTACT(request.fields.get(b"contact", b""))
    if plain is not None and b"contact" not in request.repeated:
        return plain[1].decode()
    line = request.text(b"contact")
    if not line or line == "*":
        return ""
    host = (_known_host if len(line) <= _SHORT else _host)(line)
    if host is None:
        flaws.append("the Contact header cannot be read")
    return host or ""


def _host(line: str) -> str | None:
    try:
        return read_address(split_list(line)[0]).uri.host
    except BadAddress:
        return None


_known_host = lru_cache(maxsize=1 << 12)(_host)


class _Called(NamedTuple):
    number: str
    routing_number: str
    phone_context: str


class _Sender(NamedTuple):
    number: str
    display: str
    host: str
    nobody: bool


def _of_uri(text: str) -> _Called:
    uri = read_uri(text)
    if ";" not in text:
        return _Called(number_of(uri), "", "")
    return _Called(number_of(uri), tel_parameter(uri, "rn"), tel_parameter(uri, "phone-context"))


def _plain_sender(written: bytes) -> _Sender | None:
    """The sender in a From that is written as nearly everybody writes it and shows a number; None for any other."""
    found = _PLAIN_SENDER.match(written)
    if found is None:
        return None
    end = found.end()
    display, number, host = found.groups()
    if b">" in written[end:] or b'"' in written[end:] or host.endswith(b"anonymous.invalid"):
        return None
    return _Sender(number.decode(), "" if display is None else display.decode("utf-8", "replace"), host.decode(), False)


def _sender(text: str) -> _Sender:
    address = read_address(text)
    nobody = names_nobody(address)
    return _Sender("" if nobody else number_of(address.uri), address.display, address.uri.host, nobody)


_known_uri = lru_cache(maxsize=1 << 14)(_of_uri)
_known_sender = lru_cache(maxsize=1 << 14)(_sender)


def called_in(request: Request) -> str:
    """The number in the Request-URI, also of a request that is malformed elsewhere; empty when the URI cannot be read.

    Whoever answers a `Malformed` asks this first: an emergency call is let through however badly its device writes.
    """
    try:
        return number_of(read_uri(request.uri.decode("utf-8", "replace").strip(" \t<>")))
    except BadAddress:
        return ""


def read_invite(request: Request, *, trusted: bool) -> InviteFacts:
    """Gather what a request says about its call.

    Parameters
    ----------
    request
        What `read` gave. It may have any method; a call is what an INVITE asks for.
    trusted
        The request comes from a peer that removes the headers of others and writes its own: an SBC by its address and transport.

    Raises
    ------
    BadAddress
        The Request-URI or From cannot be read, or there is no From.
    ValueError
        There is no Via that can be read. `read` has made sure of all three for every `Request`.
    """
    flaws: list[str] = []
    has = request.fields
    request_uri = request.uri.decode("utf-8", "replace")
    called = (_known_uri if len(request_uri) <= _SHORT else _of_uri)(request_uri)
    sender = _plain_sender(has[b"from"]) if b"from" in has else None
    if sender is None:
        written = request.text(b"from") or ""
        # The tag is new each time; what is before it comes again with each call of a line. `read` has looked at all of it.
        end = written.rfind(">") + 1
        sender = _known_sender(written[:end]) if 0 < end <= _SHORT and '"' not in written[end:] else _sender(written)
    privacy: frozenset[str] = frozenset()
    if b"privacy" in has:
        words = ";".join(request.texts(b"privacy")).replace(",", ";").lower().split(";")
        privacy = frozenset(filter(None, map(str.strip, words)))
    diversions = Diversions((), 0)
    if b"diversion" in has or b"history-info" in has:
        diversions = read_diversions(request, flaws)
    given = request.value(b"max-forwards")
    return InviteFacts(
        call_id=request.text(b"call-id") or "",
        request_uri=request_uri,
        called=called.number,
        routing_number=called.routing_number,
        phone_context=called.phone_context,
        caller=sender.number,
        display_name=sender.display,
        from_host=sender.host,
        withheld=sender.nobody or not privacy.isdisjoint(_WITHHOLDING),
        asserted=_numbers(request, b"p-asserted-identity", flaws) if trusted and b"p-asserted-identity" in has else (),
        preferred=_numbers(request, b"p-preferred-identity", flaws) if b"p-preferred-identity" in has else (),
        remote_party=_remote_party(request, flaws) if b"remote-party-id" in has else "",
        diversions=diversions.numbers,
        diverted=diversions.times,
        charged=_charged(request, flaws) if trusted and b"p-charge-info" in has else "",
        customer=_customer(request, flaws) if trusted and b"x-fairwire-customer" in has else "",
        identity=tuple(request.lines(b"identity")),
        privacy=privacy,
        user_agent=request.text(b"user-agent") or "",
        transport=transport_of(request),
        contact_host=_contact_host(request, flaws),
        max_forwards=int(given) if given is not None and given.isdigit() and len(given) <= 20 else None,
        date=request.text(b"date") or "",
        flaws=tuple(flaws),
    )
