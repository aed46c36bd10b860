"""Sending letters that wait on record: each attempt is on record before it is made, and what came of it after.

A letter that was handed to a server, and of which nothing is known because the process ended there, is tried again after
`STALE_S` with the same Message-ID, and says so: a reader of the record, and a mail program, can see that the two are one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import msgspec
import structlog

from fairwire.model.errors import FairwireError
from fairwire.model.instants import format_us
from fairwire.ports.mail import Letter, Mailer, Told

notices = structlog.get_logger()

FIRST_WAIT_S = 60
LONGEST_WAIT_S = 6 * 3600
GIVE_UP_S = 3 * 86400
"""A letter that no server took for so long has failed."""
STALE_S = 600
"""After so long an attempt without an outcome is taken for one that a crash has cut off."""
LOOK_EVERY_S = 5.0
TWICE = "ended without an outcome; sent again under the same Message-ID"
"""What is said of a letter that may have gone out before."""
_MISSES = 2
"""A connection that was kept may have ended; the next letter opens a new one."""


class Posted(Protocol):
    """What a letter on record has, whatever it is about: a frozen struct with these fields."""

    @property
    def customer(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def queued_us(self) -> int: ...
    @property
    def attempted_us(self) -> int | None: ...
    @property
    def answer(self) -> str: ...


N = TypeVar("N", bound=Posted)


class Outbox(Protocol[N]):
    """Where letters of one kind are on record."""

    def queued(self, due_us: int | None) -> Sequence[N]:
        """Those that wait; with `due_us`, only those whose next attempt is due by then."""

    def sending(self) -> Sequence[N]:
        """Those of which nobody knows yet what came of them."""

    def ready(self, letter: N, at_us: int) -> N:
        """The letter as it goes out at this instant."""

    def letter(self, letter: N, at_us: int) -> Letter:
        """The same for the mail server."""

    def move(self, before: N, after: N, at_us: int, *, told: str | None) -> bool:
        """Replace one, if it still is `before`; False when somebody else has moved it. `told` None: nothing came of it yet."""


@dataclass(slots=True, kw_only=True)
class Sending:
    """How many letters came to what."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    last_answer: str = ""
    """Of one that was not sent."""


def send_waiting(
    outbox: Outbox[N],
    mailer: Mailer,
    *,
    clock: Callable[[], int],
    now: bool = False,
    stop: Callable[[], bool] = lambda: False,
    report: Callable[[int, int], None] | None = None,
) -> Sending:
    """Try every letter that is due, each once. When the server cannot be used twice running, the others wait untried: they
    would only stand in line for its time-outs.

    Parameters
    ----------
    now
        Try what is waiting for its next attempt, too.
    """
    done = Sending()
    _wake_stale(outbox, clock)
    due = outbox.queued(None if now else clock())
    missed = 0
    for count, letter in enumerate(due, start=1):
        if stop():
            break
        missed = 0 if _try(outbox, mailer, letter, clock, done) else missed + 1
        if report:
            report(count, len(due))
        if missed == _MISSES:
            done.waiting += len(due) - count
            break
    return done


def _wake_stale(outbox: Outbox[N], clock: Callable[[], int]) -> None:
    for letter in outbox.sending():
        assert letter.attempted_us is not None
        if clock() - letter.attempted_us >= STALE_S * 1_000_000:
            told = f"the attempt of {format_us(letter.attempted_us)} {TWICE}"
            outbox.move(letter, _with(letter, state="queued", answer=told, next_us=0), clock(), told=told)


def _try(outbox: Outbox[N], mailer: Mailer, letter: N, clock: Callable[[], int], done: Sending) -> bool:
    """Whether the server could be used."""
    began = clock()
    trying = _with(outbox.ready(letter, began), state="sending", attempts=letter.attempts + 1, attempted_us=began)
    if not outbox.move(letter, trying, began, told=None):
        return True  # another process has it
    told = mailer.send(outbox.letter(trying, began))
    ended = clock()
    after = _after(trying, told, ended)
    outbox.move(trying, after, ended, told=after.answer)
    done.sent += after.state == "sent"
    done.waiting += after.state in ("queued", "sending")
    done.failed += after.state == "failed"
    if after.state != "sent":
        done.last_answer = after.answer
        notices.warning("a letter was not sent", customer=letter.customer, state=after.state, answer=told.answer)
    return told.reached


def _after(trying: N, told: Told, now: int) -> N:
    if told.outcome == "sent":
        again = "" if trying.attempts == 1 or TWICE not in trying.answer else f"; {trying.answer}"
        return _with(trying, state="sent", sent_us=now, answer=told.answer + again)
    if told.outcome == "never":
        return _with(trying, state="failed", answer=told.answer)
    if told.outcome == "unknown":
        return _with(trying, answer=told.answer)  # stays `sending`: it may have gone out
    if now - trying.queued_us >= GIVE_UP_S * 1_000_000:
        return _with(trying, state="failed", answer=f"given up after {trying.attempts} attempts: {told.answer}")
    wait_s = min(FIRST_WAIT_S * 4 ** (trying.attempts - 1), LONGEST_WAIT_S)
    return _with(trying, state="queued", answer=told.answer, next_us=now + wait_s * 1_000_000)


def _with(letter: N, **changed: Any) -> N:
    replaced: N = msgspec.structs.replace(letter, **changed)  # type: ignore[type-var]
    return replaced


class Carrier:
    """Sends what is due while the service runs, on a thread of its own.

    Parameters
    ----------
    mailer
        Opens a connection to the mail server.
    rounds
        Each sends what one outbox has.
    """

    def __init__(self, mailer: Callable[[], Mailer], rounds: Sequence[Callable[[Mailer, Callable[[], bool]], object]]) -> None:
        self._mailer = mailer
        self._rounds = rounds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fairwire-mail", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End after the letter that is being sent."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            mailer = self._mailer()
            try:
                for send in self._rounds:
                    send(mailer, self._stopping.is_set)
            except FairwireError as error:
                notices.warning("letters are not sent for now", reason=error.sentence())
            finally:
                mailer.close()
            self._stopping.wait(LOOK_EVERY_S)
