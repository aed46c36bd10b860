"""The mail server that letters leave by, and the notices of policies on their way to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fairwire.model.errors import BadUse
from fairwire.model.versions import HistoryEntry, PolicyNotice
from fairwire.ports.mail import Letter, Mailer
from fairwire.ports.policies import PolicyStore
from fairwire.runtime.posting import TWICE, Carrier, Sending, send_waiting
from fairwire.runtime.replay import now_us

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


@dataclass(frozen=True, slots=True)
class PolicyOutbox:
    """The notices of policies: of all, of one, or of one version."""

    store: PolicyStore
    sender: Callable[[PolicyNotice], str]
    """From whom a notice comes."""
    pack: str | None = None
    version: str | None = None

    def queued(self, due_us: int | None) -> Sequence[PolicyNotice]:
        """Those that wait."""
        return self.store.notices(pack=self.pack, version=self.version, states=("queued",), due_us=due_us)

    def sending(self) -> Sequence[PolicyNotice]:
        """Those of which nobody knows what came of them."""
        return self.store.notices(states=("sending",))

    def ready(self, letter: PolicyNotice, at_us: int) -> PolicyNotice:
        """As it is: it was written when its version was published."""
        return letter

    def letter(self, letter: PolicyNotice, at_us: int) -> Letter:
        """For the mail server."""
        return Letter(
            sender=self.sender(letter),
            recipient=letter.recipient,
            subject=letter.subject,
            text=letter.text,
            message_id=letter.message_id,
            date_us=at_us,
        )

    def move(self, before: PolicyNotice, after: PolicyNotice, at_us: int, *, told: str | None) -> bool:
        """Replace one, if it still is `before`."""
        if told is None:
            return self.store.move_notice(before, after)
        # An attempt begins with a notice that is queued, and takes it out of `sending` again; only a crash leaves one there.
        was = "sending" if after.state == "queued" and told.endswith(TWICE) else "queued"
        return self.store.move_notice(before, after, _entry(before, was, after.state, told, at_us))


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
    """Try every notice of a policy that is due, each once; see `send_waiting`.

    Parameters
    ----------
    sender
        From whom a notice comes.
    now
        Try what is waiting for its next attempt, too.
    """
    outbox = PolicyOutbox(store, sender, pack, version)
    return send_waiting(outbox, mailer, clock=clock, now=now, stop=stop, report=report)


def _entry(notice: PolicyNotice, was: str, state: str, answer: str, at_us: int) -> HistoryEntry:
    return HistoryEntry(
        at_us=at_us,
        by=SENDER,
        action="notice",
        pack=notice.pack,
        version=notice.version,
        subject=notice.customer,
        before=was,
        after=state,
        note=answer,
    )


class Postman(Carrier):
    """Sends the notices of policies that are due while the service runs, and whatever else `also` sends."""

    def __init__(
        self,
        store: PolicyStore,
        settings: MailSettings,
        sender: Callable[[PolicyNotice], str],
        also: Sequence[Callable[[Mailer, Callable[[], bool]], object]] = (),
    ) -> None:
        def policies(mailer: Mailer, stop: Callable[[], bool]) -> Sending:
            return send_due(store, mailer, sender, stop=stop)

        super().__init__(settings.mailer, (policies, *also))
