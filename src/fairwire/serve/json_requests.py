"""Small requests and answers: one JSON object in, one out."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fairwire.serve.problems import BadBody, explain_json

LARGEST = 16 * 1024
"""Bytes of such a request."""

T = TypeVar("T")


async def read_as(request: Request, kind: type[T], *, largest: int = LARGEST) -> T:
    """The body as a struct.

    Raises
    ------
    BadBody
        It is too long, not JSON, or not what it should be; `field` says where.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise BadBody("the body is longer than any such request", help_="send one JSON object")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        text = str(error)
        raise BadBody(text[:1].lower() + text[1:], field=text.rpartition("$.")[2].rstrip("`") if "$." in text else "") from None
    except msgspec.DecodeError as error:
        raise BadBody(explain_json(error)) from None


def as_json(value: object, *, status: int = 200) -> Response:
    """An answer."""
    return Response(msgspec.json.encode(value), status_code=status, headers={"content-type": "application/json"})
