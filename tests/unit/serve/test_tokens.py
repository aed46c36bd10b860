"""The operator's token, as such and as a password."""

from __future__ import annotations

from base64 import b64encode

import pytest

from fairwire.serve.auth import Bearer
from fairwire.serve.problems import Unauthorised

TOKEN = "a-token-of-the-tests"  # noqa: S105 - of the tests alone


def basic(credentials: str) -> bytes:
    return b"Basic " + b64encode(credentials.encode())


@pytest.mark.parametrize(
    "value",
    [f"Bearer {TOKEN}".encode(), basic(f"kamailio:{TOKEN}"), basic(f":{TOKEN}"), basic(f"x:{TOKEN}").replace(b"B", b"b", 1)],
)
def test_the_token_lets_in(value: bytes) -> None:
    Bearer(TOKEN).demand({"headers": [(b"authorization", value)]})


@pytest.mark.parametrize(
    "value",
    [
        basic(TOKEN),
        basic(f"{TOKEN}:"),
        basic(f"kamailio:{TOKEN}x"),
        basic(f"a:b:{TOKEN}"),
        b"Basic " + TOKEN.encode(),
        b"Basic !!!",
        b"Basic",
        b"",
    ],
)
def test_everything_else_does_not(value: bytes) -> None:
    with pytest.raises(Unauthorised):
        Bearer(TOKEN).demand({"headers": [(b"authorization", value)]})
