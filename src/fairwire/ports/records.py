"""Where the records of the desk are kept, with an audit trail that grows with every change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from fairwire.model.errors import FairwireError
from fairwire.model.records import Audited, AuditEntry, Record, RecordChange


class Conflict(FairwireError):
    """Somebody else has changed a record meanwhile, or has made one of the same id. Nothing of the write was kept."""

    code = "FW-REC-409"


class RecordStore(Protocol):
    """All changes of one `write` are one transaction, and so are their entries in the audit trail. Nothing here deletes."""

    def get(self, kind: str, id_: str) -> Record | None:
        """One record by its whole id."""

    def find(
        self,
        kind: str,
        *,
        customer: str | None = None,
        subject: str | None = None,
        states: Sequence[str] | None = None,
        due_us: int | None = None,
        after: str = "",
        limit: int | None = None,
    ) -> Sequence[Record]:
        """By id. `due_us`: only those that are due by then. `after`: only ids behind this one, for the next page."""

    def write(self, changes: Sequence[RecordChange]) -> Sequence[Record]:
        """Write all of them, or nothing; the records as they are now, with their new versions.

        Raises
        ------
        Conflict
            A record has another version than its change says.
        """

    def act(self, decide: Callable[[RecordStore], Sequence[RecordChange]]) -> Sequence[Record]:
        """Read and write in one transaction that nobody else writes in: `decide` may ask this store, and says what is written.

        What `decide` raises is raised, and nothing is written.
        """

    def mark(self, kind: str | None = None) -> int:
        """Grows with every write of that kind, or of any; equal numbers mean that nothing changed. 0: none ever was."""

    def trail(
        self,
        *,
        after: int = 0,
        kind: str | None = None,
        id_: str | None = None,
        customer: str | None = None,
        by: str | None = None,
        since_us: int | None = None,
        limit: int | None = None,
        newest: bool = False,
    ) -> Iterator[AuditEntry]:
        """The audit trail in order, from behind entry `after` on; those entries that all that is given holds for. `limit`: the
        first so many, or with `newest` the last so many. Read some at a time."""

    def audited(self) -> Iterator[Audited]:
        """Every record that is there or that the trail names, by kind and id, beside what the trail says of it last. Read some at
        a time; what is written meanwhile may be in it or not."""
