"""HTTP servers that fail when they are told to: a directory over SCIM, a receiver of webhooks, a gate before a real server."""

from __future__ import annotations

import hmac
import json
import re
import socket
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from edge_exchanges import exchange
from edge_faults import FaultyServer

Request = tuple[str, str, dict[str, str], bytes]
"""Method, target, headers with names in small letters, body."""


def read_request(connection: socket.socket) -> Request | None:
    """One request; None at the end."""
    with connection.makefile("rb") as reader:
        first = reader.readline().decode("latin-1").split()
        if len(first) != 3:
            return None
        headers: dict[str, str] = {}
        while (line := reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        return first[0], first[1], headers, reader.read(int(headers.get("content-length", "0")))


def response(status: int, body: bytes = b"", *headers: str) -> bytes:
    """One answer."""
    lines = [f"HTTP/1.1 {status} As Said", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


class Gate(FaultyServer):
    """Stands before a real server, and passes on what it is asked and what it answers, or fails to."""

    def __init__(self, behind: int, secret: str) -> None:
        self.behind = behind
        self.secret = secret
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        """One request."""
        request = read_request(connection)
        if request is not None:
            method, target, _, body = request
            question = f"{method} {target} {body.decode(errors='replace')}"
            self.answer(connection, question, lambda: self._asked(request), response(500, b"out of order"), self.secret)

    def _asked(self, request: Request) -> bytes:
        method, target, headers, body = request
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        with socket.create_connection(("127.0.0.1", self.behind), timeout=5) as real:
            real.sendall("\r\n".join(lines).encode("latin-1") + body)
            with real.makefile("rb") as reader:
                said = b""
                length = 0
                while (line := reader.readline()) not in (b"\r\n", b""):
                    said += line
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                return said + b"\r\n" + reader.read(length)


class Receiver(FaultyServer):
    """A receiver of webhooks that looks at signatures, leaves out what it has seen, and keeps what it is told to hold."""

    def __init__(self, secrets: list[str]) -> None:
        self.secrets = secrets
        self.held: dict[str, Any] = {}
        self.seen: list[str] = []
        self.messages: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.status = 204
        self.more: tuple[str, ...] = ()
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        """One message."""
        request = read_request(connection)
        if request is not None:
            self.answer(connection, "POST", lambda: self._taken(request), response(500, b"out of order"), self.secrets[0])

    def _taken(self, request: Request) -> bytes:
        _, _, headers, body = request
        if not any(self._is_signed(headers, body, secret) for secret in self.secrets):
            return response(401, b"the signature is wrong")
        if self.status >= 300:
            return response(self.status, b"", *self.more)
        message = json.loads(body)
        self.messages.append((headers, message))
        if headers["webhook-id"] not in self.seen:
            self.seen.append(headers["webhook-id"])
            data = message["data"]
            if message["type"] == "fairwire.item.wanted":
                self.held[data["key"]] = data["item"]
            else:
                self.held.pop(data["key"], None)
        return response(self.status, b"", *self.more)

    def _is_signed(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        key = b64decode(secret.removeprefix("whsec_"))
        expected = "v1," + b64encode(hmac.new(key, signed, "sha256").digest()).decode()
        return any(hmac.compare_digest(each, expected) for each in headers.get("webhook-signature", "").split(" "))


_TERM = re.compile(r'([\w:.]+) (eq|sw) ("(?:[^"\\]|\\.)*")(?: (and|or) |$)')


class DirectoryServer(FaultyServer):
    """A directory, as far as RFC 7644 has what is asked: filters with eq, sw, and, or; PATCH with add, remove and replace."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.users: dict[str, dict[str, Any]] = {}
        self.page = 100
        self.filters = True
        """Whether filters are known here; else everybody is named."""
        self.wait = ""
        super().__init__()

    def add(self, user_id: str, name: str, *, active: bool = True, organization: str = "acme", **more: Any) -> None:
        """One user more."""
        extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        self.users[user_id] = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", extension],
            "id": user_id, "userName": name, "active": active, extension: {"organization": organization},
            "meta": {"resourceType": "User", "version": 'W/"1"'}, **more,
        }  # fmt: skip

    def serve(self, connection: socket.socket) -> None:
        """One request."""
        request = read_request(connection)
        if request is not None:
            method, target, _, body = request
            question = f"{method} {unquote(target)} {body.decode(errors='replace')}"
            self.answer(connection, question, lambda: self._said(request), response(500, b"{}"), self.token)

    def _said(self, request: Request) -> bytes:
        method, target, headers, body = request
        path, _, query = target.partition("?")
        if headers.get("authorization") != f"Bearer {self.token}":
            return self._answered("not let in", {})
        if self.wait:
            return response(429, b"", f"Retry-After: {self.wait}")
        if path == "/scim/v2/Users":
            return self._listed({name: values[0] for name, values in parse_qs(query).items()})
        user = self.users.get(unquote(path.removeprefix("/scim/v2/Users/")))
        if user is None:
            return self._answered("gone", {"id": path.rpartition("/")[2]})
        if method == "PATCH":
            if headers.get("if-match", user["meta"]["version"]) != user["meta"]["version"]:
                return self._answered("changed by somebody else", {})
            patch = json.loads(body)
            assert patch["schemas"] == exchange("scim", "a patch as it is sent")["asked"]["schemas"]
            for operation in patch["Operations"]:
                _apply(user, operation)
            count = int(re.sub(r"\D", "", user["meta"]["version"])) + 1
            user["meta"] = {**user["meta"], "version": f'W/"{count}"'}
            return self._answered("changed", {"user": user})
        return self._answered("one", {"user": user})

    def _listed(self, asked: Mapping[str, str]) -> bytes:
        fits = [user for user in self.users.values() if not self.filters or _fits(user, asked["filter"])]
        start = int(asked["startIndex"])
        users = fits[start - 1 : start - 1 + min(int(asked["count"]), self.page)]
        return self._answered("list", {"total": len(fits), "start": start, "number": len(users), "users": users})

    def _answered(self, name: str, values: Mapping[str, Any]) -> bytes:
        each = exchange("scim", name)

        def put(found: Any) -> Any:
            if isinstance(found, dict):
                return {key: put(value) for key, value in found.items()}
            if isinstance(found, str) and re.fullmatch(r"<\w+>", found) and found[1:-1] in values:
                return values[found[1:-1]]
            if isinstance(found, str):
                return re.sub(r"<(\w+)>", lambda place: str(values.get(place[1], place[0])), found)
            return found

        return response(each["status"], json.dumps(put(each["answered"])).encode(), "Content-Type: application/scim+json")


def _fits(user: Mapping[str, Any], condition: str) -> bool:
    ways, at = [True], 0
    while at < len(condition):
        match = _TERM.match(condition, at)
        assert match, condition
        path, how, wanted, then = match[1], match[2], json.loads(match[3]), match[4]
        values = _values(user, path)
        ways[-1] &= any(value.lower() == wanted.lower() if how == "eq" else value.startswith(wanted) for value in values)
        if then == "or":
            ways.append(True)
        at = match.end()
    return any(ways)


def _values(user: Mapping[str, Any], path: str) -> list[str]:
    schema, colon, name = path.rpartition(":")
    inside = user.get(schema, {}) if colon else user
    first, _, second = name.partition(".")
    held = inside.get(first)
    if isinstance(held, list):
        return [each[second] for each in held]
    return [held] if isinstance(held, str) else []


def _apply(user: dict[str, Any], operation: Mapping[str, Any]) -> None:
    path = operation["path"]
    match operation["op"]:
        case "replace":
            user[path] = operation["value"]
        case "add":
            user.setdefault(path, []).extend(operation["value"])
        case "remove":
            name, _, condition = path.partition("[")
            kept = [each for each in user.get(name, []) if not _fits(each, condition.removesuffix("]"))]
            user[name] = kept
        case other:
            raise AssertionError(other)
