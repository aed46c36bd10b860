"""Policy versions in the control store. One act is one transaction that holds the write lock from its first read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Select, func, select, update
from sqlalchemy.exc import IntegrityError

from fairwire.model.records import policy_act
from fairwire.model.versions import (
    Change,
    ChangeOver,
    CustomerAcceptance,
    Dossier,
    HistoryEntry,
    NoticeState,
    PolicyNotice,
    PolicyVersion,
    Publication,
    Review,
)
from fairwire.relational.database import Database
from fairwire.relational.errors import ClashingVersions
from fairwire.relational.records import write_changes
from fairwire.relational.schema import (
    POLICY_ACCEPTANCE,
    POLICY_CHANGEOVER,
    POLICY_HISTORY,
    POLICY_NOTICE,
    POLICY_PUBLICATION,
    POLICY_REVIEW,
    POLICY_TEXT,
    POLICY_VERSION,
)
from fairwire.relational.writing import as_json, put

T = TypeVar("T")

_PAGE = 1000
"""Acts that are read at once."""

_BESIDE = ("accept", "notice")
"""Acts after which everybody is judged by the same version as before."""


class StoredPolicies:
    """Reads and writes through the connections of the store it belongs to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = database.rows

    def packs(self) -> Sequence[str]:
        """Ids, sorted."""
        return [row.pack for row in self._rows(select(POLICY_VERSION.c.pack).distinct().order_by(POLICY_VERSION.c.pack))]

    def file(self, pack: str) -> Dossier:
        """All of one pack."""
        return _file(pack, self._rows)

    def texts(self, content: str) -> dict[str, str] | None:
        """The files of one text."""
        rows = self._rows(select(POLICY_TEXT.c.files).where(POLICY_TEXT.c.content == content))
        return msgspec.json.decode(rows[0].files, type=dict[str, str]) if rows else None

    def act(self, pack: str, decide: Callable[[Dossier], Change]) -> Change:
        """Read, decide, write."""
        with self._database.translated(), self._database.writing() as connection:
            change = decide(_file(pack, lambda query: connection.execute(query).all()))
            try:
                _write(connection, pack, change)
            except IntegrityError as error:
                raise ClashingVersions(
                    "two versions of one policy would begin at one instant", at=self._database.place, help_="nothing was changed"
                ) from error
        return change

    def notices(
        self,
        *,
        pack: str | None = None,
        version: str | None = None,
        states: Sequence[NoticeState] | None = None,
        due_us: int | None = None,
        limit: int | None = None,
    ) -> Sequence[PolicyNotice]:
        """By publication, then customer."""
        columns = POLICY_NOTICE.c
        query = select(columns.body).order_by(columns.queued_us, columns.publication_id, columns.customer, columns.notice_id)
        if pack is not None:
            query = query.where(columns.pack == pack)
        if version is not None:
            query = query.where(columns.version == version)
        if states is not None:
            query = query.where(columns.state.in_(states))
        if due_us is not None:
            query = query.where(columns.next_us <= due_us)
        return _read(self._rows(query.limit(limit)), PolicyNotice)

    def move_notice(self, before: PolicyNotice, after: PolicyNotice, history: HistoryEntry | None = None) -> bool:
        """Compare and set."""
        columns = POLICY_NOTICE.c
        mine = (columns.notice_id == before.notice_id) & (columns.body == as_json(before))
        with self._database.translated(), self._database.writing() as connection:
            moved = connection.execute(update(POLICY_NOTICE).where(mine).values(**_notice_row(after))).rowcount == 1
            if moved and history is not None:
                _remember(connection, (history,))
        return moved

    def acceptances(self, pack: str, *, version: str | None = None, customer: str | None = None) -> Sequence[CustomerAcceptance]:
        """Oldest first."""
        columns = POLICY_ACCEPTANCE.c
        query = select(columns.body).where(columns.pack == pack).order_by(columns.at_us, columns.customer, columns.version)
        if version is not None:
            query = query.where(columns.version == version)
        if customer is not None:
            query = query.where(columns.customer == customer)
        return _read(self._rows(query), CustomerAcceptance)

    def accept(self, records: Sequence[tuple[CustomerAcceptance, HistoryEntry]]) -> int:
        """The first stands, unless a word replaces use."""
        columns = POLICY_ACCEPTANCE.c
        new = 0
        with self._database.translated(), self._database.writing() as connection:
            for record, entry in records:
                key = (columns.customer == record.customer) & (columns.pack == record.pack) & (columns.version == record.version)
                there = connection.execute(select(columns.how).where(key)).scalar()
                if there is not None and (there == "explicit" or record.how == "use"):
                    continue
                row = {name: getattr(record, name) for name in ("customer", "pack", "version", "how", "at_us")}
                put(connection, POLICY_ACCEPTANCE, [row | {"body": as_json(record)}])
                _remember(connection, (msgspec.structs.replace(entry, before=there or ""),))
                new += 1
        return new

    def history(self, pack: str | None = None, *, limit: int | None = None, notices: bool = True) -> Sequence[HistoryEntry]:
        """In order."""
        query = select(POLICY_HISTORY.c.body).order_by(POLICY_HISTORY.c.seq.desc()).limit(limit)
        if pack is not None:
            query = query.where(POLICY_HISTORY.c.pack == pack)
        if not notices:
            query = query.where(POLICY_HISTORY.c.action != "notice")
        return _read(list(reversed(self._rows(query))), HistoryEntry)

    def acts(self) -> Iterator[HistoryEntry]:
        """In order, some at a time."""
        after = 0
        while True:
            query = select(POLICY_HISTORY.c.seq, POLICY_HISTORY.c.body).where(POLICY_HISTORY.c.seq > after)
            page = self._rows(query.order_by(POLICY_HISTORY.c.seq).limit(_PAGE))
            yield from _read(page, HistoryEntry)
            if len(page) < _PAGE:
                return
            after = page[-1].seq

    def mark(self) -> int:
        """The number of the last act that may have changed who is judged by what."""
        columns = POLICY_HISTORY.c
        query = select(func.coalesce(func.max(columns.seq), 0)).where(columns.action.not_in(_BESIDE))
        return int(self._rows(query)[0][0])


