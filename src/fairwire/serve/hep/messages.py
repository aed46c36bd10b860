"""What of a SIP message tells that a call begins, is answered or ends. Everything else about it is left where it is."""

from __future__ import annotations

from typing import NamedTuple

from fairwire.sip import Request, Response
from fairwire.sip.dialogs import tag_of

_LONGEST_CALL_ID = 256


class Seen(NamedTuple):
    """One message, as far as it matters to its call."""

    method: bytes
    """Of the CSeq: a response has that of its request."""
    status: int
    """0: it is a request."""
    call_id: bytes
    from_tag: bytes
    to_tag: bytes
    cseq: int
    hops: int
    """Via values: one for each element that the request had passed when it was sent here."""
    at_us: int
    """When the capture agent saw it."""
    redirected: bool = False
    """A 302 of a redirect point such as ours: the answer to a proxy that asks, not to a caller."""


def seen_of(message: Request | Response, at_us: int) -> Seen | None:
    """What matters of a message; None when it can belong to no call."""
    number, _, method = (message.value(b"cseq") or b"").partition(b" ")
    call_id = message.value(b"call-id") or b""
    if not number.isdigit() or len(number) > 10 or not call_id:
        return None
    status = message.status if isinstance(message, Response) else 0
    return Seen(
        method=method.strip(b" \t"),
        status=status,
        call_id=call_id[:_LONGEST_CALL_ID],
        from_tag=tag_of(message.fields.get(b"from", b"")) or b"",
        to_tag=tag_of(message.fields.get(b"to", b"")) or b"",
        cseq=int(number),
        hops=sum(1 + line.count(b",") for line in message.lines(b"via")),
        at_us=at_us,
        redirected=status == 302 and b";fw=" in message.fields.get(b"contact", b""),
    )
