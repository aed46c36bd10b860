"""HEP3: SIP messages that a proxy mirrors to us, each with where it came from, where it went and when.

    decode(datagram) -> Captured      a message with its addresses and its instant
                        str           one sentence why it is none
    HepFrames().feed(bytes)           the packets of a TCP connection

A packet is six octets of header (`HEP3` and the length of all of it) and chunks of vendor, type, length and value. Chunks of
other vendors and of types that we do not need are passed over. Whoever decodes compares
`auth_key` with its own, in constant time.

Source: HEP3 Network Protocol Specification, revision 37 (sipcapture.org).
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

import msgspec

MAGIC: Final = b"HEP3"
LONGEST: Final = 65535
"""Octets of one packet: its length stands in 16 bits."""
LONGEST_PAYLOAD: Final = 65535
"""Octets of a payload after it was unpacked; no SIP message is longer."""
MOST_CHUNKS: Final = 128
"""Chunks of one packet. Our own bound: the specification knows about forty types."""
SIP: Final = 1
"""Protocol type of SIP in chunk 11."""

FAMILY, PROTOCOL, SOURCE_4, TARGET_4, SOURCE_6, TARGET_6 = range(1, 7)
SOURCE_PORT, TARGET_PORT, SECONDS, MICROSECONDS, KIND, AGENT = range(7, 13)
AUTH_KEY, PAYLOAD, PACKED_PAYLOAD, CORRELATION = range(14, 18)

_IPV4, _IPV6 = 2, 10
_SIZES = {
    FAMILY: 1, PROTOCOL: 1, SOURCE_4: 4, TARGET_4: 4, SOURCE_6: 16, TARGET_6: 16, SOURCE_PORT: 2, TARGET_PORT: 2,
    SECONDS: 4, MICROSECONDS: 4, KIND: 1, AGENT: 4,
}  # fmt: skip
"""Chunk type -> octets of its value, for those that have a fixed size."""
_TEXTS = frozenset({AUTH_KEY, PAYLOAD, PACKED_PAYLOAD, CORRELATION})
_HEAD = struct.Struct(">HHH")
_SECOND_US = 1_000_000


class Captured(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One mirrored message."""

    source: str
    """IP address that it came from, and its port."""
    source_port: int
    target: str
    """IP address that it went to, and its port."""
    target_port: int
    at_us: int
    """When the capture agent saw it: microseconds since 1970 UTC, by the agent's clock."""
    payload: bytes
    kind: int = SIP
    """What the payload is (chunk 11)."""
    protocol: int = 17
    """IP protocol number that carried it: 17 UDP, 6 TCP."""
    agent: int = 0
    """Number of the capture agent."""
    auth_key: bytes = b""
    correlation: bytes = b""


def decode(data: bytes) -> Captured | str:
    """Read one packet, or say in one sentence why it cannot be read. Never raises, and never quotes the packet."""
    chunks = _chunks(data)
    if isinstance(chunks, str):
        return chunks
    numbers = {kind: int.from_bytes(value) for kind, value in chunks.items() if kind in _SIZES}
    addresses = _addresses(chunks, numbers)
    if addresses is None:
        return "the packet does not name the addresses of its message"
    if SECONDS not in numbers:
        return "the packet does not say when its message was seen"
    microseconds = numbers.get(MICROSECONDS, 0)
    if microseconds >= _SECOND_US:
        return "the packet has a million microseconds or more in a second"
    payload = chunks.get(PAYLOAD)
    if payload is None:
        packed = chunks.get(PACKED_PAYLOAD)
        if packed is None:
            return "the packet has no payload"
        payload = _unpacked(packed)
        if payload is None:
            return f"the compressed payload cannot be unpacked, or is longer than {LONGEST_PAYLOAD} octets"
    return Captured(
        source=addresses[0],
        source_port=numbers.get(SOURCE_PORT, 0),
        target=addresses[1],
        target_port=numbers.get(TARGET_PORT, 0),
        at_us=numbers[SECONDS] * _SECOND_US + microseconds,
        payload=payload,
        kind=numbers.get(KIND, SIP),
        protocol=numbers.get(PROTOCOL, 17),
        agent=numbers.get(AGENT, 0),
        auth_key=chunks.get(AUTH_KEY, b""),
        correlation=chunks.get(CORRELATION, b""),
    )


