"""How long questions are let gather before a socket is read: the busier the process, the longer.

A question by itself costs several times what it costs among ten. While there is time for that, each is answered as soon as it
comes; when there is not, waiting for others makes room, and a call waits less than in a line that grows.
"""

from __future__ import annotations

import array
import fcntl
import socket
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress

STEP_S = 0.0003
"""So long is waited while bursts come one behind another; meanwhile other threads do what they would else take from calls."""
MOST_S = 0.0009
"""So long at the most, while hardly any time is left."""
APART_S = 0.003
"""Bursts that begin further apart come seldom: nobody else is waited for."""
EASY, FULL = 0.5, 0.8
"""Shares of the time that goes into answers: up to the first a step is waited, from the second on `MOST_S`."""
_WEIGHT = 0.05
"""Of the last burst in what is known of that share."""
_MEMINFO = 55
"""SO_MEMINFO: the first number is how much memory waits to be read (Linux)."""


class Pace:
    """The pace of one socket.

    Parameters
    ----------
    waiting
        How much waits to be read, in bytes.
    enough
        No more is waited for when there is so much.
    clock, sleep
        What time it is, in seconds, and how to let some pass.
    """

    def __init__(
        self,
        waiting: Callable[[], int],
        enough: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._waiting = waiting
        self._enough = enough
        self._clock = clock
        self._sleep = sleep
        self._read_at = self._done_at = 0.0
        self.share = 0.0
        """Of the time that goes into answers, while bursts come one behind another."""

    @property
    def longest_s(self) -> float:
        """So long is waited at the most."""
        return STEP_S + (MOST_S - STEP_S) * min(1.0, max(0.0, (self.share - EASY) / (FULL - EASY)))

    def wait(self) -> None:
        """Before the socket is read: let others come to be answered together, where those before were answered just now."""
        now = self._clock()
        if now - self._read_at < APART_S:
            until = now + self.longest_s - STEP_S / 2
            self._sleep(STEP_S)
            while self._clock() < until and self._waiting() < self._enough:
                self._sleep(STEP_S)
        else:
            self.share = 0.0
            self._done_at = now
        self._read_at = self._clock()

    def answered(self) -> None:
        """All that was read has been answered."""
        now = self._clock()
        if now > self._done_at:
            self.share += _WEIGHT * ((now - self._read_at) / (now - self._done_at) - self.share)
        self._done_at = now


def memory_waiting(bound: socket.socket) -> Callable[[], int]:
    """How much memory waits in a socket of datagrams, what the system adds to each among it; where it does not say: a lot."""
    if not sys.platform.startswith("linux"):
        return lambda: sys.maxsize

    def waiting() -> int:
        with suppress(OSError):
            return int.from_bytes(bound.getsockopt(socket.SOL_SOCKET, _MEMINFO, 4), sys.byteorder)
        return sys.maxsize

    return waiting


def bytes_waiting(number: int) -> Callable[[], int]:
    """How many bytes of a stream wait to be read, by the number of its socket; where the system does not say: a lot."""
    count = array.array("i", [0])

    def waiting() -> int:
        with suppress(OSError):
            fcntl.ioctl(number, termios.FIONREAD, count)
            return count[0]
        return sys.maxsize

    return waiting