def _read(rows: Sequence[Any], kind: type[T]) -> list[T]:
    decoder = msgspec.json.Decoder(kind)
    return [decoder.decode(row.body) for row in rows]


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _file(pack: str, rows: Callable[[Select[Any]], Sequence[Any]]) -> Dossier:
    versions = _read(rows(select(POLICY_VERSION.c.body).where(POLICY_VERSION.c.pack == pack)), PolicyVersion)
    if not versions:
        return Dossier(pack=pack)
    reviews = select(POLICY_REVIEW.c.body).where(POLICY_REVIEW.c.pack == pack).order_by(POLICY_REVIEW.c.at_us)
    publications = select(POLICY_PUBLICATION.c.body).where(POLICY_PUBLICATION.c.pack == pack).order_by(POLICY_PUBLICATION.c.at_us)
    changeovers = select(POLICY_CHANGEOVER.c.body).where(POLICY_CHANGEOVER.c.pack == pack).order_by(POLICY_CHANGEOVER.c.at_us)
    return Dossier(
        pack=pack,
        versions=tuple(sorted(versions, key=lambda each: _number(each.version))),
        reviews=tuple(_read(rows(reviews), Review)),
        publications=tuple(_read(rows(publications), Publication)),
        changeovers=tuple(_read(rows(changeovers), ChangeOver)),
    )


def _write(connection: Connection, pack: str, change: Change) -> None:
    for content, files in change.texts.items():
        there = connection.execute(select(POLICY_TEXT.c.content).where(POLICY_TEXT.c.content == content)).first()
        if there is None:
            put(connection, POLICY_TEXT, [{"content": content, "pack": pack, "files": as_json(files)}])
    put(connection, POLICY_VERSION, [_version_row(each) for each in change.versions])
    put(
        connection,
        POLICY_REVIEW,
        [
            {"pack": each.pack, "version": each.version, "at_us": each.at_us, "reviewer": each.reviewer, "body": as_json(each)}
            for each in change.reviews
        ],
    )
    put(
        connection,
        POLICY_PUBLICATION,
        [
            {
                "publication_id": each.publication_id,
                "pack": each.pack,
                "version": each.version,
                "at_us": each.at_us,
                "body": as_json(each),
            }
            for each in change.publications
        ],
    )
    put(connection, POLICY_NOTICE, [_notice_row(each) for each in change.notices])
    if change.cancel_notices_of:
        _cancel(connection, change.cancel_notices_of)
    put(
        connection,
        POLICY_CHANGEOVER,
        [
            {"customer": each.customer, "pack": each.pack, "version": each.version, "at_us": each.at_us, "body": as_json(each)}
            for each in change.changeovers
        ],
    )
    _remember(connection, change.history)


def _cancel(connection: Connection, publication_id: str) -> None:
    """What is waiting to be sent is not to be sent any more."""
    columns = POLICY_NOTICE.c
    waiting = (columns.publication_id == publication_id) & columns.state.in_(("queued", "unreachable"))
    for notice in _read(connection.execute(select(columns.body).where(waiting)).all(), PolicyNotice):
        put(connection, POLICY_NOTICE, [_notice_row(msgspec.structs.replace(notice, state="cancelled"))])


def _remember(connection: Connection, entries: Sequence[HistoryEntry]) -> None:
    """Put acts into the history, and each as a record of its own into the audit trail."""
    last = int(connection.execute(select(func.coalesce(func.max(POLICY_HISTORY.c.seq), 0))).scalar() or 0)
    numbered = [msgspec.structs.replace(entry, seq=seq) for seq, entry in enumerate(entries, start=last + 1)]
    if not numbered:
        return
    rows = [
        {"seq": entry.seq, "at_us": entry.at_us, "action": entry.action, "pack": entry.pack, "body": as_json(entry)}
        for entry in numbered
    ]
    connection.execute(POLICY_HISTORY.insert(), rows)
    write_changes(connection, [policy_act(entry) for entry in numbered])


def _version_row(version: PolicyVersion) -> dict[str, Any]:
    effective_us = version.effective_us if version.stage == "published" else None
    return {
        "pack": version.pack,
        "version": version.version,
        "content": version.content,
        "stage": version.stage,
        "effective_us": effective_us,
        "body": as_json(version),
    }


def _notice_row(notice: PolicyNotice) -> dict[str, Any]:
    names = ("notice_id", "publication_id", "pack", "version", "customer", "state", "next_us", "queued_us")
    return {name: getattr(notice, name) for name in names} | {"body": as_json(notice)}
