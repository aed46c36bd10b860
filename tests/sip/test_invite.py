"""What an INVITE says of a call, whom it may be believed, and that each diversion counts once."""

from __future__ import annotations

import pytest

from fairwire.sip import InviteFacts, Request, number_of, read, read_address, read_invite
from written_sip import request, written


def _facts(*lines: str, trusted: bool = True, **changed: str | None) -> InviteFacts:
    return read_invite(request(*lines, **changed), trusted=trusted)


def test_the_plain_facts_of_a_call() -> None:
    facts = _facts(
        "User-Agent: ExampleSBC/9.2", "Date: Sat, 28 Nov 2026 10:00:00 GMT", "y: abc.def.ghi;info=<https://example.net/c>"
    )
    assert facts == InviteFacts(
        call_id="a84b4c76e66710@192.0.2.10",
        request_uri="sip:+12125550123@198.51.100.10:5060;user=phone",
        called="+12125550123",
        routing_number="",
        phone_context="",
        caller="+12125550100",
        display_name="Example Dental",
        from_host="sbc.example.net",
        withheld=False,
        asserted=(),
        preferred=(),
        remote_party="",
        diversions=(),
        diverted=0,
        charged="",
        customer="",
        identity=(b"abc.def.ghi;info=<https://example.net/c>",),
        privacy=frozenset(),
        user_agent="ExampleSBC/9.2",
        transport="UDP",
        contact_host="192.0.2.10",
        max_forwards=69,
        date="Sat, 28 Nov 2026 10:00:00 GMT",
        flaws=(),
    )


@pytest.mark.parametrize(
    ("uri", "called", "routing_number", "phone_context"),
    [
        ("sip:+12125550123;rn=+1-212-555-0199;npdi@h.test;user=phone", "+12125550123", "+12125550199", ""),
        ("sip:+12125550123@h.test;rn=%2B12125550199", "+12125550123", "+12125550199", ""),
        ("sip:+12125550123;%72N=+12125550199@h.test", "+12125550123", "+12125550199", ""),
        ("tel:+12125550123;rn=+12125550199;npdi", "+12125550123", "+12125550199", ""),
        ("tel:911;phone-context=+1-212-555", "911", "", "+1212555"),
        ("sip:911;phone-context=example.net@h.test", "911", "", "example.net"),
    ],
)
def test_what_could_make_a_switch_dial_another_number_is_told(
    uri: str, called: str, routing_number: str, phone_context: str
) -> None:
    made = read(written(f"INVITE {uri} SIP/2.0"))
    assert isinstance(made, Request)
    facts = read_invite(made, trusted=False)
    assert (facts.called, facts.routing_number, facts.phone_context) == (called, routing_number, phone_context)


_CLAIMS = (
    'P-Asserted-Identity: "Lee, A" <sip:+12125550100@sbc.example.net;user=phone>, <tel:+1-212-555-0100>',
    "P-Asserted-Identity: <tel:+12125550101>",
    "P-Charge-Info: <sip:+12125550199@sbc.example.net>;npi=1",
    "X-Fairwire-Customer: acme",
)


def test_a_trusted_peer_is_believed_and_another_is_not() -> None:
    facts = _facts(*_CLAIMS)
    assert (facts.asserted, facts.charged, facts.customer) == (("+12125550100", "+12125550101"), "+12125550199", "acme")
    facts = _facts(*_CLAIMS, trusted=False)
    assert (facts.asserted, facts.charged, facts.customer) == ((), "", "")


@pytest.mark.parametrize(
    "line",
    ["X-Fairwire-Customer: other", "X-FAIRWIRE-CUSTOMER: acme", "P-Charge-Info: <sip:+12125550198@sbc.example.net>"],
)
def test_a_claim_that_comes_twice_is_no_claim_and_is_said(line: str) -> None:
    facts = _facts(*_CLAIMS, line)
    assert "" in (facts.charged, facts.customer)
    assert facts.flaws == (f"there is more than one {line.partition(':')[0].lower()}",)


@pytest.mark.parametrize("value", ["acme, other", "x" * 257, "a\u200bb"])
def test_a_customer_that_cannot_be_one_is_left_out(value: str) -> None:
    facts = _facts(f"X-Fairwire-Customer: {value}")
    assert facts.customer == ""
    assert facts.flaws


