"""Hands what was seen of calls to the service: some times a second, in slices, so that calls that wait get their turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from fairwire.model.errors import FairwireError
from fairwire.serve.hep.calls import HOLD_US, Calls
from fairwire.serve.hep.kept import KeptCalls
from fairwire.serve.hep.states import Call

if TYPE_CHECKING:
    from fairwire.ports.service import Accepted, LiveService

log = structlog.get_logger()

EVERY_S = 0.1
SLICE = 200
"""Events taken in in one go."""
MOST_WAITING = 200_000
"""Events that wait while the disk refuses; the oldest are dropped, and counted."""


class Feed:
    """Runs on the event loop.

    Parameters
    ----------
    service
        Takes events in.
    calls
        What is told.
    kept
        Keeps the open calls; None: nobody does.
    now_us
        The clock.
    took
        Hears what became of each slice.
    """

    def __init__(
        self,
        service: LiveService,
        calls: Calls,
        kept: KeptCalls | None,
        now_us: Callable[[], int],
        took: Callable[[Accepted], None] | None = None,
    ) -> None:
        self._service = service
        self._calls = calls
        self._kept = kept
        self._now_us = now_us
        self._took = took
        self._waiting: deque[bytes] = deque()
        self._over: dict[bytes, Call | None] = {}
        """Calls whose ends are not known to be on disk."""
        self._task: asyncio.Task[None] | None = None
        if kept is not None:
            calls.restore(kept.load().items())

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Hand over what there is, attempts that wait among it, and stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._calls.tick(self._now_us() + HOLD_US)
        await self.turn()
        if self._kept is not None:
            self._kept.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            self._calls.tick(self._now_us())
            await self.turn()

    async def turn(self) -> None:
        """Hand over all that there is. Never raises for what the service refuses.

        A call is kept before the service has it, and forgotten when its end is on disk: wherever the process ends, the call is
        told again and counts once, and no end is missed.
        """
        self._waiting.extend(self._calls.take_told())
        self._keep_open()
        if not self._waiting:
            return
        try:
            while self._waiting:
                part = [self._waiting[i] for i in range(min(SLICE, len(self._waiting)))]
                accepted = self._service.accept(part)
                for _ in part:
                    self._waiting.popleft()
                self._note(accepted)
                await asyncio.sleep(0)
            over, self._over = self._over, {}
            await self._service.durable()
            self._keep(over)
        except FairwireError as error:
            log.warning("what was seen of calls is not taken in for now", reason=error.sentence())
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
                self._calls.counts["dropped"] += 1

    def _note(self, accepted: Accepted) -> None:
        counts = self._calls.counts
        counts["taken"] += accepted.accepted
        counts["known"] += accepted.duplicates
        counts["not_taken"] += len(accepted.rejected)
        if self._took is not None:
            self._took(accepted)

    def _keep_open(self) -> None:
        changed, self._calls.changed = self._calls.changed, {}
        for key in changed:
            self._over.pop(key, None)  # begun again
        self._over |= {key: None for key, call in changed.items() if call is None}
        self._keep({key: call for key, call in changed.items() if call is not None})

    def _keep(self, changed: dict[bytes, Call | None]) -> None:
        if self._kept is not None and changed:
            self._kept.write(changed, self._calls.open(), len(self._calls))
