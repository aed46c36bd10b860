"""How long decisions took, and whom they were for: counted in plain numbers, since this runs with every one of them.

Used from one thread. What Prometheus sees is put together when it asks, from a copy, which any thread may read.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import numpy as np
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS_S = (1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, 0.25, 1.0)
VERDICTS = ("allow", "challenge", "limit", "deny")
QUANTILES = (0.5, 0.99, 0.999)
LATEST = 16_384
"""Decisions that the quantiles are of, for each way: the latest. Sixteen of them are beyond the p99.9."""
MOST_POINTS = 200
"""Enforcement points that are counted by name; those that come later are counted together, as `other`."""


class Way:
    """One way in which decisions are asked for: their times, and the latest of these one by one."""

    __slots__ = ("_at", "_latest", "buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BUCKETS_S) + 1)
        self.seconds = 0.0
        self._latest = array("d")
        self._at = 0

    def took(self, seconds: float, calls: int = 1) -> None:
        """Decisions were given, in so many seconds each."""
        self.buckets[bisect_left(BUCKETS_S, seconds)] += calls
        self.seconds += seconds * calls
        for _ in range(calls):
            if len(self._latest) < LATEST:
                self._latest.append(seconds)
            else:
                self._latest[self._at] = seconds
                self._at = (self._at + 1) % LATEST

    def copy(self) -> Way:
        """The same as it is now."""
        way = Way()
        way.buckets, way.seconds = self.buckets[:], self.seconds
        way._latest, way._at = self._latest[:], self._at
        return way

    def quantiles(self) -> list[tuple[float, float]]:
        """Share -> seconds that this share of the latest decisions stayed within; empty when there was none."""
        if not self._latest:
            return []
        found = np.quantile(np.frombuffer(self._latest), QUANTILES, method="higher")
        return [(share, float(seconds)) for share, seconds in zip(QUANTILES, found, strict=True)]


class Timings(Collector):
    """Decisions by way, enforcement point and verdict."""

    def __init__(self) -> None:
        self._ways: dict[str, Way] = {"http": Way()}
        self._given: dict[tuple[str, str], dict[str, int]] = {}

    def copy(self) -> Timings:
        """The same as they are now."""
        timings = Timings()
        timings._ways = {name: way.copy() for name, way in self._ways.items()}
        timings._given = {asked: dict(given) for asked, given in self._given.items()}
        return timings

    def took(self, verdict: str, seconds: float, way: str, point: str, calls: int = 1) -> None:
        """Decisions were given, in so many seconds each. `way` and `point` are short names; ours and the operator's, never a
        caller's."""
        found = self._ways.get(way)
        if found is None:
            found = self._ways[way] = Way()
        found.took(seconds, calls)
        given = self._given.get((way, point))
        if given is None:
            given = self._new(way, point)
        given[verdict] += calls

    def _new(self, way: str, point: str) -> dict[str, int]:
        if len(self._given) >= MOST_POINTS:
            point = "other"
        return self._given.setdefault((way, point), dict.fromkeys(VERDICTS, 0))

    def collect(self) -> Iterable[Metric]:
        """What Prometheus is told."""
        yield self._decisions()
        if self._given:
            yield self._by_point()
        text = "Time to decide one call, from the parsed request to the answer."
        histogram = HistogramMetricFamily("fairwire_decision_seconds", text, labels=["way"])
        latest = GaugeMetricFamily(
            "fairwire_decision_latest_seconds",
            f"Within how many seconds a share of the latest {LATEST:,} decisions was given, by way.",
            labels=["way", "quantile"],
        )
        for name, way in sorted(self._ways.items()):
            histogram.add_metric([name], list(_cumulated(way.buckets)), way.seconds)
            for share, seconds in way.quantiles():
                latest.add_metric([name, f"{share:g}"], seconds)
        yield histogram
        yield latest

    def _decisions(self) -> Metric:
        family = CounterMetricFamily("fairwire_decisions", "Decisions given, by verdict and way.", labels=["verdict", "way"])
        for way in sorted(self._ways):
            for verdict in VERDICTS:
                family.add_metric([verdict, way], sum(one[verdict] for (asked, _), one in self._given.items() if asked == way))
        return family

    def _by_point(self) -> Metric:
        family = CounterMetricFamily(
            "fairwire_point_decisions",
            "Decisions given, by the enforcement point that asked.",
            labels=["point", "way", "verdict"],
        )
        for (way, point), given in sorted(self._given.items()):
            for verdict, count in given.items():
                family.add_metric([point, way, verdict], count)
        return family


def _cumulated(counts: Iterable[int]) -> Iterator[tuple[str, float]]:
    total = 0
    for bound, count in zip((*BUCKETS_S, math.inf), counts, strict=True):
        total += count
        yield ("+Inf" if bound == math.inf else str(bound)), float(total)
