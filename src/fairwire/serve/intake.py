"""`POST /v1/events`: one event, a JSON array or JSON Lines. 202 once everything that was accepted is on disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fairwire.model.errors import InvalidRecord
from fairwire.serve.bodies import content_type, read_body, take_apart
from fairwire.serve.problems import WrongMethod, describe

if TYPE_CHECKING:
    from fairwire.ports.events import Rejected
    from fairwire.ports.service import LiveService
    from fairwire.serve.metrics import Meter

SLICE = 500
"""Events taken in in one go; between two slices calls that wait for a decision get their turn."""

TOLD = 100
"""Rejected events that an answer spells out; the count is always of all."""


class Intake:
    """Takes events in on the event loop's thread, like every call of the service."""

    def __init__(self, service: LiveService, meter: Meter) -> None:
        self._service = service
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise WrongMethod(f"`{scope['method']}` is not possible here", allow="POST")
        batch = take_apart(content_type(scope), await read_body(scope, receive))
        accepted = duplicates = 0
        rejected: list[tuple[int, Rejected]] = []
        for start in range(0, len(batch.objects), SLICE):
            if start:
                await asyncio.sleep(0)
            took = self._service.accept(batch.objects[start : start + SLICE])
            self._meter.took(took)
            accepted += took.accepted
            duplicates += took.duplicates
            rejected.extend((batch.numbers[start + one.line - 1], one) for one in took.rejected)
        # Also when all of it was known: what it is a duplicate of may still be on its way to the disk.
        await self._service.durable()
        if batch.shape == "one" and rejected:
            raise InvalidRecord(rejected[0][1].reason, field=rejected[0][1].field)
        answer: dict[str, object] = {"accepted": accepted, "duplicates": duplicates, "rejected": len(rejected)}
        if rejected:
            answer["errors"] = [describe(InvalidRecord(one.reason, field=one.field), line=line) for line, one in rejected[:TOLD]]
        # A batch of which nothing could be used is the caller's mistake; one bad line among good ones is not.
        status = 400 if rejected and len(rejected) == len(batch.objects) else 202
        if status == 400:
            line, first = rejected[0]
            answer["error"] = describe(InvalidRecord(f"no event could be used; {first.reason}", field=first.field), line=line)
        await Response(msgspec.json.encode(answer), status, {"content-type": "application/json"})(scope, receive, send)
