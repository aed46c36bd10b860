"""A directory over SCIM 2.0: who is suspended is set inactive, and afterwards is what they were before.

Users are marked with what they were and for which item, as an entitlement that means nothing to anybody else: so that each is
given back as found, also one who was renamed or added since, and so that our changes can be told from others'. A user whom two
items hold stays inactive until both are gone. Where a directory keeps no such attribute, `mark` is empty, and what was before is
known to the caller alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from fairwire.enforcers.failing import Failed, one_line
from fairwire.enforcers.keys import fault_of, key_of, rank_of, subject_of
from fairwire.enforcers.scim.directory import Directory, Resource, attribute, quoted
from fairwire.enforcers.secret_files import hidden, read_authorities, read_secret
from fairwire.model.customers import Customer
from fairwire.model.order import Order
from fairwire.net.connecting import Deadline
from fairwire.net.http import Asking, read_address
from fairwire.ports.enforcers import BadEdge, Enforcer, Item, Site, Told

LARGEST: Final = 16 << 20
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_PATH: Final = r"^[A-Za-z][A-Za-z0-9:._-]{0,120}$"
_INACTIVE: Final = {"active": False}


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its section may have."""

    url: str
    """Where `/Users` is below, such as `https://directory.example/scim/v2`."""
    token_file: str
    user_attribute: Annotated[str, msgspec.Meta(pattern=_PATH)] = "userName"
    """What holds the user or the login that an order names: `userName` or `externalId`."""
    customer_attribute: Annotated[str, msgspec.Meta(pattern=_PATH)] | None = None
    """What holds the customer's id. Without it orders about whole customers mean nothing here, and a name alone finds a user."""
    mark: Literal["entitlements", "roles", ""] = "entitlements"
    ca_file: str | None = None


