"""Mail through an SMTP server (RFC 5321), encrypted when the server offers it.

A server that is given a password must offer TLS with a certificate that is its own, unless it is this machine. Without a
password the encryption is opportunistic (RFC 7435): better than none, and no reason to hold a notice back.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from fairwire.ports.mail import Letter, Told

TIMEOUT_S = 30.0
_IMPLICIT_TLS = 465
_LOCAL = ("127.0.0.1", "::1", "localhost")


@dataclass(slots=True, kw_only=True)
class SmtpMailer:
    """One server. Used from one thread at a time."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_S
    _connection: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> Told:
        """Hand a letter over; each step that fails says what is known then."""
        try:
            message = compose(letter)
        except (ValueError, UnicodeError) as error:
            return Told(outcome="never", answer=f"not a letter that can be sent: {error}")
        try:
            connection = self._connected()
            refused = self._addressed(connection, letter)
        except smtplib.SMTPResponseException as error:
            # Said to whoever connects, a wrong password included, and not about this letter.
            self._drop()
            return Told(outcome="later", answer=_answer(error.smtp_code, error.smtp_error), reached=False)
        except ssl.SSLError as error:
            self._drop()
            return Told(outcome="later", answer=f"TLS failed: {error.reason or error}", reached=False)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            answer = f"{self.host}:{self.port} cannot be used: {_plain(error)}"
            return Told(outcome="later", answer=answer, reached=False)
        if refused is not None:
            self._reset(connection)
            return refused
        try:
            code, said = connection.data(message)
        except smtplib.SMTPDataError as error:
            self._reset(connection)
            return _refused(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Told(outcome="unknown", answer=f"the connection broke after the letter was handed over: {_plain(error)}")
        if code != 250:
            self._reset(connection)
            return _refused(code, said)
        return Told(outcome="sent", answer=_answer(code, said))

    def close(self) -> None:
        """Say goodbye."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()

    def _connected(self) -> smtplib.SMTP:
        if self._connection is not None:
            return self._connection
        context = ssl.create_default_context()
        if not self.password or self.host in _LOCAL:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.port == _IMPLICIT_TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        self._connection = connection
        connection.ehlo_or_helo_if_needed()
        if self.port != _IMPLICIT_TLS and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
        elif self.password and self.port != _IMPLICIT_TLS and self.host not in _LOCAL:
            raise smtplib.SMTPNotSupportedError("the server offers no TLS, so the password was not sent")
        if self.password:
            connection.login(self.username, self.password)
        return connection

    def _addressed(self, connection: smtplib.SMTP, letter: Letter) -> Told | None:
        """Sender and recipient; what the server has against them."""
        for verb, address in ((connection.mail, letter.sender), (connection.rcpt, letter.recipient)):
            code, said = verb(address)
            if code not in (250, 251):
                return _refused(code, said)
        return None

    def _reset(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def compose(letter: Letter) -> bytes:
    """The letter as it goes over the wire. The library refuses a line end inside a header."""
    message = EmailMessage(policy=SMTP)
    message["From"] = letter.sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = formatdate(letter.date_us / 1e6)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message.as_bytes()


def _refused(code: int, said: bytes | str) -> Told:
    return Told(outcome="never" if 500 <= code <= 599 else "later", answer=_answer(code, said))


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(f"{code} {text}".split())[:500]


def _plain(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).lower()[:300]


MAILER = SmtpMailer
