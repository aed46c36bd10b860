"""Handing a letter to a mail server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Outcome = Literal["sent", "later", "never", "unknown"]
"""`later`: refused for now, or no server was reached. `never`: refused for good. `unknown`: the connection broke after the
letter was handed over, so it may have gone out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """To one recipient: a text, and the same as a page where there is one."""

    sender: str
    recipient: str
    subject: str
    text: str
    message_id: str
    """With its angle brackets; the same for every attempt."""
    date_us: int
    html: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of it."""

    outcome: Outcome
    answer: str
    """The server's words, or why there are none."""
    reached: bool = True
    """Whether the server got as far as looking at the letter; else the next one fares no better."""


class Mailer(Protocol):
    """A connection that is opened when it is needed, and kept for the next letter."""

    def send(self, letter: Letter) -> Told:
        """Never raises for what a server or the network does."""

    def close(self) -> None:
        """End the connection."""
