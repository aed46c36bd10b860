"""Datagrams many at a time (Linux recvmmsg and sendmmsg), where the system can do that.

One call for a burst instead of one for each datagram, and without letting another thread of this process run in between: neither
call ever waits.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
import time
from contextlib import suppress
from typing import Any

Source = tuple[str, int]

LONGEST = 65535
"""Bytes of a datagram."""
MOST = 64
"""Datagrams of one call."""
_KNOWN = 4096
"""Addresses that are remembered as text."""
_TIMESTAMP_NS = 35
"""SO_TIMESTAMPNS: the system says when a datagram came."""
_LENGTH = ctypes.sizeof(ctypes.c_size_t)
_STAMP = struct.Struct("=iiqq" if _LENGTH == 8 else "=iiii")
_CONTROL = _LENGTH + _STAMP.size
"""Bytes of what it says: a length, what it is, seconds and nanoseconds."""
_BELIEVED_S = 60.0


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    _fields_ = (("header", _Header), ("length", ctypes.c_uint))


class _Slots:
    """Room for some datagrams and their addresses, laid out for the system."""

    def __init__(self, count: int, name_length: int) -> None:
        self._data = bytearray(count * LONGEST)
        self._names = bytearray(count * name_length)
        self.vectors = (_Vector * count)()
        self.messages = (_Message * count)()
        data, names = memoryview(self._data), memoryview(self._names)
        self.data = [data[i * LONGEST : (i + 1) * LONGEST] for i in range(count)]
        self.names = [names[i * name_length : (i + 1) * name_length] for i in range(count)]
        for i, message in enumerate(self.messages):
            self.vectors[i].base = ctypes.addressof(ctypes.c_char.from_buffer(self._data, i * LONGEST))
            self.vectors[i].length = LONGEST
            header = message.header
            header.name = ctypes.addressof(ctypes.c_char.from_buffer(self._names, i * name_length))
            header.name_length = name_length
            header.vectors = ctypes.addressof(self.vectors[i])
            header.vector_count = 1


class Batches:
    """Takes bursts of datagrams from a socket that does not block, and sends answers to where they came from."""

    def __init__(self, bound: socket.socket) -> None:
        six = bound.family == socket.AF_INET6
        self._number = bound.fileno()
        self._six = six
        # `PyDLL` keeps the interpreter: no other thread takes it, to give it back milliseconds later.
        system: Any = ctypes.PyDLL(None, use_errno=True)
        self._receive, self._send = system.recvmmsg, system.sendmmsg
        self._receive.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
        self._send.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
        length = 28 if six else 16
        self._come, self._go = _Slots(MOST, length), _Slots(MOST, length)
        self._stamp = bytearray(_CONTROL)
        self._stamped = self._come.messages[0].header
        self._stamped.control = ctypes.addressof(ctypes.c_char.from_buffer(self._stamp))
        with suppress(OSError):  # without it, nothing is known to have waited
            bound.setsockopt(socket.SOL_SOCKET, _TIMESTAMP_NS, 1)
        self._waiting = 0
        self._sources: dict[bytes, Source] = {}
        self.unsent = 0
        """Answers that the system did not take: no room, or nobody there. The question comes again."""

    def receive(self) -> list[tuple[bytes, Source]]:
        """What has come, `MOST` at the most; empty when there is nothing."""
        come = self._come
        self._stamped.control_length = _CONTROL
        count = self._receive(self._number, come.messages, MOST, socket.MSG_DONTWAIT, None)
        if count <= 0:
            return []
        messages = come.messages
        return [(bytes(come.data[i][: messages[i].length]), self._source(bytes(come.names[i]))) for i in range(count)]

    def waited_s(self) -> float:
        """Seconds that the first datagram of the last burst had been here when somebody looks; 0 where nobody can tell."""
        if self._stamped.control_length < _CONTROL:
            return 0.0
        level, kind, seconds, nanos = _STAMP.unpack_from(self._stamp, _LENGTH)
        if (level, kind) != (socket.SOL_SOCKET, _TIMESTAMP_NS):
            return 0.0
        waited = time.time() - seconds - nanos / 1e9
        return waited if 0 < waited < _BELIEVED_S else 0.0  # the clock was set meanwhile

    def answer(self, place: int, data: bytes, port: int | None = None) -> None:
        """Put an answer to a datagram of the last burst by, to be sent with others; to another port if one is given."""
        go, at = self._go, self._waiting
        size = len(data)
        if size > LONGEST:
            self.unsent += 1
            return
        go.data[at][:size] = data
        go.vectors[at].length = size
        go.names[at][:] = self._come.names[place]
        if port is not None:
            struct.pack_into("!H", go.names[at], 2, port)
        self._waiting = at + 1
        if self._waiting == MOST:
            self.flush()

    @property
    def waiting(self) -> int:
        """Answers that are put by."""
        return self._waiting

    def flush(self) -> None:
        """Send what is put by."""
        first, self._waiting, last = 0, 0, self._waiting
        size = ctypes.sizeof(_Message)
        while first < last:
            at = ctypes.addressof(self._go.messages) + first * size
            sent = self._send(self._number, at, last - first, socket.MSG_DONTWAIT)
            if sent <= 0:
                # The first of them was refused; the others may be for somebody else.
                self.unsent += 1
                sent = 1
            first += sent

    def _source(self, name: bytes) -> Source:
        known = self._sources.get(name)
        if known is None:
            if len(self._sources) >= _KNOWN:
                self._sources.clear()
            known = self._sources[name] = _source6(name) if self._six else _source4(name)
        return known


def _source4(name: bytes) -> Source:
    return socket.inet_ntop(socket.AF_INET, name[4:8]), struct.unpack_from("!H", name, 2)[0]


def _source6(name: bytes) -> Source:
    host = socket.inet_ntop(socket.AF_INET6, name[8:24])
    (scope,) = struct.unpack_from("=I", name, 24)
    if scope and name[8:10] == b"\xfe\x80":
        try:
            host = f"{host}%{socket.if_indextoname(scope)}"
        except OSError:
            host = f"{host}%{scope}"
    return host, struct.unpack_from("!H", name, 2)[0]


def possible() -> bool:
    """Whether this system has both calls."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        system = ctypes.PyDLL(None)
    except OSError:
        return False
    return hasattr(system, "recvmmsg") and hasattr(system, "sendmmsg")
