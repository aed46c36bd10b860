"""The control store on SQLite: write-ahead logging, one transaction a call, readers never wait for the writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import URL, Connection, Integer, Select, and_, create_engine, delete, event, func, select
from sqlalchemy.sql.elements import ColumnElement

from fairwire.model.finding import SEVERITIES, Finding
from fairwire.model.instants import DAY_US, HOUR_US, parse_us
from fairwire.model.order import Order
from fairwire.ports.control import ClauseCount, DayCount, Evidence, Run, SeriesPoint, StoreError, Tally
from fairwire.stores.sqlite import ledger
from fairwire.stores.sqlite.errors import make_private, translated
from fairwire.stores.sqlite.policies import SqlitePolicies
from fairwire.stores.sqlite.records import SqliteRecords
from fairwire.stores.sqlite.schema import EVIDENCE, FINDING, FINDING_CLAUSE, ORDERS, RUN, SERIES
from fairwire.stores.sqlite.writing import as_json, put

BUSY_MS = 5000
"""How long a writer waits for another writer before it gives up."""

BATCH = 500
"""Rows of one executemany."""

PREFIX = 6
"""The least number of characters that may stand for a whole finding id."""

FILTERS = ("clause", "customer", "detector", "severity", "text")

T = TypeVar("T")

_FINDING = msgspec.json.Decoder(Finding)
_ORDER = msgspec.json.Decoder(Order)
_EVIDENCE = msgspec.json.Decoder(Evidence)


class SqliteStore:
    """One file. Safe to use from several threads: each call takes a connection of its own from the pool."""

    def __init__(self, path: Path, *, busy_ms: int = BUSY_MS) -> None:
        self.path = path
        make_private(path)
        self._engine = create_engine(
            URL.create("sqlite", database=str(path)), connect_args={"timeout": busy_ms / 1000}, pool_size=8, max_overflow=32
        )
        event.listen(self._engine, "connect", _on_connect)
        event.listen(self._engine, "begin", _on_begin)
        try:
            with translated(path):
                with self._engine.connect() as connection, connection.begin():
                    ready = ledger.current_revision(connection, path) == ledger.HEAD
                if not ready:
                    with self._writing() as connection:
                        ledger.prepare(connection, path)
        except BaseException:
            self._engine.dispose()
            raise

    @property
    def policies(self) -> SqlitePolicies:
        """The versions of policies, in the same file."""
        return SqlitePolicies(self.path, self._rows, self._writing)

    @property
    def records(self) -> SqliteRecords:
        """The records of the desk and their audit trail, in the same file."""
        return SqliteRecords(self.path, self._engine, self._writing)

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    def save_run(
        self,
        run: Run,
        findings: Iterable[Finding],
        evidence: Iterable[Evidence],
        orders: Iterable[Order],
        series: Iterable[SeriesPoint],
    ) -> None:
        """Write all of it, or nothing. What is there already under the same id is replaced, the rest of the run is kept."""
        with translated(self.path), self._writing() as connection:
            saved = int(connection.scalar(select(func.coalesce(func.max(RUN.c.saved), 0))) or 0) + 1
            put(connection, RUN, [_run_row(run, saved)])
            for batch in _batches(findings):
                put(connection, FINDING, [_finding_row(finding, run.run_id) for finding in batch])
                _put_clauses(connection, batch)
            for proofs in _batches(evidence):
                put(connection, EVIDENCE, [{"finding_id": proof.finding_id, "body": as_json(proof)} for proof in proofs])
                _put_gists(connection, proofs)
            for steps in _batches(orders):
                put(connection, ORDERS, [_order_row(order, run.run_id) for order in steps])
            for points in _batches(series):
                put(connection, SERIES, [_series_row(point, run.run_id) for point in points])

    def latest_run(self) -> Run | None:
        """The run that was saved last."""
        return next(iter(self.runs(limit=1)), None)

    def runs(self, *, limit: int = 20) -> Sequence[Run]:
        """The run that was saved last first."""
        rows = self._rows(select(RUN).order_by(RUN.c.saved.desc()).limit(limit))
        return [
            Run(
                run_id=row.run_id,
                command=row.command,
                started=row.started,
                policies=tuple(msgspec.json.decode(row.policies)),
                summary=msgspec.json.decode(row.summary),
            )
            for row in rows
        ]

    def revision(self) -> int:
        """The number of the last save."""
        return int(self._rows(select(func.coalesce(func.max(RUN.c.saved), 0)))[0][0])

    def finding(self, finding_id: str) -> Finding | None:
        """One finding by its id, or by the beginning of it when no other begins so."""
        rows = self._rows(select(FINDING.c.body).where(FINDING.c.finding_id == finding_id))
        if not rows and len(finding_id) >= PREFIX:
            begins = func.substr(FINDING.c.finding_id, 1, len(finding_id)) == finding_id
            rows = self._rows(select(FINDING.c.body).where(begins).limit(2))
        return _FINDING.decode(rows[0].body) if len(rows) == 1 else None

    def evidence(self, finding_id: str) -> Evidence | None:
        """The evidence of one finding, by its whole id."""
        rows = self._rows(select(EVIDENCE.c.body).where(EVIDENCE.c.finding_id == finding_id))
        return _EVIDENCE.decode(rows[0].body) if rows else None

    def findings(
        self, *, run_id: str | None = None, limit: int = 500, offset: int = 0, filters: Mapping[str, str] | None = None
    ) -> Sequence[Finding]:
        """Worst first, then newest first."""
        query = (
            select(FINDING.c.body)
            .where(self._matching(run_id, filters))
            .order_by(FINDING.c.severity_rank.desc(), FINDING.c.time_us.desc(), FINDING.c.finding_id)
            .limit(limit)
            .offset(offset)
        )
        return [_FINDING.decode(row.body) for row in self._rows(query)]

    def tally(self, *, run_id: str | None = None, filters: Mapping[str, str] | None = None) -> Tally:
        """Counts over all that match, read in one transaction."""
        where = self._matching(run_id, filters)
        count = func.count().label("n")
        hour = (FINDING.c.time_us - FINDING.c.time_us % HOUR_US).label("hour_us")
        gist = func.max(FINDING_CLAUSE.c.gist).label("gist")
        with translated(self.path), self._engine.connect() as connection, connection.begin():
            total = connection.scalar(select(func.count()).select_from(FINDING).where(where)) or 0
            named: list[dict[str, int]] = []
            for column in (FINDING.c.severity, FINDING.c.detector, FINDING.c.customer):
                rows = connection.execute(select(column.label("name"), count).where(where).group_by(column)).all()
                named.append({row.name: row.n for row in sorted(rows, key=lambda row: (-row.n, row.name))})
            clauses = connection.execute(
                select(FINDING.c.policy, FINDING_CLAUSE.c.clause, gist, count)
                .join(FINDING_CLAUSE, FINDING_CLAUSE.c.finding_id == FINDING.c.finding_id)
                .where(where)
                .group_by(FINDING.c.policy, FINDING_CLAUSE.c.clause)
            ).all()
            hours = connection.execute(
                select(hour, FINDING.c.severity, count).where(where).group_by(hour, FINDING.c.severity)
            ).all()
        return Tally(
            total=total,
            severities={name: named[0][name] for name in SEVERITIES if name in named[0]},
            detectors=named[1],
            customers=named[2],
            clauses=tuple(
                ClauseCount(policy=row.policy, clause=row.clause, gist=row.gist, count=row.n)
                for row in sorted(clauses, key=lambda row: (-row.n, row.policy, row.clause))
            ),
            hours=tuple(sorted((row.hour_us, row.severity, row.n) for row in hours)),
        )

    def day_counts(self, *, run_id: str | None = None) -> Sequence[DayCount]:
        """By policy, clause, detector, mode and day. The mode is read out of the finding, which is kept as JSON."""
        mode = func.json_extract(FINDING.c.body, "$.mode").label("mode")
        day = ((FINDING.c.time_us - FINDING.c.time_us % DAY_US) / DAY_US).cast(Integer).label("day")
        keys = (FINDING.c.policy, FINDING_CLAUSE.c.clause, FINDING.c.detector, mode, day)
        query = (
            select(*keys, func.count().label("n"), func.max(FINDING.c.time_us).label("last_us"))
            .join(FINDING_CLAUSE, FINDING_CLAUSE.c.finding_id == FINDING.c.finding_id)
            .where(self._matching(run_id, None))
            .group_by(*keys)
            .order_by(*keys)
        )
        return [
            DayCount(
                policy=row.policy,
                clause=row.clause,
                detector=row.detector,
                mode=row.mode,
                day=row.day,
                count=row.n,
                last_us=row.last_us,
            )
            for row in self._rows(query)
        ]

    def orders(
        self, *, finding_id: str | None = None, run_id: str | None = None, finding_ids: Sequence[str] | None = None
    ) -> Sequence[Order]:
        """Oldest first; of one moment, in the order of their ids."""
        query: Select[Any] = select(ORDERS.c.body).order_by(ORDERS.c.created_us, ORDERS.c.order_id)
        if finding_id is not None:
            query = query.where(ORDERS.c.finding_id == finding_id)
        if run_id is not None:
            query = query.where(ORDERS.c.run_id == run_id)
        if finding_ids is not None:
            query = query.where(ORDERS.c.finding_id.in_(finding_ids))
        return [_ORDER.decode(row.body) for row in self._rows(query)]

    def series(self, *, run_id: str) -> Sequence[SeriesPoint]:
        """By name, then hour."""
        query = select(SERIES).where(SERIES.c.run_id == run_id).order_by(SERIES.c.name, SERIES.c.hour_us)
        return [SeriesPoint(name=row.name, hour_us=row.hour_us, value=row.value) for row in self._rows(query)]

    def _matching(self, run_id: str | None, filters: Mapping[str, str] | None) -> ColumnElement[bool]:
        """The condition on `finding` for a run and filters."""
        parts: list[ColumnElement[bool]] = [FINDING.c.finding_id.is_not(None)]
        if run_id is not None:
            parts.append(FINDING.c.run_id == run_id)
        for name, value in (filters or {}).items():
            if name == "clause":
                named = select(FINDING_CLAUSE.c.finding_id).where(FINDING_CLAUSE.c.clause == value)
                parts.append(FINDING.c.finding_id.in_(named))
            elif name == "text":
                parts.extend(FINDING.c.search.contains(word, autoescape=True) for word in value.casefold().split())
            elif name in FILTERS:
                parts.append(FINDING.c[name] == value)
            else:
                raise StoreError(f"findings cannot be filtered by `{name}`", help_=f"known filters: {', '.join(FILTERS)}")
        return and_(*parts)

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with translated(self.path), self._engine.connect() as connection, connection.begin():
            return connection.execute(query).all()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that takes the write lock at once, so that what it reads stays true until it commits."""
        with self._engine.connect().execution_options(fairwire_write=True) as connection, connection.begin():
            yield connection


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are opened by `_on_begin`, not by guesses of the driver
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("fairwire_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _run_row(run: Run, saved: int) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "command": run.command,
        "started": run.started,
        "policies": as_json(run.policies),
        "summary": as_json(run.summary),
        "saved": saved,
    }


