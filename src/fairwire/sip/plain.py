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


class Who(msgspec.Struct, frozen=True, gc=False):
    """Who calls and by what way, as an INVITE says it. Empty: it does not say so."""

    display_name: str
    caller: str
    asserted: str
    """The number in P-Asserted-Identity: the word of a trusted peer only, as are the five last."""
    user_agent: str
    hop: str
    """Transport of the hop before the peer that asks, or its own when it is the first."""
    hop_address: str
    """Where it came from on that hop, as the Via says."""
    customer: str
    user: str
    trunk: str
    source: str
    rate: str


def who_of(said: bytes) -> Who:
    """What `PlainInvite.who` says."""
    return Who(*said.decode("ascii").split("\0"))


class PlainInvite(msgspec.Struct, frozen=True, gc=False):
    """What a plain INVITE says."""

    uri: bytes
    called: str
    call_id: str
    who: bytes
    """The texts of `Who`, each behind a null but the first: the same for all calls that say the same of who calls."""
    key: bytes
    """As `transaction_key`."""
    identity: bytes
    """What `tag_for` makes the tag of."""
    above: bytes
    """Of the topmost Via line what is before the place of rport's value."""
    rest: bytes
    """What is behind that."""
    host: bytes
    """The host in that line; empty where it wants its answer at the port that it asked from (RFC 3581)."""
    copied: bytes
    """The Via lines below, From, and To with the beginning of a tag."""
    last: bytes
    """Call-ID and CSeq, each with the line end before it, and one behind."""


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
    line = b"Via: SIP/2.0/" + transport + b" " + (by + b":" + port if port else by)
    number = port or (b"5061" if transport == b"TLS" else b"5060")
    came_from = (received or host) if hop else by.lower()
    return PlainInvite(
        uri,
        called.decode(),
        call_id.decode(),
        b"\0".join([each or b"" for each in (name, caller, asserted, agent, hop or transport, came_from, *said)]),
        b"\n".join((branch[8:], by.lower() + b":" + number, b"INVITE")),
        b"\n".join((branch[8:], call_id, tag, cseq.lstrip(b"0"))),
        line + before if before else line + branch + (behind or b""),
        branch if before else b"",
        b"" if before or behind else by,
        vias + sender + to + b";tag=",
        b"\r\nCall-ID: " + call_id + b"\r\nCSeq: " + cseq + b" INVITE\r\n",
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
    ip = source[0].encode()
    if not invite.host:
        via = b"%s=%d%s;received=%s\r\n" % (invite.above, source[1], invite.rest, ip)
    else:
        via = invite.above + (b"\r\n" if invite.host.lower() == ip.lower() else b";received=" + ip + b"\r\n")
    return b"".join((first, via, invite.copied, tag, invite.last, headers, b"Content-Length: 0\r\n\r\n"))
