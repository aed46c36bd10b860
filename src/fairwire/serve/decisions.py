"""`POST /v1/decisions`: one call attempt, or many as JSON Lines. Plain ASGI: this is the path that has to be fast."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope, Send

from fairwire.model.errors import FairwireError
from fairwire.serve.auth import OPERATOR, POINT
from fairwire.serve.bodies import Batch, form_to_json, is_form, media_types, read_body, take_apart
from fairwire.serve.problems import BadBody, BadParameter, WrongMethod, encode

if TYPE_CHECKING:
    from fairwire.model.decision import Decision
    from fairwire.ports.service import LiveService
    from fairwire.serve.metrics import Meter

TOGETHER = 24
"""Questions of one turn of the loop that are decided together: the first shall not wait for the last."""
SLICE = 200
"""Decisions taken in one go; between two slices other requests get their turn."""

_ONE = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_MANY = ((b"content-type", b"application/x-ndjson"), *_ONE[1:])
_LINE = ((b"content-type", b"text/plain; charset=utf-8"), *_ONE[1:])
_ENCODER = msgspec.json.Encoder()


class DecisionPoint:
    """Answers on the event loop itself: a decision takes microseconds, a thread switch takes more."""

    def __init__(self, service: LiveService, meter: Meter) -> None:
        self._decide = service.decide
        self._decide_each = service.decide_each
        self._meter = meter
        self._waiting: list[tuple[bytes, str, asyncio.Future[Decision]]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise WrongMethod(f"`{scope['method']}` is not possible here", allow="POST")
        point = scope.get(POINT, OPERATOR)
        body = await read_body(scope, receive)
        media, accept = media_types(scope)
        in_line = accept == "text/plain"
        if scope.get("query_string"):
            in_line = _asked_for(scope["query_string"]) or in_line
        if media == "application/json" and body[:1] == b"{" and b"\n" not in body:
            one = body
        elif is_form(media, body):
            one = form_to_json(body)
        else:
            batch = take_apart(media, body)
            if batch.shape != "one":
                await self._many(send, batch, point, in_line=in_line)
                return
            one = batch.objects[0]
        decision = await self._together(one, point)
        if in_line:
            await _send(send, in_lines(decision), _LINE)
        else:
            await _send(send, _ENCODER.encode(decision), _ONE)

    async def _many(self, send: Send, batch: Batch, point: str, *, in_line: bool) -> None:
        if batch.shape == "array":
            raise BadBody("an array cannot be decided", help_="send one event, or one event a line (application/x-ndjson)")
        if in_line:
            raise BadBody("an answer in text is for one call", help_="send one event, or ask for JSON")
        answers: list[bytes] = []
        for index, (line, number) in enumerate(zip(batch.objects, batch.numbers, strict=True)):
            if index % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            answers.append(self._line(line, number, point))
        answers.append(b"")
        await _send(send, b"\n".join(answers), _MANY)

    async def _together(self, event: bytes, point: str) -> Decision:
        """The answer to a question, decided with others that come in the same turn of the loop, or in the next."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Decision] = loop.create_future()
        self._waiting.append((event, point, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._look_once_more)
        return await answer

    def _look_once_more(self) -> None:
        """Let the loop look at its sockets once more: whoever was answered together asks again at nearly the same time."""
        asyncio.get_running_loop().call_soon(self._answer_waiting)

    def _answer_waiting(self) -> None:
        waiting, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._answer_waiting)
        began = perf_counter()
        try:
            decisions = self._decide_each([event for event, _, _ in waiting])
        except Exception:  # one of them must not cost the others their answers; what is decided already stays so
            decisions = [self._alone(event) for event, _, _ in waiting]
        seconds = perf_counter() - began
        for (_, point, answer), decision in zip(waiting, decisions, strict=True):
            if isinstance(decision, Exception):
                if not answer.cancelled():
                    answer.set_exception(decision)
                continue
            self._meter.decided(decision, seconds, "http", point=point)
            if not answer.cancelled():
                answer.set_result(decision)

    def _alone(self, event: bytes) -> Decision | Exception:
        try:
            return self._decide(event)
        except Exception as error:
            return error

    def _decided(self, event: bytes, point: str) -> Decision:
        began = perf_counter()
        decision = self._decide(event)
        self._meter.decided(decision, perf_counter() - began, "http", point=point)
        return decision

    def _line(self, event: bytes, number: int, point: str) -> bytes:
        """The answer to one line: a bad one is told in its place, and the others are answered."""
        try:
            return _ENCODER.encode(self._decided(event, point))
        except FairwireError as error:
            self._meter.refused(error.code)
            return encode(error, line=number)


def in_lines(decision: Decision) -> bytes:
    """An answer for what can compare texts and no more: `302`, or code and phrase and below them the headers of a refusal."""
    sip = decision.sip
    if decision.decision == "allow":
        return b"%d" % sip.code
    lines = [f"{sip.code} {sip.phrase}"]
    if sip.reason:
        lines.append(f"Reason: {sip.reason}")
    if decision.decision == "limit" and decision.ttl_s is not None:
        lines.append(f"Retry-After: {decision.ttl_s}")
    return "\n".join(" ".join(line.splitlines()) for line in lines).encode()


def _asked_for(query: bytes) -> bool:
    """Whether the address asks for an answer in text."""
    plain = False
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name != "answer":
            raise BadParameter(f"the parameter `{name[:40]}` is not known here", field=name[:40], help_="known: answer")
        if value not in ("code", "json"):
            raise BadParameter(f"`{value[:40]}` is no form of an answer", field="answer", help_="give `code` or `json`")
        plain = value == "code"
    return plain


async def _send(send: Send, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
