"""Growth: what an event costs as features, customers and history grow."""

from __future__ import annotations

import time
from contextlib import ExitStack
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fairwire.testkit.bench.child import Child
from fairwire.testkit.bench.features import FEATURES, Feature, Floats, Subject, TraceOrder, What, make_trace
from fairwire.testkit.bench.figures import Outcome
from fairwire.testkit.bench.plan import CHUNK, kernel_rows, new_kernel, program_of
from fairwire.testkit.bench.section import Job
from fairwire.testkit.chart import Curves, Panel, Picture

_EACH_DAY = 20
"""Events of a customer in a day, where history grows."""


class Point(NamedTuple):
    """One measurement: the plan, the trace, and how many of its last events are timed."""

    over: str
    name: str
    features: int
    trace: TraceOrder
    timed: int

    @property
    def key(self) -> str:
        """For the names of figures."""
        return f"{self.over}.{self.name.replace(',', '').replace(' ', '_')}"


def _by_features(count: int, events: int) -> Point:
    trace = TraceOrder(events=2 * events, customers=max(2, events // 250))
    return Point("features", str(count), count, trace, events)


def _by_customers(customers: int, events: int) -> Point:
    trace = TraceOrder(events=2 * customers + events, customers=customers)
    return Point("customers", f"{customers:,}", len(FEATURES), trace, events)


def _by_history(days: int, customers: int) -> Point:
    name = {1: "1 day", 365: "1 year"}.get(days, f"{days} days")
    trace = TraceOrder(events=_EACH_DAY * customers * days, customers=customers, days=days)
    return Point("history", name, len(FEATURES), trace, _EACH_DAY * customers)


def _points(features: list[int], events: int, customers: list[int], days: list[int], of: int) -> list[Point]:
    return [
        *(_by_features(count, events) for count in features),
        *(_by_customers(count, events) for count in customers),
        *(_by_history(count, of) for count in days),
    ]


_SIZES = {
    "tiny": _points([5, 30], 1_000, [10, 100], [1, 7], 5),
    "small": _points([5, 10, 30, 60], 50_000, [1_000, 10_000, 100_000], [1, 7, 30, 365], 100),
    "full": _points([5, 10, 30, 60], 400_000, [1_000, 10_000, 100_000, 1_000_000], [1, 7, 30, 365], 1_000),
}


def growing_features(count: int) -> list[Feature]:
    """So many features of both subjects; fewer are always among the more."""
    pairs = zip(FEATURES[: len(FEATURES) // 2], FEATURES[len(FEATURES) // 2 :], strict=True)
    found = [feature for pair in pairs for feature in pair]
    kinds: tuple[What, ...] = ("international", "answers", "charge", "short", "answered", "talk", "attempts", "callees")
    subjects: tuple[Subject, ...] = ("customer", "line")
    for span in ("1h", "7d", "10m", "28d", "24h"):
        for what in kinds:
            for subject in subjects:
                one = Feature(f"{what}_{span}", subject, what, span)
                if one not in found:
                    found.append(one)
    return found[:count]


class Grown:
    """A process that runs the kernel over a trace, and times its last part."""

    def __init__(self, point: Point) -> None:
        self._program = program_of(growing_features(point.features) if point.over == "features" else FEATURES)
        self._trace = make_trace(point.trace)
        self._from = max(0, len(self._trace["at"]) - point.timed)
        self._customers: Floats = np.zeros((1, 1 + len(self._program.customer_attributes)))
        new_kernel(self._program).apply(kernel_rows(self._trace, 0, 1), np.arange(1), self._customers)

    def microseconds(self) -> float:
        """What each of the last events cost, of processor time: the kernel has one thread."""
        kernel = new_kernel(self._program)
        seconds, timed = 0.0, 0
        total = len(self._trace["at"])
        bounds = [*range(0, self._from, CHUNK), *range(self._from, total, CHUNK), total]
        for first, last in pairwise(bounds):
            rows, positions = kernel_rows(self._trace, first, last), np.arange(first, last)
            began = time.process_time()
            kernel.apply(rows, positions, self._customers)
            if first >= self._from:
                seconds += time.process_time() - began
                timed += last - first
        return seconds * 1e6 / timed


class Growth:
    """The cost of an event, as what it meets grows."""

    title = "Growth: what an event costs the kernel"
    place = 8

    def measure(self, job: Job, out: Outcome) -> None:
        points = _SIZES[job.scale]
        out.setup = (
            "Processor time; thirty features unless said otherwise. Features: the more hold the fewer. Customers: two events a "
            f"customer come first and are not timed. History: {_EACH_DAY} events a customer and day; only the last day is timed."
        )
        total, done = len(points) * (1 + job.rounds), 0
        with ExitStack() as stack:
            children: list[tuple[Point, Child]] = []
            for point in points:
                job.report(f"starting: {point.over}, {point.name}", done, total)
                done += 1
                name = f"growth over {point.over}, {point.name}"
                child = Child(name, "fairwire.testkit.bench.sections.growth:Grown", point)
                children.append((point, stack.enter_context(child)))
            for number in range(1, job.rounds + 1):
                for point, child in children:
                    job.report(f"{point.over}, {point.name}, round {number} of {job.rounds}", done, total)
                    done += 1
                    label = f"{point.name} {point.over}" if point.over != "history" else point.name
                    took = child.call("microseconds")
                    out.add(point.key, label, "µs", took, group=f"over {point.over}, an event", better="less")

    def pictures(self, out: Outcome) -> list[Picture]:
        panels: list[Panel] = []
        for over in ("features", "customers", "history"):
            figures = out.group(f"over {over}, an event")
            points = tuple((figure.label.removesuffix(f" {over}"), figure.median) for figure in figures)
            if points:
                panels.append(Panel(over=over, points=points))
        return [Curves(title="What an event costs the kernel, processor time", unit="µs", panels=tuple(panels))] if panels else []


SECTION = Growth()
