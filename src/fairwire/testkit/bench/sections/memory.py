"""Memory: how many bytes the state of a customer takes, under the plan of all five packs."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fairwire.model.columns import DESTINATIONS
from fairwire.testkit.bench.child import Child
from fairwire.testkit.bench.features import ANSWERED, ATTEMPT, BEGIN_US, DAY_S, ENDED, Trace, Words
from fairwire.testkit.bench.figures import Outcome
from fairwire.testkit.bench.plan import CHUNK, kernel_rows, new_kernel
from fairwire.testkit.bench.section import Job
from fairwire.testkit.chart import Bars, Picture

DAYS = 28
_QUIET = (1, 1, 1)
_BUSY = (10, 10, 60)


class Population(NamedTuple):
    """Customers, how many of a thousand are busy, and what is asked of the figures."""

    customers: int
    busy: int

    @property
    def words(self) -> str:
        """`100,000 quiet customers`."""
        kind = {0: "quiet", 1000: "busy"}.get(self.busy, f"{self.busy / 10:g} % busy")
        return f"{self.customers:,} customers, {kind}"

    @property
    def key(self) -> str:
        """For the names of figures."""
        return f"{ {0: 'quiet', 1000: 'busy'}.get(self.busy, 'mixed') }.{self.customers}"


_SIZES = {
    "tiny": [Population(200, 0), Population(50, 1000)],
    "small": [Population(10_000, 0), Population(100_000, 0), Population(2_000, 1000), Population(10_000, 50)],
    "full": [
        Population(10_000, 0),
        Population(100_000, 0),
        Population(1_000_000, 0),
        Population(10_000, 1000),
        Population(20_000, 1000),
        Population(1_000_000, 50),
    ],
}


class Held(NamedTuple):
    """What a process holds at the end."""

    subjects: int
    state_bytes: int
    before_bytes: int
    """Resident before there was any customer."""
    peak_bytes: int
    seconds: float


def day_of(population: Population, day: int) -> tuple[Trace, dict[str, Words]]:
    """Events of one day, and the columns that the plans of the packs read beside those of a trace.

    A quiet customer makes one call in the whole time. A busy one has ten lines and makes ten calls a day, to 60 numbers.
    """
    dice = np.random.default_rng([day, *population])
    customers = np.arange(population.customers)
    busy = customers * 997 % 1000 < population.busy
    callers = np.concatenate([customers[~busy & (customers * 7919 % DAYS == day)], np.repeat(customers[busy], _BUSY[1])])
    n = len(callers)
    mine = np.where(busy[callers], _BUSY[0], _QUIET[0])
    line = (dice.random(n) * mine).astype(np.int64)
    callee = (dice.random(n) * np.where(busy[callers], _BUSY[2], _QUIET[2])).astype(np.int64)
    start = BEGIN_US + day * DAY_S * 1_000_000 + dice.integers(8 * 3_600_000_000, 18 * 3_600_000_000, n)
    talk_ms = dice.integers(20_000, 300_000, n)
    which = np.tile(np.arange(n), 3)
    kind = np.repeat([ATTEMPT, ANSWERED, ENDED], n)
    at = np.concatenate([start, start + 8_000_000, start + 8_000_000 + talk_ms * 1000])
    sequence = np.lexsort((kind, which, at))
    which, kind, at = which[sequence], kind[sequence], at[sequence]
    ended = (kind == ENDED).astype(np.int64)
    trace: Trace = {
        "at": at,
        "kind": kind,
        "customer": callers[which],
        "line": callers[which] * 16 + line[which],
        "callee": callers[which] * 64 + callee[which],
        "international": np.zeros(len(which), dtype=np.int64),
        "answered": ended,
        "talk_ms": talk_ms[which] * ended,
        "charge": talk_ms[which] // 6 * ended,
        "start": start[which],
    }
    nothing: Words = np.zeros(len(which), dtype=np.int64)
    more = {
        "customer_row": callers[which],
        "user": trace["line"] + 30_000_000_001,
        "credential": trace["line"] + 50_000_000_001,
        "caller": trace["line"] + 70_000_000_001,
        "source": callers[which] + 90_000_000_001,
        "block": callee[which] % 8 + 1_000_003,
        "country": nothing + 4_000_037,
        "destination": nothing + DESTINATIONS.index("standard") + 1,
        "high_risk": nothing,
        "forwarded": nothing,
        "diversions": nothing,
        "loop": nothing,
        "number": callee[which] * 17 + 2_000_000,
        "rate": nothing + 10_000,
    }
    return trace, more


class Holder:
    """A process that takes a population in."""

    def __init__(self, population: Population) -> None:
        self._population = population

    def fill(self) -> tuple[int, int, int, int]:
        """Subjects, bytes of state, bytes resident before any customer, and the most that were resident."""
        from fairwire.model.customers import Customer
        from fairwire.runtime.customers import CustomerTable
        from fairwire.runtime.plans import load_plan

        plan = load_plan(())
        kernel = new_kernel(plan.program)
        packs = sorted(plan.packs)
        before = resident()
        customers = CustomerTable.of(plan.program, None)
        customers.extend(
            [Customer(id=f"c-{row:07d}", policy=packs[row % len(packs)]) for row in range(self._population.customers)]
        )
        for day in range(DAYS):
            trace, more = day_of(self._population, day)
            more["customer"] = customers.keys[more["customer_row"]]
            for first in range(0, len(trace["at"]), CHUNK):
                last = min(first + CHUNK, len(trace["at"]))
                rows = kernel_rows(trace, first, last, {name: column[first:last] for name, column in more.items()})
                kernel.apply(rows, np.arange(first, last), customers.values)
        subjects = int(np.count_nonzero(kernel.state.keys["table"]))
        return subjects, kernel.state.bytes_used(), before, peak()


def resident() -> int:
    """Bytes of this process in memory now; where the system does not say, the most so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    except OSError:
        return peak()
    return pages * resource.getpagesize()


