"""Replay from end to end: files of call events in, findings under all five packs out."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwire.testkit.bench.child import Child, own_core
from fairwire.testkit.bench.feed import Made, simulated
from fairwire.testkit.bench.figures import Agreement, Outcome, Stack
from fairwire.testkit.bench.section import Job
from fairwire.testkit.bench.stages import ORDER, watched
from fairwire.testkit.chart import Bars, Picture, Shares

if TYPE_CHECKING:
    from fairwire.testkit.simulate.write import WriteAs

_SIZES = {"tiny": (4, 3), "small": (70, 12), "full": (200, 30)}
"""Customers and days; of 64 customers one is an abuser, after a week."""
_AGAIN = "events a second, once more in the same process"
_KINDS: dict[WriteAs, str] = {"parquet": "Parquet", "jsonl": "JSON Lines"}
_PARTS = ("data", "engine", "facts", "feed", "findings", "intake", "judged", "passing", "replay")
_ADAPTERS = ("engines.local", "sources.jsonl", "sources.parquet", "stores.sqlite")
_LOADED = (
    *(f"fairwire.runtime.{name}" for name in _PARTS),
    *(f"fairwire.{name}" for name in _ADAPTERS),
    "pyarrow.compute",
    "pyarrow.parquet",
)


class Rerun:
    """A process that replays one feed on one core.

    Loaded before the clock runs: Python's modules, also those that wait until they are needed, and pandas, which is no part of
    the product but which PyArrow loads where somebody has installed it; Numba, and the machine code of the loop. Policies,
    customers and all that is read of numbers are loaded while it runs.
    """

    def __init__(self, made: Made, folder: Path) -> None:
        own_core()
        from fairwire.runtime.machine import load_run, prepare

        prepare()
        for name in _LOADED:
            import_module(name)
        if find_spec("pandas") is not None:
            import_module("pandas")
        import numpy as np

        from fairwire.kernel.kernel import Kernel
        from fairwire.model.columns import WIDTH
        from fairwire.runtime.checked import forget
        from fairwire.runtime.plans import load_plan

        program = load_plan(()).program
        nobody = np.zeros((1, 1 + len(program.customer_attributes)))
        Kernel(program, load_run(program)).apply(np.zeros((0, WIDTH), dtype=np.int64), np.zeros(0, dtype=np.int64), nobody)
        forget()
        self._made = made
        self._rejects = folder / "rejects.jsonl"
        self._summary: dict[str, Any] = {}

    def run(self) -> None:
        """What is timed: all that `fairwire replay` does but store."""
        from fairwire.runtime.replay import Replay, replay

        work = Replay(events=[str(self._made.events_file)], customers=self._made.customers_file, rejects=self._rejects)
        self._summary = replay(work, lambda _what, _done, _of: None).summary

    def summary(self) -> dict[str, Any]:
        """What came of it."""
        return self._summary

    def stages(self) -> dict[str, float]:
        """The share of time of each stage, in a run of its own."""
        seconds: dict[str, float] = {}
        with watched(seconds):
            self.run()
        total = sum(seconds.values()) or 1.0
        return {stage: seconds[stage] / total for stage in ORDER if stage in seconds}


class Replayed:
    """Events a second of a whole replay."""

    title = "Replay: call events to findings under all five packs"
    place = 2

    def measure(self, job: Job, out: Outcome) -> None:
        customers, days = _SIZES[job.scale]
        total = len(_KINDS) * (job.rounds + 2)
        done = 0
        made: dict[str, Made] = {}
        for kind, label in _KINDS.items():
            job.report(f"simulating, as {label}", done, total)
            made[kind] = simulated(job, customers, days, kind)
            done += 1
        one = made["parquet"]
        out.setup = (
            f"{one.events:,} events (attempts, answers, ends) of {one.calls:,} calls of {one.customers:,} customers in "
            f"{one.days} days, one process kept on one core. From the first byte read to the last finding and order, "
            "loading the policies among it; loading Python and the machine code of the loop is not in the figures."
        )
        found: dict[str, tuple[int, str]] = {}
        for number in range(1, job.rounds + 1):
            for kind, label in _KINDS.items():
                job.report(f"{label}, round {number} of {job.rounds}", done, total)
                done += 1
                with Child(
                    f"the replay of {label}", "fairwire.testkit.bench.sections.replay:Rerun", made[kind], job.folder
                ) as child:
                    seconds, cpu_s = child.timed("run")
                    summary = child.call("summary")
                    out.add(f"events.{kind}", f"from {label}", "events/s", summary["events"] / seconds, group="events a second")
                    out.add(f"calls.{kind}", f"from {label}", "calls/s", made[kind].calls / seconds, group="calls a second")
                    per_cpu_s = summary["events"] / cpu_s
                    out.add(f"cpu_events.{kind}", f"from {label}", "events/s", per_cpu_s, group="events a second of processor")
                    # What a process does once, such as being given memory, weighs much in a feed of seconds.
                    again_s, _ = child.timed("run")
                    rate = summary["events"] / again_s
                    out.add(f"again.{kind}", f"from {label}, by a process that did it before", "events/s", rate, group=_AGAIN)
                    found[kind] = (int(summary["findings"]), str(summary["findings_sha256"]))
                    if number == job.rounds:
                        job.report(f"{label}, looking where the time goes", done, total)
                        done += 1
                        out.stacks.append(Stack(label=label, parts=child.call("stages")))
        differs = found["parquet"] != found["jsonl"]
        out.agreements.append(
            Agreement(
                says="findings from Parquet and from JSON Lines, by their hash",
                compared=found["parquet"][0],
                differing=int(differs),
                example=f"{found['parquet']} and {found['jsonl']}" if differs else "",
            )
        )
        out.notes.append(
            f"files: Parquet {made['parquet'].bytes / 1e6:,.1f} MB, JSON Lines {made['jsonl'].bytes / 1e6:,.1f} MB; "
            f"findings: {found['parquet'][0]:,}"
        )

    def pictures(self, out: Outcome) -> list[Picture]:
        figures = (*out.group("events a second"), *out.group(_AGAIN))
        pictures: list[Picture] = []
        if figures:
            ours = tuple(figure.key for figure in figures)
            pictures.append(Bars(title="Replay from end to end, events a second on one core", figures=figures, ours=ours))
        if out.stacks:
            pictures.append(Shares(title="Where the time of a replay goes", stacks=tuple(out.stacks)))
        return pictures


SECTION = Replayed()
