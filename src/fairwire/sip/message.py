"""Reading a SIP message: a dictionary of raw header values, checked as far as a wrong answer could come of it.

    read(datagram) -> Request      ask it for values, judge it, answer it
                      Response     nobody asked us: drop it
                      Malformed    answer it with its status if it is `answerable`, else drop it
                      KeepAlive    over a stream, answer a `ping` with CR LF

The common case is one split at line ends and one lookup for each header; nothing is decoded, stripped or unfolded before it is
asked for. All that is unusual (folded lines, LF line ends, control bytes, rare spellings) leaves that path and is read slowly.
See ADR-0029.

Source: RFC 3261 7, 8.1.1, 18.3, 20; RFC 4475; RFC 5118; RFC 5626 4.4.1 (keep-alives).
"""

from __future__ import annotations

from typing import Final

import msgspec

from fairwire.sip import checks
from fairwire.sip.headers import ONCE, SPELLINGS, canonical, named
from fairwire.sip.lines import CONTROLS, split_head
from fairwire.sip.via import PLAIN

LONGEST: Final = 65535
"""Bytes of one message; nothing larger fits into a datagram."""
MOST_HEADERS: Final = 256
"""Header lines of one message. Our own bound: a request with a long Record-Route and History-Info has about 60."""
_OPTIONAL: Final = ((b"max-forwards", checks.max_forwards), (b"contact", checks.contact), (b"date", checks.date))
_MANDATORY: Final = (b"via", b"from", b"to", b"call-id", b"cseq")


class Message(msgspec.Struct, gc=False):
    """What a request and a response have in common. Names of headers are given in lower case and in their long form."""

    fields: dict[bytes, bytes]
    """Canonical name -> value of its first line, as it came; blanks around it may still be there."""
    repeated: dict[bytes, list[bytes]]
    """Canonical name -> the values of its further lines, in order."""
    body: bytes

    def value(self, name: bytes) -> bytes | None:
        """The value of the first line of this name, without blanks around it; None when there is none."""
        found = self.fields.get(name)
        return None if found is None else found.strip(b" \t")

    def lines(self, name: bytes) -> list[bytes]:
        """The values of all lines of this name in order; a line may hold a list with commas."""
        found = self.fields.get(name)
        if found is None:
            return []
        more = self.repeated.get(name)
        if more is None:
            return [found.strip(b" \t")]
        return [value.strip(b" \t") for value in (found, *more)]

    def text(self, name: bytes) -> str | None:
        """As `value`, decoded; bytes that are no UTF-8 become U+FFFD."""
        found = self.fields.get(name)
        return None if found is None else found.strip(b" \t").decode("utf-8", "replace")

    def texts(self, name: bytes) -> list[str]:
        """As `lines`, decoded."""
        return [line.decode("utf-8", "replace") for line in self.lines(name)]


class Request(Message, gc=False):
    """A request that can be judged and answered."""

    method: bytes
    """As it came: methods are told apart by case (RFC 3261 7.1)."""
    uri: bytes
    """The Request-URI as it came."""


class Response(Message, gc=False):
    """A response."""

    status: int
    phrase: bytes


class Malformed(msgspec.Struct):
    """A message that must not be judged."""

    status: int
    """The SIP status to answer with: 400, 505 (another version) or 513 (too large)."""
    reason: str
    """One sentence for the log, without a full stop. It never quotes the message."""
    message: Message | None = None
    """What could be read of it; None when nobody can tell where its lines end, or that it is SIP."""

    @property
    def answerable(self) -> Request | None:
        """The request to hand to `reply`: all that is copied into an answer is there, and it is no ACK. None: drop it."""
        found = self.message
        if not isinstance(found, Request) or found.method == b"ACK":
            return None
        return found if all(name in found.fields for name in _MANDATORY) else None


class KeepAlive(msgspec.Struct):
    """Line ends and NUL bytes, sent to keep a path open."""

    ping: bool
    """It is a ping of RFC 5626 (CR LF CR LF): over a stream, answer with CR LF. False: no answer."""


def read(data: bytes) -> Request | Response | Malformed | KeepAlive:
    """Read one message: a datagram, or a frame of `Frames`. Never raises.

    Bytes behind a body of the given Content-Length are ignored (RFC 3261 18.3); a body shorter than that makes it malformed.
    """
    end = data.find(b"\r\n\r\n")
    if end <= 0 or len(data) > LONGEST:
        return _read_rough(data)
    head = data[:end]
    lines = head.split(b"\r\n")
    # One pass proves that each line ends in CR LF and that no other control byte is there.
    if len(head.translate(None, CONTROLS)) != end + 2 - 2 * len(lines) or not lines[0]:
        return _read_rough(data)
    return _build(lines, data, end + 4, "")


def _read_rough(data: bytes) -> Request | Response | Malformed | KeepAlive:
    if len(data) > LONGEST:
        return Malformed(513, f"the message is longer than {LONGEST} bytes")
    if not data.strip(b"\r\n\0 \t"):
        return KeepAlive(data == b"\r\n\r\n")
    head = split_head(data)
    if head.flaw:
        return Malformed(400, head.flaw)
    return _build(head.lines, data, head.body_at, "")


