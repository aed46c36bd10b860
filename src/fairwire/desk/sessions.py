"""Signed-in browsers: a cookie that carries its own end and is signed, and form tokens that belong to it. Nothing is stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

LIFETIME_S = 12 * 3600
"""A working day; then the token is asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that has shown the token."""

    id: str
    ends_s: int
    """Seconds since 1970-01-01T00:00:00Z."""


class Sessions:
    """Opens and checks sessions. The signing key depends on the token too: a new token signs everybody out."""

    def __init__(self, token: str, key: bytes) -> None:
        self._token = token.encode()
        self._key = hmac.digest(key, b"session key for " + self._token, hashlib.sha256)

    @property
    def cookie(self) -> str:
        """Name of the session's cookie. Browsers send cookies to every port of a host, so two servers must not share a name."""
        return f"fairwire_{self._sign('cookie')[:8]}"

    def admits(self, token: str) -> bool:
        """Whether this is the operator's token, compared in constant time."""
        return hmac.compare_digest(token.strip().encode("utf-8", "surrogateescape"), self._token)

    def open(self, now_s: float) -> tuple[Session, str]:
        """A new session, and the value of its cookie."""
        session = Session(id=secrets.token_urlsafe(18), ends_s=int(now_s) + LIFETIME_S)
        return session, f"{session.id}.{session.ends_s}.{self._sign('session', session.id, str(session.ends_s))}"

    def check(self, cookie: str | None, now_s: float) -> Session | None:
        """The session of a cookie; None when it is missing, altered, or over."""
        parts = (cookie or "").split(".")
        if len(parts) != 3 or not parts[1].isdecimal() or not parts[1].isascii() or len(parts[1]) > 12:
            return None
        if not _same(parts[2], self._sign("session", parts[0], parts[1])) or int(parts[1]) <= now_s:
            return None
        return Session(id=parts[0], ends_s=int(parts[1]))

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
