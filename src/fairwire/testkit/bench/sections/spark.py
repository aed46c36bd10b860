"""Replay through Spark by one worker and by two: what a second one brings, and whether the findings are those of one process."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from fairwire.model.errors import FairwireError
from fairwire.testkit.bench.child import Child
from fairwire.testkit.bench.feed import Made, simulated
from fairwire.testkit.bench.figures import Agreement, Outcome
from fairwire.testkit.bench.section import Job
from fairwire.testkit.chart import Bars, Picture

if TYPE_CHECKING:
    from fairwire.runtime.plans import Plan

_SIZES = {"tiny": (4, 3), "small": (60, 10), "full": (200, 30)}
"""Customers and days."""
_WORKERS = (1, 2)


class Application:
    """Spark with some workers, started and warmed up: its processes have loaded what is compiled."""

    def __init__(self, made: Made, engine: str, workers: int) -> None:
        from fairwire.runtime.machine import load_run, prepare

        prepare()
        from fairwire.ports.engines import Engine
        from fairwire.runtime import discovery
        from fairwire.runtime.plans import load_plan

        self._plan: Plan = load_plan(())
        load_run(self._plan.program)
        self._made = made
        self._workers = workers
        self._open = ExitStack()
        found: Engine = discovery.load("engines", engine)
        self._session = self._open.enter_context(found.session(workers))
        self._lines = b""
        self.run()

    def run(self) -> None:
        """From the first byte read to the last finding."""
        import msgspec

        from fairwire.runtime.customers import CustomerTable, load_customers
        from fairwire.runtime.spread import Reading, judge_spread, part_bytes_for, partitions_for, plan_splits

        customers = CustomerTable.of(self._plan.program, self._plan.everyone)
        customers.extend(load_customers(self._made.customers_file))
        paths = [str(self._made.events_file)]
        reading = Reading(paths=paths, now_us=_NEVER_US, part_bytes=part_bytes_for(paths, self._workers))
        splits = plan_splits(reading)
        judged, _, _ = judge_spread(
            self._session,
            self._plan,
            customers,
            splits,
            partitions=partitions_for(splits, self._workers),
            everybody=False,
            now_us=_NEVER_US,
            told=lambda _what, _done, _total: None,
        )
        self._lines = b"".join(msgspec.json.encode(finding) + b"\n" for finding, _ in judged.found)

    def found(self) -> dict[str, Any]:
        """How many findings, and their hash."""
        import hashlib

        return {"findings": self._lines.count(b"\n"), "sha256": hashlib.sha256(self._lines).hexdigest()}

    def close(self) -> None:
        """End Spark."""
        self._open.close()


_NEVER_US = 2**62
"""A clock that no event is after."""


class SparkWorkers:
    """Events a second by one worker and by two."""

    title = "Spark: replay by one worker and by two"
    place = 9

    def measure(self, job: Job, out: Outcome) -> None:
        customers, days = _SIZES[job.scale]
        total = 1 + job.rounds * len(_WORKERS)
        job.report("simulating", 0, total)
        made = simulated(job, customers, days, "jsonl")
        out.setup = (
            f"{made.events:,} events ({made.bytes / 1e6:,.0f} MB of JSON Lines) of {made.customers:,} customers in {made.days} "
            "days, from the first byte read to the last finding. Spark is up, and has run the same once before."
        )
        hashes: dict[str, int] = {}
        for number in range(1, job.rounds + 1):
            seconds: dict[int, float] = {}
            for place, workers in enumerate(_WORKERS):
                label = f"{workers} worker{'s' if workers > 1 else ''}"
                job.report(f"{label}, round {number}", 1 + len(_WORKERS) * (number - 1) + place, total)
                try:
                    with Child("Spark", "fairwire.testkit.bench.sections.spark:Application", made, "spark", workers) as child:
                        seconds[workers], _ = child.timed("run")
                        found = child.call("found")
                        child.call("close")
                except FairwireError as error:
                    out.missing.append(f"{error.sentence()}; it is left out")
                    return
                hashes[str(found["sha256"])] = int(found["findings"])
                out.add(f"events.{workers}", label, "events/s", made.events / seconds[workers], group="events a second")
            out.add("ratio.2", "two workers against one", "x", seconds[1] / seconds[2], group="a second worker")
        out.agreements.append(
            Agreement(
                says="findings of one worker and of two, by their hash",
                compared=next(iter(hashes.values())),
                differing=len(hashes) - 1,
                example=" and ".join(hashes) if len(hashes) > 1 else "",
            )
        )

    def pictures(self, out: Outcome) -> list[Picture]:
        figures = tuple(out.group("events a second"))
        if not figures:
            return []
        ours = tuple(figure.key for figure in figures)
        return [Bars(title="Replay through Spark, events a second", figures=figures, ours=ours)]


SECTION = SparkWorkers()
