"""The kernel beside others: the same thirty features after each of the same events."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from fairwire.testkit.bench.agree import agreements
from fairwire.testkit.bench.child import Child, ChildFailed
from fairwire.testkit.bench.contender import Ready, with_threads
from fairwire.testkit.bench.features import FEATURES, Floats, TraceOrder, make_trace
from fairwire.testkit.bench.figures import Outcome
from fairwire.testkit.bench.listing import OURS, contender
from fairwire.testkit.bench.section import Job
from fairwire.testkit.bench.wording import number
from fairwire.testkit.chart import Bars, Picture

_SIZES = {
    "tiny": TraceOrder(events=3_000, customers=6),
    "small": TraceOrder(events=200_000, customers=400),
    "full": TraceOrder(events=1_000_000, customers=2_000),
}
_CHECKED = {
    "tiny": TraceOrder(events=1_500, customers=4, seed=11),
    "small": TraceOrder(events=10_000, customers=20, seed=11),
    "full": TraceOrder(events=30_000, customers=60, seed=11),
}
_LEAST = {"tiny": 1_000, "small": 10_000, "full": 20_000}
"""Events that even the slowest gets."""


_BY_PROCESSOR = "by processor time, all threads"
"""What a busy machine disturbs less."""


class Guest:
    """A contender in a process of its own: first it shows its values, then it is timed."""

    def __init__(self, name: str, threads: int, checked: TraceOrder, order: TraceOrder) -> None:
        self._ready: Ready = contender(name).open(make_trace(checked), threads)
        self._values = self._ready.values()
        self.close()
        self._ready = contender(name).open(make_trace(order), threads)

    def values(self) -> Floats:
        """Every feature after every event of the trace that is checked."""
        return self._values

    def run(self) -> None:
        """What is timed."""
        self._ready.run()

    def close(self) -> None:
        """Let go of what it holds."""
        getattr(self._ready, "close", lambda: None)()


class _Entry:
    """A contender with a number of threads, in its process."""

    def __init__(self, name: str, threads: int, checked: TraceOrder, order: TraceOrder) -> None:
        one = contender(name)
        self.key = name if len(one.threads) == 1 else f"{name}.{threads}"
        self.label = one.name if one.threads == (1,) else with_threads(one.name, threads)
        self.order = order
        self.elsewhere = one.elsewhere
        self.child = Child(self.label, "fairwire.testkit.bench.sections.kernel:Guest", name, threads, checked, order)


class Kernel:
    """Throughput of the kernel, and of those that compute the same."""

    title = "Kernel: thirty windowed features on two subjects"
    place = 1

    def measure(self, job: Job, out: Outcome) -> None:
        order, checked = _SIZES[job.scale], _CHECKED[job.scale]
        out.setup = (
            f"{order.events:,} events of {order.customers:,} customers in {order.days} days; {len(FEATURES)} features after each "
            "event. Starting up, compiling and taking the events in are not in the figures."
        )
        absent = {name: contender(name).missing() for name in job.against}
        out.missing += [said for said in absent.values() if said]
        plan = [(name, threads) for name, said in absent.items() if not said for threads in contender(name).threads]
        total, done = len(plan) * (1 + job.rounds), 0

        def step(what: str) -> None:
            nonlocal done
            job.report(what, done, total)
            done += 1

        with ExitStack() as stack:
            entries: list[_Entry] = []
            for name, threads in plan:
                one = contender(name)
                step(f"starting {with_threads(one.name, threads)}, comparing its values")
                given = order.part(max(one.share, _LEAST[job.scale] / order.events))
                try:
                    entry = _Entry(name, threads, checked, given)
                    stack.enter_context(entry.child)
                    values = entry.child.call("values")
                except ChildFailed as error:
                    out.missing.append(f"{error.message}; it is left out")
                    continue
                out.agreements += agreements(entry.label, one.cannot, values, checked, panes=name == OURS)
                entries.append(entry)
                self._notes(out, entry, order)
            self._rounds(job, out, entries, step)
        for name in dict.fromkeys(name for name, _ in plan):
            out.notes += [f"{contender(name).name} gives fewer than thirty: {why}" for why in contender(name).cannot.values()]

    def _notes(self, out: Outcome, entry: _Entry, order: TraceOrder) -> None:
        fewer = ""
        if entry.order != order:
            fewer = (
                f"; it was given {entry.order.events:,} events of {entry.order.customers:,} customers, so that each window is as "
                "full as the others'"
            )
        out.notes.append(f"{entry.label}: ready after {entry.child.opening_s:.1f} s{fewer}")

    def _rounds(self, job: Job, out: Outcome, entries: list[_Entry], step: Callable[[str], None]) -> None:
        """Everybody once, then everybody again: a noisy minute hits all alike."""
        broken: set[str] = set()
        for turn in range(1, job.rounds + 1):
            ours = ours_cpu = 0.0
            for entry in entries:
                step(f"{entry.label}, round {turn} of {job.rounds}")
                if entry.key in broken:
                    continue
                try:
                    wall_s, cpu_s = entry.child.timed("run")
                except ChildFailed as error:
                    broken.add(entry.key)
                    out.missing.append(f"{error.message} in round {turn}; it is left out from there on")
                    continue
                per_s, per_cpu_s = entry.order.events / wall_s, entry.order.events / cpu_s
                out.add(f"events.{entry.key}", entry.label, "events/s", per_s, group="throughput")
                if entry.key == OURS:
                    ours, ours_cpu = per_s, per_cpu_s
                    out.add(f"cpu_events.{entry.key}", entry.label, "events/s", per_cpu_s, group=_BY_PROCESSOR)
                elif ours:
                    label = f"Fairwire / {entry.label}"
                    out.add(f"ratio.{entry.key}", label, "x", ours / per_s, group="ratio")
                    if not entry.elsewhere:
                        out.add(f"cpu_ratio.{entry.key}", label, "x", ours_cpu / per_cpu_s, group=_BY_PROCESSOR)

    def pictures(self, out: Outcome) -> list[Picture]:
        figures = tuple(out.group("throughput"))
        if not figures:
            return []
        beside = {
            ratio.key.replace(".ratio.", ".events."): f"; Fairwire is {number(ratio.median)} x" for ratio in out.group("ratio")
        }
        ours = (f"{out.name}.events.{OURS}",)
        return [Bars(title=f"{self.title}, events a second", figures=figures, ours=ours, beside=beside)]


SECTION = Kernel()
