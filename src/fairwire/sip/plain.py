"""An INVITE that is written as nearly every SBC writes it: read with one pattern, and answered by joining what it found.

    read_plain(datagram) -> PlainInvite    what `read` and `read_invite` would find, and what an answer copies
                            None           written otherwise, or more of it is to be heeded: ask `read`

The pattern takes no message in which `read` finds a flaw, and none with a header that says more of the caller than From,
P-Asserted-Identity and the headers that a proxy writes for us do. A header that matters is taken once, in its usual spelling; any
other makes the message one for `read`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import msgspec

from fairwire.sip.message import LONGEST
from fairwire.sip.replies import safe

_TOKEN = rb"[A-Za-z0-9\-.!%*_+`'~]++"
_NUMBER = rb"\+?[0-9]{2,15}+"
_PORT = rb"(?:6(?:553[0-5]|55[0-2][0-9]|5[0-4][0-9]{2}|[0-4][0-9]{3})|[1-5][0-9]{4}|[1-9][0-9]{0,3}+)(?![0-9])"
_AT = rb"@[a-z0-9.\-]++(?::" + _PORT + rb")?+(?:;user=phone)?+(?:;transport=[a-z]++)?+"
_TEXT = rb"[\x20\x21\x23-\x5b\x5d-\x7e]*+"
"""What may stand between quotation marks without an escape."""
_NAMED = rb'(?:"' + _TEXT + rb'" ?)?+'
_WORD = rb"[\x21-\x7e]{1,256}+"
"""Of what a peer says in headers of ours, what has no blank."""
_VALUE = rb"[\x20-\x7e]*+\r\n"
_BY = rb"[A-Za-z0-9._\-]++"
_RPORT = rb"(?:;rport(?:=[0-9]{1,5}+)?+)?+"
_R, _P, _B = rb";received=[0-9A-Fa-f.:]++", rb";rport(?:=[0-9]{1,5}+)?+", rb";branch=" + _TOKEN
_TOLD = b"|".join(
    (
        b"(?:" + _R + b")?+(?:" + _P + b")?+" + _B + rb"(?=\r)", _B + b"(?:" + _R + b")?+(?:" + _P + b")?+", _B + _P + _R,
        _R + _B + _P, _P + _B + _R, _P + _R + _B,
    )
)  # fmt: skip
"""What a proxy says of the hop before it, each thing once, in whatever order."""
_BRANCHED = rb"(?::" + _PORT + rb")?+(?:" + _TOLD + rb")(?=\r)"
_TOP = (
    rb"Via: SIP/2\.0/(?P<transport>[A-Z]++) (?P<by>" + _BY + rb")(?::(?P<port>" + _PORT + rb"))?+"
    rb"(?:(?P<before>;rport)?+(?P<branch>;branch=[zZ]9[hH][gG]4[bB][kK]" + _TOKEN + rb")(?P<behind>;rport)?+)"
)
_HOP = rb"Via: SIP/2\.0/(?P<hop>[A-Z]++) (?P<host>" + _BY + rb")(?P<hop_told>" + _BRANCHED + b")"
_FURTHER = rb"Via: SIP/2\.0/[A-Z]++ " + _BY + _BRANCHED + rb"\r\n"
_HEEDED = (
    b"via|from|to|call-id|cseq|max-forwards|content-length|contact|p-asserted-identity|user-agent|privacy|diversion|history-info|"
    rb"identity|p-charge-info|date|x-fairwire-[a-z0-9\-]*"
)
_HEADERS: Final = (
    # `<once NAME>` stands for a condition that is false when group NAME has matched before.
    b"<once branch>" + _TOP + rb"\r\n(?P<vias>(?:" + _HOP + rb"\r\n(?:" + _FURTHER + rb"){0,100}+)?+)",
    b'<once tag>(?P<from>From: (?:"(?P<name>' + _TEXT + rb')" ?)?+<sips?:(?P<caller>' + _NUMBER + rb")(?P<at>" + _AT
    + rb")>;tag=(?P<tag>" + _TOKEN + rb")\r\n)",
    b"<once to>(?P<to>To: " + _NAMED + b"<sips?:" + _NUMBER + _AT + rb">)\r\n",
    rb"<once id>Call-ID: (?P<id>[\x21-\x7e]++)\r\n",
    rb"<once cseq>CSeq: (?P<cseq>[0-9]{1,9}+) INVITE\r\n",
    rb"<once hops>Max-Forwards: (?P<hops>[0-9]{1,2}+)\r\n",
    rb"<once length>Content-Length: ++(?P<length>[0-9]{1,5}+)\r\n",
    b"<once asserted>P-Asserted-Identity: " + _NAMED + b"<sips?:(?P<asserted>" + _NUMBER + b")" + _AT + rb">\r\n",
    rb"<once agent>User-Agent: (?P<agent>[\x21-\x7e](?:[\x20-\x7e]*+(?<! ))?+)\r\n",
    rb"Contact: [\x20-\x3e\x40-\x7e]*+\r\n",
    rb"X-Fairwire-(?:<once customer>Customer: (?P<customer>[\x21-\x2b\x2d-\x7e]{1,256}+)|<once user>User: (?P<user>" + _WORD
    + b")|<once trunk>Trunk: (?P<trunk>" + _WORD + b")|<once source>Source: (?P<source>" + _WORD
    + rb")|<once rate>Rate: (?P<rate>[0-9]{1,9}+(?:\.[0-9]{1,6}+)?+))\r\n",
    b"(?:Allow|Supported|Record-Route|Content-Type|Session-Expires|Min-SE|Accept): " + _VALUE,
    b"(?!(?i:" + _HEEDED + rb")[ :])[A-Za-z][A-Za-z0-9\-]++: " + _VALUE,
)  # fmt: skip
_MOST_LINES = 128
_CONDITION = re.compile(rb"<once ([a-z]+)>")


def _pattern() -> re.Pattern[bytes]:
    start = b"INVITE (?P<uri>sips?:(?P<called>" + _NUMBER + b")" + _AT + rb") SIP/2\.0\r\n"
    text = start + b"(?:" + b"|".join(_HEADERS) + b"){1,%d}+" % _MOST_LINES + rb"\r\n"
    # A condition may name a group that stands behind it by its number only.
    numbers = re.compile(_CONDITION.sub(b"", text)).groupindex
    return re.compile(_CONDITION.sub(lambda found: b"(?(%d)(?!))" % numbers[found[1].decode()], text))


_MATCH: Final = _pattern().match


class Said(msgspec.Struct, frozen=True, gc=False):
    """What a peer says of a call in headers of ours (`X-Fairwire-...`)."""

    customer: str = ""
    user: str = ""
    trunk: str = ""
    source: str = ""
    rate: str = ""


NOTHING_SAID = Said()


class PlainInvite(msgspec.Struct, frozen=True, gc=False):
    """What a plain INVITE says. Empty: it is not there."""

    uri: bytes
    called: str
    caller: str
    display_name: str
    asserted: str
    """The number in P-Asserted-Identity: the word of a trusted peer only."""
    user_agent: str
    call_id: str
    hop: str
    """Transport of the hop before the peer that asks, or its own when it is the first."""
    hop_address: str
    """Where it came from on that hop, as the Via says."""
    key: bytes
    """As `transaction_key`."""
    identity: bytes
    """What `tag_for` makes the tag of."""
    top: tuple[bytes, bytes, bytes]
    """The topmost Via line: what is before the place of rport's value, the rest, and the host in it."""
    asks_port: bool
    """It wants its answer at the port that it asked from (RFC 3581)."""
    port: int
    """Where it wants its answer else."""
    copied: tuple[bytes, bytes, bytes]
    """Via lines below, From and a line end; To without one; Call-ID and CSeq."""
    said: Said
    """The word of a trusted peer only."""


