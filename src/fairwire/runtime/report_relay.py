"""Reports of abuse that come as events, on their way to the desk: none is acknowledged before it has a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fairwire.ports.control import StoreError
from fairwire.ports.events import Rejected

MARK = b'"report.received"'
"""Stands in every event that is a report of abuse."""
Taker = Callable[[Sequence[bytes]], None]


class ReportRelay:
    """Keeps them until they are handed over. Noted on one thread, handed over on another."""

    def __init__(self) -> None:
        self._taker: Taker | None = None
        self.waiting: list[bytes] = []

    def to(self, taker: Taker) -> None:
        """From now on, they go there; before, nowhere."""
        self._taker = taker

    def note(self, lines: Sequence[bytes], rejected: Sequence[Rejected]) -> None:
        """Look for them in a batch; `rejected` counts its lines from 1.

        Those that were known already are handed over too: whoever sends one again has had no answer, so it may have no case.
        """
        if self._taker is None or not any(MARK in line for line in lines):
            return
        refused = {entry.line for entry in rejected}
        self.waiting += [line for number, line in enumerate(lines, 1) if MARK in line and number not in refused]

    def hand_over(self) -> None:
        """Have all of them on record.

        Raises
        ------
        StoreError
            They cannot be; they wait for the next time.
        """
        lines, self.waiting = self.waiting, []
        if not lines or self._taker is None:
            return
        try:
            self._taker(lines)
        except StoreError:
            self.waiting = lines + self.waiting
            raise
