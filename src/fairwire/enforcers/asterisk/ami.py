"""The manager interface of Asterisk (AMI): actions as lines, each with an id of ours that its answers and events come back with.

What answers twice, late, or another action is passed over. A connection is for one call of an edge. The secret itself is never
sent: the switch gives a challenge, and what is sent is a digest of both.
"""

from __future__ import annotations

import hashlib
import secrets
import socket
from collections.abc import Iterator, Mapping
from io import BufferedReader
from ssl import SSLContext
from typing import Final

from fairwire.enforcers.failing import Failed
from fairwire.net.connecting import Answer, Deadline, connect, resolve_within, secured

LARGEST: Final = 64 << 20
_LONGEST_LINE: Final = 65_536
_MOST_LINES: Final = 1000

Message = Mapping[str, str]
"""Headers of one message, their names in small letters."""


class Manager:
    """One connection, opened with the first action. Every method raises Failed for what does not come to its end."""

    def __init__(self, host: str, port: int, user: str, secret: str, context: SSLContext | None, deadline: Deadline) -> None:
        self._where = (host, port)
        self._user = user
        self._secret = secret
        self._context = context
        self._deadline = deadline
        self._connection: socket.socket | None = None
        self._reader: BufferedReader | None = None
        self._sent = False

    def act(self, action: str, **headers: str) -> Message:
        """The answer to an action, good or bad."""
        _, answer = self._asked(action, headers)
        self._refuse_forbidden(answer)
        return answer

    def listed(self, action: str, event: str, complete: str, **headers: str) -> tuple[Message, list[Message]]:
        """The answer to an action, and the events of one kind that follow it; none where it is refused."""
        asked, answer = self._asked(action, headers)
        self._refuse_forbidden(answer)
        found: list[Message] = []
        if answer.get("response") != "Success":
            return answer, found
        for message in self._about(asked):
            if message.get("event") == event:
                found.append(message)
            if message.get("event") == complete:
                return answer, found
        raise AssertionError

    def close(self) -> None:
        """End the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @property
    def _shown(self) -> str:
        return f"{self._where[0]}:{self._where[1]}"

    def _refuse_forbidden(self, answer: Message) -> None:
        said = answer.get("message", "")
        if answer.get("response") == "Error" and "permission denied" in said.lower():
            raise Failed(
                "never", f"the switch answered: {said}: give the manager user read and write of system, reporting and call"
            )

    def _asked(self, action: str, headers: Mapping[str, str]) -> tuple[str, Message]:
        try:
            if self._connection is None:
                self._open()
        except TimeoutError:
            raise Failed("later", f"{self._shown} did not answer in time") from None
        except (OSError, EOFError, ValueError) as error:
            why = (getattr(error, "strerror", None) or str(error) or "it cannot be read").lower()
            raise Failed("later", f"the connection to {self._shown} failed: {why}") from None
        self._sent = True
        asked = self._send(action, headers)
        return asked, next(message for message in self._about(asked) if "response" in message)

    def _open(self) -> None:
        host, port = self._where
        addresses = resolve_within(host, port, self._deadline)
        plain = connect(addresses, port, self._deadline, lambda _: True)
        self._connection = plain
        if self._context is not None:
            self._connection = secured(plain, host, self._deadline, self._context)
        self._reader = Answer(self._connection, self._deadline, LARGEST).makefile("rb")
        greeting = self._reader.readline(_LONGEST_LINE)
        if not greeting.startswith(b"Asterisk Call Manager/"):
            raise EOFError("what answers there is no Asterisk manager interface")
        asked = self._send("Challenge", {"AuthType": "MD5"})
        challenge = next(message for message in self._about(asked) if "response" in message).get("challenge", "")
        # The digest that the protocol has: it keeps the secret off the wire, and protects nothing else.
        key = hashlib.md5((challenge + self._secret).encode(), usedforsecurity=False).hexdigest()
        asked = self._send("Login", {"AuthType": "MD5", "Username": self._user, "Key": key, "Events": "off"})
        answer = next(message for message in self._about(asked) if "response" in message)
        if not challenge or answer.get("response") != "Success":
            raise Failed("never", "the switch does not take the user name or the secret")

    def _send(self, action: str, headers: Mapping[str, str]) -> str:
        asked = secrets.token_hex(8)
        lines = [f"Action: {action}", f"ActionID: {asked}", *(f"{name}: {value}" for name, value in headers.items())]
        if any("\r" in line or "\n" in line for line in lines):
            raise Failed("never", "a value has a line end in it")
        assert self._connection is not None
        try:
            self._connection.settimeout(self._deadline.left())
            self._connection.sendall("\r\n".join([*lines, "", ""]).encode())
        except TimeoutError:
            raise self._silent() from None
        except OSError as error:
            raise self._broken(error) from None
        return asked

    def _about(self, asked: str) -> Iterator[Message]:
        """The messages about an action, for as long as there is time."""
        while True:
            try:
                message = self._message()
            except TimeoutError:
                raise self._silent() from None
            except (OSError, EOFError) as error:
                raise self._broken(error) from None
            except ValueError:
                raise Failed("unknown" if self._sent else "later", f"what {self._shown} said cannot be read") from None
            if message.get("actionid") == asked:
                yield message

    def _message(self) -> Message:
        assert self._reader is not None
        headers: dict[str, str] = {}
        for _ in range(_MOST_LINES):
            line = self._reader.readline(_LONGEST_LINE)
            if not line.endswith(b"\n"):
                raise EOFError("it ended") if len(line) < _LONGEST_LINE else ValueError
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if not text:
                if headers:
                    return headers
                continue
            name, colon, value = text.partition(":")
            if not colon:
                raise ValueError
            headers.setdefault(name.strip().lower(), value.removeprefix(" "))
        raise ValueError

    def _silent(self) -> Failed:
        return Failed("unknown" if self._sent else "later", f"{self._shown} did not answer in time")

    def _broken(self, error: Exception) -> Failed:
        why = (getattr(error, "strerror", None) or str(error) or "it broke").lower()
        return Failed("unknown" if self._sent else "later", f"the connection to {self._shown} failed: {why}")
