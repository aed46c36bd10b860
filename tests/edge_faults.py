"""Servers on this machine that fail in the ways servers do, at the question that a test names."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

Fault = Literal["", "down", "slow", "lost", "twice", "late", "rubbish", "500"]
FAULTS: tuple[Fault, ...] = ("down", "slow", "lost", "twice", "late", "rubbish", "500")
"""`slow`: it never answers. `lost`: it does what it is asked, and the answer is lost. `late`: it answers when nobody listens any
more. `rubbish`: it answers what cannot be read, with the secret in it."""
_PATIENCE_S = 20.0


class FaultyServer:
    """Listens on a port of loopback, and has a thread for each connection."""

    def __init__(self) -> None:
        self.fault: Fault = ""
        self.fault_at = ""
        """What a question must hold for the fault to meet it; empty: every one."""
        self.asked: list[str] = []
        """Questions in the order they came."""
        self.connections = 0
        self._over = threading.Event()
        self._listener: socket.socket | None = None
        self._port = 0
        self._open: set[socket.socket] = set()
        self.listen()

    @property
    def port(self) -> int:
        """Where it listens, or has listened."""
        return self._port

    def listen(self) -> None:
        """Take connections."""
        if self._listener is None:
            self._over = threading.Event()
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def set(self, fault: Fault, at: str = "") -> None:
        """From now on, fail in this way."""
        self._over.set()
        self.fault, self.fault_at = fault, at
        if fault == "down":
            self.close()
        else:
            self.listen()
            self._over = threading.Event()

    def close(self) -> None:
        """Take no more connections, and let go of those that wait."""
        self._over.set()
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def serve(self, connection: socket.socket) -> None:
        """One connection, by whoever knows the protocol."""
        raise AssertionError

    def answer(self, connection: socket.socket, question: str, do: Callable[[], bytes], refused: bytes, secret: str) -> bool:
        """Answer one question, or fail at it; whether the connection goes on.

        `do` does what is asked, and gives the answer.
        """
        self.asked.append(question)
        fault = self.fault if self.fault_at in question else ""
        match fault:
            case "slow":
                self._over.wait(_PATIENCE_S)
                return False
            case "500":
                connection.sendall(refused)
                return True
            case "rubbish":
                connection.sendall(f"\x00%!? {secret} <html>\r\n\r\n".encode())
                return False
            case "lost":
                do()
                return False
            case "late":
                said = do()
                self._over.wait(_PATIENCE_S)
                with suppress(OSError):
                    connection.sendall(said)
                return False
            case "twice":
                connection.sendall(do() * 2)
                return True
        connection.sendall(do())
        return True

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.serve(connection)
