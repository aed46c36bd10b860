"""Counters for Prometheus, in a registry of their own, and the live engine's figures beside them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from fairwire.ports.log import BATCH_BUCKETS, SYNC_BUCKETS_S
from fairwire.runtime.resting import paced
from fairwire.serve.timings import Timings

if TYPE_CHECKING:
    from fairwire.model.decision import Decision
    from fairwire.ports.service import Accepted, LiveService
    from fairwire.serve.redirect.point import Told

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_NOT_IN_NAME = re.compile(r"[^a-z0-9_]+")


class Meter:
    """What the server counts."""

    def __init__(self, service: LiveService) -> None:
        self.registry = CollectorRegistry()
        self._timings = Timings()
        self._questions = Counter(
            "fairwire_refused_calls",
            "Calls that were refused, by the question or rule that did.",
            ["question"],
            registry=self.registry,
        )
        events = Counter("fairwire_events", "Events sent in, by what became of them.", ["outcome"], registry=self.registry)
        self._events = {outcome: events.labels(outcome) for outcome in ("accepted", "duplicate", "rejected")}
        self._refused = Counter("fairwire_http_errors", "Errors answered, by code.", ["code"], registry=self.registry)
        self.registry.register(_Engine(service))
        self.registry.register(_Log(service))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def decided(self, decision: Decision, seconds: float, way: str = "sip", *, point: str = "") -> None:
        """One decision was given.

        Parameters
        ----------
        way
            How it was asked for: `http`, `sip` or another short name.
        point
            The enforcement point that asked; empty when nobody knows.
        """
        self._timings.took(decision.decision, seconds, way, point)
        self._refused_by(decision)

    def told(self, way: str) -> Told:
        """What to call with the decisions of one way."""

        def told(decision: Decision, seconds: float, /, *, point: str = "", calls: int = 1) -> None:
            self._timings.took(decision.decision, seconds, way, point, calls)
            for _ in range(0 if decision.decision == "allow" else calls):
                self._refused_by(decision)

        return told

    def _refused_by(self, decision: Decision) -> None:
        """Which question or rule refused a call: their names are ours, so there are not many."""
        if decision.decision != "allow":
            self._questions.labels(decision.reasons[0].detector or "none").inc()

    def took(self, accepted: Accepted) -> None:
        """One batch of events was taken in."""
        self._events["accepted"].inc(accepted.accepted)
        self._events["duplicate"].inc(accepted.duplicates)
        self._events["rejected"].inc(len(accepted.rejected))

    def refused(self, code: str) -> None:
        """One request was answered with an error."""
        self._refused.labels(code).inc()

    def watch_sip(self, counts: Mapping[str, int], degraded: Mapping[tuple[str, str], int] | None = None) -> None:
        """Show what the redirect point counts: messages by outcome, and calls by peer and what they got instead of a decision."""
        self.registry.register(
            _Messages("fairwire_sip_messages", "SIP messages, by what became of them.", counts, degraded or {})
        )

    def watch_evapi(self, counts: Mapping[str, int]) -> None:
        """Show what the clients of event sockets count."""
        text = "Messages of event sockets, by what became of them."
        self.registry.register(_Messages("fairwire_evapi_messages", text, counts, {}))

    def watch_hep(self, counts: Mapping[str, int]) -> None:
        """Show what became of mirrored messages and of the calls that they are of."""
        self.registry.register(
            _Messages("fairwire_hep", "Mirrored messages and their calls, by what became of them.", counts, {})
        )

    def page(self) -> bytes:
        """Everything in the text format."""
        return self.pictured()()

    def pictured(self) -> Callable[[], bytes]:
        """The same as of now, to be written down on any thread: that takes milliseconds, for which no call should wait."""
        timings, figures = self._timings.copy(), list(self.registry.collect())
        return lambda: b"".join(paced(generate_latest(_Family(family)) for family in chain(timings.collect(), figures)))


class _Family:
    """One family of figures, where the library's writer expects all of them."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterable[Metric]:
        yield self._family


class _Engine(Collector):
    """The engine's own figures, asked for when the page is."""

    def __init__(self, service: LiveService) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        for key, value in sorted(self._service.stats().items()):
            name = "fairwire_engine_" + _NOT_IN_NAME.sub("_", key.lower())
            if _is_number(value):
                yield GaugeMetricFamily(name, f"The engine's `{key}`.", value=float(value))
            elif isinstance(value, dict):
                family = GaugeMetricFamily(name, f"The engine's `{key}`, by name.", labels=["name"])
                for label, number in sorted(value.items()):
                    if _is_number(number):
                        family.add_metric([str(label)], float(number))
                yield family


class _Messages(Collector):
    """What became of the messages of one way to ask."""

    def __init__(self, name: str, text: str, counts: Mapping[str, int], degraded: Mapping[tuple[str, str], int]) -> None:
        self._name = name
        self._text = text
        self._counts = counts
        self._degraded = degraded

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(self._name, self._text, labels=["outcome"])
        for outcome, count in sorted(self._counts.items()):
            family.add_metric([outcome], float(count))
        yield family
        if self._degraded:
            family = CounterMetricFamily(
                "fairwire_degraded_calls",
                "Calls that got no decision: sent on unchecked, refused for overload, or lost to a fault of ours.",
                labels=["point", "way", "outcome"],
            )
            for (point, outcome), count in sorted(self._degraded.items()):
                family.add_metric([point, "sip", outcome], float(count))
            yield family


class _Log(Collector):
    """What the event log has done."""

    def __init__(self, service: LiveService) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        figures = self._service.log_figures()
        if figures is None:
            return
        for name, text, value in (
            ("records", "Records written and synced.", figures.records),
            ("written_bytes", "Bytes written and synced.", figures.bytes),
            ("failures", "Writes and syncs that the disk refused.", figures.failures),
            ("dropped_decisions", "Decisions answered and not logged: too many waited for the disk.", figures.dropped),
        ):
            yield CounterMetricFamily(f"fairwire_log_{name}", text, value=float(value))
        yield GaugeMetricFamily(
            "fairwire_log_waiting_records", "Records in memory, not on disk yet.", value=float(figures.waiting)
        )
        yield GaugeMetricFamily("fairwire_log_segments", "Segment files of the log.", value=float(figures.segments))
        yield _histogram("sync_seconds", "Time of one write and sync.", SYNC_BUCKETS_S, figures.sync_seconds)
        yield _histogram("batch_records", "Records that one sync carried.", BATCH_BUCKETS, figures.batches)


def _histogram(name: str, text: str, bounds: Sequence[float], counted: Sequence[float]) -> Metric:
    """`counted`: the sum, then how many were at most each bound, then how many there were."""
    buckets = [(str(float(bound)), count) for bound, count in zip((*bounds, math.inf), counted[1:], strict=True)]
    buckets[-1] = ("+Inf", buckets[-1][1])
    return HistogramMetricFamily(f"fairwire_log_{name}", text, buckets=buckets, sum_value=counted[0])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)
