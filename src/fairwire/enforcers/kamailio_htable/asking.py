"""JSON-RPC 2.0 as Kamailio's module jsonrpcs speaks it: one question, one answer, told apart by an id that nobody can guess."""

from __future__ import annotations

import secrets
import socket
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from ssl import SSLContext
from typing import Any, Final, Protocol

import msgspec

from fairwire.enforcers.failing import Failed, by_status
from fairwire.net.connecting import Deadline, resolve_within
from fairwire.net.http import Address, Asking, NoReply, read_address

LARGEST: Final = 64 << 20
"""Bytes of an answer: some 300,000 entries."""
_TRIES: Final = 3
"""How often a question is sent as a datagram; what it asks for is the same each time."""
_LARGEST_DATAGRAM: Final = 65_535


class Way(Protocol):
    """How questions travel."""

    def send(self, question: bytes, asked: str, deadline: Deadline) -> dict[str, Any]:
        """The answer to the question with the id `asked`. Raises Failed."""


class Rpc:
    """One proxy that is asked, until a deadline."""

    def __init__(self, way: Way, deadline: Deadline) -> None:
        self._way = way
        self._deadline = deadline

    def ask(self, method: str, params: Sequence[str | int]) -> dict[str, Any]:
        """The answer's members. Raises Failed."""
        asked = secrets.token_hex(8)
        question = {"jsonrpc": "2.0", "id": asked, "method": method, "params": params}
        try:
            return self._way.send(msgspec.json.encode(question), asked, self._deadline)
        except TimeoutError:
            raise Failed("later", "the time is over, and it was not asked") from None


class Http:
    """POST over HTTP, as the module xhttp takes it."""

    def __init__(self, address: Address, secret: str, context: SSLContext | None) -> None:
        self._address = address
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {secret}"} if secret else {})
        self._asking = Asking(may_connect=lambda _: True, largest=LARGEST, context=context)

    def send(self, question: bytes, asked: str, deadline: Deadline) -> dict[str, Any]:
        """One connection for each question."""
        reply = self._asking.ask("POST", self._address, deadline, headers=self._headers, body=question)
        if isinstance(reply, NoReply):
            raise Failed("unknown" if reply.sent else "later", reply.why)
        # A refused question comes as JSON under the status of the refusal.
        answer = _read(reply.body, asked)
        if answer is not None:
            return answer
        if reply.status == 200:
            raise Failed("unknown", "what the proxy answered is no answer to what it was asked")
        if reply.status in (401, 403):
            raise Failed("never", f"the proxy answered {reply.status}: it does not let this machine or this secret ask")
        raise Failed(by_status(reply.status), f"the proxy answered {reply.status}")


class Datagrams:
    """Datagrams, to a port or to a unix socket. The answer may come from another port than was asked."""

    def __init__(self, *, host: str = "", port: int = 0, path: Path | None = None) -> None:
        self._host = host
        self._port = port
        self._path = path
        self.shown = str(path) if path is not None else f"{host}:{port}"

    def send(self, question: bytes, asked: str, deadline: Deadline) -> dict[str, Any]:
        """A socket for each question; what comes late finds nobody."""
        if len(question) > _LARGEST_DATAGRAM - 8 * 1024:
            raise Failed("never", "the question is too long for a datagram")
        with ExitStack() as stack:
            try:
                asking, where = self._opened(stack, deadline)
                asking.settimeout(deadline.left())
            except TimeoutError:
                raise Failed("later", f"nobody says in time where {self.shown} is") from None
            except OSError as error:
                raise Failed("later", f"{self.shown} cannot be asked: {_why(error)}") from None
            return self._answered(asking, where, question, asked, deadline)

    def _answered(
        self, asking: socket.socket, where: tuple[str, int] | str, question: bytes, asked: str, deadline: Deadline
    ) -> dict[str, Any]:
        wait_s = deadline.left() / _TRIES
        sent = heard = False
        for _ in range(_TRIES):
            try:
                asking.sendto(question, where)
                sent = True
                again = Deadline(wait_s)
                while True:
                    asking.settimeout(min(again.left(), deadline.left()))
                    text, _ = asking.recvfrom(_LARGEST_DATAGRAM)
                    answer = _read(text, asked)
                    if answer is not None:
                        return answer
                    heard = True
            except TimeoutError:
                continue
            except OSError as error:
                raise Failed("unknown" if sent else "later", f"{self.shown} cannot be asked: {_why(error)}") from None
        if heard:
            raise Failed("unknown", "what the proxy answered is no answer to what it was asked")
        raise Failed(
            "unknown", f"{self.shown} did not answer in time; a table of more than 64 KiB fits no datagram: ask over HTTP"
        )

    def _opened(self, stack: ExitStack, deadline: Deadline) -> tuple[socket.socket, tuple[str, int] | str]:
        if self._path is None:
            address = resolve_within(self._host, self._port, deadline)[0]
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            return stack.enter_context(socket.socket(family, socket.SOCK_DGRAM)), (address, self._port)
        # The proxy answers to a path of ours, and need not run as our user.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fairwire-")))
        folder.chmod(0o711)
        asking = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        own = folder / secrets.token_hex(8)
        asking.bind(str(own))
        own.chmod(0o666)
        return asking, str(self._path)


def read_place(url: str) -> Address | Datagrams:
    """Where a proxy is asked.

    Raises
    ------
    ValueError
        The text names no such place; the message says why.
    """
    if url.startswith("unix:"):
        path = Path(url.removeprefix("unix:"))
        if not path.is_absolute() or len(str(path)) > 100:
            raise ValueError("it names no absolute path of at most 100 characters")
        return Datagrams(path=path)
    if url.startswith("udp:"):
        host, _, port = url.removeprefix("udp:").rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not (host and port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
            raise ValueError("it names no HOST:PORT")
        return Datagrams(host=host, port=int(port))
    return read_address(url)


def _read(text: bytes, asked: str) -> dict[str, Any] | None:
    """The members of an answer; None where it is none to this question."""
    try:
        answer = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return answer if isinstance(answer, dict) and answer.get("id") == asked else None


def _why(error: OSError) -> str:
    return (error.strerror or "it failed").lower()
