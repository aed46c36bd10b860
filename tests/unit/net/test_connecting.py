"""TLS on connections that go away."""

from __future__ import annotations

import gc
import select
import socket
import struct
import warnings

import pytest

from fairwire.net.connecting import Deadline, secured, tls_context


def test_a_connection_that_was_reset_before_tls_began_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours = socket.create_connection(listening.getsockname())
        theirs, _ = listening.accept()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
        select.select([ours], [], [], 5)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(ConnectionResetError):
                secured(ours, "certificates.example", Deadline(5), tls_context())
            gc.collect()
        assert ours.fileno() == -1
