"""A decision in process: a live session that has a history behind it, asked call after call with the rules of all packs on."""

from __future__ import annotations

import asyncio
import gzip
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fairwire.testkit.bench.child import Child
from fairwire.testkit.bench.feed import Made, simulated
from fairwire.testkit.bench.figures import Outcome
from fairwire.testkit.bench.section import Job
from fairwire.testkit.chart import Bars, Picture

_SIZES = {"tiny": (4, 3, 500, 100), "small": (30, 10, 20_000, 3_000), "full": (200, 10, 200_000, 20_000)}
"""Customers, days, events of history, attempts that are timed in each round."""
_SHARES = {"p50": 50.0, "p99": 99.0, "p999": 99.9}
_NAMES = {"p50": "p50", "p99": "p99", "p999": "p99.9"}
_SESSION = "fairwire.testkit.bench.sections.latency:Session"
_TOGETHER = 256
"""Events that are no attempts, handed in at once."""


class Session:
    """A process with a live session, its store and its log on disk.

    Parameters
    ----------
    history
        Events that are taken in before the first decision.
    compiled
        Compile the rules before anything else: a cold cache runs plain Python for the first 12,000 events otherwise.
    """

    def __init__(self, made: Made, folder: Path, history: int, compiled: bool) -> None:
        if compiled:
            os.environ["FAIRWIRE_COMPILE"] = "always"
        from fairwire.runtime.data import IN_FOLDER, StorePlace, open_control
        from fairwire.runtime.live import open_live

        self._store = open_control(folder, StorePlace(url=IN_FOLDER))
        self._live = open_live(folder, made.customers_file, (), self._store)
        self._lines = _lines(made.events_file)
        waiting: list[bytes] = []
        for line in self._lines:
            waiting.append(line)
            history -= 1
            if len(waiting) == _TOGETHER or not history:
                self._live.accept(waiting)
                waiting = []
            if not history:
                break

    def decide(self, attempts: int) -> dict[str, float]:
        """Go on through the feed until so many attempts have been decided; microseconds, and how many there were.

        On a running loop, as in a server: what customers have in common is worked out behind the answers there, when the loop
        gets its turn, and that is timed by itself.
        """
        return asyncio.run(self._decide(attempts))

    async def _decide(self, attempts: int) -> dict[str, float]:
        took: list[int] = []
        used: list[int] = []
        waiting: list[bytes] = []
        refused = behind = 0
        await self._behind()
        for line in self._lines:
            if b'"type":"call.attempt"' not in line:
                waiting.append(line)
                if len(waiting) == _TOGETHER:
                    self._live.accept(waiting)
                    waiting = []
                    await self._behind()
                continue
            cpu, began = time.thread_time_ns(), time.perf_counter_ns()
            decision = self._live.decide(line)
            took.append(time.perf_counter_ns() - began)
            used.append(time.thread_time_ns() - cpu)
            behind += await self._behind()
            refused += decision.decision in ("deny", "limit")
            if len(took) == attempts:
                break
        if waiting:
            self._live.accept(waiting)
        await self._behind()
        found: dict[str, float] = {"most": max(took, default=0) / 1000, "refused": refused, "decided": len(took)}
        if took:
            found["behind"] = behind / len(took) / 1000
        for prefix, spans in (("", took), ("cpu_", used)):
            micros = np.array(spans, dtype=np.float64) / 1000
            found |= {f"{prefix}{name}": float(np.percentile(micros, share)) for name, share in _SHARES.items() if took}
        return found

    async def _behind(self) -> int:
        """Give the loop its turn; nanoseconds of processor that this thread used meanwhile."""
        cpu = time.thread_time_ns()
        await asyncio.sleep(0)
        return time.thread_time_ns() - cpu

    def close(self) -> None:
        """Close the log and the store."""
        self._live.close()
        self._store.close()


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        for line in stream:
            yield line.rstrip(b"\n")


class Latency:
    """How long a caller waits for the answer."""

    title = "Decision in process, rules of all packs on"
    place = 3

    def measure(self, job: Job, out: Outcome) -> None:
        customers, days, history, attempts = _SIZES[job.scale]
        total = job.rounds + 2
        compiled = job.scale != "tiny"
        job.report("simulating", 0, total)
        made = simulated(job, customers, days, "jsonl")
        out.setup = (
            f"A session of {made.customers:,} customers with {history:,} events behind it; then the feed goes on, answers and "
            f"ends are taken in, and {attempts:,} attempts a round are decided one by one on a running loop, with the log and "
            "the store on disk." + (" Rules are compiled before the first event." if compiled else "")
        )
        job.report("starting a session, taking its history in", 1, total)
        folder = job.folder / "session"
        with Child("the live session", _SESSION, made, folder, history, compiled) as child:
            out.notes.append(f"ready after {child.opening_s:.1f} s, its history among them")
            decided = refused = 0
            most = 0.0
            for number in range(1, job.rounds + 1):
                job.report(f"deciding, round {number} of {job.rounds}", 1 + number, total)
                found = child.call("decide", attempts)
                for prefix, group in (("", "time to an answer"), ("cpu_", "processor time of an answer")):
                    for name in _SHARES:
                        key = f"{prefix}{name}"
                        if key in found:
                            out.add(key, _NAMES[name], "µs", found[key], group=group, better="less")
                if "behind" in found:
                    label = "worked out behind an answer, mean"
                    out.add("behind", label, "µs", found["behind"], group="processor time of an answer", better="less")
                decided += int(found["decided"])
                refused += int(found["refused"])
                most = max(most, found["most"])
        out.notes.append(f"{decided:,} decided, {refused:,} of them refused or limited; the slowest took {most / 1000:,.1f} ms")

    def pictures(self, out: Outcome) -> list[Picture]:
        figures = tuple(out.group("time to an answer"))
        ours = tuple(figure.key for figure in figures)
        return [Bars(title="Decision in process, microseconds", figures=figures, ours=ours)] if figures else []


SECTION = Latency()
