"""A register: the records of one kind, as the nouns that they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from fairwire.model.records import Record, RecordChange
from fairwire.ports.records import RecordStore

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a noun is found again by."""

    id: str
    customer: str = ""
    subject: str = ""
    state: str = ""
    due_us: int | None = None


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A noun as it is on record."""

    noun: T
    version: int


class Register(Generic[T]):
    """Reads nouns of one kind, and says what is to be written of them.

    Parameters
    ----------
    kind
        The records' kind.
    type_
        The noun.
    entry
        What it is found again by.
    """

    def __init__(self, kind: str, type_: type[T], entry: Callable[[T], Entry]) -> None:
        self.kind = kind
        self._entry = entry
        self._decoder = msgspec.json.Decoder(type_)

    def get(self, store: RecordStore, id_: str) -> Kept[T] | None:
        """One by its whole id."""
        record = store.get(self.kind, id_)
        return None if record is None else self.read(record)

    def find(
        self,
        store: RecordStore,
        *,
        customer: str | None = None,
        subject: str | None = None,
        states: Sequence[str] | None = None,
        due_us: int | None = None,
        after: str = "",
        limit: int | None = None,
    ) -> list[Kept[T]]:
        """By id, as `RecordStore.find`."""
        found = store.find(self.kind, customer=customer, subject=subject, states=states, due_us=due_us, after=after, limit=limit)
        return [self.read(record) for record in found]

    def read(self, record: Record) -> Kept[T]:
        """The noun of a record."""
        return Kept(self._decoder.decode(record.body), record.version)

    def change(self, before: Kept[T] | None, after: T, *, at_us: int, by: str, action: str, why: str = "") -> RecordChange:
        """One step of a noun; `before` None: it is new. Pass it to `RecordStore.write`."""
        entry = self._entry(after)
        record = Record(
            kind=self.kind,
            id=entry.id,
            customer=entry.customer,
            subject=entry.subject,
            state=entry.state,
            due_us=entry.due_us,
            version=0 if before is None else before.version,
            body=msgspec.json.encode(after).decode(),
        )
        return RecordChange(record=record, at_us=at_us, by=by, action=action, why=why)
