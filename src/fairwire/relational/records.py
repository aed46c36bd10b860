"""Records of the desk in the control store. A change and its entry in the audit trail are one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Integer, Select, bindparam, func, insert, literal, select, tuple_, union

from fairwire.model.records import NO_HASH, Audited, AuditEntry, Record, RecordChange, entry_hash
from fairwire.ports.records import Conflict
from fairwire.relational.database import Database
from fairwire.relational.schema import AUDIT, RECORD
from fairwire.relational.writing import put

_PAGE = 1000
"""Entries of the audit trail that are read at once."""
# Statements are made once: for SQLAlchemy that is more work than a row is for the database.
_ONE = select(RECORD).where(RECORD.c.kind == bindparam("kind"), RECORD.c.id == bindparam("id"))
_LAST = select(func.coalesce(func.max(AUDIT.c.seq), 0))
_NEWEST = select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1)
_AUDITED = insert(AUDIT)
_PRESENT = select(RECORD.c.kind, RECORD.c.id, RECORD.c.version, RECORD.c.body).where(
    tuple_(RECORD.c.kind, RECORD.c.id).in_(bindparam("keys", expanding=True))
)
_LAST_OF = _LAST.where(AUDIT.c.kind == bindparam("kind"))


class StoredRecords:
    """Reads and writes through the connections of the store it belongs to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, kind: str, id_: str) -> Record | None:
        """One record by its whole id."""
        rows = self._rows(_ONE, {"kind": kind, "id": id_})
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
        given = {
            "customer": customer,
            "subject": subject,
            "states": states,
            "due_us": due_us,
            "after": after or None,
            "limit": limit,
        }
        values = {name: value for name, value in given.items() if value is not None}
        return [_record(row) for row in self._rows(_finding(frozenset(values)), {"kind": kind, **values})]

    def write(self, changes: Sequence[RecordChange]) -> Sequence[Record]:
        """Write all of them, or nothing."""
        if not changes:
            return []
        with self._database.translated(), self._database.writing() as connection:
            return write_changes(connection, changes)

    def act(self, decide: Callable[[StoredRecords], Sequence[RecordChange]]) -> Sequence[Record]:
        """Read, decide, write, in one transaction that holds the write lock from its beginning."""
        with self._database.translated(), self._database.writing() as connection:
            return write_changes(connection, decide(_Within(self._database, connection)))

    def mark(self, kind: str | None = None) -> int:
        """The number of the latest entry of the audit trail."""
        rows = self._rows(_LAST) if kind is None else self._rows(_LAST_OF, {"kind": kind})
        return int(rows[0][0])

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
        """In order, some at a time: a trail of years is never in memory as a whole."""
        query = select(AUDIT)
        conditions = {AUDIT.c.kind: kind, AUDIT.c.id: id_, AUDIT.c.customer: customer, AUDIT.c.by: by}
        query = query.where(*(column == value for column, value in conditions.items() if value is not None))
        if since_us is not None:
            query = query.where(AUDIT.c.at_us >= since_us)
        left = limit
        if newest and limit is not None:
            latest = query.with_only_columns(AUDIT.c.seq).where(AUDIT.c.seq > after).order_by(AUDIT.c.seq.desc()).limit(limit)
            first = self._rows(select(func.min(latest.subquery().c.seq)))[0][0]
            after = after if first is None else int(first) - 1
        query = query.order_by(AUDIT.c.seq)
        while left is None or left > 0:
            page = self._rows(query.where(AUDIT.c.seq > after).limit(_PAGE if left is None else min(left, _PAGE)))
            for row in page:
                yield AuditEntry(**row._mapping)
            if len(page) < _PAGE:
                return
            after, left = page[-1].seq, None if left is None else left - len(page)

    def audited(self) -> Iterator[Audited]:
        """Some at a time, each lot by one statement, so that a record and its entries are of one moment."""
        kind, id_ = "", ""
        while True:
            page = self._rows(_audited(kind, id_))
            for row in page:
                yield _beside(row)
            if len(page) < _PAGE:
                return
            kind, id_ = page[-1].key_kind, page[-1].key_id

    def _rows(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        return self._database.rows(query, values)


class _Within(StoredRecords):
    """The same, read inside a transaction that is open."""

    def __init__(self, database: Database, connection: Connection) -> None:
        super().__init__(database)
        self._connection = connection

    def _rows(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        return self._connection.execute(query, values).all()


@lru_cache(maxsize=64)
def _finding(by: frozenset[str]) -> Select[Any]:
    """The statement of `find`, by the names of what is asked for: made once, for it takes longer to make than to run."""
    query = select(RECORD).where(RECORD.c.kind == bindparam("kind")).order_by(RECORD.c.id)
    conditions = {
        "customer": RECORD.c.customer == bindparam("customer"),
        "subject": RECORD.c.subject == bindparam("subject"),
        "states": RECORD.c.state.in_(bindparam("states", expanding=True)),
        "due_us": RECORD.c.due_us <= bindparam("due_us"),
        "after": RECORD.c.id > bindparam("after"),
    }
    query = query.where(*(condition for name, condition in conditions.items() if name in by))
    return query.limit(bindparam("limit", type_=Integer)) if "limit" in by else query


def _record(row: Any) -> Record:
    return Record(**row._mapping)


def _audited(kind: str, id_: str) -> Select[Any]:
    """The next page behind a key: the keys that either table has, then the rows that belong to them."""
    arms = []
    for table in (RECORD, AUDIT):
        key = (table.c.kind, table.c.id)
        arms.append(
            select(*key)
            .where(tuple_(*key) > tuple_(literal(kind), literal(id_)))
            .distinct()
            .order_by(*key)
            .limit(_PAGE)
            .subquery()
        )
    both = union(*(select(arm) for arm in arms)).subquery()
    keys = select(both).order_by(both.c.kind, both.c.id).limit(_PAGE).subquery()
    of_key = (AUDIT.c.kind == keys.c.kind) & (AUDIT.c.id == keys.c.id)
    last = select(func.max(AUDIT.c.seq)).where(of_key).correlate(keys).scalar_subquery()
    count = select(func.count()).select_from(AUDIT).where(of_key).correlate(keys).scalar_subquery()
    entry = AUDIT.alias("entry")
    return (
        select(
            keys.c.kind.label("key_kind"),
            keys.c.id.label("key_id"),
            count.label("entries"),
            *(column.label(f"record_{column.name}") for column in RECORD.columns),
            *(column.label(f"entry_{column.name}") for column in entry.columns),
        )
        .select_from(
            keys.outerjoin(RECORD, (RECORD.c.kind == keys.c.kind) & (RECORD.c.id == keys.c.id)).outerjoin(
                entry, entry.c.seq == last
            )
        )
        .order_by(keys.c.kind, keys.c.id)
    )


def _beside(row: Any) -> Audited:
    found = row._mapping
    record = {column.name: found[f"record_{column.name}"] for column in RECORD.columns}
    entry = {column.name: found[f"entry_{column.name}"] for column in AUDIT.columns}
    return Audited(
        kind=row.key_kind,
        id=row.key_id,
        record=None if record["kind"] is None else Record(**record),
        last=None if entry["seq"] is None else AuditEntry(**entry),
        entries=row.entries,
    )


def write_changes(connection: Connection, changes: Sequence[RecordChange]) -> list[Record]:
    """Write records, and the entry of each change, on a connection that nobody else writes beside."""
    last = connection.execute(_NEWEST).first()
    seq, prev = (0, NO_HASH) if last is None else (int(last.seq), str(last.hash))
    there = _present(connection, list({(change.record.kind, change.record.id) for change in changes}))
    written: list[Record] = []
    entries: list[dict[str, Any]] = []
    for change in changes:
        old = change.record
        version, before = there.get((old.kind, old.id), (0, None))
        if version != old.version:
            happened = "was changed by somebody else meanwhile" if old.version else "is on record already"
            raise Conflict(f"the {old.kind} `{old.id}` {happened}", help_="nothing was changed; look at it again")
        new = msgspec.structs.replace(old, version=version + 1)
        there[(new.kind, new.id)] = (new.version, new.body)
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
            subject=new.subject,
            state=new.state,
            due_us=new.due_us,
            version=new.version,
        )
        prev = entry_hash(entry)
        entries.append(msgspec.structs.asdict(entry) | {"hash": prev})
        written.append(new)
    put(connection, RECORD, [msgspec.structs.asdict(record) for record in written])
    if entries:
        connection.execute(_AUDITED, entries)
    return written


def _present(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, str | None]]:
    """Version and body of those records that are there."""
    found: dict[tuple[str, str], tuple[int, str | None]] = {}
    for first in range(0, len(keys), _PAGE):
        for row in connection.execute(_PRESENT, {"keys": keys[first : first + _PAGE]}):
            found[(row.kind, row.id)] = (int(row.version), str(row.body))
    return found
