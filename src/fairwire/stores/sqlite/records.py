"""Records of the desk in the control store's file. A change and its entry in the audit trail are one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from fairwire.model.records import NO_HASH, AuditEntry, Record, RecordChange, entry_hash
from fairwire.ports.records import Conflict
from fairwire.stores.sqlite.errors import translated
from fairwire.stores.sqlite.schema import AUDIT, RECORD

_PAGE = 1000
"""Entries of the audit trail that are read at once."""

Rows = Callable[[Select[Any]], Sequence[Any]]


class SqliteRecords:
    """Reads and writes through the connections of the store it belongs to."""

    def __init__(self, path: Path, engine: Engine, writing: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._path = path
        self._engine = engine
        self._writing = writing

    def get(self, kind: str, id_: str) -> Record | None:
        """One record by its whole id."""
        rows = self._rows(select(RECORD).where(RECORD.c.kind == kind, RECORD.c.id == id_))
        return _record(rows[0]) if rows else None

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
        """By id."""
        query = select(RECORD).where(RECORD.c.kind == kind).order_by(RECORD.c.id)
        if customer is not None:
            query = query.where(RECORD.c.customer == customer)
        if subject is not None:
            query = query.where(RECORD.c.subject == subject)
        if states is not None:
            query = query.where(RECORD.c.state.in_(states))
        if due_us is not None:
            query = query.where(RECORD.c.due_us <= due_us)
        if after:
            query = query.where(RECORD.c.id > after)
        if limit is not None:
            query = query.limit(limit)
        return [_record(row) for row in self._rows(query)]

    def write(self, changes: Sequence[RecordChange]) -> Sequence[Record]:
        """Write all of them, or nothing."""
        if not changes:
            return []
        with translated(self._path), self._writing() as connection:
            return _write(connection, changes)

    def act(self, decide: Callable[[SqliteRecords], Sequence[RecordChange]]) -> Sequence[Record]:
        """Read, decide, write, in one transaction that holds the write lock from its beginning."""
        with translated(self._path), self._writing() as connection:
            return _write(connection, decide(_Within(self._path, self._engine, self._writing, connection)))

    def mark(self, kind: str | None = None) -> int:
        """The number of the latest entry of the audit trail."""
        query = select(func.coalesce(func.max(AUDIT.c.seq), 0))
        return int(self._rows(query if kind is None else query.where(AUDIT.c.kind == kind))[0][0])

    def trail(
        self, *, after: int = 0, kind: str | None = None, id_: str | None = None, limit: int | None = None
    ) -> Iterator[AuditEntry]:
        """In order, some at a time: a trail of years is never in memory as a whole."""
        query = select(AUDIT).order_by(AUDIT.c.seq)
        if kind is not None:
            query = query.where(AUDIT.c.kind == kind)
        if id_ is not None:
            query = query.where(AUDIT.c.id == id_)
        left = limit
        while left is None or left > 0:
            page = self._rows(query.where(AUDIT.c.seq > after).limit(_PAGE if left is None else min(left, _PAGE)))
            for row in page:
                yield AuditEntry(**row._mapping)
            if len(page) < _PAGE:
                return
            after, left = page[-1].seq, None if left is None else left - len(page)

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with translated(self._path), self._engine.connect() as connection, connection.begin():
            return connection.execute(query).all()


class _Within(SqliteRecords):
    """The same, read inside a transaction that is open."""

    def __init__(
        self,
        path: Path,
        engine: Engine,
        writing: Callable[[], AbstractContextManager[Connection]],
        connection: Connection,
    ) -> None:
        super().__init__(path, engine, writing)
        self._connection = connection

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        return self._connection.execute(query).all()


def _record(row: Any) -> Record:
    return Record(**row._mapping)


def _write(connection: Connection, changes: Sequence[RecordChange]) -> list[Record]:
    last = connection.execute(select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1)).first()
    seq, prev = (0, NO_HASH) if last is None else (int(last.seq), str(last.hash))
    written: list[Record] = []
    for change in changes:
        old, new = change.record, msgspec.structs.replace(change.record, version=change.record.version + 1)
        before = _put(connection, old, new)
        seq += 1
        entry = AuditEntry(
            seq=seq,
            at_us=change.at_us,
            by=change.by,
            action=change.action,
            kind=new.kind,
            id=new.id,
            customer=new.customer,
            why=change.why,
            before=before,
            after=new.body,
            prev=prev,
            hash="",
        )
        prev = entry_hash(entry)
        connection.execute(insert(AUDIT).values(msgspec.structs.asdict(entry) | {"hash": prev}))
        written.append(new)
    return written


def _put(connection: Connection, old: Record, new: Record) -> str | None:
    """Replace a record that still has the version it had; its body before, None where it is new."""
    key = (RECORD.c.kind == old.kind) & (RECORD.c.id == old.id)
    row = connection.execute(select(RECORD.c.version, RECORD.c.body).where(key)).first()
    if (0 if row is None else row.version) != old.version:
        happened = "was changed by somebody else meanwhile" if old.version else "is on record already"
        raise Conflict(f"the {old.kind} `{old.id}` {happened}", help_="nothing was changed; look at it again")
    values = msgspec.structs.asdict(new)
    if row is None:
        try:
            connection.execute(insert(RECORD).values(values))
        except IntegrityError:  # another writer, on a database where writers do not wait for each other
            raise Conflict(f"the {old.kind} `{old.id}` is on record already", help_="nothing was changed") from None
        return None
    connection.execute(update(RECORD).where(key).values(values))
    return str(row.body)
