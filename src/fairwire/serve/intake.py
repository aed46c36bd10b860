"""`POST /v1/events`: one event, a JSON array or JSON Lines. 202 once everything that was accepted is on disk.

Requests that are there at the same time are taken in together and wait for the disk together: what an event costs by itself
is small beside what a batch costs, and a sync carries many as fast as one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fairwire.model.errors import InvalidRecord
from fairwire.serve.bodies import content_type, read_body, take_apart
from fairwire.serve.problems import WrongMethod, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairwire.ports.events import Rejected
    from fairwire.ports.service import LiveService
    from fairwire.serve.metrics import Meter

SLICE = 500
"""Events taken in in one go; between two slices calls that wait for a decision get their turn."""

TOLD = 100
"""Rejected events that an answer spells out; the count is always of all."""


@dataclass(slots=True, kw_only=True)
class _Sent:
    """What one request sent, and what became of it so far."""

    objects: Sequence[bytes]
    done: asyncio.Future[None]
    at: int = 0
    """How many of its events were taken in."""
    accepted: int = 0
    duplicates: int = 0
    rejected: list[tuple[int, Rejected]] = field(default_factory=list)
    """Place of the event in the request, and why."""


class Intake:
    """Takes events in on the event loop's thread, like every call of the service."""

    def __init__(self, service: LiveService, meter: Meter) -> None:
        self._service = service
        self._meter = meter
        self._waiting: deque[_Sent] = deque()
        self._settling: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise WrongMethod(f"`{scope['method']}` is not possible here", allow="POST")
        batch = take_apart(content_type(scope), await read_body(scope, receive))
        took = await self._take(batch.objects)
        rejected = [(batch.numbers[place], one) for place, one in took.rejected]
        if batch.shape == "one" and rejected:
            raise InvalidRecord(rejected[0][1].reason, field=rejected[0][1].field)
        answer: dict[str, object] = {"accepted": took.accepted, "duplicates": took.duplicates, "rejected": len(rejected)}
        if rejected:
            answer["errors"] = [describe(InvalidRecord(one.reason, field=one.field), line=line) for line, one in rejected[:TOLD]]
        # A batch of which nothing could be used is the caller's mistake; one bad line among good ones is not.
        status = 400 if rejected and len(rejected) == len(batch.objects) else 202
        if status == 400:
            line, first = rejected[0]
            answer["error"] = describe(InvalidRecord(f"no event could be used; {first.reason}", field=first.field), line=line)
        await Response(msgspec.json.encode(answer), status, {"content-type": "application/json"})(scope, receive, send)

    async def _take(self, objects: Sequence[bytes]) -> _Sent:
        """Take events in together with those of others, and wait until they are on disk."""
        loop = asyncio.get_running_loop()
        sent = _Sent(objects=objects, done=loop.create_future())
        self._waiting.append(sent)
        if len(self._waiting) == 1:
            # Behind every request that is being read right now.
            loop.call_soon(self._take_slice)
        await sent.done
        return sent

    def _take_slice(self) -> None:
        parts: list[tuple[_Sent, Sequence[bytes]]] = []
        whole: list[_Sent] = []
        room = SLICE
        while self._waiting and room:
            sent = self._waiting[0]
            part = sent.objects[sent.at : sent.at + room]
            parts.append((sent, part))
            room -= len(part)
            if sent.at + len(part) == len(sent.objects):
                whole.append(self._waiting.popleft())
        try:
            for (sent, part), took in zip(parts, self._service.accept_each([part for _, part in parts]), strict=True):
                self._meter.took(took)
                sent.accepted += took.accepted
                sent.duplicates += took.duplicates
                sent.rejected += [(sent.at + one.line - 1, one) for one in took.rejected]
                sent.at += len(part)
        except Exception as error:  # each request tells its own caller
            if self._waiting and self._waiting[0] is parts[-1][0]:
                self._waiting.popleft()
            _fail([sent for sent, _ in parts], error)
        else:
            if whole:
                task = asyncio.get_running_loop().create_task(self._settle(whole))
                self._settling.add(task)  # the loop itself does not keep it
                task.add_done_callback(self._settling.discard)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._take_slice)

    async def _settle(self, whole: Sequence[_Sent]) -> None:
        try:
            # Also when all of it was known: what it is a duplicate of may still be on its way to the disk.
            await self._service.durable()
        except Exception as error:
            _fail(whole, error)
        else:
            for sent in whole:
                if not sent.done.done():
                    sent.done.set_result(None)


def _fail(requests: Sequence[_Sent], error: Exception) -> None:
    for sent in requests:
        if not sent.done.done():
            sent.done.set_exception(error)