def _chunks(data: bytes) -> dict[int, bytes] | str:
    """Chunk type -> value, of the generic chunks that we know."""
    if data[:4] != MAGIC:
        return "the packet does not begin with HEP3"
    if len(data) < 6:
        return "the packet is cut off in its header"
    length = int.from_bytes(data[4:6])
    if length != len(data):
        return "the packet is longer or shorter than its header says"
    found: dict[int, bytes] = {}
    at, count = 6, 0
    while at < length:
        if at + 6 > length:
            return "the packet is cut off in the head of a chunk"
        vendor, kind, size = _HEAD.unpack_from(data, at)
        if size < 6 or at + size > length:
            return "a chunk is shorter than its head or longer than the packet"
        count += 1
        if count > MOST_CHUNKS:
            return f"the packet has more than {MOST_CHUNKS} chunks"
        if vendor == 0 and (kind in _SIZES or kind in _TEXTS):
            if kind in found:
                return "a chunk is there twice"  # readers would disagree which one is meant
            if _SIZES.get(kind, size - 6) != size - 6:
                return "the value of a chunk has the wrong size for its type"
            found[kind] = data[at + 6 : at + size]
        at += size
    return found


def _addresses(chunks: dict[int, bytes], numbers: dict[int, int]) -> tuple[str, str] | None:
    family = numbers.get(FAMILY, _IPV6 if SOURCE_6 in chunks else _IPV4)
    kinds = {_IPV4: (SOURCE_4, TARGET_4), _IPV6: (SOURCE_6, TARGET_6)}.get(family)
    if kinds is None or kinds[0] not in chunks or kinds[1] not in chunks:
        return None
    return _address(chunks[kinds[0]]), _address(chunks[kinds[1]])


@lru_cache(maxsize=1 << 12)
def _address(octets: bytes) -> str:
    return str(ip_address(octets))


def _unpacked(packed: bytes) -> bytes | None:
    """The payload of chunk 16: zlib or gzip, never longer than the bound, however much is packed into it."""
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        payload = unpacking.decompress(packed, LONGEST_PAYLOAD + 1)
    except zlib.error:
        return None
    return payload if unpacking.eof and len(payload) <= LONGEST_PAYLOAD else None


def encode(captured: Captured, *, packed: bool = False) -> bytes:
    """The packet of a message.

    Raises
    ------
    ValueError
        It does not fit into one, or its addresses are not two IP addresses of one family.
    OverflowError
        A number does not fit into its octets.
    """
    source, target = ip_address(captured.source), ip_address(captured.target)
    if source.version != target.version:
        raise ValueError("the two addresses are not of one family")
    six = source.version == 6
    seconds, microseconds = divmod(captured.at_us, _SECOND_US)
    values = [
        (FAMILY, bytes([_IPV6 if six else _IPV4])),
        (PROTOCOL, bytes([captured.protocol])),
        (SOURCE_6 if six else SOURCE_4, source.packed),
        (TARGET_6 if six else TARGET_4, target.packed),
        (SOURCE_PORT, captured.source_port.to_bytes(2)),
        (TARGET_PORT, captured.target_port.to_bytes(2)),
        (SECONDS, seconds.to_bytes(4)),
        (MICROSECONDS, microseconds.to_bytes(4)),
        (KIND, bytes([captured.kind])),
        (AGENT, captured.agent.to_bytes(4)),
    ]
    if captured.auth_key:
        values.append((AUTH_KEY, captured.auth_key))
    if captured.correlation:
        values.append((CORRELATION, captured.correlation))
    values.append((PACKED_PAYLOAD, zlib.compress(captured.payload)) if packed else (PAYLOAD, captured.payload))
    size = 6 + sum(6 + len(value) for _, value in values)
    if size > LONGEST:
        raise ValueError("the message does not fit into one packet")
    return MAGIC + size.to_bytes(2) + b"".join(_HEAD.pack(0, kind, 6 + len(value)) + value for kind, value in values)


class BrokenHepStream(ValueError):
    """Nobody can tell where the next packet begins: close the connection."""

    def __init__(self, frames: list[bytes]) -> None:
        super().__init__("a packet does not begin with HEP3 and its length")
        self.frames = frames
        """Whole packets that stood before the fault."""


class HepFrames:
    """What one connection has sent and was not yet a whole packet: at most one packet's worth is held."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was received; give back the packets that are whole now, in order.

        Raises
        ------
        BrokenHepStream
            What comes next is no packet.
        """
        self._held += data
        frames: list[bytes] = []
        at = 0
        held = self._held
        while len(held) - at >= 6:
            size = int.from_bytes(held[at + 4 : at + 6])
            if held[at : at + 4] != MAGIC or size < 6:
                held.clear()
                raise BrokenHepStream(frames)
            if len(held) - at < size:
                break
            frames.append(bytes(held[at : at + size]))
            at += size
        del held[:at]
        if not MAGIC.startswith(held[:4]) and held[:4] != MAGIC:
            held.clear()
            raise BrokenHepStream(frames)
        return frames
