"""An INVITE as the attempt that it is: whose call, from whom, to whom.

The customer is, in this order: the one that a trusted peer names (`X-Fairwire-Customer`, `P-Charge-Info`), the owner of the
asserted identity, the owner of the number in From, the owner of the source address. Where none of these tells it, nobody can.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from fairwire.serve.redirect.peers import Peer
from fairwire.sip import InviteFacts, Request
from fairwire.sip.via import vias

if TYPE_CHECKING:
    from fairwire.ports.service import CallService
    from fairwire.stir.verify import Verdict

Direction = Literal["outbound", "inbound", "internal"]
_TRANSPORTS = {"UDP": "udp", "TCP": "tcp", "TLS": "tls", "WS": "ws", "WSS": "wss"}
_VIA = re.compile(
    rb"SIP/2\.0/([A-Z]+) ([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?(?:;(?!received)[a-z]+(?:=[^\s;,\"]+)?)*?"
    rb"(?:;received=([0-9A-Fa-f.:]+))?(?:;(?!received)[a-z]+(?:=[^\s;,\"]+)?)*"
).fullmatch
"""One Via value written as everybody writes it; any other is taken apart at leisure."""
_LONGEST = 256
"""Characters of a text that is kept with a call; what is longer is cut, for nobody reads it."""


def whose(service: CallService, facts: InviteFacts, source: str) -> str:
    """The customer that a call is from; empty when nobody can tell. `source`: address that it comes from."""
    if facts.customer:
        return facts.customer
    numbers = (facts.charged, *facts.asserted, facts.caller, *facts.diversions[:1])
    found = next(filter(None, (service.owner_of_number(number) for number in numbers if number)), None)
    return found or service.owner_of_address(source) or ""


def call_of(service: CallService, request: Request, facts: InviteFacts, peer: Peer, source: str) -> dict[str, Any]:
    """The fields of `call.attempt`, as `CallService.decide_call` takes them."""
    hop = _hop(request)
    address = came_from(request, hop, peer, source)
    direction: Direction = "outbound"
    customer = "" if peer.direction == "inbound" else whose(service, facts, address)
    if peer.direction != "outbound":
        called = service.owner_of_number(facts.called) or ""
        if not customer or peer.direction == "inbound":
            customer, direction = called, "inbound"
        elif called == customer:
            direction = "internal"
    shown = facts.asserted[0] if facts.asserted and not facts.caller else facts.caller
    fields: dict[str, Any] = {
        "customer": customer,
        "call_id": facts.call_id[:_LONGEST],
        "direction": direction,
        "from_": (shown or "anonymous")[:_LONGEST],
        "to": _goes_to(facts, peer)[:_LONGEST],
        "src_ip": address,
    }
    if direction != "inbound":
        line = facts.charged or (facts.asserted[0] if facts.asserted else facts.caller)
        if line:
            fields["line"] = line[:_LONGEST]
        user = told(request, b"x-fairwire-user") if peer.trusted else ""
        if user:
            fields["user"] = user
    if facts.display_name:
        fields["display_name"] = facts.display_name[:_LONGEST]
    if facts.asserted:
        fields["pai"] = facts.asserted[0][:_LONGEST]
    if facts.diversions:
        fields["diversion"] = [number[:_LONGEST] for number in facts.diversions[:20]]
    if facts.user_agent:
        fields["user_agent"] = facts.user_agent[:_LONGEST]
    trunk = told(request, b"x-fairwire-trunk") if peer.trusted else ""
    if trunk:
        fields["trunk"] = trunk
    rate = told(request, b"x-fairwire-rate") if peer.trusted else ""
    if rate and _is_amount(rate):
        fields["rate_per_min"] = rate
    transport = _TRANSPORTS.get(hop.transport)
    if transport:
        fields["transport"] = transport
    return fields


def vouched(fields: dict[str, Any], verdict: Verdict) -> None:
    """Put what is vouched for into the fields: the attestation, and who diverted the call by signed word."""
    fields["attestation"] = verdict.attestation
    if verdict.diverted:
        signed = [f"+{number}" for number in reversed(verdict.diverted)]
        fields["diversion"] = list(dict.fromkeys([*signed, *fields.get("diversion", ())]))[:20]


def _goes_to(facts: InviteFacts, peer: Peer) -> str:
    """The number that decides where the call goes. A routing number (RFC 4694 `rn`) is looked up by the network; a caller who
    writes one means it to be gone by instead of the number dialled."""
    if facts.routing_number and not peer.trusted:
        return facts.routing_number
    return facts.called or facts.request_uri


def told(request: Request, name: bytes) -> str:
    """The value of a header that only a trusted peer may write; empty unless there is exactly one that can be read."""
    if name not in request.fields or name in request.repeated:
        return ""
    value = request.text(name) or ""
    return value if value.isprintable() and len(value) <= _LONGEST and "\ufffd" not in value else ""


def _is_amount(text: str) -> bool:
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
