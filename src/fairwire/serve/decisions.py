"""`POST /v1/decisions`: one call attempt, or many as JSON Lines. Plain ASGI: this is the path that has to be fast."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec
from starlette.types import Receive, Scope, Send

from fairwire.model.errors import FairwireError
from fairwire.serve.auth import OPERATOR, POINT
from fairwire.serve.bodies import content_type, form_to_json, is_form, read_body, take_apart
from fairwire.serve.problems import BadBody, WrongMethod, encode

if TYPE_CHECKING:
    from fairwire.ports.service import LiveService
    from fairwire.serve.metrics import Meter

SLICE = 200
"""Decisions taken in one go; between two slices other requests get their turn."""

_ONE = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_MANY = ((b"content-type", b"application/x-ndjson"), *_ONE[1:])
_ENCODER = msgspec.json.Encoder()


class DecisionPoint:
    """Answers on the event loop itself: a decision takes microseconds, a thread switch takes more."""

    def __init__(self, service: LiveService, meter: Meter) -> None:
        self._decide = service.decide
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise WrongMethod(f"`{scope['method']}` is not possible here", allow="POST")
        point = scope.get(POINT, OPERATOR)
        body = await read_body(scope, receive)
        media = content_type(scope)
        if media == "application/json" and body[:1] == b"{" and b"\n" not in body:
            await _send(send, self._one(body, point), _ONE)
            return
        if is_form(media, body):
            await _send(send, self._one(form_to_json(body), point), _ONE)
            return
        batch = take_apart(media, body)
        if batch.shape == "one":
            await _send(send, self._one(batch.objects[0], point), _ONE)
            return
        if batch.shape == "array":
            raise BadBody("an array cannot be decided", help_="send one event, or one event a line (application/x-ndjson)")
        answers: list[bytes] = []
        for index, (line, number) in enumerate(zip(batch.objects, batch.numbers, strict=True)):
            if index % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            answers.append(self._line(line, number, point))
        answers.append(b"")
        await _send(send, b"\n".join(answers), _MANY)

    def _one(self, event: bytes, point: str) -> bytes:
        began = perf_counter()
        decision = self._decide(event)
        self._meter.decided(decision, perf_counter() - began, "http", point=point)
        return _ENCODER.encode(decision)

    def _line(self, event: bytes, number: int, point: str) -> bytes:
        """The answer to one line: a bad one is told in its place, and the others are answered."""
        try:
            return self._one(event, point)
        except FairwireError as error:
            self._meter.refused(error.code)
            return encode(error, line=number)


async def _send(send: Send, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
