"""The bytes of the event log: a segment's header, and frames with a checksum each.

A segment is a header of 32 bytes and frames end to end, all numbers little-endian:

    header  magic 8, version u32, zero u32, first sequence number u64, CRC-32 of what stands before u32, zero u32
    frame   magic 4, length of the payload u32, sequence number u64, synced u64, kind u32, CRC-32 u32, payload

`synced` is the last number that was on disk for certain when the frame was written. It tells a write that a crash cut short
from damage to what had been acknowledged: when a later frame says that a broken one had been synced, it was damaged.
The payload is one or more events as JSON, with a line feed between them; or what a call was answered.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

VERSION = 1
SUFFIX = ".fwlog"
EVENTS = 1
"""A batch of events, taken in as one."""
DECISION = 2
"""A call attempt that was decided; when it was refused, the end of the call stands behind it."""
ANSWER = 3
"""What the call before it was answered, so that asking again after a restart gives the same; no event."""
MAX_PAYLOAD = 1 << 28
"""Bytes; a length above this is damage, not a record."""

_SEGMENT_MAGIC = b"\x89FWLOG\n\x1a"
_FRAME_MAGIC = b"\xf5FWr"
_SEGMENT = struct.Struct("<8sIIQ")
_FRAME = struct.Struct("<4sIQQI")
_CRC = struct.Struct("<I")
SEGMENT_HEADER = 32
FRAME_HEADER = _FRAME.size + _CRC.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One record."""

    seq: int
    synced: int
    kind: int
    payload: bytes
    offset: int
    """Where it begins in its segment, in bytes."""
    end: int

    @property
    def lines(self) -> list[bytes]:
        """Its events."""
        return [] if self.kind == ANSWER else self.payload.split(b"\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Where reading stops."""

    offset: int
    why: str
    cut: bool
    """Whether a crash explains it: nothing behind it shows that it had been on disk as a whole."""


def payload_of(lines: Sequence[bytes]) -> bytes:
    """The payload for some events. A line feed inside of an event is white space between its tokens, for JSON has no other."""
    if len(lines) == 1:
        return lines[0].replace(b"\n", b" ")
    return b"\n".join(line if b"\n" not in line else line.replace(b"\n", b" ") for line in lines)


def pack_header(first_seq: int) -> bytes:
    """The header of a segment."""
    head = _SEGMENT.pack(_SEGMENT_MAGIC, VERSION, 0, first_seq)
    return head + _CRC.pack(zlib.crc32(head)) + bytes(4)


def pack_frames(seq: int, synced: int, kind: int, follower: int, payloads: Sequence[bytes]) -> list[bytes]:
    """Records of two kinds in turn, from a number on: what they are written of, in order."""
    parts: list[bytes] = []
    pack, packed_sum, crc32 = _FRAME.pack, _CRC.pack, zlib.crc32
    for payload in payloads:
        head = pack(_FRAME_MAGIC, len(payload), seq, synced, kind)
        parts += (head, packed_sum(crc32(payload, crc32(head))), payload)
        seq += 1
        kind, follower = follower, kind
    return parts


def read_header(data: bytes) -> int | str:
    """The first sequence number of a segment, or a phrase that says why its header cannot be read."""
    if len(data) < SEGMENT_HEADER:
        return "the file ends inside its header"
    magic, version, _, first_seq = _SEGMENT.unpack_from(data)
    if magic != _SEGMENT_MAGIC:
        return "the file does not begin like a log segment"
    if _CRC.unpack_from(data, _SEGMENT.size)[0] != zlib.crc32(data[: _SEGMENT.size]):
        return "the header does not match its checksum"
    if version != VERSION:
        return f"the segment has format version {version}, this program reads {VERSION}"
    return int(first_seq)


def read_frames(data: bytes, first_seq: int, at: int = SEGMENT_HEADER) -> Iterator[Frame | Broken]:
    """The frames of a segment in order, from a place where one begins; where one cannot be read, a `Broken` ends them."""
    seq = first_seq
    while at < len(data):
        found = _frame_at(data, at)
        if isinstance(found, str):
            yield Broken(offset=at, why=found, cut=not _proven_later(data, at, seq))
            return
        if found.seq != seq:
            why = f"record {seq} should stand here, and it is record {found.seq}"
            yield Broken(offset=at, why=why, cut=False)
            return
        yield found
        at, seq = found.end, seq + 1


def next_frame(data: bytes, at: int, above: int) -> Frame | None:
    """The first sound frame behind a place whose number is above one: where reading can go on after damage."""
    while (at := data.find(_FRAME_MAGIC, at + 1)) >= 0:
        found = _frame_at(data, at)
        if isinstance(found, Frame) and found.seq > above:
            return found
    return None


def _frame_at(data: bytes, at: int) -> Frame | str:
    if len(data) - at < FRAME_HEADER:
        return "the file ends in the middle of a record"
    magic, length, seq, synced, kind = _FRAME.unpack_from(data, at)
    if magic != _FRAME_MAGIC or length > MAX_PAYLOAD:
        return "no record begins here"
    end = at + FRAME_HEADER + length
    if end > len(data):
        return "the file ends in the middle of a record"
    payload = data[at + FRAME_HEADER : end]
    head = data[at : at + _FRAME.size]
    if _CRC.unpack_from(data, at + _FRAME.size)[0] != zlib.crc32(payload, zlib.crc32(head)):
        return "the record does not match its checksum"
    return Frame(seq=seq, synced=synced, kind=kind, payload=payload, offset=at, end=end)


def _proven_later(data: bytes, at: int, seq: int) -> bool:
    """Whether a sound frame behind a broken one says that the broken one had been on disk."""
    while (at := data.find(_FRAME_MAGIC, at + 1)) >= 0:
        found = _frame_at(data, at)
        if isinstance(found, Frame) and found.synced >= seq:
            return True
    return False
