"""Asterisk over its manager interface: a family of AstDB, and the calls of who is suspended.

AstDB is on disk, and outlives a restart. The REST interface (ARI) has nothing that lists a family, and ends only channels that it
was given: the manager interface does both, so there is no variant for ARI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from fairwire.enforcers.addresses import read_host_port
from fairwire.enforcers.asterisk.ami import Manager, Message
from fairwire.enforcers.failing import Failed, one_line
from fairwire.enforcers.running_calls import ENDING, Leg, dialled_in, to_end
from fairwire.enforcers.secret_files import hidden, read_authorities, read_secret
from fairwire.enforcers.tables import call_items, look, present, put, restore
from fairwire.model.customers import Customer
from fairwire.model.order import Order
from fairwire.net.connecting import Deadline
from fairwire.ports.enforcers import BadEdge, Enforcer, Item, Site, Told

LONGEST_NAME: Final = 253
"""Bytes of family and key together: AstDB has 256 for `/family/key` and its end."""
LONGEST_VALUE: Final = 254
"""Bytes that DBGet gives; a longer value comes cut off."""
REJECTED: Final = "21"
"""Cause of Q.850: call rejected."""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its section may have."""

    address: str
    """`HOST:PORT` of the manager interface."""
    user: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,80}$")]
    secret_file: str
    family: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "fairwire"
    """Of AstDB."""
    tls: bool = False
    ca_file: str | None = None
    hang_up: bool = True
    """Whether calls that run already are ended when somebody is suspended."""
    calls_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10


class Family:
    """One family of AstDB, for the time of one call of the edge."""

    def __init__(self, manager: Manager, family: str) -> None:
        self._manager = manager
        self._family = family

    def get(self, key: str) -> str | int | None:
        """DBGet, whose value comes as an event behind the answer."""
        self._short(key)
        answer, events = self._manager.listed("DBGet", "DBGetResponse", "DBGetComplete", Family=self._family, Key=key)
        if answer.get("response") != "Success":
            if _is_missing(answer):
                return None
            raise _refused(answer)
        value = events[0].get("val", "") if events else ""
        if len(value.encode()) >= LONGEST_VALUE:
            raise Failed("never", "what stands there is too long to be told whole, and could not be put back as it is")
        return value

    def set(self, key: str, value: str | int) -> None:
        """DBPut."""
        self._short(key)
        answer = self._manager.act("DBPut", Family=self._family, Key=key, Val=str(value))
        if answer.get("response") != "Success":
            raise _refused(answer)

    def delete(self, key: str, value: str | int) -> None:
        """DBDel."""
        answer = self._manager.act("DBDel", Family=self._family, Key=key)
        if answer.get("response") != "Success" and not _is_missing(answer):
            raise _refused(answer)

    def all(self) -> Mapping[str, str | int] | None:
        """DBGetTree, which Asterisk has since 16.28, 18.14 and 19.6; None from an older one."""
        answer, events = self._manager.listed("DBGetTree", "DBGetTreeResponse", "DBGetTreeComplete", Family=self._family)
        if answer.get("response") != "Success":
            if "unknown" in answer.get("message", "").lower() or "invalid" in answer.get("message", "").lower():
                return None
            raise _refused(answer)
        start = f"/{self._family}/"
        rows = ((event.get("key", ""), event.get("val", "")) for event in events)
        return {key.removeprefix(start): value for key, value in rows if key.startswith(start)}

    def _short(self, key: str) -> None:
        if len(f"{self._family}{key}".encode()) > LONGEST_NAME - 2:
            raise Failed(
                "never", f"the name has more characters than the {LONGEST_NAME - 2 - len(self._family)} that AstDB takes"
            )