@pytest.mark.parametrize(
    ("sender", "privacy", "caller", "withheld"),
    [
        ('"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', None, "", True),
        ("<sip:Anonymous@sbc.example.net>;tag=1", None, "", True),
        ("<sip:+12125550100@anonymous.invalid>;tag=1", None, "", True),
        ("<sip:anonymous%2E@sbc.example.net>;tag=1", None, "anonymous.", False),
        ("<sip:+12125550100@sbc.example.net>;tag=1", "id;critical", "+12125550100", True),
        ("<sip:+12125550100@sbc.example.net>;tag=1", "none", "+12125550100", False),
        ("<sip:alice@sbc.example.net>;tag=1", None, "alice", False),
        ("<tel:+1-212-555-0100>;tag=1", "header, session", "+12125550100", False),
    ],
)
def test_a_withheld_caller_is_known_as_one(sender: str, privacy: str | None, caller: str, withheld: bool) -> None:
    facts = _facts(From=sender, Privacy=privacy)
    assert (facts.caller, facts.withheld) == (caller, withheld)


def test_hints_are_read_and_what_cannot_be_read_is_said() -> None:
    facts = _facts(
        "P-Preferred-Identity: <sip:+12125550111@sbc.example.net>",
        "Remote-Party-ID: <sip:+12125550113@sbc.example.net>;party=called, <sip:+12125550112@sbc.example.net>;screen=yes",
        "P-Asserted-Identity: <sip:a b@sbc.example.net>, <tel:+12125550100>",
        "Diversion: <sip:nonsense",
        "History-Info: <sip:+12125550101@sbc.example.net>",
    )
    assert (facts.preferred, facts.remote_party, facts.asserted) == (("+12125550111",), "+12125550112", ("+12125550100",))
    assert facts.flaws == (
        "a value of diversion cannot be read",
        "a value of history-info has no index",
        "a value of p-asserted-identity cannot be read",
    )


@pytest.mark.parametrize("name", ["Remote-Party-ID", "P-Charge-Info", "P-Preferred-Identity", "History-Info"])
def test_an_address_that_cannot_be_read_is_left_out_and_said_once(name: str) -> None:
    facts = _facts(f"{name}: <sip:a b@h.test>;index=1")
    assert facts.flaws == (f"{'the' if name == 'P-Charge-Info' else 'a'} value of {name.lower()} cannot be read",)
    assert (facts.remote_party, facts.charged, facts.preferred, facts.diversions) == ("", "", (), ())
    assert _facts("Diversion: x y, x y, <sip:a@h.test>").flaws == ("a value of diversion cannot be read",)
    assert _facts("Remote-Party-ID: <tel:+12125550100>;party=called").remote_party == ""
    assert _facts("P-Asserted-Identity: <sip:h.test>, <tel:+12125550100>").asserted == ("+12125550100",)


_A, _B, _C = "+12125550101", "+12125550102", "+12125550103"
_HISTORY = (
    f"<sip:{_A}@h.test>;index=1, <sip:{_B}@h.test;cause=302>;index=1.1;mp=1, <sip:{_C}@h.test;cause=408>;index=1.1.1;mp=1.1"
)
_TWICE = f"Diversion: <sip:{_B}@h.test>;reason=no-answer;counter=1, <tel:{_A}>;reason=unconditional;counter=3"


def test_diversions_stand_newest_first_and_their_counters_are_summed() -> None:
    facts = _facts(_TWICE, "Diversion: <sip:alice@h.test>;counter=x")
    assert (facts.diversions, facts.diverted) == ((_B, _A, "alice"), 5)
    assert _facts(f"Diversion: <tel:{_A}>;counter=0").diverted == 1
    assert _facts(f"Diversion: <tel:{_A}>;counter=999999999999").diverted == 1
    assert _facts(f"Diversion: <tel:{_A}>;counter=99999").diverted == 255


