"""Bearer tokens and keys: who asks, and whether it may. Compared by keyed or cryptographic hash, never logged."""

from __future__ import annotations

import threading
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

import structlog
from starlette.types import Scope

from fairwire.serve.problems import Forbidden, Unauthorised

if TYPE_CHECKING:
    from fairwire.runtime.keys import Keyring

log = structlog.get_logger()

LOOK_S = 0.5
"""Seconds between two looks whether a key was made or revoked."""
NOTE_S = 60.0
"""Seconds between two times that the keys in use are noted on disk, for `fairwire key list`."""
OPERATOR = "operator"
POINT = "fairwire.point"
"""Where the scope of a request says who asks."""
RIGHTS = "fairwire.rights"
"""Where it says what the key is good for; nothing for the operator's token, which is good for all that is not `severe`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever holds a key."""

    name: str
    rights: frozenset[str]
    everything: bool = False
    """It holds the operator's token."""


class Gate:
    """Lets in whoever holds the operator's token, or a key that is good for what is asked.

    Parameters
    ----------
    token
        The operator's; good for everything.
    keys
        The enforcement points; none when left out.
    seconds
        A clock that only goes forward.
    behind
        Runs what may wait for the disk, while calls go on.
    """

    def __init__(
        self,
        token: str,
        keys: Keyring | None = None,
        *,
        seconds: Callable[[], float] = time.monotonic,
        behind: Callable[[Callable[[], None]], None] = lambda work: threading.Thread(target=work, daemon=True).start(),
    ) -> None:
        self._operator = (sha256(token.encode()).digest(), Caller(name=OPERATOR, rights=frozenset(), everything=True))
        self._keys = keys
        self._seconds = seconds
        self._looked = self._noted = seconds()
        self._behind = behind
        self._used: set[str] = set()
        self._mark: object = None
        self._callers: dict[bytes, Caller] = {}
        # Headers that were right, whole: the next request with one of them costs one look-up. A dictionary compares hashes
        # (SipHash with a random key of this process) before bytes, so the time tells nothing to somebody who guesses.
        self._known: dict[bytes, Caller] = {}
        self._read()

    def admit(self, scope: Scope, right: str = "") -> Caller:
        """Who asks. `right` is what it needs; empty: only the operator may.

        Raises
        ------
        Unauthorised
            There is no key, or one that nobody knows.
        Forbidden
            The key is good for other things only.
        """
        if self._keys is not None:
            now = self._seconds()
            if now - self._looked >= LOOK_S:
                self._looked = now
                if self._keys.mark() != self._mark:
                    self._read()
                if now - self._noted >= NOTE_S and self._used:
                    self._noted = now
                    self._behind(partial(self._keys.used, self._used))
                    self._used = set()
        for name, value in scope["headers"]:
            if name == b"authorization":
                caller = self._known.get(value) or self._look_up(value)
                if caller.everything or right in caller.rights:
                    scope[POINT] = caller.name
                    scope[RIGHTS] = caller.rights
                    if not caller.everything:
                        self._used.add(caller.name)
                    return caller
                may = " and ".join(f"`{one}`" for one in sorted(caller.rights)) or "nothing"
                needs = f"the right `{right}`" if right else "the operator's token"
                raise Forbidden(
                    f"the key of `{caller.name}` may not do this", help_=f"it takes {needs}, and the key is good for {may}"
                )
        raise Unauthorised(
            "a token is needed",
            help_="send `Authorization: Bearer` with a key of `fairwire key make`, or with `token` of the data directory",
        )

    def _look_up(self, header: bytes) -> Caller:
        scheme, _, given = header.partition(b" ")
        caller = None
        if scheme.lower() == b"bearer":
            digest = sha256(given.strip()).digest()
            caller = self._operator[1] if compare_digest(digest, self._operator[0]) else self._callers.get(digest)
        elif scheme.lower() == b"basic":
            caller = self._in_basic(given.strip())
        if caller is not None:
            if len(self._known) < 1024:  # blanks can be put in many ways
                self._known[header] = caller
            return caller
        raise Unauthorised(
            "the token is not the right one",
            help_="send a key that was not revoked, or the content of `token` in the data directory",
        )

    def _in_basic(self, given: bytes) -> Caller | None:
        """Who has the key that stands as the password, under its own name: for what can put its key in an address only.

        The operator's token is not taken so: a browser would keep it, and send it along with other people's requests.
        """
        try:
            name, _, key = b64decode(given, validate=True).partition(b":")
        except ValueError:
            return None
        caller = self._callers.get(sha256(key).digest())
        return caller if caller is not None and caller.name.encode() == name else None

    def _read(self) -> None:
        """Read the keys again, and forget who was let in before."""
        if self._keys is None:
            return
        self._mark = self._keys.mark()
        points, wrong = self._keys.read()
        for error in wrong:
            log.warning("a key is not taken", error=error.sentence())
        callers: dict[bytes, Caller] = {}
        for point in points:
            for digest in point.digests:
                callers.setdefault(digest, Caller(name=point.name, rights=point.rights))
        self._callers = callers
        self._known.clear()
