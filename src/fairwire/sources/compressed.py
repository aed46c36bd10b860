"""The plain bytes of a file that may be gzip or zstd, in blocks of bounded size.

What a file is follows from its first bytes, not from its name. A stream that breaks off, or that is damaged in the
middle, is not an exception: everything that could still be read is handed out, and `Content.broken` says what
happened. Memory is bounded whatever the file claims: compressed input is fed in slices so small that even a
stream made to explode yields some tens of megabytes at most for one slice.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

from fairwire.model.errors import BadInput

BLOCK = 8 << 20
"""Bytes of plain content handed out at a time, about."""

_GZIP_SLICE = 16384  # deflate grows at most about 1,030 times: 17 MB
_ZSTD_SLICE = 1024  # a zstd block of 4 bytes can stand for 128 KiB: 32 MB
_ZSTD_WINDOW = 1 << 27


class _Inflater(Protocol):
    """What `zlib.decompressobj` and `ZstdDecompressor.decompressobj` have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class Content:
    """What is in a stream, uncompressed. Read `blocks` to the end, then ask `broken`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes_read = 0
        """Bytes taken from the stream so far, compressed when it is compressed."""
        self.broken = ""
        """What was wrong with the stream itself: a phrase, empty when it was whole."""

    def blocks(self) -> Iterator[bytes]:
        """Yield the content in order, never an empty block."""
        head = self._take(_GZIP_SLICE)
        if head[:2] == b"\x1f\x8b":
            yield from self._gathered(self._gzip(head))
        elif head[:4] == b"\x28\xb5\x2f\xfd":
            yield from self._gathered(self._zstd(head))
        else:
            head += self._take(BLOCK)
            while head:
                yield head
                head = self._take(BLOCK)

    def _take(self, size: int) -> bytes:
        try:
            data = self._stream.read(size)
        except OSError as error:
            self.broken = f"the file cannot be read further: {error.strerror or error}"
            return b""
        self.bytes_read += len(data)
        return data

    def _gathered(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Join the small pieces that decompressing gives."""
        held: list[bytes] = []
        size = 0
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size >= BLOCK:
                yield b"".join(held)
                held, size = [], 0
        if size:
            yield b"".join(held)

    def _gzip(self, data: bytes) -> Iterator[bytes]:
        inflater = zlib.decompressobj(wbits=31)
        while data:
            before = inflater.copy()
            try:
                yield inflater.decompress(data)
            except zlib.error as error:
                yield from _up_to_the_damage(before, data)
                self.broken = f"the gzip stream is damaged: {_after_colon(error)}"
                return
            data = inflater.unused_data
            if not inflater.eof:
                data = self._take(_GZIP_SLICE)
            else:
                data = (data or self._take(_GZIP_SLICE)).lstrip(b"\0")  # tar and tape pad with zeros
                if data:
                    inflater = zlib.decompressobj(wbits=31)
        if not inflater.eof and not self.broken:
            self.broken = "the gzip stream is cut off"

    def _zstd(self, head: bytes) -> Iterator[bytes]:
        factory = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        inflater: _Inflater = factory.decompressobj()
        while head:
            data, head = head[:_ZSTD_SLICE], head[_ZSTD_SLICE:]
            try:
                yield inflater.decompress(data)
            except zstandard.ZstdError as error:
                self.broken = f"the zstd stream is damaged: {_after_colon(error)}"
                return
            if inflater.eof:
                head = inflater.unused_data + head
                if head or (head := self._take(_GZIP_SLICE)):
                    inflater = factory.decompressobj()
            elif not head:
                head = self._take(_GZIP_SLICE)
        if not inflater.eof and not self.broken:
            self.broken = "the zstd stream is cut off"


def _up_to_the_damage(inflater: _Inflater, data: bytes) -> Iterator[bytes]:
    """One byte at a time, so that what stands before the damage in this slice is not lost with it."""
    try:
        for index in range(len(data)):
            yield inflater.decompress(data[index : index + 1])
    except zlib.error:
        return


def _after_colon(error: Exception) -> str:
    return str(error).rpartition(": ")[2]


class PlainStream(io.RawIOBase):
    """A `Content` as a readable stream, for readers that want one. It ends where the content breaks off."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self._blocks = content.blocks()
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._held:
            self._held = memoryview(next(self._blocks, b""))
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def open_input(path: str) -> io.BufferedReader:
    """Open a file for reading.

    Raises
    ------
    BadInput
        It is not there, is a directory, or may not be read.
    """
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise BadInput("no such file", at=path) from None
    except OSError as error:
        raise BadInput(f"cannot be read: {(error.strerror or str(error)).lower()}", at=path) from None
