"""Tokens: compared in constant time, never logged."""

from __future__ import annotations

from base64 import b64decode
from hmac import compare_digest

from starlette.types import Scope

from fairwire.serve.problems import Unauthorised


def _password(given: bytes) -> bytes:
    """The password of Basic credentials (RFC 7617); empty where there is none."""
    try:
        return b64decode(given.strip(), validate=True).partition(b":")[2]
    except ValueError:
        return b""


class Bearer:
    """Says whether a request carries the operator's token.

    It may come as the password of Basic credentials too, for proxies that send no header of their own (Kamailio's `http_client`).
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def demand(self, scope: Scope) -> None:
        """Return when the token is there and right; raise `Unauthorised` else."""
        for name, value in scope["headers"]:
            if name == b"authorization":
                scheme, _, given = value.partition(b" ")
                token = _password(given) if scheme.lower() == b"basic" else given.strip()
                if scheme.lower() in (b"bearer", b"basic") and compare_digest(token, self._token):
                    return
                raise Unauthorised("the token is not the right one", help_="send the content of `token` in the data directory")
        raise Unauthorised(
            "a token is needed", help_="send `Authorization: Bearer` with the content of `token` in the data directory"
        )