class Asterisk:
    """One switch."""

    def __init__(self, options: Options, host: str, port: int, secret: str, site: Site) -> None:
        self._options = options
        self._where = (host, port)
        self._secret = secret
        self._context = read_authorities(site, options.ca_file) if options.tls else None
        self._site = site

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """What the order means to calls."""
        return call_items(order, self._site, self._options.calls_per_minute)

    def look(self, key: str) -> tuple[Told, Any]:
        """One look-up."""
        manager = self._manager()
        try:
            told, found = look(Family(manager, self._options.family), key, self._site)
        finally:
            manager.close()
        return self._told(told), found

    def put(self, item: Item) -> Told:
        """Set, whatever stands there; then end calls. One that begins in between is refused already."""
        manager = self._manager()
        try:
            told = put(Family(manager, self._options.family), item, self._site)
            if told.outcome == "done" and self._options.hang_up and item.value.get("step") in ENDING:
                told = self._end(manager, item)
        finally:
            manager.close()
        return self._told(told)

    def restore(self, item: Item, before: Any) -> Told:
        """Look, and where what stands there is ours, put back what was before."""
        manager = self._manager()
        try:
            told = restore(Family(manager, self._options.family), item, before, self._site)
        finally:
            manager.close()
        return self._told(told)

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """List, and leave out what is not ours."""
        manager = self._manager()
        try:
            told, found = present(Family(manager, self._options.family), self._site)
        finally:
            manager.close()
        return self._told(told), found

    def close(self) -> None:
        """Nothing stays open."""

    def _manager(self) -> Manager:
        deadline = Deadline(self._site.timeout_s)
        return Manager(*self._where, self._options.user, self._secret, self._context, deadline)

    def _told(self, told: Told) -> Told:
        return msgspec.structs.replace(told, answer=hidden(told.answer, self._secret))

    def _end(self, manager: Manager, item: Item) -> Told:
        try:
            answer, events = manager.listed("CoreShowChannels", "CoreShowChannel", "CoreShowChannelsComplete")
            if answer.get("response") != "Success":
                raise _refused(answer)
            chosen = to_end([_leg(event) for event in events], item.key, item.value, self._site.is_help)
            for channel in chosen:
                answer = manager.act("Hangup", Channel=channel, Cause=REJECTED)
                if answer.get("response") != "Success" and "no such channel" not in answer.get("message", "").lower():
                    raise _refused(answer)
        except Failed as error:
            return Told(outcome=error.outcome, answer=one_line(f"it stands there, but calls that run: {error.answer}"))
        return Told(outcome="done", answer=f"{len(chosen)} channels ended")


def _leg(event: Message) -> Leg:
    channel = event.get("channel", "")
    if not channel:
        raise Failed("unknown", "what the switch says of its channels cannot be read")
    # The one who was called shows its own number as the caller's: whoever is at the other end stands as the connected line.
    ends = (event.get("calleridnum", ""), event.get("connectedlinenum", ""))
    is_called = event.get("application") == "AppDial"
    callers, called = (ends[1:], ends[:1]) if is_called else (ends[:1], ends[1:])
    dialled = () if is_called else (event.get("exten") or event.get("extension", ""),)
    return Leg(
        handle=channel,
        call=event.get("linkedid") or event.get("uniqueid") or channel,
        callers=tuple(each for each in callers if each not in ("", "<unknown>")),
        dialled=tuple(
            each
            for each in (*called, *dialled, *dialled_in(event.get("applicationdata", "")))
            if each not in ("", "<unknown>") and any(char.isdigit() for char in each)
        ),
        account=event.get("accountcode", ""),
        user=channel.partition("/")[2].rpartition("-")[0],
    )


def _is_missing(answer: Message) -> bool:
    return "entry not found" in answer.get("message", "").lower()


def _refused(answer: Message) -> Failed:
    said = answer.get("message", "")
    if "invalid/unknown command" in said.lower():
        return Failed("never", f"the switch answered: {said}")
    return Failed("later", f"the switch answered: {said or 'nothing that can be read'}")


class Asterisks:
    """Opens switches."""

    options = Options

    def open(self, options: Options, site: Site) -> Enforcer:
        """One switch.

        Raises
        ------
        BadEdge
            The address is none, or a file cannot be read.
        """
        host, port = read_host_port(site, "address", options.address)
        if options.ca_file is not None and not options.tls:
            raise BadEdge(f"the edge `{site.name}` has a `ca_file` and no TLS", help_="set `tls = true`, or leave it out")
        return Asterisk(options, host, port, read_secret(site, "secret_file", options.secret_file), site)


ENFORCER = Asterisks()
