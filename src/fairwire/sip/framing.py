"""Messages out of a byte stream: framed by Content-Length, however the stream was cut into pieces.

Source: RFC 3261 18.3 (Content-Length is mandatory over streams), 7.5 (empty lines between messages); RFC 5626 4.4.1
(keep-alives).
"""

from __future__ import annotations

import re

_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:((?:[^\r\n]++|\r\n[ \t])*+)", re.IGNORECASE)
PING = b"\r\n\r\n"


class BrokenStream(ValueError):
    """Nobody can tell where the next message begins: answer what came before, then close the connection."""

    def __init__(self, reason: str, frames: list[bytes]) -> None:
        super().__init__(reason)
        self.frames = frames
        """Whole messages that stood before the fault and were not given back yet."""


class Frames:
    """What one connection has sent and was not yet a whole message."""

    def __init__(self, limit: int = 65536) -> None:
        """`limit`: most bytes of one message, and of its head alone."""
        self.limit = limit
        self._held = bytearray()
        self._looked = 0
        """Bytes of `_held` that are known to hold no end of a head."""
        self._whole = 0
        """Bytes of the message that begins at 0, once its head is there; else 0."""
        self._reason = ""

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was received; give back the messages that are whole now, in order.

        A keep-alive ping is given back as `PING` in its place among them, to be answered with CR LF; a lone CR LF is left out.

        Raises
        ------
        BrokenStream
            The head has no Content-Length, two, one that is no number, or mixed line ends; or a message is longer than the
            limit. It is raised again by each further call.
        """
        frames: list[bytes] = []
        if self._reason:
            raise BrokenStream(self._reason, frames)
        self._held += data
        while (size := self._next()) > 0:
            frame = bytes(self._held[:size])
            del self._held[:size]
            self._looked = self._whole = 0
            if frame != b"\r\n":
                frames.append(frame)
        if self._reason:
            self._held.clear()
            raise BrokenStream(self._reason, frames)
        return frames

    def _next(self) -> int:
        """Bytes of the message or keep-alive at the beginning; 0 when it is not whole yet, or broken."""
        held = self._held
        if not self._whole:
            if held[:1] == b"\r":
                # CR LF may be half of a ping: only what follows tells.
                if held[:4] == PING:
                    return 4
                if PING.startswith(bytes(held[:4])):
                    return 0
                if held[:2] == b"\r\n":
                    return 2
                self._reason = "there is a CR without LF between two messages"
                return 0
            end = held.find(b"\r\n\r\n", self._looked)
            if end < 0 or end + 4 > self.limit:
                self._looked = max(0, len(held) - 3)
                if len(held) > self.limit or end >= 0:
                    self._reason = "the head of a message is longer than the limit"
                return 0
            self._whole = end + 4 + self._length(bytes(held[: end + 2]))
            if self._reason:
                return 0
            if self._whole > self.limit:
                self._reason = "a message is longer than the limit"
                return 0
        return self._whole if len(held) >= self._whole else 0

    def _length(self, head: bytes) -> int:
        if not head.count(b"\r\n") == head.count(b"\n") == head.count(b"\r"):
            self._reason = "the head of a message mixes line ends"  # another program may see another Content-Length
            return 0
        found = _LENGTH.findall(head)
        if len(found) != 1:
            self._reason = "the head of a message has no Content-Length, or more than one"
            return 0
        value = found[0].strip()
        if not value.isdigit() or len(value) > 10:
            self._reason = "the Content-Length of a message is not a number"
            return 0
        return int(value)
