"""Events as JSON Lines: one CloudEvents object a line, plain, gzip or zstd.

Memory stays bounded by the size of a block, whatever a line claims to be: a line over 1 MiB is never held, only its
beginning and its length. A stream that breaks off keeps everything before the break.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import msgspec
import pyarrow as pa

from fairwire.model.errors import BadInput
from fairwire.ports.events import CALL_SCHEMA, EventChunk, Rejected
from fairwire.sources.compressed import Content, PlainStream, open_input
from fairwire.sources.jsonl.decoding import Batch, count_lines, decode_block, decode_lines, in_order

MAX_LINE = 1 << 20
"""Bytes in the longest line that is read."""

_SHOWN = 2000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_BOM = b"\xef\xbb\xbf"


class TooLong(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is over `MAX_LINE`."""

    head: bytes
    size: int


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """What stands after the last line feed."""

    line: bytes


def cut_into_lines(blocks: Iterator[bytes]) -> Iterator[bytes | TooLong | Tail]:
    """Yield runs of whole lines, each ended by a line feed; lines that are too long one by one; the rest last."""
    carry = b""
    head = b""
    skipped = 0  # bytes seen of a line that is too long, 0 when there is none
    for block in blocks:
        if skipped:
            end = block.find(b"\n")
            if end < 0:
                skipped += len(block)
                continue
            yield TooLong(head=head, size=skipped + end)
            skipped = 0
            block = block[end + 1 :]
        end = block.rfind(b"\n") + 1
        if end:
            whole, carry = b"".join((carry, memoryview(block)[:end])), block[end:]
        else:
            whole, carry = b"", carry + block
        yield from _without_long_lines(whole)
        if len(carry) > MAX_LINE:
            head, skipped, carry = carry[:_SHOWN], len(carry), b""
    if skipped:
        yield TooLong(head=head, size=skipped)
    elif carry:
        yield Tail(line=carry)


def _without_long_lines(whole: bytes) -> Iterator[bytes | TooLong]:
    begin = position = 0
    while position < len(whole):
        end = whole.rfind(b"\n", position, position + MAX_LINE + 1)
        if end < 0:  # the line that begins here is longer than that
            end = whole.index(b"\n", position)
            if position > begin:
                yield whole[begin:position]
            yield TooLong(head=whole[position : position + _SHOWN], size=end - position)
            begin = end + 1
        position = end + 1
    if begin == 0:
        if whole:
            yield whole
    elif begin < len(whole):
        yield whole[begin:]


class JsonLines:
    """Reads `.jsonl` files."""

    name: str = "jsonl"
    suffixes: tuple[str, ...] = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson", ".ndjson.gz", ".ndjson.zst")

    def read(self, path: str, *, rows: int = 65536, now_us: int | None = None) -> Iterator[EventChunk]:
        """Yield the events of one file in file order, at most `rows` lines a chunk.

        Raises
        ------
        BadInput
            The file cannot be opened, or it is in an encoding that has no lines of JSON in it at all.
        """
        with open_input(path) as stream:
            content = Content(stream)
            line_number = 1
            plainly = False  # to make the code takes longer than to read one block
            for piece in cut_into_lines(_from_the_first_character(content.blocks(), path)):
                if isinstance(piece, TooLong):
                    yield _nothing([too_long(path, line_number, piece)], content)
                    line_number += 1
                elif isinstance(piece, Tail):
                    yield _last_line(piece.line, path, line_number, content, now_us)
                    return  # a break of the stream has been told with this line
                else:
                    for block, count in _at_most(rows, piece):
                        batch = decode_block(block, count, file=path, first_line=line_number, now_us=now_us, plainly=plainly)
                        plainly = True
                        line_number += count
                        yield EventChunk(
                            calls=batch.calls, other=batch.other, rejected=batch.rejected, bytes_read=content.bytes_read,
                            unnamed=batch.unnamed,
                        )  # fmt: skip
            if content.broken:
                yield _nothing([Rejected.of(path, line_number, "", broken_reason(content.broken), b"")], content)

    def again(self, path: str, lines: Sequence[int]) -> pa.Table:
        """The calls at these lines, ascending. What stands between them is not decoded."""
        found: list[bytes] = []
        with open_input(path) as stream:
            wanted = iter(lines)
            number = next(wanted, 0)
            for at, line in enumerate(io.BufferedReader(PlainStream(Content(stream)), buffer_size=1 << 20), 1):
                if at == number:
                    found.append(line.rstrip(b"\n").removeprefix(_UTF8_BOM if at == 1 else b""))
                    number = next(wanted, 0)
                    if not number:
                        break
        batch = decode_lines(found, lines[: len(found)], file=path, now_us=None)
        calls = in_order(batch.calls, batch.unnamed)
        if calls.num_rows != len(lines):
            raise BadInput("the file has changed while it was read", at=path)
        return calls


def too_long(file: str, line: int, found: TooLong) -> Rejected:
    """The record of a line that was not read."""
    reason = f"the line is {found.size:,} bytes long; the limit is {MAX_LINE:,}"
    return Rejected.of(file, line, "", reason, found.head)


def broken_reason(broken: str) -> str:
    """The sentence for a stream that could not be read to its end."""
    return f"{broken}; the events before this line were read"


def _nothing(rejected: list[Rejected], content: Content) -> EventChunk:
    return EventChunk(calls=CALL_SCHEMA.empty_table(), other={}, rejected=rejected, bytes_read=content.bytes_read)


def _last_line(line: bytes, path: str, number: int, content: Content, now_us: int | None) -> EventChunk:
    """A line without its line feed: whole, or what is left where the file was cut off."""
    if content.broken:
        return _nothing([Rejected.of(path, number, "", broken_reason(content.broken), line)], content)
    batch = unended(line, path, number, now_us)
    return EventChunk(
        calls=batch.calls, other=batch.other, rejected=batch.rejected, bytes_read=content.bytes_read, unnamed=batch.unnamed
    )


def unended(line: bytes, path: str, number: int, now_us: int | None) -> Batch:
    """What the last line of a file holds that has no line feed."""
    batch = decode_lines([line], [number], file=path, now_us=now_us)
    if batch.rejected and batch.rejected[0].reason.startswith("not JSON"):
        batch.rejected[0] = Rejected.of(path, number, "", "the file is cut off in the middle of this record", line)
    return batch


def _from_the_first_character(blocks: Iterator[bytes], path: str) -> Iterator[bytes]:
    """Drop a UTF-8 byte order mark; refuse what is not UTF-8 from the first byte on."""
    first = next(blocks, b"")
    if first.startswith(_UTF16) or (len(first) > 1 and 0 in first[:2]):
        raise BadInput("the file is UTF-16, not UTF-8", at=path, help_="save it as UTF-8 and read it again")
    first = first.removeprefix(_UTF8_BOM)
    if first:
        yield first
    yield from blocks


def _at_most(rows: int, whole: bytes) -> Iterator[tuple[bytes, int]]:
    """Cut a run of lines into runs of at most `rows` lines, each with its number of lines."""
    count = count_lines(whole)
    if count <= rows:
        yield whole, count
        return
    lines = whole.split(b"\n")[:-1]
    for begin in range(0, len(lines), rows):
        part = lines[begin : begin + rows]
        yield b"\n".join(part) + b"\n", len(part)


SOURCE = JsonLines()

__all__ = ["MAX_LINE", "SOURCE", "JsonLines", "Tail", "TooLong", "broken_reason", "cut_into_lines", "too_long", "unended"]