@pytest.mark.parametrize(
    ("history", "diversions"),
    [
        # the RFC 7544 form: the cause stands in the target, the one before it diverted
        (
            _HISTORY,
            (_B, _A),
        ),
        # in any order, and over several header lines
        (f"<sip:{_B}@h.test;cause=302>;index=1.1;mp=1, <sip:{_A}@h.test>;index=1", (_A,)),
        # proxies that only forward are no diversions
        (f"<sip:{_A}@h.test>;index=1, <sip:{_A}@gw.h.test>;index=1.1;np=1, <sip:{_B}@h.test;cause=486>;index=1.2;mp=1", (_A,)),
        # the older form: the one that turned the call away has the reason
        (f"<sip:{_A}@h.test?Reason=SIP%3Bcause%3D486>;index=1, <sip:{_B}@h.test>;index=2", (_A,)),
        # said both ways, it is still one diversion
        (f"<sip:{_A}@h.test?Reason=SIP%3Bcause%3D302>;index=1, <sip:{_B}@h.test;cause=302>;index=1.1;mp=1", (_A,)),
        # without marks the parent in the tree diverted; 1.10 comes after 1.9
        (f"<sip:{_A}@h.test>;index=1.9, <sip:{_B}@h.test>;index=1.10, <sip:{_C}@h.test;cause=302>;index=1.10.1", (_B,)),
        # a cause that diverts nothing, and one that points at itself or ahead
        (f"<sip:{_A}@h.test>;index=1, <sip:{_B}@h.test;cause=200>;index=1.1;mp=1", ()),
        (f"<sip:{_A}@h.test;cause=302>;index=1;mp=1", ()),
        (f"<sip:{_A}@h.test;cause=302>;index=1;mp=2, <sip:{_B}@h.test>;index=2", ()),
    ],
)
def test_history_info_names_the_diverting_parties(history: str, diversions: tuple[str, ...]) -> None:
    facts = _facts(f"History-Info: {history}")
    assert (facts.diversions, facts.diverted) == (diversions, len(diversions))
    assert facts.flaws == ()


def test_a_diversion_that_stands_in_both_headers_counts_once() -> None:
    history = f"History-Info: {_HISTORY}"
    facts = _facts(_TWICE, history)
    assert (facts.diversions, facts.diverted) == ((_B, _A), 4)
    facts = _facts(f"Diversion: <tel:{_B}>", history)
    assert (facts.diversions, facts.diverted) == ((_B, _A), 2)
    facts = _facts(f"Diversion: <tel:{_C}>", f"Diversion: <tel:{_A}>", f"Diversion: <tel:{_A}>", history)
    assert (facts.diversions, facts.diverted) == ((_C, _A, _A, _B), 4)


def test_a_request_that_was_put_together_by_hand_is_refused_when_it_has_no_from() -> None:
    made = request()
    del made.fields[b"from"]
    with pytest.raises(ValueError, match="cannot be read"):
        read_invite(made, trusted=True)
    assert _facts(Contact="*").contact_host == ""
    assert _facts(Contact="<sip:a b@h>").flaws == ("the Contact header cannot be read",)
    assert _facts(Via="SIP/2.0/TLS 192.0.2.9;branch=z9hG4bK1").transport == "TLS"


@pytest.mark.parametrize("name", ["", '"Line 4" ', '"A, B" ', '"x"', "Bob ", '"anonymous" '])
@pytest.mark.parametrize(
    "uri",
    [
        "sip:+12125550100@192.0.2.1",
        "sip:+12125550100@Host.example;user=phone",
        "sip:911@192.0.2.1",
        "sips:12@a.example:5061;transport=tcp",
        "sip:+12125550100@anonymous.invalid",
        "sip:bob@192.0.2.1",
        "sip:+1-212-555-0100@192.0.2.1",
        "sip:+12125550100@192.0.2.1:5060;user=phone;transport=udp",
        "sip:+12125550100;npdi@192.0.2.1",
    ],
)
@pytest.mark.parametrize("behind", [";tag=abc", ';tag=abc;x="a>b"', " ;tag=abc"])
def test_what_is_written_plainly_is_read_as_the_grammar_reads_it(name: str, uri: str, behind: str) -> None:
    address = f"{name}<{uri}>"
    text = (
        f"INVITE sip:+12125550101@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: {address}{behind}\r\n"
        f"To: <sip:+12125550101@192.0.2.2>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\nP-Asserted-Identity: {address}\r\n"
        f"Contact: <{uri}>\r\n\r\n"
    )
    asked = read(text.encode())
    assert isinstance(asked, Request)
    facts = read_invite(asked, trusted=True)
    known = read_address(address)
    shown = "" if known.uri.host == "anonymous.invalid" else number_of(known.uri)
    assert (facts.caller, facts.display_name, facts.from_host) == (shown, known.display, known.uri.host)
    assert facts.asserted == (number_of(known.uri),)
    assert facts.contact_host == known.uri.host
    assert facts.flaws == ()
