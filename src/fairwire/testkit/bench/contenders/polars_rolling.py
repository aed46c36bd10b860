"""Polars: rolling sums by time within each subject, and rolling groups for what is distinct."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from fairwire.testkit.bench.contender import Ready, missing_packages
from fairwire.testkit.bench.features import ANSWERED, ATTEMPT, ENDED, FEATURES, SHORT_MS, Feature, Floats, Trace


class _Frame:
    def __init__(self, trace: Trace, threads: int) -> None:
        os.environ["POLARS_MAX_THREADS"] = str(threads)  # read when Polars is imported, in a process of this contender's own
        import polars as pl

        if pl.thread_pool_size() != threads:
            raise RuntimeError("Polars was there before, with another number of threads")
        self._pl = pl
        self._frame: Any = pl.DataFrame(trace).with_columns(pl.from_epoch("at", time_unit="us").alias("t"))
        self._columns = [self._column(feature) for feature in FEATURES]

    def _column(self, feature: Feature) -> Any:
        pl: Any = self._pl
        kind, answered = pl.col("kind"), pl.col("answered") == 1
        over = ["customer"] if feature.subject == "customer" else ["customer", "line"]

        def summed(amount: Any) -> Any:
            return amount.cast(pl.Int64).rolling_sum_by("t", window_size=f"{feature.seconds}s", closed="both").over(over)

        match feature.what:
            case "attempts":
                value = summed(kind == ATTEMPT)
            case "answers":
                value = summed(kind == ANSWERED)
            case "international":
                value = summed((kind == ATTEMPT) & (pl.col("international") == 1))
            case "talk":
                value = summed(pl.col("talk_ms")) / feature.scale
            case "charge":
                value = summed(pl.col("charge")) / feature.scale
            case "answered":
                value = summed((kind == ENDED) & answered) / summed(kind == ENDED)
            case "short":
                value = summed((kind == ENDED) & answered & (pl.col("talk_ms") <= SHORT_MS)) / summed((kind == ENDED) & answered)
            case "callees":
                called = pl.col("callee").filter(kind == ATTEMPT).n_unique()
                value = called.rolling(index_column="t", period=f"{feature.seconds}s", closed="both").over(over)
            case "active":
                step = pl.when(kind == ATTEMPT).then(1).when(kind == ENDED).then(-1).otherwise(0)
                value = step.cast(pl.Int64).cum_sum().over(over)
        return value.alias(feature.full_name)

    def run(self) -> None:
        self._frame.lazy().select(self._columns).collect()

    def values(self) -> Floats:
        found = self._frame.lazy().select(self._columns).collect()
        columns = [found[feature.full_name].cast(self._pl.Float64).to_numpy() for feature in FEATURES]
        return np.column_stack(columns).astype(np.float64)


class PolarsRolling:
    """A data frame library: a column at a time, over all events at once; it cannot answer event by event."""

    name = "Polars rolling"
    packages: tuple[str, ...] = ("polars",)
    threads: tuple[int, ...] = (1, 2)
    share = 1.0
    elsewhere = False
    cannot: Mapping[str, str] = {}

    def missing(self) -> str:
        return missing_packages(self.name, self.packages)

    def open(self, trace: Trace, threads: int) -> Ready:
        return _Frame(trace, threads)


CONTENDER = PolarsRolling()
