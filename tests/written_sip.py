"""SIP messages for tests, put together from a dictionary so that one header can be changed or left away."""

from __future__ import annotations

from fairwire.sip import Malformed, Request, read

INVITE = {
    "Via": "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds0001;rport",
    "Max-Forwards": "69",
    "From": '"Example Dental" <sip:+12125550100@sbc.example.net;user=phone>;tag=1928301774',
    "To": "<sip:+12125550123@198.51.100.10;user=phone>",
    "Call-ID": "a84b4c76e66710@192.0.2.10",
    "CSeq": "314159 INVITE",
    "Contact": "<sip:+12125550100@192.0.2.10:5060;transport=udp>",
    "Content-Length": "0",
}
URI = "sip:+12125550123@198.51.100.10:5060;user=phone"


def written(start: str = f"INVITE {URI} SIP/2.0", /, *more: str, **changed: str | None) -> bytes:
    """An INVITE without a body, as bytes. `changed` gives other values (`Call_ID` for Call-ID), None leaves one away."""
    headers: dict[str, str | None] = {**INVITE, **{name.replace("_", "-"): value for name, value in changed.items()}}
    lines = [start, *(f"{name}: {value}" for name, value in headers.items() if value is not None), *more, "", ""]
    return "\r\n".join(lines).encode()


def request(*given: str, **changed: str | None) -> Request:
    """The same, read; `given` are further header lines."""
    made = read(written(f"INVITE {URI} SIP/2.0", *given, **changed))
    assert isinstance(made, Request), made
    return made


def refused(data: bytes) -> Malformed:
    """Read what must be malformed."""
    made = read(data)
    assert isinstance(made, Malformed), made
    return made
