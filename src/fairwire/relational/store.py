"""The control store in tables: one transaction a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import msgspec
from sqlalchemy import BigInteger, Connection, Select, and_, bindparam, delete, func, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from fairwire.model.finding import SEVERITIES, Finding
from fairwire.model.instants import DAY_US, HOUR_US, parse_us
from fairwire.model.order import Order
from fairwire.ports.control import ClauseCount, DayCount, Evidence, Run, SeriesPoint, StoreError, Tally
from fairwire.relational import ledger
from fairwire.relational.database import Database
from fairwire.relational.policies import StoredPolicies
from fairwire.relational.records import StoredRecords
from fairwire.relational.schema import EVIDENCE, FINDING, FINDING_CLAUSE, ORDERS, RUN, SERIES
from fairwire.relational.writing import as_json, put

BATCH = 500
"""Rows of one executemany."""

PREFIX = 6
"""The least number of characters that may stand for a whole finding id."""

FILTERS = ("clause", "customer", "detector", "severity", "text")

T = TypeVar("T")

_FINDING = msgspec.json.Decoder(Finding)
_ORDER = msgspec.json.Decoder(Order)
_EVIDENCE = msgspec.json.Decoder(Evidence)

_SAVED = select(func.coalesce(func.max(RUN.c.saved), 0))
_THESE = FINDING_CLAUSE.c.finding_id.in_(bindparam("ids", expanding=True))
_CLAUSES = select(FINDING_CLAUSE).where(_THESE)
_NO_CLAUSES = delete(FINDING_CLAUSE).where(_THESE)


class RelationalStore:
    """A `ControlStore` over a database, brought to the present schema when it is opened."""

    def __init__(self, database: Database) -> None:
        self.database = database
        try:
            with database.translated():
                with database.engine.connect() as connection, connection.begin():
                    ready = ledger.current_revision(connection, database.place) == ledger.HEAD
                if not ready:
                    with database.writing() as connection:
                        ledger.prepare(connection, database.place)
        except BaseException:
            database.engine.dispose()
            raise

    @property
    def policies(self) -> StoredPolicies:
        """The versions of policies, in the same database."""
        return StoredPolicies(self.database)

    @property
    def records(self) -> StoredRecords:
        """The records of the desk and their audit trail, in the same database."""
        return StoredRecords(self.database)

    def close(self) -> None:
        """Release the database."""
        self.database.engine.dispose()

    def save_run(
        self,
        run: Run,
        findings: Iterable[Finding],
        evidence: Iterable[Evidence],
        orders: Iterable[Order],
        series: Iterable[SeriesPoint],
    ) -> None:
        """Write all of it, or nothing. What is there already under the same id is replaced, the rest of the run is kept."""
        with self.database.translated(), self.database.writing() as connection:
            saved = int(connection.scalar(_SAVED) or 0) + 1
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
        rows = self.database.rows(select(RUN).order_by(RUN.c.saved.desc()).limit(limit))
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
        return int(self.database.rows(_SAVED)[0][0])

    def finding(self, finding_id: str) -> Finding | None:
        """One finding by its id, or by the beginning of it when no other begins so."""
        rows = self.database.rows(select(FINDING.c.body).where(FINDING.c.finding_id == finding_id))
        if not rows and len(finding_id) >= PREFIX:
            begins = func.substr(FINDING.c.finding_id, 1, len(finding_id)) == finding_id
            rows = self.database.rows(select(FINDING.c.body).where(begins).limit(2))
        return _FINDING.decode(rows[0].body) if len(rows) == 1 else None

    def evidence(self, finding_id: str) -> Evidence | None:
        """The evidence of one finding, by its whole id."""
        rows = self.database.rows(select(EVIDENCE.c.body).where(EVIDENCE.c.finding_id == finding_id))
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
        return [_FINDING.decode(row.body) for row in self.database.rows(query)]

    def tally(self, *, run_id: str | None = None, filters: Mapping[str, str] | None = None) -> Tally:
        """Counts over all that match, read in one transaction."""
        where = self._matching(run_id, filters)
        count = func.count().label("n")
        an_hour = literal_column(str(HOUR_US), BigInteger)
        hour = (FINDING.c.time_us // an_hour * an_hour).label("hour_us")
        gist = func.max(FINDING_CLAUSE.c.gist).label("gist")
        with self.database.translated(), self.database.snapshot() as connection:
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
        mode = self.database.text_in(FINDING.c.body, "mode").label("mode")
        day = (FINDING.c.time_us // literal_column(str(DAY_US), BigInteger)).label("day")
        named = (
            select(FINDING.c.policy, FINDING_CLAUSE.c.clause, FINDING.c.detector, mode, day, FINDING.c.time_us)
            .join(FINDING_CLAUSE, FINDING_CLAUSE.c.finding_id == FINDING.c.finding_id)
            .where(self._matching(run_id, None))
            .subquery()
        )
        keys = [named.c[name] for name in ("policy", "clause", "detector", "mode", "day")]
        query = select(*keys, func.count().label("n"), func.max(named.c.time_us).label("last_us")).group_by(*keys).order_by(*keys)
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
            for row in self.database.rows(query)
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
        return [_ORDER.decode(row.body) for row in self.database.rows(query)]

    def series(self, *, run_id: str) -> Sequence[SeriesPoint]:
        """By name, then hour."""
        query = select(SERIES).where(SERIES.c.run_id == run_id).order_by(SERIES.c.name, SERIES.c.hour_us)
        return [SeriesPoint(name=row.name, hour_us=row.hour_us, value=row.value) for row in self.database.rows(query)]

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
                parts.extend(FINDING.c.search.contains(word, autoescape=True) for word in _folded(value).split())
            elif name in FILTERS:
                parts.append(FINDING.c[name] == value)
            else:
                raise StoreError(f"findings cannot be filtered by `{name}`", help_=f"known filters: {', '.join(FILTERS)}")
        return and_(*parts)


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


def _folded(text: str) -> str:
    """Text as it is searched. A NUL in a pattern would end it, on SQLite."""
    return text.casefold().replace("\0", "\ufffd")


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
        "search": _folded(" ".join(word for word in words if word)),
        "body": as_json(finding),
    }


def _put_clauses(connection: Connection, findings: list[Finding]) -> None:
    """The clauses of replaced findings are replaced too; a gist that was told before stays."""
    ids = [finding.finding_id for finding in findings]
    known = {(row.finding_id, row.clause): row.gist for row in connection.execute(_CLAUSES, {"ids": ids})}
    connection.execute(_NO_CLAUSES, {"ids": ids})
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
    named = connection.execute(_CLAUSES, {"ids": [proof.finding_id for proof in proofs]}).all()
    pairs = [(row.finding_id, row.clause) for row in named]
    rows = [{"finding_id": pair[0], "clause": pair[1], "gist": told[pair]} for pair in pairs if told.get(pair)]
    put(connection, FINDING_CLAUSE, rows)


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
