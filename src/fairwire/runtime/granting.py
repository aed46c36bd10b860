"""Grants of a control store as a running service asks them: read when they have changed, and ended when they are over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from fairwire.model.grants import Covered
from fairwire.model.records import RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.grant_acts import GrantActs
from fairwire.runtime.grant_book import GrantBook, read_book
from fairwire.runtime.registers import COVERED, GRANTS

SELF = "fairwire"


class Granting:
    """`look` and `write` may run on other threads than the one that takes `news`."""

    def __init__(self, acts: GrantActs, clock: Callable[[], int]) -> None:
        self._records: RecordStore = acts.records
        self._acts = acts
        self._clock = clock
        self._mark = -1
        self._reading = threading.Lock()
        self.news: GrantBook | None = None
        """A book that nobody has taken yet. Whoever takes it sets this to None."""

    def read(self) -> GrantBook:
        """The grants on record now."""
        with self._reading:
            self._mark = self._records.mark(GRANTS.kind)
            return read_book(self._records)

    def look(self) -> None:
        """End what is over by its date, and read the grants if one has changed.

        Raises
        ------
        StoreError
            The store cannot be read; what was read before stays.
        """
        self._acts.run_out(self._clock())
        with self._reading:
            mark = self._records.mark(GRANTS.kind)
            if mark != self._mark:
                self.news = read_book(self._records)
                self._mark = mark

    def write(self, covered: Sequence[Covered]) -> None:
        """Put on record what was seen and is covered, or that more of it was seen."""
        if covered:
            self._records.act(lambda inside: put_covered(inside, covered, self._clock()))


def put_covered(store: RecordStore, covered: Sequence[Covered], at_us: int) -> list[RecordChange]:
    """The changes that put lines of the ledger on record. A line that knows of more hits stays as it is."""
    changes: list[RecordChange] = []
    for line in covered:
        kept = COVERED.get(store, line.finding.finding_id)
        if kept is not None and kept.noun.hits >= line.hits:
            continue
        action = "cover" if kept is None else "count"
        changes.append(
            COVERED.change(kept, line, at_us=at_us, by=SELF, action=action, why=f"seen, covered by {', '.join(line.grants)}")
        )
    return changes
