"""The event socket of FreeSWITCH, inbound: we connect, give the password, and ask commands as jobs.

A job has an id of ours, and its answer comes back with it: what answers twice, late, or another question is passed over. A
connection is for one call of an edge.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Mapping
from io import BufferedReader
from typing import Final
from urllib.parse import unquote

from fairwire.enforcers.failing import Failed
from fairwire.net.connecting import Answer, Deadline, connect, resolve_within

LARGEST: Final = 64 << 20
_LONGEST_LINE: Final = 16_384
_MOST_HEADERS: Final = 200


class EventSocket:
    """One connection, opened with the first question. Every method raises Failed for what does not come to its end."""

    def __init__(self, host: str, port: int, password: str, deadline: Deadline) -> None:
        self._where = (host, port)
        self._password = password
        self._deadline = deadline
        self._connection: socket.socket | None = None
        self._reader: BufferedReader | None = None
        self._asked = False

    def ask(self, command: str) -> str:
        """What a command prints; empty when it prints nothing."""
        if "\n" in command or "\r" in command:
            raise Failed("never", "the command has a line end in it")
        job = str(uuid.uuid4())
        try:
            if self._connection is None:
                self._open()
            self._asked = True
            self._send(f"bgapi {command}\nJob-UUID: {job}\n\n")
            while True:
                headers, body = self._message()
                kind = headers.get("content-type", "")
                if kind == "command/reply" and headers.get("reply-text", "").startswith("-ERR"):
                    raise Failed("never", f"the switch answered: {headers['reply-text']}")
                if kind == "text/event-plain":
                    found = _event(body)
                    if found is not None and found[0] == job:
                        return found[1]
                if kind == "text/disconnect-notice":
                    raise Failed("unknown", "the switch ended the connection before it answered")
        except TimeoutError:
            raise Failed("unknown" if self._asked else "later", f"{self._shown} did not answer in time") from None
        except (OSError, EOFError) as error:
            why = (getattr(error, "strerror", None) or str(error) or "it broke").lower()
            raise Failed("unknown" if self._asked else "later", f"the connection to {self._shown} failed: {why}") from None
        except ValueError:
            raise Failed("unknown" if self._asked else "later", f"what {self._shown} said cannot be read") from None

    def close(self) -> None:
        """End the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @property
    def _shown(self) -> str:
        return f"{self._where[0]}:{self._where[1]}"

    def _open(self) -> None:
        host, port = self._where
        addresses = resolve_within(host, port, self._deadline)
        self._connection = connect(addresses, port, self._deadline, lambda _: True)
        self._reader = Answer(self._connection, self._deadline, LARGEST).makefile("rb")
        headers, _ = self._message()
        if headers.get("content-type") == "text/rude-rejection":
            raise Failed("never", "the switch does not let this machine ask: see apply-inbound-acl of its event socket")
        if headers.get("content-type") != "auth/request":
            raise ValueError
        self._send(f"auth {self._password}\n\n")
        if not self._reply().startswith("+OK"):
            raise Failed("never", "the switch does not take the password")
        self._send("event plain BACKGROUND_JOB\n\n")
        if not self._reply().startswith("+OK"):
            raise Failed("never", "the switch does not tell when jobs are done")

    def _reply(self) -> str:
        while True:
            headers, _ = self._message()
            if headers.get("content-type") == "command/reply":
                return headers.get("reply-text", "")
            if headers.get("content-type") == "text/disconnect-notice":
                raise EOFError("the switch ended the connection")

    def _send(self, text: str) -> None:
        assert self._connection is not None
        self._connection.settimeout(self._deadline.left())
        self._connection.sendall(text.encode())

    def _message(self) -> tuple[Mapping[str, str], bytes]:
        assert self._reader is not None
        headers: dict[str, str] = {}
        while True:
            line = self._reader.readline(_LONGEST_LINE)
            if not line.endswith(b"\n"):
                raise EOFError("it ended") if len(line) < _LONGEST_LINE else ValueError
            text = line.decode("utf-8", "replace").strip()
            if not text and headers:
                break
            name, colon, value = text.partition(":")
            if (text and not colon) or len(headers) > _MOST_HEADERS:
                raise ValueError
            if text:
                headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and int(length) <= LARGEST):
            raise ValueError
        body = self._reader.read(int(length))
        if len(body) != int(length):
            raise EOFError("it ended")
        return headers, body


def _event(body: bytes) -> tuple[str, str] | None:
    """The id and the answer of a job that is done; None for another event. Headers are escaped, what a job prints is not."""
    head, _, rest = body.decode("utf-8", "replace").partition("\n\n")
    headers = {
        name.strip().lower(): unquote(value.strip()) for name, _, value in (line.partition(":") for line in head.split("\n"))
    }
    if headers.get("event-name") != "BACKGROUND_JOB":
        return None
    return headers.get("job-uuid", ""), rest
