"""An INVITE as the attempt that it is: whose call, from whom, to whom.

The customer is, in this order: the one that a trusted peer names (`X-Fairwire-Customer`, `P-Charge-Info`), the owner of the
asserted identity, the owner of the number in From, the owner of the source address. Where none of these tells it, nobody can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from fairwire.ports.plain_call import LONGEST_TEXT, PlainCaller
from fairwire.serve.redirect.peers import Peer
from fairwire.sip import Address, BadAddress, InviteFacts, Request, Uri, Who, number_of, read_uri, who_of
from fairwire.sip.addresses import tel_parameter
from fairwire.sip.invite import names_nobody
from fairwire.sip.via import vias

if TYPE_CHECKING:
    from fairwire.ports.service import CallService
    from fairwire.stir.verify import Verdict

Direction = Literal["outbound", "inbound", "internal"]
TRANSPORTS = {"UDP": "udp", "TCP": "tcp", "TLS": "tls", "WS": "ws", "WSS": "wss"}
_VIA = re.compile(
    rb"SIP/2\.0/([A-Z]+) ([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?(?:;(?!received)[a-z]+(?:=[^\s;,\"]+)?)*?"
    rb"(?:;received=([0-9A-Fa-f.:]+))?(?:;(?!received)[a-z]+(?:=[^\s;,\"]+)?)*"
).fullmatch
"""One Via value written as everybody writes it; any other is taken apart at leisure."""
_COUNTRY_CODE = 3
"""Digits of the longest country code."""
_SCHEMES = ("sip:", "sips:", "tel:", "urn:")
MOST_CALLERS = 1 << 17
"""Callers that are remembered; all are forgotten when there are more."""
MOST_WAYS = 1 << 14
_PARTS = 64
MOST_SAID = 1 << 10
"""Bytes that a caller who is remembered may say of itself."""


def attributed(
    service: CallService, *, named: str, numbers: Iterable[str], called: str, address: str, side: Direction | Literal["any"]
) -> tuple[str, Direction]:
    """The customer that a call belongs to, empty when nobody can tell, and which way it goes.

    Parameters
    ----------
    named
        The customer that a trusted peer names; empty for none.
    numbers
        What the call is known to come from, the surest first; empty texts are passed over.
    called
        The number called.
    address
        Where the call comes from.
    side
        Whose calls the peer hands in, or which way it says that this one goes.
    """
    customer, direction = "", side if side != "any" else "outbound"
    if side != "inbound":
        customer = named
        for number in numbers:
            if customer:
                break
            if number:
                customer = service.owner_of_number(number) or ""
        customer = customer or service.owner_of_address(address) or ""
    if side != "outbound":
        owner = service.owner_of_number(called) or ""
        if not customer:
            customer, direction = owner, "inbound"
        elif side == "any" and owner == customer:
            direction = "internal"
    return customer, direction


def call_of(service: CallService, request: Request, facts: InviteFacts, peer: Peer, source: str) -> dict[str, Any]:
    """The fields of `call.attempt`, as `CallService.decide_call` takes them."""
    hop = _hop(request)
    address = came_from(request, hop, peer, source)
    customer, direction = attributed(
        service,
        named=facts.customer,
        numbers=_names(facts, peer),
        called=facts.called,
        address=address,
        side=peer.direction,
    )
    shown = facts.asserted[0] if facts.asserted and not facts.caller else facts.caller
    fields: dict[str, Any] = {
        "customer": customer,
        "call_id": facts.call_id[:LONGEST_TEXT],
        "direction": direction,
        "from_": (shown or "anonymous")[:LONGEST_TEXT],
        "to": (_goes_to(facts, peer) or facts.request_uri)[:LONGEST_TEXT],
        "src_ip": address,
    }
    if direction != "inbound":
        line = facts.charged or (facts.asserted[0] if facts.asserted else facts.caller)
        if line:
            fields["line"] = line[:LONGEST_TEXT]
        user = told(request, b"x-fairwire-user") if peer.trusted else ""
        if user:
            fields["user"] = user
    if facts.display_name:
        fields["display_name"] = facts.display_name[:LONGEST_TEXT]
    if facts.asserted:
        fields["pai"] = facts.asserted[0][:LONGEST_TEXT]
    if facts.diversions:
        fields["diversion"] = [number[:LONGEST_TEXT] for number in facts.diversions[:20]]
    if facts.user_agent:
        fields["user_agent"] = facts.user_agent[:LONGEST_TEXT]
    trunk = told(request, b"x-fairwire-trunk") if peer.trusted else ""
    if trunk:
        fields["trunk"] = trunk
    rate = told(request, b"x-fairwire-rate") if peer.trusted else ""
    if rate and is_amount(rate):
        fields["rate_per_min"] = rate
    transport = TRANSPORTS.get(hop.transport)
    if transport:
        fields["transport"] = transport
    return fields


class _Way(NamedTuple):
    """How calls come in that say the same but for names and numbers."""

    named: str
    """The customer that a trusted peer names."""
    user: str
    address: str
    user_agent: str
    transport: str
    trunk: str
    rate: str


def _way_of(who: Who, peer: Peer, source: str) -> _Way:
    agent, transport = who.user_agent[:LONGEST_TEXT], TRANSPORTS.get(who.hop, "")
    if not peer.trusted:
        return _Way("", "", source, agent, transport, "", "")
    address = who.source or (who.hop_address if _looks_like_address(who.hop_address) else source)
    return _Way(who.customer, who.user, address, agent, transport, who.trunk, who.rate)


def plain_caller(service: CallService, said: bytes, called: str, peer: Peer, source: str) -> PlainCaller:
    """The same of an INVITE that says no more than a plain one does: of whose calls it is one. `said` is what `who_of` reads."""
    who = who_of(said)
    asserted = who.asserted if peer.trusted else ""
    return _caller(service, who.display_name, who.caller, asserted, _way_of(who, peer, source), called, peer)


def _caller(
    service: CallService, display_name: str, caller: str, asserted: str, way: _Way, called: str, peer: Peer
) -> PlainCaller:
    numbers = (asserted, caller)
    customer, direction = attributed(
        service, named=way.named, numbers=numbers, called=called, address=way.address, side=peer.direction
    )
    inbound = direction == "inbound"
    return PlainCaller(
        customer, direction, caller,
        "" if inbound else asserted or caller,
        display_name[:LONGEST_TEXT],
        asserted,
        "" if inbound else way.user,
        way.address,
        way.user_agent,
        way.transport,
        way.trunk,
        way.rate,
    )  # fmt: skip


class Callers:
    """Who calls, remembered by what its INVITEs say of it: the same lines call again and again. Used from one thread.

    Kept in many small tables: a large one holds calls up for ten milliseconds and more when it grows.
    """

    def __init__(self, service: CallService) -> None:
        self._service = service
        self._parts: list[dict[tuple[str, bytes], PlainCaller]] = [{} for _ in range(_PARTS)]
        self._count = 0
        self._ways: dict[tuple[str, bytes], _Way] = {}
        """By who asks, and what is said behind name and number: the lines of a house differ in no more."""

    def of(self, said: bytes, called: bytes, peer: Peer, source: str) -> PlainCaller:
        """What `plain_caller` gives. `called` is ASCII."""
        if peer.direction != "outbound":
            number = called.decode("ascii")
            if peer.direction == "inbound" or self._service.owner_of_number(number):
                return plain_caller(self._service, said, number, peer, source)  # the number called tells whose call it is
        part, key = self._parts[hash(said) % _PARTS], (source, said)
        found = part.get(key)
        if found is None:
            found = self._made(said, called, peer, source)
            if len(said) > MOST_SAID:
                return found
            if self._count >= MOST_CALLERS:
                for each in self._parts:
                    each.clear()
                self._count = 0
            part[key] = found
            self._count += 1
        return found

    def _made(self, said: bytes, called: bytes, peer: Peer, source: str) -> PlainCaller:
        name, number, behind = said.split(b"\0", 2)
        to = called.decode("ascii")
        if behind[:1] != b"\0":  # a number is asserted, which is another for each line
            return plain_caller(self._service, said, to, peer, source)
        way = self._ways.get((source, behind))
        if way is None:
            if len(self._ways) >= MOST_WAYS:
                self._ways.clear()
            way = self._ways[source, behind] = _way_of(who_of(said), peer, source)
        return _caller(self._service, name.decode("ascii"), number.decode("ascii"), "", way, to, peer)


def _names(facts: InviteFacts, peer: Peer) -> tuple[str, ...]:
    """The numbers that say whose call it is, in order. A forwarded call counts for the one who forwards it (who asserts that the
    caller is somebody else), by the word of a peer that is believed; anybody else could charge it to a stranger with that."""
    forwards = facts.diversions[:1]
    if peer.trusted:
        return (facts.charged, *forwards, *facts.asserted, facts.caller)
    return (facts.charged, *facts.asserted, facts.caller, *forwards)


def vouched(fields: dict[str, Any], verdict: Verdict) -> None:
    """Put what is vouched for into the fields: the attestation, and who diverted the call by signed word."""
    fields["attestation"] = verdict.attestation
    if verdict.diverted:
        signed = [f"+{number}" for number in reversed(verdict.diverted)]
        fields["diversion"] = list(dict.fromkeys([*signed, *fields.get("diversion", ())]))[:20]


def _goes_to(facts: InviteFacts, peer: Peer) -> str:
    return goes_to(facts.called, routing_number=facts.routing_number, phone_context=facts.phone_context, trusted=peer.trusted)


def goes_to(called: str, *, routing_number: str, phone_context: str, trusted: bool) -> str:
    """The number that decides where the call goes.

    A routing number (RFC 4694 `rn`) is looked up by the network; a caller who writes one means it to be gone by instead of the
    number dialled. A `phone-context` (RFC 3966) of more digits than a country code is put before a local number by some
    switches: `911` behind one is then no call for help.
    """
    if routing_number and not trusted:
        return routing_number
    digits = sum(map(str.isdigit, phone_context))
    if digits > _COUNTRY_CODE and called[:1] not in ("", "+") and not any(map(str.isalpha, phone_context)):
        return f"+{''.join(filter(str.isdigit, phone_context))}{called}"
    return called


def told(request: Request, name: bytes) -> str:
    """The value of a header that only a trusted peer may write; empty unless there is exactly one that can be read."""
    if name not in request.fields or name in request.repeated:
        return ""
    value = request.text(name) or ""
    return value if value.isprintable() and len(value) <= LONGEST_TEXT and "\ufffd" not in value else ""


def is_amount(text: str) -> bool:
    """A decimal number as money is written, short enough to be one."""
    whole, point, part = text.partition(".")
    return text.isascii() and whole.isdigit() and len(whole) <= 9 and (not point or (part.isdigit() and len(part) <= 6))


class Hop(NamedTuple):
    """How a call reached whoever asks."""

    transport: str
    address: str
    """Where it came from, as the Via says: an IP address or a name."""


def _hop(request: Request) -> Hop:
    """The hop before the peer that asks. The peer itself when there is none before it."""
    more = request.repeated.get(b"via")
    if more is not None and b"," not in request.fields[b"via"]:
        plain = _VIA(more[0])
        if plain is not None:
            transport, host, received = plain.groups()
            return Hop(transport.decode(), (received or host).decode().strip("[]"))
    found = [via for line in request.lines(b"via")[:2] for via in vias(line)[:2]]
    via = found[1] if len(found) > 1 else found[0]
    return Hop(via.transport, (via.params.get("received") or via.host).strip("[]"))


def came_from(request: Request, hop: Hop, peer: Peer, source: str) -> str:
    """The IP address that the call reached the peer from: its own word for it, or what its Via says of the hop before."""
    if not peer.trusted:
        return source
    named = told(request, b"x-fairwire-source")
    if named:
        return named
    return hop.address if _looks_like_address(hop.address) else source


def _looks_like_address(text: str) -> bool:
    return text.replace(".", "").isdigit() or ":" in text


def dialled(text: str, *, trusted: bool) -> str:
    """The number that decides where a call goes. Raises BadAddress."""
    number = number_in(text)
    if ";" not in text:
        return number
    text = text.strip()
    uri = read_uri(text) if text.lower().startswith(_SCHEMES) else Uri("sip", text, "", "", None, {}, "")
    routing, context = tel_parameter(uri, "rn"), tel_parameter(uri, "phone-context")
    return goes_to(number, routing_number=routing, phone_context=context, trusted=trusted)


def number_in(text: str, *, anonymous: bool = False) -> str:
    """The number in a URI, or in a text as it was dialled. `anonymous`: empty for an address of nobody. Raises BadAddress."""
    text = text.strip()
    if not text.lower().startswith(_SCHEMES):
        # Cleaned as the number of a URI is, so that escapes and separators hide nothing here either.
        return number_of(Uri("tel", text, "", "", None, {}, ""))
    uri = read_uri(text)
    if anonymous and names_nobody(Address(display="", uri=uri, params={})):
        return ""
    return number_of(uri)


def dialled_or_none(text: str) -> str:
    """The same of a request that may be malformed; empty where it cannot be read."""
    try:
        return dialled(text.strip(" \t<>"), trusted=True)
    except BadAddress:
        return ""
