"""Names of SIP headers: one canonical spelling (lower case, long form) for each way a peer may write it.

Source: RFC 3261 7.3.1 (case does not matter) and 7.3.3 (compact forms), with the compact forms that IANA lists beside them.
"""

from __future__ import annotations

from typing import Final

COMPACT: Final = {
    b"a": b"accept-contact",
    b"b": b"referred-by",
    b"c": b"content-type",
    b"d": b"request-disposition",
    b"e": b"content-encoding",
    b"f": b"from",
    b"i": b"call-id",
    b"j": b"reject-contact",
    b"k": b"supported",
    b"l": b"content-length",
    b"m": b"contact",
    b"n": b"identity-info",
    b"o": b"event",
    b"r": b"refer-to",
    b"s": b"subject",
    b"t": b"to",
    b"u": b"allow-events",
    b"v": b"via",
    b"x": b"session-expires",
    b"y": b"identity",
}
"""Compact form in lower case -> canonical name."""

ONCE: Final = frozenset({b"from", b"to", b"call-id", b"cseq", b"max-forwards", b"content-length"})
"""Headers that make a message ambiguous when they come twice: which of two From headers was judged?"""

_WELL_KNOWN = (
    b"Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authorization Call-ID Call-Info "
    b"Contact Content-Disposition Content-Encoding Content-Language Content-Length Content-Type CSeq Date Diversion "
    b"Error-Info Event Expires From Geolocation Geolocation-Routing History-Info Identity Identity-Info In-Reply-To "
    b"Max-Forwards MIME-Version Min-SE Organization P-Access-Network-Info P-Asserted-Identity P-Asserted-Service "
    b"P-Charge-Info P-Charging-Vector P-Early-Media P-Preferred-Identity P-Preferred-Service P-Visited-Network-ID "
    b"Priority Privacy Proxy-Authorization Proxy-Require RAck Reason Record-Route Refer-To Referred-By Reject-Contact "
    b"Remote-Party-ID Replaces Request-Disposition Require Resource-Priority Route RSeq Server Session-Expires Session-ID "
    b"Subject Supported Target-Dialog Timestamp To Unsupported User-Agent User-to-User Via Warning WWW-Authenticate "
    b"X-Fairwire-Customer "
).split()


def _spellings() -> dict[bytes, bytes]:
    known: dict[bytes, bytes] = {}
    for name in _WELL_KNOWN:
        for spelling in (name, name.lower(), name.upper(), name.title()):
            known[spelling] = name.lower()
    for short, name in COMPACT.items():
        known[short] = known[short.upper()] = name
    return known


SPELLINGS: Final = _spellings()
"""The spellings that are met every day -> canonical name: one lookup for a header, and nothing is lowered or stripped."""


def canonical(name: bytes) -> bytes:
    """Lower case and long form of any name, known or not."""
    name = name.lower()
    return COMPACT.get(name, name)


def named(name: bytes) -> str:
    """A canonical name as a sentence writes it."""
    return {b"cseq": "CSeq", b"call-id": "Call-ID"}.get(name, name.decode("ascii", "replace").title())
