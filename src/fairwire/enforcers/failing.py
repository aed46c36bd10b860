"""A call that did not come to its end, as an exception inside an adapter: the door turns it into what is told."""

from __future__ import annotations

from fairwire.ports.enforcers import Outcome, Told

LONGEST_ANSWER = 300


class Failed(Exception):
    """What stands in the way. Never leaves an adapter."""

    def __init__(self, outcome: Outcome, answer: str) -> None:
        super().__init__(answer)
        self.outcome: Outcome = outcome
        self.answer = answer

    def told(self) -> Told:
        """The same, as it is told."""
        return Told(outcome=self.outcome, answer=one_line(self.answer))


def one_line(text: str) -> str:
    """What somebody else has said, so that it can stand in a log: no line ends, no control characters, not for ever."""
    plain = "".join(char if char.isprintable() else " " for char in text[: 4 * LONGEST_ANSWER])
    return " ".join(plain.split())[:LONGEST_ANSWER]


def by_status(status: int) -> Outcome:
    """What an HTTP status says of a request that was not done: 2xx is not asked about."""
    if status in (408, 409, 412, 421, 423, 425, 429, 500, 503, 507):
        return "later"
    if status in (502, 504):
        # Somebody in between has heard nothing from behind in time.
        return "unknown"
    return "never"
