"""The quick way of reading a plain INVITE finds and answers what the full one does, or leaves the message to it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fairwire.ports.plain_call import PlainCall, PlainCaller
from fairwire.serve.redirect.calls import Callers, call_of, plain_caller
from fairwire.serve.redirect.peers import LOOPBACK, Peer
from fairwire.serve.redirect.scanning import Scanner
from fairwire.sip import (
    PlainInvite,
    Request,
    contact_elsewhere,
    plain_redirect,
    plain_reply,
    plain_tag,
    read,
    read_invite,
    read_plain,
    reply,
    tag_for,
    transaction_key,
)
from fairwire.testkit.bench.load.callers import Call, Letters
from written_sip import URI, written

SECRET = b"a secret of the tests"
SCANNER = Scanner(4, SECRET)
PARAMS = {"fw": "allow", "fw-policy": "clearspan@1", "fw-clauses": "AUP N01"}
ADDED = ";fw=allow;fw-policy=clearspan%401;fw-clauses=AUP%20N01"
REFUSED = [("Reason", 'SIP;cause=480;text="%s"'), ("Retry-After", "7")]
SOURCES = (("192.0.2.10", 5060), ("198.51.100.7", 40000), ("2001:db8::1", 5061))


OWN = "+12125550100"


class Owners:
    """Owns one number."""

    def owner_of_number(self, number: str) -> str | None:
        return "acme" if number == OWN else None

    def owner_of_address(self, address: str) -> str | None:
        return "addressed" if address == "198.51.100.7" else None


def scanned_as(data: bytes, quick: PlainInvite | None) -> bool:
    """Whether the quicker way takes a message; compare what it says."""
    for source in SOURCES:
        one, other = (data, source), (b"x", SOURCES[0])
        written, (first, second, third) = SCANNER.scan([one, other, one])
        assert second[0] < 0
        if first[0] < 0 or third[0] < 0:
            assert max(first[0], third[0]) < 0
            return False
        assert quick is not None
        assert SCANNER.invite(0) == SCANNER.invite(2) == quick, "the quicker way says something else"
        key = source[0].encode() + b"\n" + quick.key
        event_id = hashlib.blake2b(key, digest_size=12).hexdigest()
        for place, cut in ((0, first), (2, third)):
            assert (written[cut[2] : cut[16]], written[cut[16] : cut[4]]) == (quick.who, key)
            caller = PlainCaller("acme", "outbound", "+12125550100")
            call = SCANNER.calls([place], [caller], "sip").call(0)
            assert call == PlainCall("sip", event_id, caller, quick.call_id[:256], quick.called)
    return True


def same(data: bytes) -> bool:
    """Compare both ways of one message; whether the quick one took it."""
    quick = read_plain(data)
    scanned = scanned_as(data, quick)
    if quick is None:
        return False
    request = read(data)
    assert isinstance(request, Request), "the quick way took what is malformed"
    assert quick.key == transaction_key(request)
    assert plain_tag(SECRET, quick).decode() == tag_for(SECRET, request)
    for trusted in (True, False):
        facts = read_invite(request, trusted=trusted)
        peer = Peer(name="sbc", networks=LOOPBACK.networks, trusted=trusted, direction="any")
        for address, _ in SOURCES:
            owners: object = Owners()
            caller = plain_caller(owners, quick.who, quick.called, peer, address)  # type: ignore[arg-type]
            call = PlainCall("sip", "", caller, quick.call_id[:256], quick.called)
            assert call.fields() == call_of(owners, request, facts, peer, address)  # type: ignore[arg-type]
            callers = Callers(owners)  # type: ignore[arg-type]
            for called in (OWN, quick.called, OWN):  # remembered or not
                caller = plain_caller(owners, quick.who, called, peer, address)  # type: ignore[arg-type]
                assert [callers.of(quick.who, called.encode(), peer, address) for _ in range(2)] == [caller, caller]
        more = (facts.privacy, facts.identity, facts.diversions, facts.charged, facts.withheld)
        assert not any(more), "what only the full way heeds"
    tag = tag_for(SECRET, request)
    contact = contact_elsewhere(request.uri, PARAMS)
    for source in SOURCES:
        full = reply(request, 302, "Moved Temporarily", tag=tag, headers=[("Contact", contact)], source=source)
        assert plain_redirect(quick, source, tag.encode(), b"<" + quick.uri + ADDED.encode() + b">") == full
        if scanned:
            SCANNER.scan([(data, source), (b"x", source), (data, ("192.0.2.99", 9))])
            assert SCANNER.redirects([0], [ADDED.encode()]) == [full]
            assert SCANNER.redirects([2, 0], [b"", ADDED.encode()])[1] == full
        refused = reply(request, 480, "No \xe9", tag=tag, headers=REFUSED, source=source)
        assert plain_reply(quick, 480, "No \xe9", source, tag.encode(), REFUSED) == refused
    return True


def letter() -> bytes:
    return Letters(b"0badcafe", 5070).invite(7, Call(3, 12125550100, 441632960123))[0]


PLAIN = (
    letter(),
    written(),
    written(Content_Length=None, Contact=None, Max_Forwards=None),
    written("INVITE sip:00441632960123@h SIP/2.0", Via="SIP/2.0/TLS sbc.Example.net;rport;branch=Z9hG4bKx-1"),
    written(
        "INVITE sips:+441632960123@h:99;user=phone;transport=tls SIP/2.0",
        "P-Asserted-Identity: \"Ann\" <sip:2125550100@h>", "X-Other: 1", "User-Agent: a b",
        From='"" <sip:+12125550100@h>;tag=a.b', To='"x" <sip:5@h>', CSeq="007 INVITE",
    ),
)  # fmt: skip


@pytest.mark.parametrize("data", PLAIN[:4])
def test_what_an_sbc_writes_is_read_the_quick_way(data: bytes) -> None:
    assert same(data)
    assert SCANNER.scan([(data, SOURCES[0])])[1][0][0] >= 0


def test_further_hops_are_read_the_quick_way() -> None:
    for hop in (
        "SIP/2.0/TLS PBX.example.net:5061;branch=z9hG4bKa;received=198.51.100.7",
        "SIP/2.0/UDP 198.51.100.7;branch=1;rport=9",
        "SIP/2.0/UDP 198.51.100.7:5070;received=198.51.100.8;branch=z9hG4bKa;rport=49353",
        "SIP/2.0/UDP 198.51.100.7:5070;rport=1;received=198.51.100.8;branch=z9hG4bKa",
        "SIP/2.0/UDP pbx;branch=z9hG4bKa;received=198.51.100.8;rport=49353",
    ):
        data = letter().replace(
            b"Via: SIP/2.0/TLS 192.0.2.33:5061;branch=z9hG4bKpbx0000000007\r\n", f"Via: {hop}\r\n".encode() * 2
        )
        assert data.count(b"Via: ") == 3
        assert same(data)


def test_what_a_proxy_says_in_headers_of_ours_is_read_the_quick_way() -> None:
    told = ("X-Fairwire-Customer: acme", "X-Fairwire-User: ann@h", "X-Fairwire-Rate: 0.25", "X-Fairwire-Trunk: t1")
    assert same(written(f"INVITE {URI} SIP/2.0", *told, "X-Fairwire-Source: 203.0.113.9", Content_Length="   0"))
    for one in (*told, "X-Fairwire-Source: 2001:db8::7"):
        assert same(written(f"INVITE {URI} SIP/2.0", "P-Asserted-Identity: <sip:+12125550100@h>", one))


RELAYED = """INVITE sip:+12015550100@198.51.100.20:46039 SIP/2.0
Record-Route: <sip:198.51.100.20:46039;lr=on;ftag=u26235x1;did=ad6.d3e>
Via: SIP/2.0/UDP 198.51.100.20:46039;branch=z9hG4bK1176.6cf2e7b0aba024bb4c3c8048bbf61b31.0
Via: SIP/2.0/UDP 198.51.100.11:42132;received=198.51.100.11;branch=z9hG4bK-26235-1-0;rport=42132
Max-Forwards: 69
From: "Reception" <sip:+12125550110@198.51.100.11>;tag=u26235x1
To: <sip:+12015550100@198.51.100.20:46039>
Call-ID: 1-26235@198.51.100.11
CSeq: 1 INVITE
Contact: <sip:caller@198.51.100.11:42132;transport=UDP>
User-Agent: desk phone/2.1
Content-Type: application/sdp
Content-Length:     5
X-Fairwire-Customer: hobnail-freight
X-Fairwire-Rate: 0.01
X-Fairwire-Trunk: 198.51.100.11
X-Fairwire-Source: 198.51.100.11

