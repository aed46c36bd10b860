"""FreeSWITCH over its event socket: a realm of mod_hash, and the calls and registrations of who is suspended.

The hash is in memory: when the switch starts again it is empty, `present` shows it, and what is missing is put there again.
`hupall` is never sent: it would end calls for help with the others. Calls are ended one by one, each looked at before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from fairwire.enforcers.addresses import read_host_port
from fairwire.enforcers.failing import Failed, one_line
from fairwire.enforcers.freeswitch.event_socket import EventSocket
from fairwire.enforcers.keys import subject_of
from fairwire.enforcers.running_calls import ENDING, Leg, dialled_in, to_end
from fairwire.enforcers.secret_files import hidden, read_secret
from fairwire.enforcers.tables import call_items, look, present, put, restore
from fairwire.model.customers import Customer
from fairwire.model.order import Order
from fairwire.net.connecting import Deadline
from fairwire.ports.enforcers import BadEdge, Enforcer, Item, Site, Told

_UUID: Final = re.compile(r"[0-9A-Fa-f-]{8,64}\Z")
_USER: Final = re.compile(r"[A-Za-z0-9._+*#-]{1,100}\Z")
_WORD: Final = r"^[A-Za-z0-9.-]{1,60}$"


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its section may have."""

    address: str
    """`HOST:PORT` of the event socket."""
    password_file: str
    realm: Annotated[str, msgspec.Meta(pattern=_WORD)] = "fairwire"
    """Of mod_hash."""
    hang_up: bool = True
    """Whether calls that run already are ended when somebody is suspended."""
    profile: Annotated[str, msgspec.Meta(pattern=_WORD)] | None = None
    """Sofia profile whose registrations of a suspended user are flushed; needs `domain`."""
    domain: Annotated[str, msgspec.Meta(pattern=_WORD)] | None = None
    calls_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10


class Hash:
    """One realm of mod_hash, for the time of one call of the edge."""

    def __init__(self, switch: EventSocket, realm: str) -> None:
        self._switch = switch
        self._realm = realm

    def get(self, key: str) -> str | int | None:
        """`hash select`."""
        found = self._switch.ask(f"hash select/{self._realm}/{key}")
        if found.startswith("-ERR") or "ommand not found" in found:
            raise _refused(found)
        if found != found.strip() or not found.isprintable() or "'" in found or "\\" in found:
            raise Failed("never", "what stands there could not be put back as it is: it has quotes, spaces or signs at its ends")
        return found or None

    def set(self, key: str, value: str | int) -> None:
        """`hash insert`, which takes the place of what is there."""
        if not str(value).isprintable():
            raise Failed("never", "the value has signs that cannot stand there")
        self._done(f"hash insert/{self._realm}/{key}/{value}")

    def delete(self, key: str, value: str | int) -> None:
        """`hash delete_ifmatch`: what somebody else has put there since stays."""
        found = self._switch.ask(f"hash delete_ifmatch/{self._realm}/{key}/{value}")
        if not found.startswith("+OK") and "not found" not in found.lower() and "match" not in found.lower():
            raise _refused(found)

    def all(self) -> Mapping[str, str | int] | None:
        """`hash_dump`, of which names of other realms are left out: it looks for the realm anywhere in a name."""
        found = self._switch.ask(f"hash_dump db {self._realm}")
        if found and not found.startswith("D/"):
            raise _refused(found)
        start = f"{self._realm}_"
        rows = (line.split("/", 2) for line in found.splitlines())
        return {row[1].removeprefix(start): row[2] for row in rows if len(row) == 3 and row[1].startswith(start)}

    def _done(self, command: str) -> None:
        found = self._switch.ask(command)
        if not found.startswith("+OK"):
            raise _refused(found)


