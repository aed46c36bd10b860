"""Peers that follow the exchanges beside the adapters: what is asked is found there, and answered as it stands there."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import md5
from pathlib import Path
from typing import Any

import fairwire.enforcers
from edge_faults import FaultyServer

ADAPTERS = Path(fairwire.enforcers.__path__[0])
_PLACE = re.compile(r"<(\w+)>")
_INSIDE = {
    "value": r"[^\r\n]*", "channel": r"[^\r\n]+", "more": r"(?:\r\n[^\r\n]+)*", "anything": ".*", "command": r"[^\n]*",
}  # fmt: skip
Exchange = Mapping[str, Any]


@lru_cache
def exchanges(kind: str) -> tuple[Exchange, ...]:
    """All of one kind, file by file."""
    lines = [line for file in sorted((ADAPTERS / kind / "exchanges").glob("*.jsonl")) for line in file.read_text().splitlines()]
    return tuple(json.loads(line) for line in lines)


def exchange(kind: str, name: str) -> Exchange:
    """One, by its name."""
    return next(each for each in exchanges(kind) if each["name"] == name)


@lru_cache
def _pattern(asked: str) -> re.Pattern[str]:
    """What may stand in the place of a name: anything without a slash and a line end, and at the end of a value anything."""
    text, at = "", 0
    for place in _PLACE.finditer(asked):
        name = place[1]
        inside = _INSIDE.get(name, r"[^/\r\n]+")
        text += re.escape(asked[at : place.start()]) + f"(?P<{name}>{inside})"
        at = place.end()
    return re.compile(text + re.escape(asked[at:]), re.DOTALL)


def found(kind: str, asked: str, holds: Callable[[str, Mapping[str, str]], bool]) -> tuple[Exchange, dict[str, str]]:
    """The first exchange that fits a question and whose condition holds."""
    for each in exchanges(kind):
        if isinstance(each["asked"], str):
            match = _pattern(each["asked"]).fullmatch(asked)
            if match and ("when" not in each or holds(each["when"], match.groupdict())):
                return each, match.groupdict()
    raise AssertionError(f"no exchange of {kind} fits {asked!r}")


def filled(text: str, values: Mapping[str, object]) -> str:
    """An answer with the values in their places."""
    return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), text)


class _Table(FaultyServer):
    """A table by key, and channels that run."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.table: dict[str, str] = {}
        self.channels: list[dict[str, str]] = []
        self.killed: list[str] = []
        self.flushed: list[str] = []
        super().__init__()

    def holds(self, when: str, values: Mapping[str, str]) -> bool:
        """Whether a condition of an exchange is true now."""
        there = self.table.get(values.get("key", ""))
        running = [each.get("uuid") or each.get("Channel") for each in self.channels]
        return {
            "there": there is not None,
            "same": there is not None and there == values.get("value"),
            "running": (values.get("uuid") or values.get("channel")) in running,
            "right": self.is_right(values),
            "stranger": False,
        }[when]

    def is_right(self, values: Mapping[str, str]) -> bool:
        """Whether what was given is the secret."""
        return False

    def done(self, what: str, values: Mapping[str, str]) -> None:
        """Do what an exchange does."""
        if what == "set":
            self.table[values["key"]] = values["value"]
        elif what == "delete":
            self.table.pop(values["key"], None)
        elif what == "kill":
            gone = values.get("uuid") or values["channel"]
            self.killed.append(gone)
            self.channels = [each for each in self.channels if (each.get("uuid") or each.get("Channel")) != gone]
        elif what == "flush":
            self.flushed.append(values["user"])


