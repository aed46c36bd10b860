"""The head of a message that was not written in the plain way: line ends, folded lines, control bytes, a missing empty line.

Source: RFC 3261 7.3.1 (folding), 7.5 (empty lines before a message); RFC 4475 and RFC 5118 for what is met.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

CONTROLS: Final = bytes((*range(32), 127))
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_QUOTED = re.compile(rb'"(?:[^"\\]++|\\[^\r\n])*+"')
_ESCAPED = re.compile(rb"\\[^\r\n]")


class Head(NamedTuple):
    """What stands before the body, as whole lines."""

    lines: list[bytes]
    """Start line and headers, unfolded."""
    body_at: int
    """Index of the first byte of the body."""
    flaw: str
    """Why nobody can say for sure what the lines are; empty when all is well."""


def split_head(data: bytes) -> Head:
    """Split a message into the lines of its head, for the cases that `read` does not meet every day.

    Line ends are CR LF, or LF alone when the whole head has no CR. A mixture is a flaw: what one program takes for a header, the
    next takes for a part of a value. A head that stops at a line end, with nothing behind it, is whole.
    """
    begin = len(data) - len(data.lstrip(b"\r\n"))
    wide, narrow = data.find(b"\r\n\r\n", begin), data.find(b"\n\n", begin)
    head = data[begin:narrow] if narrow >= 0 and (wide < 0 or narrow < wide) else b"\r"
    if b"\r" not in head:
        lines, body_at = head.split(b"\n"), narrow + 2
    elif wide >= 0:
        lines, body_at = data[begin:wide].split(b"\r\n"), wide + 4
    else:
        end = b"\r\n" if b"\r" in data else b"\n"
        lines, body_at = data[begin:].split(end), len(data)
        if lines.pop():
            return Head(lines, body_at, "the message stops in the middle of a line")
    parts: list[list[bytes]] = []
    for line in lines:
        if line[:1] not in (b" ", b"\t"):
            parts.append([line])
        elif len(parts) < 2:
            return Head([], body_at, "the first header line is a continuation")
        else:
            parts[-1].append(line)
    whole = [part[0] if len(part) == 1 else b" ".join([piece.strip(b" \t") for piece in part]) for part in parts]
    for line in whole:
        if _CONTROL.search(line) and _CONTROL.search(_QUOTED.sub(lambda found: _ESCAPED.sub(b"", found[0]), line)):
            return Head(whole, body_at, "a header has control bytes, or line ends are mixed")
    return Head(whole, body_at, "")