def read_plain(data: bytes) -> PlainInvite | None:
    """Read a datagram or a frame; None where it is not an INVITE written in the plain way."""
    found = _MATCH(data)
    if found is None or len(data) > LONGEST:
        return None
    (
        uri, called, transport, by, port, before, branch, behind, vias, hop, host, told, sender, name, caller, at, tag, to,
        call_id, cseq, _, length, asserted, agent, *said,
    ) = found.groups()  # fmt: skip
    if branch is None or sender is None or to is None or call_id is None or cseq is None or (before and behind):
        return None
    if (length is not None and found.end() + int(length) > len(data)) or b"anonymous.invalid" in at:
        return None
    received = told.partition(b";received=")[2].partition(b";")[0] if hop else b""
    sent_by = by + b":" + port if port else by
    line = b"Via: SIP/2.0/" + transport + b" " + sent_by
    number = port or (b"5061" if transport == b"TLS" else b"5060")
    return PlainInvite(
        uri,
        called.decode(),
        caller.decode(),
        "" if name is None else name.decode(),
        "" if asserted is None else asserted.decode(),
        "" if agent is None else agent.decode(),
        call_id.decode(),
        (hop or transport).decode(),
        (received or host).decode() if hop else by.decode().lower(),
        b"\n".join((branch[8:], by.lower() + b":" + number, b"INVITE")),
        b"\n".join((branch[8:], call_id, tag, cseq.lstrip(b"0"))),
        (line + before, branch, by) if before else (line + branch + (behind or b""), b"", by),
        bool(before or behind),
        int(port or 5060),
        (vias + sender, to, b"\r\nCall-ID: " + call_id + b"\r\nCSeq: " + cseq + b" INVITE\r\n"),
        Said(*["" if each is None else each.decode() for each in said]) if any(said) else NOTHING_SAID,
    )


