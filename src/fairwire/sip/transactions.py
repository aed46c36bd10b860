"""Which transaction a request belongs to, and the tag with which it is answered.

A retransmission has the same key and gets the same tag, in every worker process that holds the same secret; a second call never
has them, even when it repeats the Call-ID.

Source: RFC 3261 17.2.3 (matching), 8.1.1.7 (magic cookie), 8.2.7 (stateless tags).
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from fairwire.sip.dialogs import tag_of
from fairwire.sip.message import Request
from fairwire.sip.via import Via, vias

_COOKIE = "z9hg4bk"
_TOP = re.compile(
    rb"SIP/2\.0/([A-Z]+) ([A-Za-z0-9._\-]+)(?::([0-9]+))?(?:;(?!branch)[a-z]++(?:=[^\s;,\"]++)?)*+;branch=([^\s;,\"]++)(?=[;,]|$)"
).match


def top_via(request: Request) -> Via:
    """The topmost Via: who sent the request to us.

    Raises
    ------
    ValueError
        There is none that can be read; `read` makes sure that a `Request` has one.
    """
    line = request.value(b"via")
    if line is None:
        raise ValueError("there is no Via header")
    return vias(line)[0]


def transport_of(request: Request) -> str:
    """The transport that the topmost Via names, upper case: UDP, TCP, TLS, ...; `ValueError` as for `top_via`."""
    line = request.fields.get(b"via", b"")
    word = line[8 : line.find(b" ", 8)]
    return word.decode().upper() if line[:8] == b"SIP/2.0/" and word.isalnum() else top_via(request).transport


def _branch_and_sender(request: Request) -> tuple[bytes, bytes]:
    found = _plain_branch_and_sender(request.fields.get(b"via", b""))
    if found is not None:
        return found
    via = top_via(request)
    host_text, number = via.sent_by
    return via.branch.encode(), f"{host_text}:{number}".encode()


@lru_cache(maxsize=4)
def _plain_branch_and_sender(line: bytes) -> tuple[bytes, bytes] | None:
    """Of a Via line written as everybody writes it. Asked twice for each request: for its key, and for the tag of its answer."""
    found = _TOP(line)
    if found is None or b"," in line or line.count(b"branch") != 1:
        return None
    transport, host, port, branch = found.groups()
    return branch, host.lower() + b":" + (port or (b"5061" if transport == b"TLS" else b"5060"))


def transaction_key(request: Request) -> bytes:
    """Bytes that are equal for a request and its retransmissions, and for an INVITE and the ACK of its refusal; else different.

    A branch of RFC 3261 (`z9hG4bK` and more) counts with sent-by and method. For older peers it is From tag, Call-ID, CSeq
    number, Request-URI and topmost Via; the To tag too, but not of INVITE and ACK, where the ACK has the tag that we gave.

    Raises
    ------
    ValueError
        There is no Via that can be read.
    """
    method = b"INVITE" if request.method == b"ACK" else request.method
    branch, sender = _branch_and_sender(request)
    if len(branch) > len(_COOKIE) and branch[: len(_COOKIE)].lower() == _COOKIE.encode():
        return b"\n".join((branch, sender, method))
    to_tag = b"" if method == b"INVITE" else tag_of(request.fields.get(b"to", b"")) or b""
    via = top_via(request)
    line = repr((via.transport, via.host, via.port, sorted(via.params.items(), key=str))).encode()
    return b"\n".join((b"2543", method, to_tag, *_identity(request), request.uri, line))


def _identity(request: Request) -> tuple[bytes, bytes, bytes]:
    """Call-ID, From tag and CSeq number."""
    call_id = request.value(b"call-id") or b""
    number = (request.value(b"cseq") or b"").partition(b" ")[0].lstrip(b"0")
    return call_id, tag_of(request.fields.get(b"from", b"")) or b"", number


def tag_for(secret: bytes, request: Request) -> str:
    """Our To tag for a request: 16 hexadecimal digits that depend on the secret, the branch, Call-ID, From tag and CSeq number.

    Parameters
    ----------
    secret
        1 to 64 bytes, shared by all processes that answer for one address.

    Raises
    ------
    ValueError
        The secret is empty or longer than 64 bytes, or there is no Via that can be read.
    """
    if not secret:
        raise ValueError("the secret is empty")
    branch, _ = _branch_and_sender(request)
    return blake2b(b"\n".join((branch, *_identity(request))), key=secret, digest_size=8).hexdigest()
