"""Where the time goes: looks at what is running a few hundred times a second, and asks which stage that code belongs to."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EVERY_S = 0.002
OTHER = "other"
STAGES = {
    "fairwire.sources": "read",
    "fairwire.formats": "read",
    "fairwire.runtime.intake": "read",
    "fairwire.runtime.encode": "encode",
    "fairwire.runtime.callers": "encode",
    "fairwire.runtime.columnar": "encode",
    "fairwire.runtime.gather": "encode",
    "fairwire.numbers": "encode",
    "fairwire.runtime.feed": "admit",
    "fairwire.runtime.passing": "admit",
    "fairwire.kernel": "kernel",
    "fairwire.runtime.engine": "kernel",
    "fairwire.runtime.partitions": "kernel",
    "fairwire.runtime.findings": "findings",
    "fairwire.runtime.evidence": "findings",
    "fairwire.runtime.cohorts": "findings",
    "fairwire.runtime.judged": "findings",
    "fairwire.enforcement": "findings",
    "fairwire.policy": "policies",
    "fairwire.plan": "policies",
    "fairwire.expr": "policies",
    "fairwire.runtime.plans": "policies",
    "fairwire.runtime.packs": "policies",
    "fairwire.runtime.detectors": "policies",
    "fairwire.runtime.checked": "policies",
    "fairwire.runtime.customers": "policies",
    "fairwire.runtime.machine": "kernel",
    "fairwire.runtime.in_time": "kernel",
    "fairwire.expr.vector": "in common",
    "fairwire.runtime.across": "in common",
    "fairwire.runtime.event_columns": "in common",
    "fairwire.runtime.waiting_events": "in common",
    "fairwire.runtime.around": "in common",
    "fairwire.runtime.merger": "in common",
}
"""Package -> stage; the code nearest to what runs decides. A plan's compiled loop has no package; `runtime.machine` calls it."""
ORDER = ("policies", "read", "encode", "admit", "kernel", "in common", "findings", OTHER)


def stage_of(frame: FrameType | None) -> str:
    """The stage of the innermost code that belongs to one."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        while module:
            if module in STAGES:
                return STAGES[module]
            module = module.rpartition(".")[0]
        frame = frame.f_back
    return OTHER


@contextmanager
def watched(seconds: dict[str, float]) -> Iterator[None]:
    """Add the seconds of each stage to `seconds`. For the main thread of a process.

    A signal is seen when a compiled function returns: all the time since the last one is put down to whoever called it.
    """
    last = time.perf_counter()

    def look(_number: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.perf_counter()
        stage = stage_of(frame)
        seconds[stage] = seconds.get(stage, 0.0) + now - last
        last = now

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
