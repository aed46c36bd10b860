"""A retransmission is the same transaction with the same tag; nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.sip import Request, read, tag_for, top_via, transaction_key
from written_sip import INVITE, URI, request, written

SECRET = b"0123456789abcdef"


def test_a_retransmission_and_the_ack_of_a_refusal_have_the_key_of_the_invite() -> None:
    invite = request()
    assert transaction_key(request()) == transaction_key(invite)
    ack = read(written(f"ACK {URI} SIP/2.0", CSeq="314159 ACK", To=INVITE["To"] + ";tag=ours"))
    cancel = read(written(f"CANCEL {URI} SIP/2.0", CSeq="314159 CANCEL"))
    assert isinstance(ack, Request)
    assert isinstance(cancel, Request)
    assert transaction_key(ack) == transaction_key(invite)
    assert transaction_key(cancel) != transaction_key(invite)


def test_a_second_call_with_the_same_call_id_is_another_transaction() -> None:
    first, second = request(), request(Via=INVITE["Via"].replace("0001", "0002"))
    assert transaction_key(first) != transaction_key(second)
    assert tag_for(SECRET, first) != tag_for(SECRET, second)


@pytest.mark.parametrize(
    ("via", "same"),
    [
        ("SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK776asdhds0001", True),  # 5060 is the default
        ("SIP / 2.0 / UDP 192.0.2.10 : 5060 ;rport; branch = z9hG4bK776asdhds0001", True),
        ("SIP/2.0/UDP 192.0.2.10:5060;x=1;branch=z9hG4bK776asdhds0001, SIP/2.0/UDP b.example.net", True),
        ("SIP/2.0/UDP 192.0.2.10:5061;branch=z9hG4bK776asdhds0001", False),
        ("SIP/2.0/UDP 192.0.2.11:5060;branch=z9hG4bK776asdhds0001", False),
        ("SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds0001x", False),
        ('SIP/2.0/UDP 192.0.2.10:5060;x=";branch=z9hG4bK776asdhds0001";branch=z9hG4bKother', False),
    ],
)
def test_the_topmost_via_decides_however_it_is_written(via: str, same: bool) -> None:
    assert (transaction_key(request(Via=via)) == transaction_key(request())) is same


def test_older_peers_are_told_apart_by_the_whole_tuple() -> None:
    old = {"Via": "SIP/2.0/UDP 192.0.2.10"}
    first = transaction_key(request(**old))
    assert first == transaction_key(request(**old))
    assert first == transaction_key(request(**old, To=INVITE["To"] + ";tag=ours"))
    others = [
        request(**old, Call_ID="other"),
        request(**old, CSeq="314160 INVITE"),
        request(**old, From="<sip:+12125550100@sbc.example.net>;tag=other"),
        request(Via="SIP/2.0/UDP 192.0.2.10;branch=1"),
        request(Via="SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK"),
    ]
    other = read(written("INVITE sip:+12125550124@198.51.100.10 SIP/2.0", **old))
    assert isinstance(other, Request)
    assert len({first, transaction_key(other), *map(transaction_key, others)}) == len(others) + 2


def test_a_tag_depends_on_the_secret_and_is_16_hexadecimal_digits() -> None:
    tag = tag_for(SECRET, request())
    assert len(tag) == 16
    assert set(tag) <= set("0123456789abcdef")
    assert tag_for(b"another", request()) != tag
    for secret in (b"", b"x" * 65):
        with pytest.raises(ValueError, match=r"[a-z]"):
            tag_for(secret, request())


@given(st.lists(st.text("abc123", min_size=1, max_size=4), min_size=4, max_size=4), st.data())
def test_a_retransmission_has_the_same_tag_and_another_request_another(parts: list[str], data: st.DataObject) -> None:
    def made(values: list[str]) -> Request:
        branch, call_id, tag, number = values
        return request(
            Via=f"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{branch}",
            Call_ID=call_id,
            From=f"<sip:a@example.net>;tag={tag}",
            CSeq=f"{int(number, 16)} INVITE",
        )

    first = made(parts)
    assert tag_for(SECRET, first) == tag_for(SECRET, made(parts))
    changed = list(parts)
    place = data.draw(st.integers(0, 3))
    changed[place] = "1" + changed[place]
    assert tag_for(SECRET, made(changed)) != tag_for(SECRET, first)


def test_the_topmost_via_is_read() -> None:
    via = top_via(request(Via="SIP/2.0/TLS [2001:DB8::1];branch=z;alias, SIP/2.0/UDP b.test"))
    assert (via.transport, via.sent_by, via.branch, via.params["alias"]) == ("TLS", ("2001:db8::1", 5061), "z", None)
    bare = request()
    del bare.fields[b"via"]
    with pytest.raises(ValueError, match="no Via"):
        top_via(bare)
