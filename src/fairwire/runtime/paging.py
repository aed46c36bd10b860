"""Calling a person at once: one sentence by mail, to those who are named for it. What cannot be sent stands in the log."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence

import structlog

from fairwire.ports.mail import Letter
from fairwire.runtime.mailing import MailSettings

notices = structlog.get_logger()


def pager(mail: MailSettings | None, to: Sequence[str], clock: Callable[[], int]) -> Callable[[str], None]:
    """What calls them. It does not wait for the mail server: whoever calls has orders to carry out.

    Parameters
    ----------
    mail
        The server that takes letters; None: the log is all there is.
    to
        Addresses of those who are called.
    """

    def call(text: str) -> None:
        if mail is None or not to:
            notices.error("nobody can be called; name `page_to` and `[smtp]` in the settings", about=text)
            return
        threading.Thread(target=_send, args=(mail, tuple(to), text, clock()), name="fairwire-page", daemon=True).start()

    return call


def _send(mail: MailSettings, to: Sequence[str], text: str, at_us: int) -> None:
    mailer = mail.mailer()
    try:
        for recipient in to:
            named = hashlib.sha256(f"{at_us}\n{recipient}\n{text}".encode()).hexdigest()[:24]
            letter = Letter(
                sender=mail.sender or recipient,
                recipient=recipient,
                subject="Fairwire needs a person: automatic action is paused",
                text=text + "\n",
                message_id=f"<page-{named}@fairwire>",
                date_us=at_us,
            )
            told = mailer.send(letter)
            if told.outcome != "sent":
                notices.error("a person could not be called", answer=told.answer)
    finally:
        mailer.close()
