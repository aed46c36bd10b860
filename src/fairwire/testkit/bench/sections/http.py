"""Decisions over HTTP on a few keep-alive connections, as a proxy or a gateway asks for them."""

from __future__ import annotations

from fairwire.testkit.bench.child import Child, ChildFailed
from fairwire.testkit.bench.environment import load
from fairwire.testkit.bench.figures import Outcome
from fairwire.testkit.bench.load.callers import LINES, write_customers
from fairwire.testkit.bench.load.served import Served
from fairwire.testkit.bench.section import Job
from fairwire.testkit.chart import Bars, Picture

CONNECTIONS = 4
_SIZES = {"tiny": (50, 0.3, 0.2), "small": (4_000, 4.0, 3.0), "full": (20_000, 15.0, 10.0)}
"""Customers, seconds of each load, seconds of warming up."""
_ASKER = "fairwire.testkit.bench.load.http:Asker"
_EMPTY = "fairwire.testkit.bench.load.http:EmptyAnswer"
_THROUGHPUT = "decisions a second"
_PROCESSOR = "processor time of a decision"
_OURS, _NOTHING = "Fairwire", "an empty answer in the same server"


class Http:
    """How many decisions one process gives, and how soon."""

    title = "HTTP decision, rules of all packs on"
    place = 5

    def measure(self, job: Job, out: Outcome) -> None:
        customers, seconds, warm_s = _SIZES[job.scale]
        out.setup = (
            f"`fairwire serve` with {customers:,} customers of {LINES} calling lines each; POST /v1/decisions with one attempt, "
            f"on {CONNECTIONS} keep-alive connections of one client. {warm_s:g} s of calls are answered first"
            + ("." if job.scale == "tiny" else ", under compiled rules.")
        )
        file = write_customers(job.folder / "http-customers.jsonl", customers)
        total = 1 + job.rounds
        job.report("starting two servers", 0, total)
        compiled = job.scale != "tiny"
        with (
            Served(job.folder / "http-data", file, sip=False, compiled=compiled) as served,
            Child("an empty answer", _EMPTY) as empty,
            Child("the client", _ASKER, served.http_port, served.token, customers) as client,
            Child("the client of an empty answer", _ASKER, empty.call("port"), "", customers, "/") as other,
        ):
            client.call("ask", CONNECTIONS, warm_s)
            other.call("ask", CONNECTIONS, warm_s / 4)
            for number in range(1, job.rounds + 1):
                job.report(f"decisions, round {number} of {job.rounds}", number, total)
                before = served.cpu_s()
                found = client.call("ask", CONNECTIONS, seconds)
                self._add(out, "", _OURS, found, served.cpu_s() - before)
                out.notes.append(
                    f"round {number}: {found['answered']:,.0f} decided, {found['failed']:,.0f} answered otherwise; load {load()}"
                )
                before = empty.call("cpu_s")
                found = other.call("ask", CONNECTIONS, seconds / 2)
                self._add(out, ".empty", _NOTHING, found, empty.call("cpu_s") - before)

    def _add(self, out: Outcome, suffix: str, label: str, found: dict[str, float], used: float) -> None:
        if not found["answered"]:
            raise ChildFailed(f"{label}: no request was answered as it should be")
        out.add(f"calls{suffix}", label, "calls/s", found["per_s"], group=_THROUGHPUT)
        if used:
            out.add(f"cpu{suffix}", label, "µs", used / found["answered"] * 1e6, group=_PROCESSOR, better="less")
        for name in ("p50", "p99"):
            out.add(f"{name}{suffix}", f"{label}, {name}", "µs", found[name], group="time to an answer", better="less")

    def pictures(self, out: Outcome) -> list[Picture]:
        figures = tuple(out.group(_THROUGHPUT))
        return [Bars(title="HTTP, decisions a second", figures=figures, ours=("http.calls",))] if figures else []


SECTION = Http()
