"""Window functions in Spark SQL, in one process (`local[n]`)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fairwire.testkit.bench.contender import Ready, missing_packages
from fairwire.testkit.bench.features import FEATURES, SHORT_MS, Feature, Floats, Trace, What

_COUNTED: dict[What, str] = {
    "attempts": "count_if(kind = 1)",
    "answers": "count_if(kind = 2)",
    "international": "count_if(kind = 1 AND international = 1)",
    "talk": "sum(talk_ms)",
    "charge": "sum(charge)",
    # Spark knows no DISTINCT in a window; the set itself does.
    "callees": "size(collect_set(CASE WHEN kind = 1 THEN callee END)",
    "active": "sum(CASE kind WHEN 1 THEN 1 WHEN 3 THEN -1 ELSE 0 END)",
}
_ENDS = "count_if(kind = 3)"
_ANSWERED = "count_if(kind = 3 AND answered = 1)"
_SHORT = f"count_if(kind = 3 AND answered = 1 AND talk_ms <= {SHORT_MS})"
_SHARES: dict[What, tuple[str, str]] = {"answered": (_ANSWERED, _ENDS), "short": (_SHORT, _ANSWERED)}


def framed(feature: Feature) -> str:
    """The feature over its window frame."""
    keys = "customer" if feature.subject == "customer" else "customer, line"
    frame = (
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        if feature.what == "active"
        else f"RANGE BETWEEN {feature.seconds * 1_000_000} PRECEDING AND CURRENT ROW"
    )
    over = f"OVER (PARTITION BY {keys} ORDER BY at {frame})"
    if feature.what in _SHARES:
        a, b = _SHARES[feature.what]
        value = f"try_divide({a} {over}, {b} {over})"
    elif feature.what == "callees":
        value = f"{_COUNTED[feature.what]} {over})"
    else:
        value = f"{_COUNTED[feature.what]} {over}"
        if feature.scale != 1:
            value = f"({value}) / {feature.scale:.1f}D"
    return f"CAST({value} AS DOUBLE) AS `{feature.full_name}`"


def _say_nothing() -> None:
    """What Java prints about itself is nobody's business here; the process is Spark's own, and its errors come another way."""
    with Path(os.devnull).open("wb") as nothing:
        for descriptor in (1, 2):
            os.dup2(nothing.fileno(), descriptor)


class _Sql:
    def __init__(self, trace: Trace, threads: int) -> None:
        import pyarrow as pa
        from pyspark.sql import SparkSession

        self._folder = tempfile.mkdtemp(prefix="fairwire-bench-")
        _say_nothing()
        self._spark = (
            SparkSession.builder.master(f"local[{threads}]")
            .appName("fairwire bench")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.log.level", "ERROR")
            .config("spark.driver.memory", "3g")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.local.dir", self._folder)
            .config("spark.sql.warehouse.dir", str(Path(self._folder) / "warehouse"))
            .config("spark.sql.shuffle.partitions", str(threads))
            .config("spark.sql.windowExec.buffer.in.memory.threshold", "1000000")
            .config("spark.sql.windowExec.buffer.spill.threshold", "10000000")
            .getOrCreate()
        )
        self._spark.createDataFrame(pa.table({name: pa.array(column) for name, column in trace.items()})).createOrReplaceTempView(
            "source"
        )
        self._spark.sql("CACHE TABLE events AS SELECT * FROM source")

    def run(self) -> None:
        sums = ", ".join(f"sum(`{feature.full_name}`)" for feature in FEATURES)
        self._spark.sql(f"SELECT {sums} FROM (SELECT {', '.join(map(framed, FEATURES))} FROM events)").collect()

    def values(self) -> Floats:
        found = self._spark.sql(f"SELECT at, {', '.join(map(framed, FEATURES))} FROM events ORDER BY at").toArrow()
        columns = [found[feature.full_name].to_numpy().astype(np.float64) for feature in FEATURES]
        return np.column_stack(columns)

    def close(self) -> None:
        self._spark.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class SparkSql:
    """An engine for many machines, here on one."""

    name = "Spark SQL windows"
    packages: tuple[str, ...] = ("pyspark",)
    threads: tuple[int, ...] = (2,)
    share = 0.05
    elsewhere = True
    cannot: Mapping[str, str] = {}

    def missing(self) -> str:
        absent = missing_packages(self.name, self.packages, "pip install 'fairwire[spark]'")
        if not absent and shutil.which("java") is None:
            absent = f"{self.name} is left out: there is no Java; on Debian `apt-get install openjdk-17-jre-headless` brings it"
        return absent

    def open(self, trace: Trace, threads: int) -> Ready:
        return _Sql(trace, threads)


CONTENDER = SparkSql()
