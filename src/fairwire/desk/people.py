"""Who may sign in to the console with a key of their own: the keys of `fairwire key make` that are good for the desk."""

from __future__ import annotations

import threading
from hashlib import sha256

from fairwire.runtime.keys import Keyring

DESK = "desk"
PORTAL = "portal"


class KeyCustomers:
    """Customers' administrators by their keys. The name of a session is the customer's id."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def name_of(self, key: str) -> str:
        """Whose key it is; empty for one that is nobody's, or of no customer."""
        digest = sha256(key.encode("utf-8", "surrogateescape")).digest()
        found = [point.customer for point in self._keys.read()[0] if point.customer and digest in point.digests]
        return found[0] if found else ""

    def rights(self, name: str) -> frozenset[str]:
        """Its own pages, while it has a key."""
        there = any(point.customer == name for point in self._keys.read()[0])
        return frozenset({PORTAL}) if there else frozenset()


class KeyPeople:
    """People by their keys. A revoked key opens nothing from the next request on. Safe to use from several threads."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys
        self._lock = threading.Lock()
        self._mark: object = None
        self._names: dict[bytes, str] = {}
        self._rights: dict[str, frozenset[str]] = {}

    def name_of(self, key: str) -> str:
        """Whose key it is; empty for one that is nobody's, or of no person. Looked up by its hash, so time tells nothing."""
        self._read()
        return self._names.get(sha256(key.encode("utf-8", "surrogateescape")).digest(), "")

    def rights(self, name: str) -> frozenset[str]:
        """What a person may do now."""
        self._read()
        return self._rights.get(name, frozenset())

    def _read(self) -> None:
        with self._lock:
            mark = self._keys.mark()
            if mark == self._mark:
                return
            people = [point for point in self._keys.read()[0] if DESK in point.rights]
            self._names = {digest: point.name for point in people for digest in point.digests}
            self._rights = {point.name: point.rights for point in people}
            self._mark = mark