def peak() -> int:
    """The most bytes of this process that were in memory."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


class Memory:
    """Bytes of state, and of the whole process."""

    title = "Memory under the plan of all five packs"
    place = 7

    def measure(self, job: Job, out: Outcome) -> None:
        out.setup = (
            f"{DAYS} days. A quiet customer makes one call in all; a busy one has {_BUSY[0]} lines and makes {_BUSY[1]} calls a "
            f"day to {_BUSY[2]} numbers. State: what the kernel holds. Process: the most that was resident, with Python, the "
            "records of the customers and every copy that growing makes; each population in a process of its own. "
            "Memory does not vary, so it is measured once."
        )
        sizes = _SIZES[job.scale]
        quietest = max(population.customers for population in sizes if population.busy == 0)
        busiest = max(population.customers for population in sizes if population.busy == 1000)
        for done, population in enumerate(sizes):
            job.report(population.words, done, len(sizes))
            with Child(population.words, "fairwire.testkit.bench.sections.memory:Holder", population) as child:
                subjects, state, before, most = child.call("fill")
            each = state / population.customers
            out.add(f"state.{population.key}", population.words, "B", each, group="state a customer", better="less")
            grown = (most - before) / population.customers
            out.add(f"process.{population.key}", population.words, "B", grown, group="process a customer", better="less")
            out.add(f"rss.{population.key}", population.words, "GiB", most / 2**30, group="process", better="less")
            if population == Population(quietest, 0):
                out.add(
                    "subject.quiet", "a quiet subject", "B", state / subjects, group="state, at the most customers", better="less"
                )
            if population == Population(busiest, 1000):
                out.add("customer.busy", "a busy customer", "B", each, group="state, at the most customers", better="less")
            out.notes.append(f"{population.words}: {subjects:,} subjects")

    def pictures(self, out: Outcome) -> list[Picture]:
        pictures: list[Picture] = []
        for group, title in (
            ("state, at the most customers", "State of the kernel, bytes"),
            ("process", "Process at its most, GiB"),
        ):
            figures = tuple(out.group(group))
            if figures:
                ours = tuple(figure.key for figure in figures)
                pictures.append(Bars(title=title, figures=figures, ours=ours))
        return pictures


SECTION = Memory()
