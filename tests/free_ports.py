"""Ports for what tests start.

A port that the system hands out may be handed out again, to any connection of any process, before it is taken. These lie below
its range, and each worker of pytest has its own part of them.
"""

from __future__ import annotations

import os
import re
import socket
from itertools import chain

_FIRST, _BEYOND = 12_000, 32_000
_WORKERS = 8
_PART = (_BEYOND - _FIRST) // _WORKERS
_given = os.getpid() * 37 % _PART
"""Where the search goes on: runs beside one another begin elsewhere, and no port is given twice in a row."""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody has right now, for UDP and TCP.

    OSError: none is left.
    """
    global _given
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0) % _WORKERS
    first = _FIRST + worker * _PART
    for offset in chain(range(_given + 1, _PART), range(_given + 1)):
        if _is_free(host, first + offset):
            _given = offset
            return first + offset
    raise OSError(f"no port from {first} to {first + _PART} of {host} is free")


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        try:
            udp.bind((host, port))
            tcp.bind((host, port))
        except OSError:
            return False
    return True