SPANS = 58
"""Numbers that say where in a plain INVITE things stand: the first byte of each and the one behind its last, -1 for what is not
there. 0 Request-URI, 2 number called; of the topmost Via 4 transport, 6 host, 8 port, 10 branch, 12 and 13 whether it asks for
its port before and behind that; 14 the further Via lines, and of the first of them 16 transport, 18 host, 22 where it came from;
24 From and its line end, 26 name in it, 28 number, 30 tag; 32 To; 34 Call-ID; 36 number of CSeq; 38 Content-Length itself; 40
number asserted; 42 User-Agent; 44 whether headers of ours are there; 46 Max-Forwards; 47 the body; 48 customer, 50 user, 52
trunk, 54 source, 56 rate. The others mean nothing."""


def plain_found(data: bytes, spans: list[int]) -> PlainInvite | None:
    """As `read_plain` of a message in which `SPANS` are known; None where that takes none."""
    (
        uri, uri_end, called, called_end, transport, transport_end, by, by_end, port, port_end,
        branch, branch_end, before, behind, vias, vias_end, hop, hop_end, host, host_end, _, _, received, received_end,
        sender, sender_end, name, name_end, caller, caller_end, tag, tag_end, to, to_end, call_id, call_id_end,
        cseq, cseq_end, length, _, asserted, asserted_end, agent, agent_end, ours, _, _, body, *said,
    ) = spans  # fmt: skip
    if length > len(data) - body:
        return None
    text = data[:body].decode("ascii")
    sent_from = data[by:by_end]
    branched, named = data[branch:branch_end], data[call_id:call_id_end]
    lowered = sent_from.lower()
    number = data[port:port_end] if port >= 0 else b"5061" if text[transport:transport_end] == "TLS" else b"5060"
    line = data[transport - 13 : port_end if port >= 0 else by_end]
    if before:
        top = line + b";rport", b";branch=" + branched, sent_from
    else:
        top = line + b";branch=" + branched + (b";rport" if behind else b""), b"", sent_from
    if hop < 0:
        came_by, came_from = text[transport:transport_end], lowered.decode()
    else:
        came_by, came_from = text[hop:hop_end], text[received:received_end] if received >= 0 else text[host:host_end]
    return PlainInvite(
        data[uri:uri_end],
        text[called:called_end],
        text[caller:caller_end],
        text[name:name_end] if name >= 0 else "",
        text[asserted:asserted_end] if asserted >= 0 else "",
        text[agent:agent_end] if agent >= 0 else "",
        text[call_id:call_id_end],
        came_by,
        came_from,
        b"%s\n%s:%s\nINVITE" % (branched, lowered, number),
        b"\n".join((branched, named, data[tag:tag_end], data[cseq:cseq_end].lstrip(b"0"))),
        top,
        bool(before or behind),
        int(number) if port >= 0 else 5060,
        (
            (data[vias:vias_end] if vias >= 0 else b"") + data[sender:sender_end],
            data[to:to_end],
            b"\r\nCall-ID: %s\r\nCSeq: %s INVITE\r\n" % (named, data[cseq:cseq_end]),
        ),
        NOTHING_SAID
        if ours < 0
        else Said(*[text[first:last] if first >= 0 else "" for first, last in zip(said[::2], said[1::2], strict=True)]),
    )


def plain_tag(secret: bytes, invite: PlainInvite) -> bytes:
    """As `tag_for`."""
    return blake2b(invite.identity, key=secret, digest_size=8).hexdigest().encode()


def plain_redirect(invite: PlainInvite, source: tuple[str, int], tag: bytes, contact: bytes) -> bytes:
    """As `reply` with `302 Moved Temporarily` and one Contact."""
    return _plain_reply(b"SIP/2.0 302 Moved Temporarily\r\n", invite, source, tag, b"Contact: " + contact + b"\r\n")


def plain_reply(
    invite: PlainInvite, code: int, phrase: str, source: tuple[str, int], tag: bytes, headers: Iterable[tuple[str, str]]
) -> bytes:
    """As `reply`, with headers whose names are ours. Raises ValueError as it does."""
    told = b"".join(b"%s: %s\r\n" % (name.encode(), safe(value, f"the {name} header")) for name, value in headers)
    return _plain_reply(b"SIP/2.0 %d %s\r\n" % (code, safe(phrase, "the phrase")), invite, source, tag, told)


def _plain_reply(first: bytes, invite: PlainInvite, source: tuple[str, int], tag: bytes, headers: bytes) -> bytes:
    above, rest, host = invite.top
    ip = source[0].encode()
    if invite.asks_port:
        via = b"%s=%d%s;received=%s\r\n" % (above, source[1], rest, ip)
    else:
        via = above + (b"\r\n" if host.lower() == ip.lower() else b";received=" + ip + b"\r\n")
    copied, to, last = invite.copied
    return b"".join((first, via, copied, to, b";tag=", tag, last, headers, b"Content-Length: 0\r\n\r\n"))