def _build(lines: list[bytes], data: bytes, body_at: int, flaw: str) -> Request | Response | Malformed | KeepAlive:
    fields: dict[bytes, bytes] = {}
    repeated: dict[bytes, list[bytes]] = {}
    spelling = SPELLINGS.get
    start = lines[0]
    if len(lines) > MOST_HEADERS:
        flaw, lines = f"the message has more than {MOST_HEADERS - 1} header lines", lines[:MOST_HEADERS]
    del lines[0]
    for line in lines:
        written, _, value = line.partition(b": ")
        name = spelling(written)
        if name is None:
            written, colon, value = line.partition(b":")
            if line[:1] == b" ":  # a folded line: this message has to be read the slow way
                return _unfolded(data)
            written = written.rstrip(b" \t")
            if not colon or not checks.token(written):
                flaw = flaw or "a header line has no name, or one that is no token"
                continue
            name = canonical(written)
        if name not in fields:
            fields[name] = value
        else:
            repeated.setdefault(name, []).append(value)
            if name in ONCE:
                flaw = flaw or f"there are two {named(name)} headers"
    return _start(start, fields, repeated, data, body_at, flaw)


def _unfolded(data: bytes) -> Request | Response | Malformed | KeepAlive:
    head = split_head(data)
    return Malformed(400, head.flaw) if head.flaw else _build(head.lines, data, head.body_at, "")


def _start(
    start: bytes, fields: dict[bytes, bytes], repeated: dict[bytes, list[bytes]], data: bytes, body_at: int, flaw: str
) -> Request | Response | Malformed:
    method, _, rest = start.partition(b" ")
    uri, _, version = rest.rpartition(b" ")
    if version != b"SIP/2.0" or not method.isalpha():
        return _start_rough(start, fields, repeated, data, body_at, flaw)
    if not flaw and _plain(fields, repeated, method, uri):
        length = fields.get(b"content-length")
        end = len(data) if length is None else body_at + int(length)
        if end <= len(data):
            return Request(fields, repeated, data[body_at:end], method, uri)
    request = Request(fields, repeated, b"", method, uri)
    flaw = flaw or _flaw(request, method, uri, data, body_at)
    return Malformed(400, flaw, request) if flaw else request


def _plain(fields: dict[bytes, bytes], repeated: dict[bytes, list[bytes]], method: bytes, uri: bytes) -> bool:
    """All is there and written in the plain way, so that `_flaw` would find nothing. False: it has to look."""
    try:
        number, _, named_there = fields[b"cseq"].partition(b" ")
        call_id = fields[b"call-id"]
        if not (
            named_there == method
            and number.isdigit()
            and len(number) <= 9
            and call_id
            and b" " not in call_id
            and b"\t" not in call_id
            and checks.PLAIN_URI(uri)
            and checks.PLAIN_ADDRESS(fields[b"from"])
            and checks.PLAIN_ADDRESS(fields[b"to"])
            and PLAIN(fields[b"via"])
        ):
            return False
    except KeyError:
        return False
    get = fields.get
    hops, length = get(b"max-forwards", b"70"), get(b"content-length", b"0")
    return (
        hops.isdigit()
        and len(hops) <= 2
        and length.isdigit()
        and len(length) <= 5
        and b"?" not in get(b"contact", b"")
        and b"date" not in fields
        and all(map(PLAIN, repeated.get(b"via", ())))
    )


def _start_rough(
    start: bytes, fields: dict[bytes, bytes], repeated: dict[bytes, list[bytes]], data: bytes, body_at: int, flaw: str
) -> Request | Response | Malformed:
    first, _, rest = start.partition(b" ")
    if checks.version(first):
        code, blank, phrase = rest.partition(b" ")
        good = len(code) == 3 and code.isdigit() and 100 <= int(code) <= 699
        response = Response(fields, repeated, b"", int(code) if good else 0, phrase)
        if first.upper() != b"SIP/2.0":  # RFC 3261 7.1: compared without case
            return Malformed(505, "the response is of another version of SIP", response)
        flaw = flaw or ("" if good and blank else "the status line is malformed") or _flaw(response, None, b"", data, body_at)
        return Malformed(400, flaw, response) if flaw else response
    words = start.split()
    if len(words) < 3 or not checks.version(words[-1]) or not checks.token(words[0]):
        return Malformed(400, "the first line is neither that of a request nor that of a response")
    uri = b" ".join(words[1:-1])
    method = words[0]
    request = Request(fields, repeated, b"", method, uri)
    if words[-1].upper() != b"SIP/2.0":
        return Malformed(505, "the request is of another version of SIP", request)
    if start != b" ".join((method, uri, words[-1])):
        flaw = flaw or "the request line has other blanks than the two that separate its parts"
    flaw = flaw or _flaw(request, method, uri, data, body_at)
    return Malformed(400, flaw, request) if flaw else request


def _flaw(message: Message, method: bytes | None, uri: bytes, data: bytes, body_at: int) -> str:
    """What is wrong with the message, or empty; gives it its body. `method` is None for a response."""
    fields = message.fields
    missing = next((name for name in _MANDATORY if name not in fields), None)
    if missing is not None:
        return f"there is no {named(missing)} header"
    found = next(filter(None, map(checks.via, message.lines(b"via"))), "")
    found = found or checks.address("From", fields[b"from"]) or checks.address("To", fields[b"to"])
    found = found or checks.call_id(fields[b"call-id"]) or checks.cseq(fields[b"cseq"], method)
    if method is not None:
        found = found or checks.request_uri(uri)
    for name, check in _OPTIONAL:
        if not found and name in fields:
            found = check(fields[name])
    return found or _body(message, data, body_at)


def _body(message: Message, data: bytes, body_at: int) -> str:
    given = message.fields.get(b"content-length")
    if given is None:
        message.body = data[body_at:]
        return ""
    length = checks.content_length(given)
    if length < 0:
        return "the Content-Length header is not a number"
    if length > len(data) - body_at:
        return "the body is shorter than the Content-Length header says"
    message.body = data[body_at : body_at + length]
    return ""
