"""Window functions in DuckDB: one SELECT with thirty frames."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fairwire.testkit.bench.contender import Ready, missing_packages
from fairwire.testkit.bench.features import FEATURES, SHORT_MS, Feature, Floats, Trace, What

_COUNTED: dict[What, str] = {
    "attempts": "count(*) FILTER (WHERE kind = 1)",
    "answers": "count(*) FILTER (WHERE kind = 2)",
    "international": "count(*) FILTER (WHERE kind = 1 AND international = 1)",
    "talk": "sum(talk_ms)",
    "charge": "sum(charge)",
    "callees": "count(DISTINCT CASE WHEN kind = 1 THEN callee END)",
    "active": "sum(CASE kind WHEN 1 THEN 1 WHEN 3 THEN -1 ELSE 0 END)",
}
_ENDS = "count(*) FILTER (WHERE kind = 3)"
_ANSWERED = "count(*) FILTER (WHERE kind = 3 AND answered = 1)"
_SHORT = f"count(*) FILTER (WHERE kind = 3 AND answered = 1 AND talk_ms <= {SHORT_MS})"
_SHARES: dict[What, tuple[str, str]] = {"answered": (_ANSWERED, _ENDS), "short": (_SHORT, _ANSWERED)}


def framed(feature: Feature) -> str:
    """The feature over its window frame."""
    keys = "customer" if feature.subject == "customer" else "customer, line"
    # No call lasts as long as this window, so calls in progress are all that began less all that ended: the cheapest frame.
    frame = (
        "ROWS UNBOUNDED PRECEDING"
        if feature.what == "active"
        else f"RANGE BETWEEN INTERVAL {feature.seconds} SECOND PRECEDING AND CURRENT ROW"
    )
    over = f"OVER (PARTITION BY {keys} ORDER BY t {frame})"
    if feature.what in _SHARES:
        a, b = _SHARES[feature.what]
        value = f"{a} {over} / nullif({b} {over}, 0)"
    else:
        value = f"{_COUNTED[feature.what]} {over}"
        if feature.scale != 1:
            value = f"({value}) / {feature.scale:.1f}::DOUBLE"
    return f'{value} AS "{feature.full_name}"'


class _Sql:
    def __init__(self, trace: Trace, threads: int) -> None:
        import duckdb
        import pyarrow as pa

        table = {name: pa.array(column) for name, column in trace.items()}
        table["t"] = pa.array(trace["at"], pa.timestamp("us"))
        self._db = duckdb.connect()
        self._db.execute(f"SET threads = {threads}")
        self._db.register("source", pa.table(table))
        self._db.execute("CREATE TABLE events AS FROM source")
        self._db.unregister("source")

    def run(self) -> None:
        # All are summed up, so that none can be left out.
        sums = ", ".join(f'sum("{feature.full_name}")' for feature in FEATURES)
        self._db.execute(f"SELECT {sums} FROM (SELECT {', '.join(map(framed, FEATURES))} FROM events)").fetchall()

    def values(self) -> Floats:
        named = ", ".join(map(framed, FEATURES))
        found = self._db.sql(f"SELECT {named} FROM events ORDER BY t").to_arrow_table()
        columns = [found[feature.full_name].to_numpy().astype(np.float64) for feature in FEATURES]
        return np.column_stack(columns)


class DuckDbSql:
    """An SQL engine for analysis, with the events in a table of its own."""

    name = "DuckDB window SQL"
    packages: tuple[str, ...] = ("duckdb",)
    threads: tuple[int, ...] = (1, 2)
    share = 1.0
    elsewhere = False
    cannot: Mapping[str, str] = {}

    def missing(self) -> str:
        return missing_packages(self.name, self.packages)

    def open(self, trace: Trace, threads: int) -> Ready:
        return _Sql(trace, threads)


CONTENDER = DuckDbSql()
