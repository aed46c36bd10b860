"""The answer to a request, and the Contact of a redirect.

Source: RFC 3261 8.2.6.2 (what is copied), 8.3 (a redirect must lead elsewhere), 18.2.1 (received), 19.1.4 (equal
URIs); RFC 3581 4 (rport).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from fairwire.sip.addresses import BadAddress, Uri, read_uri
from fairwire.sip.dialogs import tag_of
from fairwire.sip.message import Request
from fairwire.sip.via import first_end

_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+").fullmatch
_NAME = re.compile(r"[A-Za-z0-9\-]+").fullmatch
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]").search
_IP = re.compile(r"[0-9A-Fa-f.:]+").fullmatch
_HOST = re.compile(r"[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\]").fullmatch
_SENT_BY = re.compile(rb"[^/]*/[^/]*/[ \t]*[^ \t]+[ \t]+(\[[^\]]*\]|[^:;, \t]+)").match
_RECEIVED = re.compile(
    rb'"(?:[^"\\]|\\.)*"|;[ \t]*(received)[ \t]*(?:=[ \t]*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+)[ \t]*)?(?=;|$)',
    re.IGNORECASE | re.DOTALL,
)
_RPORT = re.compile(rb'"(?:[^"\\]|\\.)*"|;[ \t]*(rport)[ \t]*(?=;|$)', re.IGNORECASE | re.DOTALL)
_UNRESERVED = "-_.!~*'()[]/:&+$"
"""What a parameter may hold unescaped beside letters and digits: mark and param-unreserved of RFC 3261 25.1."""


def safe(text: str, what: str) -> bytes:
    """A text that may stand in a line of an answer. Raises ValueError for any other."""
    if _UNSAFE(text):
        raise ValueError(f"{what} has a control byte or a line end in it")
    return text.encode()


def _topmost(line: bytes, source: tuple[str, int]) -> bytes:
    """The first Via value with `received` and `rport` filled in (RFC 3261 18.2.1, RFC 3581 4), the rest of its line as it was."""
    ip, port = source
    if not _IP(ip) or not 0 <= port <= 65535:
        raise ValueError("the source is no IP address and port")
    try:
        end = len(line) if b"," not in line else first_end(line)
    except ValueError:
        return line  # answered with 400 because of it
    first, rest = line[:end], line[end:]
    written = ip.encode()
    asked = False

    def port_given(found: re.Match[bytes]) -> bytes:
        nonlocal asked
        if found[1] is None:
            return found[0]
        asked = True
        return b";%s=%d" % (found[1], port)

    if b"port" in first.lower():
        first = _RPORT.sub(port_given, first)
    sent_by = _SENT_BY(first)
    if asked or sent_by is None or sent_by[1].strip(b"[]").lower() != written.lower():
        if b"received" in first.lower():  # nobody but the receiver may say it
            first = _RECEIVED.sub(lambda found: found[0] if found[1] is None else b"", first)
        first = first.rstrip(b" \t") + b";received=" + written
    return first + rest


def reply(
    request: Request,
    code: int,
    phrase: str,
    *,
    tag: str,
    headers: Iterable[tuple[str, str]] = (),
    source: tuple[str, int] | None = None,
) -> bytes:
    """Write the answer to a request: its Via lines in order, From, To, Call-ID and CSeq as they came, and no body.

    Parameters
    ----------
    request
        What `read` gave, or `Malformed.answerable`. An ACK is never to be answered.
    code, phrase
        The status line; 100 to 699.
    tag
        Our To tag (`tag_for`), added when the request's To has none and the code is not 100.
    headers
        Further headers, name and value, in order.
    source
        IP address (IPv6 without brackets) and port the request came from, for `received` and `rport` of the topmost Via.
        None: the Via is left as it is.

    Raises
    ------
    ValueError
        A given text has a line end, a control byte or a lone surrogate in it; a name or the tag is no token; code, address or
        port is out of range; the request is an ACK, or lacks a header that has to be copied.
    """
    if not 100 <= code <= 699:
        raise ValueError("a status code is 100 to 699")
    if request.method == b"ACK":
        raise ValueError("an ACK is never answered")
    if not _TOKEN(tag):
        raise ValueError("the tag is no token")
    fields = request.fields
    try:
        via, sender, to, call_id, cseq = fields[b"via"], fields[b"from"], fields[b"to"], fields[b"call-id"], fields[b"cseq"]
    except KeyError:
        raise ValueError("the request has no Via, From, To, Call-ID or CSeq to copy") from None
    if source is not None:
        via = _topmost(via, source)
    parts = [b"SIP/2.0 %d %s" % (code, safe(phrase, "the phrase")), b"Via: " + via]
    parts += [b"Via: " + line for line in request.repeated.get(b"via", ())]
    parts.append(b"From: " + sender)
    if code != 100 and tag_of(to) is None:
        to = to.rstrip(b" \t") + b";tag=" + tag.encode()
    parts += (b"To: " + to, b"Call-ID: " + call_id, b"CSeq: " + cseq)
    for name, value in headers:
        if not _TOKEN(name):
            raise ValueError("the name of a header is no token")
        parts.append(b"%s: %s" % (name.encode(), safe(value, f"the {name} header")))
    parts.append(b"Content-Length: 0\r\n\r\n")
    return b"\r\n".join(parts)


def _escaped(text: str) -> str:
    return "".join(
        char if char.isascii() and (char.isalnum() or char in _UNRESERVED) else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in text
    )


def added_parameters(params: Mapping[str, str]) -> str:
    """Parameters as `contact_elsewhere` writes them behind a URI. Raises ValueError as it does."""
    return _added(tuple(params.items()))[1]


@lru_cache(maxsize=1 << 10)
def _added(params: tuple[tuple[str, str], ...]) -> tuple[frozenset[str], str]:
    """Names in lower case, and the text of parameters: the same few policies and clauses are told with each call."""
    names = frozenset(name.lower() for name, _ in params)
    if len(names) != len(params) or not all(map(_NAME, names)):
        raise ValueError("the name of a parameter is not letters, digits and hyphens, or is given twice")
    return names, "".join(f";{name}={_escaped(value)}" if value else f";{name}" for name, value in params)


def contact_elsewhere(
    request_uri: bytes | str, params: Mapping[str, str], *, host: str | None = None, port: int | None = None
) -> str:
    """The Contact of a 302: the Request-URI with more URI parameters, in brackets.

    User, host, port and the parameters that the Request-URI has are kept as written; one of a name in `params` is replaced,
    because only we may say what it means. `host` and `port` put a next hop in the place of the Request-URI's own (`host` alone
    takes the port away); a tel URI becomes a sip URI by it.

    Mind RFC 3261 19.1.4: a parameter that only one of two URIs has is ignored when they are compared, unless it is `user`, `ttl`,
    `method`, `maddr` or `transport`. `same_target` says whether a strict peer takes the result for the Request-URI again; when it
    does, give a `host` or `port`.

    Raises
    ------
    ValueError
        The Request-URI is no sip, sips or tel URI, or cannot be read (`BadAddress`); the name of a parameter is not letters,
        digits and hyphens; nothing would be different; the host is no host name, IPv4 address or IPv6 address in brackets; a
        port is given for a tel URI without a host.
    """
    text = request_uri.decode("utf-8", "replace") if isinstance(request_uri, bytes) else request_uri
    uri = read_uri(text)
    if uri.scheme not in ("sip", "sips", "tel"):
        raise ValueError(f"there is no redirect to another place by a parameter of a `{uri.scheme}` URI")
    if not params and host is None and port is None:
        raise ValueError("the Contact would be the Request-URI")
    names, added = _added(tuple(params.items()))
    kept = "".join(f";{name}" if value is None else f";{name}={value}" for name, value in uri.params.items() if name not in names)
    if host is not None and not _HOST(host):
        raise ValueError("the host is neither a name nor an address")
    if port is not None and not 0 < port <= 65535:
        raise ValueError("the port is out of range")
    if uri.scheme == "tel":
        if host is None:
            if port is not None:
                raise ValueError("a tel URI has no port")
            return f"<tel:{uri.user}{kept}{added}>"
        return f"<sip:{uri.user}{kept}@{host}{'' if port is None else f':{port}'};user=phone{added}>"  # RFC 3261 19.1.6
    own = f"[{uri.host}]" if ":" in uri.host else uri.host
    to_port = port if host is not None or port is not None else uri.port
    place = (own if host is None else host) + ("" if to_port is None else f":{to_port}")
    user = f"{uri.user}:{uri.password}@" if uri.password else f"{uri.user}@" if uri.user else ""
    return f"<{uri.scheme}:{user}{place}{kept}{added}>"


def _compared(uri: Uri) -> tuple[object, ...]:
    exact = tuple((uri.params.get(name, "-") or "").lower() for name in ("user", "ttl", "method", "maddr", "transport"))
    others = sorted(uri.params.items(), key=str) if uri.scheme == "tel" else ()  # RFC 3966 4: all parameters count
    return uri.scheme, uri.user, uri.password, uri.host, uri.port, exact, others, uri.headers


def same_target(one: str, other: str) -> bool:
    """Whether two URIs (without brackets) are equal to a strict peer, which takes a redirect from one to the other for a loop.

    By RFC 3261 19.1.4; escapes are not resolved, so that URIs may be said to differ that are equal. A URI that cannot be read is
    equal to none.
    """
    try:
        left, right = read_uri(one), read_uri(other)
    except BadAddress:
        return False
    shared = left.params.keys() & right.params.keys()
    alike = all((left.params[name] or "").lower() == (right.params[name] or "").lower() for name in shared)
    return alike and _compared(left) == _compared(right)