v=0
"""
"""As Kamailio 5.6 with the configuration of docs/how-to/kamailio passes on what SIPp sends it."""


def test_more_lines_than_the_full_way_takes_are_left_to_it() -> None:
    hop = b"Via: SIP/2.0/TLS 192.0.2.33:5061;branch=z9hG4bKpbx0000000007\r\n"
    assert letter().count(hop) == 1
    assert same(letter().replace(hop, hop * 90))
    assert read_plain(letter().replace(hop, b"Via: SIP/2.0/UDP h;branch=1\r\n" * 245)) is None


@pytest.mark.parametrize("port", [1, 9, 10, 5060, 9_999, 10_000, 59_999, 60_000, 60_999, 64_999, 65_499, 65_529, 65_530, 65_535])
def test_every_port_is_read_the_quick_way(port: int) -> None:
    """A system gives its own ports up to 60999: some processes that ask would be slow for as long as they run."""
    data = Letters(b"run", port).invite(1, Call(7, 12125550100, 12125550123))[0]
    assert same(data)
    assert SCANNER.scan([(data, SOURCES[0])])[1][0][0] >= 0


@pytest.mark.parametrize("port", [65_536, 65_540, 65_600, 66_000, 70_000, 99_999, 100_000])
def test_what_is_above_every_port_is_not_taken(port: int) -> None:
    data = Letters(b"run", port).invite(1, Call(7, 12125550100, 12125550123))[0]
    assert read_plain(data) is None
    assert SCANNER.scan([(data, SOURCES[0])])[1][0][0] < 0


@pytest.mark.parametrize("text", [b"INVITE sip:+12125550123@h:0060 SIP/2.0", b"INVITE sip:+12125550123@h:0 SIP/2.0"])
def test_a_port_with_noughts_in_front_is_read_in_full(text: bytes) -> None:
    message = written("INVITE sip:+12125550123@h:60 SIP/2.0")
    assert same(message)
    assert read_plain(message.replace(b"INVITE sip:+12125550123@h:60 SIP/2.0", text)) is None
    assert read_plain(written(Via="SIP/2.0/UDP h:0060;branch=z9hG4bKa")) is None


def test_what_a_kamailio_relays_is_read_the_quick_way() -> None:
    assert same(RELAYED.replace("\n", "\r\n").encode())


@pytest.mark.parametrize(
    "more",
    [
        "Privacy: id", "Diversion: <sip:+12125550100@h>", "History-Info: <sip:1@h>;index=1", "Identity: x", "y: x",
        "P-Charge-Info: <sip:+12125550100@h>", "X-Fairwire-Other: gone", "X-Fairwire-Customer: a b", "X-Fairwire-Customer: a,b",
        "X-Fairwire-Rate: 1.", "X-Fairwire-Rate: much", "X-Fairwire-User: a\r\nX-Fairwire-User: b",
        "x-fairwire-USER: ann", "FROM: <sip:1@h>;tag=2",
        "From: <sip:+12125550100@h>;tag=2", "f: <sip:1@h>;tag=2", "Call-ID: 2", "call-id: 2", "Content-Length: 3", " folded",
        "Date: Sat, 13 Nov 2010 23:29:00 GMT", "CSeq: 2 INVITE", "Max-Forwards: 2", "Subject: \xe9",
        "Via: SIP/2.0/UDP h;branch=z9hG4bK2",
        "No-Blank:x", "Blank : x", "Contact: sip:1@h?x=1",
    ],
)  # fmt: skip
def test_a_header_that_says_more_leaves_the_message_to_be_read_in_full(more: str) -> None:
    assert read_plain(written(f"INVITE {URI} SIP/2.0", "P-Asserted-Identity: <sip:+12125550100@h>")) is not None
    assert read_plain(written(f"INVITE {URI} SIP/2.0", more)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"From": "<sip:+12125550100@anonymous.invalid>;tag=1"}, {"From": "<sip:anonymous@h>;tag=1"},
        {"From": "<sip:+12125550100@h>"},
        {"To": "<sip:1@h>;tag=5"}, {"Via": "SIP/2.0/UDP h;branch=z9hG4bK"}, {"Via": "SIP/2.0/UDP h;rport;branch=z9hG4bKa;rport"},
        {"Via": "SIP/2.0/UDP h;branch=old"}, {"Via": "SIP/2.0/UDP h:70000;branch=z9hG4bKa"},
        {"CSeq": "1 ACK"}, {"Call_ID": "a b"},
        {"Content_Length": "1"}, {"Via": "SIP/2.0/UDP h;branch=z9hG4bKa, SIP/2.0/UDP i;branch=z9hG4bKb"},
    ],
)  # fmt: skip
def test_what_is_written_otherwise_is_read_in_full(changed: dict[str, str]) -> None:
    assert read_plain(written(**changed)) is None


LINES = (
    b"Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bKq", b"P-Asserted-Identity: <sip:+12125550100@h>",
    b"User-Agent:  x ", b"X: 1", b"X-Fairwire-Customer: acme", b"X-Fairwire-Rate: 0.1", b"X-Fairwire-User: ann",
    b"X-Fairwire-Source: 203.0.113.9", b"X-Fairwire-Trunk: t,1", b"X-Fairwire-Rate: 1.0000000",
    b"User-Agent: Phone", b"From: <sip:+12125550100@h>;tag=2", b"Privacy: id", b" more", b"Contact: *", b"To: <sip:5@h>", b"k: v",
    b"P-Asserted-Identity: <tel:+12125550100>", b"Content-Length: 0", b"content-length: 0", b"Max-Forwards: 300",
)  # fmt: skip
BYTES = b'\r\n\t "\\<>@:;=,?%+-.[]\x00\x7f\x80\xff019azAZ'
edits = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 900), st.sampled_from(BYTES)),
        st.tuples(st.just("over"), st.integers(0, 900), st.sampled_from(BYTES)),
        st.tuples(st.just("cut"), st.integers(0, 900), st.integers(1, 6)),
        st.tuples(st.just("line"), st.integers(1, 20), st.sampled_from(range(len(LINES)))),
        st.tuples(st.just("swap"), st.integers(1, 20), st.integers(1, 20)),
        st.tuples(st.just("twice"), st.integers(1, 20), st.integers(1, 20)),
        st.tuples(st.just("gone"), st.integers(1, 20), st.just(0)),
    ),
    max_size=4,
)


def edited(data: bytes, changes: list[tuple[str, int, int]]) -> bytes:
    for how, at, what in changes:
        if how in ("put", "over", "cut"):
            at %= len(data)
            put = b"" if how == "cut" else bytes([what])
            data = data[:at] + put + data[at + {"put": 0, "over": 1, "cut": what}[how] :]
            continue
        head, blank, body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        at = min(at, len(lines) - 1)
        if how == "line":
            lines.insert(at, LINES[what])
        elif how == "gone":
            del lines[at]
        else:
            other = min(what, len(lines) - 1)
            if how == "swap":
                lines[at], lines[other] = lines[other], lines[at]
            else:
                lines.insert(at, lines[other])
        data = b"\r\n".join(lines) + blank + body
        if not data:
            return b"\r\n"
    return data


@given(data=st.sampled_from(PLAIN), changes=edits)
@example(data=PLAIN[0], changes=[])
@settings(max_examples=3_000)
def test_whatever_is_changed_both_ways_say_the_same(data: bytes, changes: list[tuple[str, int, int]]) -> None:
    same(edited(data, changes))


def test_torture_messages_are_taken_by_neither_or_by_both() -> None:
    corpus = os.environ.get("FAIRWIRE_CORPUS")
    if not corpus:
        pytest.skip("FAIRWIRE_CORPUS is not set: it names the folder with other people's sample data")
    files = [path for name in ("sip_rfc4475", "sip_rfc5118") for path in sorted((Path(corpus) / name).rglob("*.dat"))]
    assert len(files) >= 50
    for path in files:
        same(path.read_bytes())
