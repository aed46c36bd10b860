"""Sending the notices that wait in the store: each attempt is on record before it is made, and what came of it after.

A notice that was handed to a server, and of which nothing is known because the process ended there, is tried again after
`STALE_S` with the same Message-ID, and says so: a reader of the record, and a mail program, can see that the two are one.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import structlog

from fairwire.model.errors import BadUse, FairwireError
from fairwire.model.instants import format_us
from fairwire.model.versions import HistoryEntry, PolicyNotice
from fairwire.ports.mail import Letter, Mailer, Told
from fairwire.ports.policies import PolicyStore
from fairwire.runtime.replay import now_us

notices = structlog.get_logger()

FIRST_WAIT_S = 60
LONGEST_WAIT_S = 6 * 3600
GIVE_UP_S = 3 * 86400
"""A notice that no server took for so long has failed."""
STALE_S = 600
"""After so long an attempt without an outcome is taken for one that a crash has cut off."""
LOOK_EVERY_S = 5.0
SENDER = "fairwire"


_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")


def is_address(text: str) -> bool:
    """Whether a text is one plain e-mail address: nothing that could start another header or recipient."""
    return _ADDRESS.match(text) is not None


class BadMailServer(BadUse):
    """What was given as a mail server is none."""

    code = "FW-MAIL-001"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How letters leave. `sender` empty: the contact of the policy that they are about."""

    host: str
    port: int
    sender: str = ""
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"MailSettings(host={self.host!r}, port={self.port}, sender={self.sender!r})"

    def mailer(self) -> Mailer:
        """A connection to that server, opened with the first letter."""
        from fairwire.runtime.discovery import load

        made: Mailer = load("mailers", "smtp")(host=self.host, port=self.port, username=self.username, password=self.password)
        return made


def mail_server(text: str, sender: str = "") -> MailSettings:
    """The server that `HOST:PORT` names; port 25 where none is given.

    Raises
    ------
    BadMailServer
        It names none, or `sender` is no address.
    """
    host, _, port = text.strip().rpartition(":") if ":" in text else (text.strip(), "", "25")
    right = port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536 and not any(map(str.isspace, host))
    if not right or not host.strip("[]"):
        raise BadMailServer(f"`{text[:80]}` is no mail server", help_="give HOST:PORT, such as 127.0.0.1:25")
    if sender and not is_address(sender):
        shown = " ".join(sender[:80].split())
        raise BadMailServer(f"`{shown}` is no e-mail address", help_="give one such as policy@provider.example")
    return MailSettings(host=host.strip("[]"), port=int(port), sender=sender)


_MISSES = 2
"""A connection that was kept may have ended; the next letter opens a new one."""


@dataclass(slots=True, kw_only=True)
class Sending:
    """How many notices came to what."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    last_answer: str = ""
    """Of one that was not sent."""


def send_due(
    store: PolicyStore,
    mailer: Mailer,
    sender: Callable[[PolicyNotice], str],
    *,
    pack: str | None = None,
    version: str | None = None,
    clock: Callable[[], int] = now_us,
    now: bool = False,
    stop: Callable[[], bool] = lambda: False,
    report: Callable[[int, int], None] | None = None,
) -> Sending:
    """Try every notice that is due, each once. When the server cannot be used twice running, the others wait untried: they
    would only stand in line for its time-outs.

    Parameters
    ----------
    sender
        From whom a notice comes.
    now
        Try what is waiting for its next attempt, too.
    """
    done = Sending()
    _wake_stale(store, clock)
    due = store.notices(pack=pack, version=version, states=("queued",), due_us=None if now else clock())
    missed = 0
    for count, notice in enumerate(due, start=1):
        if stop():
            break
        missed = 0 if _try(store, mailer, sender(notice), notice, clock, done) else missed + 1
        if report:
            report(count, len(due))
        if missed == _MISSES:
            done.waiting += len(due) - count
            break
    return done


def _wake_stale(store: PolicyStore, clock: Callable[[], int]) -> None:
    for notice in store.notices(states=("sending",)):
        assert notice.attempted_us is not None
        if clock() - notice.attempted_us >= STALE_S * 1_000_000:
            told = (
                f"the attempt of {format_us(notice.attempted_us)} ended without an outcome; sent again under the same Message-ID"
            )
            woken = msgspec.structs.replace(notice, state="queued", answer=told, next_us=0)
            store.move_notice(notice, woken, _entry(notice, "queued", told, clock()))


def _try(store: PolicyStore, mailer: Mailer, sender: str, notice: PolicyNotice, clock: Callable[[], int], done: Sending) -> bool:
    """Whether the server could be used."""
    began = clock()
    trying = msgspec.structs.replace(notice, state="sending", attempts=notice.attempts + 1, attempted_us=began)
    if not store.move_notice(notice, trying):
        return True  # another process has it
    told = mailer.send(
        Letter(
            sender=sender,
            recipient=notice.recipient,
            subject=notice.subject,
            text=notice.text,
            message_id=notice.message_id,
            date_us=began,
        )
    )
    ended = clock()
    after = _after(trying, told, ended)
    store.move_notice(trying, after, _entry(notice, after.state, after.answer, ended))
    done.sent += after.state == "sent"
    done.waiting += after.state in ("queued", "sending")
    done.failed += after.state == "failed"
    if after.state != "sent":
        done.last_answer = after.answer
        notices.warning(
            "a notice of a policy was not sent",
            notice=notice.notice_id,
            customer=notice.customer,
            state=after.state,
            answer=told.answer,
        )
    return told.reached


def _after(trying: PolicyNotice, told: Told, now: int) -> PolicyNotice:
    if told.outcome == "sent":
        again = "" if trying.attempts == 1 or "without an outcome" not in trying.answer else f"; {trying.answer}"
        return msgspec.structs.replace(trying, state="sent", sent_us=now, answer=told.answer + again)
    if told.outcome == "never":
        return msgspec.structs.replace(trying, state="failed", answer=told.answer)
    if told.outcome == "unknown":
        return msgspec.structs.replace(trying, answer=told.answer)  # stays `sending`: it may have gone out
    if now - trying.queued_us >= GIVE_UP_S * 1_000_000:
        return msgspec.structs.replace(trying, state="failed", answer=f"given up after {trying.attempts} attempts: {told.answer}")
    wait_s = min(FIRST_WAIT_S * 4 ** (trying.attempts - 1), LONGEST_WAIT_S)
    return msgspec.structs.replace(trying, state="queued", answer=told.answer, next_us=now + wait_s * 1_000_000)


def _entry(notice: PolicyNotice, state: str, answer: str, at_us: int) -> HistoryEntry:
    return HistoryEntry(
        at_us=at_us,
        by=SENDER,
        action="notice",
        pack=notice.pack,
        version=notice.version,
        subject=notice.customer,
        before=notice.state,
        after=state,
        note=answer,
    )


class Postman:
    """Sends what is due while the service runs, on a thread of its own."""

    def __init__(self, store: PolicyStore, settings: MailSettings, sender: Callable[[PolicyNotice], str]) -> None:
        self._store = store
        self._settings = settings
        self._sender = sender
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
            mailer = self._settings.mailer()
            try:
                send_due(self._store, mailer, self._sender, stop=self._stopping.is_set)
            except FairwireError as error:
                notices.warning("notices of policies are not sent for now", reason=error.sentence())
            finally:
                mailer.close()
            self._stopping.wait(LOOK_EVERY_S)