class FreeSwitch:
    """One switch."""

    def __init__(self, options: Options, host: str, port: int, password: str, site: Site) -> None:
        self._options = options
        self._where = (host, port)
        self._password = password
        self._site = site

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """What the order means to calls."""
        return call_items(order, self._site, self._options.calls_per_minute)

    def look(self, key: str) -> tuple[Told, Any]:
        """One look-up."""
        switch = self._switch()
        try:
            told, found = look(Hash(switch, self._options.realm), key, self._site)
        finally:
            switch.close()
        return self._told(told), found

    def put(self, item: Item) -> Told:
        """Set, whatever stands there; then end calls and registrations. A call that begins in between is refused already."""
        switch = self._switch()
        try:
            told = put(Hash(switch, self._options.realm), item, self._site)
            if told.outcome == "done" and item.value.get("step") in ENDING:
                told = self._end(switch, item)
        finally:
            switch.close()
        return self._told(told)

    def restore(self, item: Item, before: Any) -> Told:
        """Look, and where what stands there is ours, put back what was before. Phones register again by themselves."""
        switch = self._switch()
        try:
            told = restore(Hash(switch, self._options.realm), item, before, self._site)
        finally:
            switch.close()
        return self._told(told)

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """List, and leave out what is not ours."""
        switch = self._switch()
        try:
            told, found = present(Hash(switch, self._options.realm), self._site)
        finally:
            switch.close()
        return self._told(told), found

    def close(self) -> None:
        """Nothing stays open."""

    def _switch(self) -> EventSocket:
        return EventSocket(*self._where, self._password, Deadline(self._site.timeout_s))

    def _told(self, told: Told) -> Told:
        return msgspec.structs.replace(told, answer=hidden(told.answer, self._password))

    def _end(self, switch: EventSocket, item: Item) -> Told:
        try:
            ended = self._hang_up(switch, item) if self._options.hang_up else 0
            flushed = self._flush(switch, item)
        except Failed as error:
            return Told(outcome=error.outcome, answer=one_line(f"it stands there, but calls that run: {error.answer}"))
        return Told(outcome="done", answer=f"{ended} channels ended{flushed}")

    def _hang_up(self, switch: EventSocket, item: Item) -> int:
        chosen = to_end(_legs(switch.ask("show channels as json")), item.key, item.value, self._site.is_help)
        for handle in chosen:
            said = switch.ask(f"uuid_kill {handle} CALL_REJECTED")
            if not said.startswith("+OK") and "no such channel" not in said.lower():
                raise _refused(said)
        return len(chosen)

    def _flush(self, switch: EventSocket, item: Item) -> str:
        subject = subject_of(item.key)
        if self._options.profile is None or subject.kind not in ("user", "cred") or item.value["step"] == "suspend_outbound":
            return ""
        if _USER.match(subject.name) is None:
            return "; its registrations were left: the name cannot stand in a command"
        user = f"{subject.name}@{self._options.domain}"
        said = switch.ask(f"sofia profile {self._options.profile} flush_inbound_reg {user}")
        if not said.startswith("+OK"):
            raise Failed("never", f"registrations were not flushed: {said}")
        return "; registrations flushed"


def _legs(text: str) -> list[Leg]:
    try:
        rows = msgspec.json.decode(text).get("rows", [])
        legs = []
        for row in rows:
            told = {name: str(value) for name, value in row.items()}
            if _UUID.match(told["uuid"]) is None:
                raise ValueError
            fields = (told.get(name, "") for name in ("dest", "initial_dest", "callee_num", "sent_callee_num"))
            legs.append(
                Leg(
                    handle=told["uuid"],
                    call=told.get("call_uuid") or told["uuid"],
                    callers=tuple(told.get(name, "") for name in ("cid_num", "initial_cid_num")),
                    dialled=(*fields, *dialled_in(told.get("application_data", ""))),
                    account=told.get("accountcode", ""),
                    user=told.get("presence_id", "").partition("@")[0],
                )
            )
        return legs
    except (msgspec.DecodeError, ValueError, LookupError, AttributeError, TypeError):
        raise Failed("unknown", "what the switch says of its channels cannot be read") from None


def _refused(said: str) -> Failed:
    if "ommand not found" in said:
        return Failed("never", f"the switch answered: {said}: load mod_hash and mod_commands")
    if said.startswith("-ERR"):
        return Failed("later", f"the switch answered: {said}")
    return Failed("unknown", "what the switch answered cannot be read")


class FreeSwitches:
    """Opens switches."""

    options = Options

    def open(self, options: Options, site: Site) -> Enforcer:
        """One switch.

        Raises
        ------
        BadEdge
            The address is none, or the password's file cannot be read.
        """
        host, port = read_host_port(site, "address", options.address)
        if (options.profile is None) != (options.domain is None):
            raise BadEdge(f"`profile` and `domain` of the edge `{site.name}` need each other", help_="set both, or neither")
        return FreeSwitch(options, host, port, read_secret(site, "password_file", options.password_file), site)


ENFORCER = FreeSwitches()