def _finding_row(finding: Finding, run_id: str) -> dict[str, Any]:
    words = (finding.reason, finding.customer, finding.user, finding.line, finding.callee, finding.detector, finding.finding_id)
    return {
        "finding_id": finding.finding_id,
        "run_id": run_id,
        "time_us": parse_us(finding.time),
        "severity": finding.severity,
        "severity_rank": SEVERITIES.index(finding.severity),
        "policy": finding.policy.id,
        "detector": finding.detector,
        "customer": finding.customer,
        "search": " ".join(word for word in words if word).casefold(),
        "body": as_json(finding),
    }


def _put_clauses(connection: Connection, findings: list[Finding]) -> None:
    """The clauses of replaced findings are replaced too; a gist that was told before stays."""
    ids = [finding.finding_id for finding in findings]
    known = {(row.finding_id, row.clause): row.gist for row in connection.execute(_clauses_of(ids))}
    connection.execute(delete(FINDING_CLAUSE).where(FINDING_CLAUSE.c.finding_id.in_(ids)))
    pairs = dict.fromkeys((finding.finding_id, clause) for finding in findings for clause in finding.clauses)
    rows = [{"finding_id": pair[0], "clause": pair[1], "gist": known.get(pair, "")} for pair in pairs]
    put(connection, FINDING_CLAUSE, rows)


def _put_gists(connection: Connection, proofs: list[Evidence]) -> None:
    """The gists that the explanations tell, for the clauses that their findings name."""
    told = {
        (proof.finding_id, str(clause.get("id"))): str(clause.get("gist") or "")
        for proof in proofs
        for clause in proof.explanation.get("clauses") or ()
        if isinstance(clause, Mapping)
    }
    named = connection.execute(_clauses_of([proof.finding_id for proof in proofs])).all()
    pairs = [(row.finding_id, row.clause) for row in named]
    rows = [{"finding_id": pair[0], "clause": pair[1], "gist": told[pair]} for pair in pairs if told.get(pair)]
    put(connection, FINDING_CLAUSE, rows)


def _clauses_of(finding_ids: list[str]) -> Select[Any]:
    return select(FINDING_CLAUSE).where(FINDING_CLAUSE.c.finding_id.in_(finding_ids))


def _order_row(order: Order, run_id: str) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "finding_id": order.finding_id,
        "run_id": run_id,
        "created_us": parse_us(order.created),
        "body": as_json(order),
    }


def _series_row(point: SeriesPoint, run_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "name": point.name, "hour_us": point.hour_us, "value": point.value}
