"""The log of a running service as a file of events: what was accepted can be replayed as it stands.

Reading a log does not need the service to stop. A record that is being written while the log is read is not there yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from fairwire.model.errors import BadInput
from fairwire.model.frames import SUFFIX, Broken, read_frames, read_header
from fairwire.ports.events import CALL_SCHEMA, EventChunk, Rejected
from fairwire.sources.compressed import open_input
from fairwire.sources.jsonl.decoding import decode_lines


class LogSegments:
    """Reads the segments of an event log."""

    name: str = "log"
    suffixes: tuple[str, ...] = (SUFFIX,)

    def read(self, path: str, *, rows: int = 65536, now_us: int | None = None) -> Iterator[EventChunk]:
        """Yield the events of one segment in the order in which they were taken in; lines are counted through the segment.

        Raises
        ------
        BadInput
            The file cannot be opened, or is no segment.
        """
        with open_input(path) as stream:
            data = stream.read()
        header = read_header(data)
        if isinstance(header, str):
            raise BadInput(f"this segment of an event log cannot be read: {header}", at=path)
        lines: list[bytes] = []
        first = 1
        for found in read_frames(data, header):
            if isinstance(found, Broken):
                yield self._chunk(path, lines, first, found.offset, now_us)
                first, lines = first + len(lines), []
                yield _told(path, first, found)
                return
            lines += found.lines
            if len(lines) >= rows:
                yield self._chunk(path, lines, first, found.end, now_us)
                first, lines = first + len(lines), []
        yield self._chunk(path, lines, first, len(data), now_us)

    def _chunk(self, path: str, lines: list[bytes], first: int, done: int, now_us: int | None) -> EventChunk:
        batch = decode_lines(lines, range(first, first + len(lines)), file=path, now_us=now_us)
        return EventChunk(calls=batch.calls, other=batch.other, rejected=batch.rejected, bytes_read=done)


def _told(path: str, line: int, found: Broken) -> EventChunk:
    """What cannot be read: cut off by a crash or still being written, or damaged."""
    nothing = EventChunk(calls=CALL_SCHEMA.empty_table(), other={}, rejected=[], bytes_read=found.offset)
    if found.cut:
        nothing.skipped["record at the end of a log that is not whole"] = 1
    else:
        reason = f"the log is damaged at byte {found.offset:,}: {found.why}; the events before it were read"
        nothing.rejected.append(Rejected.of(path, line, "", reason, b""))
    return nothing


SOURCE = LogSegments()
