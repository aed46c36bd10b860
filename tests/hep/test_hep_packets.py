"""HEP3 packets: vectors by hand, and what must hold for every byte that comes."""

from __future__ import annotations

import gzip
import zlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.sip.hep import LONGEST_PAYLOAD, BrokenHepStream, Captured, HepFrames, decode, encode

MESSAGE = Captured(
    source="192.0.2.10",
    source_port=5062,
    target="192.0.2.1",
    target_port=5060,
    at_us=1_772_459_232_000_250,
    payload=b"INVITE sip:bob",
    agent=2001,
    auth_key=b"a key",
    correlation=b"one",
)
HEAD = bytes.fromhex(
    "0000 0001 0007 02"  # IPv4
    "0000 0002 0007 11"  # UDP
    "0000 0003 000a c000020a"
    "0000 0004 000a c0000201"
    "0000 0007 0008 13c6"
    "0000 0008 0008 13c4"
    "0000 0009 000a 69a598e0"
    "0000 000a 000a 000000fa"
    "0000 000b 0007 01"
    "0000 000c 000a 000007d1"
)


def packet(chunks: bytes) -> bytes:
    """Header round chunks."""
    return b"HEP3" + (6 + len(chunks)).to_bytes(2) + chunks


def chunk(kind: int, value: bytes, vendor: int = 0) -> bytes:
    return vendor.to_bytes(2) + kind.to_bytes(2) + (6 + len(value)).to_bytes(2) + value


def test_a_packet_written_by_hand_is_read() -> None:
    found = decode(packet(HEAD + chunk(14, b"a key") + chunk(17, b"one") + chunk(15, b"INVITE sip:bob")))
    assert found == Captured(
        source="192.0.2.10", source_port=5062, target="192.0.2.1", target_port=5060, at_us=0x69A598E0 * 1_000_000 + 250,
        payload=b"INVITE sip:bob", agent=2001, auth_key=b"a key", correlation=b"one",
    )  # fmt: skip


def test_ipv6_is_read() -> None:
    addresses = chunk(5, ip_address("2001:db8::10").packed) + chunk(6, ip_address("2001:db8::1").packed)
    found = decode(packet(chunk(1, b"\x0a") + addresses + chunk(9, b"\0\0\0\1") + chunk(15, b"x")))
    assert isinstance(found, Captured)
    assert (found.source, found.target, found.at_us) == ("2001:db8::10", "2001:db8::1", 1_000_000)


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress])
def test_a_compressed_payload_is_unpacked(pack: object) -> None:
    found = decode(packet(HEAD + chunk(16, pack(b"INVITE sip:bob"))))  # type: ignore[operator]
    assert isinstance(found, Captured)
    assert found.payload == b"INVITE sip:bob"


def test_a_payload_that_unpacks_to_more_than_a_message_is_refused() -> None:
    assert decode(packet(HEAD + chunk(16, zlib.compress(bytes(LONGEST_PAYLOAD)))))
    said = decode(packet(HEAD + chunk(16, zlib.compress(bytes(20_000_000)))))
    assert said == "the compressed payload cannot be unpacked, or is longer than 65535 octets"


def test_unknown_chunks_and_those_of_vendors_are_passed_over() -> None:
    found = decode(packet(chunk(0x20, b"\1\2") + chunk(15, b"not this", vendor=2) + HEAD + chunk(15, b"this")))
    assert isinstance(found, Captured)
    assert found.payload == b"this"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the packet does not begin with HEP3"),
        (b"HEP3\0", "the packet is cut off in its header"),
        (b"HEP3\0\x07", "the packet is longer or shorter than its header says"),
        (b"HEP3\0\x07\0", "the packet is cut off in the head of a chunk"),
        (packet(b"\0\0\0\1\0\5"), "a chunk is shorter than its head or longer than the packet"),
        (packet(b"\0\0\0\1\0\xff\2"), "a chunk is shorter than its head or longer than the packet"),
        (packet(chunk(1, b"\2\2")), "the value of a chunk has the wrong size for its type"),
        (packet(HEAD + HEAD), "a chunk is there twice"),
        (packet(chunk(99, b"") * 200), "the packet has more than 128 chunks"),
        (packet(chunk(1, b"\2")), "the packet does not name the addresses of its message"),
        (packet(chunk(1, b"\7") + HEAD[7:]), "the packet does not name the addresses of its message"),
        (packet(HEAD[:50]), "the packet does not say when its message was seen"),
        (packet(HEAD), "the packet has no payload"),
        (packet(HEAD + chunk(16, b"no zlib")), "the compressed payload cannot be unpacked, or is longer than 65535 octets"),
    ],
)  # fmt: skip
def test_garbage_gets_one_sentence(data: bytes, said: str) -> None:
    assert decode(data) == said


messages = st.builds(
    Captured,
    source=st.ip_addresses(v=4).map(str),
    source_port=st.integers(0, 65535),
    target=st.ip_addresses(v=4).map(str),
    target_port=st.integers(0, 65535),
    at_us=st.integers(0, (1 << 32) * 1_000_000 - 1),
    payload=st.binary(max_size=3000),
    kind=st.integers(0, 255),
    protocol=st.integers(0, 255),
    agent=st.integers(0, (1 << 32) - 1),
    auth_key=st.binary(max_size=40),
    correlation=st.binary(max_size=40),
)


@given(messages, st.booleans())
def test_what_is_encoded_is_decoded(message: Captured, packed: bool) -> None:
    assert decode(encode(message, packed=packed)) == message


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    for candidate in (data, packet(data), packet(HEAD + data)):
        assert isinstance(decode(candidate), str | Captured)


@given(messages, st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=8), st.integers(0, 4000))
def test_damaged_packets_do_not_raise(message: Captured, flips: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(encode(message))
    for at, value in flips:
        data[at % len(data)] = value
    assert isinstance(decode(bytes(data)), str | Captured)
    assert isinstance(decode(bytes(data[: cut % len(data)])), str)


@given(st.lists(messages, min_size=1, max_size=5), st.data())
def test_a_stream_is_cut_into_its_packets(sent: list[Captured], data: st.DataObject) -> None:
    packets = [encode(message) for message in sent]
    stream = b"".join(packets)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    frames, found = HepFrames(), []
    for first, last in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += frames.feed(stream[first:last])
    assert found == packets


def test_a_stream_that_loses_its_place_is_given_up() -> None:
    whole = encode(MESSAGE)
    with pytest.raises(BrokenHepStream) as told:
        HepFrames().feed(whole + b"GET / HTTP/1.1\r\n")
    assert told.value.frames == [whole]
    with pytest.raises(BrokenHepStream):
        HepFrames().feed(b"HEP3\0\0")
    with pytest.raises(BrokenHepStream):
        HepFrames().feed(b"G")