class Scim:
    """One directory."""

    def __init__(self, options: Options, directory: Asking, token: str, site: Site) -> None:
        self._options = options
        self._asking = directory
        self._base = read_address(options.url)
        self._token = token
        self._site = site

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """Whom a suspension names; of blocks, those of a login."""
        key = key_of(order, self._site.is_help)
        if key is None or not (order.step in ("suspend", "terminate") or (order.step, order.target) == ("block", "credential")):
            return ()
        kind = subject_of(key).kind
        if kind in ("user", "cred") or (kind == "cust" and self._options.customer_attribute is not None):
            return (Item(key=key, value=dict(_INACTIVE), rank=rank_of(order.step)),)
        return ()

    def look(self, key: str) -> tuple[Told, Any]:
        """Who is active, by id, of those whom the key names and we do not hold."""
        try:
            users = self._named(self._directory(), key)
            found = {each["id"]: _is_active(each) for each in users if not self._marks(each)}
        except Failed as error:
            return self._told(error), None
        return Told(outcome="done", answer="" if users else "the directory has no such user"), {"users": found} if found else None

    def put(self, item: Item) -> Told:
        """Set those inactive whom the key names, each with what they were."""
        changed = 0
        try:
            directory = self._directory()
            users = self._named(directory, item.key)
            if not users:
                raise Failed("never", "the directory has no such user")
            for user in users:
                operations = self._holding(user, item.key)
                if operations:
                    if not directory.patch(user, operations):
                        raise Failed("never", "the directory has no such user any more")
                    changed += 1
        except Failed as error:
            return self._told(error)
        return Told(outcome="done", answer=f"{changed} of {len(users)} users changed")

    def restore(self, item: Item, before: Any) -> Told:
        """Give those back whom the item holds."""
        try:
            directory = self._directory()
            return self._released(directory, item.key) if self._options.mark else self._as_before(directory, item.key, before)
        except Failed as error:
            return self._told(error)

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """Keys of those who are marked; None without marks, where ours cannot be told from others'."""
        try:
            directory = self._directory()
            if not self._options.mark:
                directory.find(f"{self._options.user_attribute} eq {quoted('fairwire')}")
                return Told(outcome="done", answer="without marks it is not known whom we have set inactive"), None
            users = directory.find(f"{self._options.mark}.value sw {quoted(self._start)}")
        except Failed as error:
            return self._told(error), None
        found: dict[str, Any] = {}
        for user in users:
            for key, _ in self._marks(user).values():
                active = _is_active(user) or found.get(key, _INACTIVE)["active"]
                found[key] = {"active": active}
        return Told(outcome="done", answer=f"{len(found)} of ours"), found

    def close(self) -> None:
        """Nothing stays open."""

    @property
    def _start(self) -> str:
        return f"fairwire:{self._site.name}:"

    def _directory(self) -> Directory:
        return Directory(self._asking, self._base, self._token, Deadline(self._site.timeout_s))

    def _told(self, error: Failed) -> Told:
        return Told(outcome=error.outcome, answer=one_line(hidden(error.answer, self._token)))

    def _condition(self, key: str) -> str:
        subject = subject_of(key)
        parts = [] if subject.kind == "cust" else [f"{self._options.user_attribute} eq {quoted(subject.name)}"]
        if self._options.customer_attribute is not None:
            parts.append(f"{self._options.customer_attribute} eq {quoted(subject.customer)}")
        return " and ".join(parts)

    def _named(self, directory: Directory, key: str) -> list[Resource]:
        """The users whom a key names. Others whom the directory names all the same are nobody that we may touch."""
        fault = fault_of(key)
        subject = subject_of(key)
        condition = self._condition(key)
        if fault or not condition:
            raise Failed("never", fault or "whole customers cannot be found: set `customer_attribute`")
        users = directory.find(condition)
        for user in users:
            wrong = subject.kind != "cust" and not _equal(attribute(user, self._options.user_attribute), subject.name)
            path = self._options.customer_attribute
            if wrong or (path is not None and not _equal(attribute(user, path), subject.customer)):
                raise Failed("never", "the directory named users that do not fit: does it know filters by these attributes?")
        if subject.kind != "cust" and len(users) > 1:
            raise Failed("never", f"the directory has {len(users)} users of that name")
        return users

    def _marks(self, user: Resource) -> dict[str, tuple[str, bool]]:
        """Our marks of a user: text -> the key, and whether the user was active before."""
        found: dict[str, tuple[str, bool]] = {}
        for each in (user.get(self._options.mark) or []) if self._options.mark else []:
            text = each.get("value") if isinstance(each, dict) else None
            if isinstance(text, str) and text.startswith(self._start):
                was, _, key = text.removeprefix(self._start).partition(":")
                found[text] = (key, was == "active")
        return found

    def _holding(self, user: Resource, key: str) -> list[dict[str, Any]]:
        """What must be changed so that an item holds a user."""
        marks = self._marks(user)
        operations: list[dict[str, Any]] = []
        if self._options.mark and key not in [held for held, _ in marks.values()]:
            was = any(before for _, before in marks.values()) if marks else _is_active(user)
            text = f"{self._start}{'active' if was else 'inactive'}:{key}"
            operations.append({"op": "add", "path": self._options.mark, "value": [{"value": text, "type": "fairwire"}]})
        if _is_active(user):
            operations.append({"op": "replace", "path": "active", "value": False})
        return operations

    def _released(self, directory: Directory, key: str) -> Told:
        name = self._options.mark
        texts = [f"{self._start}{was}:{key}" for was in ("active", "inactive")]
        notes = []
        for user in directory.find(" or ".join(f"{name}.value eq {quoted(text)}" for text in texts)):
            marks = self._marks(user)
            held = [text for text in texts if text in marks]
            if not held:
                continue  # of a directory that leaves the filter out
            operations: list[dict[str, Any]] = [{"op": "remove", "path": f"{name}[value eq {quoted(text)}]"} for text in held]
            others = [text for text in marks if text not in held]
            if _is_active(user):
                notes.append("somebody else has set a user active since")
            elif not others and any(marks[text][1] for text in held):
                operations.append({"op": "replace", "path": "active", "value": True})
            elif others:
                notes.append("a user stays inactive for another order")
            directory.patch(user, operations)
        return Told(outcome="done", answer="; ".join(dict.fromkeys(notes)))

    def _as_before(self, directory: Directory, key: str, before: Any) -> Told:
        was = before.get("users") if isinstance(before, dict) else None
        if before is not None and not isinstance(was, dict):
            return Told(outcome="never", answer="what is said to have stood there before names no users")
        notes = []
        for user_id, active in (was or {}).items():
            if active is not True:
                continue
            user = directory.get(user_id)
            if user is None:
                notes.append("a user is gone")
            elif _is_active(user):
                notes.append("a user is active already")
            elif not directory.patch(user, [{"op": "replace", "path": "active", "value": True}]):
                notes.append("a user is gone")
        added = [each for each in self._named(directory, key) if not _is_active(each) and each["id"] not in (was or {})]
        if added:
            notes.append(f"{len(added)} users who were added since stay inactive: set them active by hand")
        return Told(outcome="done", answer="; ".join(dict.fromkeys(notes)))


def _is_active(user: Resource) -> bool:
    return user.get("active") is not False


def _equal(found: Any, wanted: str) -> bool:
    return isinstance(found, str) and found.casefold() == wanted.casefold()


class Directories:
    """Opens directories."""

    options = Options

    def open(self, options: Options, site: Site) -> Enforcer:
        """One directory.

        Raises
        ------
        BadEdge
            The address may not be asked, or a file cannot be read.
        """
        try:
            address = read_address(options.url)
            if "?" in address.target:
                raise ValueError("it has a query")
            if not address.secure and address.host not in _LOOPBACK:
                raise ValueError("it must begin with https://, or the token could be read on the way")
        except ValueError as error:
            raise BadEdge(f"`url` of the edge `{site.name}` cannot be used: {error}") from None
        context = read_authorities(site, options.ca_file) if address.secure else None
        asking = Asking(may_connect=lambda _: True, largest=LARGEST, context=context)
        return Scim(options, asking, read_secret(site, "token_file", options.token_file), site)


ENFORCER = Directories()
