"""Where an answer goes that came by UDP, and which number decides where a call goes."""

from __future__ import annotations

import pytest

from fairwire.serve.redirect.calls import dialled_or_none, goes_to
from fairwire.serve.redirect.listeners import answered_at
from fairwire.serve.redirect.peers import Paces, Peer

SOURCE = ("192.0.2.10", 40000)


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("SIP/2.0/UDP 192.0.2.10:5070;branch=z9hG4bKx", 5070),
        ("SIP/2.0/UDP sbc.example;branch=z9hG4bKx;received=192.0.2.10", 5060),
        ("SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bKx", 5070),
        ("SIP/2.0/UDP 192.0.2.10:5070;branch=z9hG4bKx;rport=40000", 40000),
        ("SIP/2.0/UDP 192.0.2.10:5070;RPORT=40000;branch=z9hG4bKx", 40000),
        ("SIP/2.0/UDP 192.0.2.10:5070;branch=z9hG4bKx, SIP/2.0/UDP 192.0.2.9:5080;rport=1", 5070),
        ("SIP/2.0/UDP 192.0.2.10:0;branch=z9hG4bKx", 40000),
        ("SIP/2.0/UDP 192.0.2.10:99999;branch=z9hG4bKx", 40000),
        ("SIP / 2.0 / UDP 192.0.2.10;branch=z9hG4bKx", 40000),
    ],
)
def test_an_answer_goes_to_the_port_of_the_via_unless_rport_is_asked_for(via: str, port: int) -> None:
    answer = f"SIP/2.0 403 Forbidden\r\nVia: {via}\r\nFrom: <sip:a@b>\r\n\r\n".encode()
    assert answered_at(answer, SOURCE) == ("192.0.2.10", port)


def test_the_scope_of_an_address_is_kept() -> None:
    answer = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP [fe80::1]:5070;branch=z9hG4bKx\r\n\r\n"
    assert answered_at(answer, ("fe80::1", 40000, 0, 2)) == ("fe80::1", 5070, 0, 2)


@pytest.mark.parametrize(
    ("called", "rn", "context", "trusted", "number"),
    [
        ("+12025550177", "", "", True, "+12025550177"),
        ("+12025550177", "+5352550100", "", True, "+12025550177"),
        ("+12025550177", "+5352550100", "", False, "+5352550100"),
        ("911", "", "+1", True, "911"),
        ("911", "", "example.com", True, "911"),
        ("911", "", "+53525501", True, "+53525501911"),
        ("+12025550177", "", "+53525501", True, "+12025550177"),
    ],
)
def test_a_number_is_what_a_switch_would_make_of_it(called: str, rn: str, context: str, trusted: bool, number: str) -> None:
    assert goes_to(called, routing_number=rn, phone_context=context, trusted=trusted) == number


def test_a_peer_is_paced_by_the_second() -> None:
    now = [0.0]
    paces = Paces(lambda: now[0])
    paced, other = (Peer(name=name, networks=(), calls_per_s=2) for name in ("a", "b"))
    assert [paces.exceeded(paced) for _ in range(3)] == [False, False, True]
    assert not paces.exceeded(other)
    assert not paces.exceeded(Peer(name="free", networks=()))
    now[0] = 1.0
    assert not paces.exceeded(paced)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("sip:911@example.com", "911"),
        ("<sip:911@example.com>", "911"),
        ("sip:911;phone-context=+1@example.com", "911"),
        ("sip:911;phone-context=+53525501@example.com", "+53525501911"),
        ("sip:911%3bphone-context=+53525501@example.com", "911"),
        ("tel:911;phone-context=+53-525501", "+53525501911"),
        ("urn:service:sos", "urn:service:sos"),
        ("sip:911@exa mple", ""),
    ],
)
def test_a_call_for_help_is_known_however_it_is_written(written: str, number: str) -> None:
    assert dialled_or_none(written) == number
