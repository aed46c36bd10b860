"""Signed-in browsers: a cookie that carries its own end and is signed, and form tokens that belong to it. Nothing is stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Protocol

LIFETIME_S = 12 * 3600
"""A working day; then the token is asked for again."""
OPERATOR = "operator"


class People(Protocol):
    """Who may sign in with a key of their own."""

    def name_of(self, key: str) -> str:
        """Whose key it is; empty for a key that is nobody's, or of no person."""

    def rights(self, name: str) -> frozenset[str]:
        """What a person may do now; nothing once the key is revoked."""


class Nobody:
    """Only the operator signs in."""

    def name_of(self, key: str) -> str:
        """Nobody's."""
        return ""

    def rights(self, name: str) -> frozenset[str]:
        """None."""
        return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that has shown the token."""

    id: str
    ends_s: int
    """Seconds since 1970-01-01T00:00:00Z."""
    name: str = OPERATOR
    """Whose key, or the operator's token, was shown."""
    rights: frozenset[str] = frozenset({"desk", "approve"})
    """`desk`: give and lift orders. `approve`: agree to those of others, and stop or resume what is automatic."""

    @property
    def by(self) -> str:
        """The person, as the audit trail names them."""
        return f"person:{self.name}"


class Sessions:
    """Opens and checks sessions. The signing key depends on the token too: a new token signs everybody out."""

    def __init__(self, token: str, key: bytes, people: People | None = None, *, right: str = "desk") -> None:
        self._token = token.encode()
        self._right = right
        self._people: People = people or Nobody()
        self._key = hmac.digest(key, b"session key for " + self._token, hashlib.sha256)

    @property
    def cookie(self) -> str:
        """Name of the session's cookie. Browsers send cookies to every port of a host, so two servers must not share a name."""
        return f"fairwire_{self._sign('cookie')[:8]}"

    def admits(self, token: str) -> str:
        """Whose token or key this is, compared in constant time; empty when it opens nothing."""
        if hmac.compare_digest(token.strip().encode("utf-8", "surrogateescape"), self._token):
            return OPERATOR
        return self._people.name_of(token.strip())

    def open(self, now_s: float, name: str = OPERATOR) -> tuple[Session, str]:
        """A new session, and the value of its cookie."""
        id_, ends_s = secrets.token_urlsafe(18), int(now_s) + LIFETIME_S
        if name == OPERATOR:
            return Session(id=id_, ends_s=ends_s), f"{id_}.{ends_s}.{self._sign('session', id_, str(ends_s))}"
        session = Session(id=id_, ends_s=ends_s, name=name, rights=self._people.rights(name))
        return session, f"{id_}.{ends_s}.{self._sign('session', id_, str(ends_s), name)}.{name}"

    def check(self, cookie: str | None, now_s: float) -> Session | None:
        """The session of a cookie; None when it is missing, altered, or over, or the person may no longer work here."""
        parts = (cookie or "").split(".", 3)
        if len(parts) not in (3, 4) or not parts[1].isdecimal() or not parts[1].isascii() or len(parts[1]) > 12:
            return None
        if not _same(parts[2], self._sign("session", parts[0], parts[1], *parts[3:])) or int(parts[1]) <= now_s:
            return None
        if len(parts) == 3:
            return Session(id=parts[0], ends_s=int(parts[1]))
        rights = self._people.rights(parts[3])
        if self._right not in rights:
            return None
        return Session(id=parts[0], ends_s=int(parts[1]), name=parts[3], rights=rights)

    def form_token(self, owner: str) -> str:
        """What a form of `owner` (a session's id, or the sign-in page's cookie) must send back."""
        return self._sign("form", owner)

    def check_form(self, owner: str, token: str) -> bool:
        """Whether a form comes from a page that we gave to `owner`."""
        return bool(owner) and _same(token, self.form_token(owner))

    def _sign(self, *parts: str) -> str:
        return hmac.new(self._key, "\0".join(parts).encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode())