class SwitchServer(_Table):
    """FreeSWITCH's event socket."""

    realm = "fairwire"

    def is_right(self, values: Mapping[str, str]) -> bool:
        """The password."""
        return values.get("password") == self.secret

    def serve(self, connection: socket.socket) -> None:
        """Greet, let in, and do jobs."""
        connection.sendall(exchange("freeswitch", "greeting")["answered"].encode())
        with connection.makefile("rb") as reader:
            while True:
                lines = []
                while (line := reader.readline()) not in (b"\n", b""):
                    lines.append(line.decode().rstrip("\n"))
                if not lines:
                    return
                each, values = found("freeswitch", "\n".join(lines), self.holds)
                said = filled(each["answered"], values).encode()
                if each.get("does") != "job":
                    connection.sendall(said)
                    if each.get("does") == "end":
                        return
                    continue
                connection.sendall(said)

                def do(values: Mapping[str, str] = values) -> bytes:
                    return self._event(values["job"], values["command"], self.printed(values["command"]))

                refused = self._event(values["job"], values["command"], "-ERR out of memory\n")
                if not self.answer(connection, values["command"], do, refused, self.secret):
                    return

    def printed(self, command: str) -> str:
        """What a command prints, after it was done."""
        each, values = found("freeswitch", command, self.holds)
        there = self.table.get(values.get("key", ""), "")
        self.done(each.get("does", ""), values)
        if each.get("does") == "list":
            rows = [{"realm": self.realm, "key": key, "found": value} for key, value in self.table.items()]
            # It looks for the realm anywhere in a name.
            rows.append({"realm": "other_fairwire", "key": "cust:nobody", "found": "suspend;o-9;403;;fairwire:edge-one"})
            return "".join(filled(each["answered"], row) for row in rows)
        if each.get("does") == "channels":
            return filled(each["answered"], {"count": len(self.channels), "rows": json.dumps(self.channels)})
        return filled(each["answered"], {**values, "found": there})

    def _event(self, job: str, command: str, printed: str) -> bytes:
        verb = command.partition(" ")[0]
        body = filled(
            exchange("freeswitch", "body of the event")["answered"],
            {"job": job, "verb": verb, "size": len(printed.encode()), "printed": printed},
        )
        whole = filled(exchange("freeswitch", "job is done")["answered"], {"length": len(body.encode()), "event": body})
        return whole.encode()


class ManagerServer(_Table):
    """Asterisk's manager interface."""

    challenge = "840415273"
    old = False
    """Without DBGetTree."""

    def is_right(self, values: Mapping[str, str]) -> bool:
        """The digest of challenge and secret."""
        digest = md5((self.challenge + self.secret).encode(), usedforsecurity=False).hexdigest()
        return values.get("key") == digest and values.get("user") == "fairwire"

    def serve(self, connection: socket.socket) -> None:
        """Greet, let in, and act."""
        connection.sendall(exchange("asterisk", "greeting")["answered"].encode())
        inside = False
        with connection.makefile("rb") as reader:
            while True:
                lines = []
                while (line := reader.readline()) not in (b"\r\n", b""):
                    lines.append(line.decode().removesuffix("\r\n"))
                if not lines:
                    return
                action = "\r\n".join(lines)
                each, values = found("asterisk", action, self.holds)
                if not inside:
                    connection.sendall(filled(each["answered"], {**values, "challenge": self.challenge}).encode())
                    if each.get("does") == "end":
                        return
                    inside = each["name"] == "login"
                    continue
                refused = f"Response: Error\r\nActionID: {values['id']}\r\nMessage: Failed to update entry\r\n\r\n".encode()

                def do(each: Exchange = each, values: Mapping[str, str] = values) -> bytes:
                    return self._said(each, values)

                if not self.answer(connection, action, do, refused, self.secret):
                    return

    def _said(self, each: Exchange, values: Mapping[str, str]) -> bytes:
        if self.old and each["name"] == "tree":
            each, values = exchange("asterisk", "an action that there is not"), {**values, "action": "DBGetTree"}
        there = self.table.get(values.get("key", ""), "")
        self.done(each.get("does", ""), values)
        said = filled(each["answered"], {**values, "found": there})
        if each.get("does") == "list":
            rows: list[Mapping[str, object]] = [{**values, "key": key, "found": value} for key, value in self.table.items()]
        elif each.get("does") == "channels":
            rows = [
                {**values, "channel": "\r\n".join(f"{name}: {value}" for name, value in row.items())} for row in self.channels
            ]
        else:
            return said.encode()
        said += "".join(filled(each["each"], row) for row in rows)
        return (said + filled(each["last"], {**values, "count": len(rows)})).encode()
