"""Calls that a session border controller asks about by SIP redirect, over loopback UDP, with the rules of all packs on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from fairwire.testkit.bench.child import Child, ChildFailed
from fairwire.testkit.bench.environment import load
from fairwire.testkit.bench.figures import Outcome
from fairwire.testkit.bench.load import kamailio, sipp
from fairwire.testkit.bench.load.callers import LINES, write_customers
from fairwire.testkit.bench.load.kamailio import Kamailio, Way
from fairwire.testkit.bench.load.served import Served
from fairwire.testkit.bench.section import Job
from fairwire.testkit.chart import Bars, Picture

FIXED_RATE = 7_500
"""Half of what must be reached."""
_MOST_PER_S = 19_000
_SENDER = "fairwire.testkit.bench.load.sip:Sender"
_SHARES = {"p50": "p50", "p99": "p99", "p999": "p99.9"}
_THROUGHPUT = "calls a second, one answered and the next asked"
_PROCESSOR = "processor time of a call, its ACK among it"
_PROXY = "through Kamailio, SIPp calls"


class _Size(NamedTuple):
    customers: int
    seconds: float
    """Of each load."""
    warm_s: float
    window: int
    """Calls under way."""
    fixed: int
    """Calls a second."""
    beside: int
    """Calls a second at the most while something else goes on."""
    many: int
    """Customers of another run, in which hardly any line calls twice."""
    sipp: int
    """Calls of SIPp under way: it looks at them every few milliseconds only, so that there must be many."""


_SIZES = {
    "tiny": _Size(50, 0.3, 0.2, 4, 100, 100, 100, 16),
    "small": _Size(4_000, 4.0, 3.0, 32, FIXED_RATE, 2_000, 100_000, 256),
    "full": _Size(20_000, 15.0, 10.0, 32, FIXED_RATE, 2_000, 200_000, 256),
}


class Sip:
    """How many calls one process answers, and how soon."""

    title = "SIP redirect decision over loopback UDP, rules of all packs on"
    place = 4

    def measure(self, job: Job, out: Outcome) -> None:
        size = _SIZES[job.scale]
        out.setup = (
            f"`fairwire serve --sip` with {size.customers:,} customers of {LINES} calling lines each; INVITEs of 20 headers, "
            "mostly to numbers never called before, about 2 % of them to be refused; an ACK for each answer. "
            f"{size.window} calls under way, or a fixed rate. {size.warm_s:g} s of calls are answered first{_compiled(job)}."
        )
        customers = write_customers(job.folder / "sip-customers.jsonl", size.customers)
        total, done = 3 + job.rounds * 6, 0

        def step(what: str) -> None:
            nonlocal done
            job.report(what, done, total)
            done += 1

        step("starting a server")
        events = sipp.free_port()
        options = _event_socket(job.folder, events) if kamailio.installed() and kamailio.knows_evapi() else ()
        data = job.folder / "sip-data"
        compiled = job.scale != "tiny"
        with Served(data, customers, sip=True, compiled=compiled, options=options) as served:
            step("warming up")
            with Child("the caller", _SENDER, "127.0.0.1", served.sip_port, size.customers) as caller:
                caller.call("closed", size.window, size.warm_s)
                for number in range(1, job.rounds + 1):
                    of = f"round {number} of {job.rounds}"
                    step(f"calls, {of}")
                    reached = self._calls(out, served, caller, size, number)
                    step(f"an empty responder, {of}")
                    self._empty(out, size)
                    step(f"a busy console and a busy disk, {of}")
                    self._beside(out, served, caller, size, min(size.beside, reached / 2))
                    step(f"SIPp and Kamailio, {of}")
                    self._others(out, served, job, size, events)
                    # Last, for it may be more than can be answered; then what is left over is worked off.
                    step(f"{size.fixed:,} calls a second, {of}")
                    self._open(out, caller, size, number, "fixed", size.fixed)
                    caller.call("closed", 1, size.seconds / 2)
        step(f"starting a server of {size.many:,} customers")
        customers = write_customers(job.folder / "sip-many.jsonl", size.many)
        with (
            Served(job.folder / "sip-many", customers, sip=True, compiled=compiled) as served,
            Child("the caller", _SENDER, "127.0.0.1", served.sip_port, size.many) as caller,
        ):
            caller.call("closed", size.window, size.warm_s)
            for number in range(1, job.rounds + 1):
                step(f"calls of {size.many:,} customers, round {number} of {job.rounds}")
                found = caller.call("closed", size.window, size.seconds)
                label = f"Fairwire, {size.many:,} customers who call seldom"
                out.add("calls.many", label, "calls/s", found["per_s"], group=_THROUGHPUT)

    def _calls(self, out: Outcome, served: Served, caller: Child, size: _Size, number: int) -> float:
        """Calls a second."""
        before = served.cpu_s()
        found = caller.call("closed", size.window, size.seconds)
        used = served.cpu_s() - before
        if not found["answered"]:
            raise ChildFailed("the redirect point answered no call")
        out.add("calls", "Fairwire", "calls/s", found["per_s"], group=_THROUGHPUT)
        if used:
            out.add("cpu", "Fairwire", "µs", used / found["answered"] * 1e6, group=_PROCESSOR, better="less")
        out.notes.append(f"round {number}, closed loop: {_told(found)}")
        self._open(out, caller, size, number, "half", min(found["per_s"] / 2, _MOST_PER_S))
        return float(found["per_s"])

    def _open(self, out: Outcome, caller: Child, size: _Size, number: int, key: str, rate: float) -> None:
        label = "half the rate reached" if key == "half" else f"{size.fixed:,} calls a second"
        found = caller.call("open", rate, size.seconds)
        self._spread(out, key, f"time to an answer at {label}", found)
        late = f"the caller was late by {found['late_p99']:,.0f} µs at p99"
        out.notes.append(f"round {number}, {label}: {_told(found)}; {late}")

    def _spread(self, out: Outcome, key: str, group: str, found: dict[str, float]) -> None:
        if found["answered"]:
            for name, label in _SHARES.items():
                out.add(f"{key}.{name}", label, "µs", found[name], group=group, better="less")
            served = found["answered"] - found["busy"]
            share = served / (found["answered"] + found["lost"]) * 100
            if share > 0:
                out.add(f"{key}.decided", "decided, and neither lost nor shed", "%", share, group=group)

    def _empty(self, out: Outcome, size: _Size) -> None:
        with Child("an empty responder", "fairwire.testkit.bench.load.sip:Responder") as empty:
            port = empty.call("port")
            with Child("the caller", _SENDER, "127.0.0.1", port, size.customers) as caller:
                caller.call("closed", size.window, size.warm_s / 4)
                before = empty.call("cpu_s")
                found = caller.call("closed", size.window, size.seconds / 2)
                used = empty.call("cpu_s") - before
        if found["answered"]:
            label = "an empty responder in Python"
            out.add("calls.empty", label, "calls/s", found["per_s"], group=_THROUGHPUT)
            out.add("cpu.empty", label, "µs", used / found["answered"] * 1e6, group=_PROCESSOR, better="less")

    def _beside(self, out: Outcome, served: Served, caller: Child, size: _Size, rate: float) -> None:
        """The same rate with nothing else, with somebody at the console, and with a busy disk."""
        group = f"p99 at {size.beside:,} calls a second, or half the rate reached if that is less"
        quiet = caller.call("open", rate, size.seconds)
        if not quiet["answered"]:
            return
        out.add("beside.quiet", "nothing else goes on", "µs", quiet["p99"], group=group, better="less")
        burdens = {
            "console": ("console and /metrics fetched in a loop", "Onlooker", (served.http_port, served.token)),
            "disk": ("its disk written and synced without a pause", "DiskHog", (served.data,)),
        }
        for key, (label, name, given) in burdens.items():
            with Child(label, f"fairwire.testkit.bench.load.burden:{name}", *given) as burden:
                found = caller.call("open", rate, size.seconds)
                burden.call("stop")
            if found["answered"]:
                out.add(f"beside.{key}", label, "µs", found["p99"], group=group, better="less")
                ratio = found["p99"] / quiet["p99"]
                also = f"{label} / nothing else"
                out.add(f"beside.ratio.{key}", also, "x", ratio, group="p99 beside other work", better="less")

    def _others(self, out: Outcome, served: Served, job: Job, size: _Size, events: int) -> None:
        if sipp.installed() is None:
            _once(out.missing, "SIPp is not installed, so that nothing was measured with it; on Debian it is `sip-tester`")
            return
        callers = sipp.write_calls(job.folder, size.customers)
        heard = sipp.run(
            job.folder, callers, served.sip_port, rate=_MOST_PER_S, seconds=size.seconds, expected=302, at_once=size.sipp
        )
        out.add("calls.sipp", "Fairwire, SIPp calls", "calls/s", heard.per_s, group=_THROUGHPUT)
        out.notes.append(f"SIPp at Fairwire: {_heard(heard)}")
        if kamailio.installed() is None:
            _once(out.missing, "Kamailio is not installed, so that nothing was measured with it")
            return
        rates: dict[Way, float] = {}
        for way, label in kamailio.WAYS.items():
            if way == "evapi" and not kamailio.knows_evapi():
                continue
            with Kamailio(job.folder, way, fairwire=served.sip_port, events=events) as proxy:
                before, ours = proxy.cpu_s(), served.cpu_s()
                heard = sipp.run(
                    job.folder, callers, proxy.port, rate=_MOST_PER_S, seconds=size.seconds, expected=603, at_once=size.sipp
                )
                used, ours = proxy.cpu_s() - before, served.cpu_s() - ours
            rates[way] = heard.per_s
            if not heard.answered:
                out.notes.append(f"{label}: no call was answered, {_heard(heard)}")
                continue
            out.add(f"kamailio.{way}", label, "calls/s", heard.per_s, group=_PROXY)
            theirs, mine = used / heard.answered * 1e6, ours / heard.answered * 1e6
            out.notes.append(f"{label}: {_heard(heard)}; {theirs:.0f} µs of Kamailio and {mine:.0f} µs of Fairwire a call")
        for way in ("redirect", "evapi"):
            for base in ("alone", "guarded"):
                if rates.get(way) and rates.get(base):
                    label = f"{kamailio.WAYS[way]} / {kamailio.WAYS[base]}"
                    out.add(f"ratio.{way}.{base}", label, "x", rates[way] / rates[base], group="beside Kamailio without us")

    def pictures(self, out: Outcome) -> list[Picture]:
        drawn: list[Picture] = []
        for title, group in (("SIP redirect, calls a second", _THROUGHPUT), ("Kamailio with SIPp, calls a second", _PROXY)):
            figures = tuple(out.group(group))
            if figures:
                ours = ("sip.calls", "sip.calls.many", "sip.calls.sipp", "sip.kamailio.redirect", "sip.kamailio.evapi")
                drawn.append(Bars(title=title, figures=figures, ours=ours))
        return drawn


def _compiled(job: Job) -> str:
    return "" if job.scale == "tiny" else ", under compiled rules"


def _event_socket(folder: Path, port: int) -> tuple[str, ...]:
    """The option that makes a server connect to Kamailio's event socket as soon as there is one."""
    path = folder / "sip.toml"
    path.write_text(f'[sip]\nevapi = ["127.0.0.1:{port}"]\n', encoding="ascii")
    return ("--config", str(path))


def _told(found: dict[str, float]) -> str:
    """Counts in a sentence, with the load of the machine."""
    counted = (f"{found[name]:,.0f} {word}" for name, word in _COUNTED.items())
    return f"{', '.join(counted)}; load {load()}"


_COUNTED = {
    "answered": "answered",
    "redirected": "redirected",
    "refused": "refused",
    "busy": "of them with 503",
    "lost": "lost",
}


def _heard(heard: sipp.Heard) -> str:
    return f"{heard.answered:,} answered, {heard.failed:,} failed, {heard.repeated:,} messages sent again; load {load()}"


def _once(sentences: list[str], said: str) -> None:
    if said not in sentences:
        sentences.append(said)


SECTION = Sip()
