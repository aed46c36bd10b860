"""Answers: copied byte for byte, with nothing in them that somebody else put there; and a redirect that leads elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.sip import Response, contact_elsewhere, read, read_uri, reply, same_target
from written_sip import INVITE, URI, request

SOURCE = ("192.0.2.10", 5060)


def _lines(*given: str, source: tuple[str, int] | None = SOURCE, **changed: str | None) -> list[str]:
    return reply(request(*given, **changed), 403, "Forbidden", tag="0123", source=source).decode().split("\r\n")


def test_an_answer_copies_what_it_must_and_ends_with_an_empty_body() -> None:
    assert _lines(
        "v: SIP/2.0/TCP x.example.net;branch=1 ,SIP/2.0/UDP  y.example.net", Via=INVITE["Via"].replace(";rport", "")
    ) == [
        "SIP/2.0 403 Forbidden",
        "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds0001",
        "Via: SIP/2.0/TCP x.example.net;branch=1 ,SIP/2.0/UDP  y.example.net",
        f"From: {INVITE['From']}",
        f"To: {INVITE['To']};tag=0123",
        f"Call-ID: {INVITE['Call-ID']}",
        f"CSeq: {INVITE['CSeq']}",
        "Content-Length: 0",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("via", "source", "wanted"),
    [
        ("SIP/2.0/UDP 192.0.2.10;rport;branch=z", SOURCE, "SIP/2.0/UDP 192.0.2.10;rport=5060;branch=z;received=192.0.2.10"),
        (
            "SIP/2.0/UDP 192.0.2.10;branch=z;rport",
            ("192.0.2.10", 1),
            "SIP/2.0/UDP 192.0.2.10;branch=z;rport=1;received=192.0.2.10",
        ),
        ("SIP/2.0/UDP 192.0.2.10;rport=7;branch=z", SOURCE, "SIP/2.0/UDP 192.0.2.10;rport=7;branch=z"),
        ("SIP/2.0/UDP 192.0.2.10;branch=z", SOURCE, "SIP/2.0/UDP 192.0.2.10;branch=z"),
        ("SIP/2.0/UDP sbc.example.net;branch=z", SOURCE, "SIP/2.0/UDP sbc.example.net;branch=z;received=192.0.2.10"),
        ("SIP/2.0/UDP [2001:DB8::1]:5060;branch=z", ("2001:db8::1", 9), "SIP/2.0/UDP [2001:DB8::1]:5060;branch=z"),
        ("SIP/2.0/UDP a.test;received=198.51.100.9;branch=z", SOURCE, "SIP/2.0/UDP a.test;branch=z;received=192.0.2.10"),
        ("SIP/2.0/UDP a.test;received", SOURCE, "SIP/2.0/UDP a.test;received=192.0.2.10"),
        ('SIP/2.0/UDP a.test;received="x;received=y" ;lr', SOURCE, "SIP/2.0/UDP a.test;lr;received=192.0.2.10"),
        ('SIP/2.0/UDP a.test;x=";rport;"', SOURCE, 'SIP/2.0/UDP a.test;x=";rport;";received=192.0.2.10'),
        (
            "SIP/2.0/UDP a.test;rport , SIP/2.0/UDP b.test;rport",
            SOURCE,
            "SIP/2.0/UDP a.test;rport=5060;received=192.0.2.10, SIP/2.0/UDP b.test;rport",
        ),
        ("SIP/2.0/UDP a.test;rport", None, "SIP/2.0/UDP a.test;rport"),
    ],
)
def test_received_and_rport_are_filled_in_the_topmost_via_only(via: str, source: tuple[str, int] | None, wanted: str) -> None:
    lines = _lines("Via: SIP/2.0/UDP below.example.net;rport", source=source, Via=via)
    assert lines[1:3] == [f"Via: {wanted}", "Via: SIP/2.0/UDP below.example.net;rport"]


@pytest.mark.parametrize(
    ("to", "added"),
    [
        ("<sip:a@example.net;tag=uri>", True),
        ('"x>;tag=1" <sip:a@example.net>', True),
        ("sip:a@example.net", True),
        ("<sip:a@example.net>;tag=theirs", False),
        ("sip:a@example.net; tag = theirs", False),
    ],
)
def test_our_tag_is_added_only_where_there_is_none(to: str, added: bool) -> None:
    line = next(line for line in _lines(To=to) if line.startswith("To: "))
    assert line == f"To: {to}" + (";tag=0123" if added else "")


def test_a_100_has_no_tag_of_ours() -> None:
    assert b"tag=0123" not in reply(request(), 100, "Trying", tag="0123")


@given(st.text(max_size=20), st.sampled_from(["\r\n", "\n", "\r", "\0", "\x85", "\u2028", "\x0b"]), st.text(max_size=20))
def test_nothing_given_can_add_a_line(before: str, bad: str, after: str) -> None:
    made = request()
    text = before + bad + after
    for given_headers, phrase, tag in (
        ([("Reason", text)], "No", "a"),
        ([(text, "v")], "No", "a"),
        ([], text, "a"),
        ([], "No", text),
    ):
        with pytest.raises(ValueError, match=r"control byte|token"):
            reply(made, 403, phrase, tag=tag, headers=given_headers)
    with pytest.raises(ValueError, match="source"):
        reply(made, 403, "No", tag="a", source=(text, 5060))


def test_what_cannot_be_answered_is_said() -> None:
    ack = request()
    ack.method = b"ACK"
    for made, code in ((ack, 403), (request(), 99), (request(), 700)):
        with pytest.raises(ValueError, match=r"ACK|100 to 699"):
            reply(made, code, "No", tag="a")
    bare = request()
    del bare.fields[b"to"]
    with pytest.raises(ValueError, match="to copy"):
        reply(bare, 403, "No", tag="a")


def test_given_headers_stand_in_the_answer_as_they_are() -> None:
    reason = 'SIP;cause=603;text="v=analytics1;url=https://example.net/redress";location=RLN'
    answer = read(reply(request(), 603, "Network Blocked", tag="a", headers=[("Reason", reason), ("X-Fairwire", "é")]))
    assert isinstance(answer, Response)
    assert (answer.status, answer.phrase) == (603, b"Network Blocked")
    assert answer.texts(b"reason") == [reason]
    assert answer.text(b"x-fairwire") == "é"


@pytest.mark.parametrize(
    ("uri", "given", "wanted"),
    [
        (URI, {"fw": "a1"}, "<sip:+12125550123@198.51.100.10:5060;user=phone;fw=a1>"),
        ("sips:a:p@[2001:db8::1];lr", {"fw": ""}, "<sips:a:p@[2001:db8::1];lr;fw>"),
        ("sip:a@example.net;fw=forged;x=1", {"FW": "2"}, "<sip:a@example.net;x=1;FW=2>"),
        ("sip:a@example.net", {"fw": "a;b>c?d=é %"}, "<sip:a@example.net;fw=a%3Bb%3Ec%3Fd%3D%C3%A9%20%25>"),
        ("tel:+1-212-555-0100;phone-context=+1", {"fw": "1"}, "<tel:+1-212-555-0100;phone-context=+1;fw=1>"),
    ],
)
def test_a_redirect_keeps_the_request_uri_and_adds_to_it(uri: str, given: dict[str, str], wanted: str) -> None:
    made = contact_elsewhere(uri.encode(), given)
    assert made == wanted
    assert contact_elsewhere(uri, given) == made
    assert read_uri(made[1:-1]).user == read_uri(uri).user


def test_a_next_hop_takes_the_place_of_the_host_and_makes_the_target_another_one_for_strict_peers() -> None:
    added = contact_elsewhere(URI, {"fw": "1"})[1:-1]
    assert same_target(URI, added)  # RFC 3261 19.1.4 ignores what only one of them has
    moved = contact_elsewhere(URI, {"fw": "1"}, host="gw.example.net", port=5080)
    assert moved == "<sip:+12125550123@gw.example.net:5080;user=phone;fw=1>"
    assert not same_target(URI, moved[1:-1])
    assert not same_target(URI, contact_elsewhere(URI, {"transport": "tcp"})[1:-1])
    assert not same_target("tel:+1", contact_elsewhere("tel:+1", {"fw": "1"})[1:-1])  # RFC 3966 4
    assert contact_elsewhere("tel:+1-212;x=y", {}, host="[2001:db8::1]") == "<sip:+1-212;x=y@[2001:db8::1];user=phone>"
    assert contact_elsewhere("sip:a@h:1", {}, host="h2") == "<sip:a@h2>"
    assert not same_target("sip:a@h", "nonsense")


@pytest.mark.parametrize(
    ("uri", "given", "host", "port"),
    [
        ("urn:service:sos", {"fw": "1"}, None, None),
        ("nonsense", {"fw": "1"}, None, None),
        (URI, {}, None, None),
        (URI, {"f w": "1"}, None, None),
        (URI, {"f\r\nw": "1"}, None, None),
        (URI, {"fw": "1", "FW": "2"}, None, None),
        (URI, {}, "a>b", None),
        (URI, {}, "a\r\n", None),
        (URI, {}, None, 65536),
        ("tel:+1", {}, None, 5060),
    ],
)
def test_a_redirect_that_cannot_be_written_is_refused(
    uri: str, given: dict[str, str], host: str | None, port: int | None
) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        contact_elsewhere(uri, given, host=host, port=port)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_value_of_a_parameter_is_escaped_so_that_the_contact_can_be_read(value: str) -> None:
    made = read_uri(contact_elsewhere(URI, {"fw": value})[1:-1])
    assert made.host == "198.51.100.10"
    assert set(made.params) == {"user", "fw"}
