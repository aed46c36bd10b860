"""The Via header: whence a message came, and which transaction it belongs to.

Source: RFC 3261 18.2, 20.42; RFC 3581 (rport); RFC 5118 4.5 (received with and without brackets).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_TOKEN = rb"[A-Za-z0-9\-.!%*_+`'~]"
_BLANK = rb"[ \t]*+"
_QUOTED = rb'"(?:[^"\\]++|\\.)*+"'
_ONE = re.compile(
    rb"%(b)s(%(t)s++)%(b)s/%(b)s(%(t)s++)%(b)s/%(b)s(%(t)s++)[ \t]++"
    rb"(\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9._\-]++)%(b)s(?::%(b)s([0-9]{1,5})%(b)s)?"
    rb"((?:;%(b)s%(t)s++%(b)s(?:=%(b)s(?:%(q)s|[^\s;,\"]++)%(b)s)?)*+)" % {b"b": _BLANK, b"t": _TOKEN, b"q": _QUOTED},
    re.DOTALL,
)
_RPORT = rb";rport(?:=[0-9]{1,5})?"
_BRANCH = rb";branch=" + _TOKEN + rb"++"
_PLAIN = re.compile(
    rb"SIP/2\.0/[A-Z]++ (?:[A-Za-z0-9._\-]++|\[[0-9A-Fa-f:.]++\])(?::(?:[1-5][0-9]{4}|[0-9]{1,4}))?"
    rb"(?:" + _BRANCH + rb"(?:" + _RPORT + rb")?|" + _RPORT + _BRANCH + rb")?(?:;received=[0-9A-Fa-f.:]++)?"
)
PLAIN: Final = _PLAIN.fullmatch
"""Matches one Via value written as everybody writes it: enough to know that `vias` will read it."""
_PARAMETER = re.compile(
    rb";%(b)s(%(t)s++)%(b)s(?:=%(b)s(%(q)s|[^\s;,\"]++))?" % {b"b": _BLANK, b"t": _TOKEN, b"q": _QUOTED}, re.DOTALL
)


class Via(NamedTuple):
    """One Via value."""

    transport: str
    """Upper case: UDP, TCP, TLS, ..."""
    host: str
    """The sent-by host: lower case, IPv6 without brackets."""
    port: int | None
    params: dict[str, str | None]
    """Lower-case name -> value as written; None for a parameter without value."""

    @property
    def branch(self) -> str:
        """The branch, or empty."""
        return self.params.get("branch") or ""

    @property
    def sent_by(self) -> tuple[str, int]:
        """Host and port, with the transport's default for a port that is not given."""
        return self.host, self.port if self.port is not None else 5061 if self.transport == "TLS" else 5060


def first_end(line: bytes) -> int:
    """Length of the first value of a Via line; `ValueError` when it cannot be read."""
    match = _ONE.match(line)
    if match is None or line[match.end() : match.end() + 1] not in (b"", b","):
        raise ValueError("a Via header cannot be read")
    return match.end()


def vias(line: bytes) -> list[Via]:
    """The values of one Via line, topmost first.

    Raises
    ------
    ValueError
        One of them is no Via, has a port above 65535, or two parameters of one name.
    """
    found, at = [], 0
    while True:
        match = _ONE.match(line, at)
        if match is None:
            raise ValueError("a Via header cannot be read")
        host = match[4].decode().strip("[]").lower()
        port = None if match[5] is None else int(match[5])
        if port is not None and port > 65535:
            raise ValueError("a Via header has a port above 65535")
        params: dict[str, str | None] = {}
        for one in _PARAMETER.finditer(match[6]):
            name = one[1].decode().lower()
            if name in params:
                raise ValueError(f"a Via header has two parameters `{name}`")
            params[name] = None if one[2] is None else one[2].decode("utf-8", "replace")
        found.append(Via(match[3].decode().upper(), host, port, params))
        at = match.end()
        if at == len(line):
            return found
        if line[at : at + 1] != b",":
            raise ValueError("a Via header cannot be read")
        at += 1
