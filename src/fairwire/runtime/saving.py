"""Findings and counts of a running service into the control store, behind the answers that they came from.

While calls come, on a thread of its own: they are answered meanwhile, however slow the disk is. What could not be saved is tried
again, and saved with what comes.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from heapq import nsmallest
from typing import TYPE_CHECKING

import msgspec
import structlog

from fairwire.ports.control import ControlStore, Run, SeriesPoint, StoreError
from fairwire.runtime.findings import live_evidence
from fairwire.runtime.known_events import tables_each
from fairwire.runtime.live_parts import Noted
from fairwire.runtime.replay import order_steps
from fairwire.runtime.resting import rested
from fairwire.runtime.stream import Key, Stream, Taken

if TYPE_CHECKING:
    from fairwire.runtime.customers import CustomerTable
    from fairwire.runtime.enforcing import Enforcing
    from fairwire.runtime.granting import Granting
    from fairwire.runtime.in_force import InForce
    from fairwire.runtime.journal import Journal
    from fairwire.runtime.memory import Tally
    from fairwire.runtime.plans import Plan

notices = structlog.get_logger()

SERIES_S = 1.0
"""Seconds between two times that the hourly counts are saved while nothing else is."""
SAVE_S = 0.05
"""Seconds after which a finding that a decision opened is in the control store: those of that time are written together."""
GROWN_S = 0.25
MOST_GROWN = 64
"""So many findings are saved at once that have grown, so long after those before: of a busy customer one grows with each call."""


class Saving:
    """The part of `Live` that saves what it finds and counts."""

    _again_command: str
    _being_saved: bool
    _counts: dict[str, int]
    _customers: CustomerTable
    _granting: Granting
    _grown_at: float
    _grown_upto: Key
    _hours: dict[int, int]
    _in_force: InForce
    _journal: Journal
    _plan: Plan
    _refused: dict[int, int]
    _run: Run
    _saver: ThreadPoolExecutor
    _saving: asyncio.TimerHandle | None
    _saving_in_s: float
    _series_at: float
    _store: ControlStore
    _store_again_at: float
    _store_failures: int
    _storing: threading.Lock
    _stream: Stream
    _tally: Tally
    _written: set[Key]
    enforcing: Enforcing

    if TYPE_CHECKING:

        def is_emergency(self, called: str, country: str = "") -> bool: ...

    def _save(self, taken: Taken) -> None:
        """Have findings that opened or grew written right behind the answer, some at a time; the log has what they came from."""
        self._journal.note(taken)
        # That there is a finding, somebody may wait to see.
        wait_s = SAVE_S if taken.opened else SERIES_S
        if not (self._tally.unsaved or self._tally.busy) or self._saving_in_s <= wait_s:
            return
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            # Nobody would wake us: at most once a second, and at the end.
            if time.monotonic() - self._series_at >= SERIES_S:
                self._save_due()
            return
        if self._saving is not None:
            self._saving.cancel()
        self._save_again_in(wait_s)

    def _save_behind(self) -> None:
        """Have what is noted saved on the thread for it: calls are answered meanwhile, however slow the disk is."""
        self._no_timer()
        if self._being_saved:
            return
        if (wait_s := self._store_again_at - time.monotonic()) > 0:
            self._save_again_in(wait_s)
            return
        if not self._tally.unsaved:
            self._save_series(now=True)
            return
        due = self._in_turn()
        if due is not None and not due:  # what has grown was saved a moment ago
            self._save_series()
            self._save_again_in(GROWN_S)
            return
        noted, loop = self._noted(due), asyncio.get_running_loop()

        def told(done: Future[None]) -> None:
            with suppress(RuntimeError):  # the loop is closed: `close` saves what is left
                loop.call_soon_threadsafe(self._was_saved, noted, done)

        self._being_saved = True
        self._saver.submit(self._write, noted, resting=True).add_done_callback(told)

    def _in_turn(self) -> set[Key] | None:
        """The findings whose turn it is to be saved: those that are new, and some of those that have grown. None: all."""
        unsaved = self._tally.unsaved
        if len(unsaved) <= MOST_GROWN:
            return None
        due = unsaved - self._written
        if time.monotonic() - self._grown_at >= GROWN_S:
            self._grown_at = time.monotonic()
            grown, upto = unsaved - due, self._grown_upto
            turn = nsmallest(MOST_GROWN, [key for key in grown if key > upto])
            turn += nsmallest(MOST_GROWN - len(turn), [key for key in grown if key <= upto])
            self._grown_upto = turn[-1] if turn else upto
            due.update(turn)
        return due

    def _was_saved(self, noted: Noted, done: Future[None]) -> None:
        """Strike off what was saved; what has come or was refused meanwhile is saved with what comes."""
        self._being_saved = False
        error = done.exception()
        if isinstance(error, StoreError):
            self._store_again_at = time.monotonic() + SERIES_S
            self._store_failed(error)
        elif error is not None:
            raise error
        else:
            self._is_saved(noted)
        if self._tally.unsaved and self._saving is None:
            self._save_again_in(SERIES_S if len(self._tally.unsaved) <= MOST_GROWN else GROWN_S)

    def _save_due(self) -> None:
        """Save what is noted; calls are answered also when that fails."""
        self._no_timer()
        if time.monotonic() < self._store_again_at:
            return
        if not self._tally.unsaved:
            self._save_series(now=True)
            return
        try:
            self._save_all()
        except StoreError as error:
            # What is noted stays noted, and is saved with what comes.
            self._store_again_at = time.monotonic() + SERIES_S
            self._store_failed(error)

    def _save_all(self) -> None:
        """Save everything that is not in the control store yet, now."""
        self._no_timer()
        noted = self._noted()
        if noted.known or noted.hours or noted.covered:
            self._write(noted)
            self._is_saved(noted)

    def _save_again_in(self, wait_s: float) -> None:
        self._saving_in_s = wait_s
        self._saving = asyncio.get_running_loop().call_later(wait_s, self._save_behind)

    def _no_timer(self) -> None:
        if self._saving is not None:
            self._saving.cancel()
        self._saving, self._saving_in_s = None, math.inf

    def _save_series(self, *, now: bool = False) -> None:
        """Now and then save the hourly counts; nobody waits for it."""
        if self._tally.busy and (now or time.monotonic() - self._series_at >= SERIES_S):
            noted = self._noted()
            self._is_saved(noted)  # should it fail, the hour's next call brings its whole count again

            def write() -> None:
                try:
                    self._write(noted)
                except StoreError as error:
                    self._stream.covering.failed(noted.covered)
                    self._store_failed(error)

            self._saver.submit(write)

    def _store_failed(self, error: StoreError) -> None:
        self._store_failures += 1
        notices.warning("findings or counts are not saved for now", reason=error.sentence())

    def _noted(self, keys: set[Key] | None = None) -> Noted:
        """What is not in the control store yet, as it is now: of findings these only, if it is said which."""
        return Noted(
            known={key: self._stream.known_as(key) for key in sorted(self._tally.unsaved if keys is None else keys)},
            hours={hour: (self._hours[hour], self._refused.get(hour)) for hour in sorted(self._tally.busy)},
            covered=[(line, line.covered()) for line in self._stream.covering.unwritten()],
            run=msgspec.structs.replace(self._run, summary={**self._counts, "customers": len(self._customers.customers)}),
        )

    def _is_saved(self, noted: Noted) -> None:
        """Strike off what has not changed since it was noted."""
        self._tally.unsaved -= {key for key, entry in noted.known.items() if self._stream.known_as(key) is entry}
        same = {hour for hour, told in noted.hours.items() if told == (self._hours[hour], self._refused.get(hour))}
        self._tally.busy -= same
        self._stream.covering.saved(noted.covered)
        self._series_at = time.monotonic()

    def _write(self, noted: Noted, *, resting: bool = False) -> None:
        """Save it, on whatever thread; one at a time, for orders follow from those before. `resting`: callers wait meanwhile."""
        findings = [entry.finding for entry in noted.known.values()]
        # What shows a finding, and what follows from it, stands with its first event.
        fresh = [entry for key, entry in noted.known.items() if key not in self._written]
        shown = zip(fresh, tables_each([entry.events for entry in fresh]), strict=True)
        evidence = [
            live_evidence(self._plan, self._customers, table, entry.finding, entry.hit, self._again_command)
            for entry, table in (rested(shown) if resting else shown)
        ]
        names = enumerate(("calls", "refused"))
        counts = [(name, hour, both[place]) for place, name in names for hour, both in noted.hours.items()]
        series = [SeriesPoint(name=name, hour_us=hour, value=told) for name, hour, told in counts if told is not None]
        with self._storing:
            of_fresh = [entry.finding for entry in fresh]
            orders = order_steps(
                self._plan,
                of_fresh,
                len(self._customers.customers),
                self.is_emergency,
                self.enforcing.history(of_fresh),
                record=self._customers.record,
            )
            self._store.save_run(noted.run, findings, evidence, orders, series)
            if self.enforcing.take(orders):
                self._in_force.read()
            self._granting.write([covered for _, covered in noted.covered])
            self._written |= noted.known.keys()
