"""Bearer tokens: compared in constant time, never logged."""

from __future__ import annotations

from hmac import compare_digest

from starlette.types import Scope

from fairwire.serve.problems import Unauthorised


class Bearer:
    """Says whether a request carries the operator's token."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def demand(self, scope: Scope) -> None:
        """Return when the token is there and right; raise `Unauthorised` else."""
        for name, value in scope["headers"]:
            if name == b"authorization":
                scheme, _, given = value.partition(b" ")
                if scheme.lower() == b"bearer" and compare_digest(given.strip(), self._token):
                    return
                raise Unauthorised("the token is not the right one", help_="send the content of `token` in the data directory")
        raise Unauthorised(
            "a token is needed", help_="send `Authorization: Bearer` with the content of `token` in the data directory"
        )
