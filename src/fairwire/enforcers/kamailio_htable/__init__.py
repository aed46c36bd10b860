"""A hash table of Kamailio, over JSON-RPC: HTTP (`xhttp`) or datagrams (UDP, a unix socket).

The table is in memory: when Kamailio starts again it is empty, `present` shows it, and what is missing is put there again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from fairwire.enforcers.failing import Failed
from fairwire.enforcers.kamailio_htable.asking import Datagrams, Http, Rpc, Way, read_place
from fairwire.enforcers.secret_files import hidden, read_authorities, read_secret
from fairwire.enforcers.tables import TableEdge
from fairwire.net.connecting import Deadline
from fairwire.ports.enforcers import BadEdge, Enforcer, Site

_NO_KEY = re.compile(r"key.*(?:not found|n't exist|not exist)", re.IGNORECASE)
_NO_TABLE = re.compile(r"no such htable|htable not found", re.IGNORECASE)
_NO_METHOD = re.compile(r"method not found", re.IGNORECASE)


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its section may have."""

    url: str
    """`http://HOST:PORT/RPC`, `udp:HOST:PORT` or `unix:/path/of/the/socket`."""
    table: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_]{1,40}$")] = "fw"
    secret_file: str | None = None
    """Holds what is sent as `Authorization: Bearer`; HTTP only."""
    ca_file: str | None = None
    """PEM of who vouches for the proxy's certificate; https only."""
    calls_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10
    """That a throttled target may still make."""


class HashTable:
    """The table, as JSON-RPC has it."""

    def __init__(self, rpc: Rpc, table: str, secret: str) -> None:
        self._rpc = rpc
        self._table = table
        self._secret = secret

    def get(self, key: str) -> str | int | None:
        """`htable.get`. A value that ends by itself could not be put back as it is."""
        try:
            found = self._asked("htable.get", key)
        except _NoKey:
            return None
        item = found.get("item") if isinstance(found, dict) else None
        value = item.get("value") if isinstance(item, dict) else None
        if not isinstance(item, dict) or isinstance(value, bool) or not isinstance(value, str | int):
            raise Failed("unknown", "what the proxy answered holds no value")
        if item.get("expire", "NEVER") != "NEVER" and not _ours(value):
            raise Failed("never", "what stands there ends by itself, and could not be put back so; give Fairwire its own table")
        return value

    def set(self, key: str, value: str | int) -> None:
        """`htable.sets` or `htable.seti`."""
        self._asked("htable.sets" if isinstance(value, str) else "htable.seti", key, value)

    def delete(self, key: str, value: str | int) -> None:
        """`htable.delete`."""
        try:
            self._asked("htable.delete", key)
        except _NoKey:
            return

    def all(self) -> Mapping[str, str | int] | None:
        """`htable.dump`."""
        found = self._asked("htable.dump")
        try:
            slots = [each for row in found for each in row["slot"]]
            return {each["name"]: each["value"] for each in slots if isinstance(each["name"], str)}
        except (TypeError, LookupError):
            raise Failed("unknown", "what the proxy answered is no table") from None

    def _asked(self, method: str, *more: str | int) -> Any:
        answer = self._rpc.ask(method, (self._table, *more))
        error = answer.get("error")
        if error is None and "result" in answer:
            return answer["result"]
        message = error.get("message") if isinstance(error, dict) else None
        if not isinstance(message, str):
            raise Failed("unknown", "what the proxy answered is neither a result nor an error")
        if _NO_TABLE.search(message):
            raise Failed("never", f"the proxy has no table `{self._table}`: declare it with modparam of htable")
        if _NO_METHOD.search(message):
            raise Failed("never", f"the proxy does not know {method}: load its module htable")
        if _NO_KEY.search(message):
            raise _NoKey
        raise Failed("later", hidden(message, self._secret))


class _NoKey(Exception):
    """Nothing stands under the name."""


def _ours(value: str | int) -> bool:
    return isinstance(value, str) and ";fairwire:" in value


class Kamailio:
    """Opens tables of Kamailio."""

    options = Options

    def open(self, options: Options, site: Site) -> Enforcer:
        """One table of one proxy.

        Raises
        ------
        BadEdge
            The address is none, or a file cannot be read.
        """
        try:
            place = read_place(options.url)
        except ValueError as error:
            raise BadEdge(
                f"`url` of the edge `{site.name}` cannot be used: {error}",
                help_="give http://HOST:PORT/RPC, udp:HOST:PORT or unix:/path",
            ) from None
        secret = "" if options.secret_file is None else read_secret(site, "secret_file", options.secret_file)
        if isinstance(place, Datagrams):
            if options.secret_file is not None or options.ca_file is not None:
                raise BadEdge(
                    f"the edge `{site.name}` has a `secret_file` or a `ca_file`, and datagrams carry neither",
                    help_="let the socket's permissions or a firewall decide who may ask",
                )
            way: Way = place
        else:
            way = Http(place, secret, read_authorities(site, options.ca_file) if place.secure else None)

        def opened(deadline: Deadline) -> HashTable:
            return HashTable(Rpc(way, deadline), options.table, secret)

        return TableEdge(opened, site, options.calls_per_minute)


ENFORCER = Kamailio()
