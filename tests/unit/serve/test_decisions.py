"""Questions over HTTP that come at the same time are decided together, and none costs another its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from fairwire.decisions.answers import connected
from fairwire.model.decision import Decision
from fairwire.model.errors import InvalidRecord
from fairwire.serve.decisions import TOGETHER, DecisionPoint


class Service:
    """Allows every call but those that are called `bad`, and says which came together."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.bursts: list[int] = []
        self.alone = 0
        self._breaks = breaks

    def decide(self, event: bytes) -> Decision:
        self.alone += 1
        (decision,) = self._decided([event])
        if isinstance(decision, Exception):
            raise decision
        return decision

    def decide_each(self, events: Sequence[bytes]) -> list[Decision | Exception]:
        self.bursts.append(len(events))
        if self._breaks:
            raise RuntimeError("something of ours")
        return self._decided(events)

    def _decided(self, events: Sequence[bytes]) -> list[Decision | Exception]:
        names = [msgspec.json.decode(event)["call_id"] for event in events]
        return [InvalidRecord("not so", field="call_id") if name == "bad" else connected(name, None) for name in names]


class Meter:
    """Counts what was decided."""

    def __init__(self) -> None:
        self.count = 0

    def decided(self, *_: Any, **__: Any) -> None:
        self.count += 1


async def ask(point: DecisionPoint, name: str) -> str:
    """The policy that the answer names."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": msgspec.json.encode({"call_id": name})}

    async def send(message: Any) -> None:
        sent.append(message)

    await point({"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")]}, receive, send)
    return str(msgspec.json.decode(sent[1]["body"])["policy"])


def asked(service: Service, names: Sequence[str]) -> tuple[list[str | BaseException], int]:
    meter: Any = Meter()

    async def run() -> list[str | BaseException]:
        point = DecisionPoint(service, meter)  # type: ignore[arg-type]
        return await asyncio.gather(*(ask(point, name) for name in names), return_exceptions=True)

    return asyncio.run(run()), meter.count


def test_questions_of_one_turn_are_decided_in_as_few_bursts_as_may_be_and_each_gets_its_own_answer() -> None:
    service, names = Service(), [f"c{number}" for number in range(TOGETHER + 6)]
    assert asked(service, names) == (names, len(names))
    assert service.bursts == [TOGETHER, 6]
    assert not service.alone


@pytest.mark.parametrize("breaks", [False, True])
def test_a_question_that_cannot_be_decided_costs_the_others_nothing(breaks: bool) -> None:
    service = Service(breaks=breaks)
    found, count = asked(service, ["a", "bad", "b"])
    assert found[0] == "a"
    assert isinstance(found[1], InvalidRecord)
    assert found[2] == "b"
    assert count == 2
    assert service.bursts == [3]
    assert service.alone == (3 if breaks else 0)


def test_somebody_who_has_gone_away_keeps_nobody_waiting() -> None:
    async def run() -> list[str | BaseException]:
        point = DecisionPoint(Service(), Meter())  # type: ignore[arg-type]
        asking = [asyncio.ensure_future(ask(point, name)) for name in ("a", "b", "c")]
        await asyncio.sleep(0)
        asking[1].cancel()
        return await asyncio.gather(*asking, return_exceptions=True)

    first, second, third = asyncio.run(run())
    assert (first, third) == ("a", "c")
    assert isinstance(second, asyncio.CancelledError)
